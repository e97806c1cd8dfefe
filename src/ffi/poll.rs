//! Poll: consumers without a thread.

use super::arguments::{bad, pointer};
use super::create::{disruptor_batch_t, disruptor_t, opened};
use super::guard::guard;
use super::register::{dependency, disruptor_consumer_config_t, settings};
use super::status::disruptor_status_t;
use super::versioned;
use crate::core::{Error, Poller, Problem};
use crate::sync::fork::Generation;
use crate::sync::try_box;

/// A consumer that asks, from `disruptor_poller_create` until `disruptor_poller_destroy`.
pub struct disruptor_poller_t {
    generation: Generation,
    core: Poller,
}

// As for `disruptor_t`: two threads at once get an error, and nothing worse.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<disruptor_poller_t>();
};

/// The poller that a function was given, if it may be used.
///
/// # Safety
/// `poller` is NULL or a poller that is not destroyed in `'a`.
#[inline]
unsafe fn usable<'a>(poller: *const disruptor_poller_t) -> Result<&'a disruptor_poller_t, Error> {
    let poller = pointer(poller, "poller")?;
    // SAFETY: promised by the caller.
    let poller = unsafe { poller.as_ref() };
    if poller.generation != Generation::current() {
        return Err(Error::Forked);
    }
    Ok(poller)
}

/// -- POLL ----------------------------------------------------------------------------------------
///
/// A poller is a consumer without a thread of its own: its owner asks for batches, and says how
/// many elements are done. Like any consumer it holds the ring back, can depend on others, be
/// depended on and be a member of a group. `disruptor_close` does not wait for it to read; it gets
/// what is left afterwards. It may outlive its disruptor, and keeps the ring's memory.
///
///     disruptor_batch_t batch;
///     while (disruptor_poll(poller, DISRUPTOR_WAIT_FOREVER, &batch) == DISRUPTOR_OK) {
///       use(&batch);
///       disruptor_poller_release(poller, batch.count);
///     }
///     disruptor_poller_destroy(poller);
///
/// Makes a poller, which gets every element whose produce call begins after this has returned.
///
/// config: read during the call only. `on_batch`, `on_start` and `on_close` are NULL and `cpu` is
/// -1, as the init function sets them; `user_data` is not used.
/// out: gets the poller, which the caller owns and passes to `disruptor_poller_destroy`.
///
/// Threads: any, at any time.
///
/// Returns OK; INVALID_ARGUMENT; OUT_OF_MEMORY; NO_SUCH_CONSUMER: in `depends_on`;
/// TOO_MANY_CONSUMERS; CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_poller_create(
    disruptor: *mut disruptor_t,
    config: *const disruptor_consumer_config_t,
    out: *mut *mut disruptor_poller_t,
) -> disruptor_status_t {
    guard("disruptor_poller_create", || {
        // SAFETY: the caller's struct of the size that it carries.
        let config = unsafe { versioned::read(config, "config") }?;
        // SAFETY: the caller's handle.
        let handle = unsafe { opened(disruptor) }?;
        let out = pointer(out, "out")?;
        without_callbacks(&config)?;
        // SAFETY: the caller's struct, with a string or NULL, and an array of `depends_on_count`.
        let settings = unsafe { settings(&config) }?;
        let core = handle.core.poller(&settings).map_err(dependency)?;
        let poller = try_box(disruptor_poller_t { generation: Generation::current(), core })?;
        // SAFETY: checked above; the caller's to be written.
        unsafe { out.write(Box::into_raw(poller)) };
        Ok(())
    })
}

fn without_callbacks(config: &disruptor_consumer_config_t) -> Result<(), Error> {
    let callbacks = [
        ("on_batch", config.on_batch.is_some()),
        ("on_start", config.on_start.is_some()),
        ("on_close", config.on_close.is_some()),
    ];
    match callbacks.into_iter().find(|&(_, is_there)| is_there) {
        Some((name, _)) => {
            Err(bad(name, Problem::NotNull { why: "a poller has no thread to call it" }))
        }
        None => Ok(()),
    }
}

/// Waits for elements, and shows them. What an earlier batch held and was not released comes again,
/// also if it is less than `min_batch`; in a group exactly that, else perhaps more behind it.
///
/// timeout_ns: nanoseconds; 0 = do not wait; DISRUPTOR_WAIT_FOREVER = no limit.
/// out: gets the batch. Its elements are valid until they are released, or until the next poll.
///
/// Threads: any, one at a time for each poller.
///
/// Returns OK; INVALID_ARGUMENT; EMPTY: there is nothing, and `timeout_ns` is 0; TIMED_OUT; CLOSED:
/// closed and everything read, or halted; WOULD_DEADLOCK: on the thread of a consumer that would
/// have to finish something first; CONCURRENT_USE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_poll(
    poller: *mut disruptor_poller_t,
    timeout_ns: u64,
    out: *mut disruptor_batch_t,
) -> disruptor_status_t {
    guard("disruptor_poll", || {
        // SAFETY: the caller's poller.
        let poller = unsafe { usable(poller) }?;
        let out = pointer(out, "out")?;
        let batch = poller.core.poll(timeout_ns, |batch| disruptor_batch_t::from(batch))?;
        // SAFETY: checked above; the caller's to be written.
        unsafe { out.write(batch) };
        Ok(())
    })
}

/// Says that the first `consumed` elements of the batch, those not released before, are done: their
/// slots may be used again, and dependents get them. Never waits.
///
/// consumed: 0 to what is left of the batch.
///
/// Threads: any, one at a time for each poller.
///
/// Returns OK; INVALID_ARGUMENT: also if so many were not polled; CONCURRENT_USE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_poller_release(
    poller: *mut disruptor_poller_t,
    consumed: usize,
) -> disruptor_status_t {
    // SAFETY: the caller's poller.
    guard("disruptor_poller_release", || unsafe { usable(poller) }?.core.release(consumed))
}

/// A file descriptor for poll, epoll, libuv and the like, readable when there may be something to
/// poll, and at the end. Then poll with timeout 0 until EMPTY, which is what makes it unreadable;
/// read nothing from it. It does not tell when what `min_batch` holds back has lingered: then poll
/// once in `linger_ns`. The descriptor belongs to the poller, which closes it.
///
/// out_fd: gets the descriptor, always the same one.
///
/// Threads: any, one at a time for each poller.
///
/// Returns OK; INVALID_ARGUMENT; OUT_OF_MEMORY: also if there are no more descriptors; UNSUPPORTED:
/// not Linux; CONCURRENT_USE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_poller_fd(
    poller: *mut disruptor_poller_t,
    out_fd: *mut i32,
) -> disruptor_status_t {
    guard("disruptor_poller_fd", || {
        // SAFETY: the caller's poller.
        let poller = unsafe { usable(poller) }?;
        let out = pointer(out_fd, "out_fd")?;
        let fd = poller.core.fd()?;
        // SAFETY: checked above; the caller's to be written.
        unsafe { out.write(fd) };
        Ok(())
    })
}

/// The poller's id as a consumer, for `depends_on` and statistics.
///
/// out_consumer: gets the id.
///
/// Threads: any, at any time.
///
/// Returns OK; INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_poller_id(
    poller: *const disruptor_poller_t,
    out_consumer: *mut u32,
) -> disruptor_status_t {
    guard("disruptor_poller_id", || {
        // SAFETY: the caller's poller.
        let poller = unsafe { usable(poller) }?;
        let out = pointer(out_consumer, "out_consumer")?;
        // SAFETY: checked above; the caller's to be written.
        unsafe { out.write(poller.core.id()) };
        Ok(())
    })
}

/// Takes the poller out of the ring, as `disruptor_unregister` does with other consumers, and frees
/// it. What it polled and did not release goes to other members of its group, if it is in one. NULL
/// is fine. After OK the poller is gone.
///
/// Threads: any; no other thread may begin a call with the poller any more.
///
/// Returns OK; INVALID_ARGUMENT; CONCURRENT_USE: another thread is in a call, nothing was done;
/// FORKED: in the child of a fork, nothing was freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn disruptor_poller_destroy(
    poller: *mut disruptor_poller_t,
) -> disruptor_status_t {
    guard("disruptor_poller_destroy", || {
        if poller.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's poller.
        unsafe { usable(poller) }?.core.is_free()?;
        // SAFETY: `disruptor_poller_create` made it from a box; nobody else uses it any more.
        drop(unsafe { Box::from_raw(poller) });
        Ok(())
    })
}
