//! Changes `src/core` in one place at a time, as cargo-mutants lists them, and runs the tests: which of them notices?
//!
//! The tests are run here and not by cargo-mutants, which starts them by cargo, all of them for each mutant. Here a
//! mutant is built once, and meets the tests one by one until one fails: first those that noticed another mutant of
//! the same file, then the quickest. One that makes a test take several times as long as before is noticed too. When all
//! have met them, those that none noticed meet the models.

mod checks;
mod list;
mod models;
mod record;
mod summary;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub use list::Mutant;

use crate::cargo::{output, target_directory};
use crate::root;
use checks::{Check, Workshop};
use models::Said;
use record::{Outcome, Record};

/// What became of a mutant, and what noticed it.
type Became = (Outcome, String);

/// What to try, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Only mutants whose name contains one of these, in this order; all, scattered, if there are none.
    pub parts: Vec<String>,
    /// No new one is begun after so long.
    pub limit: Duration,
}

/// Tries those that are not on record, and writes what became of each.
pub fn run(plan: &Plan) -> Result<(), String> {
    let all = list::all()?;
    let of_all = all.len();
    let mutants = if plan.parts.is_empty() { scattered(all) } else { asked_for(all, &plan.parts) };
    let home = target_directory()?.join("mutants");
    let mut record = Record::open(&home.join("record.tsv"))?;
    let untried = those_that(&record, &mutants, None).len();
    println!(
        "{of_all} mutants, {} of them asked for, {untried} of those not on record",
        mutants.len()
    );
    let mut search = Search {
        workshop: Workshop::new(home),
        record: &mut record,
        began: Instant::now(),
        limit: plan.limit,
    };
    search.by_tests(&mutants)?;
    search.by_models(&mutants)?;
    summary::print(&record, &mutants)
}

/// Those that became this.
fn those_that<'a>(
    record: &Record,
    mutants: &'a [Mutant],
    became: Option<Outcome>,
) -> Vec<&'a Mutant> {
    let is = |mutant: &&Mutant| record.of(mutant).map(|entry| entry.outcome) == became;
    mutants.iter().filter(is).collect()
}

struct Search<'a> {
    workshop: Workshop,
    record: &'a mut Record,
    began: Instant,
    limit: Duration,
}

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.began.elapsed() >= self.limit
    }

    /// Those that were never tried meet the tests.
    fn by_tests(&mut self, mutants: &[Mutant]) -> Result<(), String> {
        let untried = those_that(self.record, mutants, None);
        if untried.is_empty() || self.is_over() {
            return Ok(());
        }
        copy_tree(&self.workshop.tree)?;
        let checks = self.workshop.checks(self.workshop.build()?)?;
        let in_all = checks.iter().map(Check::took).sum::<Duration>();
        println!("{} tests, {in_all:.1?}", checks.len());
        for mutant in untried {
            if self.is_over() {
                break;
            }
            let first = self.record.noticed(&mutant.file);
            let became = in_place_of(mutant, &self.workshop, || {
                meet_tests(&self.workshop, &checks, &first)
            })?;
            self.note(mutant, became)?;
        }
        Ok(())
    }

    /// Those that no test noticed meet the models.
    fn by_models(&mut self, mutants: &[Mutant]) -> Result<(), String> {
        let unnoticed = those_that(self.record, mutants, Some(Outcome::Unnoticed));
        if !unnoticed.is_empty() && !self.is_over() {
            copy_tree(&self.workshop.tree)?;
        }
        for mutant in unnoticed {
            if self.is_over() {
                break;
            }
            let first = self.record.noticed(&mutant.file);
            let became =
                in_place_of(mutant, &self.workshop, || meet_models(&self.workshop, &first))?;
            self.note(mutant, became)?;
        }
        Ok(())
    }

    fn note(&mut self, mutant: &Mutant, (outcome, by): Became) -> Result<(), String> {
        println!("{outcome:9} {}: {by}", mutant.name);
        self.record.add(mutant, outcome, by)
    }
}

/// Copies what git knows. Files that are right already are left alone, so that cargo builds no more than it must.
fn copy_tree(tree: &Path) -> Result<(), String> {
    let files = output(Command::new("git").arg("ls-files").current_dir(root()))?;
    for file in files.lines() {
        let Ok(bytes) = fs::read(root().join(file)) else { continue };
        let copy = tree.join(file);
        if fs::read(&copy).is_ok_and(|old| old == bytes) {
            continue;
        }
        let parent = copy.parent().unwrap_or(tree);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&copy, bytes))
            .map_err(|error| format!("{}: {error}", copy.display()))?;
    }
    Ok(())
}

/// The tree has a mutant while it is tried.
fn in_place_of(
    mutant: &Mutant,
    workshop: &Workshop,
    attempt: impl FnOnce() -> Result<Became, String>,
) -> Result<Became, String> {
    let file = workshop.tree.join(&mutant.file);
    let failed = |error| format!("{}: {error}", file.display());
    let text = fs::read_to_string(&file).map_err(failed)?;
    fs::write(&file, mutant.apply(&text)).map_err(failed)?;
    let became = attempt();
    fs::write(&file, text).map_err(failed)?;
    became
}

/// Builds what is in the tree and runs the tests until one notices, those called `first` first, the quickest of each kind before
/// the others.
fn meet_tests(workshop: &Workshop, checks: &[Check], first: &[String]) -> Result<Became, String> {
    if workshop.build().is_err() {
        return Ok((Outcome::Unviable, String::new()));
    }
    let mut checks: Vec<_> = checks.iter().collect();
    checks.sort_by_key(|check| !first.contains(&check.name()));
    for check in checks {
        match check.holds()? {
            Some(true) => {}
            Some(false) => return Ok((Outcome::Caught, check.name())),
            None => return Ok((Outcome::TimedOut, check.name())),
        }
    }
    Ok((Outcome::Unnoticed, String::new()))
}

fn meet_models(workshop: &Workshop, first: &[String]) -> Result<Became, String> {
    Ok(match models::run(&workshop.home, &workshop.tree, first)? {
        Said::Fails(model) => (Outcome::Caught, model),
        Said::Hold { unanswered: 0 } => (Outcome::Survived, String::new()),
        Said::Hold { unanswered } => {
            (Outcome::Survived, format!("({unanswered} models gave no answer)"))
        }
    })
}

/// All of them, neighbours far from each other.
fn scattered(all: Vec<Mutant>) -> Vec<Mutant> {
    const STRIDE: usize = 97;
    let order: Vec<_> = (0..STRIDE).flat_map(|first| (first..all.len()).step_by(STRIDE)).collect();
    order.into_iter().map(|at| all[at].clone()).collect()
}

/// Those that one of the parts is in, by part.
fn asked_for(mut all: Vec<Mutant>, parts: &[String]) -> Vec<Mutant> {
    let part = |mutant: &Mutant| parts.iter().position(|part| mutant.name.contains(part));
    all.retain(|mutant| part(mutant).is_some());
    all.sort_by_key(part);
    all
}

/// The command that runs this: a program of its own, because it outlives what it starts.
pub fn command() -> Result<Command, String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--release", "--quiet", "--package", "xtask", "--bin", "mutants", "--"]);
    Ok(command)
}
