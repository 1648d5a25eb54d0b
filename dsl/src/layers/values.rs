//! Static facts about the values of a node: their range, and whether larger means nearer.

use super::Shape;

/// Bounds of the values of a node, independent of weights and data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Maximum difference between two records. Less than `high - low` if a trained weight shifts all of them
    /// equally.
    pub spread: f64,
    /// Name of the layer that limits the range.
    pub limit: Option<&'static str>,
    /// Interpretation of a larger value.
    pub sense: Sense,
}

/// Interpretation of a larger value of a comparison of two vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// The vectors are nearer.
    Similarity,
    /// The vectors are farther apart.
    Distance,
    /// Depends on training.
    Open,
}

impl Values {
    /// Any number.
    pub const ANY: Self = Values {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        spread: f64::INFINITY,
        limit: None,
        sense: Sense::Open,
    };

    /// Values that a layer limits to a range.
    pub fn within(low: f64, high: f64, limit: &'static str) -> Self {
        Values { low, high, spread: high - low, limit: Some(limit), sense: Sense::Open }.limited()
    }

    /// The same values with this interpretation.
    pub fn of(self, sense: Sense) -> Self {
        Values { sense, ..self }
    }

    /// Union of the values of both.
    pub fn or(self, other: Self) -> Self {
        Values {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            spread: self.spread.max(other.spread),
            limit: self.limit.or(other.limit),
            sense: if self.sense == other.sense { self.sense } else { Sense::Open },
        }
        .limited()
    }

    /// Values, or 0 for records without any.
    pub fn or_zero(self) -> Self {
        let (low, high) = (self.low.min(0.0), self.high.max(0.0));
        Values { low, high, spread: high - low, ..self }.limited()
    }

    /// Values of some of several vectors, or their means. Includes 0 where positions or interests may be
    /// missing.
    pub fn among(self, shape: Shape) -> Self {
        match shape {
            Shape::Vector(_) | Shape::Fields(..) => self,
            Shape::Bag(_) | Shape::Sequence(..) | Shape::Interests(..) => self.or_zero(),
        }
    }

    /// Values times a constant.
    pub fn scaled(self, by: f64) -> Self {
        let (low, high) = (product(self.low, by), product(self.high, by));
        let sense = match self.sense {
            Sense::Similarity if by < 0.0 => Sense::Distance,
            Sense::Distance if by < 0.0 => Sense::Similarity,
            sense => sense,
        };
        let spread = product(self.spread, by.abs());
        Values { low: low.min(high), high: low.max(high), spread, sense, ..self }
    }

    /// Values plus a constant.
    pub fn shifted(self, by: f64) -> Self {
        Values { low: self.low + by, high: self.high + by, ..self }
    }

    /// Values plus a trained number that all records share.
    pub fn moved(self) -> Self {
        Values { low: f64::NEG_INFINITY, high: f64::INFINITY, ..self }.limited()
    }

    /// Sums of two values.
    pub fn plus(self, other: Self) -> Self {
        let sense = match (self.sense, other.sense) {
            (Sense::Open, sense) | (sense, Sense::Open) => sense,
            (a, b) if a == b => a,
            _ => Sense::Open,
        };
        let limit = self.limit.or(other.limit);
        let (low, high, spread) = (self.low + other.low, self.high + other.high, self.spread + other.spread);
        Values { low, high, spread, limit, sense }.limited()
    }

    /// Products of two values.
    pub fn times(self, other: Self) -> Self {
        let ends = [self.low, self.high].map(|a| [other.low, other.high].map(|b| product(a, b)));
        let sense = match (self.sense, other.sense) {
            (sense, Sense::Open) if other.low >= 0.0 => sense,
            (Sense::Open, sense) if self.low >= 0.0 => sense,
            _ => Sense::Open,
        };
        let ends = ends.as_flattened().iter().copied();
        let (low, high) =
            (ends.clone().fold(f64::INFINITY, f64::min), ends.fold(f64::NEG_INFINITY, f64::max));
        let limit = self.limit.or(other.limit);
        Values { low, high, spread: high - low, limit, sense }.limited()
    }

    /// Sums of `count` values.
    pub fn summed(self, count: usize) -> Self {
        self.scaled(count as f64)
    }

    /// Squared differences of two values.
    pub fn squared_difference(self, other: Self) -> Self {
        let difference = self.plus(other.scaled(-1.0));
        let farthest = difference.low.abs().max(difference.high.abs());
        let nearest = difference.low.max(-difference.high).max(0.0);
        let limit = difference.limit;
        let (low, high) = (nearest * nearest, farthest * farthest);
        Values { low, high, spread: high - low, limit, sense: Sense::Open }
    }

    /// Returns the range of a monotonic elementwise function with slope at most 1.
    pub fn risen(self, function: impl Fn(f64) -> f64, limit: &'static str) -> Self {
        let values = Values::within(function(self.low), function(self.high), limit);
        let spread = values.spread.min(self.spread);
        Values { spread, limit: values.limit.or(self.limit), sense: self.sense, ..values }.limited()
    }

    /// Values of vectors that are scaled down to a maximum norm.
    pub fn clipped(self, length: f64, limit: &'static str) -> Self {
        let end = |end: f64| if end == 0.0 { 0.0 } else { end.signum() * length };
        Values::within(end(self.low.min(0.0)), end(self.high.max(0.0)), limit)
    }

    fn limited(self) -> Self {
        let limit =
            self.limit.filter(|_| self.low.is_finite() || self.high.is_finite() || self.spread.is_finite());
        Values { limit, ..self }
    }
}

/// Product in which 0 times anything is 0.
fn product(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

#[cfg(test)]
mod tests {
    use super::{Sense, Values};

    const SHARE: Values =
        Values { low: 0.0, high: 1.0, spread: 1.0, limit: Some("sigmoid"), sense: Sense::Open };

    #[test]
    fn arithmetic_moves_the_ends() {
        let ends = |values: Values| (values.low, values.high, values.limit);
        assert_eq!(ends(SHARE.scaled(-2.0).shifted(0.5)), (-1.5, 0.5, Some("sigmoid")));
        assert_eq!(ends(SHARE.plus(SHARE)), (0.0, 2.0, Some("sigmoid")));
        assert_eq!(ends(SHARE.times(SHARE.scaled(-3.0))), (-3.0, 0.0, Some("sigmoid")));
        assert_eq!(ends(SHARE.plus(Values::ANY)), ends(Values::ANY));
        assert_eq!(ends(SHARE.times(Values::ANY)), ends(Values::ANY));
        assert_eq!(ends(Values::ANY.risen(|x| x.max(0.0), "relu")), (0.0, f64::INFINITY, Some("relu")));
    }

    #[test]
    fn a_trained_shift_moves_all_records_alike() {
        let moved = SHARE.moved();
        assert_eq!((moved.low, moved.high, moved.spread), (f64::NEG_INFINITY, f64::INFINITY, 1.0));
        let scaled = moved.scaled(-3.0).plus(SHARE);
        assert_eq!((scaled.spread, scaled.limit), (4.0, Some("sigmoid")));
        assert_eq!(Values::ANY.moved(), Values::ANY);
        assert_eq!(Values::ANY.scaled(0.0).spread, 0.0);
    }

    #[test]
    fn vectors_and_differences_keep_their_signs() {
        let ends = |values: Values| (values.low, values.high, values.limit);
        let positive = Values::ANY.risen(|x| x.max(0.0), "relu");
        assert_eq!(ends(positive.clipped(2.0, "clip_norm")), (0.0, 2.0, Some("clip_norm")));
        assert_eq!(ends(Values::ANY.clipped(1.0, "l2_normalize")), (-1.0, 1.0, Some("l2_normalize")));
        assert_eq!(ends(SHARE.shifted(3.0).squared_difference(SHARE)), (4.0, 16.0, Some("sigmoid")));
        assert_eq!(ends(SHARE.squared_difference(SHARE)), (0.0, 1.0, Some("sigmoid")));
        assert_eq!(ends(Values::ANY.squared_difference(SHARE)), (0.0, f64::INFINITY, None));
        assert_eq!(ends(positive.times(positive).summed(3)), (0.0, f64::INFINITY, Some("relu")));
    }

    #[test]
    fn a_negative_similarity_is_a_distance() {
        let near = Values::ANY.of(Sense::Similarity);
        assert_eq!(near.scaled(-1.0).sense, Sense::Distance);
        assert_eq!(near.plus(Values::ANY).sense, Sense::Similarity);
        assert_eq!(near.plus(near.scaled(-1.0)).sense, Sense::Open);
        assert_eq!((near.times(SHARE).sense, near.times(near).sense), (Sense::Similarity, Sense::Open));
    }
}
