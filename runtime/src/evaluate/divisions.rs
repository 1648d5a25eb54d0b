//! Divisions of rows into named slices: by key, by bucket, or by a number in ranges.

use std::cmp::Reverse;

use crate::data::Vocabulary;
use crate::data::types::BucketColumn;

/// Number of keys that have a slice of their own, the most frequent ones.
const KEYS: usize = 20;

/// A division of rows into slices.
#[derive(Debug, PartialEq)]
pub(super) struct Division {
    /// Values of the slices in the order of results.
    values: Vec<String>,
    /// Slice of each row.
    of: Vec<usize>,
}

impl Division {
    /// Slices of the most frequent keys in these rows of a vocabulary, one of all other keys, and one of rows without a known
    /// key.
    pub(super) fn by_key(rows: Vec<u32>, vocabulary: &Vocabulary) -> Self {
        let mut sorted: Vec<u32> =
            rows.iter().copied().filter(|&row| vocabulary.key(row).is_some()).collect();
        sorted.sort_unstable();
        let mut counted: Vec<&[u32]> = sorted.chunk_by(|a, b| a == b).collect();
        counted.sort_by_key(|rows| Reverse(rows.len()));
        counted.truncate(KEYS);
        let frequent: Vec<u32> = counted.iter().map(|rows| rows[0]).collect();
        let keys = frequent.iter().filter_map(|&row| vocabulary.key(row));
        let (other, unknown) = (frequent.len(), frequent.len() + 1);
        let slice = |row: u32| match vocabulary.key(row) {
            None => unknown,
            Some(_) => frequent.iter().position(|&key| key == row).unwrap_or(other),
        };
        Self {
            values: keys.map(|key| key.into_owned()).chain(["other", "unknown"].map(str::to_owned)).collect(),
            of: rows.into_iter().map(slice).collect(),
        }
    }

    /// A slice of each bucket. `rows` has the bucket of each row.
    pub(super) fn by_bucket(rows: Vec<u32>, column: &BucketColumn) -> Self {
        Self {
            values: (0..column.rows()).map(|bucket| column.range(bucket)).collect(),
            of: rows.into_iter().map(|row| row as usize).collect(),
        }
    }

    /// Slices of the ranges that begin at 0 and at ascending boundaries.
    pub(super) fn by_range(numbers: &[u64], boundaries: &[u64]) -> Self {
        let starts = std::iter::once(0).chain(boundaries.iter().copied());
        let range = |(low, next): (u64, Option<&u64>)| match next {
            None => format!("{low} or more"),
            Some(next) if next - low == 1 => low.to_string(),
            Some(next) => format!("{low} to {}", next - 1),
        };
        let nexts = boundaries.iter().map(Some).chain([None]);
        Self {
            values: starts.zip(nexts).map(range).collect(),
            of: numbers.iter().map(|number| boundaries.partition_point(|low| low <= number)).collect(),
        }
    }

    /// Returns the value of each slice that has rows, and the places of these.
    pub(super) fn slices(self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let mut places = vec![Vec::new(); self.values.len()];
        for (place, slice) in self.of.into_iter().enumerate() {
            places[slice].push(place);
        }
        self.values.into_iter().zip(places).filter(|(_, places)| !places.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use turret_schema::{Boundaries, BucketSpec, Keys, MissingBucket, Oov};

    use super::*;
    use crate::data::NONE;

    fn found(division: Division) -> Vec<(String, Vec<usize>)> {
        division.slices().collect()
    }

    fn slice(value: &str, places: &[usize]) -> (String, Vec<usize>) {
        (value.to_owned(), places.to_vec())
    }

    #[test]
    fn numbers_are_in_ranges() {
        let numbers = [0, 1, 9, 10, 11, 4];
        assert_eq!(
            found(Division::by_range(&numbers, &[1, 10])),
            [slice("0", &[0]), slice("1 to 9", &[1, 2, 5]), slice("10 or more", &[3, 4])]
        );
        assert_eq!(found(Division::by_range(&[5, 7], &[5, 6])), [slice("5", &[0]), slice("6 or more", &[1])]);
        assert_eq!(found(Division::by_range(&[], &[5])), []);
    }

    #[test]
    fn frequent_keys_have_slices() {
        let mut vocabulary = Vocabulary::new("x", Keys::range(0, 40)).oov(Oov::Bucket);
        vocabulary.finish(Path::new("")).unwrap();
        // Key 1 twice, 30 three times, the keys 2 to 25 once, two unknown ones.
        let rows = [2, 31, 31, 0].into_iter().chain(3..27).chain([31, 2, NONE]).collect();
        let found = found(Division::by_key(rows, &vocabulary));
        assert_eq!(found[..3], [slice("30", &[1, 2, 28]), slice("1", &[0, 29]), slice("2", &[4])]);
        assert_eq!(found[KEYS - 1].0, "19");
        assert_eq!(found[KEYS..], [slice("other", &[22, 23, 24, 25, 26, 27]), slice("unknown", &[3, 30])]);
        let few = Division::by_key(vec![2, 2], &vocabulary);
        assert_eq!(few.slices().collect::<Vec<_>>(), [slice("1", &[0, 1])]);
    }

    #[test]
    fn buckets_are_named_by_their_numbers() {
        let spec = BucketSpec::new(Boundaries::given([18.0, 30.5])).missing(MissingBucket::Bucket);
        let mut column = BucketColumn::new("age", spec);
        column.finish().unwrap();
        assert_eq!(
            found(Division::by_bucket(vec![3, 0, 2, 1, 0], &column)),
            [
                slice("below 18", &[1, 4]),
                slice("18 to below 30.5", &[3]),
                slice("30.5 or more", &[2]),
                slice("missing", &[0])
            ]
        );
    }
}
