//! The table: functions, the argument that is wrong, how, and what the library has to say to it.
//!
//! Pointers that lead nowhere and structs of a wrong size are not here: `generated` makes their rows from the header.

use disruptor::ffi::disruptor_status_t as Status;
use disruptor::ffi::disruptor_status_t::*;

use crate::arguments::{Arguments, ELEMENT_SIZE, Leads, notice};

/// What the library looks at first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum Stage {
    /// The sizes of structs,
    Size,
    /// then pointers,
    Pointer,
    /// then values,
    Value,
    /// and then what they mean to this ring.
    Meaning,
}

pub(crate) struct Row {
    pub(crate) functions: &'static [&'static str],
    /// As a C programmer writes it.
    pub(crate) argument: String,
    pub(crate) stage: Stage,
    pub(crate) spoil: Box<dyn Fn(&mut Arguments)>,
    pub(crate) status: Status,
    /// The last error, without the function's name in front.
    pub(crate) says: String,
    /// Results that are written all the same.
    pub(crate) writes: &'static [&'static str],
}

const CREATE: &[&str] = &["disruptor_create"];
const REGISTER: &[&str] = &["disruptor_register"];
const POLLER: &[&str] = &["disruptor_poller_create"];
const CONSUMERS: &[&str] = &["disruptor_register", "disruptor_poller_create"];
const PRODUCE: &[&str] = &["disruptor_produce", "disruptor_produce_timeout"];
const PRODUCE_ONE: &[&str] = &["disruptor_produce_one"];
const CLAIM: &[&str] = &["disruptor_claim"];
const PUBLISH: &[&str] = &["disruptor_publish", "disruptor_publish_prefix"];
const PREFIX: &[&str] = &["disruptor_publish_prefix"];
const HAND_IN: &[&str] = &["disruptor_publish", "disruptor_publish_prefix", "disruptor_abandon"];
const UNREGISTER: &[&str] = &["disruptor_unregister"];
const RELEASE: &[&str] = &["disruptor_poller_release"];
const CONSUMER_STATS: &[&str] = &["disruptor_consumer_stats"];
const REPORT: &[&str] = &["disruptor_report"];

/// Text that is not UTF-8, and the first byte that does not fit.
const NOT_UTF8: [(&[u8], usize); 7] = [
    (b"\xff\0", 0),
    (b"name\xfe\0", 4),
    (b"\xc0\xaf\0", 0),
    (b"\xed\xa0\x80\0", 0),
    (b"cut\xe2\x82\0", 3),
    (b"\x80\0", 0),
    (b"ok\xf5\x80\x80\x80\0", 2),
];

fn row(
    functions: &'static [&'static str],
    argument: &str,
    spoil: impl Fn(&mut Arguments) + 'static,
    status: Status,
    says: &str,
) -> Row {
    let (argument, says) = (argument.to_owned(), says.to_owned());
    let stage = match status {
        DISRUPTOR_INVALID_ARGUMENT => Stage::Value,
        _ => Stage::Meaning,
    };
    Row { functions, argument, stage, spoil: Box::new(spoil), status, says, writes: &[] }
}

impl Row {
    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    fn writes(self, writes: &'static [&'static str]) -> Self {
        Self { writes, ..self }
    }
}

/// A number that is wrong whatever it is about: what is set, its values, and what is said behind "... is VALUE; ".
fn numbers<N: Copy + std::fmt::Display + 'static>(
    rows: &mut Vec<Row>,
    functions: &'static [&'static str],
    argument: &str,
    set: fn(&mut Arguments, N),
    values: &[N],
    allowed: &str,
) {
    let name = argument.rsplit('.').next().expect("split gives one at least");
    for &value in values {
        let says = format!("{name} is {value}; {allowed}");
        let spoil = move |arguments: &mut Arguments| set(arguments, value);
        rows.push(row(functions, argument, spoil, DISRUPTOR_INVALID_ARGUMENT, &says));
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    create(&mut rows);
    consumers(&mut rows);
    produce(&mut rows);
    claims(&mut rows);
    rest(&mut rows);
    rows
}

fn create(rows: &mut Vec<Row>) {
    const MAX: usize = usize::MAX;
    for (bytes, at) in NOT_UTF8 {
        let says = format!("name is not UTF-8: byte {at} does not fit");
        let spoil = move |a: &mut Arguments| a.config.it.name = bytes.as_ptr().cast();
        rows.push(row(CREATE, "config.name", spoil, DISRUPTOR_INVALID_ARGUMENT, &says));
    }
    let mut is_out_of = |argument, set, values: &[usize], allowed| {
        numbers::<usize>(rows, CREATE, argument, set, values, allowed);
    };
    is_out_of(
        "config.capacity",
        |a, value| a.config.it.capacity = value,
        &[0, (1 << 61) + 1, MAX],
        "allowed: 1 to 2305843009213693952",
    );
    is_out_of(
        "config.element_size",
        |a, value| a.config.it.element_size = value,
        &[0, 4_294_967_295, MAX],
        "allowed: 1 to 4294967294",
    );
    is_out_of(
        "config.max_element_size",
        |a, value| a.config.it.max_element_size = value,
        &[1, ELEMENT_SIZE - 1, 4_294_967_295, MAX],
        "allowed: 8 to 4294967294",
    );
    is_out_of(
        "config.element_alignment",
        |a, value| a.config.it.element_alignment = value,
        &[3, 24, 4095, 4097, 8192, 1 << 63, MAX],
        "allowed: 0 or a power of two, at most 4096",
    );
    let mut is_unknown = |argument, set, values: &[u32], allowed| {
        numbers::<u32>(rows, CREATE, argument, set, values, allowed);
    };
    is_unknown(
        "config.producer_mode",
        |a, value| a.config.it.producer_mode = value,
        &[2, u32::MAX],
        "allowed: 0 (MULTI), 1 (SINGLE)",
    );
    is_unknown(
        "config.wait_strategy",
        |a, value| a.config.it.wait_strategy = value,
        &[4, u32::MAX],
        "allowed: 0 (BLOCK), 1 (YIELD), 2 (SPIN), 3 (SLEEP)",
    );
    is_unknown(
        "config.max_consumers",
        |a, value| a.config.it.max_consumers = value,
        &[1025, u32::MAX],
        "allowed: 1 to 1024",
    );
    is_unknown(
        "config.flags",
        |a, value| a.config.it.flags = value,
        &[1, 1 << 31, u32::MAX],
        "allowed: 0",
    );
    // Sizes that are fine one by one, and together more than there can be.
    let too_large = "no memory for the ring (capacity, element_size): more than a process can have";
    let most = |a: &mut Arguments| a.config.it.capacity = 1 << 61;
    rows.push(row(CREATE, "config.capacity", most, DISRUPTOR_OUT_OF_MEMORY, too_large));
    let product = |a: &mut Arguments| {
        a.config.it.capacity = 1 << 52;
        a.config.it.element_alignment = 4096;
    };
    rows.push(row(CREATE, "config.element_alignment", product, DISRUPTOR_OUT_OF_MEMORY, too_large));
}

fn consumers(rows: &mut Vec<Row>) {
    for (bytes, at) in NOT_UTF8 {
        let says = format!("name is not UTF-8: byte {at} does not fit");
        let spoil = move |a: &mut Arguments| a.consumer_config.it.name = bytes.as_ptr().cast();
        rows.push(row(CONSUMERS, "config.name", spoil, DISRUPTOR_INVALID_ARGUMENT, &says));
    }
    let mut is_out_of = |argument, set, values: &[usize], allowed| {
        numbers::<usize>(rows, CONSUMERS, argument, set, values, allowed);
    };
    is_out_of(
        "config.min_batch",
        |a, value| (a.consumer_config.it.min_batch, a.consumer_config.it.max_batch) = (value, 0),
        &[17, usize::MAX],
        "allowed: 0 to 16",
    );
    is_out_of(
        "config.max_batch",
        |a, value| a.consumer_config.it.max_batch = value,
        &[17, usize::MAX],
        "allowed: 0 to 16",
    );
    is_out_of(
        "config.max_batch",
        |a, value| a.consumer_config.it.max_batch = value,
        &[1],
        "allowed: at least min_batch, which is 2",
    );
    is_out_of(
        "config.depends_on_count",
        |a, value| a.consumer_config.it.depends_on_count = value,
        &[(1 << 61), usize::MAX],
        "allowed: 0 to 2305843009213693951",
    );
    numbers::<u64>(
        rows,
        CONSUMERS,
        "config.flags",
        |a, value| a.consumer_config.it.flags = value,
        &[2, 3, 1 << 32, 1 << 63, u64::MAX],
        "allowed: 0, 1 (DISRUPTOR_CONSUMER_SPANS)",
    );
    let mut pinned = |functions, values: &[i32], allowed| {
        let set = |a: &mut Arguments, value| a.consumer_config.it.cpu = value;
        numbers::<i32>(rows, functions, "config.cpu", set, values, allowed);
    };
    pinned(CONSUMERS, &[-2, i32::MIN], "allowed: -1 to 2147483647");
    pinned(POLLER, &[0, 3, i32::MAX], "a poller has no thread to pin, so it must be -1");
    let far = |a: &mut Arguments| a.consumer_config.it.cpu = i32::MAX;
    let says = "cpu is 2147483647; allowed: -1 or a CPU that this process may use: Invalid argument \
                (os error 22)";
    rows.push(row(REGISTER, "config.cpu", far, DISRUPTOR_THREAD_FAILED, says));

    let grouped = |a: &mut Arguments| a.consumer_config.it.group = 7;
    let says = "group is 7; its members must all depend on the same consumers";
    let conflict = row(CONSUMERS, "config.group", grouped, DISRUPTOR_INVALID_ARGUMENT, says);
    rows.push(conflict.at(Stage::Meaning));

    // Ids of nobody, of nobody yet, and of the consumer itself, which would be 2.
    for ids in [[4711, 0], [0, 4711], [0, u32::MAX], [2, 2]] {
        let unknown = ids.into_iter().find(|&id| id > 1).expect("each has one");
        let says = format!("depends_on names {unknown}; there is no consumer {unknown}");
        let spoil = move |a: &mut Arguments| {
            a.depends_on = ids.to_vec();
            a.consumer_config.it.depends_on_count = 2;
        };
        rows.push(row(CONSUMERS, "config.depends_on", spoil, DISRUPTOR_NO_SUCH_CONSUMER, &says));
    }
    let mut lost = |leads, says| {
        let spoil = move |a: &mut Arguments| a.depends_on_leads = Some(leads);
        let row = row(CONSUMERS, "config.depends_on", spoil, DISRUPTOR_INVALID_ARGUMENT, says);
        rows.push(row.at(Stage::Pointer));
    };
    lost(Leads::Nowhere, "depends_on is NULL, but depends_on_count is 1");
    lost(Leads::Beside, "depends_on is not a multiple of 4, its alignment");

    let mut callback = |functions, argument, spoil: fn(&mut Arguments), says| {
        let row = row(functions, argument, spoil, DISRUPTOR_INVALID_ARGUMENT, says);
        rows.push(row.at(Stage::Pointer));
    };
    callback(
        REGISTER,
        "config.on_batch",
        |a| a.consumer_config.it.on_batch = None,
        "on_batch is NULL",
    );
    callback(
        POLLER,
        "config.on_batch",
        |a| a.consumer_config.it.on_batch = Some(never),
        "on_batch is not NULL, but a poller has no thread to call it",
    );
    callback(
        POLLER,
        "config.on_start",
        |a| a.consumer_config.it.on_start = Some(notice),
        "on_start is not NULL, but a poller has no thread to call it",
    );
    callback(
        POLLER,
        "config.on_close",
        |a| a.consumer_config.it.on_close = Some(notice),
        "on_close is not NULL, but a poller has no thread to call it",
    );
}

unsafe extern "C" fn never(
    _: *mut std::ffi::c_void,
    _: *const disruptor::ffi::disruptor_batch_t,
) -> i32 {
    unreachable!("a poller calls nobody")
}

fn produce(rows: &mut Vec<Row>) {
    let elements = |argument, spoil: fn(&mut Arguments), status, says| {
        row(PRODUCE, argument, spoil, status, says)
    };
    let no_data = "elements[2].data is NULL, but its len is 8";
    // A value of the array, which is read after its pointer and its count.
    rows.push(elements(
        "elements[2].data",
        |a| a.elements[2].data = std::ptr::null(),
        DISRUPTOR_INVALID_ARGUMENT,
        no_data,
    ));
    rows.push(elements(
        "elements[1].len",
        |a| a.elements[1].len = 17,
        DISRUPTOR_ELEMENT_TOO_LARGE,
        "elements[1].len is 17; allowed: 0 to 16 (max_element_size)",
    ));
    rows.push(elements(
        "elements[0].len",
        |a| a.elements[0].len = usize::MAX,
        DISRUPTOR_ELEMENT_TOO_LARGE,
        "elements[0].len is 18446744073709551615; allowed: 0 to 16 (max_element_size)",
    ));
    let count = |a: &mut Arguments, value| a.size = value;
    numbers::<usize>(
        rows,
        PRODUCE,
        "count",
        count,
        &[1 << 59, usize::MAX],
        "allowed: 0 to 576460752303423487",
    );
    for len in [17, 1 << 40, usize::MAX] {
        let says = format!("elements[0].len is {len}; allowed: 0 to 16 (max_element_size)");
        let spoil = move |a: &mut Arguments| a.size = len;
        rows.push(row(PRODUCE_ONE, "len", spoil, DISRUPTOR_ELEMENT_TOO_LARGE, &says));
    }
}

fn claims(rows: &mut Vec<Row>) {
    let count = |a: &mut Arguments, value| a.size = value;
    numbers::<usize>(rows, CLAIM, "count", count, &[0, 17, usize::MAX], "allowed: 1 to 16");
    let mut not_open = |argument, spoil: fn(&mut Arguments), first: u64| {
        let says = format!(
            "claim->first_sequence is {first}; it must be the first_sequence of a claim, with its \
             count, that was neither published nor abandoned"
        );
        rows.push(row(HAND_IN, argument, spoil, DISRUPTOR_INVALID_ARGUMENT, &says));
        // Also when nothing of it is to be published.
        let nothing = move |a: &mut Arguments| {
            spoil(a);
            a.size = 0;
        };
        rows.push(row(PREFIX, argument, nothing, DISRUPTOR_INVALID_ARGUMENT, &says));
    };
    // The open one has the sequences 2 and 3; 0 was produced, and 1 was abandoned.
    not_open("claim.first_sequence", |a| a.claim.first_sequence = 0, 0);
    not_open("claim.first_sequence", |a| a.claim.first_sequence += 1, 3);
    not_open("claim.first_sequence", |a| a.claim.first_sequence += 16, 18);
    not_open("claim.first_sequence", |a| a.claim.first_sequence = u64::MAX, u64::MAX);
    not_open("claim.count", |a| a.claim.count = 0, 2);
    not_open("claim.count", |a| a.claim.count -= 1, 2);
    not_open("claim.count", |a| a.claim.count += 1, 2);
    not_open("claim.count", |a| a.claim.count = 1 << 62, 2);
    not_open("claim.count", |a| a.claim.count = usize::MAX, 2);
    not_open("claim", |a| a.claim = a.finished, 1);
    // Its end without its beginning.
    not_open("claim", |a| (a.claim.first_sequence, a.claim.count) = (3, 1), 3);
    let count = |a: &mut Arguments, value| a.size = value;
    numbers::<usize>(rows, PREFIX, "count", count, &[3, 17, usize::MAX], "allowed: 0 to 2");
    for (nth, len) in [(0, 9), (1, u32::MAX - 1), (1, u32::MAX)] {
        let says = format!(
            "element {nth} of the claim has the length {len}; allowed: 0 to 8 (element_size)"
        );
        let spoil = move |a: &mut Arguments| {
            let slot = (a.claim.first_sequence as usize + nth) & a.claim.mask;
            // SAFETY: a slot of the open claim, which is ours.
            unsafe { a.claim.lengths.add(slot).write(len) };
        };
        rows.push(row(PUBLISH, "claim.lengths", spoil, DISRUPTOR_ELEMENT_TOO_LARGE, &says));
    }
}

fn rest(rows: &mut Vec<Row>) {
    for id in [2, 4711, u32::MAX] {
        for functions in [UNREGISTER, CONSUMER_STATS] {
            let says = format!("there is no consumer {id}");
            let spoil = move |a: &mut Arguments| a.consumer = id;
            rows.push(row(functions, "consumer", spoil, DISRUPTOR_NO_SUCH_CONSUMER, &says));
        }
    }
    let says = "it is a poller's; destroy the poller instead";
    numbers::<u32>(rows, UNREGISTER, "consumer", |a, id| a.consumer = id, &[1], says);
    let consumed = |a: &mut Arguments, value| a.size = value;
    numbers::<usize>(rows, RELEASE, "consumed", consumed, &[2, usize::MAX], "allowed: 0 to 1");
    numbers::<u32>(
        rows,
        REPORT,
        "format",
        |a, value| a.format = value,
        &[4, u32::MAX],
        "allowed: 0 (TEXT), 1 (JSON), 2 (PROMETHEUS), 3 (DOT)",
    );
    for size in [0, 1, 60] {
        // How long the report is depends on the numbers in it.
        let says = format!("size is {size}; needed: ");
        let spoil = move |a: &mut Arguments| a.size = size;
        let row = row(REPORT, "size", spoil, DISRUPTOR_INVALID_ARGUMENT, &says).at(Stage::Meaning);
        rows.push(row.writes(if size == 0 { &["out_len"] } else { &["out_len", "buffer"] }));
    }
}
