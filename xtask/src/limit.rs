//! Runs a program that may hang.

use std::fs::File;
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often to look, and how much of the time between two looks counts at most: while the machine had no time for
/// this program, it had none for the other one either.
const TICK: Duration = Duration::from_millis(2);
const COUNTED: Duration = Duration::from_millis(20);

/// Whether it ended well; `None` if it was still running after `limit`, and was killed with all that it started.
pub(crate) fn ends_well(command: &mut Command, limit: Duration) -> Result<Option<bool>, String> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    run(command, limit)
}

/// The same, with all that it says in a file.
pub(crate) fn ends_well_saying(
    command: &mut Command,
    limit: Duration,
    said: File,
) -> Result<Option<bool>, String> {
    let errors = said.try_clone().map_err(|error| error.to_string())?;
    command.stdout(said).stderr(errors);
    run(command, limit)
}

fn run(command: &mut Command, limit: Duration) -> Result<Option<bool>, String> {
    lead_group(command.stdin(Stdio::null()));
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", command.get_program().display()))?;
    let ended = watch(&mut child, limit).map_err(|error| error.to_string())?;
    if ended != Some(true) {
        kill_group(&mut child);
    }
    Ok(ended)
}

fn watch(child: &mut Child, limit: Duration) -> io::Result<Option<bool>> {
    let (mut counted, mut looked) = (Duration::ZERO, Instant::now());
    while counted <= limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        sleep(TICK);
        counted += looked.elapsed().min(COUNTED);
        looked = Instant::now();
    }
    Ok(None)
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
