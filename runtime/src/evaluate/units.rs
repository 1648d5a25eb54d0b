//! Units that test rows are drawn by for intervals: users where they are known, else rows.

use std::collections::HashMap;

use crate::data::EncodedDataset;
use crate::metrics::{Statistic, mean};

/// The units of some rows.
pub(super) struct Units {
    /// The unit of each row, from 0 on.
    pub(super) of: Vec<u32>,
    /// Number of units.
    pub(super) count: usize,
    /// Kind of them.
    pub(super) what: &'static str,
}

impl Units {
    /// The units of rows of the main source; `group` names their users.
    pub(super) fn new<B>(dataset: &EncodedDataset<B>, group: Option<usize>, rows: &[u32]) -> Self {
        let Some(group) = group.and_then(|group| dataset.groups.get(group)) else {
            return Self { of: (0..rows.len() as u32).collect(), count: rows.len(), what: "rows" };
        };
        let mut numbers = HashMap::new();
        let number = |&row: &u32| {
            let next = numbers.len() as u32;
            *numbers.entry(group[row as usize]).or_insert(next)
        };
        let of = rows.iter().map(number).collect();
        Self { of, count: numbers.len(), what: "users" }
    }

    /// The units of the rows in another order. Rows that are units themselves are numbered anew: how often each is drawn is a
    /// matter of chance alone, and what is in order is read faster.
    pub(super) fn of_places(&self, rows: &[u32]) -> Vec<u32> {
        if self.count == rows.len() {
            return (0..rows.len() as u32).collect();
        }
        rows.iter().map(|&row| self.of[row as usize]).collect()
    }

    /// The mean of a value for each row.
    pub(super) fn mean(&self, values: impl Iterator<Item = f64>) -> Statistic<'static> {
        let mut parts = vec![(0.0, 0.0); self.count];
        for (&unit, value) in self.of.iter().zip(values) {
            let part: &mut (f64, f64) = &mut parts[unit as usize];
            *part = (part.0 + value, part.1 + 1.0);
        }
        mean(parts)
    }
}
