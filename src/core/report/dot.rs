//! Who waits for whom, as a graph for Graphviz: elements flow along the arrows, which say how many have
//! piled up; a red arrow is what holds the producers back.

use std::fmt::{self, Arguments, Display, Write};

use super::text::{Duration, Grouped};
use super::{Quoted, Report, Row};

const HEAD: &str = r##"  rankdir=LR; compound=true; nodesep=0.35; ranksep=0.7; pad=0.3; bgcolor="white";
  fontname="Helvetica,Arial,sans-serif"; fontsize=10; fontcolor="#6b7785";
  node [fontname="Helvetica,Arial,sans-serif", fontsize=13, fontcolor="#1f2933", shape=box, style="rounded,filled", fillcolor="#f4f7fa", color="#9aa8b7", margin="0.2,0.1"];
  edge [fontname="Helvetica,Arial,sans-serif", fontsize=10, fontcolor="#6b7785", color="#6b7785", arrowsize=0.7];
"##;

/// How what is before the consumers looks.
const BLUE: &str = r##"fillcolor="#dbeafe", color="#6f9bd1""##;

/// How the consumer that holds the others back stands out.
const RED: &str = r##"fillcolor="#fdecea", color="#c0392b", penwidth=2"##;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> fmt::Result {
    let stats = &report.stats;
    write!(out, "digraph \"{}\" {{\n{HEAD}", Quoted(report.name))?;
    begin_node(out, &"producers", "producers")?;
    note(out, format_args!("{} produced", Grouped(stats.produced)))?;
    note(out, format_args!("waited {} for room", Duration(stats.producer_blocked_ns)))?;
    end_node(out, format_args!(", {BLUE}"))?;
    begin_node(out, &"ring", report.name)?;
    let (lag, capacity) = (Grouped(stats.current_lag), Grouped(stats.capacity));
    note(out, format_args!("{lag} of {capacity} in use"))?;
    end_node(out, format_args!(", shape=cylinder, style=filled, {BLUE}"))?;
    out.write_str("  producers -> ring;\n")?;
    for row in registered(report) {
        write_consumer(report, row, out)?;
    }
    for row in registered(report).filter(|row| speaks(report, row)) {
        write_arrows(report, row, out)?;
    }
    out.write_str("}\n")
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

fn write_consumer(report: &Report<'_>, row: &Row, out: &mut dyn Write) -> fmt::Result {
    let (stats, group) = (&row.stats, row.group);
    if group != 0 {
        write!(
            out,
            "  subgraph cluster_{group} {{ label=\"group {group}\"; style=\"rounded,dashed\"; color=\"#9aa8b7\"; margin=12;\n  ",
        )?;
    }
    begin_node(out, &format_args!("c{}", stats.consumer), &stats.name)?;
    note(out, format_args!("{} consumed", Grouped(stats.consumed)))?;
    let time = stats.consume_ns + stats.blocked_ns;
    note(out, format_args!("{} % busy", stats.consume_ns * 100 / time.max(1)))?;
    if is_bottleneck(report, row) {
        let is_full = report.stats.current_lag >= report.stats.capacity;
        let what = if is_full { "holds the producers back" } else { "is furthest behind" };
        note(out, format_args!("<FONT COLOR=\"#c0392b\">{what}</FONT>"))?;
        end_node(out, format_args!(", {RED}"))?;
    } else {
        end_node(out, format_args!(""))?;
    }
    if group != 0 {
        out.write_str("  }\n")?;
    }
    Ok(())
}

/// From what it stays behind, and back to the producers if they wait for it.
fn write_arrows(report: &Report<'_>, row: &Row, out: &mut dyn Write) -> fmt::Result {
    let (id, lag) = (row.stats.consumer, row.stats.current_lag);
    let head = AtGroup("lhead", row.group);
    if row.depends_on.is_empty() {
        writeln!(out, "  ring -> c{id} [{}{head}];", PiledUp(lag))?;
    }
    let in_front = registered(report)
        .filter(|other| row.depends_on.contains(&other.stats.consumer) && speaks(report, other));
    for other in in_front {
        let (from, tail) = (other.stats.consumer, AtGroup("ltail", other.group));
        let piled_up = PiledUp(lag.saturating_sub(other.stats.current_lag));
        writeln!(out, "  c{from} -> c{id} [{piled_up}{head}{tail}];")?;
    }
    if is_bottleneck(report, row) {
        writeln!(
            out,
            "  c{id} -> producers [style=dashed, color=\"#c0392b\", constraint=false{tail}];",
            tail = AtGroup("ltail", row.group),
        )?;
    }
    Ok(())
}

/// An arrow's end, if that is a group's and not a consumer's.
struct AtGroup(&'static str, u32);

impl Display for AtGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(_, 0) => Ok(()),
            Self(end, group) => write!(f, ", {end}=cluster_{group}"),
        }
    }
}

/// How many elements wait at an arrow's head. The more, the thicker it is.
struct PiledUp(u64);

impl Display for PiledUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("label=\"\"");
        }
        let width = 1.0 + 0.8 * (self.0 as f64).log10();
        write!(f, "label=\"{} waiting\", penwidth={width:.1}", Grouped(self.0))
    }
}

fn begin_node(out: &mut dyn Write, id: &dyn Display, name: &str) -> fmt::Result {
    write!(out, "  {id} [label=<<B>{}</B>", MarkedUp(name))
}

/// A line under a node's name.
fn note(out: &mut dyn Write, what: Arguments<'_>) -> fmt::Result {
    write!(out, "<BR/><FONT POINT-SIZE=\"10\" COLOR=\"#6b7785\">{what}</FONT>")
}

fn end_node(out: &mut dyn Write, look: Arguments<'_>) -> fmt::Result {
    writeln!(out, ">{look}];")
}

/// As text between tags: what could mean anything there, or to Graphviz, by its number. If that is nothing, a space:
/// there must be something between tags.
struct MarkedUp<'a>(&'a str);

impl Display for MarkedUp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_char(' ');
        }
        self.0.chars().try_for_each(|character| match character {
            _ if character.is_control() => f.write_char(' '),
            ' '..='~' if !character.is_ascii_alphanumeric() && !" -_.,:/".contains(character) => {
                write!(f, "&#{};", u32::from(character))
            }
            _ => f.write_char(character),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked_up(text: &str) -> String {
        MarkedUp(text).to_string()
    }

    #[test]
    fn names_cannot_be_markup() {
        assert_eq!(marked_up("price 0, fast"), "price 0, fast");
        assert_eq!(marked_up("<b>&\"\\"), "&#60;b&#62;&#38;&#34;&#92;");
        assert_eq!(marked_up("größe\n{[->"), "größe &#123;&#91;-&#62;");
        assert_eq!(marked_up(""), " ");
    }

    #[test]
    fn arrows_grow_slowly() {
        assert_eq!(PiledUp(0).to_string(), "label=\"\"");
        assert_eq!(PiledUp(1_000).to_string(), "label=\"1,000 waiting\", penwidth=3.4");
    }
}
