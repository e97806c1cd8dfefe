//! What the models play with: small rings, elements that tell their position, consumers.

use loom::thread::{JoinHandle, spawn};

use crate::core::barrier::Barrier;
use crate::core::claim::{Claim, ProducerMode, Refused};
use crate::core::consumer::{Batching, Consumer, Ended, deliver_all};
use crate::core::element::Element;
use crate::core::gating::Line;
use crate::core::group::{Group, Seat};
use crate::core::handler::{Batch, Elements, Handler, OnError};
use crate::core::reader::{InHand, NoBatch, Reader};
use crate::core::ring::{Entry, Ring};
use crate::core::sequence::Position;
use crate::core::slots::Shape;
use crate::core::wait::WaitStrategy;
use crate::sync::Shared;
use crate::sync::clock::Deadline;

const LONGEST: usize = 8;

/// A ring for `capacity` elements and two consumers, who sleep when they wait.
pub(super) fn ring(capacity: usize) -> Shared<Ring> {
    ring_for(ProducerMode::Multi, capacity)
}

/// As `ring`, for so many producers.
pub(super) fn ring_for(mode: ProducerMode, capacity: usize) -> Shared<Ring> {
    let shape = Shape {
        slots: capacity.next_power_of_two(),
        element_size: LONGEST,
        max_element_size: LONGEST,
        alignment: 1,
    };
    let ring = Ring::new(shape, capacity, 2, mode, WaitStrategy::Block);
    Shared::try_new(ring.expect("memory for a small ring")).expect("memory")
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

fn slices(elements: Elements<'_>) -> &[Element] {
    match elements {
        Elements::Slices(slices) => slices,
        Elements::Span(_) => unreachable!("nobody asked for spans"),
    }
}

fn assert_is_element(found: &Element, at: Position) {
    // SAFETY: readable, so nobody writes it; were that wrong, loom would have seen the race.
    let bytes = unsafe { std::slice::from_raw_parts(found.data, found.len) };
    assert_eq!(bytes, element(at), "the element at {at}");
}

/// Writes and publishes; returns the position behind it.
pub(super) fn fill(ring: &Ring, claim: Claim) -> Position {
    let end = claim.end();
    for at in claim.positions() {
        ring.slots.write(&claim, at, &element(at)).expect("it fits its slot");
    }
    ring.publish(claim);
    end
}

/// Produces one element if there is room.
pub(super) fn try_produce(ring: &Ring) -> Result<Position, Refused> {
    let _producing = ring.enter_as_producer()?;
    Ok(fill(ring, ring.try_claim(1, 1)?))
}

/// Produces one element, waiting for room.
pub(super) fn produce(ring: &Ring) -> Result<Position, Refused> {
    loop {
        match try_produce(ring) {
            Err(Refused::NoRoom) => {
                ring.wait_for_room(1, Deadline::NEVER).expect("waits for ever");
            }
            done => return done,
        }
    }
}

/// A consumer that looks when the model says so, and checks what it finds.
pub(super) struct Looker {
    pub(super) reader: Reader,
    /// The position behind the last element that it found.
    pub(super) next: Position,
}

fn reader(id: u32, line: Line, entry: Entry) -> Reader {
    reader_of(id, line, entry, 1, None)
}

fn reader_of(
    id: u32,
    line: Line,
    entry: Entry,
    least: u64,
    group: Option<(Shared<Group>, Seat)>,
) -> Reader {
    let consumer = Consumer::new(id, String::new(), line);
    let batching = Batching { least, linger_ns: u64::MAX, most: 8 };
    let barrier = Barrier::new(2).expect("memory");
    let consumer = Shared::try_new(consumer).expect("memory");
    let gathered = InHand::new(8, false).expect("memory");
    Reader::new(consumer, barrier, batching, gathered, entry, group)
}

/// A member that wants `least` elements at once.
pub(super) fn member(group: &Shared<Group>, least: u64) -> Reader {
    let seat = group.sit_down().expect("the group was made for it");
    reader_of(0, group.line, group.entry(), least, Some((group.clone(), seat)))
}

impl Looker {
    pub(super) fn enter(ring: &Ring, line: Line) -> Self {
        Self::entered(0, line, ring.enter(line))
    }

    pub(super) fn entered(id: u32, line: Line, entry: Entry) -> Self {
        Self { reader: reader(id, line, entry), next: entry.start }
    }

    /// Reads and finishes what there is; false if the graph has changed.
    pub(super) fn look(&mut self, ring: &Ring) -> bool {
        loop {
            match self.reader.try_next(ring) {
                Ok(gathered) => {
                    for (at, found) in (gathered.first..).zip(slices(self.reader.elements())) {
                        assert_eq!(at, self.next, "one after the other");
                        assert_is_element(found, at);
                        self.next += 1;
                    }
                    self.reader.finish(ring, &gathered);
                }
                Err(NoBatch::GraphChanged) => return false,
                Err(NoBatch::TimedOut | NoBatch::Ended(_)) => return true,
            }
        }
    }
}

/// Checks what a consumer gets.
struct Checker {
    next: Position,
}

impl Handler for Checker {
    fn start(&mut self) {}

    fn consume(&mut self, batch: &Batch<'_>) -> Result<(), i32> {
        for (at, found) in (batch.first_sequence..).zip(slices(batch.elements)) {
            assert_eq!(at, self.next, "one after the other");
            assert_is_element(found, at);
            self.next += 1;
        }
        Ok(())
    }

    fn failed(&mut self, _consumer: u32, _batch: &Batch<'_>, _code: i32) -> OnError {
        unreachable!("no delivery fails")
    }

    fn close(&mut self) {}
}

/// Runs a consumer's loop to its end; the position behind the last element that it got.
pub(super) fn consume(
    ring: &Ring,
    id: u32,
    line: Line,
    entry: Entry,
    follow_graph: impl FnMut(&Consumer, &mut Barrier),
) -> (Position, Ended) {
    let mut checker = Checker { next: entry.start };
    let ended = deliver_all(ring, &mut reader(id, line, entry), &mut checker, follow_graph, || {});
    (checker.next, ended)
}

/// For a consumer without dependencies.
pub(super) fn follow_nobody(ring: &Ring) -> impl FnMut(&Consumer, &mut Barrier) {
    move |_, barrier| barrier.follow(ring.control.graph(), std::iter::empty())
}
