use super::stage::*;
use super::*;
use crate::sync::steps::{Step, without};

fn newcomer() -> Model {
    exhaustive(|| {
        let ring = ring(1);
        let mut a = Reader::enter(&ring, 1);
        let p1 = thread(&ring, |ring| {
            if let Ok(c) = ring.try_claim(1, 2) {
                write(ring, &c);
                ring.publish(c)
            };
        });
        let p2 = thread(&ring, move |ring| {
            let _ = try_produce(ring);
            a.look(ring);
            let _ = try_produce(ring);
        });
        let n = Reader::enter(&ring, 0);
        p1.join().unwrap();
        p2.join().unwrap();
        assert!(ring.sequencer.claimed() <= n.next + 1);
    })
}
fn newcomer_reads() -> Model {
    exhaustive(|| {
        let ring = ring(1);
        let mut a = Reader::enter(&ring, 1);
        let p2 = thread(&ring, move |ring| {
            let _ = try_produce(ring);
            a.look(ring);
            let _ = try_produce(ring);
            a.look(ring);
            let _ = try_produce(ring);
        });
        let mut n = Reader::enter(&ring, 0);
        n.see_older_claims_through(&ring);
        n.look(&ring);
        p2.join().unwrap();
        n.look(&ring);
        assert_eq!(n.next, ring.sequencer.claimed());
    })
}
fn open_claim() -> Model {
    exhaustive(|| {
        let ring = ring(1);
        let _a = Reader::enter(&ring, 0);
        let p1 = thread(&ring, |ring| try_produce(ring).is_ok());
        let p2 = thread(&ring, |ring| try_produce(ring).is_ok());
        let mut n = Reader::enter(&ring, 1);
        ring.leave(0, false);
        n.see_older_claims_through(&ring);
        let r = (p1.join().unwrap(), p2.join().unwrap(), n.start());
        eprintln!("{r:?}");
        n.look(&ring);
        assert_eq!(n.next, ring.sequencer.claimed());
    })
}
fn open_claim_last() -> Model {
    exhaustive(|| {
        let ring = ring(1);
        let _a = Reader::enter(&ring, 0);
        let p1 = thread(&ring, |ring| try_produce(ring).is_ok());
        let p2 = thread(&ring, |ring| try_produce(ring).is_ok());
        ring.leave(0, true);
        let mut n = Reader::enter(&ring, 1);
        n.see_older_claims_through(&ring);
        p1.join().unwrap();
        p2.join().unwrap();
        n.look(&ring);
        assert_eq!(n.next, ring.sequencer.claimed());
    })
}
fn last_leaves() -> Model {
    exhaustive(|| {
        let ring = ring(1);
        let mut a = Reader::enter(&ring, 0);
        let p = thread(&ring, |ring| {
            let _ = try_produce(ring);
            let _ = try_produce(ring);
        });
        a.look(&ring);
        ring.leave(0, true);
        let end = ring.sequencer.claimed();
        let mut n = Reader::enter(&ring, 1);
        n.see_older_claims_through(&ring);
        n.look(&ring);
        p.join().unwrap();
        n.look(&ring);
        assert_eq!(n.start(), end);
        assert_eq!(n.next, ring.sequencer.claimed());
    })
}
#[test]
fn newcomer_holds() {
    newcomer().holds()
}
#[test]
fn newcomer_no_fence() {
    without(Step::PublisherFence, || newcomer().holds())
}
#[test]
fn newcomer_reads_holds() {
    newcomer_reads().holds()
}
#[test]
fn open_claim_holds() {
    open_claim().holds()
}
#[test]
fn open_claim_last_holds() {
    open_claim_last().holds()
}
#[test]
fn last_leaves_holds() {
    last_leaves().holds()
}
#[test]
fn last_leaves_no_fence() {
    without(Step::PublisherFence, || last_leaves().holds())
}
#[test]
fn twins() {
    for step in [
        Step::GateFirst,
        Step::GateCeiling,
        Step::ClaimedAcquire,
        Step::OpenRelease,
        Step::OpenClaims,
        Step::LastRefuses,
        Step::LeaveRelease,
        Step::FinishRelease,
        Step::FinishAcquire,
        Step::MarkAcquire,
        Step::MarkRelease,
    ] {
        for m in [newcomer, newcomer_reads, open_claim, open_claim_last, last_leaves] {
            eprintln!("{step:?}: {}", without(step, || m().fails()));
        }
    }
}

#[test]
fn x1() {
    eprintln!("{}", without(Step::OpenClaims, || open_claim().fails()))
}
