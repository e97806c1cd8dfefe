//! What a contender is asked to do: the arguments of its process.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who is connected with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    /// Producers on one side, consumers side by side on the other.
    Stream,
    /// The last consumer comes behind all others.
    Diamond,
    /// Each consumer comes behind the one before it.
    Pipeline,
    /// One element at a time, there and back.
    Pingpong,
}

/// What a thread does that cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wait {
    /// Burns its core.
    Spin,
    /// Gives up its time slice.
    Yield,
    /// Sleeps until woken.
    Block,
}

/// A run, but for who does it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Workload {
    pub(crate) shape: Shape,
    pub(crate) wait: Wait,
    pub(crate) producers: usize,
    pub(crate) consumers: usize,
    /// Elements per publish.
    pub(crate) batch: usize,
    /// Bytes per element.
    pub(crate) bytes: usize,
    /// Slots.
    pub(crate) capacity: usize,
    pub(crate) milliseconds: u64,
    /// Each of two threads on a CPU of its own; otherwise the system decides.
    pub(crate) pinned: bool,
}

impl Workload {
    /// The arguments that say all this to a contender's process.
    pub(crate) fn arguments(&self) -> Vec<String> {
        vec![
            format!("shape={}", self.shape),
            format!("wait={}", self.wait),
            format!("producers={}", self.producers),
            format!("consumers={}", self.consumers),
            format!("batch={}", self.batch),
            format!("bytes={}", self.bytes),
            format!("capacity={}", self.capacity),
            format!("milliseconds={}", self.milliseconds),
            format!("pinned={}", u8::from(self.pinned)),
        ]
    }

    /// The way back.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let get = |key: &str| {
            let found =
                arguments.iter().find_map(|argument| argument.strip_prefix(key)?.strip_prefix('='));
            found.ok_or_else(|| format!("no {key}= among the arguments"))
        };
        let number = |key: &str| get(key)?.parse().map_err(|_| format!("{key}= wants a number"));
        let word = |key: &str| Ok::<_, String>(serde_json::Value::from(get(key)?));
        let unknown = |error: serde_json::Error| error.to_string();
        Ok(Self {
            shape: serde_json::from_value(word("shape")?).map_err(unknown)?,
            wait: serde_json::from_value(word("wait")?).map_err(unknown)?,
            producers: number("producers")?,
            consumers: number("consumers")?,
            batch: number("batch")?,
            bytes: number("bytes")?,
            capacity: number("capacity")?,
            milliseconds: number("milliseconds")? as u64,
            pinned: number("pinned")? != 0,
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Stream => "stream",
            Shape::Diamond => "diamond",
            Shape::Pipeline => "pipeline",
            Shape::Pingpong => "pingpong",
        })
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wait::Spin => "spin",
            Wait::Yield => "yield",
            Wait::Block => "block",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back_as_they_were() {
        let workload = Workload {
            shape: Shape::Diamond,
            wait: Wait::Yield,
            producers: 2,
            consumers: 3,
            batch: 10,
            bytes: 64,
            capacity: 1 << 16,
            milliseconds: 1500,
            pinned: true,
        };
        assert_eq!(Workload::parse(&workload.arguments()), Ok(workload));
    }
}
