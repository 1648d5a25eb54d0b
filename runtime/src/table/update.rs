//! The sparse optimizer: a step for the rows a batch touched, and nothing for the others.

use dfdx::tensor::Gradients;

use super::{EmbeddingRows, Table};
use crate::ops::{Device, vectorized};
use crate::optim::{OptimizerSpec, Steps};

/// Memory of an optimizer for a table; empty before the first step.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) step: u64,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
}

impl<const W: usize> Table<W> {
    /// Takes a step for the rows of the leaf. `rule` is the model's optimizer, which the table's own replaces.
    pub fn update<D: Device>(
        &mut self,
        leaf: &EmbeddingRows<W, D>,
        gradients: &mut Gradients<f32, D>,
        rule: &OptimizerSpec,
    ) -> Result<(), D::Err> {
        if self.frozen || leaf.rows.is_empty() {
            return Ok(());
        }
        gradients.try_alloc_for(&leaf.source.rows)?;
        let mut gradient = vec![0.0; leaf.rows.len() * W];
        gradients.get(&leaf.source.rows).copy_into(&mut gradient);
        let steps = Steps::of(self.optimizer.unwrap_or(*rule));
        self.state.step += 1;
        self.unseen.take();
        let [first_width, second_width] = steps.state(W);
        if self.state.first.len() != self.rows * first_width {
            self.state.first = vec![steps.initial(); self.rows * first_width];
        }
        if self.state.second.len() != self.rows * second_width {
            self.state.second = vec![0.0; self.rows * second_width];
        }
        let steps = steps.at(self.state.step);
        let (values, first, second) = (&mut self.values, &mut self.state.first, &mut self.state.second);
        let l2 = self.l2;
        vectorized(
            #[inline(always)]
            || {
                for (&row, gradient) in leaf.rows.iter().zip(gradient.chunks_exact_mut(W)) {
                    let row = row as usize;
                    let weights = &mut values[row * W..(row + 1) * W];
                    if l2 != 0.0 {
                        gradient.iter_mut().zip(&*weights).for_each(|(g, w)| *g += 2.0 * l2 * w);
                    }
                    let first = &mut first[row * first_width..(row + 1) * first_width];
                    let second = &mut second[row * second_width..(row + 1) * second_width];
                    steps.apply(weights, gradient, first, second);
                }
            },
        );
        Ok(())
    }
}
