//! A sitting: every contender of every row several times, in random order, each run between two probes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::bystanders::CpuTime;
use crate::contender::Contender;
use crate::machine;
use crate::options::Options;
use crate::probe::{self, Mode};
use crate::programs::Programs;
use crate::random::Random;
use crate::results::{Latency, Results, Run};
use crate::row::{self, Row};

/// A run that is still to be made.
#[derive(Clone)]
struct Job {
    row: Row,
    contender: Contender,
    tries: u32,
}

/// A run is tried so often before it is left out because the machine does not keep still.
const TRIES: u32 = 8;

/// The share of a CPU that others may have.
const DISTURBED: f64 = 0.05;

/// Makes all runs that the options ask for. The first wrong checksum ends it.
pub(crate) fn sit(
    options: &Options,
    programs: &Programs,
    contenders: &[Contender],
) -> Result<Results, String> {
    let mut random = Random::new(options.seed);
    let mut results =
        Results { machine: machine::describe(), seed: options.seed, ..Results::default() };
    let mut jobs = jobs(options, contenders);
    if jobs.is_empty() {
        return Err("no contender takes part in any such row".to_owned());
    }
    for round in 0..options.runs {
        random.shuffle(&mut jobs);
        eprintln!("round {} of {}: {} runs", round + 1, options.runs, jobs.len());
        let mut queue: VecDeque<Job> = jobs.iter().cloned().collect();
        while let Some(mut job) = queue.pop_front() {
            if let Some(run) = attempt(options, programs, &job)? {
                results.runs.push(run);
                continue;
            }
            results.discarded += 1;
            job.tries += 1;
            if job.tries < TRIES {
                queue.push_back(job);
            }
        }
    }
    Ok(results)
}

fn jobs(options: &Options, contenders: &[Contender]) -> Vec<Job> {
    let mut rows = row::all();
    rows.retain(|row| options.wants_row(&row.name));
    let mut jobs = Vec::new();
    for mut row in rows {
        row.workload.milliseconds = options.milliseconds;
        for contender in contenders {
            if contender.takes(&row.workload) {
                jobs.push(Job { row: row.clone(), contender: *contender, tries: 0 });
            }
        }
    }
    jobs
}

/// A run, unless the machine was not in the same mode, and in the one that was asked for, before and after; or others had
/// much of its CPUs. A quick sitting takes everything: it does not look at the figures.
fn attempt(options: &Options, programs: &Programs, job: &Job) -> Result<Option<Run>, String> {
    let before = probe::round_trip();
    if options.is_unwanted(Mode::of(before)) && !options.quick {
        return Ok(None);
    }
    let (cpu_time, clock) = (CpuTime::now(), Instant::now());
    let answer = crate::run::run(programs, &job.contender, &job.row.workload)?;
    let (others, took) = (CpuTime::now().others_since(cpu_time), clock.elapsed());
    let after = probe::round_trip();
    let disturbed = others > Duration::from_millis(20) + took.mul_f64(DISTURBED);
    if (disturbed || Mode::of(before) != Mode::of(after)) && !options.quick {
        return Ok(None);
    }
    Ok(Some(Run {
        row: job.row.name.clone(),
        contender: job.contender.name.to_owned(),
        kind: job.contender.kind,
        workload: job.row.workload.clone(),
        mode: Mode::of(after),
        probes: [before, after],
        elements: answer.elements(),
        nanoseconds: answer.nanoseconds,
        latency: latency(&answer),
    }))
}

fn latency(answer: &Answer) -> Option<Latency> {
    let times = &answer.latency;
    (!times.is_empty()).then(|| Latency {
        p50: times.value_at_quantile(0.5),
        p99: times.value_at_quantile(0.99),
        p999: times.value_at_quantile(0.999),
        max: times.max(),
    })
}
