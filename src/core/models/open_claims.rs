//! Claims in callers' hands: published in any order, abandoned, handed in twice.

use loom::thread::JoinHandle;

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, Whole, claim, disruptor, fill_claim, produce, thread};
use crate::core::ProducerMode::{self, Multi, Single};
use crate::sync::steps::Step;

/// A consumer that looks while the rest goes on.
fn looking(whole: &Whole) -> JoinHandle<Looker> {
    let mut consumer = Looker::new(whole, 0, &[]);
    thread(whole, move |_| {
        consumer.take_all().expect("open");
        consumer
    })
}

/// The second of two claims is published first, by another thread where there may be several; a consumer
/// gets them in the order of the stream.
fn out_of_order(mode: ProducerMode) -> Model {
    Model::new(move || {
        let whole = disruptor(mode, 2);
        let consumer = looking(&whole);
        let [first, second] = [0, 1].map(|name| claim(&whole, name).expect("room for two"));
        if mode == Multi {
            let other = thread(&whole, move |whole| whole.publish(second, 1, 1));
            whole.publish(first, 1, 1).expect("it is open");
            other.join().expect("no panic").expect("it is open");
        } else {
            whole.publish(second, 1, 1).expect("it is open");
            whole.publish(first, 1, 1).expect("it is open");
        }
        let mut consumer = consumer.join().expect("no panic");
        consumer.take_all().expect("open");
        assert_eq!(consumer.got, [0, 1]);
        assert_eq!(whole.stats().produced, 2);
    })
    .up_to(2)
}

// Asymmetric, because a full fence before publishing would release what was written before it.

fn out_of_order_multi() -> Model {
    out_of_order(Multi).asymmetric()
}

fn out_of_order_single() -> Model {
    out_of_order(Single).asymmetric()
}

/// One of two is abandoned while the other one is published; the consumer skips it, and its slot is
/// used again.
fn abandoned(mode: ProducerMode) -> Model {
    Model::new(move || {
        let whole = disruptor(mode, 2);
        let consumer = looking(&whole);
        let [first, second] = [0, 1].map(|name| claim(&whole, name).expect("room for two"));
        whole.publish(second, 1, 1).expect("it is open");
        whole.abandon(first, 1).expect("it is open");
        let third = claim(&whole, 2);
        if let Some(third) = third {
            whole.publish(third, 1, 1).expect("it is open");
        }
        let mut consumer = consumer.join().expect("no panic");
        consumer.take_all().expect("open");
        let expected: &[u8] = if third.is_some() { &[1, 2] } else { &[1] };
        assert_eq!(consumer.got, expected);
        assert_eq!(whole.stats().produced, expected.len() as u64);
    })
    .up_to(3)
}

fn abandoned_multi() -> Model {
    abandoned(Multi)
}

fn abandoned_single() -> Model {
    abandoned(Single)
}

/// Two threads hand in the same claim: one of them is right.
fn handed_in_twice(mode: ProducerMode) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(mode, 1);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let claim = claim(&whole, 0).expect("room for one");
        let other = thread(&whole, move |whole| whole.publish(claim, 1, 1).is_ok());
        let own = whole.publish(claim, 1, 1).is_ok();
        let other = other.join().expect("no panic");
        assert!(!(own && other), "only one of them was right");
        let refused = mode == Single && !own && !other;
        assert!(own || other || refused, "one of them was right, or there was a crowd");
        consumer.take_all().expect("open");
        assert_eq!(consumer.got.len(), usize::from(!refused));
        assert_eq!(whole.stats().produced, u64::from(!refused));
    })
    .up_to(3)
}

fn handed_in_twice_multi() -> Model {
    handed_in_twice(Multi)
}

fn handed_in_twice_single() -> Model {
    handed_in_twice(Single)
}

/// One thread publishes a claim and another one gives it up: whoever was late never looks at its slots.
fn published_and_abandoned() -> Model {
    Model::new(|| {
        let whole = disruptor(Multi, 1);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let claim = claim(&whole, 0).expect("room for one");
        let other = thread(&whole, move |whole| whole.abandon(claim, 1).is_ok());
        let published = whole.publish(claim, 1, 1).is_ok();
        let abandoned = other.join().expect("no panic");
        assert!(published != abandoned, "exactly one of them was right");
        consumer.take_all().expect("open");
        assert_eq!(consumer.got.len(), usize::from(published));
        assert_eq!(whole.stats().produced, u64::from(published));
    })
    .up_to(3)
}

/// A claim is handed in by a thread that guessed it, as soon as it is open: the claim itself tells that thread what is in
/// the slot, which has had another length before.
fn guessed() -> Model {
    Model::new(|| {
        let whole = disruptor(Multi, 1);
        let mut consumer = Looker::new(&whole, 0, &[]);
        assert!(produce(&whole, 0, 0));
        consumer.take(0).expect("there is one");
        let other = thread(&whole, |whole| whole.publish(1, 1, 1).is_ok());
        whole.claim(1, 0).expect("room for one");
        let is_published = other.join().expect("no panic");
        consumer.take_all().expect("open");
        assert_eq!(consumer.got.len(), 1 + usize::from(is_published));
    })
    .asymmetric()
}

/// A claim is handed in twice, and the one that is late finds a later claim in its slot, which a third one guesses: that
/// goes on as if nothing had been, and tells of the slot's length, which was another one.
fn handed_in_late() -> Model {
    Model::new(|| {
        let whole = disruptor(Multi, 1);
        let mut consumer = Looker::new(&whole, 0, &[]);
        assert!(produce(&whole, 0, 0));
        consumer.take(0).expect("there is one");
        // As opened by a call, by a caller who wrote the length of the element before.
        let short = whole.0.ring.try_claim(1, 1).expect("room for one");
        whole.0.ring.sequencer.open(&short);
        let late = thread(&whole, |whole| whole.publish(1, 1, 1).is_ok());
        let other = thread(&whole, |whole| whole.publish(2, 1, 1).is_ok());
        let is_mine = whole.publish(1, 1, 1).is_ok();
        if is_mine {
            consumer.take(0).expect("there is one");
            whole.claim(1, 0).expect("room for one");
        }
        let was_late = !late.join().expect("no panic");
        assert_eq!(was_late, is_mine, "one of the two was right");
        let is_published = other.join().expect("no panic");
        if is_mine && !is_published {
            whole.publish(2, 1, 1).expect("it is open again");
        }
        consumer.take_all().expect("open");
        assert_eq!(consumer.got.len(), 2 + usize::from(is_mine));
    })
    .asymmetric()
    .up_to(3)
}

/// A single producer gives up the second of three claims: it never counts as accepted, though it is done with before the
/// first one. How far claims are done with tells nothing of it, because the third one was published already.
fn given_up_behind() -> Model {
    Model::new(|| {
        let whole = disruptor(Single, 4);
        let consumer = Looker::new(&whole, 0, &[]);
        let [_, second, third] = [0, 1, 2].map(|name| claim(&whole, name).expect("room for four"));
        whole.publish(third, 1, 1).expect("it is open");
        let reader = thread(&whole, |whole| whole.0.ring.accepted());
        whole.abandon(second, 1).expect("it is open");
        assert!(reader.join().expect("no panic") <= 1);
        drop(consumer);
    })
    .asymmetric()
}

/// As `given_up_behind`, of the last claim, a lap later: in its slot a claim was published before the one in front of it,
/// and forgotten since.
fn given_up_a_lap_later() -> Model {
    Model::new(|| {
        let whole = disruptor(Single, 2);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let [first, second] = [0, 1].map(|name| claim(&whole, name).expect("room for two"));
        whole.publish(second, 1, 1).expect("it is open");
        let reader = thread(&whole, |whole| whole.0.ring.accepted());
        whole.publish(first, 1, 1).expect("it is open");
        consumer.take_all().expect("open");
        let [_, fourth] = [2, 3].map(|name| claim(&whole, name).expect("room for two again"));
        whole.abandon(fourth, 1).expect("it is open");
        assert!(reader.join().expect("no panic") <= 2);
    })
    .asymmetric()
    .up_to(1)
}

/// After a close a single producer publishes a part of its claim, which was the second one and now is the first, while all is
/// halted: that part counts as accepted, and as missed, or not at all.
fn first_by_now() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(Single, 3);
        let consumer = Looker::new(&whole, 0, &[]);
        let first = claim(&whole, 0).expect("room for three");
        let second = whole.claim(2, 0).expect("room for three");
        fill_claim(&whole, &second, 1);
        // So that nobody has to see the producer leave to know the end.
        assert!(whole.close(0).is_err(), "claims are open");
        whole.publish(first, 1, 1).expect("it is open");
        let second = second.first_sequence;
        let caller = thread(&whole, move |whole| whole.publish(second, 2, 1).is_ok());
        let missed = whole.halt(FOREVER).expect("waits for ever");
        let accepted = 1 + u64::from(caller.join().expect("no panic"));
        assert_eq!(missed, accepted, "exactly what was accepted");
        assert_eq!(whole.stats().produced, accepted);
        drop(consumer);
    })
    .asymmetric()
    .up_to(2)
}

/// A single producer published the second of two claims, and gives the first one up while all is halted: the second one
/// counts, all the same.
fn in_front_is_given_up() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(Single, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let [first, second] = [0, 1].map(|name| claim(&whole, name).expect("room for two"));
        whole.publish(second, 1, 1).expect("it is open");
        let caller = thread(&whole, move |whole| whole.abandon(first, 1).expect("it is open"));
        let missed = whole.halt(FOREVER).expect("waits for ever");
        caller.join().expect("no panic");
        assert_eq!(missed, 1, "exactly what was accepted");
        drop(consumer);
    })
    .asymmetric()
    .up_to(2)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::TakenOnce, handed_in_twice_multi),
    (Step::OpenRelease, guessed),
    (Step::HandInAcquire, guessed),
    (Step::PutBackRelease, handed_in_late),
    (Step::LaterRelease, given_up_behind),
    (Step::LaterAcquire, given_up_behind),
    (Step::LastRelease, given_up_a_lap_later),
    (Step::LastAcquire, given_up_a_lap_later),
    (Step::FrontRelease, first_by_now),
    (Step::FrontAcquire, first_by_now),
    (Step::ForgetRelease, in_front_is_given_up),
    (Step::MarkRelease, out_of_order_multi),
    (Step::MarkRelease, out_of_order_single),
    (Step::MarkAcquire, out_of_order_single),
];

#[test]
fn published_in_any_order() {
    out_of_order_multi().assert_holds();
    out_of_order_single().assert_holds();
}

#[test]
fn abandoned_and_skipped() {
    abandoned_multi().assert_holds();
    abandoned_single().assert_holds();
}

#[test]
fn one_of_two_is_right() {
    handed_in_twice_multi().assert_holds();
    handed_in_twice_single().assert_holds();
    published_and_abandoned().assert_holds();
}

#[test]
fn another_thread_hands_it_in() {
    guessed().assert_holds();
}

#[test]
fn too_late() {
    handed_in_late().assert_holds();
}

#[test]
fn given_up_before_the_one_in_front() {
    given_up_behind().assert_holds();
    given_up_a_lap_later().assert_holds();
}

#[test]
fn counted_at_a_halt() {
    first_by_now().assert_holds();
    in_front_is_given_up().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
