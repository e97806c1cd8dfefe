//! Who waits for whom, as a graph for Graphviz: elements flow along the arrows, a dashed arrow is what
//! holds the producers back.

use std::fmt::Write;

use super::{Report, Row};

pub(super) fn write(report: &Report<'_>) -> String {
    let stats = &report.stats;
    let mut dot = format!(
        "digraph \"{name}\" {{\n  \
         rankdir=LR;\n  \
         node [fontname=\"Helvetica\", fontsize=11, style=filled, fillcolor=white];\n  \
         edge [fontname=\"Helvetica\", fontsize=9];\n  \
         producers [label=\"producers\\n{produced} produced\", shape=ellipse];\n  \
         ring [label=\"{name}\\nring of {capacity}\", shape=cylinder, fillcolor=\"#dbe9f6\"];\n  \
         producers -> ring;\n",
        name = escaped(report.name),
        produced = stats.produced,
        capacity = stats.capacity,
    );
    for row in report.rows.iter().filter(|row| row.registered) {
        consumer(&mut dot, row, report.slowest == Some(row.stats.consumer));
    }
    dot.push_str("}\n");
    dot
}

fn consumer(dot: &mut String, row: &Row, is_slowest: bool) {
    let id = row.stats.consumer;
    let _ = writeln!(
        dot,
        "  c{id} [label=\"{name}\\nlag {lag}, at most {max_lag}\", shape=box, fillcolor=\"{color}\"];",
        name = escaped(&row.stats.name),
        lag = row.stats.current_lag,
        max_lag = row.stats.max_lag,
        color = if is_slowest { "#f6c6bd" } else { "#e4f2e1" },
    );
    if row.depends_on.is_empty() {
        let _ = writeln!(dot, "  ring -> c{id};");
    }
    for dependency in &row.depends_on {
        let _ = writeln!(dot, "  c{dependency} -> c{id};");
    }
    if is_slowest {
        let _ = writeln!(
            dot,
            "  c{id} -> producers [style=dashed, color=\"#b03a2e\", label=\"holds back\", \
             constraint=false];"
        );
    }
}

/// As a quoted string.
fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
