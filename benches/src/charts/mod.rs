//! The pictures: which rows go into which.

mod bars;
mod latency;
mod lines;
mod svg;

use crate::probe::Mode;
use crate::results::Results;
use crate::summary::{Summary, summarize};
use crate::workload::{Shape, Wait, Workload};
use lines::{Panel, Series};

/// A file's name and its content.
pub(crate) type Chart = (&'static str, String);

const RATES: [&str; 2] = [
    "Millions of elements a second to each consumer, medians; longer is better. B = elements per publish.",
    "Orange: libdisruptor, called from C. Blue: other libraries. Grey: a ring written by hand, inlined or behind calls.",
];

/// The pictures of the table.
pub(crate) fn of_table(results: &Results) -> Vec<Chart> {
    let all = summarize(results);
    let shown = |of: &dyn Fn(&Summary) -> bool| preferred(&all, of);
    let starts = |prefix: &'static str| move |row: &Summary| row.row.starts_with(prefix);
    let mut charts = Vec::new();
    let mut bars = |name, title, columns, rows: Vec<&Summary>| {
        if !rows.is_empty() {
            charts.push((name, bars::draw(title, &RATES, columns, &rows)));
        }
    };
    bars("bench-spin.svg", "One producer, one consumer, spinning", 3, shown(&starts("1P-1C spin")));
    bars(
        "bench-block.svg",
        "One producer, one consumer, sleeping when idle",
        3,
        shown(&starts("1P-1C block")),
    );
    let several = |row: &Summary| row.row.starts_with("1P-3C") || row.row.starts_with("3P-1C");
    bars("bench-several.svg", "Several consumers, several producers", 2, shown(&several));
    let graphs = |row: &Summary| row.row.starts_with("diamond") || row.row.starts_with("pipeline");
    bars("bench-graphs.svg", "A diamond and a pipeline of three consumers", 2, shown(&graphs));
    let larger = |row: &Summary| row.row.contains(" B spin");
    bars(
        "bench-larger.svg",
        "Elements of 64 and 256 bytes, copied in and summed",
        2,
        shown(&larger),
    );
    let trips = shown(&starts("round trip"));
    if !trips.is_empty() {
        charts.push(("bench-latency.svg", latency::draw(&trips)));
    }
    charts
}

/// Of each row the runs with the cores near each other, or if there are none the others.
fn preferred<'a>(all: &'a [Summary], of: &dyn Fn(&Summary) -> bool) -> Vec<&'a Summary> {
    let near = |row: &str| all.iter().any(|other| other.row == row && other.mode == Mode::Near);
    all.iter().filter(|row| of(row) && (row.mode == Mode::Near || !near(&row.row))).collect()
}

/// What grows: the beginning of the rows' names, the title, and its number in a workload.
type Axis = (&'static str, &'static str, fn(&Workload) -> usize);

/// The picture of how costs grow.
pub(crate) fn of_scaling(results: &Results) -> Chart {
    let axes: [Axis; 4] = [
        ("consumers", "Consumers", |workload| workload.consumers),
        ("capacity", "Slots", |workload| workload.capacity),
        ("size", "Bytes of an element", |workload| workload.bytes),
        ("producers", "Producers", |workload| workload.producers),
    ];
    let all = summarize(results);
    let panel = |(axis, title, value): Axis| {
        let of_axis = |row: &Summary| row.row.starts_with(axis);
        let rows = preferred(&all, &of_axis);
        let mut series = Vec::new();
        for contender in crate::row::SCALED {
            for wait in [Wait::Block, Wait::Yield] {
                let points = points(results, &rows, contender, wait, value);
                series.push(Series { contender: contender.to_owned(), wait, points });
            }
        }
        Panel { title: title.to_owned(), series }
    };
    let panels = axes.map(panel);
    ("bench-scaling.svg", lines::draw(&panels))
}

fn points(
    results: &Results,
    rows: &[&Summary],
    contender: &str,
    wait: Wait,
    value: fn(&Workload) -> usize,
) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for row in rows {
        let workload = &results.rows[&row.row];
        debug_assert_eq!(workload.shape, Shape::Stream);
        let line = row.lines.iter().find(|line| line.contender == contender);
        if let (Some(line), true) = (line, workload.wait == wait) {
            points.push((value(workload) as f64, 1e3 / line.median));
        }
    }
    points
}
