//! Keeps freed memory in the process: a step frees and allocates the same megabytes again, and giving them back to the system
//! in between costs more than the arithmetic does.

use std::sync::Once;

static KEPT: Once = Once::new();

/// Tells the allocator to keep freed memory, once per process. Does nothing if the allocator is not glibc's.
pub(crate) fn keep_freed() {
    KEPT.call_once(|| {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: `mallopt` changes two numbers of the allocator; any moment is fine, and a failure leaves them as they were.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 25);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 30);
        }
    });
}
