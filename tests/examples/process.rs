//! Runs a program, keeps an eye on it, and looks at what it left behind.

use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// No program here takes anywhere near as long.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Kills a process that takes too long. The pipes that the test reads from it then end, and so does the test.
struct Watchdog {
    done: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watchdog {
    fn over(process: &Child) -> Self {
        let pid = libc::pid_t::try_from(process.id()).expect("process ids are small");
        let (done, waiting) = channel();
        let thread = Builder::new().spawn(move || {
            let late = waiting.recv_timeout(TIME_LIMIT) == Err(RecvTimeoutError::Timeout);
            if late {
                // SAFETY: kill has no memory to corrupt, and the process has not been waited for: its id is its own.
                unsafe { libc::kill(pid, libc::SIGKILL) };
            }
            late
        });
        Self { done, thread: thread.expect("a thread more is no problem") }
    }

    /// Panics if it had to kill.
    fn dismiss(self) {
        drop(self.done);
        let late = self.thread.join().expect("it does nothing that can panic");
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test");
        assert!(!late, "{test}: the program was still running after {TIME_LIMIT:?}");
    }
}

/// What a program that has ended left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Running::start(command.stdin(Stdio::null())).end()
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.stdout.contains(words), "{words:?} is not in stdout: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn complains(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "{words:?} is not in stderr: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn silently(self) -> Self {
        assert_eq!(self.stderr, "", "{self:#?}");
        self
    }
}

/// A program that a test feeds while it runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    watchdog: Watchdog,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let watchdog = Watchdog::over(&child);
        Self { child, watchdog }
    }

    /// Its input, to be fed to it; it ends when this is dropped.
    pub(crate) fn input(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("it was started with a pipe, and this is asked for once")
    }

    pub(crate) fn interrupt(&self) {
        let pid = libc::pid_t::try_from(self.child.id()).expect("process ids are small");
        // SAFETY: kill has no memory to corrupt, and the process has not been waited for: its id is its own.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
    }

    /// Ends its input, unless somebody else holds that, and waits until it ends.
    pub(crate) fn end(self) -> Run {
        let Output { status, stdout, stderr } =
            self.child.wait_with_output().expect("its output can be read");
        self.watchdog.dismiss();
        Run {
            code: status.code(),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}
