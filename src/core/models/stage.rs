//! What the models play with: small rings, elements that tell their position, consumers.

use loom::thread::{JoinHandle, spawn};

use crate::core::barrier::{Barrier, Readable};
use crate::core::claim::{Claim, Refused};
use crate::core::gating::Line;
use crate::core::ring::{Entry, Ring};
use crate::core::sequence::Position;
use crate::core::slots::Shape;
use crate::core::wait::WaitStrategy;
use crate::sync::Shared;
use crate::sync::clock::Deadline;

const LONGEST: usize = 8;

/// A ring for `capacity` elements and two consumers, who sleep when they wait.
pub(super) fn ring(capacity: usize) -> Shared<Ring> {
    let shape = Shape {
        slots: capacity.next_power_of_two(),
        element_size: LONGEST,
        max_element_size: LONGEST,
        alignment: 1,
    };
    let ring = Ring::new(shape, capacity, 2, WaitStrategy::Block).expect("memory for a small ring");
    Shared::try_new(ring).expect("memory")
}

/// Runs `main` on a thread of the model's.
pub(super) fn thread<T: 'static>(
    ring: &Shared<Ring>,
    main: impl FnOnce(&Ring) -> T + 'static,
) -> JoinHandle<T> {
    let ring = ring.clone();
    spawn(move || main(&ring))
}

/// The element at `at`: its length, which loom watches, tells the position, and so does every byte.
fn element(at: Position) -> Vec<u8> {
    vec![at as u8; at as usize + 1]
}

pub(super) fn write(ring: &Ring, claim: &Claim) {
    for at in claim.positions() {
        ring.slots.write(claim, at, &element(at)).expect("it fits its slot");
    }
}

/// Produces one element if there is room; returns the position after it.
pub(super) fn try_produce(ring: &Ring) -> Result<Position, Refused> {
    let claim = ring.try_claim(1, 1)?;
    let end = claim.end();
    write(ring, &claim);
    ring.publish(claim);
    Ok(end)
}

/// Produces one element, waiting for room.
pub(super) fn produce(ring: &Ring) -> Result<Position, Refused> {
    loop {
        match try_produce(ring) {
            Err(Refused::NoRoom) => {
                ring.wait_for_room(Deadline::NEVER).expect("waits for ever");
            }
            done => return done,
        }
    }
}

/// Reads what a consumer may read, and finds each element where it was written.
pub(super) fn read(ring: &Ring, readable: &Readable) {
    for at in readable.from()..readable.to() {
        let found = ring.slots.read(readable, at).expect("nothing is abandoned here");
        // SAFETY: readable, so nobody writes it; were that wrong, loom would have seen the race.
        let bytes = unsafe { std::slice::from_raw_parts(found.data, found.len) };
        assert_eq!(bytes, element(at), "the element at {at}");
    }
}

/// A consumer without a loop: it looks when the model says so.
pub(super) struct Reader {
    line: Line,
    entry: Entry,
    /// Everything from its start up to here was read.
    pub(super) next: Position,
    barrier: Barrier,
}

impl Reader {
    pub(super) fn enter(ring: &Ring, line: Line) -> Self {
        let entry = ring.enter(line);
        Self { line, entry, next: entry.start, barrier: Barrier::new(2).expect("memory") }
    }

    pub(super) fn start(&self) -> Position {
        self.entry.start
    }

    pub(super) fn see_older_claims_through(&self, ring: &Ring) {
        ring.see_older_claims_through(self.line, self.entry, || false);
    }

    /// Reads and finishes what there is.
    pub(super) fn look(&mut self, ring: &Ring) {
        let readable = self.barrier.look(ring, self.next).expect("depends on nobody");
        read(ring, &readable);
        if readable.len() > 0 {
            self.next = readable.to();
            ring.finish(self.line, self.next);
        }
    }
}
