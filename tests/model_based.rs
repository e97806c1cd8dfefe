//! Random sequences of calls of the C functions, against a sequential model of the contract.
//!
//! Consumers are mostly pollers, so one thread does everything and each sequence is the same at each run; those with
//! threads write down what they get, and are waited for after each call. A sequence that fails is made as short and
//! simple as it can be, and printed. `DISRUPTOR_TEST_ROUNDS=20` runs
//! twenty times as many.

#![allow(clippy::disallowed_methods, reason = "the watchdog is a thread of the test's own")]

#[path = "model_based/calls.rs"]
mod calls;
#[path = "model_based/hostile.rs"]
mod hostile;
#[path = "model_based/hostile_calls.rs"]
mod hostile_calls;
#[path = "model_based/library.rs"]
mod library;
#[path = "model_based/model.rs"]
mod model;
#[path = "model_based/numbers.rs"]
mod numbers;
#[path = "model_based/reading.rs"]
mod reading;
#[path = "model_based/world.rs"]
mod world;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use calls::{Random, Sequence, Theme};

/// How long one sequence may take: then it hangs.
const LIMIT: Duration = Duration::from_secs(30);
/// How many simpler sequences are tried in search of the simplest.
const SHRINKS: usize = 20_000;

fn rounds() -> usize {
    let rounds = std::env::var("DISRUPTOR_TEST_ROUNDS").ok().and_then(|text| text.parse().ok());
    rounds.unwrap_or(1)
}

/// The simplest sequence that fails, and how, starting with one that does.
fn shrink(mut sequence: Sequence, mut wrong: String) -> (Sequence, String) {
    let mut left = SHRINKS;
    'again: loop {
        for simpler in sequence.simpler() {
            if left == 0 {
                return (sequence, wrong);
            }
            left -= 1;
            if let Err(why) = world::run(&simpler) {
                (sequence, wrong) = (simpler, why);
                continue 'again;
            }
        }
        return (sequence, wrong);
    }
}

/// Runs so many sequences, under a watchdog that names the one that hangs.
fn hold(theme: Theme, count: usize, seed: u64) {
    let (sender, receiver) = mpsc::channel::<String>();
    let watchdog = thread::spawn(move || {
        let mut running = String::new();
        loop {
            match receiver.recv_timeout(LIMIT) {
                Ok(next) => running = next,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!("this hangs, or what it was shrunk to:\n{running}");
                    std::process::abort();
                }
            }
        }
    });
    let mut random = Random::new(seed);
    let mut failed = None;
    for nth in 0..count * rounds() {
        let sequence = Sequence::random(&mut random, theme);
        sender.send(sequence.to_string()).expect("the watchdog listens");
        if let Err(wrong) = world::run(&sequence) {
            failed = Some((nth, shrink(sequence, wrong)));
            break;
        }
    }
    drop(sender);
    watchdog.join().expect("the watchdog ends");
    if let Some((nth, (sequence, wrong))) = failed {
        panic!(
            "sequence {nth} of {theme:?} and all that it was shrunk to failed:\n{sequence}{wrong}"
        );
    }
}

#[test]
fn pollers_one_behind_the_other() {
    hold(Theme { callbacks: 0, groups: 0, holders: 0, claims: 3, spans: 3, even: 4 }, 4000, 1);
}

#[test]
fn pollers_in_groups() {
    hold(Theme { callbacks: 0, groups: 6, holders: 0, claims: 3, spans: 3, even: 4 }, 4000, 2);
}

#[test]
fn pollers_that_hold_back() {
    hold(Theme { callbacks: 0, groups: 1, holders: 7, claims: 2, spans: 3, even: 4 }, 4000, 3);
}

#[test]
fn claims_in_any_order() {
    hold(Theme { callbacks: 0, groups: 1, holders: 0, claims: 9, spans: 3, even: 4 }, 4000, 4);
}

#[test]
fn consumers_with_threads() {
    hold(Theme { callbacks: 6, groups: 3, holders: 2, claims: 4, spans: 3, even: 4 }, 1000, 5);
}
