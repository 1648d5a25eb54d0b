//! Behavior-to-interest dynamic routing of MIND (Li et al., CIKM 2019), after Sabour, Frosst & Hinton
//! (NeurIPS 2017).

use dfdx::shapes::{Const, HasShape, Rank2};
use dfdx::tensor::{PutTape, Storage, Tensor, WithEmptyTape};

use super::routing::{routing_weights, squash};
use super::weighted_sum::attend;
use crate::ops::reshape::Reshape as _;
use crate::ops::{
    Activation, Device, Mask, Rows, Sequence, Tape, UnbiasedLinear, Vectors, Weighting, dense, positions,
    vectors,
};

/// Projection of vectors of width `W` to capsules of width `V`, and the initial routing logits of `L`
/// positions and `K` interests.
#[derive(Clone, Debug)]
pub struct Capsules<const W: usize, const V: usize, const L: usize, const K: usize, D: Storage<f32>> {
    /// Bilinear map, shared by all positions and interests.
    pub map: UnbiasedLinear<W, V, D>,
    /// Initial logits: standard normal, the same for every record, and not trained.
    pub initial: Tensor<Rank2<L, K>, f32, D>,
}

weights!(Capsules<W, V, L, K> { map: layer, initial: FixedNormal });

/// Number of interests per record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterestCount {
    /// Always `K`.
    Fixed,
    /// `max(1, min(K, floor(log2(n + 1))))` for `n` valid positions.
    Dynamic,
}

impl InterestCount {
    /// Mask of interests for records with these position masks.
    fn mask(self, mask: &[f32], length: usize, kinds: usize) -> Vec<f32> {
        let count = |mask: &[f32]| match self {
            Self::Fixed => kinds,
            Self::Dynamic => {
                let valid = mask.iter().filter(|valid| **valid != 0.0).count();
                (valid + 1).ilog2().max(1) as usize
            }
        };
        let records = mask.chunks_exact(length).map(count);
        records.flat_map(|count| (0..kinds).map(move |kind| if kind < count { 1.0 } else { 0.0 })).collect()
    }
}

/// Interest capsules of sequences, with the initial logits of the layer. With `u_t = map x_t`, repeats
/// `iterations` times: `w_tk = softmax_k(b_tk)`, `c_k = squash(sum_t w_tk u_t)` and `b_tk += c_k . u_t`, over
/// valid positions `t` and the interests `k` of the record. The weights `w` are constants: the gradient flows
/// through the sum of the last iteration.
pub fn capsule_routing<const W: usize, const V: usize, const L: usize, const K: usize, D, T>(
    layer: &Capsules<W, V, L, K, D>,
    x: Sequence<L, W, D, T>,
    iterations: usize,
    count: InterestCount,
) -> Result<Sequence<K, V, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    let rows = x.mask.shape().0;
    let initial = layer.initial.as_vec().repeat(rows);
    let initial = x.mask.device().try_tensor_from_vec(initial, (rows, Const, Const))?;
    routed(&layer.map, x, initial.put_tape(T::default()), iterations, count)
}

/// Same as [`capsule_routing`], with initial logits from the data: one per position and interest, grouped by
/// position.
pub fn capsule_routing_from<
    const W: usize,
    const V: usize,
    const L: usize,
    const K: usize,
    const C: usize,
    D,
    T,
>(
    map: &UnbiasedLinear<W, V, D>,
    x: Sequence<L, W, D, T>,
    initial: Rows<C, D, T>,
    iterations: usize,
    count: InterestCount,
) -> Result<Sequence<K, V, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    const { assert!(C == L * K, "a logit for each position and interest") };
    let rows = x.mask.shape().0;
    routed(map, x, initial.reshaped((rows, Const, Const))?, iterations, count)
}

fn routed<const W: usize, const V: usize, const L: usize, const K: usize, D: Device, T: Tape<f32, D>>(
    map: &UnbiasedLinear<W, V, D>,
    x: Sequence<L, W, D, T>,
    initial: Vectors<L, K, D, T>,
    iterations: usize,
    count: InterestCount,
) -> Result<Sequence<K, V, D, T>, D::Err> {
    let (rows, device) = (x.mask.shape().0, x.mask.device().clone());
    let mapped: Vectors<L, V, D, T> = vectors(dense(map, positions(x.values)?, Activation::Linear)?)?;
    let interests = count.mask(&x.mask.as_vec(), L, K);
    let interests: Mask<K, D> = device.try_tensor_from_vec(interests, (rows, Const))?;
    let weights = routing_weights(mapped.with_empty_tape(), &x.mask, initial, &interests, iterations)?;
    let sums = attend(mapped, weights, &x.mask, Weighting::Scores, None)?;
    Ok(Sequence { values: vectors(squash(positions(sums)?)?)?, mask: interests })
}
