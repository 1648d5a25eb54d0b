//! Tapes of forward passes: those of dfdx, and the one that plans a step.

use dfdx::shapes::{Rank0, Shape};
use dfdx::tensor::{Cpu, CpuError, NoneTape, OwnedTape, Storage, Tensor};

use super::Loss;
use super::call::Operand;
use super::planned::{LearnedWeights, Planned};
use super::reshape::Sizes;

/// Tape of a forward pass: [`NoneTape`] for inference, dfdx's [`OwnedTape`] or [`Planned`] for training.
/// Forward passes are generic over it.
pub trait Tape<E, D: Storage<E>>: dfdx::tensor::Tape<E, D> {
    /// Returns the plan, if ops are recorded and run later.
    fn planned(&mut self) -> Option<&mut Planned> {
        None
    }

    /// Returns the same values in another shape of equal size, if ops are recorded.
    fn view<S: Shape, R: Shape<Concrete: Sizes>>(
        &mut self,
        _: &Tensor<S, E, D>,
        _: R,
    ) -> Option<Result<Tensor<R, E, D>, D::Err>> {
        None
    }

    /// Keeps the values of a tensor until the step has run, if ops are recorded. Returns false if they are at
    /// hand.
    fn observe<S: Shape>(&mut self, _: &'static str, _: &Tensor<S, E, D>) -> bool {
        false
    }

    /// Returns the sum of the losses of tasks, if ops are recorded.
    fn tasks(&mut self, _: &[Tensor<Rank0, E, D>]) -> Option<Result<Tensor<Rank0, E, D>, D::Err>> {
        None
    }

    /// Returns the sum of the losses of tasks with the weights `factor exp(-s)`, and of half their log variances `s`, if ops
    /// are recorded.
    fn weighted_tasks<S: Shape>(
        &mut self,
        _losses: &[Tensor<Rank0, E, D>],
        _log_variances: &Tensor<S, E, D>,
        _factors: &[f32],
    ) -> Option<Result<Tensor<Rank0, E, D>, D::Err>> {
        None
    }

    /// Returns a weighted sum of losses, if ops are recorded.
    fn total(&mut self, _: &[(f32, &Tensor<Rank0, E, D>)]) -> Option<Result<Tensor<Rank0, E, D>, D::Err>> {
        None
    }
}

impl<E, D: Storage<E>> Tape<E, D> for NoneTape {}

impl<E, D: Storage<E>> Tape<E, D> for OwnedTape<E, D> {}

impl Tape<f32, Cpu> for Planned {
    fn planned(&mut self) -> Option<&mut Planned> {
        Some(self)
    }

    fn view<S: Shape, R: Shape<Concrete: Sizes>>(
        &mut self,
        x: &Tensor<S, f32, Cpu>,
        shape: R,
    ) -> Option<Result<Tensor<R, f32, Cpu>, CpuError>> {
        Some(self.record_view(x, shape))
    }

    fn observe<S: Shape>(&mut self, name: &'static str, x: &Tensor<S, f32, Cpu>) -> bool {
        self.record_observed(name, x);
        true
    }

    fn tasks(&mut self, losses: &[Loss<Cpu>]) -> Option<Result<Loss<Cpu>, CpuError>> {
        let device = losses.first()?.device().clone();
        Some(self.record_tasks(&device, losses, None))
    }

    fn weighted_tasks<S: Shape>(
        &mut self,
        losses: &[Loss<Cpu>],
        log_variances: &Tensor<S, f32, Cpu>,
        factors: &[f32],
    ) -> Option<Result<Loss<Cpu>, CpuError>> {
        let learned = LearnedWeights { log_variances: log_variances.boxed(), factors: factors.to_vec() };
        Some(self.record_tasks(log_variances.device(), losses, Some(learned)))
    }

    fn total(&mut self, terms: &[(f32, &Loss<Cpu>)]) -> Option<Result<Loss<Cpu>, CpuError>> {
        let (_, first) = terms.first()?;
        let device = first.device();
        Some(self.record_total(device, terms))
    }
}
