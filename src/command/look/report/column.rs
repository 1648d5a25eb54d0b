//! Statistics of a column.

use turret_dsl::model::{Column, ColumnKind, DataSpec};

use super::finding::{Finding, Measured};
use crate::command::profile::{Distinct, Profile, Quantiles, Top};

/// Statistics of a column.
pub(super) struct ColumnReport {
    /// Name.
    pub(super) name: String,
    /// Word of its kind.
    pub(super) kind: &'static str,
    /// Source and field.
    pub(super) field: (String, String),
    /// True if it reads earlier rows.
    pub(super) is_earlier: bool,
    /// True if a value has several keys.
    pub(super) has_several: bool,
    /// True if its values are keys.
    pub(super) has_keys: bool,
    /// True if its value is used as a number.
    pub(super) is_number: bool,
    /// True if its rows are those of the main source.
    pub(super) is_main: bool,
    /// Values.
    pub(super) values: Profile,
    /// Distinct keys of values with several.
    pub(super) keys: Distinct,
    /// The most frequent of them.
    pub(super) top: Top,
    /// Number of keys of a value, before they are cut.
    pub(super) lengths: Quantiles,
    /// Number of keys of all values.
    counted: u64,
    /// Rejected values that count as missing.
    pub(super) substituted: u64,
    /// Keys of test rows.
    pub(super) tested: u64,
    /// Keys of test rows that no training row has.
    pub(super) unknown: u64,
    /// Suspicious values.
    pub(super) findings: Vec<Finding>,
}

impl ColumnReport {
    /// Empty statistics.
    pub(super) fn new(column: &Column, data: &DataSpec) -> Self {
        let source =
            data.sources.get(column.source.0).map_or(String::new(), |source| source.name.to_string());
        let has_several =
            matches!(column.kind, ColumnKind::Bag(_) | ColumnKind::Sequence(..) | ColumnKind::Text(_));
        Self {
            name: column.name.clone(),
            kind: column.word,
            field: (source, column.field.clone()),
            is_earlier: column.earlier,
            has_several,
            has_keys: has_several || matches!(column.kind, ColumnKind::Id(_) | ColumnKind::Frequency),
            is_number: matches!(column.kind, ColumnKind::Float(_) | ColumnKind::Bucket(_)),
            is_main: false,
            values: Profile::default(),
            keys: Distinct::default(),
            top: Top::default(),
            lengths: Quantiles::default(),
            counted: 0,
            substituted: 0,
            tested: 0,
            unknown: 0,
            findings: Vec::new(),
        }
    }

    /// Adds the keys of a value, which had this number before they were cut.
    pub(super) fn add_keys(&mut self, keys: &[String], all: usize) {
        self.lengths.add(all as f64);
        self.counted += keys.len() as u64;
        for key in keys {
            self.keys.add(key);
            self.top.add(key);
        }
    }

    /// Distinct keys or values.
    pub(super) fn distinct(&self) -> &Distinct {
        if self.counts_keys() { &self.keys } else { &self.values.distinct }
    }

    /// The most frequent keys or values, with their shares of all.
    pub(super) fn most_frequent(&self, number: usize) -> Vec<(String, u64, f64)> {
        let (top, all) = match self.counts_keys() {
            true => (&self.top, self.counted as f64),
            false => (&self.values.top, self.values.filled() as f64),
        };
        let share = |(key, count): (String, u64)| (key, count, count as f64 / all.max(1.0));
        top.greatest(number).into_iter().map(share).collect()
    }

    fn counts_keys(&self) -> bool {
        self.has_several && !self.is_earlier
    }

    /// Share of the keys of test rows that no training row has.
    pub(super) fn unknown_share(&self) -> Option<f64> {
        (self.tested > 0).then(|| self.unknown as f64 / self.tested as f64)
    }

    /// Finds suspicious values.
    pub(super) fn find(&mut self) {
        let measured = Measured {
            values: &self.values,
            is_key: self.has_keys && !self.has_several,
            is_number: self.is_number,
            is_main: self.is_main && !self.is_earlier,
        };
        self.findings = Finding::all(&measured);
    }
}
