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

/// All rows, in the order of the table.
pub(crate) fn all() -> Vec<Row> {
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
