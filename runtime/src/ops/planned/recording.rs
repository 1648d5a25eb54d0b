//! The tape of a planned step: ops with their inputs, in any order.

use dfdx::shapes::Shape;
use dfdx::tensor::{Cpu, CpuError, Gradients, Merge, NoneTape, Tape, Tensor, TensorFromVec};

use super::{LearnedWeights, StepMemory};
use crate::ops::Loss;
use crate::ops::call::{Call, Operand, Role};
use crate::ops::gather::{Gather, Gathering};
use crate::ops::loss::call::{LossCall, Objective};
use crate::ops::op::Op;
use crate::ops::reshape::{Sizes, retyped};

/// Tape that records ops. Its tensors have a shape, and one `NaN` for all of their values.
#[derive(Default)]
pub struct Planned {
    records: Vec<Record>,
    observed: Vec<Observed>,
}

/// A name, and the tensor whose values are kept under it.
pub(super) type Observed = (&'static str, Box<dyn Operand<Cpu>>);

impl std::fmt::Debug for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Planned({} ops)", self.records.len())
    }
}

/// An op with its output.
pub(super) struct Record {
    pub(super) output: Box<dyn Operand<Cpu>>,
    /// Number of floats of the output.
    pub(super) length: usize,
    pub(super) work: Work,
}

/// Kind of a recorded op, with its inputs.
pub(super) enum Work {
    Op {
        op: Box<dyn Op>,
        rows: usize,
        inputs: Vec<(Role, Box<dyn Operand<Cpu>>)>,
    },
    Gather {
        op: Box<dyn Gather>,
        source: Source,
        trained: bool,
    },
    Loss {
        objective: Box<dyn Objective>,
        rows: usize,
        inputs: Vec<Box<dyn Operand<Cpu>>>,
    },
    /// The values of another output, in another shape.
    View(Box<dyn Operand<Cpu>>),
    /// Weighted sum of losses.
    Total(Vec<(f32, Box<dyn Operand<Cpu>>)>),
    /// Sum of the losses of tasks, whose values are kept.
    Tasks {
        losses: Vec<Box<dyn Operand<Cpu>>>,
        learned: Option<LearnedWeights>,
    },
}

/// Source of a gather.
pub(super) enum Source {
    /// Table rows, with their values.
    Rows(Box<dyn Operand<Cpu>>, std::sync::Arc<Vec<f32>>),
    /// Another output, or a tensor.
    Tensor(Box<dyn Operand<Cpu>>),
}

/// Returns a tensor with one `NaN` for all of its values.
pub(crate) fn unknown<S: Shape<Concrete: Sizes>>(
    device: &Cpu,
    shape: S,
) -> Result<Tensor<S, f32, Cpu>, CpuError> {
    let one: Loss<Cpu> = device.try_tensor_from_vec(vec![f32::NAN], ())?;
    Ok(retyped(shape.concrete().spread(one)?))
}

impl Planned {
    pub(in crate::ops) fn call<S: Shape<Concrete: Sizes>>(
        &mut self,
        call: Call<Cpu>,
        shape: S,
    ) -> Result<Tensor<S, f32, Cpu>, CpuError> {
        let Call { op, device, rows, inputs } = call;
        self.record(&device, Work::Op { op, rows, inputs }, shape)
    }

    pub(in crate::ops) fn gather<S: Shape<Concrete: Sizes>>(
        &mut self,
        gathering: Gathering<Cpu>,
        shape: S,
    ) -> Result<Tensor<S, f32, Cpu>, CpuError> {
        let Gathering { op, device, source, values, trained } = gathering;
        let source = match values {
            Some(values) => Source::Rows(source, values),
            None => Source::Tensor(source),
        };
        self.record(&device, Work::Gather { op, source, trained }, shape)
    }

    pub(in crate::ops) fn loss(&mut self, call: LossCall<Cpu>) -> Result<Loss<Cpu>, CpuError> {
        let LossCall { objective, device, rows, inputs } = call;
        self.record(&device, Work::Loss { objective, rows, inputs }, ())
    }

    /// Records a weighted sum of losses.
    pub(in crate::ops) fn record_total(
        &mut self,
        device: &Cpu,
        terms: &[(f32, &Loss<Cpu>)],
    ) -> Result<Loss<Cpu>, CpuError> {
        let terms = terms.iter().map(|(weight, loss)| (*weight, (*loss).boxed())).collect();
        self.record(device, Work::Total(terms), ())
    }

    /// Records the sum of the losses of tasks.
    pub(in crate::ops) fn record_tasks(
        &mut self,
        device: &Cpu,
        losses: &[Loss<Cpu>],
        learned: Option<LearnedWeights>,
    ) -> Result<Loss<Cpu>, CpuError> {
        let losses = losses.iter().map(Operand::boxed).collect();
        self.record(device, Work::Tasks { losses, learned }, ())
    }

    pub(in crate::ops) fn record_view<S: Shape, R: Shape<Concrete: Sizes>>(
        &mut self,
        x: &Tensor<S, f32, Cpu>,
        shape: R,
    ) -> Result<Tensor<R, f32, Cpu>, CpuError> {
        self.record(x.device(), Work::View(Box::new(x.clone())), shape)
    }

    /// Keeps the values of a tensor in the memory of the step.
    pub(in crate::ops) fn record_observed<S: Shape>(&mut self, name: &'static str, x: &Tensor<S, f32, Cpu>) {
        self.observed.push((name, x.boxed()));
    }

    fn record<S: Shape<Concrete: Sizes>>(
        &mut self,
        device: &Cpu,
        work: Work,
        shape: S,
    ) -> Result<Tensor<S, f32, Cpu>, CpuError> {
        let output = unknown(device, shape)?;
        self.records.push(Record { output: Box::new(output.clone()), length: shape.num_elements(), work });
        Ok(output)
    }

    /// Runs the step: returns the loss and the gradients of weights and of gathered table rows.
    pub(in crate::ops) fn gradients(
        &self,
        loss: &Loss<Cpu>,
        memory: &mut StepMemory,
    ) -> Result<(f32, Gradients<f32, Cpu>), CpuError> {
        memory.gradients(&self.records, &self.observed, loss)
    }

    /// Runs the forward pass: returns the loss.
    pub(in crate::ops) fn loss_value(
        &self,
        loss: &Loss<Cpu>,
        memory: &mut StepMemory,
    ) -> Result<f32, CpuError> {
        memory.loss(&self.records, &self.observed, loss)
    }

    /// Runs the ops that an output depends on: returns its values.
    pub(in crate::ops) fn values<S: Shape>(
        &self,
        output: &Tensor<S, f32, Cpu>,
        memory: &mut StepMemory,
    ) -> Result<Vec<f32>, CpuError> {
        memory.values(&self.records, output)
    }
}

impl Merge<NoneTape> for Planned {
    fn merge(self, _: NoneTape) -> Self {
        self
    }
}

impl Merge<Planned> for Planned {
    fn merge(mut self, mut other: Planned) -> Self {
        self.records.append(&mut other.records);
        self.observed.append(&mut other.observed);
        self
    }
}

impl Tape<f32, Cpu> for Planned {
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, _: F)
    where
        F: 'static + FnOnce(&mut Gradients<f32, Cpu>) -> Result<(), CpuError>,
    {
        unreachable!("an op of dfdx in the forward pass of a planned step");
    }
}
