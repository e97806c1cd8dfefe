//! Wait strategies: what a thread does while what it waits for is not there.
//!
//! Every wait in the library but the last one of a halt is a closure that looks for something and a bell
//! ([`EventCount`]) that is rung after each change of it. Only [`block`] sleeps on the bell; for the other strategies the
//! look for sleepers that publishers do finds nobody.

mod block;
pub(crate) mod sleep;
mod spin;
mod yield_;
mod yields;

use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;
use crate::sync::{spin_loop, yield_now};

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
    /// Waits until `ready` has something, or `None` once `deadline` has passed. `progress` is a number that grows with
    /// everything that the ring's threads get done.
    pub(crate) fn wait<T>(
        self,
        bell: &EventCount,
        deadline: Deadline,
        ready: impl FnMut() -> Option<T>,
        progress: impl Fn() -> u64,
    ) -> Option<T> {
        match self {
            WaitStrategy::Block => block::wait(bell, deadline, ready, progress),
            WaitStrategy::Yield => yield_::wait(deadline, ready),
            WaitStrategy::Spin => spin::wait(deadline, ready),
            WaitStrategy::Sleep => sleep::wait(deadline, ready, progress),
        }
    }

    /// Lets a producer get on that this consumer is treading on the heels of. Every line that it writes
    /// would travel between the two cores once for each element; left alone for a microsecond it fills
    /// whole lines. Where others may want the core, they get it meanwhile.
    pub(crate) fn give_a_head_start(self) {
        const PAUSES: u32 = if cfg!(loom) { 0 } else { 60 };
        const YIELDS: u32 = if cfg!(loom) { 0 } else { 3 };
        match self {
            WaitStrategy::Spin => (0..PAUSES).for_each(|_| spin_loop()),
            WaitStrategy::Block | WaitStrategy::Sleep if yields::do_without() => {}
            _ => (0..YIELDS).for_each(|_| yield_now()),
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
