//! A file descriptor that is readable while it is raised: what epoll, libuv and asyncio wait for.

/// Raised and lowered; the descriptor lives as long as this.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct Signal(#[cfg_attr(not(target_os = "linux"), expect(dead_code))] i32);

/// In a model: whether it is raised, under a lock, as in the kernel.
#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct Signal(super::Monitor<bool>);

/// There are no more descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Whether [`Signal`] exists here.
pub(crate) const CAN_SIGNAL: bool = cfg!(any(target_os = "linux", loom));

#[cfg(all(target_os = "linux", not(loom)))]
impl Signal {
    pub(crate) fn new_raised() -> Result<Self, Refused> {
        // SAFETY: takes two integers.
        let fd = unsafe { libc::eventfd(1, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 { Err(Refused) } else { Ok(Self(fd)) }
    }

    pub(crate) fn fd(&self) -> i32 {
        self.0
    }

    pub(crate) fn raise(&self) {
        let one = 1u64;
        // SAFETY: `one` has the eight bytes that an eventfd takes. It can only be refused when the
        // count is at its largest, and then it is raised.
        unsafe { libc::write(self.0, (&raw const one).cast(), 8) };
    }

    pub(crate) fn lower(&self) {
        let mut count = 0u64;
        // SAFETY: `count` has the eight bytes that an eventfd gives. Refused when it is lowered already.
        unsafe { libc::read(self.0, (&raw mut count).cast(), 8) };
    }
}

#[cfg(all(target_os = "linux", not(loom)))]
impl Drop for Signal {
    fn drop(&mut self) {
        // SAFETY: ours, and closed once.
        unsafe { libc::close(self.0) };
    }
}

#[cfg(not(any(target_os = "linux", loom)))]
impl Signal {
    pub(crate) fn new_raised() -> Result<Self, Refused> {
        Err(Refused)
    }

    pub(crate) fn fd(&self) -> i32 {
        -1
    }

    pub(crate) fn raise(&self) {}

    pub(crate) fn lower(&self) {}
}

#[cfg(loom)]
impl Signal {
    pub(crate) fn new_raised() -> Result<Self, Refused> {
        Ok(Self(super::Monitor::new(true)))
    }

    pub(crate) fn fd(&self) -> i32 {
        0
    }

    pub(crate) fn raise(&self) {
        self.0.change(|is_raised| *is_raised = true);
    }

    pub(crate) fn lower(&self) {
        *self.0.lock() = false;
    }

    /// What `poll(2)` does.
    pub(crate) fn wait_until_raised(&self) {
        self.0.wait(super::clock::Deadline::NEVER, |is_raised| is_raised.then_some(()));
    }
}
