//! Sleeps for short fixed times, so that nobody ever has to wake it.

use std::time::Duration;

use super::poll;
use crate::sync::clock::Deadline;
use crate::sync::{spin_loop, yield_now};

const SPINS: u32 = 100;
const YIELDS: u32 = 100;
/// Asked for; the kernel's timer slack makes 100 us of it.
const NAP: Duration = Duration::from_micros(50);

pub(super) fn wait<T>(deadline: Deadline, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    if let Some(found) = poll(SPINS, &mut ready, spin_loop) {
        return Some(found);
    }
    if let Some(found) = poll(YIELDS, &mut ready, yield_now) {
        return Some(found);
    }
    loop {
        if let Some(found) = ready() {
            return Some(found);
        }
        if deadline.has_passed() {
            return None;
        }
        nap();
    }
}

#[cfg(not(loom))]
fn nap() {
    crate::sync::thread::sleep(NAP);
}

#[cfg(loom)]
fn nap() {
    yield_now();
}
