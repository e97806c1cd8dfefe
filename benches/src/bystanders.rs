//! How much of the CPUs everybody else had during a run: other programs, and other guests of the host.

use std::fs;
use std::time::Duration;

/// CPU time until now, of all CPUs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuTime {
    /// Everybody, and what the host took away.
    all: Duration,
    /// This program, and what it has started and waited for.
    own: Duration,
}

impl CpuTime {
    pub(crate) fn now() -> Self {
        Self { all: all().unwrap_or_default(), own: own() }
    }

    /// What others had since then. The kernel counts in hundredths of a second, so this is not exact.
    pub(crate) fn others_since(self, earlier: Self) -> Duration {
        (self.all - earlier.all).saturating_sub(self.own - earlier.own)
    }
}

/// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
fn all() -> Option<Duration> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let fields = text.lines().next()?.split_whitespace().skip(1);
    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    let busy = ticks.iter().take(8).enumerate().filter(|(place, _)| !matches!(place, 3 | 4));
    Some(Duration::from_millis(10 * busy.map(|(_, ticks)| ticks).sum::<u64>()))
}

fn own() -> Duration {
    [libc::RUSAGE_SELF, libc::RUSAGE_CHILDREN].into_iter().map(used).sum()
}

fn used(who: libc::c_int) -> Duration {
    // SAFETY: the struct is plain memory for the call to fill.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(who, &mut usage);
        usage
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, 1000 * time.tv_usec as u32);
    time(usage.ru_utime) + time(usage.ru_stime)
}
