//! Gathered rows: functions of some rows of a source. Forward they are divided among threads by the rows of the output, backward
//! by those of the source, so that every gradient is summed in one order whatever the number of threads.

use std::sync::Arc;

use dfdx::shapes::Shape;
use dfdx::tensor::{Cpu, CpuError, PutTape, Tape, Tensor, TensorFromVec};

use super::Device;
use super::call::Operand;
use super::parallel::for_rows;
use crate::data::NONE;

/// A function of some rows of a source, on slices and on one thread.
pub(crate) trait Gather: Send + Sync + 'static {
    /// Numbers of a row, of the source and of the output.
    fn width(&self) -> usize;

    /// Rows of the output.
    fn rows(&self) -> usize;

    /// Rows of the source that are read in all.
    fn reads(&self) -> usize;

    /// Fills rows of the output from row `first` on, which begin at zero.
    fn forward(&self, source: &[f32], first: usize, output: &mut [f32]);

    /// Adds to the gradients of the rows of the source from row `first` on what `g`, the gradient of the whole output, gives.
    fn backward(&self, g: &[f32], first: usize, into: &mut [f32]);
}

/// A gather and its source.
pub struct Gathering<D: Device> {
    op: Box<dyn Gather>,
    device: D,
    source: Box<dyn Operand<D>>,
    /// The numbers of the source, where they are in host memory already.
    values: Option<Arc<Vec<f32>>>,
    trained: bool,
}

impl<D: Device> Gathering<D> {
    /// Some rows of `source`, to which gradients flow.
    pub(crate) fn new<S: Shape>(op: impl Gather, source: &Tensor<S, f32, D>) -> Self {
        let device = source.device().clone();
        Self { op: Box::new(op), device, source: Box::new(source.clone()), values: None, trained: true }
    }

    /// The same, the numbers of the source being at hand and its gradients perhaps not wanted.
    pub(crate) fn at_hand(self, values: &Arc<Vec<f32>>, trained: bool) -> Self {
        Self { values: Some(values.clone()), trained, ..self }
    }
}

/// The output of a gather, with its backward pass on `tape`.
pub(super) fn run<S: Shape, T: Tape<f32, Cpu>>(
    gathering: Gathering<Cpu>,
    mut tape: T,
    shape: S,
) -> Result<Tensor<S, f32, Cpu, T>, CpuError> {
    let Gathering { op, device, source, values, trained } = gathering;
    let values = values.unwrap_or_else(|| Arc::new(source.values()));
    let (width, reads) = (op.width(), op.reads());
    let mut output = vec![0.0; shape.num_elements()];
    let cost = 2 * width * reads.div_ceil(op.rows().max(1));
    for_rows(&mut output, width, cost, |first, part| op.forward(&values, first, part));
    let y = device.try_tensor_from_vec(output, shape)?;
    let result = y.clone();
    if trained && T::OWNS_TAPE {
        let rows = values.len() / width.max(1);
        tape.add_backward_op(move |gradients| {
            // Every reader of the output has run by now, so nobody misses its gradient.
            let g = std::mem::take(&mut **y.gradient(gradients)?);
            let into = source.gradient(gradients)?;
            for_rows(into, width, reads * width / rows.max(1), |first, part| op.backward(&g, first, part));
            Ok(())
        });
    }
    Ok(result.put_tape(tape))
}

/// The row of a slot, where a chunk of rows from `first` on holds it.
#[inline(always)]
pub(crate) fn row_of(part: &mut [f32], first: usize, slot: u32, width: usize) -> Option<&mut [f32]> {
    if slot == NONE {
        return None;
    }
    let start = (slot as usize).checked_sub(first)? * width;
    part.get_mut(start..start + width)
}
