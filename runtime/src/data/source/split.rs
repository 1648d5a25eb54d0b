//! Split into training and test rows.

use super::drawn_rows::DrawnRows;
use crate::data::error::{DataError, SpecError};
use crate::data::history::Timeline;
use crate::data::order::sorted_by;
use turret_schema::SplitSpec;

/// Returns the training rows and the test rows of `rows`, each ascending. `times` has the time of each row of the
/// source, if they are split by time; the training files have the first `of_training_files` rows.
pub(super) fn split(
    spec: &SplitSpec,
    rows: Vec<u32>,
    times: &[u32],
    of_training_files: u32,
    timeline: &Timeline,
) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    let (train, test) = match spec {
        SplitSpec::None => (rows, Vec::new()),
        SplitSpec::Given { .. } => rows.into_iter().partition(|&row| row < of_training_files),
        SplitSpec::Random { test, seed } => random_split(rows, check_share(*test)?, *seed),
        SplitSpec::ByTime { test, .. } => {
            let tested = (rows.len() as f64 * check_share(*test)?).round() as usize;
            cut(sorted_by(&rows, |row| times[row as usize]), tested)
        }
        SplitSpec::LeaveLastOut { nth } => {
            let (mut train, mut test) = (Vec::new(), Vec::new());
            for rows in timeline.users() {
                // Rows after the test row are unused. The first row is no test row.
                let known = rows.len().saturating_sub(nth.saturating_sub(1)).max(1);
                let tested = Some(known - 1).filter(|&place| place > 0);
                train.extend(&rows[..tested.unwrap_or(known)]);
                test.extend(tested.map(|place| rows[place]));
            }
            train.sort_unstable();
            test.sort_unstable();
            (train, test)
        }
    };
    Ok((train, test))
}

/// Splits rows at random; `rows` are ascending positions in a file. Returns the training rows and the test
/// rows, each ascending. The split of a row depends only on its position, the share and the seed. Rows that
/// are appended, or removed by a filter, do not affect others.
pub fn random_split(rows: Vec<u32>, test: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    if test <= 0.0 {
        return (rows, Vec::new());
    }
    let mut drawn = DrawnRows::new(test, seed).peekable();
    rows.into_iter().partition(|&row| {
        while drawn.next_if(|&drawn| drawn < u64::from(row)).is_some() {}
        drawn.peek() != Some(&u64::from(row))
    })
}

/// Returns the share of test rows if it is valid.
fn check_share(share: f64) -> Result<f64, DataError> {
    if (0.0..1.0).contains(&share) { Ok(share) } else { Err(SpecError::TestShare { share }.into()) }
}

/// Splits off the last `tested` rows as test rows.
fn cut(mut rows: Vec<u32>, tested: usize) -> (Vec<u32>, Vec<u32>) {
    let mut test = rows.split_off(rows.len().saturating_sub(tested));
    test.sort_unstable();
    rows.sort_unstable();
    (rows, test)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn random_share(rows: u32, test: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
        let all = (0..rows).collect();
        split(&SplitSpec::Random { test, seed }, all, &[], 0, &Timeline::default()).unwrap()
    }

    #[test]
    fn all_rows_are_split_and_the_same_for_the_same_seed() {
        for (rows, test, expected) in [(100_000, 0.2, 20_000), (8, 0.5, 4), (3, 0.0, 0)] {
            let (train, tested) = random_share(rows, test, 42);
            assert_eq!(tested.len(), expected);
            let mut all = [train, tested].concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..rows));
        }
        assert_eq!(random_share(1000, 0.3, 1), random_share(1000, 0.3, 1));
        assert_ne!(random_share(1000, 0.3, 1), random_share(1000, 0.3, 2));
        for share in [1.0, -0.1, f64::NAN] {
            let random = SplitSpec::Random { test: share, seed: 0 };
            assert!(split(&random, vec![0, 1], &[], 0, &Timeline::default()).is_err());
        }
    }

    proptest! {
        #[test]
        fn appended_rows_and_filters_move_none(
            rows in 1_u32..2_000, more in 0_u32..2_000, test in 0.001_f64..0.999, seed: u64, every in 1_u32..7
        ) {
            let (train, tested) = random_split((0..rows).collect(), test, seed);
            let (longer_train, longer_test) = random_split((0..rows + more).collect(), test, seed);
            let before = |longer: Vec<u32>| longer.into_iter().filter(|&row| row < rows).collect::<Vec<_>>();
            prop_assert_eq!(&before(longer_train), &train);
            prop_assert_eq!(&before(longer_test), &tested);
            let kept = |rows: Vec<u32>| rows.into_iter().filter(|row| row % every == 0).collect::<Vec<_>>();
            let filtered = random_split(kept((0..rows).collect()), test, seed);
            prop_assert_eq!(filtered, (kept(train), kept(tested)));
        }
    }
}
