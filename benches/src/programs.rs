//! Compiles the contenders that are not in this program, and finds out which peers this machine has.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::c::{self, Link, Profile};

use crate::contender::{Contender, Program};
use crate::stamp;

/// Where Debian's package puts the LMAX Disruptor.
const LMAX: &str = "/usr/share/java/disruptor.jar";

/// What to run for each program that somebody wants.
#[derive(Debug, Default)]
pub(crate) struct Programs(Vec<(Program, Vec<OsString>)>);

impl Programs {
    /// Compiles what these contenders need, and takes from the list those that this machine does not have.
    pub(crate) fn build(contenders: &mut Vec<Contender>) -> Result<Self, String> {
        let mut programs = Self::default();
        let mut missing = Vec::new();
        for program in [
            Program::Ours,
            Program::Raw,
            Program::Rust,
            Program::Queues,
            Program::Ck,
            Program::Lmax,
        ] {
            if !contenders.iter().any(|contender| contender.program == program) {
                continue;
            }
            match build(program)? {
                Some(words) => programs.0.push((program, words)),
                None => missing.push(program),
            }
        }
        let present = |contender: &Contender| {
            !missing.contains(&contender.program)
                && (contender.program != Program::Queues || programs.has(contender.name))
        };
        let out: Vec<&str> =
            contenders.iter().filter(|c| !present(c)).map(|contender| contender.name).collect();
        if !out.is_empty() {
            eprintln!(
                "not installed, and left out: {} (cargo xtask bench install)",
                out.join(", ")
            );
        }
        contenders.retain(present);
        Ok(programs)
    }

    /// How the program is started; a contender's name and the workload are to follow.
    pub(crate) fn command(&self, program: Program) -> Command {
        let found = self.0.iter().find(|(known, _)| *known == program);
        let (first, rest) = found.and_then(|(_, words)| words.split_first()).expect("it was built");
        let mut command = Command::new(first);
        command.args(rest);
        command
    }

    /// The same, with the library of ours in this directory, whichever the programs were linked with.
    pub(crate) fn with_library(&self, directory: &Path) -> Self {
        let mut preload = OsString::from("LD_PRELOAD=");
        preload.push(directory.join("libdisruptor.so"));
        let with = |(program, words): &(Program, Vec<OsString>)| {
            let before = ["env".into(), preload.clone()];
            (*program, before.into_iter().chain(words.iter().cloned()).collect())
        };
        Self(self.0.iter().map(with).collect())
    }

    /// Whether the queues' program has this one: that depends on the headers that were there.
    fn has(&self, queue: &str) -> bool {
        let said = self.command(Program::Queues).arg("which").output();
        said.is_ok_and(|said| {
            String::from_utf8_lossy(&said.stdout).lines().any(|line| line == queue)
        })
    }
}

/// The words that start a program; `None` if the machine lacks what it needs.
fn build(program: Program) -> Result<Option<Vec<OsString>>, String> {
    let words = match program {
        Program::Ours => vec![ours()?.into()],
        Program::Raw => vec![raw()?.into()],
        Program::Rust => {
            let this = env::current_exe().map_err(|error| error.to_string())?;
            vec![this.into(), "contend".into()]
        }
        Program::Queues => vec![queues()?.into()],
        Program::Ck if !Path::new("/usr/include/ck_ring.h").exists() => return Ok(None),
        Program::Ck => vec![ck()?.into()],
        Program::Lmax => return lmax(),
    };
    Ok(Some(words))
}

fn ours() -> Result<PathBuf, String> {
    // First of all: the program finds the library when it runs, so it is never compiled for another one.
    let library = c::library(Profile::Release)?;
    stamp::once("ours", &["ours", "common", "../../include"], || {
        let parts = ["main", "ring", "consume", "spans", "produce", "claim", "stream", "pingpong"];
        let program = fast("bench-ours").standard("gnu11").link(Link::Shared(library));
        let source = |part| format!("benches/contenders/ours/{part}.c");
        parts.iter().fold(program, |program, part| program.source(source(part))).build()
    })
}

fn raw() -> Result<PathBuf, String> {
    stamp::once("raw", &["raw", "common"], || {
        let cplusplus = |name| fast(name).cplusplus().standard("c++17");
        let shared = cplusplus("libbench-raw.so")
            .source("benches/contenders/raw/abi.cpp")
            .flags(["-shared", "-fPIC"])
            .build()?;
        cplusplus("bench-raw").source("benches/contenders/raw/main.cpp").archive(shared).build()
    })
}

fn queues() -> Result<PathBuf, String> {
    // The headers of the queues decide what is in it.
    let headers = [
        "/usr/include/boost/lockfree",
        "/usr/include/readerwriterqueue",
        "/usr/include/concurrentqueue",
    ];
    let inputs: Vec<&str> = ["queues", "common"].into_iter().chain(headers).collect();
    stamp::once("queues", &inputs, || {
        fast("bench-queues")
            .source("benches/contenders/queues/main.cpp")
            .cplusplus()
            .standard("c++17")
            .build()
    })
}

fn ck() -> Result<PathBuf, String> {
    stamp::once("ck", &["queues", "common"], || {
        fast("bench-ck").source("benches/contenders/queues/ck.c").standard("gnu11").build()
    })
}

fn lmax() -> Result<Option<Vec<OsString>>, String> {
    let runs = |program: &str| {
        Command::new(program).arg("-version").output().is_ok_and(|said| said.status.success())
    };
    if !Path::new(LMAX).exists() || !runs("java") || !runs("javac") {
        return Ok(None);
    }
    let sources = xtask::root().join("benches/contenders/lmax");
    let classes = stamp::once("lmax", &["lmax"], || {
        let classes = stamp::directory().join("lmax");
        let failed = |error: std::io::Error| format!("javac: {error}");
        let mut files = Vec::new();
        for file in fs::read_dir(&sources).map_err(failed)? {
            files.push(file.map_err(failed)?.path());
        }
        let mut javac = Command::new("javac");
        javac.args(["-Xlint:-unchecked", "-nowarn", "-cp", LMAX, "-d"]).arg(&classes).args(files);
        let said = javac.output().map_err(failed)?;
        if said.status.success() {
            return Ok(classes);
        }
        Err(format!("javac failed\n{}", String::from_utf8_lossy(&said.stderr)))
    })?;
    let mut path = classes.into_os_string();
    path.push(format!(":{LMAX}"));
    Ok(Some(vec!["java".into(), "-Xms1g".into(), "-cp".into(), path, "Lmax".into()]))
}

/// A program optimized for this machine.
pub(crate) fn fast(name: &str) -> c::Program {
    let flags = ["-O3", "-march=native", "-fomit-frame-pointer", "-D_GNU_SOURCE"];
    c::Program::new(name).flags(c::STRICT).flags(flags)
}

/// `cargo xtask bench install`: the peers that Debian has.
pub(crate) fn install() -> Result<(), String> {
    let packages = [
        "libboost-dev",
        "libconcurrentqueue-dev",
        "libreaderwriterqueue-dev",
        "libck-dev",
        "libdisruptor-java",
        "default-jdk-headless",
        "valgrind",
    ];
    let mut apt = Command::new("apt-get");
    apt.args(["install", "-y", "--no-install-recommends"]).args(packages);
    let status = apt.status().map_err(|error| format!("apt-get: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("apt-get: {status}")) }
}
