//! Vectorizable exponentials.

/// `e^x` for `x <= 0`, accurate to a few ulp; 0 below -87.
#[inline(always)]
pub(crate) fn exp_negative(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts. The first has trailing zeros, so the product is exact.
    let rest = clamped - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut series = 1.987_569_1e-4;
    series = series * rest + 1.398_199_9e-3;
    series = series * rest + 8.333_452e-3;
    series = series * rest + 4.166_579_6e-2;
    series = series * rest + 0.166_666_66;
    series = series * rest + 0.5;
    let fraction = series * rest * rest + rest + 1.0;
    let power = f32::from_bits(shifted.to_bits().wrapping_shl(23).wrapping_add(0x3f80_0000));
    if x < -87.0 { 0.0 } else { fraction * power }
}

/// Maximum, ignoring `NaN`; negative infinity for no numbers.
#[inline(always)]
pub(crate) fn largest(numbers: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let chunks = numbers.chunks_exact(16);
    let rest = chunks.remainder().iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    for chunk in chunks {
        let pairs = lanes.iter_mut().zip(chunk);
        pairs.for_each(|(lane, &number)| *lane = if number > *lane { number } else { *lane });
    }
    lanes.iter().fold(rest, |a, &b| a.max(b))
}

/// Converts numbers to their exponentials relative to `largest`, which none exceeds. Returns the sum.
#[inline(always)]
pub(crate) fn exponentiate(numbers: &mut [f32], largest: f32) -> f32 {
    let mut sums = [0.0f32; 16];
    let mut chunks = numbers.chunks_exact_mut(16);
    for chunk in &mut chunks {
        for (sum, number) in sums.iter_mut().zip(chunk) {
            *number = exp_negative(*number - largest);
            *sum += *number;
        }
    }
    let mut total = sums.iter().sum::<f32>();
    for number in chunks.into_remainder() {
        *number = exp_negative(*number - largest);
        total += *number;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_exact_exponential() {
        for step in 0..870_000 {
            let x = -(step as f32) * 1e-4;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_negative(x)) - exact).abs() / exact;
            assert!(error < 2.5e-7, "{x}: {error}");
        }
        assert_eq!(exp_negative(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp_negative(0.0), 1.0);
        assert!(exp_negative(f32::NAN).is_nan());
    }
}
