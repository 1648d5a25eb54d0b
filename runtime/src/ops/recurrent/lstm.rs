//! Long short-term memory (Hochreiter & Schmidhuber 1997; with the forget gate of Gers, Schmidhuber & Cummins 2000).

use dfdx::shapes::{Rank1, Rank2};
use dfdx::tensor::{Storage, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{Device as Tensors, TryAdd, TryMul};

use crate::ops::logistic::{sigmoid, tanh};
use crate::ops::recurrent::{Cell, Parameters, Step, gate, recur, unroll};
use crate::ops::{Device, Mask, Sequence, Tape, Vectors};

/// Weights of an LSTM with `U` units and inputs of width `I`; `G` is `4 U`, the rows of the gates i, f, g and
/// o.
#[derive(Clone, Debug)]
pub struct Lstm<const I: usize, const U: usize, const G: usize, D: Storage<f32>> {
    /// Input weights of the gates; initially Glorot-uniform.
    pub weight_ih: Tensor<Rank2<G, I>, f32, D>,
    /// Recurrent weights of the gates; initially Glorot-uniform.
    pub weight_hh: Tensor<Rank2<G, U>, f32, D>,
    /// Bias of the gates; initially 0.
    pub bias: Tensor<Rank1<G>, f32, D>,
}

weights!(Lstm<I, U, G> { weight_ih: GlorotUniform, weight_hh: GlorotUniform, bias: Zeros });

impl<const I: usize, const U: usize, const G: usize, D: Tensors<f32>> Lstm<I, U, G, D> {
    fn parameters(&self) -> Parameters<'_, I, U, G, D> {
        let (weight_ih, weight_hh) = (&self.weight_ih, &self.weight_hh);
        Parameters { weight_ih, weight_hh, bias_ih: &self.bias, bias_hh: None }
    }
}

/// Gates i, f, g, o; output h and cell state c.
#[derive(Clone, Copy)]
struct LstmCell {
    /// Added to the bias of the forget gate.
    forget_bias: f32,
}

impl Cell for LstmCell {
    const GATES: usize = 4;
    const STATES: usize = 2;

    fn offset(self, gate: usize) -> f32 {
        if gate == 1 { self.forget_bias } else { 0.0 }
    }

    #[inline(always)]
    fn step(self, gates: &mut [f32], recurrent: &[f32], before: &[f32], after: &mut [f32]) {
        gates.iter_mut().zip(recurrent).for_each(|(gate, recurrent)| *gate += recurrent);
        let units = before.len() / 2;
        let (input_forget, rest) = gates.split_at_mut(2 * units);
        let (candidate, output) = rest.split_at_mut(units);
        input_forget.iter_mut().for_each(|x| *x = sigmoid(*x));
        candidate.iter_mut().for_each(|x| *x = tanh(*x));
        output.iter_mut().for_each(|x| *x = sigmoid(*x));
        let (input, forget) = input_forget.split_at(units);
        let (h, c) = after.split_at_mut(units);
        let added = input.iter().zip(&*candidate);
        let kept = forget.iter().zip(&before[units..]).zip(added);
        for ((c, h), (((f, before), (i, g)), o)) in c.iter_mut().zip(h).zip(kept.zip(&*output)) {
            *c = f * before + i * g;
            *h = o * tanh(*c);
        }
    }

    #[inline(always)]
    fn step_back(self, step: Step<'_>, state: &mut [f32], gates: &mut [f32], recurrent: &mut [f32]) {
        let units = step.before.len() / 2;
        let (input, rest) = step.gates.split_at(units);
        let (forget, rest) = rest.split_at(units);
        let (candidate, output) = rest.split_at(units);
        let (h, c) = state.split_at_mut(units);
        let (of_input, rest) = gates.split_at_mut(units);
        let (of_forget, rest) = rest.split_at_mut(units);
        let (of_candidate, of_output) = rest.split_at_mut(units);
        // Slices of one length, so that the loop is of vectors.
        let [input, forget, candidate, output] = [input, forget, candidate, output].map(|x| &x[..units]);
        let [before, after] = [step.before, step.after].map(|state| &state[units..][..units]);
        let [of_input, of_forget, of_candidate, of_output, h, c] =
            [of_input, of_forget, of_candidate, of_output, h, c].map(|x| &mut x[..units]);
        for unit in 0..units {
            let (i, f, g, o) = (input[unit], forget[unit], candidate[unit], output[unit]);
            let squashed = tanh(after[unit]);
            let cell = c[unit] + h[unit] * o * (1.0 - squashed * squashed);
            of_input[unit] = cell * g * i * (1.0 - i);
            of_forget[unit] = cell * before[unit] * f * (1.0 - f);
            of_candidate[unit] = cell * i * (1.0 - g * g);
            of_output[unit] = h[unit] * squashed * o * (1.0 - o);
            c[unit] = cell * f;
            h[unit] = 0.0;
        }
        recurrent.copy_from_slice(gates);
    }
}

/// Plain formulation of the layer.
pub(crate) fn plain<const L: usize, const I: usize, const U: usize, const G: usize, D, T>(
    layer: &Lstm<I, U, G, D>,
    x: Vectors<L, I, D, T>,
    mask: &Mask<L, D>,
    forget_bias: f32,
) -> Result<Vectors<L, U, D, T>, D::Err>
where
    D: Tensors<f32>,
    T: Tape<f32, D>,
{
    unroll(&layer.parameters(), x, mask, 2, |gates, recurrent, before| {
        let sum = |number| gate(gates, number)?.try_add(gate(recurrent, number)?);
        let keep = sum(1)?.try_add(forget_bias)?.try_sigmoid()?;
        let (candidate, output) = (sum(2)?.try_tanh()?, sum(3)?.try_sigmoid()?);
        let added = sum(0)?.try_sigmoid()?.try_mul(candidate)?;
        let c = keep.try_mul(before[1].with_empty_tape())?.try_add(added)?;
        let h = output.try_mul(c.with_empty_tape().try_tanh()?)?;
        Ok(vec![h, c])
    })
}

/// `[i; f; g; o] = weight_ih x_t + weight_hh h_(t-1) + bias`, `c_t = sigmoid(f + forget_bias) c_(t-1) +
/// sigmoid(i) tanh(g)` and `h_t = sigmoid(o) tanh(c_t)`, at the valid positions of a sequence. Returns `h`;
/// zeros where masked.
pub fn lstm<const L: usize, const I: usize, const U: usize, const G: usize, D: Device, T: Tape<f32, D>>(
    layer: &Lstm<I, U, G, D>,
    x: Sequence<L, I, D, T>,
    forget_bias: f32,
) -> Result<Sequence<L, U, D, T>, D::Err> {
    recur(LstmCell { forget_bias }, &layer.parameters(), x, |x, mask| plain(layer, x, mask, forget_bias))
}
