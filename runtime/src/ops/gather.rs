//! Gathers: functions of selected rows of a source. Threads divide the forward pass by output rows and the
//! backward pass by source rows. So gradients are summed in the same order for any number of threads.

use std::sync::Arc;

use dfdx::shapes::Shape;
use dfdx::tensor::{Cpu, CpuError, Gradients, PutTape, Tensor, TensorFromVec};

use super::call::Operand;
use super::parallel::for_rows;
use super::scratch::unwritten;
use super::{Device, Tape};
use crate::data::NONE;

/// A function of selected source rows, on slices and on one thread.
pub(crate) trait Gather: Send + Sync + 'static {
    /// Width of source rows and output rows.
    fn width(&self) -> usize;

    /// Number of output rows.
    fn rows(&self) -> usize;

    /// Total number of source rows that are read.
    fn reads(&self) -> usize;

    /// Fills output rows, starting at `first`. They initially have any values.
    fn forward(&self, source: &[f32], first: usize, output: &mut [f32]);

    /// Adds the gradients of source rows, starting at `first`. `g` is the gradient of the whole output.
    fn backward(&self, g: &[f32], first: usize, into: &mut [f32]);
}

/// A gather with its source.
pub struct Gathering<D: Device> {
    pub(super) op: Box<dyn Gather>,
    pub(super) device: D,
    pub(super) source: Box<dyn Operand<D>>,
    /// Values of the source, if they are in host memory.
    pub(super) values: Option<Arc<Vec<f32>>>,
    pub(super) trained: bool,
}

impl<D: Device> Gathering<D> {
    /// A gather of rows of `source`, with gradients.
    pub(crate) fn new<S: Shape>(op: impl Gather, source: &Tensor<S, f32, D>) -> Self {
        let device = source.device().clone();
        Self { op: Box::new(op), device, source: Box::new(source.clone()), values: None, trained: true }
    }

    /// Sets the host values of the source, and whether gradients are needed.
    pub(crate) fn at_hand(self, values: &Arc<Vec<f32>>, trained: bool) -> Self {
        Self { values: Some(values.clone()), trained, ..self }
    }
}

/// Returns the output of a gather, with its backward pass on `tape`.
pub(super) fn run<S: Shape, T: Tape<f32, Cpu>>(
    gathering: Gathering<Cpu>,
    mut tape: T,
    shape: S,
) -> Result<Tensor<S, f32, Cpu, T>, CpuError> {
    let device = gathering.device.clone();
    let (output, rows) = forward(&gathering, shape.num_elements());
    let y = device.try_tensor_from_vec(output, shape)?;
    if gathering.trained && T::OWNS_TAPE {
        tape.add_backward_op(backward_of(gathering, rows, Box::new(y.clone())));
    }
    Ok(y.put_tape(tape))
}

/// Returns the output, of `length` floats, and the number of source rows.
fn forward(gathering: &Gathering<Cpu>, length: usize) -> (Vec<f32>, usize) {
    let Gathering { op, source, values, .. } = gathering;
    let values = values.clone().unwrap_or_else(|| Arc::new(source.values()));
    let width = op.width();
    let mut output = Vec::new();
    unwritten(&mut output, length);
    let cost = 2 * width * op.reads().div_ceil(op.rows().max(1));
    for_rows(&mut output, width, cost, &|first, part| op.forward(&values, first, part));
    (output, values.len() / width.max(1))
}

/// Returns the backward pass of a gather with the output `y` and a source of `rows` rows, for a tape.
fn backward_of(
    gathering: Gathering<Cpu>,
    rows: usize,
    y: Box<dyn Operand<Cpu>>,
) -> impl FnOnce(&mut Gradients<f32, Cpu>) -> Result<(), CpuError> {
    let Gathering { op, source, .. } = gathering;
    move |gradients| {
        // All readers of the output have run, so its gradient is no longer needed.
        let g = std::mem::take(&mut **y.gradient(gradients)?);
        let into = source.gradient(gradients)?;
        into.resize(rows * op.width(), 0.0);
        let cost = op.reads() * op.width() / rows.max(1);
        for_rows(into, op.width(), cost, &|first, part| op.backward(&g, first, part));
        Ok(())
    }
}

/// Returns the row of a slot in a chunk that starts at row `first`. `None` if it is outside of the chunk.
#[inline(always)]
pub(crate) fn row_of(part: &mut [f32], first: usize, slot: u32, width: usize) -> Option<&mut [f32]> {
    if slot == NONE {
        return None;
    }
    let start = (slot as usize).checked_sub(first)? * width;
    part.get_mut(start..start + width)
}
