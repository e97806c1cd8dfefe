//! Whether the calling thread is a consumer's, which must not wait for what only itself can bring
//! about.

use std::cell::Cell;
use std::ptr::from_ref;

use super::disruptor::Inner;

thread_local! {
    /// The disruptor whose consumer this thread is, and the consumer's id.
    static CONSUMER: Cell<Option<(*const Inner, u32)>> = const { Cell::new(None) };
}

/// The calling thread serves consumer `id` of `disruptor` for the rest of its life.
pub(crate) fn serve(disruptor: &Inner, id: u32) {
    CONSUMER.set(Some((from_ref(disruptor), id)));
}

/// The consumer of `disruptor` whose thread is calling.
pub(crate) fn consumer_of(disruptor: &Inner) -> Option<u32> {
    match CONSUMER.get() {
        Some((own, id)) if own == from_ref(disruptor) => Some(id),
        _ => None,
    }
}
