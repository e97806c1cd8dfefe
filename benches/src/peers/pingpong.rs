//! Round trips: one element at a time, there and back.

use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::element::{Element, Tally};
use super::queue::{Queue, Received, Receiver, Sender, pause};
use super::stream::answer;
use crate::cpu::pin_if;
use crate::workload::{Wait, Workload};

type Latency = Histogram<u64>;

fn new_latency() -> Latency {
    Latency::new_with_max(10_000_000_000, 3).expect("three digits are allowed")
}

fn answer_latency(latency: &Latency) {
    for value in latency.iter_recorded() {
        println!("latency {} {}", value.value_iterated_to(), value.count_at_value());
    }
}

/// Receives one element; `None` when the other side is gone.
#[inline]
fn receive<R: Receiver<1>>(receiver: &mut R, wait: Wait) -> Option<Element<1>> {
    let mut received = None;
    loop {
        match receiver.receive(wait, |element| received = Some(*element)) {
            Received::Something => return received,
            Received::End => return None,
            Received::Nothing => pause(wait),
        }
    }
}

pub(super) fn run<Q: Queue>(workload: &Workload) {
    let wait = workload.wait;
    let (mut pings, mut ping) = Q::new::<1>(workload.capacity, 1);
    let (mut pongs, mut pong) = Q::new::<1>(workload.capacity, 1);
    let pinned = workload.pinned;
    let echo = thread::spawn(move || {
        pin_if(pinned, 1);
        let mut tally = Tally::<1>::new(1);
        while let Some(element) = receive(&mut ping, wait) {
            tally.add(&element);
            pongs[0].send(wait, 1, || element);
        }
        tally
    });
    pin_if(pinned, 0);
    let (mut tally, mut latency, mut trips) = (Tally::<1>::new(1), new_latency(), 0);
    let began = Instant::now();
    let mut sent = began;
    while sent - began < Duration::from_millis(workload.milliseconds) {
        pings[0].send(wait, 1, || [trips]);
        trips += 1;
        let element = receive(&mut pong, wait).expect("the echo stays");
        tally.add(&element);
        let now = Instant::now();
        latency.saturating_record((now - sent).as_nanos() as u64);
        sent = now;
    }
    drop(pings);
    let there = echo.join().expect("the echo ends");
    answer(began.elapsed(), &[trips]);
    there.answer();
    tally.answer();
    answer_latency(&latency);
}
