//! Repeated rows of the main source: one is kept of those with the same keys in some fields.

use turret_schema::KeepRow;

use crate::data::encoded::NONE;
use crate::data::order::sorted_by;

/// Returns the rows that are not kept, ascending. `rows` ascend. `times` has the time of every row of the source, if
/// they have other times than their numbers, and `keys` for each field the number of its key, or [`NONE`]. A row without a key in one of the fields is kept.
/// Of rows with equal times, the earlier one in the file is the first.
pub(super) fn repeated(keep: KeepRow, rows: &[u32], times: Option<&[u32]>, keys: &[&[u32]]) -> Vec<u32> {
    let key = |row: u32| keys.iter().map(move |numbers| numbers[row as usize]);
    let has_keys = |&row: &u32| key(row).all(|number| number != NONE);
    let mut sorted: Vec<u32> = rows.iter().copied().filter(has_keys).collect();
    for numbers in times.iter().chain(keys.iter().rev()) {
        sorted = sorted_by(&sorted, |row| numbers[row as usize]);
    }
    let mut repeated: Vec<u32> = Vec::new();
    for group in sorted.chunk_by(|&left, &right| key(left).eq(key(right))) {
        repeated.extend(match keep {
            KeepRow::First => &group[1..],
            KeepRow::Last => &group[..group.len() - 1],
        });
    }
    repeated.sort_unstable();
    repeated
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_row_of_each_key_is_kept(
            log in prop::collection::vec((0_u32..4, 0_u32..4, 0_u32..4, any::<bool>()), 0..40), is_last: bool
        ) {
            let number = |key: u32| if key == 3 { NONE } else { key };
            let (users, items): (Vec<u32>, Vec<u32>) =
                log.iter().map(|&(user, item, ..)| (number(user), number(item))).unzip();
            let rows: Vec<u32> = (0..log.len() as u32).filter(|&row| log[row as usize].3).collect();
            let times: Vec<u32> = log.iter().map(|&(_, _, time, _)| time).collect();
            let keep = if is_last { KeepRow::Last } else { KeepRow::First };
            let found = repeated(keep, &rows, Some(&times), &[&users, &items]);

            let mut kept: HashMap<(u32, u32), u32> = HashMap::new();
            let mut expected = Vec::new();
            for &row in &rows {
                let at = |row: u32| (log[row as usize].2, row);
                let (user, item) = (users[row as usize], items[row as usize]);
                if user == NONE || item == NONE {
                    continue;
                }
                let Some(other) = kept.insert((user, item), row) else { continue };
                let row_is_later = at(row) > at(other);
                let (winner, loser) = if row_is_later == is_last { (row, other) } else { (other, row) };
                kept.insert((user, item), winner);
                expected.push(loser);
            }
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
