//! Memory held by the forward passes of a program's towers.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicIsize, Ordering};

use turret_runtime::data::encode;
use turret_runtime::device::{AutoDevice, Start};
use turret_runtime::error::DeviceError;
use turret_runtime::ops::Pass;
use turret_runtime::prepare::prepare_fitting;
use turret_runtime::program::{BatchOf, Program};

/// Number of records of the smaller batch; the larger one has twice as many.
const RECORDS: usize = 64;

static HELD: AtomicIsize = AtomicIsize::new(0);

struct Counting;

// SAFETY: all memory comes from the system allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size() as isize, Ordering::SeqCst);
        // SAFETY: the contract is the same, and the caller upholds it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as isize, Ordering::SeqCst);
        // SAFETY: the contract is the same, and the caller upholds it.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes of the output of a tower and of its tape.
type Tower<'t, P> =
    &'t dyn Fn(&P, &BatchOf<AutoDevice, P>, &mut Pass<AutoDevice>) -> Result<isize, DeviceError>;

/// Returns the bytes that a value holds.
pub fn held<T, E: std::fmt::Debug + Send + Sync + 'static>(
    make: impl FnOnce() -> Result<T, E>,
) -> Result<isize, DeviceError> {
    let before = HELD.load(Ordering::SeqCst);
    let value = make().map_err(DeviceError::failed)?;
    let held = HELD.load(Ordering::SeqCst) - before;
    drop(value);
    Ok(held)
}

/// Prints the floats that each tower holds per additional record.
pub fn run<P: Program<AutoDevice>>(
    folder: &Path,
    towers: &[(&str, Tower<'_, P>)],
) -> Result<(), Box<dyn Error>> {
    let device = AutoDevice::start()?;
    let (data, features, _) = prepare_fitting(P::description(), P::Features::default(), folder)?;
    let dataset = encode(&features, &data)?;
    let model = P::build(&features, Some(folder), &P::description().training, device.clone(), 0)?;
    let batches = [RECORDS, 2 * RECORDS].map(|records| dataset.batch(&dataset.train[..records]));
    for (name, tower) in towers {
        let held = |batch| tower(&model, batch, &mut Pass::training(&device, 0, 1));
        // The first call also creates shared state.
        held(&batches[0])?;
        let more = held(&batches[1])? - held(&batches[0])?;
        println!("{name} {}", more as f64 / (size_of::<f32>() * RECORDS) as f64);
    }
    Ok(())
}
