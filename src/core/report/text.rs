//! A table for people.

use std::fmt::{self, Write};

use super::{Report, Row};
use crate::core::stats::State;

/// A column's heading, and what stands in it.
type Column = (&'static str, fn(&Row, &mut dyn Write) -> fmt::Result);

const COLUMNS: [Column; 12] = [
    ("id", |row, out| write!(out, "{}", row.stats.consumer)),
    ("consumer", write_name),
    ("state", |row, out| out.write_str(word(row.stats.state))),
    ("consumed", |row, out| write!(out, "{}", Grouped(row.stats.consumed))),
    ("batches", |row, out| write!(out, "{}", Grouped(row.stats.batches))),
    ("largest", |row, out| write!(out, "{}", Grouped(row.stats.largest_batch))),
    ("errors", |row, out| write!(out, "{}", Grouped(row.stats.errors))),
    ("busy", |row, out| write!(out, "{}", Duration(row.stats.consume_ns))),
    ("waiting", |row, out| write!(out, "{}", Duration(row.stats.blocked_ns))),
    ("per second", |row, out| write!(out, "{}", Grouped(row.stats.consumed_per_sec as u64))),
    ("lag max", |row, out| write!(out, "{}", Grouped(row.stats.max_lag))),
    ("lag avg", |row, out| write!(out, "{:.1}", row.stats.average_lag)),
];

/// The columns of words, which stand to the left.
const WORDS: std::ops::RangeInclusive<usize> = 1..=2;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> fmt::Result {
    let stats = &report.stats;
    let (state, age) = (word(stats.state), Duration(stats.elapsed_ns));
    writeln!(out, "disruptor \"{}\", {state} after {age}", report.name)?;
    let (produced, rate) = (Grouped(stats.produced), Grouped(stats.produced_per_sec as u64));
    writeln!(out, "  produced  {produced}, {rate} a second")?;
    writeln!(out, "  capacity  {}", Grouped(stats.capacity))?;
    let times = Grouped(stats.producer_blocked_count);
    let waited = Duration(stats.producer_blocked_ns);
    writeln!(out, "  producers waited {times} times for room, {waited} in all")?;
    let (now, most) = (Grouped(stats.current_lag), Grouped(stats.max_lag));
    let average = stats.average_lag;
    writeln!(out, "  lag       {now} now, {most} at most, {average:.1} on average")?;
    if let Some(busiest) = report.rows.iter().max_by_key(|row| row.stats.consume_ns) {
        let (name, busy) = (&*busiest.stats.name, Duration(busiest.stats.consume_ns));
        writeln!(out, "  slowest   {name}, busy for {busy}")?;
    }
    if !report.rows.is_empty() {
        out.write_char('\n')?;
        write_table(&report.rows, out)?;
    }
    Ok(())
}

/// Numbers to the right, words to the left.
fn write_table(rows: &[Row], out: &mut dyn Write) -> fmt::Result {
    let widths = COLUMNS.map(|(heading, cell)| {
        rows.iter().map(|row| width(|out| cell(row, out))).fold(heading.len(), usize::max)
    });
    let mut line = |cells: &dyn Fn(usize, &mut dyn Write) -> fmt::Result| {
        for (column, &room) in widths.iter().enumerate() {
            let free = room - width(|out| cells(column, out));
            let (left, right) = if WORDS.contains(&column) { (0, free) } else { (free, 0) };
            write!(out, "  {:left$}", "")?;
            cells(column, out)?;
            write!(out, "{:right$}", "")?;
        }
        out.write_char('\n')
    };
    line(&|column, out| out.write_str(COLUMNS[column].0))?;
    rows.iter().try_for_each(|row| line(&|column, out| COLUMNS[column].1(row, out)))
}

/// How many characters something has.
fn width(write: impl FnOnce(&mut dyn Write) -> fmt::Result) -> usize {
    struct Counter(usize);
    impl Write for Counter {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.chars().count();
            Ok(())
        }
    }
    let mut counter = Counter(0);
    let _ = write(&mut counter);
    counter.0
}

fn write_name(row: &Row, out: &mut dyn Write) -> fmt::Result {
    out.write_str(&row.stats.name)?;
    for (index, id) in row.depends_on.iter().enumerate() {
        write!(out, "{}{id}", if index == 0 { " < " } else { "," })?;
    }
    Ok(())
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
pub(super) struct Grouped(pub(super) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..1_000 => write!(f, "{}", self.0),
            number => write!(f, "{},{:03}", Grouped(number / 1_000), number % 1_000),
        }
    }
}

/// Nanoseconds in the unit that leaves between one and four digits in front of the point.
pub(super) struct Duration(pub(super) u64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0;
        match ns {
            0..10_000 => write!(f, "{ns} ns"),
            10_000..10_000_000 => write!(f, "{:.1} us", ns as f64 / 1e3),
            10_000_000..10_000_000_000 => write!(f, "{:.1} ms", ns as f64 / 1e6),
            _ => write!(f, "{:.1} s", ns as f64 / 1e9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits_by_three() {
        let numbers = [0, 999, 1_000, 27_004, 1_234_567].map(|number| Grouped(number).to_string());
        assert_eq!(numbers, ["0", "999", "1,000", "27,004", "1,234,567"]);
        assert_eq!(Grouped(1_000_001).to_string(), "1,000,001");
    }

    #[test]
    fn durations_bear_a_fitting_unit() {
        let durations = [0, 9_999, 10_000, 25_000_000, 12_345_678_901];
        let durations = durations.map(|ns| Duration(ns).to_string());
        assert_eq!(durations, ["0 ns", "9999 ns", "10.0 us", "25.0 ms", "12.3 s"]);
    }
}
