//! A consumer's callbacks, as core sees them.

use std::ffi::c_void;
use std::ptr;

use super::create::{disruptor_batch_t, disruptor_error_action_t, disruptor_error_fn};
use crate::core::{Batch, Elements, Handler, OnError, Span};

/// A pointer of the caller's that is only ever passed back.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserData(pub(super) *mut c_void);

// SAFETY: the library does not look at what it points to; the header tells the caller which threads
// will.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

/// The type of `on_start` and `on_close`.
pub(super) type Notice = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// Whom a consumer's thread calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callbacks {
    pub(super) on_batch: unsafe extern "C" fn(*mut c_void, *const disruptor_batch_t) -> i32,
    pub(super) on_start: Notice,
    pub(super) on_close: Notice,
    pub(super) user_data: UserData,
    pub(super) on_error: disruptor_error_fn,
    pub(super) on_error_data: UserData,
}

impl Callbacks {
    fn notify(&self, notice: Notice) {
        if let Some(notice) = notice {
            // SAFETY: a function of the caller's for its own pointer.
            unsafe { notice(self.user_data.0) };
        }
    }
}

impl Handler for Callbacks {
    fn start(&mut self) {
        self.notify(self.on_start);
    }

    #[inline]
    fn consume(&mut self, batch: &Batch<'_>) -> Result<(), i32> {
        let batch = disruptor_batch_t::from(batch);
        // SAFETY: a function of the caller's for its own pointer; the batch lives until it returns.
        match unsafe { (self.on_batch)(self.user_data.0, &raw const batch) } {
            0 => Ok(()),
            code => Err(code),
        }
    }

    fn failed(&mut self, consumer: u32, batch: &Batch<'_>, code: i32) -> OnError {
        const RETRY: u32 = disruptor_error_action_t::DISRUPTOR_ERROR_RETRY as u32;
        const STOP: u32 = disruptor_error_action_t::DISRUPTOR_ERROR_STOP as u32;
        let Some(on_error) = self.on_error else { return OnError::Continue };
        let batch = disruptor_batch_t::from(batch);
        // SAFETY: as in `consume`.
        match unsafe { on_error(self.on_error_data.0, consumer, &raw const batch, code) } {
            RETRY => OnError::Retry,
            STOP => OnError::Stop,
            _ => OnError::Continue,
        }
    }

    fn close(&mut self) {
        self.notify(self.on_close);
    }
}

impl From<&Batch<'_>> for disruptor_batch_t {
    #[inline]
    fn from(batch: &Batch<'_>) -> Self {
        let Batch { elements, first_sequence, backlog } = *batch;
        let count = elements.count();
        match elements {
            // The same layout: see `disruptor_element_t`.
            Elements::Slices(slices) => {
                let (elements, span) = (slices.as_ptr().cast(), ptr::null_mut());
                Self { elements, count, first_sequence, backlog, span, stride: 0, length: 0 }
            }
            Elements::Span(Span { data: span, stride, length, .. }) => {
                let elements = ptr::null();
                Self { elements, count, first_sequence, backlog, span, stride, length }
            }
        }
    }
}
