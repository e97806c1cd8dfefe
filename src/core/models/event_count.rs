use super::*;
use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;
use crate::sync::steps::{Step, without};
use crate::sync::{AtomicU64, Ordering, Shared};
use loom::thread;

struct Bell {
    bell: EventCount,
    changes: [AtomicU64; 2],
}
impl Bell {
    fn new() -> Shared<Self> {
        Shared::try_new(Self {
            bell: EventCount::new(),
            changes: [AtomicU64::new(0), AtomicU64::new(0)],
        })
        .unwrap()
    }
    fn change(&self, which: usize) {
        self.changes[which].store(1, Ordering::Release);
        self.bell.notify();
    }
    fn wait(&self, which: usize) {
        self.bell.sleep_until(Deadline::NEVER, || {
            (self.changes[which].load(Ordering::Acquire) == 1).then_some(())
        });
    }
}
fn one() -> Model {
    exhaustive(|| {
        let bell = Bell::new();
        let sleeper = thread::spawn({
            let bell = bell.clone();
            move || bell.wait(0)
        });
        bell.change(0);
        sleeper.join().unwrap();
    })
}
fn two_sleepers() -> Model {
    exhaustive(|| {
        let bell = Bell::new();
        let a = thread::spawn({
            let bell = bell.clone();
            move || bell.wait(0)
        });
        let b = thread::spawn({
            let bell = bell.clone();
            move || bell.wait(0)
        });
        bell.change(0);
        a.join().unwrap();
        b.join().unwrap();
    })
}
fn two_publishers() -> Model {
    exhaustive(|| {
        let bell = Bell::new();
        let a = thread::spawn({
            let bell = bell.clone();
            move || {
                bell.wait(0);
                bell.wait(1);
            }
        });
        let b = thread::spawn({
            let bell = bell.clone();
            move || bell.change(0)
        });
        bell.change(1);
        a.join().unwrap();
        b.join().unwrap();
    })
}
#[test]
fn one_holds() {
    one().holds()
}
#[test]
fn two_sleepers_holds() {
    two_sleepers().holds()
}
#[test]
fn two_publishers_holds() {
    two_publishers().holds()
}
#[test]
fn twins() {
    for step in
        [Step::Announce, Step::LookAgain, Step::SleeperFence, Step::PublisherFence, Step::Wake]
    {
        for m in [one, two_sleepers, two_publishers] {
            eprintln!("{step:?}: {}", without(step, || m().fails()));
        }
    }
}
