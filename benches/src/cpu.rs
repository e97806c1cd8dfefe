//! Where threads run.

/// Binds the calling thread to a CPU, if the workload wants it.
pub(crate) fn pin_if(pinned: bool, cpu: usize) {
    if pinned {
        pin(cpu);
    }
}

/// Binds the calling thread to a CPU; without effect where that cannot be done.
#[cfg(target_os = "linux")]
pub(crate) fn pin(cpu: usize) {
    // SAFETY: the set is plain memory, and the calls get its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_: usize) {}
