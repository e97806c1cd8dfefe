//! Consumers that share the elements: each element goes to exactly one member.
//!
//! To the rest of the house a group is one consumer with one line. Inside, members take batches from a
//! common cursor as they get free.
//!
//! ```text
//!   taking a batch                               finishing one
//!   1. held := from        (my hand is on it)    a. held := NOBODY
//!   2. fence                                     b. fence
//!   3. cursor still at from? else give up        c. read the cursor, then everybody's held
//!   4. gather the batch from..to                 d. line := at least the minimum of those
//!   5. cursor: from -> to, or give up            (also after giving up)
//! ```
//!
//! The line must not pass an element that some member still reads. Say member A holds `from` and
//! another member takes and finishes elements beyond it. Its read of `held` (c) comes after its own
//! move of the cursor (5), and A saw the cursor not yet moved (3); with the fences in between, the other
//! one sees A's hand. And it must not stay behind for ever: of two members that finish at the same
//! time, the fences make at least one see the other's `NOBODY`.

use super::ring::Ring;
use super::gating::Line;
use super::sequence::{NOBODY, Padded, Position, Sequence, sequence};
use crate::sync::fences::full;
use crate::sync::{AllocationRefused, AtomicBool, Ordering, try_vec};

/// A member's place in its group.
pub(crate) type Seat = usize;

#[derive(Debug)]
pub(crate) struct Group {
    /// The number that callers call it by.
    pub(crate) number: u32,
    pub(crate) line: Line,
    /// Everything below was taken by some member.
    cursor: Sequence,
    /// By seat: the first element of the member's batch; `NOBODY` between batches.
    held: Vec<Sequence>,
    /// By seat: has a member. Changes under the lock of the topology only.
    taken: Vec<Padded<AtomicBool>>,
}

impl Group {
    pub(crate) fn new(number: u32, line: Line, seats: usize) -> Result<Self, AllocationRefused> {
        let mut held = try_vec(seats)?;
        held.resize_with(seats, || sequence(NOBODY));
        let mut taken = try_vec(seats)?;
        taken.resize_with(seats, || Padded(AtomicBool::new(false)));
        Ok(Self { number, line, cursor: sequence(0), held, taken })
    }

    /// The first member has entered the ring at `start`.
    pub(crate) fn begin(&self, start: Position) {
        self.cursor.store(start, Ordering::Release);
    }

    /// A seat for a new member, under the lock of the topology.
    pub(crate) fn sit_down(&self) -> Seat {
        let free = self.taken.iter().position(|taken| !taken.load(Ordering::Relaxed));
        let free = free.expect("as many seats as consumers");
        self.taken[free].store(true, Ordering::Relaxed);
        free
    }

    /// Under the lock of the topology, by a member that holds nothing.
    pub(crate) fn stand_up(&self, seat: Seat) {
        self.taken[seat].store(false, Ordering::Relaxed);
    }

    pub(crate) fn cursor(&self) -> Position {
        self.cursor.load(Ordering::Acquire)
    }

    /// Steps 1 to 3: whether the elements from `from` on will stay where they are.
    pub(crate) fn hold(&self, seat: Seat, from: Position) -> bool {
        self.held[seat].store(from, Ordering::Release);
        full();
        self.cursor() == from
    }

    /// Step 5: whether `from..to` is this member's.
    pub(crate) fn take(&self, from: Position, to: Position) -> bool {
        self.cursor.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// A member has finished a part of its batch, and goes on with the rest from `from`.
    pub(crate) fn finish_up_to(&self, ring: &Ring, seat: Seat, from: Position) {
        self.held[seat].store(from, Ordering::Release);
        self.advance(ring);
    }

    /// Steps a to d.
    pub(crate) fn let_go(&self, ring: &Ring, seat: Seat) {
        self.finish_up_to(ring, seat, NOBODY);
    }

    fn advance(&self, ring: &Ring) {
        full();
        let cursor = self.cursor();
        let held = self.held.iter().map(|held| held.load(Ordering::Acquire));
        ring.finish_at_least(self.line, held.fold(cursor, Position::min));
    }
}
