//! A sitting: every contender of every row several times, in random order, each run between two probes.

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::bystanders::CpuTime;
use crate::contender::Contender;
use crate::options::Options;
use crate::probe::{self, Mode};
use crate::programs::Programs;
use crate::random::Random;
use crate::results::{Latency, Results, Run};
use crate::row::Row;

/// A run that is still to be made.
#[derive(Clone)]
struct Job {
    row: Row,
    contender: Contender,
    tries: u32,
}

/// A run is tried so often before it is left out because the machine does not keep still.
const TRIES: u32 = 8;

/// So long it is waited for the mode that is wanted.
const PATIENCE: Duration = Duration::from_secs(30);

/// The share of a CPU that others may have.
const DISTURBED: f64 = 0.05;

/// Makes the runs of these rows that the results do not have yet. The first wrong checksum ends it.
pub(crate) fn sit(
    options: &Options,
    programs: &Programs,
    contenders: &[Contender],
    rows: &[Row],
    results: &mut Results,
) -> Result<(), String> {
    let mut random = Random::new(options.seed);
    let began = Instant::now();
    results.seeds.push(options.seed);
    results.rows.extend(rows.iter().map(|row| (row.name.clone(), row.workload.clone())));
    for round in 1..=options.runs {
        let mut jobs = jobs(contenders, rows);
        jobs.retain(|job| results.count(&job.row.name, job.contender.name) < round);
        random.shuffle(&mut jobs);
        eprintln!("round {round} of {}: {} runs", options.runs, jobs.len());
        let mut queue = VecDeque::from(jobs);
        while let Some(mut job) = queue.pop_front() {
            if options.limit.is_some_and(|limit| began.elapsed() > limit) {
                return Ok(());
            }
            if let Some(run) = attempt(options, programs, &job.contender, &job.row)? {
                results.add(&job.row.name, job.contender.name, job.contender.kind, run);
                continue;
            }
            results.discarded += 1;
            job.tries += 1;
            if job.tries < TRIES {
                queue.push_back(job);
            }
        }
    }
    Ok(())
}

fn jobs(contenders: &[Contender], rows: &[Row]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for row in rows {
        let takers = contenders.iter().filter(|contender| contender.takes(&row.workload));
        jobs.extend(takers.map(|&contender| Job { row: row.clone(), contender, tries: 0 }));
    }
    jobs
}

/// A run, unless the machine was not in the same mode, and in the one that was asked for, before and after; or others had
/// much of its CPUs. A quick sitting takes everything: it does not look at the figures.
pub(crate) fn attempt(
    options: &Options,
    programs: &Programs,
    contender: &Contender,
    row: &Row,
) -> Result<Option<Run>, String> {
    let Some(before) = await_mode(options) else { return Ok(None) };
    let (cpu_time, clock) = (CpuTime::now(), Instant::now());
    let answer = crate::run::run(programs, contender, &row.workload)?;
    let (others, took) = (CpuTime::now().others_since(cpu_time), clock.elapsed());
    let after = probe::round_trip();
    let disturbed = others > Duration::from_millis(20) + took.mul_f64(DISTURBED);
    if (disturbed || Mode::of(before) != Mode::of(after)) && !options.quick {
        return Ok(None);
    }
    Ok(Some(Run {
        mode: Mode::of(after),
        probes: [before.round() as u64, after.round() as u64],
        elements: answer.elements(),
        nanoseconds: answer.nanoseconds,
        latency: latency(&answer),
    }))
}

/// Probes until the machine is in the mode that is wanted; `None` if that does not come.
fn await_mode(options: &Options) -> Option<f64> {
    let began = Instant::now();
    loop {
        let round_trip = probe::round_trip();
        if options.quick || !options.is_unwanted(Mode::of(round_trip)) {
            return Some(round_trip);
        }
        if began.elapsed() > options.limit.unwrap_or(PATIENCE) {
            return None;
        }
        thread::sleep(Duration::from_millis(20));
    }
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
