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
//!   6. say `to`
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

use super::barrier::Readable;
use super::gating::Line;
use super::ring::{Entry, Ring};
use super::sequence::{NOBODY, Padded, Position, Sequence, sequence};
use crate::sync::fences::full;
use crate::sync::steps::{Step, in_order, kept, ordered};
use crate::sync::{AllocationRefused, AtomicBool, AtomicU64, Monitor, Ordering, Watch, try_vec};

/// A member's place in its group.
pub(crate) type Seat = usize;

#[derive(Debug)]
pub(crate) struct Group {
    /// The number that callers call it by.
    pub(crate) number: u32,
    pub(crate) line: Line,
    /// Everything below was taken by some member. Relaxed: nobody learns from it what it may read, and the fences order
    /// it with the hands. Acquired by who counts what is in them, which the fence behind a hand releases.
    cursor: Sequence,
    /// As of a consumer's: the first members pass over what is below. Set before anybody reads it, and read and
    /// written under the lock of the topology, which carries it.
    start: Sequence,
    seats: Vec<Place>,
    /// Whose hand is whose: one member at a time writes that of a seat.
    hands: Watch,
    /// How many elements members left behind. Looked at before each batch. Relaxed: the lock below carries the rest.
    left_behind: Padded<AtomicU64>,
    /// Held while elements are left behind, and while somebody looks for them: who finds none may be
    /// sure that there were none.
    handing_over: Monitor<()>,
}

/// What belongs to a seat. Alone on its cache lines.
#[derive(Debug)]
#[repr(align(128))]
struct Place {
    /// The first element of the member's batch; `NOBODY` between batches.
    held: Sequence,
    /// The end of that batch, once it is taken; until then that of an earlier one, not above `held`. Acquired, and released by the
    /// fence behind the hand: who finds it finds the hand on that batch, or where it went from there.
    to: Sequence,
    /// Has a member, or elements that one left behind.
    taken: AtomicBool,
    /// The member has left, and its batch is anybody's.
    left: AtomicBool,
    /// How many elements that is.
    elements: AtomicU64,
}

/// Elements that a member left behind, with the seat that holds them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeftBehind {
    pub(crate) seat: Seat,
    pub(crate) from: Position,
    pub(crate) to: Position,
    /// The slots among them that were not abandoned.
    pub(crate) elements: u64,
}

impl Place {
    /// What of the seat's batch lies below `cursor`, all of it or nothing; `None` if its end is not said yet.
    fn batch_below(&self, cursor: Position) -> Option<Readable> {
        loop {
            let from = self.held.load(Ordering::Relaxed);
            if from >= cursor {
                return Some(Readable::new(cursor, cursor));
            }
            let to = self.to.load(ordered(Step::ToAcquire, Ordering::Acquire));
            // If that is the end of a later batch, the hand is not where it was.
            if self.held.load(Ordering::Relaxed) == from || !kept(Step::HandAgain) {
                return (to > from).then(|| Readable::new(from, to));
            }
        }
    }
}

impl Group {
    /// With seats for so many members, and for what they leave behind: twice as many are always enough.
    ///
    /// Members take new elements only when nothing is left behind. So at that moment those who have
    /// elements, or are about to take some, are all the hands there are, and no more than the members.
    /// From then on a hand that leaves becomes a seat with elements, which somebody without elements
    /// takes over as it is; neither makes them more. Besides, each member without elements has a seat.
    pub(crate) fn new(number: u32, line: Line, members: usize) -> Result<Self, AllocationRefused> {
        let seats = 2 * members;
        let mut places = try_vec(seats)?;
        places.resize_with(seats, || Place {
            held: sequence(NOBODY),
            to: sequence(0),
            taken: AtomicBool::new(false),
            left: AtomicBool::new(false),
            elements: AtomicU64::new(0),
        });
        Ok(Self {
            number,
            line,
            cursor: sequence(0),
            start: sequence(0),
            seats: places,
            hands: Watch::new(seats),
            left_behind: Padded(AtomicU64::new(0)),
            handing_over: Monitor::new(()),
        })
    }

    /// The first member has entered the ring.
    pub(crate) fn begin(&self, entry: Entry) {
        self.start.store(entry.start, Ordering::Relaxed);
        self.cursor.store(entry.gate, Ordering::Relaxed);
    }

    /// Where a member that sits down now enters.
    pub(crate) fn entry(&self) -> Entry {
        Entry { gate: self.cursor(), start: self.start.load(Ordering::Relaxed) }
    }

    /// A seat for a new member, under the lock of the topology. There is one, unless there are more
    /// members than the group was made for.
    pub(crate) fn sit_down(&self) -> Option<Seat> {
        let acquire = ordered(Step::SeatAcquire, Ordering::Acquire);
        let free = self.seats.iter().position(|seat| !seat.taken.load(acquire))?;
        self.seats[free].taken.store(true, Ordering::Relaxed);
        Some(free)
    }

    /// A member that holds nothing leaves. Relaxed: the fence behind its last change of the hand releases that, and
    /// if it never changed it, the lock of the topology, under which it sat down, carries what came before.
    pub(crate) fn stand_up(&self, seat: Seat) {
        self.seats[seat].taken.store(false, Ordering::Relaxed);
    }

    /// A member leaves, and behind it the elements `from..to`, on which its hand is. The others have to be woken.
    pub(crate) fn leave_behind(&self, left: LeftBehind) {
        let _handing_over = self.handing_over.lock();
        let place = &self.seats[left.seat];
        debug_assert!(place.held.load(Ordering::Relaxed) == left.from);
        debug_assert!(place.to.load(Ordering::Relaxed) == left.to);
        place.elements.store(left.elements, Ordering::Relaxed);
        place.left.store(true, Ordering::Relaxed);
        self.left_behind.fetch_add(left.elements, Ordering::Relaxed);
    }

    /// How many elements members left behind that nobody has taken over yet.
    #[inline]
    pub(crate) fn elements_left_behind(&self) -> u64 {
        self.left_behind.load(Ordering::Relaxed)
    }

    /// Elements that a member left behind, for the member at `own`, whose seat they are from now on.
    pub(crate) fn take_left_behind(&self, own: Seat) -> Option<LeftBehind> {
        let _handing_over = self.handing_over.lock();
        let is_left = |place: &Place| place.left.load(Ordering::Relaxed);
        let seat = self.seats.iter().position(is_left)?;
        let place = &self.seats[seat];
        // Who left wrote all of it, and read its elements, before it gave back the lock that is held here.
        let left = LeftBehind {
            seat,
            from: place.held.load(Ordering::Relaxed),
            to: place.to.load(Ordering::Relaxed),
            elements: place.elements.load(Ordering::Relaxed),
        };
        place.left.store(false, Ordering::Relaxed);
        self.left_behind.fetch_sub(left.elements, Ordering::Relaxed);
        self.stand_up(own);
        Some(left)
    }

    pub(crate) fn cursor(&self) -> Position {
        self.cursor.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn lay_hand(&self, seat: Seat, from: Position) {
        self.hands.written(seat);
        self.seats[seat].held.store(from, ordered(Step::HeldRelease, Ordering::Release));
    }

    /// Steps 1 to 3: whether the elements from `from` on will stay where they are.
    pub(crate) fn hold(&self, seat: Seat, from: Position) -> bool {
        if kept(Step::Hand) {
            self.lay_hand(seat, from);
        }
        if kept(Step::HandFence) {
            full();
        }
        self.cursor() == from || !kept(Step::CursorAgain)
    }

    /// Step 5: whether `from..to` is this member's.
    pub(crate) fn take(&self, seat: Seat, from: Position, to: Position) -> bool {
        let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
        let is_taken = self.cursor.compare_exchange(from, to, success, failure).is_ok();
        if is_taken {
            self.seats[seat].to.store(to, Ordering::Relaxed);
        }
        is_taken
    }

    /// What members have taken and not finished, those that left included, as `count` counts it; and where that begins which
    /// nobody has taken. `None` while it is not to be seen whether a member gets what it has its hand on, until that
    /// one has gathered a batch. Under the lock of the topology.
    pub(crate) fn in_hands(&self, count: impl Fn(&Readable) -> u64) -> Option<(u64, Position)> {
        // The cursor first: who takes something now takes it from what nobody has taken.
        let cursor = self.cursor.load(ordered(Step::HandsAcquire, Ordering::Acquire));
        let start = self.start.load(Ordering::Relaxed);
        let batches = self.seats.iter().map(|place| place.batch_below(cursor));
        let counts = batches.map(|batch| Some(count(&batch?.part(start, cursor))));
        Some((counts.sum::<Option<u64>>()?, cursor.max(start)))
    }

    /// A member has finished a part of its batch, and goes on with the rest from `from`.
    pub(crate) fn finish_up_to(&self, ring: &Ring, seat: Seat, from: Position) {
        self.lay_hand(seat, from);
        if kept(Step::LetGoFence) {
            full();
        }
        self.advance(ring);
    }

    /// Steps a to d.
    pub(crate) fn let_go(&self, ring: &Ring, seat: Seat) {
        self.finish_up_to(ring, seat, NOBODY);
    }

    /// Steps c and d.
    pub(super) fn advance(&self, ring: &Ring) {
        let hands = || {
            let acquire = ordered(Step::HeldAcquire, Ordering::Acquire);
            let held = self.seats.iter().map(|seat| seat.held.load(acquire));
            held.fold(NOBODY, Position::min)
        };
        let cursor = || {
            let cursor = self.cursor();
            // Not on x86 or ARM, but where three threads may disagree about the order of two stores.
            if kept(Step::CursorFence) {
                full();
            }
            cursor
        };
        let (cursor, held) = in_order(Step::CursorFirst, cursor, hands);
        ring.finish_at_least(self.line, held.min(cursor));
        // Members end when the others have nothing left that could become theirs.
        if ring.control.is_closing() && kept(Step::MemberRings) {
            ring.notify_all();
        }
    }
}
