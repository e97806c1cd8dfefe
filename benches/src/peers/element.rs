//! Elements, where they come from and how they are counted: the twin of contenders/common/tally.h.

use crate::answer::{MESSAGES, message_word};

const PRODUCER_SHIFT: u32 = 48;
const PRODUCERS_MAX: usize = 64;

/// A value of one word, or a message of more.
pub(super) type Element<const WORDS: usize> = [u64; WORDS];

/// What one producer publishes, one element after the other.
#[derive(Clone, Copy)]
pub(super) struct Source<const WORDS: usize> {
    next: u64,
    table: &'static [Element<WORDS>],
}

impl<const WORDS: usize> Source<WORDS> {
    pub(super) fn new(producer: usize) -> Self {
        let message = |row| std::array::from_fn(|word| message_word(row, word as u64));
        let next = if WORDS == 1 { (producer as u64) << PRODUCER_SHIFT } else { 0 };
        Self { next, table: (0..MESSAGES).map(message).collect::<Vec<_>>().leak() }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Element<WORDS> {
        let next = self.next;
        self.next += 1;
        if WORDS == 1 {
            return [next; WORDS];
        }
        if self.next == MESSAGES {
            self.next = 0;
        }
        self.table[next as usize]
    }
}

/// What a consumer does with each element.
pub(super) struct Tally<const WORDS: usize> {
    count: u64,
    sum: u64,
    disorder: u64,
    next: u64,
    due: [u64; PRODUCERS_MAX],
    mixed: bool,
}

impl<const WORDS: usize> Tally<WORDS> {
    pub(super) fn new(producers: usize) -> Self {
        let due = std::array::from_fn(|producer| (producer as u64) << PRODUCER_SHIFT);
        Self { count: 0, sum: 0, disorder: 0, next: 0, due, mixed: producers > 1 }
    }

    #[inline]
    pub(super) fn add(&mut self, element: &Element<WORDS>) {
        self.count += 1;
        if WORDS == 1 {
            self.add_value(element[0]);
        } else {
            self.sum =
                self.sum.wrapping_add(element.iter().fold(0, |sum, &word| sum.wrapping_add(word)));
            self.disorder |= element[0] ^ message_word(self.next, 0);
            self.next = if self.next + 1 == MESSAGES { 0 } else { self.next + 1 };
        }
    }

    #[inline]
    fn add_value(&mut self, value: u64) {
        if !self.mixed {
            self.disorder |= value ^ self.next;
        } else if value != self.next {
            self.due[(self.next >> PRODUCER_SHIFT) as usize % PRODUCERS_MAX] = self.next;
            self.disorder |= value ^ self.due[(value >> PRODUCER_SHIFT) as usize % PRODUCERS_MAX];
            self.next = value;
        }
        self.sum = self.sum.wrapping_add(value);
        self.next += 1;
    }

    /// The line of the answer.
    pub(super) fn answer(&self) {
        println!("consumer {} {} {}", self.count, self.sum, self.disorder);
    }
}
