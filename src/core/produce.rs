//! The producers' side: claim what there is room for, copy, publish; wait for the rest.

use super::claim::{Claim, Refused, Seat};
use super::disruptor::{Disruptor, Inner};
use super::element::Bytes;
use super::error::Error;
use super::own_thread;
use super::ring::Producing;
use crate::sync::clock::{self, Deadline};
use crate::sync::steps::{Step, ordered};
use crate::sync::{Ordering, Shared};

/// What became of a call that produces.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Produced {
    /// The first so many elements were accepted, and will be delivered.
    pub accepted: usize,
    /// Why not all of them.
    pub outcome: Result<(), Error>,
}

impl Disruptor {
    /// Copies one element into the ring if it fits a slot and there is room for it now. That is the way of
    /// almost every element, so it stands here on its own; [`Disruptor::produce`] knows what to do, or to
    /// say, in all other cases.
    #[inline(always)]
    pub fn try_produce_one(&self, bytes: &[u8]) -> bool {
        let ring = &self.0.ring;
        bytes.len() <= ring.slots.shape().element_size && ring.put_at_once(bytes)
    }

    /// Copies elements into the ring. What fits goes in at once; for the rest this waits for the slowest
    /// consumer.
    #[inline]
    pub fn produce<T: Bytes>(&self, elements: &[T], timeout_ns: u64) -> Produced {
        let inner = &*self.0;
        let lengths = match inner.check_lengths(elements) {
            Ok(lengths) => lengths,
            Err(error) => return Produced { accepted: 0, outcome: Err(error) },
        };
        let spills = lengths.longest > inner.ring.slots.shape().element_size;
        let producing = match inner.ring.enter_as_producer() {
            Ok(producing) => producing,
            Err(refused) => return Produced { accepted: 0, outcome: Err(inner.why(refused)) },
        };
        let mut accepted = 0;
        if !spills
            && !elements.is_empty()
            && let Ok(claim) = inner.ring.try_claim(1, elements.len() as u64)
        {
            accepted = claim.count();
            inner.ring.slots.write_in_slots(&claim, &elements[..accepted], lengths.equal());
            inner.ring.publish(claim);
        }
        if accepted == elements.len() {
            return Produced { accepted, outcome: Ok(()) };
        }
        let keeper = self.0.clone();
        Self::produce_rest(&keeper, elements, accepted, timeout_ns, producing)
    }

    /// Goes on where there was no room for all, or where some element spills: it is longer than a slot, so
    /// that there may be no memory for it. The disruptor may be
    /// destroyed while this waits, so it does not know its handle; the caller keeps `inner`.
    #[cold]
    fn produce_rest<T: Bytes>(
        inner: &Shared<Inner>,
        elements: &[T],
        mut accepted: usize,
        timeout_ns: u64,
        producing: Producing<'_>,
    ) -> Produced {
        let mut patience = Patience::new(timeout_ns);
        let _producing = producing;
        while accepted < elements.len() {
            let rest = &elements[accepted..];
            let stored = match inner.ring.try_claim(1, rest.len() as u64) {
                Ok(claim) => inner.fill(claim, rest),
                Err(refused) => match patience.wait_for_room(inner, refused, 1) {
                    Ok(()) => continue,
                    Err(error) => return Produced { accepted, outcome: Err(error) },
                },
            };
            match stored {
                Ok(count) => accepted += count,
                Err((count, error)) => {
                    return Produced { accepted: accepted + count, outcome: Err(error) };
                }
            }
        }
        Produced { accepted, outcome: Ok(()) }
    }
}

/// How long one call is ready to wait, in all.
#[derive(Debug)]
pub(crate) struct Patience {
    timeout_ns: u64,
    /// Fixed when the first wait begins.
    deadline: Option<Deadline>,
}

impl Patience {
    pub(crate) fn new(timeout_ns: u64) -> Self {
        Self { timeout_ns, deadline: None }
    }

    /// Waits until a claim of `room` slots is worth another try, or says why it is not. The caller keeps
    /// `inner`, should the disruptor be destroyed meanwhile.
    #[cold]
    pub(crate) fn wait_for_room(
        &mut self,
        inner: &Inner,
        refused: Refused,
        room: u64,
    ) -> Result<(), Error> {
        if refused == Refused::NoRoom && inner.pass_gaps() {
            return Ok(());
        }
        if refused != Refused::NoRoom || self.timeout_ns == 0 {
            return Err(inner.why(refused));
        }
        if own_thread::consumer_of(inner).is_some() {
            return Err(Error::WouldDeadlock { what: "wait for room" });
        }
        let timeout_ns = self.timeout_ns;
        let timed_out = Error::TimedOut { waited_ns: timeout_ns };
        // A wait looks before it minds the time, and room that others are quicker to take could be found again and again.
        if self.deadline.is_some_and(Deadline::has_passed) {
            return Err(timed_out);
        }
        let deadline = *self.deadline.get_or_insert_with(|| Deadline::after(timeout_ns));
        // Release: who reads that this waits may destroy the disruptor, whose handle was looked at before.
        inner.blocked_count.fetch_add(1, ordered(Step::BlockedRelease, Ordering::Release));
        inner.blocked.start(clock::now());
        let worth_trying = inner.ring.wait_for_room(room, deadline);
        inner.blocked.stop(clock::now());
        worth_trying.ok_or(timed_out)
    }
}

/// The lengths of the elements of one call.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    shortest: usize,
    longest: usize,
}

impl Lengths {
    #[inline]
    fn of<T: Bytes>(elements: &[T]) -> Self {
        // All of one length, mostly: a loop that asks nothing else becomes vector instructions.
        let first = elements.first().map_or(0, |element| element.bytes().len());
        let differs = |element: &T| element.bytes().len() ^ first;
        if elements.iter().fold(0, |all, element| all | differs(element)) == 0 {
            return Self { shortest: first, longest: first };
        }
        let none = Self { shortest: usize::MAX, longest: 0 };
        elements.iter().map(|element| element.bytes().len()).fold(none, |all, len| Self {
            shortest: all.shortest.min(len),
            longest: all.longest.max(len),
        })
    }

    /// The length of all of them, if it is one.
    #[inline]
    fn equal(self) -> Option<usize> {
        (self.shortest == self.longest).then_some(self.longest)
    }
}

impl Inner {
    #[cold]
    pub(crate) fn why(&self, refused: Refused) -> Error {
        match refused {
            Refused::ConcurrentUse => Error::ConcurrentUse,
            Refused::Closed => Error::Closed,
            Refused::NoConsumers => Error::NoConsumers,
            Refused::NoMemory => {
                Error::OutOfMemory { what: "a producer's seat", bytes: size_of::<Seat>() }
            }
            Refused::NoRoom => Error::Full { capacity: self.ring.capacity as usize },
        }
    }

    #[inline]
    fn check_lengths<T: Bytes>(&self, elements: &[T]) -> Result<Lengths, Error> {
        let max = self.ring.slots.shape().max_element_size;
        let lengths = Lengths::of(elements);
        if lengths.longest <= max {
            return Ok(lengths);
        }
        let mut all = elements.iter().map(|element| element.bytes().len()).enumerate();
        let (index, len) = all.find(|&(_, len)| len > max).unwrap_or((0, lengths.longest));
        Err(Error::ElementTooLarge { index, len, max })
    }

    /// Copies as many elements as were claimed, and publishes. Without memory for an element that
    /// spills, the rest of the claim is abandoned, and the error says how many were stored before.
    #[inline]
    fn fill<T: Bytes>(&self, claim: Claim, elements: &[T]) -> Result<usize, (usize, Error)> {
        let mut stored = Ok(claim.count());
        for (index, (at, element)) in claim.positions().zip(elements).enumerate() {
            if let Err(error) = self.ring.slots.write(&claim, at, element.bytes()) {
                self.ring.abandon_from(&claim, index);
                stored = Err((index, error));
                break;
            }
        }
        self.ring.publish(claim);
        stored
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::core::{Config, ConsumerConfig};

    #[test]
    fn time_is_up_though_another_try_were_worth_it() {
        let disruptor = Disruptor::create(&Config::default()).expect("it is small");
        let _poller = disruptor.poller(&ConsumerConfig::default()).expect("there is a line");
        let mut patience = Patience { timeout_ns: 1, deadline: Some(Deadline::after(0)) };
        let waited = patience.wait_for_room(&disruptor.0, Refused::NoRoom, 1);
        assert_eq!(waited, Err(Error::TimedOut { waited_ns: 1 }));
    }

    #[test]
    fn progress_is_each_claim_and_each_element_that_is_finished() {
        let disruptor = Disruptor::create(&Config::default()).expect("it is small");
        let poller = disruptor.poller(&ConsumerConfig::default()).expect("there is a line");
        let progress = || disruptor.0.ring.progress();
        let begun = progress();
        assert!(disruptor.try_produce_one(b"one"));
        assert_eq!(progress() - begun, 1);
        assert_eq!(poller.poll(0, |batch| batch.first_sequence), Ok(0));
        poller.release(1).expect("it was polled");
        assert_eq!(progress() - begun, 2);
    }
}
