//! Finite numbers with exact integers.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A finite number: a double, or an exact integer of up to 64 bits. Numbers compare by value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Number {
    nearest: f64,
    /// Exact value minus the double.
    rest: i64,
}

/// Doubles represent all integers up to this one.
const WHOLE_DOUBLES: u64 = 1 << f64::MANTISSA_DIGITS;

impl Number {
    /// The nearest double.
    pub fn nearest(self) -> f64 {
        self.nearest
    }

    /// Returns whether the double is exact.
    pub fn is_double(&self) -> bool {
        self.rest == 0
    }

    /// Difference from another number, as a double.
    pub fn minus(self, other: Self) -> f64 {
        (self.nearest - other.nearest) + (self.rest as f64 - other.rest as f64)
    }

    /// Returns whether it is an integer so large that doubles skip integers, but still exact here.
    pub fn is_whole_beyond_doubles(self) -> bool {
        (WHOLE_DOUBLES as f64..=u64::MAX as f64).contains(&self.nearest.abs())
    }

    /// Product with a factor. Exact for integers, rounded to an integer for other numbers.
    pub fn times(self, factor: i64) -> Self {
        if self.nearest.fract() == 0.0 {
            return Self::from(self.whole() * i128::from(factor));
        }
        Self::from((self.nearest * factor as f64).round() as i128)
    }

    /// Quotient by a divisor. Exact for multiples of it, else the nearest double.
    pub fn over(self, divisor: i64) -> Self {
        let (whole, divisor) = (self.whole(), i128::from(divisor));
        match (whole / divisor, whole % divisor) {
            (quotient, 0) => Self::from(quotient),
            (quotient, rest) => Self::from(quotient as f64 + rest as f64 / divisor as f64),
        }
    }

    /// Smallest integer >= this number plus `offset`.
    pub fn whole_from(self, offset: f64) -> Self {
        // Doubles this large are integers.
        Self::from(self.whole() + offset.ceil() as i128)
    }

    /// Returns words that compare, from the first, as numbers do.
    pub fn ascending_words(self) -> [u32; 4] {
        let bits = self.nearest.to_bits() as i64;
        // Of negative doubles, the one with larger bits is the smaller.
        let nearest = (bits ^ ((bits >> 63) as u64 >> 1) as i64) ^ i64::MIN;
        let words = |value: i64| [(value as u64 >> 32) as u32, value as u32];
        let ([a, b], [c, d]) = (words(nearest), words(self.rest ^ i64::MIN));
        [a, b, c, d]
    }

    /// Returns the integer part.
    pub fn whole(self) -> i128 {
        self.nearest as i128 + i128::from(self.rest)
    }
}

impl From<f64> for Number {
    /// -0 and 0 are equal.
    #[inline]
    fn from(value: f64) -> Self {
        Self { nearest: value + 0.0, rest: 0 }
    }
}

impl From<i64> for Number {
    #[inline]
    fn from(value: i64) -> Self {
        if value.unsigned_abs() <= WHOLE_DOUBLES {
            return Self { nearest: value as f64, rest: 0 };
        }
        Self::from(i128::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::from(i128::from(value))
    }
}

impl From<i128> for Number {
    /// An integer of up to 100 bits.
    fn from(value: i128) -> Self {
        let nearest = value as f64;
        Self { nearest, rest: (value - nearest as i128) as i64 }
    }
}

impl Eq for Number {}

impl Ord for Number {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Rounding to the nearest double is monotonic, so the rest decides between equal doubles.
        self.nearest.total_cmp(&other.nearest).then(self.rest.cmp(&other.rest))
    }
}

impl PartialOrd for Number {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rest {
            0 => self.nearest.fmt(f),
            _ => self.whole().fmt(f),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.rest {
            0 => serializer.serialize_f64(self.nearest),
            rest => (self.nearest, rest).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Double(f64),
            Whole(f64, i64),
        }
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Double(nearest) => Self { nearest, rest: 0 },
            Stored::Whole(nearest, rest) => Self { nearest, rest },
        })
    }
}

#[cfg(feature = "code")]
impl crate::code::Code for Number {
    fn code(&self) -> proc_macro2::TokenStream {
        let literal = self.argument();
        quote::quote!(Number::from(#literal))
    }

    fn argument(&self) -> proc_macro2::TokenStream {
        let literal = match self.rest {
            0 => proc_macro2::Literal::f64_unsuffixed(self.nearest),
            _ => proc_macro2::Literal::i64_suffixed(self.whole() as i64),
        };
        quote::quote!(#literal)
    }

    /// Doubles, if all values are doubles.
    fn arguments(values: &[Self]) -> Vec<proc_macro2::TokenStream> {
        let write = if values.iter().all(Number::is_double) { Self::argument } else { Self::code };
        values.iter().map(write).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_compare_as_numbers() {
        let doubles = [f64::MIN, -1.5, -1e-300, 0.0, 1e-300, 1.0, 1.5, 1e9, f64::MAX].map(Number::from);
        let far = 1 << 60;
        let integers = [i64::MIN, -far - 1, -far, -7, 0, 7, far, far + 1, i64::MAX].map(Number::from);
        let numbers = || doubles.into_iter().chain(integers);
        for (left, right) in numbers().flat_map(|left| numbers().map(move |right| (left, right))) {
            let of_words = left.ascending_words().cmp(&right.ascending_words());
            assert_eq!(left.cmp(&right), of_words, "{left} {right}");
        }
    }
}
