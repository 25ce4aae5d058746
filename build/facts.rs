//! FIRST sets and other static facts about a grammar.

use std::collections::{BTreeMap, BTreeSet};

use pest_meta::ast::RuleType;
use pest_meta::optimizer::{OptimizedExpr as Expr, OptimizedRule};

use crate::set::{END, Set};

/// With which next bytes an expression may succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct First {
    /// And take something.
    pub takes: Set,
    /// And take nothing.
    pub empty: Set,
}

impl First {
    const NEVER: Self = Self { takes: Set::NONE, empty: Set::NONE };

    /// Either.
    pub fn any(self) -> Set {
        self.takes.or(self.empty)
    }
}

/// The rules of a grammar and what is known of them.
pub struct Facts {
    pub rules: BTreeMap<String, OptimizedRule>,
    first: BTreeMap<String, First>,
    /// Rules at which the nesting is counted: every recursion passes one of them.
    pub counted: BTreeSet<String>,
}

impl Facts {
    pub fn new(rules: Vec<OptimizedRule>, start: &[&str]) -> Self {
        let rules: BTreeMap<String, OptimizedRule> = rules.into_iter().map(|rule| (rule.name.clone(), rule)).collect();
        let first = rules.keys().map(|name| (name.clone(), First::NEVER)).collect();
        let mut facts = Self { rules, first, counted: BTreeSet::new() };
        loop {
            let next: BTreeMap<String, First> =
                facts.rules.iter().map(|(name, rule)| (name.clone(), facts.first(&rule.expr))).collect();
            if next == facts.first {
                break;
            }
            facts.first = next;
        }
        let mut counted = BTreeSet::new();
        let mut done = BTreeSet::new();
        for name in start {
            facts.find_recursion(name, &mut Vec::new(), &mut done, &mut counted);
        }
        facts.counted = counted;
        facts
    }

    fn find_recursion<'f>(
        &'f self,
        name: &'f str,
        path: &mut Vec<&'f str>,
        done: &mut BTreeSet<&'f str>,
        counted: &mut BTreeSet<String>,
    ) {
        if path.contains(&name) {
            counted.insert(name.to_owned());
            return;
        }
        let Some(rule) = self.rules.get(name).filter(|_| done.insert(name)) else { return };
        path.push(name);
        for called in names(&rule.expr) {
            self.find_recursion(called, path, done, counted);
        }
        path.pop();
    }

    /// With which next bytes `expr` may succeed.
    pub fn first(&self, expr: &Expr) -> First {
        let empty = |empty| First { takes: Set::NONE, empty };
        let takes = |takes| First { takes, empty: Set::NONE };
        match expr {
            Expr::Str(text) | Expr::Insens(text) if text.is_empty() => empty(Set::all()),
            Expr::Str(text) => takes(Set::of(text.bytes().next().map(usize::from))),
            Expr::Insens(text) => takes(Set::of(
                text.bytes()
                    .next()
                    .into_iter()
                    .flat_map(|b| [b.to_ascii_lowercase(), b.to_ascii_uppercase()])
                    .map(usize::from),
            )),
            Expr::Range(from, to) => {
                let lead = |text: &str| usize::from(text.bytes().next().unwrap_or(0));
                takes(Set::of(lead(from)..=lead(to)))
            }
            Expr::Ident(name) => match (self.first.get(name), name.as_str()) {
                (Some(first), _) => *first,
                (None, "SOI" | "DROP") => empty(Set::all()),
                (None, "EOI") => empty(Set::of([END])),
                (None, "PEEK" | "POP") => First { takes: bytes(), empty: Set::all() },
                (None, name) => takes(builtin(name).unwrap_or(bytes())),
            },
            Expr::PosPred(inner) => empty(self.first(inner).any()),
            Expr::NegPred(inner) => empty(Set::all().without(self.sure(inner))),
            Expr::Seq(one, other) => {
                let (one, other) = (self.first(one), self.first(other));
                First { takes: one.takes.or(one.empty.and(other.takes)), empty: one.empty.and(other.empty) }
            }
            Expr::Choice(one, other) => {
                let tried = Set::all().without(self.sure(one));
                let (one, other) = (self.first(one), self.first(other));
                First { takes: one.takes.or(other.takes.and(tried)), empty: one.empty.or(other.empty.and(tried)) }
            }
            Expr::Opt(inner) | Expr::Rep(inner) => First { takes: self.first(inner).takes, empty: Set::all() },
            Expr::Skip(_) => First { takes: bytes(), empty: Set::all() },
            Expr::Push(inner) | Expr::RestoreOnErr(inner) => self.first(inner),
            Expr::PeekSlice(..) => First { takes: bytes(), empty: Set::all() },
        }
    }

    /// The next bytes with which `expr` succeeds whatever follows.
    pub fn sure(&self, expr: &Expr) -> Set {
        if let Some(class) = self.class(expr) {
            return class;
        }
        match expr {
            Expr::Str(text) if text.is_empty() => Set::all(),
            Expr::Ident(name) if name == "ANY" => bytes(),
            Expr::Ident(name) if name == "EOI" => Set::of([END]),
            Expr::Choice(one, other) => self.sure(one).or(self.sure(other)),
            Expr::Seq(one, other) if self.first(one).takes.is_empty() => self.sure(one).and(self.sure(other)),
            Expr::PosPred(inner) => self.sure(inner),
            Expr::NegPred(inner) => self.class(inner).map_or(Set::NONE, |class| Set::all().without(class)),
            Expr::Opt(_) | Expr::Rep(_) | Expr::Skip(_) => Set::all(),
            _ => Set::NONE,
        }
    }

    /// For an expression that takes one character of ASCII, and fails with every other: which. It makes no pair.
    pub fn class(&self, expr: &Expr) -> Option<Set> {
        match expr {
            Expr::Str(text) if text.len() == 1 => Some(Set::of(text.bytes().map(usize::from))),
            Expr::Range(from, to) if from.len() == 1 && to.len() == 1 => Some(self.first(expr).takes),
            Expr::Choice(one, other) => Some(self.class(one)?.or(self.class(other)?)),
            Expr::RestoreOnErr(inner) => self.class(inner),
            Expr::Ident(name) => match self.rules.get(name) {
                Some(rule) if rule.ty == RuleType::Silent => self.plain_class(&rule.expr),
                Some(_) => None,
                None => builtin(name),
            },
            _ => None,
        }
    }

    /// The same for the body of a rule, which must not name others: that might never end.
    fn plain_class(&self, expr: &Expr) -> Option<Set> {
        match expr {
            Expr::Choice(one, other) => Some(self.plain_class(one)?.or(self.plain_class(other)?)),
            Expr::Ident(name) => builtin(name),
            Expr::Str(_) | Expr::Range(..) => self.class(expr),
            _ => None,
        }
    }

    /// The next bytes of which `expr` takes one and no more, whatever follows, and makes no pair. Silent rules are looked into,
    /// `deep` of them one in another.
    pub fn single(&self, expr: &Expr, deep: usize) -> Set {
        if let Some(class) = self.class(expr) {
            return class;
        }
        match expr {
            Expr::Ident(name) if name == "ANY" => Set::of(0..0x80),
            Expr::Ident(name) => match self.rules.get(name) {
                Some(rule) if rule.ty == RuleType::Silent && deep > 0 => self.single(&rule.expr, deep - 1),
                _ => Set::NONE,
            },
            Expr::Choice(one, other) => {
                let tried = self.first(one).any();
                self.single(one, deep).or(self.single(other, deep).without(tried))
            }
            Expr::Seq(one, other) => match &**one {
                Expr::NegPred(inner) => self.single(other, deep).without(self.first(inner).any()),
                _ => Set::NONE,
            },
            Expr::RestoreOnErr(inner) => self.single(inner, deep),
            _ => Set::NONE,
        }
    }

    /// Whether a pair may come out of the rule when it is not in a look-ahead, even (`atomic`) when it is called by an atomic
    /// one.
    pub fn emits(&self, name: &str, atomic: bool) -> bool {
        self.emits_unless(name, atomic, &mut BTreeSet::new())
    }

    fn emits_unless<'f>(&'f self, name: &'f str, atomic: bool, seen: &mut BTreeSet<&'f str>) -> bool {
        let Some(rule) = self.rules.get(name).filter(|_| seen.insert(name)) else { return false };
        match rule.ty {
            RuleType::CompoundAtomic | RuleType::NonAtomic => true,
            RuleType::Normal | RuleType::Atomic if !atomic => true,
            _ => visible_names(&rule.expr).into_iter().any(|called| self.emits_unless(called, atomic, seen)),
        }
    }

    /// Whether an expression changes the stack of `PUSH`.
    pub fn moves_stack(&self, expr: &Expr) -> bool {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut waiting = vec![expr];
        while let Some(expr) = waiting.pop() {
            if expr.iter_top_down().any(|part| matches!(part, Expr::Push(_))) {
                return true;
            }
            for name in names(expr) {
                if matches!(name, "POP" | "DROP") {
                    return true;
                }
                waiting.extend(self.rules.get(name).filter(|_| seen.insert(name)).map(|rule| &rule.expr));
            }
        }
        false
    }
}

fn bytes() -> Set {
    Set::of(0..END)
}

fn builtin(name: &str) -> Option<Set> {
    let class = |test: fn(&u8) -> bool| Some(Set::of((0..=u8::MAX).filter(test).map(usize::from)));
    match name {
        "ASCII" => class(u8::is_ascii),
        "ASCII_DIGIT" => class(u8::is_ascii_digit),
        "ASCII_NONZERO_DIGIT" => Some(Set::of((b'1'..=b'9').map(usize::from))),
        "ASCII_HEX_DIGIT" => class(u8::is_ascii_hexdigit),
        "ASCII_ALPHA" => class(u8::is_ascii_alphabetic),
        "ASCII_ALPHANUMERIC" => class(u8::is_ascii_alphanumeric),
        _ => None,
    }
}

/// The rules that an expression names.
fn names(expr: &Expr) -> Vec<&str> {
    collect(expr, true)
}

/// Those it names outside of look-aheads.
fn visible_names(expr: &Expr) -> Vec<&str> {
    collect(expr, false)
}

fn collect(expr: &Expr, ahead: bool) -> Vec<&str> {
    match expr {
        Expr::Ident(name) => vec![name],
        Expr::PosPred(_) | Expr::NegPred(_) if !ahead => Vec::new(),
        Expr::Seq(one, other) | Expr::Choice(one, other) => [collect(one, ahead), collect(other, ahead)].concat(),
        Expr::PosPred(inner)
        | Expr::NegPred(inner)
        | Expr::Opt(inner)
        | Expr::Rep(inner)
        | Expr::Push(inner)
        | Expr::RestoreOnErr(inner) => collect(inner, ahead),
        Expr::Str(_) | Expr::Insens(_) | Expr::Range(..) | Expr::PeekSlice(..) | Expr::Skip(_) => Vec::new(),
    }
}
