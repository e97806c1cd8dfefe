//! Those who hold elements back for a larger batch are told when somebody waits for them to let go.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, Whole, disruptor, produce, thread};
use crate::core::{ConsumerConfig, Error, ProducerMode};
use crate::sync::steps::Step;

/// A consumer that keeps elements until there are `least`.
fn holder(whole: &Whole, least: usize) -> Looker {
    let (min_batch, linger_ns) = (least, FOREVER);
    Looker::with(whole, ConsumerConfig { min_batch, linger_ns, ..ConsumerConfig::default() })
}

/// A consumer waits for a second element, which never comes, and does so for ever unless it is told of the flush. Then it
/// leaves, while the flush may still be looking.
fn flush_a_holder() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let mut holder = holder(&whole, 2);
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

/// A producer waits for both slots, while a group gets a second member, which would keep the element until there are two.
/// The first one does nothing, as a poller may.
fn a_holder_comes_to_a_group() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let group = ConsumerConfig { group: 1, ..ConsumerConfig::default() };
        let first = Looker::with(&whole, group.clone());
        assert!(produce(&whole, 0, 0));
        let producer = thread(&whole, |whole| {
            let claim = whole.claim(2, FOREVER).expect("open");
            whole.abandon(claim.first_sequence, 2).expect("it is open");
        });
        let mut holder =
            Looker::with(&whole, ConsumerConfig { min_batch: 2, linger_ns: FOREVER, ..group });
        holder.take(FOREVER).expect("open");
        assert_eq!(holder.got, [0]);
        producer.join().expect("no panic");
        drop(first);
    })
    .up_to(2)
}

/// Two producers claim the last two slots but want three, while a consumer holds back the element in front of them: whoever
/// comes second needs the place of that element, and the first one keeps its claim until then.
fn a_claim_is_kept_while_another_one_waits() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 3);
        let mut holder = holder(&whole, 3);
        assert!(produce(&whole, 0, 0));
        let claiming = [1, 2].map(|count| {
            thread(&whole, move |whole| whole.claim(count, FOREVER).expect("open").first_sequence)
        });
        let holding = thread(&whole, move |_| {
            holder.take(FOREVER).expect("open");
            holder
        });
        let firsts = claiming.map(|claim| claim.join().expect("no panic"));
        assert!(firsts == [1, 2] || firsts == [3, 1], "one after the other");
        assert_eq!(holding.join().expect("no panic").got, [0]);
    })
    .asymmetric()
    .up_to(2)
}

/// A member holds one element back, while another one finishes the two in front of it, and two more come. So of four slots
/// never more than three are in use.
fn the_others_make_room() -> Model {
    Model::new(|| {
        let whole = disruptor(ProducerMode::Multi, 4);
        let mut front = Looker::new(&whole, 0, &[]);
        let depends_on = &[front.poller.id()][..];
        let group = ConsumerConfig { group: 1, depends_on, ..ConsumerConfig::default() };
        let mut other = Looker::with(&whole, group.clone());
        let mut holder =
            Looker::with(&whole, ConsumerConfig { min_batch: 2, linger_ns: FOREVER, ..group });
        assert!(produce(&whole, 0, 0) && produce(&whole, 1, 0));
        front.take(0).expect("there are two");
        other.poll(0).expect("there are two");
        assert!(produce(&whole, 2, 0));
        front.take(0).expect("there is one");
        let others = thread(&whole, move |whole| {
            other.release().expect("both");
            assert!(produce(whole, 3, 0) && produce(whole, 4, 0));
            other
        });
        assert_eq!(holder.poll(0), Err(Error::Empty));
        others.join().expect("no panic");
    })
    .up_to(2)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::FlushAsks, flush_a_holder),
    (Step::FlushRings, flush_a_holder),
    (Step::HolderRings, a_holder_comes_to_a_group),
    (Step::OpenedRings, a_claim_is_kept_while_another_one_waits),
    (Step::OpenedFence, a_claim_is_kept_while_another_one_waits),
    (Step::WantedFence, a_claim_is_kept_while_another_one_waits),
];

#[test]
fn a_flush_reaches_a_holder() {
    flush_a_holder().assert_holds();
}

#[test]
fn a_holder_hears_of_who_waits_already() {
    a_holder_comes_to_a_group().assert_holds();
}

#[test]
fn a_holder_does_not_wait_for_what_is_kept() {
    a_claim_is_kept_while_another_one_waits().assert_holds();
}

#[test]
fn a_holder_lets_go_in_a_full_ring_only() {
    the_others_make_room().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
