//! Recurrent layers: a cell applied to the vectors of a sequence in their order, from a state of zeros. A masked position keeps
//! the state of the one before and gives zeros.

use std::ops::Range;

use dfdx::shapes::{Axes3, Const, HasShape, Rank1, Rank2};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{
    BroadcastTo, Device as Tensors, PermuteTo, ReshapeTo, SelectTo, TryAdd, TryMatMul, TryMul, TryStack,
};
use rayon::prelude::*;

use super::host::{add_gradient, take_gradient, tensor, values};
use super::matmul::{View, add_matmul, matmul};
use super::parallel::{add_scaled, vectorized};
use super::{Mask, Rows, Vectors};

/// Records whose steps are computed together: few enough for the cache, enough for a matrix product.
const TILE: usize = 64;

/// The arithmetic of a step of one record, on slices of a multiple of `units`.
pub(crate) trait Cell: Copy + Send + Sync + 'static {
    /// Gates of a unit.
    const GATES: usize;
    /// Numbers that a unit keeps, its output first.
    const STATES: usize;

    /// From what the input and the output before contribute to the gates to the state after; `gates` becomes the gates' values.
    fn step(self, gates: &mut [f32], recurrent: &[f32], before: &[f32], after: &mut [f32]);

    /// Turns the gradient of the state after into that of the state before, the way through `recurrent` aside, and finds those
    /// of the two contributions.
    fn step_back(self, step: Step<'_>, state: &mut [f32], gates: &mut [f32], recurrent: &mut [f32]);
}

/// Results of a step.
pub(crate) struct Step<'a> {
    pub(crate) gates: &'a [f32],
    pub(crate) recurrent: &'a [f32],
    pub(crate) before: &'a [f32],
    pub(crate) after: &'a [f32],
}

/// The weights of a recurrent layer with `U` units and `G` gates in all. What has no bias of its own in a layer is zero.
pub(crate) struct Parameters<'a, const I: usize, const U: usize, const G: usize, D: Tensors<f32>> {
    pub(crate) weight_ih: &'a Tensor<Rank2<G, I>, f32, D>,
    pub(crate) weight_hh: &'a Tensor<Rank2<G, U>, f32, D>,
    pub(crate) bias_ih: &'a Tensor<Rank1<G>, f32, D>,
    pub(crate) bias_hh: Option<&'a Tensor<Rank1<G>, f32, D>>,
}

/// A layer on the CPU.
struct Recurrence<C, const L: usize, const I: usize, const U: usize, const G: usize> {
    cell: C,
    weight_ih: Vec<f32>,
    weight_hh: Vec<f32>,
    bias_ih: Vec<f32>,
    bias_hh: Vec<f32>,
}

/// Some records, from the first step at which any of them is valid to the last. Numbers are ordered by step, then by record.
struct Tile {
    count: usize,
    steps: Range<usize>,
    valid: Vec<bool>,
    inputs: Vec<f32>,
    gates: Vec<f32>,
    recurrent: Vec<f32>,
    /// One step more than the others: that before the first.
    states: Vec<f32>,
}

/// Gradients of the input of a tile and of the weights.
struct TileGradients {
    inputs: Vec<f32>,
    weight_ih: Vec<f32>,
    weight_hh: Vec<f32>,
    bias_ih: Vec<f32>,
    bias_hh: Vec<f32>,
}

impl<C: Cell, const L: usize, const I: usize, const U: usize, const G: usize> Recurrence<C, L, I, U, G> {
    const STATE: usize = C::STATES * U;

    /// Computes the records of `x` and `mask`, whose outputs go to `output`, which is zero.
    fn forward(&self, x: &[f32], mask: &[f32], output: &mut [f32]) -> Tile {
        let count = output.len() / (L * U);
        let valid_at = |step: &usize| (0..count).any(|record| mask[record * L + step] != 0.0);
        let start = (0..L).find(valid_at).unwrap_or(L);
        let steps = start..(start..L).rfind(valid_at).map_or(start, |last| last + 1);
        let mut tile = Tile {
            count,
            valid: Vec::with_capacity(steps.len() * count),
            inputs: Vec::with_capacity(steps.len() * count * I),
            gates: self.bias_ih.repeat(steps.len() * count),
            recurrent: self.bias_hh.repeat(steps.len() * count),
            states: vec![0.0; (steps.len() + 1) * count * Self::STATE],
            steps,
        };
        for step in tile.steps.clone() {
            for record in 0..count {
                let at = record * L + step;
                tile.valid.push(mask[at] != 0.0);
                tile.inputs.extend_from_slice(&x[at * I..(at + 1) * I]);
            }
        }
        let rows = tile.valid.len();
        let weight = View::new(&self.weight_ih, G, I).transposed();
        add_matmul(1.0, View::new(&tile.inputs, rows, I), weight, &mut tile.gates, G);
        for (index, step) in tile.steps.clone().enumerate() {
            let rows = index * count..(index + 1) * count;
            let (before, after) = tile.states[rows.start * Self::STATE..].split_at_mut(count * Self::STATE);
            let recurrent = &mut tile.recurrent[rows.start * G..rows.end * G];
            let outputs = View::strided(before, count, U, Self::STATE);
            add_matmul(1.0, outputs, View::new(&self.weight_hh, G, U).transposed(), recurrent, G);
            let gates = &mut tile.gates[rows.start * G..rows.end * G];
            vectorized(
                #[inline(always)]
                || {
                    for record in 0..count {
                        let state = record * Self::STATE..(record + 1) * Self::STATE;
                        let (before, after) = (&before[state.clone()], &mut after[state]);
                        if !tile.valid[rows.start + record] {
                            after.copy_from_slice(before);
                            continue;
                        }
                        let part = record * G..(record + 1) * G;
                        self.cell.step(&mut gates[part.clone()], &recurrent[part], before, after);
                        let at = (record * L + step) * U;
                        output[at..at + U].copy_from_slice(&after[..U]);
                    }
                },
            );
        }
        tile
    }

    /// Gradients of a tile from those of its outputs.
    fn backward(&self, tile: &Tile, g: &[f32]) -> TileGradients {
        let (count, rows) = (tile.count, tile.valid.len());
        let (mut gates, mut recurrent) = (vec![0.0; rows * G], vec![0.0; rows * G]);
        let mut states = vec![0.0; count * Self::STATE];
        let mut outputs = vec![0.0; count * U];
        for (index, step) in tile.steps.clone().enumerate().rev() {
            let first = index * count;
            vectorized(
                #[inline(always)]
                || {
                    for record in 0..count {
                        let row = first + record;
                        if !tile.valid[row] {
                            continue;
                        }
                        let state = &mut states[record * Self::STATE..(record + 1) * Self::STATE];
                        let at = (record * L + step) * U;
                        add_scaled(&mut state[..U], 1.0, &g[at..at + U]);
                        let part = row * G..(row + 1) * G;
                        let computed = Step {
                            gates: &tile.gates[part.clone()],
                            recurrent: &tile.recurrent[part.clone()],
                            before: &tile.states[row * Self::STATE..(row + 1) * Self::STATE],
                            after: &tile.states[(row + count) * Self::STATE..(row + count + 1) * Self::STATE],
                        };
                        let (gates, recurrent) = (&mut gates[part.clone()], &mut recurrent[part]);
                        self.cell.step_back(computed, state, gates, recurrent);
                    }
                },
            );
            let through = View::new(&recurrent[first * G..], count, G);
            matmul(1.0, through, View::new(&self.weight_hh, G, U), &mut outputs);
            for (state, output) in states.chunks_exact_mut(Self::STATE).zip(outputs.chunks_exact(U)) {
                add_scaled(&mut state[..U], 1.0, output);
            }
        }
        self.collect(tile, &gates, &recurrent)
    }

    /// Gradients of input and weights from those of the two contributions to the gates.
    fn collect(&self, tile: &Tile, gates: &[f32], recurrent: &[f32]) -> TileGradients {
        let rows = tile.valid.len();
        let mut found = TileGradients {
            inputs: vec![0.0; tile.count * L * I],
            weight_ih: vec![0.0; G * I],
            weight_hh: vec![0.0; G * U],
            bias_ih: vec![0.0; G],
            bias_hh: vec![0.0; G],
        };
        let (g, r) = (View::new(gates, rows, G), View::new(recurrent, rows, G));
        matmul(1.0, g.transposed(), View::new(&tile.inputs, rows, I), &mut found.weight_ih);
        let before = View::strided(&tile.states, rows, U, Self::STATE);
        matmul(1.0, r.transposed(), before, &mut found.weight_hh);
        vectorized(|| {
            gates.chunks_exact(G).for_each(|row| add_scaled(&mut found.bias_ih, 1.0, row));
            recurrent.chunks_exact(G).for_each(|row| add_scaled(&mut found.bias_hh, 1.0, row));
        });
        let mut inputs = vec![0.0; rows * I];
        matmul(1.0, g, View::new(&self.weight_ih, G, I), &mut inputs);
        for (row, input) in inputs.chunks_exact(I).enumerate() {
            let at = (row % tile.count * L + tile.steps.start + row / tile.count) * I;
            found.inputs[at..at + I].copy_from_slice(input);
        }
        found
    }
}

/// The outputs of a cell at all positions, on the CPU.
pub(crate) fn recur<C: Cell, const L: usize, const I: usize, const U: usize, const G: usize, T>(
    cell: C,
    parameters: &Parameters<'_, I, U, G, Cpu>,
    bias_ih: Vec<f32>,
    x: Vectors<L, I, Cpu, T>,
    mask: &Mask<L, Cpu>,
) -> Result<Vectors<L, U, Cpu, T>, CpuError>
where
    T: Tape<f32, Cpu>,
{
    const { assert!(G == C::GATES * U, "so many gates for each unit") };
    let (x, mut tape) = x.split_tape();
    let (input, mask) = (values(&x), values(mask));
    let layer = Recurrence::<C, L, I, U, G> {
        cell,
        weight_ih: values(parameters.weight_ih),
        weight_hh: values(parameters.weight_hh),
        bias_ih,
        bias_hh: parameters.bias_hh.map_or_else(|| vec![0.0; G], values),
    };
    let rows = x.shape().0;
    let mut output = vec![0.0; rows * L * U];
    let tiles: Vec<Tile> = (output.par_chunks_mut(TILE * L * U).enumerate())
        .map(|(index, output)| {
            let first = index * TILE * L;
            layer.forward(&input[first * I..], &mask[first..], output)
        })
        .collect();
    let y = tensor(x.device(), output, (rows, Const, Const))?;
    let result = y.clone();
    let (weight_ih, weight_hh) = (parameters.weight_ih.clone(), parameters.weight_hh.clone());
    let (bias_ih, bias_hh) = (parameters.bias_ih.clone(), parameters.bias_hh.cloned());
    tape.add_backward_op(move |gradients| {
        let g = take_gradient(gradients, &y)?;
        let parts: Vec<TileGradients> = (tiles.par_iter().enumerate())
            .map(|(index, tile)| layer.backward(tile, &g[index * TILE * L * U..]))
            .collect();
        for part in &parts {
            add_gradient(gradients, &weight_ih, &part.weight_ih)?;
            add_gradient(gradients, &weight_hh, &part.weight_hh)?;
            add_gradient(gradients, &bias_ih, &part.bias_ih)?;
            if let Some(bias_hh) = &bias_hh {
                add_gradient(gradients, bias_hh, &part.bias_hh)?;
            }
        }
        let inputs = gradients.get_or_alloc_mut(&x)?.chunks_mut(TILE * L * I);
        inputs.zip(&parts).for_each(|(input, part)| add_scaled(input, 1.0, &part.inputs));
        Ok(())
    });
    Ok(result.put_tape(tape))
}

/// The outputs of a cell at all positions in dfdx's own ops. `step` makes of what the input contributes to the gates, of what
/// the output before contributes, and of the state the state after, its output first.
pub(crate) fn unroll<const L: usize, const I: usize, const U: usize, const G: usize, D, T, F>(
    parameters: &Parameters<'_, I, U, G, D>,
    x: Vectors<L, I, D, T>,
    mask: &Mask<L, D>,
    states: usize,
    step: F,
) -> Result<Vectors<L, U, D, T>, D::Err>
where
    D: Tensors<f32>,
    T: Tape<f32, D>,
    F: Fn(&Rows<G, D, T>, &Rows<G, D, T>, &[Rows<U, D, T>]) -> Result<Vec<Rows<U, D, T>>, D::Err>,
{
    let (x, mut tape) = x.split_tape();
    let rows = x.shape().0;
    let device = x.device().clone();
    let zeros = || Ok::<_, D::Err>(device.try_zeros_like(&(rows, Const::<U>))?.put_tape(T::default()));
    let mut state = (0..states).map(|_| zeros()).collect::<Result<Vec<_>, _>>()?;
    let mut outputs = Vec::with_capacity(L);
    for at in 0..L {
        let at: Tensor<(usize,), usize, D> = device.try_tensor_from_vec(vec![at; rows], (rows,))?;
        let input: Rows<I, D, T> = x.retaped::<T>().try_select(at.clone())?;
        let gates = input.try_matmul(parameters.weight_ih.retaped::<T>().try_permute()?)?;
        let gates = gates.try_add(parameters.bias_ih.retaped::<T>().try_broadcast_like(&(rows, Const))?)?;
        let before = state[0].with_empty_tape();
        let recurrent = before.try_matmul(parameters.weight_hh.retaped::<T>().try_permute()?)?;
        let recurrent = match parameters.bias_hh {
            Some(bias) => recurrent.try_add(bias.retaped::<T>().try_broadcast_like(&(rows, Const))?)?,
            None => recurrent,
        };
        let valid: Tensor<(usize,), f32, D> = mask.clone().try_select(at)?;
        let valid: Rows<U, D> = valid.try_broadcast_like(&(rows, Const))?;
        let after = step(&gates, &recurrent, &state)?;
        tape = tape.merge(gates.split_tape().1).merge(recurrent.split_tape().1);
        outputs.push(after[0].with_empty_tape().try_mul(valid.clone())?);
        let kept = valid.clone().try_negate()?.try_add(1.0)?;
        state = (after.into_iter().zip(state))
            .map(|(after, before)| after.try_mul(valid.clone())?.try_add(before.try_mul(kept.clone())?))
            .collect::<Result<Vec<_>, _>>()?;
    }
    let outputs: Tensor<(usize, usize, Const<U>), f32, D, T> = outputs.try_stack()?;
    let outputs = outputs.try_permute::<_, Axes3<1, 0, 2>>()?;
    let outputs: Vectors<L, U, D, T> = outputs.try_reshape_like(&(rows, Const, Const))?;
    let (outputs, recorded) = outputs.split_tape();
    let recorded = state.into_iter().fold(recorded, |all, state| all.merge(state.split_tape().1));
    Ok(outputs.put_tape(recorded.merge(tape)))
}

/// The gates of this number.
pub(crate) fn gate<const U: usize, const G: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    gates: &Rows<G, D, T>,
    number: usize,
) -> Result<Rows<U, D, T>, D::Err> {
    let rows = gates.shape().0;
    let gate = gates.with_empty_tape().try_slice((.., number * U..(number + 1) * U))?;
    gate.try_reshape_like(&(rows, Const))
}
