//! Publication without a call. `disruptor_claim_publish` in the header publishes bit by bit by itself, where
//! nobody has to be told. Its steps stand here once more, in Rust, on the very words that it is given;
//! each can be left out. That the header takes the same steps only reading shows.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, Whole, disruptor, fill_claim, produce, thread};
use crate::core::ProducerMode::{self, Multi, Single};
use crate::core::claim::Publication;
use crate::core::{ConsumerConfig, Disruptor, Error};
use crate::sync::fences::light;
use crate::sync::steps::Step;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// What a twin does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOut {
    Nothing,
    /// The claim says that a piece of it is on its way.
    Announce,
    /// A fence between that and the look for a halt ...
    HaltedFence,
    /// ... and that look.
    HaltLook,
    /// Where there was one, the claim says so no more.
    TakeBack,
    /// The rest is a claim.
    Rest,
    /// It is a claim no more before its elements can be read, and the slot may be another one's.
    ClearFirst,
    /// The elements' bytes come before their publication.
    PublishRelease,
    /// A fence between publication and the look for sleepers ...
    SleepFence,
    /// ... and for more to do: that look.
    SleepLook,
}

impl LeftOut {
    fn release(self, step: Self) -> Ordering {
        if self == step { Ordering::Relaxed } else { Ordering::Release }
    }
}

/// A claim of two, of which the first is published.
const COUNT: u32 = 2;

/// Beside a claim's count: as in `claim/open.rs`, and in the header.
const ON_ITS_WAY: u32 = 1 << 30;

/// `disruptor_claim_publish`, of the first of two. Without what is for its thread alone: lengths, forks, and
/// claims that are none.
fn publish_one(whole: &Disruptor, first: u64, left_out: LeftOut) -> Result<(), Error> {
    let ring = &whole.0.ring;
    let mask = ring.slots.shape().slots - 1;
    // SAFETY: an atomic of the ring's, which the disruptor keeps.
    let must_call = unsafe { &*ring.control.must_call().cast::<AtomicUsize>() };
    // SAFETY: as above.
    let asleep = unsafe { &*ring.asleep().cast::<AtomicBool>() };
    let is_published = match ring.sequencer.publication() {
        Publication::Position { published, front } => {
            // SAFETY: as above; there are two words of the front.
            let (published, announced) = unsafe { (word(published), word(front)) };
            publish_front(published, announced, must_call, first, left_out)
        }
        Publication::Marks { marks, laps_from, open_counts } => {
            // SAFETY: as above; there is one of each for each slot.
            let by_slot = |base: *mut u32, at: u64| unsafe {
                &*base.cast::<AtomicU32>().add(at as usize & mask)
            };
            let mark = || (by_slot(marks, first), (first >> laps_from) as u32);
            let counts = [first, first + 1].map(|at| by_slot(open_counts, at));
            publish_marks(mark(), counts, must_call, left_out)
        }
    };
    if !is_published {
        return whole.publish(first, COUNT as usize, 1);
    }
    if left_out != LeftOut::SleepFence {
        light();
    }
    let has_to_tell = asleep.load(Ordering::Relaxed) || must_call.load(Ordering::Relaxed) != 0;
    if has_to_tell && left_out != LeftOut::SleepLook {
        whole.wake(first + 1, COUNT as usize - 1)?;
    }
    Ok(())
}

/// # Safety
/// It is an atomic that the disruptor keeps.
unsafe fn word<'a>(word: *mut u64) -> &'a AtomicU64 {
    // SAFETY: promised by the caller.
    unsafe { &*word.cast() }
}

/// `disruptor_direct_front`: a single producer's.
fn publish_front(
    published: &AtomicU64,
    announced: &AtomicU64,
    must_call: &AtomicUsize,
    first: u64,
    left_out: LeftOut,
) -> bool {
    let keeps = |step| left_out != step;
    let announce = || announced.store(first + 1, Ordering::Relaxed);
    if keeps(LeftOut::Announce) {
        announce();
    }
    if keeps(LeftOut::HaltedFence) {
        light();
    }
    if must_call.load(Ordering::Relaxed) != 0 && keeps(LeftOut::HaltLook) {
        if keeps(LeftOut::TakeBack) {
            announced.store(first, Ordering::Relaxed);
        }
        return false;
    }
    if !keeps(LeftOut::Announce) {
        announce();
    }
    published.store(first + 1, left_out.release(LeftOut::PublishRelease));
    true
}

/// `disruptor_direct_marks`: one of several producers'.
fn publish_marks(
    (mark, lap): (&AtomicU32, u32),
    [open_count, rest]: [&AtomicU32; 2],
    must_call: &AtomicUsize,
    left_out: LeftOut,
) -> bool {
    let keeps = |step| left_out != step;
    let publish = || mark.store(lap, left_out.release(LeftOut::PublishRelease));
    if keeps(LeftOut::Announce) {
        open_count.store(COUNT | ON_ITS_WAY, Ordering::Relaxed);
    }
    if keeps(LeftOut::HaltedFence) {
        light();
    }
    if must_call.load(Ordering::Relaxed) != 0 && keeps(LeftOut::HaltLook) {
        if keeps(LeftOut::TakeBack) {
            open_count.store(COUNT, Ordering::Release);
        }
        return false;
    }
    if keeps(LeftOut::Rest) {
        rest.store(COUNT - 1, Ordering::Relaxed);
    }
    if !keeps(LeftOut::ClearFirst) {
        publish();
    }
    open_count.store(0, Ordering::Relaxed);
    if keeps(LeftOut::ClearFirst) {
        publish();
    }
    true
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
fn counted(mode: ProducerMode) -> Model {
    Model::new(move || {
        let whole = disruptor(mode, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let first = claim_two(&whole);
        let reader = thread(&whole, |whole| whole.stats().produced);
        publish_one(&whole, first, LeftOut::Nothing).expect("it is open");
        assert!(reader.join().expect("no panic") <= 1, "the rest is not accepted");
        assert_eq!(whole.stats().produced, 1);
        drop(consumer);
        whole.abandon(first + 1, 1).expect("it is open");
    })
    .asymmetric()
}

/// Not even for the moment before it finds a halt.
fn counted_at_halt(mode: ProducerMode) -> Model {
    Model::new(move || {
        let whole = disruptor(mode, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let first = claim_two(&whole);
        let caller =
            thread(&whole, move |whole| publish_one(whole, first, LeftOut::Nothing).is_ok());
        let reader = thread(&whole, |whole| whole.stats().produced);
        whole.0.ring.halt();
        let accepted = u64::from(caller.join().expect("no panic"));
        assert!(reader.join().expect("no panic") <= accepted, "what is given up never counts");
        let _ = consumer;
    })
    .asymmetric()
    .up_to(1)
}

/// A consumer holds an element back, another thread waits for its place, and so the publication is refused: that thread
/// gets the place all the same.
fn refused() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(Single, 3);
        let config =
            ConsumerConfig { min_batch: 3, linger_ns: FOREVER, ..ConsumerConfig::default() };
        let mut holder = Looker::with(&whole, config);
        assert!(produce(&whole, 7, 0));
        let first = claim_two(&whole);
        let other = thread(&whole, |whole| {
            if whole.claim(1, FOREVER).is_err() {
                // It was this one that was refused.
                let _ = whole.flush(0);
            }
        });
        let caller = thread(&whole, move |whole| {
            let _ = publish_one(whole, first, LeftOut::Nothing);
        });
        holder.take(FOREVER).expect("open");
        other.join().expect("no panic");
        caller.join().expect("no panic");
    })
    .asymmetric()
    .up_to(2)
}

pub(super) const TWINS: &[Twin] = &[(Step::RefusedRings, refused)];

#[test]
fn tells_when_it_is_refused() {
    refused().assert_holds();
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
    counted(Multi).assert_holds();
    counted(Single).assert_holds();
    counted_at_halt(Multi).assert_holds();
    counted_at_halt(Single).assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
    for mode in [Multi, Single] {
        halted(mode, LeftOut::Announce).assert_fails();
        halted(mode, LeftOut::HaltedFence).assert_fails();
        halted(mode, LeftOut::HaltLook).assert_fails();
        halted(mode, LeftOut::TakeBack).assert_fails();
        woken(mode, LeftOut::SleepFence).assert_fails();
        woken(mode, LeftOut::SleepLook).assert_fails();
        woken(mode, LeftOut::PublishRelease).assert_fails();
    }
    used_again(LeftOut::ClearFirst).assert_fails();
    used_again(LeftOut::Rest).assert_fails();
}
