//! `cargo xtask bench statistics`: the library as it is beside one that is compiled without statistics.

use serde::{Deserialize, Serialize};
use xtask::cargo::{self, Profile};

use crate::contender;
use crate::options::Options;
use crate::programs::Programs;
use crate::random::Random;
use crate::results::{Run, write_rows};
use crate::row;
use crate::sitting::attempt;
use crate::summary::median;

/// Who is measured: the dearest way to produce and the cheapest.
const CONTENDERS: [&str; 2] = ["produce-single", "stream-single"];

/// Where counting is the largest part of the work: elements of 8 bytes, and a thread for each core.
const ROWS: &str = "1P-1C ";

/// A pair is tried so often before a row gets fewer of them, because the machine does not keep still.
const TRIES: usize = 4;

/// A row with statistics and without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub(crate) row: String,
    pub(crate) contender: String,
    /// Each pair's two runs, one after the other, in millions of elements a second: with statistics, without.
    pub(crate) pairs: Vec<[f64; 2]>,
}

impl Compared {
    /// With statistics over without: the smallest ratio of a pair, the median, the largest.
    fn ratios(&self) -> Option<[f64; 3]> {
        let mut ratios: Vec<f64> =
            self.pairs.iter().map(|[with, without]| with / without).collect();
        ratios.sort_by(f64::total_cmp);
        Some([*ratios.first()?, median(&ratios), *ratios.last()?])
    }
}

/// Measures, prints and writes them.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    let mut rows = row::table();
    rows.retain(|row| row.name.starts_with(ROWS) && options.wants_row(&row.name));
    rows.iter_mut().for_each(|row| row.workload.milliseconds = options.milliseconds);
    let mut contenders = contender::ALL.to_vec();
    contenders.retain(|it| CONTENDERS.contains(&it.name) && options.wants_contender(it.name));
    let programs = Programs::build(&mut contenders)?;
    let with = programs.with_library(&cargo::library(Profile::Release)?);
    let without = programs.with_library(&cargo::library_without_statistics()?);
    let mut random = Random::new(options.seed);
    let mut compared = Vec::new();
    for row in &rows {
        for contender in &contenders {
            let mut pairs = Vec::new();
            for _ in 0..TRIES * options.runs {
                if pairs.len() < options.runs {
                    let run = |programs| attempt(&options, programs, contender, row);
                    pairs.extend(pair(&mut random, || run(&with), || run(&without))?);
                }
            }
            compared.push(Compared {
                row: row.name.clone(),
                contender: contender.name.to_owned(),
                pairs,
            });
        }
    }
    print!("{}", table(&compared));
    let file = if options.quick { "quick.json" } else { "statistics.json" };
    write_rows(&compared, &options.out(file))
}

/// Two runs in random order, unless the machine changed in between.
fn pair(
    random: &mut Random,
    with: impl Fn() -> Result<Option<Run>, String>,
    without: impl Fn() -> Result<Option<Run>, String>,
) -> Result<Option<[f64; 2]>, String> {
    let mut order = [true, false];
    random.shuffle(&mut order);
    let (with, without) = if order[0] {
        let with = with()?;
        (with, without()?)
    } else {
        let without = without()?;
        (with()?, without)
    };
    let (Some(with), Some(without)) = (with, without) else { return Ok(None) };
    Ok((with.mode == without.mode).then(|| [with.rate(), without.rate()]))
}

/// A table in Markdown, which people read as well.
pub(crate) fn table(compared: &[Compared]) -> String {
    let mut text = String::from(
        "| Row | | With statistics, beside compiled without | Smallest to largest | Pairs |\n|---|---|---:|---:|---:|\n",
    );
    for it in compared {
        if let Some([least, middle, most]) = it.ratios() {
            let (row, who, pairs) = (&it.row, contender::label(&it.contender), it.pairs.len());
            text += &format!("| {row} | {who} | {middle:.3}x | {least:.2}-{most:.2} | {pairs} |\n");
        }
    }
    text
}
