//! Publication without a call. `disruptor_claim_publish` in the header publishes bit by bit by itself, where
//! nobody has to be told. Its steps stand here once more, in Rust, on the very words that it is given;
//! each can be left out. That the header takes the same steps only reading shows.

use super::explorer::Model;
use super::whole::{FOREVER, Looker, Whole, disruptor, fill_claim, thread};
use crate::core::ProducerMode::{self, Multi, Single};
use crate::core::claim::Publication;
use crate::core::{Disruptor, Error};
use crate::sync::fences::light;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// What a twin does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOut {
    Nothing,
    /// The claim says that a piece of it is on its way ...
    Announce,
    /// ... and stays open meanwhile as far as numbers go.
    StillOpen,
    /// A fence between that and the look for a halt ...
    HaltFence,
    /// ... and that look.
    HaltLook,
    /// The rest is a claim before the whole is none any more ...
    RestFirst,
    /// ... and whoever sees the one sees the other.
    ClearRelease,
    /// The whole is none any more before its elements can be read.
    ClearFirst,
    /// The elements' bytes come before their publication.
    PublishRelease,
    /// A fence between publication and the look for sleepers ...
    SleepFence,
    /// ... and for holders: that look.
    SleepLook,
}

/// A claim of two, of which the first is published.
const COUNT: u32 = 2;

/// Beside a claim's count: as in `claim/open.rs`, and in the header.
const ON_ITS_WAY: u32 = 1 << 30;

/// `disruptor_claim_publish`, of the first of two. Without what is for its thread alone: lengths, forks, and
/// claims that are none.
fn publish_one(whole: &Disruptor, first: u64, left_out: LeftOut) -> Result<(), Error> {
    let words = Words::of(whole);
    let keeps = |step| left_out != step;
    let release = |step| if keeps(step) { Ordering::Release } else { Ordering::Relaxed };
    let (open_count, rest) = (words.open_count(first), words.open_count(first + 1));
    let publish = || words.publish(first, release(LeftOut::PublishRelease));
    let open_rest = || rest.store(COUNT - 1, Ordering::Relaxed);

    if keeps(LeftOut::Announce) {
        let announced = if keeps(LeftOut::StillOpen) { COUNT | ON_ITS_WAY } else { 0 };
        open_count.store(announced, Ordering::Relaxed);
    }
    if keeps(LeftOut::HaltFence) {
        light();
    }
    if words.holders.load(Ordering::Relaxed) != 0 && keeps(LeftOut::HaltLook) {
        open_count.store(COUNT, Ordering::Release);
        return whole.publish(first, COUNT as usize, 1);
    }
    if keeps(LeftOut::RestFirst) {
        open_rest();
    }
    if !keeps(LeftOut::ClearFirst) {
        publish();
    }
    open_count.store(0, release(LeftOut::ClearRelease));
    if !keeps(LeftOut::RestFirst) {
        open_rest();
    }
    if keeps(LeftOut::ClearFirst) {
        publish();
    }
    if keeps(LeftOut::SleepFence) {
        light();
    }
    let has_to_tell =
        words.asleep.load(Ordering::Relaxed) || words.holders.load(Ordering::Relaxed) != 0;
    if has_to_tell && keeps(LeftOut::SleepLook) {
        whole.wake();
    }
    Ok(())
}

/// What the header is given (`DirectPath`), as the atomics that they are.
struct Words<'a> {
    publication: Publication,
    open_counts: *mut u32,
    mask: usize,
    holders: &'a AtomicUsize,
    asleep: &'a AtomicBool,
}

impl<'a> Words<'a> {
    fn of(whole: &'a Disruptor) -> Self {
        let ring = &whole.0.ring;
        let publication = ring.sequencer.publication();
        let open_counts = ring.sequencer.open_counts();
        let mask = ring.slots.shape().slots - 1;
        // SAFETY: atomics of the ring's, which the disruptor keeps.
        let holders = unsafe { &*ring.control.holders().cast::<AtomicUsize>() };
        // SAFETY: as above.
        let asleep = unsafe { &*ring.asleep().cast::<AtomicBool>() };
        Self { publication, open_counts, mask, holders, asleep }
    }

    fn by_slot(&self, base: *mut u32, at: u64) -> &'a AtomicU32 {
        // SAFETY: as in `of`, and there is one for each slot.
        unsafe { &*base.cast::<AtomicU32>().add(at as usize & self.mask) }
    }

    fn open_count(&self, first: u64) -> &'a AtomicU32 {
        self.by_slot(self.open_counts, first)
    }

    fn publish(&self, at: u64, order: Ordering) {
        match self.publication {
            Publication::Marks { marks, laps_from } => {
                self.by_slot(marks, at).store((at >> laps_from) as u32, order);
            }
            Publication::Position(published) => {
                // SAFETY: as in `of`.
                unsafe { (*published.cast::<AtomicU64>()).store(at + 1, order) };
            }
        }
    }
}

/// Claims two slots and writes to them.
fn claim_two(whole: &Whole) -> u64 {
    let claim = whole.claim(COUNT as usize, 0).expect("room for two");
    fill_claim(whole, &claim, 0);
    claim.first_sequence
}

fn publish_rest(whole: &Whole, first: u64) {
    whole.publish(first + 1, 1, 1).expect("it is open");
}

/// A halt: what is published counts as accepted, and as missed, or not at all.
fn halted(mode: ProducerMode, left_out: LeftOut) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(mode, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let first = claim_two(&whole);
        let caller = thread(&whole, move |whole| publish_one(whole, first, left_out).is_ok());
        let missed = whole.halt(FOREVER).expect("waits for ever");
        let accepted = u64::from(caller.join().expect("no panic"));
        assert_eq!(missed, accepted, "exactly what was accepted");
        assert_eq!(whole.stats().produced, accepted);
        drop(consumer);
    })
    .asymmetric()
    .up_to(3)
}

/// A consumer sleeps, or is about to: it is woken, and gets a whole element.
fn woken(mode: ProducerMode, left_out: LeftOut) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(mode, 2);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let consumer = thread(&whole, move |_| {
            consumer.take(FOREVER).expect("open");
            consumer
        });
        let first = claim_two(&whole);
        publish_one(&whole, first, left_out).expect("it is open");
        let consumer = consumer.join().expect("no panic");
        assert_eq!(consumer.got, [0]);
        publish_rest(&whole, first);
    })
    .asymmetric()
    .up_to(3)
}

/// The slot is used again at once, by another claim, which stays open until it is published.
fn used_again(left_out: LeftOut) -> Model {
    Model::new(move || {
        let whole = disruptor(Multi, 2);
        let mut consumer = Looker::new(&whole, 0, &[]);
        let first = claim_two(&whole);
        let other = thread(&whole, move |whole| {
            let _ = consumer.take(0);
            if let Ok(next) = whole.claim(1, 0) {
                fill_claim(whole, &next, 2);
                whole.publish(next.first_sequence, 1, 1).expect("it is open");
            }
            consumer
        });
        publish_one(&whole, first, left_out).expect("it is open");
        publish_rest(&whole, first);
        let mut consumer = other.join().expect("no panic");
        consumer.take_all().expect("open");
        assert!(consumer.got.starts_with(&[0, 1]), "in the order of the stream");
    })
    .asymmetric()
    .up_to(3)
}

/// Whoever reads the numbers meanwhile never counts what is still claimed.
fn counted(mode: ProducerMode, left_out: LeftOut) -> Model {
    Model::new(move || {
        let whole = disruptor(mode, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let first = claim_two(&whole);
        let reader = thread(&whole, |whole| whole.stats().produced);
        publish_one(&whole, first, left_out).expect("it is open");
        assert!(reader.join().expect("no panic") <= 1, "the rest is not accepted");
        assert_eq!(whole.stats().produced, 1);
        drop(consumer);
        whole.abandon(first + 1, 1).expect("it is open");
    })
    .asymmetric()
}

/// Not even for the moment before it finds a halt.
fn counted_at_halt(left_out: LeftOut) -> Model {
    Model::new(move || {
        let whole = disruptor(Multi, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let first = claim_two(&whole);
        let caller = thread(&whole, move |whole| publish_one(whole, first, left_out).is_ok());
        let reader = thread(&whole, |whole| whole.stats().produced);
        whole.0.ring.halt();
        let accepted = u64::from(caller.join().expect("no panic"));
        assert!(reader.join().expect("no panic") <= accepted, "what is given up never counts");
        let _ = consumer;
    })
    .asymmetric()
    .up_to(1)
}

#[test]
fn counts_or_does_not() {
    halted(Multi, LeftOut::Nothing).assert_holds();
    halted(Single, LeftOut::Nothing).assert_holds();
}

#[test]
fn wakes_who_sleeps() {
    woken(Multi, LeftOut::Nothing).assert_holds();
    woken(Single, LeftOut::Nothing).assert_holds();
}

#[test]
fn leaves_the_slot_to_the_next() {
    used_again(LeftOut::Nothing).assert_holds();
}

#[test]
fn numbers_meanwhile() {
    counted(Multi, LeftOut::Nothing).assert_holds();
    counted(Single, LeftOut::Nothing).assert_holds();
    counted_at_halt(LeftOut::Nothing).assert_holds();
}

#[test]
fn twins_fail() {
    for mode in [Multi, Single] {
        halted(mode, LeftOut::Announce).assert_fails();
        halted(mode, LeftOut::HaltFence).assert_fails();
        halted(mode, LeftOut::HaltLook).assert_fails();
        woken(mode, LeftOut::SleepFence).assert_fails();
        woken(mode, LeftOut::SleepLook).assert_fails();
        woken(mode, LeftOut::PublishRelease).assert_fails();
        counted(mode, LeftOut::RestFirst).assert_fails();
        counted(mode, LeftOut::ClearRelease).assert_fails();
    }
    counted_at_halt(LeftOut::StillOpen).assert_fails();
    used_again(LeftOut::ClearFirst).assert_fails();
}
