//! Who waits for whom, as a graph for Graphviz: elements flow along the arrows, which say how many have
//! piled up; a red arrow is what holds the producers back.

use std::fmt::Write;

use super::text::{duration, grouped};
use super::{Report, Row};

const HEAD: &str = r##"  rankdir=LR; compound=true; nodesep=0.35; ranksep=0.7; pad=0.3; bgcolor="white";
  fontname="Helvetica,Arial,sans-serif"; fontsize=10; fontcolor="#6b7785";
  node [fontname="Helvetica,Arial,sans-serif", fontsize=13, fontcolor="#1f2933", shape=box, style="rounded,filled", fillcolor="#f4f7fa", color="#9aa8b7", margin="0.2,0.1"];
  edge [fontname="Helvetica,Arial,sans-serif", fontsize=10, fontcolor="#6b7785", color="#6b7785", arrowsize=0.7];
"##;

/// How what is before the consumers looks.
const BLUE: &str = r##"fillcolor="#dbeafe", color="#6f9bd1""##;

/// How the consumer that holds the others back stands out.
const RED: &str = r##"fillcolor="#fdecea", color="#c0392b", penwidth=2"##;

pub(super) fn write(report: &Report<'_>) -> String {
    let stats = &report.stats;
    let mut dot = format!("digraph \"{}\" {{\n{HEAD}", quoted(report.name));
    let produced = format!("{} produced", grouped(stats.produced));
    let waited = format!("waited {} for room", duration(stats.producer_blocked_ns));
    let lag = format!("{} of {} in use", grouped(stats.current_lag), grouped(stats.capacity));
    let (producers, ring) = (BLUE, format!("shape=cylinder, style=filled, {BLUE}"));
    node(&mut dot, "producers", "producers", &[produced, waited], producers);
    node(&mut dot, "ring", report.name, &[lag], &ring);
    dot.push_str("  producers -> ring;\n");
    for row in registered(report) {
        consumer(&mut dot, report, row);
    }
    for row in registered(report).filter(|row| speaks(report, row)) {
        arrows(&mut dot, report, row);
    }
    dot.push_str("}\n");
    dot
}

fn registered<'a>(report: &'a Report<'_>) -> impl Iterator<Item = &'a Row> {
    report.rows.iter().filter(|row| row.registered)
}

/// Whether the arrows of its group, if it has one, are drawn at this consumer.
fn speaks(report: &Report<'_>, row: &Row) -> bool {
    let first = registered(report).find(|other| other.group == row.group);
    row.group == 0 || first.is_some_and(|first| first.stats.consumer == row.stats.consumer)
}

fn is_bottleneck(report: &Report<'_>, row: &Row) -> bool {
    let bottleneck = registered(report).find(|row| report.bottleneck == Some(row.stats.consumer));
    bottleneck.is_some_and(|it| {
        it.stats.consumer == row.stats.consumer || (row.group != 0 && it.group == row.group)
    })
}

fn consumer(dot: &mut String, report: &Report<'_>, row: &Row) {
    let stats = &row.stats;
    let consumed = format!("{} consumed", grouped(stats.consumed));
    let time = stats.consume_ns + stats.blocked_ns;
    let busy = format!("{} % busy", stats.consume_ns * 100 / time.max(1));
    let (mut lines, mut look) = (vec![consumed, busy], "");
    if is_bottleneck(report, row) {
        let is_full = report.stats.current_lag >= report.stats.capacity;
        let what = if is_full { "holds the producers back" } else { "is furthest behind" };
        lines.push(format!("<FONT COLOR=\"#c0392b\">{what}</FONT>"));
        look = RED;
    }
    if row.group != 0 {
        let _ = write!(
            dot,
            "  subgraph cluster_{group} {{ label=\"group {group}\"; style=\"rounded,dashed\"; color=\"#9aa8b7\"; margin=12;\n  ",
            group = row.group
        );
    }
    node(dot, &format!("c{}", stats.consumer), &stats.name, &lines, look);
    if row.group != 0 {
        dot.push_str("  }\n");
    }
}

/// From what it stays behind, and back to the producers if they wait for it.
fn arrows(dot: &mut String, report: &Report<'_>, row: &Row) {
    let (id, lag) = (row.stats.consumer, row.stats.current_lag);
    let cluster = |end: &str, group: u32| match group {
        0 => String::new(),
        group => format!(", {end}=cluster_{group}"),
    };
    let head = cluster("lhead", row.group);
    if row.depends_on.is_empty() {
        let _ = writeln!(dot, "  ring -> c{id} [{}{head}];", piled_up(lag));
    }
    let in_front = registered(report)
        .filter(|other| row.depends_on.contains(&other.stats.consumer) && speaks(report, other));
    for other in in_front {
        let (from, tail) = (other.stats.consumer, cluster("ltail", other.group));
        let piled_up = piled_up(lag.saturating_sub(other.stats.current_lag));
        let _ = writeln!(dot, "  c{from} -> c{id} [{piled_up}{head}{tail}];");
    }
    if is_bottleneck(report, row) {
        let _ = writeln!(
            dot,
            "  c{id} -> producers [style=dashed, color=\"#c0392b\", constraint=false{tail}];",
            tail = cluster("ltail", row.group),
        );
    }
}

/// The more wait at an arrow's head, the thicker it is.
fn piled_up(elements: u64) -> String {
    match elements {
        0 => "label=\"\"".into(),
        _ => {
            let width = 1.0 + 0.8 * (elements as f64).log10();
            format!("label=\"{} waiting\", penwidth={width:.1}", grouped(elements))
        }
    }
}

fn node(dot: &mut String, id: &str, name: &str, lines: &[String], look: &str) {
    let _ = write!(dot, "  {id} [label=<<B>{}</B>", marked_up(name));
    for line in lines {
        let _ = write!(dot, "<BR/><FONT POINT-SIZE=\"10\" COLOR=\"#6b7785\">{line}</FONT>");
    }
    let comma = if look.is_empty() { "" } else { ", " };
    let _ = writeln!(dot, ">{comma}{look}];");
}

/// As a quoted string.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// As text between tags: what could mean anything there, or to Graphviz, by its number. If that is nothing, a space:
/// there must be something between tags.
fn marked_up(text: &str) -> String {
    let mut marked_up = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if character.is_control() => marked_up.push(' '),
            ' '..='~' if !character.is_ascii_alphanumeric() && !" -_.,:/".contains(character) => {
                let _ = write!(marked_up, "&#{};", u32::from(character));
            }
            _ => marked_up.push(character),
        }
    }
    if marked_up.is_empty() { " ".into() } else { marked_up }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_be_markup() {
        assert_eq!(marked_up("price 0, fast"), "price 0, fast");
        assert_eq!(marked_up("<b>&\"\\"), "&#60;b&#62;&#38;&#34;&#92;");
        assert_eq!(marked_up("größe\n{[->"), "größe &#123;&#91;-&#62;");
        assert_eq!(marked_up(""), " ");
    }

    #[test]
    fn arrows_grow_slowly() {
        assert_eq!(piled_up(0), "label=\"\"");
        assert_eq!(piled_up(1_000), "label=\"1,000 waiting\", penwidth=3.4");
    }
}
