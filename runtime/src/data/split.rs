//! Dividing rows into those that train and those that test.

use super::data_spec::SplitSpec;
use super::error::DataError;
use super::table::Table;
use super::timeline::{Timeline, time_of};

/// The training and the test rows among `rows`, each in ascending order.
pub(super) fn split(
    spec: &SplitSpec,
    main: &Table,
    timeline: &Timeline,
    rows: Vec<u32>,
) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    let (train, test) = match *spec {
        SplitSpec::None => (rows, Vec::new()),
        SplitSpec::Given { .. } => {
            let first = main.rows_of_first_file();
            rows.into_iter().partition(|&row| (row as usize) < first)
        }
        SplitSpec::Random { test, seed } => {
            let tested = share(rows.len(), test)?;
            random_split(rows, tested, seed)
        }
        SplitSpec::ByTime { field, test } => {
            let tested = share(rows.len(), test)?;
            let column = main.column(field).ok_or_else(|| DataError::Header {
                source: "main".to_owned(),
                wanted: field.to_owned(),
                names: main.columns().to_vec(),
            })?;
            let mut times = Vec::with_capacity(rows.len());
            for row in rows {
                times.push((time_of(main, field, column, row)?, row));
            }
            // Latest first, so that the test rows stand in front.
            times.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(right.1.cmp(&left.1)));
            cut(times.into_iter().map(|(_, row)| row).collect(), tested)
        }
        SplitSpec::LeaveLastOut { nth } => {
            let (mut train, mut test) = (Vec::new(), Vec::new());
            for events in timeline.users() {
                // The rows behind the one that tests are not used.
                let known = events.len().saturating_sub(nth.saturating_sub(1));
                let tested = known.checked_sub(1).filter(|&place| place > 0);
                train.extend(events[..tested.unwrap_or(known)].iter().map(|event| event.row));
                test.extend(tested.map(|place| events[place].row));
            }
            train.sort_unstable();
            test.sort_unstable();
            (train, test)
        }
    };
    if train.is_empty() {
        return Err(DataError::Spec(
            "the split leaves no row to train on; make its test share smaller".to_owned(),
        ));
    }
    Ok((train, test))
}

/// Draws `tested` of the rows; the training and the test rows, each in ascending order.
pub fn random_split(mut rows: Vec<u32>, tested: usize, seed: u64) -> (Vec<u32>, Vec<u32>) {
    draw(&mut rows, tested, seed);
    cut(rows, tested)
}

/// How many of `rows` a share is.
fn share(rows: usize, share: f64) -> Result<usize, DataError> {
    if (0.0..1.0).contains(&share) {
        Ok((rows as f64 * share).round() as usize)
    } else {
        Err(DataError::Spec(format!(
            "a test share of {share} is not possible; give a number from 0 to below 1"
        )))
    }
}

/// The first `tested` rows test.
fn cut(mut rows: Vec<u32>, tested: usize) -> (Vec<u32>, Vec<u32>) {
    let mut train = rows.split_off(tested.min(rows.len()));
    train.sort_unstable();
    rows.sort_unstable();
    (train, rows)
}

/// Brings `count` rows drawn at random to the front (the beginning of a Fisher-Yates shuffle).
fn draw(rows: &mut [u32], count: usize, seed: u64) {
    for at in 0..count.min(rows.len()) {
        let left = (rows.len() - at) as u128;
        // The high half of a 64-bit number times `left`: below `left`, and even to within `left / 2^64`.
        let drawn = (u128::from(random(seed, at as u64)) * left) >> 64;
        rows.swap(at, at + drawn as usize);
    }
}

/// The `counter`-th number of SplitMix64's sequence from a state mixed from `seed`.
fn random(seed: u64, counter: u64) -> u64 {
    let state = mix(seed).wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mix(state)
}

/// SplitMix64's finalizer.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random_share(rows: u32, test: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
        let all = (0..rows).collect();
        split(&SplitSpec::Random { test, seed }, &Table::default(), &Timeline::default(), all).unwrap()
    }

    #[test]
    fn exact_and_reproducible() {
        for (rows, test, expected) in [(100_000, 0.2, 20_000), (7, 0.5, 4), (3, 0.0, 0)] {
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
            assert!(split(&random, &Table::default(), &Timeline::default(), vec![0, 1]).is_err());
        }
    }

    #[test]
    fn evenly_drawn() {
        let mut hits = [0_u32; 10];
        for seed in 0..10_000 {
            for row in random_share(10, 0.3, seed).1 {
                hits[row as usize] += 1;
            }
        }
        assert!(hits.iter().all(|&hit| (2800..3200).contains(&hit)), "{hits:?}");
    }
}
