//! What a consumer does with its elements: the caller's side of a consumer.

use super::slots::Element;

/// Elements that are handed to a consumer together, in sequence order, without a gap.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// At least one. The bytes stay where they are until the handler returns.
    pub elements: &'a [Element],
    /// Sequence of the first element; the others follow one by one.
    pub first_sequence: u64,
    /// How many more could be read when this batch was gathered; 0 at the end of what there is.
    pub backlog: u64,
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
