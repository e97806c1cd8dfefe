//! Looks a few times, then sleeps in the kernel until the bell rings.

use super::{poll, yields};
use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;
use crate::sync::spin_loop;

/// Going to sleep and being woken costs 50 us, a yield less than half a microsecond; and where there
/// are more threads than cores a yield lets the very thread run that this one waits for.
const YIELDS: u32 = if cfg!(loom) { 0 } else { 10 };

/// Less than a microsecond, in which somebody who answers at once has answered. Where threads outnumber
/// cores the time is lost, so it is not more.
const PAUSES: u32 = if cfg!(loom) { 0 } else { 16 };

/// Two who answer each other at once never sleep, unless something holds one of them up: then the other one
/// falls asleep, and while it is being woken the first one does, and so on for ever. It takes one who
/// stays awake for twice as long as a waking takes to get out of that. So that is tried now and then.
const AWAKE_NS: u64 = if cfg!(loom) { 0 } else { 100_000 };

pub(super) fn wait<T>(
    bell: &EventCount,
    deadline: Deadline,
    mut ready: impl FnMut() -> Option<T>,
    progress: impl Fn() -> u64,
) -> Option<T> {
    if let Some(found) = poll(PAUSES, &mut ready, spin_loop) {
        return Some(found);
    }
    if let Some(found) = yields::look(deadline, YIELDS, &mut ready, &progress) {
        return Some(found);
    }
    if bell.may_stay_awake() {
        let until = deadline.earlier(Deadline::after(AWAKE_NS));
        if let Some(found) = yields::look(until, u32::MAX, &mut ready, &progress) {
            bell.has_stayed_awake();
            return Some(found);
        }
    }
    bell.sleep_until(deadline, ready)
}
