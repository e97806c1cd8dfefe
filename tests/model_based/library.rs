//! The exported functions, as safe ones: each owns what its handle needs.

use std::ffi::c_void;
use std::ptr;
use std::sync::Mutex;

use disruptor::ffi::disruptor_status_t as Status;
use disruptor::ffi::*;

// The C behind the functions below.
use inline_functions as _;

use crate::calls::{Shape, Spec};

#[expect(improper_ctypes, reason = "handles are opaque")]
// The inline functions of the header, compiled as C.
unsafe extern "C" {
    fn inline_claim_data(claim: *const disruptor_claim_t, i: usize) -> *mut c_void;
    fn inline_claim_span(
        claim: *const disruptor_claim_t,
        i: usize,
        count: *mut usize,
    ) -> *mut c_void;
    fn inline_claim_set_len(claim: *const disruptor_claim_t, i: usize, len: usize);
    fn inline_claim_publish(
        disruptor: *mut disruptor_t,
        claim: *mut disruptor_claim_t,
        count: usize,
    ) -> Status;
}

/// A sequence number and the bytes.
pub(crate) type Seen = (u64, Vec<u8>);

/// What a poll showed.
pub(crate) struct Polled {
    pub(crate) first: u64,
    pub(crate) elements: Vec<Vec<u8>>,
    pub(crate) backlog: u64,
    pub(crate) is_span: bool,
}

/// What a consumer with a thread writes down.
pub(crate) struct Record {
    seen: Mutex<Vec<Seen>>,
    alignment: usize,
}

unsafe extern "C" fn write_down(user_data: *mut c_void, batch: *const disruptor_batch_t) -> i32 {
    // SAFETY: the record of `Library::register`, which lives as long as the disruptor.
    let record = unsafe { &*user_data.cast::<Record>() };
    // SAFETY: the library's batch, during the callback.
    let polled = unsafe { read(&*batch, record.alignment) };
    let mut record = record.seen.lock().expect("nobody panics with it");
    record.extend((polled.first..).zip(polled.elements));
    0
}

/// # Safety
/// The batch is still valid.
unsafe fn read(batch: &disruptor_batch_t, alignment: usize) -> Polled {
    let is_span = batch.elements.is_null();
    let bytes = |nth: usize| {
        let (data, len) = if is_span {
            (batch.span.wrapping_byte_add(nth * batch.stride).cast_const(), batch.length)
        } else {
            // SAFETY: the library's array.
            let element = unsafe { &*batch.elements.add(nth) };
            (element.data.cast_const(), element.len)
        };
        assert!(data.addr().is_multiple_of(alignment), "an element is not aligned: {data:?}");
        // SAFETY: the library's bytes.
        unsafe { std::slice::from_raw_parts(data, len) }.to_vec()
    };
    let elements = (0..batch.count).map(bytes).collect();
    Polled { first: batch.first_sequence, elements, backlog: batch.backlog, is_span }
}

/// A poller, until it is destroyed.
#[derive(Clone, Copy)]
pub(crate) struct Poller(*mut disruptor_poller_t, usize);

impl Poller {
    /// For calls that no well-behaved program makes.
    pub(crate) fn handle(self) -> *mut disruptor_poller_t {
        self.0
    }

    pub(crate) fn poll(self, timeout_ns: u64) -> Result<Polled, Status> {
        // SAFETY: a struct of pointers and numbers.
        let mut batch = unsafe { std::mem::zeroed() };
        // SAFETY: not destroyed yet; `batch` is ours.
        ok(unsafe { disruptor_poll(self.0, timeout_ns, &raw mut batch) })?;
        // SAFETY: valid until the next call with the poller.
        Ok(unsafe { read(&batch, self.1) })
    }

    /// Whether its descriptor is readable.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_ready(self) -> bool {
        let mut fd = -1;
        // SAFETY: not destroyed yet; the number is ours.
        let status = unsafe { disruptor_poller_fd(self.0, &raw mut fd) };
        assert_eq!(status, Status::DISRUPTOR_OK, "fd");
        let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // SAFETY: one, and it is ours.
        unsafe { libc::poll(&raw mut poll, 1, 0) == 1 }
    }

    pub(crate) fn release(self, count: usize) -> Status {
        // SAFETY: not destroyed yet.
        unsafe { disruptor_poller_release(self.0, count) }
    }

    pub(crate) fn destroy(self) -> Status {
        // SAFETY: not destroyed yet, and not used any more if this succeeds.
        unsafe { disruptor_poller_destroy(self.0) }
    }
}

/// A disruptor.
pub(crate) struct Library {
    handle: *mut disruptor_t,
    alignment: usize,
    records: Vec<(u32, Box<Record>)>,
}

fn ok(status: Status) -> Result<(), Status> {
    if status == Status::DISRUPTOR_OK { Ok(()) } else { Err(status) }
}

impl Library {
    pub(crate) fn create(shape: &Shape) -> Result<Self, Status> {
        let config = disruptor_config_t {
            capacity: shape.capacity,
            element_size: shape.element_size,
            max_element_size: shape.max_element_size,
            producer_mode: shape.single.into(),
            wait_strategy: shape.wait,
            max_consumers: shape.max_consumers,
            element_alignment: shape.alignment,
            ..disruptor_config_t::default()
        };
        let mut handle = ptr::null_mut();
        // SAFETY: both are ours.
        ok(unsafe { disruptor_create(&raw const config, &raw mut handle) })?;
        let alignment = if shape.alignment == 0 { 8 } else { shape.alignment };
        Ok(Self { handle, alignment, records: Vec::new() })
    }

    /// For calls that no well-behaved program makes.
    pub(crate) fn handle(&self) -> *mut disruptor_t {
        self.handle
    }

    /// The status, and how many were accepted.
    pub(crate) fn produce(&self, elements: &[Vec<u8>], timeout_ns: u64) -> (Status, usize) {
        let slice = |bytes: &Vec<u8>| match bytes.len() {
            0 => disruptor_slice_t { data: ptr::null(), len: 0 },
            len => disruptor_slice_t { data: bytes.as_ptr(), len },
        };
        let slices: Vec<_> = elements.iter().map(slice).collect();
        let mut accepted = usize::MAX;
        // SAFETY: open; the slices and what they point to outlive the call.
        let status = unsafe {
            disruptor_produce_timeout(
                self.handle,
                slices.as_ptr(),
                slices.len(),
                timeout_ns,
                &raw mut accepted,
            )
        };
        (status, accepted)
    }

    /// The same of one element, by the call without a timeout; for when there is room.
    pub(crate) fn produce_one(&self, element: &[u8]) -> Status {
        // SAFETY: open; the bytes outlive the call.
        unsafe { disruptor_produce_one(self.handle, element.as_ptr().cast(), element.len()) }
    }

    pub(crate) fn claim(&self, count: usize, timeout_ns: u64) -> Result<disruptor_claim_t, Status> {
        let mut claim = no_claim();
        // SAFETY: open; `claim` is ours.
        ok(unsafe { disruptor_claim(self.handle, count, timeout_ns, &raw mut claim) })
            .map(|()| claim)
    }

    /// Writes the elements of an open claim, span by span.
    pub(crate) fn fill(&self, claim: &disruptor_claim_t, elements: &[Vec<u8>]) {
        let mut nth = 0;
        while nth < elements.len() {
            let mut count = 0;
            // SAFETY: the claim is open.
            let span = unsafe { inline_claim_span(claim, nth, &raw mut count) };
            assert!((1..=claim.count - nth).contains(&count), "a span of {count}");
            for (at, bytes) in elements[nth..nth + count].iter().enumerate() {
                let place = span.wrapping_byte_add(at * claim.stride);
                // SAFETY: the claim is open, so the slot is ours, and `bytes` fit.
                unsafe {
                    assert_eq!(place, inline_claim_data(claim, nth + at));
                    place.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                }
                self.set_len(claim, nth + at, bytes.len());
            }
            nth += count;
        }
    }

    pub(crate) fn set_len(&self, claim: &disruptor_claim_t, nth: usize, len: usize) {
        // SAFETY: as above.
        unsafe { inline_claim_set_len(claim, nth, len) };
    }

    pub(crate) fn publish(&self, claim: &disruptor_claim_t) -> Status {
        // SAFETY: open; a claim that is not open is refused.
        unsafe { disruptor_publish(self.handle, claim) }
    }

    pub(crate) fn publish_prefix(&self, claim: &mut disruptor_claim_t, count: usize) -> Status {
        // SAFETY: as above.
        unsafe { disruptor_publish_prefix(self.handle, claim, count) }
    }

    /// The same by the header's inline function.
    pub(crate) fn claim_publish(&self, claim: &mut disruptor_claim_t, count: usize) -> Status {
        // SAFETY: as above; its pointers are the library's, or NULL.
        unsafe { inline_claim_publish(self.handle, claim, count) }
    }

    pub(crate) fn abandon(&self, claim: &disruptor_claim_t) -> Status {
        // SAFETY: as above.
        unsafe { disruptor_abandon(self.handle, claim) }
    }

    pub(crate) fn poller(&self, spec: &Spec) -> Result<(u32, Poller), Status> {
        let mut poller = ptr::null_mut();
        // SAFETY: open; the configuration and what it points to outlive the call.
        ok(unsafe { disruptor_poller_create(self.handle, &config(spec), &raw mut poller) })?;
        let mut id = u32::MAX;
        // SAFETY: just made.
        ok(unsafe { disruptor_poller_id(poller, &raw mut id) })?;
        Ok((id, Poller(poller, self.alignment)))
    }

    pub(crate) fn register(&mut self, spec: &Spec) -> Result<u32, Status> {
        let seen = Mutex::new(Vec::new());
        let record = Box::new(Record { seen, alignment: self.alignment });
        let config = disruptor_consumer_config_t {
            on_batch: Some(write_down),
            user_data: (&raw const *record).cast_mut().cast(),
            ..config(spec)
        };
        let mut id = u32::MAX;
        // SAFETY: as above; the record is kept until the disruptor is destroyed.
        ok(unsafe { disruptor_register(self.handle, &raw const config, &raw mut id) })?;
        self.records.push((id, record));
        Ok(id)
    }

    /// What a consumer with a thread got so far.
    pub(crate) fn record(&self, id: u32) -> Vec<Seen> {
        let record = self.records.iter().find(|(own, _)| *own == id);
        record.map_or(Vec::new(), |(_, record)| {
            record.seen.lock().expect("nobody panics with it").clone()
        })
    }

    pub(crate) fn unregister(&self, id: u32) -> Status {
        // SAFETY: open.
        unsafe { disruptor_unregister(self.handle, id, u64::MAX) }
    }

    pub(crate) fn flush(&self) -> Status {
        // SAFETY: open.
        unsafe { disruptor_flush(self.handle, 0) }
    }

    pub(crate) fn close(&self, timeout_ns: u64) -> Status {
        // SAFETY: open.
        unsafe { disruptor_close(self.handle, timeout_ns) }
    }

    pub(crate) fn halt(&self) -> Result<u64, Status> {
        let mut undelivered = u64::MAX;
        // SAFETY: open; the number is ours.
        ok(unsafe { disruptor_halt(self.handle, u64::MAX, &raw mut undelivered) })?;
        Ok(undelivered)
    }

    pub(crate) fn stats(&self) -> disruptor_stats_t {
        // SAFETY: only numbers.
        let mut stats: disruptor_stats_t = unsafe { std::mem::zeroed() };
        stats.struct_size = size_of::<disruptor_stats_t>();
        // SAFETY: open; ours.
        let status = unsafe { disruptor_stats(self.handle, &raw mut stats) };
        assert_eq!(status, Status::DISRUPTOR_OK, "stats");
        stats
    }

    pub(crate) fn consumer_stats(&self, id: u32) -> Result<disruptor_consumer_stats_t, Status> {
        // SAFETY: only numbers.
        let mut stats: disruptor_consumer_stats_t = unsafe { std::mem::zeroed() };
        stats.struct_size = size_of::<disruptor_consumer_stats_t>();
        // SAFETY: open; ours.
        ok(unsafe { disruptor_consumer_stats(self.handle, id, &raw mut stats) }).map(|()| stats)
    }

    pub(crate) fn consumers(&self) -> Vec<u32> {
        let (mut ids, mut count) = ([0; 64], 0);
        // SAFETY: open; both are ours.
        let status = unsafe {
            disruptor_consumers(self.handle, ids.as_mut_ptr(), ids.len(), &raw mut count)
        };
        assert_eq!(status, Status::DISRUPTOR_OK, "consumers");
        ids[..count].to_vec()
    }

    /// Nobody may use it any more. Open claims and unread pollers were dealt with.
    pub(crate) fn destroy(self) -> Status {
        // SAFETY: open, and not used any more.
        unsafe { disruptor_destroy(self.handle) }
    }
}

fn config(spec: &Spec) -> disruptor_consumer_config_t {
    let defaults = disruptor_consumer_config_t::default();
    disruptor_consumer_config_t {
        depends_on: spec.depends_on.as_ptr(),
        depends_on_count: spec.depends_on.len(),
        min_batch: spec.min_batch,
        max_batch: spec.max_batch,
        linger_ns: if spec.no_linger { 0 } else { defaults.linger_ns },
        group: spec.group,
        flags: spec.spans.into(),
        ..defaults
    }
}

/// A claim that was never made.
pub(crate) fn no_claim() -> disruptor_claim_t {
    disruptor_claim_t {
        first_sequence: 0,
        count: 0,
        base: ptr::null_mut(),
        stride: 0,
        mask: 0,
        lengths: ptr::null_mut(),
        direct: ptr::null(),
    }
}
