//! Register and unregister: consumers come and go.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::arguments::{array, bad, elements, pointer};
use super::create::{disruptor_batch_t, disruptor_t, opened};
use super::guard::guard;
use super::handler::{Callbacks, UserData};
use super::status::disruptor_status_t;
use super::text;
use super::versioned::{self, versioned};
use crate::core::{ConsumerConfig, Error, Problem};

/// Takes a batch, on the consumer's own thread. Returns 0, or a number of the program's own that
/// says what failed; then `on_error` is asked what follows.
///
/// It may change the bytes of elements in place for later consumers, if it runs alone between its
/// dependencies and its dependents; consumers that run side by side only read. It must return
/// normally: no longjmp, no exception, no end of the thread across it.
pub type disruptor_consume_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, batch: *const disruptor_batch_t) -> i32>;

/// A consumer's flag: batches come as spans, each one piece of memory in place of an array: `span`,
/// `stride` and `length` of `disruptor_batch_t`, while `elements` is NULL. The fastest way to read
/// elements of one size: nothing is collected. A batch ends where the next element has another
/// length or was spilled, and at the ring's last slot, also below `min_batch`.
pub const DISRUPTOR_CONSUMER_SPANS: u64 = 1;

/// How to make a consumer. To be filled by `disruptor_consumer_config_init` first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_consumer_config_t {
    /// sizeof(disruptor_consumer_config_t).
    pub struct_size: usize,
    /// UTF-8, copied; need not be unique. NULL = the default, "consumer-" and its id.
    pub name: *const c_char,
    /// Gets the elements. Required.
    pub on_batch: disruptor_consume_fn,
    /// Called on the consumer's thread before its first batch; NULL = nothing. Default NULL.
    pub on_start: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Called there after the last batch, exactly once if `on_start` was. NULL = not. Default NULL.
    pub on_close: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Passed to these three, and to be kept until `on_close` has returned. Default NULL.
    pub user_data: *mut c_void,
    /// Ids of consumers that must have finished an element before this one gets it. Default NULL.
    pub depends_on: *const u32,
    /// How many they are. Default 0: elements come as soon as they are published.
    pub depends_on_count: usize,
    /// Hold delivery until so many elements can be read, at most the capacity; 0 = 1. Default 0.
    pub min_batch: usize,
    /// But not longer than until the oldest has waited so many nanoseconds, or flush or close, or
    /// until the ring is full or a producer finds no room. Default DISRUPTOR_WAIT_FOREVER.
    pub linger_ns: u64,
    /// Most elements of a batch, `min_batch` to the capacity; 0 = the library's choice. Default 0.
    pub max_batch: usize,
    /// The CPU to run on, counted from 0; -1 = any. Default -1.
    pub cpu: i32,
    /// 0 = the consumer sees every element. Consumers with an equal other number are a group, whose
    /// members share the elements: each goes to exactly one of them, whoever is free. They must all
    /// have the same `depends_on`; who depends on one of them depends on the group. A member gets its
    /// elements in sequence order, but for what a poller left behind. Default 0.
    pub group: u32,
    /// DISRUPTOR_CONSUMER_*, or 0. Default 0.
    pub flags: u64,
}

versioned!(disruptor_consumer_config_t {
    struct_size,
    name,
    on_batch,
    on_start,
    on_close,
    user_data,
    depends_on,
    depends_on_count,
    min_batch,
    linger_ns,
    max_batch,
    cpu,
    group,
    flags,
});

// As for `disruptor_config_t`.
const _: () = assert!(size_of::<disruptor_consumer_config_t>() == 104 || size_of::<usize>() != 8);

impl Default for disruptor_consumer_config_t {
    fn default() -> Self {
        let core = ConsumerConfig::default();
        Self {
            struct_size: size_of::<Self>(),
            name: ptr::null(),
            on_batch: None,
            on_start: None,
            on_close: None,
            user_data: ptr::null_mut(),
            depends_on: ptr::null(),
            depends_on_count: 0,
            min_batch: core.min_batch,
            linger_ns: core.linger_ns,
            max_batch: core.max_batch,
            cpu: core.cpu,
            group: 0,
            flags: 0,
        }
    }
}

/// -- REGISTER AND UNREGISTER ---------------------------------------------------------------------
///
/// Fills a consumer's configuration with its size and the defaults, or does nothing with NULL.
///
/// Threads: any, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_consumer_config_init(config: *mut disruptor_consumer_config_t) {
    if !config.is_null() {
        // SAFETY: not NULL, so the caller's to be filled.
        unsafe { config.write_unaligned(disruptor_consumer_config_t::default()) };
    }
}

/// Starts a consumer: a thread of its own, with every signal blocked, named after the disruptor and
/// the consumer as far as the platform allows. It gets every element whose produce call begins
/// after this has returned, once, in sequence order, and perhaps some of calls that run at the same
/// time. Returns when `on_start` has returned.
///
/// config: read during the call only.
/// out_consumer: gets the consumer's id, before its first batch, so that `on_batch` may use it. Ids
/// count up from 0 and are never used again.
///
/// Threads: any, at any time, also while others produce, also a consumer's own.
///
/// Returns OK; INVALID_ARGUMENT; OUT_OF_MEMORY; NO_SUCH_CONSUMER: in `depends_on`;
/// TOO_MANY_CONSUMERS; THREAD_FAILED: no thread, or no such CPU; CLOSED; UNSUPPORTED: `cpu` on a
/// platform that cannot pin threads; WOULD_DEADLOCK: consumers wait for each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_register(
    disruptor: *mut disruptor_t,
    config: *const disruptor_consumer_config_t,
    out_consumer: *mut u32,
) -> disruptor_status_t {
    guard("disruptor_register", || {
        // SAFETY: the caller's struct of the size that it carries.
        let config = unsafe { versioned::read(config, "config") }?;
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let out = pointer(out_consumer, "out_consumer")?;
        let on_batch = config.on_batch.ok_or_else(|| bad("on_batch", Problem::Null))?;
        // SAFETY: the caller's struct, with a string or NULL, and an array of `depends_on_count`.
        let settings = unsafe { settings(&config) }?;
        let callbacks = Callbacks {
            on_batch,
            on_start: config.on_start,
            on_close: config.on_close,
            user_data: UserData(config.user_data),
            on_error: handle.on_error,
            on_error_data: handle.on_error_data,
        };
        // SAFETY: checked above; the caller's to be written.
        let announce = |consumer| unsafe { out.write(consumer) };
        handle.core.register(&settings, callbacks, announce).map_err(dependency)
    })
}

/// What core wants to know of a consumer, callbacks aside.
///
/// # Safety
/// `name` is NULL or a string and `depends_on` an array of `depends_on_count`, which stay as they are
/// for `'a`.
pub(super) unsafe fn settings<'a>(
    config: &disruptor_consumer_config_t,
) -> Result<ConsumerConfig<'a>, Error> {
    let count = config.depends_on_count;
    let depends_on = array(config.depends_on, "depends_on", count, "depends_on_count")?;
    if config.flags & !DISRUPTOR_CONSUMER_SPANS != 0 {
        let allowed = "0, 1 (DISRUPTOR_CONSUMER_SPANS)";
        return Err(bad("flags", Problem::Unknown { value: config.flags, allowed }));
    }
    Ok(ConsumerConfig {
        // SAFETY: promised by the caller.
        name: unsafe { text::optional(config.name, "name") }?,
        // SAFETY: promised by the caller.
        depends_on: unsafe { elements(depends_on, count, "depends_on_count") }?,
        min_batch: config.min_batch,
        linger_ns: config.linger_ns,
        max_batch: config.max_batch,
        cpu: config.cpu,
        group: config.group,
        spans: config.flags & DISRUPTOR_CONSUMER_SPANS != 0,
    })
}

/// Who registers a consumer knows only one kind that may not be there: its dependencies.
pub(super) fn dependency(error: Error) -> Error {
    match error {
        Error::NoSuchConsumer { id } => Error::NoSuchDependency { id },
        other => other,
    }
}

/// Takes a consumer out: its current batch ends, `on_close` runs, its thread ends, and producers no
/// longer wait for it. Its dependents wait for what it depended on instead.
///
/// timeout_ns: nanoseconds; 0 = only ask it to leave; DISRUPTOR_WAIT_FOREVER = no limit. After
/// TIMED_OUT it goes on in the background, and the call can be made again.
///
/// Threads: any, at any time. Called on the consumer's own thread it returns at once and takes
/// effect after the batch.
///
/// Returns OK, also if it has left already; INVALID_ARGUMENT: also if it is a poller, which is to
/// be destroyed instead; NO_SUCH_CONSUMER; TIMED_OUT; WOULD_DEADLOCK: two consumers that unregister
/// each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_unregister(
    disruptor: *mut disruptor_t,
    consumer: u32,
    timeout_ns: u64,
) -> disruptor_status_t {
    guard("disruptor_unregister", || {
        // SAFETY: the caller's handle.
        unsafe { opened(disruptor) }?.core.unregister(consumer, timeout_ns)
    })
}
