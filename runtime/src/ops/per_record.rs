//! Functions of one record at a time: from them a CPU kernel is made that runs over the records of a batch in parallel.

use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};

use super::host::{take_gradient, tensor, values};
use super::parallel::{for_rows, vectorized};

/// A differentiable function of the numbers of one record. Its methods are `#[inline(always)]`, to be vectorized where they run.
pub(crate) trait RecordFunction: Copy + Send + Sync + 'static {
    /// Elementary operations a record, about.
    fn cost(&self) -> usize;
    /// Fills `y`, which begins at zero.
    fn forward(&self, x: &[f32], y: &mut [f32]);
    /// Adds to `into`, the gradient of `x`, what `g`, the gradient of `y`, gives.
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]);
}

/// The function of each record of `x`; the first dimension of both shapes is the batch.
pub(crate) fn per_record<S: Shape, R: Shape, T: Tape<f32, Cpu>>(
    x: Tensor<S, f32, Cpu, T>,
    shape: R,
    function: impl RecordFunction,
) -> Result<Tensor<R, f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let records = shape.concrete()[0];
    let (from, to) = (x.shape().num_elements() / records.max(1), shape.num_elements() / records.max(1));
    let input = values(&x);
    let mut output = vec![0.0; records * to];
    for_rows(&mut output, to, function.cost(), |first, part| {
        vectorized(
            #[inline(always)]
            || {
                let records = input[first * from..].chunks_exact(from);
                records.zip(part.chunks_exact_mut(to)).for_each(|(x, y)| function.forward(x, y));
            },
        )
    });
    let y = tensor(x.device(), output, shape)?;
    let result = y.clone();
    tape.add_backward_op(move |gradients| {
        let g = take_gradient(gradients, &y)?;
        for_rows(gradients.get_or_alloc_mut(&x)?, from, 2 * function.cost(), |first, part| {
            vectorized(
                #[inline(always)]
                || {
                    let records =
                        input[first * from..].chunks_exact(from).zip(g[first * to..].chunks_exact(to));
                    let parts = records.zip(part.chunks_exact_mut(from));
                    parts.for_each(|((x, g), into)| function.backward(x, g, into));
                },
            )
        });
        Ok(())
    });
    Ok(result.put_tape(tape))
}
