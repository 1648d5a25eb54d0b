//! Lists of numbers of any format.

use std::borrow::Cow;

use half::{bf16, f16};
use turret_schema::Precision;

use super::Number;

/// Numbers of one format.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers<'a> {
    /// Numbers of 32 bits.
    F32(Cow<'a, [f32]>),
    /// Numbers of 16 bits, with the longer fraction.
    F16(Cow<'a, [f16]>),
    /// Numbers of 16 bits, with the longer exponent.
    Bf16(Cow<'a, [bf16]>),
}

/// Mutable numbers of one format.
#[derive(Debug)]
pub(crate) enum NumbersMut<'a> {
    F32(&'a mut [f32]),
    F16(&'a mut [f16]),
    Bf16(&'a mut [bf16]),
}

/// Evaluates an expression with the list in an enum of formats, once for each format.
macro_rules! each_precision {
    ($formats:ident, $value:expr, $numbers:ident => $work:expr) => {
        match $value {
            $formats::F32($numbers) => $work,
            $formats::F16($numbers) => $work,
            $formats::Bf16($numbers) => $work,
        }
    };
}

/// Evaluates an expression with the type of the numbers of a format.
macro_rules! of_precision {
    ($precision:expr, $number:ident => $work:expr) => {
        match $precision {
            turret_schema::Precision::F32 => {
                type $number = f32;
                $work
            }
            turret_schema::Precision::F16 => {
                type $number = $crate::precision::f16;
                $work
            }
            turret_schema::Precision::Bf16 => {
                type $number = $crate::precision::bf16;
                $work
            }
        }
    };
}

pub(crate) use {each_precision, of_precision};

impl Numbers<'_> {
    /// Returns their format.
    pub fn precision(&self) -> Precision {
        each_precision!(Self, self, numbers => first_of(numbers))
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        each_precision!(Self, self, numbers => numbers.len())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns them as numbers of 32 bits.
    pub fn widen(&self) -> Cow<'_, [f32]> {
        match self {
            Self::F32(numbers) => Cow::Borrowed(numbers),
            Self::F16(numbers) => widened(numbers).into(),
            Self::Bf16(numbers) => widened(numbers).into(),
        }
    }

    /// Returns the same numbers, without a copy.
    pub fn borrowed(&self) -> Numbers<'_> {
        each_precision!(Self, self, numbers => Numbers::from(&**numbers))
    }

    /// Returns them for changes.
    pub(crate) fn to_mut(&mut self) -> NumbersMut<'_> {
        match self {
            Self::F32(numbers) => NumbersMut::F32(numbers.to_mut()),
            Self::F16(numbers) => NumbersMut::F16(numbers.to_mut()),
            Self::Bf16(numbers) => NumbersMut::Bf16(numbers.to_mut()),
        }
    }
}

impl<'a> NumbersMut<'a> {
    /// Takes the first `count` of them.
    pub(crate) fn split_off(&mut self, count: usize) -> NumbersMut<'a> {
        match self {
            Self::F32(numbers) => NumbersMut::F32(numbers.split_off_mut(..count).unwrap_or_default()),
            Self::F16(numbers) => NumbersMut::F16(numbers.split_off_mut(..count).unwrap_or_default()),
            Self::Bf16(numbers) => NumbersMut::Bf16(numbers.split_off_mut(..count).unwrap_or_default()),
        }
    }
}

fn first_of<N: Number>(_: &[N]) -> Precision {
    N::PRECISION
}

fn widened<N: Number>(numbers: &[N]) -> Vec<f32> {
    numbers.iter().map(|number| number.widen()).collect()
}

/// Lists of a type become numbers of its format.
macro_rules! from_lists {
    ($($number:ty => $format:ident),*) => {$(
        impl From<Vec<$number>> for Numbers<'_> {
            fn from(numbers: Vec<$number>) -> Self {
                Self::$format(numbers.into())
            }
        }

        impl<'a> From<&'a [$number]> for Numbers<'a> {
            fn from(numbers: &'a [$number]) -> Self {
                Self::$format(numbers.into())
            }
        }

        impl<'a> From<Cow<'a, [$number]>> for Numbers<'a> {
            fn from(numbers: Cow<'a, [$number]>) -> Self {
                Self::$format(numbers)
            }
        }
    )*};
}

from_lists! { f32 => F32, f16 => F16, bf16 => Bf16 }
