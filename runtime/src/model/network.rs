//! The dense part of a model.

use crate::data::Floats;
use crate::matrix::Matrix;
use crate::ops::{Device, Loss, Pass, Rows, Tape, floats};

/// Towers, scores and loss as functions of the dense weights, of the columns of a batch, and of the rows of tables gathered for it.
pub trait Network<D: Device> {
    /// The encoded columns.
    type Batch;
    /// The gathered rows.
    type Gathered;

    /// The loss of a batch.
    fn loss<T: Tape<f32, D>>(
        &self,
        batch: &Self::Batch,
        gathered: &Self::Gathered,
        pass: &mut Pass<D>,
    ) -> Result<Loss<D, T>, D::Err>;
    /// The score of each record that is ranked and predicted, `[B, 1]`: a logit. Of no record for retrieval.
    fn score<T: Tape<f32, D>>(
        &self,
        _: &Self::Batch,
        _: &Self::Gathered,
        pass: &mut Pass<D>,
    ) -> Result<Rows<1, D, T>, D::Err> {
        floats(&Floats::default(), pass)
    }
    /// The output of a tower: one row per record.
    fn tower(
        &self,
        tower: usize,
        batch: &Self::Batch,
        gathered: &Self::Gathered,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Scores of each record of a batch of queries with each of a batch of candidates, one row per query: the higher, the better.
    fn pair_scores(
        &self,
        _: (&Self::Batch, &Self::Gathered),
        _: (&Self::Batch, &Self::Gathered),
        _: &mut Pass<D>,
    ) -> Result<Matrix, D::Err> {
        Ok(Matrix::default())
    }
    /// Runs after a training step, as for running statistics that move.
    fn after_step(&mut self, _: &mut Pass<D>) {}
}
