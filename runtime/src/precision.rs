//! Numbers of 32 and 16 bits, and their conversion. Sums and products are always of 32 bits.

mod numbers;
#[cfg(test)]
mod tests;

use bytemuck::Pod;
pub use half::{bf16, f16};
pub use numbers::Numbers;
pub(crate) use numbers::{NumbersMut, each_precision, of_precision};
use turret_schema::Precision;

use crate::rng::Stream;

/// Number of a format of [`Precision`].
pub trait Number: Pod + PartialEq + Send + Sync + std::fmt::Debug {
    /// Format of the numbers.
    const PRECISION: Precision;

    /// Returns the same number with 32 bits.
    fn widen(self) -> f32;

    /// Rounds to the nearest number.
    fn nearest(value: f32) -> Self;

    /// Returns whether this is the rounded value of a number within `tolerance` of `value`.
    fn is_near(self, value: f32, tolerance: f32) -> bool;

    /// Changes a row as floats. Each result is rounded to one of its neighbors at random, so that its mean is
    /// the result itself: small changes, which the nearest number would lose, add up. `random` is used up.
    fn change(row: &mut [Self], memory: &mut RowMemory, random: Stream, change: impl FnOnce(&mut [f32]));
}

/// Memory of [`Number::change`] for rows of one width.
#[derive(Debug)]
pub struct RowMemory {
    floats: Vec<f32>,
    /// Random bits, 16 for each number.
    random: Vec<u64>,
}

impl RowMemory {
    /// Memory for rows of this width; none for numbers of 32 bits.
    pub fn new<N: Number>(width: usize) -> Self {
        let width = if N::PRECISION == Precision::F32 { 0 } else { width };
        Self { floats: vec![0.0; width], random: vec![0; width.div_ceil(4)] }
    }
}

impl Number for f32 {
    const PRECISION: Precision = Precision::F32;

    #[inline(always)]
    fn widen(self) -> f32 {
        self
    }

    #[inline(always)]
    fn nearest(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn is_near(self, value: f32, tolerance: f32) -> bool {
        (self - value).abs() <= tolerance
    }

    #[inline(always)]
    fn change(row: &mut [Self], _: &mut RowMemory, _: Stream, change: impl FnOnce(&mut [f32])) {
        change(row);
    }
}

/// Implements [`Number`] for a format of 16 bits by its conversions.
macro_rules! short_numbers {
    ($($number:ident $precision:ident widened by $widened:path, rounded by $rounded:path;)*) => {$(
        impl Number for $number {
            const PRECISION: Precision = Precision::$precision;

            #[inline(always)]
            fn widen(self) -> f32 {
                $widened(self.to_bits())
            }

            fn nearest(value: f32) -> Self {
                Self::from_f32(value)
            }

            fn is_near(self, value: f32, tolerance: f32) -> bool {
                let [low, high] = [value - tolerance, value + tolerance].map(|end| Self::nearest(end).widen());
                (low..=high).contains(&self.widen())
            }

            #[inline(always)]
            fn change(
                row: &mut [Self],
                memory: &mut RowMemory,
                random: Stream,
                change: impl FnOnce(&mut [f32]),
            ) {
                let floats = &mut memory.floats[..row.len()];
                floats.iter_mut().zip(&*row).for_each(|(float, number)| *float = number.widen());
                change(floats);
                let bits = &mut memory.random[..row.len().div_ceil(4)];
                bits.iter_mut().zip(0..).for_each(|(bits, counter)| *bits = random.bits(counter).to_le());
                let bits: &[u16] = bytemuck::cast_slice(bits);
                for (number, (float, bits)) in row.iter_mut().zip(floats.iter().zip(bits)) {
                    *number = Self::from_bits($rounded(*float, u16::from_le(*bits)));
                }
            }
        }
    )*};
}

short_numbers! {
    bf16 Bf16 widened by widened_bf16, rounded by rounded_bf16;
    f16 F16 widened by widened_f16, rounded by rounded_f16;
}

#[inline(always)]
fn widened_bf16(number: u16) -> f32 {
    f32::from_bits(u32::from(number) << 16)
}

/// Rounds up with the probability of the cut bits, as a fraction of the last bit that is kept.
#[inline(always)]
fn rounded_bf16(value: f32, random: u16) -> u16 {
    let rounded = (value.to_bits().wrapping_add(u32::from(random)) >> 16) as u16;
    // A carry could make another number of it.
    if value.is_nan() { bf16::NAN.to_bits() } else { rounded }
}

/// Same as `f16::to_f32`, without a branch or a query of the processor, so that loops become vectors.
#[inline(always)]
fn widened_f16(number: u16) -> f32 {
    const EXPONENT: u32 = 0x1f << 23;
    let (sign, shifted) = (u32::from(number & 0x8000) << 16, u32::from(number & 0x7fff) << 13);
    let (exponent, based) = (shifted & EXPONENT, shifted + ((127 - 15) << 23));
    let normal = if exponent == EXPONENT { based + ((128 - 16) << 23) } else { based };
    let subnormal = (f32::from_bits(based + (1 << 23)) - f32::from_bits((127 - 14) << 23)).to_bits();
    f32::from_bits(sign | if exponent == 0 { subnormal } else { normal })
}

/// Rounds up with the probability of the cut bits, as a fraction of the last bit that is kept.
#[inline(always)]
fn rounded_f16(value: f32, random: u16) -> u16 {
    const INFINITE: u32 = 0x7c00;
    /// Smallest number with a full fraction, 2^-14.
    const NORMAL: u32 = (127 - 14) << 23;
    let bits = value.to_bits();
    let (sign, size) = ((bits >> 16) & 0x8000, bits & 0x7fff_ffff);
    // 13 bits are cut.
    let normal = (size + u32::from(random >> 3)).wrapping_sub((127 - 15) << 23) >> 13;
    // Multiples of 2^-24, with 16 bits that are cut.
    let multiple = (f32::from_bits(size) * (1u64 << 40) as f32) as i32 as u32;
    let subnormal = multiple.wrapping_add(u32::from(random)) >> 16;
    let rounded = if size < NORMAL { subnormal } else { normal.min(INFINITE) };
    let is_nan = size > 0x7f80_0000;
    (sign | if is_nan { u32::from(f16::NAN.to_bits()) } else { rounded }) as u16
}
