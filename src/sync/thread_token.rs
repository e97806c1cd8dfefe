//! Which thread this is, for as little as reading a register.

/// Different for any two threads that run at the same time; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadToken(usize);

impl ThreadToken {
    pub(crate) fn get(self) -> usize {
        self.0
    }

    /// The thread pointer: where the thread's own data lies, in a register on these machines.
    #[cfg(all(
        not(loom),
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    #[inline(always)]
    pub(crate) fn current() -> Self {
        let pointer: usize;
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the x86-64 ABI keeps the thread pointer at %fs:0; this only reads it.
        unsafe {
            std::arch::asm!(
                "mov {}, fs:0",
                out(reg) pointer,
                options(nostack, preserves_flags, readonly, pure)
            );
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the AArch64 ABI keeps the thread pointer in this register; this only reads it.
        unsafe {
            std::arch::asm!(
                "mrs {}, tpidr_el0",
                out(reg) pointer,
                options(nostack, preserves_flags, nomem, pure)
            );
        }
        Self(pointer)
    }

    /// The address of some data of the thread's own.
    #[cfg(not(any(
        loom,
        all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))
    )))]
    pub(crate) fn current() -> Self {
        std::thread_local!(static OWN: u8 = const { 0 });
        OWN.with(|own| Self(std::ptr::from_ref(own) as usize))
    }

    /// loom's threads share one thread of the system; loom numbers them.
    #[cfg(loom)]
    pub(crate) fn current() -> Self {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        loom::thread::current().id().hash(&mut hasher);
        Self(hasher.finish() as usize | 1)
    }
}
