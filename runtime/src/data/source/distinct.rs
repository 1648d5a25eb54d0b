//! Repeated rows of the main source: one is kept of those with the same keys in some fields.

use turret_schema::{KeepRow, Number};

use crate::data::encoded::NONE;

/// Returns the rows that are not kept, ascending. `rows` ascend, and have these times. `keys` has for each field
/// the number of the key of every row of the source, or [`NONE`]. A row without a key in one of the fields is kept.
/// Of rows with equal times, the earlier one in the file is the first.
pub(super) fn repeated(keep: KeepRow, rows: &[u32], times: &[Number], keys: &[&[u32]]) -> Vec<u32> {
    let key = |row: u32| keys.iter().map(move |numbers| numbers[row as usize]);
    let has_keys = |&(row, _): &(u32, Number)| key(row).all(|number| number != NONE);
    let mut sorted: Vec<(u32, Number)> =
        rows.iter().copied().zip(times.iter().copied()).filter(has_keys).collect();
    sorted.sort_unstable_by(|left, right| {
        key(left.0).cmp(key(right.0)).then(left.1.cmp(&right.1)).then(left.0.cmp(&right.0))
    });
    let mut repeated: Vec<u32> = Vec::new();
    for group in sorted.chunk_by(|left, right| key(left.0).eq(key(right.0))) {
        let others = match keep {
            KeepRow::First => &group[1..],
            KeepRow::Last => &group[..group.len() - 1],
        };
        repeated.extend(others.iter().map(|&(row, _)| row));
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
            log in prop::collection::vec((0_u32..4, 0_u32..4, 0_i64..4, any::<bool>()), 0..40), is_last: bool
        ) {
            let number = |key: u32| if key == 3 { NONE } else { key };
            let (users, items): (Vec<u32>, Vec<u32>) =
                log.iter().map(|&(user, item, ..)| (number(user), number(item))).unzip();
            let rows: Vec<u32> = (0..log.len() as u32).filter(|&row| log[row as usize].3).collect();
            let times: Vec<Number> = rows.iter().map(|&row| log[row as usize].2.into()).collect();
            let keep = if is_last { KeepRow::Last } else { KeepRow::First };
            let found = repeated(keep, &rows, &times, &[&users, &items]);

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
