//! A set of lines, small enough to copy.

use super::gating::Line;

/// The most consumers that a disruptor can be made for.
pub(crate) const MOST_LINES: usize = 1024;

const WORDS: usize = MOST_LINES / 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineSet([u64; WORDS]);

impl LineSet {
    pub(crate) fn insert(&mut self, line: Line) {
        self.0[line / 64] |= 1 << (line % 64);
    }

    /// Whether it was in.
    pub(crate) fn remove(&mut self, line: Line) -> bool {
        let was_in = self.contains(line);
        self.0[line / 64] &= !(1 << (line % 64));
        was_in
    }

    pub(crate) fn contains(&self, line: Line) -> bool {
        self.0[line / 64] & (1 << (line % 64)) != 0
    }

    pub(crate) fn extend(&mut self, other: &LineSet) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Line> {
        (0..MOST_LINES).filter(|&line| self.contains(line))
    }

    /// The smallest line that is not in.
    pub(crate) fn first_free(&self) -> Option<Line> {
        (0..MOST_LINES).find(|&line| !self.contains(line))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn inserts_removes_and_finds_the_first_free() {
        let mut set = LineSet::default();
        for line in [0, 1, 63, 64, 1023] {
            set.insert(line);
        }
        assert_eq!(set.first_free(), Some(2));
        assert!(set.remove(0) && !set.remove(0));
        assert_eq!(set.first_free(), Some(0));
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 63, 64, 1023]);
        assert_eq!(set.iter().count(), 4);
    }
}
