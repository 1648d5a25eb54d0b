//! Scores and losses against their plain formulations, their formulas and finite differences.

use dfdx::tensor_ops::TrySub;

use super::*;

/// The gradient of `loss` at `at`, by central differences.
fn differences(at: &[f32], loss: impl Fn(Vec<f32>) -> f32) -> Vec<f32> {
    let step = 1e-2;
    let moved = |index: usize, by: f32| {
        let mut values = at.to_vec();
        values[index] += by;
        loss(values)
    };
    (0..at.len()).map(|index| (moved(index, step) - moved(index, -step)) / (2.0 * step)).collect()
}

#[track_caller]
fn near(gradient: &[f32], differences: &[f32]) {
    for (a, b) in gradient.iter().zip(differences) {
        assert!((a - b).abs() < 2e-2 * b.abs().max(1.0), "{a} is not {b}");
    }
}

#[test]
fn distances_and_clipped_norms() {
    let device = Cpu::default();
    for rows in ROWS {
        let (a, b) = (random::<5>(&device, rows, "a"), random::<5>(&device, rows, "b"));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec(), g.get(&b).as_vec()];
        let (left, right) = (|| a.retaped::<Taped>(), || b.retaped::<Taped>());
        let plain = left().try_sub(right()).unwrap().try_square().unwrap().try_sum::<_, Axis<1>>().unwrap();
        close(&outcome(distance(left(), right()).unwrap(), read), &outcome(plain, read));
        // Some rows are longer than 2 and some are not.
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec()];
        let fused = outcome(clip_norm(left(), 2.0).unwrap(), read);
        let plain = scale(crate::ops::normalize::plain(left(), 4.0).unwrap(), 2.0).unwrap();
        close(&fused, &outcome(plain, read));
        for (clipped, row) in fused[0].chunks(5).zip(a.as_vec().chunks(5)) {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            let exact = row.iter().map(|x| x / (length / 2.0).max(1.0));
            assert!(clipped.iter().zip(exact).all(|(x, y)| (x - y).abs() < 1e-5));
        }
    }
}

#[test]
fn hinge_is_linear_up_to_the_margin() {
    let device = Cpu::default();
    let (z, y) = (vec![0.0, 1.0, 3.0, 1e30, -1e30], vec![2.0, 1.0, 1.0, -1e30, 1e30]);
    let positive: Scores<Cpu> = device.tensor_from_vec(z.clone(), (5,));
    let negative: Scores<Cpu> = device.tensor_from_vec(y.clone(), (5,));
    let weights = [1.0, 2.0, 1.0, 0.5, 1.0];
    let taped = hinge(positive.retaped::<Taped>(), negative.retaped(), 0.5, Some(&weights), Reduction::Sum);
    let loss = taped.unwrap();
    assert_eq!(loss.as_vec(), [2.0 * 0.5 + 2.5 + 1e30]);
    assert_eq!(loss.backward().get(&positive).as_vec(), [0.0, 2.0, 1.0, 0.5, 0.0]);
    let read = |z: Vec<f32>| {
        let positive = device.tensor_from_vec(z, (3,));
        let negative: Scores<Cpu> = device.tensor_from_vec(y[..3].to_vec(), (3,));
        hinge(positive, negative, 0.5, None, Reduction::Mean).unwrap().as_vec()[0]
    };
    near(&[0.0, 1.0 / 3.0, 1.0 / 3.0], &differences(&z[..3], read));
    let nothing: Scores<Cpu> = device.tensor_from_vec(Vec::new(), (0,));
    assert_eq!(hinge(nothing.clone(), nothing, 1.0, None, Reduction::Mean).unwrap().as_vec(), [0.0]);
}
