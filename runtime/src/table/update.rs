//! Sparse optimizer: updates only the rows of a batch.

use dfdx::tensor::Gradients;

use super::{EmbeddingRows, Table};
use crate::ops::{Device, vectorized};
use crate::optim::{OptimizerSpec, UpdateRule};

/// Optimizer state of a table; empty before the first step.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) step: u64,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
}

impl<const W: usize> Table<W> {
    /// Updates gathered rows. `optimizer` is the model's; the table's own takes precedence.
    pub fn update<D: Device>(
        &mut self,
        gathered: &EmbeddingRows<W, D>,
        gradients: &mut Gradients<f32, D>,
        optimizer: &OptimizerSpec,
    ) -> Result<(), D::Err> {
        if self.frozen || gathered.rows.is_empty() {
            return Ok(());
        }
        gradients.try_alloc_for(&gathered.source.rows)?;
        let mut gradient = vec![0.0; gathered.rows.len() * W];
        gradients.get(&gathered.source.rows).copy_into(&mut gradient);
        let rule = UpdateRule::of(self.optimizer.unwrap_or(*optimizer));
        self.state.step += 1;
        self.unseen.take();
        let [first_width, second_width] = rule.state(W);
        if self.state.first.len() != self.rows * first_width {
            self.state.first = vec![rule.initial(); self.rows * first_width];
        }
        if self.state.second.len() != self.rows * second_width {
            self.state.second = vec![0.0; self.rows * second_width];
        }
        let rule = rule.at(self.state.step);
        let (values, first, second) = (&mut self.values, &mut self.state.first, &mut self.state.second);
        let l2 = self.l2;
        vectorized(
            #[inline(always)]
            || {
                for (&row, gradient) in gathered.rows.iter().zip(gradient.chunks_exact_mut(W)) {
                    let row = row as usize;
                    let weights = &mut values[row * W..(row + 1) * W];
                    if l2 != 0.0 {
                        gradient.iter_mut().zip(&*weights).for_each(|(g, w)| *g += 2.0 * l2 * w);
                    }
                    let first = &mut first[row * first_width..(row + 1) * first_width];
                    let second = &mut second[row * second_width..(row + 1) * second_width];
                    rule.apply(weights, gradient, first, second);
                }
            },
        );
        Ok(())
    }
}
