//! Weighted sums over positions, capsule routing and label-aware attention.

use dfdx::shapes::Axes3;

use super::sequence::{sequence_of, taped};
use super::*;

#[test]
fn weighted_sums() {
    let device = Cpu::default();
    for (rows, front) in [(1, false), (2, true), (7, false), (131, true), (1500, false)] {
        let x = sequence_of::<5, 3>(&device, rows, "x", front);
        let scores: Vectors<5, 2, Cpu> = vectors(random::<2>(&device, rows * 5, "scores")).unwrap();
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec(), g.get(&scores).as_vec()];
        let dropout = Pass::training(&device, 3, 5).dropout(0.4, "layer");
        for (weighting, dropout) in
            [(Weighting::Softmax, None), (Weighting::Softmax, dropout), (Weighting::Scores, None)]
        {
            let taped = || (x.values.retaped::<Taped>(), scores.retaped());
            let fused = outcome(
                crate::ops::attention::weighted_sum::attend(
                    taped().0,
                    taped().1,
                    &x.mask,
                    weighting,
                    dropout,
                )
                .unwrap(),
                read,
            );
            let plain =
                crate::ops::attention::weighted_sum::plain(taped().0, taped().1, &x.mask, weighting, dropout)
                    .unwrap();
            close(&fused, &outcome(plain, read));
            assert_eq!(fused[0][..6], [0.0; 6], "an empty sequence gives zeros");
        }
    }
}

#[test]
fn routing_to_capsules() {
    let device = Cpu::default();
    let map: UnbiasedLinear<3, 5, Cpu> = build_weights(&device, 3).unwrap();
    for (rows, front) in [(1, false), (2, true), (7, false), (131, true)] {
        let x = sequence_of::<6, 3>(&device, rows, "x", front);
        let given = random::<24>(&device, rows, "logits");
        for (count, iterations) in [(InterestCount::Fixed, 1), (InterestCount::Dynamic, 3)] {
            let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec(), g.get(&map.weight).as_vec()];
            let initial = given.retaped::<Taped>();
            let routed =
                capsule_routing_from::<3, 5, 6, 4, 24, _, _>(&map, taped(&x), initial, iterations, count);
            let routed = routed.unwrap();
            let interests = routed.mask.clone();
            let counts = interests.as_vec().chunks(4).map(|mask| mask.iter().sum()).collect::<Vec<f32>>();
            let dynamic = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0];
            for (record, found) in counts.into_iter().enumerate().take(7) {
                assert_eq!(found, if count == InterestCount::Fixed { 4.0 } else { dynamic[record] });
            }
            let fused = outcome(routed.values, read);
            let mapped = dense(&map, positions(x.values.retaped::<Taped>()).unwrap(), Activation::Linear);
            let mapped: Vectors<6, 5, Cpu, Taped> = vectors(mapped.unwrap()).unwrap();
            let constants = mapped.retaped::<NoneTape>();
            let logits: Vectors<6, 4, Cpu> = vectors(random::<4>(&device, rows * 6, "logits")).unwrap();
            let found =
                routing_weights(constants.clone(), &x.mask, logits.clone(), &interests, iterations).unwrap();
            let weights = crate::ops::attention::routing::plain_routing(
                constants, &x.mask, logits, &interests, iterations,
            );
            let weights = weights.unwrap();
            close(&[found.as_vec()], &[weights.as_vec()]);
            let weights = weights.retaped::<Taped>();
            let sums =
                crate::ops::attention::weighted_sum::plain(mapped, weights, &x.mask, Weighting::Scores, None)
                    .unwrap();
            let plain = crate::ops::attention::routing::plain_squash(positions(sums).unwrap()).unwrap();
            close(&fused, &outcome(plain, read));
        }
    }
}

#[test]
fn initial_logits_are_normal_by_seed_and_not_trained() {
    let device = Cpu::default();
    let layer: Capsules<3, 3, 30, 4, Cpu> = build_weights(&device, 3).unwrap();
    let values = layer.initial.as_vec();
    let deviation = (values.iter().map(|x| x * x).sum::<f32>() / 120.0).sqrt();
    assert!((deviation - 1.0).abs() < 0.2, "{deviation}");
    let other: Capsules<3, 3, 30, 4, Cpu> = build_weights(&device, 4).unwrap();
    assert_ne!(values, other.initial.as_vec());
    let x = sequence_of::<30, 3>(&device, 5, "x", false);
    let routed = capsule_routing(&layer, taped(&x), 2, InterestCount::Fixed).unwrap().values;
    let given: Rows<120, Cpu> = device.tensor_from_vec(values.repeat(5), (5, Const));
    let given: Sequence<4, 3, Cpu> =
        capsule_routing_from(&layer.map, x.clone(), given, 2, InterestCount::Fixed).unwrap();
    assert_eq!(routed.as_vec(), given.values.as_vec());
    let gradients = routed.sum::<Rank0, Axes3<0, 1, 2>>().backward();
    assert!(gradients.get(&layer.map.weight).as_vec().iter().any(|g| *g != 0.0));
}

#[test]
fn squashing_has_the_gradient_of_its_formula() {
    let device = Cpu::default();
    let x = random::<3>(&device, 7, "x");
    let squashed = |values: &[f32]| {
        let x: Rows<3, Cpu> = device.tensor_from_vec(values.to_vec(), (7, Const));
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        outcome(crate::ops::attention::routing::squash(x.retaped::<Taped>()).unwrap(), read)
    };
    differences(&x.as_vec(), squashed);
    // A long vector is squashed to norm 1.
    assert!((squashed(&[1e13; 3].repeat(x.as_vec().len() / 3))[0][0] - 3f32.sqrt().recip()).abs() < 1e-6);
    assert_eq!(squashed(&[0.0; 21])[0], [0.0; 21]);
}

#[test]
fn label_aware_attention_chooses_among_interests() {
    let device = Cpu::default();
    let x = sequence_of::<3, 4>(&device, 8, "interests", false);
    let target = random::<4>(&device, 8, "target");
    for power in [1, 2, 5, 100] {
        let at = |values: &[f32], target: &Rows<4, Cpu>| {
            let values = device.tensor_from_vec(values.to_vec(), *x.values.shape());
            let x = Sequence { values, mask: x.mask.clone() };
            let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec(), g.get(target).as_vec()];
            outcome(label_aware_attention(taped(&x), target.retaped::<Taped>(), power).unwrap(), read)
        };
        if power < 5 {
            differences(&x.values.as_vec(), |values| at(values, &target));
        }
        let found = at(&x.values.as_vec(), &target);
        assert_eq!(found[0][..4], [0.0; 4], "no interest, nothing");
        let first = x.values.as_vec()[12..16].to_vec();
        assert_eq!(found[0][4..8], first, "one interest has all the weight");
        if power == 100 {
            assert!(found[2].iter().all(|g| *g == 0.0), "a choice has no gradient");
            let (values, target) = (x.values.as_vec(), target.as_vec());
            let record = &values[3 * 12..4 * 12];
            let score = |at: &[f32]| at.iter().zip(&target[12..16]).map(|(a, b)| a * b).sum::<f32>();
            let best = record.chunks(4).max_by(|a, b| score(a).total_cmp(&score(b))).unwrap();
            assert_eq!(&found[0][12..16], best);
        }
    }
    let large = device.tensor_from_vec(vec![1e20; 32], (8, Const));
    let read = |g: &Gradients<f32, Cpu>| vec![g.get(&large).as_vec()];
    let found = outcome(label_aware_attention(taped(&x), large.retaped::<Taped>(), 7).unwrap(), read);
    assert!(found.iter().flatten().all(|x| x.is_finite()), "no overflow");
}
