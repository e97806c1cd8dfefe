//! A consumer's thread, from its first instruction to its last.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::barrier::Barrier;
use super::consumer::{Consumer, Ended, deliver_all};
use super::disruptor::Inner;
use super::error::Error;
use super::handler::Handler;
use super::own_thread;
use super::reader::Reader;
use crate::sync::clock::Deadline;
use crate::sync::thread::{self, Thread};
use crate::sync::{Monitor, Shared};

/// How far a thread has come.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one for each consumer, while it starts")]
pub(crate) enum Stage {
    /// It names itself, pins itself, runs `start`.
    Starting,
    /// The operating system refused to pin it.
    NotPinned { os_error: i32 },
    /// It waits to be let in.
    Started,
    /// It is in, and takes its reader.
    Entered(Reader),
    /// There will be no elements for it.
    TurnedAway,
    /// It has what it waited for.
    Running,
}

/// What a thread takes with it.
pub(crate) struct Start<H> {
    pub(crate) inner: Shared<Inner>,
    pub(crate) id: u32,
    pub(crate) stage: Shared<Monitor<Stage>>,
    pub(crate) handler: H,
    pub(crate) thread_name: String,
    pub(crate) cpu: Option<u32>,
}

impl<H: Handler> Start<H> {
    /// Starts the thread and waits until its handler's `start` has returned.
    pub(crate) fn spawn(self) -> Result<Thread, Error> {
        let failed = |what, os_error| Error::ThreadFailed { what, os_error };
        let (stage, cpu) = (self.stage.clone(), self.cpu.unwrap_or(0));
        let thread = thread::spawn(move || self.run())
            .map_err(|refused| failed("start a thread", refused.os_error))?;
        let started = stage.wait(Deadline::NEVER, |stage| match *stage {
            Stage::Starting => None,
            Stage::NotPinned { os_error } => Some(Err(Error::NotPinned { cpu, os_error })),
            _ => Some(Ok(())),
        });
        match started {
            Some(Err(error)) => {
                thread.join();
                Err(error)
            }
            _ => Ok(thread),
        }
    }

    fn run(mut self) {
        thread::name_current(&self.thread_name);
        if let Some(cpu) = self.cpu
            && let Err(refused) = thread::pin_current(cpu)
        {
            let os_error = refused.os_error;
            self.stage.change(|stage| *stage = Stage::NotPinned { os_error });
            return;
        }
        own_thread::serve(&self.inner, self.id);
        let started = Guarded(&mut self.handler).run(H::start);
        self.stage.change(|stage| *stage = Stage::Started);
        let reader = self.stage.wait(Deadline::NEVER, |stage| match stage {
            Stage::Starting | Stage::Started => None,
            _ => Some(std::mem::replace(stage, Stage::Running)),
        });
        let Some(Stage::Entered(mut reader)) = reader else {
            let _ = Guarded(&mut self.handler).run(H::close);
            return;
        };
        let inner = &self.inner;
        let ended = started.and_then(|()| {
            let follow = |consumer: &Consumer, barrier: &mut Barrier| {
                inner.follow_graph(consumer, barrier);
            };
            let pass_gaps = || {
                inner.pass_gaps();
            };
            Guarded(&mut self.handler)
                .run(|handler| deliver_all(&inner.ring, &mut reader, handler, follow, pass_gaps))
        });
        reader.leave(&inner.ring, None);
        inner.consumer_leaves(&reader.consumer, ended.unwrap_or(Ended::Failed));
        let _ = Guarded(&mut self.handler).run(H::close);
        drop(self.handler);
        self.inner.consumer_has_ended(self.id);
    }
}

/// A handler that panicked.
struct Panicked;

/// A handler that panics is a consumer that failed: it must not hold anybody back either.
struct Guarded<'a, H>(&'a mut H);

impl<H> Guarded<'_, H> {
    fn run<R>(self, call: impl FnOnce(&mut H) -> R) -> Result<R, Panicked> {
        catch_unwind(AssertUnwindSafe(|| call(self.0))).map_err(|_| Panicked)
    }
}
