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
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    stats: ConsumerStats,
    /// Whether it still counts: neither unregistered nor failed.
    registered: bool,
    /// The consumers that it stays behind at present.
    depends_on: Vec<u32>,
}

impl Disruptor {
    /// Writes a report.
    pub fn report(&self, format: Format) -> String {
        let inner = &*self.0;
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
        Self { name: &inner.name, stats: inner.stats(topology), slowest, rows }
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers, strings and lists of them")
    }
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
            depends_on: in_front.map(|other| other.consumer.id).collect(),
        }
    }
}
