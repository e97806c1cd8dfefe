//! The workloads that stream, over queues: each consumer has a queue of its own, because a queue hands an element to one
//! of those who receive.

use std::thread;
use std::time::{Duration, Instant};

use super::element::{Source, Tally};
use super::queue::{Queue, Received, Receiver, Sender, pause};
use crate::cpu::pin_if;
use crate::workload::Workload;

/// Between two looks at the clock a producer publishes so many elements: a multiple of every batch.
pub(super) const CHUNK: usize = 1000;

/// Publishes with `publish`, which is told how many, until the time is up; returns how many that were.
#[inline]
pub(super) fn produce(workload: &Workload, began: Instant, mut publish: impl FnMut(usize)) -> u64 {
    let mut made = 0;
    loop {
        for _ in 0..CHUNK / workload.batch {
            publish(workload.batch);
        }
        made += CHUNK as u64;
        if began.elapsed() >= Duration::from_millis(workload.milliseconds) {
            return made;
        }
    }
}

/// Answers for the producers.
pub(super) fn answer(took: Duration, made: &[u64]) {
    println!("nanoseconds {}", took.as_nanos());
    made.iter().for_each(|made| println!("producer {made}"));
}

pub(super) fn run<const WORDS: usize, Q: Queue>(workload: &Workload) {
    let mut senders: Vec<Vec<Q::Sender<WORDS>>> = Vec::new();
    senders.resize_with(workload.producers, Vec::new);
    let mut consumers = Vec::new();
    for _ in 0..workload.consumers {
        let receivers = connect::<WORDS, Q>(workload, &mut senders);
        let workload = workload.clone();
        consumers.push(thread::spawn(move || consume(&workload, receivers)));
    }
    pin_if(workload.pinned, 0);
    let began = Instant::now();
    let mut others = Vec::new();
    for (number, senders) in senders.drain(1..).enumerate() {
        let workload = workload.clone();
        others.push(thread::spawn(move || send(&workload, number + 1, began, senders)));
    }
    let mut made = vec![send(workload, 0, began, senders.remove(0))];
    made.extend(others.into_iter().map(|thread| thread.join().expect("a producer ends")));
    let tallies: Vec<Tally<WORDS>> =
        consumers.into_iter().map(|thread| thread.join().expect("a consumer ends")).collect();
    answer(began.elapsed(), &made);
    tallies.iter().for_each(Tally::answer);
}

/// Gives every producer a way to one consumer, and returns that consumer's ends.
fn connect<const WORDS: usize, Q: Queue>(
    workload: &Workload,
    senders: &mut [Vec<Q::Sender<WORDS>>],
) -> Vec<Q::Receiver<WORDS>> {
    let queues = if Q::MANY_SENDERS { 1 } else { workload.producers };
    let new = |_| Q::new(workload.capacity, workload.producers / queues);
    let (ends, receivers): (Vec<_>, Vec<_>) = (0..queues).map(new).unzip();
    let ends = ends.into_iter().flatten();
    senders.iter_mut().zip(ends).for_each(|(senders, end)| senders.push(end));
    receivers
}

fn send<const WORDS: usize, S: Sender<WORDS>>(
    workload: &Workload,
    producer: usize,
    began: Instant,
    mut to: Vec<S>,
) -> u64 {
    let mut source = Source::<WORDS>::new(producer);
    let wait = workload.wait;
    if let [to] = to.as_mut_slice() {
        return produce(workload, began, |batch| to.send(wait, batch, || source.next()));
    }
    produce(workload, began, |batch| {
        let start = source;
        for to in &mut to {
            source = start;
            to.send(wait, batch, || source.next());
        }
    })
}

fn consume<const WORDS: usize, R: Receiver<WORDS>>(
    workload: &Workload,
    mut receivers: Vec<R>,
) -> Tally<WORDS> {
    pin_if(workload.pinned, 1);
    let mut tally = Tally::new(workload.producers);
    while !receivers.is_empty() {
        let mut something = false;
        receivers.retain_mut(|receiver| {
            let received = receiver.receive(workload.wait, |element| tally.add(element));
            something |= received == Received::Something;
            received != Received::End
        });
        if !something {
            pause(workload.wait);
        }
    }
    tally
}
