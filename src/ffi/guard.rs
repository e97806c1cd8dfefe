//! What every exported function that can fail runs in: no panic gets past it, each failure leaves
//! its detail.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::last_error;
use super::status::disruptor_status_t;
use crate::core::Error;

/// Runs the body of the exported function of that name.
#[inline]
pub(super) fn guard(
    function: &'static str,
    body: impl FnOnce() -> Result<(), Error>,
) -> disruptor_status_t {
    // Unwind safe: after a panic nothing of the body is used again but what threads share, which
    // has to stand a thread that stops anywhere.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => disruptor_status_t::DISRUPTOR_OK,
        Ok(Err(error)) => fail(function, error),
        Err(panic) => fail(function, caught(panic)),
    }
}

#[cold]
fn fail(function: &'static str, error: Error) -> disruptor_status_t {
    last_error::set(function, error);
    error.into()
}

#[cold]
fn caught(panic: Box<dyn Any + Send>) -> Error {
    let what = match panic.downcast_ref::<&'static str>() {
        Some(message) => message,
        None => "it panicked",
    };
    // Not dropped: a payload may panic in its turn.
    std::mem::forget(panic);
    Error::Internal { what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use disruptor_status_t::*;

    #[test]
    fn a_panic_becomes_a_status() {
        let status = guard("f", || panic!("out of order"));
        assert_eq!(status, DISRUPTOR_INTERNAL);
        let number = 7;
        assert_eq!(guard("f", || panic!("{number}")), DISRUPTOR_INTERNAL);
        assert_eq!(guard("f", || Err(Error::Closed)), DISRUPTOR_CLOSED);
        assert_eq!(guard("f", || Ok(())), DISRUPTOR_OK);
    }
}
