//! What a consumer does with its elements: the caller's side of a consumer.

use super::element::{Element, Span};

/// Elements that are handed to a consumer together, in sequence order, without a gap.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// At least one. The bytes stay where they are until the handler returns.
    pub elements: Elements<'a>,
    /// Sequence of the first element; the others follow one by one.
    pub first_sequence: u64,
    /// How many more could be read when this batch was gathered; 0 at the end of what there is.
    pub backlog: u64,
}

/// The elements of a batch, in the way that their consumer asked for.
#[derive(Clone, Copy, Debug)]
pub enum Elements<'a> {
    /// One by one.
    Slices(&'a [Element]),
    /// As one piece of the ring.
    Span(Span),
}

impl<'a> Elements<'a> {
    /// How many.
    #[inline]
    pub fn count(&self) -> usize {
        match self {
            Self::Slices(slices) => slices.len(),
            Self::Span(span) => span.count,
        }
    }

    /// Their bytes in all.
    #[inline]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Slices(slices) => slices.iter().map(|element| element.len as u64).sum(),
            Self::Span(span) => span.count as u64 * span.length as u64,
        }
    }

    /// The first `count` of them.
    pub(crate) fn first(self, count: usize) -> Self {
        match self {
            Self::Slices(slices) => Self::Slices(&slices[..count]),
            Self::Span(span) => Self::Span(span.first(count)),
        }
    }

    /// All but the first `count`.
    pub(crate) fn after(self, count: usize) -> Self {
        match self {
            Self::Slices(slices) => Self::Slices(&slices[count..]),
            Self::Span(span) => Self::Span(span.after(count)),
        }
    }
}

/// What follows a failed delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// Count it and go on with the next batch.
    Continue,
    /// Deliver the same batch again.
    Retry,
    /// Stop the consumer: it gates nobody any more.
    Stop,
}

/// Runs on the consumer's own thread, one call at a time.
pub trait Handler: Send + 'static {
    /// Before the first batch.
    fn start(&mut self);
    /// Takes a batch; an error is a number of the handler's own.
    fn consume(&mut self, batch: &Batch<'_>) -> Result<(), i32>;
    /// Says what follows when `consume` returned the error `code` for `batch`.
    fn failed(&mut self, consumer: u32, batch: &Batch<'_>, code: i32) -> OnError;
    /// After the last batch; exactly once.
    fn close(&mut self);
}
