//! Columns: the reading of their values, and the policies for missing and too long ones.

use serde::{Deserialize, Serialize};

use crate::number::Number;

written! {
    /// A column of single ids.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct IdSpec by default() {
        /// Policy for a missing id.
        pub missing: MissingId,
    }

    /// A column of bags or sequences: any number of ids per record.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct BagSpec by bag(max) | sequence(max) {
        /// Separator between the items of a text.
        pub separator: char,
        /// Separator of a key and its weight, in weighted bags.
        pub weight_separator: Option<char>,
        /// Largest number of items, and the policy for more.
        pub max: (usize, Keep),
        /// A key that fills up and is left out.
        pub padding: Option<String>,
        /// Policy for a missing bag.
        pub missing: MissingBag,
        /// True if what is missing in a list keeps its place, as an unknown item.
        pub ordered: bool,
    }

    /// A column of text, cut into words.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct TextSpec by new(max) {
        /// Largest number of words, and the policy for more.
        pub max: (usize, Keep),
        /// Policy for a missing text.
        pub missing: MissingBag,
    }

    /// A column of single numbers.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct FloatSpec by default() {
        /// Smallest and largest number, if there are any: others become these, before anything is learned from them or they are
        /// transformed.
        pub clip: (Option<f64>, Option<f64>),
        /// Transform of the numbers.
        pub transform: Transform,
        /// Policy for a missing number.
        pub missing: MissingFloat,
    }

    /// A column of vectors of fixed width.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct VectorSpec by default() {
        /// Separator between the numbers of a text; a space stands for any white space.
        pub separator: char,
        /// Policy for a missing vector.
        pub missing: MissingVector,
    }

    /// A column of numbers cut into buckets.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BucketSpec by new(boundaries) {
        /// Boundaries between the buckets.
        pub boundaries: Boundaries,
        /// Policy for a missing number.
        pub missing: MissingBucket,
    }

    /// A column of labels, from 0 to 1.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct LabelSpec by default() {
        /// From which number on the label is 1, and else 0; none: the number is the label.
        pub threshold: Option<f64>,
        /// The label where it is missing; none: it is refused.
        pub missing: Option<f64>,
    }

    /// A column of weights of records.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct WeightSpec by default() {
        /// The weight where it is missing; none: it is refused.
        pub missing: Option<f64>,
    }

    /// Policy for a missing id.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingId {
        /// The same as an unknown key; of a hashed vocabulary, the bucket of the empty key.
        #[default]
        Oov,
        /// It is refused.
        Error,
        /// A zero vector.
        Zero,
        /// This key.
        Value(key: String),
    }

    /// Policy for a missing bag, sequence or text.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingBag {
        /// One without items.
        #[default]
        Empty,
        /// It is refused.
        Error,
    }

    /// Policy for something too long.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Keep {
        /// The beginning is kept.
        First,
        /// The end is kept.
        Last,
        /// It is refused.
        Error,
    }

    /// Policy for a missing number.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub enum MissingFloat {
        /// It is refused.
        #[default]
        Error,
        /// This number, before the transform.
        Value(number: f64),
        /// The mean of the training split, before the transform.
        Mean,
    }

    /// Transform of numbers, in double precision.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Transform {
        /// Not at all.
        #[default]
        Raw,
        /// `ln(1 + x)`; numbers below 0 are refused.
        Log1p,
        /// `(x - mean) / deviation`, of the training split (the variance divides by the count). 0 where all numbers were equal.
        Standardize,
        /// `(x - min) / (max - min)`, of the training split; others may fall outside 0 to 1. 0 where all numbers were equal.
        MinMax,
    }

    /// Policy for a missing vector.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingVector {
        /// It is refused.
        #[default]
        Error,
        /// Zeros.
        Zero,
    }

    /// Boundaries between buckets. A number equal to a boundary belongs to the bucket above.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Boundaries {
        /// At these numbers, ascending.
        Given(numbers: Vec<Number>) by given(numbers),
        /// Boundaries at `n` numbers, evenly spaced from the smallest to the largest of the training split, both included
        /// (NumPy's `linspace`). So there are one bucket less than that of equal width, one below the smallest number and one
        /// from the largest on.
        EqualWidth(count: usize),
        /// Boundaries at the quantiles that cut the training split into `n` equal shares (interpolated linearly). Equal ones are merged.
        Quantiles(shares: usize),
    }

    /// Policy for a missing number of a column of buckets.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingBucket {
        /// It is refused.
        #[default]
        Error,
        /// A bucket of its own, the last one.
        Bucket,
    }
}

impl IdSpec {
    /// Sets the policy for missing ids.
    #[must_use]
    pub fn missing(self, missing: MissingId) -> Self {
        Self { missing }
    }
}

impl BagSpec {
    /// Items cut at commas, without order.
    pub const fn bag(max: (usize, Keep)) -> Self {
        Self::of(max, false)
    }

    /// Items cut at commas, in order.
    pub const fn sequence(max: (usize, Keep)) -> Self {
        Self::of(max, true)
    }

    const fn of(max: (usize, Keep), ordered: bool) -> Self {
        let missing = MissingBag::Empty;
        Self { separator: ',', weight_separator: None, max, padding: None, missing, ordered }
    }

    /// Sets the separator between the items of a text.
    #[must_use]
    pub fn separator(self, separator: char) -> Self {
        Self { separator, ..self }
    }

    /// Items are `key:weight`, with this between key and weight.
    #[must_use]
    pub fn weight_separator(self, separator: char) -> Self {
        Self { weight_separator: Some(separator), ..self }
    }

    /// Items equal to this key fill up and are left out.
    #[must_use]
    pub fn padding(self, key: impl Into<String>) -> Self {
        Self { padding: Some(key.into()), ..self }
    }

    /// Sets the policy for missing bags.
    #[must_use]
    pub fn missing(self, missing: MissingBag) -> Self {
        Self { missing, ..self }
    }

    /// Sets whether what is missing in a list keeps its place.
    #[must_use]
    pub fn ordered(self, ordered: bool) -> Self {
        Self { ordered, ..self }
    }
}

impl TextSpec {
    /// Texts of at most `n` words; a missing text has no words.
    pub const fn new(max: (usize, Keep)) -> Self {
        Self { max, missing: MissingBag::Empty }
    }

    /// Sets the policy for missing texts.
    #[must_use]
    pub fn missing(self, missing: MissingBag) -> Self {
        Self { missing, ..self }
    }
}

impl FloatSpec {
    /// Sets the smallest and the largest number.
    #[must_use]
    pub fn clip(self, clip: (Option<f64>, Option<f64>)) -> Self {
        Self { clip, ..self }
    }

    /// Sets the transform of numbers.
    #[must_use]
    pub fn transform(self, transform: Transform) -> Self {
        Self { transform, ..self }
    }

    /// Sets the policy for missing numbers.
    #[must_use]
    pub fn missing(self, missing: MissingFloat) -> Self {
        Self { missing, ..self }
    }

    /// Returns whether it needs numbers of the training split.
    pub fn learns(&self) -> bool {
        let transform_learns = match self.transform {
            Transform::Standardize | Transform::MinMax => true,
            Transform::Raw | Transform::Log1p => false,
        };
        transform_learns || self.missing == MissingFloat::Mean
    }
}

impl Default for VectorSpec {
    /// Vectors cut at commas; missing ones are refused.
    fn default() -> Self {
        Self { separator: ',', missing: MissingVector::Error }
    }
}

impl VectorSpec {
    /// Sets the separator between the numbers of a text.
    #[must_use]
    pub fn separator(self, separator: char) -> Self {
        Self { separator, ..self }
    }

    /// Sets the policy for missing vectors.
    #[must_use]
    pub fn missing(self, missing: MissingVector) -> Self {
        Self { missing, ..self }
    }
}

impl BucketSpec {
    /// Buckets between these boundaries; missing numbers are refused.
    pub fn new(boundaries: Boundaries) -> Self {
        Self { boundaries, missing: MissingBucket::Error }
    }

    /// Sets the policy for missing numbers.
    #[must_use]
    pub fn missing(self, missing: MissingBucket) -> Self {
        Self { missing, ..self }
    }
}

impl LabelSpec {
    /// A number of at least `threshold` is the label 1, a smaller one 0.
    #[must_use]
    pub fn threshold(self, threshold: f64) -> Self {
        Self { threshold: Some(threshold), ..self }
    }

    /// Sets the label of records that have none.
    #[must_use]
    pub fn missing(self, label: f64) -> Self {
        Self { missing: Some(label), ..self }
    }
}

impl WeightSpec {
    /// Sets the weight of records that have none.
    #[must_use]
    pub fn missing(self, weight: f64) -> Self {
        Self { missing: Some(weight) }
    }
}

impl Boundaries {
    /// Boundaries at given numbers.
    pub fn given<N: Into<Number>>(numbers: impl IntoIterator<Item = N>) -> Self {
        Self::Given(numbers.into_iter().map(Into::into).collect())
    }
}
