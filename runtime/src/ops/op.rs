//! Ops as values: differentiable functions of rows, on slices and on one thread. They are independent of
//! tape, allocator and threads; `call.rs` puts an op on dfdx's tape and divides its rows among threads.

use std::ops::Range;

use crate::kernels::vectorized;

pub(crate) use super::scratch::Scratch;

/// A differentiable function of rows. An input has one row per output row, or is shared by all rows, like
/// weights.
pub(crate) trait Op: Send + Sync + 'static {
    /// Approximate number of operations per row, for the division among threads.
    fn cost(&self) -> usize;

    /// Values of the forward pass that the backward pass needs.
    fn saved(&self) -> Saved {
        Saved::INPUTS
    }

    /// Widths of the inputs, if the op is their concatenation.
    fn joined(&self) -> Option<&[usize]> {
        None
    }

    /// Fills `output` and `saved`, which initially have any values, for the inputs of these rows of the batch.
    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        scratch: &mut Scratch,
    );

    /// Adds the gradients of the inputs to `into`, given the gradient `g` of the output. May overwrite `g`.
    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    );
}

/// Values of the forward pass that the backward pass of an op needs, in addition to shared inputs. Other
/// values are freed or not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    /// True if it needs the row inputs.
    pub(crate) inputs: bool,
    /// True if it needs the output.
    pub(crate) output: bool,
    /// Further floats per row.
    pub(crate) numbers: usize,
}

impl Saved {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self { inputs: false, output: false, numbers: 0 };
    /// Row inputs.
    pub(crate) const INPUTS: Self = Self { inputs: true, output: false, numbers: 0 };

    /// Adds the output.
    pub(crate) const fn output(self) -> Self {
        Self { output: true, ..self }
    }

    /// Adds further floats per row.
    pub(crate) const fn numbers(self, numbers: usize) -> Self {
        Self { numbers, ..self }
    }
}

/// Values of the forward pass for the rows of a backward pass. Empty if the op does not need them.
pub(crate) struct Forward<'a> {
    pub(crate) inputs: &'a [&'a [f32]],
    pub(crate) output: &'a [f32],
    pub(crate) saved: &'a [f32],
}

/// A differentiable function of one record. Its methods are `#[inline(always)]`, so that they are vectorized
/// in the caller.
pub(crate) trait RecordFunction: Copy + Send + Sync + 'static {
    /// True if the backward pass needs the input.
    const READS_INPUT: bool = true;

    /// Approximate number of operations per record.
    fn cost(&self) -> usize;
    /// Fills `y`, which initially has any values.
    fn forward(&self, x: &[f32], y: &mut [f32]);
    /// Adds the gradient of `x` to `into`, given the gradient `g` of `y`.
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]);
}

/// Application of a function to each record of one input.
pub(crate) struct EachRecord<F>(pub(crate) F);

impl<F: RecordFunction> Op for EachRecord<F> {
    fn cost(&self) -> usize {
        self.0.cost()
    }

    fn saved(&self) -> Saved {
        if F::READS_INPUT { Saved::INPUTS } else { Saved::NOTHING }
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let rows = rows.len();
        vectorized(
            #[inline(always)]
            || {
                let records = records(inputs[0], rows).zip(records_mut(output, rows));
                records.for_each(|(x, y)| self.0.forward(x, y));
            },
        );
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        vectorized(
            #[inline(always)]
            || {
                let gradients = records(g, rows).zip(records_mut(into[0], rows));
                match F::READS_INPUT {
                    true => records(forward.inputs[0], rows)
                        .zip(gradients)
                        .for_each(|(x, (g, into))| self.0.backward(x, g, into)),
                    false => gradients.for_each(|(g, into)| self.0.backward(&[], g, into)),
                }
            },
        );
    }
}

/// Values of each record.
#[inline(always)]
pub(crate) fn records(numbers: &[f32], records: usize) -> std::slice::ChunksExact<'_, f32> {
    numbers.chunks_exact((numbers.len() / records.max(1)).max(1))
}

/// Mutable values of each record.
#[inline(always)]
pub(crate) fn records_mut(numbers: &mut [f32], records: usize) -> std::slice::ChunksExactMut<'_, f32> {
    numbers.chunks_exact_mut((numbers.len() / records.max(1)).max(1))
}
