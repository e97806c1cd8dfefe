//! Orderings weaker than they were, and fences left out: which ones, the environment says. Copied into the
//! tree that `cargo xtask orderings` builds, where every ordering and every fence of `src/core` asks here.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use super::Ordering;

/// `DISRUPTOR_MUTANT`: numbers of sites, each with the ordering that it gets.
static MUTANTS: LazyLock<HashMap<usize, Ordering>> = LazyLock::new(|| {
    let mut mutants = HashMap::new();
    for mutant in std::env::var("DISRUPTOR_MUTANT").unwrap_or_default().split_terminator(',') {
        let (site, weaker) = mutant.split_once(' ').expect("a site and an ordering");
        let weaker = match weaker {
            "Acquire" => Ordering::Acquire,
            "Release" => Ordering::Release,
            _ => Ordering::Relaxed,
        };
        // Acquire in one and release in the other: both halves are gone.
        let weaken = |before: &mut Ordering| *before = Ordering::Relaxed;
        mutants.entry(site.parse().expect("a number")).and_modify(weaken).or_insert(weaker);
    }
    mutants
});

fn is_mutant(site: usize) -> Option<Ordering> {
    note(site);
    MUTANTS.get(&site).copied()
}

pub(crate) fn ordering(site: usize, own: Ordering) -> Ordering {
    is_mutant(site).unwrap_or(own)
}

pub(crate) fn fence<T>(site: usize, fence: impl FnOnce() -> T, nothing: T) -> T {
    if is_mutant(site).is_some() { nothing } else { fence() }
}

/// `DISRUPTOR_REACHED`: a file for the numbers of the sites that a model comes to.
fn note(site: usize) {
    static FILE: LazyLock<Option<std::path::PathBuf>> =
        LazyLock::new(|| std::env::var_os("DISRUPTOR_REACHED").map(Into::into));
    static NOTED: [AtomicBool; 1000] = [const { AtomicBool::new(false) }; 1000];
    let Some(file) = &*FILE else { return };
    if !NOTED[site].swap(true, Ordering::Relaxed) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
        writeln!(file.expect("a file to note sites in"), "{site}").expect("room for a number");
    }
}
