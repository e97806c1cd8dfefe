//! Looks a few times, then sleeps in the kernel until the bell rings.

use super::poll;
use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;
use crate::sync::{spin_loop, yield_now};

/// Going to sleep and being woken costs 50 us, a yield less than half a microsecond; and where there
/// are more threads than cores a yield lets the very thread run that this one waits for.
const YIELDS: u32 = if cfg!(loom) { 0 } else { 10 };

/// A third of a microsecond, in which somebody who answers at once has answered. Where threads outnumber
/// cores the time is lost, so it is not more.
const PAUSES: u32 = if cfg!(loom) { 0 } else { 16 };

pub(super) fn wait<T>(
    bell: &EventCount,
    deadline: Deadline,
    mut ready: impl FnMut() -> Option<T>,
) -> Option<T> {
    if let Some(found) = poll(PAUSES, &mut ready, spin_loop) {
        return Some(found);
    }
    if let Some(found) = poll(YIELDS, &mut ready, yield_now) {
        return Some(found);
    }
    bell.sleep_until(deadline, ready)
}
