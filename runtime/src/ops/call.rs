//! Calls of ops on dfdx's tape. Only this module, `gather.rs` and `loss/call.rs` handle tape, gradients,
//! buffers and threads.

use dfdx::optim::UnusedTensors;
use dfdx::shapes::{HasShape, Rank2, Shape};
use dfdx::tensor::{Cpu, CpuError, Gradients, PutTape, SplitTape, Storage, Tensor, TensorFromVec};
use rayon::prelude::*;

use super::Sizes;
use super::matmul::transpose_into;
use super::op::{EachRecord, Forward, Op, RecordFunction, Scratch};
use super::parallel::chunk_rows;
use super::scratch::unwritten;
use super::{Device, Tape};

/// A tensor of any shape.
pub trait Operand<D: Device> {
    /// Returns a copy of the values.
    fn values(&self) -> Vec<f32> {
        let mut values = Vec::new();
        self.copy_values(&mut values);
        values
    }
    /// Replaces the numbers of `into` by the values.
    fn copy_values(&self, into: &mut Vec<f32>);
    /// Returns the number of values.
    fn length(&self) -> usize;
    /// Adds the id of the tensor. Tensors with the same id have the same values.
    fn add_id(&self, to: &mut UnusedTensors);
    /// Returns the gradient, initialized to zeros.
    fn gradient<'a>(
        &self,
        gradients: &'a mut Gradients<f32, D>,
    ) -> Result<&'a mut <D as Storage<f32>>::Vec, D::Err>;
    /// Returns the same tensor.
    fn boxed(&self) -> Box<dyn Operand<D>>;
}

impl<S: Shape, D: Device> Operand<D> for Tensor<S, f32, D> {
    fn copy_values(&self, into: &mut Vec<f32>) {
        into.resize(self.length(), 0.0);
        self.copy_into(into);
    }

    fn length(&self) -> usize {
        self.shape().num_elements()
    }

    fn add_id(&self, to: &mut UnusedTensors) {
        to.add(self);
    }

    fn gradient<'a>(
        &self,
        gradients: &'a mut Gradients<f32, D>,
    ) -> Result<&'a mut <D as Storage<f32>>::Vec, D::Err> {
        gradients.get_or_alloc_mut(self)
    }

    fn boxed(&self) -> Box<dyn Operand<D>> {
        Box::new(self.clone())
    }
}

/// Role of an input in a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One row per output row.
    Rows,
    /// Shared by all rows.
    Shared,
    /// Shared by all rows, and read by the backward pass alone.
    SharedBackward,
    /// One row per output row, without gradient.
    Constant,
    /// The transpose of a matrix of this number of columns, shared by all rows, without gradient.
    Transposed(usize),
}

impl Role {
    /// Returns whether all rows read the whole input.
    fn is_whole(self) -> bool {
        self.is_summed() || matches!(self, Self::Transposed(_))
    }

    /// Returns whether its gradient is a sum over all rows.
    fn is_summed(self) -> bool {
        matches!(self, Self::Shared | Self::SharedBackward)
    }
}

/// An op with its inputs, and the rows and device of its output.
pub struct Call<D: Device> {
    pub(super) op: Box<dyn Op>,
    pub(super) device: D,
    pub(super) rows: usize,
    pub(super) inputs: Vec<(Role, Box<dyn Operand<D>>)>,
}

impl<D: Device> Call<D> {
    /// An op over `rows` rows. Inputs are added in the order of the op.
    pub(crate) fn new(device: &D, op: impl Op, rows: usize) -> Self {
        Self { op: Box::new(op), device: device.clone(), rows, inputs: Vec::new() }
    }

    fn input<S: Shape>(mut self, role: Role, tensor: &Tensor<S, f32, D>) -> Self {
        self.inputs.push((role, Box::new(tensor.clone())));
        self
    }

    /// Adds an input with one row per output row.
    pub(crate) fn of<S: Shape>(self, tensor: &Tensor<S, f32, D>) -> Self {
        self.input(Role::Rows, tensor)
    }

    /// Adds an input that all rows share.
    pub(crate) fn shared<S: Shape>(self, tensor: &Tensor<S, f32, D>) -> Self {
        self.input(Role::Shared, tensor)
    }

    /// Adds an input that all rows share and that the backward pass alone reads.
    pub(crate) fn shared_backward<S: Shape>(self, tensor: &Tensor<S, f32, D>) -> Self {
        self.input(Role::SharedBackward, tensor)
    }

    /// Adds the transpose of a weight, which all rows share. A pass computes it once. Its gradient is not computed.
    pub(crate) fn transposed<const O: usize, const I: usize>(
        self,
        weight: &Tensor<Rank2<O, I>, f32, D>,
    ) -> Self {
        self.input(Role::Transposed(I), weight)
    }

    /// Adds an input with one row per output row, without gradient.
    pub(crate) fn constant<S: Shape>(self, tensor: &Tensor<S, f32, D>) -> Self {
        self.input(Role::Constant, tensor)
    }
}

/// Applies a function to each record of `x`. The first dimension of both shapes is the batch.
pub(crate) fn of_records<S: Shape, R: Shape<Concrete: Sizes>, D: Device, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    shape: R,
    function: impl RecordFunction,
    plain: impl FnOnce(Tensor<S, f32, D, T>) -> Result<Tensor<R, f32, D, T>, D::Err>,
) -> Result<Tensor<R, f32, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rows = shape.concrete().into_iter().next().unwrap_or(1);
    let call = Call::new(x.device(), EachRecord(function), rows).of(&x);
    D::call(call, tape, shape, |tape| plain(x.put_tape(tape)))
}

/// Returns the output of a call, with its backward pass on `tape`.
pub(super) fn run<S: Shape, T: Tape<f32, Cpu>>(
    call: Call<Cpu>,
    mut tape: T,
    shape: S,
) -> Result<Tensor<S, f32, Cpu, T>, CpuError> {
    let device = call.device.clone();
    let (mut work, inputs) = work_of(call);
    let y = device.try_tensor_from_vec(work.forward(shape.num_elements()), shape)?;
    if T::OWNS_TAPE {
        tape.add_backward_op(backward_of(work, inputs, Box::new(y.clone())));
    }
    Ok(y.put_tape(tape))
}

/// The inputs of a call, as tensors.
type Inputs = Vec<(Role, Box<dyn Operand<Cpu>>)>;

fn work_of(call: Call<Cpu>) -> (Work, Inputs) {
    let Call { op, rows, inputs, .. } = call;
    let values = inputs.iter().map(|(role, tensor)| Values::of(*role, tensor.as_ref())).collect();
    (Work { op, rows, inputs: values, saved: Vec::new() }, inputs)
}

/// Returns the backward pass of a call with the output `y`, for a tape.
fn backward_of(
    work: Work,
    inputs: Inputs,
    y: Box<dyn Operand<Cpu>>,
) -> impl FnOnce(&mut Gradients<f32, Cpu>) -> Result<(), CpuError> {
    move |gradients| backward(&work, &inputs, y.as_ref(), gradients)
}

/// Adds the gradients of the inputs, given the gradient of the output `y`.
fn backward(
    work: &Work,
    inputs: &[(Role, Box<dyn Operand<Cpu>>)],
    y: &dyn Operand<Cpu>,
    gradients: &mut Gradients<f32, Cpu>,
) -> Result<(), CpuError> {
    let output = if work.op.saved().output { y.values() } else { Vec::new() };
    // All readers of the output have run, so its gradient is no longer needed.
    let mut g = std::mem::take(&mut **y.gradient(gradients)?);
    let mut of_rows = Vec::with_capacity(inputs.len());
    for ((role, tensor), values) in inputs.iter().zip(&work.inputs) {
        of_rows.push(match role {
            Role::Rows => take(tensor.as_ref(), values.count, gradients)?,
            Role::Shared | Role::SharedBackward | Role::Transposed(_) | Role::Constant => Vec::new(),
        });
    }
    let of_shared = work.backward(&output, &mut g, &mut of_rows);
    for ((role, tensor), found) in inputs.iter().zip(of_rows) {
        if *role == Role::Rows {
            give(tensor.gradient(gradients)?, found);
        }
    }
    for chunk in of_shared {
        for ((role, tensor), found) in inputs.iter().zip(chunk) {
            if role.is_summed() {
                add(tensor.gradient(gradients)?, &found);
            }
        }
    }
    Ok(())
}

/// Values of an input.
struct Values {
    role: Role,
    /// Empty after the last read.
    numbers: Vec<f32>,
    count: usize,
}

impl Values {
    fn of(role: Role, tensor: &dyn Operand<Cpu>) -> Self {
        let mut numbers = tensor.values();
        if let Role::Transposed(columns) = role {
            let matrix = std::mem::take(&mut numbers);
            transpose_into(&matrix, columns, &mut numbers);
        }
        Self { role, count: numbers.len(), numbers }
    }
}

/// An op with its input values, for division among threads.
struct Work {
    op: Box<dyn Op>,
    rows: usize,
    inputs: Vec<Values>,
    saved: Vec<f32>,
}

impl Work {
    /// Computes the output, and saves values for the backward pass.
    fn forward(&mut self, length: usize) -> Vec<f32> {
        let keeps = self.op.saved();
        let (mut output, mut saved) = (Vec::new(), Vec::new());
        unwritten(&mut output, length);
        unwritten(&mut saved, self.rows * keeps.numbers);
        let (rows, chunk) = (self.rows, self.chunk());
        let work = split(&mut output, rows, chunk).into_iter().zip(split(&mut saved, rows, chunk));
        each(work.enumerate().collect(), |(index, (output, saved))| {
            let (first, rows) = self.rows_of(index);
            self.op.forward(
                first..first + rows,
                &self.inputs_of(first, rows),
                output,
                saved,
                &mut Scratch::default(),
            );
        });
        self.saved = saved;
        if !keeps.inputs {
            let of_rows = self.inputs.iter_mut().filter(|values| !values.role.is_whole());
            of_rows.for_each(|values| values.numbers = Vec::new());
        }
        output
    }

    /// Adds to the gradients of row inputs. Returns the gradients of shared inputs for each chunk.
    fn backward(&self, output: &[f32], g: &mut [f32], of_rows: &mut [Vec<f32>]) -> Vec<Vec<Vec<f32>>> {
        let (rows, chunk) = (self.rows, self.chunk());
        let mut parts: Vec<Vec<&mut [f32]>> = (0..rows.div_ceil(chunk)).map(|_| Vec::new()).collect();
        for gradient in of_rows {
            for (parts, part) in parts.iter_mut().zip(split(gradient, rows, chunk)) {
                parts.push(part);
            }
        }
        let work = split(g, rows, chunk).into_iter().zip(parts).enumerate().collect();
        each(work, |(index, (g, into))| self.backward_of(index, output, g, into))
    }

    /// Backward pass of a chunk.
    fn backward_of(
        &self,
        index: usize,
        output: &[f32],
        g: &mut [f32],
        of_rows: Vec<&mut [f32]>,
    ) -> Vec<Vec<f32>> {
        let (first, rows) = self.rows_of(index);
        let zeros = |values: &Values| match values.role {
            Role::Shared | Role::SharedBackward => vec![0.0; values.count],
            Role::Rows | Role::Transposed(_) | Role::Constant => Vec::new(),
        };
        let mut of_shared: Vec<Vec<f32>> = self.inputs.iter().map(zeros).collect();
        let parts = self.inputs.iter().zip(of_rows.into_iter().zip(&mut of_shared));
        let mut into: Vec<&mut [f32]> = parts
            .map(|(values, (rows, shared))| if values.role.is_summed() { shared } else { rows })
            .collect();
        let forward = Forward {
            inputs: &self.inputs_of(first, rows),
            output: part(output, self.rows, first, rows),
            saved: part(&self.saved, self.rows, first, rows),
        };
        self.op.backward(rows, &forward, g, &mut into, &mut Scratch::default());
        of_shared
    }

    /// Rows per chunk.
    fn chunk(&self) -> usize {
        chunk_rows(self.rows, self.op.cost())
    }

    /// First row and number of rows of a chunk.
    fn rows_of(&self, index: usize) -> (usize, usize) {
        let first = index * self.chunk();
        (first, self.chunk().min(self.rows - first))
    }

    /// Inputs of `rows` rows, starting at `first`.
    fn inputs_of(&self, first: usize, rows: usize) -> Vec<&[f32]> {
        (self.inputs.iter())
            .map(|values| match values.role {
                role if role.is_whole() => &values.numbers[..],
                _ => part(&values.numbers, self.rows, first, rows),
            })
            .collect()
    }
}

/// Runs each piece of work, in parallel if there are several. Returns the results in order.
pub(crate) fn each<W: Send, R: Send>(mut work: Vec<W>, run: impl Fn(W) -> R + Send + Sync) -> Vec<R> {
    match work.len() {
        1 => work.drain(..).map(run).collect(),
        _ => work.into_par_iter().map(run).collect(),
    }
}

/// Values of `count` rows, starting at `first`. `numbers` has `rows` rows.
pub(crate) fn part(numbers: &[f32], rows: usize, first: usize, count: usize) -> &[f32] {
    let width = numbers.len() / rows.max(1);
    &numbers[first * width..(first + count) * width]
}

/// Splits values into chunks of `chunk` rows.
pub(crate) fn split(mut numbers: &mut [f32], rows: usize, chunk: usize) -> Vec<&mut [f32]> {
    let width = numbers.len() / rows.max(1);
    let mut parts = Vec::with_capacity(rows.div_ceil(chunk));
    for first in (0..rows).step_by(chunk) {
        let (part, rest) = numbers.split_at_mut(chunk.min(rows - first) * width);
        parts.push(part);
        numbers = rest;
    }
    parts
}

/// Takes the gradient of an input; [`give`] returns it. If the same tensor is taken twice, the second
/// gradient is zero.
fn take(
    tensor: &dyn Operand<Cpu>,
    length: usize,
    gradients: &mut Gradients<f32, Cpu>,
) -> Result<Vec<f32>, CpuError> {
    let taken = std::mem::take(&mut **tensor.gradient(gradients)?);
    Ok(if taken.len() == length { taken } else { vec![0.0; length] })
}

fn give(gradient: &mut Vec<f32>, found: Vec<f32>) {
    if gradient.is_empty() { *gradient = found } else { add(gradient, &found) }
}

fn add(gradient: &mut [f32], found: &[f32]) {
    gradient.iter_mut().zip(found).for_each(|(gradient, found)| *gradient += found);
}
