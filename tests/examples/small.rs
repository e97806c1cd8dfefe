//! The example programs of one file each: what they print.

use std::process::Command;

use super::place::example;
use super::process::Run;

#[test]
fn hello_prints_what_went_through_the_ring() {
    let run = Run::of(&mut example("hello")).exits(0).silently();
    assert_eq!(run.stdout, "Hello,\nfrom the other side\nof the ring.\n");
}

#[test]
fn a_pipeline_changes_elements_in_place() {
    let run = Run::of(&mut example("pipeline")).exits(0).silently();
    let prices = [40, 25, 3];
    let cents: usize = (0..100_000).map(|n| (1 + n % 9) * prices[n % 3]).sum();
    let items: usize = (0..100_000).map(|n| 1 + n % 9).sum();
    let total = format!("{}.{:02}", cents / 100, cents % 100);
    assert_eq!(run.stdout, format!("100000 orders, {items} items, {total} in all\n"));
}

#[test]
fn a_diamond_waits_for_both_sides() {
    let run = Run::of(&mut example("diamond")).exits(0).silently();
    assert_eq!(run.stdout, "200000 payments, balance 19900000, 0 applied too early\n");
}

#[test]
fn workers_share_the_jobs() {
    let run = Run::of(&mut example("work_sharing")).exits(0).silently();
    let (workers, audit) = run.stdout.split_at(run.stdout.find("audit").expect("it sees all"));
    let sum: u64 = (0..5000).map(|n| n * n).sum();
    assert_eq!(audit, format!("audit saw 5000 jobs, the sum of their squares is {sum}\n"));
    let done = workers.lines().enumerate().map(|(n, line)| {
        let done = line.strip_prefix(&format!("worker {n} did ")).expect("one line each");
        done.split(' ').next().and_then(|jobs| jobs.parse().ok()).expect("a number of jobs")
    });
    let done: Vec<u64> = done.collect();
    assert_eq!((done.len(), done.iter().sum()), (4, 5000), "{run:#?}");
    // That it did less than the others is up to who gets a processor, and for how long.
    assert!(workers.lines().next().is_some_and(|line| line.ends_with(", slowly")), "{run:#?}");
}

#[test]
fn claims_are_read_in_their_order() {
    let run = Run::of(&mut example("zero_copy")).exits(0).silently();
    let expected = "publishing the third claim\ngiving up the second\npublishing the first\n\
                    0: inner, 20.5 degrees\n1: outer, -4.0 degrees\n3: attic, 31.5 degrees\n\
                    all three readings, in the order of their claims\n";
    assert_eq!(run.stdout, expected);
}

#[test]
fn a_stream_is_published_bit_by_bit() {
    let run = Run::of(&mut example("streaming")).exits(0).silently();
    let sum: i64 = (0..1_234_567).map(|time| time % 2001 - 1000).sum();
    assert_eq!(run.stdout, format!("1234567 samples from -1000 to 1000, their sum is {sum}\n"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_loop_polls_beside_a_timer() {
    let run = Run::of(&mut example("event_loop")).exits(0).silently();
    run.says("10000 numbers, their sum is 49995000; ");
}

#[test]
fn a_graph_shows_who_holds_the_producers_back() {
    let run = Run::of(&mut example("graph")).exits(0).silently();
    let run = run.says("digraph \"events\" {").says("producers -> ring;").says("64 of 64 in use");
    let run = run.says("label=\"group 1\"").says("lhead=cluster_1").says("ltail=cluster_1");
    // The replica is slow, and `apply`, as late as it, is not to blame.
    let red = run.stdout.lines().filter(|line| line.contains("holds the producers back"));
    let red: Vec<&str> = red.collect();
    assert!(matches!(red[..], [node] if node.contains("<B>replica</B>")), "{run:#?}");
    run.says("c2 -> producers [style=dashed");
}

#[test]
fn python_produces_consumes_and_polls() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("the example in Python is not run: python3 is not installed");
        return;
    }
    let mut python = xtask::example::python().unwrap_or_else(|error| panic!("{error}"));
    let run = Run::of(&mut python).exits(0).silently();
    assert_eq!(run.stdout, "20000 lines, the last one is LINE 19999\n");
}
