//! Who takes part, and in which rows.

use serde::{Deserialize, Serialize};

use crate::workload::{Shape, Wait, Workload};

/// What a contender is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// libdisruptor, called from C through the shared library.
    Ours,
    /// Another library.
    Peer,
    /// A ring written by hand for this benchmark: what is possible, not what is offered.
    Yardstick,
}

/// The program that a contender is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `contenders/ours`.
    Ours,
    /// `contenders/raw`.
    Raw,
    /// This program (`peers`).
    Rust,
    /// `contenders/queues`, in C++.
    Queues,
    /// `contenders/queues/ck.c`.
    Ck,
    /// `contenders/lmax`.
    Lmax,
}

/// One who takes part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) program: Program,
    takes: fn(&Workload) -> bool,
}

impl Contender {
    /// Whether it takes part in a row.
    pub(crate) fn takes(&self, workload: &Workload) -> bool {
        (self.takes)(workload)
    }
}

const fn contender(
    name: &'static str,
    kind: Kind,
    program: Program,
    takes: fn(&Workload) -> bool,
) -> Contender {
    Contender { name, kind, program, takes }
}

/// All of them.
pub(crate) const ALL: [Contender; 18] = [
    contender("produce-single", Kind::Ours, Program::Ours, |w| w.producers == 1),
    contender("produce-multi", Kind::Ours, Program::Ours, |_| true),
    contender("claim-single", Kind::Ours, Program::Ours, |w| w.producers == 1 && streams(w)),
    contender("claim-multi", Kind::Ours, Program::Ours, streams),
    contender("stream-single", Kind::Ours, Program::Ours, |w| w.producers == 1 && streams(w)),
    contender("stream-multi", Kind::Ours, Program::Ours, streams),
    contender("disruptor-rs", Kind::Peer, Program::Rust, |w| {
        w.wait != Wait::Block && (streams(w) || w.wait == Wait::Spin)
    }),
    contender("crossbeam", Kind::Peer, Program::Rust, is_queue),
    contender("kanal", Kind::Peer, Program::Rust, is_queue),
    contender("std-mpsc", Kind::Peer, Program::Rust, is_queue),
    contender("rtrb", Kind::Peer, Program::Rust, |w| is_pair(w) && w.wait != Wait::Block),
    contender("lmax", Kind::Peer, Program::Lmax, |_| true),
    contender("boost-spsc", Kind::Peer, Program::Queues, |w| is_pair(w) && w.wait != Wait::Block),
    contender("readerwriterqueue", Kind::Peer, Program::Queues, is_pair),
    contender("moodycamel", Kind::Peer, Program::Queues, is_queue),
    contender("ck", Kind::Peer, Program::Ck, |w| {
        streams(w) && is_one_to_one(w) && w.wait != Wait::Block && w.bytes == 8 && w.batch == 1
    }),
    contender("raw", Kind::Yardstick, Program::Raw, |_| true),
    contender("raw-abi", Kind::Yardstick, Program::Raw, streams),
];

/// The name for people.
pub(crate) fn label(contender: &str) -> String {
    let (way, mode) = contender.split_once('-').unwrap_or((contender, ""));
    let way = match (way, mode) {
        ("produce", _) => "produce",
        ("claim", _) => "claim, publish",
        ("stream", _) => "in place",
        _ => return contender.to_owned(),
    };
    format!("{way} ({})", mode.to_uppercase())
}

fn streams(workload: &Workload) -> bool {
    workload.shape != Shape::Pingpong
}

/// For those that take one producer. (Several of them side by side are several streams, not one: what that makes possible
/// is what "raw" shows, which has a ring for each producer.)
fn is_pair(workload: &Workload) -> bool {
    is_queue(workload) && workload.producers == 1
}

fn is_one_to_one(workload: &Workload) -> bool {
    workload.producers == 1 && workload.consumers == 1
}

/// Queues connect two sides, and several consumers by a queue each; nobody comes behind another.
fn is_queue(workload: &Workload) -> bool {
    matches!(workload.shape, Shape::Stream | Shape::Pingpong)
}
