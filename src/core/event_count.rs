//! Sleep and wake without lost wake-ups (I5), on one page.
//!
//! Somebody changes something that others wait for, and has to know whether anybody sleeps. Looking
//! must cost next to nothing, since it happens for every element.
//!
//! ```text
//!   sleeper, holding the lock             publisher
//!   1. asleep := true   (announce)        a. make the change
//!   2. heavy fence                        b. light fence
//!   3. look for the change again          c. asleep? then take the lock, asleep := false,
//!   4. not there: sleep, giving the          release it and wake everybody
//!      lock up in the same step
//! ```
//!
//! The fences pair: either the publisher's look (c) sees the announcement (1), or the sleeper's look
//! (3) sees the change (a). In the first case the publisher has to get the lock, which it can do only
//! before 1 (then 3 sees the change) or after 4 (then the wake-up finds a sleeper). So no wake-up is
//! lost. The publisher clears the flag so that it does not pay twice for the same sleeper, who needs
//! some 50 us to run; a sleeper that is woken for nothing begins again at 1.
//!
//! The flag is relaxed on both sides: it orders nothing, the fences do. What the sleeper looks at is
//! read with acquire loads by its own `ready`.

use crate::sync::clock::Deadline;
use crate::sync::fences::{Fence, heavy, light};
use crate::sync::signal::Signal;
use crate::sync::steps::{Step, kept};
use crate::sync::{AtomicBool, AtomicU8, Monitor, Ordering, Shared};

/// How long a sleeper sleeps where the kernel refused the heavy fence, so that a wake-up could be
/// missed: long enough to cost nothing, short enough to go unnoticed beside a real sleep and wake.
const LOOK_AGAIN_NS: u64 = 1_000_000;

/// Those who sleep until something changes, and the bell that wakes them.
///
/// On a cache line of its own: publishers read `asleep` for every element. The lock may lie beside it, because
/// who takes that writes the flag as well; and other bells on the next line, because they are written only
/// when somebody sleeps, is woken, or nearly slept.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct EventCount {
    /// Somebody sleeps, or is about to.
    asleep: AtomicBool,
    /// How often somebody slept since staying awake had success, modulo 256. Only a number.
    sleeps: AtomicU8,
    /// The lock, and the event loops that sleep elsewhere: instead of a thread to wake, a signal to
    /// raise.
    bed: Monitor<Vec<Shared<Signal>>>,
}

impl EventCount {
    pub(crate) fn new() -> Self {
        Self {
            asleep: AtomicBool::new(false),
            sleeps: AtomicU8::new(0),
            bed: Monitor::new(Vec::new()),
        }
    }

    /// Wakes whoever sleeps. To be called after every change that somebody may wait for (a, b, c).
    #[inline(always)]
    pub(crate) fn notify(&self) {
        if kept(Step::PublisherFence) {
            light();
        }
        if self.asleep.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    /// Whether to stay awake for longer before the next sleep: the first one, the second, the fourth, the eighth ...
    /// and so on anew after 256.
    pub(crate) fn may_stay_awake(&self) -> bool {
        self.sleeps.load(Ordering::Relaxed).wrapping_add(1).is_power_of_two()
    }

    /// That had success, so it is tried again at once. Whoever gets something every 50 us never sleeps, then.
    pub(crate) fn has_stayed_awake(&self) {
        self.sleeps.store(0, Ordering::Relaxed);
    }

    /// For the header's inline functions, which do a, b and c themselves and call for what follows.
    pub(crate) fn asleep(&self) -> *const bool {
        std::ptr::from_ref(&self.asleep).cast()
    }

    #[cold]
    fn wake(&self) {
        let mut bed = kept(Step::LockToWake).then(|| self.bed.lock());
        self.asleep.store(false, Ordering::Relaxed);
        if let Some(signals) = &mut bed {
            let signals = signals.drain(..).filter(|_| kept(Step::SignalRaise));
            signals.for_each(|signal| signal.raise());
        }
        drop(bed);
        if kept(Step::Wake) {
            self.bed.notify_all();
        }
    }

    /// Has `signal` raised by the next change, as a sleeper would be woken by it (1 and 2). The caller
    /// then looks for the change once more (3).
    pub(crate) fn raise_next(&self, signal: &Shared<Signal>) {
        let mut signals = self.bed.lock();
        if !signals.iter().any(|other| other.is(signal)) {
            if signals.try_reserve(1).is_err() {
                return signal.raise();
            }
            signals.push(signal.clone());
        }
        if kept(Step::SignalAnnounce) {
            self.asleep.store(true, Ordering::Relaxed);
        }
        if kept(Step::SignalFence) && heavy() == Fence::Refused {
            signal.raise();
        }
    }

    /// The signal's owner waits no more.
    pub(crate) fn forget(&self, signal: &Shared<Signal>) {
        self.bed.lock().retain(|other| !other.is(signal));
    }

    /// Sleeps until `ready` has something, or `None` when `deadline` passes first (1 to 4).
    ///
    /// `ready` runs under the lock: it must neither notify nor wait for anything (see `ring`).
    pub(crate) fn sleep_until<T>(
        &self,
        deadline: Deadline,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let mut bed = self.bed.lock();
        loop {
            if kept(Step::Announce) {
                self.asleep.store(true, Ordering::Relaxed);
            }
            let fence = if kept(Step::SleeperFence) { heavy() } else { Fence::Done };
            if kept(Step::LookAgain)
                && let Some(found) = ready()
            {
                return Some(found);
            }
            if deadline.has_passed() {
                return None;
            }
            let until = match fence {
                Fence::Done => deadline,
                Fence::Refused => deadline.earlier(Deadline::after(LOOK_AGAIN_NS)),
            };
            self.sleeps.fetch_add(1, Ordering::Relaxed);
            bed = self.bed.sleep(bed, until);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn staying_awake_is_tried_ever_more_rarely_unless_it_has_success() {
        let bell = EventCount::new();
        let tried_at = || -> Vec<u32> {
            let after_a_sleep = |_: &u32| {
                let may_stay_awake = bell.may_stay_awake();
                bell.sleeps.fetch_add(1, Ordering::Relaxed);
                may_stay_awake
            };
            (1..=256).filter(after_a_sleep).collect()
        };
        assert_eq!(tried_at(), [1, 2, 4, 8, 16, 32, 64, 128]);
        assert_eq!(tried_at(), [1, 2, 4, 8, 16, 32, 64, 128], "and anew");
        (0..9).for_each(|_| _ = bell.sleeps.fetch_add(1, Ordering::Relaxed));
        bell.has_stayed_awake();
        assert_eq!(tried_at()[..2], [1, 2], "at once after a success");
    }
}
