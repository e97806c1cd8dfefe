//! Members of a group share the elements: each goes to one of them, none is written while it is read,
//! none stays behind, and none is lost when a member leaves.

use super::explorer::{Model, assert_fail};
use super::whole::{FOREVER, Looker, Whole, disruptor, produce, thread};
use super::{Twin, stage};
use crate::core::group::{Group, LeftBehind};
use crate::core::reader::Reader;
use crate::core::ring::Ring;
use crate::core::sequence::NOBODY;
use crate::core::{ConsumerConfig, Disruptor, Error, ProducerMode};
use crate::sync::Shared;
use crate::sync::fences::full;
use crate::sync::steps::Step;

const GROUP: u32 = 1;

/// A member that takes one element at a time.
fn member(disruptor: &Disruptor) -> Looker {
    let config = ConsumerConfig { group: GROUP, max_batch: 1, ..ConsumerConfig::default() };
    Looker::with(disruptor, config)
}

/// Everything was taken by exactly one, and nothing holds the ring back any more.
fn assert_shared_out(whole: &Whole, members: &mut [Looker], accepted: impl Iterator<Item = u8>) {
    for member in members.iter_mut() {
        member.take_all().expect("open");
        assert!(member.got.is_sorted(), "each member goes forward");
    }
    let mut got: Vec<u8> = members.iter().flat_map(|member| member.got.clone()).collect();
    got.sort_unstable();
    assert_eq!(got, accepted.collect::<Vec<_>>(), "each element went to one of them");
    assert_eq!(whole.stats().current_lag, 0, "the line came along");
}

/// Two members, and a producer that writes the slots again as they get free.
fn two_members(capacity: usize) -> Model {
    Model::new(move || {
        let whole = disruptor(ProducerMode::Multi, capacity);
        let (mut a, mut b) = (member(&whole), member(&whole));
        for name in 0..capacity {
            assert!(produce(&whole, name as u8, 0));
        }
        let other = thread(&whole, move |_| {
            let _ = a.take(0);
            a
        });
        let producer = thread(&whole, move |whole| {
            let names = capacity as u8..2 * capacity as u8;
            names.take_while(|&name| produce(whole, name, 0)).count() as u8
        });
        let _ = b.take(0);
        let a = other.join().expect("no panic");
        let accepted = capacity as u8 + producer.join().expect("no panic");
        assert_shared_out(&whole, &mut [a, b], 0..accepted);
    })
}

fn one_slot() -> Model {
    two_members(1).up_to(3)
}

fn two_slots() -> Model {
    two_members(2).up_to(2)
}

/// One member finishes, and then produces, while another one takes and finishes: the line must neither
/// stay behind nor pass what the other one reads.
fn both_finish() -> Model {
    Model::new(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let (mut a, mut b) = (member(&whole), member(&whole));
        assert!(produce(&whole, 0, 0) && produce(&whole, 1, 0));
        a.poll(0).expect("one for each");
        let other = thread(&whole, move |_| {
            b.take(0).expect("one for each");
            b
        });
        a.release().expect("it has one");
        let accepted = 2 + (2..4).take_while(|&name| produce(&whole, name, 0)).count() as u64;
        let b = other.join().expect("no panic");
        assert_eq!(whole.stats().current_lag, accepted - 2, "the line came along");
        assert_eq!(b.got, [1]);
    })
}

/// A group whose members do what the model says.
pub(super) fn group_of(ring: &Ring) -> Shared<Group> {
    let group = Group::new(GROUP, 0, 2).expect("memory");
    group.begin(ring.enter(0));
    Shared::try_new(group).expect("memory")
}

/// A member that wants several looks how many there are, while another one takes them and a slot is written again.
fn counted() -> Model {
    Model::new(|| {
        let ring = stage::ring(2);
        let group = group_of(&ring);
        let (mut taker, mut holder) = (stage::member(&group, 1), stage::member(&group, 2));
        stage::try_produce(&ring).expect("there is room");
        let gap = ring.try_claim(1, 1).expect("there is room");
        ring.abandon_from(&gap, 0);
        ring.publish(gap);
        let take = |member: &mut Reader, ring: &Ring| {
            member.try_next(ring).map(|gathered| member.finish(ring, &gathered)).is_ok()
        };
        let other = stage::thread(&ring, move |ring| {
            let is_taken = take(&mut taker, ring);
            let _ = stage::try_produce(ring);
            is_taken
        });
        let is_taken = take(&mut holder, &ring);
        assert!(other.join().expect("no panic") || is_taken, "one of them got it");
    })
}

/// One member reads the cursor that another one has moved, and must see the hand of a third one, which saw it
/// not yet moved. It has let go of its own element, and is about to look how far the line may go.
fn three_members() -> Model {
    Model::new(|| {
        let ring = stage::ring(2);
        let group = group_of(&ring);
        let [slow, quick, done] = [(); 3].map(|()| group.sit_down().expect("room for it"));
        assert!(group.hold(done, 0) && group.take(done, 0, 1));
        group.lay_hand(done, NOBODY);
        full();
        let [slow_ones, lookers] = [(); 2].map(|()| group.clone());
        let slow_one = stage::thread(&ring, move |_| slow_ones.hold(slow, 1));
        let looking = stage::thread(&ring, move |ring| lookers.advance(ring));
        let is_quicker = group.hold(quick, 1) && group.take(quick, 1, 2);
        group.let_go(&ring, quick);
        assert!(is_quicker, "nobody else takes it");
        let is_held = slow_one.join().expect("no panic");
        looking.join().expect("no panic");
        assert!(!is_held || ring.gates.finished(0) == 1, "the line passed a hand");
        group.let_go(&ring, slow);
        assert_eq!(ring.gates.finished(0), 2, "the line came along");
    })
}

/// A member leaves with elements that it has not finished; another one, which may be asleep, gets
/// them, while a producer waits for their slots.
fn left_behind() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let (mut leaver, mut heir) = (member(&whole), member(&whole));
        assert!(produce(&whole, 0, 0));
        leaver.poll(0).expect("there is one");
        let leaver = thread(&whole, move |_| drop(leaver));
        let producer = thread(&whole, |whole| produce(whole, 1, FOREVER));
        heir.take(FOREVER).expect("open");
        leaver.join().expect("no panic");
        assert!(producer.join().expect("no panic"));
        assert_shared_out(&whole, &mut [heir], 0..2);
    })
    .up_to(2)
}

/// Two look for what a third one left behind.
fn two_heirs() -> Model {
    Model::new(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let mut leaver = member(&whole);
        let (mut a, mut b) = (member(&whole), member(&whole));
        assert!(produce(&whole, 0, 0) && produce(&whole, 1, 0));
        leaver.poll(0).expect("there is one");
        let leaver = thread(&whole, move |_| drop(leaver));
        let other = thread(&whole, move |_| {
            let _ = a.take(0);
            a
        });
        let _ = b.take(0);
        leaver.join().expect("no panic");
        let mut members = [other.join().expect("no panic"), b];
        for member in &mut members {
            member.take_all().expect("open");
        }
        let mut got: Vec<u8> = members.iter().flat_map(|member| member.got.clone()).collect();
        got.sort_unstable();
        assert_eq!(got, [0, 1], "nothing is lost, nothing comes twice");
        assert_eq!(whole.stats().current_lag, 0, "the line came along");
    })
    .up_to(2)
}

/// A member leaves its seat for that of one that left elements behind, and a newcomer sits down there: never do two
/// write its hand.
fn handed_over() -> Model {
    Model::new(|| {
        let ring = stage::ring(2);
        let group = group_of(&ring);
        let [heir, leaver] = [(); 2].map(|()| group.sit_down().expect("room for it"));
        assert!(group.hold(leaver, 0) && group.take(leaver, 0, 1));
        group.leave_behind(LeftBehind { seat: leaver, from: 0, to: 1, elements: 1 });
        let other = group.clone();
        let heir = stage::thread(&ring, move |ring| {
            other.let_go(ring, heir);
            let left = other.take_left_behind(heir).expect("there is something");
            other.let_go(ring, left.seat);
        });
        let newcomer = group.sit_down().expect("room for it");
        group.let_go(&ring, newcomer);
        heir.join().expect("no panic");
        assert_eq!(ring.gates.finished(0), 1, "the line came along");
    })
}

/// Whoever depends on a group gets an element when the member that has it is done.
fn dependent() -> Model {
    Model::new(|| {
        let whole = disruptor(ProducerMode::Multi, 2);
        let (mut a, mut b) = (member(&whole), member(&whole));
        let ids = [a.poller.id()];
        let mut dependent = Looker::new(&whole, 0, &ids);
        assert!(produce(&whole, 0, 0) && produce(&whole, 1, 0));
        a.poll(0).expect("there is one");
        assert_eq!(a.got, [0], "the first one has the first");
        let other = thread(&whole, move |_| {
            let _ = b.take(0);
            b
        });
        let looking = thread(&whole, move |_| {
            dependent.take_all().expect("open");
            dependent
        });
        a.release().expect("it has one");
        let b = other.join().expect("no panic");
        let mut dependent = looking.join().expect("no panic");
        assert!(b.got.len() == 1, "the other one was there from the beginning");
        dependent.take_all().expect("open");
        assert_eq!(dependent.got, [0, 1]);
    })
    .up_to(2)
}

/// After a close a member waits for what another one may still leave behind, and ends when that one is
/// done.
fn end() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let (mut a, mut b) = (member(&whole), member(&whole));
        assert!(produce(&whole, 0, 0));
        a.poll(0).expect("there is one");
        let _ = whole.close(0);
        let a = thread(&whole, move |_| {
            a.release().expect("it has one");
            a
        });
        assert!(matches!(b.take(FOREVER), Err(Error::Closed)));
        drop(a.join().expect("no panic"));
    })
    .up_to(3)
}

/// As `end`, where the close falls anywhere into it: who closes and the member that is done have to agree on who wakes
/// the one that waits.
fn closing() -> Model {
    Model::with_sleepers(|| {
        let whole = disruptor(ProducerMode::Multi, 1);
        let (mut a, mut b) = (member(&whole), member(&whole));
        assert!(produce(&whole, 0, 0));
        a.poll(0).expect("there is one");
        let closer = thread(&whole, |whole| whole.0.ring.close());
        let a = thread(&whole, move |_| {
            a.release().expect("it has one");
            a
        });
        assert!(matches!(b.take(FOREVER), Err(Error::Closed)));
        closer.join().expect("no panic");
        drop(a.join().expect("no panic"));
    })
    .asymmetric()
    .up_to(2)
}

pub(super) const TWINS: &[Twin] = &[
    (Step::Hand, one_slot),
    (Step::HandFence, one_slot),
    (Step::CursorAgain, one_slot),
    (Step::CountInHand, counted),
    (Step::LetGoFence, both_finish),
    (Step::CursorFirst, both_finish),
    (Step::AtLeast, both_finish),
    (Step::AtLeastRelease, one_slot),
    (Step::HeldRelease, counted),
    (Step::HeldAcquire, counted),
    (Step::CursorFence, three_members),
    (Step::SeatAcquire, handed_over),
    (Step::LeftBehindRings, left_behind),
    (Step::MemberRings, end),
    (Step::ClosingFence, closing),
];

#[test]
fn nobody_writes_what_a_member_reads() {
    one_slot().assert_holds();
    two_slots().assert_holds();
}

#[test]
fn who_wants_several_counts_under_its_hand() {
    counted().assert_holds();
}

#[test]
fn the_line_does_not_stay_behind() {
    both_finish().assert_holds();
}

#[test]
fn three_may_see_different_orders() {
    three_members().assert_holds();
}

#[test]
fn a_seat_that_changes_hands() {
    handed_over().assert_holds();
}

#[test]
fn what_a_member_leaves_behind() {
    left_behind().assert_holds();
    two_heirs().assert_holds();
}

#[test]
fn the_end_of_a_group() {
    end().assert_holds();
    closing().assert_holds();
}

#[test]
fn a_dependent_of_a_group() {
    dependent().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
