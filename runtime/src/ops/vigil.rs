//! Threads of the pool that stay awake between pieces of work. A step shares work every few dozen microseconds. To
//! wake a thread takes about as long on a virtual machine, where it is an interrupt of another processor.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Time without work after which a thread sleeps.
const LIMIT: Duration = Duration::from_millis(1);

/// Vigils of the process.
static VIGILS: Vigils = Vigils::none();

/// Keeps this number of other threads of the pool awake until there has been no work for some time.
pub(crate) fn keep_awake(others: usize) {
    VIGILS.begin(others);
}

/// Vigils of the threads of a pool.
struct Vigils {
    /// Number of vigils, begun or not.
    count: AtomicUsize,
    /// A bit for each of the first threads that keeps one: a thread does not begin a second one meanwhile.
    threads: AtomicU64,
}

impl Vigils {
    const fn none() -> Self {
        Self { count: AtomicUsize::new(0), threads: AtomicU64::new(0) }
    }

    /// Begins vigils of other threads until there are as many.
    fn begin(&'static self, others: usize) {
        let caller = rayon::current_thread_index();
        while self.count.load(Ordering::Relaxed) < others {
            self.count.fetch_add(1, Ordering::Relaxed);
            rayon::spawn(move || {
                let thread = rayon::current_thread_index();
                if let Some(index) = thread.filter(|&index| thread != caller && index < 64) {
                    let bit = 1 << index;
                    if self.threads.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
                        keep();
                        self.threads.fetch_and(!bit, Ordering::Relaxed);
                    }
                }
                self.count.fetch_sub(1, Ordering::Relaxed);
            });
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_threads_keep_a_vigil_each_and_end_it() {
        static OWN: Vigils = Vigils::none();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        for _ in 0..100 {
            pool.install(|| OWN.begin(3));
            assert!(OWN.count.load(Ordering::Relaxed) <= 3);
        }
        // They do what comes meanwhile.
        let sum = pool.install(|| {
            OWN.begin(3);
            let (a, b) = rayon::join(|| 1, || 2);
            a + b
        });
        assert_eq!(sum, 3);
        let start = Instant::now();
        while OWN.count.load(Ordering::Relaxed) > 0 {
            assert!(start.elapsed() < Duration::from_secs(60), "vigils do not end");
            std::thread::yield_now();
        }
    }
}
