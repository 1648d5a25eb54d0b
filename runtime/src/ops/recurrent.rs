//! Recurrent layers: a cell applied to the vectors of a sequence in order, from a zero state. A masked
//! position keeps the previous state and outputs zeros.

pub(crate) mod gru;
pub(crate) mod lstm;

use std::ops::Range;

use dfdx::shapes::{Axes3, Const, HasShape, Rank1, Rank2};
use dfdx::tensor::{PutTape, SplitTape, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{
    BroadcastTo, Device as Tensors, PermuteTo, SelectTo, TryAdd, TryMatMul, TryMul, TryStack,
};

pub use gru::{Gru, gru};
pub use lstm::{Lstm, lstm};

use super::call::Call;
use super::matmul::{Products, View};
use super::op::{Forward, Op, Saved, Scratch};
use super::parallel::{add_scaled, vectorized};
use super::{Device, Mask, Rows, Sequence, Tape, Vectors};
use crate::ops::reshape::Reshape as _;

/// Arithmetic of a step of one record, on slices whose length is a multiple of `units`.
pub(crate) trait Cell: Copy + Send + Sync + 'static {
    /// Number of gates per unit.
    const GATES: usize;
    /// Number of state floats per unit; the output is first.
    const STATES: usize;

    /// Constant that is added to the bias of a gate.
    fn offset(self, _gate: usize) -> f32 {
        0.0
    }

    /// Computes the next state from the contributions of the input and the previous output to the gates.
    /// `gates` is overwritten with their values.
    fn step(self, gates: &mut [f32], recurrent: &[f32], before: &[f32], after: &mut [f32]);

    /// Converts the gradient of the next state to that of the previous state, except for the part through
    /// `recurrent`, and computes the gradients of both contributions.
    fn step_back(self, step: Step<'_>, state: &mut [f32], gates: &mut [f32], recurrent: &mut [f32]);
}

/// Results of a step.
pub(crate) struct Step<'a> {
    pub(crate) gates: &'a [f32],
    pub(crate) recurrent: &'a [f32],
    pub(crate) before: &'a [f32],
    pub(crate) after: &'a [f32],
}

/// Weights of a recurrent layer with `U` units and `G` gates in total. Absent biases are zero.
pub(crate) struct Parameters<'a, const I: usize, const U: usize, const G: usize, D: Tensors<f32>> {
    pub(crate) weight_ih: &'a Tensor<Rank2<G, I>, f32, D>,
    pub(crate) weight_hh: &'a Tensor<Rank2<G, U>, f32, D>,
    pub(crate) bias_ih: &'a Tensor<Rank1<G>, f32, D>,
    pub(crate) bias_hh: Option<&'a Tensor<Rank1<G>, f32, D>>,
}

/// A cell over sequences. Inputs: `x`, the mask, the transposes of `weight_ih` and `weight_hh`, these themselves,
/// `bias_ih` and, if the layer has it, `bias_hh`.
struct Recurrence<C> {
    cell: C,
    length: usize,
    inputs: usize,
    units: usize,
}

/// Steps of a tile of records, from the first to the last position that is valid in any of them. Values are
/// ordered by step, then by record.
struct Steps {
    records: usize,
    steps: Range<usize>,
    length: usize,
}

impl Steps {
    fn of(mask: &[f32], records: usize) -> Self {
        let length = mask.len() / records;
        let valid_at = |step: &usize| (0..records).any(|record| mask[record * length + step] != 0.0);
        let start = (0..length).find(valid_at).unwrap_or(length);
        let steps = start..(start..length).rfind(valid_at).map_or(start, |last| last + 1);
        Self { records, steps, length }
    }

    fn rows(&self) -> usize {
        self.steps.len() * self.records
    }

    /// Position of a row, counted over all records.
    fn position(&self, row: usize) -> usize {
        row % self.records * self.length + self.steps.start + row / self.records
    }

    /// Inputs of all rows.
    fn inputs(&self, x: &[f32], width: usize) -> Vec<f32> {
        let mut inputs = Vec::with_capacity(self.rows() * width);
        for position in (0..self.rows()).map(|row| self.position(row)) {
            inputs.extend_from_slice(&x[position * width..(position + 1) * width]);
        }
        inputs
    }
}

impl<C: Cell> Recurrence<C> {
    fn gates(&self) -> usize {
        C::GATES * self.units
    }

    fn state(&self) -> usize {
        C::STATES * self.units
    }

    /// Saved gates, recurrent contributions, and states; states have one more step, for the initial state.
    fn parts<'a>(&self, saved: &'a mut [f32], rows: usize) -> [&'a mut [f32]; 3] {
        let (gates, rest) = saved.split_at_mut(rows * self.length * self.gates());
        let (recurrent, states) = rest.split_at_mut(rows * self.length * self.gates());
        [gates, recurrent, states]
    }

    /// Input weights and recurrent weights.
    fn weights<'a>(&self, inputs: &[&'a [f32]]) -> [View<'a>; 2] {
        [View::new(inputs[4], self.gates(), self.inputs), View::new(inputs[5], self.gates(), self.units)]
    }

    /// Their transposes.
    fn transposed<'a>(&self, inputs: &[&'a [f32]]) -> [View<'a>; 2] {
        [View::new(inputs[2], self.inputs, self.gates()), View::new(inputs[3], self.units, self.gates())]
    }

    /// Backpropagation through time: gradients of both contributions to the gates, from those of the outputs.
    fn through_time(
        &self,
        steps: &Steps,
        forward: &Forward<'_>,
        g: &[f32],
        products: &mut Products,
    ) -> [Vec<f32>; 2] {
        let (units, gates, state) = (self.units, self.gates(), self.state());
        let records = steps.records;
        let saved = records * self.length * gates;
        let (saved_gates, rest) = forward.saved.split_at(saved);
        let (saved_recurrent, saved_states) = rest.split_at(saved);
        let [_, weight_hh] = self.weights(forward.inputs);
        let mask = forward.inputs[1];
        let (mut of_gates, mut of_recurrent) =
            (vec![0.0; steps.rows() * gates], vec![0.0; steps.rows() * gates]);
        let mut of_states = vec![0.0; records * state];
        let mut of_outputs = vec![0.0; records * units];
        for index in (0..steps.steps.len()).rev() {
            let first = index * records;
            vectorized(
                #[inline(always)]
                || {
                    for record in 0..records {
                        let row = first + record;
                        let position = steps.position(row);
                        if mask[position] == 0.0 {
                            continue;
                        }
                        let of_state = &mut of_states[record * state..(record + 1) * state];
                        add_scaled(&mut of_state[..units], 1.0, &g[position * units..(position + 1) * units]);
                        let part = row * gates..(row + 1) * gates;
                        let computed = Step {
                            gates: &saved_gates[part.clone()],
                            recurrent: &saved_recurrent[part.clone()],
                            before: &saved_states[row * state..(row + 1) * state],
                            after: &saved_states[(row + records) * state..(row + records + 1) * state],
                        };
                        let (gates, recurrent) = (&mut of_gates[part.clone()], &mut of_recurrent[part]);
                        self.cell.step_back(computed, of_state, gates, recurrent);
                    }
                },
            );
            let through = View::new(&of_recurrent[first * gates..], records, gates);
            products.set(1.0, through, weight_hh, &mut of_outputs);
            for (state, output) in of_states.chunks_exact_mut(state).zip(of_outputs.chunks_exact(units)) {
                add_scaled(&mut state[..units], 1.0, output);
            }
        }
        [of_gates, of_recurrent]
    }
}

impl<C: Cell> Op for Recurrence<C> {
    fn cost(&self) -> usize {
        2 * self.length * self.gates() * (self.inputs + self.units)
    }

    fn saved(&self) -> Saved {
        Saved::INPUTS.numbers(self.length * (2 * self.gates() + self.state()) + self.state())
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let rows = rows.len();
        output.fill(0.0);
        saved.fill(0.0);
        let (units, width, state) = (self.units, self.gates(), self.state());
        let steps = Steps::of(inputs[1], rows);
        let [gates, recurrent, states] = self.parts(saved, rows);
        for (gate, number) in gates[..steps.rows() * width].iter_mut().zip((0..width).cycle()) {
            *gate = inputs[6][number] + self.cell.offset(number / units);
        }
        if let Some(bias) = inputs.get(7) {
            recurrent[..steps.rows() * width]
                .chunks_exact_mut(width)
                .for_each(|row| row.copy_from_slice(bias));
        }
        let [weight_ih, weight_hh] = self.transposed(inputs);
        let x = steps.inputs(inputs[0], self.inputs);
        let products = scratch.products();
        products.add(1.0, View::new(&x, steps.rows(), self.inputs), weight_ih, gates, width);
        for index in 0..steps.steps.len() {
            let part = index * rows..(index + 1) * rows;
            let (before, after) = states[part.start * state..].split_at_mut(rows * state);
            let recurrent = &mut recurrent[part.start * width..part.end * width];
            products.add(1.0, View::strided(before, rows, units, state), weight_hh, recurrent, width);
            let gates = &mut gates[part.start * width..part.end * width];
            vectorized(
                #[inline(always)]
                || {
                    for record in 0..rows {
                        let state = record * state..(record + 1) * state;
                        let (before, after) = (&before[state.clone()], &mut after[state]);
                        let position = steps.position(part.start + record);
                        if inputs[1][position] == 0.0 {
                            after.copy_from_slice(before);
                            continue;
                        }
                        let part = record * width..(record + 1) * width;
                        self.cell.step(&mut gates[part.clone()], &recurrent[part], before, after);
                        output[position * units..(position + 1) * units].copy_from_slice(&after[..units]);
                    }
                },
            );
        }
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        let (units, width, state) = (self.units, self.gates(), self.state());
        let steps = Steps::of(forward.inputs[1], rows);
        let [gates, recurrent] = self.through_time(&steps, forward, g, scratch.products());
        let states = &forward.saved[2 * rows * self.length * width..];
        let (g, r) = (View::new(&gates, steps.rows(), width), View::new(&recurrent, steps.rows(), width));
        let x = steps.inputs(forward.inputs[0], self.inputs);
        let products = scratch.products();
        products.add(1.0, g.transposed(), View::new(&x, steps.rows(), self.inputs), into[4], self.inputs);
        products.add(1.0, r.transposed(), View::strided(states, steps.rows(), units, state), into[5], units);
        let [weight_ih, _] = self.weights(forward.inputs);
        let mut of_inputs = vec![0.0; steps.rows() * self.inputs];
        products.set(1.0, g, weight_ih, &mut of_inputs);
        vectorized(|| {
            gates.chunks_exact(width).for_each(|row| add_scaled(into[6], 1.0, row));
            if let Some(bias) = into.get_mut(7) {
                recurrent.chunks_exact(width).for_each(|row| add_scaled(bias, 1.0, row));
            }
            for (row, found) in of_inputs.chunks_exact(self.inputs).enumerate() {
                let position = steps.position(row) * self.inputs;
                add_scaled(&mut into[0][position..position + self.inputs], 1.0, found);
            }
        });
    }
}

/// Outputs of a cell at all positions. `plain` is the plain formulation.
pub(crate) fn recur<C: Cell, const L: usize, const I: usize, const U: usize, const G: usize, D, T>(
    cell: C,
    parameters: &Parameters<'_, I, U, G, D>,
    x: Sequence<L, I, D, T>,
    plain: impl FnOnce(Vectors<L, I, D, T>, &Mask<L, D>) -> Result<Vectors<L, U, D, T>, D::Err>,
) -> Result<Sequence<L, U, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    const { assert!(G == C::GATES * U, "gates of all units") };
    let (values, tape) = x.values.split_tape();
    let rows = values.shape().0;
    let op = Recurrence { cell, length: L, inputs: I, units: U };
    let call = Call::new(values.device(), op, rows).of(&values).constant(&x.mask);
    let call = call.transposed(parameters.weight_ih).transposed(parameters.weight_hh);
    let call = call.shared_backward(parameters.weight_ih).shared_backward(parameters.weight_hh);
    let call = call.shared(parameters.bias_ih);
    let call = match parameters.bias_hh {
        Some(bias) => call.shared(bias),
        None => call,
    };
    let shape = (rows, Const, Const);
    let values = D::call(call, tape, shape, |tape| plain(values.put_tape(tape), &x.mask))?;
    Ok(Sequence { values, mask: x.mask })
}

/// Plain formulation of the outputs of a cell at all positions. `step` computes the next state, output first,
/// from the input contributions, the recurrent contributions and the state.
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
    let outputs: Vectors<L, U, D, T> = outputs.reshaped((rows, Const, Const))?;
    let (outputs, recorded) = outputs.split_tape();
    let recorded = state.into_iter().fold(recorded, |all, state| all.merge(state.split_tape().1));
    Ok(outputs.put_tape(recorded.merge(tape)))
}

/// Columns of a gate.
pub(crate) fn gate<const U: usize, const G: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    gates: &Rows<G, D, T>,
    number: usize,
) -> Result<Rows<U, D, T>, D::Err> {
    let rows = gates.shape().0;
    let gate = gates.with_empty_tape().try_slice((.., number * U..(number + 1) * U))?;
    gate.reshaped((rows, Const))
}
