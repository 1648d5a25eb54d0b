//! Softmax over the candidates of the batch and of earlier batches.

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};

use super::Loss;
use super::softmax::{Softmax, softmax, softmax_with};
use crate::data::NONE;
use crate::ops::{Device, Pass, Rows, Tape};

/// Name of the vectors of candidates among the values that a step keeps.
pub(in crate::ops) const QUEUED: &str = "queue";

/// [`softmax`] over the candidates of the batch, and over those in the queue of the pass as further negatives without a
/// gradient. The queue receives the former. In a pass without a queue it is the softmax of the batch.
pub fn queued_softmax<const W: usize, D: Device, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    options: &Softmax<'_>,
    pass: &mut Pass<D>,
) -> Result<Loss<D, T>, D::Err> {
    let Some(queue) = &mut pass.queue else { return softmax(queries, candidates, options) };
    let (candidates, mut tape) = candidates.split_tape();
    let count = candidates.shape().0;
    let batch = &mut queue.batch;
    batch.ids = options.ids.map_or_else(|| vec![NONE; count], <[u32]>::to_vec);
    batch.log_q = options.log_q.map_or_else(|| vec![0.0; count], <[f32]>::to_vec);
    if !tape.observe(QUEUED, &candidates) {
        batch.vectors = candidates.as_vec();
    }
    let ids = [&batch.ids[..], &queue.ids].concat();
    let log_q = [&batch.log_q[..], &queue.log_q].concat();
    let (ids, log_q) = (options.ids.and(Some(&ids[..])), options.log_q.and(Some(&log_q[..])));
    softmax_with(queries, candidates.put_tape(tape), &queue.vectors, &Softmax { ids, log_q, ..*options })
}
