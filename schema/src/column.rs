//! Columns: how values are read, and the policies for missing values and values that are too long.

use serde::{Deserialize, Serialize};

use crate::names::Names;
use crate::number::Number;
use crate::time::DateOrder;

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
        /// Padding key, which is dropped.
        pub padding: Option<String>,
        /// Policy for a missing bag.
        pub missing: MissingBag,
        /// True if a missing item of a list keeps its position and is read as an unknown item.
        pub ordered: bool,
    }

    /// A column of text, split into words.
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
        /// Minimum and maximum. Values are clipped to this range before statistics are computed and before
        /// the transform.
        pub clip: (Option<f64>, Option<f64>),
        /// Transform of the numbers.
        pub transform: Transform,
        /// Policy for a missing number.
        pub missing: MissingFloat,
        /// True if values are times. The numbers are seconds since 1970.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub time: bool,
        /// Order of day and month in times that end with the year, as in [`SourceSpec::dates`](crate::SourceSpec::dates).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub dates: Option<DateOrder>,
    }

    /// A column of vectors of fixed width.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct VectorSpec by default() {
        /// Separator between the numbers of a text; a space means any white space.
        pub separator: char,
        /// Policy for a missing vector.
        pub missing: MissingVector,
    }

    /// A column of numbers divided into buckets.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BucketSpec by new(boundaries) {
        /// Boundaries between the buckets.
        pub boundaries: Boundaries,
        /// Policy for a missing number.
        pub missing: MissingBucket,
        /// True if values are times. The numbers are seconds since 1970.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub time: bool,
        /// Order of day and month in times that end with the year, as in [`SourceSpec::dates`](crate::SourceSpec::dates).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub dates: Option<DateOrder>,
    }

    /// A column of labels: numbers from 0 to 1, or indices of classes.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct LabelSpec by default() {
        /// Threshold of binary labels: the label is 1 for values >= threshold, else 0. None: the value is the
        /// label.
        pub threshold: Option<f64>,
        /// Values of which the label is 1, compared as keys; that of others is 0. Empty: the value is a number.
        #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
        pub positive: Names,
        /// Names of classes, compared as keys; the label is the index of its class. Empty: the label is from 0 to 1.
        #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
        pub classes: Names,
        /// Label of records without one. None: an error.
        pub missing: Option<f64>,
    }

    /// A column of weights of records.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct WeightSpec by default() {
        /// Weight of records without one. None: an error.
        pub missing: Option<f64>,
    }

    /// Policy for a missing id.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingId {
        /// Same as an unknown key. In a hashed vocabulary: the bucket of the empty key.
        #[default]
        Oov,
        /// An error.
        Error,
        /// A zero vector.
        Zero,
        /// This key.
        Value(key: String),
    }

    /// Policy for a missing bag, sequence or text.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingBag {
        /// No items.
        #[default]
        Empty,
        /// An error.
        Error,
    }

    /// Policy for lists and texts that are too long.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Keep {
        /// Keep the first items.
        First,
        /// Keep the last items.
        Last,
        /// An error.
        Error,
    }

    /// Policy for a missing number.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub enum MissingFloat {
        /// An error.
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
        /// Identity.
        #[default]
        Raw,
        /// `ln(1 + x)`; negative numbers are errors.
        Log1p,
        /// `(x - mean) / deviation`, with the mean and the population standard deviation of the training
        /// split. 0 if all numbers are equal.
        Standardize,
        /// `(x - min) / (max - min)`, with the range of the training split. Other numbers may map outside 0
        /// to 1. 0 if all numbers are equal.
        MinMax,
    }

    /// Policy for a missing vector.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingVector {
        /// An error.
        #[default]
        Error,
        /// A zero vector.
        Zero,
    }

    /// Boundaries between buckets. A number equal to a boundary belongs to the upper bucket.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Boundaries {
        /// Given numbers, ascending.
        Given(numbers: Vec<Number>) by given(numbers),
        /// `n` evenly spaced numbers from the minimum to the maximum of the training split, both included
        /// (NumPy's `linspace`). This gives `n - 1` buckets of equal width, one bucket below the minimum and
        /// one from the maximum on.
        EqualWidth(count: usize),
        /// Quantiles that divide the training split into `n` equal shares (linear interpolation). Equal
        /// boundaries are merged.
        Quantiles(shares: usize),
    }

    /// Policy for a missing number in a bucketized column.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MissingBucket {
        /// An error.
        #[default]
        Error,
        /// A separate bucket, the last one.
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
    /// Unordered items, separated by commas.
    pub const fn bag(max: (usize, Keep)) -> Self {
        Self::of(max, false)
    }

    /// Ordered items, separated by commas.
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

    /// Sets the separator between key and weight; items are `key:weight`.
    #[must_use]
    pub fn weight_separator(self, separator: char) -> Self {
        Self { weight_separator: Some(separator), ..self }
    }

    /// Sets the padding key, which is dropped.
    #[must_use]
    pub fn padding(self, key: impl Into<String>) -> Self {
        Self { padding: Some(key.into()), ..self }
    }

    /// Sets the policy for missing bags.
    #[must_use]
    pub fn missing(self, missing: MissingBag) -> Self {
        Self { missing, ..self }
    }

    /// Sets whether missing items of a list keep their position.
    #[must_use]
    pub fn ordered(self, ordered: bool) -> Self {
        Self { ordered, ..self }
    }
}

impl TextSpec {
    /// Texts of at most `max` words. A missing text has no words.
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
    /// Sets the minimum and maximum.
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

    /// Sets whether values are times.
    #[must_use]
    pub fn time(self, time: bool) -> Self {
        Self { time, ..self }
    }

    /// Sets the order of day and month in times that end with the year.
    #[must_use]
    pub fn dates(self, dates: DateOrder) -> Self {
        Self { dates: Some(dates), ..self }
    }

    /// Returns whether it needs statistics of the training split.
    pub fn learns(&self) -> bool {
        let transform_learns = match self.transform {
            Transform::Standardize | Transform::MinMax => true,
            Transform::Raw | Transform::Log1p => false,
        };
        transform_learns || self.missing == MissingFloat::Mean
    }
}

impl Default for VectorSpec {
    /// Vectors separated by commas; a missing vector is an error.
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
    /// Buckets between these boundaries; a missing number is an error.
    pub fn new(boundaries: Boundaries) -> Self {
        Self { boundaries, missing: MissingBucket::Error, time: false, dates: None }
    }

    /// Sets whether values are times.
    #[must_use]
    pub fn time(self, time: bool) -> Self {
        Self { time, ..self }
    }

    /// Sets the order of day and month in times that end with the year.
    #[must_use]
    pub fn dates(self, dates: DateOrder) -> Self {
        Self { dates: Some(dates), ..self }
    }

    /// Sets the policy for missing numbers.
    #[must_use]
    pub fn missing(self, missing: MissingBucket) -> Self {
        Self { missing, ..self }
    }
}

impl LabelSpec {
    /// Sets the threshold: the label is 1 for values >= `threshold`, else 0.
    #[must_use]
    pub fn threshold(self, threshold: f64) -> Self {
        Self { threshold: Some(threshold), ..self }
    }

    /// Sets the values of which the label is 1.
    #[must_use]
    pub fn positive(self, positive: impl Into<Names>) -> Self {
        Self { positive: positive.into(), ..self }
    }

    /// Sets the names of classes.
    #[must_use]
    pub fn classes(self, classes: impl Into<Names>) -> Self {
        Self { classes: classes.into(), ..self }
    }

    /// Sets the label of records without one.
    #[must_use]
    pub fn missing(self, label: f64) -> Self {
        Self { missing: Some(label), ..self }
    }
}

impl WeightSpec {
    /// Sets the weight of records without one.
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
