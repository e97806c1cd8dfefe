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
        let found = culprits(&which, &|some| self.holds(model, some));
        for &(one, alone) in &found {
            match alone {
                Alone::Fails => self.mutants[one].noticed_by = Some(model.name.clone()),
                Alone::TakesTooLong => self.mutants[one].unanswered += 1,
            }
        }
        found.into_iter().filter(|it| it.1 == Alone::Fails).map(|it| it.0).collect()
    }

    /// Whether a model holds with these weakened; `None` if that took too long.
    fn holds(&self, model: &Model, which: &[usize]) -> Option<bool> {
        if self.began.elapsed() > self.limit {
            return None;
        }
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

/// With only this one weakened a model does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alone {
    Fails,
    TakesTooLong,
}

/// Those with which alone a model does not hold.
fn culprits(which: &[usize], holds: &dyn Fn(&[usize]) -> Option<bool>) -> Vec<(usize, Alone)> {
    if which.is_empty() {
        return Vec::new();
    }
    match (holds(which), which) {
        (Some(true), _) => Vec::new(),
        (Some(false), &[one]) => vec![(one, Alone::Fails)],
        (None, &[one]) => vec![(one, Alone::TakesTooLong)],
        (Some(false) | None, several) => {
            let (some, others) = several.split_at(several.len() / 2);
            [culprits(some, holds), culprits(others, holds)].concat()
        }
    }
}

pub(super) fn one_model(program: &Path, name: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", name]).env("RUST_BACKTRACE", "0");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

    #[test]
    fn each_that_fails_alone_is_found() {
        let found = culprits(&ALL, &|some| Some(!some.contains(&2) && !some.contains(&8)));
        assert_eq!(found, [(2, Alone::Fails), (8, Alone::Fails)]);
    }

    #[test]
    fn two_that_fail_only_together_are_not() {
        let found = culprits(&ALL, &|some| Some(!(some.contains(&6) && some.contains(&7))));
        assert_eq!(found, []);
    }

    #[test]
    fn many_that_take_too_long_are_tried_in_parts() {
        let found = culprits(&ALL, &|some| match some {
            [_, _, _, ..] => None,
            _ if some.contains(&5) => None,
            _ => Some(!some.contains(&3)),
        });
        assert_eq!(found, [(3, Alone::Fails), (5, Alone::TakesTooLong)]);
    }
}
