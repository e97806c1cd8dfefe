//! Round trips: from the median to one in a thousand, on a logarithmic axis.

use super::svg::{Anchor, OURS, PEER, Style, Svg, YARDSTICK};
use crate::contender::{Kind, label};
use crate::summary::Summary;

const WIDTH: f64 = 824.0;
const LABELS: f64 = 180.0;
const LINE: f64 = 21.0;
const TOP: f64 = 62.0;

pub(crate) fn draw(rows: &[&Summary]) -> String {
    let lines: usize = rows.iter().map(|row| row.lines.len()).sum();
    let mut svg = Svg::new(WIDTH, TOP + lines as f64 * LINE + rows.len() as f64 * 62.0);
    svg.text((24.0, 28.0), Anchor::Start, Style::TITLE, "Round trips between two threads");
    let note = "Large dot: median; middle: 99 %; small: 99.9 %. Further left is better. Orange: libdisruptor, called from C.";
    svg.text((24.0, 46.0), Anchor::Start, Style::NOTE, note);
    let mut y = TOP;
    for row in rows {
        y = panel(&mut svg, y, row);
    }
    svg.finish()
}

/// From 50 ns to 1 ms.
fn place(nanoseconds: f64) -> f64 {
    let share = (nanoseconds.max(50.0) / 50.0).ln() / (1e6_f64 / 50.0).ln();
    LABELS + share.min(1.0) * (WIDTH - LABELS - 40.0)
}

fn panel(svg: &mut Svg, y: f64, row: &Summary) -> f64 {
    svg.text((24.0, y + 14.0), Anchor::Start, Style::HEAD, &row.row);
    let (top, end) = (y + 26.0, y + 26.0 + row.lines.len() as f64 * LINE);
    for (ns, name) in
        [(1e2, "100 ns"), (1e3, "1 µs"), (1e4, "10 µs"), (1e5, "100 µs"), (1e6, "1 ms")]
    {
        svg.rule((place(ns), top), (place(ns), end));
        svg.text((place(ns), end + 14.0), Anchor::Middle, Style::NOTE, name);
    }
    for (number, line) in row.lines.iter().enumerate() {
        let Some(latency) = line.latency else { continue };
        let middle = top + (number as f64 + 0.5) * LINE;
        let (colour, style) = match line.kind {
            Kind::Ours => (OURS, Style::STRONG),
            Kind::Peer => (PEER, Style::LABEL),
            Kind::Yardstick => (YARDSTICK, Style::NOTE),
        };
        let at = |ns: u64| (place(ns as f64), middle);
        svg.text((LABELS - 10.0, middle + 4.0), Anchor::End, style, &label(&line.contender));
        svg.stroke(&[at(latency.p50), at(latency.p999)], colour, 2.0, false);
        svg.dot(at(latency.p50), 5.5, colour);
        svg.dot(at(latency.p99), 4.0, colour);
        svg.dot(at(latency.p999), 2.5, colour);
    }
    end + 36.0
}
