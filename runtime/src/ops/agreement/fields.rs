//! Fields, interactions and cross networks: kernels, plain formulations and finite differences.

use dfdx::tensor::OnesTensor;

use super::*;
use crate::ops::reshape::Reshape as _;

fn vectors<const N: usize, const W: usize>(device: &Cpu, rows: usize, name: &str) -> Vectors<N, W, Cpu> {
    let stream = Stream::new(13, name);
    let values = (0..(rows * N * W) as u64).map(|counter| stream.normal(counter)).collect();
    device.tensor_from_vec(values, (rows, Const, Const))
}

/// Batch sizes for large records.
const BATCHES: [usize; 4] = [1, 2, 7, 131];

#[test]
fn products_of_pairs() {
    let device = Cpu::default();
    for rows in BATCHES {
        let x = vectors::<5, 3>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let taped = || x.retaped::<Taped>();
        let fused: Vectors<10, 3, Cpu, Taped> = pairs(taped()).unwrap();
        close(
            &outcome(fused, read),
            &outcome(crate::ops::interaction::pairs::plain_pairs::<5, 3, 10, _, _>(taped()).unwrap(), read),
        );
        let fused: Rows<10, Cpu, Taped> = inner_product(taped()).unwrap();
        close(
            &outcome(fused, read),
            &outcome(crate::ops::interaction::pairs::plain_inner::<5, 3, 10, _, _>(taped()).unwrap(), read),
        );
        let fused: Rows<90, Cpu, Taped> = outer_product(taped()).unwrap();
        close(
            &outcome(fused, read),
            &outcome(crate::ops::interaction::pairs::plain_outer::<5, 3, 90, _, _>(taped()).unwrap(), read),
        );
        // The pairs sum to the linear-time formula.
        let sum = sum_fields(pairs::<5, 3, 10, _, _>(taped()).unwrap()).unwrap();
        close(&outcome(sum, read), &outcome(bi_interaction(taped()).unwrap(), read));
    }
    let two: Vectors<2, 2, Cpu> = device.tensor_from_vec(vec![2.0, 3.0, 5.0, 7.0], (1, Const, Const));
    let outer: Rows<4, Cpu> = outer_product(two).unwrap();
    assert_eq!(outer.as_vec(), [10.0, 14.0, 15.0, 21.0]);
}

#[test]
fn field_aware_interactions() {
    let device = Cpu::default();
    for rows in BATCHES {
        let x = vectors::<5, 35>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let fused = outcome(scores(field_aware(x.retaped::<Taped>()).unwrap()).unwrap(), read);
        close(&fused, &outcome(crate::ops::interaction::ffm::plain(x.retaped::<Taped>()).unwrap(), read));
        // A field's vector for itself is unused.
        for record in fused[1].chunks(5 * 35) {
            (0..5).for_each(|field| assert_eq!(record[field * 35 + field * 7..][..7], [0.0; 7]));
        }
    }
    let x: Vectors<2, 4, Cpu> =
        device.tensor_from_vec(vec![9.0, 9.0, 1.0, 2.0, 3.0, 4.0, 9.0, 9.0], (1, Const, Const));
    assert_eq!(field_aware(x).unwrap().as_vec(), [11.0]);
}

#[test]
fn a_tensor_beside_itself() {
    let device = Cpu::default();
    for rows in BATCHES {
        let (x, y) = (vectors::<2, 3>(&device, rows, "x"), vectors::<1, 5>(&device, rows, "y"));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec(), g.get(&y).as_vec()];
        let parts = || {
            let x = || x.retaped::<Taped>().part();
            vec![x(), x(), y.retaped::<Taped>().part(), x(), x()]
        };
        let shape = (rows, Const::<29>);
        let fused: Rows<29, Cpu, Taped> = concat(parts()).unwrap();
        close(
            &outcome(fused, read),
            &outcome(crate::ops::rows::concat::plain(&device, parts(), shape).unwrap(), read),
        );
    }
}

#[test]
fn pools_of_fields() {
    let device = Cpu::default();
    for rows in ROWS {
        let x = vectors::<3, 5>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let taped = || x.retaped::<Taped>();
        let sum = || taped().try_sum::<(usize, Const<5>), Axis<1>>().unwrap();
        close(&outcome(sum_fields(taped()).unwrap(), read), &outcome(sum(), read));
        close(&outcome(mean_fields(taped()).unwrap(), read), &outcome(sum() / 3.0, read));
        let plain = crate::ops::pool::fields::plain_max(taped()).unwrap();
        close(&outcome(max_fields(taped()).unwrap(), read), &outcome(plain, read));
        let sums = || taped().try_sum::<(usize, Const<3>), Axis<2>>().unwrap();
        close(&outcome(vector_sums(taped()).unwrap(), read), &outcome(sums(), read));
    }
    // A tie gives the gradient once, to the first.
    let tied: Vectors<3, 1, Cpu> = device.tensor_from_vec(vec![1.0, 2.0, 2.0], (1, Const, Const));
    let read = |g: &Gradients<f32, Cpu>| vec![g.get(&tied).as_vec()];
    let fused = outcome(max_fields(tied.retaped::<Taped>()).unwrap(), read);
    close(&fused, &outcome(crate::ops::pool::fields::plain_max(tied.retaped::<Taped>()).unwrap(), read));
    assert!(fused[0] == [2.0] && fused[1][0] == 0.0 && fused[1][1] != 0.0 && fused[1][2] == 0.0);
}

#[test]
fn softmax_and_attention_pools() {
    let device = Cpu::default();
    let layer: AttentionPool<5, 4, Cpu> = build_weights(&device, 3).unwrap();
    for rows in BATCHES {
        let (scores, x) = (random::<3>(&device, rows, "scores"), vectors::<3, 5>(&device, rows, "x"));
        let stream = Stream::new(3, "mask");
        let mask = (0..3 * rows as u64).map(|at| stream.below(at, 2) as f32).collect();
        let mask: Rows<3, Cpu> = device.tensor_from_vec(mask, (rows, Const));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&scores).as_vec(), g.get(&x).as_vec()];
        for mask in [None, Some(&mask)] {
            let (s, x) = (|| scores.retaped::<Taped>(), || x.retaped::<Taped>());
            let fused = outcome(softmax_pool(s(), x(), mask).unwrap(), read);
            let column = s().reshaped((rows, Const, Const::<1>)).unwrap();
            let all = mask.cloned().unwrap_or(device.ones_like(&(rows, Const)));
            let plain =
                crate::ops::attention::weighted_sum::plain(x(), column, &all, Weighting::Softmax, None)
                    .unwrap();
            close(&fused, &outcome(flatten::<1, 5, 5, _, _>(plain).unwrap(), read));
            for (at, _) in mask
                .map(|mask| mask.as_vec())
                .unwrap_or_default()
                .iter()
                .enumerate()
                .filter(|(_, m)| **m == 0.0)
            {
                assert_eq!(fused[1][at], 0.0);
                assert_eq!(fused[2][at * 5..][..5], [0.0; 5]);
            }
        }
        let pool = |x: &Vectors<3, 5, Cpu>| {
            attention_pool(&layer, x.retaped::<Taped>(), Activation::Tanh, None).unwrap()
        };
        differences(&x, pool);
    }
    // If all positions are masked, the vector and its gradients are zero.
    let x = vectors::<3, 5>(&device, 1, "x");
    let nothing: Rows<3, Cpu> = device.tensor_from_vec(vec![0.0; 3], (1, Const));
    let pooled = attention_pool(&layer, x.retaped::<Taped>(), Activation::Tanh, Some(&nothing)).unwrap();
    assert_eq!(pooled.as_vec(), [0.0; 5]);
    assert_eq!(pooled.sum().backward().get(&x).as_vec(), [0.0; 15]);
}

#[test]
fn cross_layers() {
    let device = Cpu::default();
    let mut layer: Cross<17, Cpu> = build_weights(&device, 3).unwrap();
    layer.bias.copy_from(&random::<17>(&device, 1, "bias").as_vec());
    let full: Linear<17, 17, Cpu> = build_weights(&device, 3).unwrap();
    let low: LowRankCross<17, 4, Cpu> = build_weights(&device, 3).unwrap();
    for rows in ROWS {
        let (first, x) = (random::<17>(&device, rows, "first"), random::<17>(&device, rows, "x"));
        let (start, input) = (|| first.retaped::<Taped>(), || x.retaped::<Taped>());
        let read = |g: &Gradients<f32, Cpu>| {
            vec![
                g.get(&first).as_vec(),
                g.get(&x).as_vec(),
                g.get(&layer.weight).as_vec(),
                g.get(&layer.bias).as_vec(),
            ]
        };
        let fused = outcome(cross(&layer, start(), input()).unwrap(), read);
        close(
            &fused,
            &outcome(crate::ops::interaction::cross::plain(&layer, start(), input()).unwrap(), read),
        );
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let fused = outcome(cross(&layer, input(), input()).unwrap(), read);
        close(
            &fused,
            &outcome(crate::ops::interaction::cross::plain(&layer, input(), input()).unwrap(), read),
        );
    }
    let x = random::<17>(&device, 3, "x");
    differences(&x, |x| cross(&layer, x.retaped::<Taped>(), x.retaped()).unwrap());
    differences(&x, |x| cross_v2(&full, x.retaped::<Taped>(), x.retaped()).unwrap());
    differences(&x, |x| cross_low_rank(&low, x.retaped::<Taped>(), x.retaped()).unwrap());
    let unit: ResidualUnit<17, 5, Cpu> = build_weights(&device, 3).unwrap();
    differences(&x, |x| residual_unit(&unit, x.retaped::<Taped>(), Activation::Tanh).unwrap());
}

#[test]
fn compressed_interactions() {
    let device = Cpu::default();
    let layer: UnbiasedLinear<15, 7, Cpu> = build_weights(&device, 3).unwrap();
    let square: UnbiasedLinear<9, 2, Cpu> = build_weights(&device, 3).unwrap();
    for rows in BATCHES {
        let (first, x) = (vectors::<3, 4>(&device, rows, "first"), vectors::<5, 4>(&device, rows, "x"));
        let read = |g: &Gradients<f32, Cpu>| {
            vec![g.get(&first).as_vec(), g.get(&x).as_vec(), g.get(&layer.weight).as_vec()]
        };
        let fused = cin(&layer, first.retaped::<Taped>(), x.retaped()).unwrap();
        let plain =
            crate::ops::interaction::cin::plain(&layer, first.retaped::<Taped>(), x.retaped()).unwrap();
        close(&outcome(fused, read), &outcome(plain, read));
        // The first layer crosses the fields with themselves.
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&first).as_vec()];
        let fused = cin(&square, first.retaped::<Taped>(), first.retaped()).unwrap();
        let plain =
            crate::ops::interaction::cin::plain(&square, first.retaped::<Taped>(), first.retaped()).unwrap();
        close(&outcome(fused, read), &outcome(plain, read));
        differences(&first, |x| cin(&square, x.retaped::<Taped>(), x.retaped()).unwrap());
    }
}

#[test]
fn embedded_numbers_slices_and_layers_without_bias() {
    let device = Cpu::default();
    let layer: NumberEmbedding<7, 3, Cpu> = build_weights(&device, 3).unwrap();
    let unbiased: UnbiasedLinear<7, 4, Cpu> = build_weights(&device, 3).unwrap();
    for rows in ROWS {
        let x = random::<7>(&device, rows, "x");
        let taped = || x.retaped::<Taped>();
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec(), g.get(&layer.weight).as_vec()];
        let fused = outcome(embed_numbers(&layer, taped()).unwrap(), read);
        close(&fused, &outcome(crate::ops::dense::number_embedding::plain(&layer, taped()).unwrap(), read));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec(), g.get(&unbiased.weight).as_vec()];
        let fused = outcome(dense(&unbiased, taped(), Activation::Tanh).unwrap(), read);
        close(
            &fused,
            &outcome(super::super::dense::plain_dense(&unbiased, taped(), Activation::Tanh).unwrap(), read),
        );
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let fused: Rows<4, Cpu, Taped> = slice(taped(), 2).unwrap();
        let plain: Rows<4, Cpu, Taped> = crate::ops::rows::slice::plain(taped(), 2).unwrap();
        close(&outcome(fused, read), &outcome(plain, read));
    }
}

/// Gradients of all inputs equal central finite differences.
#[test]
fn gradients_are_those_of_finite_differences() {
    let device = Cpu::default();
    for rows in [1, 3] {
        let x = vectors::<5, 3>(&device, rows, "x");
        differences(&x, |x| pairs::<5, 3, 10, _, _>(x.retaped::<Taped>()).unwrap());
        differences(&x, |x| inner_product::<5, 3, 10, _, _>(x.retaped::<Taped>()).unwrap());
        differences(&x, |x| outer_product::<5, 3, 90, _, _>(x.retaped::<Taped>()).unwrap());
        differences(&x, |x| bi_interaction(x.retaped::<Taped>()).unwrap());
        differences(&x, |x| mean_fields(x.retaped::<Taped>()).unwrap());
        differences(&x, |x| max_fields(x.retaped::<Taped>()).unwrap());
        differences(&x, |x| vector_sums(x.retaped::<Taped>()).unwrap());
        let x = vectors::<3, 9>(&device, rows, "x");
        differences(&x, |x| field_aware(x.retaped::<Taped>()).unwrap());
        let layer: NumberEmbedding<5, 3, Cpu> = build_weights(&device, 3).unwrap();
        differences(&random::<5>(&device, rows, "x"), |x| {
            embed_numbers(&layer, x.retaped::<Taped>()).unwrap()
        });
    }
}

/// Compares the gradient of a random linear function of `f(x)` with central finite differences, summed in
/// double precision.
#[track_caller]
fn differences<S: Shape, R: Shape + ReduceShapeTo<Rank0, R::AllAxes>>(
    x: &Tensor<S, f32, Cpu>,
    f: impl Fn(&Tensor<S, f32, Cpu>) -> Tensor<R, f32, Cpu, Taped>,
) {
    const STEP: f32 = 1.0 / 128.0;
    let stream = Stream::new(5, "probe");
    let gradient = &outcome(f(x), |g| vec![g.get(x).as_vec()])[1];
    let value = |values: Vec<f32>| -> f64 {
        let y = f(&x.device().tensor_from_vec(values, *x.shape())).as_vec();
        y.iter().enumerate().map(|(at, y)| f64::from(stream.normal(at as u64)) * f64::from(*y)).sum()
    };
    for (at, gradient) in gradient.iter().enumerate() {
        let moved = |by: f32| {
            let mut values = x.as_vec();
            values[at] += by;
            value(values)
        };
        let difference = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
        let scale = difference.abs().max(1.0);
        assert!(
            (f64::from(*gradient) - difference).abs() < 2e-3 * scale,
            "[{at}]: {gradient} is not {difference}"
        );
    }
}
