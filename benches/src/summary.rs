//! What the runs of a row say: medians, and how they compare to the best peer.

use std::collections::BTreeMap;

use crate::contender::Kind;
use crate::probe::Mode;
use crate::results::{Latency, Results, Run};
use crate::workload::{Shape, Workload};

/// A contender in a row, in one mode.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) contender: String,
    pub(crate) kind: Kind,
    pub(crate) runs: usize,
    /// Millions of elements a second.
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Medians.
    pub(crate) latency: Option<Latency>,
    /// How many times as good as the best peer: by the rate, or by the median latency.
    pub(crate) ratio: Option<f64>,
}

/// A row in one mode, its best contender first.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) row: String,
    pub(crate) mode: Mode,
    pub(crate) lines: Vec<Line>,
}

/// All rows, in the order in which the benchmark has them.
pub(crate) fn summarize(results: &Results) -> Vec<Summary> {
    let order: Vec<String> = crate::row::all().into_iter().map(|row| row.name).collect();
    let mut groups: BTreeMap<(usize, &str, Mode), Vec<Line>> = BTreeMap::new();
    for entry in &results.entries {
        let place = order.iter().position(|name| *name == entry.row).unwrap_or(usize::MAX);
        for mode in [Mode::Near, Mode::Far] {
            let runs: Vec<&Run> = entry.runs.iter().filter(|run| run.mode == mode).collect();
            if !runs.is_empty() {
                let line = line(&entry.contender, entry.kind, &runs);
                groups.entry((place, &entry.row, mode)).or_default().push(line);
            }
        }
    }
    let summary = |((_, row, mode), lines)| Summary::new(row, &results.rows[row], mode, lines);
    groups.into_iter().map(summary).collect()
}

impl Summary {
    fn new(row: &str, workload: &Workload, mode: Mode, mut lines: Vec<Line>) -> Self {
        let quality = |line: &Line| match line.latency {
            Some(latency) if workload.shape == Shape::Pingpong => 1.0 / latency.p50 as f64,
            _ => line.median,
        };
        lines.sort_by(|a, b| quality(b).total_cmp(&quality(a)));
        let best = lines.iter().find(|line| line.kind == Kind::Peer).map(quality);
        for line in &mut lines {
            line.ratio = best.map(|best| quality(line) / best);
        }
        Self { row: row.to_owned(), mode, lines }
    }
}

fn line(contender: &str, kind: Kind, runs: &[&Run]) -> Line {
    let mut rates: Vec<f64> = runs.iter().map(|run| run.rate()).collect();
    rates.sort_by(f64::total_cmp);
    let of = |get: fn(&Latency) -> u64| {
        let mut values: Vec<u64> =
            runs.iter().filter_map(|run| run.latency.as_ref().map(get)).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied()
    };
    let latency = of(|l| l.p50).zip(of(|l| l.p99)).zip(of(|l| l.p999)).zip(of(|l| l.max));
    Line {
        contender: contender.to_owned(),
        kind,
        runs: runs.len(),
        median: median(&rates),
        least: rates[0],
        most: rates[rates.len() - 1],
        latency: latency.map(|(((p50, p99), p999), max)| Latency { p50, p99, p999, max }),
        ratio: None,
    }
}

/// Of numbers in order.
pub(crate) fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}
