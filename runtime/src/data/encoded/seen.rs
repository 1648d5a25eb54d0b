//! Items of each user in training rows.

use super::NONE;

/// Items of each user, ascending and without duplicates, in one list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeenItems {
    /// Place of the first item of each user, and the end.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl SeenItems {
    /// Items in `rows` of the main source. `users` and `items` have the user and the item of each row of it; an
    /// unknown item is [`NONE`].
    pub(crate) fn new(rows: &[u32], users: &[u32], items: &[u32]) -> Self {
        let known = || {
            let known = rows.iter().filter(|&&row| items[row as usize] != NONE);
            known.map(|&row| (users[row as usize] as usize, items[row as usize]))
        };
        let count = known().map(|(user, _)| user + 1).max().unwrap_or(0);
        let mut starts = vec![0; count + 1];
        known().for_each(|(user, _)| starts[user + 1] += 1);
        (0..count).for_each(|user| starts[user + 1] += starts[user]);
        let mut next = starts.clone();
        let mut all = vec![0; starts[count] as usize];
        for (user, item) in known() {
            all[next[user] as usize] = item;
            next[user] += 1;
        }
        drop(next);
        let (mut kept, mut begin) = (0, 0);
        for user in 0..count {
            let end = starts[user + 1] as usize;
            all[begin..end].sort_unstable();
            starts[user] = kept as u32;
            let first = kept;
            for at in begin..end {
                if kept == first || all[kept - 1] != all[at] {
                    all[kept] = all[at];
                    kept += 1;
                }
            }
            begin = end;
        }
        starts[count] = kept as u32;
        all.truncate(kept);
        all.shrink_to_fit();
        Self { starts, items: all }
    }

    /// Items of a user, ascending. A user without training rows has none.
    pub(crate) fn of(&self, user: u32) -> &[u32] {
        let user = user as usize;
        match (self.starts.get(user), self.starts.get(user + 1)) {
            (Some(&start), Some(&end)) => &self.items[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Items of each user.
    pub(crate) fn users(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|span| &self.items[span[0] as usize..span[1] as usize])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rng::Stream;

    #[test]
    fn items_are_those_of_the_given_rows() {
        let (users, items) = ([1, 0, 1, 1, 0, 3, 1], [7, 0, 5, NONE, 7, 2, 5]);
        let seen = SeenItems::new(&[0, 2, 3, 4, 6], &users, &items);
        assert_eq!([0, 1, 2, 3, 9].map(|user| seen.of(user)), [&[7][..], &[5, 7], &[], &[], &[]]);
        assert_eq!(seen.users().collect::<Vec<_>>(), [&[7][..], &[5, 7]]);
        assert_eq!(SeenItems::new(&[], &users, &items).of(0), [0; 0]);
    }

    #[test]
    fn lists_equal_sets() {
        let stream = Stream::new(1, "seen");
        let draw = |at: u64, below: u64| stream.below(at, below) as u32;
        let users: Vec<u32> = (0..3000).map(|row| draw(row, 97)).collect();
        let items: Vec<u32> = (3000..6000).map(|row| draw(row, 40)).collect();
        let rows: Vec<u32> = (0..3000).filter(|&row| draw(6000 + u64::from(row), 3) > 0).collect();
        let seen = SeenItems::new(&rows, &users, &items);
        for user in 0..97 {
            let own = rows.iter().filter(|&&row| users[row as usize] == user);
            let set: BTreeSet<u32> = own.map(|&row| items[row as usize]).collect();
            assert_eq!(seen.of(user), Vec::from_iter(set));
        }
    }
}
