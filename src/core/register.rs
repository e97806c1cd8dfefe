//! Consumers enter and leave while the stream runs.

use std::fmt::Write;

use super::barrier::Barrier;
use super::config::ConsumerConfig;
use super::consumer::{Asked, Batching, Consumer, Ended};
use super::disruptor::{Disruptor, Inner};
use super::error::{BadArgument, Error, Problem};
use super::group::Group;
use super::handler::Handler;
use super::own_thread;
use super::reader::{InHand, Reader};
use super::topology::{Member, Standing, thread_name};
use super::worker::{self, Stage};
use crate::sync::clock::Deadline;
use crate::sync::steps::{Step, kept};
use crate::sync::thread::Thread;
use crate::sync::{Monitor, Shared, try_string};

impl Disruptor {
    /// Starts a thread that hands every element produced from now on to `handler`, and returns when
    /// `handler.start` has. The consumer's id counts up from 0; `announce` gets it when nothing can
    /// fail any more, and before the first element is delivered.
    pub fn register<H: Handler>(
        &self,
        config: &ConsumerConfig<'_>,
        handler: H,
        announce: impl FnOnce(u32),
    ) -> Result<(), Error> {
        let inner = self.0.clone();
        let config = config.checked(inner.ring.capacity as usize)?;
        let reservation = Reservation::new(&inner, config.depends_on)?;
        let own = own_thread::consumer_of(&inner);
        if let Some(own) = own {
            inner.topology.lock().wait_for(own, reservation.id)?;
        }
        let registered = inner.start_consumer(&config, handler, announce, &reservation);
        if let Some(own) = own {
            inner.topology.lock().waits_no_more(own);
        }
        inner.join_ended_threads();
        if registered.is_ok() {
            reservation.keep();
        }
        registered
    }

    /// Lets a consumer finish its current batch and leave. On the consumer's own thread this returns at
    /// once and takes effect after the batch.
    ///
    /// When the time is up it goes on in the background and may be called again.
    pub fn unregister(&self, consumer: u32, timeout_ns: u64) -> Result<(), Error> {
        let inner = self.0.clone();
        let deadline = Deadline::after(timeout_ns);
        let own = own_thread::consumer_of(&inner);
        {
            let mut topology = inner.topology.lock();
            let member = topology.get(consumer)?;
            if member.is_poller {
                let rule = "it is a poller's; destroy the poller instead";
                let problem = Problem::Conflict { value: consumer.into(), rule };
                return Err(Error::InvalidArgument(BadArgument { name: "consumer", problem }));
            }
            let record = member.consumer.clone();
            if let Some(own) = own.filter(|&own| own != consumer) {
                topology.wait_for(own, consumer)?;
            }
            record.ask(Asked::ToLeave);
        }
        if kept(Step::AskRings) {
            inner.ring.notify_all();
        }
        if own == Some(consumer) {
            return Ok(());
        }
        let ended = inner.topology.wait(deadline, |topology| {
            topology.get(consumer).is_ok_and(|member| member.has_ended).then_some(())
        });
        if let Some(own) = own {
            inner.topology.lock().waits_no_more(own);
        }
        ended.ok_or(Error::TimedOut { waited_ns: timeout_ns })?;
        inner.join_ended_threads();
        Ok(())
    }
}

/// An id for a consumer that is on its way. Given back unless [kept](Reservation::keep).
pub(crate) struct Reservation<'a> {
    inner: &'a Inner,
    pub(crate) id: u32,
    is_kept: bool,
}

impl<'a> Reservation<'a> {
    pub(crate) fn new(inner: &'a Inner, depends_on: &[u32]) -> Result<Self, Error> {
        let mut topology = inner.topology.lock();
        let id = topology.reserve()?;
        let reservation = Self { inner, id, is_kept: false };
        let known = topology.upstream_of(depends_on);
        // Before a reservation that may have to be given back.
        drop(topology);
        known.map(|_| reservation)
    }

    /// The consumer came to be.
    pub(crate) fn keep(mut self) -> u32 {
        self.is_kept = true;
        self.id
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.inner.topology.lock().cancel(self.id);
        }
    }
}

/// All that a consumer needs and that there may be no memory for.
pub(crate) struct Prepared {
    name: String,
    barrier: Barrier,
    gathered: InHand,
    batching: Batching,
}

impl Inner {
    pub(crate) fn prepare(
        &self,
        config: &ConsumerConfig<'_>,
        reservation: &Reservation<'_>,
    ) -> Result<Prepared, Error> {
        let name = match config.name {
            Some(name) => try_string(name)?,
            None => default_name(reservation.id)?,
        };
        Ok(Prepared {
            name,
            barrier: Barrier::new(self.ring.gates.len())?,
            gathered: InHand::new(config.max_batch, config.spans)?,
            batching: Batching {
                least: config.min_batch as u64,
                linger_ns: config.linger_ns,
                most: config.max_batch,
            },
        })
    }
}

impl Shared<Inner> {
    fn start_consumer<H: Handler>(
        &self,
        config: &ConsumerConfig<'_>,
        handler: H,
        announce: impl FnOnce(u32),
        reservation: &Reservation<'_>,
    ) -> Result<(), Error> {
        let prepared = self.prepare(config, reservation)?;
        let thread_name = thread_name(&self.name, &prepared.name)?;
        let stage = Shared::try_new(Monitor::new(Stage::Starting))?;
        let start = worker::Start {
            inner: self.clone(),
            id: reservation.id,
            stage: stage.clone(),
            handler,
            thread_name,
            cpu: u32::try_from(config.cpu).ok(),
        };
        let thread = start.spawn()?;
        match self.admit(config, reservation.id, prepared, false) {
            Ok(reader) => {
                self.keep_thread(reservation.id, thread);
                announce(reservation.id);
                stage.change(|stage| *stage = Stage::Entered(reader));
                Ok(())
            }
            Err(error) => {
                stage.change(|stage| *stage = Stage::TurnedAway);
                thread.join();
                Err(error)
            }
        }
    }

    /// Lets a consumer in: from here on it gates, and counts.
    pub(crate) fn admit(
        &self,
        config: &ConsumerConfig<'_>,
        id: u32,
        prepared: Prepared,
        is_poller: bool,
    ) -> Result<Reader, Error> {
        let Prepared { name, barrier, gathered, batching } = prepared;
        let mut topology = self.topology.lock();
        if topology.is_closed() {
            return Err(Error::Closed);
        }
        let upstream = topology.upstream_of(config.depends_on)?;
        let group = topology.group(config.group, &upstream)?;
        let line = match &group {
            Some(group) => group.line,
            None => topology.free_line()?,
        };
        let consumer = Shared::try_new(Consumer::new(id, name, line))?;
        let no_seat = Error::TooManyConsumers { max: self.ring.gates.len() };
        // Before it enters, so that whoever finds no room because of it knows that it may let go.
        let count_holder = || {
            if batching.least > 1 {
                self.ring.control.holder_enters();
            }
        };
        let enter = |line| {
            count_holder();
            self.ring.enter(line)
        };
        let (entry, seat) = match group {
            Some(group) => {
                let seat = group.sit_down().ok_or(no_seat)?;
                count_holder();
                // For producers that wait for room, who have to tell it (`Stream::has_holders_to_tell`).
                if batching.least > 1 && kept(Step::HolderRings) {
                    self.ring.notify_all();
                }
                (group.entry(), Some((group, seat)))
            }
            None if config.group == 0 => (enter(line), None),
            None => {
                let group = Group::new(config.group, line, self.ring.gates.len())?;
                let group = Shared::try_new(group)?;
                let seat = group.sit_down().ok_or(no_seat)?;
                let entry = enter(line);
                group.begin(entry);
                (entry, Some((group, seat)))
            }
        };
        topology.insert(Member {
            consumer: consumer.clone(),
            standing: Standing::Registered,
            upstream,
            start: entry.start,
            group: seat.as_ref().map(|(group, _)| group.clone()),
            is_holder: batching.least > 1,
            is_poller,
            final_position: 0,
            final_lag: 0,
            has_ended: false,
            thread: None,
            waits_for: None,
        });
        drop(topology);
        Ok(Reader::new(consumer, barrier, batching, gathered, entry, seat))
    }
}

fn default_name(id: u32) -> Result<String, Error> {
    const LONGEST: &str = "consumer-4294967295";
    let mut name = try_string(LONGEST)?;
    name.clear();
    write!(name, "consumer-{id}").expect("there is room for the longest");
    Ok(name)
}

impl Inner {
    fn keep_thread(&self, id: u32, thread: Thread) {
        if let Some(member) = self.topology.lock().get_mut(id) {
            member.thread = Some(thread);
        }
    }

    /// Tells a barrier what is in front of its consumer now.
    pub(crate) fn follow_graph(&self, consumer: &Consumer, barrier: &mut Barrier) {
        self.topology.lock().follow(consumer.id, &self.ring, barrier);
    }

    /// Takes a consumer out of the ring before its `close` runs, however long that takes. At the end of
    /// the stream it stays: others may still have to see how far it got.
    pub(crate) fn consumer_leaves(&self, consumer: &Consumer, ended: Ended) {
        let standing = match ended {
            Ended::AtClose => return,
            Ended::Left => Standing::Unregistered,
            Ended::Failed => Standing::Failed,
        };
        let mut topology = self.topology.lock();
        let standing = if self.is_over(&topology) { Standing::LeftAfterEnd } else { standing };
        if let Some(member) = topology.get_mut(consumer.id) {
            member.final_position = self.ring.gates.finished(consumer.line);
            member.final_lag = self.ring.lag(consumer.line);
            consumer.note_lag(member.final_lag);
            if member.is_holder {
                self.ring.control.holder_leaves();
            }
        }
        if topology.leave(consumer.id, standing) {
            let is_last = topology.registered().next().is_none();
            self.ring.leave(consumer.line, is_last);
        }
        drop(topology);
        // Those behind it may have nothing but gaps in front of them now.
        self.pass_gaps();
    }

    pub(crate) fn consumer_has_ended(&self, id: u32) {
        self.topology.change(|topology| {
            if let Some(member) = topology.get_mut(id) {
                member.has_ended = true;
            }
            self.is_over(topology);
        });
    }
}
