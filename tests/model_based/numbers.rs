//! The numbers, and the end of a sequence.

use disruptor::ffi::disruptor_state_t::*;
use disruptor::ffi::disruptor_status_t::*;

use crate::world::{Outcome, World, check};

impl World {
    pub(crate) fn numbers(&self) -> Outcome {
        let model = &self.model;
        let stats = self.library.stats();
        let listed = self.library.consumers();
        let live = model.live_consumers();
        // Those who have left since the close may still count: the numbers are those of its moment.
        let is_right = live.iter().all(|id| listed.contains(id))
            && listed.is_sorted()
            && (listed.len() == live.len() || model.is_closed)
            && stats.consumers as usize == listed.len();
        check(is_right, || format!("consumers {live:?}, listed {listed:?}, {}", stats.consumers))?;
        check(stats.produced == model.produced(), || {
            format!("produced {}, by the stats {}", model.produced(), stats.produced)
        })?;
        let state = match (model.is_closed, model.is_over()) {
            (false, _) => DISRUPTOR_STATE_OPEN,
            (true, false) => DISRUPTOR_STATE_CLOSING,
            (true, true) => DISRUPTOR_STATE_CLOSED,
        };
        check(stats.state == state as u32, || format!("state {}, not {state:?}", stats.state))?;
        let waits = stats.producer_blocked_count;
        let may_be = model.timed_out..=if model.may_have_waited { u64::MAX } else { 0 };
        check(may_be.contains(&waits), || format!("{waits} waits, expected {may_be:?}"))?;
        check(stats.capacity == model.capacity, || "another capacity".to_owned())?;
        if !model.is_closed {
            let lag = model.live_units().map(|unit| self.lag(unit)).max().unwrap_or(0);
            check(stats.current_lag == lag, || {
                format!("expected a lag of {lag}: {}", stats.current_lag)
            })?;
            check(stats.max_lag >= stats.current_lag, || "max_lag below current_lag".to_owned())?;
        }
        (0..model.consumers.len() as u32).try_for_each(|id| {
            self.consumer_numbers(id).map_err(|wrong| format!("consumer {id}: {wrong}"))
        })?;
        let unknown = self.library.consumer_stats(model.consumers.len() as u32).err();
        check(unknown == Some(DISRUPTOR_NO_SUCH_CONSUMER), || {
            format!("stats of the next consumer: {unknown:?}")
        })
    }

    /// Published minus finished.
    fn lag(&self, unit: usize) -> u64 {
        self.model.published().saturating_sub(self.model.finished(unit))
    }

    fn consumer_numbers(&self, id: u32) -> Outcome {
        let consumer = &self.model.consumers[id as usize];
        let stats = self.library.consumer_stats(id).map_err(|status| format!("{status:?}"))?;
        check((stats.consumer, stats.errors, stats.retries) == (id, 0, 0), || {
            format!("id {}, {} errors, {} retries", stats.consumer, stats.errors, stats.retries)
        })?;
        check(stats.largest_batch <= self.model.capacity, || {
            format!("a batch of {}", stats.largest_batch)
        })?;
        if consumer.is_poller {
            let (consumed, bytes) = (consumer.consumed, consumer.bytes);
            check((stats.consumed, stats.consumed_bytes) == (consumed, bytes), || {
                let (own, own_bytes) = (stats.consumed, stats.consumed_bytes);
                format!("consumed {consumed} ({bytes} bytes), by the stats {own} ({own_bytes})")
            })?;
        }
        if consumer.is_gone || self.model.is_closed {
            return Ok(());
        }
        let lag = self.lag(consumer.unit);
        check(stats.current_lag == lag, || {
            format!("expected a lag of {lag}: {}", stats.current_lag)
        })?;
        check(stats.state == DISRUPTOR_STATE_OPEN as u32, || format!("state {}", stats.state))
    }

    /// Closes, and polls until nobody finds anything more: everything must have reached everybody.
    pub(crate) fn drain(&mut self) -> Outcome {
        if self.model.is_halted {
            return Ok(());
        }
        self.close()?;
        self.settle()?;
        self.hand_in_all()?;
        let mut has_found = true;
        while has_found {
            has_found = false;
            for nth in 0..self.pollers.len() {
                self.poll(nth, 0)?;
                let (id, _) = self.pollers[nth];
                let batch = self.model.consumers[id as usize].batch;
                has_found |= batch.is_some();
                self.release(nth, batch.map_or(0, |(first, end)| end - first) as usize)?;
                self.settle()?;
            }
        }
        for unit in self.model.live_units() {
            let due: Vec<u64> = self.model.outstanding(unit).collect();
            check(due.is_empty(), || format!("nobody of unit {unit} got {due:?}"))?;
        }
        self.close()?;
        check(self.model.is_over(), || "it did not end".to_owned())
    }
}
