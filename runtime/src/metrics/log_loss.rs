//! Mean binary cross-entropy.

/// Mean cross-entropy of logits against labels between 0 and 1; no number without rows.
pub fn log_loss(logits: &[f32], labels: &[f32]) -> f64 {
    let count = logits.len().min(labels.len());
    let total: f64 = logits
        .iter()
        .zip(labels)
        .map(|(&z, &y)| {
            let (z, y) = (f64::from(z), f64::from(y));
            z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z
        })
        .sum();
    total / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_in_the_middle_and_finite_at_the_ends() {
        assert_eq!(log_loss(&[0.0], &[1.0]), std::f64::consts::LN_2);
        assert_eq!(log_loss(&[1000.0, -1000.0], &[1.0, 0.0]), 0.0);
        assert_eq!(log_loss(&[-1000.0], &[1.0]), 1000.0);
        assert!(log_loss(&[], &[]).is_nan());
    }
}
