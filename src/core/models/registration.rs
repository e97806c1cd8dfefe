//! I7 and I8: nobody laps a consumer that enters, no slot is claimed again while it is written, and
//! nothing is accepted when nobody is left.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{Looker, fill, ring, ring_for, thread, try_produce};
use crate::core::claim::ProducerMode;
use crate::sync::fences::heavy;
use crate::sync::steps::Step;

/// A consumer enters while another one keeps the ring going round.
fn newcomer_for(mode: ProducerMode) -> Model {
    Model::new(move || {
        let ring = ring_for(mode, 1);
        let mut other = Looker::enter(&ring, 1);
        let traffic = thread(&ring, move |ring| {
            for _ in 0..2 {
                let _ = try_produce(ring);
                other.look(ring);
            }
            let _ = try_produce(ring);
        });
        let mut newcomer = Looker::enter(&ring, 0);
        newcomer.look(&ring);
        traffic.join().expect("no panic");
        assert!(ring.sequencer.claimed() <= newcomer.next + 1, "nobody laps it");
        newcomer.look(&ring);
        assert_eq!(newcomer.next, ring.sequencer.claimed());
    })
    .up_to(4)
}

fn newcomer() -> Model {
    newcomer_for(ProducerMode::Multi)
}

fn newcomer_single() -> Model {
    newcomer_for(ProducerMode::Single)
}

fn newcomer_asymmetric() -> Model {
    newcomer_single().asymmetric().up_to(1)
}

/// Two producers: one has read the gates without the newcomer's, the other goes on from there.
fn newcomer_between_claims() -> Model {
    Model::new(|| {
        let ring = ring(1);
        ring.enter(1);
        drop(ring.try_claim(1, 1));
        let producers = [
            thread(&ring, |ring| drop(ring.try_claim(1, 1))),
            thread(&ring, |ring| {
                ring.gates.finish(1, 1);
                if let Ok(claim) = ring.try_claim(1, 1) {
                    ring.gates.finish(1, claim.end());
                }
            }),
        ];
        let newcomer = ring.enter(0);
        let _ = producers.map(|producer| producer.join().expect("no panic"));
        assert!(ring.sequencer.claimed() <= newcomer.start + 1, "nobody laps it");
    })
    .up_to(3)
}

/// A consumer leaves, and the next one gets its line: a producer that finds no more there than where that one gates writes no
/// slot before the first one has read it.
fn line_of_another() -> Model {
    Model::new(|| {
        let ring = ring(1);
        let mut stays = Looker::enter(&ring, 1);
        let mut leaves = Looker::enter(&ring, 0);
        try_produce(&ring).expect("room for one");
        stays.look(&ring);
        let consumers = thread(&ring, move |ring| {
            leaves.look(ring);
            ring.leave(0, false);
            ring.enter(0);
        });
        let _ = try_produce(&ring);
        consumers.join().expect("no panic");
    })
}

/// The consumer that gated when a claim was made leaves; the slot must not be claimed again.
fn open_claim() -> Model {
    Model::new(|| {
        let ring = ring(1);
        ring.enter(0);
        let open = ring.try_claim(1, 1).expect("room for one");
        let writer = thread(&ring, move |ring| fill(ring, open));
        let other = thread(&ring, |ring| try_produce(ring).is_ok());
        let mut newcomer = Looker::enter(&ring, 1);
        ring.leave(0, false);
        newcomer.look(&ring);
        writer.join().expect("no panic");
        other.join().expect("no panic");
        newcomer.look(&ring);
        assert_eq!(newcomer.next, ring.sequencer.claimed());
    })
    .up_to(3)
}

/// The last consumer leaves, and another one comes: what was accepted in between would be lost. A
/// single producer does not learn in one step that nobody is left: the call that it was inside of may
/// still be accepted, as if it had come before, but no other one.
fn last_leaves_for(mode: ProducerMode) -> Model {
    let (capacity, inside) = match mode {
        ProducerMode::Multi => (1, 0),
        ProducerMode::Single => (2, 1),
    };
    Model::new(move || {
        let ring = ring_for(mode, capacity);
        let mut last = Looker::enter(&ring, 0);
        let consumers = thread(&ring, move |ring| {
            last.look(ring);
            ring.leave(0, true);
            // A look at how far a single producer has come may be an old one, without this.
            let _ = heavy();
            let end = ring.sequencer.claimed();
            let mut newcomer = Looker::enter(ring, 1);
            assert!(newcomer.next <= end + inside, "nothing was accepted when nobody was there");
            newcomer.look(ring);
            newcomer
        });
        let _ = try_produce(&ring);
        let _ = try_produce(&ring);
        let mut newcomer = consumers.join().expect("no panic");
        newcomer.look(&ring);
        assert_eq!(newcomer.next, ring.sequencer.claimed());
    })
    .up_to(4)
}

fn last_leaves() -> Model {
    last_leaves_for(ProducerMode::Multi)
}

fn last_leaves_single() -> Model {
    last_leaves_for(ProducerMode::Single)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::GateFirst, newcomer),
    (Step::MinimumCeiling, newcomer_between_claims),
    (Step::OpenClaims, open_claim),
    (Step::FinishRelease, line_of_another),
    (Step::LastRefuses, last_leaves),
    (Step::GateFirst, newcomer_single),
    (Step::OpenFence, newcomer_single),
    (Step::OpenFence, newcomer_asymmetric),
    (Step::HeavyIsHeavy, newcomer_asymmetric),
    (Step::LastRefuses, last_leaves_single),
    (Step::StartFirst, last_leaves_single),
];

#[test]
fn nobody_laps_a_newcomer() {
    newcomer().assert_holds();
}

#[test]
fn a_single_producer_does_not_lap_it() {
    newcomer_single().assert_holds();
    newcomer_asymmetric().assert_holds();
}

#[test]
fn two_producers_do_not_lap_it() {
    newcomer_between_claims().assert_holds();
}

#[test]
fn a_line_that_changes_hands() {
    line_of_another().assert_holds();
}

#[test]
fn an_open_claim_keeps_its_slot() {
    open_claim().assert_holds();
}

#[test]
fn nothing_is_accepted_for_nobody() {
    last_leaves().assert_holds();
    last_leaves_single().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
