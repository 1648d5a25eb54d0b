//! Threads of the pool that stay awake between pieces of work. A step shares work every few dozen microseconds. To
//! wake a thread takes about as long on a virtual machine, where it is an interrupt of another processor.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Time without work after which a thread sleeps.
const LIMIT: Duration = Duration::from_millis(1);

/// Vigils of all threads of the process, begun or not.
static VIGILS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static KEEPS: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the other threads of the pool awake until there has been no work for some time.
pub(crate) fn keep_awake() {
    let caller = rayon::current_thread_index();
    let others = rayon::current_num_threads() - usize::from(caller.is_some());
    while VIGILS.load(Ordering::Relaxed) < others {
        VIGILS.fetch_add(1, Ordering::Relaxed);
        rayon::spawn(move || {
            if rayon::current_thread_index() != caller && !KEEPS.replace(true) {
                keep();
                KEEPS.set(false);
            }
            VIGILS.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Does the work of the pool until there has been none for some time. Threads that are not of the pool come first.
fn keep() {
    let mut last = Instant::now();
    while last.elapsed() < LIMIT {
        match rayon::yield_now() {
            Some(rayon::Yield::Executed) => last = Instant::now(),
            Some(rayon::Yield::Idle) | None => std::thread::yield_now(),
        }
    }
}
