//! What the benchmark runs on.

use std::fs;
use std::process::Command;
use std::thread;

use crate::results::Machine;

pub(crate) fn describe() -> Machine {
    Machine {
        cpu: cpu().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cpus: thread::available_parallelism().map_or(1, usize::from),
        system: said(Command::new("uname").arg("-sr")),
        rustc: said(Command::new("rustc").arg("--version")),
        cc: said(Command::new("cc").arg("--version")),
        commit: said(
            Command::new("git")
                .args(["describe", "--always", "--dirty"])
                .current_dir(xtask::root()),
        ),
    }
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

/// The first line of what a command says; nothing if it cannot be run.
fn said(command: &mut Command) -> String {
    let output =
        command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    output.unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}
