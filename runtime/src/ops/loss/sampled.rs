//! Losses of the score of each record's own candidate against the scores of those drawn for it.

use super::pointwise::softplus_loss;
use super::{Loss, Reduction, bpr, hinge};
use crate::ops::{Device, Recorder, Rows, scores, take};
use dfdx::tensor_ops::TryAdd;

/// Returns what the pairs of a record and a candidate drawn for it count.
fn pair_factors(owners: &[u32], weights: Option<&[f32]>, reduction: Reduction) -> Vec<f32> {
    let factor = reduction.factor(owners.len());
    let weight = |&owner: &u32| factor * weights.map_or(1.0, |weights| weights[owner as usize]);
    owners.iter().map(weight).collect()
}

/// `(softplus(-positive) + softplus(negative)) / 2` over the pairs of a record and a candidate drawn for it; `owners` has the record
/// of each drawn one. Averaged or summed over the pairs.
pub fn sampled_bce<D: Device, T: Recorder<D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    owners: &[u32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let (positive, negative) = (scores(positive)?, scores(negative)?);
    let halves: Vec<f32> =
        pair_factors(owners, weights, reduction).into_iter().map(|factor| 0.5 * factor).collect();
    let mut records = vec![0.0; dfdx::shapes::HasShape::shape(&positive).0];
    owners.iter().zip(&halves).for_each(|(&owner, half)| records[owner as usize] += half);
    let (none, nothing) = (vec![0.0; records.len()], vec![0.0; halves.len()]);
    softplus_loss(positive, records, none)?.try_add(softplus_loss(negative, nothing, halves)?)
}

/// [`bpr`] over the pairs of a record and a candidate drawn for it.
pub fn sampled_bpr<D: Device, T: Recorder<D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    owners: &[u32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = pair_factors(owners, weights, reduction);
    let positive = scores(take(positive, owners.iter().copied())?)?;
    bpr(positive, scores(negative)?, Some(&factors), Reduction::Sum)
}

/// [`hinge`] over the pairs of a record and a candidate drawn for it.
pub fn sampled_hinge<D: Device, T: Recorder<D>>(
    positive: Rows<1, D, T>,
    negative: Rows<1, D, T>,
    owners: &[u32],
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = pair_factors(owners, weights, reduction);
    let positive = scores(take(positive, owners.iter().copied())?)?;
    hinge(positive, scores(negative)?, margin, Some(&factors), Reduction::Sum)
}
