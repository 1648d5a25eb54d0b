//! Large arrays whose rows are read in any order, in huge pages: the processor then finds most rows without reading
//! the page table from memory.

use bytemuck::Pod;

/// Size of a huge page in bytes. A system with others treats the advice for its own.
const PAGE: usize = 1 << 21;
/// Minimum number of pages of an array; a smaller one stays with the allocator's own memory.
const PAGES: usize = 4;

/// Returns an array of zeros, in huge pages if it is large.
pub(crate) fn zeros<N: Pod>(count: usize) -> Vec<N> {
    let values = vec![N::zeroed(); count];
    advise(&values);
    values
}

/// Advises the system to use huge pages for the whole pages of an array that was not written yet. Does nothing on a
/// system without them.
fn advise<N: Pod>(values: &[N]) {
    let bytes: &[u8] = bytemuck::cast_slice(values);
    let before = bytes.as_ptr().align_offset(PAGE);
    let pages = bytes.len().saturating_sub(before) / PAGE;
    if pages < PAGES {
        return;
    }
    #[cfg(target_os = "linux")]
    // SAFETY: the range is part of an array that lives during the call. The advice changes no value; a system that
    // does not follow it returns an error, which has no effect.
    unsafe {
        libc::madvise(bytes[before..].as_ptr().cast_mut().cast(), pages * PAGE, libc::MADV_HUGEPAGE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_any_size_are_zeros() {
        for count in [0, 1, 1000, 3 * PAGE, (PAGES + 1) * PAGE / 4 + 3] {
            let values = zeros::<f32>(count);
            assert!(values.len() == count && values.iter().all(|value| value.to_bits() == 0), "{count}");
        }
    }
}
