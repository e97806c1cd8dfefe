//! The rows of the table: what is measured.

use crate::workload::{Shape, Wait, Workload};

/// A workload with a name.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) workload: Workload,
}

/// Slots of every ring, if nothing else is the row's point.
const CAPACITY: usize = 1 << 16;

fn row(name: String, shape: Shape, wait: Wait, producers: usize, consumers: usize) -> Row {
    let threads = if shape == Shape::Pingpong { 2 } else { producers + consumers };
    let workload = Workload {
        shape,
        wait,
        producers,
        consumers,
        batch: 1,
        bytes: 8,
        capacity: CAPACITY,
        milliseconds: 0,
        pinned: threads == 2,
    };
    Row { name, workload }
}

/// One row for each number of elements per publish.
fn batches(row: &Row, batches: &[usize]) -> Vec<Row> {
    let with = |&batch| Row {
        name: format!("{} B{batch}", row.name),
        workload: Workload { batch, ..row.workload.clone() },
    };
    batches.iter().map(with).collect()
}

/// All rows there are, in order.
pub(crate) fn all() -> Vec<Row> {
    let mut rows = table();
    rows.extend(scaling());
    rows
}

/// The contenders whose growth is measured: libdisruptor in its default mode.
pub(crate) const SCALED: [&str; 2] = ["produce-multi", "stream-multi"];

/// How the cost of an element grows: with consumers, slots, the element's size, and producers.
pub(crate) fn scaling() -> Vec<Row> {
    let mut rows = Vec::new();
    for wait in [Wait::Block, Wait::Yield] {
        let mut add = |axis: &str, value: usize, change: fn(&mut Workload, usize)| {
            let mut row = row(format!("{axis} {wait} {value}"), Shape::Stream, wait, 1, 1);
            row.workload.batch = 10;
            row.workload.pinned = false;
            change(&mut row.workload, value);
            rows.push(row);
        };
        for consumers in [1, 2, 4, 8, 16, 32] {
            add("consumers", consumers, |workload, value| workload.consumers = value);
        }
        for power in (6..=20).step_by(2) {
            add("capacity", 1 << power, |workload, value| workload.capacity = value);
        }
        for bytes in [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] {
            add("size", bytes, |workload, value| workload.bytes = value);
        }
        for producers in [1, 2, 3, 4, 6, 8] {
            add("producers", producers, |workload, value| workload.producers = value);
        }
    }
    rows
}

/// The rows of the table.
pub(crate) fn table() -> Vec<Row> {
    let stream = |name: &str, wait: Wait, producers, consumers| {
        row(format!("{name} {wait}"), Shape::Stream, wait, producers, consumers)
    };
    let mut rows = Vec::new();
    for wait in [Wait::Spin, Wait::Yield, Wait::Block] {
        rows.extend(batches(&stream("1P-1C", wait, 1, 1), &[1, 10, 100]));
    }
    for wait in [Wait::Yield, Wait::Block] {
        rows.extend(batches(&stream("1P-3C", wait, 1, 3), &[1, 10]));
    }
    for wait in [Wait::Yield, Wait::Block] {
        rows.extend(batches(&stream("3P-1C", wait, 3, 1), &[1, 10]));
    }
    for shape in [Shape::Diamond, Shape::Pipeline] {
        let row = row(format!("{shape} yield"), shape, Wait::Yield, 1, 3);
        rows.extend(batches(&row, &[1, 10]));
    }
    for bytes in [64, 256] {
        let mut row = stream(&format!("{bytes} B"), Wait::Spin, 1, 1);
        row.workload.bytes = bytes;
        rows.extend(batches(&row, &[1, 100]));
    }
    for wait in [Wait::Spin, Wait::Block] {
        rows.push(row(format!("round trip {wait}"), Shape::Pingpong, wait, 1, 1));
    }
    rows
}
