//! What a sequence is made of: a ring, and calls. Random ones, and simpler ones for shrinking.

use std::fmt;

use crate::hostile::Hostile;

/// Where choices come from.
pub(crate) enum Random {
    /// Small, fast, the same everywhere (xorshift64*).
    Seeded(u64),
    /// The bytes that a fuzzer made up, the last one first; none are zeros.
    #[allow(dead_code, reason = "the fuzzer, which shares this file, makes it")]
    Bytes(Vec<u8>),
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self::Seeded(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        match self {
            Self::Seeded(state) => {
                *state ^= *state >> 12;
                *state ^= *state << 25;
                *state ^= *state >> 27;
                ((state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound as u64) as usize
            }
            Self::Bytes(left) => {
                let mut byte = || usize::from(left.pop().unwrap_or(0));
                let number = if bound > 256 { byte() << 8 | byte() } else { byte() };
                number % bound
            }
        }
    }

    pub(crate) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

const BLOCK: u32 = 0;
const YIELD: u32 = 1;
const SPIN: u32 = 2;
const SLEEP: u32 = 3;

/// What the ring is like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) capacity: usize,
    pub(crate) element_size: usize,
    /// 0 = `element_size`.
    pub(crate) max_element_size: usize,
    pub(crate) single: bool,
    pub(crate) wait: u32,
    /// 0 = the default.
    pub(crate) max_consumers: u32,
    /// 0 = the default.
    pub(crate) alignment: usize,
    /// Elements are as long as a slot, mostly: then much is published without a call.
    pub(crate) even: bool,
}

impl Shape {
    pub(crate) fn longest(&self) -> usize {
        self.max_element_size.max(self.element_size)
    }
}

/// How a consumer is to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spec {
    pub(crate) depends_on: Vec<u32>,
    pub(crate) group: u32,
    pub(crate) min_batch: usize,
    pub(crate) max_batch: usize,
    /// `linger_ns` is 0 instead of forever.
    pub(crate) no_linger: bool,
    pub(crate) spans: bool,
}

/// In what way a claim is handed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    Right,
    /// With an element that is longer than its slot.
    TooLong,
    OneMore,
    OneLess,
    OneFurther,
    /// Both counted from the end of the claim, so that it spans this one and the next.
    WithTheNext,
    /// One that was published or abandoned before.
    Again,
}

/// One call. `nth` counts what is there at that moment, and wraps around.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    Produce {
        lengths: Vec<usize>,
        timeout_ns: u64,
    },
    Claim {
        count: usize,
        timeout_ns: u64,
    },
    Publish {
        nth: usize,
        how: How,
    },
    /// `part` wraps around behind one more than the claim has. `inline`: by the header's function.
    Prefix {
        nth: usize,
        how: How,
        part: usize,
        inline: bool,
    },
    Abandon {
        nth: usize,
        how: How,
    },
    Poller(Spec),
    Register(Spec),
    Poll {
        nth: usize,
        timeout_ns: u64,
    },
    Release {
        nth: usize,
        count: usize,
    },
    DestroyPoller {
        nth: usize,
    },
    Unregister {
        id: u32,
    },
    Flush,
    Close,
    Halt,
    Hostile(Hostile),
}

/// A ring and what is done to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sequence {
    pub(crate) shape: Shape,
    pub(crate) calls: Vec<Call>,
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:?}", self.shape)?;
        self.calls.iter().enumerate().try_for_each(|(at, call)| writeln!(f, "  {at:2}. {call:?}"))
    }
}

/// Kinds of sequences, so that each meets what it is about often enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    /// Of 10 consumers so many have a thread.
    pub(crate) callbacks: usize,
    /// Of 10 consumers so many are in a group.
    pub(crate) groups: usize,
    /// Of 10 consumers so many hold elements back.
    pub(crate) holders: usize,
    /// Of 10 productions so many are claims.
    pub(crate) claims: usize,
    /// Of 10 consumers so many take spans.
    pub(crate) spans: usize,
    /// Of 10 rings so many have elements of one length.
    pub(crate) even: usize,
}

impl Sequence {
    pub(crate) fn random(random: &mut Random, theme: Theme) -> Self {
        let element_size = [1, 3, 8, 16][random.below(4)];
        let capacity = 1 + random.below(9);
        let larger = if random.below(8) == 7 { random.below(60) } else { 0 };
        // Threads that spin keep each other from running.
        let busy = if theme.callbacks == 0 { SPIN } else { YIELD };
        let shape = Shape {
            capacity: capacity + larger,
            element_size,
            max_element_size: [0, element_size, element_size + 9][random.below(3)],
            single: random.one_in(2),
            wait: match random.one_in(8) {
                true => SLEEP,
                false => [BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, YIELD, busy][random.below(8)],
            },
            max_consumers: [0, 0, 0, 2, 3][random.below(5)],
            alignment: [0, 0, 0, 0, 1, 4, 64, 4096][random.below(8)],
            even: random.below(10) < theme.even,
        };
        let consumers = 1 + random.below(3);
        let mut calls: Vec<Call> =
            (0..consumers).map(|_| consumer(random, theme, &shape)).collect();
        let length = 10 + random.below(40);
        calls.extend((0..length).map(|_| call(random, theme, &shape)));
        Self { shape, calls }
    }

    /// Simpler sequences, the much simpler ones first.
    pub(crate) fn simpler(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut size = self.calls.len().div_ceil(2);
        while size > 0 {
            for start in (0..self.calls.len()).step_by(size) {
                let mut calls = self.calls.clone();
                calls.drain(start..(start + size).min(calls.len()));
                all.push(Self { calls, shape: self.shape.clone() });
            }
            size /= 2;
        }
        for (at, call) in self.calls.iter().enumerate() {
            for simple in call.simpler() {
                let mut calls = self.calls.clone();
                calls[at] = simple;
                all.push(Self { calls, shape: self.shape.clone() });
            }
        }
        let capacities =
            (1..self.shape.capacity).map(|capacity| Shape { capacity, ..self.shape.clone() });
        let plain = [
            Shape { max_element_size: 0, ..self.shape.clone() },
            Shape { single: false, ..self.shape.clone() },
            Shape { wait: 0, ..self.shape.clone() },
            Shape { max_consumers: 0, ..self.shape.clone() },
            Shape { alignment: 0, ..self.shape.clone() },
            Shape { even: false, ..self.shape.clone() },
        ];
        let shapes = capacities.chain(plain).filter(|shape| *shape != self.shape);
        all.extend(shapes.map(|shape| Self { shape, calls: self.calls.clone() }));
        all
    }
}

impl Call {
    fn simpler(&self) -> Vec<Self> {
        let less = |from: usize| (0..from).rev().take(1).chain((from > 1).then_some(0));
        match self {
            Self::Produce { lengths, timeout_ns } => {
                let shorter = (0..lengths.len()).map(|at| {
                    let mut fewer = lengths.clone();
                    fewer.remove(at);
                    fewer
                });
                let ones = (lengths.iter().any(|&len| len != 1)).then(|| vec![1; lengths.len()]);
                let fewer = shorter.chain(ones);
                let fewer = fewer.map(|lengths| Self::Produce { lengths, timeout_ns: *timeout_ns });
                let at_once = Self::Produce { lengths: lengths.clone(), timeout_ns: 0 };
                fewer.chain((*timeout_ns > 0).then_some(at_once)).collect()
            }
            &Self::Claim { count, timeout_ns } => less(count)
                .map(|count| Self::Claim { count, timeout_ns })
                .chain((timeout_ns > 0).then_some(Self::Claim { count, timeout_ns: 0 }))
                .collect(),
            &Self::Prefix { nth, how, part, inline } => less(part)
                .map(|part| Self::Prefix { nth, how, part, inline })
                .chain(less(nth).map(|nth| Self::Prefix { nth, how, part, inline }))
                .chain(inline.then_some(Self::Prefix { nth, how, part, inline: false }))
                .collect(),
            &Self::Publish { nth, how } => {
                less(nth).map(|nth| Self::Publish { nth, how }).collect()
            }
            &Self::Abandon { nth, how } => {
                less(nth).map(|nth| Self::Abandon { nth, how }).collect()
            }
            Self::Poller(spec) => spec.simpler().into_iter().map(Self::Poller).collect(),
            Self::Register(spec) => {
                // In a group it would be among threads, which the model does not foresee.
                let poller = (spec.group == 0).then(|| Self::Poller(spec.clone()));
                spec.simpler().into_iter().map(Self::Register).chain(poller).collect()
            }
            &Self::Poll { nth, timeout_ns } => less(nth)
                .map(|nth| Self::Poll { nth, timeout_ns })
                .chain((timeout_ns > 0).then_some(Self::Poll { nth, timeout_ns: 0 }))
                .collect(),
            &Self::Release { nth, count } => less(count)
                .map(|count| Self::Release { nth, count })
                .chain(less(nth).map(|nth| Self::Release { nth, count }))
                .collect(),
            &Self::DestroyPoller { nth } => {
                less(nth).map(|nth| Self::DestroyPoller { nth }).collect()
            }
            &Self::Unregister { id } => {
                less(id as usize).map(|id| Self::Unregister { id: id as u32 }).collect()
            }
            Self::Hostile(hostile) => hostile.simpler().into_iter().map(Self::Hostile).collect(),
            Self::Flush | Self::Close | Self::Halt => Vec::new(),
        }
    }
}

impl Spec {
    fn simpler(&self) -> Vec<Self> {
        let with = |change: &dyn Fn(&mut Self)| {
            let mut spec = self.clone();
            change(&mut spec);
            spec
        };
        let mut all = vec![
            with(&|spec| spec.depends_on.clear()),
            with(&|spec| spec.depends_on.truncate(1)),
            with(&|spec| spec.depends_on.iter_mut().for_each(|id| *id = id.saturating_sub(1))),
            with(&|spec| spec.group = 0),
            with(&|spec| spec.min_batch = spec.min_batch.saturating_sub(1)),
            with(&|spec| spec.max_batch = 0),
            with(&|spec| spec.no_linger = false),
            with(&|spec| spec.spans = false),
        ];
        all.retain(|spec| spec != self);
        all
    }
}

fn consumer(random: &mut Random, theme: Theme, shape: &Shape) -> Call {
    let has_thread = random.below(10) < theme.callbacks;
    let mut spec = Spec {
        depends_on: Vec::new(),
        group: 0,
        min_batch: 0,
        max_batch: 0,
        no_linger: random.one_in(12),
        spans: random.below(10) < theme.spans,
    };
    if random.below(10) < theme.groups {
        // Groups of pollers and groups of threads: who of a mixed one gets what nobody could foretell.
        spec.group = 1 + 2 * u32::from(has_thread) + random.below(2) as u32;
    } else {
        let dependencies = [0, 0, 1, 1, 2][random.below(5)];
        spec.depends_on = (0..dependencies).map(|_| random.below(5) as u32).collect();
    }
    if random.one_in(2) {
        let most = shape.capacity + usize::from(random.one_in(16));
        spec.max_batch = 1 + random.below(most);
    }
    if !has_thread && random.below(10) < theme.holders {
        let most = shape.capacity + usize::from(random.one_in(16));
        spec.min_batch = 1 + random.below(most);
    }
    if has_thread { Call::Register(spec) } else { Call::Poller(spec) }
}

fn how(random: &mut Random) -> How {
    use How::{Again, OneFurther, OneLess, OneMore, Right, TooLong, WithTheNext};
    if random.below(4) > 0 {
        return Right;
    }
    [TooLong, OneMore, OneLess, OneFurther, WithTheNext, Again][random.below(6)]
}

fn lengths(random: &mut Random, shape: &Shape) -> Vec<usize> {
    let count = match random.below(8) {
        0 => 0,
        1..=5 => 1 + random.below(3),
        6 => 1 + random.below(shape.capacity),
        _ => shape.capacity + random.below(3),
    };
    let too_large = random.one_in(30);
    if shape.even && !too_large {
        return vec![shape.element_size; count];
    }
    let mut lengths: Vec<usize> = (0..count).map(|_| random.below(shape.longest() + 1)).collect();
    if too_large && let Some(last) = lengths.last_mut() {
        *last = shape.longest() + 1 + random.below(3);
    }
    lengths
}

fn call(random: &mut Random, theme: Theme, shape: &Shape) -> Call {
    let nth = random.below(6);
    if random.one_in(16) {
        return Call::Hostile(Hostile::random(random));
    }
    match random.below(100) {
        0..=34 if random.below(10) < theme.claims => match random.below(8) {
            0 | 1 => {
                Call::Claim { count: claim_count(random, shape), timeout_ns: timeout_ns(random) }
            }
            2 | 3 => Call::Publish { nth, how: how(random) },
            4 => Call::Abandon { nth, how: how(random) },
            _ => {
                let (part, inline) = (random.below(8), random.below(4) > 0);
                Call::Prefix { nth, how: how(random), part, inline }
            }
        },
        0..=34 => Call::Produce { lengths: lengths(random, shape), timeout_ns: timeout_ns(random) },
        35..=59 => Call::Poll { nth, timeout_ns: timeout_ns(random) },
        60..=81 => Call::Release { nth, count: random.below(5) },
        82..=88 => consumer(random, theme, shape),
        89..=91 => Call::DestroyPoller { nth },
        92 | 93 => Call::Unregister { id: random.below(6) as u32 },
        94..=97 => Call::Flush,
        98 => Call::Close,
        _ if random.one_in(2) => Call::Halt,
        _ => Call::Flush,
    }
}

/// So little that nothing can happen meanwhile: nobody else is there to do it.
fn timeout_ns(random: &mut Random) -> u64 {
    u64::from(random.below(8) == 7)
}

fn claim_count(random: &mut Random, shape: &Shape) -> usize {
    match random.below(12) {
        0 => 0,
        1 => shape.capacity + 1,
        2 => shape.capacity,
        _ => 1 + random.below(shape.capacity.min(3)),
    }
}
