//! Agreement of the CPU kernels with the plain formulations, in values and gradients.

use std::sync::Arc;

use dfdx::shapes::{Axis, Const, HasShape, Rank0, ReduceShapeTo, Shape};
use dfdx::tensor::{Cpu, Gradients, OnesTensor, OwnedTape, Tensor, TensorFromVec, ZerosTensor};
use dfdx::tensor_ops::{Backward, SumTo, TryMul};

use super::*;
use crate::data::NONE;
use crate::optim::build_weights;
use crate::rng::Stream;

mod attention;
mod attention_of_sequences;
mod columns;
mod convolution;
mod fields;
mod objectives;
mod queue;
mod recurrent;
mod sequence;
mod shapes;
mod tasks;
mod trained_activations;

type Taped = OwnedTape<f32, Cpu>;

/// Row counts: one, odd numbers, and enough for several threads and tiles.
const ROWS: [usize; 5] = [1, 2, 7, 131, 1500];

fn random<const W: usize>(device: &Cpu, rows: usize, name: &str) -> Rows<W, Cpu> {
    let stream = Stream::new(11, name);
    let values = (0..(rows * W) as u64).map(|counter| stream.normal(counter)).collect();
    device.tensor_from_vec(values, (rows, Const))
}

/// Values of `y`, then the gradients that `read` returns, of a random linear function of `y`.
fn outcome<S: Shape + ReduceShapeTo<Rank0, S::AllAxes>>(
    y: Tensor<S, f32, Cpu, Taped>,
    read: impl Fn(&Gradients<f32, Cpu>) -> Vec<Vec<f32>>,
) -> Vec<Vec<f32>> {
    let stream = Stream::new(5, "probe");
    let probe = (0..y.shape().num_elements() as u64).map(|counter| stream.normal(counter)).collect();
    let probe = y.device().tensor_from_vec(probe, *y.shape());
    let values = y.as_vec();
    let gradients = y.try_mul(probe).unwrap().sum::<Rank0, S::AllAxes>().backward();
    let mut all = vec![values];
    all.extend(read(&gradients));
    all
}

#[track_caller]
fn close(fused: &[Vec<f32>], plain: &[Vec<f32>]) {
    assert_eq!(fused.len(), plain.len());
    for (which, (fused, plain)) in fused.iter().zip(plain).enumerate() {
        assert_eq!(fused.len(), plain.len(), "sizes of {which}");
        let scale = plain.iter().fold(1.0f32, |a, b| a.max(b.abs()));
        for (at, (a, b)) in fused.iter().zip(plain).enumerate() {
            assert!((a - b).abs() <= 2e-5 * scale, "{which}[{at}]: {a} is not {b} (scale {scale})");
        }
    }
}

/// Compares the gradient of `x`, the first after the values in the result of `at` (see [`outcome`]), with
/// central differences.
#[track_caller]
fn differences(x: &[f32], at: impl Fn(&[f32]) -> Vec<Vec<f32>>) {
    let stream = Stream::new(5, "probe");
    let sum = |values: &[f32]| {
        let probe = (0..).map(|counter| f64::from(stream.normal(counter)));
        values.iter().zip(probe).map(|(value, probe)| f64::from(*value) * probe).sum::<f64>()
    };
    let gradient = at(x)[1].clone();
    let (step, scale) = (4e-3, gradient.iter().fold(1.0f64, |a, b| a.max(f64::from(b.abs()))));
    for (index, found) in gradient.iter().enumerate() {
        let moved = |by: f32| {
            let mut moved = x.to_vec();
            moved[index] += by;
            sum(&at(&moved)[0])
        };
        let slope = (moved(step) - moved(-step)) / f64::from(2.0 * step);
        assert!((f64::from(*found) - slope).abs() <= 2e-3 * scale, "[{index}]: {found} is not {slope}");
    }
}

fn activations() -> [Activation; 9] {
    use Activation::*;
    [Linear, Relu, LeakyRelu, Elu, Softplus, Tanh, Sigmoid, Silu, Gelu]
}

#[test]
fn dense_and_activations() {
    let device = Cpu::default();
    let mut layer: Linear<13, 9, Cpu> = build_weights(&device, 3).unwrap();
    layer.bias.copy_from(&random::<9>(&device, 1, "bias").as_vec());
    for rows in ROWS {
        let x = random::<13>(&device, rows, "x");
        for activation in activations() {
            let read = |g: &Gradients<f32, Cpu>| {
                vec![g.get(&x).as_vec(), g.get(&layer.weight).as_vec(), g.get(&layer.bias).as_vec()]
            };
            let fused = outcome(dense(&layer, x.retaped::<Taped>(), activation).unwrap(), read);
            let plain =
                outcome(super::dense::plain_dense(&layer, x.retaped::<Taped>(), activation).unwrap(), read);
            close(&fused, &plain);
            let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
            let twice = |y: Rows<13, Cpu, Taped>| scale(y, 2.0).unwrap();
            let fused = outcome(activate(twice(x.retaped::<Taped>()), activation).unwrap(), read);
            let plain = outcome(
                crate::ops::dense::activation::plain(twice(x.retaped::<Taped>()), activation).unwrap(),
                read,
            );
            close(&fused, &plain);
        }
    }
}

#[test]
fn activations_of_very_large_numbers_have_a_gradient() {
    let device = Cpu::default();
    let x: Rows<4, Cpu> = device.tensor_from_vec(vec![1e20, -1e20, 20.0, -20.0], (1, Const));
    for activation in activations() {
        let y = activate(x.retaped::<Taped>(), activation).unwrap();
        let found = outcome(y, |g| vec![g.get(&x).as_vec()]).concat();
        assert!(found.iter().all(|number| number.is_finite()), "{activation:?}: {found:?}");
    }
}

#[test]
fn concat_and_arithmetic() {
    let device = Cpu::default();
    for rows in ROWS {
        let (a, b, c) = (
            random::<4>(&device, rows, "a"),
            random::<1>(&device, rows, "b"),
            random::<4>(&device, rows, "c"),
        );
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec(), g.get(&b).as_vec(), g.get(&c).as_vec()];
        // The same input twice: its gradients add up.
        let parts =
            || vec![a.retaped::<Taped>().part(), b.retaped().part(), c.retaped().part(), a.retaped().part()];
        let fused: Rows<13, Cpu, Taped> = concat(parts()).unwrap();
        let plain: Rows<13, Cpu, Taped> =
            crate::ops::rows::concat::plain(&device, parts(), (rows, Const)).unwrap();
        close(&outcome(fused, read), &outcome(plain, read));
        let parts = || [a.retaped::<Taped>().part(), c.retaped().part(), a.retaped().part()];
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec(), g.get(&c).as_vec()];
        let fused: Vectors<3, 4, Cpu, Taped> = stack(parts()).unwrap();
        let plain =
            crate::ops::rows::concat::plain(&device, parts().into(), (rows, Const::<3>, Const::<4>)).unwrap();
        close(&outcome(fused, read), &outcome(plain, read));

        let (left, right) = (|| a.retaped::<Taped>(), || c.retaped::<Taped>());
        close(&outcome(add(left(), right()).unwrap(), read), &outcome(left() + right(), read));
        close(&outcome(mul(left(), right()).unwrap(), read), &outcome(left() * right(), read));
        let shifted = shift(mul(left(), right()).unwrap(), 1.5).unwrap();
        close(&outcome(shifted, read), &outcome(left() * right() + 1.5, read));
        // dfdx rejects an operation on a tensor and itself.
        let of_a = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec()];
        let twice = crate::ops::rows::arithmetic::plain_sum(left(), left()).unwrap();
        close(&outcome(add(left(), left()).unwrap(), of_a), &outcome(twice, of_a));
        let square = crate::ops::rows::arithmetic::plain_product(left(), left()).unwrap();
        close(&outcome(mul(left(), left()).unwrap(), of_a), &outcome(square, of_a));
        close(
            &outcome(dot(left(), right()).unwrap(), read),
            &outcome(crate::ops::interaction::similarity::plain(left(), right()).unwrap(), read),
        );
        let plain = |x| crate::ops::norm::l2::plain(x, 1e-12).unwrap();
        let cosines = crate::ops::interaction::similarity::plain(plain(left()), plain(right())).unwrap();
        close(&outcome(cosine(left(), right()).unwrap(), read), &outcome(cosines, read));
    }
}

#[test]
fn sums_of_rows_and_interactions_of_fields() {
    let device = Cpu::default();
    let mut layer: Coefficients<37, Cpu> = build_weights(&device, 3).unwrap();
    assert_eq!(layer.weight.as_vec(), [0.0; 37]);
    layer.weight.copy_from(&random::<37>(&device, 1, "weight").as_vec());
    let mut addend: Bias<37, Cpu> = build_weights(&device, 3).unwrap();
    addend.bias.copy_from(&random::<37>(&device, 1, "bias").as_vec());
    for rows in ROWS {
        let x = random::<37>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec(), g.get(&layer.weight).as_vec()];
        let fused = outcome(weighted_sum(&layer, x.retaped::<Taped>()).unwrap(), read);
        close(
            &fused,
            &outcome(
                crate::ops::interaction::row_sum::plain(&layer.weight, x.retaped::<Taped>()).unwrap(),
                read,
            ),
        );
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let plain = x.retaped::<Taped>().try_sum::<(usize,), Axis<1>>().unwrap();
        close(&outcome(row_sum(x.retaped::<Taped>()).unwrap(), read), &outcome(plain, read));
        let sum = add_bias(&addend, x.retaped::<Taped>()).unwrap();
        assert_eq!(sum.as_vec()[36], x.as_vec()[36] + addend.bias.as_vec()[36]);

        let (a, b) = (random::<5>(&device, rows, "a"), random::<5>(&device, rows, "b"));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec(), g.get(&b).as_vec()];
        // Pairs of a, b and a.
        let fields =
            || stack::<3, 5, _, _>([a.retaped::<Taped>().part(), b.retaped().part(), a.retaped().part()]);
        let fused = outcome(bi_interaction(fields().unwrap()).unwrap(), read);
        close(&fused, &outcome(crate::ops::interaction::fm::plain(fields().unwrap()).unwrap(), read));
        let (left, right) = (|| a.retaped::<Taped>(), || b.retaped::<Taped>());
        close(&fused, &outcome(left() * right() * 2.0 + left().square(), read));
        let flat: Rows<15, Cpu, Taped> = flatten(fields().unwrap()).unwrap();
        let parts = [left().part(), right().part(), left().part()];
        close(&outcome(flat, read), &outcome(concat::<15, _, _>(parts).unwrap(), read));
        // Fields and a vector.
        let more: Vectors<4, 5, Cpu, Taped> = stack([fields().unwrap().part(), right().part()]).unwrap();
        let parts = [left().part(), right().part(), left().part(), right().part()];
        close(&outcome(more, read), &outcome(concat::<20, _, _>(parts).unwrap(), read));
    }
}

#[test]
fn norms() {
    let device = Cpu::default();
    let mut layer: LayerNorm<17, Cpu> = build_weights(&device, 3).unwrap();
    layer.weight.copy_from(&random::<17>(&device, 1, "weight").as_vec());
    layer.bias.copy_from(&random::<17>(&device, 1, "bias").as_vec());
    for rows in ROWS {
        let x = random::<17>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| {
            vec![g.get(&x).as_vec(), g.get(&layer.weight).as_vec(), g.get(&layer.bias).as_vec()]
        };
        let fused = outcome(layer_norm(&layer, x.retaped::<Taped>(), 1e-3).unwrap(), read);
        let plain =
            outcome(crate::ops::norm::layer::plain(&layer, x.retaped::<Taped>(), 1e-3).unwrap(), read);
        close(&fused, &plain);
    }
    // A zero row stays zero, and its gradient is that of a division by 1e-6.
    let zero: Rows<3, Cpu> = device.tensor_from_vec(vec![0.0; 3], (1, Const));
    let read = |g: &Gradients<f32, Cpu>| vec![g.get(&zero).as_vec()];
    let fused = outcome(l2_normalize(zero.retaped::<Taped>()).unwrap(), read);
    close(&fused, &outcome(crate::ops::norm::l2::plain(zero.retaped::<Taped>(), 1e-12).unwrap(), read));
    assert_eq!(fused[0], [0.0; 3]);
}

#[test]
fn batch_norm_trains_on_the_batch_and_infers_on_running_statistics() {
    let device = Cpu::default();
    let mut layer: BatchNorm<2, Cpu> = build_weights(&device, 3).unwrap();
    let x: Rows<2, Cpu> = device.tensor_from_vec(vec![1.0, 10.0, 3.0, 30.0], (2, Const));
    let mut pass = Pass::training(&device, 1, 1);
    let y = batch_norm(&layer, "norm", x.retaped::<Taped>(), 0.0, &mut pass).unwrap();
    assert_eq!(y.as_vec(), [-1.0, -1.0, 1.0, 1.0]);
    layer.update_running_statistics("norm", 0.5, &mut pass);
    assert_eq!(layer.running_mean.as_vec(), [1.0, 10.0]);
    assert_eq!(layer.running_var.as_vec(), [1.0, 50.5]);
    layer.update_running_statistics("norm", 0.5, &mut pass);
    assert_eq!(layer.running_mean.as_vec(), [1.0, 10.0], "statistics count once");
    let y = batch_norm(&layer, "norm", x, 0.0, &mut Pass::inference(&device)).unwrap();
    assert_eq!(y.as_vec()[0], 0.0);
}

#[test]
fn dropout_keeps_the_mean_and_depends_on_the_step() {
    let device = Cpu::default();
    let ones: Rows<8, Cpu> = device.tensor_from_vec(vec![1.0; 80_000], (10_000, Const));
    let drop =
        |step| dropout(ones.clone(), 0.25, "layer", &Pass::training(&device, 1, step)).unwrap().as_vec();
    let first = drop(1);
    assert!((first.iter().sum::<f32>() / 80_000.0 - 1.0).abs() < 0.01);
    assert_eq!(first, drop(1));
    assert_ne!(first, drop(2));
    assert_eq!(
        dropout(ones.clone(), 0.25, "layer", &Pass::inference(&device)).unwrap().as_vec(),
        ones.as_vec()
    );
}

#[test]
fn lookups_and_pools() {
    let device = Cpu::default();
    let stream = Stream::new(2, "slots");
    for rows in [0, 1, 7, 900] {
        let row_count = 40;
        let table = random::<5>(&device, row_count, "rows");
        let source = Source { host: Arc::new(table.as_vec()), rows: table.clone(), trained: true };
        let offsets: Vec<u32> = (0..=rows as u64)
            .scan(0, |end, row| {
                let start = *end;
                *end += if row % 5 == 2 { 0 } else { stream.below(row, 6) as u32 };
                Some(start)
            })
            .collect();
        let items = offsets[rows] as u64;
        let slot = |at: u64| match stream.below(9999 + at, row_count as u64 + 1) as u32 {
            40 => NONE,
            slot => slot,
        };
        let slots = Arc::new((0..items).map(slot).collect::<Vec<u32>>());
        let weights: Vec<f32> = (0..items).map(|at| stream.uniform(77_777 + at)).collect();
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&table).as_vec()];
        if items > 0 {
            let fused = outcome(lookup::<5, Cpu, Taped>(&source, &slots).unwrap(), read);
            close(
                &fused,
                &outcome(crate::ops::pool::lookup::plain::<5, Cpu, Taped>(&source, &slots).unwrap(), read),
            );
        }
        for combiner in [Combiner::Sum, Combiner::Mean, Combiner::Sqrtn, Combiner::Max] {
            for weights in [&[][..], &weights] {
                let bags = || Bagged::new(&slots, &offsets, weights, combiner);
                let (fused, plain): (Rows<5, Cpu, Taped>, Rows<5, Cpu, Taped>) = match combiner {
                    Combiner::Max => (
                        pool_bags(&source, bags(), combiner).unwrap(),
                        crate::ops::pool::plain_max(&source, &bags()).unwrap(),
                    ),
                    _ => (
                        pool_bags(&source, bags(), combiner).unwrap(),
                        crate::ops::pool::plain_sum(&source, &bags()).unwrap(),
                    ),
                };
                assert_eq!(fused.shape().0, rows);
                if items > 0 {
                    close(&outcome(fused, read), &outcome(plain, read));
                }
            }
        }
    }
}

#[test]
fn pointwise_losses() {
    let device = Cpu::default();
    let z = vec![-60.0, -3.0, 0.0, 0.5, 4.0, 60.0];
    let scores: Scores<Cpu> = device.tensor_from_vec(z.clone(), (z.len(),));
    let read = |g: &Gradients<f32, Cpu>| vec![g.get(&scores).as_vec()];
    let (positive, negative) = (vec![1.0, 0.0, 0.5, 2.0, 0.0, 0.0], vec![0.0, 1.0, 0.5, 0.0, 0.3, 1.0]);
    let fused =
        crate::ops::loss::softplus_loss(scores.retaped::<Taped>(), positive.clone(), negative.clone())
            .unwrap();
    let plain = super::loss::plain_softplus(scores.retaped::<Taped>(), positive, negative).unwrap();
    close(&outcome(fused, read), &outcome(plain, read));
    let labels = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    let loss = weighted_bce(scores.clone(), &labels, 1.5, None, Reduction::Mean).unwrap().as_vec()[0];
    let term = |z: f64, y: f64| 1.5 * y * (1.0 + (-z).exp()).ln() + (1.0 - y) * (1.0 + z.exp()).ln();
    let exact = z.iter().zip(labels).map(|(&z, y)| term(f64::from(z), f64::from(y))).sum::<f64>() / 6.0;
    assert!((f64::from(loss) - exact).abs() < 1e-5, "{loss} {exact}");
}

#[test]
fn in_batch_softmax_with_every_option() {
    let device = Cpu::default();
    let stream = Stream::new(4, "options");
    for (rows, extra) in [(1, 0), (2, 1), (7, 0), (64, 3), (131, 0), (300, 17)] {
        let (q, c) = (random::<8>(&device, rows, "q"), random::<8>(&device, rows + extra, "c"));
        let columns = (rows + extra) as u64;
        let log_q: Vec<f32> = (0..columns).map(|at| (stream.uniform(at) + 0.01).ln()).collect();
        let ids: Vec<u32> =
            (0..columns).map(|at| if at % 9 == 8 { NONE } else { stream.below(at, 20) as u32 }).collect();
        let weights: Vec<f32> = (0..rows as u64).map(|at| stream.uniform(500 + at)).collect();
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&q).as_vec(), g.get(&c).as_vec()];
        for (log_q, ids, weights, reduction) in [
            (None, None, None, Reduction::Sum),
            (Some(&log_q[..]), Some(&ids[..]), None, Reduction::Sum),
            (None, Some(&ids[..]), Some(&weights[..]), Reduction::Mean),
        ] {
            let options = Softmax { temperature: 0.5, log_q, ids, weights, reduction, ..Softmax::default() };
            let (queries, candidates) = (|| q.retaped::<Taped>(), || c.retaped::<Taped>());
            let fused = softmax(queries(), candidates(), &options).unwrap();
            let plain = super::loss::plain_softmax(queries(), candidates(), &[], &options).unwrap();
            close(&outcome(fused, read), &outcome(plain, read));
        }
    }
}

#[test]
fn an_empty_batch_passes_through_everything() {
    let device = Cpu::default();
    let layer: Linear<3, 2, Cpu> = build_weights(&device, 3).unwrap();
    let norm: LayerNorm<2, Cpu> = build_weights(&device, 3).unwrap();
    let x: Rows<3, Cpu> = device.tensor_from_vec(Vec::new(), (0, Const));
    let hidden = || dense(&layer, x.retaped::<Taped>(), Activation::Relu).unwrap();
    let joined: Rows<4, Cpu, Taped> =
        concat([hidden().part(), layer_norm(&norm, hidden(), 1e-3).unwrap().part()]).unwrap();
    let joined = l2_normalize(joined).unwrap();
    let loss = softmax(joined.retaped::<Taped>(), joined, &Softmax::default()).unwrap();
    assert_eq!(loss.as_vec(), [0.0]);
    assert_eq!(**loss.backward().get_or_alloc_mut(&layer.weight).unwrap(), [0.0; 6]);
    let scores = dot(hidden(), hidden()).unwrap();
    assert_eq!(bce(scores, &[], None, Reduction::Mean).unwrap().as_vec(), [0.0]);
}
