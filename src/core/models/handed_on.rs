//! What a claim and its refusal hand on, besides the slots.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{Looker, ring, ring_for, thread, try_produce};
use crate::core::claim::ProducerMode::{self, Multi, Single};
use crate::core::claim::Refused;
use crate::core::ring::Ring;
use crate::sync::steps::Step;
use crate::sync::{Shared, Watch};

/// Whoever claims knows the consumer for whom it may: a flush behind that claim would wait for it.
fn for_whom(mode: ProducerMode) -> Model {
    Model::new(move || {
        let ring = ring_for(mode, 1);
        let producer = thread(&ring, |ring| {
            if let Ok(_producing) = ring.enter_as_producer()
                && ring.try_claim(1, 1).is_ok()
            {
                assert!(ring.gates.slowest().is_some(), "there is somebody to wait for");
            }
        });
        ring.enter(0);
        producer.join().expect("no panic");
    })
    .asymmetric()
}

fn for_whom_multi() -> Model {
    for_whom(Multi)
}

fn for_whom_single() -> Model {
    for_whom(Single)
}

/// Whoever is refused sees what came before that, and so does who finds the end.
fn refused(mode: ProducerMode, refuse: fn(&Ring), why: Refused) -> Model {
    Model::new(move || {
        let ring = ring_for(mode, 1);
        ring.enter(0);
        let written = Shared::try_new(Watch::new(1)).expect("memory");
        let callers = written.clone();
        let caller = thread(&ring, move |ring| match try_produce(ring) {
            Err(refused) => {
                assert_eq!(refused, why);
                callers.read(0);
            }
            Ok(_) if ring.sequencer.end().is_some() => callers.read(0),
            Ok(_) => {}
        });
        written.written(0);
        refuse(&ring);
        caller.join().expect("no panic");
    })
    .asymmetric()
}

fn closed(mode: ProducerMode) -> Model {
    refused(mode, |ring| ring.sequencer.close(), Refused::Closed)
}

fn closed_multi() -> Model {
    closed(Multi)
}

fn closed_single() -> Model {
    closed(Single)
}

fn left(mode: ProducerMode) -> Model {
    refused(mode, |ring| ring.sequencer.no_consumers(), Refused::NoConsumers)
}

fn left_multi() -> Model {
    left(Multi)
}

fn left_single() -> Model {
    left(Single)
}

/// A slot is abandoned and claimed again: whoever sees how far was claimed does not count it as accepted, though it looks
/// no further back than a lap.
fn a_lap_behind() -> Model {
    Model::new(|| {
        let ring = ring(1);
        let mut consumer = Looker::enter(&ring, 0);
        let other = thread(&ring, move |ring| {
            let gap = ring.try_claim(1, 1).expect("room for one");
            ring.abandon_from(&gap, 0);
            ring.publish(gap);
            consumer.look(ring);
            drop(ring.try_claim(1, 1).expect("room for one again"));
        });
        assert_eq!(ring.accepted(), 0);
        other.join().expect("no panic");
    })
}

pub(super) const TWINS: &[Twin] = &[
    (Step::AllowRelease, for_whom_multi),
    (Step::AllowRelease, for_whom_single),
    (Step::RefusalsAcquire, for_whom_single),
    (Step::RefuseRelease, closed_multi),
    (Step::ClaimAcquire, closed_multi),
    (Step::RefuseRelease, closed_single),
    (Step::RefuseRelease, left_multi),
    (Step::RefuseRelease, left_single),
    (Step::RefusalsAcquire, closed_single),
    (Step::SealRelease, closed_single),
    (Step::SealAcquire, closed_single),
    (Step::SwapAcquire, for_whom_multi),
    (Step::SwapRelease, a_lap_behind),
    (Step::ClaimedAcquire, a_lap_behind),
    (Step::EndAcquire, closed_multi),
];

#[test]
fn whoever_claims_knows_for_whom() {
    for_whom_multi().assert_holds();
    for_whom_single().assert_holds();
}

#[test]
fn whoever_is_refused_knows_what_came_before() {
    closed_multi().assert_holds();
    closed_single().assert_holds();
    left_multi().assert_holds();
    left_single().assert_holds();
}

#[test]
fn what_was_abandoned_a_lap_ago() {
    a_lap_behind().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
