//! Ops as values: differentiable functions of rows, on slices and on one thread. Nothing here knows tape, allocator or threads;
//! `call.rs` puts an op on dfdx's tape and divides its rows among threads.

use crate::kernels::vectorized;

/// A differentiable function of rows. An input has a row for each row of the output, or is shared by all of them, as weights are.
pub(crate) trait Op: Send + Sync + 'static {
    /// Elementary operations a row, about. Rows are divided among threads by it.
    fn cost(&self) -> usize;

    /// Values of the forward pass that the backward pass reads.
    fn saved(&self) -> Saved {
        Saved::INPUTS
    }

    /// Rows that are computed together, where a sum over them must not depend on the number of threads.
    fn tile(&self) -> Option<usize> {
        None
    }

    /// Fills `output` and `saved`, which begin at zero, for `rows` rows of the inputs.
    fn forward(&self, rows: usize, inputs: &[&[f32]], output: &mut [f32], saved: &mut [f32]);

    /// Adds to the gradients `into` of the inputs what `g`, the gradient of the output, gives. `g` may be overwritten.
    fn backward(&self, rows: usize, forward: &Forward<'_>, g: &mut [f32], into: &mut [&mut [f32]]);
}

/// Values of the forward pass that the backward pass of an op reads, beside the inputs that all rows share. The others are freed,
/// or were never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    /// True if it reads the inputs that have rows.
    pub(crate) inputs: bool,
    /// True if it reads the output.
    pub(crate) output: bool,
    /// Further numbers a row.
    pub(crate) numbers: usize,
}

impl Saved {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self { inputs: false, output: false, numbers: 0 };
    /// The inputs that have rows.
    pub(crate) const INPUTS: Self = Self { inputs: true, output: false, numbers: 0 };

    /// The output too.
    pub(crate) const fn output(self) -> Self {
        Self { output: true, ..self }
    }

    /// Further numbers per row.
    pub(crate) const fn numbers(self, numbers: usize) -> Self {
        Self { numbers, ..self }
    }
}

/// Values of the forward pass for the rows of a backward pass; empty where the op said that it does not read them.
pub(crate) struct Forward<'a> {
    pub(crate) inputs: &'a [&'a [f32]],
    pub(crate) output: &'a [f32],
    pub(crate) saved: &'a [f32],
}

/// A differentiable function of the numbers of one record. Its methods are `#[inline(always)]`, to be vectorized where they run.
pub(crate) trait RecordFunction: Copy + Send + Sync + 'static {
    /// True if the backward pass reads the numbers of the record.
    const READS_INPUT: bool = true;

    /// Elementary operations a record, about.
    fn cost(&self) -> usize;
    /// Fills `y`, which begins at zero.
    fn forward(&self, x: &[f32], y: &mut [f32]);
    /// Adds to `into`, the gradient of `x`, what `g`, the gradient of `y`, gives.
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]);
}

/// The function of each record of one input.
pub(crate) struct EachRecord<F>(pub(crate) F);

impl<F: RecordFunction> Op for EachRecord<F> {
    fn cost(&self) -> usize {
        self.0.cost()
    }

    fn saved(&self) -> Saved {
        if F::READS_INPUT { Saved::INPUTS } else { Saved::NOTHING }
    }

    fn forward(&self, rows: usize, inputs: &[&[f32]], output: &mut [f32], _: &mut [f32]) {
        vectorized(
            #[inline(always)]
            || {
                let records = records(inputs[0], rows).zip(records_mut(output, rows));
                records.for_each(|(x, y)| self.0.forward(x, y));
            },
        );
    }

    fn backward(&self, rows: usize, forward: &Forward<'_>, g: &mut [f32], into: &mut [&mut [f32]]) {
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

/// Numbers of each record.
#[inline(always)]
pub(crate) fn records(numbers: &[f32], records: usize) -> std::slice::ChunksExact<'_, f32> {
    numbers.chunks_exact((numbers.len() / records.max(1)).max(1))
}

/// Numbers of each record, to be written.
#[inline(always)]
pub(crate) fn records_mut(numbers: &mut [f32], records: usize) -> std::slice::ChunksExactMut<'_, f32> {
    numbers.chunks_exact_mut((numbers.len() / records.max(1)).max(1))
}
