//! All the numbers at once: for people, programs, a scraper, or as a picture.

mod dot;
mod prometheus;
mod text;

use serde::Serialize;

use super::disruptor::{Disruptor, Inner};
use super::stats::{ConsumerStats, Stats};
use super::topology::{Member, Standing, Topology};

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
    /// Writes a report.
    pub fn report(&self, format: Format) -> String {
        let inner = &*self.0;
        inner.pass_gaps();
        let report = Report::of(inner, &inner.topology.lock());
        match format {
            Format::Text => text::write(&report),
            Format::Json => report.json(),
            Format::Prometheus => prometheus::write(&report),
            Format::Dot => dot::write(&report),
        }
    }
}

impl<'a> Report<'a> {
    fn of(inner: &'a Inner, topology: &Topology) -> Self {
        let rows: Vec<Row> =
            topology.all().map(|member| Row::of(inner, topology, member)).collect();
        let behind = rows.iter().filter(|row| row.registered && row.stats.current_lag > 0);
        let slowest = behind.max_by_key(|row| row.stats.current_lag);
        let slowest = slowest.map(|row| row.stats.consumer);
        let bottleneck = slowest.and_then(|slowest| bottleneck(&rows, slowest));
        Self { name: &inner.name, stats: inner.stats(topology), slowest, bottleneck, rows }
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers, strings and lists of them")
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
    fn of(inner: &Inner, topology: &Topology, member: &Member) -> Self {
        let registered = member.standing == Standing::Registered;
        let in_front = topology
            .registered()
            .filter(|other| registered && member.upstream.contains(other.consumer.line));
        Self {
            stats: inner.consumer_stats(member),
            registered,
            group: member.group.as_ref().map_or(0, |group| group.number),
            depends_on: in_front.map(|other| other.consumer.id).collect(),
        }
    }
}
