//! What the library is known to do otherwise than the contract says, taken at its word. It is let pass, so that the
//! rest can be tested; `DISRUPTOR_MODEL_STRICT=LazyGaps` shows the shortest sequence for that one. Remove an entry when
//! the library or the contract was changed.

use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Known {
    /// A poller passes abandoned slots, and claims that were open when it came, when it is polled and not at once.
    /// Until then they hold the ring back, and count as its lag.
    LazyGaps,
    /// A close that has only pollers to wait for does not wait for open claims.
    CloseLeavesClaims,
    /// `halt` counts a group's elements behind the first unfinished one as undelivered, also those that some member
    /// has finished already.
    Undelivered,
}

impl Known {
    pub(crate) fn is_let_pass(self) -> bool {
        static STRICT: OnceLock<String> = OnceLock::new();
        let strict =
            STRICT.get_or_init(|| std::env::var("DISRUPTOR_MODEL_STRICT").unwrap_or_default());
        !strict.split(',').any(|name| name == format!("{self:?}"))
    }
}
