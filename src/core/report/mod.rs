//! All the numbers at once: for people, programs, a scraper, or as a picture.

mod dot;
mod prometheus;
mod text;

use std::fmt::{self, Write};
use std::{io, str};

use serde::Serialize;

use super::disruptor::{Disruptor, Inner};
use super::error::Error;
use super::stats::{ConsumerStats, Stats};
use super::topology::{Member, Standing, Topology};
use crate::sync::{AllocationRefused, ticks, try_vec};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for people.
    Text,
    /// One JSON object.
    Json,
    /// The exposition format of Prometheus, version 0.0.4.
    Prometheus,
    /// A graph of who waits for whom, for Graphviz.
    Dot,
}

/// What every format is written from.
#[derive(Debug, Serialize)]
struct Report<'a> {
    name: &'a str,
    stats: Stats,
    /// The consumer that is furthest behind, if any is behind at all.
    slowest: Option<u32>,
    /// The consumer that is to blame for that.
    bottleneck: Option<u32>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    stats: ConsumerStats,
    /// Whether it still counts: neither unregistered nor failed.
    registered: bool,
    /// Its number; 0 = none.
    group: u32,
    /// The consumers that it stays behind at present.
    depends_on: Vec<u32>,
}

impl Disruptor {
    /// Writes a report to `out`. Memory is needed for the numbers, and refused before anything is written; for the
    /// text none is.
    pub fn report(&self, format: Format, out: &mut dyn Write) -> Result<(), Error> {
        let inner = &*self.0;
        inner.pass_gaps();
        ticks::know_rate();
        let report = Report::of(inner, &inner.topology.lock())?;
        let written = match format {
            Format::Text => text::write(&report, out),
            Format::Json => report.write_json(out),
            Format::Prometheus => prometheus::write(&report, out),
            Format::Dot => dot::write(&report, out),
        };
        written.map_err(|fmt::Error| Error::Internal { what: "a report's text was refused" })
    }
}

impl<'a> Report<'a> {
    fn of(inner: &'a Inner, topology: &Topology) -> Result<Self, AllocationRefused> {
        let mut rows = try_vec(topology.all().count())?;
        for member in topology.all() {
            rows.push(Row::of(inner, topology, member)?);
        }
        let behind = rows.iter().filter(|row| row.registered && row.stats.current_lag > 0);
        let slowest = behind.max_by_key(|row| row.stats.current_lag);
        let slowest = slowest.map(|row| row.stats.consumer);
        let bottleneck = slowest.and_then(|slowest| bottleneck(&rows, slowest));
        Ok(Self { name: &inner.name, stats: inner.stats(topology), slowest, bottleneck, rows })
    }

    fn write_json(&self, out: &mut dyn Write) -> fmt::Result {
        serde_json::to_writer(Utf8(out), self).map_err(|_| fmt::Error)
    }
}

/// Takes the bytes that serde_json writes, which are whole characters each time.
struct Utf8<'a>(&'a mut dyn Write);

impl io::Write for Utf8<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        self.0.write_str(text).map_err(|fmt::Error| io::ErrorKind::Other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Behind a slow consumer its dependents are as late as itself. The lag of the last one is the sum of what has piled up
/// in front of it and of each that it waits for; where most has piled up is the one to blame.
fn bottleneck(rows: &[Row], last: u32) -> Option<u32> {
    let row_of = |id: u32| rows.iter().find(|row| row.stats.consumer == id);
    let (mut most, mut bottleneck) = (0, None);
    let mut row = row_of(last);
    while let Some(behind) = row {
        let in_front = behind.depends_on.iter().filter_map(|&id| row_of(id));
        row = in_front.max_by_key(|row| row.stats.current_lag);
        let lag_in_front = row.map_or(0, |row| row.stats.current_lag);
        let piled_up = behind.stats.current_lag.saturating_sub(lag_in_front);
        if bottleneck.is_none() || piled_up > most {
            (most, bottleneck) = (piled_up, Some(behind.stats.consumer));
        }
    }
    bottleneck
}

impl Row {
    fn of(inner: &Inner, topology: &Topology, member: &Member) -> Result<Self, AllocationRefused> {
        let registered = member.standing == Standing::Registered;
        let in_front = || {
            let registered = topology.registered().filter(|_| registered);
            registered.filter(|other| member.upstream.contains(other.consumer.line))
        };
        let mut depends_on = try_vec(in_front().count())?;
        depends_on.extend(in_front().map(|other| other.consumer.id));
        Ok(Self {
            stats: inner.consumer_stats(member),
            registered,
            group: member.group.as_ref().map_or(0, |group| group.number),
            depends_on,
        })
    }
}

/// As the inside of a quoted string, of DOT or of a label's value.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '\\' | '"' => write!(f, "\\{character}"),
            '\n' => f.write_str("\\n"),
            _ => f.write_char(character),
        })
    }
}
