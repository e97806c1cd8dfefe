//! What a contender's process answers, and whether every element arrived, once and in order.

use hdrhistogram::Histogram;

use crate::workload::{Shape, Workload};

/// Rows of the table of messages (contenders/common/tally.h has the same).
pub(crate) const MESSAGES: u64 = 31;

/// What a consumer counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    pub(crate) sum: u64,
    /// 0, unless an element was not the one that was due.
    pub(crate) disorder: u64,
}

/// The lines of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) nanoseconds: u64,
    /// Elements that each producer made.
    pub(crate) produced: Vec<u64>,
    pub(crate) consumed: Vec<Tally>,
    /// Round trips, in nanoseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Answer {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut answer = Self {
            nanoseconds: 0,
            produced: Vec::new(),
            consumed: Vec::new(),
            latency: Histogram::new(3).expect("three digits are allowed"),
        };
        for line in text.lines() {
            let bad = || format!("an answer with the line {line:?}");
            let mut words = line.split(' ');
            let kind = words.next().unwrap_or_default();
            let numbers: Result<Vec<u64>, _> = words.map(str::parse).collect();
            match (kind, numbers.map_err(|_| bad())?.as_slice()) {
                ("nanoseconds", &[nanoseconds]) => answer.nanoseconds = nanoseconds,
                ("producer", &[count]) => answer.produced.push(count),
                ("consumer", &[count, sum, disorder]) => {
                    answer.consumed.push(Tally { count, sum, disorder });
                }
                ("latency", &[nanoseconds, count]) => {
                    answer
                        .latency
                        .record_n(nanoseconds, count)
                        .map_err(|error| error.to_string())?;
                }
                _ => return Err(bad()),
            }
        }
        Ok(answer)
    }

    /// Elements that each consumer got.
    pub(crate) fn elements(&self) -> u64 {
        self.produced.iter().sum()
    }

    /// Compares what the consumers counted with what the producers made.
    pub(crate) fn verify(&self, workload: &Workload) -> Result<(), String> {
        let consumers = if workload.shape == Shape::Pingpong { 2 } else { workload.consumers };
        if self.produced.len() != workload.producers || self.consumed.len() != consumers {
            return Err(format!("answers of {} consumers", self.consumed.len()));
        }
        if self.elements() == 0 || self.nanoseconds == 0 {
            return Err("nothing was produced".to_owned());
        }
        let right = Tally {
            count: self.elements(),
            sum: expected_sum(&self.produced, workload.bytes),
            disorder: 0,
        };
        match self.consumed.iter().position(|tally| *tally != right) {
            None => Ok(()),
            Some(i) => {
                Err(format!("consumer {i} has {:?}, and right is {right:?}", self.consumed[i]))
            }
        }
    }
}

fn expected_sum(produced: &[u64], bytes: usize) -> u64 {
    let of = |(producer, &made): (usize, &u64)| match bytes {
        8 => sum_of_values(producer as u64, made),
        _ => sum_of_messages(bytes as u64 / 8, made),
    };
    produced.iter().enumerate().map(of).fold(0, u64::wrapping_add)
}

/// The values of a producer: its number above 48 bits that count.
fn sum_of_values(producer: u64, made: u64) -> u64 {
    let counted = u128::from(made) * u128::from(made.saturating_sub(1)) / 2;
    (producer << 48).wrapping_mul(made).wrapping_add(counted as u64)
}

fn sum_of_messages(words: u64, made: u64) -> u64 {
    (0..MESSAGES).fold(0, |sum: u64, row| {
        let times = made / MESSAGES + u64::from(row < made % MESSAGES);
        let message =
            (0..words).fold(0, |sum: u64, word| sum.wrapping_add(message_word(row, word)));
        sum.wrapping_add(message.wrapping_mul(times))
    })
}

/// A word of a message.
pub(crate) fn message_word(row: u64, word: u64) -> u64 {
    (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row;

    /// The workload of a row, and what a right answer to it says.
    fn right(name: &str, produced: &[u64]) -> (Workload, String) {
        let row = row::all().into_iter().find(|row| row.name == name).expect("there is such a row");
        let mut text = String::from("nanoseconds 1000\n");
        produced.iter().for_each(|made| text += &format!("producer {made}\n"));
        let (count, sum) =
            (produced.iter().sum::<u64>(), expected_sum(produced, row.workload.bytes));
        (0..row.workload.consumers).for_each(|_| text += &format!("consumer {count} {sum} 0\n"));
        (row.workload, text)
    }

    fn verdict(workload: &Workload, text: &str) -> Result<(), String> {
        Answer::parse(text)?.verify(workload)
    }

    #[test]
    fn sums_are_those_of_the_elements() {
        let values = (0..5).chain((1 << 48)..(1 << 48) + 3);
        assert_eq!(expected_sum(&[5, 3], 8), values.fold(0, u64::wrapping_add));
        let words =
            (0..40).flat_map(|made| (0..8).map(move |word| message_word(made % MESSAGES, word)));
        assert_eq!(expected_sum(&[40], 64), words.fold(0, u64::wrapping_add));
    }

    #[test]
    fn right_answers_pass() {
        for (name, produced) in
            [("1P-3C yield B1", &[7][..]), ("3P-1C block B10", &[7, 9, 1]), ("64 B spin B1", &[99])]
        {
            let (workload, text) = right(name, produced);
            assert_eq!(verdict(&workload, &text), Ok(()), "{name}");
        }
    }

    #[test]
    fn wrong_answers_do_not() {
        let (workload, text) = right("1P-3C yield B1", &[7]);
        for (from, to) in [
            ("producer 7", "producer 8"),           // one is lost
            ("consumer 7 21 0", "consumer 7 22 0"), // another sum
            ("consumer 7 21 0\n", ""),              // a consumer is missing
            (" 0\nconsumer", " 1\nconsumer"),       // not in order
            ("nanoseconds 1000", "nanoseconds 0"),
        ] {
            assert!(text.contains(from), "{from:?} is in the answer");
            assert!(
                verdict(&workload, &text.replacen(from, to, 1)).is_err(),
                "{from:?} became {to:?}"
            );
        }
        assert!(verdict(&workload, "").is_err());
        assert!(verdict(&workload, "Killed").is_err());
    }
}
