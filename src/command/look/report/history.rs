//! Statistics of the keys of earlier rows.

use turret_runtime::data::LogHistories;

/// Number of keys of each row of the log, and of the unknown ones among them.
#[derive(Default)]
pub(super) struct HistoryKeys(Vec<[u32; 2]>);

/// Keys in the history of an example, before they are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ExampleKeys {
    /// Number of keys.
    pub(super) all: u64,
    /// Number of unknown keys.
    pub(super) unknown: u64,
    /// True for an example of the test split.
    pub(super) is_test: bool,
}

impl HistoryKeys {
    /// Adds a row of the log with the number of its keys, and of the unknown ones among them.
    pub(super) fn add(&mut self, keys: usize, unknown: usize) {
        self.0.push([keys, unknown].map(|number| number as u32));
    }

    /// Looks back from each example, after all rows of the log.
    pub(super) fn of_examples(&self, histories: &LogHistories) -> impl Iterator<Item = ExampleKeys> {
        // Keys and unknown keys before each row, by user and time.
        let mut before = vec![[0_u64; 2]];
        let mut sum = [0_u64; 2];
        for &row in &histories.rows {
            let [keys, unknown] = self.0[row as usize];
            sum = [sum[0] + u64::from(keys), sum[1] + u64::from(unknown)];
            before.push(sum);
        }
        let LogHistories { train, validate, test, .. } = histories;
        let examples = [(train, false), (validate, false), (test, true)];
        let examples = examples.into_iter().flat_map(|(of, is_test)| of.iter().map(move |at| (at, is_test)));
        examples.map(move |(example, is_test)| {
            let [from, to] = example.history.map(|row| before[row as usize]);
            ExampleKeys { all: to[0] - from[0], unknown: to[1] - from[1], is_test }
        })
    }
}

#[cfg(test)]
mod tests {
    use turret_runtime::data::Example;

    use super::*;

    #[test]
    fn keys_of_examples_are_those_of_their_earlier_rows() {
        let mut keys = HistoryKeys::default();
        for (all, unknown) in [(1, 0), (5, 5), (2, 1), (0, 0), (3, 0)] {
            keys.add(all, unknown);
        }
        // The rows of two users: 0, 2, 4 and 1, 3.
        let rows = vec![0, 2, 4, 1, 3];
        let example = |history| Example { row: 0, history };
        let (train, test) = ([[0, 0], [0, 1]].map(example).into(), [[0, 2], [3, 4]].map(example).into());
        let found: Vec<_> =
            keys.of_examples(&LogHistories { rows, train, validate: Vec::new(), test }).collect();
        let expected = [(0, 0, false), (1, 0, false), (3, 1, true), (5, 5, true)];
        assert_eq!(found, expected.map(|(all, unknown, is_test)| ExampleKeys { all, unknown, is_test }));
    }
}
