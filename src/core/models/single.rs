//! One producer at a time: whoever enters is alone, and sees what the one before did.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{Looker, ring_for, thread, try_produce};
use crate::core::claim::{ProducerMode, Refused};
use crate::core::ring::Ring;
use crate::sync::steps::Step;
use crate::sync::{Shared, UnsafeCell};

fn ring(capacity: usize) -> Shared<Ring> {
    ring_for(ProducerMode::Single, capacity)
}

/// What whoever is inside may touch: loom sees to it that there is one at a time.
struct Inside {
    ring: Shared<Ring>,
    cell: UnsafeCell<u64>,
}

impl Inside {
    /// Whether it was let in.
    fn visit(&self) -> bool {
        let Ok(_producing) = self.ring.enter_as_producer() else { return false };
        // SAFETY: only one is inside at a time; were that wrong, loom would see the race.
        self.cell.with_mut(|visits| unsafe { *visits += 1 });
        true
    }
}

/// The owner goes in and out while others try to take ownership away. The bound is needed: two that are
/// interrupted between taking ownership and entering may take it from each other for ever.
fn visitors(others: usize) -> Model {
    Model::with_sleepers(move || {
        let inside = Inside { ring: ring(1), cell: UnsafeCell::new(0) };
        let inside = Shared::try_new(inside).expect("memory");
        assert!(inside.visit(), "it becomes the owner");
        let others: Vec<_> = (0..others)
            .map(|_| {
                let inside = inside.clone();
                loom::thread::spawn(move || inside.visit())
            })
            .collect();
        inside.visit();
        for other in others {
            other.join().expect("no panic");
        }
        assert!(inside.visit(), "nobody is left inside");
    })
}

fn one_visitor() -> Model {
    visitors(1).up_to(4)
}

fn one_visitor_asymmetric() -> Model {
    visitors(1).asymmetric().up_to(3)
}

fn two_visitors() -> Model {
    visitors(2).up_to(2)
}

/// Two produce, each of them being refused where the other one is inside; a consumer gets what was
/// accepted, and finds it whole.
fn two_producers() -> Model {
    Model::with_sleepers(|| {
        let ring = ring(2);
        let mut consumer = Looker::enter(&ring, 0);
        let producer = thread(&ring, try_produce);
        let own = try_produce(&ring);
        consumer.look(&ring);
        let other = producer.join().expect("no panic");
        consumer.look(&ring);
        let accepted = [own, other].iter().filter(|done| done.is_ok()).count() as u64;
        assert!(accepted > 0, "one of them was first");
        assert!([own, other].iter().all(|done| !matches!(done, Err(Refused::NoRoom))));
        assert_eq!((consumer.next, ring.sequencer.claimed()), (accepted, accepted));
    })
    .up_to(3)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::OwnerFence, one_visitor),
    (Step::OwnerFence, one_visitor_asymmetric),
    (Step::StillOwner, one_visitor),
    (Step::TakerFence, one_visitor),
    (Step::TakerFence, one_visitor_asymmetric),
    (Step::HeavyIsHeavy, one_visitor_asymmetric),
    (Step::OwnerInside, one_visitor),
    (Step::OwnerRelease, one_visitor_asymmetric),
    (Step::OwnerAcquire, one_visitor_asymmetric),
    (Step::TakerAcquire, one_visitor_asymmetric),
    (Step::LeaveRelease, one_visitor_asymmetric),
    (Step::OwnerFence, two_producers),
    (Step::MarkRelease, two_producers),
    (Step::MarkAcquire, two_producers),
];

#[test]
fn one_at_a_time() {
    one_visitor().assert_holds();
    one_visitor_asymmetric().assert_holds();
    two_visitors().assert_holds();
}

#[test]
fn what_the_former_owner_did() {
    two_producers().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
