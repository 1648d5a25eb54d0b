//! Resampling units of held-out rows for intervals: users if known, else rows.

use std::collections::HashMap;

use crate::data::EncodedDataset;
use crate::metrics::{Statistic, mean};

/// Units of some rows.
pub(super) struct Units {
    /// Unit of each row, from 0, in the order of the source. So units have the same numbers for all models.
    pub(super) of: Vec<u32>,
    /// Number of units.
    pub(super) count: usize,
    /// Kind of unit.
    pub(super) what: &'static str,
}

impl Units {
    /// Units of rows of the main source; `group` identifies users.
    pub(super) fn new<B>(dataset: &EncodedDataset<B>, group: Option<usize>, rows: &[u32]) -> Self {
        let group = group.and_then(|group| dataset.groups.get(group));
        let (mut of, mut numbers) = (vec![0; rows.len()], HashMap::new());
        for (at, &place) in in_order(rows).iter().enumerate() {
            let next = numbers.len() as u32;
            of[place] = match group {
                Some(group) => *numbers.entry(group[rows[place] as usize]).or_insert(next),
                None => at as u32,
            };
        }
        match group {
            Some(_) => Self { of, count: numbers.len(), what: "user" },
            None => Self { of, count: rows.len(), what: "row" },
        }
    }

    /// Units of the rows in another order.
    pub(super) fn of_places(&self, rows: &[u32]) -> Vec<u32> {
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

/// Returns the places of rows in the order of the source.
pub(super) fn in_order(rows: &[u32]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|&place| rows[place]);
    places
}
