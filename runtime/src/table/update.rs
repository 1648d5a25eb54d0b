//! Sparse optimizer: updates only the rows of a batch.

use super::Embedding;
use crate::ops::{common_widths, vectorized};
use crate::optim::{OptimizerSpec, UpdateRule};

/// Optimizer state of a table; empty before the first step.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) step: u64,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
}

impl Embedding {
    /// Updates gathered rows. `optimizer` is the model's; the table's own takes precedence.
    pub(super) fn update(&mut self, rows: &[u32], mut gradient: Vec<f32>, optimizer: &OptimizerSpec) {
        if self.frozen || rows.is_empty() {
            return;
        }
        let rule = UpdateRule::of(self.optimizer.unwrap_or(*optimizer));
        self.state.step += 1;
        self.unseen.take();
        let [first_width, second_width] = rule.state(self.width);
        if self.state.first.len() != self.rows * first_width {
            self.state.first = vec![rule.initial(); self.rows * first_width];
        }
        if self.state.second.len() != self.rows * second_width {
            self.state.second = vec![0.0; self.rows * second_width];
        }
        let rule = rule.at(self.state.step);
        let (values, first, second) = (&mut self.values, &mut self.state.first, &mut self.state.second);
        let (width, l2) = (self.width, self.l2);
        common_widths!(width => vectorized(
            #[inline(always)]
            || {
                for (&row, gradient) in rows.iter().zip(gradient.chunks_exact_mut(width)) {
                    let row = row as usize;
                    let weights = &mut values[row * width..(row + 1) * width];
                    if l2 != 0.0 {
                        gradient.iter_mut().zip(&*weights).for_each(|(g, w)| *g += 2.0 * l2 * w);
                    }
                    let first = &mut first[row * first_width..(row + 1) * first_width];
                    let second = &mut second[row * second_width..(row + 1) * second_width];
                    rule.apply(weights, gradient, first, second);
                }
            },
        ));
    }
}
