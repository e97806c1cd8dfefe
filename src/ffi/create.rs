//! Create: a disruptor from its configuration.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::arguments::{bad, pointer};
use super::claim::disruptor_direct_t;
use super::guard::guard;
use super::handler::UserData;
use super::status::disruptor_status_t;
use super::text;
use super::versioned::{self, versioned};
use crate::core::{Config, Disruptor, Element, Error, Problem, ProducerMode, WaitStrategy};
use crate::sync::fork::Generation;
use crate::sync::try_box;

/// A disruptor. From `disruptor_create` until `disruptor_destroy`.
pub struct disruptor_t {
    generation: Generation,
    pub(super) core: Disruptor,
    pub(super) direct: Option<disruptor_direct_t>,
    pub(super) max_element_size: usize,
    pub(super) on_error: disruptor_error_fn,
    pub(super) on_error_data: UserData,
}

// Every function gets at it by shared reference, from any thread.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<disruptor_t>();
};

/// The handle that a function was given, if it may be used.
///
/// # Safety
/// `disruptor` is NULL or a handle that is not destroyed in `'a`.
#[inline]
pub(super) unsafe fn opened<'a>(disruptor: *const disruptor_t) -> Result<&'a disruptor_t, Error> {
    let handle = pointer(disruptor, "disruptor")?;
    // SAFETY: promised by the caller.
    let handle = unsafe { handle.as_ref() };
    if handle.generation != Generation::current() {
        return Err(Error::Forked);
    }
    Ok(handle)
}

/// Bytes to produce. Read only; the library copies them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_slice_t {
    /// The first byte; may be NULL if `len` is 0.
    pub data: *const u8,
    /// Bytes.
    pub len: usize,
}

/// An element as a consumer gets it: the bytes of its slot.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_element_t {
    /// The first byte, aligned to `element_alignment`; never NULL.
    pub data: *mut u8,
    /// Bytes.
    pub len: usize,
}

// A batch shows core's elements to C as they are.
const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<disruptor_element_t>() == size_of::<Element>());
    assert!(align_of::<disruptor_element_t>() == align_of::<Element>());
    assert!(offset_of!(disruptor_element_t, data) == offset_of!(Element, data));
    assert!(offset_of!(disruptor_element_t, len) == offset_of!(Element, len));
};

/// Elements that are handed to a consumer together, in sequence order and without a gap.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_batch_t {
    /// `count` of them. They and their bytes, also in a span, are valid until the callback returns;
    /// if polled, until they are released or the next poll. NULL with DISRUPTOR_CONSUMER_SPANS.
    pub elements: *const disruptor_element_t,
    /// At least 1.
    pub count: usize,
    /// Element i has the sequence number `first_sequence + i`.
    pub first_sequence: u64,
    /// How many elements this consumer could get behind this batch; 0 = it is the end of what there
    /// is. Abandoned slots do not count, nor does in a group what other members have.
    pub backlog: u64,
    /// With DISRUPTOR_CONSUMER_SPANS: element i is at `span + i * stride`. NULL without.
    pub span: *mut u8,
    /// Bytes from one element of the span to the next.
    pub stride: usize,
    /// Bytes of each element of the span.
    pub length: usize,
}

/// Values for `producer_mode`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum disruptor_producer_mode_t {
    /// Any number of threads may produce at once.
    DISRUPTOR_PRODUCER_MULTI = 0,
    /// One thread at a time produces, which is faster. A second one gets CONCURRENT_USE.
    DISRUPTOR_PRODUCER_SINGLE = 1,
}

/// Values for `wait_strategy`: how consumers wait for elements, and producers for room.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum disruptor_wait_strategy_t {
    /// Look for a microsecond at most, yield ten times, or for 0.1 ms as long as that has success,
    /// sleep until woken. Idle, no CPU time.
    DISRUPTOR_WAIT_BLOCK = 0,
    /// Spin, then give up the time slice again and again. Never sleeps.
    DISRUPTOR_WAIT_YIELD = 1,
    /// Burn the core: the lowest latency.
    DISRUPTOR_WAIT_SPIN = 2,
    /// Spin, yield, then sleep 50 to 100 us, again and again, and a millisecond after some
    /// hundredths of a second without anything. Nobody has to wake the sleeper.
    DISRUPTOR_WAIT_SLEEP = 3,
}

/// Values for a `disruptor_error_fn` to return. Any other number counts as CONTINUE.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum disruptor_error_action_t {
    /// The failure is counted, the consumer goes on with the next batch.
    DISRUPTOR_ERROR_CONTINUE = 0,
    /// The same batch is delivered again: until that succeeds, `on_error` says otherwise, the consumer
    /// is unregistered or the disruptor halted. `disruptor_close` alone waits. What a member of a
    /// group fails at when it is unregistered it has not consumed: another member gets it, if there is
    /// one. Otherwise it counts as consumed, as after CONTINUE and STOP.
    DISRUPTOR_ERROR_RETRY = 1,
    /// The consumer ends as if unregistered; its state is FAILED, and nobody waits for it any more.
    DISRUPTOR_ERROR_STOP = 2,
}

/// Called when `on_batch` of `consumer` returned `code`, which is not 0, for `batch`: once for each
/// failed delivery, on that consumer's thread. Returns one of DISRUPTOR_ERROR_*. Several consumers'
/// threads may be in it at the same time. It must return normally (see `disruptor_consume_fn`).
pub type disruptor_error_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        consumer: u32,
        batch: *const disruptor_batch_t,
        code: i32,
    ) -> u32,
>;

/// How to make a disruptor. To be filled by `disruptor_config_init` first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct disruptor_config_t {
    /// sizeof(disruptor_config_t).
    pub struct_size: usize,
    /// UTF-8, copied; names the threads and the reports. NULL = the default, "disruptor".
    pub name: *const c_char,
    /// Elements in flight, exactly; any number from 1. Default 1024.
    pub capacity: usize,
    /// Bytes preallocated in each slot, at least 1. Default 64.
    pub element_size: usize,
    /// Bytes of the longest element; 0 = `element_size`. A longer element than `element_size` goes
    /// to a buffer that its slot allocates at the first one and then keeps. Default 0.
    pub max_element_size: usize,
    /// Alignment of each element's first byte: a power of two up to 4096; 0 = 8. Default 0.
    pub element_alignment: usize,
    /// DISRUPTOR_PRODUCER_*. Default MULTI.
    pub producer_mode: u32,
    /// DISRUPTOR_WAIT_*. Default BLOCK.
    pub wait_strategy: u32,
    /// Consumers at the same time; 0 = 64, at most 1024. Default 0.
    pub max_consumers: u32,
    /// 0: no flags are defined yet.
    pub flags: u32,
    /// Asked what to do when a consumer fails; NULL = CONTINUE. Default NULL.
    pub on_error: disruptor_error_fn,
    /// Passed to `on_error`. Default NULL.
    pub on_error_data: *mut c_void,
}

versioned!(disruptor_config_t {
    struct_size,
    name,
    capacity,
    element_size,
    max_element_size,
    element_alignment,
    producer_mode,
    wait_strategy,
    max_consumers,
    flags,
    on_error,
    on_error_data,
});

// `disruptor_config_init` does not know how large the caller's struct is. Before a field is added:
// docs/abi.md, "Growing a struct".
const _: () = assert!(size_of::<disruptor_config_t>() == 80 || size_of::<usize>() != 8);

impl Default for disruptor_config_t {
    fn default() -> Self {
        let core = Config::default();
        Self {
            struct_size: size_of::<Self>(),
            name: ptr::null(),
            capacity: core.capacity,
            element_size: core.element_size,
            max_element_size: core.max_element_size,
            element_alignment: core.element_alignment,
            producer_mode: disruptor_producer_mode_t::DISRUPTOR_PRODUCER_MULTI as u32,
            wait_strategy: disruptor_wait_strategy_t::DISRUPTOR_WAIT_BLOCK as u32,
            max_consumers: core.max_consumers as u32,
            flags: 0,
            on_error: None,
            on_error_data: ptr::null_mut(),
        }
    }
}

/// -- CREATE --------------------------------------------------------------------------------------
///
/// Fills a configuration with its size and the defaults. Does nothing if `config` is NULL.
///
/// Threads: any, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_config_init(config: *mut disruptor_config_t) {
    if !config.is_null() {
        // SAFETY: not NULL, so the caller's to be filled.
        unsafe { config.write_unaligned(disruptor_config_t::default()) };
    }
}

/// Makes a disruptor. All memory of the ring is allocated and touched here; later neither producing
/// nor delivering allocates, but for the first element that spills in a slot. It has no threads
/// until consumers are registered.
///
/// config: read during the call only; NULL = the defaults.
/// out: gets the handle, which the caller owns and passes to `disruptor_destroy` in the end.
///
/// Threads: any, at any time.
///
/// Returns OK; INVALID_ARGUMENT; OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_create(
    config: *const disruptor_config_t,
    out: *mut *mut disruptor_t,
) -> disruptor_status_t {
    guard("disruptor_create", || {
        let config = if config.is_null() {
            disruptor_config_t::default()
        } else {
            // SAFETY: not NULL, so the caller's struct of the size that it carries.
            unsafe { versioned::read(config, "config") }?
        };
        let out = pointer(out, "out")?;
        // SAFETY: the caller's string or NULL.
        let name = unsafe { text::optional(config.name, "name") }?;
        let handle = Box::into_raw(try_box(create(&config, name)?)?);
        // SAFETY: made just now, and nobody else knows it; `out` was checked and is the caller's to be
        // written.
        unsafe {
            if let Some(direct) = &mut (*handle).direct {
                direct.disruptor = handle;
            }
            out.write(handle);
        }
        Ok(())
    })
}

fn create(config: &disruptor_config_t, name: Option<&str>) -> Result<disruptor_t, Error> {
    let defaults = Config::default();
    if config.flags != 0 {
        return Err(unknown("flags", config.flags, "0"));
    }
    let core = Config {
        name: name.unwrap_or(defaults.name),
        capacity: config.capacity,
        element_size: config.element_size,
        max_element_size: config.max_element_size,
        element_alignment: config.element_alignment,
        producer_mode: producer_mode(config.producer_mode)?,
        wait_strategy: wait_strategy(config.wait_strategy)?,
        max_consumers: config.max_consumers as usize,
    };
    let not_told = |_| Error::OutOfMemory { what: "being told of forks", bytes: 0 };
    Generation::watch().map_err(not_told)?;
    let (generation, core) = (Generation::current(), Disruptor::create(&core)?);
    Ok(disruptor_t {
        generation,
        direct: core.direct_path().map(|path| disruptor_direct_t::new(path, generation)),
        core,
        max_element_size: config.max_element_size.max(config.element_size),
        on_error: config.on_error,
        on_error_data: UserData(config.on_error_data),
    })
}

fn producer_mode(value: u32) -> Result<ProducerMode, Error> {
    const MULTI: u32 = disruptor_producer_mode_t::DISRUPTOR_PRODUCER_MULTI as u32;
    const SINGLE: u32 = disruptor_producer_mode_t::DISRUPTOR_PRODUCER_SINGLE as u32;
    match value {
        MULTI => Ok(ProducerMode::Multi),
        SINGLE => Ok(ProducerMode::Single),
        _ => Err(unknown("producer_mode", value, "0 (MULTI), 1 (SINGLE)")),
    }
}

fn wait_strategy(value: u32) -> Result<WaitStrategy, Error> {
    const BLOCK: u32 = disruptor_wait_strategy_t::DISRUPTOR_WAIT_BLOCK as u32;
    const YIELD: u32 = disruptor_wait_strategy_t::DISRUPTOR_WAIT_YIELD as u32;
    const SPIN: u32 = disruptor_wait_strategy_t::DISRUPTOR_WAIT_SPIN as u32;
    const SLEEP: u32 = disruptor_wait_strategy_t::DISRUPTOR_WAIT_SLEEP as u32;
    match value {
        BLOCK => Ok(WaitStrategy::Block),
        YIELD => Ok(WaitStrategy::Yield),
        SPIN => Ok(WaitStrategy::Spin),
        SLEEP => Ok(WaitStrategy::Sleep),
        _ => Err(unknown("wait_strategy", value, "0 (BLOCK), 1 (YIELD), 2 (SPIN), 3 (SLEEP)")),
    }
}

/// A number from a caller that none of the enum's values has.
pub(super) fn unknown(name: &'static str, value: u32, allowed: &'static str) -> Error {
    bad(name, Problem::Unknown { value: value.into(), allowed })
}
