//! The table for people.

use crate::contender::{Kind, label};
use crate::probe::Mode;
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

/// A line for each row: the best of the peers and the best of ours, as ratios of medians, while the cores are near each other.
pub(crate) fn brief(summaries: &[Summary]) -> String {
    let mut text =
        "| Row | Best peer | in place | copied | by hand |\n|---|---:|---:|---:|---:|\n".to_owned();
    for summary in summaries.iter().filter(|summary| summary.mode == Mode::Near) {
        let best = |wanted: &dyn Fn(&Line) -> bool| summary.lines.iter().find(|line| wanted(line));
        let Some(peer) = best(&|line| line.kind == Kind::Peer) else { continue };
        let is_copied = |line: &Line| line.contender.starts_with("produce");
        let cell = |line: Option<&Line>| line.map_or(String::new(), ratio);
        let in_place = cell(best(&|line| line.kind == Kind::Ours && !is_copied(line)));
        let copied = cell(best(&|line| line.kind == Kind::Ours && is_copied(line)));
        let by_hand = cell(best(&|line| line.contender == "raw"));
        let figure =
            peer.latency.map_or(rate(peer.median), |latency| format!("{} ns", latency.p50));
        text += &format!(
            "| {} | {}, {figure} | **{in_place}** | **{copied}** | {by_hand} |\n",
            summary.row, peer.contender
        );
    }
    text.replace("****", "")
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
