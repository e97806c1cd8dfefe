//! A flush reaches those who hold elements back for a larger batch.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, disruptor, produce, thread};
use crate::core::{ConsumerConfig, ProducerMode};
use crate::sync::steps::Step;

/// A consumer waits for a second element, which never comes, and does so for ever unless it is told of the flush. Then it
/// leaves, while the flush may still be looking.
fn flush_a_holder() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let config =
            ConsumerConfig { min_batch: 2, linger_ns: FOREVER, ..ConsumerConfig::default() };
        let mut holder = Looker::with(&whole, config);
        assert!(produce(&whole, 0, 0));
        let holding = thread(&whole, move |_| {
            holder.take(FOREVER).expect("open");
            std::mem::take(&mut holder.got)
        });
        whole.flush(FOREVER).expect("open");
        assert_eq!(whole.stats().current_lag, 0, "nothing is left to do");
        assert_eq!(holding.join().expect("no panic"), [0]);
    })
}

pub(super) const TWINS: &[Twin] =
    &[(Step::FlushAsks, flush_a_holder), (Step::FlushRings, flush_a_holder)];

#[test]
fn a_flush_reaches_a_holder() {
    flush_a_holder().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
