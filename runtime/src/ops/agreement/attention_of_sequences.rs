//! Attention over sequences, positional encodings, and the latest vector.

use dfdx::tensor::WithEmptyTape;

use super::sequence::{sequence_of, taped};
use super::*;

/// Values and gradients of cross-attention between two sequences.
fn attended<const H: usize>(device: &Cpu, rows: usize, front: bool) {
    let (q, k) =
        (sequence_of::<5, 6>(device, rows, "q", front), sequence_of::<5, 6>(device, rows, "k", front));
    let v = sequence_of::<5, 12>(device, rows, "v", front);
    let read = |g: &Gradients<f32, Cpu>| {
        vec![g.get(&q.values).as_vec(), g.get(&k.values).as_vec(), g.get(&v.values).as_vec()]
    };
    let dropout = Pass::training(device, 3, 5).dropout(0.4, "layer");
    for (causal, diagonal, dropout) in
        [(false, true, None), (true, true, dropout), (false, false, dropout), (true, false, None)]
    {
        let rule = Attention { heads: H, causal, diagonal, dropout };
        let fused = attention(taped(&q), taped(&k), taped(&v), rule).unwrap();
        assert_eq!(fused.mask.as_vec(), q.mask.as_vec());
        let fused = outcome(fused.values, read);
        let plain = super::super::attention::plain_attention(
            q.values.retaped::<Taped>(),
            k.values.retaped(),
            v.values.retaped(),
            &k.mask,
            rule,
        );
        close(&fused, &outcome(plain.unwrap(), read));
        assert_eq!(fused[0][..60], [0.0; 60], "the first record is empty");
        // Values at masked keys have no effect.
        let noise = |x: &Vec<f32>, width: usize| {
            let changed =
                x.iter().enumerate().map(|(at, x)| if k.mask.as_vec()[at / width] == 0.0 { 9.0 } else { *x });
            changed.collect::<Vec<f32>>()
        };
        let mut other = (k.clone(), v.clone());
        other.0.values.copy_from(&noise(&k.values.as_vec(), 6));
        other.1.values.copy_from(&noise(&v.values.as_vec(), 12));
        let again = attention(taped(&q), taped(&other.0), taped(&other.1), rule).unwrap();
        assert_eq!(again.values.as_vec(), fused[0]);
    }
}

#[test]
fn attention_of_sequences() {
    let device = Cpu::default();
    for rows in [1, 7, 160] {
        attended::<1>(&device, rows, false);
        attended::<2>(&device, rows, true);
        attended::<3>(&device, rows, false);
    }
}

#[test]
fn queries_of_another_length() {
    let device = Cpu::default();
    let (q, k) = (sequence_of::<2, 4>(&device, 9, "q", false), sequence_of::<5, 4>(&device, 9, "k", true));
    let read = |g: &Gradients<f32, Cpu>| vec![g.get(&q.values).as_vec(), g.get(&k.values).as_vec()];
    let rule = Attention::new(2);
    let fused = outcome(attention(taped(&q), taped(&k), taped(&k), rule).unwrap().values, read);
    let (query, key, value) = (q.values.retaped::<Taped>(), k.values.retaped(), k.values.retaped());
    let plain = super::super::attention::plain_attention(query, key, value, &k.mask, rule).unwrap();
    close(&fused, &outcome(plain, read));
}

#[test]
fn gradients_of_attention_are_finite_differences() {
    let device = Cpu::default();
    let x = sequence_of::<4, 6>(&device, 5, "x", false);
    let dropout = Pass::training(&device, 3, 5).dropout(0.3, "layer");
    let rule = Attention::new(3).causal().dropout(dropout);
    let value = |values: &[f32]| -> f64 {
        let mut x = x.clone();
        x.values.copy_from(values);
        let y = attention(x.clone(), x.clone(), x, rule).unwrap().values.as_vec();
        let stream = Stream::new(5, "probe");
        y.iter().enumerate().map(|(at, y)| f64::from(*y) * f64::from(stream.normal(at as u64))).sum()
    };
    let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
    let fused = outcome(attention(taped(&x), taped(&x), taped(&x), rule).unwrap().values, read);
    let at = x.values.as_vec();
    for index in 0..at.len() {
        let moved = |by: f32| {
            let mut at = at.clone();
            at[index] += by;
            value(&at)
        };
        let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
        assert!(
            (slope - f64::from(fused[1][index])).abs() < 5e-3,
            "{index}: {slope} is not {}",
            fused[1][index]
        );
    }
}

#[test]
fn positions_of_sequences() {
    let device = Cpu::default();
    let mut layer: PositionEmbedding<5, 3, Cpu> = build_weights(&device, 3).unwrap();
    layer.weight.copy_from(&random::<3>(&device, 5, "positions").as_vec());
    for rows in ROWS {
        let x = sequence_of::<5, 3>(&device, rows, "x", true);
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&layer.weight).as_vec()];
        let fused = outcome(position_embedding(&layer, taped(&x)).unwrap().values, read);
        let plain =
            crate::ops::sequence::position_embedding::plain(layer.weight.retaped::<Taped>(), rows).unwrap();
        close(&fused, &outcome(plain, read));

        // The tape of the input continues.
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        let doubled = Sequence { values: taped(&x).values * 2.0, mask: x.mask.clone() };
        let values = doubled.values.with_empty_tape();
        let sum = values + position_embedding(&layer, doubled).unwrap().values;
        assert_eq!(outcome(sum, read)[1], outcome(taped(&x).values * 2.0, read)[1]);

        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        let fused = outcome(last(taped(&x)).unwrap(), read);
        close(&fused, &outcome(crate::ops::pool::last::plain(taped(&x)).unwrap(), read));
    }
    let waves = sinusoids(sequence_of::<5, 3>(&device, 2, "x", true)).unwrap().values.as_vec();
    let angle = 4.0 / 10000f64.powf(2.0 / 3.0);
    let expected = [4f64.sin(), 4f64.cos(), angle.sin()].map(|x| x as f32);
    assert_eq!(waves[12..15], expected);
    assert_eq!(waves[..3], [0.0, 1.0, 0.0]);
}

#[test]
fn scores_pool_sequences() {
    let device = Cpu::default();
    for rows in ROWS {
        let (x, scores) =
            (sequence_of::<5, 3>(&device, rows, "x", false), sequence_of::<5, 1>(&device, rows, "s", false));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec(), g.get(&scores.values).as_vec()];
        let fused = outcome(pool_by_scores(taped(&scores), taped(&x)).unwrap(), read);
        let (values, scores) = (x.values.retaped::<Taped>(), scores.values.retaped());
        let plain =
            crate::ops::attention::weighted_sum::plain(values, scores, &x.mask, Weighting::Softmax, None)
                .unwrap();
        close(&fused, &outcome(plain, read));
        assert_eq!(fused[0][..3], [0.0; 3]);
    }
}
