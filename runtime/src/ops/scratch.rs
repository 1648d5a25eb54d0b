//! Memory of a thread that ops reuse from call to call.

use super::matmul::Products;

/// Buffers of the ops that a thread runs. They have any values.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    products: Products,
    numbers: Vec<f32>,
}

impl Scratch {
    /// Buffers of matrix products.
    pub(crate) fn products(&mut self) -> &mut Products {
        &mut self.products
    }

    /// Buffers of matrix products, and `N` buffers of these lengths.
    pub(crate) fn split<const N: usize>(&mut self, lengths: [usize; N]) -> (&mut Products, [&mut [f32]; N]) {
        unwritten(&mut self.numbers, lengths.iter().sum());
        let mut rest = &mut self.numbers[..];
        let parts = lengths.map(|length| {
            let (part, others) = std::mem::take(&mut rest).split_at_mut(length);
            rest = others;
            part
        });
        (&mut self.products, parts)
    }
}

/// Sets the length of a buffer whose values will all be written. In tests they are `NaN` until then.
pub(crate) fn unwritten(numbers: &mut Vec<f32>, length: usize) {
    numbers.resize(length, 0.0);
    if cfg!(any(test, debug_assertions)) {
        numbers.fill(f32::NAN);
    }
}
