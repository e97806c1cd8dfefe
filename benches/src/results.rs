//! The machine-readable file: every run that counts, and the machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::contender::Kind;
use crate::probe::Mode;
use crate::workload::Workload;

/// Times of round trips, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) max: u64,
}

/// A run whose checksum was right and during which the machine stayed in one mode.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) mode: Mode,
    /// Round trips of a cache line before and after, in nanoseconds.
    pub(crate) probes: [u64; 2],
    pub(crate) elements: u64,
    pub(crate) nanoseconds: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<Latency>,
}

impl Run {
    /// Millions of elements a second, to each consumer.
    pub(crate) fn rate(&self) -> f64 {
        self.elements as f64 * 1e3 / self.nanoseconds as f64
    }
}

/// The runs of a contender in a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) row: String,
    pub(crate) contender: String,
    pub(crate) kind: Kind,
    pub(crate) runs: Vec<Run>,
}

/// What a sitting was made on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cpus: usize,
    pub(crate) system: String,
    pub(crate) rustc: String,
    pub(crate) cc: String,
    pub(crate) commit: String,
}

/// The file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    /// Of the order of the runs; more than one if a sitting was continued.
    pub(crate) seeds: Vec<u64>,
    /// Runs that were thrown away because the machine changed its mode, or others used it.
    pub(crate) discarded: usize,
    pub(crate) rows: BTreeMap<String, Workload>,
    pub(crate) entries: Vec<Entry>,
}

impl Results {
    pub(crate) fn add(&mut self, row: &str, contender: &str, kind: Kind, run: Run) {
        let same = |entry: &&mut Entry| entry.row == row && entry.contender == contender;
        if let Some(entry) = self.entries.iter_mut().find(same) {
            return entry.runs.push(run);
        }
        let (row, contender) = (row.to_owned(), contender.to_owned());
        self.entries.push(Entry { row, contender, kind, runs: vec![run] });
    }

    /// Runs of a contender in a row so far.
    pub(crate) fn count(&self, row: &str, contender: &str) -> usize {
        let same = |entry: &&Entry| entry.row == row && entry.contender == contender;
        self.entries.iter().find(same).map_or(0, |entry| entry.runs.len())
    }
}

/// Writes a file in which each row has a line of its own.
pub(crate) fn write_rows<T: Serialize>(value: &T, path: &Path) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    write(path, &text.replace("{\"row\":", "\n{\"row\":"))
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write_json<T: Serialize>(value: &T, path: &Path) -> Result<(), String> {
    write(path, &serde_json::to_string_pretty(value).map_err(|error| error.to_string())?)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, format!("{text}\n")).map_err(failed)
}
