//! Dropout of attention weights. An op saves the weights of a record and, after them, those that are used.

use crate::ops::DropoutMask;
use crate::ops::parallel::vectorized;

/// Number of floats that are saved for the weights of a record.
pub(crate) fn saved_weights(weights: usize, dropout: Option<DropoutMask>) -> usize {
    if dropout.is_some() { 2 * weights } else { weights }
}

/// Drops weights of a row of the batch, of those that follow a softmax. Returns the weights that are used, which are in
/// `used` if any are dropped.
pub(crate) fn drop_weights<'w>(
    dropout: Option<DropoutMask>,
    row: usize,
    weights: &'w [f32],
    used: &'w mut [f32],
) -> &'w [f32] {
    let Some(mask) = dropout else { return weights };
    vectorized(
        #[inline(always)]
        || {
            mask.fill(row * weights.len(), used);
            used.iter_mut().zip(weights).for_each(|(used, weight)| *used *= weight);
        },
    );
    used
}

/// Returns the weights of a record that `drop_weights` returned, of what was saved.
pub(crate) fn used_weights(saved: &[f32], weights: usize) -> &[f32] {
    &saved[saved.len() - weights..]
}

/// Converts gradients of the weights that are used to gradients of all weights.
pub(crate) fn drop_gradients(dropout: Option<DropoutMask>, used: &[f32], gradients: &mut [f32]) {
    let Some(mask) = dropout else { return };
    let scale = mask.scale();
    vectorized(|| {
        let gradients = gradients.iter_mut().zip(used);
        gradients.for_each(|(g, used)| *g = if *used == 0.0 { 0.0 } else { *g * scale });
    });
}
