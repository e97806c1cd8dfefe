//! Numbers are read at any time, and slow nobody. What they say of each other, and of what was done, holds all the same.

use loom::thread::spawn;

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, disruptor, produce, thread};
use crate::core::ProducerMode;
use crate::core::counters::Counters;
use crate::sync::steps::Step;
use crate::sync::{Shared, Watch};

/// Whoever reads that an element was consumed reads how long it was, and afterwards that it was produced. And a consumer is
/// never further behind on average than it ever was.
fn consumed() -> Model {
    Model::new(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let id = consumer.poller.id();
        let reader = thread(&whole, move |whole| {
            let stats = whole.consumer_stats(id).expect("it is there");
            assert!(stats.consumed <= stats.consumed_bytes, "each has a byte");
            assert!(stats.largest_batch <= stats.consumed, "it was over, and not consumed");
            assert!(stats.average_lag <= stats.max_lag as f64, "further behind than ever");
            let consumed = stats.consumed;
            let stats = whole.stats();
            assert!(consumed <= stats.produced, "consumed, and never produced");
            assert!(stats.average_lag <= stats.max_lag as f64, "further behind than ever");
        });
        assert!(produce(&whole, 0, 0));
        consumer.take(0).expect("there is one");
        reader.join().expect("no panic");
    })
    .up_to(2)
}

/// A consumer that is never further behind than one is no further behind on average.
fn average() -> Model {
    Model::new(|| {
        let counters = Shared::try_new(Counters::default()).expect("memory");
        let readers = counters.clone();
        let reader = spawn(move || readers.average_lag());
        (1..=2).for_each(|now| counters.batch_begins(1, now));
        let average = reader.join().expect("no panic");
        assert!(average <= 1.0, "{average} on average");
    })
}

/// Who is never further behind than one is never said to be, however far it gets while somebody looks.
fn behind() -> Model {
    Model::new(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let reader = thread(&whole, |whole| {
            assert!(whole.stats().current_lag <= 1, "further behind than it ever was");
        });
        assert!(produce(&whole, 0, 0));
        consumer.take(0).expect("there is one");
        assert!(produce(&whole, 1, 0));
        reader.join().expect("no panic");
    })
    .up_to(2)
}

/// Whoever reads that a producer waits may destroy the disruptor, whose handle that one has looked at.
fn waiting() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let consumer = Looker::new(&whole, 0, &[]);
        assert!(produce(&whole, 0, 0));
        let handle = Shared::try_new(Watch::new(1)).expect("memory");
        let producers = handle.clone();
        let producer = thread(&whole, move |whole| {
            producers.read(0);
            produce(whole, 1, FOREVER)
        });
        if whole.stats().producer_blocked_count > 0 {
            handle.written(0);
        }
        whole.close(0).expect("no thread has to end");
        producer.join().expect("no panic");
        drop(consumer);
    })
    .asymmetric()
    .up_to(2)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::CountRelease, consumed),
    (Step::CountAcquire, consumed),
    (Step::CountRelease, average),
    (Step::CountAcquire, average),
    (Step::LagFromNow, behind),
    (Step::BlockedRelease, waiting),
    (Step::BlockedAcquire, waiting),
];

#[test]
fn what_was_consumed_was_produced() {
    consumed().assert_holds();
}

#[test]
fn an_average_is_no_more_than_the_most() {
    average().assert_holds();
}

#[test]
fn nobody_is_further_behind_than_it_ever_was() {
    behind().assert_holds();
}

#[test]
fn who_waits_has_looked_at_the_handle() {
    waiting().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
