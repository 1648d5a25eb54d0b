//! Columns that tell the label alone, on a fixed sample of rows.
//!
//! A number is judged by the AUC of its ranks. A key is judged by the rate of its label in one half of the rows, and by the AUC
//! of this rate in the other half; so a key that occurs once tells nothing.

use std::collections::HashMap;

use turret_dsl::model::ColumnId;
use turret_runtime::checksum::hash_of;
use turret_runtime::data::Field;
use turret_runtime::rng::Stream;

use super::finding::Finding;

/// Number of values that are kept of all columns together.
const CELLS: usize = 1 << 22;
/// Most rows that are compared.
const ROWS: usize = 1 << 16;
/// Fewest rows of each label.
const OF_EACH: usize = 20;
/// Smallest AUC that is a leak.
const LEAK: f64 = 0.98;
/// Seed of the sample and of its halves.
const SEED: u64 = 42;

/// Values and labels of sampled rows.
pub(super) struct Leaks {
    draws: Stream,
    /// Number of all rows, and of those that are wanted.
    share: (u64, u64),
    /// For each column, the sampled rows with the hash and the number of the value.
    values: Vec<Vec<(u32, u64, f64)>>,
    /// For each column of labels, the sampled rows with the label.
    labels: Vec<Vec<(u32, f32)>>,
}

impl Leaks {
    /// No values of this number of columns and rows yet.
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        let wanted = ROWS.min(CELLS / columns.max(1));
        Self {
            draws: Stream::new(SEED, "rows of a report"),
            share: (rows as u64, wanted as u64),
            values: vec![Vec::new(); columns],
            labels: vec![Vec::new(); columns],
        }
    }

    fn is_sampled(&self, row: usize) -> bool {
        let (rows, wanted) = self.share;
        rows <= wanted || self.draws.below(row as u64, rows) < wanted
    }

    /// Adds a value of a row.
    pub(super) fn add(&mut self, column: ColumnId, row: usize, value: &Field<'_>) {
        if self.is_sampled(row) {
            let number = value.number().map_or(f64::NAN, |number| number.nearest());
            let hash = match value.key() {
                Some(key) => hash_of(key.as_bytes()),
                None => hash_of(value.to_string().as_bytes()),
            };
            self.values[column.0].push((row as u32, hash, number));
        }
    }

    /// Adds a label of a row.
    pub(super) fn add_label(&mut self, column: ColumnId, row: usize, label: f32) {
        if self.is_sampled(row) {
            self.labels[column.0].push((row as u32, label));
        }
    }

    /// Returns the labels that a column tells.
    pub(super) fn of(&self, column: ColumnId, name: impl Fn(ColumnId) -> String) -> Vec<Finding> {
        let mut found = Vec::new();
        for (index, labels) in self.labels.iter().enumerate() {
            let labels: HashMap<u32, bool> = labels.iter().map(|&(row, label)| (row, label > 0.5)).collect();
            let rows: Vec<(u32, u64, f64, bool)> = self.values[column.0]
                .iter()
                .filter_map(|&(row, hash, number)| Some((row, hash, number, *labels.get(&row)?)))
                .collect();
            let positives = rows.iter().filter(|row| row.3).count();
            if positives.min(rows.len() - positives) < OF_EACH {
                continue;
            }
            let numbers = || rows.iter().map(|&(.., number, label)| (number, label));
            let of_numbers =
                numbers().all(|(number, _)| number.is_finite()).then(|| auc(numbers().collect()));
            let of_keys = self.by_key(&rows);
            let best = [of_numbers.flatten().map(|auc| (auc.max(1.0 - auc), rows.len())), of_keys];
            let best = best.into_iter().flatten().max_by(|left, right| left.0.total_cmp(&right.0));
            if let Some((auc, rows)) = best.filter(|(auc, _)| *auc >= LEAK) {
                found.push(Finding::Leak { label: name(ColumnId(index)), auc, rows });
            }
        }
        found
    }

    /// AUC of the rates of keys in one half on the other half, with the number of rows of the latter.
    fn by_key(&self, rows: &[(u32, u64, f64, bool)]) -> Option<(f64, usize)> {
        let is_learned = |row: u32| self.draws.part(1).bits(u64::from(row)) & 1 == 0;
        let mut rates: HashMap<u64, (f64, f64)> = HashMap::new();
        let (mut positives, mut all) = (0.0, 0.0);
        for &(_, hash, _, label) in rows.iter().filter(|row| is_learned(row.0)) {
            let (own, count) = rates.entry(hash).or_default();
            *own += f64::from(u8::from(label));
            *count += 1.0;
            positives += f64::from(u8::from(label));
            all += 1.0;
        }
        let prior = if all > 0.0 { positives / all } else { return None };
        let rate = |hash: &u64| rates.get(hash).map_or(prior, |(own, count)| (own + prior) / (count + 1.0));
        let held: Vec<(f64, bool)> = rows
            .iter()
            .filter(|row| !is_learned(row.0))
            .map(|(_, hash, _, label)| (rate(hash), *label))
            .collect();
        let count = held.len();
        auc(held).map(|auc| (auc, count))
    }
}

/// Probability that a positive has a larger value than a negative; equal ones count half. `None` without both.
fn auc(mut rows: Vec<(f64, bool)>) -> Option<f64> {
    rows.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let (mut below, mut wins) = (0.0, 0.0);
    let mut at = 0;
    while at < rows.len() {
        let end = at + rows[at..].iter().take_while(|row| row.0 == rows[at].0).count().max(1);
        let positives = rows[at..end].iter().filter(|row| row.1).count() as f64;
        let negatives = (end - at) as f64 - positives;
        wins += positives * (below + negatives / 2.0);
        below += negatives;
        at = end;
    }
    let positives = rows.len() as f64 - below;
    (positives > 0.0 && below > 0.0).then(|| wins / (positives * below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_with_ties() {
        assert_eq!(auc(vec![(1.0, false), (2.0, true)]), Some(1.0));
        assert_eq!(auc(vec![(1.0, true), (1.0, false)]), Some(0.5));
        assert_eq!(auc(vec![(3.0, false), (1.0, true), (2.0, true), (2.0, false)]), Some(0.125));
        assert_eq!(auc(vec![(1.0, true)]), None);
    }

    #[test]
    fn leaks_are_told_from_good_features() {
        let rows = 5000;
        let found = |value: &dyn Fn(usize, bool) -> String| {
            let mut leaks = Leaks::new(2, rows);
            for row in 0..rows {
                let label = (row * 7919) % 13 < 4;
                leaks.add(ColumnId(0), row, &Field::from(value(row, label)));
                leaks.add_label(ColumnId(1), row, f32::from(u8::from(label)));
            }
            leaks.of(ColumnId(0), |_| "click".to_owned()).len()
        };
        assert_eq!(
            found(&|_, label| (if label { "paid" } else { "" }).to_owned()),
            1,
            "a function of the label"
        );
        assert_eq!(
            found(&|row, label| (row % 100 + if label { 1000 } else { 0 }).to_string()),
            1,
            "a number"
        );
        assert_eq!(found(&|row, label| format!("{}{label}", row % 50)), 1, "keys");
        assert_eq!(found(&|row, _| format!("u{row}")), 0, "another key in each row");
        assert_eq!(found(&|row, label| format!("{}", label && row % 3 > 0)), 0, "a good feature");
        assert_eq!(found(&|row, _| (row % 100).to_string()), 0, "noise");
    }

    #[test]
    fn memory_is_bounded() {
        let mut leaks = Leaks::new(1, 1_000_000);
        (0..1_000_000).for_each(|row| leaks.add(ColumnId(0), row, &Field::Int(row as i64)));
        assert!((60_000..70_000).contains(&leaks.values[0].len()), "{}", leaks.values[0].len());
    }
}
