//! Sequences of calls that the fuzzer makes up, hostile ones among them, against the sequential model of
//! tests/model_based, whose files this shares.

#![no_main]
#![allow(dead_code, reason = "what only the test needs")]

#[path = "../../tests/model_based/calls.rs"]
mod calls;
#[path = "../../tests/model_based/hostile.rs"]
mod hostile;
#[path = "../../tests/model_based/hostile_calls.rs"]
mod hostile_calls;
#[path = "../../tests/model_based/library.rs"]
mod library;
#[path = "../../tests/model_based/model.rs"]
mod model;
#[path = "../../tests/model_based/numbers.rs"]
mod numbers;
#[path = "../../tests/model_based/reading.rs"]
mod reading;
#[path = "../../tests/model_based/world.rs"]
mod world;

use calls::{Random, Sequence, Theme};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut random = Random::Bytes(data.iter().rev().copied().collect());
    let mut one_in_ten = || random.below(11);
    let theme = Theme {
        callbacks: if one_in_ten() == 10 { 4 } else { 0 },
        groups: one_in_ten(),
        holders: one_in_ten(),
        claims: one_in_ten(),
        spans: one_in_ten(),
        even: one_in_ten(),
    };
    let sequence = Sequence::random(&mut random, theme);
    if let Err(wrong) = world::run(&sequence) {
        panic!("these calls and the model disagree:\n{sequence}{wrong}");
    }
});
