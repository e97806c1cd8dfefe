//! I1, I2, I3: claims do not overlap and leave no one behind, published slots are whole, finished ones are
//! free.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{Looker, ring, ring_for, thread, try_produce};
use crate::core::claim::ProducerMode::{self, Multi, Single};
use crate::sync::steps::Step;

/// Two producers publish in whatever order; the consumer finds whole elements, in sequence order.
fn in_any_order() -> Model {
    Model::new(|| {
        let ring = ring(2);
        let mut consumer = Looker::enter(&ring, 0);
        let producers = [(); 2].map(|()| thread(&ring, |ring| try_produce(ring).is_ok()));
        consumer.look(&ring);
        assert!(producers.map(|producer| producer.join().expect("no panic")) == [true, true]);
        consumer.look(&ring);
        assert_eq!(consumer.next, 2);
    })
}

/// A ring of one goes round while it is read: room first, and no slot is written before it was read. With a single
/// producer only room first: it reads the position that it writes, so loom does not try the look in between.
fn lap(mode: ProducerMode) -> Model {
    Model::new(move || {
        let ring = ring_for(mode, 1);
        let mut consumer = Looker::enter(&ring, 0);
        let producer = thread(&ring, |ring| {
            let _ = try_produce(ring);
            let _ = try_produce(ring);
        });
        consumer.look(&ring);
        producer.join().expect("no panic");
        assert!(ring.sequencer.claimed() <= consumer.next + 1, "room first");
        consumer.look(&ring);
        assert_eq!(consumer.next, ring.sequencer.claimed());
    })
}

fn lap_multi() -> Model {
    lap(Multi)
}

fn lap_single() -> Model {
    lap(Single)
}

/// Two producers want the room that the consumer makes.
fn full() -> Model {
    Model::new(|| {
        let ring = ring(2);
        let mut consumer = Looker::enter(&ring, 0);
        try_produce(&ring).expect("room for two");
        try_produce(&ring).expect("room for two");
        let producers = [(); 2].map(|()| thread(&ring, |ring| try_produce(ring).is_ok()));
        consumer.look(&ring);
        let _ = producers.map(|producer| producer.join().expect("no panic"));
        assert!(ring.sequencer.claimed() <= consumer.next + 2, "room first");
        consumer.look(&ring);
        assert_eq!(consumer.next, ring.sequencer.claimed());
    })
    .up_to(3)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::RoomFirst, lap_multi),
    (Step::RoomFirst, lap_single),
    (Step::MarkRelease, in_any_order),
    (Step::MarkAcquire, in_any_order),
    (Step::FinishRelease, lap_multi),
    (Step::FinishAcquire, lap_multi),
    (Step::GateRelease, full),
    (Step::GateAcquire, full),
];

#[test]
fn publication_in_any_order() {
    in_any_order().assert_holds();
}

#[test]
fn round_the_ring() {
    lap_multi().assert_holds();
    lap_single().assert_holds();
}

#[test]
fn room_for_two() {
    full().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
