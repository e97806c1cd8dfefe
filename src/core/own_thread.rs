//! Whether the calling thread is a consumer's, which must not wait for what only itself can bring
//! about.

use std::cell::Cell;
use std::ptr::from_ref;

use super::disruptor::Inner;
use crate::sync::thread_local;

thread_local! {
    /// The disruptor whose consumer this thread is, and the consumer's id.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom takes no const block here")]
    static CONSUMER: Cell<Option<(*const Inner, u32)>> = Cell::new(None);
}

/// The calling thread serves consumer `id` of `disruptor` for the rest of its life.
pub(crate) fn serve(disruptor: &Inner, id: u32) {
    CONSUMER.with(|consumer| consumer.set(Some((from_ref(disruptor), id))));
}

/// The consumer of `disruptor` whose thread is calling.
pub(crate) fn consumer_of(disruptor: &Inner) -> Option<u32> {
    match CONSUMER.with(Cell::get) {
        Some((own, id)) if own == from_ref(disruptor) => Some(id),
        _ => None,
    }
}
