//! Models of the protocols between threads: loom runs the code that ships in every order that
//! matters.
//!
//! Each model is a small program whose assertions hold in every execution; a wake-up that is lost
//! shows as a deadlock, a slot that is written while it is read as a race. And each has broken twins:
//! the same program without one of the steps that its protocol stands on must fail. `sync/steps/step.rs`
//! lists the steps, and the test below sees to it that none is without a twin.
//!
//! Run them with `RUSTFLAGS="--cfg loom" cargo test --profile models --lib models`, or by `cargo test
//! --test models`.

mod claims;
mod close;
mod dependencies;
mod event_count;
mod explorer;
mod groups;
mod halt;
mod handed_on;
mod hands;
mod holders;
mod leaving;
mod numbers;
mod open_claims;
mod pollers;
mod registration;
mod single;
mod stage;
mod waiting;
mod whole;
mod without_a_call;

use crate::sync::steps::Step;

/// A step, and a model that must fail without it.
type Twin = (Step, fn() -> explorer::Model);

#[test]
fn every_step_has_a_twin() {
    let twins = [
        event_count::TWINS,
        claims::TWINS,
        registration::TWINS,
        dependencies::TWINS,
        waiting::TWINS,
        close::TWINS,
        single::TWINS,
        groups::TWINS,
        handed_on::TWINS,
        hands::TWINS,
        halt::TWINS,
        holders::TWINS,
        leaving::TWINS,
        numbers::TWINS,
        open_claims::TWINS,
        pollers::TWINS,
        without_a_call::TWINS,
    ];
    for step in Step::ALL {
        let has_twin = twins.iter().copied().flatten().any(|(left_out, _)| left_out == step);
        assert!(has_twin, "nothing shows that {step:?} is needed");
    }
}
