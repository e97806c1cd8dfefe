//! A table for people.

use std::fmt::Write;

use super::{Report, Row};
use crate::core::stats::State;

const HEADINGS: [&str; 12] = [
    "id",
    "consumer",
    "state",
    "consumed",
    "batches",
    "largest",
    "errors",
    "busy",
    "waiting",
    "per second",
    "lag max",
    "lag avg",
];

pub(super) fn write(report: &Report<'_>) -> String {
    let stats = &report.stats;
    let mut text = format!(
        "disruptor \"{}\", {} after {}\n",
        report.name,
        word(stats.state),
        duration(stats.elapsed_ns)
    );
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "  {what:<10}{value}");
    };
    line(
        "produced",
        format!("{}, {} a second", grouped(stats.produced), grouped(stats.produced_per_sec as u64)),
    );
    line("capacity", grouped(stats.capacity));
    line(
        "producers",
        format!(
            "waited {} times for room, {} in all",
            grouped(stats.producer_blocked_count),
            duration(stats.producer_blocked_ns)
        ),
    );
    line(
        "lag",
        format!(
            "{} now, {} at most, {:.1} on average",
            grouped(stats.current_lag),
            grouped(stats.max_lag),
            stats.average_lag
        ),
    );
    if let Some(busiest) = report.rows.iter().max_by_key(|row| row.stats.consume_ns) {
        let name = &*busiest.stats.name;
        line("slowest", format!("{name}, busy for {}", duration(busiest.stats.consume_ns)));
    }
    if !report.rows.is_empty() {
        text.push('\n');
        text.push_str(&table(&report.rows));
    }
    text
}

/// Numbers to the right, words to the left.
fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 12]> = rows.iter().map(cells).collect();
    let headings = HEADINGS.map(String::from);
    let mut text = String::new();
    for row in std::iter::once(&headings).chain(&cells) {
        for (column, cell) in row.iter().enumerate() {
            let all = std::iter::once(&headings).chain(&cells);
            let width = all.map(|row| row[column].chars().count()).max().unwrap_or(0);
            let _ = match column {
                1 | 2 => write!(text, "  {cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.push('\n');
    }
    text
}

fn cells(row: &Row) -> [String; 12] {
    let stats = &row.stats;
    let mut name = stats.name.to_string();
    for (index, id) in row.depends_on.iter().enumerate() {
        let _ = write!(name, "{}{id}", if index == 0 { " < " } else { "," });
    }
    [
        stats.consumer.to_string(),
        name,
        word(stats.state).into(),
        grouped(stats.consumed),
        grouped(stats.batches),
        grouped(stats.largest_batch),
        grouped(stats.errors),
        duration(stats.consume_ns),
        duration(stats.blocked_ns),
        grouped(stats.consumed_per_sec as u64),
        grouped(stats.max_lag),
        format!("{:.1}", stats.average_lag),
    ]
}

fn word(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Closing => "closing",
        State::Closed => "closed",
        State::Failed => "failed",
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds in the unit that leaves between one and four digits in front of the point.
pub(super) fn duration(ns: u64) -> String {
    match ns {
        0..10_000 => format!("{ns} ns"),
        10_000..10_000_000 => format!("{:.1} us", ns as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} ms", ns as f64 / 1e6),
        _ => format!("{:.1} s", ns as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits_by_three() {
        let numbers = [0, 999, 1_000, 27_004, 1_234_567];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "27,004", "1,234,567"]);
    }

    #[test]
    fn durations_bear_a_fitting_unit() {
        let durations = [0, 9_999, 10_000, 25_000_000, 12_345_678_901].map(duration);
        assert_eq!(durations, ["0 ns", "9999 ns", "10.0 us", "25.0 ms", "12.3 s"]);
    }
}
