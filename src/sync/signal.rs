//! A file descriptor that is readable while it is raised: what epoll, libuv and asyncio wait for.

/// Raised and lowered; the descriptor lives as long as this.
#[derive(Debug)]
pub(crate) struct Signal(#[cfg_attr(not(target_os = "linux"), expect(dead_code))] i32);

/// There are no more descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Whether [`Signal`] exists here.
pub(crate) const CAN_SIGNAL: bool = cfg!(target_os = "linux");

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
impl Drop for Signal {
    fn drop(&mut self) {
        // SAFETY: ours, and closed once.
        unsafe { libc::close(self.0) };
    }
}

#[cfg(not(target_os = "linux"))]
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
