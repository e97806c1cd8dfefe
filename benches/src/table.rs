//! The table for people.

use crate::contender::{Kind, label};
use crate::summary::{Line, Summary};

/// Everything, as text.
pub(crate) fn text(summaries: &[Summary]) -> String {
    let mut text = String::new();
    for summary in summaries {
        let mode = format!("{:?}", summary.mode).to_lowercase();
        let latency = summary.lines.iter().any(|line| line.latency.is_some());
        let unit = if latency {
            "p50 / p99 / p99.9 / max, ns"
        } else {
            "M elements/s, median (min - max)"
        };
        text += &format!(
            "\n{} ({mode}){:>width$}\n",
            summary.row,
            unit,
            width = 62 - summary.row.len()
        );
        for line in &summary.lines {
            text += &format!(
                "  {:<1} {:<18}{:>36}{:>9}  n={}\n",
                mark(line.kind),
                line.contender,
                figures(line),
                ratio(line),
                line.runs
            );
        }
    }
    text
}

/// The same in Markdown, a table for each mode and kind of row.
pub(crate) fn markdown(summaries: &[Summary]) -> String {
    let mut text = String::new();
    for latency in [false, true] {
        let has = |summary: &&Summary| summary.lines.iter().any(|line| line.latency.is_some());
        let rows: Vec<&Summary> = summaries.iter().filter(|row| has(row) == latency).collect();
        if rows.is_empty() {
            continue;
        }
        let unit = if latency {
            "p50 / p99 / p99.9 / max, ns"
        } else {
            "M elements/s, median (min - max)"
        };
        text += &format!(
            "| Row | Contender | {unit} | of the best peer | Runs |\n|---|---|---:|---:|---:|\n"
        );
        for row in rows {
            let name = format!("{}, {}", row.row, format!("{:?}", row.mode).to_lowercase());
            for (number, line) in row.lines.iter().enumerate() {
                let row = if number == 0 { name.as_str() } else { "" };
                let strong = if line.kind == Kind::Ours { "**" } else { "" };
                let (label, figures, ratio) = (label(&line.contender), figures(line), ratio(line));
                let runs = line.runs;
                text += &format!(
                    "| {row} | {strong}{label}{strong} | {figures} | {ratio} | {runs} |\n"
                );
            }
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

/// Ours stand out.
fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Ours => "*",
        Kind::Peer => "",
        Kind::Yardstick => "-",
    }
}

fn figures(line: &Line) -> String {
    match line.latency {
        Some(l) => format!("{} / {} / {} / {}", l.p50, l.p99, l.p999, l.max),
        None => format!("{} ({} - {})", rate(line.median), rate(line.least), rate(line.most)),
    }
}

fn ratio(line: &Line) -> String {
    line.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}x"))
}

/// Three figures are as much as can be repeated.
pub(crate) fn rate(rate: f64) -> String {
    if rate >= 100.0 {
        format!("{rate:.0}")
    } else if rate >= 10.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.2}")
    }
}
