//! What a disruptor and its consumers are made from, and what is allowed in it.

pub use super::claim::ProducerMode;
use super::error::{BadArgument, Error, Problem};
use super::line_set::MOST_LINES;
use super::slots::LONGEST;
pub use super::wait::WaitStrategy;
use crate::sync::thread::CAN_PIN;

/// Of a disruptor.
#[derive(Clone, Copy, Debug)]
pub struct Config<'a> {
    /// Names the threads, and the disruptor in reports.
    pub name: &'a str,
    /// Elements in flight, exactly; at least 1.
    pub capacity: usize,
    /// Bytes preallocated in each slot; at least 1.
    pub element_size: usize,
    /// The longest element; 0 = `element_size`.
    pub max_element_size: usize,
    /// Of each element's first byte; a power of two up to 4096; 0 = 8.
    pub element_alignment: usize,
    /// How many threads produce.
    pub producer_mode: ProducerMode,
    /// How threads wait.
    pub wait_strategy: WaitStrategy,
    /// At the same time; 0 = 64, at most 1024.
    pub max_consumers: usize,
}

impl Default for Config<'_> {
    fn default() -> Self {
        Self {
            name: "disruptor",
            capacity: 1024,
            element_size: 64,
            max_element_size: 0,
            element_alignment: 0,
            producer_mode: ProducerMode::default(),
            wait_strategy: WaitStrategy::default(),
            max_consumers: 0,
        }
    }
}

/// Of a consumer.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerConfig<'a> {
    /// Default: `consumer-<id>`.
    pub name: Option<&'a str>,
    /// Consumers that must have finished an element first.
    pub depends_on: &'a [u32],
    /// Hold delivery until so many can be read; 0 = 1 ...
    pub min_batch: usize,
    /// ... or the oldest has waited this long.
    pub linger_ns: u64,
    /// The most that one delivery takes; 0 = the library's choice.
    pub max_batch: usize,
    /// The CPU to run on; -1 = any.
    pub cpu: i32,
    /// 0 = sees every element; equal other numbers share them.
    pub group: u32,
    /// Wants its batches as spans.
    pub spans: bool,
}

impl Default for ConsumerConfig<'_> {
    fn default() -> Self {
        Self {
            name: None,
            depends_on: &[],
            min_batch: 0,
            linger_ns: u64::MAX,
            max_batch: 0,
            cpu: -1,
            group: 0,
            spans: false,
        }
    }
}

const DEFAULT_ALIGNMENT: usize = 8;
const LARGEST_ALIGNMENT: usize = 4096;
const DEFAULT_CONSUMERS: usize = 64;

/// So many slices stay in the first level cache beside the elements.
const DEFAULT_BATCH: usize = 128;

/// A span costs nothing to gather. What limits it is that its slots are released all at once: a small
/// part of a large ring.
fn default_span(capacity: usize) -> usize {
    (capacity / 16).clamp(1024, 4096)
}

/// Positions leave two bits free, and the slots, a power of two, have to fit into memory anyway.
const LARGEST_CAPACITY: usize = 1 << (usize::BITS - 3);

pub(crate) fn in_range(
    name: &'static str,
    value: usize,
    min: usize,
    max: usize,
) -> Result<(), Error> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    let problem = Problem::Range { value: value as u64, min: min as u64, max: max as u64 };
    Err(Error::InvalidArgument(BadArgument { name, problem }))
}

impl Config<'_> {
    /// The same with every default put in, or what is wrong with it.
    pub(crate) fn checked(&self) -> Result<Self, Error> {
        let or_default = |value: usize, default: usize| if value == 0 { default } else { value };
        let config = Self {
            max_element_size: or_default(self.max_element_size, self.element_size),
            element_alignment: or_default(self.element_alignment, DEFAULT_ALIGNMENT),
            max_consumers: or_default(self.max_consumers, DEFAULT_CONSUMERS),
            ..*self
        };
        in_range("capacity", config.capacity, 1, LARGEST_CAPACITY)?;
        in_range("element_size", config.element_size, 1, LONGEST)?;
        in_range("max_element_size", config.max_element_size, config.element_size, LONGEST)?;
        if !config.element_alignment.is_power_of_two()
            || config.element_alignment > LARGEST_ALIGNMENT
        {
            let value = config.element_alignment as u64;
            let problem = Problem::NotPowerOfTwo { value, max: LARGEST_ALIGNMENT as u64 };
            return Err(Error::InvalidArgument(BadArgument { name: "element_alignment", problem }));
        }
        in_range("max_consumers", config.max_consumers, 1, MOST_LINES)?;
        Ok(config)
    }
}

impl ConsumerConfig<'_> {
    /// The same with every default put in, or what is wrong with it.
    pub(crate) fn checked(&self, capacity: usize) -> Result<Self, Error> {
        in_range("min_batch", self.min_batch, 0, capacity)?;
        in_range("max_batch", self.max_batch, 0, capacity)?;
        let min_batch = self.min_batch.max(1);
        let default_batch = if self.spans { default_span(capacity) } else { DEFAULT_BATCH };
        let max_batch = match self.max_batch {
            0 => default_batch.min(capacity).max(min_batch),
            given => given,
        };
        if max_batch < min_batch {
            let (value, min) = (max_batch as u64, min_batch as u64);
            let problem = Problem::Below { value, other: "min_batch", min };
            return Err(Error::InvalidArgument(BadArgument { name: "max_batch", problem }));
        }
        if self.cpu < -1 {
            let problem = Problem::Signed { value: self.cpu.into(), min: -1, max: i32::MAX.into() };
            return Err(Error::InvalidArgument(BadArgument { name: "cpu", problem }));
        }
        if self.cpu >= 0 && !CAN_PIN {
            return Err(Error::Unsupported { what: "cpu: pinning a thread" });
        }
        Ok(Self { min_batch, max_batch, ..*self })
    }
}
