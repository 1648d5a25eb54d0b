//! Scores and losses: kernels, plain formulations, formulas and finite differences.

use dfdx::tensor_ops::TrySub;

use super::*;
use crate::negatives::Excluded;
use crate::ops::loss::{Regression, plain_classes, plain_focal, plain_levels, plain_regression};

/// Gradient of `loss` at `at` by central differences.
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
        let plain = scale(crate::ops::norm::l2::plain(left(), 4.0).unwrap(), 2.0).unwrap();
        close(&fused, &outcome(plain, read));
        for (clipped, row) in fused[0].chunks(5).zip(a.as_vec().chunks(5)) {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            let exact = row.iter().map(|x| x / (length / 2.0).max(1.0));
            assert!(clipped.iter().zip(exact).all(|(x, y)| (x - y).abs() < 1e-5));
        }
    }
}

#[test]
fn triplet_is_linear_up_to_the_margin() {
    let device = Cpu::default();
    let (z, y) = (vec![0.0, 1.0, 3.0, 1e30, -1e30], vec![2.0, 1.0, 1.0, -1e30, 1e30]);
    let positive: Scores<Cpu> = device.tensor_from_vec(z.clone(), (5,));
    let negative: Scores<Cpu> = device.tensor_from_vec(y.clone(), (5,));
    let weights = [1.0, 2.0, 1.0, 0.5, 1.0];
    let taped = triplet(positive.retaped::<Taped>(), negative.retaped(), 0.5, Some(&weights), Reduction::Sum);
    let loss = taped.unwrap();
    assert_eq!(loss.as_vec(), [2.0 * 0.5 + 2.5 + 1e30]);
    assert_eq!(loss.backward().get(&positive).as_vec(), [0.0, 2.0, 1.0, 0.5, 0.0]);
    // Scores are negative distances.
    let score = |distances: &Scores<Cpu>| scale(distances.clone(), -1.0).unwrap();
    let of_scores = hinge(score(&positive), score(&negative), 0.5, Some(&weights), Reduction::Sum).unwrap();
    assert_eq!(of_scores.as_vec(), [2.0 * 0.5 + 2.5 + 1e30]);
    let read = |z: Vec<f32>| {
        let positive = device.tensor_from_vec(z, (3,));
        let negative: Scores<Cpu> = device.tensor_from_vec(y[..3].to_vec(), (3,));
        triplet(positive, negative, 0.5, None, Reduction::Mean).unwrap().as_vec()[0]
    };
    near(&[0.0, 1.0 / 3.0, 1.0 / 3.0], &differences(&z[..3], read));
    let nothing: Scores<Cpu> = device.tensor_from_vec(Vec::new(), (0,));
    assert_eq!(hinge(nothing.clone(), nothing, 1.0, None, Reduction::Mean).unwrap().as_vec(), [0.0]);
}

/// Each candidate is a row with a label. With a calibration, the probability of a positive has the exponent of gBCE, as in its paper:
/// `a (t (1 - 1 / a) + 1 / a)` for the rate `a` and the calibration `t`.
#[test]
fn drawn_candidates_as_rows_of_labels() {
    let device = Cpu::default();
    let (positive, negative) = (vec![1.5, -3.0, 0.2], vec![0.5, 4.0, -1.0, -0.3, 0.1, 2.0]);
    let (query_index, weights) = ([0, 0, 1, 1, 2, 2], [2.0, 0.5, 7.0]);
    let positives: Rows<1, Cpu> = device.tensor_from_vec(positive.clone(), (3, Const));
    let negatives: Rows<1, Cpu> = device.tensor_from_vec(negative.clone(), (6, Const));
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let (p, n) = (|| positives.retaped::<Taped>(), || negatives.retaped::<Taped>());
    for reduction in [Reduction::Mean, Reduction::Sum] {
        let factor = if reduction == Reduction::Mean { 1.0 / 9.0 } else { 1.0 };
        let weight = |query: usize| factor * f64::from(weights[query]);
        let mut found = vec![(1.0, sampled_bce_of_rows(p(), n(), &query_index, Some(&weights), reduction))];
        for (t, a) in [(0.0, 0.25), (0.75, 0.25), (1.0, 0.25), (0.75, 0.01), (0.5, 1.0)] {
            let loss = calibrated_bce(p(), n(), &query_index, a, t, Some(&weights), reduction);
            let (t, a) = (f64::from(t), f64::from(a));
            found.push((a * (t * (1.0 - 1.0 / a) + 1.0 / a), loss));
        }
        for (beta, loss) in found {
            let loss = loss.unwrap();
            let of_positives = positive
                .iter()
                .enumerate()
                .map(|(query, &score)| -weight(query) * sigmoid(f64::from(score)).powf(beta).ln());
            let of_negatives = query_index
                .iter()
                .zip(&negative)
                .map(|(&query, &score)| -weight(query as usize) * (1.0 - sigmoid(f64::from(score))).ln());
            let exact: f64 = of_positives.chain(of_negatives).sum();
            let value = f64::from(loss.as_vec()[0]);
            assert!((value - exact).abs() < 1e-6 * exact, "{value} is not {exact}");
            let gradients = loss.backward();
            let slopes = positive
                .iter()
                .enumerate()
                .map(|(query, &score)| -weight(query) * beta * (1.0 - sigmoid(f64::from(score))));
            let of_negatives = query_index
                .iter()
                .zip(&negative)
                .map(|(&query, &score)| weight(query as usize) * sigmoid(f64::from(score)));
            let found = [gradients.get(&positives).as_vec(), gradients.get(&negatives).as_vec()].concat();
            for (found, exact) in found.iter().zip(slopes.chain(of_negatives)) {
                assert!(
                    (f64::from(*found) - exact).abs() < 1e-6 * exact.abs().max(1.0),
                    "{found} is not {exact}"
                );
            }
        }
    }
}

/// Losses of numbers, and of classes, against their plain formulations and finite differences.
#[test]
fn losses_of_targets_and_classes() {
    let device = Cpu::default();
    let stream = Stream::new(4, "targets");
    for rows in ROWS {
        let z: Scores<Cpu> = device.tensor_from_vec(random::<1>(&device, rows, "z").as_vec(), (rows,));
        let logits = random::<5>(&device, rows, "logits");
        let numbers: Vec<f32> = (0..rows as u64).map(|at| 3.0 * stream.uniform(at)).collect();
        let classes: Vec<f32> = (0..rows as u64).map(|at| stream.below(at, 5) as f32).collect();
        let labels: Vec<f32> = (0..rows as u64).map(|at| stream.uniform(700 + at)).collect();
        let weights: Vec<f32> = (0..rows as u64).map(|at| stream.uniform(500 + at)).collect();
        for (weights, reduction) in [(None, Reduction::Mean), (Some(&weights[..]), Reduction::Sum)] {
            let read = |g: &Gradients<f32, Cpu>| vec![g.get(&z).as_vec()];
            let values = || z.retaped::<Taped>();
            let losses: [(_, &dyn Fn() -> Loss<Cpu, Taped>); 5] = [
                (Some(Regression::Squared), &|| mse(values(), &numbers, weights, reduction).unwrap()),
                (Some(Regression::Absolute), &|| mae(values(), &numbers, weights, reduction).unwrap()),
                (Some(Regression::Huber(0.7)), &|| {
                    huber(values(), &numbers, 0.7, weights, reduction).unwrap()
                }),
                (Some(Regression::Poisson), &|| poisson(values(), &numbers, weights, reduction).unwrap()),
                (None, &|| focal(values(), &labels, 1.5, 2.0, weights, reduction).unwrap()),
            ];
            let factor = reduction.factor(rows);
            let factors: Vec<f32> =
                (0..rows).map(|row| factor * weights.map_or(1.0, |weights| weights[row])).collect();
            for (regression, fused) in losses {
                let plain = match regression {
                    Some(regression) => plain_regression(values(), &numbers, regression, factors.clone()),
                    None => {
                        let of = |share: fn(f32) -> f32| -> Vec<f32> {
                            labels
                                .iter()
                                .zip(&factors)
                                .map(|(label, factor)| factor * share(*label))
                                .collect()
                        };
                        plain_focal(values(), 1.5, of(|label| 2.0 * label), of(|label| 1.0 - label))
                    }
                };
                close(&outcome(fused(), read), &outcome(plain.unwrap(), read));
            }
            let read = |g: &Gradients<f32, Cpu>| vec![g.get(&logits).as_vec()];
            let rows_of_logits = || logits.retaped::<Taped>();
            for smoothing in [0.0, 0.3] {
                let fused = class_softmax(rows_of_logits(), &classes, smoothing, weights, reduction).unwrap();
                let plain = plain_classes(rows_of_logits(), &classes, smoothing, &factors).unwrap();
                close(&outcome(fused, read), &outcome(plain, read));
            }
            let fused = ordinal(rows_of_logits(), &classes, weights, reduction).unwrap();
            let plain = plain_levels(rows_of_logits(), &classes, &factors).unwrap();
            close(&outcome(fused, read), &outcome(plain, read));
        }
    }
}

/// Cross-entropies equal their formulas at any logits.
#[test]
fn losses_of_classes_are_exact() {
    let device = Cpu::default();
    let logits: Rows<3, Cpu> = device.tensor_from_vec(vec![1.0, -2.0, 0.5, 1e4, -1e4, 0.0], (2, Const));
    let loss = |labels: [f32; 2], smoothing| {
        class_softmax(logits.clone(), &labels, smoothing, None, Reduction::Sum).unwrap().as_vec()[0]
    };
    let first = (1f32.exp() + (-2f32).exp() + 0.5f32.exp()).ln();
    assert!((loss([0.0, 0.0], 0.0) - (first - 1.0)).abs() < 1e-6);
    assert!((loss([1.0, 0.0], 0.3) - (first - 0.7 * -2.0 - 0.1 * -0.5 + 0.1 * 3e4)).abs() < 1e-2);
    let nothing: Rows<3, Cpu> = device.tensor_from_vec(Vec::new(), (0, Const));
    let of_nothing = class_softmax(nothing.clone(), &[], 0.0, None, Reduction::Mean).unwrap();
    assert_eq!(of_nothing.as_vec(), [0.0]);
    assert_eq!(ordinal(nothing, &[], None, Reduction::Mean).unwrap().as_vec(), [0.0]);
    let nothing: Scores<Cpu> = device.tensor_from_vec(Vec::new(), (0,));
    assert_eq!(mse(nothing.clone(), &[], None, Reduction::Mean).unwrap().as_vec(), [0.0]);
    assert_eq!(focal(nothing, &[], 2.0, 1.0, None, Reduction::Mean).unwrap().as_vec(), [0.0]);
    let levels: Rows<2, Cpu> = device.tensor_from_vec(vec![2.0, -1.0], (1, Const));
    let found = ordinal(levels, &[1.0], None, Reduction::Mean).unwrap().as_vec()[0];
    assert!((found - ((-2f32).exp().ln_1p() + (-1f32).exp().ln_1p())).abs() < 1e-6);
}

#[test]
fn hardest_scores() {
    let device = Cpu::default();
    for records in ROWS {
        let x = random::<1>(&device, 6 * records, "x");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        for count in [1, 4, 6] {
            let fused = outcome(largest_scores(x.retaped::<Taped>(), records, count).unwrap(), read);
            let plain = plain_hardest(x.retaped::<Taped>(), records, count, false).unwrap();
            close(&fused, &outcome(plain, read));
            let fused = outcome(smallest_scores(x.retaped::<Taped>(), records, count).unwrap(), read);
            let plain = plain_hardest(x.retaped::<Taped>(), records, count, true).unwrap();
            close(&fused, &outcome(plain, read));
        }
    }
    let x: Rows<1, Cpu> = device.tensor_from_vec(vec![1.0, 3.0, 3.0, 2.0, -1.0, 0.0, 5.0, 0.0], (8, Const));
    let largest = largest_scores(x.retaped::<Taped>(), 2, 2).unwrap();
    assert_eq!((largest.as_vec(), query_index(2, 2)), (vec![3.0, 3.0, 5.0, 0.0], vec![0, 0, 1, 1]));
    // Of equal scores the first is chosen.
    let gradient = largest.sum::<Rank0, _>().backward().get(&x).as_vec();
    assert_eq!(gradient, [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(smallest_scores(x, 2, 1).unwrap().as_vec(), [1.0, -1.0]);
}

/// Candidates of the batch, sampled ones, and both, with every option.
#[test]
fn softmaxes_over_drawn_candidates() {
    let device = Cpu::default();
    let stream = Stream::new(9, "drawn");
    for (rows, drawn) in [(0, 3), (1, 0), (1, 1), (2, 5), (7, 33), (65, 2), (131, 200)] {
        let (q, c) = (random::<5>(&device, rows, "q"), random::<5>(&device, rows + drawn, "c"));
        let columns = (rows + drawn) as u64;
        let log_q: Vec<f32> = (0..columns).map(|at| (stream.uniform(at) + 0.01).ln()).collect();
        let ids: Vec<u32> = (0..columns).map(|at| stream.below(at, 9) as u32).collect();
        let weights: Vec<f32> = (0..rows as u64).map(|at| stream.uniform(500 + at)).collect();
        let mut out = Excluded::default();
        for row in 0..rows {
            let is_out = |at: &u64| *at != row as u64 && stream.below(900 + at * (row as u64 + 1), 3) == 0;
            out.push(&(0..columns).filter(is_out).map(|at| at as u32).collect::<Vec<_>>());
        }
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&q).as_vec(), g.get(&c).as_vec()];
        let (queries, candidates) = (|| q.retaped::<Taped>(), || c.retaped::<Taped>());
        for in_batch in [true, false] {
            for (log_q, ids, excluded, weights, reduction) in [
                (None, None, None, None, Reduction::Sum),
                (Some(&log_q[..]), Some(&ids[..]), None, None, Reduction::Mean),
                (Some(&log_q[..]), None, Some(&out), Some(&weights[..]), Reduction::Sum),
                (None, Some(&ids[..]), Some(&out), None, Reduction::Mean),
            ] {
                let options =
                    Softmax { in_batch, temperature: 0.7, log_q, ids, excluded, weights, reduction };
                let fused = softmax(queries(), candidates(), &options).unwrap();
                if rows == 0 {
                    assert_eq!(fused.as_vec(), [0.0]);
                    continue;
                }
                let plain = crate::ops::loss::plain_softmax(queries(), candidates(), &[], &options).unwrap();
                close(&outcome(fused, read), &outcome(plain, read));
            }
        }
    }
}

/// The loss of a query equals its definition in double precision, also for distant scores, and its gradient
/// equals the slope.
#[test]
fn sampled_softmax_is_exact_at_any_score() {
    let device = Cpu::default();
    for scale in [1.0, 60.0, 1e4, 1e15] {
        let (q, c) = (vec![scale, 0.5 * scale], vec![0.3, 0.1, -1.0, 0.4, 1.0, -0.2, 0.3, 0.1]);
        let log_q = [0.2f32.ln(), 0.5f32.ln(), 2f32.ln(), 1e-20f32.ln()];
        let ids = [4, 1, 9, 4];
        let loss = |q: &[f32]| {
            let queries: Rows<2, Cpu> = device.tensor_from_vec(q.to_vec(), (1, Const));
            let candidates: Rows<2, Cpu> = device.tensor_from_vec(c.clone(), (4, Const));
            let options = Softmax {
                in_batch: false,
                temperature: 1.0,
                log_q: Some(&log_q),
                ids: Some(&ids),
                ..Softmax::default()
            };
            softmax(queries.retaped::<Taped>(), candidates.retaped(), &options)
                .map(|loss| (loss, queries))
                .unwrap()
        };
        let score = |at: usize| {
            let dot: f64 = (0..2).map(|k| f64::from(q[k]) * f64::from(c[2 * at + k])).sum();
            dot - f64::from(log_q[at])
        };
        // The last is an accidental hit.
        let kept = [score(0), score(1), score(2)];
        let largest = kept.iter().copied().fold(f64::MIN, f64::max);
        let exact = kept.iter().map(|score| (score - largest).exp()).sum::<f64>().ln() + largest - kept[0];
        let (found, queries) = loss(&q);
        let value = f64::from(found.as_vec()[0]);
        assert!((value - exact).abs() <= 1e-6 * exact.abs().max(1.0), "{value} is not {exact}");
        let gradient = found.backward().get(&queries).as_vec();
        assert!(gradient.iter().all(|g| g.is_finite()));
        if scale == 1.0 {
            near(&gradient, &differences(&q, |q| loss(&q).0.as_vec()[0]));
        }
    }
}

/// A softmax whose negatives exclude what each query has seen equals a softmax over the others, corrected by their
/// counts under the sampler that is truncated to them: the truncation multiplies all counts of a query.
#[test]
fn excluded_candidates_are_those_of_a_truncated_sampler() {
    let device = Cpu::default();
    let probabilities = [0.1, 0.2, 0.3, 0.25, 0.15f64];
    let (candidates, drawn) = ([1, 3, 0, 4, 2, 2, 1], [0, 4, 2, 2, 1]);
    let seen = [&[1, 2][..], &[3]];
    let (q, c) = (random::<5>(&device, 2, "q"), random::<5>(&device, 7, "c"));
    let mut excluded = Excluded::default();
    for seen in seen {
        let is_seen = |place: &u32| seen.contains(&candidates[*place as usize]);
        excluded.push(&(2..7).filter(is_seen).collect::<Vec<_>>());
    }
    let log_q = candidates.map(|candidate: usize| (5.0 * probabilities[candidate]).ln() as f32);
    let options = Softmax {
        in_batch: false,
        temperature: 1.0,
        log_q: Some(&log_q),
        excluded: Some(&excluded),
        reduction: Reduction::Sum,
        ..Softmax::default()
    };
    let found = softmax(q.clone(), c.clone(), &options).unwrap().as_vec()[0];
    let (q, c) = (q.as_vec(), c.as_vec());
    let exact: f64 = seen
        .iter()
        .enumerate()
        .map(|(query, seen)| {
            let remaining: f64 = (0..5).filter(|at| !seen.contains(at)).map(|at| probabilities[at]).sum();
            let kept = drawn.iter().filter(|candidate| !seen.contains(candidate)).count() as f64;
            let score = |place: usize| {
                let dot: f64 =
                    (0..5).map(|k| f64::from(q[5 * query + k]) * f64::from(c[5 * place + k])).sum();
                dot - (kept * probabilities[candidates[place]] / remaining).ln()
            };
            let others = (2..7).filter(|&place| !seen.contains(&candidates[place]));
            let sum: f64 = others.chain([query]).map(|place| score(place).exp()).sum();
            sum.ln() - score(query)
        })
        .sum();
    assert!((f64::from(found) - exact).abs() < 1e-5 * exact, "{found} is not {exact}");
}

#[test]
fn taken_rows() {
    let device = Cpu::default();
    for rows in ROWS {
        let x = random::<3>(&device, rows, "x");
        let stream = Stream::new(1, "taken");
        let taken: Vec<u32> = (0..2 * rows as u64).map(|at| stream.below(at, rows as u64) as u32).collect();
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
        let fused = outcome(take(x.retaped::<Taped>(), taken.iter().copied()).unwrap(), read);
        close(&fused, &outcome(crate::ops::rows::take::plain(x.retaped::<Taped>(), taken).unwrap(), read));
        assert_eq!(negatives(x.clone(), rows).unwrap().shape().0, 0);
        assert_eq!(positives(x.clone(), 1).unwrap().as_vec(), x.as_vec()[..3]);
    }
}

#[test]
fn pairs_of_given_scores() {
    let device = Cpu::default();
    let positive: Scores<Cpu> = device.tensor_from_vec(vec![1.5, -80.0], (2,));
    let negative: Scores<Cpu> = device.tensor_from_vec(vec![0.5, 90.0], (2,));
    let loss =
        bpr(positive.retaped::<Taped>(), negative.retaped(), Some(&[2.0, 0.5]), Reduction::Sum).unwrap();
    let exact = 2.0 * (-1f64).exp().ln_1p() + 0.5 * 170.0;
    assert!((f64::from(loss.as_vec()[0]) - exact).abs() < 1e-5 * exact, "{loss:?} is not {exact}");
    let slope = -2.0 / (1.0 + 1f64.exp());
    near(&loss.backward().get(&positive).as_vec(), &[slope as f32, -0.5]);
}

/// Pairwise losses equal their formulas for records with several, one and no sampled candidates.
#[test]
fn losses_of_drawn_pairs() {
    let device = Cpu::default();
    let positive = vec![1.5, -80.0, 0.2];
    let negative = vec![0.5, 90.0, -1.0, -0.3];
    let query_index = [0, 0, 1, 1];
    let weights = [2.0, 0.5, 7.0];
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let of_pairs = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
        let pair = |(&query, &negative): (&u32, &f32)| {
            let query = query as usize;
            f64::from(weights[query]) * term(f64::from(positive[query]), f64::from(negative))
        };
        query_index.iter().zip(&negative).map(pair).sum()
    };
    let positives: Rows<1, Cpu> = device.tensor_from_vec(positive.clone(), (3, Const));
    let negatives: Rows<1, Cpu> = device.tensor_from_vec(negative.clone(), (4, Const));
    let (p, n) = (|| positives.retaped::<Taped>(), || negatives.retaped::<Taped>());
    let bce = sampled_bce(p(), n(), &query_index, Some(&weights), Reduction::Mean).unwrap();
    let bpr = sampled_bpr(p(), n(), &query_index, Some(&weights), Reduction::Mean).unwrap();
    let hinge = sampled_hinge(p(), n(), &query_index, 0.5, Some(&weights), Reduction::Sum).unwrap();
    let triplet = sampled_triplet(p(), n(), &query_index, 0.5, Some(&weights), Reduction::Sum).unwrap();
    for (loss, exact, slope) in [
        (bce, of_pairs(&|p, n| (softplus(-p) + softplus(n)) / 2.0) / 4.0, 0.0),
        (bpr, of_pairs(&|p, n| softplus(n - p)) / 4.0, 0.0),
        (hinge, of_pairs(&|p, n| (n - p + 0.5).max(0.0)), 0.0),
        (triplet, of_pairs(&|p, n| (p - n + 0.5).max(0.0)), 2.0),
    ] {
        let value = f64::from(loss.as_vec()[0]);
        assert!((value - exact).abs() < 1e-5 * exact.abs().max(1.0), "{value} is not {exact}");
        let gradients = loss.backward();
        assert_eq!(gradients.get(&positives).as_vec()[2], 0.0, "nothing was drawn for it");
        if slope != 0.0 {
            assert_eq!(gradients.get(&positives).as_vec()[0], slope);
        }
    }
    let nothing: Rows<1, Cpu> = device.tensor_from_vec(Vec::new(), (0, Const));
    let loss = sampled_bpr(nothing.clone(), nothing.clone(), &[], None, Reduction::Mean).unwrap();
    assert_eq!(loss.as_vec(), [0.0]);
    assert_eq!(sampled_bce(nothing.clone(), nothing, &[], None, Reduction::Sum).unwrap().as_vec(), [0.0]);
}
