//! Consumers come and go while the stream runs; their threads.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::barrier::Barrier;
use super::config::ConsumerConfig;
use super::consumer::{Asked, Batching, Consumer, Ended, Worker};
use super::disruptor::{Disruptor, Inner};
use super::error::Error;
use super::handler::Handler;
use super::own_thread;
use super::ring::Entry;
use super::slots::Element;
use super::topology::{Member, Reservation, Standing, thread_name};
use crate::sync::clock::Deadline;
use crate::sync::{Monitor, Shared, thread, try_string, try_vec};

/// A consumer on its way from its registration to its first element.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The thread names itself, pins itself, runs `start`.
    Starting,
    /// The operating system refused to pin it.
    Refused { os_error: i32 },
    /// Waits to be let in.
    Started,
    /// Gates, and has a start.
    Entered(Entry),
    /// Closed meanwhile: there will be no elements.
    TooLate,
}

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
        let reservation = inner.topology.lock().reserve()?;
        let own = own_thread::consumer_of(&inner);
        let registered = inner.start_consumer(&config, handler, announce, &reservation, own);
        let mut topology = inner.topology.lock();
        if registered.is_err() {
            topology.cancel(&reservation);
        }
        if let Some(own) = own {
            topology.waits_no_more(own);
        }
        drop(topology);
        inner.join_ended_threads();
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
            let member = topology.get(consumer)?.consumer.clone();
            if let Some(own) = own.filter(|&own| own != consumer) {
                topology.wait_for(own, consumer)?;
            }
            member.ask(Asked::ToLeave);
        }
        if own == Some(consumer) {
            return Ok(());
        }
        inner.ring.notify_all();
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

/// What a consumer's thread takes with it.
struct Start<H> {
    inner: Shared<Inner>,
    consumer: Shared<Consumer>,
    stage: Shared<Monitor<Stage>>,
    handler: H,
    thread_name: String,
    cpu: Option<u32>,
    barrier: Barrier,
    batching: Batching,
    elements: Vec<Element>,
}

// SAFETY: `elements` is empty until the thread fills it; everything else may be sent anyway.
unsafe impl<H: Send> Send for Start<H> {}

impl Shared<Inner> {
    fn start_consumer<H: Handler>(
        &self,
        config: &ConsumerConfig<'_>,
        handler: H,
        announce: impl FnOnce(u32),
        reservation: &Reservation,
        own: Option<u32>,
    ) -> Result<(), Error> {
        let &Reservation { id, line } = reservation;
        {
            let mut topology = self.topology.lock();
            topology.upstream_of(config.depends_on)?;
            if let Some(own) = own {
                topology.wait_for(own, id)?;
            }
        }
        let name = match config.name {
            Some(name) => try_string(name)?,
            None => default_name(id)?,
        };
        let thread_name = thread_name(&self.name, &name)?;
        let consumer = Shared::try_new(Consumer::new(id, name, line))?;
        let stage = Shared::try_new(Monitor::new(Stage::Starting))?;
        let start = Start {
            inner: self.clone(),
            consumer: consumer.clone(),
            stage: stage.clone(),
            handler,
            thread_name,
            cpu: u32::try_from(config.cpu).ok(),
            barrier: Barrier::new(self.ring.gates.len())?,
            batching: Batching {
                least: config.min_batch as u64,
                linger_ns: config.linger_ns,
                most: config.max_batch,
            },
            elements: try_vec(config.max_batch)?,
        };
        let failed = |what, os_error| Error::ThreadFailed { what, os_error };
        let thread = thread::spawn(move || start.run())
            .map_err(|refused| failed("start a thread", refused.os_error))?;
        let started = stage.wait(Deadline::NEVER, |stage| match *stage {
            Stage::Starting => None,
            Stage::Refused { os_error } => Some(Err(failed("pin a thread to cpu", os_error))),
            _ => Some(Ok(())),
        });
        if let Some(Err(error)) = started {
            thread.join();
            return Err(error);
        }

        let mut topology = self.topology.lock();
        if topology.is_closed() {
            drop(topology);
            stage.change(|stage| *stage = Stage::TooLate);
            thread.join();
            return Err(Error::Closed);
        }
        // Asked again, because a dependency may have left since. It cannot have become unknown.
        let upstream = topology.upstream_of(config.depends_on)?;
        if config.min_batch > 1 {
            self.ring.control.holder_enters();
        }
        let entry = self.ring.enter(line);
        topology.insert(Member {
            consumer,
            standing: Standing::Registered,
            upstream,
            final_lag: 0,
            has_ended: false,
            thread: Some(thread),
            waits_for: None,
        });
        drop(topology);
        announce(id);
        stage.change(|stage| *stage = Stage::Entered(entry));
        Ok(())
    }
}

fn default_name(id: u32) -> Result<String, Error> {
    const LONGEST: &str = "consumer-4294967295";
    let mut name = try_string(LONGEST)?;
    name.clear();
    write!(name, "consumer-{id}").expect("there is room for the longest");
    Ok(name)
}

impl<H: Handler> Start<H> {
    /// The life of a consumer's thread.
    fn run(mut self) {
        thread::name_current(&self.thread_name);
        if let Some(cpu) = self.cpu
            && let Err(refused) = thread::pin_current(cpu)
        {
            self.stage.change(|stage| *stage = Stage::Refused { os_error: refused.os_error });
            return;
        }
        let (inner, consumer) = (self.inner.clone(), self.consumer.clone());
        own_thread::serve(&inner, consumer.id);
        self.handler.start();
        self.stage.change(|stage| *stage = Stage::Started);
        let entered = self.stage.wait(Deadline::NEVER, |stage| match *stage {
            Stage::Entered(entry) => Some(Some(entry)),
            Stage::TooLate => Some(None),
            _ => None,
        });
        let Some(Some(entry)) = entered else {
            self.handler.close();
            return;
        };
        let give_up = || consumer.asked() != Asked::Nothing;
        inner.ring.see_older_claims_through(consumer.line, entry, give_up);
        let mut worker = Worker {
            ring: &inner.ring,
            consumer: &consumer,
            barrier: self.barrier,
            batching: self.batching,
            next: entry.start,
            elements: self.elements,
        };
        let handler = &mut self.handler;
        // A handler that panics is a consumer that failed: it must not hold anybody back either.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            worker.run(handler, |barrier| inner.follow_graph(&consumer, barrier))
        }))
        .unwrap_or(Ended::Failed);
        inner.consumer_leaves(&consumer, &self.batching, ended);
        let _ = catch_unwind(AssertUnwindSafe(|| self.handler.close()));
        drop(self.handler);
        inner.consumer_has_ended(consumer.id);
    }
}

impl Inner {
    fn follow_graph(&self, consumer: &Consumer, barrier: &mut Barrier) {
        let topology = self.topology.lock();
        if let Ok(member) = topology.get(consumer.id) {
            barrier.follow(self.ring.control.graph(), member.upstream.iter());
        }
    }

    /// Takes a consumer out of the ring before its `close` runs, however long that takes. At the end of
    /// the stream it stays: others may still have to see how far it got.
    fn consumer_leaves(&self, consumer: &Consumer, batching: &Batching, ended: Ended) {
        let standing = match ended {
            Ended::AtClose => return,
            Ended::Left => Standing::Unregistered,
            Ended::Failed => Standing::Failed,
        };
        let mut topology = self.topology.lock();
        let unread = self.ring.unread(self.ring.gates.finished(consumer.line));
        if let Some(member) = topology.get_mut(consumer.id) {
            member.final_lag = unread.len();
        }
        let is_last = topology.leave(consumer.id, standing);
        if batching.least > 1 {
            self.ring.control.holder_leaves();
        }
        self.ring.leave(consumer.line, is_last);
    }

    fn consumer_has_ended(&self, id: u32) {
        self.topology.change(|topology| {
            if let Some(member) = topology.get_mut(id) {
                member.has_ended = true;
            }
            self.end_if_all_ended(topology);
        });
    }
}
