//! What a migration must keep, told from the two texts alone, by a lexer that shares nothing with the tool.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lexer::{Piece, Sort, brackets, code, pieces, statements};

/// What is not kept: which of the promises, and the particulars.
pub type Lost = (&'static str, String);

/// How often each stands somewhere.
type Counts<T> = BTreeMap<T, usize>;

fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> Counts<T> {
    let mut counts = Counts::new();
    all.into_iter().for_each(|one| *counts.entry(one).or_default() += 1);
    counts
}

/// Whether the lexer can tell where strings and comments end. Otherwise both sides of a change may be read otherwise than the
/// tool reads them. Pages are mostly no Deluge.
pub fn is_readable(text: &str) -> bool {
    let page = ["<%", "<![CDATA[", "<html", "application"].iter().any(|mark| text.contains(mark));
    let pieces = pieces(text);
    let beside = |at: Option<usize>, marks: &str| {
        let piece = at.and_then(|at| pieces.get(at));
        let fits = |mark: &str| marks.split(' ').any(|other| other == mark);
        piece.is_none_or(|piece| piece.sort == Sort::Comment || (piece.sort == Sort::Mark && fits(piece.text)))
    };
    // A string over several lines may be two quotes that stand alone.
    let whole = |at: usize| {
        let is_long = pieces[at].sort == Sort::Text && pieces[at].text.contains(['\n', '\r']);
        !is_long
            || (beside(at.checked_sub(1), "+ = += == != ( [ { , :") && beside(Some(at + 1), "+ == != ) ] } , : ; ."))
    };
    !page && (0..pieces.len()).all(|at| !pieces[at].open && whole(at))
}

/// Everything that holds for any migration of code.
pub fn all(before: &str, after: &str) -> Result<(), Lost> {
    if !is_readable(before) {
        return Ok(());
    }
    if pieces(after).iter().any(|piece| piece.open) {
        return Err(("a string or a comment loses its end", String::new()));
    }
    comments(before, after)?;
    closed(before, after)?;
    heads(before, after)?;
    requests(before, after)?;
    written(before, after)
}

/// The multiset of comments is the same.
pub fn comments(before: &str, after: &str) -> Result<(), Lost> {
    let comments = |text| {
        let all = pieces(text).into_iter().filter(|piece| piece.sort == Sort::Comment);
        counted(all.map(|piece| piece.text.trim_end().to_owned()))
    };
    let (was, is) = (comments(before), comments(after));
    if was == is { Ok(()) } else { Err(("comments are not what they were", format!("{was:?}\n{is:?}"))) }
}

/// No more brackets than before stand alone.
pub fn closed(before: &str, after: &str) -> Result<(), Lost> {
    let alone = |text| {
        let code = code(text);
        let partner = brackets(&code);
        let is_bracket = |piece: &Piece<'_>| piece.sort == Sort::Mark && "()[]{}".contains(piece.text);
        code.iter().zip(partner).filter(|(piece, partner)| is_bracket(piece) && partner.is_none()).count()
    };
    let (was, is) = (alone(before), alone(after));
    if is <= was { Ok(()) } else { Err(("a bracket loses its other half", format!("{was} were alone, {is} are"))) }
}

/// What a statement begins with, where that is nothing a statement can begin with: it has lost its head.
fn headless<'t>(code: &[Piece<'t>]) -> Vec<&'t str> {
    let begins = statements(code).into_iter().filter_map(|statement| code.get(statement.start));
    begins.filter(|piece| piece.sort == Sort::Mark && !piece.is("}")).map(|piece| piece.text).collect()
}

/// No statement and no block loses its head.
pub fn heads(before: &str, after: &str) -> Result<(), Lost> {
    let (old, new) = (code(before), code(after));
    let was = counted(headless(&old));
    match counted(headless(&new)).into_iter().find(|(start, count)| was.get(start).is_none_or(|had| had < count)) {
        Some((start, _)) => Err(("a statement loses its head", format!("one begins with {start:?}"))),
        None => Ok(()),
    }
}

const REQUESTS: [&str; 5] = ["invokeurl", "invokeapi", "geturl", "posturl", "puturl"];

fn is_request(code: &[Piece<'_>], at: usize) -> bool {
    let opens = code.get(at + 1).is_some_and(|next| next.is("[") || next.is("("));
    opens && REQUESTS.iter().any(|word| code[at].is_word(word))
}

/// Each variable that gets a request's answer still gets it, and no request goes, but for those that ask for an access token.
pub fn requests(before: &str, after: &str) -> Result<(), Lost> {
    let (old, new) = (code(before), code(after));
    if old.iter().any(|piece| piece.sort == Sort::Text && piece.text.contains("oauth/v2")) {
        return Ok(());
    }
    let count = |code: &[Piece<'_>]| (0..code.len()).filter(|&at| is_request(code, at)).count();
    let (was, is) = (count(&old), count(&new));
    if was != is {
        return Err(("a request appears or disappears", format!("{was} were there, {is} are")));
    }
    let named = |code: &[Piece<'_>]| {
        let requests = (2..code.len()).filter(|&at| is_request(code, at) && code[at - 1].is("="));
        counted(requests.map(|at| code[at - 2].text.to_owned()))
    };
    let is = named(&new);
    let lost = named(&old).into_iter().find(|(name, count)| is.get(name).copied().unwrap_or(0) < *count);
    // What is worked out from an answer gets it from a variable: `x = getUrl(…).get("a")`; where nothing reads that, it may go.
    let excused = |name: &str| {
        let worked_out =
            |window: &[Piece<'_>]| window[0].text == name && window[1].is("=") && window[2].sort == Sort::Word;
        new.windows(3).any(worked_out) || new.iter().all(|piece| piece.text != name)
    };
    match lost {
        Some((name, _)) if !excused(&name) => Err(("a request loses the variable of its answer", name)),
        _ => Ok(()),
    }
}

/// What a statement does to which name: the words up to its `=`, or those up to its first bracket.
fn head(code: &[Piece<'_>], statement: &Range<usize>) -> String {
    let pieces = &code[statement.clone()];
    let end = pieces.iter().position(|piece| ["=", "+=", "("].iter().any(|mark| piece.is(mark))).unwrap_or(0);
    pieces[..end].iter().map(|piece| piece.text).collect()
}

/// Whether a text speaks of tokens, or of what goes with one.
fn speaks(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words = ["token", "authorization", "scope", "x-http-method-override", "oauth", "%61", "%74"];
    words.iter().any(|word| lower.contains(word)) || REQUESTS.iter().any(|word| lower.contains(word))
}

/// What strings say stays, but for what is about tokens, what is in `renamed`, and what is in statements that go.
pub fn strings(before: &str, after: &str, renamed: &[&str]) -> Result<(), Lost> {
    let (old, new) = (code(before), code(after));
    if old.iter().any(|piece| piece.text.to_ascii_lowercase().contains("oauth")) {
        return Ok(());
    }
    let heads = |code: &[Piece<'_>]| counted(statements(code).iter().map(|statement| head(code, statement)));
    let (was, is) = (heads(&old), heads(&new));
    let goes = |head: &String| is.get(head).copied().unwrap_or(0) < was[head];
    let there: Vec<&str> = new.iter().filter(|piece| piece.sort == Sort::Text).map(Piece::content).collect();
    for statement in statements(&old) {
        if goes(&head(&old, &statement)) {
            continue;
        }
        for at in statement.clone() {
            let piece = &old[at];
            let before = &old[statement.start..at];
            let value =
                before.iter().rev().filter(|piece| piece.sort != Sort::Mark).take(4).any(|piece| speaks(piece.text));
            let filled = before.iter().any(|piece| piece.text.to_ascii_lowercase().starts_with("replace"));
            if piece.sort != Sort::Text || filled {
                continue;
            }
            // What is joined to a token's name ends at the next separator.
            let parts = piece.content().split(['?', '&']).skip(usize::from(value));
            // The commas of JSON text go with their members.
            let parts = parts.map(|part| part.trim_matches([',', ' ']));
            let says = |part: &&str| part.contains(|c: char| c.is_alphanumeric());
            let mut others =
                parts.filter(says).filter(|part| !speaks(part) && !is_method(part) && !renamed.contains(part));
            if let Some(part) = others.find(|part| !there.iter().any(|text| text.contains(part))) {
                return Err(("a text goes that is not about a token", format!("{part:?} of {}", piece.text)));
            }
        }
    }
    Ok(())
}

/// What no edit touches stays as it is, but for statements that only gave a variable a value: those may go with what read it.
/// Statements with a request are left out where not of every request an edit is `told`.
pub fn elsewhere(before: &str, after: &str, edits: &[Range<usize>], told: usize) -> Result<(), Lost> {
    let (old, new) = (code(before), code(after));
    let joined = |code: &[Piece<'_>]| code.iter().map(|piece| format!(" {} ", piece.text)).collect::<String>();
    let after = joined(&new);
    let touched = |statement: &Range<usize>| {
        let (start, end) = (old[statement.start].at, old[statement.end - 1].range().end);
        edits.iter().any(|edit| edit.start <= end && start <= edit.end)
    };
    let untouched: Vec<Range<usize>> = statements(&old).into_iter().filter(|statement| !touched(statement)).collect();
    let was = counted(untouched.iter().map(|statement| joined(&old[statement.clone()])));
    let is_told = told >= (0..old.len()).filter(|&at| is_request(&old, at)).count();
    for statement in &untouched {
        let key = joined(&old[statement.clone()]);
        let requests = statement.clone().any(|at| is_request(&old, at));
        let head = &old[statement.start];
        let plain = head.sort == Sort::Word
            && old.get(statement.start + 1).is_some_and(|next| next.is("=") || next.is("+=") || next.is("."));
        if after.matches(&key).count() < was[&key] && if requests { is_told } else { !plain } {
            return Err(("something changes that no edit touches", key));
        }
    }
    Ok(())
}

fn is_method(text: &str) -> bool {
    ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&text)
}

/// How often a name is written and read, and whether a read of it stands before its writes.
#[derive(Clone, Copy, Default)]
struct Uses {
    writes: usize,
    reads: usize,
    read_first: bool,
}

/// The uses of each name in each function. The script around them is number 0.
fn uses<'t>(code: &[Piece<'t>]) -> BTreeMap<(usize, &'t str), Uses> {
    let mut uses: BTreeMap<(usize, &str), Uses> = BTreeMap::new();
    let functions = functions(code);
    for (at, piece) in code.iter().enumerate().filter(|(_, piece)| piece.sort == Sort::Word) {
        let before = |count: usize| at.checked_sub(count).map(|at| &code[at]);
        let next = code.get(at + 1);
        if before(1).is_some_and(|piece| piece.is(".")) || next.is_some_and(|next| next.is("(") || next.is(":")) {
            continue;
        }
        let function = functions.iter().position(|function| function.contains(&at)).map_or(0, |function| function + 1);
        let one = uses.entry((function, piece.text)).or_default();
        let loops = before(1).is_some_and(|piece| piece.is_word("each") || piece.is_word("index"));
        let catches = before(2).is_some_and(|piece| piece.is_word("catch"));
        // `String name` among parameters.
        let given = next.is_some_and(|next| next.is(",") || next.is(")"))
            && before(1).is_some_and(|piece| piece.sort == Sort::Word && !is_keyword(piece.text));
        if next.is_some_and(|next| next.is("=")) || loops || catches || given {
            one.writes += 1;
        } else {
            one.reads += 1;
            one.read_first |= one.writes == 0;
        }
    }
    uses
}

/// Functions with their parameters: outside of all blocks, what has words, brackets and a block, and no word of a statement.
fn functions(code: &[Piece<'_>]) -> Vec<Range<usize>> {
    let partner = brackets(code);
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in 1..code.len() {
        let block = code[at].is("{") && code[at - 1].is(")");
        let Some(open) = partner[at - 1] else { continue };
        let end = partner[at].unwrap_or(code.len());
        let head = open.checked_sub(1).map(|head| &code[head]);
        let is_name = head.is_some_and(|head| {
            head.sort == Sort::Word && !["if", "while", "catch", "each", "for"].iter().any(|word| head.is_word(word))
        });
        if block && is_name && found.last().is_none_or(|last| last.end <= open) {
            found.push(open..end);
        }
    }
    found
}

fn is_keyword(word: &str) -> bool {
    ["return", "info", "in", "else", "throw", "if", "into", "alert"]
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Nothing that stays reads a name whose last write went.
pub fn written(before: &str, after: &str) -> Result<(), Lost> {
    let (old, new) = (code(before), code(after));
    let is = uses(&new);
    for (name, was) in uses(&old) {
        let Uses { writes, reads, .. } = is.get(&name).copied().unwrap_or_default();
        if was.writes > 0 && !was.read_first && writes == 0 && reads > 0 {
            return Err(("a name is read that nothing writes any more", name.1.to_owned()));
        }
    }
    Ok(())
}
