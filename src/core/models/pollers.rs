//! An event loop sleeps on a poller's descriptor, and misses nothing.

use std::sync::Arc;

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, Noter, claim, disruptor, names, produce, thread};
use crate::core::{ConsumerConfig, Disruptor, Error, ProducerMode};
use crate::sync::steps::Step;

/// Waits for the descriptor, polls once, and again, to the end of the stream.
fn run_event_loop(mut consumer: Looker) -> Vec<u8> {
    consumer.poller.fd().expect("a signal");
    let signal = consumer.poller.signal().expect("just made");
    loop {
        signal.wait_until_raised();
        match consumer.take(0) {
            Ok(()) | Err(Error::Empty) => {}
            Err(Error::Closed) => return std::mem::take(&mut consumer.got),
            Err(other) => panic!("{other}"),
        }
    }
}

fn begin_to_close(disruptor: &Disruptor) {
    // Within no time: the poller is not waited for.
    disruptor.close(0).expect("no thread has to end");
}

/// Elements and a close come at any time.
fn event_loop() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let producer = thread(&whole, |whole| {
            assert!(produce(whole, 0, 0) && produce(whole, 1, 0));
            begin_to_close(whole);
        });
        assert_eq!(run_event_loop(consumer), [0, 1]);
        producer.join().expect("no panic");
    })
    .up_to(2)
}

/// It depends on two others, and has to notice whichever finishes last.
fn behind_two() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let [mut a, mut b] = [(); 2].map(|()| Looker::new(&whole, 0, &[]));
        let ids = [a.poller.id(), b.poller.id()];
        let consumer = Looker::new(&whole, 0, &ids);
        assert!(produce(&whole, 0, 0));
        begin_to_close(&whole);
        let a = thread(&whole, move |_| {
            a.take(0).expect("there is one");
            a
        });
        let b = thread(&whole, move |_| {
            b.take(0).expect("there is one");
            b
        });
        assert_eq!(run_event_loop(consumer), [0]);
        drop((a.join().expect("no panic"), b.join().expect("no panic")));
    })
    .up_to(2)
}

/// Whoever wants the slots that nobody polls visits the poller, whose owner is not turned away.
fn visited() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let claim = claim(&whole, 0).expect("room for one");
        let visitor = thread(&whole, move |whole| {
            whole.abandon(claim, 1).expect("it is open");
            produce(whole, 1, FOREVER)
        });
        let found = consumer.take(0);
        assert!(matches!(found, Ok(()) | Err(Error::Empty)), "{found:?}");
        assert!(visitor.join().expect("no panic"), "the slot is free again");
        consumer.take_all().expect("open");
        assert_eq!(consumer.got, [1]);
    })
    .up_to(3)
}

fn visited_asymmetric() -> Model {
    visited().asymmetric().up_to(2)
}

/// Two threads call for the same poller: they get the same elements one after the other, or one of them is turned away.
fn two_callers() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let poller = Arc::new(whole.poller(&ConsumerConfig::default()).expect("room for it"));
        assert!(produce(&whole, 0, 0));
        let others = poller.clone();
        let other = thread(&whole, move |_| others.poll(0, names));
        let polled = [poller.poll(0, names), other.join().expect("no panic")];
        assert!(polled.iter().any(Result::is_ok), "{polled:?}");
        for found in polled {
            assert!(matches!(found.as_deref(), Ok([0]) | Err(Error::ConcurrentUse)), "{found:?}");
        }
        poller.release(1).expect("one was polled");
    })
    .asymmetric()
}

/// A poller comes whose elements begin behind a claim that is still open, while the consumer that it depends on gets past
/// that: one of the two passes it for the newcomer.
fn newcomer() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let (noter, mut ahead) = (Noter(Arc::default()), 0);
        whole.register(&ConsumerConfig::default(), noter, |id| ahead = id).expect("open");
        assert!(produce(&whole, 0, 0));
        whole.flush(FOREVER).expect("it runs");
        let claim = claim(&whole, 1).expect("room for one");
        let publisher = thread(&whole, move |whole| whole.publish(claim, 1, 1));
        let newcomer = Looker::new(&whole, 0, &[ahead]);
        publisher.join().expect("no panic").expect("it is open");
        whole.close(FOREVER).expect("waits for ever");
        let slowest = whole.0.ring.gates.slowest().map(|(_, finished)| finished);
        assert_eq!(slowest, Some(2), "nobody holds the producers back");
        drop(newcomer);
    })
    .asymmetric()
    .up_to(1)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::NewcomerFence, newcomer),
    (Step::SignalAnnounce, event_loop),
    (Step::SignalFence, event_loop),
    (Step::SignalRaise, event_loop),
    (Step::ArmAgain, behind_two),
    (Step::RaiseFound, event_loop),
    (Step::CountVisit, visited),
    (Step::CountFence, visited_asymmetric),
    (Step::CallerFence, visited_asymmetric),
    (Step::VisitRelease, visited_asymmetric),
    (Step::VisitAcquire, visited_asymmetric),
    (Step::LockRelease, visited_asymmetric),
    (Step::LockAcquire, visited_asymmetric),
    (Step::LockRelease, two_callers),
    (Step::LockAcquire, two_callers),
    (Step::PassSince, visited),
    (Step::SinceFence, visited),
    (Step::VisitFence, visited_asymmetric),
];

#[test]
fn nothing_is_missed() {
    event_loop().assert_holds();
}

#[test]
fn behind_whichever_is_slowest() {
    behind_two().assert_holds();
}

#[test]
fn visitors_are_no_owners() {
    visited().assert_holds();
    visited_asymmetric().assert_holds();
}

#[test]
fn one_caller_at_a_time() {
    two_callers().assert_holds();
}

#[test]
fn who_comes_while_others_pass() {
    newcomer().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
