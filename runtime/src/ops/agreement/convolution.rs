//! Convolutions: kernels, plain formulations, formulas and finite differences.

use super::sequence::{sequence_of, taped};
use super::*;

#[test]
fn windows_and_columns() {
    check::<1, 1, 1, 1, 1>();
    check::<6, 4, 12, 2, 8>();
    check::<5, 3, 15, 7, 21>();
    check::<50, 8, 16, 3, 24>();
}

fn check<const L: usize, const W: usize, const C: usize, const F: usize, const V: usize>() {
    let device = Cpu::default();
    let mut layer: Linear<C, F, Cpu> = build_weights(&device, 3).unwrap();
    layer.bias.copy_from(&random::<F>(&device, 1, "bias").as_vec());
    let vertical: Linear<L, F, Cpu> = build_weights(&device, 4).unwrap();
    for (rows, front) in [(1, false), (2, true), (7, false), (131, true)] {
        let x = sequence_of::<L, W>(&device, rows, "x", front);
        for activation in activations() {
            let read = |g: &Gradients<f32, Cpu>| {
                vec![g.get(&x.values).as_vec(), g.get(&layer.weight).as_vec(), g.get(&layer.bias).as_vec()]
            };
            let fused = outcome(horizontal_convolution(&layer, taped(&x), activation).unwrap(), read);
            let zeros = masked(taped(&x)).unwrap();
            let plain = crate::ops::sequence::convolution::plain_largest(&layer, zeros, activation).unwrap();
            close(&fused, &outcome(plain, read));
        }
        let read =
            |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec(), g.get(&vertical.weight).as_vec()];
        let fused: Rows<V, Cpu, Taped> = vertical_convolution(&vertical, taped(&x)).unwrap();
        let zeros = masked(taped(&x)).unwrap();
        let columns = crate::ops::sequence::convolution::plain_columns(zeros).unwrap();
        let plain = crate::ops::dense::plain_dense(&vertical, columns, Activation::Linear).unwrap();
        let fused = outcome(fused, read);
        close(&fused, &outcome(plain, read));
        // Coordinate c and filter n at c * F + n.
        let (x, weight) = (masked(x.clone()).unwrap().as_vec(), vertical.weight.as_vec());
        let (coordinate, filter) = (W - 1, F / 2);
        let sum: f32 = (0..L).map(|t| weight[filter * L + t] * x[t * W + coordinate]).sum();
        assert!((fused[0][coordinate * F + filter] - sum).abs() < 1e-5);
    }
}

#[test]
fn gradients_are_the_differences() {
    let device = Cpu::default();
    let x = sequence_of::<5, 2>(&device, 6, "x", true);
    let layer: Linear<4, 3, Cpu> = build_weights(&device, 3).unwrap();
    differences(&x.values.as_vec(), |values| {
        let values = device.tensor_from_vec(values.to_vec(), *x.values.shape());
        let x = Sequence { values, mask: x.mask.clone() };
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        outcome(horizontal_convolution(&layer, taped(&x), Activation::Tanh).unwrap(), read)
    });
    differences(&layer.weight.as_vec(), |values| {
        let mut layer = layer.clone();
        layer.weight.copy_from(values);
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&layer.weight).as_vec()];
        outcome(horizontal_convolution(&layer, taped(&x), Activation::Tanh).unwrap(), read)
    });
}
