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

/// Two who answer each other at once never sleep, unless something holds one of them up: then the other one
/// falls asleep, and while it is being woken the first one does, and so on for ever. It takes one who
/// stays awake for as long as a waking takes to get out of that. So now and then a sleep is put off so long.
const YIELDS_INSTEAD: u32 = if cfg!(loom) { 0 } else { 256 };

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
    if bell.may_be_put_off()
        && let Some(found) = poll(YIELDS_INSTEAD, &mut ready, yield_now)
    {
        bell.was_put_off();
        return Some(found);
    }
    bell.sleep_until(deadline, ready)
}
