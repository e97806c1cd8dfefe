//! One run of one contender: a process, an answer, a checksum.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::contender::Contender;
use crate::programs::Programs;
use crate::workload::Workload;

/// How long a run may take beyond the time it was given.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a contender, and makes sure that every element arrived.
pub(crate) fn run(
    programs: &Programs,
    contender: &Contender,
    workload: &Workload,
) -> Result<Answer, String> {
    let mut command = programs.command(contender.program);
    command.arg(contender.name).args(workload.arguments());
    let failed =
        |what: String| format!("{} {}: {what}", contender.name, workload.arguments().join(" "));
    let text = output(&mut command, PATIENCE + Duration::from_millis(workload.milliseconds))
        .map_err(failed)?;
    let answer = Answer::parse(&text).map_err(failed)?;
    answer.verify(workload).map_err(|wrong| failed(format!("WRONG CHECKSUM: {wrong}")))?;
    Ok(answer)
}

/// What the process writes, if it ends well and in time.
fn output(command: &mut Command, limit: Duration) -> Result<String, String> {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| error.to_string())?;
    let mut pipe = child.stdout.take().expect("it was asked for");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let deadline = Instant::now() + limit;
    while !reader.is_finished() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    if !reader.is_finished() {
        child.kill().map_err(|error| error.to_string())?;
        child.wait().map_err(|error| error.to_string())?;
        return Err(format!("hangs: not over after {} s", limit.as_secs()));
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let text = reader.join().expect("reading does not panic").map_err(|error| error.to_string())?;
    if status.success() { Ok(text) } else { Err(format!("ended with {status}")) }
}
