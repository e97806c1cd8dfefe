//! Where a poller's state lies, for its owner and for those who look after it meanwhile.
//!
//! A poller has no thread, so between its owner's calls nobody passes the abandoned slots in front of it,
//! though nobody wants them. Whoever finds no room, waits for everybody or reads the numbers therefore
//! visits the pollers and passes them in their stead; so does a consumer that gets past some, for those behind it.
//!
//! A visitor must not be taken for a second owner. It counts itself in before it takes the lock, with a fence in
//! between, and out (release) after it has given it back. So a caller that finds the lock taken and no change in the
//! count, which is even, knows that the other one is no visitor: the lock of a visitor comes, by that fence and the
//! caller's own, with a count that is odd or later; and a later one, had it been there (acquire) before the lock was
//! tried, would have come with the lock given back.

use super::State;
use crate::core::disruptor::Inner;
use crate::core::error::Error;
use crate::core::gating::Line;
use crate::sync::fences::{full, heavy_for_certain};
use crate::sync::steps::{Step, kept, ordered};
use crate::sync::{AtomicU64, Ordering, Shared, Taken, TryLock, spin_loop};

/// A poller as others see it.
#[derive(Debug)]
pub(crate) struct Desk {
    line: Line,
    state: TryLock<State>,
    /// Odd while there is a visitor. One visits at a time.
    visits: AtomicU64,
}

impl Desk {
    pub(super) fn new(state: State) -> Self {
        let line = state.reader.consumer.line;
        Self { line, state: TryLock::new(state), visits: AtomicU64::new(0) }
    }

    /// Lets the owner at it; another thread of the owner's gets an error instead.
    #[inline]
    pub(super) fn sit_down(&self) -> Result<Taken<'_, State>, Error> {
        match self.state.try_lock() {
            Some(state) => Ok(state),
            None => self.sit_down_after_visitors(),
        }
    }

    #[cold]
    fn sit_down_after_visitors(&self) -> Result<Taken<'_, State>, Error> {
        loop {
            let visits = self.visits.load(ordered(Step::VisitAcquire, Ordering::Acquire));
            if let Some(state) = self.state.try_lock() {
                return Ok(state);
            }
            if kept(Step::CallerFence) {
                full();
            }
            if visits.is_multiple_of(2) && self.visits.load(Ordering::Relaxed) == visits {
                return Err(Error::ConcurrentUse);
            }
            spin_loop();
        }
    }

    /// Passes what nobody wants, unless the owner is there and does so itself; whether there was any.
    fn pass_gaps(&self) -> bool {
        if kept(Step::CountVisit) {
            self.visits.fetch_add(1, Ordering::Relaxed);
        }
        if kept(Step::CountFence) {
            full();
        }
        let visit = || self.state.try_lock().map(|mut state| state.pass_gaps());
        let mut has_passed = visit();
        // The owner is there and may have looked already. It looks again, after a light fence, when it is
        // done; so after a heavy one either it sees what this visitor has seen, or it is gone.
        if has_passed.is_none() {
            if kept(Step::VisitFence) {
                heavy_for_certain();
            }
            has_passed = visit();
        }
        if kept(Step::CountVisit) {
            self.visits.fetch_add(1, ordered(Step::VisitRelease, Ordering::Release));
        }
        has_passed.unwrap_or(false)
    }
}

impl Inner {
    /// Makes a poller known to visitors.
    pub(super) fn put_up(&self, desk: &Shared<Desk>) -> Result<(), Error> {
        let mut desks = self.desks.lock();
        let (what, bytes) = ("the table of pollers", size_of::<Shared<Desk>>());
        desks.try_reserve(1).map_err(|_| Error::OutOfMemory { what, bytes })?;
        desks.push(desk.clone());
        Ok(())
    }

    /// Nobody visits the poller any more.
    pub(super) fn put_away(&self, desk: &Shared<Desk>) {
        self.desks.lock().retain(|other| !other.is(desk));
    }

    /// Passes abandoned slots, and what was claimed before a consumer came, in the stead of pollers that
    /// are not polled; whether there were any. Not under the lock of the graph.
    #[inline]
    pub(crate) fn pass_gaps(&self) -> bool {
        self.ring.control.gaps_to() > 0 && self.visit_pollers()
    }

    #[cold]
    fn visit_pollers(&self) -> bool {
        let mut has_passed = false;
        // In the order in which they came: dependents after those that they depend on.
        for desk in self.desks.lock().iter() {
            let may_have_gaps = self.ring.gates.finished(desk.line) < self.ring.control.gaps_to();
            has_passed |= may_have_gaps && desk.pass_gaps();
        }
        has_passed
    }
}
