//! An event loop sleeps on a poller's descriptor, and misses nothing.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, claim, disruptor, produce, thread};
use crate::core::{Disruptor, Error, ProducerMode};
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

pub(super) const TWINS: &[Twin] = &[
    (Step::SignalAnnounce, event_loop),
    (Step::SignalFence, event_loop),
    (Step::SignalRaise, event_loop),
    (Step::ArmAgain, behind_two),
    (Step::RaiseFound, event_loop),
    (Step::CountVisit, visited),
    (Step::PassSince, visited),
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
fn twins_fail() {
    assert_fail(TWINS);
}
