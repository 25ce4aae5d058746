//! The report as one page for a browser. It loads nothing, from nowhere: style and script stand in it, and its policy allows
//! these two only. All text goes through [`escaped`].

mod function;

use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::super::counted;
use super::{Apps, AppsOf, CallSite, Checklist, Dead, Handover, Made, Piece, Pool, Requests, Scope, Summary};
use crate::plan::{NextStep, Why};
use crate::project::discover::REPORT_MARK;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
///
/// # Errors
/// What writing fails with.
pub fn write(handover: &Handover<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut out = String::new();
    let title = format!("Migration to Connections: {}", handover.paths.join(", "));
    let _ = write!(
        out,
        "<!doctype html>\n{REPORT_MARK}<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; script-src \
         'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"authshift {}\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n",
        hash(STYLE),
        hash(SCRIPT),
        env!("CARGO_PKG_VERSION"),
        escaped(&title),
    );
    let _ = write!(
        out,
        "<body data-key=\"{}\">\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<div class=\"wide\">\n",
        handover.key
    );
    head(&mut out, handover);
    out.push_str("<main id=\"main\">\n");
    summary(&mut out, handover);
    checklist(&mut out, &handover.checklist);
    function::section(&mut out, handover, to)?;
    dead(&mut out, &handover.dead);
    handover.apps.iter().for_each(|apps| of_apps(&mut out, apps));
    errors(&mut out, &handover.errors);
    let _ = write!(
        out,
        "</main>\n<footer class=\"soft small\"><p>Made by authshift {}, which runs nothing and connects to nothing. Tokens are \
         masked. The boxes are kept in this browser only.</p></footer>\n</div>\n\
         <p class=\"out\" id=\"said\" role=\"status\" aria-live=\"polite\"></p>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    to.write_all(out.as_bytes())
}

/// The SHA-256 of a text in base64, as a policy takes it.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for bytes in Sha256::digest(text).chunks(3) {
        let group = bytes.iter().enumerate().fold(0_u32, |group, (at, byte)| group | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let digit = DIGITS.get((group >> (18 - 6 * at)) as usize & 63).copied().unwrap_or(b'=');
            out.push(if at <= bytes.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// Text as it stands in the page, also in an attribute. Two colons and `##[` are commands in some logs.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut last = ['\0'; 2];
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\r' => out.push_str("&#13;"),
            ':' if last[1] == ':' => out.push_str("&#58;"),
            '[' if last == ['#', '#'] => out.push_str("&#91;"),
            c => out.push(c),
        }
        last = [last[1], c];
    }
    out
}

/// With a capital at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    let end = if text.ends_with(['.', '`']) { "" } else { "." };
    first.into_iter().chain(characters).collect::<String>() + end
}

/// The same for a sentence, with what stands in backticks as code.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

fn pieces(pieces: &[Piece], mark: &str) -> String {
    let piece = |piece: &Piece| {
        let mut text = escaped(&piece.text);
        if piece.masked {
            text = format!("<span class=\"mask\" title=\"masked\">{text}</span>");
        }
        if piece.changed { format!("<{mark}>{text}</{mark}>") } else { text }
    };
    pieces.iter().map(piece).collect()
}

fn head(out: &mut String, handover: &Handover<'_>) {
    let paths: Vec<String> = handover.paths.iter().map(|path| format!("<code>{}</code>", escaped(path))).collect();
    let _ = write!(
        out,
        "<header class=\"top\">\n<h1>From authtokens to Connections</h1>\n<p>What authshift found in {}, what to create in Zoho, and \
         each function before and after.</p>\n",
        paths.join(", ")
    );
    let mut links = vec![("summary", "Summary".to_owned())];
    let connections = handover.checklist.pools.iter().map(|pool| pool.connections.len()).sum::<usize>();
    let sections = [
        ("connections", "Connections", connections.max(usize::from(!handover.checklist.unseen.is_empty()))),
        ("functions", "Functions", handover.functions.len()),
        ("dead", "Endpoints that no longer exist", handover.dead.len()),
        ("apps", "Apps", handover.apps.iter().map(|apps| apps.services.len().max(1)).sum()),
        ("errors", "Not read", handover.errors.len()),
    ];
    for (id, name, count) in sections.into_iter().filter(|(_, _, count)| *count > 0) {
        links.push((id, if id == "apps" { name.to_owned() } else { format!("{name} ({count})") }));
    }
    out.push_str("<nav aria-label=\"Contents\"><ul>");
    for (id, name) in links {
        let _ = write!(out, "<li><a href=\"#{id}\">{name}</a></li>");
    }
    out.push_str("</ul></nav>\n</header>\n");
}

fn open(out: &mut String, id: &str, title: &str) {
    let _ = write!(out, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n");
}

fn summary(out: &mut String, handover: &Handover<'_>) {
    let Summary { files, requests, tokens, token_count, .. } = &handover.summary;
    open(out, "summary", "Summary");
    if handover.is_empty() {
        let _ = writeln!(out, "<p>No authtokens were found in {}.</p>", counted(*files, "file"));
    }
    out.push_str("<dl class=\"counts\">\n");
    for (count, what) in handover.counts() {
        let _ = writeln!(out, "<div><dt>{what}</dt><dd>{count}</dd></div>");
    }
    out.push_str("</dl>\n");
    if handover.suggested {
        out.push_str(
            "<p class=\"warn\">Some LinkNames in this report are suggestions: no configuration says which Connections there are. \
             If a Connection gets another LinkName in Zoho, change it in the functions too.</p>\n",
        );
    }
    by_service(out, requests, handover.with_unsafe);
    if *token_count > 0 {
        let shown: Vec<String> =
            tokens.iter().map(|token| format!("<span class=\"mask code\">{}</span>", escaped(token))).collect();
        let what = counted(*token_count, "different token");
        let verb = if *token_count == 1 { "is" } else { "are" };
        let _ =
            writeln!(out, "<p>{what} {verb} written into the code: {}. Each one is masked here.</p>", shown.join(", "));
    }
    let rest = handover.rest();
    if !rest.is_empty() {
        let _ = writeln!(out, "<p class=\"soft\">{rest}</p>");
    }
    out.push_str("</section>\n");
}

fn by_service(out: &mut String, requests: &[Requests], with_unsafe: bool) {
    if requests.is_empty() {
        return;
    }
    let held = !with_unsafe && requests.iter().any(|row| row.held > 0);
    out.push_str(
        "<div class=\"scroll\"><table class=\"numbers\"><caption>Requests that send a token</caption>\n<thead><tr><th \
         scope=\"col\">Service</th><th scope=\"col\">Data centre</th><th scope=\"col\" class=\"n\">Requests</th><th \
         scope=\"col\" class=\"n\">Migrated</th>",
    );
    if held {
        out.push_str("<th scope=\"col\" class=\"n\">With an assumption</th>");
    }
    out.push_str("<th scope=\"col\" class=\"n\">By hand</th></tr></thead>\n<tbody>\n");
    for row in requests {
        let center = row.data_center.as_deref().unwrap_or("not known");
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>",
            escaped(row.service),
            escaped(center),
            row.all(),
            row.done
        );
        if held {
            let _ = write!(out, "<td class=\"n\">{}</td>", row.held);
        }
        let _ = writeln!(out, "<td class=\"n\">{}</td></tr>", row.manual);
    }
    out.push_str("</tbody></table></div>\n");
}

fn checklist(out: &mut String, checklist: &Checklist) {
    if checklist.pools.is_empty() && checklist.unseen.is_empty() {
        return;
    }
    open(out, "connections", "Connections");
    if !checklist.pools.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", prose(super::super::plan::HOW));
    }
    let mut number = 0;
    for pool in &checklist.pools {
        of_pool(out, pool, &mut number);
    }
    if !checklist.unseen.is_empty() {
        out.push_str(
            "<div class=\"card\">\n<h3>Requests whose host is known only at run time</h3>\n<p>Find out where each goes, and give it a Connection \
             by <code>paths</code> or <code>default-connection</code> in <code>authshift.toml</code>.</p>\n",
        );
        places(out, &checklist.unseen);
        out.push_str("</div>\n");
    }
    out.push_str("</section>\n");
}

fn of_pool(out: &mut String, pool: &Pool, number: &mut usize) {
    out.push_str("<div class=\"card\">\n");
    let _ = match pool.product {
        Some(product) => writeln!(out, "<h3>In {}</h3>", escaped(product)),
        None => writeln!(out, "<h3>In the product in which the functions run</h3>"),
    };
    let _ = write!(out, "<p>{}", escaped(pool.way));
    if let Some(source) = pool.source {
        let _ = write!(out, "<br><span class=\"soft small\">According to {}</span>", escaped(source));
    }
    out.push_str("</p>\n");
    if pool.by_folder {
        out.push_str(
            "<p class=\"soft small\">Guessed from the folder's name; create the Connections in the product where the functions really run.</p>\n",
        );
    }
    for made in &pool.connections {
        *number += 1;
        connection(out, made, *number);
    }
    out.push_str("</div>\n");
}

fn connection(out: &mut String, made: &Made, number: usize) {
    let (what, done) = match made.next_step {
        NextStep::Extend => ("exists already: check that it has these scopes too", "Has the scopes"),
        _ => match made.why {
            Why::Configured => ("its LinkName is from the configuration", "Created and connected"),
            _ => ("its LinkName is a suggestion", "Created and connected"),
        },
    };
    let link = escaped(&made.link);
    let _ = write!(
        out,
        "<div class=\"made\">\n<div class=\"head\"><h4><code>{link}</code> <span class=\"soft\">{what}</span></h4>\n\
         <label><input type=\"checkbox\" id=\"c{number}\" data-tick=\"made\"> {done}<span class=\"out\">: {link}</span>\
         </label></div>\n<p>"
    );
    let services: Vec<String> = made
        .services
        .iter()
        .map(|(service, count)| format!("{}: {}", escaped(service), counted(*count, "request")))
        .collect();
    let _ = writeln!(out, "{}</p>", services.join("<br>"));
    scopes(out, &made.scopes, &format!("c{number}-scopes"));
    for note in &made.notes {
        let _ = writeln!(out, "<p class=\"warn small\">{}</p>", prose(&sentence(note)));
    }
    let _ = writeln!(out, "<details><summary>{}</summary>", counted(made.places.len(), "call"));
    places(out, &made.places);
    out.push_str("</details>\n</div>\n");
}

/// The scopes in one line to be copied, and each with what is to be said of it.
fn scopes(out: &mut String, scopes: &[Scope], id: &str) {
    if scopes.is_empty() {
        out.push_str("<p>authshift does not know the scopes; choose those that the calls need.</p>\n");
        return;
    }
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name.as_str()).collect();
    let _ = writeln!(
        out,
        "<div class=\"copy\"><code id=\"{id}\">{}</code><button type=\"button\" data-copy=\"{id}\" hidden>Copy the \
         scopes</button></div>",
        escaped(&names.join(","))
    );
    let remarks: Vec<&Scope> =
        scopes.iter().filter(|scope| scope.doubt.is_some() || !scope.alternatives.is_empty()).collect();
    if remarks.is_empty() {
        return;
    }
    out.push_str("<ul class=\"scopes small soft\">\n");
    for scope in remarks {
        let mut said = scope.doubt.iter().map(|doubt| (*doubt).to_owned()).collect::<Vec<_>>();
        if !scope.alternatives.is_empty() {
            said.push(format!("{} would do too", scope.alternatives.join(" or ")));
        }
        let _ = writeln!(out, "<li><code>{}</code>: {}</li>", escaped(&scope.name), escaped(&said.join("; ")));
    }
    out.push_str("</ul>\n");
}

fn places(out: &mut String, places: &[CallSite]) {
    out.push_str("<ul class=\"calls\">\n");
    for CallSite { place, call } in places {
        let _ = writeln!(out, "<li><code>{}</code> <code class=\"soft\">{}</code></li>", escaped(place), escaped(call));
    }
    out.push_str("</ul>\n");
}

fn dead(out: &mut String, dead: &[Dead]) {
    if dead.is_empty() {
        return;
    }
    open(out, "dead", "Endpoints that no longer exist");
    out.push_str(
        "<p>These do not exist under OAuth: a Connection alone does not make the calls work. They are written anew by a \
         person.</p>\n<div class=\"card\"><ul class=\"remarks\">\n",
    );
    for Dead { place, address, replacement } in dead {
        let _ = writeln!(
            out,
            "<li><code>{}</code><span class=\"code\">{}</span>Instead: {}</li>",
            escaped(place),
            escaped(address),
            prose(replacement)
        );
    }
    out.push_str("</ul></div>\n</section>\n");
}

fn of_apps(out: &mut String, apps: &Apps) {
    open(out, "apps", "Apps that send authtokens by themselves");
    out.push_str(
        "<p>An app has no Connection. Register a client in the Zoho API console, and have the app get access tokens from a refresh \
         token; <code>authshift explain authtoken-in-app</code> shows how.</p>\n",
    );
    for (number, AppsOf { title, client, scopes: wanted, places: calls, notes }) in (1..).zip(&apps.services) {
        let _ = writeln!(out, "<div class=\"card\">\n<h3>{}</h3>\n<p>Client: {client}</p>", escaped(title));
        scopes(out, wanted, &format!("a{number}-scopes"));
        for note in notes {
            let _ = writeln!(out, "<p class=\"warn small\">{}</p>", prose(&sentence(note)));
        }
        places(out, calls);
        out.push_str("</div>\n");
    }
    if !apps.settings.is_empty() {
        out.push_str("<div class=\"card\">\n<h3>Settings to replace</h3>\n<p>By a client id, a client secret and a refresh token.</p>\n");
        places(out, &apps.settings);
        out.push_str("</div>\n");
    }
    if !apps.generation.is_empty() {
        out.push_str("<div class=\"card\">\n<h3>Calls to delete</h3>\n<p>They make authtokens, with somebody's password.</p>\n<ul>");
        for place in &apps.generation {
            let _ = write!(out, "<li><code>{}</code></li>", escaped(place));
        }
        out.push_str("</ul>\n</div>\n");
    }
    out.push_str("</section>\n");
}

fn errors(out: &mut String, errors: &[(String, String)]) {
    if errors.is_empty() {
        return;
    }
    open(out, "errors", "Not read");
    out.push_str(
        "<p class=\"bad\">This report says nothing about these files.</p>\n<div class=\"card\"><ul class=\"remarks\">\n",
    );
    for (path, error) in errors {
        let _ = writeln!(out, "<li><code>{}</code><br>{}</li>", escaped(path), prose(error));
    }
    out.push_str("</ul></div>\n</section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_no_command_of_a_log() {
        assert_eq!(escaped("<a href='x'>&\"\r\n"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&#13;\n");
        assert_eq!(escaped("::error::a ##[b]"), ":&#58;error:&#58;a ##&#91;b]");
        assert_eq!(prose("use `<b>` here"), "use <code>&lt;b&gt;</code> here");
        assert_eq!(prose("one ` alone"), "one ` alone");
    }

    #[test]
    fn the_policy_has_the_hashes_of_what_is_in_the_page() {
        // As `printf x | openssl dgst -sha256 -binary | base64` gives them.
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(hash("alert(1)"), "bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=");
    }

    #[test]
    fn neither_style_nor_script_ends_early_or_loads_anything() {
        for text in [STYLE, SCRIPT] {
            assert!(
                !text.contains("</") && !text.contains("url(") && !text.contains("@import") && !text.contains("http")
            );
        }
    }
}
