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
//!
//! A member that leaves with elements that it has not finished leaves its hand on them too, and says
//! up to where it was given them. The next member that looks for elements takes that seat in exchange
//! for its own, so at no moment the hand is missing.

use super::gating::Line;
use super::ring::{Entry, Ring};
use super::sequence::{NOBODY, Padded, Position, Sequence, sequence};
use crate::sync::fences::full;
use crate::sync::{AllocationRefused, AtomicBool, AtomicUsize, Ordering, try_vec};

/// A member's place in its group.
pub(crate) type Seat = usize;

#[derive(Debug)]
pub(crate) struct Group {
    /// The number that callers call it by.
    pub(crate) number: u32,
    pub(crate) line: Line,
    /// Everything below was taken by some member.
    cursor: Sequence,
    /// As of a consumer's: the first members pass over what is below. Set before anybody reads it.
    start: Sequence,
    seats: Vec<Place>,
    /// How many of `left` are there. Looked at before each batch.
    left_seats: Padded<AtomicUsize>,
}

/// What belongs to a seat. Alone on its cache lines.
#[derive(Debug)]
#[repr(align(128))]
struct Place {
    /// The first element of the member's batch; `NOBODY` between batches.
    held: Sequence,
    /// Has a member, or elements that one left behind.
    taken: AtomicBool,
    /// Up to where a member that left was given elements; `NOBODY` if none did. Released after `held`
    /// was set, acquired before it is read.
    left: Sequence,
}

/// Elements that a member left behind, with the seat that holds them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeftBehind {
    pub(crate) seat: Seat,
    pub(crate) from: Position,
    pub(crate) to: Position,
}

impl Group {
    pub(crate) fn new(number: u32, line: Line, seats: usize) -> Result<Self, AllocationRefused> {
        let mut places = try_vec(seats)?;
        places.resize_with(seats, || Place {
            held: sequence(NOBODY),
            taken: AtomicBool::new(false),
            left: sequence(NOBODY),
        });
        let left_seats = Padded(AtomicUsize::new(0));
        Ok(Self {
            number,
            line,
            cursor: sequence(0),
            start: sequence(0),
            seats: places,
            left_seats,
        })
    }

    /// The first member has entered the ring.
    pub(crate) fn begin(&self, entry: Entry) {
        self.start.store(entry.start, Ordering::Release);
        self.cursor.store(entry.gate, Ordering::Release);
    }

    /// Where a member that sits down now enters.
    pub(crate) fn entry(&self) -> Entry {
        Entry { gate: self.cursor(), start: self.start.load(Ordering::Acquire) }
    }

    /// A seat for a new member, under the lock of the topology. None is free when many members left
    /// elements behind that nobody has taken yet.
    pub(crate) fn sit_down(&self) -> Option<Seat> {
        let free = self.seats.iter().position(|seat| !seat.taken.load(Ordering::Acquire))?;
        self.seats[free].taken.store(true, Ordering::Relaxed);
        Some(free)
    }

    /// A member that holds nothing leaves.
    pub(crate) fn stand_up(&self, seat: Seat) {
        self.seats[seat].taken.store(false, Ordering::Release);
    }

    /// A member leaves, and behind it the elements `from..to`. The others have to be woken.
    pub(crate) fn leave_behind(&self, left: LeftBehind) {
        let place = &self.seats[left.seat];
        place.held.store(left.from, Ordering::Release);
        place.left.store(left.to, Ordering::Release);
        self.left_seats.fetch_add(1, Ordering::Release);
    }

    /// Elements that a member left behind, for the member at `own`, whose seat they are from now on.
    #[inline]
    pub(crate) fn take_left_behind(&self, own: Seat) -> Option<LeftBehind> {
        if self.left_seats.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.exchange_seats(own)
    }

    #[cold]
    fn exchange_seats(&self, own: Seat) -> Option<LeftBehind> {
        self.seats.iter().enumerate().find_map(|(seat, place)| {
            let to = place.left.load(Ordering::Acquire);
            let swap = (Ordering::AcqRel, Ordering::Relaxed);
            if to == NOBODY || place.left.compare_exchange(to, NOBODY, swap.0, swap.1).is_err() {
                return None;
            }
            self.left_seats.fetch_sub(1, Ordering::Relaxed);
            self.stand_up(own);
            Some(LeftBehind { seat, from: place.held.load(Ordering::Acquire), to })
        })
    }

    pub(crate) fn cursor(&self) -> Position {
        self.cursor.load(Ordering::Acquire)
    }

    /// Steps 1 to 3: whether the elements from `from` on will stay where they are.
    pub(crate) fn hold(&self, seat: Seat, from: Position) -> bool {
        self.seats[seat].held.store(from, Ordering::Release);
        full();
        self.cursor() == from
    }

    /// Step 5: whether `from..to` is this member's.
    pub(crate) fn take(&self, from: Position, to: Position) -> bool {
        self.cursor.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// A member has finished a part of its batch, and goes on with the rest from `from`.
    pub(crate) fn finish_up_to(&self, ring: &Ring, seat: Seat, from: Position) {
        self.seats[seat].held.store(from, Ordering::Release);
        self.advance(ring);
    }

    /// Steps a to d.
    pub(crate) fn let_go(&self, ring: &Ring, seat: Seat) {
        self.finish_up_to(ring, seat, NOBODY);
    }

    fn advance(&self, ring: &Ring) {
        full();
        let cursor = self.cursor();
        // Not on x86 or ARM, but where three threads may disagree about the order of two stores.
        full();
        let held = self.seats.iter().map(|seat| seat.held.load(Ordering::Acquire));
        ring.finish_at_least(self.line, held.fold(cursor, Position::min));
    }
}
