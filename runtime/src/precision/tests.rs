use proptest::prelude::*;

use super::*;

/// All numbers of 16 bits by their bits.
fn all() -> std::ops::RangeInclusive<u16> {
    0..=u16::MAX
}

fn is_same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn short_numbers_are_widened_as_the_formats_say() {
    for bits in all() {
        let (brain, half) = (bf16::from_bits(bits), f16::from_bits(bits));
        assert!(is_same(widened_bf16(bits), brain.to_f32()), "bf16 {bits:#06x}");
        assert!(is_same(widened_f16(bits), half.to_f32()), "f16 {bits:#06x}");
    }
}

#[test]
fn a_number_of_the_format_is_not_rounded() {
    for (number, random) in all().flat_map(|number| [0, 1, 0x7fff, 0xffff].map(|random| (number, random))) {
        let [brain, half] = [widened_bf16(number), widened_f16(number)];
        assert!(is_same(widened_bf16(rounded_bf16(brain, random)), brain), "bf16 {brain} {random}");
        assert!(is_same(widened_f16(rounded_f16(half, random)), half), "f16 {half} {random}");
    }
}

/// Results of rounding by all random bits: the smallest, the mean and the largest.
fn rounded(value: f32, round: impl Fn(f32, u16) -> f32) -> [f64; 3] {
    let results = || all().map(|random| f64::from(round(value, random)));
    let sum: f64 = results().sum();
    [results().fold(f64::MAX, f64::min), sum / 65536.0, results().fold(f64::MIN, f64::max)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rounding_keeps_the_mean(
        value in prop_oneof![-1.0f32..1.0, -1e-3f32..1e-3, -1e-4f32..1e-4, -1e-6f32..1e-6, -6e4f32..6e4],
    ) {
        let exact = f64::from(value);
        let [low, mean, high] = rounded(value, |value, random| widened_bf16(rounded_bf16(value, random)));
        prop_assert_eq!(mean, exact);
        prop_assert!(low <= exact && exact <= high && high - low <= exact.abs() / 127.0);
        let [low, mean, high] = rounded(value, |value, random| widened_f16(rounded_f16(value, random)));
        // Parts below 2^-40 are cut.
        prop_assert!((mean - exact).abs() <= 2f64.powi(-40), "{mean} {exact}");
        prop_assert!(high - low <= (exact.abs() / 1023.0).max(2f64.powi(-24)));
    }
}

#[test]
fn what_is_not_finite_stays_so() {
    let payloads =
        [f32::NAN, f32::from_bits(0x7fff_ffff), f32::from_bits(0xffff_ffff), f32::from_bits(0x7f80_0001)];
    for random in [0, 1, 0x8000, 0xffff] {
        for nan in payloads {
            assert!(widened_bf16(rounded_bf16(nan, random)).is_nan());
            assert!(widened_f16(rounded_f16(nan, random)).is_nan());
        }
        for infinite in [f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(widened_bf16(rounded_bf16(infinite, random)), infinite);
            assert_eq!(widened_f16(rounded_f16(infinite, random)), infinite);
            assert_eq!(widened_f16(rounded_f16(infinite.signum() * 1e6, random)), infinite);
        }
    }
}

#[test]
fn numbers_of_a_row_are_rounded_apart() {
    fn moved<N: Number>(width: usize, row: u64) -> Vec<N> {
        let mut values = vec![N::nearest(1.0); width];
        let random = Stream::new(1, "row").part(row);
        N::change(&mut values, &mut RowMemory::new::<N>(width), random, |row| {
            row.iter_mut().for_each(|value| *value += 0.001);
        });
        values
    }
    for width in [1, 3, 4, 7, 1000] {
        assert_eq!(moved::<f32>(width, 0), vec![1.001; width]);
        let values = moved::<bf16>(width, 0);
        assert_eq!(values, moved(width, 0));
        assert!(values.iter().all(|value| [1.0, 1.0078125].contains(&value.to_f32())));
    }
    let mean = moved::<bf16>(1000, 0).iter().map(|value| value.to_f32()).sum::<f32>() / 1000.0;
    assert!((mean - 1.001).abs() < 5e-4, "{mean}");
    assert_ne!(moved::<bf16>(1000, 0), moved(1000, 1));
}
