//! Wait strategies: what a thread does while what it waits for is not there.
//!
//! Every wait in the library is a closure that looks for something and a bell ([`EventCount`]) that
//! is rung after each change of it. Only [`block`] sleeps on the bell; for the other strategies the
//! look for sleepers that publishers do finds nobody.

mod block;
mod sleep;
mod spin;
mod yield_;

use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;

/// How consumers wait for elements, and producers for room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitStrategy {
    /// Spin briefly, then sleep in the kernel until woken.
    #[default]
    Block,
    /// Spin, then give up the time slice again and again; never sleep.
    Yield,
    /// Burn the core.
    Spin,
    /// Spin, yield, then sleep for a fixed short time, again and again; nobody has to wake it.
    Sleep,
}

impl WaitStrategy {
    /// Waits until `ready` has something, or `None` once `deadline` has passed.
    pub(crate) fn wait<T>(
        self,
        bell: &EventCount,
        deadline: Deadline,
        ready: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        match self {
            WaitStrategy::Block => block::wait(bell, deadline, ready),
            WaitStrategy::Yield => yield_::wait(deadline, ready),
            WaitStrategy::Spin => spin::wait(deadline, ready),
            WaitStrategy::Sleep => sleep::wait(deadline, ready),
        }
    }
}

/// Looks up to `times` times, doing `pause` after each look in vain.
fn poll<T>(
    times: u32,
    ready: &mut impl FnMut() -> Option<T>,
    mut pause: impl FnMut(),
) -> Option<T> {
    for _ in 0..times {
        if let Some(found) = ready() {
            return Some(found);
        }
        pause();
    }
    None
}
