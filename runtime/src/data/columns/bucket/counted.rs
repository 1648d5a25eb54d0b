//! Numbers with their counts, for quantiles.

use turret_schema::Number;

/// Numbers that are kept before equal ones are merged.
const AT_ONCE: usize = 1 << 12;

/// Numbers with their counts. Takes memory for at most twice the distinct ones.
#[derive(Clone, Debug, Default)]
pub(super) struct CountedNumbers {
    /// The first ones ascend and are distinct.
    numbers: Vec<(Number, u64)>,
    distinct: usize,
}

impl CountedNumbers {
    /// Adds a number this number of times.
    pub(super) fn add(&mut self, number: Number, times: u64) {
        self.numbers.push((number, times));
        if self.numbers.len() >= 2 * self.distinct.max(AT_ONCE) {
            self.merge();
        }
    }

    fn merge(&mut self) {
        self.numbers.sort_by_key(|&(number, _)| number);
        self.numbers.dedup_by(|(number, times), (kept, sum)| {
            let is_equal = number == kept;
            *sum += if is_equal { *times } else { 0 };
            is_equal
        });
        self.distinct = self.numbers.len();
    }

    /// The numbers in ascending order, each as often as it was added.
    pub(super) fn sorted(mut self) -> SortedNumbers {
        self.merge();
        let mut end = 0;
        let ends = self.numbers.into_iter().map(|(number, times)| {
            end += times;
            (number, end)
        });
        SortedNumbers(ends.collect())
    }
}

/// Numbers in ascending order, with repetitions.
pub(super) struct SortedNumbers(Vec<(Number, u64)>);

impl SortedNumbers {
    /// Count of the numbers.
    pub(super) fn len(&self) -> u64 {
        self.0.last().map_or(0, |&(_, end)| end)
    }

    /// Returns the number at a place, which is below the count.
    pub(super) fn at(&self, place: u64) -> Number {
        self.0[self.0.partition_point(|&(_, end)| end <= place)].0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_have_the_places_that_sorting_gives(
            numbers in prop::collection::vec((-40_i64..40, 1_u64..4), 1..300),
            repetitions in 1_usize..60,
        ) {
            let mut counted = CountedNumbers::default();
            let mut all: Vec<Number> = Vec::new();
            for &(number, times) in numbers.iter().cycle().take(numbers.len() * repetitions) {
                counted.add(number.into(), times);
                all.extend((0..times).map(|_| Number::from(number)));
            }
            prop_assert!(counted.numbers.len() <= 2 * AT_ONCE);
            all.sort_unstable();
            let sorted = counted.sorted();
            prop_assert_eq!(sorted.len(), all.len() as u64);
            for place in (0..all.len()).step_by(all.len().div_ceil(50)) {
                prop_assert_eq!(sorted.at(place as u64), all[place]);
            }
        }
    }
}
