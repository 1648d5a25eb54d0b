//! Rows and protocol of a figure, by which figures of two runs are paired.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::units::{Units, in_order};
use crate::checksum::Checksum;
use crate::progress::counted;

/// Rows and protocol of a figure: facts that are equal in two runs whose figures can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample(Vec<Fact>);

/// A fact, such as the candidates of all queries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fact {
    name: Cow<'static, str>,
    /// Description in messages.
    text: String,
    /// Checksum of the whole.
    checksum: Checksum,
}

impl Sample {
    /// Rows of the main source, and their units.
    pub(super) fn new(rows: &[u32], units: &Units) -> Self {
        let order = in_order(rows);
        let all = order.iter().map(|&place| rows[place].into());
        let of = order.iter().map(|&place| units.of[place].into());
        let (count, units) = (counted(rows.len(), "row"), counted(units.count, units.what));
        Self::default().with("rows", count, all).with("resampled units", units, of)
    }

    /// Adds a fact.
    pub(super) fn with(
        mut self,
        name: &'static str,
        text: String,
        contents: impl Iterator<Item = u64>,
    ) -> Self {
        let bytes: Vec<u8> = contents.flat_map(u64::to_le_bytes).collect();
        self.0.push(Fact { name: name.into(), text, checksum: Checksum::of(&bytes) });
        self
    }

    /// Returns the name of the first fact in which samples differ, with its description in both.
    pub(super) fn difference(&self, other: &Self) -> Option<(String, [String; 2])> {
        let all = 0..self.0.len().max(other.0.len());
        let mut pairs = all.map(|at| [self, other].map(|sample| sample.0.get(at)));
        let pair = pairs.find(|[fact, other]| fact != other)?;
        let name = pair.into_iter().flatten().next()?.name.to_string();
        Some((name, pair.map(|fact| fact.map(|fact| fact.text.clone()).unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: &[u32], of: &[u32], count: usize) -> Sample {
        Sample::new(rows, &Units { of: of.to_vec(), count, what: "user" })
    }

    #[test]
    fn the_order_of_rows_does_not_count() {
        let (a, b) = (sample(&[4, 7, 9], &[0, 1, 0], 2), sample(&[9, 4, 7], &[0, 0, 1], 2));
        assert_eq!(a, b);
        assert_eq!(a.difference(&b), None);
    }

    #[test]
    fn the_first_difference_is_named() {
        let a = sample(&[4, 7, 9], &[0, 1, 0], 2);
        let differs = |other: &Sample, name: &str, texts: [&str; 2]| {
            assert_eq!(a.difference(other), Some((name.to_owned(), texts.map(str::to_owned))));
        };
        differs(&sample(&[4, 7, 8], &[0, 1, 0], 2), "rows", ["3 rows", "3 rows"]);
        differs(&sample(&[4, 7, 9], &[0, 1, 2], 3), "resampled units", ["2 users", "3 users"]);
        differs(&a.clone().with("labels", String::new(), [1].into_iter()), "labels", ["", ""]);
    }
}
