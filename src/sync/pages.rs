//! Pages of memory, where the system can be told how they will be used.

use std::ptr::NonNull;

/// What large pages are on the machines that matter, and the least for which they are worth asking.
pub(crate) const LARGE_PAGE: usize = 2 << 20;

/// Asks for large pages, which are faster to get and take less of what processors remember of addresses.
/// The system may do as it likes. The memory must not have been touched yet, or it has its pages already.
#[cfg(all(target_os = "linux", not(loom)))]
pub(crate) fn prefer_large(memory: NonNull<u8>, bytes: usize) {
    if bytes >= LARGE_PAGE {
        // SAFETY: advice about memory that the caller owns; its content stays as it is.
        unsafe { libc::madvise(memory.as_ptr().cast(), bytes, libc::MADV_HUGEPAGE) };
    }
}

/// Elsewhere the system decides alone.
#[cfg(not(all(target_os = "linux", not(loom))))]
pub(crate) fn prefer_large(_memory: NonNull<u8>, _bytes: usize) {}
