//! The report as Markdown, for a ticket: the same as the page, with each change as a diff. What files say stands in code, or
//! every sign of it is escaped.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::counted;
use super::{
    Apps, CallSite, Checklist, Dead, Function, Handover, Made, Piece, Pool, Remark, Row, Scope, Sides, UnitKind,
};
use crate::finding::Applicability;
use crate::plan::{NextStep, Why};
use crate::project::discover::REPORT_MARK;

/// Writes the report.
///
/// # Errors
/// What writing fails with.
pub fn write(handover: &Handover<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut out = format!("{REPORT_MARK}# From authtokens to Connections\n\n");
    let paths: Vec<String> = handover.paths.iter().map(|path| code(path)).collect();
    let _ = writeln!(out, "About {}. Tokens are masked.\n", paths.join(", "));
    summary(&mut out, handover);
    checklist(&mut out, &handover.checklist);
    if !handover.functions.is_empty() {
        out.push_str("## Functions\n\n");
        for function in &handover.functions {
            self::function(&mut out, function);
            to.write_all(out.as_bytes())?;
            out.clear();
        }
    }
    dead(&mut out, &handover.dead);
    handover.apps.iter().for_each(|apps| of_apps(&mut out, apps));
    if !handover.errors.is_empty() {
        out.push_str("## Not read\n\nThis report says nothing about these files.\n\n");
        for (path, error) in &handover.errors {
            let _ = writeln!(out, "- {}: {}", code(path), text(error));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "Made by authshift {}.", env!("CARGO_PKG_VERSION"));
    to.write_all(out.as_bytes())
}

/// Text in which no sign means anything.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if out.trim().is_empty() => out.push_str("&gt;"),
            // These make somebody a party to the ticket, or a link to another.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            // An address would be made a link, a word between colons a picture.
            ':' if !rest.as_str().starts_with(' ') => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A sentence: what stands in backticks is code, all else text.
fn prose(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(sentence);
    }
    let part = |(index, part): (usize, &&str)| if index % 2 == 0 { text(part) } else { code(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Code in a line, between more backticks than it has in a row.
fn code(code: &str) -> String {
    let code = code.replace(['\n', '\r'], " ");
    if code.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&code) + 1);
    let gap = if code.starts_with(['`', ' ']) || code.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{gap}{code}{gap}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn pieces(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

fn summary(out: &mut String, handover: &Handover<'_>) {
    out.push_str("## Summary\n\n");
    if handover.is_empty() {
        let _ = writeln!(out, "No authtokens were found in {}.\n", counted(handover.summary.files, "file"));
        return;
    }
    for (count, what) in handover.counts() {
        let _ = writeln!(out, "- {count} {what}");
    }
    if handover.summary.token_count > 0 {
        let shown: Vec<String> = handover.summary.tokens.iter().map(|token| code(token)).collect();
        let tokens = counted(handover.summary.token_count, "different token");
        let _ = writeln!(out, "- {tokens} in the code: {}", shown.join(", "));
    }
    out.push('\n');
    if handover.suggested {
        out.push_str(
            "Some LinkNames are suggestions: no configuration says which Connections there are. If a Connection gets another \
             LinkName in Zoho, change it in the functions too.\n\n",
        );
    }
    let requests = &handover.summary.requests;
    if !requests.is_empty() {
        out.push_str(
            "| service | data centre | requests | migrated | with an assumption | by hand |\n|---|---|---:|---:|---:|---:|\n",
        );
        for row in requests {
            let center = row.data_center.as_deref().unwrap_or("not known");
            let (all, done) = (row.all(), row.done);
            let _ = writeln!(
                out,
                "| {} | {} | {all} | {done} | {} | {} |",
                text(row.service),
                text(center),
                row.held,
                row.manual
            );
        }
        out.push('\n');
    }
    let rest = handover.rest();
    if !rest.is_empty() {
        let _ = writeln!(out, "{rest}\n");
    }
}

fn checklist(out: &mut String, checklist: &Checklist) {
    if checklist.pools.is_empty() && checklist.unseen.is_empty() {
        return;
    }
    out.push_str("## Connections\n\n");
    if !checklist.pools.is_empty() {
        let _ = writeln!(out, "{}\n", text(super::super::plan::HOW));
    }
    checklist.pools.iter().for_each(|pool| of_pool(out, pool));
    if !checklist.unseen.is_empty() {
        out.push_str(
            "### Requests whose host is known only at run time\n\nFind out where each goes, and give it a Connection by `paths` or \
             `default-connection` in `authshift.toml`.\n\n",
        );
        places(out, &checklist.unseen, "");
        out.push('\n');
    }
}

fn of_pool(out: &mut String, pool: &Pool) {
    let _ = match pool.product {
        Some(product) => writeln!(out, "### In {}\n", text(product)),
        None => writeln!(out, "### In the product in which the functions run\n"),
    };
    let _ = write!(out, "{}", text(pool.way));
    if let Some(source) = pool.source {
        let _ = write!(out, " (according to {})", text(source));
    }
    out.push_str("\n\n");
    pool.connections.iter().for_each(|made| connection(out, made));
    out.push('\n');
}

fn connection(out: &mut String, made: &Made) {
    let what = match (made.next_step, made.why) {
        (NextStep::Extend, _) => "exists already: check that it has these scopes too",
        (_, Why::Configured) => "to be created; the LinkName is from the configuration",
        _ => "to be created; the LinkName is a suggestion",
    };
    let _ = writeln!(out, "- [ ] {}: {what}", code(&made.link));
    for (service, count) in &made.services {
        let _ = writeln!(out, "  - {}: {}", text(service), counted(*count, "request"));
    }
    scopes(out, &made.scopes, "  ");
    for note in &made.notes {
        let _ = writeln!(out, "  - Note: {}", prose(note));
    }
    places(out, &made.places, "  ");
}

fn scopes(out: &mut String, scopes: &[Scope], indent: &str) {
    if scopes.is_empty() {
        let _ = writeln!(out, "{indent}- authshift does not know the scopes; choose those that the calls need.");
        return;
    }
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name.as_str()).collect();
    let _ = writeln!(out, "{indent}- Scopes: {}", code(&names.join(",")));
    for scope in scopes {
        let mut said = scope.doubt.iter().map(|doubt| (*doubt).to_owned()).collect::<Vec<_>>();
        if !scope.alternatives.is_empty() {
            said.push(format!("{} would do too", scope.alternatives.join(" or ")));
        }
        if !said.is_empty() {
            let _ = writeln!(out, "{indent}  - {}: {}", code(&scope.name), text(&said.join("; ")));
        }
    }
}

fn places(out: &mut String, places: &[CallSite], indent: &str) {
    for CallSite { place, call } in places {
        let _ = writeln!(out, "{indent}- {} {}", code(place), code(call));
    }
}

fn function(out: &mut String, function: &Function<'_>) {
    let _ = writeln!(out, "### {}\n\n{}", text(&function.name), code(&function.place));
    let mut about = Vec::new();
    about.extend(function.product.map(|product| format!("runs in {}", text(product))));
    about.extend(function.links.iter().map(|link| format!("Connection {}", code(link))));
    if !about.is_empty() {
        let _ = writeln!(out, "{}", about.join(", "));
    }
    let back = if function.kind == UnitKind::Function { "Pasted back" } else { "Put back" };
    let _ = writeln!(out, "\n- [ ] {back}\n- [ ] Tested\n");
    let is_assumed = |remark: &&Remark| remark.applicability == Applicability::Unsafe;
    remarks(out, "What is assumed", function.done.iter().filter(is_assumed));
    remarks(out, "What is left to do", function.left.iter());
    let Some(change) = function.change.as_ref().map(Sides::shown) else { return };
    if change.panel.masked_before || change.panel.masked_after {
        out.push_str("**masked: do not paste**\n\n");
    }
    let mut diff = String::new();
    for rows in change.panel.rows.chunk_by(|one, two| is_changed(one) && is_changed(two)) {
        for sign in ['-', '+'] {
            rows.iter().filter_map(|row| side(row, sign)).for_each(|line| diff += &format!("{sign}{line}\n"));
        }
        for row in rows {
            let _ = match row {
                Row::Same(.., same) => writeln!(diff, " {}", pieces(same)),
                Row::Gap(lines) => writeln!(diff, "@@ {} not shown @@", counted(*lines, "unchanged line")),
                Row::Changed(..) => Ok(()),
            };
        }
    }
    let fence = "`".repeat(longest_run(&diff).max(2) + 1);
    let _ = writeln!(out, "{fence}diff\n{diff}{fence}\n");
}

fn is_changed(row: &Row) -> bool {
    matches!(row, Row::Changed(..))
}

/// The line that goes (`-`) or comes (`+`) in a row.
fn side(row: &Row, sign: char) -> Option<String> {
    let Row::Changed(old, new) = row else { return None };
    let line = if sign == '-' { old } else { new };
    line.as_ref().map(|line| pieces(&line.pieces))
}

fn remarks<'r>(out: &mut String, title: &str, remarks: impl Iterator<Item = &'r Remark>) {
    let mut remarks = remarks.peekable();
    if remarks.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "{title}:\n");
    for remark in remarks {
        let _ = writeln!(out, "- Line {}: {} ({})", remark.line, prose(&remark.message), remark.rule);
        let line = pieces(&remark.code);
        if !line.is_empty() {
            let _ = writeln!(out, "  {}", code(&line));
        }
        for note in &remark.notes {
            let _ = writeln!(out, "  - {}", prose(note));
        }
    }
    out.push('\n');
}

fn dead(out: &mut String, dead: &[Dead]) {
    if dead.is_empty() {
        return;
    }
    out.push_str("## Endpoints that no longer exist\n\nA Connection alone does not make these calls work.\n\n");
    for Dead { place, address, replacement } in dead {
        let _ = writeln!(out, "- {} {}\n  - Instead: {}", code(place), code(address), prose(replacement));
    }
    out.push('\n');
}

fn of_apps(out: &mut String, apps: &Apps) {
    out.push_str(
        "## Apps that send authtokens by themselves\n\nAn app has no Connection. Register a client in the Zoho API console, and have \
         the app get access tokens from a refresh token; `authshift explain authtoken-in-app` shows how.\n\n",
    );
    for service in &apps.services {
        let _ = writeln!(out, "- [ ] {}\n  - Client: {}", text(&service.title), text(service.client));
        scopes(out, &service.scopes, "  ");
        for note in &service.notes {
            let _ = writeln!(out, "  - Note: {}", prose(note));
        }
        places(out, &service.places, "  ");
    }
    for setting in &apps.settings {
        let _ = writeln!(out, "- [ ] Replace the setting {} in {}", code(&setting.call), code(&setting.place));
    }
    for place in &apps.generation {
        let _ = writeln!(out, "- [ ] Delete the call that makes an authtoken: {}", code(place));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_of_a_text_means_anything() {
        assert_eq!(text("a_b [x](y) <i> @all #1 `"), "a\\_b \\[x\\](y) &lt;i> &#64;all &#35;1 \\`");
        assert_eq!(prose("use `a_b` here_"), "use `a_b` here\\_");
    }

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b\nc"), "```a``b c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" "), "");
    }
}
