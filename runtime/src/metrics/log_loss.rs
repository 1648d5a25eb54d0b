//! Binary cross-entropy.

/// Cross-entropy of a logit and a label from 0 to 1.
pub fn cross_entropy(logit: f32, label: f32) -> f64 {
    let (z, y) = (f64::from(logit), f64::from(label));
    z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_in_the_middle_and_finite_at_the_ends() {
        assert_eq!(cross_entropy(0.0, 1.0), std::f64::consts::LN_2);
        assert_eq!((cross_entropy(1000.0, 1.0), cross_entropy(-1000.0, 0.0)), (0.0, 0.0));
        assert_eq!(cross_entropy(-1000.0, 1.0), 1000.0);
    }
}
