//! The exposition format of Prometheus: base units, one family after the other.

use std::fmt::{self, Write};

use super::{Quoted, Report, Row};
use crate::core::stats::Stats;

type Family<T> = (&'static str, &'static str, &'static str, fn(&T) -> f64);

const SECONDS: f64 = 1e-9;

const OF_THE_DISRUPTOR: [Family<Stats>; 8] = [
    ("produced_total", "counter", "Elements accepted.", |s| s.produced as f64),
    ("capacity", "gauge", "Elements in flight at most.", |s| s.capacity as f64),
    ("consumers", "gauge", "Consumers registered.", |s| f64::from(s.consumers)),
    ("producer_blocked_seconds_total", "counter", "Producers' waiting for room.", |s| {
        s.producer_blocked_ns as f64 * SECONDS
    }),
    ("producer_blocked_total", "counter", "How often a producer began to wait for room.", |s| {
        s.producer_blocked_count as f64
    }),
    ("elapsed_seconds", "gauge", "Time from creation to now, or to the end of close.", |s| {
        s.elapsed_ns as f64 * SECONDS
    }),
    ("lag", "gauge", "Elements published and not finished by the slowest consumer.", |s| {
        s.current_lag as f64
    }),
    ("lag_max", "gauge", "The largest lag of any consumer.", |s| s.max_lag as f64),
];

const OF_A_CONSUMER: [Family<Row>; 11] = [
    ("consumer_consumed_total", "counter", "Elements consumed.", |r| r.stats.consumed as f64),
    ("consumer_consumed_bytes_total", "counter", "Bytes of the elements consumed.", |r| {
        r.stats.consumed_bytes as f64
    }),
    ("consumer_batches_total", "counter", "Batches consumed.", |r| r.stats.batches as f64),
    ("consumer_errors_total", "counter", "Failed deliveries.", |r| r.stats.errors as f64),
    ("consumer_retries_total", "counter", "Deliveries of a batch once more.", |r| {
        r.stats.retries as f64
    }),
    ("consumer_blocked_seconds_total", "counter", "Waiting for elements.", |r| {
        r.stats.blocked_ns as f64 * SECONDS
    }),
    ("consumer_busy_seconds_total", "counter", "Time inside the callback.", |r| {
        r.stats.consume_ns as f64 * SECONDS
    }),
    ("consumer_in_batch_seconds", "gauge", "How long the running callback runs.", |r| {
        r.stats.in_batch_ns as f64 * SECONDS
    }),
    ("consumer_lag", "gauge", "Elements published and not finished.", |r| {
        r.stats.current_lag as f64
    }),
    ("consumer_lag_max", "gauge", "The largest lag.", |r| r.stats.max_lag as f64),
    ("consumer_registered", "gauge", "1 unless it was unregistered or has failed.", |r| {
        f64::from(u8::from(r.registered))
    }),
];

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> fmt::Result {
    let disruptor = Quoted(report.name);
    for (name, kind, help, value) in OF_THE_DISRUPTOR {
        head(out, name, kind, help)?;
        let value = value(&report.stats);
        writeln!(out, "disruptor_{name}{{disruptor=\"{disruptor}\"}} {value}")?;
    }
    for (name, kind, help, value) in OF_A_CONSUMER {
        head(out, name, kind, help)?;
        for row in &report.rows {
            let (id, consumer, value) = (row.stats.consumer, Quoted(&row.stats.name), value(row));
            writeln!(
                out,
                "disruptor_{name}{{disruptor=\"{disruptor}\",consumer=\"{id}\",name=\"{consumer}\"}} {value}"
            )?;
        }
    }
    Ok(())
}

fn head(out: &mut dyn Write, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP disruptor_{name} {help}\n# TYPE disruptor_{name} {kind}")
}
