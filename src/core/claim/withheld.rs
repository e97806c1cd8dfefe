//! How many elements are claimed and not accepted, beside those of open claims.
//!
//! Slots come here when they are claimed for a caller to fill, until the claim is known to be open; when
//! an open claim is handed in, until it is known what becomes of it; and when an element may turn out to
//! have no memory. What is abandoned stays.
//!
//! A number of accepted elements is what was claimed, less these, less those of open claims. It is read
//! word by word while claims go to and fro, and must never be too high, since the highest that was ever
//! read is remembered. So the word counts its changes as well: as long as it has not changed, nothing has
//! gone to or fro. Where it never stands still there is a lower answer: what is published to everybody, less
//! what was abandoned.

use crate::core::sequence::{Padded, Position};
use crate::sync::{AtomicU64, Ordering};

/// Above the slots in transit: how often they changed, modulo 2^24.
const CHANGE: u64 = 1 << 40;
const SLOTS: u64 = CHANGE - 1;

/// How often somebody who reads tries again when something has changed.
const TRIES: usize = 2;

#[derive(Debug)]
pub(super) struct Withheld {
    /// Release: what a slot comes from is left after it is here, where it goes to is there before it
    /// leaves. Acquire pairs with that.
    in_transit: Padded<AtomicU64>,
    /// Grows before the slots leave `in_transit`.
    abandoned: Padded<AtomicU64>,
    /// Only one thread at a time changes them.
    alone: bool,
}

impl Withheld {
    pub(super) fn new(alone: bool) -> Self {
        Self { in_transit: Padded(AtomicU64::new(0)), abandoned: Padded(AtomicU64::new(0)), alone }
    }

    /// So many slots come here. Before they are claimed, or no open claim's any more.
    #[inline]
    pub(super) fn add(&self, count: u64) {
        self.change(&self.in_transit, CHANGE + count);
    }

    /// So many leave: they are accepted, an open claim's, or were not claimed after all.
    #[inline]
    pub(super) fn remove(&self, count: u64) {
        self.change(&self.in_transit, CHANGE.wrapping_sub(count));
    }

    /// So many are abandoned.
    pub(super) fn abandon(&self, count: u64) {
        self.change(&self.abandoned, count);
        self.remove(count);
    }

    #[inline]
    fn change(&self, word: &AtomicU64, by: u64) {
        if self.alone {
            word.store(word.load(Ordering::Relaxed).wrapping_add(by), Ordering::Release);
        } else {
            word.fetch_add(by, Ordering::AcqRel);
        }
    }

    /// How many elements were accepted, or fewer. The words are read in this order.
    pub(super) fn accepted(
        &self,
        claimed: impl Fn() -> Position,
        open: impl Fn(Position) -> u64,
        published: impl Fn() -> Position,
    ) -> u64 {
        let read = || {
            let claimed = claimed();
            let before = self.in_transit.load(Ordering::Acquire);
            let open = open(claimed);
            let abandoned = self.abandoned.load(Ordering::Acquire);
            let is_still = self.in_transit.load(Ordering::Acquire) == before;
            is_still.then(|| claimed.saturating_sub((before & SLOTS) + open + abandoned))
        };
        // `abandoned` grows before such slots are published.
        let at_least = || published().saturating_sub(self.abandoned.load(Ordering::Acquire));
        (0..TRIES).find_map(|_| read()).unwrap_or_else(at_least)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_neither_in_transit_nor_open_nor_abandoned() {
        let withheld = Withheld::new(false);
        withheld.add(5);
        withheld.remove(2);
        withheld.abandon(1);
        assert_eq!(withheld.accepted(|| 100, |_| 10, || 0), 100 - 2 - 1 - 10);
    }

    #[test]
    fn what_goes_to_and_fro_meanwhile_is_not_counted() {
        let withheld = Withheld::new(true);
        let handed_in = |_| {
            withheld.add(3);
            withheld.abandon(3);
            0
        };
        let abandoned = 3 * TRIES as u64;
        assert_eq!(withheld.accepted(|| 100, handed_in, || 90), 90 - abandoned);
        assert_eq!(withheld.accepted(|| 100, |_| 0, || 90), 100 - abandoned);
    }
}
