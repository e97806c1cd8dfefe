//! Changes `src/core` in one place at a time, as cargo-mutants lists them, and runs the tests: which of them notices?
//!
//! The tests are run here and not by cargo-mutants, which starts them by cargo, all of them for each mutant. Here a
//! mutant is built once, and meets the tests one by one until one fails: first those that noticed another mutant of
//! the same file, then the quickest. One that makes a test take several times as long as before is noticed too.

mod checks;
mod list;

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub use list::Mutant;

use crate::cargo::{output, target_directory};
use crate::root;
use checks::{Check, Workshop};

/// What to try, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Only mutants whose name contains one of these; all if there are none.
    pub parts: Vec<String>,
    /// No new one is begun after so long. Those tried are then scattered over all.
    pub limit: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The test of this number fails.
    Caught(usize),
    /// The test of this number takes too long.
    TimedOut(usize),
    Survived,
    /// It does not compile.
    Unviable,
}

/// Tries them, and writes what became of each.
pub fn run(plan: &Plan) -> Result<(), String> {
    let mut mutants = list::all()?;
    let of_all = mutants.len();
    mutants.retain(|mutant| {
        plan.parts.is_empty() || plan.parts.iter().any(|part| mutant.name.contains(part))
    });
    let workshop = Workshop::new(&target_directory()?.join("mutants"));
    copy_tree(&workshop.tree)?;
    let checks = workshop.checks(workshop.build()?)?;
    let in_all = checks.iter().map(Check::took).sum::<Duration>();
    println!(
        "{of_all} mutants, {} of them asked for; {} tests, {in_all:.1?}",
        mutants.len(),
        checks.len()
    );
    let began = Instant::now();
    let mut verdicts = Vec::new();
    let mut noticed_before = HashMap::<&str, Vec<usize>>::new();
    for mutant in scattered(&mutants) {
        if began.elapsed() > plan.limit {
            break;
        }
        let first = noticed_before.entry(&mutant.file).or_default();
        let verdict = attempt(&workshop, &checks, first, mutant)?;
        if let Verdict::Caught(check) | Verdict::TimedOut(check) = verdict {
            first.retain(|&before| before != check);
            first.insert(0, check);
        }
        verdicts.push(verdict);
        report(mutant, &checks, verdict);
    }
    summarize(&verdicts, mutants.len())
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

/// Builds a mutant and runs the tests, some of them first, until one notices.
fn attempt(
    workshop: &Workshop,
    checks: &[Check],
    first: &[usize],
    mutant: &Mutant,
) -> Result<Verdict, String> {
    let file = workshop.tree.join(&mutant.file);
    let failed = |error| format!("{}: {error}", file.display());
    let text = fs::read_to_string(&file).map_err(failed)?;
    fs::write(&file, mutant.apply(&text)).map_err(failed)?;
    let built = workshop.build();
    fs::write(&file, text).map_err(failed)?;
    if built.is_err() {
        return Ok(Verdict::Unviable);
    }
    let others = (0..checks.len()).filter(|check| !first.contains(check));
    for check in first.iter().copied().chain(others) {
        match checks[check].holds()? {
            Some(true) => {}
            Some(false) => return Ok(Verdict::Caught(check)),
            None => return Ok(Verdict::TimedOut(check)),
        }
    }
    Ok(Verdict::Survived)
}

fn report(mutant: &Mutant, checks: &[Check], verdict: Verdict) {
    let (verdict, by) = match verdict {
        Verdict::Caught(check) => ("caught   ", format!(" by {}", checks[check].name())),
        Verdict::TimedOut(check) => ("timed out", format!(" in {}", checks[check].name())),
        Verdict::Survived => ("SURVIVED ", String::new()),
        Verdict::Unviable => ("unviable ", String::new()),
    };
    println!("{verdict} {}{by}", mutant.name);
}

fn summarize(verdicts: &[Verdict], of: usize) -> Result<(), String> {
    let count =
        |kind: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| kind(verdict)).count();
    let caught = count(|verdict| matches!(verdict, Verdict::Caught(_)));
    let timed_out = count(|verdict| matches!(verdict, Verdict::TimedOut(_)));
    let survived = count(|verdict| *verdict == Verdict::Survived);
    let unviable = count(|verdict| *verdict == Verdict::Unviable);
    println!(
        "{} of {of} tried: {caught} caught, {timed_out} timed out, {survived} survived, {unviable} unviable",
        verdicts.len()
    );
    if survived > 0 && caught + timed_out == 0 {
        return Err("the tests notice nothing at all".to_owned());
    }
    Ok(())
}

/// All of them, neighbours far from each other.
fn scattered<T>(all: &[T]) -> impl Iterator<Item = &T> {
    const STRIDE: usize = 97;
    (0..STRIDE).flat_map(move |first| all.iter().skip(first).step_by(STRIDE))
}

/// The command that runs this: a program of its own, because it outlives what it starts.
pub fn command() -> Result<Command, String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--release", "--quiet", "--package", "xtask", "--bin", "mutants", "--"]);
    Ok(command)
}
