//! The time that statistics are made of: cheaper to read than the clock, and good for nothing else.
//!
//! A consumer reads the time twice for each batch, the first time between finding an element and handing it on. The
//! system's clock takes as long as a cache line from one core to another, and keeps the processor from looking ahead
//! meanwhile. On x86-64 the counter behind it takes a few nanoseconds. It is read directly where the kernel relies
//! on it as well: then it runs at one rate on all cores, which agree.
//!
//! Ticks count from anywhere and at a rate that nobody knows. That is found when nanoseconds are asked for, from two
//! looks at counter and clock at once, one of long ago and one of now. No time that is measured is longer than what
//! lies between the two, so what is wrong with a figure is no more than what is wrong with a look: some hundred
//! nanoseconds.

use super::clock;

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(loom), not(miri)))]
mod counter {
    use std::arch::x86_64::_rdtsc;
    use std::fs::File;
    use std::io::Read;
    use std::sync::OnceLock;

    use super::clock;

    const KERNELS: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

    /// The look of long ago; `None` = the clock it is.
    static ORIGIN: OnceLock<Option<Look>> = OnceLock::new();

    #[derive(Clone, Copy, Debug)]
    struct Look {
        ticks: u64,
        ns: u64,
    }

    impl Look {
        /// The quickest of several: whatever comes in between makes the two numbers differ in time.
        fn take() -> Self {
            let look = || {
                let (before, ns, after) = (read(), clock::now(), read());
                (after.wrapping_sub(before), Self { ticks: before, ns })
            };
            let (mut least, mut best) = look();
            for _ in 1..8 {
                let (took, look) = look();
                if took < least {
                    (least, best) = (took, look);
                }
            }
            Self { ticks: best.ticks.wrapping_add(least / 2), ..best }
        }
    }

    #[inline(always)]
    fn read() -> u64 {
        // SAFETY: every x86-64 processor has it.
        unsafe { _rdtsc() }
    }

    pub(crate) fn prepare() {
        ORIGIN.get_or_init(|| is_the_kernels_clock().then(Look::take));
    }

    fn is_the_kernels_clock() -> bool {
        let mut name = [0; 4];
        let count = File::open(KERNELS).and_then(|mut file| file.read(&mut name));
        count.is_ok_and(|count| name[..count] == *b"tsc\n")
    }

    #[inline]
    pub(crate) fn now() -> u64 {
        match ORIGIN.get() {
            Some(Some(_)) => read(),
            _ => clock::now(),
        }
    }

    pub(crate) fn nanoseconds(ticks: u64) -> u64 {
        let Some(Some(origin)) = ORIGIN.get() else { return ticks };
        let now = Look::take();
        let (all, ns) = (now.ticks.saturating_sub(origin.ticks), now.ns - origin.ns);
        (u128::from(ticks) * u128::from(ns) / u128::from(all.max(1))) as u64
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn nanoseconds_are_those_of_the_clock() {
            prepare();
            let (ticks, ns) = (now(), clock::now());
            while clock::now() - ns < 20_000_000 {}
            let measured = nanoseconds(now() - ticks);
            let passed = clock::now() - ns;
            // The process may have been interrupted between two of these looks, so there is no upper limit.
            assert!(measured >= 19_000_000, "{measured} of {passed}");
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

/// Never 0. May differ from core to core by a few nanoseconds, so a later one may be smaller.
#[inline]
pub(crate) fn now() -> u64 {
    counter::now()
}

/// How long so many ticks are, which were counted since [`prepare`].
pub(crate) fn nanoseconds(ticks: u64) -> u64 {
    counter::nanoseconds(ticks)
}
