//! Snapshots of what is counted, taken without slowing anybody who counts.

use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::consumer::{Asked, Consumer};
use super::disruptor::{Disruptor, Inner};
use super::error::Error;
use super::topology::{Member, Standing, Topology};
use crate::sync::steps::{Step, ordered};
use crate::sync::{Ordering, Shared, clock, ticks};

/// Of a disruptor or of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Takes elements; consumes.
    Open,
    /// Takes none any more, delivers the rest; is about to leave.
    Closing,
    /// Everything is over.
    Closed,
    /// A consumer that an error stopped.
    Failed,
}

/// The numbers of a disruptor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Open, closing or closed.
    pub state: State,
    /// Registered now, or at the end.
    pub consumers: u32,
    /// Elements in flight at most.
    pub capacity: u64,
    /// Elements accepted.
    pub produced: u64,
    /// Producers' waiting for room, added up.
    pub producer_blocked_ns: u64,
    /// How often that began.
    pub producer_blocked_count: u64,
    /// Since creation, or from there to the end of close.
    pub elapsed_ns: u64,
    /// `produced` over `elapsed_ns`.
    pub produced_per_sec: f64,
    /// Published and not finished by the slowest consumer.
    pub current_lag: u64,
    /// The largest of all consumers, those that left included.
    pub max_lag: u64,
    /// The largest average of a registered consumer.
    pub average_lag: f64,
}

/// The numbers of a consumer.
#[derive(Clone, Debug, Serialize)]
pub struct ConsumerStats {
    /// Its id.
    pub consumer: u32,
    /// Its name.
    pub name: Name,
    /// Open, closing, closed or failed.
    pub state: State,
    /// Elements, those of failed batches included.
    pub consumed: u64,
    /// Bytes of those.
    pub consumed_bytes: u64,
    /// Batches.
    pub batches: u64,
    /// Elements of the largest one.
    pub largest_batch: u64,
    /// Failed deliveries.
    pub errors: u64,
    /// Deliveries of a batch once more.
    pub retries: u64,
    /// Waiting for elements.
    pub blocked_ns: u64,
    /// Inside the callback.
    pub consume_ns: u64,
    /// `consumed` over `consume_ns`.
    pub consumed_per_sec: f64,
    /// Published and not finished.
    pub current_lag: u64,
    /// The largest sample, or the largest that was ever reported.
    pub max_lag: u64,
    /// Of one sample a batch.
    pub average_lag: f64,
    /// How long the running callback has been running; 0 = none runs.
    pub in_batch_ns: u64,
}

/// A consumer's name where the consumer keeps it: a copy would need memory, and there may be none.
#[derive(Clone, Debug)]
pub struct Name(Shared<Consumer>);

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.name
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// `amount` a second, 0 over no time.
fn rate(amount: u64, ns: u64) -> f64 {
    if ns == 0 { 0.0 } else { amount as f64 * 1e9 / ns as f64 }
}

impl Disruptor {
    /// The numbers of the disruptor.
    pub fn stats(&self) -> Stats {
        let inner = &*self.0;
        inner.pass_gaps();
        inner.stats(&inner.topology.lock())
    }

    /// The numbers of a consumer, also of one that left.
    pub fn consumer_stats(&self, consumer: u32) -> Result<ConsumerStats, Error> {
        let inner = &*self.0;
        inner.pass_gaps();
        ticks::know_rate();
        let topology = inner.topology.lock();
        Ok(inner.consumer_stats(topology.get(consumer)?))
    }

    /// Writes the ids of the registered consumers, as many as fit, and returns how many there are.
    pub fn consumers(&self, out: &mut [u32]) -> usize {
        let topology = self.0.topology.lock();
        let mut places = out.iter_mut();
        topology
            .counted()
            .inspect(|member| {
                if let Some(place) = places.next() {
                    *place = member.consumer.id;
                }
            })
            .count()
    }
}

impl Inner {
    pub(crate) fn stats(&self, topology: &Topology) -> Stats {
        let is_over = self.is_over(topology);
        let produced = self.produced();
        let elapsed_ns = self.end_or_now().saturating_sub(self.created_at);
        let lags = topology.counted().map(|member| self.lag(member));
        let current_lag = lags.max().unwrap_or(0);
        // Read before the largest ones: every lag in an average then counts there too.
        let averages = topology.counted().map(|member| member.consumer.counters.average_lag());
        let average_lag = averages.fold(0.0, f64::max);
        let max_lag = topology.all().map(|member| member.consumer.max_lag()).max();
        let blocked = ordered(Step::BlockedAcquire, Ordering::Acquire);
        Stats {
            state: match (topology.is_closed(), is_over) {
                (false, _) => State::Open,
                (true, false) => State::Closing,
                (true, true) => State::Closed,
            },
            consumers: topology.counted().count() as u32,
            capacity: self.ring.capacity,
            produced,
            producer_blocked_ns: self.blocked.read(clock::now, |ns| ns),
            producer_blocked_count: self.blocked_count.load(blocked),
            elapsed_ns,
            produced_per_sec: rate(produced, elapsed_ns),
            current_lag,
            max_lag: max_lag.unwrap_or(0),
            average_lag,
        }
    }

    /// Under the lock of the topology, which hands on what was seen as well.
    fn produced(&self) -> u64 {
        // What is read is a lower bound, and may be lower than one that was read before.
        let accepted = self.ring.accepted();
        self.produced_seen.fetch_max(accepted, Ordering::Relaxed).max(accepted)
    }

    /// Under the lock of the topology.
    fn end_or_now(&self) -> u64 {
        match self.ended_at.load(Ordering::Relaxed) {
            0 => clock::now(),
            ended_at => ended_at,
        }
    }

    fn lag(&self, member: &Member) -> u64 {
        match member.standing {
            Standing::Registered => {
                let lag = self.ring.lag(member.consumer.line);
                member.consumer.note_lag(lag);
                lag
            }
            _ => member.final_lag,
        }
    }

    pub(crate) fn consumer_stats(&self, member: &Member) -> ConsumerStats {
        let consumer = &member.consumer;
        let counters = &consumer.counters;
        // Of two numbers the one that grows later is read first: it is closed when all is finished, a batch is over when
        // its elements are consumed, a retry follows an error, and every lag in an average counts in the largest one.
        let state = self.state_of(member);
        let largest_batch = counters.largest_batch.get();
        let batches = counters.batches.get();
        let consumed = counters.consumed.get();
        let retries = counters.retries.get();
        let consume_ns = counters.consuming.read(ticks::now, ticks::nanoseconds);
        let average_lag = counters.average_lag();
        let current_lag = self.lag(member);
        let in_batch_since = counters.in_batch_since.get();
        ConsumerStats {
            consumer: consumer.id,
            name: Name(consumer.clone()),
            state,
            consumed,
            consumed_bytes: counters.consumed_bytes.get(),
            batches,
            largest_batch,
            errors: counters.errors.get(),
            retries,
            blocked_ns: counters.blocked.read(ticks::now, ticks::nanoseconds),
            consume_ns,
            consumed_per_sec: rate(consumed, consume_ns),
            current_lag,
            max_lag: consumer.max_lag(),
            average_lag,
            in_batch_ns: match in_batch_since {
                0 => 0,
                since => ticks::nanoseconds(ticks::now().saturating_sub(since)).max(1),
            },
        }
    }

    fn state_of(&self, member: &Member) -> State {
        let asked = member.consumer.asked() != Asked::Nothing;
        match member.standing {
            Standing::Failed => State::Failed,
            _ if member.has_ended || self.is_polled_out(member) => State::Closed,
            Standing::Registered if !asked && !self.ring.control.is_closing() => State::Open,
            _ => State::Closing,
        }
    }

    /// A poller has no thread that could end: it is closed when it has read everything.
    fn is_polled_out(&self, member: &Member) -> bool {
        let finished = || self.ring.gates.finished(member.consumer.line);
        member.is_poller && self.ring.sequencer.end().is_some_and(|end| end == finished())
    }
}
