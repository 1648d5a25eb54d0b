//! Losses that compare the score of each record's positive with those of its negatives.

use super::pointwise::softplus_loss;
use super::{Loss, add_losses, bpr, hinge, triplet};
use crate::ops::{Device, Reduction, Rows, Tape, scores, take};

/// Weights of the pairs of a record and its negatives.
fn pair_factors(query_index: &[u32], weights: Option<&[f32]>, reduction: Reduction) -> Vec<f32> {
    let factor = reduction.factor(query_index.len());
    let weight = |&query: &u32| factor * weights.map_or(1.0, |weights| weights[query as usize]);
    query_index.iter().map(weight).collect()
}

/// `(softplus(-positive) + softplus(negative)) / 2` over all pairs of a record and its negatives, averaged or
/// summed. `query_index` has the record of each negative.
pub fn sampled_bce<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let (positive, negative) = (scores(positive)?, scores(negative)?);
    let halves: Vec<f32> =
        pair_factors(query_index, weights, reduction).into_iter().map(|factor| 0.5 * factor).collect();
    let mut records = vec![0.0; dfdx::shapes::HasShape::shape(&positive).0];
    query_index.iter().zip(&halves).for_each(|(&query, half)| records[query as usize] += half);
    let (none, nothing) = (vec![0.0; records.len()], vec![0.0; halves.len()]);
    add_losses(softplus_loss(positive, records, none)?, softplus_loss(negative, nothing, halves)?)
}

/// `softplus(-positive)` and `softplus(negative)` over all records and all negatives, averaged or summed over both: binary
/// cross-entropy of positives with the label 1 and negatives with the label 0.
pub fn sampled_bce_of_rows<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    bce_of_rows(positive, negative, query_index, 1.0, weights, reduction)
}

/// [`sampled_bce_of_rows`] with the power `beta = 1 - calibration (1 - rate)` of the probability of a positive, for negatives
/// sampled at this rate.
pub fn calibrated_bce<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    rate: f32,
    calibration: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let beta = 1.0 - calibration * (1.0 - rate);
    bce_of_rows(positive, negative, query_index, beta, weights, reduction)
}

/// `beta softplus(-positive)` and `softplus(negative)` over all records and all negatives.
fn bce_of_rows<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    beta: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let (positive, negative) = (scores(positive)?, scores(negative)?);
    let records = dfdx::shapes::HasShape::shape(&positive).0;
    let factor = reduction.factor(records + query_index.len());
    let weight = |query: usize| factor * weights.map_or(1.0, |weights| weights[query]);
    let positives = (0..records).map(|query| beta * weight(query)).collect();
    let negatives = query_index.iter().map(|&query| weight(query as usize)).collect();
    let (none, nothing) = (vec![0.0; records], vec![0.0; query_index.len()]);
    add_losses(softplus_loss(positive, positives, none)?, softplus_loss(negative, nothing, negatives)?)
}

/// [`bpr`] over all pairs of a record and its negatives.
pub fn sampled_bpr<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = pair_factors(query_index, weights, reduction);
    let positive = scores(take(positive, query_index.iter().copied())?)?;
    bpr(positive, scores(negative)?, Some(&factors), Reduction::Sum)
}

/// [`hinge`] over all pairs of a record and its negatives.
pub fn sampled_hinge<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = pair_factors(query_index, weights, reduction);
    let positive = scores(take(positive, query_index.iter().copied())?)?;
    hinge(positive, scores(negative)?, margin, Some(&factors), Reduction::Sum)
}

/// [`triplet`] over all pairs of a record and its negatives.
pub fn sampled_triplet<D: Device, T: Tape<f32, D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    query_index: &[u32],
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = pair_factors(query_index, weights, reduction);
    let positive = scores(take(positive, query_index.iter().copied())?)?;
    triplet(positive, scores(negative)?, margin, Some(&factors), Reduction::Sum)
}
