//! Split into training, validation and test rows.

use std::iter::Peekable;

use super::drawn_rows::DrawnRows;
use crate::data::error::{DataError, SpecError};
use crate::data::history::Timeline;
use crate::data::order::sorted_by;
use turret_schema::SplitSpec;

/// Rows of the parts of a split, each ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) train: Vec<u32>,
    pub(super) validate: Vec<u32>,
    pub(super) test: Vec<u32>,
}

/// Splits `rows`, which ascend. `times` has the time of each row of the source, if they are split by time;
/// `ends` are the ends of the rows of each path of the source.
pub(super) fn split(
    spec: &SplitSpec,
    rows: Vec<u32>,
    times: &[u32],
    ends: &[u32],
    timeline: &Timeline,
) -> Result<Parts, DataError> {
    Ok(match spec {
        SplitSpec::None => Parts { train: rows, ..Parts::default() },
        SplitSpec::Given { validate, .. } => {
            let end = |path: usize| ends.get(path).copied().unwrap_or(0);
            let (train, mut others): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(|&row| row < end(0));
            let first_test = if validate.is_some() { end(1) } else { end(0) };
            let test = others.split_off(others.partition_point(|&row| row < first_test));
            Parts { train, validate: others, test }
        }
        SplitSpec::Random { validate, test, seed } => {
            let [validate, test] = checked([*validate, *test])?;
            random(rows, [validate, test], *seed)
        }
        SplitSpec::ByTime { validate, test, .. } => {
            let count = rows.len() as f64;
            let counts = checked([*validate, *test])?.map(|share| (count * share).round() as usize);
            by_time(sorted_by(&rows, |row| times[row as usize]), counts)
        }
        SplitSpec::LeaveLastOut { nth, validate } => leave_last_out(timeline, *nth, *validate),
    })
}

/// The first share of the training rows, then validation rows, then test rows.
fn by_time(mut rows: Vec<u32>, [validated, tested]: [usize; 2]) -> Parts {
    let mut test = rows.split_off(rows.len().saturating_sub(tested));
    let mut validate = rows.split_off(rows.len().saturating_sub(validated));
    [&mut rows, &mut validate, &mut test].into_iter().for_each(|part| part.sort_unstable());
    Parts { train: rows, validate, test }
}

/// The `nth` row of each user from the end, and the one before it. Rows after the test row are unused. The first row
/// of a user is a training row.
fn leave_last_out(timeline: &Timeline, nth: usize, validate: bool) -> Parts {
    let mut parts = Parts::default();
    for rows in timeline.users() {
        let known = rows.len().saturating_sub(nth.saturating_sub(1)).max(1);
        let mut rows = &rows[..known];
        let held_out = [&mut parts.test, &mut parts.validate];
        for part in held_out.into_iter().take(1 + usize::from(validate)) {
            if let [before @ .., last] = rows
                && !before.is_empty()
            {
                part.push(*last);
                rows = before;
            }
        }
        parts.train.extend(rows);
    }
    let Parts { train, validate, test } = &mut parts;
    [train, validate, test].into_iter().for_each(|part| part.sort_unstable());
    parts
}

/// Splits rows at random; `rows` are ascending positions in a file. The part of a row depends only on its position, the
/// shares and the seed. Rows that are appended, or removed by a filter, do not affect others, and a validation part
/// does not affect the test rows.
fn random(rows: Vec<u32>, [validate, test]: [f64; 2], seed: u64) -> Parts {
    // Places of the rows among all positions that are no test rows.
    let (mut drawn, mut tested) = (drawn(test, seed), 0);
    let (mut parts, mut places) = (Parts::default(), Vec::new());
    let mut others = Vec::with_capacity(rows.len());
    for row in rows {
        while drawn.next_if(|&drawn| drawn < u64::from(row)).is_some() {
            tested += 1;
        }
        match drawn.peek() == Some(&u64::from(row)) {
            true => parts.test.push(row),
            false => {
                others.push(row);
                places.push(row - tested);
            }
        }
    }
    if validate <= 0.0 {
        return Parts { train: others, ..parts };
    }
    // Seeds of specs are below 2^53.
    let mut drawn = self::drawn(validate / (1.0 - test), !seed);
    for (row, place) in others.into_iter().zip(places) {
        while drawn.next_if(|&drawn| drawn < u64::from(place)).is_some() {}
        let is_drawn = drawn.peek() == Some(&u64::from(place));
        if is_drawn { &mut parts.validate } else { &mut parts.train }.push(row);
    }
    parts
}
/// Positions of drawn rows.
fn drawn(share: f64, seed: u64) -> Peekable<impl Iterator<Item = u64>> {
    (share > 0.0).then(|| DrawnRows::new(share, seed)).into_iter().flatten().peekable()
}

/// Splits rows at random; `rows` are ascending positions in a file. Returns the training rows and the test
/// rows, each ascending. The split of a row depends only on its position, the share and the seed. Rows that
/// are appended, or removed by a filter, do not affect others.
pub fn random_split(rows: Vec<u32>, test: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let Parts { train, test, .. } = random(rows, [0.0, test], seed);
    (train, test)
}

/// Returns the shares of validation and test rows if they leave training rows.
fn checked(shares: [f64; 2]) -> Result<[f64; 2], DataError> {
    let is_share = |share: &f64| (0.0..1.0).contains(share);
    match shares.iter().all(is_share) && is_share(&(shares[0] + shares[1])) {
        true => Ok(shares),
        false => Err(SpecError::Shares { validate: shares[0], test: shares[1] }.into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn random_shares(rows: u32, validate: f64, test: f64, seed: u64) -> Parts {
        let all = (0..rows).collect();
        split(&SplitSpec::Random { validate, test, seed }, all, &[], &[], &Timeline::default()).unwrap()
    }

    #[test]
    fn all_rows_are_split_and_the_same_for_the_same_seed() {
        for (rows, validate, test, expected) in [
            (100_000, 0.0, 0.2, [0, 20_000]),
            (100_000, 0.1, 0.2, [10_000, 20_000]),
            (8, 0.0, 0.5, [0, 4]),
            (8, 0.25, 0.5, [2, 4]),
            (10, 0.5, 0.0, [5, 0]),
            (3, 0.0, 0.0, [0, 0]),
        ] {
            let parts = random_shares(rows, validate, test, 42);
            assert_eq!([parts.validate.len(), parts.test.len()], expected);
            assert_eq!(
                parts.test,
                random_shares(rows, 0.0, test, 42).test,
                "the same rows without validation"
            );
            let mut all = [parts.train, parts.validate, parts.test].concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..rows));
        }
        assert_eq!(random_shares(1000, 0.1, 0.3, 1), random_shares(1000, 0.1, 0.3, 1));
        assert_ne!(random_shares(1000, 0.1, 0.3, 1), random_shares(1000, 0.1, 0.3, 2));
        for (validate, test) in [(0.0, 1.0), (0.0, -0.1), (0.0, f64::NAN), (0.5, 0.5), (f64::NAN, 0.1)] {
            let random = SplitSpec::Random { validate, test, seed: 0 };
            assert!(split(&random, vec![0, 1], &[], &[], &Timeline::default()).is_err());
        }
    }

    #[test]
    fn the_rows_of_files_are_those_of_their_parts() {
        let given = |validate: Option<&'static str>| SplitSpec::Given {
            train: "a".into(),
            validate: validate.map(Into::into),
            test: "c".into(),
        };
        let parts = |spec, ends: &[u32]| split(&spec, vec![0, 1, 3, 4, 6], &[], ends, &Timeline::default());
        let three = Parts { train: vec![0, 1], validate: vec![3, 4], test: vec![6] };
        assert_eq!(parts(given(Some("b")), &[2, 5, 7]).unwrap(), three);
        let two = Parts { train: vec![0, 1], validate: vec![], test: vec![3, 4, 6] };
        assert_eq!(parts(given(None), &[2, 7]).unwrap(), two);
    }

    #[test]
    fn validation_rows_are_the_latest_before_the_test_rows() {
        let times = [5, 1, 4, 4, 2, 9];
        let spec = SplitSpec::ByTime { order: ["time"].into(), validate: 0.34, test: 0.34 };
        let parts = split(&spec, (0..6).collect(), &times, &[], &Timeline::default()).unwrap();
        assert_eq!(parts, Parts { train: vec![1, 4], validate: vec![2, 3], test: vec![0, 5] });
    }

    proptest! {
        #[test]
        fn appended_rows_and_filters_move_none(
            rows in 1_u32..2_000, more in 0_u32..2_000, validate in 0.0_f64..0.5, test in 0.001_f64..0.499, seed in 0_u64..1 << 53,
            every in 1_u32..7
        ) {
            let split = |rows| random(rows, [validate, test], seed);
            let each = |parts: Parts, keep: &dyn Fn(&u32) -> bool| {
                let part = |rows: Vec<u32>| rows.into_iter().filter(keep).collect::<Vec<_>>();
                Parts { train: part(parts.train), validate: part(parts.validate), test: part(parts.test) }
            };
            let parts = split((0..rows).collect());
            let longer = split((0..rows + more).collect());
            prop_assert_eq!(&each(longer, &|&row| row < rows), &parts);
            let is_kept = |row: &u32| row.is_multiple_of(every);
            let filtered = split((0..rows).filter(is_kept).collect());
            prop_assert_eq!(filtered, each(parts, &is_kept));
        }
    }
}
