//! I5 in the ring: whoever waits for elements or for room goes on when there are some, and when those
//! that it waits for leave.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{consume, follow_nobody, produce, ring, thread};
use crate::core::claim::Refused;
use crate::sync::steps::Step;

/// A producer waits for room while the consumer waits for elements, in turns.
fn full_and_empty() -> Model {
    Model::with_sleepers(|| {
        let ring = ring(1);
        let entry = ring.enter(0);
        let producer = thread(&ring, |ring| {
            produce(ring).expect("somebody consumes");
            produce(ring).expect("somebody consumes");
            ring.close();
        });
        let (next, _) = consume(&ring, 0, 0, entry, follow_nobody(&ring));
        assert_eq!(next, 2);
        producer.join().expect("no panic");
    })
    .up_to(2)
}

/// The slowest consumer leaves while a producer waits for it.
fn slowest_leaves() -> Model {
    Model::with_sleepers(|| {
        let ring = ring(1);
        ring.enter(0);
        ring.enter(1);
        produce(&ring).expect("room for one");
        ring.finish(1, 1);
        let producer = thread(&ring, |ring| produce(ring).expect("somebody consumes"));
        ring.leave(0, false);
        producer.join().expect("no panic");
    })
}

/// The last consumer leaves while a producer waits for it.
fn last_leaves() -> Model {
    Model::with_sleepers(|| {
        let ring = ring(1);
        ring.enter(0);
        produce(&ring).expect("room for one");
        let producer = thread(&ring, produce);
        ring.leave(0, true);
        assert_eq!(producer.join().expect("no panic"), Err(Refused::NoConsumers));
    })
}

pub(super) const TWINS: &[Twin] = &[
    (Step::PublishRings, full_and_empty),
    (Step::FinishRings, full_and_empty),
    (Step::LeaveRings, slowest_leaves),
];

#[test]
fn in_turns() {
    full_and_empty().assert_holds();
}

#[test]
fn for_one_that_leaves() {
    slowest_leaves().assert_holds();
    last_leaves().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
