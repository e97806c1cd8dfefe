//! Looks and yields in turn, as long as yields do what they are for.
//!
//! A yield lets the very thread run that is waited for, at a hundredth of what a sleep and a waking cost. But beside a
//! *rival*, a thread that has nothing to do with the ring and always wants the core, it gives a whole time slice away, some
//! milliseconds, while a sleeper that is woken gets the core at once. How long a yield takes does not tell the one from the
//! other: a thread of the ring may work as long without a pause. How far the ring got meanwhile does.

use std::cell::Cell;

use crate::sync::clock::{self, Deadline};
use crate::sync::{thread_local, yield_now};

/// A yield that takes as long has given a time slice away.
const SLICE_NS: u64 = 1_000_000;
/// A ring that moved on by less in a time slice would not have been slower with a sleep for each element.
const WORK: u64 = 1024;
/// After a slice was given away, so many yields are compared with what the ring did meanwhile: to look at that
/// each time would cost as much as a yield.
const WATCHED: u32 = 16;
/// So often a thread that found a rival does without yields before it tries again, and twice as often each time that the
/// rival is still there.
const WITHOUT: std::ops::RangeInclusive<u32> = 64..=4096;

thread_local! {
    #[allow(clippy::missing_const_for_thread_local, reason = "loom takes no const block here")]
    static RIVAL: Cell<Rival> = Cell::new(Rival::default());
}

/// What a thread knows of a rival on its core.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Rival {
    /// How many more yields are watched.
    watched: u32,
    /// How many more times this thread does without.
    without: u32,
    /// How often it did without the last time that it found a rival.
    last_without: u32,
}

impl Rival {
    /// After a yield of `took_ns`, in which the ring moved on by `work`, if that was watched.
    fn after(mut self, took_ns: u64, work: Option<u64>) -> Self {
        if took_ns >= SLICE_NS {
            self.watched = WATCHED;
            if work.is_some_and(|work| work < WORK) {
                self.last_without = (2 * self.last_without).clamp(*WITHOUT.start(), *WITHOUT.end());
                self.without = self.last_without;
            }
        } else if self.watched > 1 {
            self.watched -= 1;
        } else {
            self = Self::default();
        }
        self
    }

    fn of_this_thread() -> Self {
        RIVAL.with(Cell::get)
    }

    fn remember(self) {
        RIVAL.with(|rival| rival.set(self));
    }
}

/// Whether yields do what they are for, as far as this thread knows.
pub(super) fn are_of_use() -> bool {
    let rival = Rival::of_this_thread();
    if rival.without > 0 {
        Rival { without: rival.without - 1, ..rival }.remember();
    }
    rival.without == 0
}

/// Looks up to `times` times, yielding after each look in vain, as long as that is of use. Not beyond `deadline`.
/// `progress` is a number that grows with everything that the ring's threads get done.
pub(super) fn look<T>(
    deadline: Deadline,
    times: u32,
    ready: &mut impl FnMut() -> Option<T>,
    progress: &impl Fn() -> u64,
) -> Option<T> {
    if !are_of_use() {
        return None;
    }
    let mut now = clock::now();
    for _ in 0..times {
        if deadline.has_passed_at(now) {
            return None;
        }
        if let Some(found) = ready() {
            return Some(found);
        }
        let rival = Rival::of_this_thread();
        let before = (rival.watched > 0).then(progress);
        let began = now;
        yield_now();
        now = clock::now();
        if before.is_some() || now - began >= SLICE_NS {
            let work = before.map(|before| progress().wrapping_sub(before));
            let rival = rival.after(now - began, work);
            rival.remember();
            if rival.without > 0 {
                return ready();
            }
        }
    }
    None
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const LONG: u64 = SLICE_NS;

    /// What is known of a rival that takes a slice away with each yield, and is found `times` times.
    fn found(times: u32) -> Rival {
        let idle = |rival: Rival, _| rival.after(LONG, Some(0));
        (0..times).fold(Rival::default().after(LONG, None), idle)
    }

    #[test]
    fn one_slice_is_nothing_two_without_work_are_a_rival() {
        assert_eq!(found(0).without, 0);
        assert_eq!(found(1).without, *WITHOUT.start());
    }

    #[test]
    fn a_ring_that_works_is_no_rival() {
        assert_eq!(found(0).after(LONG, Some(WORK)), found(0));
    }

    #[test]
    fn a_rival_that_stays_is_tried_more_and_more_rarely() {
        assert_eq!(found(2).without, 2 * WITHOUT.start());
        assert_eq!(found(40).without, *WITHOUT.end());
    }

    #[test]
    fn a_rival_that_is_gone_is_forgotten() {
        let short = |rival: Rival, _| rival.after(0, Some(0));
        let gone = (0..WATCHED).fold(found(40), short);
        assert_eq!(gone, Rival::default());
    }

    #[test]
    fn without_yields_for_as_often_as_said() {
        found(1).remember();
        let without = (0..1000).take_while(|_| !are_of_use()).count();
        assert_eq!(without, *WITHOUT.start() as usize);
    }
}
