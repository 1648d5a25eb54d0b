//! Planned steps against dfdx's tape.

use dfdx::shapes::Const;
use dfdx::tensor::{Cpu, Gradients, NoneTape, OwnedTape, TensorFromVec, WithEmptyTape as _};

use super::{Planned, StepMemory};
use crate::ops::*;
use crate::optim::build_weights;
use crate::rng::Stream;

/// Weights of two towers.
struct Layers {
    hidden: Linear<12, 16, Cpu>,
    norm: BatchNorm<16, Cpu>,
    output: Linear<16, 8, Cpu>,
    candidate: Linear<8, 8, Cpu>,
}

/// Data of a batch of queries with three candidates each.
struct Data {
    rows: usize,
    x: Rows<12, Cpu>,
    candidates: Rows<8, Cpu>,
    query_index: Vec<u32>,
}

impl Layers {
    fn new() -> Self {
        let device = Cpu::default();
        Self {
            hidden: build_weights(&device, 1).unwrap(),
            norm: build_weights(&device, 2).unwrap(),
            output: build_weights(&device, 3).unwrap(),
            candidate: build_weights(&device, 4).unwrap(),
        }
    }

    /// A tower with statistics of the batch, positions, and outputs that are read twice.
    fn query<T: Tape<f32, Cpu>>(&self, data: &Data, pass: &mut Pass<Cpu>) -> Rows<8, Cpu, T> {
        let x = data.x.retaped::<T>();
        let hidden = dense(&self.hidden, x, Activation::Relu).unwrap();
        let hidden = batch_norm(&self.norm, "norm", hidden, 1e-5, pass).unwrap();
        let parts: Vectors<2, 8, Cpu, T> = vectors(slices(hidden.with_empty_tape(), data.rows * 2)).unwrap();
        let each: Rows<8, Cpu, T> =
            dense(&self.candidate, positions(parts).unwrap(), Activation::Tanh).unwrap();
        let each: Vectors<2, 8, Cpu, T> = vectors(each).unwrap();
        let folded: Rows<16, Cpu, T> = flatten(each).unwrap();
        let query = dense(&self.output, mul(folded, hidden).unwrap(), Activation::Linear).unwrap();
        mul(query.with_empty_tape(), query).unwrap()
    }

    /// A loss of several terms: towers of different numbers of rows, selected rows, a weight and an output that are
    /// read twice, and whole candidates.
    fn loss<T: Tape<f32, Cpu>>(&self, data: &Data, pass: &mut Pass<Cpu>) -> Loss<Cpu, T> {
        let query = self.query::<T>(data, pass);
        let candidate = dense(&self.candidate, data.candidates.retaped::<T>(), Activation::Linear).unwrap();
        let own = positives(candidate.with_empty_tape(), data.rows).unwrap();
        let positive = column(cosine(query.with_empty_tape(), own).unwrap()).unwrap();
        let repeated = take(query.with_empty_tape(), data.query_index.iter().copied()).unwrap();
        let others = negatives(candidate.with_empty_tape(), data.rows).unwrap();
        let negative = column(cosine(repeated, others).unwrap()).unwrap();
        let pairs = sampled_bce(positive, negative, &data.query_index, None, Reduction::Mean).unwrap();
        let whole = softmax(query, candidate, &Softmax { temperature: 0.5, ..Softmax::default() }).unwrap();
        add_losses(pairs, scale_loss(whole, 0.3).unwrap()).unwrap()
    }

    fn gradients(&self, gradients: &mut Gradients<f32, Cpu>) -> Vec<Vec<f32>> {
        let all = [&self.hidden as &dyn Module<Cpu>, &self.norm, &self.output, &self.candidate];
        let weights = all.into_iter().flat_map(weights).filter(|weight| weight.initial.is_trained());
        weights.map(|weight| weight.tensor.take_gradient(gradients).unwrap()).collect()
    }

    /// Loss, gradients and statistics of a planned step.
    fn planned(&self, data: &Data, memory: &mut StepMemory) -> (f32, Vec<Vec<f32>>, BatchStatistics) {
        let mut pass = Pass::training(&Cpu::default(), 1, 1);
        let loss = self.loss::<Planned>(data, &mut pass);
        let (value, mut gradients) = Cpu::gradients(loss, memory).unwrap();
        let (name, moments) = memory.take_observed().remove(0);
        (value, self.gradients(&mut gradients), BatchStatistics::new(name, &moments))
    }
}

fn slices<T: Tape<f32, Cpu>>(x: Rows<16, Cpu, T>, rows: usize) -> Rows<8, Cpu, T> {
    use crate::ops::reshape::Reshape as _;
    x.reshaped((rows, Const)).unwrap()
}

impl Data {
    fn new(rows: usize) -> Self {
        let device = Cpu::default();
        let normal = |name: &str, count: usize| -> Vec<f32> {
            (0..count as u64).map(|at| Stream::new(9, name).normal(at)).collect()
        };
        Self {
            rows,
            x: device.tensor_from_vec(normal("x", rows * 12), (rows, Const)),
            candidates: device.tensor_from_vec(normal("y", rows * 4 * 8), (rows * 4, Const)),
            query_index: (0..rows as u32 * 3).map(|at| at / 3).collect(),
        }
    }
}

#[test]
fn a_planned_step_has_the_gradients_of_dfdx_tape() {
    let layers = Layers::new();
    let mut memory = StepMemory::default();
    for rows in [1, 2, 7, 131, 1500, 40] {
        let data = Data::new(rows);
        let (loss, gradients, statistics) = layers.planned(&data, &mut memory);
        let mut pass = Pass::training(&Cpu::default(), 1, 1);
        let taped = layers.loss::<OwnedTape<f32, Cpu>>(&data, &mut pass);
        let value = taped.as_vec()[0];
        let expected = layers.gradients(&mut dfdx::tensor_ops::Backward::backward(taped));
        assert!((loss - value).abs() <= 1e-5 * value.abs(), "{rows}: {loss} is not {value}");
        assert_eq!(pass.take_statistics("norm"), Some(statistics));
        for (which, (found, expected)) in gradients.iter().zip(&expected).enumerate() {
            let scale = expected.iter().fold(1e-3f32, |a, b| a.max(b.abs()));
            let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-4 * scale;
            assert!(
                found.len() == expected.len() && found.iter().zip(expected).all(close),
                "{rows}, {which}"
            );
        }
    }
}

#[test]
fn a_planned_step_has_the_same_bits_on_any_number_of_threads() {
    let layers = Layers::new();
    let data = Data::new(1500);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| layers.planned(&data, &mut StepMemory::default()))
    };
    let bits = |(loss, gradients, _): (f32, Vec<Vec<f32>>, _)| {
        let gradients = gradients.into_iter().flatten().map(f32::to_bits);
        gradients.chain([loss.to_bits()]).collect::<Vec<u32>>()
    };
    let one = bits(on(1));
    assert!(one == bits(on(2)) && one == bits(on(4)));
}

#[test]
fn outputs_of_inference_have_the_bits_of_ops_one_by_one() {
    let (device, mut memory) = (Cpu::default(), StepMemory::default());
    let mut layers = Layers::new();
    for (seed, rows) in [1, 1, 2, 7, 131, 1500, 1500].into_iter().enumerate() {
        // Steps of equal wiring have other weights and data.
        layers.output = build_weights(&device, seed as u64).unwrap();
        let data = Data::new(rows);
        let one_by_one = layers.query::<NoneTape>(&data, &mut Pass::inference(&device)).as_vec();
        let planned = layers.query::<Planned>(&data, &mut Pass::inference(&device));
        assert_eq!(Cpu::values(planned, &mut memory).unwrap(), one_by_one, "{rows}");
        let loss = layers.loss::<NoneTape>(&data, &mut Pass::inference(&device)).as_vec()[0];
        let planned = layers.loss::<Planned>(&data, &mut Pass::inference(&device));
        let planned = Cpu::value(planned, &mut memory).unwrap();
        assert!((loss - planned).abs() <= 1e-5 * loss.abs(), "{rows}: {planned} is not {loss}");
    }
}

#[test]
fn a_step_of_the_same_ops_with_other_inputs_has_a_schedule_of_its_own() {
    let (layers, data, mut memory) = (Layers::new(), Data::new(3), StepMemory::default());
    let hidden = |memory: &mut StepMemory, swapped: bool| {
        let x = data.candidates.retaped::<Planned>();
        let hidden = dense(&layers.candidate, x.with_empty_tape(), Activation::Linear).unwrap();
        let parts = if swapped { [x.part(), hidden.part()] } else { [hidden.part(), x.part()] };
        let joined: Rows<16, Cpu, Planned> = concat(parts).unwrap();
        Cpu::values(joined, memory).unwrap()
    };
    let halves = |joined: Vec<f32>| {
        let rows = joined.chunks_exact(16).map(|row| (row[..8].to_vec(), row[8..].to_vec()));
        rows.collect::<Vec<_>>()
    };
    let (first, second) = (halves(hidden(&mut memory, false)), halves(hidden(&mut memory, true)));
    let swapped: Vec<_> = second.into_iter().map(|(left, right)| (right, left)).collect();
    assert!(first == swapped && first.len() == 12);
}

#[test]
fn a_concatenation_has_the_inputs_of_those_that_it_alone_reads() {
    let (layers, data) = (Layers::new(), Data::new(300));
    // `once` is read twice and is made; the stack of it is not.
    fn nested<T: Tape<f32, Cpu>>(layers: &Layers, data: &Data) -> Rows<72, Cpu, T> {
        let x = data.x.retaped::<T>();
        let hidden = dense(&layers.hidden, x.with_empty_tape(), Activation::Relu).unwrap();
        let once: Rows<28, Cpu, T> = concat([x.part(), hidden.with_empty_tape().part()]).unwrap();
        let twice: Vectors<2, 28, Cpu, T> = stack([once.with_empty_tape().part(), once.part()]).unwrap();
        let flat: Rows<56, Cpu, T> = flatten(twice).unwrap();
        concat([flat.part(), hidden.part()]).unwrap()
    }
    fn loss<T: Tape<f32, Cpu>>(layers: &Layers, data: &Data) -> Loss<Cpu, T> {
        let sums = scores(row_sum(nested::<T>(layers, data)).unwrap()).unwrap();
        bce(sums, &vec![1.0; data.rows], None, Reduction::Mean).unwrap()
    }
    let mut memory = StepMemory::default();
    let values = Cpu::values(nested::<Planned>(&layers, &data), &mut memory).unwrap();
    assert_eq!(values, nested::<NoneTape>(&layers, &data).as_vec());
    let made = format!("{memory:?}");
    assert!(made.contains("widths: [28, 28, 16]") && made.contains("widths: [12, 16]"), "{made}");
    assert!(!made.contains("widths: [56, 16]") && !made.contains("widths: [28, 28] "), "{made}");
    let mut gradients = Cpu::gradients(loss::<Planned>(&layers, &data), &mut memory).unwrap().1;
    let found = layers.hidden.weight.take_gradient(&mut gradients).unwrap();
    let mut gradients = dfdx::tensor_ops::Backward::backward(loss::<OwnedTape<f32, Cpu>>(&layers, &data));
    let expected = layers.hidden.weight.take_gradient(&mut gradients).unwrap();
    let scale = expected.iter().fold(1e-3f32, |a, b| a.max(b.abs()));
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() <= 1e-5 * scale, "{a} is not {b} ({scale})");
    }
}

#[test]
fn values_of_a_leaf_are_its_own() {
    let data = Data::new(2);
    let values = Cpu::values(data.x.retaped::<Planned>(), &mut StepMemory::default()).unwrap();
    assert_eq!(values, data.x.as_vec());
}

#[test]
fn an_empty_batch_has_no_loss() {
    let empty = Data::new(0);
    let x = empty.x.retaped::<Planned>();
    let layers = Layers::new();
    let hidden = dense(&layers.hidden, x, Activation::Relu).unwrap();
    let sums = scores(row_sum(hidden).unwrap()).unwrap();
    let loss = bce(sums, &[], None, Reduction::Sum).unwrap();
    let (value, mut gradients) = Cpu::gradients(loss, &mut StepMemory::default()).unwrap();
    assert_eq!(value, 0.0);
    assert_eq!(layers.hidden.bias.take_gradient(&mut gradients).unwrap(), [0.0; 16]);
}
