//! Statistics of the keys of earlier rows.

use turret_runtime::data::LogHistories;

use crate::command::profile::Quantiles;

/// Keys in the histories of examples.
#[derive(Default)]
pub(super) struct HistoryKeys {
    /// Number of keys of each row of the log, and of the unknown ones among them.
    of_rows: Vec<[u32; 2]>,
    /// Number of examples.
    pub(super) examples: u64,
    /// Examples without a key of an earlier row.
    pub(super) empty: u64,
    /// Number of keys of an example, before they are cut.
    pub(super) lengths: Quantiles,
    /// Keys of the examples of the test split, and the unknown ones among them.
    pub(super) tested: [u64; 2],
}

impl HistoryKeys {
    /// Adds a row of the log with the number of its keys, and of the unknown ones among them.
    pub(super) fn add(&mut self, keys: usize, unknown: usize) {
        self.of_rows.push([keys, unknown].map(|number| number as u32));
    }

    /// Looks back from each example, after all rows of the log.
    pub(super) fn finish(&mut self, histories: &LogHistories) {
        // Keys and unknown keys before each row, by user and time.
        let mut before = vec![[0_u64; 2]];
        let mut sum = [0_u64; 2];
        for &row in &histories.rows {
            let [keys, unknown] = self.of_rows[row as usize];
            sum = [sum[0] + u64::from(keys), sum[1] + u64::from(unknown)];
            before.push(sum);
        }
        self.of_rows = Vec::new();
        for (examples, is_test) in [(&histories.train, false), (&histories.test, true)] {
            for example in examples {
                let [from, to] = example.history.map(|row| before[row as usize]);
                let [keys, unknown] = [to[0] - from[0], to[1] - from[1]];
                self.examples += 1;
                self.empty += u64::from(keys == 0);
                self.lengths.add(keys as f64);
                if is_test {
                    self.tested = [self.tested[0] + keys, self.tested[1] + unknown];
                }
            }
        }
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
        keys.finish(&LogHistories { rows, train, test });
        assert_eq!((keys.examples, keys.empty, keys.tested), (4, 1, [8, 6]));
        assert_eq!(keys.lengths.at(&[0.0, 0.5, 1.0]), Some(vec![0.0, 3.0, 5.0]));
    }
}
