//! Memory that training steps of a program allocate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use turret_runtime::data::encode;
use turret_runtime::device::{AutoDevice, Start};
use turret_runtime::ops::Pass;
use turret_runtime::prepare::prepare_fitting;
use turret_runtime::program::Program;

/// Numbers of records of the batches.
const RECORDS: [usize; 2] = [1024, 2048];

/// Steps before the steady state.
const FIRST: usize = 4;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: all memory comes from the system allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::SeqCst);
        BYTES.fetch_add(layout.size(), Ordering::SeqCst);
        // SAFETY: the contract is the same, and the caller upholds it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the contract is the same, and the caller upholds it.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Prints the allocations and the bytes of a steady step, for each number of records.
pub fn run<P: Program<AutoDevice>>(folder: &Path) -> Result<(), Box<dyn Error>> {
    let device = AutoDevice::start()?;
    let (data, features, _) = prepare_fitting(P::description(), P::Features::default(), folder)?;
    let dataset = encode(&features, &data)?;
    let mut model = P::build(&features, Some(folder), &P::description().training, device.clone(), 0)?;
    for records in RECORDS {
        let batch = dataset.batch(&dataset.train[..records]);
        let mut pass = Pass::training(&device, 0, 1);
        let mut counted = (0, 0);
        for _ in 0..=FIRST {
            let before = (CALLS.load(Ordering::SeqCst), BYTES.load(Ordering::SeqCst));
            let loss = model.step(&batch, &mut pass);
            counted = (CALLS.load(Ordering::SeqCst) - before.0, BYTES.load(Ordering::SeqCst) - before.1);
            loss.map_err(|error| format!("{error:?}"))?;
        }
        println!("{records} {} {}", counted.0, counted.1);
    }
    Ok(())
}
