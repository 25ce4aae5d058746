//! A grammar as Rust: each rule a method of the parser in `src/deluge/peg.rs`, each expression a `bool`.
//!
//! It does what pest's own code does, but asks for the next byte first: alternatives that cannot succeed with it are not
//! tried. An expression is written for the set of next bytes that are `known` to be possible where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use pest_meta::ast::RuleType;
use pest_meta::optimizer::OptimizedExpr as Expr;

use crate::Grammar;
use crate::facts::Facts;
use crate::set::Set;

/// Where an expression stands: whether it makes pairs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// It does.
    Open,
    /// In an atomic rule: only compound-atomic rules do.
    Atomic,
    /// In a look-ahead: nothing does.
    Ahead,
}

impl Mode {
    fn prefix(self) -> &'static str {
        match self {
            Mode::Open => "open",
            Mode::Atomic => "atomic",
            Mode::Ahead => "ahead",
        }
    }
}

/// The methods of a parser that begins with one of the grammar's start rules.
pub fn generate(facts: &Facts, grammar: &Grammar) -> String {
    let start = grammar.start;
    let mut writer = Writer { facts, grammar, waiting: Vec::new(), asked: BTreeSet::new(), helpers: Vec::new() };
    let begins: Vec<String> =
        start.iter().map(|name| format!("Self::r#{name} => parser.{}(),", writer.method(name, Mode::Open))).collect();
    let mut methods = String::new();
    while let Some((name, mode)) = writer.waiting.pop() {
        methods.push_str(&writer.rule(&name, mode));
    }
    methods.extend(writer.helpers);
    // Silent rules make no pairs, and are not named.
    let named = facts.rules.iter().filter(|(name, rule)| rule.ty != RuleType::Silent || start.contains(&name.as_str()));
    let names = named.map(|(name, _)| format!("r#{name}")).collect::<Vec<_>>().join(", ");
    format!(
        "/// The rules of the grammar.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n#[repr(u8)]\npub enum Rule {{ {names} }}\n\
         impl Rules for Rule {{\nconst ALL: &'static [Self] = {{ use Rule::*; &[{names}] }};\n\
         fn number(self) -> u8 {{ self as u8 }}\n\
         fn begin(self, parser: &mut Parser<'_>) -> bool {{ #[allow(unreachable_patterns)] match self {{ {} _ => false }} }}\n}}\n\
         impl Parser<'_> {{\n{methods}}}\n",
        begins.join(" "),
    )
}

struct Writer<'f> {
    facts: &'f Facts,
    grammar: &'f Grammar,
    waiting: Vec<(String, Mode)>,
    asked: BTreeSet<(String, Mode)>,
    helpers: Vec<String>,
}

impl Writer<'_> {
    /// The name of a rule's method, which will be written.
    fn method(&mut self, name: &str, mode: Mode) -> String {
        // Where nothing comes out anyhow, one method serves all.
        let mode = match mode {
            Mode::Open if self.facts.emits(name, false) => Mode::Open,
            Mode::Open | Mode::Atomic if self.facts.emits(name, true) => Mode::Atomic,
            _ => Mode::Ahead,
        };
        if self.asked.insert((name.to_owned(), mode)) {
            self.waiting.push((name.to_owned(), mode));
        }
        self.called(name, mode)
    }

    fn called(&self, name: &str, mode: Mode) -> String {
        format!("{}_{}_{name}", self.grammar.name, mode.prefix())
    }

    fn rule(&mut self, name: &str, mode: Mode) -> String {
        let facts = self.facts;
        let Some(rule) = facts.rules.get(name) else { return String::new() };
        let (pair, inner) = match (rule.ty, mode) {
            (_, Mode::Ahead) => (false, Mode::Ahead),
            (RuleType::CompoundAtomic | RuleType::NonAtomic, _) => (true, Mode::Open),
            (RuleType::Silent, mode) => (false, mode),
            (_, Mode::Atomic) => (false, Mode::Atomic),
            (RuleType::Atomic, Mode::Open) => (true, Mode::Atomic),
            (RuleType::Normal, Mode::Open) => (true, Mode::Open),
        };
        // When failures are recorded, no alternative may be pruned.
        let may = if self.grammar.records_failures { Set::all() } else { facts.first(&rule.expr).any() };
        let body = self.expr(&rule.expr, inner, may);
        let mut lines = format!("fn {}(&mut self) -> bool {{\n", self.called(name, mode));
        if may != Set::all() {
            let _ = writeln!(lines, "if !matches!(self.peek(), {}) {{ return false; }}", may.pattern());
        }
        let counted = facts.counted.contains(name);
        if counted {
            lines.push_str("if !self.enter() { return false; }\n");
        }
        if pair {
            lines.push_str("let mark = self.mark();\n");
        }
        let _ = writeln!(lines, "let matched = {body};");
        if pair {
            let collapses = self.grammar.collapses.contains(&name);
            let _ = writeln!(lines, "self.end_pair(Rule::r#{name} as u8, mark, matched, {collapses});");
            if self.grammar.records_failures {
                let _ = writeln!(lines, "if !matched {{ self.tried(Rule::r#{name} as u8, mark.at); }}");
            }
        }
        if counted {
            lines.push_str("self.leave();\n");
        }
        lines + "matched\n}\n"
    }

    /// Code that matches `expr` and says whether it did; where it did not, nothing is taken.
    fn expr(&mut self, expr: &Expr, mode: Mode, known: Set) -> String {
        let facts = self.facts;
        if facts.first(expr).any().and(known).is_empty() && !self.grammar.records_failures {
            return "false".to_owned();
        }
        if let Some(class) = facts.class(expr) {
            return if known.is_within(class) {
                "self.take()".to_owned()
            } else {
                format!("(matches!(self.peek(), {}) && self.take())", class.pattern())
            };
        }
        match expr {
            Expr::Str(text) if text.is_empty() => "true".to_owned(),
            Expr::Str(text) => format!("self.literal({text:?})"),
            Expr::Insens(text) => format!("self.insensitive({text:?})"),
            Expr::Range(from, to) => {
                let character = |text: &str| text.chars().next().unwrap_or_default();
                format!("self.between({:?}, {:?})", character(from), character(to))
            }
            Expr::Ident(name) => self.named(name, mode),
            Expr::PosPred(inner) => self.ahead(inner, known, true),
            Expr::NegPred(inner) => self.ahead(inner, known, false),
            Expr::Seq(..) => self.sequence(expr, mode, known),
            Expr::Choice(..) => self.choice(expr, mode, known),
            Expr::Opt(inner) => format!("({{ let _ = {}; true }})", self.expr(inner, mode, known)),
            Expr::Rep(inner) => self.repeated(inner, mode),
            Expr::Skip(until) => format!("self.skip_until(&{until:?})"),
            Expr::Push(inner) => {
                format!("({{ let from = self.at; {} && self.push(from) }})", self.expr(inner, mode, known))
            }
            Expr::RestoreOnErr(inner) => self.expr(inner, mode, known),
            Expr::PeekSlice(..) => "compile_error!(\"PEEK with a range is not compiled\")".to_owned(),
        }
    }

    /// `inner` as often as it matches. What it takes byte by byte is taken at once.
    fn repeated(&mut self, inner: &Expr, mode: Mode) -> String {
        let single = self.facts.single(inner, 4);
        let run = format!("self.run(|byte| matches!(Some(byte), {}))", single.pattern());
        if self.facts.class(inner).is_some() {
            return run;
        }
        let code = self.expr(inner, mode, Set::all());
        if single.members().count() < 2 {
            return format!("({{ while {code} {{}} true }})");
        }
        format!("({{ while {run} && {code} {{}} true }})")
    }

    fn named(&mut self, name: &str, mode: Mode) -> String {
        match name {
            _ if self.facts.rules.contains_key(name) => {
                let call = format!("self.{}()", self.method(name, mode));
                // Of white space there is mostly none: to see that takes no call.
                match self.facts.rules.get(name).map(|rule| (rule.ty, &rule.expr)) {
                    Some((RuleType::Silent, Expr::Rep(inner))) => {
                        format!("(!matches!(self.peek(), {}) || {call})", self.facts.first(inner).takes.pattern())
                    }
                    _ => call,
                }
            }
            "ANY" => "self.any()".to_owned(),
            "SOI" => "(self.at == 0)".to_owned(),
            "EOI" if self.grammar.records_failures => "self.end()".to_owned(),
            "EOI" => "self.peek().is_none()".to_owned(),
            "PEEK" => "self.peek_stack()".to_owned(),
            "POP" => "(self.peek_stack() && self.drop_stack())".to_owned(),
            "DROP" => "self.drop_stack()".to_owned(),
            _ => format!("compile_error!(\"{name} is not compiled\")"),
        }
    }

    fn ahead(&mut self, inner: &Expr, known: Set, wanted: bool) -> String {
        if let Some(class) = self.facts.class(inner) {
            let matches = format!("matches!(self.peek(), {})", class.pattern());
            return if wanted { matches } else { format!("!{matches}") };
        }
        let code = self.expr(inner, Mode::Ahead, known);
        let not = if wanted { "" } else { "!" };
        match (code.as_str(), self.facts.moves_stack(inner)) {
            ("false", _) => (!wanted).to_string(),
            (_, false) => format!("({{ let at = self.at; let matched = {code}; self.at = at; {not}matched }})"),
            (_, true) => format!(
                "({{ let at = self.at; let stack = self.stack.clone(); let matched = {code}; self.at = at; self.stack = stack; {not}matched }})"
            ),
        }
    }

    fn sequence(&mut self, expr: &Expr, mode: Mode, known: Set) -> String {
        let facts = self.facts;
        let mut parts = Vec::new();
        let mut rest = expr;
        while let Expr::Seq(one, other) = rest {
            parts.push(&**one);
            rest = other;
        }
        parts.push(rest);
        let mut known = known;
        let mut codes = Vec::new();
        // Whether something may have been taken, or made, before a part that can fail.
        let (mut taken, mut undo) = (false, false);
        for part in parts {
            let first = facts.first(part);
            codes.push(self.expr(part, mode, known));
            undo |= taken && facts.sure(part) != Set::all();
            known = if first.takes.and(known).is_empty() { known.and(first.empty) } else { Set::all() };
            taken |= !first.takes.is_empty() || facts.moves_stack(part) || matches!(part, Expr::Ident(_));
        }
        let code = codes.join(" && ");
        match (undo, facts.moves_stack(expr)) {
            (false, _) => format!("({code})"),
            (true, false) if mode == Mode::Ahead => format!("({{ let at = self.at; ({code}) || self.back(at) }})"),
            (true, false) => format!("({{ let mark = self.mark(); ({code}) || self.back_to(mark) }})"),
            (true, true) => {
                format!(
                    "({{ let mark = self.mark(); let stack = self.stack.clone(); ({code}) || self.back_with(mark, stack) }})"
                )
            }
        }
    }

    fn choice(&mut self, expr: &Expr, mode: Mode, known: Set) -> String {
        let facts = self.facts;
        let mut parts = Vec::new();
        let mut rest = expr;
        while let Expr::Choice(one, other) = rest {
            parts.push(&**one);
            rest = other;
        }
        parts.push(rest);
        if self.grammar.records_failures {
            // Each alternative is tried, so that the failure names it.
            let codes: Vec<String> = parts.iter().map(|part| self.expr(part, mode, Set::all())).collect();
            return format!("({})", codes.join(" || "));
        }
        // Next bytes by the alternatives that may succeed with them.
        let mut groups: BTreeMap<Vec<usize>, Set> = BTreeMap::new();
        for byte in known.members() {
            let mut worth = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                if facts.first(part).any().contains(byte) {
                    worth.push(at);
                }
                if facts.sure(part).contains(byte) {
                    break;
                }
            }
            let group = groups.entry(worth).or_insert(Set::NONE);
            *group = group.or(Set::of([byte]));
        }
        // What stands in several groups is written once.
        let mut shared: BTreeMap<usize, String> = BTreeMap::new();
        for (at, part) in parts.iter().enumerate() {
            let times = groups.keys().filter(|worth| worth.contains(&at)).count();
            let small =
                matches!(part, Expr::Str(_) | Expr::Insens(_) | Expr::Range(..) | Expr::Ident(_) | Expr::Skip(_));
            if times > 1 && !small && facts.class(part).is_none() {
                let code = self.expr(part, mode, Set::all());
                let name = format!("{}_part_{}", self.grammar.name, self.helpers.len());
                self.helpers.push(format!("fn {name}(&mut self) -> bool {{ {code} }}\n"));
                shared.insert(at, format!("self.{name}()"));
            }
        }
        let mut arms: Vec<(Set, String)> = Vec::new();
        for (worth, group) in groups {
            let codes: Vec<String> = worth
                .iter()
                .filter_map(|at| Some(shared.get(at).cloned().unwrap_or(self.expr(parts.get(*at)?, mode, group))))
                .collect();
            let code = if codes.is_empty() { "false".to_owned() } else { codes.join(" || ") };
            match arms.iter_mut().find(|(_, other)| *other == code) {
                Some((set, _)) => *set = set.or(group),
                None => arms.push((group, code)),
            }
        }
        if let [(_, only)] = arms.as_slice() {
            return format!("({only})");
        }
        // The end, and what cannot come, go with any arm; the longest list of bytes is left out.
        let widest = arms.iter().map(|(set, _)| set.members().count()).max();
        let last = arms.iter().position(|(set, _)| Some(set.members().count()) == widest).unwrap_or(0);
        let (_, otherwise) = arms.remove(last);
        let arms: Vec<String> = arms.iter().map(|(set, code)| format!("{} => {code},\n", set.pattern())).collect();
        format!("(match self.peek() {{\n{}_ => {otherwise},\n}})", arms.concat())
    }
}
