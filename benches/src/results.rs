//! The machine-readable file: every run that counts, and the machine.

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
    pub(crate) row: String,
    pub(crate) contender: String,
    pub(crate) kind: Kind,
    pub(crate) workload: Workload,
    pub(crate) mode: Mode,
    /// Round trips of a cache line before and after, in nanoseconds.
    pub(crate) probes: [f64; 2],
    pub(crate) elements: u64,
    pub(crate) nanoseconds: u64,
    pub(crate) latency: Option<Latency>,
}

impl Run {
    /// Millions of elements a second, to each consumer.
    pub(crate) fn rate(&self) -> f64 {
        self.elements as f64 * 1e3 / self.nanoseconds as f64
    }
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
    /// Of the order of the runs.
    pub(crate) seed: u64,
    /// Runs that were thrown away because the machine changed its mode, or others used it.
    pub(crate) discarded: usize,
    pub(crate) runs: Vec<Run>,
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write_json<T: Serialize>(value: &T, path: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    text.push('\n');
    fs::write(path, text).map_err(failed)
}
