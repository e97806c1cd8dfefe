//! The crate `disruptor`.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{
    BusySpin, EventPoller, Polling, ProcessorSettings, Producer, Sequence, SingleConsumerBarrier,
    SingleProducer, SingleProducerBarrier,
};

use super::element::{Element, Source, Tally};
use super::pingpong;
use super::queue::{Queue, Received, Receiver, Sender};
use super::stream::{answer, produce};
use crate::cpu::pin_if;
use crate::workload::{Shape, Wait, Workload};

/// The crate brings no strategy that yields.
#[derive(Clone, Copy)]
pub(super) struct Yield;

impl WaitStrategy for Yield {
    #[inline]
    fn wait_for(&self, _: Sequence) {
        thread::yield_now();
    }
}

pub(super) fn run<const WORDS: usize>(workload: &Workload) -> Result<(), String> {
    match (workload.shape, workload.wait) {
        (Shape::Pingpong, Wait::Spin) => pingpong::run::<Polled>(workload),
        (_, Wait::Spin) => run_with::<WORDS, _>(workload, BusySpin)?,
        (_, Wait::Yield) => run_with::<WORDS, _>(workload, Yield)?,
        (_, Wait::Block) => return Err("disruptor-rs has no strategy that blocks".to_owned()),
    }
    Ok(())
}

/// A consumer's tally, which is sent home when the crate drops the consumer.
struct Counter<const WORDS: usize> {
    number: usize,
    tally: Option<Tally<WORDS>>,
    home: mpsc::Sender<(usize, Tally<WORDS>)>,
}

impl<const WORDS: usize> Drop for Counter<WORDS> {
    fn drop(&mut self) {
        let tally = self.tally.take().expect("it is taken once");
        self.home.send((self.number, tally)).expect("home waits for every counter");
    }
}

fn run_with<const WORDS: usize, W: WaitStrategy + 'static>(
    workload: &Workload,
    wait: W,
) -> Result<(), String> {
    let (home, tallies) = mpsc::channel();
    let handler = |number| {
        let tally = Some(Tally::<WORDS>::new(workload.producers));
        let mut counter = Counter { number, tally, home: home.clone() };
        move |element: &Element<WORDS>, _: Sequence, _: bool| {
            // The counter as a whole belongs to the closure, or its drop would not.
            let counter = &mut counter;
            counter.tally.as_mut().expect("it is taken at the end").add(element);
        }
    };
    let size = workload.capacity;
    if workload.producers > 1 {
        let builder = disruptor::build_multi_producer(size, || [0; WORDS], wait);
        let producer = builder.handle_events_with(handler(0)).build();
        let producers = vec![producer; workload.producers];
        finish(workload, producers, home, tallies);
        return Ok(());
    }
    let builder = disruptor::build_single_producer(size, || [0; WORDS], wait);
    match (workload.shape, workload.consumers) {
        (Shape::Stream, 1) => {
            let builder = if workload.pinned { builder.pin_at_core(1) } else { builder };
            let producer = builder.handle_events_with(handler(0)).build();
            finish(workload, vec![producer], home, tallies);
        }
        (Shape::Stream, consumers) => {
            let builder = builder.with_multi_consumer();
            let builder = (0..consumers)
                .fold(builder, |builder, number| builder.handle_events_with(handler(number)));
            finish(workload, vec![builder.build()], home, tallies);
        }
        (Shape::Diamond, 3) => {
            let first = builder.handle_events_with(handler(0)).handle_events_with(handler(1));
            let producer = first.and_then().handle_events_with(handler(2)).build();
            finish(workload, vec![producer], home, tallies);
        }
        (Shape::Pipeline, 3) => {
            let first = builder.handle_events_with(handler(0)).and_then();
            let second = first.handle_events_with(handler(1)).and_then();
            let producer = second.handle_events_with(handler(2)).build();
            finish(workload, vec![producer], home, tallies);
        }
        (shape, consumers) => return Err(format!("disruptor-rs: no {shape} of {consumers}")),
    }
    Ok(())
}

/// Produces, drops the producers, which ends the consumers, and answers.
fn finish<const WORDS: usize, P: Producer<Element<WORDS>> + Send>(
    workload: &Workload,
    producers: Vec<P>,
    home: mpsc::Sender<(usize, Tally<WORDS>)>,
    tallies: mpsc::Receiver<(usize, Tally<WORDS>)>,
) {
    drop(home);
    pin_if(workload.pinned, 0);
    let began = Instant::now();
    let made = thread::scope(|scope| {
        let mut producers = producers.into_iter().enumerate();
        let (_, first) = producers.next().expect("there is a producer");
        let others: Vec<_> = producers
            .map(|(number, producer)| {
                scope.spawn(move || publish(workload, number, began, producer))
            })
            .collect();
        let mut made = vec![publish(workload, 0, began, first)];
        made.extend(others.into_iter().map(|thread| thread.join().expect("a producer ends")));
        made
    });
    let took = began.elapsed();
    let mut tallies: Vec<_> = tallies.iter().collect();
    tallies.sort_by_key(|(number, _)| *number);
    answer(took, &made);
    tallies.iter().for_each(|(_, tally)| tally.answer());
}

fn publish<const WORDS: usize, P: Producer<Element<WORDS>>>(
    workload: &Workload,
    number: usize,
    began: Instant,
    mut producer: P,
) -> u64 {
    let mut source = Source::<WORDS>::new(number);
    if workload.wait == Wait::Spin {
        return produce(workload, began, |batch| {
            if batch == 1 {
                producer.publish(|slot| *slot = source.next());
            } else {
                producer.batch_publish(batch, |slots| slots.for_each(|slot| *slot = source.next()));
            }
        });
    }
    produce(workload, began, |batch| {
        if batch == 1 {
            while producer.try_publish(|slot| *slot = source.next()).is_err() {
                thread::yield_now();
            }
            return;
        }
        let mut fill = || {
            producer.try_batch_publish(batch, |slots| slots.for_each(|slot| *slot = source.next()))
        };
        while fill().is_err() {
            thread::yield_now();
        }
    })
}

/// The crate's rings with a poller at the end, for round trips.
struct Polled;

impl Queue for Polled {
    const MANY_SENDERS: bool = false;
    type Sender<const WORDS: usize> = SingleProducer<Element<WORDS>, SingleConsumerBarrier>;
    type Receiver<const WORDS: usize> = EventPoller<Element<WORDS>, SingleProducerBarrier>;

    fn new<const WORDS: usize>(
        capacity: usize,
        _: usize,
    ) -> (Vec<Self::Sender<WORDS>>, Self::Receiver<WORDS>) {
        let builder = disruptor::build_single_producer(capacity, || [0; WORDS], BusySpin);
        let (poller, builder) = builder.new_event_poller();
        (vec![builder.build()], poller)
    }
}

impl<const WORDS: usize> Sender<WORDS> for SingleProducer<Element<WORDS>, SingleConsumerBarrier> {
    #[inline]
    fn send(&mut self, _: Wait, count: usize, mut next: impl FnMut() -> Element<WORDS>) {
        self.batch_publish(count, |slots| slots.for_each(|slot| *slot = next()));
    }
}

impl<const WORDS: usize> Receiver<WORDS> for EventPoller<Element<WORDS>, SingleProducerBarrier> {
    #[inline]
    fn receive(&mut self, _: Wait, mut take: impl FnMut(&Element<WORDS>)) -> Received {
        match self.poll() {
            Ok(mut elements) => {
                (&mut elements).for_each(&mut take);
                Received::Something
            }
            Err(Polling::NoEvents) => Received::Nothing,
            Err(Polling::Shutdown) => Received::End,
        }
    }
}
