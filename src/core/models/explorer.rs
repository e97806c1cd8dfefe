//! Runs a model through all of its executions, and finds out whether it holds.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::Twin;
use crate::sync::fences;
use crate::sync::steps::{Step, without};

/// A small program of a few threads, and what has to hold whenever it has run.
pub(super) struct Model {
    play: Arc<dyn Fn() + Send + Sync>,
    /// Nobody sleeps in it, so the publishers' fence can be left out: it would multiply the
    /// executions and change nothing.
    has_sleepers: bool,
    /// Explored with the asymmetric pair of fences instead of the symmetric one.
    asymmetric: bool,
    preemptions: Option<usize>,
}

impl Model {
    /// A program in which nobody sleeps.
    pub(super) fn new(play: impl Fn() + Send + Sync + 'static) -> Self {
        Self { play: Arc::new(play), has_sleepers: false, asymmetric: false, preemptions: None }
    }

    /// A program in which threads sleep and are woken.
    pub(super) fn with_sleepers(play: impl Fn() + Send + Sync + 'static) -> Self {
        Self { has_sleepers: true, ..Self::new(play) }
    }

    /// Explores executions with up to so many preemptions only. `LOOM_MAX_PREEMPTIONS` raises that.
    pub(super) fn up_to(mut self, preemptions: usize) -> Self {
        self.preemptions = Some(preemptions);
        self
    }

    /// With the light and heavy fences as `membarrier` makes them (`sync/fences/modelled.rs`).
    pub(super) fn asymmetric(mut self) -> Self {
        self.asymmetric = true;
        self
    }

    fn explore(&self) {
        let mut explorer = loom::model::Builder::new();
        let raised = explorer.preemption_bound.unwrap_or(0);
        explorer.preemption_bound = self.preemptions.map(|own| own.max(raised));
        let play = self.play.clone();
        explorer.check(move || {
            fences::prepare();
            play();
        });
    }

    fn is_explored_without_a_failure(&self) -> bool {
        let explore = || match catch_unwind(AssertUnwindSafe(|| self.explore())) {
            Ok(()) => true,
            // That was no failure: the model is too large, or goes round without end.
            Err(panic) if is_too_long(&*panic) => resume_unwind(panic),
            Err(_) => false,
        };
        let explore = || if self.asymmetric { fences::asymmetric(explore) } else { explore() };
        if self.has_sleepers { explore() } else { without(Step::PublisherFence, explore) }
    }

    pub(super) fn assert_holds(&self) {
        assert!(self.is_explored_without_a_failure(), "the failing execution is printed above");
    }

    /// For twins that do without something that is no [`Step`] of the library's.
    pub(super) fn assert_fails(&self) {
        assert!(!self.is_explored_without_a_failure(), "the model did not notice");
    }
}

/// Every twin must fail.
pub(super) fn assert_fail(twins: &[Twin]) {
    for (step, model) in twins {
        let holds = without(*step, || model().is_explored_without_a_failure());
        assert!(!holds, "the model did not notice that {step:?} was left out");
    }
}

fn is_too_long(panic: &(dyn Any + Send)) -> bool {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
    text.is_some_and(|text| text.contains("maximum number of branches"))
}
