//! rtrb, a ring for one producer and one consumer.

use super::element::Element;
use super::queue::{Queue, Received, Receiver, Sender, pause};
use crate::workload::Wait;

pub(super) struct Rtrb;

impl Queue for Rtrb {
    const MANY_SENDERS: bool = false;
    type Sender<const WORDS: usize> = rtrb::Producer<Element<WORDS>>;
    type Receiver<const WORDS: usize> = rtrb::Consumer<Element<WORDS>>;

    fn new<const WORDS: usize>(
        capacity: usize,
        _: usize,
    ) -> (Vec<Self::Sender<WORDS>>, Self::Receiver<WORDS>) {
        let (producer, consumer) = rtrb::RingBuffer::new(capacity);
        (vec![producer], consumer)
    }
}

impl<const WORDS: usize> Sender<WORDS> for rtrb::Producer<Element<WORDS>> {
    #[inline]
    fn send(&mut self, wait: Wait, count: usize, mut next: impl FnMut() -> Element<WORDS>) {
        if count == 1 {
            let mut element = next();
            while let Err(rtrb::PushError::Full(back)) = self.push(element) {
                element = back;
                pause(wait);
            }
            return;
        }
        loop {
            if let Ok(chunk) = self.write_chunk_uninit(count) {
                chunk.fill_from_iter((0..count).map(|_| next()));
                return;
            }
            pause(wait);
        }
    }
}

impl<const WORDS: usize> Receiver<WORDS> for rtrb::Consumer<Element<WORDS>> {
    #[inline]
    fn receive(&mut self, _: Wait, mut take: impl FnMut(&Element<WORDS>)) -> Received {
        let abandoned = self.is_abandoned();
        let slots = self.slots();
        if slots == 0 {
            return if abandoned { Received::End } else { Received::Nothing };
        }
        let chunk = self.read_chunk(slots).expect("so many are there");
        let (first, second) = chunk.as_slices();
        first.iter().chain(second).for_each(&mut take);
        chunk.commit_all();
        Received::Something
    }
}
