//! Numbers as a spec writes them, without loss.

use std::cmp::Ordering;
use std::fmt;

/// A number that values of data are compared with: a double, or a whole number of 64 bits that none holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exact {
    /// A double.
    Double(f64),
    /// A whole number.
    Whole(i64),
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.whole(), other.whole()) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => self.nearest().partial_cmp(&other.nearest()),
        }
    }
}

impl Exact {
    fn nearest(self) -> f64 {
        match self {
            Exact::Double(number) => number,
            Exact::Whole(number) => number as f64,
        }
    }

    fn whole(self) -> Option<i128> {
        match self {
            // Larger ones compare as doubles do.
            Exact::Double(number) => (number.fract() == 0.0 && number.abs() < 1e30).then_some(number as i128),
            Exact::Whole(number) => Some(number.into()),
        }
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exact::Double(number) => number.fmt(f),
            Exact::Whole(number) => number.fmt(f),
        }
    }
}
