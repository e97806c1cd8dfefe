//! Sleeps for short times, so that nobody ever has to wake it.

use std::time::Duration;

use super::{poll, yields};
use crate::sync::clock::Deadline;
use crate::sync::spin_loop;

const SPINS: u32 = 100;
const YIELDS: u32 = 100;
/// Asked for; the kernel's timer slack makes 100 us of it.
const NAP: Duration = Duration::from_micros(50);
/// After so many naps, some hundredths of a second, nobody is in a hurry: each waking takes some
/// microseconds of a core, and now there are fewer of them.
const NAPS: u32 = 200;
const LONG_NAP: Duration = Duration::from_millis(1);

pub(super) fn wait<T>(
    deadline: Deadline,
    mut ready: impl FnMut() -> Option<T>,
    progress: impl Fn() -> u64,
) -> Option<T> {
    if let Some(found) = poll(SPINS, &mut ready, spin_loop) {
        return Some(found);
    }
    if let Some(found) = yields::look(deadline, YIELDS, &mut ready, &progress) {
        return Some(found);
    }
    nap(deadline, ready)
}

/// Looks, and naps after each look in vain: also where no bell rings, and a look is dear.
pub(crate) fn nap<T>(deadline: Deadline, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let mut naps = 0;
    loop {
        if let Some(found) = ready() {
            return Some(found);
        }
        if deadline.has_passed() {
            return None;
        }
        let nap = if naps < NAPS { NAP } else { LONG_NAP };
        sleep(deadline.remaining().map_or(nap, |ns| nap.min(Duration::from_nanos(ns))));
        naps = naps.saturating_add(1);
    }
}

#[cfg(not(loom))]
fn sleep(time: Duration) {
    crate::sync::thread::sleep(time);
}

#[cfg(loom)]
fn sleep(_time: Duration) {
    crate::sync::yield_now();
}
