//! A halt ends everybody, whatever they are doing, and says exactly how much was not delivered.

use std::sync::{Arc, Mutex};

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, Noter, claim, disruptor, produce, thread, waiting};
use crate::core::{
    Batch, ConsumerConfig, Disruptor, Error, Handler, OnError, ProducerMode, WaitStrategy,
};
use crate::sync::steps::Step;
use crate::sync::{Shared, Watch};

/// A halt falls anywhere into what a producer and a consumer do, also while either of them waits.
fn halt_for(mode: ProducerMode) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(mode, 1);
        let got = Arc::new(Mutex::new(Vec::new()));
        let noter = Noter(got.clone());
        whole.register(&ConsumerConfig::default(), noter, |_| {}).expect("open");
        let producer = thread(&whole, |whole| {
            (0..2).take_while(|&name| produce(whole, name, FOREVER)).count() as u64
        });
        let missed = whole.halt(FOREVER).expect("waits for ever");
        let accepted = producer.join().expect("no panic");
        let got = got.lock().expect("no panic");
        assert_eq!(got.len() as u64 + missed, accepted, "exactly what was accepted");
        assert!(!produce(&whole, 2, 0), "halted");
        assert_eq!(whole.stats().produced, accepted);
    })
    .up_to(2)
}

fn halt() -> Model {
    halt_for(ProducerMode::Multi)
}

fn halt_single() -> Model {
    halt_for(ProducerMode::Single)
}

/// A consumer waits for a claim that its caller keeps.
fn behind_a_claim() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let got = Arc::new(Mutex::new(Vec::new()));
        let noter = Noter(got.clone());
        whole.register(&ConsumerConfig::default(), noter, |_| {}).expect("open");
        claim(&whole, 0).expect("room for two");
        assert!(produce(&whole, 1, 0));
        assert_eq!(whole.halt(FOREVER).expect("waits for ever"), 1);
        assert!(got.lock().expect("no panic").is_empty());
    })
    .up_to(2)
}

/// A claim is made while all is halted, and its caller keeps it.
fn claiming(mode: ProducerMode) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(mode, 1);
        let consumer = Looker::new(&whole, 0, &[]);
        let caller = thread(&whole, |whole| whole.claim(1, 0).is_ok());
        assert_eq!(whole.halt(FOREVER).expect("waits for ever"), 0);
        caller.join().expect("no panic");
        assert_eq!(whole.stats().produced, 0);
        drop(consumer);
    })
    .up_to(2)
}

fn claiming_multi() -> Model {
    claiming(ProducerMode::Multi).asymmetric()
}

/// A consumer holds an element back. A close would have it let go, and a halt is none.
fn held_back() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let got = Arc::new(Mutex::new(Vec::new()));
        let noter = Noter(got.clone());
        let config =
            ConsumerConfig { min_batch: 2, linger_ns: FOREVER, ..ConsumerConfig::default() };
        whole.register(&config, noter, |_| {}).expect("open");
        assert!(produce(&whole, 0, 0));
        assert_eq!(whole.halt(FOREVER).expect("waits for ever"), 1);
        assert!(got.lock().expect("no panic").is_empty());
    })
    .up_to(2)
}

/// An open claim is published while all is halted: it counts as accepted, and as missed, or not at all.
fn publishing_while(wait: WaitStrategy) -> Model {
    Model::with_sleepers(move || {
        let whole = waiting(wait, ProducerMode::Multi, 1);
        let consumer = Looker::new(&whole, 0, &[]);
        let claim = claim(&whole, 0).expect("room for one");
        let caller = thread(&whole, move |whole| whole.publish(claim, 1, 1).is_ok());
        let missed = whole.halt(FOREVER).expect("waits for ever");
        let accepted = u64::from(caller.join().expect("no panic"));
        assert_eq!(missed, accepted, "exactly what was accepted");
        assert_eq!(whole.stats().produced, accepted);
        drop(consumer);
    })
    .up_to(3)
}

fn publishing() -> Model {
    publishing_while(WaitStrategy::Block)
}

fn publishing_asymmetric() -> Model {
    publishing().asymmetric()
}

/// Whoever halts does not sleep, so no fence of a sleeper's helps.
fn publishing_awake() -> Model {
    publishing_while(WaitStrategy::Spin).asymmetric()
}

/// A claim with a length that is too long is handed in while all is halted: it stays open, or is given up.
fn too_long() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let consumer = Looker::new(&whole, 0, &[]);
        let claim = claim(&whole, 0).expect("room for one");
        let ring = &whole.0.ring;
        let taken = ring.sequencer.take_open(claim, 1).expect("it is open");
        ring.slots.abandon(&taken, claim); // which leaves a length above any other
        ring.sequencer.keep_open(&taken);
        let caller = thread(&whole, move |whole| whole.publish(claim, 1, 1).is_ok());
        let missed = whole.halt(FOREVER).expect("waits for ever");
        assert!(!caller.join().expect("no panic"), "it is refused in either case");
        assert_eq!(missed, 0);
        drop(consumer);
    })
    .up_to(3)
}

/// Somebody who only closes looks whether all claims are over, while another one halts and the last one is published: what it
/// finds is the end.
fn closing_beside() -> Model {
    Model::new(|| {
        let whole = waiting(WaitStrategy::Spin, ProducerMode::Multi, 1);
        let consumer = Looker::new(&whole, 0, &[]);
        let claim = claim(&whole, 0).expect("room for one");
        whole.0.ring.close();
        let caller = thread(&whole, move |whole| whole.publish(claim, 1, 1).is_ok());
        let halter = thread(&whole, |whole| whole.0.ring.halt());
        let closer =
            thread(&whole, |whole| whole.0.ring.claims_are_over().then(|| whole.0.ring.accepted()));
        let accepted = u64::from(caller.join().expect("no panic"));
        halter.join().expect("no panic");
        let found = closer.join().expect("no panic");
        assert!(found.is_none_or(|found| found == accepted), "accepted after the end");
        drop(consumer);
    })
    .asymmetric()
    .up_to(3)
}

/// A single producer publishes behind a claim that its caller keeps, while all is halted.
fn publishing_behind_a_claim() -> Model {
    Model::with_sleepers(|| {
        let whole = waiting(WaitStrategy::Spin, ProducerMode::Single, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        let [_, second] = [0, 1].map(|name| claim(&whole, name).expect("room for two"));
        let caller = thread(&whole, move |whole| whole.publish(second, 1, 1).is_ok());
        let missed = whole.halt(FOREVER).expect("waits for ever");
        let accepted = u64::from(caller.join().expect("no panic"));
        assert_eq!(missed, accepted, "exactly what was accepted");
        assert_eq!(whole.stats().produced, accepted);
        drop(consumer);
    })
    .asymmetric()
    .up_to(2)
}

/// Reads when it closes what was written before.
struct Closer {
    written: Shared<Watch>,
    has_read: Arc<Mutex<bool>>,
}

impl Handler for Closer {
    fn start(&mut self) {}

    fn consume(&mut self, _batch: &Batch<'_>) -> Result<(), i32> {
        unreachable!("nothing is produced")
    }

    fn failed(&mut self, _consumer: u32, _batch: &Batch<'_>, _code: i32) -> OnError {
        unreachable!("no delivery fails")
    }

    fn close(&mut self) {
        self.written.read(0);
        *self.has_read.lock().expect("no panic") = true;
    }
}

fn watch() -> Shared<Watch> {
    Shared::try_new(Watch::new(1)).expect("memory")
}

/// A consumer that is just looking is asked to end, and sees in `close` what came before the halt.
fn seen_at_the_end() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let (written, has_read) = (watch(), Arc::new(Mutex::new(false)));
        let closer = Closer { written: written.clone(), has_read: has_read.clone() };
        whole.register(&ConsumerConfig::default(), closer, |_| {}).expect("open");
        written.written(0);
        whole.halt(FOREVER).expect("waits for ever");
        // Where loom sees a race the consumer's thread panics, and goes on.
        assert!(*has_read.lock().expect("no panic"));
    })
    .asymmetric()
    .up_to(2)
}

/// Somebody is told CLOSED, and sees what came before the halt.
fn told(call: fn(&Disruptor, u64) -> Result<(), Error>) -> Model {
    Model::with_sleepers(move || {
        let whole = disruptor(ProducerMode::Multi, 2);
        let consumer = Looker::new(&whole, 0, &[]);
        assert!(produce(&whole, 0, 0));
        let first = claim(&whole, 1).expect("room for two");
        let written = watch();
        let callers = written.clone();
        let told = thread(&whole, move |whole| {
            if call(whole, first) == Err(Error::Closed) {
                callers.read(0);
            }
        });
        written.written(0);
        whole.0.ring.halt();
        told.join().expect("no panic");
        drop(consumer);
    })
    .asymmetric()
    .up_to(2)
}

fn told_by_publish() -> Model {
    told(|whole, first| whole.publish(first, 1, 1))
}

fn told_by_flush() -> Model {
    told(|whole, _| whole.flush(FOREVER))
}

pub(super) const TWINS: &[Twin] = &[
    (Step::HaltFirst, held_back),
    (Step::AskRings, behind_a_claim),
    (Step::AskRelease, seen_at_the_end),
    (Step::AskAcquire, seen_at_the_end),
    (Step::HaltRelease, told_by_publish),
    (Step::HaltRelease, told_by_flush),
    (Step::HaltAcquire, told_by_flush),
    (Step::CloseRefuses, halt),
    (Step::CertainRelease, closing_beside),
    (Step::CertainAcquire, closing_beside),
    (Step::HalterFence, closing_beside),
    (Step::HaltedFence, closing_beside),
    (Step::HaltedFence, publishing_asymmetric),
    (Step::HaltRefuses, publishing),
    (Step::OpenedFence, claiming_multi),
    (Step::OpenedRings, claiming_multi),
    (Step::LaterRelease, publishing_behind_a_claim),
    (Step::LaterAcquire, publishing_behind_a_claim),
];

#[test]
fn what_is_held_back_stays() {
    held_back().assert_holds();
}

#[test]
fn exact_counts() {
    halt().assert_holds();
}

#[test]
fn exact_counts_single() {
    halt_single().assert_holds();
}

#[test]
fn no_wait_for_an_open_claim() {
    behind_a_claim().assert_holds();
}

#[test]
fn a_claim_that_is_being_made() {
    claiming(ProducerMode::Multi).assert_holds();
    claiming_multi().assert_holds();
    claiming(ProducerMode::Single).assert_holds();
}

#[test]
fn a_claim_that_is_being_published() {
    publishing().assert_holds();
    publishing_asymmetric().assert_holds();
    publishing_awake().assert_holds();
    too_long().assert_holds();
}

#[test]
fn a_close_beside_it() {
    closing_beside().assert_holds();
}

#[test]
fn behind_a_claim_that_stays_open() {
    publishing_behind_a_claim().assert_holds();
}

#[test]
fn what_came_before_it() {
    seen_at_the_end().assert_holds();
    told_by_publish().assert_holds();
    told_by_flush().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
