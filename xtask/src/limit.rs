//! Runs a program that may hang.

use std::fs::{self, File};
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

/// How often to look, and how much of the time between two looks counts at most: while the machine had no time for
/// this program, it had none for the other one either. And while more want to run than there are cores, it counts for less.
const TICK: Duration = Duration::from_millis(2);
const COUNTED: Duration = Duration::from_millis(20);

/// Whether it ended well; `None` if it was still running after `limit`, and was killed with all that it started.
pub(crate) fn ends_well(command: &mut Command, limit: Duration) -> Result<Option<bool>, String> {
    Ok(run(silent(command), limit)?.0)
}

/// How long it takes until it ends well, by the clock of `limit`; `None` if it does not.
pub(crate) fn time(command: &mut Command, limit: Duration) -> Result<Option<Duration>, String> {
    let (ended, counted) = run(silent(command), limit)?;
    Ok((ended == Some(true)).then_some(counted))
}

fn silent(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::null()).stderr(Stdio::null())
}

/// The same, with all that it says in a file.
pub(crate) fn ends_well_saying(
    command: &mut Command,
    limit: Duration,
    said: File,
) -> Result<Option<bool>, String> {
    let errors = said.try_clone().map_err(|error| error.to_string())?;
    command.stdout(said).stderr(errors);
    Ok(run(command, limit)?.0)
}

/// Whether it ended well, if it ended, and how much time was counted.
fn run(command: &mut Command, limit: Duration) -> Result<(Option<bool>, Duration), String> {
    lead_group(command.stdin(Stdio::null()));
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", command.get_program().display()))?;
    let ended = watch(&mut child, limit).map_err(|error| error.to_string())?;
    if ended.0 != Some(true) {
        kill_group(&mut child);
    }
    Ok(ended)
}

fn watch(child: &mut Child, limit: Duration) -> io::Result<(Option<bool>, Duration)> {
    let (mut counted, mut looked) = (Duration::ZERO, Instant::now());
    while counted <= limit {
        if let Some(status) = child.try_wait()? {
            return Ok((Some(status.success()), counted));
        }
        sleep(TICK);
        counted += looked.elapsed().min(COUNTED) / crowd();
        looked = Instant::now();
    }
    Ok((None, counted))
}

/// How many threads want to run for each core there is, as far as the system tells.
fn crowd() -> u32 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    // `0.20 0.18 0.12 3/345 1234`: three of them run or want to.
    let running = load.split(' ').nth(3).and_then(|field| field.split('/').next());
    let running: usize = running.and_then(|number| number.parse().ok()).unwrap_or(1);
    let cores = available_parallelism().map_or(1, usize::from);
    u32::try_from(running.div_ceil(cores)).map_or(1, |crowd| crowd.max(1))
}

#[cfg(unix)]
fn lead_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn lead_group(_: &mut Command) {}

/// What is gone already cannot be killed: no error.
fn kill_group(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}
