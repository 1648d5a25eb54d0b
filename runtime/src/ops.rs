//! Layers and losses that generated code calls, on dfdx tensors. Each wraps an `Op`, a value that computes on
//! slices, and has a plain formulation in dfdx operations, which runs on any device and is the reference in
//! tests.

#[macro_use]
mod weights;

#[cfg(test)]
mod agreement;
mod attention;
mod call;
mod dense;
mod distinct_rows;
mod gather;
mod interaction;
mod logistic;
mod loss;
mod matmul;
mod memory;
mod norm;
mod op;
mod parallel;
mod pass;
mod planned;
mod pool;
mod recurrent;
mod reshape;
mod rows;
mod scratch;
mod sequence;
mod tape;
mod vigil;
mod widths;

use dfdx::shapes::{Const, Shape};
use dfdx::tensor::{Cpu, CpuError, Gradients, HasErr, NoneTape, PutTape, SplitTape, Tensor};

pub use attention::*;
pub use call::{Call, Operand};
pub use dense::*;
pub use distinct_rows::DistinctRows;
pub use gather::Gathering;
pub use interaction::*;
pub use loss::call::LossCall;
pub use loss::*;
pub use norm::*;
pub use pass::{BatchStatistics, Pass, PassState, StepUpdate};
pub(crate) use planned::lanes;
pub use planned::{Planned, StepMemory};
pub use pool::*;
pub use recurrent::*;
pub use reshape::Sizes;
pub use rows::*;
pub use sequence::*;
pub use tape::Tape;

#[doc(hidden)] // for measurements
pub use matmul::{Products, View};

pub use turret_schema::{Combiner, Pad, Reduction, Weighting};
pub use weights::{Initial, Module, Parameter, Weight};

pub(crate) use parallel::{share, vectorized};
pub(crate) use weights::{weights, weights_mut};
pub(crate) use widths::common_widths;

/// `[B, W]`: rows of a static width.
pub type Rows<const W: usize, D, T = NoneTape> = Tensor<(usize, Const<W>), f32, D, T>;

/// `[B, N, W]`: `N` vectors of width `W` per record, or fields.
pub type Vectors<const N: usize, const W: usize, D, T = NoneTape> =
    Tensor<(usize, Const<N>, Const<W>), f32, D, T>;

/// `[B]`: one number per row.
pub type Scores<D, T = NoneTape> = Tensor<(usize,), f32, D, T>;

/// A device that programs run on. A device without kernels runs the plain formulation of every op. Kernels
/// give dfdx newly allocated memory, and its CPU cache never frees memory, so leave that cache off.
pub trait Device: dfdx::tensor_ops::Device<f32> + HasErr<Err: Send + Sync + 'static> {
    /// Tape of training steps.
    type Tape: Tape<f32, Self>;
    /// Tape of passes without gradients.
    type Inference: Tape<f32, Self>;
    /// True if ops read host memory. Tables are then read in place outside of training.
    const READS_HOST_MEMORY: bool;

    /// Returns a tensor for gathered table rows, which receives their gradients. The CPU reads their values in host
    /// memory, so its tensor has one number for all of them.
    ///
    /// # Errors
    /// The device has no memory left.
    fn gathered_rows<const W: usize>(&self, values: &[f32]) -> Result<Rows<W, Self>, Self::Err>;

    /// Returns the value of a loss and its gradients.
    ///
    /// # Errors
    /// The device has no memory left.
    fn gradients(
        loss: Loss<Self, Self::Tape>,
        memory: &mut StepMemory,
    ) -> Result<(f32, Gradients<f32, Self>), Self::Err>;

    /// Returns the value of a loss.
    ///
    /// # Errors
    /// The device has no memory left.
    fn value(loss: Loss<Self, Self::Inference>, memory: &mut StepMemory) -> Result<f32, Self::Err>;

    /// Returns the values of an output.
    ///
    /// # Errors
    /// The device has no memory left.
    fn values<S: Shape>(
        output: Tensor<S, f32, Self, Self::Inference>,
        memory: &mut StepMemory,
    ) -> Result<Vec<f32>, Self::Err>;

    /// Removes and returns the gradient of a tensor; zeros if there is none.
    ///
    /// # Errors
    /// The device has no memory left.
    fn take_gradient<S: Shape>(
        tensor: &Tensor<S, f32, Self>,
        gradients: &mut Gradients<f32, Self>,
    ) -> Result<Vec<f32>, Self::Err>;

    /// Returns the output of an op, from its kernel or from its plain formulation. The latter receives the
    /// tape.
    ///
    /// # Errors
    /// The device has no memory left.
    fn call<S: Shape<Concrete: Sizes>, T: Tape<f32, Self>>(
        call: Call<Self>,
        tape: T,
        shape: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err>;

    /// Returns the output of a gather.
    ///
    /// # Errors
    /// The device has no memory left.
    fn gather<S: Shape<Concrete: Sizes>, T: Tape<f32, Self>>(
        gathering: Gathering<Self>,
        tape: T,
        shape: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err>;

    /// Returns the value of a loss.
    ///
    /// # Errors
    /// The device has no memory left.
    fn loss<T: Tape<f32, Self>>(
        call: LossCall<Self>,
        tape: T,
        plain: impl FnOnce(T) -> Result<Loss<Self, T>, Self::Err>,
    ) -> Result<Loss<Self, T>, Self::Err>;
}

impl Device for Cpu {
    type Tape = Planned;
    type Inference = Planned;
    const READS_HOST_MEMORY: bool = true;

    fn gathered_rows<const W: usize>(&self, values: &[f32]) -> Result<Rows<W, Self>, CpuError> {
        planned::unknown(self, (values.len() / W.max(1), Const))
    }

    fn gradients(
        loss: Loss<Self, Planned>,
        memory: &mut StepMemory,
    ) -> Result<(f32, Gradients<f32, Self>), CpuError> {
        let (loss, tape) = loss.split_tape();
        tape.gradients(&loss, memory)
    }

    fn value(loss: Loss<Self, Planned>, memory: &mut StepMemory) -> Result<f32, CpuError> {
        let (loss, tape) = loss.split_tape();
        tape.loss_value(&loss, memory)
    }

    fn values<S: Shape>(
        output: Tensor<S, f32, Self, Planned>,
        memory: &mut StepMemory,
    ) -> Result<Vec<f32>, CpuError> {
        let (output, tape) = output.split_tape();
        tape.values(&output, memory)
    }

    fn take_gradient<S: Shape>(
        tensor: &Tensor<S, f32, Self>,
        gradients: &mut Gradients<f32, Self>,
    ) -> Result<Vec<f32>, CpuError> {
        Ok(std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?))
    }

    fn call<S: Shape<Concrete: Sizes>, T: Tape<f32, Self>>(
        call: Call<Self>,
        mut tape: T,
        shape: S,
        _: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, CpuError>,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        match tape.planned() {
            Some(planned) => Ok(planned.call(call, shape)?.put_tape(tape)),
            None => call::run(call, tape, shape),
        }
    }

    fn gather<S: Shape<Concrete: Sizes>, T: Tape<f32, Self>>(
        gathering: Gathering<Self>,
        mut tape: T,
        shape: S,
        _: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, CpuError>,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        match tape.planned() {
            Some(planned) => Ok(planned.gather(gathering, shape)?.put_tape(tape)),
            None => gather::run(gathering, tape, shape),
        }
    }

    fn loss<T: Tape<f32, Self>>(
        call: LossCall<Self>,
        mut tape: T,
        _: impl FnOnce(T) -> Result<Loss<Self, T>, CpuError>,
    ) -> Result<Loss<Self, T>, CpuError> {
        match tape.planned() {
            Some(planned) => Ok(planned.loss(call)?.put_tape(tape)),
            None => loss::call::run(call, tape),
        }
    }
}

#[cfg(feature = "cuda")]
impl Device for dfdx::tensor::Cuda {
    type Tape = dfdx::tensor::OwnedTape<f32, Self>;
    type Inference = NoneTape;
    const READS_HOST_MEMORY: bool = false;

    fn gathered_rows<const W: usize>(&self, values: &[f32]) -> Result<Rows<W, Self>, Self::Err> {
        use dfdx::tensor::TensorFromVec as _;
        self.try_tensor_from_vec(values.to_vec(), (values.len() / W.max(1), Const))
    }

    fn gradients(
        loss: Loss<Self, Self::Tape>,
        _: &mut StepMemory,
    ) -> Result<(f32, Gradients<f32, Self>), Self::Err> {
        let value = loss.as_vec()[0];
        Ok((value, dfdx::tensor_ops::Backward::try_backward(loss)?))
    }

    fn value(loss: Loss<Self>, _: &mut StepMemory) -> Result<f32, Self::Err> {
        Ok(loss.as_vec()[0])
    }

    fn values<S: Shape>(output: Tensor<S, f32, Self>, _: &mut StepMemory) -> Result<Vec<f32>, Self::Err> {
        // dfdx cannot read an empty tensor.
        Ok(if output.length() == 0 { Vec::new() } else { output.as_vec() })
    }

    fn take_gradient<S: Shape>(
        tensor: &Tensor<S, f32, Self>,
        gradients: &mut Gradients<f32, Self>,
    ) -> Result<Vec<f32>, Self::Err> {
        gradients.try_alloc_for(tensor)?;
        Ok(gradients.get(tensor).as_vec())
    }

    fn call<S: Shape<Concrete: Sizes>, T: Tape<f32, Self>>(
        _: Call<Self>,
        tape: T,
        _: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        plain(tape)
    }

    fn gather<S: Shape<Concrete: Sizes>, T: Tape<f32, Self>>(
        _: Gathering<Self>,
        tape: T,
        _: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        plain(tape)
    }

    fn loss<T: Tape<f32, Self>>(
        _: LossCall<Self>,
        tape: T,
        plain: impl FnOnce(T) -> Result<Loss<Self, T>, Self::Err>,
    ) -> Result<Loss<Self, T>, Self::Err> {
        plain(tape)
    }
}
