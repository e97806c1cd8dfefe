//! I5 on its own: whoever waits for a change is woken by it, or has seen it.

use loom::thread::spawn;

use super::Twin;
use super::explorer::{Model, assert_fail};
use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;
use crate::sync::steps::Step;
use crate::sync::{AtomicBool, Ordering, Shared};

/// Something that changes, and the bell that is rung then.
struct Door {
    bell: EventCount,
    is_open: AtomicBool,
}

impl Door {
    fn new() -> Shared<Self> {
        let door = Self { bell: EventCount::new(), is_open: AtomicBool::new(false) };
        Shared::try_new(door).expect("memory")
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::Release);
        self.bell.notify();
    }

    fn wait(&self) {
        let is_open = || self.is_open.load(Ordering::Acquire).then_some(());
        self.bell.sleep_until(Deadline::NEVER, is_open).expect("waits for ever");
    }
}

/// A lost wake-up leaves the sleeper asleep when everybody else is done: a deadlock.
fn one_sleeper() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new();
        let opener = door.clone();
        let opener = spawn(move || opener.open());
        door.wait();
        opener.join().expect("opens");
    })
}

/// One ring wakes all who sleep.
fn two_sleepers() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new();
        let sleepers = [door.clone(), door.clone()].map(|door| spawn(move || door.wait()));
        door.open();
        let _ = sleepers.map(|sleeper| sleeper.join().expect("wakes"));
    })
    .up_to(3)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::Announce, one_sleeper),
    (Step::LookAgain, one_sleeper),
    (Step::SleeperFence, one_sleeper),
    (Step::PublisherFence, one_sleeper),
    (Step::LockToWake, one_sleeper),
    (Step::Wake, one_sleeper),
];

#[test]
fn a_sleeper_is_woken() {
    one_sleeper().assert_holds();
}

#[test]
fn two_sleepers_are_woken() {
    two_sleepers().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
