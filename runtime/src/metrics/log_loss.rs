//! Cross-entropies of logits.

/// Cross-entropy of a logit and a label from 0 to 1.
pub fn cross_entropy(logit: f32, label: f32) -> f64 {
    let (z, y) = (f64::from(logit), f64::from(label));
    z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z
}

/// Cross-entropy of the softmax of logits and a class.
pub fn class_cross_entropy(logits: &[f32], class: usize) -> f64 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - largest).exp()).sum();
    sum.ln() - f64::from(logits[class] - largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_in_the_middle_and_finite_at_the_ends() {
        assert_eq!(cross_entropy(0.0, 1.0), std::f64::consts::LN_2);
        assert_eq!((cross_entropy(1000.0, 1.0), cross_entropy(-1000.0, 0.0)), (0.0, 0.0));
        assert_eq!(cross_entropy(-1000.0, 1.0), 1000.0);
        assert!((class_cross_entropy(&[2.0, 0.0], 0) - cross_entropy(2.0, 1.0)).abs() < 1e-12);
        assert_eq!(class_cross_entropy(&[-1000.0, 0.0, -1000.0], 0), 1000.0);
    }
}
