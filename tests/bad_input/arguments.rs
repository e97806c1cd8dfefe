//! A ring with everything in it that an argument can be about, arguments that are right, and the calls.

use std::ffi::{c_char, c_void};
use std::ptr;

use disruptor::ffi::disruptor_status_t as Status;
use disruptor::ffi::*;

pub(crate) const CAPACITY: usize = 16;
pub(crate) const ELEMENT_SIZE: usize = 8;

/// In which way the library keeps open claims.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    /// With those of others: several producers.
    AmongAll,
    /// A single producer's that nothing unpublished is in front of.
    InFront,
    /// A single producer's that was made behind another one.
    Behind,
}

pub(crate) const EVERY_WAY: [Kept; 3] = [Kept::AmongAll, Kept::InFront, Kept::Behind];

/// Capacity 16, elements of 8 bytes and up to 16. Consumer 0 has a thread, consumer 1 is a poller in group 7 that has
/// polled one element. A claim of two slots is open, another one was abandoned.
pub(crate) struct World {
    pub(crate) ring: *mut disruptor_t,
    pub(crate) poller: *mut disruptor_poller_t,
    pub(crate) open: disruptor_claim_t,
    pub(crate) finished: disruptor_claim_t,
}

unsafe extern "C" fn consume(_: *mut c_void, _: *const disruptor_batch_t) -> i32 {
    0
}

pub(crate) unsafe extern "C" fn notice(_: *mut c_void) {}

fn ok(status: Status) {
    assert_eq!(status, Status::DISRUPTOR_OK, "{}", last_error());
}

/// What the calling thread's last failure was.
pub(crate) fn last_error() -> String {
    // SAFETY: never NULL, and nothing fails until it is copied.
    unsafe { std::ffi::CStr::from_ptr(disruptor_last_error()) }.to_str().expect("UTF-8").to_owned()
}

impl World {
    pub(crate) fn new(kept: Kept) -> Self {
        let is_single = !matches!(kept, Kept::AmongAll);
        let config = disruptor_config_t {
            capacity: CAPACITY,
            element_size: ELEMENT_SIZE,
            max_element_size: 2 * ELEMENT_SIZE,
            producer_mode: is_single.into(),
            ..disruptor_config_t::default()
        };
        let mut world = Self {
            ring: ptr::null_mut(),
            poller: ptr::null_mut(),
            open: NO_CLAIM,
            finished: NO_CLAIM,
        };
        let callback =
            disruptor_consumer_config_t { on_batch: Some(consume), ..Default::default() };
        let pulled = disruptor_consumer_config_t { group: 7, ..Default::default() };
        let (mut id, mut batch) = (0, NO_BATCH);
        // SAFETY: everything is ours, and right.
        unsafe {
            ok(disruptor_create(&raw const config, &raw mut world.ring));
            ok(disruptor_register(world.ring, &raw const callback, &raw mut id));
            ok(disruptor_poller_create(world.ring, &raw const pulled, &raw mut world.poller));
            ok(disruptor_produce_one(world.ring, b"hello".as_ptr().cast(), 5));
            ok(disruptor_claim(world.ring, 1, 0, &raw mut world.finished));
            let abandon = || ok(disruptor_abandon(world.ring, &raw const world.finished));
            let claim = |open| ok(disruptor_claim(world.ring, 2, 0, open));
            if let Kept::InFront = kept {
                abandon();
                claim(&raw mut world.open);
            } else {
                claim(&raw mut world.open);
                abandon();
            }
            ok(disruptor_poll(world.poller, 0, &raw mut batch));
        }
        world
    }

    /// Closed, but for the open claim and the poller that it waits for.
    pub(crate) fn closing(kept: Kept) -> Self {
        let world = Self::new(kept);
        // SAFETY: alive.
        let status = unsafe { disruptor_close(world.ring, 0) };
        assert_eq!(status, Status::DISRUPTOR_TIMED_OUT);
        world
    }

    pub(crate) fn stats(&self) -> disruptor_stats_t {
        // SAFETY: only numbers.
        let mut stats: disruptor_stats_t = unsafe { std::mem::zeroed() };
        stats.struct_size = size_of::<disruptor_stats_t>();
        // SAFETY: alive; ours.
        ok(unsafe { disruptor_stats(self.ring, &raw mut stats) });
        stats
    }

    /// Whatever happened, nothing is left.
    pub(crate) fn end(self) {
        // SAFETY: nobody uses them any more. Perhaps the claim was handed in.
        unsafe {
            disruptor_abandon(self.ring, &raw const self.open);
            ok(disruptor_poller_destroy(self.poller));
            ok(disruptor_destroy(self.ring));
        }
    }
}

const NO_CLAIM: disruptor_claim_t = disruptor_claim_t {
    first_sequence: 0,
    count: 0,
    base: ptr::null_mut(),
    stride: 0,
    mask: 0,
    lengths: ptr::null_mut(),
    direct: ptr::null(),
};
// SAFETY: numbers and a pointer.
const NO_BATCH: disruptor_batch_t = unsafe { std::mem::zeroed() };

/// Where a pointer leads.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Leads {
    Nowhere,
    /// A byte beside where it should.
    Beside,
}

/// A struct with room behind it, for fields of later versions.
#[repr(C)]
pub(crate) struct Roomy<T> {
    pub(crate) it: T,
    room: [u64; 4],
}

impl<T> Roomy<T> {
    fn new(it: T) -> Self {
        Self { it, room: [0; 4] }
    }
}

/// One of each kind: right, until somebody spoils one.
pub(crate) struct Arguments {
    ring: *mut disruptor_t,
    poller: *mut disruptor_poller_t,
    /// Pointers that are not right, by their parameter's name.
    spoiled: Vec<(String, Leads)>,
    pub(crate) config: Roomy<disruptor_config_t>,
    pub(crate) consumer_config: Roomy<disruptor_consumer_config_t>,
    pub(crate) depends_on: Vec<u32>,
    pub(crate) depends_on_leads: Option<Leads>,
    pub(crate) elements: Vec<disruptor_slice_t>,
    pub(crate) claim: disruptor_claim_t,
    pub(crate) finished: disruptor_claim_t,
    pub(crate) consumer: u32,
    pub(crate) format: u32,
    /// `count`, `len`, `max`, `size` or `consumed`, whichever the function has.
    pub(crate) size: usize,
    pub(crate) timeout_ns: u64,
    pub(crate) outs: Outs,
}

impl Arguments {
    pub(crate) fn right(function: &str, world: &World) -> Self {
        let mut consumer = disruptor_consumer_config_t {
            min_batch: 2,
            max_batch: 3,
            depends_on_count: 1,
            on_batch: Some(consume),
            ..disruptor_consumer_config_t::default()
        };
        if function == "disruptor_poller_create" {
            consumer.on_batch = None;
        }
        let config = disruptor_config_t { element_size: ELEMENT_SIZE, ..Default::default() };
        let mut right = Self {
            ring: world.ring,
            poller: world.poller,
            spoiled: Vec::new(),
            config: Roomy::new(config),
            consumer_config: Roomy::new(consumer),
            depends_on: vec![0],
            depends_on_leads: None,
            elements: vec![disruptor_slice_t { data: b"12345678".as_ptr(), len: ELEMENT_SIZE }; 3],
            claim: world.open,
            finished: world.finished,
            consumer: 0,
            format: 0,
            size: match function {
                "disruptor_poller_release" => 1,
                "disruptor_publish_prefix" => 2,
                "disruptor_report" => Outs::ROOM,
                "disruptor_produce_one" => ELEMENT_SIZE,
                _ => 3,
            },
            timeout_ns: match function {
                "disruptor_halt" | "disruptor_unregister" => u64::MAX,
                _ => 0,
            },
            outs: Outs::new(),
        };
        let size = match function {
            "disruptor_stats" => size_of::<disruptor_stats_t>(),
            "disruptor_consumer_stats" => size_of::<disruptor_consumer_stats_t>(),
            _ => return right,
        };
        right.set_struct_size(function, size);
        right
    }

    pub(crate) fn spoil(&mut self, parameter: &str, leads: Leads) {
        self.spoiled.push((parameter.to_owned(), leads));
    }

    fn lead<T>(&self, parameter: &str, right: *mut T) -> *mut T {
        let spoiled = self.spoiled.iter().find(|(name, _)| name == parameter);
        led(right, spoiled.map(|&(_, leads)| leads))
    }

    fn out<T>(&mut self, parameter: &str) -> *mut T {
        let right = self.outs.place(parameter).cast();
        self.lead(parameter, right)
    }

    /// The struct of the function that carries its own size.
    fn sized(&mut self, function: &str) -> *mut u8 {
        match function {
            "disruptor_create" => (&raw mut self.config).cast(),
            "disruptor_register" | "disruptor_poller_create" => {
                (&raw mut self.consumer_config).cast()
            }
            _ => self.outs.place("out"),
        }
    }

    pub(crate) fn set_struct_size(&mut self, function: &str, size: usize) {
        // SAFETY: that struct begins with its size.
        unsafe { self.sized(function).cast::<usize>().write(size) };
    }

    /// The struct has eight bytes more, of which the one at `at` is not zero.
    pub(crate) fn grow_struct(&mut self, function: &str, size: usize, at: usize) {
        self.set_struct_size(function, size + 8);
        let first = self.sized(function);
        // SAFETY: there is room for so many.
        unsafe {
            first.add(size).write_bytes(0, 8);
            first.add(at).write(1);
        }
    }

    /// Gives back what a call that worked has given.
    pub(crate) fn give_back(&mut self, function: &str) {
        let out = self.outs.place("out");
        // SAFETY: the call wrote it there.
        unsafe {
            match function {
                "disruptor_create" => ok(disruptor_destroy(out.cast::<*mut disruptor_t>().read())),
                "disruptor_poller_create" => {
                    ok(disruptor_poller_destroy(out.cast::<*mut disruptor_poller_t>().read()));
                }
                "disruptor_claim" => ok(disruptor_abandon(self.ring, out.cast())),
                _ => {}
            }
        }
    }

    /// Calls the function with these arguments.
    pub(crate) fn call(&mut self, function: &str) -> Status {
        let dependencies = self.depends_on.as_mut_ptr();
        self.consumer_config.it.depends_on = led(dependencies, self.depends_on_leads);
        let ring = self.lead("disruptor", self.ring);
        let poller = self.lead("poller", self.poller);
        let data = self.lead("data", b"12345678".as_ptr().cast_mut()).cast();
        // With the room behind them.
        let right = (&raw mut self.config).cast();
        let config = self.lead("config", right);
        let right = (&raw mut self.consumer_config).cast();
        let consumer_config = self.lead("config", right);
        let right = self.elements.as_mut_ptr();
        let elements = self.lead("elements", right);
        let right = &raw mut self.claim;
        let claim = self.lead("claim", right);
        let Self { consumer, format, size, timeout_ns, .. } = *self;
        // SAFETY: right, or so wrong that the library promises to notice.
        unsafe {
            match function {
                "disruptor_create" => disruptor_create(config, self.out("out")),
                "disruptor_register" => {
                    disruptor_register(ring, consumer_config, self.out("out_consumer"))
                }
                "disruptor_unregister" => disruptor_unregister(ring, consumer, timeout_ns),
                "disruptor_produce" => disruptor_produce(ring, elements, size),
                "disruptor_produce_one" => disruptor_produce_one(ring, data, size),
                "disruptor_produce_timeout" => {
                    let out = self.out("out_produced");
                    disruptor_produce_timeout(ring, elements, size, timeout_ns, out)
                }
                "disruptor_claim" => disruptor_claim(ring, size, timeout_ns, self.out("out")),
                "disruptor_publish" => disruptor_publish(ring, claim),
                "disruptor_publish_prefix" => disruptor_publish_prefix(ring, claim, size),
                "disruptor_abandon" => disruptor_abandon(ring, claim),
                "disruptor_poller_create" => {
                    disruptor_poller_create(ring, consumer_config, self.out("out"))
                }
                "disruptor_poll" => disruptor_poll(poller, timeout_ns, self.out("out")),
                "disruptor_poller_release" => disruptor_poller_release(poller, size),
                "disruptor_poller_fd" => disruptor_poller_fd(poller, self.out("out_fd")),
                "disruptor_poller_id" => disruptor_poller_id(poller, self.out("out_consumer")),
                "disruptor_poller_destroy" => disruptor_poller_destroy(poller),
                "disruptor_flush" => disruptor_flush(ring, timeout_ns),
                "disruptor_close" => disruptor_close(ring, timeout_ns),
                "disruptor_halt" => disruptor_halt(ring, timeout_ns, self.out("out_undelivered")),
                "disruptor_destroy" => disruptor_destroy(ring),
                "disruptor_stats" => disruptor_stats(ring, self.out("out")),
                "disruptor_consumer_stats" => {
                    disruptor_consumer_stats(ring, consumer, self.out("out"))
                }
                "disruptor_consumers" => {
                    disruptor_consumers(ring, self.out("out_ids"), size, self.out("out_count"))
                }
                "disruptor_report" => {
                    let buffer = self.out::<c_char>("buffer");
                    disruptor_report(ring, format, buffer, size, self.out("out_len"))
                }
                _ => panic!("{function} is new: call it here"),
            }
        }
    }
}

fn led<T>(right: *mut T, leads: Option<Leads>) -> *mut T {
    match leads {
        None => right,
        Some(Leads::Nowhere) => ptr::null_mut(),
        Some(Leads::Beside) => right.wrapping_byte_add(1),
    }
}

/// Places for results, filled with a pattern so that each byte written is noticed.
#[derive(Clone, PartialEq)]
pub(crate) struct Outs(Vec<u64>);

impl Outs {
    const NAMES: [&'static str; 9] = [
        "out",
        "out_consumer",
        "out_produced",
        "out_count",
        "out_ids",
        "out_len",
        "out_fd",
        "out_undelivered",
        "buffer",
    ];
    /// Bytes of each place.
    pub(crate) const ROOM: usize = 8192;

    fn new() -> Self {
        Self(vec![0x5a5a_5a5a_5a5a_5a5a; Self::NAMES.len() * Self::ROOM / 8])
    }

    fn place(&mut self, parameter: &str) -> *mut u8 {
        let nth = Self::NAMES.iter().position(|name| *name == parameter);
        let nth = nth.unwrap_or_else(|| panic!("{parameter} is new: give it a place"));
        (&raw mut self.0[nth * Self::ROOM / 8]).cast()
    }

    /// The parameters whose places differ.
    pub(crate) fn written(&self, before: &Self) -> Vec<&'static str> {
        let words = Self::ROOM / 8;
        let places = self.0.chunks(words).zip(before.0.chunks(words));
        let places = Self::NAMES.into_iter().zip(places);
        places.filter(|(_, (now, before))| now != before).map(|(name, _)| name).collect()
    }

    pub(crate) fn first_word(&mut self, parameter: &str) -> u64 {
        // SAFETY: places are larger and aligned.
        unsafe { self.place(parameter).cast::<u64>().read() }
    }
}
