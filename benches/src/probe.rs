//! How far apart the two CPUs are just now: virtual machines move, and then a cache line takes several times as long from
//! one core to the other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::cpu::pin;

/// The two states of the machines that this was written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// A line goes there and back in about 100 ns.
    Near,
    /// About 500 ns.
    Far,
}

/// Between the modes, in nanoseconds.
const LIMIT: f64 = 250.0;

impl Mode {
    pub(crate) fn of(round_trip: f64) -> Self {
        if round_trip < LIMIT { Mode::Near } else { Mode::Far }
    }
}

/// On a line of its own.
#[repr(align(128))]
struct Line(AtomicU64);

/// The time in which a cache line goes to CPU 1 and comes back, in nanoseconds: the median of some stretches.
pub(crate) fn round_trip() -> f64 {
    const STRETCHES: u64 = 15;
    const TRIPS: u64 = 1000;
    let line = Line(AtomicU64::new(0));
    let mut stretches = thread::scope(|scope| {
        scope.spawn(|| {
            pin(1);
            for trip in 0..STRETCHES * TRIPS {
                wait_for(&line, 2 * trip + 1);
                line.0.store(2 * trip + 2, Ordering::Release);
            }
        });
        let first = scope.spawn(|| {
            pin(0);
            let stretch = |number| {
                let began = Instant::now();
                for trip in number * TRIPS..(number + 1) * TRIPS {
                    line.0.store(2 * trip + 1, Ordering::Release);
                    wait_for(&line, 2 * trip + 2);
                }
                began.elapsed().as_nanos() as f64 / TRIPS as f64
            };
            (0..STRETCHES).map(stretch).collect::<Vec<_>>()
        });
        first.join().expect("the probe does not panic")
    });
    stretches.sort_by(f64::total_cmp);
    stretches[stretches.len() / 2]
}

fn wait_for(line: &Line, value: u64) {
    let mut patience = 0;
    while line.0.load(Ordering::Acquire) != value {
        patience += 1;
        if patience > 10_000 {
            // Somebody else has the other CPU, or there is none.
            thread::yield_now();
        }
    }
}
