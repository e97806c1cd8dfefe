//! `cargo xtask bench costs`: CPU time while idle, memory, creation and destruction, round trips beside a rival; each against
//! its limit.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use xtask::c::{Link, Profile, library};

use crate::programs::fast;
use crate::results::write_json;

/// A measured cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) what: String,
    pub(crate) measured: f64,
    /// It may not be more; `None`: it is only told.
    pub(crate) limit: Option<f64>,
    pub(crate) unit: String,
}

/// Measures, prints and writes them; fails if one is above its limit.
pub(crate) fn run(out: &Path) -> Result<(), String> {
    let parts = ["ring", "heap", "memory", "time", "rival"];
    let program =
        fast("bench-costs").standard("gnu11").link(Link::Shared(library(Profile::Release)?));
    let source = |part| format!("benches/contenders/costs/{part}.c");
    let program =
        parts.iter().fold(program, |program, part| program.source(source(part))).build()?;
    let said = Command::new(program)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    if !said.status.success() {
        return Err(format!("costs: {}", said.status));
    }
    let costs = parse(&String::from_utf8_lossy(&said.stdout))?;
    print!("{}", table(&costs));
    write_json(&costs, out)?;
    let above = costs.iter().find(|cost| cost.limit.is_some_and(|limit| cost.measured > limit));
    above.map_or(Ok(()), |cost| Err(format!("too much: {}", cost.what)))
}

fn parse(text: &str) -> Result<Vec<Cost>, String> {
    let cost = |line: &str| {
        let [what, measured, limit, unit] = line.split('|').collect::<Vec<_>>().try_into().ok()?;
        let limit: f64 = limit.parse().ok()?;
        Some(Cost {
            what: what.to_owned(),
            measured: measured.parse().ok()?,
            limit: (limit > 0.0).then_some(limit),
            unit: unit.to_owned(),
        })
    };
    let bad = |line: &str| format!("costs: {line:?} is not understood");
    text.lines().map(|line| cost(line).ok_or_else(|| bad(line))).collect()
}

/// A table in Markdown, which people read as well.
pub(crate) fn table(costs: &[Cost]) -> String {
    let mut text = String::from("| Cost | Measured | At most |\n|---|---:|---:|\n");
    for cost in costs {
        let limit =
            cost.limit.map_or(String::new(), |limit| format!("{} {}", short(limit), cost.unit));
        text += &format!("| {} | {} {} | {limit} |\n", cost.what, short(cost.measured), cost.unit);
    }
    text
}

/// No more figures than tell something.
fn short(number: f64) -> String {
    if number.fract() == 0.0 || number >= 1000.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
    }
}
