//! Activations with weights.

use super::*;

#[test]
fn slopes_below_zero_are_trained() {
    let device = Cpu::default();
    let mut layer: Prelu<37, Cpu> = build_weights(&device, 3).unwrap();
    assert_eq!(layer.alpha.as_vec(), [0.25; 37]);
    layer.alpha.copy_from(&random::<37>(&device, 1, "alpha").as_vec());
    for rows in ROWS {
        let x = random::<37>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec(), g.get(&layer.alpha).as_vec()];
        let fused = outcome(prelu(&layer, x.retaped::<Taped>()).unwrap(), read);
        close(&fused, &outcome(crate::ops::dense::prelu::plain(&layer, x.retaped::<Taped>()).unwrap(), read));
    }
}

/// `p x + (1 - p) alpha x` in double precision.
fn gated(x: f32, alpha: f32, mean: f64, variance: f64) -> f64 {
    let (x, alpha) = (f64::from(x), f64::from(alpha));
    let gate = 1.0 / (1.0 + (-(x - mean) / variance.sqrt()).exp());
    gate * x + (1.0 - gate) * alpha * x
}

#[test]
fn dice_gates_by_the_batch_and_infers_by_running_statistics() {
    let device = Cpu::default();
    let mut layer: Dice<2, Cpu> = build_weights(&device, 3).unwrap();
    assert_eq!(layer.alpha.as_vec(), [0.0; 2]);
    layer.alpha.copy_from(&[0.5, -0.25]);
    let x: Rows<2, Cpu> = device.tensor_from_vec(vec![1.0, 10.0, 3.0, -30.0], (2, Const));
    let same = |found: Vec<f32>, statistics: [(f64, f64); 2]| {
        for (at, (found, x)) in found.iter().zip(x.as_vec()).enumerate() {
            let (mean, variance) = statistics[at % 2];
            let expected = gated(x, layer.alpha.as_vec()[at % 2], mean, variance);
            assert!((f64::from(*found) - expected).abs() < 1e-5, "{at}: {found} is not {expected}");
        }
    };
    let mut pass = Pass::training(&device, 1, 1);
    same(
        dice(&layer, "gate", x.retaped::<Taped>(), 0.0, &mut pass).unwrap().as_vec(),
        [(2.0, 1.0), (-10.0, 400.0)],
    );
    same(
        dice(&layer, "gate", x.clone(), 0.0, &mut Pass::inference(&device)).unwrap().as_vec(),
        [(0.0, 1.0); 2],
    );
    let mut layer = layer.clone();
    layer.update_running_statistics("gate", 0.5, &mut pass);
    let found = dice(&layer, "gate", x.clone(), 0.0, &mut Pass::inference(&device)).unwrap();
    same(found.as_vec(), [(1.0, 1.0), (-5.0, 200.5)]);
}

#[test]
fn dice_is_differentiated_through_the_statistics() {
    let device = Cpu::default();
    let mut layer: Dice<3, Cpu> = build_weights(&device, 3).unwrap();
    layer.alpha.copy_from(&[0.5, -0.25, 0.1]);
    let start = random::<3>(&device, 7, "x").as_vec();
    let at = |values: &[f32]| {
        let x: Rows<3, Cpu> = device.tensor_from_vec(values.to_vec(), (7, Const));
        let mut pass = Pass::training(&device, 1, 1);
        outcome(dice(&layer, "gate", x.retaped::<Taped>(), 1e-8, &mut pass).unwrap(), |g| {
            vec![g.get(&x).as_vec()]
        })
    };
    differences(&start, at);
}
