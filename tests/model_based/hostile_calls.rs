//! Calls with arguments that no well-behaved program makes, in whatever state the ring is. The library has to refuse
//! them, to read and write no byte behind what it was given, and to change nothing.

use std::ffi::CStr;
use std::mem::offset_of;
use std::ptr;

use disruptor::ffi::disruptor_status_t as Status;
use disruptor::ffi::disruptor_status_t::*;
use disruptor::ffi::*;

use crate::hostile::Hostile;
use crate::world::{Outcome, World, check};

/// Where the fields begin, and so those before end.
macro_rules! ends {
    ($of:ident: $($field:ident),+) => { &[$(offset_of!($of, $field)),+] };
}

const CONFIG: &[usize] = ends!(disruptor_config_t: name, capacity, element_size, max_element_size,
    element_alignment, producer_mode, wait_strategy, max_consumers, flags, on_error, on_error_data);
const CONSUMER: &[usize] = ends!(disruptor_consumer_config_t: name, on_batch, on_start, on_close,
    user_data, depends_on, depends_on_count, min_batch, linger_ns, max_batch, cpu, group, flags);
const STATS: &[usize] = ends!(disruptor_stats_t: state, consumers, capacity, produced,
    producer_blocked_ns, producer_blocked_count, elapsed_ns, produced_per_sec, current_lag, max_lag,
    average_lag);
const CONSUMER_STATS: &[usize] = ends!(disruptor_consumer_stats_t: consumer, state, consumed,
    consumed_bytes, batches, largest_batch, errors, retries, blocked_ns, consume_ns,
    consumed_per_sec, current_lag, max_lag, average_lag, in_batch_ns, name);

/// The largest ring that is really made.
const MODEST: usize = 1 << 20;

impl World {
    pub(crate) fn hostile(&mut self, hostile: &Hostile) -> Outcome {
        match hostile.what {
            0 => create(hostile),
            1 | 2 => self.enter_hostile(hostile),
            3 => self.hostile_stats(hostile),
            4 => self.hostile_consumer_stats(hostile),
            5 => self.hostile_consumers(hostile),
            6 => self.hostile_report(hostile),
            7 => self.hostile_claim(hostile),
            8 => self.hostile_produce(hostile),
            9 => self.hostile_release(hostile),
            10 => self.without_pointers(hostile),
            _ => self.askew(hostile),
        }
    }

    fn enter_hostile(&self, hostile: &Hostile) -> Outcome {
        let (value, capacity) = (hostile.value, self.model.capacity as usize);
        let dependencies = [0; 2];
        let mut config =
            disruptor_consumer_config_t { depends_on: dependencies.as_ptr(), ..Default::default() };
        let is_wrong = match hostile.field {
            0 => {
                config.depends_on_count = value;
                // Fewer are the caller's promise.
                value > isize::MAX as usize / 4
            }
            1 => {
                config.min_batch = value;
                value > capacity
            }
            2 => {
                config.max_batch = value;
                value > capacity
            }
            3 => {
                (config.min_batch, config.max_batch) = (2, 1);
                true
            }
            4 => {
                config.cpu = -2 - (value as i32 & i32::MAX >> 1);
                true
            }
            5 => {
                config.flags = value as u64;
                value > 1
            }
            6 => {
                config.name = c"\xff".as_ptr();
                true
            }
            7 => {
                (config.depends_on, config.depends_on_count) = (ptr::null(), 1 + (value & 0xff));
                true
            }
            _ => false,
        };
        // A poller that calls back, or a consumer that does not, is as wrong as can be.
        let is_whole = hostile.struct_size.is_none_or(|size| size >= size_of_val(&config));
        if !(is_wrong && is_whole) && hostile.is_size_right::<disruptor_consumer_config_t>(CONSUMER)
        {
            return Ok(());
        }
        let (bytes, _) = hostile.sized(&config);
        let (mut id, mut poller) = (77, ptr::dangling_mut());
        // SAFETY: the struct is as long as it says, or the library promises to notice.
        let status = unsafe {
            if hostile.what == 1 {
                disruptor_register(self.library.handle(), bytes.as_ptr().cast(), &raw mut id)
            } else {
                let config = bytes.as_ptr().cast();
                disruptor_poller_create(self.library.handle(), config, &raw mut poller)
            }
        };
        expect(status, DISRUPTOR_INVALID_ARGUMENT)?;
        check((id, poller) == (77, ptr::dangling_mut()), || "it wrote its result".to_owned())
    }

    fn hostile_stats(&self, hostile: &Hostile) -> Outcome {
        let (mut bytes, _) = hostile.sized(&self.library.stats());
        // SAFETY: as above.
        let fill = |at: *mut u8| unsafe { disruptor_stats(self.library.handle(), at.cast()) };
        let is_right = hostile.is_size_right::<disruptor_stats_t>(STATS);
        filled(&mut bytes, fill, if is_right { DISRUPTOR_OK } else { DISRUPTOR_INVALID_ARGUMENT })
    }

    fn hostile_consumer_stats(&self, hostile: &Hostile) -> Outcome {
        // SAFETY: only numbers.
        let empty: disruptor_consumer_stats_t = unsafe { std::mem::zeroed() };
        let (mut bytes, _) = hostile.sized(&empty);
        let id = hostile.value as u32;
        let fill = |at: *mut u8| {
            // SAFETY: as above.
            unsafe { disruptor_consumer_stats(self.library.handle(), id, at.cast()) }
        };
        let is_there = (id as usize) < self.model.consumers.len();
        let right = match hostile.is_size_right::<disruptor_consumer_stats_t>(CONSUMER_STATS) {
            false => DISRUPTOR_INVALID_ARGUMENT,
            true if is_there => DISRUPTOR_OK,
            true => DISRUPTOR_NO_SUCH_CONSUMER,
        };
        filled(&mut bytes, fill, right)
    }

    fn hostile_consumers(&self, hostile: &Hostile) -> Outcome {
        let (max, right) = (hostile.value % 6, self.library.consumers());
        let (mut ids, mut count) = (vec![u32::MAX; max], usize::MAX);
        // SAFETY: there is room for `max`.
        let status = unsafe {
            disruptor_consumers(self.library.handle(), ids.as_mut_ptr(), max, &raw mut count)
        };
        expect(status, DISRUPTOR_OK)?;
        let (got, rest) = ids.split_at(max.min(right.len()));
        let is_right = right.starts_with(got) && rest.iter().all(|&id| id == u32::MAX);
        check(is_right && count == right.len(), || {
            format!("{count} consumers: {ids:?}, not {right:?}")
        })
    }

    fn hostile_report(&self, hostile: &Hostile) -> Outcome {
        let (format, size) = (hostile.field as u32 % 6, hostile.value % 4096);
        let (mut buffer, mut len) = (vec![1u8; size], usize::MAX);
        // SAFETY: there is room for `size`.
        let status = unsafe {
            let buffer = buffer.as_mut_ptr().cast();
            disruptor_report(self.library.handle(), format, buffer, size, &raw mut len)
        };
        if format > 3 {
            expect(status, DISRUPTOR_INVALID_ARGUMENT)?;
            return check(len == usize::MAX && buffer.iter().all(|&byte| byte == 1), || {
                "it wrote without a format".to_owned()
            });
        }
        expect(status, if size > len { DISRUPTOR_OK } else { DISRUPTOR_INVALID_ARGUMENT })?;
        let text = CStr::from_bytes_until_nul(&buffer).map(|text| text.to_str().map(str::len));
        let is_right = match text {
            Ok(Ok(end)) => end == len.min(size - 1) || size <= len && end + 4 > size,
            _ => size == 0,
        };
        check(is_right, || format!("{len} bytes in {size}: {text:?}"))
    }

    fn hostile_claim(&self, hostile: &Hostile) -> Outcome {
        let mut claim = self.open.first().copied().unwrap_or(crate::library::no_claim());
        match hostile.field {
            0..3 => claim.first_sequence = claim.first_sequence.wrapping_add(hostile.value as u64),
            3..6 => claim.first_sequence = hostile.value as u64,
            6..9 => claim.count = hostile.value,
            _ => {
                let count = hostile.value.max(self.model.capacity as usize + 1);
                let refused =
                    self.library.claim(if hostile.value == 0 { 0 } else { count }, 0).err();
                return check(refused == Some(DISRUPTOR_INVALID_ARGUMENT), || {
                    format!("{refused:?}")
                });
            }
        }
        let same = |open: &disruptor_claim_t| {
            (open.first_sequence, open.count) == (claim.first_sequence, claim.count)
        };
        if self.open.iter().any(same) {
            return Ok(());
        }
        expect(self.library.publish(&claim), DISRUPTOR_INVALID_ARGUMENT)?;
        let (mut prefix, part) = (claim, hostile.value % 3);
        let status = self.library.publish_prefix(&mut prefix, part);
        expect(status, DISRUPTOR_INVALID_ARGUMENT)?;
        expect(self.library.abandon(&claim), DISRUPTOR_INVALID_ARGUMENT)
    }

    fn hostile_produce(&self, hostile: &Hostile) -> Outcome {
        let byte = 7u8;
        let right = disruptor_slice_t { data: &raw const byte, len: 1 };
        let mut slices = [right, right, right];
        let mut allowed = self.refusals();
        let mut count = 3;
        match hostile.field {
            0..4 => {
                slices[hostile.field % 3] = disruptor_slice_t { data: ptr::null(), len: 1 };
                allowed = vec![DISRUPTOR_INVALID_ARGUMENT];
            }
            4..8 => {
                count = hostile.value.max(isize::MAX as usize / 16 + 1);
                allowed = vec![DISRUPTOR_INVALID_ARGUMENT];
            }
            _ => {
                // None of these bytes are there, nor looked at.
                slices[hostile.field % 3].len = hostile.value.max(self.longest + 1);
                allowed.push(DISRUPTOR_ELEMENT_TOO_LARGE);
            }
        }
        let mut accepted = usize::MAX;
        // SAFETY: so wrong that the library promises to notice.
        let status = unsafe {
            let slices = slices.as_ptr();
            disruptor_produce_timeout(self.library.handle(), slices, count, 0, &raw mut accepted)
        };
        check(allowed.contains(&status) && accepted == 0, || {
            format!("expected {allowed:?}: {status:?}, {accepted} accepted")
        })
    }

    fn hostile_release(&self, hostile: &Hostile) -> Outcome {
        let Some((id, poller)) = self.pollers.get(hostile.field % self.pollers.len().max(1)) else {
            return Ok(());
        };
        let batch = self.model.consumers[*id as usize].batch;
        let most = batch.map_or(0, |(first, end)| end - first) as usize;
        expect(poller.release(hostile.value.max(most + 1)), DISRUPTOR_INVALID_ARGUMENT)
    }

    /// Pointers to nothing that could be there, beside what is.
    fn askew(&self, hostile: &Hostile) -> Outcome {
        fn beside<T>(it: &mut T, by: usize) -> *mut T {
            ptr::from_mut(it).wrapping_byte_add(1 + by % 3)
        }
        let (ring, by) = (self.library.handle(), hostile.value);
        let mut slices = [disruptor_slice_t { data: [0u8].as_ptr(), len: 1 }; 2];
        let mut claim = self.open.first().copied().unwrap_or(crate::library::no_claim());
        let (mut ids, mut count, mut undelivered) = ([0u32; 2], 0usize, 0u64);
        // SAFETY: numbers and pointers.
        let mut batch: disruptor_batch_t = unsafe { std::mem::zeroed() };
        let (mut poller, mut text) = (ptr::null_mut(), [0; 8]);
        let consumer = disruptor_consumer_config_t::default();
        let polled = self.pollers.first().map(|(_, poller)| poller.handle());
        // SAFETY: the library promises to notice.
        let status = unsafe {
            let crooked = ring.wrapping_byte_add(1 + by % 3);
            let all = beside(&mut claim, by);
            match (hostile.field, polled) {
                (0, _) => disruptor_flush(crooked, 0),
                (1, _) => disruptor_produce(ring, beside(&mut slices[0], by), 1),
                (2, _) => disruptor_claim(ring, 1, 0, all),
                (3, _) => disruptor_publish(ring, all),
                (4, _) => disruptor_publish_prefix(ring, all, by),
                (5, _) => disruptor_abandon(ring, all),
                (6, Some(polled)) => disruptor_poll(polled, 0, beside(&mut batch, by)),
                (7, Some(polled)) => disruptor_poller_release(polled.wrapping_byte_add(1), 0),
                (8, _) => disruptor_consumers(ring, beside(&mut ids[0], by), 1, &raw mut count),
                (9, _) => disruptor_consumers(ring, ids.as_mut_ptr(), 2, beside(&mut count, by)),
                (10, _) => disruptor_report(ring, 0, text.as_mut_ptr(), 8, beside(&mut count, by)),
                (11, _) => disruptor_halt(ring, 0, beside(&mut undelivered, by)),
                (12, _) => {
                    disruptor_poller_create(ring, &raw const consumer, beside(&mut poller, by))
                }
                _ => disruptor_produce_timeout(ring, slices.as_ptr(), 1, 0, beside(&mut count, by)),
            }
        };
        expect(status, DISRUPTOR_INVALID_ARGUMENT)
    }

    fn without_pointers(&self, hostile: &Hostile) -> Outcome {
        let (ring, none) = (self.library.handle(), ptr::null_mut());
        // SAFETY: the library promises to notice.
        let status = unsafe {
            match hostile.field {
                0 => disruptor_create(ptr::null(), ptr::null_mut()),
                1 => disruptor_register(ring, ptr::null(), ptr::null_mut()),
                2 => disruptor_produce(ring, ptr::null(), 1 + hostile.value / 2),
                3 => disruptor_claim(ring, 1, 0, ptr::null_mut()),
                4 => disruptor_publish(ring, ptr::null()),
                5 => disruptor_abandon(ring, ptr::null()),
                6 => disruptor_poller_create(ring, ptr::null(), ptr::null_mut()),
                7 => disruptor_poll(ptr::null_mut(), 0, ptr::null_mut()),
                8 => disruptor_stats(ring, ptr::null_mut()),
                9 => disruptor_consumer_stats(ring, 0, ptr::null_mut()),
                10 => disruptor_consumers(ring, ptr::null_mut(), 1, ptr::null_mut()),
                11 => disruptor_report(ring, 0, ptr::null_mut(), 9, ptr::null_mut()),
                12 => disruptor_publish_prefix(ring, ptr::null_mut(), hostile.value),
                _ => disruptor_produce_one(none, ptr::null(), hostile.value),
            }
        };
        expect(status, DISRUPTOR_INVALID_ARGUMENT)
    }
}

fn create(hostile: &Hostile) -> Outcome {
    let (value, modest) = (hostile.value, hostile.value <= MODEST);
    let mut config =
        disruptor_config_t { capacity: 2, element_size: 8, ..disruptor_config_t::default() };
    let (end, is_right) = match hostile.field {
        0 => (16, {
            config.name = c"\x80".as_ptr();
            false
        }),
        1 => (24, {
            config.capacity = value;
            value > 0 && value <= 1 << 61
        }),
        2 => (32, {
            config.element_size = value;
            value > 0 && value < u32::MAX as usize
        }),
        3 => (40, {
            config.max_element_size = value;
            value == 0 || (8..u32::MAX as usize).contains(&value)
        }),
        4 => (48, {
            config.element_alignment = value;
            value == 0 || value.is_power_of_two() && value <= 4096
        }),
        5 => (52, {
            config.producer_mode = value as u32;
            value as u32 <= 1
        }),
        6 => (56, {
            config.wait_strategy = value as u32;
            value as u32 <= 3
        }),
        7 => (60, {
            config.max_consumers = value as u32;
            value as u32 <= 1024
        }),
        8 => (64, {
            config.flags = value as u32;
            value as u32 == 0
        }),
        _ => (0, true),
    };
    let is_size_right = hostile.is_size_right::<disruptor_config_t>(CONFIG);
    // A field that the caller's struct does not have says ptr::null().
    let is_there = hostile.struct_size.is_none_or(|size| size >= end);
    let is_right = is_size_right && (is_right || !is_there);
    if is_right && !modest && matches!(hostile.field, 1 | 2) {
        return Ok(());
    }
    let (bytes, _) = hostile.sized(&config);
    let mut ring = ptr::null_mut();
    // SAFETY: the struct is as long as it says, or the library promises to notice.
    let status = unsafe { disruptor_create(bytes.as_ptr().cast(), &raw mut ring) };
    if is_right {
        expect(status, DISRUPTOR_OK)?;
        // SAFETY: just made.
        return expect(unsafe { disruptor_destroy(ring) }, DISRUPTOR_OK);
    }
    expect(status, DISRUPTOR_INVALID_ARGUMENT)?;
    check(ring.is_null(), || "it wrote its result".to_owned())
}

/// Has a struct filled, whose size has to stay as it is, and all of it if that fails.
fn filled(bytes: &mut [u8], fill: impl FnOnce(*mut u8) -> Status, right: Status) -> Outcome {
    let before = bytes.to_vec();
    expect(fill(bytes.as_mut_ptr()), right)?;
    let kept = if right == DISRUPTOR_OK { 8 } else { bytes.len() };
    check(bytes[..kept] == before[..kept], || "it wrote what it should not".to_owned())
}

fn expect(status: Status, right: Status) -> Outcome {
    check(status == right, || format!("expected {right:?}: {status:?}"))
}
