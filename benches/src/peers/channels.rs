//! Channels: crossbeam-channel, kanal and the standard library's, all bounded. They take elements one at a time.

use std::sync::mpsc;

use super::element::Element;
use super::queue::{Queue, Received, Receiver, Sender, pause};
use crate::workload::Wait;

/// The channels differ in their types and in how they say that there is nothing.
macro_rules! channel {
    ($name:ident, $sender:ty, $receiver:ty, $new:expr, $try_send:expr, $try_receive:expr) => {
        pub(super) struct $name;

        impl Queue for $name {
            const MANY_SENDERS: bool = true;
            type Sender<const WORDS: usize> = $sender;
            type Receiver<const WORDS: usize> = $receiver;

            fn new<const WORDS: usize>(
                capacity: usize,
                senders: usize,
            ) -> (Vec<Self::Sender<WORDS>>, Self::Receiver<WORDS>) {
                let (sender, receiver) = $new(capacity);
                (vec![sender; senders], receiver)
            }
        }

        impl<const WORDS: usize> Sender<WORDS> for $sender {
            #[inline]
            fn send(&mut self, wait: Wait, count: usize, mut next: impl FnMut() -> Element<WORDS>) {
                for _ in 0..count {
                    let element = next();
                    if wait == Wait::Block {
                        Self::send(self, element).expect("the consumer stays");
                    } else {
                        while !$try_send(self, element) {
                            pause(wait);
                        }
                    }
                }
            }
        }

        impl<const WORDS: usize> Receiver<WORDS> for $receiver {
            #[inline]
            fn receive(&mut self, wait: Wait, mut take: impl FnMut(&Element<WORDS>)) -> Received {
                if wait == Wait::Block {
                    return match self.recv() {
                        Ok(element) => {
                            take(&element);
                            Received::Something
                        }
                        Err(_) => Received::End,
                    };
                }
                let mut received = Received::Nothing;
                loop {
                    match $try_receive(self) {
                        Ok(element) => {
                            take(&element);
                            received = Received::Something;
                        }
                        Err(end) if end && received == Received::Nothing => return Received::End,
                        Err(_) => return received,
                    }
                }
            }
        }
    };
}

channel!(
    Crossbeam,
    crossbeam_channel::Sender<Element<WORDS>>,
    crossbeam_channel::Receiver<Element<WORDS>>,
    crossbeam_channel::bounded,
    |sender: &Self, element| sender.try_send(element).is_ok(),
    |receiver: &Self| receiver.try_recv().map_err(|error| error.is_disconnected())
);

channel!(
    Kanal,
    kanal::Sender<Element<WORDS>>,
    kanal::Receiver<Element<WORDS>>,
    kanal::bounded,
    |sender: &Self, element| sender.try_send(element).expect("the consumer stays"),
    |receiver: &Self| match receiver.try_recv() {
        Ok(Some(element)) => Ok(element),
        Ok(None) => Err(false),
        Err(_) => Err(true),
    }
);

channel!(
    Std,
    mpsc::SyncSender<Element<WORDS>>,
    mpsc::Receiver<Element<WORDS>>,
    mpsc::sync_channel,
    |sender: &Self, element| sender.try_send(element).is_ok(),
    |receiver: &Self| receiver
        .try_recv()
        .map_err(|error| error == mpsc::TryRecvError::Disconnected)
);
