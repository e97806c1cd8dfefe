//! Puts the parts together, and takes them from open through closing to closed.

use super::config::Config;
use super::consumer::Asked;
use super::error::Error;
use super::own_thread;
use super::poller::Desk;
use super::ring::{Bell, Ring};
use super::slots::Shape;
use super::stopwatch::SharedStopwatch;
use super::topology::{Member, Standing, Topology};
use super::wait::sleep;
use crate::sync::clock::{self, Deadline};
use crate::sync::steps::{Step, in_order, kept};
use crate::sync::{AtomicU64, Monitor, Ordering, Shared, try_string};

/// A ring, its producers' side, and the consumers that it feeds.
///
/// Any thread may call anything at any time. Dropping it without [`Disruptor::shutdown`] leaves the
/// consumers' threads running.
#[derive(Debug)]
pub struct Disruptor(pub(crate) Shared<Inner>);

/// What the handle, the consumers' threads and waiting callers share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) name: String,
    pub(crate) ring: Ring,
    /// Notified whenever a consumer has ended.
    pub(crate) topology: Monitor<Topology>,
    /// The pollers, for those who look after them.
    pub(crate) desks: Monitor<Vec<Shared<Desk>>>,
    pub(crate) created_at: u64,
    /// When the last consumer of a closed disruptor ended; 0 before. Set once, and read and written under the lock of the
    /// topology, which carries it.
    pub(crate) ended_at: AtomicU64,
    /// The most that was ever reported as produced.
    pub(crate) produced_seen: AtomicU64,
    /// Producers waiting for room.
    pub(crate) blocked: SharedStopwatch,
    pub(crate) blocked_count: AtomicU64,
}

impl Disruptor {
    /// Makes a disruptor. All memory of the ring is allocated and touched here.
    pub fn create(config: &Config<'_>) -> Result<Self, Error> {
        let config = config.checked()?;
        let shape = Shape {
            slots: config.capacity.next_power_of_two(),
            element_size: config.element_size,
            max_element_size: config.max_element_size,
            alignment: config.element_alignment,
        };
        let ring = Ring::new(
            shape,
            config.capacity,
            config.max_consumers,
            config.producer_mode,
            config.wait_strategy,
        )?;
        Ok(Self(Shared::try_new(Inner {
            name: try_string(config.name)?,
            ring,
            topology: Monitor::new(Topology::new(config.max_consumers)),
            desks: Monitor::new(Vec::new()),
            created_at: clock::now(),
            ended_at: AtomicU64::new(0),
            produced_seen: AtomicU64::new(0),
            blocked: SharedStopwatch::default(),
            blocked_count: AtomicU64::new(0),
        })?))
    }

    /// Waits until everything published before is consumed by every consumer.
    pub fn flush(&self, timeout_ns: u64) -> Result<(), Error> {
        let inner = self.0.clone();
        inner.forbid_on_own_thread("flush")?;
        let deadline = Deadline::after(timeout_ns);
        let ring = &inner.ring;
        inner.pass_gaps();
        // Without a consumer there is nothing to wait for, and no slot that could not be claimed again.
        let Some((_, slowest)) = ring.gates.slowest() else { return Ok(()) };
        let to = ring.sequencer.last_published(slowest);
        if kept(Step::FlushAsks) {
            ring.control.raise_flush_to(to);
        }
        if kept(Step::FlushRings) {
            ring.notify_all();
        }
        while let Some((line, finished)) = ring.gates.slowest()
            && finished < to
        {
            if ring.control.is_halted() {
                return Err(Error::Closed);
            }
            ring.wait(Bell::Moved(line), deadline, &mut (line, to), |&mut (line, to), stream| {
                let halted = stream.control.is_halted();
                (halted || stream.gates.finished(line) >= to).then_some(())
            })
            .ok_or(Error::TimedOut { waited_ns: timeout_ns })?;
            inner.pass_gaps();
        }
        Ok(())
    }

    /// Refuses elements from now on, waits for open claims, delivers what was accepted, ends the consumers.
    ///
    /// When the time is up it goes on in the background and may be called again.
    pub fn close(&self, timeout_ns: u64) -> Result<(), Error> {
        let inner = self.0.clone();
        inner.forbid_on_own_thread("close")?;
        let deadline = Deadline::after(timeout_ns);
        inner.begin_to_close();
        inner.wait_for_end(deadline, timeout_ns)
    }

    /// As [`Disruptor::close`], but consumers end after the batch that they are in, and open claims are
    /// not waited for. Returns the largest number of elements that a consumer did not finish.
    pub fn halt(&self, timeout_ns: u64) -> Result<u64, Error> {
        let inner = self.0.clone();
        inner.forbid_on_own_thread("halt")?;
        let deadline = Deadline::after(timeout_ns);
        // Halted first: a close alone would have consumers let go of what they hold back.
        in_order(Step::HaltFirst, || inner.ring.halt(), || inner.begin_to_close());
        for member in inner.topology.lock().registered() {
            member.consumer.ask(Asked::ToHalt);
        }
        if kept(Step::AskRings) {
            inner.ring.notify_all();
        }
        inner.wait_for_end(deadline, timeout_ns)?;
        // A member that is just polling may have its hand on elements and not have said yet whether it gets them. It soon
        // does, and need not ring for that.
        let undelivered = sleep::nap(deadline, || inner.undelivered());
        undelivered.ok_or(Error::TimedOut { waited_ns: timeout_ns })
    }

    /// Closes without limit. Afterwards no thread of the disruptor runs any more, and dropping it
    /// frees all memory but what a caller that is still inside of a call keeps.
    pub fn shutdown(&self) -> Result<(), Error> {
        self.close(u64::MAX)
    }
}

impl Inner {
    pub(crate) fn forbid_on_own_thread(&self, what: &'static str) -> Result<(), Error> {
        match own_thread::consumer_of(self) {
            Some(_) => Err(Error::WouldDeadlock { what }),
            None => Ok(()),
        }
    }

    fn begin_to_close(&self) {
        let mut topology = self.topology.lock();
        topology.close();
        // Under the lock: whoever registers has either entered before, or will find it closed.
        self.ring.close();
    }

    /// Whether a closed disruptor has nothing more to do: no consumer's thread runs, no claim is open.
    /// The first one to find that out fixes the time of the end.
    pub(crate) fn is_over(&self, topology: &Topology) -> bool {
        if self.ended_at.load(Ordering::Relaxed) != 0 {
            return true;
        }
        self.ring.claims_are_over() && self.have_all_ended(topology)
    }

    /// Whether no consumer's thread of a closed disruptor runs, whose claims are over: fixes the time of
    /// the end.
    fn have_all_ended(&self, topology: &Topology) -> bool {
        let have_ended = topology.is_closed()
            && topology.all().all(|member| member.has_ended || member.is_poller);
        if have_ended {
            let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
            let _ = self.ended_at.compare_exchange(0, clock::now(), success, failure);
        }
        have_ended
    }

    fn wait_for_end(&self, deadline: Deadline, timeout_ns: u64) -> Result<(), Error> {
        let timed_out = Error::TimedOut { waited_ns: timeout_ns };
        let ring = &self.ring;
        ring.wait(Bell::Published, deadline, &mut (), |(), stream| {
            stream.claims_are_over().then_some(())
        })
        .ok_or(timed_out)?;
        // They stay over: whoever takes an open claim after a halt finds that it comes too late. But it
        // takes it first, so to ask again here, where that caller wakes nobody, could be to wait for ever.
        let have_ended = |topology: &mut Topology| self.have_all_ended(topology).then_some(());
        self.topology.wait(deadline, have_ended).ok_or(timed_out)?;
        self.join_ended_threads();
        Ok(())
    }

    /// Joins the threads that have nothing more to do.
    pub(crate) fn join_ended_threads(&self) {
        loop {
            // In a statement of its own, so that the lock is not held while joining.
            let thread = self.topology.lock().take_ended_thread();
            match thread {
                Some(thread) => thread.join(),
                None => break,
            }
        }
    }

    /// The largest number of elements that a consumer registered at the end has not finished; `None` while it is not to be seen
    /// whether a member of a group gets what it has its hand on.
    fn undelivered(&self) -> Option<u64> {
        let topology = self.topology.lock();
        let unfinished = topology.counted().map(|member| self.unfinished(member));
        unfinished.reduce(|most, unfinished| Some(most?.max(unfinished?))).unwrap_or(Some(0))
    }

    /// The elements that a consumer or its group has not finished, once all is over.
    fn unfinished(&self, member: &Member) -> Option<u64> {
        let ring = &self.ring;
        if let Some(group) = &member.group {
            let (in_hands, untaken) = group.in_hands(|batch| ring.elements(batch))?;
            return Some(in_hands + ring.elements_from(untaken));
        }
        let finished = match member.standing {
            Standing::Registered => ring.gates.finished(member.consumer.line),
            _ => member.final_position,
        };
        Some(ring.elements_from(finished.max(member.start)))
    }
}
