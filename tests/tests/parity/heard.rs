//! Ops that also record intermediate values, unless a step is planned. A module that imports them calls them instead of the runtime's.
//! Recorded values are computed by the runtime's ops from the arguments of generated code.

use std::cell::RefCell;

use turret_runtime::dfdx::shapes::{Const, HasShape};
use turret_runtime::dfdx::tensor::{NoneTape, TensorFromVec};
use turret_runtime::dfdx::tensor_ops::ReshapeTo;
use turret_runtime::ops::{
    self, Activation, Device, InterestCount, Logits, Loss, Reduction, Rows, Scores, Sequence, Softmax, Tape,
    UnbiasedLinear, Vectors, dense, dot, masked, positions, repeat, routing_weights, vectors,
};
use turret_runtime::state::NamedTensor;

thread_local! {
    /// Recorded values, and the number of calls of each op, since the last `take`.
    static NOTED: RefCell<Vec<NamedTensor<'static>>> = RefCell::default();
}

/// Returns the values recorded since the last call, named `op.<op>_<n>.<what>`; calls of each op are numbered
/// from 0.
pub fn take() -> Vec<NamedTensor<'static>> {
    NOTED.take()
}

/// Records values of a call, one row per record.
fn note(op: &str, what: &str, rows: usize, values: Vec<f32>) {
    NOTED.with_borrow_mut(|noted| {
        let is_before = |other: &&NamedTensor<'_>| {
            other.name.starts_with(&format!("op.{op}_")) && other.name.ends_with(what)
        };
        let call = noted.iter().filter(is_before).count();
        noted.push(NamedTensor::new(format!("op.{op}_{call}.{what}"), [rows, values.len() / rows], values));
    });
}

/// Records the loss of each record: the total loss with zero weights for the others.
fn note_losses<D: Device>(
    op: &str,
    rows: usize,
    loss: impl Fn(Option<&[f32]>) -> Result<Loss<D>, D::Err>,
) -> Result<(), D::Err> {
    let mut losses = Vec::new();
    for row in 0..rows {
        let mut weights = vec![0.0; rows];
        weights[row] = 1.0;
        losses.extend(loss(Some(&weights))?.as_vec());
    }
    note(op, "losses", rows, losses);
    Ok(())
}

pub fn bce<D: Device, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::bce(scores, labels, weights, reduction);
    }
    note_losses("bce", labels.len(), |weights| {
        ops::bce(scores.retaped::<NoneTape>(), labels, weights, Reduction::Sum)
    })?;
    ops::bce(scores, labels, weights, reduction)
}

/// Records the losses like `bce`, which replaces a weight of 1.
pub fn weighted_bce<D: Device, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    pos_weight: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::weighted_bce(scores, labels, pos_weight, weights, reduction);
    }
    note_losses("bce", labels.len(), |weights| {
        ops::weighted_bce(scores.retaped::<NoneTape>(), labels, pos_weight, weights, Reduction::Sum)
    })?;
    ops::weighted_bce(scores, labels, pos_weight, weights, reduction)
}

pub fn bpr<D: Device, T: Tape<f32, D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::bpr(positive, negative, weights, reduction);
    }
    note_losses("bpr", positive.shape().0, |weights| {
        ops::bpr(positive.retaped::<NoneTape>(), negative.retaped(), weights, Reduction::Sum)
    })?;
    ops::bpr(positive, negative, weights, reduction)
}

pub fn hinge<D: Device, T: Tape<f32, D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::hinge(positive, negative, margin, weights, reduction);
    }
    note_losses("hinge", positive.shape().0, |weights| {
        ops::hinge(positive.retaped::<NoneTape>(), negative.retaped(), margin, weights, Reduction::Sum)
    })?;
    ops::hinge(positive, negative, margin, weights, reduction)
}

pub fn triplet<D: Device, T: Tape<f32, D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::triplet(positive, negative, margin, weights, reduction);
    }
    note_losses("triplet", positive.shape().0, |weights| {
        ops::triplet(positive.retaped::<NoneTape>(), negative.retaped(), margin, weights, Reduction::Sum)
    })?;
    ops::triplet(positive, negative, margin, weights, reduction)
}

/// Records the losses, and the scores of all records with all candidates.
pub fn softmax<const W: usize, D: Device, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    options: &Softmax<'_>,
) -> Result<Loss<D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::softmax(queries, candidates, options);
    }
    let (rows, taken) =
        (queries.shape().0, (queries.retaped::<NoneTape>(), candidates.retaped::<NoneTape>()));
    note_losses("softmax", rows, |weights| {
        let options = Softmax { weights, reduction: Reduction::Sum, ..*options };
        ops::softmax(taken.0.clone(), taken.1.clone(), &options)
    })?;
    let logits: Logits<D> = ops::softmax_logits(taken.0, taken.1, options)?;
    note("softmax", "logits", rows, logits.as_vec());
    ops::softmax(queries, candidates, options)
}

/// Records the sum, and the weight of each interest, by adding an indicator to interests with the same
/// scores.
/// others.
pub fn label_aware_attention<const K: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    interests: Sequence<K, W, D, T>,
    target: Rows<W, D, T>,
    power: u32,
) -> Result<Rows<W, D, T>, D::Err> {
    if T::default().planned().is_some() {
        return ops::label_aware_attention(interests, target, power);
    }
    let (rows, device) = (interests.mask.shape().0, interests.mask.device().clone());
    let vectors: Vectors<K, W, D> = interests.values.retaped();
    let scores: Vec<f32> = dot(positions(vectors)?, repeat::<K, W, D, NoneTape>(target.retaped())?)?.as_vec();
    let asks: Rows<2, D> = device.try_tensor_from_vec([1.0, 0.0].repeat(rows), (rows, Const))?;
    let mut weights = vec![0.0; rows * K];
    for interest in 0..K {
        let marked = |(at, score): (usize, &f32)| [*score, if at % K == interest { 1.0 } else { 0.0 }];
        let marked: Vec<f32> = scores.iter().enumerate().flat_map(marked).collect();
        let values: Vectors<K, 2, D> = device.try_tensor_from_vec(marked, (rows, Const, Const))?;
        let sum = ops::label_aware_attention(
            Sequence { values, mask: interests.mask.clone() },
            asks.clone(),
            power,
        )?;
        sum.as_vec().chunks(2).enumerate().for_each(|(row, sum)| weights[row * K + interest] = sum[1]);
    }
    note("label_aware_attention", "weights", rows, weights);
    let sum = ops::label_aware_attention(interests, target, power)?;
    note("label_aware_attention", "sum", rows, sum.as_vec());
    Ok(sum)
}

/// Records the capsules, and the weight of each position in each of them.
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
    if T::default().planned().is_some() {
        return ops::capsule_routing_from(map, x, initial, iterations, count);
    }
    let (rows, mask) = (x.mask.shape().0, x.mask.clone());
    let mapped: Vectors<L, V, D> = vectors(dense(map, positions(x.values.retaped())?, Activation::Linear)?)?;
    let logits: Vectors<L, K, D> = initial.retaped::<NoneTape>().try_reshape_like(&(rows, Const, Const))?;
    let capsules = ops::capsule_routing_from(map, x, initial, iterations, count)?;
    let weights = routing_weights(mapped, &mask, logits, &capsules.mask, iterations)?;
    note("capsule_routing", "weights", rows, weights.as_vec());
    let values: Vectors<K, V, D> = capsules.values.retaped();
    note(
        "capsule_routing",
        "capsules",
        rows,
        masked(Sequence { values, mask: capsules.mask.clone() })?.as_vec(),
    );
    Ok(capsules)
}
