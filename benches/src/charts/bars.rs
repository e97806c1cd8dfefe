//! Rows as panels of bars, the best on top; ours stand out.

use super::svg::{Anchor, OURS, PEER, Style, Svg, YARDSTICK};
use crate::contender::{Kind, label};
use crate::probe::Mode;
use crate::summary::{Line, Summary};
use crate::table;

const PANEL: f64 = 400.0;
const LABELS: f64 = 150.0;
const VALUES: f64 = 62.0;
const BAR: f64 = 17.0;
const TOP: f64 = 78.0;
const HEAD: f64 = 26.0;
const GAP: f64 = 24.0;

/// A picture of these rows, `columns` side by side.
pub(crate) fn draw(title: &str, notes: &[&str; 2], columns: usize, rows: &[&Summary]) -> String {
    let heights: Vec<f64> = rows
        .chunks(columns)
        .map(|line| {
            line.iter().map(|row| row.lines.len()).max().unwrap_or(0) as f64 * BAR + HEAD + GAP
        })
        .collect();
    let mut svg = Svg::new(PANEL * columns as f64 + GAP, TOP + heights.iter().sum::<f64>());
    svg.text((GAP, 28.0), Anchor::Start, Style::TITLE, title);
    svg.text((GAP, 46.0), Anchor::Start, Style::NOTE, notes[0]);
    svg.text((GAP, 61.0), Anchor::Start, Style::NOTE, notes[1]);
    let mut y = TOP;
    for (line, height) in rows.chunks(columns).zip(heights) {
        for (column, row) in line.iter().enumerate() {
            panel(&mut svg, GAP + PANEL * column as f64, y, row);
        }
        y += height;
    }
    svg.finish()
}

fn panel(svg: &mut Svg, x: f64, y: f64, row: &Summary) {
    let far = if row.mode == Mode::Far { " (cores far apart)" } else { "" };
    svg.text((x, y + 13.0), Anchor::Start, Style::HEAD, &format!("{}{far}", row.row));
    let largest = row.lines.iter().map(value).fold(0.0, f64::max);
    let (start, room) = (x + LABELS, PANEL - LABELS - VALUES - GAP);
    for (place, line) in row.lines.iter().enumerate() {
        let top = y + HEAD + place as f64 * BAR;
        let (colour, style) = match line.kind {
            Kind::Ours => (OURS, Style::STRONG),
            Kind::Peer => (PEER, Style::LABEL),
            Kind::Yardstick => (YARDSTICK, Style::NOTE),
        };
        let width = (room * value(line) / largest).max(1.0);
        svg.text((start - 6.0, top + 10.5), Anchor::End, style, &label(&line.contender));
        svg.bar(start, top, width, BAR - 4.0, colour);
        svg.text((start + width + 5.0, top + 10.5), Anchor::Start, style, &shown(line));
    }
}

/// What a bar's length is: the rate, or of round trips the median.
fn value(line: &Line) -> f64 {
    line.latency.map_or(line.median, |latency| latency.p50 as f64)
}

fn shown(line: &Line) -> String {
    match line.latency {
        Some(latency) => format!("{} ns", latency.p50),
        None => table::rate(line.median),
    }
}
