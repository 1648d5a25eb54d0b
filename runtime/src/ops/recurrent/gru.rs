//! Gated recurrent units (Cho et al. 2014), with the reset gate applied after the product, as in PyTorch's
//! `GRU` and Keras with `reset_after`. Gates are in PyTorch's order.

use dfdx::shapes::{Rank1, Rank2};
use dfdx::tensor::{Storage, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{Device as Tensors, TryAdd, TryMul, TrySub};

use crate::ops::logistic::{sigmoid, tanh};
use crate::ops::recurrent::{Cell, Parameters, Step, gate, recur, unroll};
use crate::ops::{Device, Mask, Sequence, Tape, Vectors};

/// Weights of a GRU with `U` units and inputs of width `I`; `G` is `3 U`, the rows of the gates r, z and n.
#[derive(Clone, Debug)]
pub struct Gru<const I: usize, const U: usize, const G: usize, D: Storage<f32>> {
    /// Input weights of the gates; initially Glorot-uniform.
    pub weight_ih: Tensor<Rank2<G, I>, f32, D>,
    /// Recurrent weights of the gates; initially Glorot-uniform.
    pub weight_hh: Tensor<Rank2<G, U>, f32, D>,
    /// Input bias; initially 0.
    pub bias_ih: Tensor<Rank1<G>, f32, D>,
    /// Recurrent bias; initially 0.
    pub bias_hh: Tensor<Rank1<G>, f32, D>,
}

weights!(Gru<I, U, G> { weight_ih: GlorotUniform, weight_hh: GlorotUniform, bias_ih: Zeros, bias_hh: Zeros });

impl<const I: usize, const U: usize, const G: usize, D: Tensors<f32>> Gru<I, U, G, D> {
    fn parameters(&self) -> Parameters<'_, I, U, G, D> {
        let (weight_ih, weight_hh) = (&self.weight_ih, &self.weight_hh);
        Parameters { weight_ih, weight_hh, bias_ih: &self.bias_ih, bias_hh: Some(&self.bias_hh) }
    }
}

/// Gates r, z, n; output h.
#[derive(Clone, Copy)]
struct GruCell;

impl Cell for GruCell {
    const GATES: usize = 3;
    const STATES: usize = 1;

    #[inline(always)]
    fn step(self, gates: &mut [f32], recurrent: &[f32], before: &[f32], after: &mut [f32]) {
        let units = before.len();
        let (reset_update, candidate) = gates.split_at_mut(2 * units);
        reset_update.iter_mut().zip(recurrent).for_each(|(gate, x)| *gate = sigmoid(*gate + x));
        let (reset, update) = reset_update.split_at(units);
        for unit in 0..units {
            candidate[unit] = tanh(candidate[unit] + reset[unit] * recurrent[2 * units + unit]);
            after[unit] = candidate[unit] + update[unit] * (before[unit] - candidate[unit]);
        }
    }

    #[inline(always)]
    fn step_back(self, step: Step<'_>, state: &mut [f32], gates: &mut [f32], recurrent: &mut [f32]) {
        let units = step.before.len();
        let (reset, rest) = step.gates.split_at(units);
        let (update, candidate) = rest.split_at(units);
        for unit in 0..units {
            let (r, z, n) = (reset[unit], update[unit], candidate[unit]);
            let g = state[unit] * (1.0 - z) * (1.0 - n * n);
            gates[unit] = g * step.recurrent[2 * units + unit] * r * (1.0 - r);
            gates[units + unit] = state[unit] * (step.before[unit] - n) * z * (1.0 - z);
            gates[2 * units + unit] = g;
            recurrent[2 * units + unit] = g * r;
            state[unit] *= z;
        }
        recurrent[..2 * units].copy_from_slice(&gates[..2 * units]);
    }
}

/// Plain formulation of the layer.
pub(crate) fn plain<const L: usize, const I: usize, const U: usize, const G: usize, D, T>(
    layer: &Gru<I, U, G, D>,
    x: Vectors<L, I, D, T>,
    mask: &Mask<L, D>,
) -> Result<Vectors<L, U, D, T>, D::Err>
where
    D: Tensors<f32>,
    T: Tape<f32, D>,
{
    unroll(&layer.parameters(), x, mask, 1, |gates, recurrent, before| {
        let reset = gate(gates, 0)?.try_add(gate(recurrent, 0)?)?.try_sigmoid()?;
        let update = gate(gates, 1)?.try_add(gate(recurrent, 1)?)?.try_sigmoid()?;
        let candidate = gate(gates, 2)?.try_add(reset.try_mul(gate(recurrent, 2)?)?)?.try_tanh()?;
        let change = before[0].with_empty_tape().try_sub(candidate.with_empty_tape())?;
        let h = candidate.try_add(update.try_mul(change)?)?;
        Ok(vec![h])
    })
}

/// `r = sigmoid(W_r x_t + U_r h_(t-1))`, `z = sigmoid(W_z x_t + U_z h_(t-1))`, `n = tanh(W_n x_t + r * (U_n
/// h_(t-1)))` and `h_t = (1 - z) * n + z * h_(t-1)`, with a bias in each product, at the valid positions of a
/// sequence. Returns `h`; zeros where masked.
pub fn gru<const L: usize, const I: usize, const U: usize, const G: usize, D: Device, T: Tape<f32, D>>(
    layer: &Gru<I, U, G, D>,
    x: Sequence<L, I, D, T>,
) -> Result<Sequence<L, U, D, T>, D::Err> {
    recur(GruCell, &layer.parameters(), x, |x, mask| plain(layer, x, mask))
}
