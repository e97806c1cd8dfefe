//! What the larger models play with: a whole disruptor, elements that tell themselves apart, consumers
//! that note what they get.

use std::mem::ManuallyDrop;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use loom::thread::{JoinHandle, spawn};

use crate::core::disruptor::Inner;
use crate::core::sequence::Position;
use crate::core::{
    Batch, Bytes, Config, ConsumerConfig, Disruptor, Element, Elements, Error, Handler, OnError,
    OpenClaim, Poller, ProducerMode, WaitStrategy,
};
use crate::sync::Shared;

/// Waits for ever.
pub(super) const FOREVER: u64 = u64::MAX;

const LONGEST: usize = 8;

pub(super) type Whole = Arc<Disruptor>;

/// A disruptor with this many slots, whose threads sleep when they wait.
pub(super) fn disruptor(producer_mode: ProducerMode, capacity: usize) -> Whole {
    waiting(WaitStrategy::Block, producer_mode, capacity)
}

/// As `disruptor`, whose threads wait like this.
pub(super) fn waiting(
    wait_strategy: WaitStrategy,
    producer_mode: ProducerMode,
    capacity: usize,
) -> Whole {
    let config = Config {
        wait_strategy,
        capacity,
        element_size: LONGEST,
        element_alignment: 1,
        producer_mode,
        max_consumers: 3,
        ..Config::default()
    };
    Arc::new(Disruptor::create(&config).expect("memory for a small ring"))
}

/// Runs `main` on a thread of the model's.
pub(super) fn thread<T: 'static>(
    whole: &Whole,
    main: impl FnOnce(&Disruptor) -> T + 'static,
) -> JoinHandle<T> {
    let whole = whole.clone();
    spawn(move || main(&whole))
}

// SAFETY: nobody changes it while it is borrowed.
unsafe impl Bytes for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// An element that says `name` in each of its bytes, and in how many there are.
fn element(name: u8) -> Vec<u8> {
    vec![name; name as usize + 1]
}

/// Produces one element; whether it was accepted.
pub(super) fn produce(disruptor: &Disruptor, name: u8, timeout_ns: u64) -> bool {
    disruptor.produce(&[element(name)], timeout_ns).accepted == 1
}

/// The names of a batch's elements, which must be whole.
pub(super) fn names(batch: &Batch<'_>) -> Vec<u8> {
    let name = |found: &Element| {
        // SAFETY: readable, so nobody writes it; were that wrong, loom would have seen the race.
        let bytes = unsafe { std::slice::from_raw_parts(found.data, found.len) };
        assert_eq!(bytes, vec![bytes[0]; found.len], "an element is whole");
        bytes[0]
    };
    let Elements::Slices(slices) = batch.elements else { unreachable!("nobody asked for spans") };
    slices.iter().map(name).collect()
}

/// A consumer that looks when the model says so, and notes what it gets.
pub(super) struct Looker {
    pub(super) poller: ManuallyDrop<Poller>,
    pub(super) got: Vec<u8>,
    inner: Shared<Inner>,
    /// The positions of what was polled and not released.
    open: Range<Position>,
}

impl Drop for Looker {
    fn drop(&mut self) {
        // A poller that is dropped leaves, which takes locks: no more of that when an execution failed.
        if !std::thread::panicking() {
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(&mut self.poller) };
        }
    }
}

impl Looker {
    pub(super) fn new(disruptor: &Disruptor, group: u32, depends_on: &[u32]) -> Self {
        Self::with(disruptor, ConsumerConfig { group, depends_on, ..ConsumerConfig::default() })
    }

    pub(super) fn with(disruptor: &Disruptor, config: ConsumerConfig<'_>) -> Self {
        let poller = disruptor.poller(&config).expect("room for it");
        let (poller, inner) = (ManuallyDrop::new(poller), disruptor.0.clone());
        Self { poller, got: Vec::new(), inner, open: 0..0 }
    }

    /// Gets a batch.
    pub(super) fn poll(&mut self, timeout_ns: u64) -> Result<(), Error> {
        let (first, names) =
            self.poller.poll(timeout_ns, |batch| (batch.first_sequence, names(batch)))?;
        self.open = first..first + names.len() as u64;
        self.got.extend(names);
        Ok(())
    }

    /// Changes the elements of the batch in place.
    pub(super) fn change(&mut self) {
        let slots = &self.inner.ring.slots;
        let open = self.open.clone();
        open.for_each(|at| slots.watch.written(at as usize & (slots.shape().slots - 1)));
    }

    /// Finishes it, having looked at the elements to the last.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        let slots = &self.inner.ring.slots;
        let open = std::mem::take(&mut self.open);
        open.clone().for_each(|at| slots.watch.read(at as usize & (slots.shape().slots - 1)));
        self.poller.release((open.end - open.start) as usize)
    }

    /// Gets a batch, and finishes it.
    pub(super) fn take(&mut self, timeout_ns: u64) -> Result<(), Error> {
        self.poll(timeout_ns)?;
        self.release()
    }

    /// Gets all that there is.
    pub(super) fn take_all(&mut self) -> Result<(), Error> {
        loop {
            match self.take(0) {
                Ok(()) => {}
                Err(Error::Empty) => return Ok(()),
                Err(other) => return Err(other),
            }
        }
    }
}

/// Claims a slot and writes to it, as a C program does; the claim's sequence, if there was room.
pub(super) fn claim(disruptor: &Disruptor, name: u8) -> Option<u64> {
    let claim = disruptor.claim(1, 0).ok()?;
    fill_claim(disruptor, &claim, name);
    Some(claim.first_sequence)
}

/// Writes `name`, and the names after it, into the slots of a claim.
pub(super) fn fill_claim(disruptor: &Disruptor, claim: &OpenClaim, name: u8) {
    for (at, name) in (claim.first_sequence..).zip(name..).take(claim.count) {
        let slot = at as usize & claim.mask;
        disruptor.0.ring.slots.watch.written(slot);
        // SAFETY: the slot is this claim's alone; were that wrong, loom would have seen it just now.
        unsafe { claim.base.add(slot * claim.stride).write_bytes(name, LONGEST) };
    }
}

/// A handler that notes what it gets.
pub(super) struct Noter(pub(super) Arc<Mutex<Vec<u8>>>);

impl Handler for Noter {
    fn start(&mut self) {}

    fn consume(&mut self, batch: &Batch<'_>) -> Result<(), i32> {
        self.0.lock().expect("no panic").extend(names(batch));
        Ok(())
    }

    fn failed(&mut self, _consumer: u32, _batch: &Batch<'_>, _code: i32) -> OnError {
        unreachable!("no delivery fails")
    }

    fn close(&mut self) {}
}
