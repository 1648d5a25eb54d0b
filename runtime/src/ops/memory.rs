//! Keeps freed memory in the process. Each step frees and allocates the same megabytes, and returning them to
//! the system costs more than the computation.

use std::sync::Once;

static KEPT: Once = Once::new();

/// Tells the allocator to keep freed memory, once per process. Does nothing if the allocator is not glibc's.
pub(crate) fn keep_freed() {
    KEPT.call_once(|| {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: `mallopt` sets two parameters of the allocator; it may be called at any time, and a failure
        // has no effect.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 25);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 30);
        }
    });
}
