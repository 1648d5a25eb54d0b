//! Distinct rows of a table in a batch: the tensor that receives their gradients.

use std::sync::Arc;

use dfdx::shapes::Const;
use dfdx::tensor::Gradients;

use super::{FoundRows, RowUpdate, Table};
use crate::data::NONE;
use crate::ops::{
    Bagged, Combiner, Device, Pad, Pass, Rows, Sequence, Source, Tape, lookup, pool_bags, vectors,
};

/// Gathered rows of a table on a device.
#[derive(Debug)]
pub struct EmbeddingRows<const W: usize, D: Device> {
    /// Distinct table rows in order of first use. Empty if the table is read in place.
    pub(crate) rows: Vec<u32>,
    /// Row of the source of each id of each column.
    slots: Vec<Arc<Vec<u32>>>,
    pub(crate) source: Source<W, D>,
}

impl<const W: usize, D: Device> EmbeddingRows<W, D> {
    /// Moves found rows to the device of the pass.
    pub(crate) fn new(found: FoundRows, pass: &Pass<D>) -> Result<Self, D::Err> {
        let FoundRows { rows, slots, values, trained } = found;
        let tensor = pass.device.gathered_rows(&values)?;
        Ok(Self { rows, slots, source: Source { rows: tensor, host: values, trained } })
    }

    /// Returns the update of these rows of `table`, if they are trained.
    pub(crate) fn update<'t>(
        &'t self,
        table: &'t mut Table<W>,
        gradients: &mut Gradients<f32, D>,
    ) -> Result<Option<RowUpdate<'t>>, D::Err> {
        if !self.source.trained || self.rows.is_empty() {
            return Ok(None);
        }
        let mut gradient = D::take_gradient(&self.source.rows, gradients)?;
        // Rows that the loss does not depend on have none.
        gradient.resize(self.rows.len() * W, 0.0);
        Ok(Some(RowUpdate { table, rows: &self.rows, gradient }))
    }

    /// Rows of a column of single ids; zeros for `NONE`.
    pub fn lookup<T: Tape<f32, D>>(&self, column: usize) -> Result<Rows<W, D, T>, D::Err> {
        lookup(&self.source, &self.slots[column])
    }

    /// Pooled rows of a column of bags: bag `i` has the ids `offsets[i]..offsets[i + 1]`. Without weights
    /// each id has weight 1. An empty bag gives zeros.
    pub fn pool<T: Tape<f32, D>>(
        &self,
        column: usize,
        offsets: &[u32],
        weights: &[f32],
        combiner: Combiner,
    ) -> Result<Rows<W, D, T>, D::Err> {
        let bags = Bagged::new(&self.slots[column], offsets, weights, combiner);
        pool_bags(&self.source, bags, combiner)
    }

    /// Ordered rows of a column of sequences: record `i` has the ids of `spans[i]`, at most the last `N`.
    /// `NONE` gives zeros. Padding is zeros and masked.
    pub fn sequence<const N: usize, T: Tape<f32, D>>(
        &self,
        column: usize,
        spans: &[[u32; 2]],
        pad: Pad,
    ) -> Result<Sequence<N, W, D, T>, D::Err> {
        let mut slots = vec![NONE; spans.len() * N];
        let mut mask = vec![0.0; spans.len() * N];
        let records = slots.chunks_exact_mut(N.max(1)).zip(mask.chunks_exact_mut(N.max(1)));
        for ((slots, mask), &[start, end]) in records.zip(spans) {
            let found = &self.slots[column][start as usize..end as usize];
            let found = &found[found.len().saturating_sub(N)..];
            let first = match pad {
                Pad::Back => 0,
                Pad::Front => N - found.len(),
            };
            slots[first..first + found.len()].copy_from_slice(found);
            mask[first..first + found.len()].fill(1.0);
        }
        let mask = self.source.rows.device().try_tensor_from_vec(mask, (spans.len(), Const))?;
        Ok(Sequence { values: vectors(lookup(&self.source, &Arc::new(slots))?)?, mask })
    }

    /// Returns the distinct table rows; none if the table is read in place.
    pub fn touched(&self) -> &[u32] {
        &self.rows
    }
}
