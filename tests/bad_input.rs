//! Every exported function with every wrong argument: the status, the whole sentence of `disruptor_last_error`, and
//! that nothing else happened.
//!
//! One table, half of it written down (`table`), half of it made from the header (`generated`). Each row spoils one of
//! the arguments that are right otherwise (`arguments`). A parameter or a field that the header gets needs a row, or a
//! reason in `FREE`.

#![cfg(target_pointer_width = "64")]

#[path = "bad_input/arguments.rs"]
mod arguments;
#[path = "bad_input/generated.rs"]
mod generated;
#[path = "bad_input/header.rs"]
mod header;
#[path = "bad_input/table.rs"]
mod table;

use std::collections::BTreeSet;

use disruptor::ffi::disruptor_status_t::*;
use disruptor::ffi::*;

use arguments::{Arguments, EVERY_WAY, Kept, Leads, World, last_error};
use header::{Header, Named};
use table::{Row, Stage};

/// What can be anything, and why.
const FREE: [(&str, &str); 17] = [
    ("disruptor_status_name(status)", "every number has a name"),
    ("disruptor_status_message(status)", "every number has a sentence"),
    ("config.on_error", "NULL is fine; else the caller's promise"),
    ("config.on_error_data", "only passed on"),
    ("config.user_data", "only passed on"),
    ("config.linger_ns", "every time is fine"),
    ("disruptor_register(config.on_start)", "NULL is fine; else the caller's promise"),
    ("disruptor_register(config.on_close)", "NULL is fine; else the caller's promise"),
    ("timeout_ns", "every time is fine"),
    ("max", "more than there are is fine"),
    ("claim.base", "the library does not read it"),
    ("claim.stride", "the library does not read it"),
    ("claim.mask", "the library does not read it"),
    ("claim.direct", "the library does not read it"),
    ("disruptor_abandon(claim.lengths)", "nobody reads the lengths of what is abandoned"),
    ("disruptor_config_init(config)", "NULL does nothing; else it is only written"),
    ("disruptor_consumer_config_init(config)", "NULL does nothing; else it is only written"),
];

/// What a right call returns in this world: the poller has not released, and a claim is open.
fn right_status(function: &str) -> disruptor_status_t {
    match function {
        "disruptor_flush" | "disruptor_close" => DISRUPTOR_TIMED_OUT,
        _ => DISRUPTOR_OK,
    }
}

fn all_rows() -> Vec<Row> {
    let mut rows = generated::rows(&Header::read());
    rows.extend(table::rows());
    rows
}

fn in_every_way(rows: &[Row]) -> impl Iterator<Item = (&Row, Kept)> {
    EVERY_WAY.into_iter().flat_map(|kept| rows.iter().map(move |row| (row, kept)))
}

/// Makes the call of a row, and says what was wrong with how it was refused.
fn refused(
    function: &str,
    row: &Row,
    spoil: impl Fn(&mut Arguments),
    world: &World,
) -> Result<(), String> {
    let before = world.stats();
    let mut arguments = Arguments::right(function, world);
    spoil(&mut arguments);
    let outs = arguments.outs.clone();
    let status = arguments.call(function);
    let said = last_error();
    if status != row.status {
        return Err(format!("{status:?} ({said}), not {:?} ({})", row.status, row.says));
    }
    let right = format!("{function}: {}", row.says);
    let is_said = said == right || right.ends_with("needed: ") && said.starts_with(&right);
    if !is_said {
        return Err(format!("it said\n    {said}\n  and not\n    {right}"));
    }
    let mut writes = row.writes.to_vec();
    // It always tells how many were accepted, where there is room to tell it.
    let tells = function == "disruptor_produce_timeout" && row.argument != "out_produced";
    if tells && arguments.outs.first_word("out_produced") == 0 {
        writes.push("out_produced");
    }
    let written = arguments.outs.written(&outs);
    if written.iter().collect::<BTreeSet<_>>() != writes.iter().collect() {
        return Err(format!("it wrote {written:?} and not {writes:?}"));
    }
    let after = world.stats();
    let same = (before.produced, before.consumers, before.state)
        == (after.produced, after.consumers, after.state);
    if same { Ok(()) } else { Err(format!("it changed the ring: {before:?} {after:?}")) }
}

fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_wrong_argument_is_named_and_nothing_happens() {
    let (rows, mut failures) = (all_rows(), Vec::new());
    for (row, kept) in in_every_way(&rows) {
        for &function in row.functions {
            let world = World::new(kept);
            let mut outcome = refused(function, row, &row.spoil, &world);
            // As if the call had not been made: the right one works. (Who ends the world destroys.)
            let repairs = row.argument != "claim.lengths" && !function.ends_with("destroy");
            if outcome.is_ok() && repairs {
                let mut right = Arguments::right(function, &world);
                if right.call(function) == right_status(function) {
                    right.give_back(function);
                } else {
                    outcome = Err(format!("then the right call failed: {}", last_error()));
                }
            }
            if let Err(why) = outcome {
                failures.push(format!("{function}({}), {kept:?}: {why}", row.argument));
            }
            world.end();
        }
    }
    report(&failures);
}

#[test]
fn wrong_arguments_are_found_whatever_the_ring_is_doing() {
    let (rows, mut failures) = (all_rows(), Vec::new());
    for (row, kept) in in_every_way(&rows).filter(|(row, _)| row.stage != Stage::Meaning) {
        for &function in row.functions {
            let world = World::closing(kept);
            if let Err(why) = refused(function, row, &row.spoil, &world) {
                failures.push(format!("{function}({}), {kept:?}, closing: {why}", row.argument));
            }
            world.end();
        }
    }
    report(&failures);
}

/// Whether two rows spoil different things of a function, so that both can be spoiled at once.
fn are_apart(function: &str, first: &Row, second: &Row) -> bool {
    let (one, other) = (&*first.argument, &*second.argument);
    let is_array = |array: &str, count| {
        generated::ARRAYS.iter().any(|a| (a.0, a.1, a.2) == (function, array, count))
    };
    let are_of_an_array = is_array(one, other)
        || is_array(other, one)
        || one.starts_with("elements[") && other.starts_with("elements[");
    // What says that an array is not there says how many it should have; and a size is spoiled in the struct, which has
    // to be there for that.
    let apart = !one.starts_with(other) && !other.starts_with(one) && !are_of_an_array;
    apart || first.stage == Stage::Size && other.contains('.')
}

#[test]
fn sizes_come_first_then_pointers_then_values() {
    let (rows, mut failures, mut pairs) = (all_rows(), Vec::new(), 0);
    let worlds = EVERY_WAY.map(|kept| (kept, World::new(kept)));
    for first in &rows {
        for second in rows.iter().filter(|second| first.stage < second.stage) {
            for &function in first.functions.iter().filter(|name| second.functions.contains(name)) {
                if !are_apart(function, first, second) || second.argument == "claim.lengths" {
                    continue;
                }
                let both = |arguments: &mut Arguments| {
                    (second.spoil)(arguments);
                    (first.spoil)(arguments);
                };
                pairs += 1;
                for (kept, world) in &worlds {
                    if let Err(why) = refused(function, first, both, world) {
                        let (one, other) = (&first.argument, &second.argument);
                        failures.push(format!("{function}({one} and {other}), {kept:?}: {why}"));
                    }
                }
            }
        }
    }
    worlds.into_iter().for_each(|(_, world)| world.end());
    assert!(pairs > 500, "only {pairs} pairs");
    report(&failures);
}

#[test]
fn null_is_fine_where_the_header_says_so() {
    for (function, parameter) in generated::NULLABLE {
        match function {
            // SAFETY: that is what is promised.
            "disruptor_config_init" => unsafe { disruptor_config_init(std::ptr::null_mut()) },
            // SAFETY: as above.
            "disruptor_consumer_config_init" => unsafe {
                disruptor_consumer_config_init(std::ptr::null_mut());
            },
            _ => {
                let world = World::new(Kept::AmongAll);
                let mut arguments = Arguments::right(function, &world);
                arguments.spoil(parameter, Leads::Nowhere);
                let status = arguments.call(function);
                assert_eq!(status, right_status(function), "{function}: {}", last_error());
                arguments.give_back(function);
                world.end();
            }
        }
    }
    for (function, parameter, ..) in generated::ARRAYS {
        let world = World::new(Kept::AmongAll);
        let mut arguments = Arguments::right(function, &world);
        arguments.spoil(parameter, Leads::Nowhere);
        arguments.size = 0;
        let status = arguments.call(function);
        if function == "disruptor_report" {
            assert_eq!(status, DISRUPTOR_INVALID_ARGUMENT);
            assert!(last_error().contains("size is 0; needed: "), "{}", last_error());
        } else {
            assert_eq!(status, DISRUPTOR_OK, "{function}: {}", last_error());
        }
        world.end();
    }
}

#[test]
fn dependencies_that_are_none_are_not_looked_at() {
    for function in ["disruptor_register", "disruptor_poller_create"] {
        let world = World::new(Kept::AmongAll);
        let mut arguments = Arguments::right(function, &world);
        arguments.depends_on_leads = Some(Leads::Beside);
        arguments.consumer_config.it.depends_on_count = 0;
        assert_eq!(arguments.call(function), DISRUPTOR_OK, "{function}: {}", last_error());
        arguments.give_back(function);
        world.end();
    }
}

#[test]
fn every_number_has_a_name_as_a_status() {
    for number in [17, 255, u32::MAX] {
        for text in [disruptor_status_name(number), disruptor_status_message(number)] {
            // SAFETY: never NULL, and constant.
            let text = unsafe { std::ffi::CStr::from_ptr(text) };
            assert!(!text.is_empty());
        }
    }
}

/// All that the header lets a caller get wrong, as "function(argument)".
fn to_get_wrong(header: &Header) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (function, parameters) in &header.functions {
        for parameter in parameters {
            let mut add = |argument: &str| all.insert(format!("{function}({argument})"));
            add(&parameter.name);
            let is_input = ["config", "elements", "claim"].contains(&&*parameter.name);
            if !parameter.is_pointer() || !is_input || function.ends_with("_init") {
                continue;
            }
            for Named { name, .. } in &header.structs[parameter.pointee()] {
                if name != "struct_size" {
                    add(&format!("{}.{name}", parameter.name));
                }
            }
        }
    }
    all
}

#[test]
fn nothing_that_can_be_wrong_is_missing() {
    let header = Header::read();
    let wanted = to_get_wrong(&header);
    let mut has_row = BTreeSet::new();
    for row in all_rows() {
        let argument =
            row.argument.split_once('[').map_or(row.argument.clone(), |(array, rest)| {
                format!("{array}{}", rest.split_once(']').expect("it ends").1)
            });
        has_row.extend(row.functions.iter().map(|function| format!("{function}({argument})")));
    }
    let stale: Vec<_> = has_row.difference(&wanted).collect();
    assert!(stale.is_empty(), "not in the header any more: {stale:?}");
    let is_free = |wrong: &str| {
        let argument = wrong.split_once('(').map_or(wrong, |(_, rest)| rest.trim_end_matches(')'));
        FREE.iter().any(|&(free, _)| free == wrong || free == argument)
    };
    let missing: Vec<_> = wanted.difference(&has_row).filter(|wrong| !is_free(wrong)).collect();
    assert!(missing.is_empty(), "these need a row, or a reason in FREE: {missing:?}");
    let (functions, rows) = (header.functions.len(), all_rows().len());
    assert!(functions >= 30 && rows >= 150, "{functions} functions, {rows} rows: read wrongly?");
}

#[test]
fn the_header_is_read_as_a_compiler_does() {
    let header = Header::of(
        "/* f(g); */ typedef struct a_t a_t;\ntypedef struct b_t {\n  /// size_t x;\n  size_t struct_size;\n  \
         void (*on_start)(void *user_data);\n  const struct a_t *a;\n  char name[64];\n} b_t;\n\
         enum s disruptor_f(const struct b_t *config,\n  uint64_t n, struct a_t **out);\n\
         static inline void g(int a) { h(a); }\nvoid disruptor_g(void);\n",
    );
    let names = |all: &[Named]| {
        all.iter().map(|named| format!("{}:{}", named.name, named.of)).collect::<Vec<_>>()
    };
    assert_eq!(
        names(header.sized("b_t").expect("it has its size")),
        ["on_start:function *", "a:a_t *", "name:char"]
    );
    assert_eq!(header.sized("a_t"), None);
    assert_eq!(
        names(&header.functions["disruptor_f"]),
        ["config:b_t *", "n:uint64_t", "out:a_t **"]
    );
    assert!(header.functions["disruptor_g"].is_empty() && header.functions.len() == 2);
}
