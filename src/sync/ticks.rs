//! The time that statistics are made of: cheaper to read than the clock, and good for nothing else.
//!
//! A consumer reads the time up to twice for each batch, once between finding an element and handing it on. The system's
//! clock takes as long as a cache line from one core to another, and keeps the processor from looking ahead meanwhile. On
//! x86-64 the counter behind it takes a few nanoseconds. It is read directly where the kernel relies on it as well:
//! then it runs at one rate on all cores, which agree.
//!
//! Ticks count from anywhere and at a rate that nobody knows. It is measured when nanoseconds are asked for the first
//! time, and stays, so that a time that has stopped is always told the same. It is right to some millionths, an hour to some
//! ten milliseconds. The counter need not stand still while the machine is suspended, as the clock does, or may begin
//! anew: times that ran meanwhile may be too long, or stand still from then on.

use super::clock;

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(loom), not(miri)))]
mod counter {
    use std::arch::x86_64::_rdtsc;
    use std::fs::File;
    use std::io::Read;
    use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
    use std::time::Duration;

    use super::super::thread;
    use super::clock;

    const KERNELS: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

    const UNDECIDED: u8 = 0;
    const CLOCK: u8 = 1;
    const COUNTER: u8 = 2;

    // Each of these changes once. There is no lock: a child of a fork would wait for whoever held it in the parent.

    static SOURCE: AtomicU8 = AtomicU8::new(UNDECIDED);

    /// Nanoseconds of `2^32` ticks; 0 as long as nobody asked.
    static RATE: AtomicU64 = AtomicU64::new(0);

    const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

    /// The counter and the clock at one moment.
    #[derive(Clone, Copy, Debug)]
    struct Look {
        ticks: u64,
        ns: u64,
    }

    impl Look {
        /// The quickest of several: whatever comes in between makes the two numbers differ in time.
        fn take() -> Self {
            let look = |_| {
                let (before, ns, after) = (read(), clock::now(), read());
                let took = after.wrapping_sub(before);
                (took, Self { ticks: before.wrapping_add(took / 2), ns })
            };
            let (first, others) = (look(0), (1..8).map(look));
            others.fold(first, |best, other| if other.0 < best.0 { other } else { best }).1
        }
    }

    #[inline(always)]
    fn read() -> u64 {
        // SAFETY: every x86-64 processor has it.
        unsafe { _rdtsc() }
    }

    pub(crate) fn prepare() {
        if SOURCE.load(Ordering::Acquire) == UNDECIDED {
            let source = if is_the_kernels_clock() { COUNTER } else { CLOCK };
            let order = (Ordering::AcqRel, Ordering::Acquire);
            let _ = SOURCE.compare_exchange(UNDECIDED, source, order.0, order.1);
        }
    }

    fn is_the_kernels_clock() -> bool {
        let mut name = [0; 4];
        let count = File::open(KERNELS).and_then(|mut file| file.read(&mut name));
        count.is_ok_and(|count| name[..count] == *b"tsc\n")
    }

    #[inline(always)]
    fn is_counter() -> bool {
        SOURCE.load(Ordering::Relaxed) == COUNTER
    }

    #[inline(always)]
    pub(crate) fn now() -> u64 {
        if is_counter() { read() } else { clock::now() }
    }

    pub(crate) fn nanoseconds(ticks: u64) -> u64 {
        if is_counter() { ((u128::from(ticks) * u128::from(rate())) >> 32) as u64 } else { ticks }
    }

    fn rate() -> u64 {
        let known = RATE.load(Ordering::Acquire);
        if known != 0 {
            return known;
        }
        let (measured, order) = (measure(), (Ordering::AcqRel, Ordering::Acquire));
        match RATE.compare_exchange(0, measured, order.0, order.1) {
            Ok(_) => measured,
            Err(known) => known,
        }
    }

    fn measure() -> u64 {
        let from = Look::take();
        thread::sleep(BETWEEN_LOOKS);
        let to = Look::take();
        let (ticks, ns) = (to.ticks.saturating_sub(from.ticks), to.ns.saturating_sub(from.ns));
        ((u128::from(ns) << 32) / u128::from(ticks.max(1))).max(1) as u64
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn nanoseconds_are_those_of_the_clock() {
            prepare();
            let before = clock::now();
            let (ticks, ns) = (now(), clock::now());
            while clock::now() - ns < 20_000_000 {}
            let measured = nanoseconds(now() - ticks);
            let passed = clock::now() - before;
            assert!(measured >= 19_990_000, "{measured} of {passed}");
            assert!(measured <= passed + passed / 1000, "{measured} of {passed}");
            assert!(nanoseconds(0) == 0);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(loom), not(miri))))]
mod counter {
    pub(crate) use super::clock::now;

    pub(crate) fn prepare() {}

    pub(crate) fn nanoseconds(ticks: u64) -> u64 {
        ticks
    }
}

/// To be called before any time is measured.
pub(crate) fn prepare() {
    counter::prepare();
}

/// Never 0, unless it is compiled without statistics. May differ from core to core by a few nanoseconds, so a later one may be
/// smaller.
#[inline]
pub(crate) fn now() -> u64 {
    if cfg!(without_statistics) { 0 } else { counter::now() }
}

/// How long so many ticks are. The first time it takes a millisecond: not to be asked for under a lock before [`know_rate`].
pub(crate) fn nanoseconds(ticks: u64) -> u64 {
    counter::nanoseconds(ticks)
}

/// Takes that millisecond now.
pub(crate) fn know_rate() {
    let _ = nanoseconds(0);
}
