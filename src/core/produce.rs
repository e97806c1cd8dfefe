//! The producers' side: claim what there is room for, copy, publish; wait for the rest.

use super::claim::{Claim, Refused};
use super::disruptor::{Disruptor, Inner};
use super::error::Error;
use super::own_thread;
use crate::sync::clock::{self, Deadline};
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
    /// Copies elements into the ring. What fits goes in at once; for the rest this waits for the slowest
    /// consumer.
    #[inline]
    pub fn produce<T: AsRef<[u8]>>(&self, elements: &[T], timeout_ns: u64) -> Produced {
        let inner = &*self.0;
        if let Err(error) = inner.check_lengths(elements) {
            return Produced { accepted: 0, outcome: Err(error) };
        }
        let mut accepted = 0;
        let mut patience = Patience::new(timeout_ns);
        while accepted < elements.len() {
            let rest = &elements[accepted..];
            let stored = match inner.ring.try_claim(1, rest.len() as u64) {
                Ok(claim) => inner.fill(claim, rest),
                Err(refused) => match patience.wait_for_room(self, refused) {
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
struct Patience {
    timeout_ns: u64,
    /// Fixed when the first wait begins.
    deadline: Option<Deadline>,
    /// Keeps the memory from the first wait to the end of the call, should the disruptor be destroyed
    /// meanwhile.
    keeper: Option<Shared<Inner>>,
}

impl Patience {
    fn new(timeout_ns: u64) -> Self {
        Self { timeout_ns, deadline: None, keeper: None }
    }

    /// Waits until a claim is worth another try, or says why it is not.
    #[cold]
    fn wait_for_room(&mut self, disruptor: &Disruptor, refused: Refused) -> Result<(), Error> {
        match refused {
            Refused::Closed => return Err(Error::Closed),
            Refused::NoConsumers => return Err(Error::NoConsumers),
            Refused::NoRoom => {}
        }
        let inner = self.keeper.get_or_insert_with(|| disruptor.0.clone());
        if self.timeout_ns == 0 {
            return Err(Error::Full { capacity: inner.ring.capacity as usize });
        }
        if own_thread::consumer_of(inner).is_some() {
            return Err(Error::WouldDeadlock { what: "wait for room" });
        }
        let timeout_ns = self.timeout_ns;
        let deadline = *self.deadline.get_or_insert_with(|| Deadline::after(timeout_ns));
        inner.blocked_count.fetch_add(1, Ordering::Relaxed);
        inner.blocked.start(clock::now());
        let worth_trying = inner.ring.wait_for_room(deadline);
        inner.blocked.stop(clock::now());
        worth_trying.ok_or(Error::TimedOut { waited_ns: timeout_ns })
    }
}

impl Inner {
    #[inline]
    fn check_lengths<T: AsRef<[u8]>>(&self, elements: &[T]) -> Result<(), Error> {
        let max = self.ring.slots.shape().max_element_size;
        match elements.iter().position(|element| element.as_ref().len() > max) {
            None => Ok(()),
            Some(index) => {
                let len = elements[index].as_ref().len();
                Err(Error::ElementTooLarge { index, len, max })
            }
        }
    }

    /// Copies as many elements as were claimed, and publishes. Without memory for an element that
    /// spills, the rest of the claim is abandoned, and the error says how many were stored before.
    #[inline]
    fn fill<T: AsRef<[u8]>>(&self, claim: Claim, elements: &[T]) -> Result<usize, (usize, Error)> {
        let mut stored = Ok(claim.count());
        for (index, (at, element)) in claim.positions().zip(elements).enumerate() {
            if let Err(error) = self.ring.slots.write(&claim, at, element.as_ref()) {
                self.abandon_from(&claim, index);
                stored = Err((index, error));
                break;
            }
        }
        self.ring.publish(claim);
        stored
    }

    #[cold]
    fn abandon_from(&self, claim: &Claim, index: usize) {
        for at in claim.positions().skip(index) {
            self.ring.slots.abandon(claim, at);
            self.abandoned.fetch_add(1, Ordering::Relaxed);
        }
    }
}
