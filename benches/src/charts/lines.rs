//! How the cost of an element grows: a panel for each thing that grows, a line for each way.

use super::svg::{Anchor, OURS, OURS_SOFT, PEER, Style, Svg, YARDSTICK};
use crate::contender::label;
use crate::workload::Wait;

const PANEL: f64 = 412.0;
const HEIGHT: f64 = 250.0;
const TOP: f64 = 100.0;
const LEFT: f64 = 62.0;

/// Nanoseconds an element, over what grows.
pub(crate) struct Series {
    pub(crate) contender: String,
    pub(crate) wait: Wait,
    pub(crate) points: Vec<(f64, f64)>,
}

/// A panel.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) series: Vec<Series>,
}

pub(crate) fn draw(panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(2);
    let mut svg = Svg::new(2.0 * PANEL + 24.0, TOP + HEIGHT * rows as f64);
    svg.text((24.0, 28.0), Anchor::Start, Style::TITLE, "How the cost of an element grows");
    let unit = "Nanoseconds an element, medians, on logarithmic axes; lower is better. Ten elements a publish, two CPUs;";
    let others = "what does not grow: 1 producer, 1 consumer, 65,536 slots, 8 bytes.";
    svg.text((24.0, 46.0), Anchor::Start, Style::NOTE, unit);
    svg.text((24.0, 61.0), Anchor::Start, Style::NOTE, others);
    if let Some(panel) = panels.first() {
        for (number, series) in panel.series.iter().enumerate() {
            let x = 24.0 + 205.0 * number as f64;
            let (colour, dashed) = look(series);
            svg.stroke(&[(x, 80.0), (x + 26.0, 80.0)], colour, 2.5, dashed);
            let name =
                format!("{}, {}", label(&series.contender), series.wait.to_string().to_uppercase());
            svg.text((x + 32.0, 84.0), Anchor::Start, Style::LABEL, &name);
        }
    }
    for (number, panel) in panels.iter().enumerate() {
        let x = 24.0 + PANEL * (number % 2) as f64;
        draw_panel(&mut svg, x, TOP + HEIGHT * (number / 2) as f64, panel);
    }
    svg.finish()
}

/// BLOCK in full lines, YIELD dashed; copies in our colour.
fn look(series: &Series) -> (&'static str, bool) {
    let copies = series.contender.starts_with("produce");
    match (copies, series.wait) {
        (true, Wait::Block) => (OURS, false),
        (true, _) => (OURS_SOFT, true),
        (false, Wait::Block) => (PEER, false),
        (false, _) => (YARDSTICK, true),
    }
}

fn draw_panel(svg: &mut Svg, x: f64, y: f64, panel: &Panel) {
    svg.text((x, y + 16.0), Anchor::Start, Style::HEAD, &panel.title);
    let (left, right, top, bottom) =
        (x + LEFT - 24.0, x + PANEL - 40.0, y + 30.0, y + HEIGHT - 44.0);
    let points = || panel.series.iter().flat_map(|series| &series.points);
    let costs = || points().map(|point| point.1);
    let floor = ticks().rfind(|tick| costs().all(|cost| cost >= *tick)).unwrap_or(0.1);
    let ceiling = ticks().find(|tick| costs().all(|cost| cost <= *tick)).unwrap_or(1e6);
    let mut values: Vec<f64> = points().map(|point| point.0).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return };
    let across =
        |value: f64| left + (value / first).ln() / (last / first).ln().max(1e-9) * (right - left);
    let up = |cost: f64| bottom - (cost / floor).ln() / (ceiling / floor).ln() * (bottom - top);
    for cost in ticks().filter(|tick| (floor..=ceiling).contains(tick)) {
        svg.rule((left, up(cost)), (right, up(cost)));
        svg.text((left - 6.0, up(cost) + 4.0), Anchor::End, Style::NOTE, &format!("{cost}"));
    }
    for value in &values {
        svg.text((across(*value), bottom + 16.0), Anchor::Middle, Style::NOTE, &count(*value));
    }
    for series in &panel.series {
        let (colour, dashed) = look(series);
        let line: Vec<_> =
            series.points.iter().map(|(value, cost)| (across(*value), up(*cost))).collect();
        svg.stroke(&line, colour, 2.5, dashed);
        line.iter().for_each(|point| svg.dot(*point, 3.0, colour));
    }
}

/// 0.1, 0.3, 1, 3 and so on, up to a million.
fn ticks() -> impl DoubleEndedIterator<Item = f64> {
    const TICKS: [f64; 15] =
        [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6];
    TICKS.into_iter()
}

fn count(value: f64) -> String {
    match value {
        v if v >= 1048576.0 => format!("{}Mi", v / 1048576.0),
        v if v >= 1024.0 => format!("{}Ki", v / 1024.0),
        v => format!("{v}"),
    }
}
