//! Who of the threads that produce one at a time is inside (the owner protocol).
//!
//! That only one thread is inside at a time is the caller's promise, and kept promises must cost
//! nothing. So the producer that came last *owns* the sequencer and enters by two stores and a few
//! loads; another thread that wants to enter has to take ownership away, and pays for both:
//!
//! ```text
//!   owner                                  another thread, holding the lock
//!   1. its inside := true                  a. owner := nobody
//!   2. light fence                         b. heavy fence
//!   3. still the owner? else step back     c. the owner's inside? then owner := as before, and
//!   ... produce ...                           CONCURRENT_USE; else owner := this thread, which
//!   4. its inside := false (release)          enters as at 1
//! ```
//!
//! The fences pair: either the owner sees at 3 that it is none any more, or the other one sees at c
//! (acquire) that somebody is inside. Reading `false` there also makes all that the former owner did
//! visible to the new one, so everything else (`single`, `front`) is plain data of whoever is inside.
//!
//! Each thread has an `inside` of its own, in its seat. It may be interrupted for any time before 1,
//! and in a common one its late stores would wipe out those of an owner that came since.

use std::ptr;

use super::Refused;
use crate::core::error::Error;
use crate::core::region::{Array, Part, Plan, Region};
use crate::core::sequence::Padded;
use crate::sync::fences::{heavy_for_certain, light};
use crate::sync::steps::{Step, kept, ordered};
use crate::sync::thread_token::ThreadToken;
use crate::sync::{AtomicBool, AtomicPtr, AtomicUsize, Monitor, Ordering, Shared};

#[derive(Debug)]
pub(super) struct Owner {
    /// The seat of the producer that came last; null while that changes. Changed under the lock of the
    /// seats. Release and acquire: whoever sees a new owner sees its seat made, and what the former ones did.
    seat: Padded<AtomicPtr<Seat>>,
    /// The first seats, so that nothing is allocated on the way of an element.
    seats: Array<Seat>,
    /// Seats of programs that hand a disruptor round among very many threads. All seats stay, and
    /// where they are. Locked while ownership changes.
    more_seats: Monitor<Vec<Shared<Seat>>>,
}

/// A thread that has been the producer. (Or several: a token is used again after its thread's end.)
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Seat {
    /// The thread's token, or `FREE`. Changes once.
    thread: AtomicUsize,
    inside: AtomicBool,
}

/// No thread's token.
const FREE: usize = 0;
/// In models the second thread gets a seat of the other kind.
const SEATS: usize = if cfg!(loom) { 1 } else { 16 };

impl Seat {
    fn of(thread: usize) -> Self {
        Self { thread: AtomicUsize::new(thread), inside: AtomicBool::new(false) }
    }

    #[inline(always)]
    fn is_of(&self, thread: usize) -> bool {
        self.thread.load(Ordering::Relaxed) == thread
    }

    /// Step 4, and how an owner steps back at 3.
    #[inline(always)]
    pub(super) fn leave(&self) {
        self.inside.store(false, ordered(Step::LeaveRelease, Ordering::Release));
    }
}

impl Owner {
    pub(super) fn plan(plan: &mut Plan) -> Result<Part<Seat>, Error> {
        plan.add(SEATS, align_of::<Seat>())
    }

    pub(super) fn new(region: &Shared<Region>, seats: Part<Seat>) -> Self {
        Self {
            seat: Padded(AtomicPtr::new(ptr::null_mut())),
            seats: Array::fill(region, seats, || Seat::of(FREE)),
            more_seats: Monitor::new(Vec::new()),
        }
    }

    /// Enters, or says that somebody else is inside. The seat is to be given back to `leave`.
    #[inline(always)]
    pub(super) fn enter(&self) -> Result<&Seat, Refused> {
        match self.enter_again() {
            Some(seat) => Ok(seat),
            None => self.enter_from_outside(),
        }
    }

    /// Steps 1 to 3, if this thread is the owner.
    #[inline(always)]
    pub(super) fn enter_again(&self) -> Option<&Seat> {
        let own = ThreadToken::current().get();
        let seat = self.current()?;
        // A thread that is inside already is in a signal handler now.
        if !seat.is_of(own) || seat.inside.load(Ordering::Relaxed) {
            return None;
        }
        seat.inside.store(true, Ordering::Relaxed);
        if kept(Step::OwnerFence) {
            light();
        }
        if ptr::eq(self.seat.load(Ordering::Relaxed), seat) || !kept(Step::StillOwner) {
            return Some(seat);
        }
        seat.leave();
        None
    }

    #[cold]
    fn enter_from_outside(&self) -> Result<&Seat, Refused> {
        let own = ThreadToken::current().get();
        loop {
            if self.current().is_some_and(|it| it.is_of(own) && it.inside.load(Ordering::Relaxed)) {
                return Err(Refused::ConcurrentUse);
            }
            self.take_ownership(own)?;
            if let Some(seat) = self.enter_again() {
                return Ok(seat);
            }
        }
    }

    #[inline(always)]
    fn current(&self) -> Option<&Seat> {
        // SAFETY: null or one of the seats, which live as long as this.
        unsafe { self.seat.load(ordered(Step::OwnerAcquire, Ordering::Acquire)).as_ref() }
    }

    #[cold]
    fn take_ownership(&self, own: usize) -> Result<(), Refused> {
        let mut more_seats = self.more_seats.lock();
        let seat = ptr::from_ref(self.seat_of(&mut more_seats, own)?).cast_mut();
        let before = self.seat.swap(ptr::null_mut(), Ordering::Relaxed);
        if kept(Step::TakerFence) {
            heavy_for_certain();
        }
        // SAFETY: as in `current`.
        let owner = unsafe { before.as_ref() };
        let acquire = ordered(Step::TakerAcquire, Ordering::Acquire);
        let taken = owner.is_some_and(|it| !it.is_of(own) && it.inside.load(acquire))
            && kept(Step::OwnerInside);
        let release = ordered(Step::OwnerRelease, Ordering::Release);
        self.seat.store(if taken { before } else { seat }, release);
        if taken { Err(Refused::ConcurrentUse) } else { Ok(()) }
    }

    /// Whether some thread is inside; false is for certain only where nobody can enter any more.
    pub(super) fn is_inside(&self) -> bool {
        let acquire = ordered(Step::InsideAcquire, Ordering::Acquire);
        let inside = |seat: &Seat| seat.inside.load(acquire);
        match self.current() {
            Some(seat) => inside(seat),
            None => {
                // Changing just now; or nobody was ever inside, which is certain under the lock.
                let _unchanging = self.more_seats.lock();
                self.current().is_some_and(inside)
            }
        }
    }

    /// The seat of a thread, a new one if it has none yet.
    fn seat_of<'a>(
        &'a self,
        more: &'a mut Vec<Shared<Seat>>,
        thread: usize,
    ) -> Result<&'a Seat, Refused> {
        let known_or_free = |seat: &&Seat| seat.is_of(thread) || seat.is_of(FREE);
        if let Some(seat) = self.seats.iter().find(known_or_free) {
            seat.thread.store(thread, Ordering::Relaxed);
            return Ok(seat);
        }
        let known = more.iter().position(|seat| seat.is_of(thread));
        if known.is_none() {
            more.try_reserve(1).map_err(|_| Refused::NoMemory)?;
            more.push(Shared::try_new(Seat::of(thread)).map_err(|_| Refused::NoMemory)?);
        }
        Ok(&more[known.unwrap_or(more.len() - 1)])
    }
}
