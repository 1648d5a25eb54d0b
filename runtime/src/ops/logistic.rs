//! Numerically stable sigmoid, softplus and hyperbolic tangent.

use super::loss::exp_negative;

/// `1 / (1 + e^-x)`, accurate to a few ulp; vectorizable.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let e = exp_negative(-x.abs());
    let above = 1.0 / (1.0 + e);
    if x < 0.0 { e * above } else { above }
}

/// `ln(1 + e^x)`.
pub(crate) fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `(e^x - e^-x) / (e^x + e^-x)`, accurate to a few ulp; vectorizable.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let e = exp_negative(-2.0 * x.abs());
    let far = (1.0 - e) / (1.0 + e);
    let square = x * x;
    let series = 1.0
        + square * (-1.0 / 3.0 + square * (2.0 / 15.0 + square * (-17.0 / 315.0 + square * (62.0 / 2835.0))));
    if square < 0.04 { x * series } else { far.copysign(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_the_exact_functions() {
        for step in -400_000..400_000 {
            let x = step as f32 * 1e-4;
            let wide = f64::from(x);
            let exact = 1.0 / (1.0 + (-wide).exp());
            assert!((f64::from(sigmoid(x)) - exact).abs() <= 4e-7 * exact, "sigmoid({x})");
            assert!((f64::from(tanh(x)) - wide.tanh()).abs() <= 6e-7 * wide.tanh().abs(), "tanh({x})");
        }
        assert_eq!((sigmoid(f32::NEG_INFINITY), sigmoid(f32::INFINITY)), (0.0, 1.0));
        assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        assert_eq!((tanh(f32::NEG_INFINITY), tanh(f32::INFINITY)), (-1.0, 1.0));
    }
}
