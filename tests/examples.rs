//! The example programs, built as a user would: what the small ones print (`small`); and the flights, run on real data:
//! what they store, and what they say when something is wrong with the file, the disk or the database.
#![cfg(all(unix, not(loom)))]

#[path = "examples/place.rs"]
mod place;
#[path = "examples/process.rs"]
mod process;
#[path = "examples/small.rs"]
mod small;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use place::{Place, flight_of, flights_program, january, january_text, some_flights};
use process::{Run, Running};

const FLIGHTS_IN_JANUARY: usize = 27_004;

// ---- What it does ----

#[test]
fn a_month_of_flights_arrives_everywhere() {
    let place = Place::new("month");
    let run = Run::of(&mut place.flights(&january())).exits(0).silently();
    let run = run.says("27,004 flights in 27,005 lines, 2,481,495 bytes");
    let run = run.says("27,004 flights, the input byte for byte");
    let run = run.says("Tulsa Intl").says("JetBlue Airways");
    // The disruptor's own report knows its consumers by their names.
    let report = run.stdout.rsplit("byte for byte").next().unwrap_or_default();
    for consumer in ["flights.db", "delays.db", "journal.csv"] {
        assert!(report.contains(consumer), "{consumer} is not in the report: {report}");
    }
    assert_eq!(place.stored(), [FLIGHTS_IN_JANUARY; 3]);
    place.journal_is(january_text());
}

#[test]
fn columns_have_the_types_and_values_of_the_file() {
    let place = Place::new("columns");
    Run::of(&mut place.flights(&january())).exits(0);
    let mut expected = String::new();
    for line in january_text().lines().skip(1) {
        let values = line.split(',').map(|value| if value == "NA" { "NULL" } else { value });
        expected += &values.collect::<Vec<_>>().join("|");
        expected += "\n";
    }
    let stored = place.query("flights.db", "SELECT * FROM flights ORDER BY rowid");
    assert!(stored == expected, "the table is not the file");
    let types = "SELECT DISTINCT typeof(year), typeof(distance), typeof(dest) FROM flights";
    assert_eq!(place.query("flights.db", types), "integer|integer|text\n");
}

/// What the file says about one airline or destination.
#[derive(Default)]
struct Delays {
    flights: usize,
    cancelled: usize,
    arrived: usize,
    minutes: i64,
    worst: Option<i64>,
}

#[test]
fn statistics_are_those_of_the_file() {
    let place = Place::new("statistics");
    Run::of(&mut place.flights(&january())).exits(0);
    for (table, column) in [("airlines", 9), ("airports", 13)] {
        let mut delays = BTreeMap::<String, Delays>::new();
        for line in january_text().lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let entry = delays.entry(fields[column].to_owned()).or_default();
            entry.flights += 1;
            entry.cancelled += usize::from(fields[3] == "NA");
            if let Ok(delay) = fields[8].parse::<i64>() {
                entry.arrived += 1;
                entry.minutes += delay;
                entry.worst = entry.worst.max(Some(delay));
            }
        }
        let mut expected = String::new();
        for (code, Delays { flights, cancelled, arrived, minutes, worst }) in delays {
            let worst = worst.map_or("NULL".to_owned(), |minutes| minutes.to_string());
            writeln!(expected, "{code}|{flights}|{cancelled}|{arrived}|{minutes}|{worst}")
                .expect("fits");
        }
        let sql = format!(
            "SELECT code, flights, cancelled, arrived, delay_minutes, worst_delay FROM {table} ORDER BY code"
        );
        assert_eq!(place.query("delays.db", &sql), expected);
    }
}

#[test]
fn any_ring_will_do() {
    let place = Place::new("ring");
    let text = some_flights(300);
    let input = place.file("some.csv", &text);
    for ring in ["1", "2", "3", "1000"] {
        Run::of(place.flights(&input).args(["--ring", ring])).exits(0).silently();
        assert_eq!(place.stored(), [300; 3], "--ring {ring}");
        place.journal_is(&text);
    }
}

#[test]
fn a_repeated_file_is_in_the_journal_as_often() {
    let place = Place::new("repeat");
    let text = some_flights(1000);
    let input = place.file("some.csv", &text);
    Run::of(place.flights(&input).arg("--repeat=3")).exits(0).silently().says("3,000 flights");
    assert_eq!(place.stored(), [3000; 3]);
    place.journal_is(text.repeat(3));
}

#[test]
fn what_cannot_be_repeated_is_refused() {
    let place = Place::new("no-repeat");
    let input = place.file("cut.csv", some_flights(3).trim_end());
    let run = Run::of(place.flights(&input).args(["--repeat", "2"])).exits(1);
    run.complains("its last line has no end");
    let run = Running::start(fed(&place).args(["--repeat", "2"])).end().exits(1);
    run.complains("cannot read /dev/stdin more than once");
}

#[test]
fn every_kind_of_line_comes_back_byte_for_byte() {
    let place = Place::new("bytes");
    let header = some_flights(0);
    let long = flight_of(&"N".repeat(16_000));
    let quoted = flight_of("\"N1, \"\"the first\"\"\"");
    let texts = [
        ("CRLF", some_flights(100).replace('\n', "\r\n"), 100),
        ("no end", some_flights(100).trim_end().to_owned(), 100),
        ("CRLF and no end", some_flights(100).replace('\n', "\r\n").trim_end().to_owned(), 100),
        ("quoted", format!("{header}{quoted}"), 1),
        ("long", format!("{header}{long}{}{long}", flight_of("N1")), 3),
        ("two headers", some_flights(5).repeat(2), 10),
        ("no flights", header.clone(), 0),
    ];
    for (what, text, flights) in texts {
        let input = place.file("some.csv", &text);
        Run::of(&mut place.flights(&input)).exits(0).silently();
        assert_eq!(place.stored(), [flights; 3], "{what}");
        place.journal_is(text);
    }
    let input = place.file("some.csv", format!("{header}{quoted}"));
    Run::of(&mut place.flights(&input)).exits(0);
    assert_eq!(place.query("flights.db", "SELECT tailnum FROM flights"), "N1, \"the first\"\n");
}

#[test]
fn a_new_run_replaces_the_last_one() {
    let place = Place::new("again");
    for count in [200, 100] {
        let input = place.file("some.csv", some_flights(count));
        Run::of(&mut place.flights(&input)).exits(0).silently();
        assert_eq!(place.stored(), [count; 3]);
    }
}

/// The program, about to read what the test feeds to it.
fn fed(place: &Place) -> Command {
    let mut flights = place.flights(Path::new("/dev/stdin"));
    flights.stdin(Stdio::piped());
    flights
}

#[test]
fn a_pipe_is_read_as_it_comes() {
    let place = Place::new("pipe");
    let text = some_flights(100);
    let (early, late) = text.split_at(text.len() / 2);
    let mut flights = Running::start(&mut fed(&place));
    let mut input = flights.input();
    input.write_all(early.as_bytes()).expect("it reads");
    // Far fewer lines than make a batch: they are stored nevertheless, and do not wait for the rest.
    place.wait_for("flights.db", "SELECT count(*) FROM flights");
    input.write_all(late.as_bytes()).expect("it reads");
    drop(input);
    flights.end().exits(0).silently();
    assert_eq!(place.stored(), [100; 3]);
    place.journal_is(text);
}

// ---- What it says when something is wrong ----

#[test]
fn wrong_usage_is_explained() {
    let place = Place::new("usage");
    for (arguments, complaint) in [
        (&["--rung", "4"][..], "no such option: --rung"),
        (&["--ring", "0"], "--ring needs a whole number from 1 to 16777216, not '0'"),
        (&["--ring", "many"], "--ring needs a whole number"),
        (&["--ring=-1"], "--ring needs a whole number"),
        (&["--repeat", "99999999999999999999"], "--repeat needs a whole number"),
        (&["--rows"], "--rows needs a whole number"),
        (&["--out"], "a directory must follow --out"),
        (&["another.csv"], "more than one file"),
    ] {
        let run = Run::of(place.flights(&january()).args(arguments)).exits(2);
        run.complains(&format!("flights: {complaint}"));
    }
    assert!(!place.output("journal.csv").exists(), "wrong usage must not touch anything");
    Run::of(flights_program().arg("--help")).exits(0).silently().says("--skip-broken");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::new("missing");
    let run = Run::of(&mut place.flights(&place.directory.join("nowhere.csv"))).exits(1);
    run.complains("nowhere.csv: No such file or directory");
    let run = Run::of(&mut place.flights(&place.directory)).exits(1);
    run.complains("Is a directory");
}

#[test]
fn a_file_of_something_else_is_refused() {
    let place = Place::new("no-flights");
    let header = some_flights(0);
    for (text, complaint) in [
        (String::new(), "is empty".to_owned()),
        ("carrier,name\n".to_owned(), ":1: a file of flights begins with its header".to_owned()),
        (flight_of("N1"), ":1: a file of flights begins with its header".to_owned()),
        (header.replace("dest", "to"), "column 14 of the header is 'to' and not 'dest'".to_owned()),
    ] {
        let input = place.file("other.csv", text);
        Run::of(&mut place.flights(&input)).exits(1).complains(&complaint);
        // Not even --skip-broken makes a file of flights of it.
        Run::of(place.flights(&input).arg("--skip-broken")).exits(1).complains(&complaint);
    }
}

#[test]
fn a_broken_line_is_named_and_what_came_before_is_stored() {
    let place = Place::new("broken");
    let good = some_flights(700);
    for (line, complaint) in [
        ("2013,1,1\n", "3 fields where 19 are expected"),
        ("\n", "1 field where 19 are expected"),
        (&flight_of("N1").replace("IAH", "IAH,IAH"), "20 fields where 19 are expected"),
        (&flight_of("N1").replace("1400", "far"), "distance is 'far', which is no whole number"),
        (
            &flight_of("N1").replace("1400", "9999999999999999999"),
            "distance is '9999999999999999999'",
        ),
        (&flight_of("N1").replace("1400", "NA"), "distance is missing (NA)"),
        (&flight_of(""), "tailnum is empty"),
        (&flight_of("\"N1"), "a quote is not closed"),
        (&flight_of("\"N\"1"), "text follows a closing quote"),
        (&flight_of(&"N".repeat(17_000)), "the line is longer than 16384 bytes"),
    ] {
        let input = place.file("broken.csv", format!("{good}{line}{}", flight_of("N2")));
        let run = Run::of(&mut place.flights(&input)).exits(1);
        let run = run.complains(&format!("broken.csv:702: {complaint}"));
        let run = run.complains(
            "700 flights were accepted; flights.db stored 700, delays.db stored 700, journal.csv stored 700",
        );
        run.says("700 flights, the beginning of the input byte for byte");
        assert_eq!(place.stored(), [700; 3], "{complaint}");
        place.journal_is(&good);
    }
}

#[test]
fn broken_lines_can_be_skipped() {
    let place = Place::new("skip");
    let text = some_flights(50) + "nonsense\n" + &flight_of("N1") + &"\n".repeat(20);
    let input = place.file("broken.csv", &text);
    let run = Run::of(place.flights(&input).arg("--skip-broken")).exits(0);
    let run = run.complains("broken.csv:52: 1 field where 19 are expected; skipped");
    run.says("broken lines, in the journal only: 21").says("51 flights, the input byte for byte");
    assert_eq!(place.stored(), [51; 3]);
    place.journal_is(text);
}

#[test]
fn the_input_is_never_overwritten() {
    let place = Place::new("itself");
    let text = some_flights(5);
    let input = place.output("journal.csv");
    fs::write(&input, &text).expect("the directory for tests is ours");
    let run = Run::of(&mut place.flights(&input)).exits(1);
    run.complains("is the file to be read: choose another --out");
    place.journal_is(text);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_journal_stops_the_run() {
    let place = Place::new("full-journal");
    symlink("/dev/full", place.output("journal.csv")).expect("the directory for tests is ours");
    let run = Run::of(&mut place.flights(&january())).exits(1);
    let run = run.complains("journal.csv: No space left on device");
    let run = run.complains("journal.csv stored 0");
    // The two others got everything that was accepted.
    let accepted = place.query("flights.db", "SELECT count(*) FROM flights");
    assert_eq!(place.query("delays.db", "SELECT sum(flights) FROM airlines"), accepted);
    assert!(
        run.stderr.replace(',', "").contains(&format!("{} flights were accepted", accepted.trim()))
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_a_database_is_reported() {
    for database in ["flights.db", "delays.db"] {
        let place = Place::new(&format!("full-{database}"));
        symlink("/dev/full", place.output(database)).expect("the directory for tests is ours");
        let run = Run::of(&mut place.flights(&january())).exits(1);
        run.complains(&format!("{database}: database or disk is full"));
    }
}

#[test]
fn a_disk_that_fills_up_leaves_only_whole_lines_and_batches() {
    let place = Place::new("fills-up");
    let mut command = Command::new("sh");
    // No file may grow beyond 1,000 blocks of 512 or 1,024 bytes, which is less than the month takes.
    command.args(["-c", "ulimit -f 1000; exec \"$0\" \"$@\""]);
    let flights = place.flights(&january());
    command.arg(flights.get_program()).args(flights.get_args());
    let run = Run::of(&mut command).exits(1).complains("File too large");
    let [in_store, in_delays, in_journal] = place.stored();
    assert!(in_store < FLIGHTS_IN_JANUARY && in_journal < FLIGHTS_IN_JANUARY, "{run:#?}");
    let said = run.stderr.replace(',', "");
    assert!(said.contains(&format!("flights.db stored {in_store}")), "{said}");
    assert!(said.contains(&format!("delays.db stored {in_delays}")), "{said}");
    assert!(said.contains(&format!("journal.csv stored {in_journal}")), "{said}");
    let journal = fs::read_to_string(place.output("journal.csv")).expect("there is a journal");
    assert!(january_text().starts_with(&journal) && journal.ends_with('\n'));
}

#[test]
fn a_locked_database_is_reported_at_the_start() {
    let place = Place::new("locked");
    let input = place.file("some.csv", some_flights(10));
    Run::of(&mut place.flights(&input)).exits(0);
    let lock = place.lock("flights.db");
    let run = Run::of(place.flights(&input).args(["--busy-timeout", "50"])).exits(1);
    run.complains("flights.db: another program has locked it");
    lock.end().exits(0);
}

#[test]
fn a_database_that_stays_locked_stops_its_consumer_only() {
    let place = Place::new("stays-locked");
    let text = some_flights(2000);
    let (early, late) = text.split_at(text.len() / 2);
    let mut flights = Running::start(fed(&place).args(["--busy-timeout", "50"]));
    let mut input = flights.input();
    input.write_all(early.as_bytes()).expect("it reads");
    place.wait_for("delays.db", "SELECT count(*) FROM airlines");
    let lock = place.lock("delays.db");
    // It may have ended before it has read all of this.
    let _ = input.write_all(late.as_bytes());
    drop(input);
    let run = flights.end().exits(1).complains("delays.db: another program has locked it");
    let run = run.complains("(tried 3 times)");
    lock.end().exits(0);
    let [in_store, in_delays, in_journal] = place.stored();
    assert!(in_delays < in_store && in_store == in_journal, "{run:#?}");
    let said = run.stderr.replace(',', "");
    assert!(said.contains(&format!("{in_store} flights were accepted")), "{said}");
    assert!(said.contains(&format!("delays.db stored {in_delays}")), "{said}");
}

#[test]
fn a_database_that_was_locked_for_a_while_loses_nothing() {
    let place = Place::new("was-locked");
    let text = some_flights(2000);
    let (early, late) = text.split_at(text.len() / 2);
    let mut flights = Running::start(&mut fed(&place));
    let mut input = flights.input();
    input.write_all(early.as_bytes()).expect("it reads");
    place.wait_for("flights.db", "SELECT count(*) FROM flights");
    let lock = place.lock("flights.db");
    input.write_all(late.as_bytes()).expect("it reads");
    drop(input);
    lock.end().exits(0);
    flights.end().exits(0).silently();
    assert_eq!(place.stored(), [2000; 3]);
}

#[test]
fn an_interruption_loses_nothing() {
    let place = Place::new("interrupted");
    let text = some_flights(500);
    let mut flights = Running::start(&mut fed(&place));
    let mut input = flights.input();
    input.write_all(text.as_bytes()).expect("it reads");
    place.wait_for("flights.db", "SELECT count(*) = 500 FROM flights");
    flights.interrupt();
    // The input has not ended: it is the signal that ends the program.
    let run = flights.end().exits(130).complains("flights: interrupted\n");
    run.complains("500 flights were accepted");
    drop(input);
    assert_eq!(place.stored(), [500; 3]);
    place.journal_is(text);
}
