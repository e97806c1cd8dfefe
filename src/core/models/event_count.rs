//! I5 on its own: whoever waits for a change is woken by it, or has seen it.

use loom::thread::spawn;

use super::Twin;
use super::explorer::{Model, assert_fail};
use crate::core::event_count::EventCount;
use crate::sync::clock::Deadline;
use crate::sync::signal::Signal;
use crate::sync::steps::Step;
use crate::sync::{AtomicU32, Ordering, Shared};

/// A door with some locks, and the bell that is rung whenever one of them is opened.
struct Door {
    bell: EventCount,
    locked: AtomicU32,
}

impl Door {
    fn new(locks: u32) -> Shared<Self> {
        let door = Self { bell: EventCount::new(), locked: AtomicU32::new(locks) };
        Shared::try_new(door).expect("memory")
    }

    fn unlock(&self) {
        self.locked.fetch_sub(1, Ordering::Release);
        self.bell.notify();
    }

    fn is_open(&self) -> bool {
        self.locked.load(Ordering::Acquire) == 0
    }

    fn wait(&self) {
        let is_open = || self.is_open().then_some(());
        self.bell.sleep_until(Deadline::NEVER, is_open).expect("waits for ever");
    }

    /// As `wait`, for an event loop, which sleeps on its signal; as a poller arms it.
    fn wait_for_signal(&self) {
        let signal = Signal::new_raised().expect("a signal");
        let signal = Shared::try_new(signal).expect("memory");
        loop {
            signal.wait_until_raised();
            signal.lower();
            self.bell.raise_next(&signal);
            if self.is_open() {
                break;
            }
        }
        self.bell.forget(&signal);
    }
}

/// A lost wake-up leaves the sleeper asleep when everybody else is done: a deadlock.
fn one_sleeper() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new(1);
        let opener = door.clone();
        let opener = spawn(move || opener.unlock());
        door.wait();
        opener.join().expect("opens");
    })
}

fn one_sleeper_asymmetric() -> Model {
    one_sleeper().asymmetric()
}

/// One ring wakes all who sleep.
fn two_sleepers() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new(1);
        let sleepers = [door.clone(), door.clone()].map(|door| spawn(move || door.wait()));
        door.unlock();
        let _ = sleepers.map(|sleeper| sleeper.join().expect("wakes"));
    })
    .up_to(3)
}

/// Two make a change each, of which the sleeper needs both.
fn two_openers() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new(2);
        let openers = [door.clone(), door.clone()].map(|door| spawn(move || door.unlock()));
        door.wait();
        let _ = openers.map(|opener| opener.join().expect("opens"));
    })
    .up_to(3)
}

/// An event loop arms its signal again after each change; none of the raises may be lost.
fn event_loop() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new(2);
        let opener = door.clone();
        let opener = spawn(move || {
            opener.unlock();
            opener.unlock();
        });
        door.wait_for_signal();
        opener.join().expect("opens");
    })
    .up_to(4)
}

fn event_loop_asymmetric() -> Model {
    event_loop().asymmetric().up_to(3)
}

/// A thread and an event loop wait at the same bell.
fn sleeper_and_event_loop() -> Model {
    Model::with_sleepers(|| {
        let door = Door::new(1);
        let sleeper = door.clone();
        let sleeper = spawn(move || sleeper.wait());
        let event_loop = door.clone();
        let event_loop = spawn(move || event_loop.wait_for_signal());
        door.unlock();
        sleeper.join().expect("wakes");
        event_loop.join().expect("wakes");
    })
    .up_to(3)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::Announce, one_sleeper),
    (Step::LookAgain, one_sleeper),
    (Step::SleeperFence, one_sleeper),
    (Step::SleeperFence, one_sleeper_asymmetric),
    (Step::PublisherFence, one_sleeper),
    (Step::PublisherFence, one_sleeper_asymmetric),
    (Step::HeavyIsHeavy, one_sleeper_asymmetric),
    (Step::HeavyIsHeavy, event_loop_asymmetric),
    (Step::LockToWake, one_sleeper),
    (Step::Wake, one_sleeper),
    (Step::SignalAnnounce, event_loop),
    (Step::SignalFence, event_loop),
    (Step::SignalFence, event_loop_asymmetric),
    (Step::SignalRaise, event_loop),
];

#[test]
fn a_sleeper_is_woken() {
    one_sleeper().assert_holds();
    one_sleeper_asymmetric().assert_holds();
}

#[test]
fn two_sleepers_are_woken() {
    two_sleepers().assert_holds();
}

#[test]
fn by_the_second_of_two() {
    two_openers().assert_holds();
}

#[test]
fn an_event_loop_is_woken() {
    event_loop().assert_holds();
    event_loop_asymmetric().assert_holds();
    sleeper_and_event_loop().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
