//! Functions of each column.

use dfdx::shapes::Rank1;

use super::*;
use crate::ops::norm::batch::{plain_moments, plain_standardize, standardize};
use crate::ops::rows::columns::{plain, scale_and_shift};

#[test]
fn columns_are_scaled_and_shifted() {
    let device = Cpu::default();
    let weight = |name: &str| -> Tensor<Rank1<37>, f32, Cpu> {
        device.tensor_from_vec(random::<37>(&device, 1, name).as_vec(), (Const,))
    };
    let (scale, shift) = (weight("scale"), weight("shift"));
    for rows in ROWS {
        let x = random::<37>(&device, rows, "x");
        for (scale, shift) in [(Some(&scale), Some(&shift)), (Some(&scale), None), (None, Some(&shift))] {
            let read = |g: &Gradients<f32, Cpu>| {
                let weights = [scale, shift].into_iter().flatten().map(|weight| g.get(weight).as_vec());
                [g.get(&x).as_vec()].into_iter().chain(weights).collect()
            };
            let fused = outcome(scale_and_shift(x.retaped::<Taped>(), scale, shift).unwrap(), read);
            close(&fused, &outcome(plain(x.retaped::<Taped>(), scale, shift).unwrap(), read));
        }
    }
}

#[test]
fn products_of_probabilities() {
    let device = Cpu::default();
    for rows in ROWS {
        let (a, b) = (random::<1>(&device, rows, "a"), random::<1>(&device, rows, "b"));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec(), g.get(&b).as_vec()];
        let (left, right) = (|| a.retaped::<Taped>(), || b.retaped::<Taped>());
        let fused = outcome(logit_of_both(left(), right()).unwrap(), read);
        close(&fused, &outcome(crate::ops::rows::both::plain(left(), right()).unwrap(), read));
        // A value with itself.
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec()];
        let fused = outcome(logit_of_both(left(), a.retaped()).unwrap(), read);
        close(&fused, &outcome(crate::ops::rows::both::plain(left(), a.retaped()).unwrap(), read));
        let x = random::<6>(&device, rows, "x");
        let fields: Vectors<2, 3, Cpu> = unflatten(x.clone()).unwrap();
        let flat: Rows<6, Cpu> = flatten(fields).unwrap();
        assert_eq!(flat.as_vec(), x.as_vec());
    }
}

#[test]
fn columns_are_standardized_by_the_batch() {
    let device = Cpu::default();
    let (mean, variance) = (device.zeros::<Rank1<37>>(), device.ones::<Rank1<37>>());
    for rows in ROWS {
        let x = random::<37>(&device, rows, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let mut pass = Pass::training(&device, 1, 1);
        let fused = standardize((&mean, &variance), "norm", x.retaped::<Taped>(), 1e-2, &mut pass).unwrap();
        let moments = plain_moments(x.retaped::<Taped>()).unwrap();
        let found = pass.take_statistics("norm").unwrap();
        close(&[[found.mean, found.variance].concat()], &[moments.as_vec()]);
        let plain = plain_standardize(x.retaped::<Taped>(), moments, 1e-2).unwrap();
        close(&outcome(fused, read), &outcome(plain, read));
    }
}
