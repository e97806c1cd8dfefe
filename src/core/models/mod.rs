//! Models
mod claims;
mod event_count;
mod gating;
mod stage;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

pub(crate) struct Model {
    preemptions: Option<usize>,
    body: Box<dyn Fn() + Send + Sync>,
}

fn exhaustive(body: impl Fn() + Send + Sync + 'static) -> Model {
    Model { preemptions: None, body: Box::new(body) }
}
fn bounded(preemptions: usize, body: impl Fn() + Send + Sync + 'static) -> Model {
    Model { preemptions: Some(preemptions), body: Box::new(body) }
}

std::thread_local!(static RUNS: Cell<u64> = const { Cell::new(0) });

impl Model {
    fn explore(self) {
        let mut explorer = loom::model::Builder::new();
        let from_environment = explorer.preemption_bound;
        explorer.preemption_bound =
            self.preemptions.map(|own| own.max(from_environment.unwrap_or(0)));
        if let Ok(bound) = std::env::var("BOUND") {
            explorer.preemption_bound = Some(bound.parse().unwrap());
        }
        let body = self.body;
        RUNS.set(0);
        explorer.check(move || {
            RUNS.set(RUNS.get() + 1);
            body()
        });
    }
    fn holds(self) {
        let start = Instant::now();
        let bound = self.preemptions;
        self.explore();
        eprintln!(
            "{}: {} executions, bound {:?}, {:?}",
            std::thread::current().name().unwrap(),
            RUNS.get(),
            bound,
            start.elapsed()
        );
    }
    fn fails(self) -> String {
        let start = Instant::now();
        let failed = catch_unwind(AssertUnwindSafe(|| self.explore()));
        eprintln!("failed after {} executions, {:?}", RUNS.get(), start.elapsed());
        match failed {
            Ok(()) => "passes".into(),
            Err(e) => e
                .downcast_ref::<String>()
                .cloned()
                .or(e.downcast_ref::<&str>().map(|s| s.to_string()))
                .unwrap_or("?".into()),
        }
    }
}
