//! A consumer without a thread: its owner asks for elements, and says how many of them are done.

mod desk;

pub(crate) use desk::Desk;

use super::barrier::GraphChanged;
use super::config::{ConsumerConfig, in_range};
use super::consumer::{Asked, Ended};
use super::disruptor::{Disruptor, Inner};
use super::error::{BadArgument, Error, Problem};
use super::handler::Batch;
use super::own_thread;
use super::reader::{Gathered, NoBatch, Reader};
use super::register::Reservation;
use crate::sync::clock::Deadline;
use crate::sync::fences::{heavy_for_certain, light};
use crate::sync::signal::{CAN_SIGNAL, Signal};
use crate::sync::steps::{Step, kept};
use crate::sync::{Shared, ticks};

/// Reads the stream at its owner's pace, and holds the ring back like any other consumer.
///
/// One thread at a time may use it. It keeps the ring's memory, so it may be used after the disruptor
/// was dropped. Dropping it takes it out of the ring.
#[derive(Debug)]
pub struct Poller {
    id: u32,
    inner: Shared<Inner>,
    desk: Shared<Desk>,
}

#[derive(Debug)]
struct State {
    inner: Shared<Inner>,
    reader: Reader,
    given: Option<Given>,
    /// Readable when there may be something to poll; made when it is asked for.
    signal: Option<Shared<Signal>>,
}

/// A batch that was polled and is not released yet.
#[derive(Debug)]
struct Given {
    gathered: Gathered,
    released: usize,
}

impl Disruptor {
    /// Makes a poller, whose elements are those produced from now on.
    pub fn poller(&self, config: &ConsumerConfig<'_>) -> Result<Poller, Error> {
        let inner = &self.0;
        if config.cpu >= 0 {
            let rule = "a poller has no thread to pin, so it must be -1";
            let problem = Problem::Conflict { value: config.cpu as u64, rule };
            return Err(Error::InvalidArgument(BadArgument { name: "cpu", problem }));
        }
        let config = config.checked(inner.ring.capacity as usize)?;
        let reservation = Reservation::new(inner, config.depends_on)?;
        let prepared = inner.prepare(&config, &reservation)?;
        let mut reader = inner.admit(&config, reservation.id, prepared, true)?;
        inner.follow_graph(&reader.consumer, &mut reader.barrier);
        let state = State { inner: inner.clone(), reader, given: None, signal: None };
        // It is in the ring. Should there be no memory for the rest, it leaves again.
        let id = reservation.keep();
        let desk = Shared::try_new(Desk::new(state))?;
        inner.put_up(&desk)?;
        // A consumer in front of it has either seen that there are gaps, and visits, or is seen to be past them.
        if kept(Step::NewcomerFence) {
            heavy_for_certain();
        }
        inner.pass_gaps();
        Ok(Poller { id, inner: inner.clone(), desk })
    }
}

impl Poller {
    /// Whether no thread is inside of a call.
    pub fn is_free(&self) -> Result<(), Error> {
        self.desk.sit_down().map(drop)
    }

    /// Its id as a consumer.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Waits for elements at most `timeout_ns` and shows them to `take`. They stay where they are until
    /// they are released or the next poll, whichever is first. What was polled before and not
    /// released is polled again.
    pub fn poll<R>(&self, timeout_ns: u64, take: impl FnOnce(&Batch<'_>) -> R) -> Result<R, Error> {
        self.inner.pass_gaps();
        let polled = self.poll_at_desk(timeout_ns, take);
        self.pass_gaps_since();
        polled
    }

    fn poll_at_desk<R>(
        &self,
        timeout_ns: u64,
        take: impl FnOnce(&Batch<'_>) -> R,
    ) -> Result<R, Error> {
        let mut state = self.desk.sit_down()?;
        let state = &mut *state;
        if !state.shows_rest_again()? {
            state.gather(timeout_ns)?;
        }
        let given =
            state.given.as_ref().ok_or(Error::Internal { what: "no batch was gathered" })?;
        let whole = state.reader.batch(&given.gathered);
        let batch = Batch {
            elements: whole.elements.after(given.released),
            first_sequence: whole.first_sequence + given.released as u64,
            ..whole
        };
        Ok(take(&batch))
    }

    /// The first `consumed` elements of the batch polled last are done.
    pub fn release(&self, consumed: usize) -> Result<(), Error> {
        let mut state = self.desk.sit_down()?;
        let open = state.given.as_ref().map_or(0, |given| given.left(&state.reader));
        in_range("consumed", consumed, 0, open)?;
        if consumed > 0 {
            state.release(consumed);
        }
        drop(state);
        self.pass_gaps_since();
        Ok(())
    }

    /// Passes what came to be unwanted after the owner's look, by whoever found the owner at the desk and
    /// went away again. The visitor's heavy fence lies before its try: either it finds the desk free, or
    /// its gaps are seen here.
    fn pass_gaps_since(&self) {
        if kept(Step::SinceFence) {
            light();
        }
        if kept(Step::PassSince) {
            self.inner.pass_gaps();
        }
    }

    /// A file descriptor that is readable when there may be something to poll, and at the end. It
    /// belongs to the poller.
    pub fn fd(&self) -> Result<i32, Error> {
        if !CAN_SIGNAL {
            return Err(Error::Unsupported { what: "a poller's file descriptor" });
        }
        let mut state = self.desk.sit_down()?;
        if state.signal.is_none() {
            // Raised at first, so that whoever waits for it polls once and finds out.
            let refused = Error::OutOfMemory { what: "a file descriptor", bytes: 0 };
            let signal = Signal::new_raised().map_err(|_| refused)?;
            state.signal = Some(Shared::try_new(signal)?);
        }
        Ok(state.signal.as_ref().map_or(-1, |signal| signal.fd()))
    }

    /// What a model waits for in place of the descriptor.
    #[cfg(loom)]
    pub(crate) fn signal(&self) -> Option<Shared<Signal>> {
        self.desk.sit_down().ok()?.signal.clone()
    }
}

impl Given {
    fn left(&self, reader: &Reader) -> usize {
        reader.elements().count() - self.released
    }
}

impl State {
    /// In a group the rest of a batch is this member's alone, so it has to be shown as it is. A poller
    /// of its own gathers again, because there may be more by now.
    fn shows_rest_again(&mut self) -> Result<bool, Error> {
        if self.reader.is_in_group() {
            let Some(given) = &mut self.given else { return Ok(false) };
            if self.reader.consumer.asked() == Asked::ToHalt {
                return Err(Error::Closed);
            }
            self.reader.renew_backlog(&self.inner.ring, &mut given.gathered);
            return Ok(true);
        }
        if let Some(given) = self.given.take() {
            self.batch_is_over(&given);
            self.reader.show_again(given.gathered.end);
        }
        Ok(false)
    }

    /// Passes what nobody wants; whether there was any.
    fn pass_gaps(&mut self) -> bool {
        if self.given.is_some() {
            return false;
        }
        loop {
            match self.reader.pass_gaps(&self.inner.ring) {
                Ok(has_passed) => return has_passed,
                Err(GraphChanged) => {
                    self.inner.follow_graph(&self.reader.consumer, &mut self.reader.barrier);
                }
            }
        }
    }

    fn batch_is_over(&self, given: &Given) {
        let counters = &self.reader.consumer.counters;
        counters.batch_is_over(given.released as u64, ticks::now());
    }

    fn gather(&mut self, timeout_ns: u64) -> Result<(), Error> {
        let deadline = Deadline::after(timeout_ns);
        loop {
            let mut next = self.reader.try_next(&self.inner.ring);
            if matches!(next, Err(NoBatch::TimedOut)) && timeout_ns > 0 {
                next = self.wait(deadline)?;
            }
            if matches!(next, Err(NoBatch::TimedOut)) {
                next = self.arm();
            }
            match next {
                Ok(gathered) if self.reader.elements().count() == 0 => {
                    self.reader.finish(&self.inner.ring, &gathered);
                }
                Ok(gathered) => {
                    self.reader.pass_to_first(&self.inner.ring, &gathered);
                    let counters = &self.reader.consumer.counters;
                    counters.batch_begins(gathered.lag, ticks::now());
                    self.given = Some(Given { gathered, released: 0 });
                    return Ok(());
                }
                Err(NoBatch::GraphChanged) => {
                    self.inner.follow_graph(&self.reader.consumer, &mut self.reader.barrier);
                }
                Err(NoBatch::Ended(_)) => {
                    self.raise();
                    return Err(Error::Closed);
                }
                Err(NoBatch::TimedOut) if timeout_ns == 0 => return Err(Error::Empty),
                Err(NoBatch::TimedOut) => return Err(Error::TimedOut { waited_ns: timeout_ns }),
            }
        }
    }

    fn wait(&mut self, deadline: Deadline) -> Result<Result<Gathered, NoBatch>, Error> {
        if let Some(own) = own_thread::consumer_of(&self.inner)
            && self.inner.topology.lock().is_behind(self.reader.consumer.id, own)
        {
            return Err(Error::WouldDeadlock { what: "poll for what it has to finish first" });
        }
        let blocked = &self.reader.consumer.clone().counters.blocked;
        blocked.start_own(ticks::now());
        let next = self.reader.wait_for_next(&self.inner.ring, deadline);
        blocked.stop_own(ticks::now());
        Ok(next)
    }

    /// Nothing to poll: has the signal raised by what comes next, and looks once more for what came
    /// before that.
    fn arm(&mut self) -> Result<Gathered, NoBatch> {
        let Some(signal) = &self.signal else { return Err(NoBatch::TimedOut) };
        signal.lower();
        let ring = &self.inner.ring;
        let next = loop {
            let behind = self.reader.barrier.waits_for();
            self.reader.arm(ring, signal);
            let next = self.reader.try_next(ring);
            // Unless another dependency has become the slowest, and its bell is the one to ring.
            let found = !matches!(next, Err(NoBatch::TimedOut));
            if found || self.reader.barrier.waits_for() == behind || !kept(Step::ArmAgain) {
                break next;
            }
        };
        if !matches!(next, Err(NoBatch::TimedOut)) && kept(Step::RaiseFound) {
            self.raise();
        }
        next
    }

    fn raise(&self) {
        if let Some(signal) = &self.signal {
            signal.raise();
        }
    }

    fn release(&mut self, consumed: usize) {
        let Some(mut given) = self.given.take() else { return };
        let bytes = self.reader.elements().after(given.released).first(consumed).bytes();
        self.reader.consumer.counters.done(consumed as u64, bytes);
        given.released += consumed;
        if given.left(&self.reader) == 0 {
            self.batch_is_over(&given);
            self.reader.finish(&self.inner.ring, &given.gathered);
        } else {
            let to = given.gathered.first + given.released as u64;
            self.reader.finish_part(&self.inner.ring, to);
            self.given = Some(given);
        }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.inner.put_away(&self.desk);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let ring = &self.inner.ring;
        let unfinished = self.given.take().map(|given| {
            self.batch_is_over(&given);
            (given.gathered.first + given.released as u64, given.gathered.end)
        });
        self.reader.leave(ring, unfinished);
        self.inner.consumer_leaves(&self.reader.consumer, Ended::Left);
        self.inner.consumer_has_ended(self.reader.consumer.id);
        if let Some(signal) = &self.signal {
            ring.forget(signal);
        }
    }
}
