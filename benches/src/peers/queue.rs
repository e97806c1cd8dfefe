//! What a queue has to offer to take part.

use std::hint;
use std::thread;

use super::element::Element;
use crate::workload::Wait;

/// A kind of queue.
pub(super) trait Queue {
    /// Several threads may hold a sender; otherwise there is a queue for each producer.
    const MANY_SENDERS: bool;
    type Sender<const WORDS: usize>: Sender<WORDS>;
    type Receiver<const WORDS: usize>: Receiver<WORDS>;

    fn new<const WORDS: usize>(
        capacity: usize,
        senders: usize,
    ) -> (Vec<Self::Sender<WORDS>>, Self::Receiver<WORDS>);
}

/// One producer's end.
pub(super) trait Sender<const WORDS: usize>: Send + 'static {
    /// Sends `count` elements, which `next` makes, and waits for room.
    fn send(&mut self, wait: Wait, count: usize, next: impl FnMut() -> Element<WORDS>);
}

/// What became of a call to receive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Received {
    Something,
    Nothing,
    /// The senders are gone, and everything was received.
    End,
}

/// A consumer's end.
pub(super) trait Receiver<const WORDS: usize>: Send + 'static {
    /// Receives what is there; waits for it if `wait` is to block, otherwise returns at once.
    fn receive(&mut self, wait: Wait, take: impl FnMut(&Element<WORDS>)) -> Received;
}

/// One step of waiting without sleep.
#[inline]
pub(super) fn pause(wait: Wait) {
    match wait {
        Wait::Spin => hint::spin_loop(),
        Wait::Yield | Wait::Block => thread::yield_now(),
    }
}
