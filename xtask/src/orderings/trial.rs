//! Which model notices which weaker ordering, found without trying each with each.
//!
//! Whatever can happen with one ordering weakened can happen as well with others weakened besides. So all are
//! weakened at once: a model that holds even then notices none of them. Where it fails, or takes too
//! long, each half is tried by itself, down to single ones. Two of which one is enough survive, because they fall
//! into different halves sooner or later.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::limit::ends_well_saying;
use crate::models::{Outcome, judge, one_model};

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
    /// A model that goes round without end with it alone. loom lets a thread read an old value as often as it likes, so
    /// that alone shows no harm, nor that there is none: the model ends there.
    pub(super) endless_in: Option<String>,
    /// How many models gave no answer in time.
    pub(super) unanswered: usize,
}

impl Mutant {
    pub(super) fn new(site: usize, weaker: &'static str) -> Self {
        Self { site, weaker, is_reached: false, noticed_by: None, endless_in: None, unanswered: 0 }
    }
}

pub(super) struct Trial {
    pub(super) program: PathBuf,
    /// A file for what a model says.
    pub(super) said: PathBuf,
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
        let found = culprits(&which, &|some| self.outcome(model, some));
        for &(one, outcome) in &found {
            let mutant = &mut self.mutants[one];
            match outcome {
                Outcome::Holds => {}
                Outcome::Fails => mutant.noticed_by = Some(model.name.clone()),
                Outcome::GoesRound => mutant.endless_in = Some(model.name.clone()),
                Outcome::TakesTooLong => mutant.unanswered += 1,
            }
        }
        found.into_iter().filter(|it| it.1 == Outcome::Fails).map(|it| it.0).collect()
    }

    /// What becomes of a model with these weakened.
    fn outcome(&self, model: &Model, which: &[usize]) -> Outcome {
        if self.began.elapsed() > self.limit {
            return Outcome::TakesTooLong;
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
        let Ok(said) = File::create(&self.said) else { return Outcome::TakesTooLong };
        let ended = ends_well_saying(&mut command, limit, said).unwrap_or(None);
        let Ok(said) = fs::read(&self.said) else { return Outcome::TakesTooLong };
        judge(ended, &said)
    }
}

/// Those with which alone a model does not hold.
fn culprits(which: &[usize], outcome: &dyn Fn(&[usize]) -> Outcome) -> Vec<(usize, Outcome)> {
    if which.is_empty() {
        return Vec::new();
    }
    match (outcome(which), which) {
        (Outcome::Holds, _) => Vec::new(),
        (other, &[one]) => vec![(one, other)],
        (_, several) => {
            let (some, others) = several.split_at(several.len() / 2);
            [culprits(some, outcome), culprits(others, outcome)].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As of a model that does nothing but hold or fail.
    fn if_it(holds: bool) -> Outcome {
        if holds { Outcome::Holds } else { Outcome::Fails }
    }

    const ALL: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

    #[test]
    fn each_that_fails_alone_is_found() {
        let found = culprits(&ALL, &|some| if_it(!some.contains(&2) && !some.contains(&8)));
        assert_eq!(found, [(2, Outcome::Fails), (8, Outcome::Fails)]);
    }

    #[test]
    fn two_that_fail_only_together_are_not() {
        let found = culprits(&ALL, &|some| if_it(!(some.contains(&6) && some.contains(&7))));
        assert_eq!(found, []);
    }

    #[test]
    fn many_that_take_too_long_are_tried_in_parts() {
        let found = culprits(&ALL, &|some| match some {
            [_, _, _, ..] => Outcome::TakesTooLong,
            _ if some.contains(&5) => Outcome::TakesTooLong,
            _ => if_it(!some.contains(&3)),
        });
        assert_eq!(found, [(3, Outcome::Fails), (5, Outcome::TakesTooLong)]);
    }

    #[test]
    fn one_that_fails_is_found_beside_one_that_goes_round() {
        let found = culprits(&ALL, &|some| match some {
            _ if some.contains(&0) => Outcome::GoesRound,
            _ => if_it(!some.contains(&1)),
        });
        assert_eq!(found, [(0, Outcome::GoesRound), (1, Outcome::Fails)]);
    }
}
