//! A consumer with a thread is told to leave, whatever it is doing, and nobody waits for it any more.

use std::sync::{Arc, Mutex};

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Noter, disruptor, produce, thread};
use crate::core::{ConsumerConfig, ProducerMode};
use crate::sync::steps::Step;

/// A producer fills the ring and waits for room, which the last consumer makes by reading or by leaving; then claims are
/// refused.
fn told_to_leave(mode: ProducerMode) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(mode, 1);
        let got = Arc::new(Mutex::new(Vec::new()));
        let (noter, mut consumer) = (Noter(got.clone()), 0);
        whole.register(&ConsumerConfig::default(), noter, |id| consumer = id).expect("open");
        let producer = thread(&whole, |whole| {
            (0..2).take_while(|&name| produce(whole, name, FOREVER)).count()
        });
        whole.unregister(consumer, FOREVER).expect("waits for ever");
        let is_gone = whole.0.ring.gates.slowest().is_none();
        assert!(is_gone, "it holds nobody back");
        let accepted = producer.join().expect("no panic");
        let got = got.lock().expect("no panic");
        assert!(got.len() <= accepted && got.iter().copied().eq(0..got.len() as u8), "in order");
        assert!(!produce(&whole, 2, FOREVER), "nobody is left");
    })
    .up_to(2)
}

fn told_to_leave_multi() -> Model {
    told_to_leave(ProducerMode::Multi)
}

fn told_to_leave_single() -> Model {
    told_to_leave(ProducerMode::Single)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::AskRings, told_to_leave_multi),
    (Step::AskRings, told_to_leave_single),
    (Step::LeaveRings, told_to_leave_multi),
];

#[test]
fn nobody_waits_for_who_left() {
    told_to_leave_multi().assert_holds();
    told_to_leave_single().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
