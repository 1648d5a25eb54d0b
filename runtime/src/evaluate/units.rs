//! Resampling units of held-out rows for intervals: users if known, else rows.

use std::collections::HashMap;

use crate::data::EncodedDataset;
use crate::metrics::{Statistic, mean};

/// Units of some rows.
pub(super) struct Units {
    /// Unit of each row, from 0.
    pub(super) of: Vec<u32>,
    /// Number of units.
    pub(super) count: usize,
    /// Kind of unit.
    pub(super) what: &'static str,
}

impl Units {
    /// Units of rows of the main source; `group` identifies users.
    pub(super) fn new<B>(dataset: &EncodedDataset<B>, group: Option<usize>, rows: &[u32]) -> Self {
        let Some(group) = group.and_then(|group| dataset.groups.get(group)) else {
            return Self { of: (0..rows.len() as u32).collect(), count: rows.len(), what: "row" };
        };
        let mut numbers = HashMap::new();
        let number = |&row: &u32| {
            let next = numbers.len() as u32;
            *numbers.entry(group[row as usize]).or_insert(next)
        };
        let of = rows.iter().map(number).collect();
        Self { of, count: numbers.len(), what: "user" }
    }

    /// Units of the rows in another order. If units are rows, they are renumbered: their multiplicity is
    /// random anyway, and ordered access is faster.
    pub(super) fn of_places(&self, rows: &[u32]) -> Vec<u32> {
        if self.count == rows.len() {
            return (0..rows.len() as u32).collect();
        }
        rows.iter().map(|&row| self.of[row as usize]).collect()
    }

    /// Sums of the numbers of the rows of each unit.
    pub(super) fn sums<const N: usize>(&self, numbers: impl Iterator<Item = [f64; N]>) -> Vec<[f64; N]> {
        let mut sums = vec![[0.0; N]; self.count];
        for (&unit, numbers) in self.of.iter().zip(numbers) {
            sums[unit as usize].iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
        sums
    }

    /// Mean of a value per row.
    pub(super) fn mean(&self, values: impl Iterator<Item = f64>) -> Statistic<'static> {
        let mut parts = vec![(0.0, 0.0); self.count];
        for (&unit, value) in self.of.iter().zip(values) {
            let part: &mut (f64, f64) = &mut parts[unit as usize];
            *part = (part.0 + value, part.1 + 1.0);
        }
        mean(parts)
    }
}
