//! The functions of the page: each a card with its boxes, what is assumed and left, and the two sides.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::{Change, Function, Handover, Line, Panel, Remark, Row, Shown, UnitKind};
use super::{escaped, open, pieces, prose};
use crate::finding::Applicability;
use crate::report::counted;

/// What stands at the head of a side that cannot be pasted.
const MASKED: &str = "masked: do not paste";

/// The section of the functions, behind the `text` before it; nothing where there are none. Each is written when it is made.
pub(super) fn section(text: &mut String, handover: &Handover<'_>, out: &mut dyn Write) -> io::Result<()> {
    if handover.functions.is_empty() {
        return Ok(());
    }
    open(text, "functions", "Functions");
    text.push_str("<p id=\"progress\" role=\"status\" hidden></p>\n");
    for (number, function) in (1..).zip(&handover.functions) {
        card(text, function, number);
        out.write_all(text.as_bytes())?;
        text.clear();
    }
    text.push_str("</section>\n");
    Ok(())
}

fn card(out: &mut String, function: &Function<'_>, number: usize) {
    let name = escaped(&function.name);
    let _ = write!(
        out,
        "<article class=\"card\" aria-labelledby=\"f{number}\">\n<div class=\"head\"><div><h3 id=\"f{number}\">{name}</h3>\n<p \
         class=\"soft small\"><code>{}</code></p></div>\n<div class=\"ticks\">",
        escaped(&function.place)
    );
    let back = if function.kind == UnitKind::Function { "Pasted back" } else { "Put back" };
    for (tick, label) in [("pasted", back), ("tested", "Tested")] {
        let _ = write!(
            out,
            "<label><input type=\"checkbox\" id=\"f{number}-{tick}\" data-tick=\"{tick}\"> {label}<span class=\"out\">: \
             {name}</span></label>"
        );
    }
    out.push_str("</div></div>\n");
    if function.product.is_some() || !function.links.is_empty() {
        out.push_str("<ul class=\"tags\">");
        if let Some(product) = function.product {
            let _ = write!(out, "<li>runs in {}</li>", escaped(product));
        }
        for link in &function.links {
            let _ = write!(out, "<li>Connection <code>{}</code></li>", escaped(link));
        }
        out.push_str("</ul>\n");
    }
    let assumed: Vec<&Remark> =
        function.done.iter().filter(|remark| remark.applicability == Applicability::Unsafe).collect();
    if !assumed.is_empty() {
        out.push_str("<h4>What is assumed</h4>\n");
        remarks(out, assumed.into_iter());
    }
    if !function.left.is_empty() {
        out.push_str("<h4>What is left to do</h4>\n");
        remarks(out, function.left.iter());
    }
    if let Some(change) = &function.change {
        self::change(out, &change.shown(), function, number);
    }
    out.push_str("</article>\n");
}

fn remarks<'r>(out: &mut String, remarks: impl Iterator<Item = &'r Remark>) {
    out.push_str("<ul class=\"remarks\">\n");
    for remark in remarks {
        let _ = write!(
            out,
            "<li>Line {}: {} <span class=\"soft small\">({})</span>",
            remark.line,
            prose(&remark.message),
            remark.rule
        );
        if !remark.code.is_empty() {
            let _ = write!(out, "<span class=\"code\">{}</span>", pieces(&remark.code, "span"));
        }
        if !remark.notes.is_empty() {
            let notes: String = remark.notes.iter().map(|note| format!("<li>{}</li>", prose(note))).collect();
            let _ = write!(out, "<ul>{notes}</ul>");
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n");
}

fn change(out: &mut String, change: &Change, function: &Function<'_>, number: usize) {
    let Panel { rows, masked_before, masked_after } = &change.panel;
    let warn = |masked: bool| if masked { format!(" <strong>{MASKED}</strong>") } else { String::new() };
    let _ = write!(
        out,
        "<div class=\"panes\"><table class=\"diff\"><caption class=\"out\">{} before and after</caption>\n<thead><tr><th \
         scope=\"col\" class=\"old\">Before{}</th><th scope=\"col\" class=\"new\">After{}</th></tr></thead>\n<tbody>\n",
        escaped(&function.name),
        warn(*masked_before),
        warn(*masked_after)
    );
    rows.iter().for_each(|one| row(out, one));
    out.push_str("</tbody></table></div>\n");
    let what = if function.kind == UnitKind::Function { "function" } else { "file" };
    match &change.copy {
        Some(text) => {
            // The parser of the page drops the line end right behind `<pre>`.
            let _ = writeln!(
                out,
                "<div class=\"copy\"><button type=\"button\" data-copy=\"f{number}-new\" aria-label=\"Copy the new {what} {}\" \
                 hidden>Copy the new {what}</button></div>\n<details><summary>The new {what}, whole</summary>\n<pre \
                 id=\"f{number}-new\">\n{}</pre></details>",
                escaped(&function.name),
                escaped(text)
            );
        }
        None => {
            let why = if change.new.is_masked {
                MASKED
            } else {
                "not exact: do not paste. It has characters that cannot be shown; take the file that authshift writes"
            };
            let _ = write!(
                out,
                "<details><summary>The new {what}, whole</summary>\n<p class=\"warn\">{why}</p>\n<pre>\n{}</pre></details>\n",
                whole(&change.new)
            );
        }
    }
}

fn whole(shown: &Shown) -> String {
    shown.lines.iter().map(|line| pieces(line, "span") + "\n").collect()
}

fn row(out: &mut String, row: &Row) {
    let cell = |side: &str, line: &Option<Line>, kind: &str, mark: &str| match line {
        Some(line) => {
            format!("<td class=\"{side} {kind}\" data-n=\"{}\">{}</td>", line.number, pieces(&line.pieces, mark))
        }
        None => format!("<td class=\"{side} none\"></td>"),
    };
    let _ = match row {
        Row::Same(old, new, same) => {
            let text = pieces(same, "span");
            writeln!(
                out,
                "<tr><td class=\"old\" data-n=\"{old}\">{text}</td><td class=\"new\" data-n=\"{new}\">{text}</td></tr>"
            )
        }
        Row::Changed(old, new) => {
            writeln!(out, "<tr>{}{}</tr>", cell("old", old, "gone", "del"), cell("new", new, "come", "ins"))
        }
        Row::Gap(lines) => {
            let text = format!("{} not shown", counted(*lines, "unchanged line"));
            writeln!(out, "<tr class=\"gap\"><td class=\"old\">{text}</td><td class=\"new\">{text}</td></tr>")
        }
    };
}
