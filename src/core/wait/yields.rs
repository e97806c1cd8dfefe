//! Looks and yields in turn, as long as yields do what they are for.
//!
//! A yield lets the very thread run that is waited for, at a hundredth of what a sleep and a waking cost. But beside a
//! *rival*, a thread that has nothing to do with the ring and always wants the core, it gives a whole time slice away, some
//! milliseconds, while a sleeper that is woken gets the core at once, as a rule. How long a yield takes does not tell the one from the
//! other: a thread of the ring may work as long without a pause. How far the ring got meanwhile does, as long as most of its
//! threads share that core: what those on other cores get done meanwhile, a lap at most, looks like work as well.

use std::cell::Cell;

use crate::sync::clock::{self, Deadline};
use crate::sync::{thread_local, yield_now};

/// A yield that takes as long has given a time slice away.
const SLICE_NS: u64 = 1_000_000;
/// What a sleep and a waking take on one core: a ring that moved on by less than one element in that time would not have
/// been slower with them.
const SLEEP_NS: u64 = 4_000;
/// After a slice was given away, so many yields are compared with what the ring did meanwhile: to look at that
/// each time would cost as much as a yield.
const WATCHED: u32 = 16;
/// So often a thread that found a rival does without yields before it tries again, and twice as often each time that the
/// rival is still there.
const FIRST_WITHOUT: u32 = 64;
const MOST_WITHOUT: u32 = 4096;

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
            if work.is_some_and(|work| work < took_ns / SLEEP_NS) {
                self.last_without = (2 * self.last_without).clamp(FIRST_WITHOUT, MOST_WITHOUT);
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

/// Whether this thread is to do without yields this time, because they help a rival.
pub(super) fn do_without() -> bool {
    let rival = Rival::of_this_thread();
    if rival.without > 0 {
        Rival { without: rival.without - 1, ..rival }.remember();
    }
    rival.without > 0
}

/// Looks up to `times` times, yielding after each look in vain, as long as that is of use. Not beyond `deadline`.
/// `progress` is a number that grows with everything that the ring's threads get done.
pub(super) fn look<T>(
    deadline: Deadline,
    times: u32,
    ready: &mut impl FnMut() -> Option<T>,
    progress: &impl Fn() -> u64,
) -> Option<T> {
    if do_without() {
        return None;
    }
    let yield_once = || {
        yield_now();
        clock::now()
    };
    look_with(deadline, times, ready, progress, clock::now(), yield_once)
}

/// As `look`, from `now` on; `yield_once` tells the time after it.
fn look_with<T>(
    deadline: Deadline,
    times: u32,
    ready: &mut impl FnMut() -> Option<T>,
    progress: &impl Fn() -> u64,
    mut now: u64,
    mut yield_once: impl FnMut() -> u64,
) -> Option<T> {
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
        now = yield_once();
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
        assert_eq!(found(1).without, FIRST_WITHOUT);
    }

    #[test]
    fn a_ring_that_works_is_no_rival() {
        assert_eq!(found(0).after(LONG, Some(LONG / SLEEP_NS)), found(0));
    }

    #[test]
    fn a_rival_that_stays_is_tried_more_and_more_rarely() {
        assert_eq!(found(2).without, 2 * FIRST_WITHOUT);
        assert_eq!(found(40).without, MOST_WITHOUT);
    }

    #[test]
    fn a_rival_that_is_gone_is_forgotten() {
        let short = |rival: Rival, _| rival.after(0, Some(0));
        let nearly_gone = (1..WATCHED).fold(found(40), short);
        assert_eq!(nearly_gone, Rival { watched: 1, ..found(40) });
        assert_eq!(short(nearly_gone, WATCHED), Rival::default());
    }

    #[test]
    fn who_does_without_leaves_the_look_to_what_follows() {
        found(1).remember();
        let mut never = || -> Option<()> { unreachable!("it does not look") };
        assert_eq!(look(Deadline::NEVER, 10, &mut never, &|| 0), None);
    }

    /// Looks a hundred times at most, in a thread that knows of no rival, while each yield takes `yield_ns` and
    /// each question for the ring's progress finds it `work` further; how many looks that were.
    fn looks(yield_ns: u64, work: u64) -> u32 {
        Rival::default().remember();
        let (mut looks, mut now, done) = (0, 0, Cell::new(0));
        let mut ready = || -> Option<()> {
            looks += 1;
            None
        };
        let progress = || done.replace(done.get() + work);
        let yield_once = || {
            now += yield_ns;
            now
        };
        assert_eq!(look_with(Deadline::NEVER, 100, &mut ready, &progress, 0, yield_once), None);
        looks
    }

    #[test]
    fn two_slices_given_away_for_nothing_are_enough() {
        assert_eq!(looks(LONG, LONG / SLEEP_NS - 1), 3, "the last one after the second");
        assert_eq!(Rival::of_this_thread(), found(1));
    }

    #[test]
    fn yields_go_on_while_the_ring_does() {
        assert_eq!(looks(LONG, LONG / SLEEP_NS), 100);
        assert_eq!(looks(LONG - 1, 0), 100, "and while they are short");
        assert_eq!(Rival::of_this_thread(), Rival::default());
    }

    #[test]
    fn what_a_look_finds_is_returned() {
        Rival::default().remember();
        let mut left = 3;
        let mut ready = || {
            left -= 1;
            (left == 0).then_some(7)
        };
        assert_eq!(look_with(Deadline::NEVER, 100, &mut ready, &|| 0, 0, || 0), Some(7));
    }

    #[test]
    fn no_look_beyond_the_deadline() {
        let mut never = || -> Option<()> { unreachable!("it is too late") };
        assert_eq!(look_with(Deadline::after(0), 100, &mut never, &|| 0, clock::now(), || 0), None);
    }

    #[test]
    fn without_yields_for_as_often_as_said() {
        found(1).remember();
        let without = (0..1000).take_while(|_| do_without()).count();
        assert_eq!(without, FIRST_WITHOUT as usize);
    }
}
