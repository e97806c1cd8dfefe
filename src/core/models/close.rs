//! I6: what was accepted before a close is delivered, to the last element, and nothing is accepted after it.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{consume, follow_nobody, produce, ring_for, thread, try_produce};
use crate::core::claim::{ProducerMode, Refused};
use crate::core::consumer::Ended;
use crate::sync::steps::Step;

/// A close falls anywhere into what a producer and a consumer do, also while either of them waits.
fn close_for(mode: ProducerMode) -> Model {
    Model::with_sleepers(move || {
        let ring = ring_for(mode, 1);
        let entry = ring.enter(0);
        let producer = thread(&ring, |ring| {
            let accepted = [(); 2].map(|()| produce(ring));
            let refused = |done: &&Result<_, _>| **done == Err(Refused::Closed);
            2 - accepted.iter().filter(refused).count() as u64
        });
        let closer = thread(&ring, |ring| ring.close());
        let (next, ended) = consume(&ring, 0, 0, entry, follow_nobody(&ring));
        assert_eq!(ended, Ended::AtClose);
        closer.join().expect("no panic");
        assert_eq!(producer.join().expect("no panic"), next, "exactly what was accepted");
        assert_eq!(ring.sequencer.end(), Some(next));
        assert_eq!(try_produce(&ring), Err(Refused::Closed));
    })
    .up_to(2)
}

fn close() -> Model {
    close_for(ProducerMode::Multi)
}

fn close_single() -> Model {
    close_for(ProducerMode::Single)
}

/// A single producer looks in when all is over, to be refused: the end stays known.
fn looking_in() -> Model {
    Model::new(|| {
        let ring = ring_for(ProducerMode::Single, 1);
        ring.enter(0);
        ring.close();
        let producer = thread(&ring, |ring| {
            assert_eq!(try_produce(ring), Err(Refused::Closed));
        });
        if let Some(end) = ring.sequencer.end() {
            assert_eq!(ring.sequencer.end(), Some(end));
        }
        producer.join().expect("no panic");
    })
}

/// Two ask for the end as soon as a close may have begun, before anybody told them: once it is known it
/// stays what it was, whatever a single producer is doing.
fn asked_early() -> Model {
    Model::new(|| {
        let ring = ring_for(ProducerMode::Single, 2);
        ring.enter(0);
        let _ = try_produce(&ring);
        let closer = thread(&ring, |ring| {
            ring.sequencer.close();
            ring.sequencer.end()
        });
        let asker = thread(&ring, |ring| ring.sequencer.end());
        let _ = try_produce(&ring);
        let known = [closer, asker].map(|thread| thread.join().expect("no panic"));
        let end = ring.sequencer.end().expect("nobody is inside");
        assert!(known.into_iter().flatten().all(|known| known == end), "the end moved");
    })
    .up_to(3)
}

fn asked_early_asymmetric() -> Model {
    asked_early().asymmetric()
}

pub(super) const TWINS: &[Twin] = &[
    (Step::CloseRefuses, close),
    (Step::CloseRings, close),
    (Step::ReadToEnd, close),
    (Step::CloseRefuses, close_single),
    (Step::CloseRings, close_single),
    (Step::ReadToEnd, close_single),
    (Step::SealFence, close_single),
    (Step::NobodyInside, close_single),
    (Step::SealFence, asked_early_asymmetric),
    (Step::NobodyInside, asked_early),
    (Step::StaysOver, looking_in),
    (Step::InsideAcquire, asked_early_asymmetric),
    (Step::OverRelease, asked_early_asymmetric),
    (Step::OverAcquire, asked_early_asymmetric),
    (Step::LeaveFence, close_single),
    (Step::LeaveRingsSealed, close_single),
];

#[test]
fn exactly_what_was_accepted() {
    close().assert_holds();
    close_single().assert_holds();
    looking_in().assert_holds();
}

#[test]
fn known_early() {
    asked_early().assert_holds();
    asked_early_asymmetric().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
