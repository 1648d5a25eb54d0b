//! LSTM and GRU: kernels, plain formulations and finite differences.

use super::sequence::{sequence_of, taped};
use super::*;

/// Fills a weight vector or matrix with random numbers.
fn fill<S: Shape>(tensor: &mut Tensor<S, f32, Cpu>, name: &str) {
    let stream = Stream::new(3, name);
    let count = tensor.shape().num_elements() as u64;
    tensor.copy_from(&(0..count).map(|counter| 0.5 * stream.normal(counter)).collect::<Vec<f32>>());
}

fn an_lstm<const I: usize, const U: usize, const G: usize>(device: &Cpu) -> Lstm<I, U, G, Cpu> {
    let mut layer: Lstm<I, U, G, Cpu> = build_weights(device, 3).unwrap();
    fill(&mut layer.weight_ih, "ih");
    fill(&mut layer.weight_hh, "hh");
    fill(&mut layer.bias, "bias");
    layer
}

fn a_gru<const I: usize, const U: usize, const G: usize>(device: &Cpu) -> Gru<I, U, G, Cpu> {
    let mut layer: Gru<I, U, G, Cpu> = build_weights(device, 3).unwrap();
    fill(&mut layer.weight_ih, "ih");
    fill(&mut layer.weight_hh, "hh");
    fill(&mut layer.bias_ih, "bias_ih");
    fill(&mut layer.bias_hh, "bias_hh");
    layer
}

fn check<const L: usize, const I: usize, const U: usize, const G4: usize, const G3: usize>() {
    let device = Cpu::default();
    let (lstm_layer, gru_layer) = (an_lstm::<I, U, G4>(&device), a_gru::<I, U, G3>(&device));
    for (rows, front) in [(1, false), (2, true), (7, false), (131, true)] {
        let x = sequence_of::<L, I>(&device, rows, "x", front);
        let read = |g: &Gradients<f32, Cpu>| {
            let layer = &lstm_layer;
            let weights = [g.get(&layer.weight_ih).as_vec(), g.get(&layer.weight_hh).as_vec()];
            [g.get(&x.values).as_vec(), g.get(&layer.bias).as_vec()].into_iter().chain(weights).collect()
        };
        let fused = outcome(lstm(&lstm_layer, taped(&x), 0.7).unwrap().values, read);
        let plain =
            crate::ops::recurrent::lstm::plain(&lstm_layer, x.values.retaped::<Taped>(), &x.mask, 0.7)
                .unwrap();
        close(&fused, &outcome(plain, read));
        let read = |g: &Gradients<f32, Cpu>| {
            let layer = &gru_layer;
            let weights = [g.get(&layer.weight_ih).as_vec(), g.get(&layer.weight_hh).as_vec()];
            let biases = [g.get(&layer.bias_ih).as_vec(), g.get(&layer.bias_hh).as_vec()];
            [g.get(&x.values).as_vec()].into_iter().chain(weights).chain(biases).collect()
        };
        let fused = outcome(gru(&gru_layer, taped(&x)).unwrap().values, read);
        let plain =
            crate::ops::recurrent::gru::plain(&gru_layer, x.values.retaped::<Taped>(), &x.mask).unwrap();
        close(&fused, &outcome(plain, read));
        let masked = |values: &[f32], width: usize| {
            values.chunks(width).zip(x.mask.as_vec()).all(|(at, mask)| mask == 1.0 || at == vec![0.0; width])
        };
        assert!(masked(&fused[0], U) && masked(&fused[1], I), "padding is zero and gets no gradient");
    }
}

#[test]
fn recurrent_layers_at_several_sizes() {
    check::<1, 1, 1, 4, 3>();
    check::<4, 3, 5, 20, 15>();
    check::<7, 16, 8, 32, 24>();
}

#[test]
fn padding_changes_nothing() {
    let device = Cpu::default();
    let (lstm_layer, gru_layer) = (an_lstm::<3, 4, 16>(&device), a_gru::<3, 4, 12>(&device));
    let long = sequence_of::<6, 3>(&device, 7, "x", true);
    // A record with only its last position valid equals this position alone.
    let alone: Sequence<1, 3, Cpu> = Sequence {
        values: device.tensor_from_vec(long.values.as_vec()[11 * 3..12 * 3].to_vec(), (1, Const, Const)),
        mask: device.tensor_from_vec(vec![1.0], (1, Const)),
    };
    let last = |values: Vec<f32>| values[11 * 4..12 * 4].to_vec();
    let short = lstm(&lstm_layer, alone.clone(), 1.0).unwrap().values.as_vec();
    assert_eq!(last(lstm(&lstm_layer, long.clone(), 1.0).unwrap().values.as_vec()), short);
    let short = gru(&gru_layer, alone).unwrap().values.as_vec();
    assert_eq!(last(gru(&gru_layer, long).unwrap().values.as_vec()), short);
}

#[test]
fn gradients_are_the_differences() {
    let device = Cpu::default();
    let x = sequence_of::<4, 3>(&device, 6, "x", false);
    let at = |values: &[f32]| Sequence {
        values: device.tensor_from_vec(values.to_vec(), *x.values.shape()),
        mask: x.mask.clone(),
    };
    let layer = an_lstm::<3, 4, 16>(&device);
    let read = |x: &Sequence<4, 3, Cpu>| {
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        outcome(lstm(&layer, taped(x), 1.0).unwrap().values, read)
    };
    differences(&x.values.as_vec(), |values| read(&at(values)));
    let layer = a_gru::<3, 4, 12>(&device);
    let read = |x: &Sequence<4, 3, Cpu>| {
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        outcome(gru(&layer, taped(x)).unwrap().values, read)
    };
    differences(&x.values.as_vec(), |values| read(&at(values)));
    let weights = layer.weight_hh.as_vec();
    differences(&weights, |values| {
        let mut layer = layer.clone();
        layer.weight_hh.copy_from(values);
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&layer.weight_hh).as_vec()];
        outcome(gru(&layer, taped(&x)).unwrap().values, read)
    });
}

#[test]
fn no_records() {
    let device = Cpu::default();
    let empty = sequence_of::<4, 3>(&device, 0, "x", false);
    let layer = an_lstm::<3, 4, 16>(&device);
    assert_eq!(lstm(&layer, empty, 1.0).unwrap().values.shape().0, 0);
}
