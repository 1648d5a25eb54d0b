//! A column of bucketized numbers; buckets are rows of a table.

mod counted;

use serde::{Deserialize, Serialize};
use turret_schema::{Boundaries, BucketSpec, MissingBucket, Number, Time};

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::Ids;
use crate::data::error::{FieldError, FieldFault, FitError, FitFault};
use crate::data::field::Field;
use crate::data::number::is_missing_number;
use crate::data::time::number_or_seconds;
use counted::{CountedNumbers, SortedNumbers};

/// Bucket of a number per record: the number of boundaries that are <= it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BucketColumn {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: BucketSpec,
    invalid: Invalid,
    edges: Vec<Number>,
    /// Numbers of the training split, for quantiles.
    #[serde(skip)]
    seen: CountedNumbers,
    /// Minimum and maximum in the training split.
    #[serde(skip)]
    range: Option<(Number, Number)>,
    #[serde(skip)]
    missing_count: Counter,
}

impl BucketColumn {
    /// A column before fitting.
    pub fn new(name: &str, spec: BucketSpec) -> Self {
        Self {
            name: name.to_owned(),
            spec,
            invalid: Invalid::default(),
            edges: Vec::new(),
            seen: CountedNumbers::default(),
            range: None,
            missing_count: Counter::default(),
        }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Updates the column with a number of the training split, this number of times.
    pub fn observe(&mut self, field: &Field, times: u64) -> Result<(), FieldError> {
        let found = self.invalid.read(field, Counting::Uncounted, |field| self.number(field))?;
        let Some(value) = found else { return Ok(()) };
        let (low, high) = self.range.unwrap_or((value, value));
        self.range = Some((low.min(value), high.max(value)));
        if let Boundaries::Quantiles(_) = self.spec.boundaries {
            self.seen.add(value, times);
        }
        Ok(())
    }

    /// Computes the boundaries.
    pub fn finish(&mut self) -> Result<(), FitError> {
        let (seen, range) = (std::mem::take(&mut self.seen), self.range.take());
        let range = range.ok_or_else(|| FitError::new(&self.name, FitFault::NoNumbersForBoundaries));
        self.edges = match &self.spec.boundaries {
            Boundaries::Given(edges) => {
                if !edges.iter().all(|edge| edge.nearest().is_finite())
                    || !edges.is_sorted_by(|left, right| left < right)
                {
                    return Err(FitError::new(&self.name, FitFault::Boundaries));
                }
                edges.clone()
            }
            Boundaries::EqualWidth(count) => {
                let (low, high) = range?;
                (0..*count)
                    .map(|index| {
                        if index + 1 == *count && index > 0 { high } else { spaced(low, high, index, *count) }
                    })
                    .collect()
            }
            Boundaries::Quantiles(shares) => {
                range?;
                let seen = seen.sorted();
                let mut edges: Vec<Number> = (1..*shares).map(|cut| quantile(&seen, cut, *shares)).collect();
                edges.dedup();
                edges
            }
        };
        Ok(())
    }

    /// Appends the bucket of the number.
    pub fn encode(&self, field: &Field, into: &mut Ids, counting: Counting) -> Result<(), FieldError> {
        let bucket = self.invalid.read(field, counting, |field| self.bucket(field))?;
        if is_missing_number(field) {
            self.missing_count.add(counting);
        }
        into.push(bucket as u32);
        Ok(())
    }

    fn number(&self, field: &Field) -> Result<Option<Number>, FieldError> {
        number_or_seconds(&self.name, field, self.spec.time, self.spec.dates)
    }

    fn bucket(&self, field: &Field) -> Result<usize, FieldError> {
        match self.number(field)? {
            Some(value) => Ok(self.edges.partition_point(|&edge| edge <= value)),
            None if self.spec.missing == MissingBucket::Bucket => Ok(self.edges.len() + 1),
            None => Err(FieldError::new(&self.name, field, FieldFault::MissingBucket)),
        }
    }

    /// Number of table rows: the buckets, and one for missing numbers if they have their own.
    pub fn rows(&self) -> usize {
        self.edges.len() + 1 + usize::from(self.spec.missing == MissingBucket::Bucket)
    }

    /// Describes the numbers of a bucket. Boundaries of times that are days are dates.
    pub fn range(&self, bucket: usize) -> String {
        let edge = |at: usize| self.edges.get(at).map(|&edge| self.shown(edge));
        if bucket > self.edges.len() {
            return "missing".to_owned();
        }
        match (bucket.checked_sub(1).and_then(edge), edge(bucket)) {
            (None, None) => "all".to_owned(),
            (None, Some(high)) => format!("below {high}"),
            (Some(low), Some(high)) => format!("{low} to below {high}"),
            (Some(low), None) => format!("{low} or more"),
        }
    }

    fn shown(&self, edge: Number) -> String {
        match self.spec.time && edge.nearest() % 86_400.0 == 0.0 {
            true => Time::date(edge.times(1_000_000_000).whole()),
            false => edge.to_string(),
        }
    }

    /// Returns the fitted boundaries.
    pub fn edges(&self) -> &[Number] {
        &self.edges
    }

    /// Returns the count of missing numbers since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("missing", &self.missing_count), self.invalid.counter()])
    }
}

/// Returns the `index`-th of `count` evenly spaced numbers from `low` to `high`. Does not overflow.
fn spaced(low: Number, high: Number, index: usize, count: usize) -> Number {
    let steps = count.saturating_sub(1).max(1) as f64;
    let share = index as f64 / steps;
    if is_counted_from(low, high) {
        return low.whole_from(high.minus(low) * share);
    }
    let (low, high) = (low.nearest(), high.nearest());
    let step = (high - low) / steps;
    let edge = if step.is_finite() { low + step * index as f64 } else { low * (1.0 - share) + high * share };
    edge.into()
}

/// Returns the quantile at `cut / shares` of some numbers.
fn quantile(sorted: &SortedNumbers, cut: usize, shares: usize) -> Number {
    let position = (sorted.len() - 1) as f64 * cut as f64 / shares as f64;
    let below = position.floor() as u64;
    let above = (below + 1).min(sorted.len() - 1);
    let share = position - below as f64;
    let (below, above) = (sorted.at(below), sorted.at(above));
    if is_counted_from(below, above) {
        return below.whole_from(above.minus(below) * share).min(above);
    }
    let (below, above) = (below.nearest(), above.nearest());
    let between = below * (1.0 - share) + above * share;
    // Rounding must not move a boundary above the upper number.
    between.clamp(below, above).into()
}

/// Returns whether numbers between the two are computed as offsets from the first, because doubles are not
/// exact there.
fn is_counted_from(low: Number, high: Number) -> bool {
    low.is_whole_beyond_doubles() && high.is_whole_beyond_doubles()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(column: &BucketColumn, field: Field) -> u32 {
        let mut into = Ids::default();
        column.encode(&field, &mut into, Counting::Counted).unwrap();
        into.as_slice()[0]
    }

    fn edges(column: &BucketColumn) -> Vec<f64> {
        column.edges().iter().map(|edge| edge.nearest()).collect()
    }

    fn fitted(boundaries: Boundaries, values: impl IntoIterator<Item = f64>) -> BucketColumn {
        let mut column = BucketColumn::new("x", BucketSpec::new(boundaries).missing(MissingBucket::Bucket));
        for value in values {
            column.observe(&Field::Float(value), 1).unwrap();
        }
        column.finish().unwrap();
        column
    }

    #[test]
    fn edges_go_up() {
        let column = fitted(Boundaries::given([0.0, 1.0, 2.0]), []);
        let buckets = [-0.1, 0.0, 0.5, 1.0, 2.0, 9.0].map(|value| bucket(&column, Field::Float(value)));
        assert_eq!(buckets, [0, 1, 1, 2, 3, 3]);
        assert_eq!((bucket(&column, Field::Missing), column.rows()), (4, 5));
        let ranges = [0, 1, 3, 4].map(|bucket| column.range(bucket));
        assert_eq!(ranges, ["below 0", "0 to below 1", "2 or more", "missing"]);
        for boundaries in [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN]] {
            assert!(BucketColumn::new("x", BucketSpec::new(Boundaries::given(boundaries))).finish().is_err());
        }
    }

    #[test]
    fn whole_numbers_beyond_doubles() {
        // Nanoseconds since 1970.
        let times = (0..9).map(|step| 1_769_590_000_000_000_001_i64 + step);
        let given = [3, 6].map(|step| 1_769_590_000_000_000_001_i64 + step);
        for boundaries in [Boundaries::Quantiles(3), Boundaries::given(given), Boundaries::EqualWidth(3)] {
            let mut column = BucketColumn::new("t", BucketSpec::new(boundaries.clone()));
            times.clone().for_each(|time| column.observe(&Field::Int(time), 1).unwrap());
            column.finish().unwrap();
            let column: BucketColumn =
                serde_json::from_str(&serde_json::to_string(&column).unwrap()).unwrap();
            let buckets: Vec<u32> = times.clone().map(|time| bucket(&column, Field::Int(time))).collect();
            let expected = match boundaries {
                Boundaries::Quantiles(_) | Boundaries::Given(_) => [0, 0, 0, 1, 1, 1, 2, 2, 2],
                _ => [1, 1, 1, 1, 2, 2, 2, 2, 3],
            };
            assert_eq!(buckets, expected, "{boundaries:?}");
        }
    }

    #[test]
    fn days_are_dates() {
        let days = Boundaries::given([1_530_403_200.0, 1_546_300_800.0, 1_546_300_801.0]);
        let mut column = BucketColumn::new("x", BucketSpec::new(days).time(true));
        column.finish().unwrap();
        let ranges = [0, 1, 2].map(|bucket| column.range(bucket));
        let expected =
            ["below 2018-07-01", "2018-07-01 to below 2019-01-01", "2019-01-01 to below 1546300801"];
        assert_eq!(ranges, expected);
    }

    #[test]
    fn learned_edges() {
        let even = fitted(Boundaries::EqualWidth(5), [4.0, 0.0, 8.0]);
        assert_eq!(edges(&even), [0.0, 2.0, 4.0, 6.0, 8.0]);
        let wide = fitted(Boundaries::EqualWidth(3), [f64::MIN, f64::MAX]);
        assert_eq!(edges(&wide), [f64::MIN, 0.0, f64::MAX]);
        let quantiles = fitted(Boundaries::Quantiles(4), (0..=100).map(f64::from));
        assert_eq!(edges(&quantiles), [25.0, 50.0, 75.0]);
        let equal = fitted(Boundaries::Quantiles(4), [1.0; 10]);
        assert_eq!((edges(&equal), equal.rows()), (vec![1.0], 3));
        assert!(BucketColumn::new("x", BucketSpec::new(Boundaries::Quantiles(4))).finish().is_err());
        // Every number has the bucket that counting the boundaries gives.
        let values: Vec<f64> = (0..500).map(|index| f64::from((index * 7919) % 257).sqrt() / 3e5).collect();
        for boundaries in [Boundaries::EqualWidth(17), Boundaries::Quantiles(9)] {
            let column = fitted(boundaries, values.clone());
            let again: BucketColumn = serde_json::from_str(&serde_json::to_string(&column).unwrap()).unwrap();
            assert_eq!(again.edges(), column.edges(), "a stored boundary moved");
            for &value in &values {
                let counted = column.edges().iter().filter(|edge| edge.nearest() <= value).count();
                assert_eq!(bucket(&column, Field::Float(value)) as usize, counted);
            }
        }
    }
}
