//! Rows that follow from the header: every pointer NULL and askew, every struct of a wrong size.

use disruptor::ffi::disruptor_status_t::DISRUPTOR_INVALID_ARGUMENT;
use disruptor::ffi::*;

use crate::arguments::{Arguments, Leads};
use crate::header::{Header, Named};
use crate::table::{Row, Stage};

/// Where NULL is fine.
pub(crate) const NULLABLE: [(&str, &str); 7] = [
    ("disruptor_config_init", "config"),
    ("disruptor_consumer_config_init", "config"),
    ("disruptor_create", "config"),
    ("disruptor_destroy", "disruptor"),
    ("disruptor_poller_destroy", "poller"),
    ("disruptor_produce_timeout", "out_produced"),
    ("disruptor_halt", "out_undelivered"),
];

/// Pointers to arrays, and the argument that counts their elements: NULL is fine if that is 0.
pub(crate) const ARRAYS: [(&str, &str, &str, usize); 5] = [
    ("disruptor_produce", "elements", "count", 3),
    ("disruptor_produce_one", "data", "len", 8),
    ("disruptor_produce_timeout", "elements", "count", 3),
    ("disruptor_consumers", "out_ids", "max", 3),
    ("disruptor_report", "buffer", "size", crate::arguments::Outs::ROOM),
];

/// These only fill a struct, whatever is in it.
const INITS: [&str; 2] = ["disruptor_config_init", "disruptor_consumer_config_init"];

pub(crate) fn rows(header: &Header) -> Vec<Row> {
    let mut rows = Vec::new();
    for (function, parameters) in &header.functions {
        let function: &'static [&'static str] = vec![&*function.clone().leak()].leak();
        for parameter in parameters.iter().filter(|parameter| parameter.is_pointer()) {
            rows.extend(null(function, parameter));
            let size = size_of_sized(parameter.pointee());
            assert_eq!(size.is_some(), header.sized(parameter.pointee()).is_some());
            match size {
                Some(_) if INITS.contains(&function[0]) => {}
                Some(size) => rows.extend(sizes(function, parameter, size)),
                None => rows.extend(askew(function, parameter)),
            }
        }
    }
    rows
}

fn row(
    functions: &'static [&'static str],
    argument: &str,
    stage: Stage,
    spoil: impl Fn(&mut Arguments) + 'static,
    says: String,
) -> Row {
    let (argument, spoil) = (argument.to_owned(), Box::new(spoil));
    let status = DISRUPTOR_INVALID_ARGUMENT;
    Row { functions, argument, stage, spoil, status, says, writes: &[] }
}

fn null(function: &'static [&'static str], parameter: &Named) -> Option<Row> {
    let name = parameter.name.clone();
    if NULLABLE.contains(&(function[0], &name)) {
        return None;
    }
    let array = ARRAYS.iter().find(|array| (array.0, array.1) == (function[0], &name));
    let says = match array {
        Some((.., counter, count)) => format!("{name} is NULL, but {counter} is {count}"),
        None => format!("{name} is NULL"),
    };
    let spoil = move |arguments: &mut Arguments| arguments.spoil(&name, Leads::Nowhere);
    Some(row(function, &parameter.name, Stage::Pointer, spoil, says))
}

fn askew(function: &'static [&'static str], parameter: &Named) -> Option<Row> {
    let align = alignment(parameter.pointee());
    let name = parameter.name.clone();
    let says = format!("{name} is not a multiple of {align}, its alignment");
    let spoil = move |arguments: &mut Arguments| arguments.spoil(&name, Leads::Beside);
    (align > 1).then(|| row(function, &parameter.name, Stage::Pointer, spoil, says))
}

fn sizes(function: &'static [&'static str], parameter: &Named, known: usize) -> Vec<Row> {
    let name = &parameter.name;
    // Less than itself, in the middle of the second and the last field, more than any version has.
    let wrong = [0, 1, 7, 9, known - 1, 4097, usize::MAX].map(|size| {
        let says = format!(
            "{name}.struct_size is {size}; allowed: {known}, less if it ends with a field, or up to \
             4096 if the rest is zero"
        );
        let spoil = move |a: &mut Arguments| a.set_struct_size(function[0], size);
        row(function, name, Stage::Size, spoil, says)
    });
    let used = [known, known + 3, known + 7].map(|at| {
        let says = format!(
            "{name}.struct_size is {}, and byte {at}, of a field that this version does not know, is \
             not zero",
            known + 8
        );
        let spoil = move |a: &mut Arguments| a.grow_struct(function[0], known, at);
        row(function, name, Stage::Size, spoil, says)
    });
    wrong.into_iter().chain(used).collect()
}

fn size_of_sized(name: &str) -> Option<usize> {
    Some(match name {
        "disruptor_config_t" => size_of::<disruptor_config_t>(),
        "disruptor_consumer_config_t" => size_of::<disruptor_consumer_config_t>(),
        "disruptor_stats_t" => size_of::<disruptor_stats_t>(),
        "disruptor_consumer_stats_t" => size_of::<disruptor_consumer_stats_t>(),
        _ => return None,
    })
}

fn alignment(name: &str) -> usize {
    match name {
        "disruptor_t" => align_of::<disruptor_t>(),
        "disruptor_poller_t" => align_of::<disruptor_poller_t>(),
        "disruptor_slice_t" => align_of::<disruptor_slice_t>(),
        "disruptor_claim_t" => align_of::<disruptor_claim_t>(),
        "disruptor_batch_t" => align_of::<disruptor_batch_t>(),
        "void" | "char" => 1,
        "uint32_t" | "int32_t" => 4,
        "size_t" | "uint64_t" | "disruptor_t *" | "disruptor_poller_t *" => 8,
        _ => panic!("how is a {name} aligned?"),
    }
}
