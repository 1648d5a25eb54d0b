//! What is known of the numbers of a node before anything is trained: where they lie, and what a larger one means.

/// The numbers that a node can give, whatever is trained and whatever is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    /// None is less.
    pub low: f64,
    /// None is more.
    pub high: f64,
    /// Word of the layer that keeps them between the two.
    pub limit: Option<&'static str>,
    /// What a larger number means.
    pub sense: Sense,
}

/// What a larger number means of two vectors that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// They are nearer.
    Similarity,
    /// They are farther apart.
    Distance,
    /// Either, as it is trained.
    Open,
}

impl Values {
    /// Any number.
    pub const ANY: Self =
        Values { low: f64::NEG_INFINITY, high: f64::INFINITY, limit: None, sense: Sense::Open };

    /// Numbers that a layer keeps in a range.
    pub fn within(low: f64, high: f64, limit: &'static str) -> Self {
        let limit = (low.is_finite() || high.is_finite()).then_some(limit);
        Values { low, high, limit, ..Self::ANY }
    }

    /// The same numbers, compared as this says.
    pub fn of(self, sense: Sense) -> Self {
        Values { sense, ..self }
    }

    /// The numbers of both.
    pub fn or(self, other: Self) -> Self {
        Values {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            limit: self.limit.or(other.limit),
            sense: if self.sense == other.sense { self.sense } else { Sense::Open },
        }
        .limited()
    }

    /// Numbers times a number.
    pub fn scaled(self, by: f64) -> Self {
        let (low, high) = (product(self.low, by), product(self.high, by));
        let sense = match self.sense {
            Sense::Similarity if by < 0.0 => Sense::Distance,
            Sense::Distance if by < 0.0 => Sense::Similarity,
            sense => sense,
        };
        Values { low: low.min(high), high: low.max(high), sense, ..self }
    }

    /// Numbers plus a number.
    pub fn shifted(self, by: f64) -> Self {
        Values { low: self.low + by, high: self.high + by, ..self }
    }

    /// The sums of two.
    pub fn plus(self, other: Self) -> Self {
        let sense = match (self.sense, other.sense) {
            (Sense::Open, sense) | (sense, Sense::Open) => sense,
            (a, b) if a == b => a,
            _ => Sense::Open,
        };
        let limit = self.limit.or(other.limit);
        Values { low: self.low + other.low, high: self.high + other.high, limit, sense }.limited()
    }

    /// The products of two.
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
        Values { low, high, limit: self.limit.or(other.limit), sense }.limited()
    }

    /// What a rising function of each number gives.
    pub fn risen(self, function: impl Fn(f64) -> f64, limit: &'static str) -> Self {
        Values::within(function(self.low), function(self.high), limit).of(self.sense)
    }

    fn limited(self) -> Self {
        let limit = self.limit.filter(|_| self.low.is_finite() || self.high.is_finite());
        Values { limit, ..self }
    }
}

/// A product in which 0 times anything is 0.
fn product(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

#[cfg(test)]
mod tests {
    use super::{Sense, Values};

    const SHARE: Values = Values { low: 0.0, high: 1.0, limit: Some("sigmoid"), sense: Sense::Open };

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
    fn a_negative_similarity_is_a_distance() {
        let near = Values::ANY.of(Sense::Similarity);
        assert_eq!(near.scaled(-1.0).sense, Sense::Distance);
        assert_eq!(near.plus(Values::ANY).sense, Sense::Similarity);
        assert_eq!(near.plus(near.scaled(-1.0)).sense, Sense::Open);
        assert_eq!((near.times(SHARE).sense, near.times(near).sense), (Sense::Similarity, Sense::Open));
    }
}
