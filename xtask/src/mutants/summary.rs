//! What is on record, file by file.

use std::collections::BTreeMap;

use super::Mutant;
use super::record::{Outcome, Record};

const OUTCOMES: [Outcome; 4] =
    [Outcome::Caught, Outcome::TimedOut, Outcome::Unviable, Outcome::Survived];

/// How many there are, and what became of those that were tried.
#[derive(Clone, Copy, Default)]
struct Counts {
    all: usize,
    /// As in `OUTCOMES`.
    of: [usize; 4],
}

impl Counts {
    fn add(&mut self, became: Option<Outcome>) {
        self.all += 1;
        let became = became.map(|it| if is_survivor(it) { Outcome::Survived } else { it });
        let kind = OUTCOMES.iter().position(|outcome| Some(*outcome) == became);
        kind.into_iter().for_each(|kind| self.of[kind] += 1);
    }

    fn row(&self, name: &str) -> String {
        let tried: usize = self.of.iter().sum();
        let [caught, timed_out, unviable, survived] = self.of;
        let all = self.all;
        format!("| {name} | {tried} of {all} | {caught} | {timed_out} | {unviable} | {survived} |")
    }
}

/// So far.
fn is_survivor(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Survived | Outcome::Unnoticed)
}

/// Prints the survivors and a table. An error if no test noticed any.
pub(super) fn print(record: &Record, mutants: &[Mutant]) -> Result<(), String> {
    let (mut sum, mut by_file) = (Counts::default(), BTreeMap::<_, Counts>::new());
    for mutant in mutants {
        let became = record.of(mutant);
        let outcome = became.map(|entry| entry.outcome);
        if let Some(survivor) = became.filter(|entry| is_survivor(entry.outcome)) {
            println!("{:9} {} {}", survivor.outcome, mutant.name, survivor.by);
        }
        by_file.entry(&mutant.file).or_default().add(outcome);
        sum.add(outcome);
    }
    println!(
        "| File | Tried | Caught | Timed out | Unviable | Survived |\n|---|---|---|---|---|---|"
    );
    for (file, counts) in by_file {
        let file = file.strip_prefix("src/core/").unwrap_or(file);
        println!("{}", counts.row(&format!("`{file}`")));
    }
    println!("{}", sum.row("all"));
    let [caught, timed_out, _, survived] = sum.of;
    if survived > 0 && caught + timed_out == 0 {
        return Err("the tests notice nothing at all".to_owned());
    }
    Ok(())
}
