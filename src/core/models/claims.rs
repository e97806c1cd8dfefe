use super::stage::*;
use super::*;
use crate::sync::steps::{Step, without};

fn any_order() -> Model {
    exhaustive(|| {
        let ring = ring(2);
        let mut reader = Reader::enter(&ring, 0);
        let p = [(); 2].map(|()| {
            thread(&ring, |ring| {
                try_produce(ring).unwrap();
            })
        });
        reader.look(&ring);
        for p in p {
            p.join().unwrap();
        }
        reader.look(&ring);
        assert_eq!(reader.next, 2);
    })
}
fn room_first() -> Model {
    exhaustive(|| {
        let ring = ring(1);
        let mut reader = Reader::enter(&ring, 0);
        let a = thread(&ring, |ring| try_produce(ring).is_ok() as u64);
        let b = thread(&ring, |ring| try_produce(ring).is_ok() as u64);
        reader.look(&ring);
        let n = a.join().unwrap() + b.join().unwrap();
        reader.look(&ring);
        assert_eq!(reader.next, n);
        assert_eq!(ring.sequencer.claimed(), n);
    })
}
fn cached_gate() -> Model {
    exhaustive(|| {
        let ring = ring(2);
        let mut reader = Reader::enter(&ring, 0);
        try_produce(&ring).unwrap();
        try_produce(&ring).unwrap();
        let a = thread(&ring, |ring| try_produce(ring).is_ok() as u64);
        let b = thread(&ring, |ring| try_produce(ring).is_ok() as u64);
        reader.look(&ring);
        let n = 2 + a.join().unwrap() + b.join().unwrap();
        reader.look(&ring);
        assert_eq!(reader.next, n);
        assert_eq!(ring.sequencer.claimed(), n);
    })
}
#[test]
fn any_order_holds() {
    any_order().holds()
}
#[test]
fn room_first_holds() {
    room_first().holds()
}
#[test]
fn cached_gate_holds() {
    cached_gate().holds()
}
#[test]
fn any_order_no_fence() {
    without(Step::PublisherFence, || any_order().holds())
}
#[test]
fn room_first_no_fence() {
    without(Step::PublisherFence, || room_first().holds())
}
#[test]
fn cached_gate_no_fence() {
    without(Step::PublisherFence, || cached_gate().holds())
}
#[test]
fn twins() {
    for step in [
        Step::RoomFirst,
        Step::MarkRelease,
        Step::MarkAcquire,
        Step::FinishRelease,
        Step::FinishAcquire,
        Step::GateRelease,
        Step::GateAcquire,
    ] {
        for m in [any_order, room_first, cached_gate] {
            eprintln!("{step:?}: {}", without(step, || m().fails()));
        }
    }
}
