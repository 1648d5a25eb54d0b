//! Calls of losses on dfdx's tape: sums over rows, with gradients computed in the same pass.

use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Cpu, CpuError, Gradients, PutTape, SplitTape, Tensor, TensorFromVec};

use super::Loss;
use crate::kernels::vectorized;
use crate::ops::call::{Operand, each, part, split};
use crate::ops::parallel::{add_scaled, chunk_rows};
use crate::ops::rows::first_dimension;
use crate::ops::scratch::Scratch;
use crate::ops::{Device, Tape};

/// A sum over rows, on slices and on one thread. The first input has one row per row; the others are passed
/// whole.
pub(crate) trait Objective: Send + Sync + 'static {
    /// Approximate number of operations per row.
    fn cost(&self) -> usize;

    /// Returns the sum over rows from `first` on, which are those of the first input. Adds the gradients of
    /// the inputs to `into`, unless they are empty.
    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) -> f64;
}

/// An objective with its inputs.
pub struct LossCall<D: Device> {
    pub(in crate::ops) objective: Box<dyn Objective>,
    pub(in crate::ops) device: D,
    pub(in crate::ops) rows: usize,
    pub(in crate::ops) inputs: Vec<Box<dyn Operand<D>>>,
}

impl<D: Device> LossCall<D> {
    /// An objective over `rows` rows. Inputs are added in the order of the objective.
    pub(crate) fn new(device: &D, objective: impl Objective, rows: usize) -> Self {
        Self { objective: Box::new(objective), device: device.clone(), rows, inputs: Vec::new() }
    }

    /// Adds the next input.
    pub(crate) fn of<S: Shape>(mut self, tensor: &Tensor<S, f32, D>) -> Self {
        self.inputs.push(Box::new(tensor.clone()));
        self
    }
}

/// Loss of a tensor: the sum of an objective over its rows, or the plain formulation on a device without objectives. 0 without
/// rows.
pub(super) fn of_rows<S: Shape, D: Device, T: Tape<f32, D>>(
    tensor: Tensor<S, f32, D, T>,
    objective: impl Objective,
    plain: impl FnOnce(Tensor<S, f32, D, T>) -> Result<Loss<D, T>, D::Err>,
) -> Result<Loss<D, T>, D::Err> {
    let (tensor, tape) = tensor.split_tape();
    let (device, rows) = (tensor.device().clone(), first_dimension(*tensor.shape()));
    let call = LossCall::new(&device, objective, rows).of(&tensor);
    D::loss(call, tape, |tape| match rows {
        0 => Ok(device.try_zeros()?.put_tape(tape)),
        _ => plain(tensor.put_tape(tape)),
    })
}

/// Returns the loss, with its backward pass on `tape`.
pub(in crate::ops) fn run<T: Tape<f32, Cpu>>(
    call: LossCall<Cpu>,
    mut tape: T,
) -> Result<Loss<Cpu, T>, CpuError> {
    let (sum, found) = forward(&call, T::OWNS_TAPE);
    let loss = call.device.try_tensor_from_vec(vec![sum as f32], ())?;
    if T::OWNS_TAPE {
        tape.add_backward_op(backward_of(found, call.inputs, loss.clone()));
    }
    Ok(loss.put_tape(tape))
}

/// The backward pass of a loss, to be put on a tape.
fn backward_of(
    found: Found,
    inputs: Vec<Box<dyn Operand<Cpu>>>,
    loss: Loss<Cpu>,
) -> impl FnOnce(&mut Gradients<f32, Cpu>) -> Result<(), CpuError> {
    move |gradients| {
        let g = gradients.get_or_alloc_mut(&loss)?[0];
        found.add(g, &inputs, gradients)
    }
}

/// Gradients of the inputs of a loss.
struct Found {
    /// Gradient of the first input.
    rows: Vec<f32>,
    /// Gradients of the other inputs, per chunk of rows.
    whole: Vec<Vec<Vec<f32>>>,
}

impl Found {
    fn add(
        &self,
        g: f32,
        inputs: &[Box<dyn Operand<Cpu>>],
        gradients: &mut Gradients<f32, Cpu>,
    ) -> Result<(), CpuError> {
        let Some((first, others)) = inputs.split_first() else { return Ok(()) };
        let rows = first.gradient(gradients)?;
        vectorized(|| add_scaled(rows, g, &self.rows));
        for chunk in &self.whole {
            for (input, found) in others.iter().zip(chunk) {
                let whole = input.gradient(gradients)?;
                vectorized(|| add_scaled(whole, g, found));
            }
        }
        Ok(())
    }
}

fn forward(call: &LossCall<Cpu>, wanted: bool) -> (f64, Found) {
    let (objective, count) = (call.objective.as_ref(), call.rows);
    let values: Vec<Vec<f32>> = call.inputs.iter().map(|input| input.values()).collect();
    let length = |values: &Vec<f32>| if wanted { values.len() } else { 0 };
    let mut rows = vec![0.0; values.first().map_or(0, length)];
    let chunk = chunk_rows(count, objective.cost());
    let work = split(&mut rows, count, chunk).into_iter().enumerate().collect();
    let chunks = each(work, |(index, of_rows)| {
        let mut whole: Vec<_> = values.iter().skip(1).map(|values| vec![0.0; length(values)]).collect();
        let mut into = vec![of_rows];
        into.extend(whole.iter_mut().map(Vec::as_mut_slice));
        let (first, rows) = (index * chunk, chunk.min(count - index * chunk));
        let mut inputs: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
        inputs[0] = part(inputs[0], count, first, rows);
        let sum = objective.sum(first, rows, &inputs, &mut into, &mut Scratch::default());
        (sum, whole)
    });
    let (sums, whole): (Vec<f64>, Vec<_>) = chunks.into_iter().unzip();
    (sums.iter().sum(), Found { rows, whole })
}
