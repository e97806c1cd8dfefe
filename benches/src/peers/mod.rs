//! The contenders from crates.io. They run in a process of their own: this program, started once more.

mod channels;
mod disruptor;
mod element;
mod pingpong;
mod queue;
mod rtrb;
mod stream;

use crate::workload::{Shape, Workload};

/// Runs a contender, and answers on stdout.
pub(crate) fn run(contender: &str, workload: &Workload) -> Result<(), String> {
    match workload.bytes {
        8 => run_words::<1>(contender, workload),
        64 => run_words::<8>(contender, workload),
        256 => run_words::<32>(contender, workload),
        bytes => Err(format!("no elements of {bytes} bytes")),
    }
}

fn run_words<const WORDS: usize>(contender: &str, workload: &Workload) -> Result<(), String> {
    match contender {
        "disruptor-rs" => disruptor::run::<WORDS>(workload),
        "crossbeam" => run_queue::<WORDS, channels::Crossbeam>(workload),
        "kanal" => run_queue::<WORDS, channels::Kanal>(workload),
        "std-mpsc" => run_queue::<WORDS, channels::Std>(workload),
        "rtrb" => run_queue::<WORDS, rtrb::Rtrb>(workload),
        _ => Err(format!("no contender {contender}")),
    }
}

fn run_queue<const WORDS: usize, Q: queue::Queue>(workload: &Workload) -> Result<(), String> {
    match workload.shape {
        Shape::Stream => stream::run::<WORDS, Q>(workload),
        Shape::Pingpong => pingpong::run::<Q>(workload),
        shape => return Err(format!("a queue has no {shape}")),
    }
    Ok(())
}
