//! Which model notices which weaker ordering, found without trying each with each.
//!
//! Whatever can happen with one ordering weakened can happen as well with others weakened besides. So all are
//! weakened at once: a model that holds even then notices none of them. Where it fails, or takes too
//! long, each half is tried by itself, down to single ones. Two of which one is enough survive, because they fall
//! into different halves sooner or later.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::limit::ends_well;

/// A test, and what it does with nothing weakened.
pub(super) struct Model {
    pub(super) name: String,
    pub(super) took: Duration,
    /// The sites that it comes to.
    pub(super) reaches: HashSet<usize>,
}

/// A site, what it is to be instead, and what became of that.
#[derive(Clone, Debug)]
pub(super) struct Mutant {
    pub(super) site: usize,
    pub(super) weaker: &'static str,
    pub(super) is_reached: bool,
    /// The model that fails with it alone.
    pub(super) noticed_by: Option<String>,
    /// How many models gave no answer in time.
    pub(super) unanswered: usize,
}

impl Mutant {
    pub(super) fn new(site: usize, weaker: &'static str) -> Self {
        Self { site, weaker, is_reached: false, noticed_by: None, unanswered: 0 }
    }
}

pub(super) struct Trial {
    pub(super) program: PathBuf,
    pub(super) mutants: Vec<Mutant>,
    pub(super) began: Instant,
    /// No model is begun after so long.
    pub(super) limit: Duration,
}

impl Trial {
    /// Runs a model on all that it comes to and that no other model has noticed; what it notices.
    pub(super) fn run(&mut self, model: &Model) -> Vec<usize> {
        let mut which = Vec::new();
        for (number, mutant) in self.mutants.iter_mut().enumerate() {
            if model.reaches.contains(&mutant.site) {
                mutant.is_reached = true;
                which.extend(mutant.noticed_by.is_none().then_some(number));
            }
        }
        self.run_on(model, &which);
        which.retain(|&one| self.mutants[one].noticed_by.is_some());
        which
    }

    fn run_on(&mut self, model: &Model, which: &[usize]) {
        if which.is_empty() {
            return;
        }
        let holds = if self.began.elapsed() > self.limit { None } else { self.holds(model, which) };
        match (holds, which) {
            (Some(true), _) => {}
            (Some(false), &[one]) => self.mutants[one].noticed_by = Some(model.name.clone()),
            (None, &[one]) => self.mutants[one].unanswered += 1,
            (Some(false) | None, several) => {
                let (some, others) = several.split_at(several.len() / 2);
                self.run_on(model, some);
                self.run_on(model, others);
            }
        }
    }

    /// Whether a model holds with these weakened; `None` if that took too long.
    fn holds(&self, model: &Model, which: &[usize]) -> Option<bool> {
        let weakened = which.iter().map(|&one| &self.mutants[one]);
        let weakened: Vec<_> = weakened.map(|it| format!("{} {}", it.site, it.weaker)).collect();
        let mut command = one_model(&self.program, &model.name);
        command.env("DISRUPTOR_MUTANT", weakened.join(","));
        // Weaker orderings make more executions; that alone is no failure. Several can still be tried one by one.
        let limit = match which {
            [_] => 5 * model.took + Duration::from_secs(10),
            _ => 3 * model.took + Duration::from_secs(2),
        };
        ends_well(&mut command, limit).unwrap_or(None)
    }
}

pub(super) fn one_model(program: &Path, name: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", name]).env("RUST_BACKTRACE", "0");
    command
}
