//! Monotonic time in nanoseconds, and points in time to wait for.

/// Nanoseconds since some fixed moment of this machine's past; never goes back.
#[cfg(all(unix, not(loom)))]
#[inline]
pub(crate) fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the result; CLOCK_MONOTONIC exists on every unix we build for.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Nanoseconds since the first call; never goes back.
#[cfg(all(not(unix), not(loom)))]
pub(crate) fn now() -> u64 {
    use std::{sync::OnceLock, time::Instant};
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    // One more than zero, so that zero can stand for "no time".
    ORIGIN.get_or_init(Instant::now).elapsed().as_nanos() as u64 + 1
}

/// Models know no time: their waits have no limit.
#[cfg(loom)]
pub(crate) fn now() -> u64 {
    1
}

/// The moment at which a wait gives up; `Deadline::NEVER` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(u64);

impl Deadline {
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// `timeout_ns` from now; `u64::MAX` is never.
    pub(crate) fn after(timeout_ns: u64) -> Self {
        match timeout_ns {
            u64::MAX => Self::NEVER,
            _ => Self(now().saturating_add(timeout_ns)),
        }
    }

    pub(crate) fn earlier(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    pub(crate) fn has_passed(self) -> bool {
        self != Self::NEVER && self.has_passed_at(now())
    }

    /// The same for a caller that knows what time it is.
    pub(crate) fn has_passed_at(self, now: u64) -> bool {
        now >= self.0
    }

    /// Nanoseconds left, or `None` for ever.
    pub(crate) fn remaining(self) -> Option<u64> {
        (self != Self::NEVER).then(|| self.0.saturating_sub(now()))
    }
}
