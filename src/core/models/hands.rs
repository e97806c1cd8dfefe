//! A halt counts what is in the hands of a group's members while they go on: what they have not finished, nothing twice.

use super::Twin;
use super::explorer::{Model, assert_fail};
use super::groups::group_of;
use super::stage;
use crate::core::barrier::Readable;
use crate::core::sequence::Position;
use crate::sync::steps::Step;

/// Members take two elements, alone or at odds, while somebody counts what is in their hands: it is what they have not
/// finished, nothing twice, and nothing that is finished.
fn counted_in_hands(members: usize, finished: Position) -> Model {
    Model::new(move || {
        let ring = stage::ring(2);
        let group = group_of(&ring);
        let taking = (0..members).map(|_| {
            let (seat, group) = (group.sit_down().expect("room for it"), group.clone());
            stage::thread(&ring, move |ring| {
                let take = |from| group.hold(seat, from) && group.take(seat, from, from + 1);
                let has_last = take(0)
                    && (finished == 0 || {
                        group.let_go(ring, seat);
                        take(1)
                    });
                if !has_last {
                    group.let_go(ring, seat);
                }
                has_last
            })
        });
        let taking: Vec<_> = taking.collect();
        let counted = group.clone();
        let counting = stage::thread(&ring, move |_| counted.in_hands(Readable::len));
        let taken = taking.into_iter().map(|member| member.join().expect("no panic"));
        assert_eq!(taken.filter(|&has_last| has_last).count(), 1, "nobody else got it");
        match counting.join().expect("no panic") {
            Some((in_hands, 0)) => assert_eq!(in_hands, 0, "nobody has any"),
            Some((in_hands, untaken)) if untaken > finished => {
                assert_eq!(in_hands, 1, "the last one")
            }
            Some((in_hands, _)) => assert!(in_hands <= 1, "it is finished, or not yet"),
            None => {}
        }
        let at_rest = group.in_hands(Readable::len);
        assert_eq!(at_rest, Some((1, finished + 1)), "nobody is taking any more");
    })
}

fn one_is_taking() -> Model {
    counted_in_hands(1, 0)
}

fn two_are_taking() -> Model {
    counted_in_hands(2, 0).up_to(3)
}

fn two_are_taking_again() -> Model {
    counted_in_hands(2, 1).up_to(2)
}

/// Whoever has finished its own counts what is in the hand of another one, which goes on from an element before that to one
/// behind it.
fn counted_by_another() -> Model {
    Model::new(|| {
        let ring = stage::ring(2);
        let group = group_of(&ring);
        let [seat, own] = [(); 2].map(|()| group.sit_down().expect("room for it"));
        let others = group.clone();
        let other = stage::thread(&ring, move |ring| {
            let take = |from| others.hold(seat, from) && others.take(seat, from, from + 1);
            assert!(take(0), "it is the first");
            others.let_go(ring, seat);
            take(2)
        });
        if group.hold(own, 1) && group.take(own, 1, 2) {
            group.let_go(&ring, own);
            if let Some((in_hands, _)) = group.in_hands(Readable::len) {
                assert!(in_hands <= 1, "what this one has finished");
            }
        }
        other.join().expect("no panic");
    })
}

pub(super) const TWINS: &[Twin] = &[
    (Step::HandsAcquire, one_is_taking),
    (Step::ToAcquire, counted_by_another),
    (Step::HandAgain, counted_by_another),
];

#[test]
fn what_is_being_taken_counts_once() {
    one_is_taking().assert_holds();
    two_are_taking().assert_holds();
    two_are_taking_again().assert_holds();
}

#[test]
fn what_is_finished_does_not_count() {
    counted_by_another().assert_holds();
}

#[test]
fn twins_fail() {
    assert_fail(TWINS);
}
