//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::probe::Mode;
use crate::random::Random;

/// What a sitting is to be.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Rows whose names contain one of these; all if there are none.
    rows: Vec<String>,
    /// Contenders with these names; all if there are none.
    contenders: Vec<String>,
    pub(crate) runs: usize,
    pub(crate) milliseconds: u64,
    pub(crate) seed: u64,
    /// Only runs in this mode count.
    mode: Option<Mode>,
    /// Where the file goes; `None`: where the command puts it.
    out: Option<PathBuf>,
    /// Goes on with the file that is there.
    pub(crate) append: bool,
    /// Ends the sitting after so long, finished or not.
    pub(crate) limit: Option<Duration>,
    /// Short runs that only show that everything works.
    pub(crate) quick: bool,
}

pub(crate) const HELP: &str = "\
  --row TEXT          only rows whose names contain TEXT (may be repeated)
  --contender NAME    only this contender (may be repeated)
  --runs N            runs of each contender in each row (5)
  --seconds S         of each run (1)
  --mode near|far     only runs while the cores are near each other, or far
  --seed N            of the order of the runs
  --out FILE          the results, as JSON (target/bench/results.json, or scaling.json)
  --append            adds to the file what it does not have yet
  --limit S           ends after so many seconds, finished or not
  --quick             short runs that only show that it works, and that every checksum is right
";

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self {
            rows: Vec::new(),
            contenders: Vec::new(),
            runs: 5,
            milliseconds: 1000,
            seed: Random::seed(),
            mode: None,
            out: None,
            append: false,
            limit: None,
            quick: false,
        };
        let mut arguments = arguments.iter();
        while let Some(option) = arguments.next() {
            if option == "--quick" {
                options.quick = true;
                options.runs = 1;
                options.milliseconds = 50;
                continue;
            }
            if option == "--append" {
                options.append = true;
                continue;
            }
            let value =
                arguments.next().ok_or_else(|| format!("{option} wants a value, or is unknown"))?;
            let bad = || format!("{option} {value}: not understood");
            match option.as_str() {
                "--row" => options.rows.push(value.clone()),
                "--contender" => options.contenders.push(value.clone()),
                "--runs" => options.runs = value.parse().map_err(|_| bad())?,
                "--seconds" => {
                    let seconds: f64 = value.parse().map_err(|_| bad())?;
                    options.milliseconds = (seconds * 1000.0) as u64;
                }
                "--mode" => options.mode = Some(mode(value).ok_or_else(bad)?),
                "--seed" => options.seed = value.parse().map_err(|_| bad())?,
                "--out" => options.out = Some(value.into()),
                "--limit" => {
                    let seconds: f64 = value.parse().map_err(|_| bad())?;
                    options.limit = Some(Duration::from_secs_f64(seconds));
                }
                _ => return Err(format!("no option {option}")),
            }
        }
        Ok(options)
    }

    /// The file, which is called so unless it is given.
    pub(crate) fn out(&self, name: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| default_file(name))
    }

    pub(crate) fn wants_row(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|part| name.contains(part.as_str()))
    }

    pub(crate) fn wants_contender(&self, name: &str) -> bool {
        self.contenders.is_empty() || self.contenders.iter().any(|wanted| wanted == name)
    }

    pub(crate) fn is_unwanted(&self, mode: Mode) -> bool {
        self.mode.is_some_and(|wanted| wanted != mode)
    }
}

/// A file of this name where results go.
pub(crate) fn default_file(name: &str) -> PathBuf {
    xtask::root().join("target/bench").join(name)
}

fn mode(word: &str) -> Option<Mode> {
    match word {
        "near" => Some(Mode::Near),
        "far" => Some(Mode::Far),
        _ => None,
    }
}
