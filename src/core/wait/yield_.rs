//! Leaves the core to whoever else wants it, and never sleeps.

use super::poll;
use crate::sync::clock::Deadline;
use crate::sync::{spin_loop, yield_now};

/// A pause takes some 20 ns, a yield a system call: as much time of the former first. More would only
/// keep the core from others where there are more threads than cores.
const SPINS: u32 = 10;

pub(super) fn wait<T>(deadline: Deadline, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    if let Some(found) = poll(SPINS, &mut ready, spin_loop) {
        return Some(found);
    }
    loop {
        if let Some(found) = ready() {
            return Some(found);
        }
        if deadline.has_passed() {
            return None;
        }
        yield_now();
    }
}
