//! A dependency leaves and its line is used again: its dependent never takes the newcomer's position,
//! nor nobody's, for its dependency's.

use loom::thread::{JoinHandle, spawn};

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::stage::{Looker, consume, produce, ring, try_produce};
use super::whole;
use crate::core::ProducerMode;
use crate::core::consumer::Consumer;
use crate::core::gating::Line;
use crate::core::ring::{Entry, Ring};
use crate::core::topology::{Member, Standing, Topology};
use crate::sync::steps::Step;
use crate::sync::{Monitor, Shared};

/// A ring with the lock under which consumers come and go.
struct House {
    ring: Shared<Ring>,
    topology: Monitor<Topology>,
}

impl House {
    fn new(capacity: usize) -> Shared<Self> {
        let topology = Monitor::new(Topology::new(2));
        Shared::try_new(Self { ring: ring(capacity), topology }).expect("memory")
    }

    fn enter(&self, depends_on: &[u32]) -> (u32, Line, Entry) {
        let mut topology = self.topology.lock();
        let id = topology.reserve().expect("room for two consumers");
        let upstream = topology.upstream_of(depends_on).expect("they are there");
        let line = topology.free_line().expect("room for two consumers");
        let entry = self.ring.enter(line);
        let consumer = Consumer::new(id, String::new(), line);
        topology.insert(Member {
            consumer: Shared::try_new(consumer).expect("memory"),
            standing: Standing::Registered,
            upstream,
            start: entry.start,
            group: None,
            is_holder: false,
            is_poller: false,
            final_position: 0,
            final_lag: 0,
            has_ended: false,
            thread: None,
            waits_for: None,
        });
        (id, line, entry)
    }

    fn leave(&self, id: u32) {
        let mut topology = self.topology.lock();
        let line = topology.get(id).expect("it is there").consumer.line;
        topology.leave(id, Standing::Unregistered);
        self.ring.leave(line, false);
    }
}

fn thread<T: 'static>(
    house: &Shared<House>,
    main: impl FnOnce(&House) -> T + 'static,
) -> JoinHandle<T> {
    let house = house.clone();
    spawn(move || main(&house))
}

/// Looks while the line that it depends on changes hands.
fn replaced() -> Model {
    Model::new(|| {
        let house = House::new(2);
        let (upstream, ..) = house.enter(&[]);
        let (id, line, entry) = house.enter(&[upstream]);
        let mut dependent = Looker::entered(id, line, entry);
        let follow = |dependent: &mut Looker| {
            house.topology.lock().follow(id, &house.ring, &mut dependent.reader.barrier);
        };
        follow(&mut dependent);
        let producer = thread(&house, |house| try_produce(&house.ring).is_ok());
        let change = thread(&house, move |house| {
            house.leave(upstream);
            assert_eq!(house.enter(&[]).1, 0, "its line is used again");
        });
        for _ in 0..2 {
            if !dependent.look(&house.ring) {
                follow(&mut dependent);
            }
        }
        producer.join().expect("no panic");
        change.join().expect("no panic");
        while !dependent.look(&house.ring) {
            follow(&mut dependent);
        }
        assert_eq!(dependent.next, 1);
    })
    .up_to(3)
}

/// Sleeps behind a dependency that leaves.
fn asleep() -> Model {
    Model::with_sleepers(|| {
        let house = House::new(1);
        let (upstream, ..) = house.enter(&[]);
        let (id, line, entry) = house.enter(&[upstream]);
        let leaver = thread(&house, move |house| {
            produce(&house.ring).expect("room for one");
            house.ring.close();
            house.leave(upstream);
        });
        let follow = |_: &Consumer, barrier: &mut _| {
            house.topology.lock().follow(id, &house.ring, barrier);
        };
        let (next, _) = consume(&house.ring, id, line, entry, follow);
        assert_eq!(next, 1);
        leaver.join().expect("no panic");
    })
    .up_to(2)
}

/// The middle of a chain leaves while elements flow: the last one inherits the first one, and gets
/// nothing that the first one may still be changing.
fn middle_leaves() -> Model {
    Model::new(|| {
        let whole = whole::disruptor(ProducerMode::Multi, 1);
        let mut first = whole::Looker::new(&whole, 0, &[]);
        let middle = whole::Looker::new(&whole, 0, &[first.poller.id()]);
        let mut last = whole::Looker::new(&whole, 0, &[middle.poller.id()]);
        let stages = whole::thread(&whole, move |whole| {
            assert!(whole::produce(whole, 0, 0));
            first.poll(0).expect("there is one");
            first.change();
            first.release().expect("it has one");
            first
        });
        let middle = whole::thread(&whole, move |_| drop(middle));
        last.take_all().expect("open");
        middle.join().expect("no panic");
        let first = stages.join().expect("no panic");
        last.take_all().expect("open");
        assert_eq!((&*first.got, &*last.got), (&[0][..], &[0][..]));
    })
    .up_to(3)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::GraphFirst, replaced),
    (Step::CheckGraph, replaced),
    (Step::GoneRelease, asleep),
    (Step::Inherit, middle_leaves),
    (Step::FinishRelease, middle_leaves),
    (Step::FinishAcquire, middle_leaves),
];

#[test]
fn a_line_that_changes_hands() {
    replaced().assert_holds();
}

#[test]
fn a_dependency_that_leaves() {
    asleep().assert_holds();
}

#[test]
fn the_middle_of_a_chain_that_leaves() {
    middle_leaves().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
