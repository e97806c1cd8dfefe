//! Threads of the library's own: named, deaf to signals, pinned when asked.

/// Why the operating system refused: its error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) os_error: i32,
}

/// The longest prefix of `text` that has at most `limit` bytes and ends between two characters.
fn prefix(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

#[cfg(loom)]
pub(crate) use modelled::*;

/// A model's thread has no name and no CPU.
#[cfg(loom)]
mod modelled {
    use super::Refused;

    #[derive(Debug)]
    pub(crate) struct Thread(loom::thread::JoinHandle<()>);

    pub(crate) fn spawn<F: FnOnce() + Send + 'static>(main: F) -> Result<Thread, Refused> {
        Ok(Thread(loom::thread::spawn(main)))
    }

    impl Thread {
        pub(crate) fn join(self) {
            self.0.join().expect("a thread of the library's own does not panic");
        }
    }

    pub(crate) fn name_current(_name: &str) {}

    pub(crate) fn pin_current(_cpu: u32) -> Result<(), Refused> {
        Err(Refused { os_error: 0 })
    }
}

#[cfg(all(unix, not(loom)))]
pub(crate) use unix::*;

#[cfg(all(unix, not(loom)))]
mod unix {
    use std::ffi::c_void;
    use std::mem::MaybeUninit;
    use std::ptr::null_mut;

    use super::super::try_box;
    use super::Refused;

    /// A running thread, to be joined.
    #[derive(Debug)]
    pub(crate) struct Thread(libc::pthread_t);

    // SAFETY: a pthread_t may be joined from any thread.
    unsafe impl Send for Thread {}

    /// Starts a thread that runs `main`, with every signal blocked. Unlike `std::thread` this
    /// allocates nothing that could not be refused.
    pub(crate) fn spawn<F: FnOnce() + Send + 'static>(main: F) -> Result<Thread, Refused> {
        extern "C" fn run<F: FnOnce()>(main: *mut c_void) -> *mut c_void {
            // SAFETY: `spawn` leaked this box for exactly this one call.
            let main = unsafe { Box::from_raw(main.cast::<F>()) };
            main();
            null_mut()
        }

        let main = Box::into_raw(try_box(main).map_err(|_| Refused { os_error: libc::ENOMEM })?);
        let mut thread = MaybeUninit::<libc::pthread_t>::uninit();
        let error = with_signals_blocked(|| {
            // SAFETY: `run` takes back the box that `main` points to; default attributes.
            unsafe {
                libc::pthread_create(thread.as_mut_ptr(), std::ptr::null(), run::<F>, main.cast())
            }
        });
        if error != 0 {
            // SAFETY: no thread was started, so the box is still ours.
            drop(unsafe { Box::from_raw(main) });
            return Err(Refused { os_error: error });
        }
        // SAFETY: pthread_create succeeded and wrote it.
        Ok(Thread(unsafe { thread.assume_init() }))
    }

    /// A thread inherits its mask from the one that creates it: blocked before, so that not even its
    /// first instruction takes a signal meant for the host program.
    fn with_signals_blocked<R>(create: impl FnOnce() -> R) -> R {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: sigfillset initialises `all`, pthread_sigmask reads it and writes `before`.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        }
        let result = create();
        // SAFETY: `before` was written above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
        result
    }

    impl Thread {
        pub(crate) fn join(self) {
            // SAFETY: joined once, because `self` is consumed.
            unsafe { libc::pthread_join(self.0, null_mut()) };
        }
    }

    /// Names the calling thread, as much of it as the platform takes (15 bytes on Linux).
    pub(crate) fn name_current(name: &str) {
        const LIMIT: usize = if cfg!(target_os = "linux") { 15 } else { 63 };
        let mut buffer = [0u8; LIMIT + 1];
        let name = super::prefix(name, LIMIT);
        buffer[..name.len()].copy_from_slice(name.as_bytes());
        // SAFETY: the buffer ends with at least one NUL.
        unsafe {
            #[cfg(target_os = "linux")]
            libc::pthread_setname_np(libc::pthread_self(), buffer.as_ptr().cast());
            #[cfg(target_os = "macos")]
            libc::pthread_setname_np(buffer.as_ptr().cast());
        }
    }

    /// Binds the calling thread to one CPU.
    #[cfg(target_os = "linux")]
    pub(crate) fn pin_current(cpu: u32) -> Result<(), Refused> {
        let cpu = cpu as usize;
        if cpu >= libc::CPU_SETSIZE as usize {
            return Err(Refused { os_error: libc::EINVAL });
        }
        // SAFETY: an all-zero cpu_set_t is the empty set, and `cpu` is within it.
        let error = unsafe {
            let mut set = std::mem::zeroed::<libc::cpu_set_t>();
            libc::CPU_SET(cpu, &mut set);
            libc::pthread_setaffinity_np(libc::pthread_self(), size_of_val(&set), &raw const set)
        };
        if error == 0 { Ok(()) } else { Err(Refused { os_error: error }) }
    }
}

#[cfg(not(any(unix, loom)))]
pub(crate) use other::*;

#[cfg(not(any(unix, loom)))]
mod other {
    use super::Refused;

    /// A running thread, to be joined.
    #[derive(Debug)]
    pub(crate) struct Thread(std::thread::JoinHandle<()>);

    pub(crate) fn spawn<F: FnOnce() + Send + 'static>(main: F) -> Result<Thread, Refused> {
        std::thread::Builder::new()
            .spawn(main)
            .map(Thread)
            .map_err(|error| Refused { os_error: error.raw_os_error().unwrap_or(0) })
    }

    impl Thread {
        pub(crate) fn join(self) {
            let _ = self.0.join();
        }
    }

    pub(crate) fn name_current(name: &str) {
        let _ = super::prefix(name, 63);
    }
}

/// Whether [`pin_current`] exists here.
pub(crate) const CAN_PIN: bool = cfg!(target_os = "linux");

#[cfg(not(any(target_os = "linux", loom)))]
pub(crate) fn pin_current(_cpu: u32) -> Result<(), Refused> {
    Err(Refused { os_error: 0 })
}

pub(crate) fn sleep(duration: std::time::Duration) {
    std::thread::sleep(duration);
}
