//! Dense part of a model.

use crate::matrix::Matrix;
use crate::ops::{Device, Loss, Pass, Tape};

/// Towers, scores and loss as functions of the dense weights, the batch, and the gathered table rows.
pub trait Network<D: Device> {
    /// Encoded columns.
    type Batch;
    /// Gathered table rows.
    type Gathered;

    /// Returns the loss of a batch.
    fn loss<T: Tape<f32, D>>(
        &self,
        batch: &Self::Batch,
        gathered: &Self::Gathered,
        pass: &mut Pass<D>,
    ) -> Result<Loss<D, T>, D::Err>;
    /// Returns the scores of each record, those of all tasks with labels, one row per record. Empty without such tasks.
    fn scores(&self, _: &Self::Batch, _: &Self::Gathered, _: &mut Pass<D>) -> Result<Matrix, D::Err> {
        Ok(Matrix::default())
    }
    /// Returns the output of a tower: one row per record.
    fn tower(
        &self,
        tower: usize,
        batch: &Self::Batch,
        gathered: &Self::Gathered,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Returns the scores of all queries of a batch with all candidates of another, one row per query; higher
    /// is better.
    fn pair_scores(
        &self,
        _: (&Self::Batch, &Self::Gathered),
        _: (&Self::Batch, &Self::Gathered),
        _: &mut Pass<D>,
    ) -> Result<Matrix, D::Err> {
        Ok(Matrix::default())
    }
    /// Runs after a training step, for example to update running statistics.
    fn after_step(&mut self, _: &mut Pass<D>) {}
}
