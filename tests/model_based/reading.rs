//! The consumers' half of the comparison: polls, releases, flush, the end, and the numbers.

use std::time::{Duration, Instant};

use disruptor::ffi::disruptor_state_t::*;
use disruptor::ffi::disruptor_status_t;
use disruptor::ffi::disruptor_status_t::*;

use crate::library::Polled;
use crate::model::{Fate, Slot};
use crate::world::{Outcome, World, check};

/// How long threads may take for what they can do at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether it is so within that time.
fn patiently(is_so: impl Fn() -> bool) -> bool {
    let since = Instant::now();
    while !is_so() {
        if since.elapsed() > PATIENCE {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// What a poll may say.
struct Expected {
    available: Vec<u64>,
    /// The least elements of a batch; no batch is allowed if `None`.
    least: Option<usize>,
    /// The most, where that is less than `max_batch`.
    most: usize,
    /// If there is no batch. Empty: there must be one.
    statuses: Vec<disruptor_status_t>,
}

impl World {
    /// A descriptor is readable whenever there is something to poll. (It may be at other times, too.)
    #[cfg(target_os = "linux")]
    pub(crate) fn descriptors(&self) -> Outcome {
        self.pollers.iter().filter(|(id, _)| id % 2 == 0).try_for_each(|&(id, poller)| {
            let consumer = &self.model.consumers[id as usize];
            let Expected { statuses, .. } = self.expected(id);
            let must_be = consumer.batch.is_none() && !statuses.contains(&DISRUPTOR_EMPTY);
            // Threads count what they consumed before they ring.
            let is_right = !must_be || patiently(|| poller.is_ready());
            check(is_right, || format!("the descriptor of {id} is silent"))
        })
    }

    fn expected(&self, id: u32) -> Expected {
        let model = &self.model;
        let consumer = &model.consumers[id as usize];
        let unit = consumer.unit;
        let own = &model.units[unit];
        let available = model.available(unit, id);
        let at_end = model.is_closed && model.readable(unit) == model.claimed();
        if model.is_halted {
            let statuses = vec![DISRUPTOR_CLOSED];
            return Expected { available, least: None, most: 0, statuses };
        }
        let Some(&first) = available.first() else {
            let is_over = model.is_closed && model.finished(unit) == model.claimed();
            let statuses = vec![if is_over { DISRUPTOR_CLOSED } else { DISRUPTOR_EMPTY }];
            return Expected { available, least: None, most: 0, statuses };
        };
        let mut statuses = Vec::new();
        let min_batch = consumer.spec.min_batch;
        let finished = model.finished(unit);
        let lag = model.published() - finished;
        let is_slowest = finished == model.gate();
        // Nothing is on its way: what is claimed and not published is in its caller's hands.
        let is_too_full = model.wanted > finished + model.capacity;
        let lets_go = consumer.spec.no_linger
            || at_end
            || first < model.flush_to
            || first < consumer.shown_to
            || matches!(own.fates.get(&first), Some(Fate::Left { .. }))
            || is_slowest && (lag == model.capacity || is_too_full);
        let has_enough = available.len() >= min_batch;
        if !has_enough && !lets_go {
            statuses.push(DISRUPTOR_EMPTY);
        }
        let takes = |at: u64| !consumer.spec.spans || model.is_of_span(first, at);
        let is_next = |nth: usize| {
            let at = first + nth as u64;
            available.get(nth) == Some(&at) && takes(at)
        };
        let run = (0..).take_while(|&nth| is_next(nth)).count();
        let is_left = matches!(own.fates.get(&first), Some(Fate::Left { .. }));
        let least = (has_enough || lets_go).then_some(if is_left { 1 } else { run });
        let most = if consumer.spec.spans { run } else { usize::MAX };
        Expected { available, least, most, statuses }
    }

    pub(crate) fn poll(&mut self, nth: usize, timeout_ns: u64) -> Outcome {
        let (id, poller) = self.pollers[nth];
        let is_alone = self.model.consumers[id as usize].spec.group == 0;
        let rest = self.model.consumers[id as usize].batch.filter(|_| !is_alone);
        if is_alone {
            self.model.put_back(id);
        }
        let polled = poller.poll(timeout_ns);
        if let Some((first, end)) = rest {
            if self.model.is_halted {
                let status = polled.err();
                return check(status == Some(DISRUPTOR_CLOSED), || {
                    format!("{status:?} after a halt")
                });
            }
            let polled = polled.map_err(|status| format!("expected the rest: {status:?}"))?;
            check(
                (polled.first, polled.elements.len()) == (first, (end - first) as usize),
                || format!("expected the rest {first}..{end}: {}", span(&polled)),
            )?;
            return self.check_bytes(&polled);
        }
        let mut expected = self.expected(id);
        if timeout_ns > 0 {
            let nothing = expected.statuses.iter_mut().filter(|it| **it == DISRUPTOR_EMPTY);
            nothing.for_each(|status| *status = DISRUPTOR_TIMED_OUT);
        }
        let polled = match polled {
            Ok(polled) => polled,
            Err(status) => {
                let Expected { statuses, available, .. } = expected;
                return check(statuses.contains(&status), || match available.is_empty() {
                    true => format!("expected {statuses:?}: {status:?}"),
                    false => {
                        format!("{available:?} could be read, expected {statuses:?}: {status:?}")
                    }
                });
            }
        };
        self.check_batch(id, &polled, &expected)?;
        self.check_bytes(&polled)?;
        let (first, count) = (polled.first, polled.elements.len() as u64);
        self.model.shown(id, first, first + count);
        Ok(())
    }

    fn check_batch(&self, id: u32, polled: &Polled, expected: &Expected) -> Outcome {
        let consumer = &self.model.consumers[id as usize];
        let own = &self.model.units[consumer.unit];
        let Expected { available, least, .. } = expected;
        let count = polled.elements.len();
        let got = || span(polled);
        let Some(least) = least else {
            return Err(format!("{available:?} must be held back: {}", got()));
        };
        let most = match consumer.spec.max_batch {
            0 => self.model.capacity as usize,
            most => most,
        };
        let (least, most) = (most.min(*least), most.min(expected.most));
        check(polled.is_span == consumer.spec.spans, || format!("a span: {}", polled.is_span))?;
        check((least..=most).contains(&count), || {
            format!("expected {least} to {most} elements: {}", got())
        })?;
        let mut sequences = (polled.first..).take(count);
        let is_left = |at| matches!(own.fates.get(&at), Some(Fate::Left { .. }));
        check(sequences.all(|at| available.contains(&at)), || {
            format!("{available:?} could be read: {}", got())
        })?;
        let in_order = is_left(polled.first)
            || available.iter().find(|&&at| !is_left(at)) == Some(&polled.first);
        check(in_order, || format!("{available:?} could be read in order: {}", got()))?;
        let end = polled.first + count as u64;
        let behind =
            available.iter().filter(|&&at| !(polled.first..end).contains(&at)).count() as u64;
        let backlog = polled.backlog;
        check(backlog == behind, || {
            format!("a backlog of {backlog}, but {behind} behind {}", got())
        })
    }

    fn check_bytes(&self, polled: &Polled) -> Outcome {
        (polled.first..).zip(&polled.elements).try_for_each(|(at, bytes)| {
            let right = self.model.bytes(at);
            check(right == bytes, || format!("element {at} is {bytes:?}, but was {right:?}"))
        })
    }

    pub(crate) fn release(&mut self, nth: usize, count: usize) -> Outcome {
        let (id, poller) = self.pollers[nth];
        let left = self.model.consumers[id as usize].batch.map_or(0, |(first, end)| end - first);
        let is_valid = count as u64 <= left;
        let right = if is_valid { DISRUPTOR_OK } else { DISRUPTOR_INVALID_ARGUMENT };
        let status = poller.release(count);
        if is_valid {
            self.model.release(id, count as u64);
        }
        check(status == right, || format!("expected {right:?}, {left} are left: {status:?}"))
    }

    pub(crate) fn flush(&mut self) -> Outcome {
        let status = self.library.flush();
        let model = &mut self.model;
        model.flush_to = model.flush_to.max(model.last(|slot| slot != Slot::Open));
        let to = model.last(|slot| slot != Slot::Open);
        let is_done = model.live_units().all(|unit| model.finished(unit) >= to);
        let right = match (is_done, model.is_halted) {
            (true, _) => DISRUPTOR_OK,
            (false, true) => DISRUPTOR_CLOSED,
            (false, false) => DISRUPTOR_TIMED_OUT,
        };
        // Threads that were halted pass nothing any more.
        let is_closed = model.is_halted && status == DISRUPTOR_CLOSED;
        check(status == right || is_closed, || format!("expected {right:?}: {status:?}"))
    }

    pub(crate) fn close(&mut self) -> Outcome {
        let status = self.library.close(0);
        self.model.is_closed = true;
        self.model.threads_run();
        let is_over = self.model.is_over();
        let has_threads = self.model.live_units().any(|unit| self.model.units[unit].has_threads);
        let right = match status {
            DISRUPTOR_OK => is_over,
            DISRUPTOR_TIMED_OUT => !is_over || has_threads,
            _ => false,
        };
        check(right, || format!("{status:?}, could have ended: {is_over}"))?;
        if is_over {
            let status = self.library.close(PATIENCE.as_nanos() as u64);
            check(status == DISRUPTOR_OK, || format!("could end, but: {status:?}"))?;
        }
        Ok(())
    }

    pub(crate) fn halt(&mut self) -> Outcome {
        let undelivered = self.library.halt().map_err(|status| format!("{status:?}"))?;
        let model = &mut self.model;
        model.is_closed = true;
        model.is_halted = true;
        let counted = (0..model.units.len()).filter(|&unit| {
            let own = &model.units[unit];
            !own.is_gone || own.left_late
        });
        let most = counted.map(|unit| model.outstanding(unit).count() as u64).max().unwrap_or(0);
        check(undelivered == most, || format!("expected {most} undelivered: {undelivered}"))
    }

    /// Waits until threads have done what they can, and compares the numbers.
    pub(crate) fn settle(&mut self) -> Outcome {
        self.model.threads_run();
        for unit in 0..self.model.units.len() {
            if self.model.units[unit].has_threads {
                self.threads_have_run(unit)?;
            }
        }
        if self.model.is_over() {
            let is_closed = || self.library.stats().state == DISRUPTOR_STATE_CLOSED as u32;
            check(patiently(is_closed), || "over, and does not close".to_owned())?;
        }
        #[cfg(target_os = "linux")]
        self.descriptors()?;
        self.numbers()
    }

    fn threads_have_run(&self, unit: usize) -> Outcome {
        let own = &self.model.units[unit];
        let lag = self.model.published().saturating_sub(self.model.finished(unit));
        let is_live = !own.is_gone && !self.model.is_halted;
        let since = Instant::now();
        loop {
            let mut consumed = 0;
            let mut lags = false;
            for &member in &own.members {
                let stats = self.library.consumer_stats(member).map_err(|e| format!("{e:?}"))?;
                consumed += stats.consumed;
                lags |= is_live
                    && stats.current_lag > lag
                    && !self.model.consumers[member as usize].is_gone;
            }
            if consumed == own.delivered.len() as u64 && !lags {
                break;
            }
            check(since.elapsed() < PATIENCE, || {
                let due = own.delivered.len();
                format!("{:?} got {consumed} of {due}, lag at most {lag}: {lags}", own.members)
            })?;
            std::thread::yield_now();
        }
        let mut all = Vec::new();
        for &member in &own.members {
            let record = self.library.record(member);
            check(record.is_sorted_by_key(|(at, _)| *at), || format!("{member}: out of order"))?;
            all.extend(record);
        }
        all.sort();
        let right = own.delivered.iter().map(|&at| (at, self.model.bytes(at)));
        check(all.iter().map(|(at, bytes)| (*at, &**bytes)).eq(right), || {
            format!("{:?} got {all:?}, expected {:?}", own.members, own.delivered)
        })
    }
}

pub(crate) fn span(polled: &Polled) -> String {
    format!("got {}..{}", polled.first, polled.first + polled.elements.len() as u64)
}
