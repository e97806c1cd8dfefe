//! What became of which mutant, kept in a file: a line each, appended as soon as it is known. So an interrupted search loses
//! nothing, and no mutant is tried twice as long as the text of its file is the same. Lines that are deleted are forgotten.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::Mutant;

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A test fails.
    Caught,
    /// A test takes too long.
    TimedOut,
    /// No test fails; the models were not run yet.
    Unnoticed,
    /// No model either.
    Survived,
    /// It does not compile.
    Unviable,
}

const WORDS: [(Outcome, &str); 5] = [
    (Outcome::Caught, "caught"),
    (Outcome::TimedOut, "timed out"),
    (Outcome::Unnoticed, "unnoticed"),
    (Outcome::Survived, "SURVIVED"),
    (Outcome::Unviable, "unviable"),
];

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(outcome, _)| outcome == self);
        f.pad(word.map_or("", |(_, word)| word))
    }
}

/// One line: what became of it, what noticed it, the mutant, and which text its file had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) outcome: Outcome,
    /// The test that noticed; of a survivor, what there is to be said.
    pub(super) by: String,
    name: String,
    text: String,
}

impl Entry {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split('\t').map(str::to_owned);
        let outcome = fields.next()?;
        let &(outcome, _) = WORDS.iter().find(|(_, word)| *word == outcome)?;
        let mut field = || fields.next();
        Some(Self { outcome, by: field()?, name: field()?, text: field()? })
    }

    fn is_of(&self, mutant: &Mutant) -> bool {
        self.name == mutant.name && self.text == mutant.text
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, by, name, text } = self;
        writeln!(f, "{outcome}\t{by}\t{name}\t{text}")
    }
}

pub(super) struct Record {
    file: File,
    entries: Vec<Entry>,
}

impl Record {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let failed = |error| format!("{}: {error}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
        let entries = fs::read_to_string(path).unwrap_or_default();
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        Ok(Self { file, entries: entries.lines().filter_map(Entry::read).collect() })
    }

    /// What became of it, if it was tried.
    pub(super) fn of(&self, mutant: &Mutant) -> Option<&Entry> {
        self.entries.iter().rfind(|entry| entry.is_of(mutant))
    }

    pub(super) fn add(
        &mut self,
        mutant: &Mutant,
        outcome: Outcome,
        by: String,
    ) -> Result<(), String> {
        let entry = Entry { outcome, by, name: mutant.name.clone(), text: mutant.text.clone() };
        let written = self.file.write_all(entry.to_string().as_bytes());
        self.entries.push(entry);
        written.map_err(|error| format!("the record: {error}"))
    }

    /// The tests that noticed mutants of a file, the latest one first.
    pub(super) fn noticed(&self, file: &str) -> Vec<String> {
        let mut tests = Vec::new();
        for entry in self.entries.iter().rev().filter(|entry| entry.name.starts_with(file)) {
            let is_test = matches!(entry.outcome, Outcome::Caught | Outcome::TimedOut);
            if is_test && !tests.contains(&entry.by) {
                tests.push(entry.by.clone());
            }
        }
        tests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(name: &str, text: &str) -> Mutant {
        Mutant::of("a.rs", name, text)
    }

    #[test]
    fn what_was_tried_is_known_again_as_long_as_the_text_is_the_same() {
        let path = std::env::temp_dir().join(format!("record-{}.tsv", std::process::id()));
        let (first, second) = (mutant("a.rs:1:2: + to -", "abc"), mutant("a.rs:9:9: 0", "abc"));
        let mut record = Record::open(&path).expect("a place for it");
        record.add(&first, Outcome::TimedOut, "close twice".to_owned()).expect("room");
        record.add(&second, Outcome::Unviable, String::new()).expect("room");
        let record = Record::open(&path).expect("it is there");
        fs::remove_file(&path).expect("it is there");
        let became = |mutant: &Mutant| record.of(mutant).map(|it| (it.outcome, it.by.clone()));
        assert_eq!(became(&first), Some((Outcome::TimedOut, "close twice".to_owned())));
        assert_eq!(became(&second), Some((Outcome::Unviable, String::new())));
        assert_eq!(became(&mutant(&first.name, "abd")), None, "another text");
        assert_eq!(became(&mutant("a.rs:1:3: + to -", "abc")), None, "another place");
        assert_eq!(record.noticed("a.rs"), ["close twice"]);
        assert!(record.noticed("b.rs").is_empty());
    }
}
