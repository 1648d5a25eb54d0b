//! Statistics of a column.

use turret_dsl::model::{Column, ColumnKind, DataSpec};
use turret_runtime::data::{Field, LogHistories, Lookup, Vocabulary};

use super::finding::{Finding, Measured};
use super::history::HistoryKeys;
use crate::command::profile::{Distinct, Profile, Quantiles, Top};

/// Statistics of a column.
pub(super) struct ColumnReport {
    /// Name.
    pub(super) name: String,
    /// Word of its kind.
    pub(super) kind: &'static str,
    /// Source and field.
    pub(super) field: (String, String),
    /// Keys of earlier rows, if it reads them.
    earlier: Option<HistoryKeys>,
    /// True if a value has several keys.
    pub(super) has_several: bool,
    /// True if its values are keys.
    pub(super) has_keys: bool,
    /// True if its value is used as a number.
    pub(super) is_number: bool,
    /// True if its rows are those of the main source.
    pub(super) is_main: bool,
    /// Values, of earlier rows each once.
    pub(super) values: Profile,
    /// Distinct keys of values with several.
    pub(super) keys: Distinct,
    /// The most frequent of them.
    pub(super) top: Top,
    /// Number of keys of a value or a history, before they are cut.
    pub(super) lengths: Quantiles,
    /// Number of histories without a key, of earlier rows.
    empty: u64,
    /// Number of keys of all values.
    counted: u64,
    /// Rejected values that count as missing.
    pub(super) substituted: u64,
    /// Keys of test rows, and those that no training row has.
    tested: [u64; 2],
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
            earlier: column.earlier.then(HistoryKeys::default),
            has_several,
            has_keys: has_several || matches!(column.kind, ColumnKind::Id(_) | ColumnKind::Frequency),
            is_number: matches!(column.kind, ColumnKind::Float(_) | ColumnKind::Bucket(_)),
            is_main: false,
            values: Profile::default(),
            keys: Distinct::default(),
            top: Top::default(),
            lengths: Quantiles::default(),
            empty: 0,
            counted: 0,
            substituted: 0,
            tested: [0; 2],
            findings: Vec::new(),
        }
    }

    /// Adds a value of the main source or of a joined one, and returns it as it is compared with others.
    pub(super) fn add<'f>(&mut self, field: &'f Field<'f>, is_main: bool) -> &'f Field<'f> {
        self.is_main |= is_main;
        // A field of an earlier row is a list of one value.
        let value = match field {
            Field::List(items) if self.earlier.is_some() && items.len() == 1 => &items[0],
            other => other,
        };
        self.values.add(value);
        value
    }

    /// Adds the keys of a value, which were this number before they were cut, with their vocabulary.
    pub(super) fn add_keys(
        &mut self,
        keys: &[String],
        all: usize,
        vocabulary: Option<&Vocabulary>,
        is_test: bool,
    ) {
        let is_unknown =
            |vocabulary: &Vocabulary, key: &String| matches!(vocabulary.row(key), Lookup::Unknown(_));
        let unknown = || {
            vocabulary.map_or(0, |vocabulary| keys.iter().filter(|key| is_unknown(vocabulary, key)).count())
        };
        match &mut self.earlier {
            Some(earlier) => earlier.add(all, unknown()),
            None if is_test && vocabulary.is_some() => {
                self.tested = [self.tested[0] + keys.len() as u64, self.tested[1] + unknown() as u64];
            }
            None => {}
        }
        if self.has_several {
            if self.earlier.is_none() {
                self.lengths.add(all as f64);
            }
            self.counted += keys.len() as u64;
            for key in keys {
                self.keys.add(key);
                self.top.add(key);
            }
        }
    }

    /// Looks back from each example, after all rows of the log.
    pub(super) fn look_back(&mut self, histories: &LogHistories) {
        for keys in self.earlier.iter().flat_map(|earlier| earlier.of_examples(histories)) {
            self.lengths.add(keys.all as f64);
            self.empty += u64::from(keys.all == 0);
            if keys.is_test {
                self.tested = [self.tested[0] + keys.all, self.tested[1] + keys.unknown];
            }
        }
    }

    /// Number of values: of rows, or of histories.
    pub(super) fn rows(&self) -> u64 {
        if self.earlier.is_some() { self.lengths.count() } else { self.values.rows }
    }

    /// Number of missing values, or of histories without a key.
    pub(super) fn missing(&self) -> u64 {
        if self.earlier.is_some() { self.empty } else { self.values.missing }
    }

    /// Share of the values that are not missing.
    pub(super) fn filled(&self) -> f64 {
        (self.rows() - self.missing()) as f64 / self.rows().max(1) as f64
    }

    /// Distinct keys or values.
    pub(super) fn distinct(&self) -> &Distinct {
        if self.has_several { &self.keys } else { &self.values.distinct }
    }

    /// The most frequent keys or values, with their shares of all.
    pub(super) fn most_frequent(&self, number: usize) -> Vec<(String, u64, f64)> {
        let (top, all) = match self.has_several {
            true => (&self.top, self.counted as f64),
            false => (&self.values.top, self.values.filled() as f64),
        };
        let share = |(key, count): (String, u64)| (key, count, count as f64 / all.max(1.0));
        top.greatest(number).into_iter().map(share).collect()
    }

    /// Share of the keys of test rows that no training row has.
    pub(super) fn unknown_share(&self) -> Option<f64> {
        let [tested, unknown] = self.tested;
        (tested > 0).then(|| unknown as f64 / tested as f64)
    }

    /// Finds suspicious values.
    pub(super) fn find(&mut self) {
        let measured = Measured {
            values: &self.values,
            is_key: self.has_keys && !self.has_several,
            is_number: self.is_number,
            is_main: self.is_main && self.earlier.is_none(),
        };
        self.findings = Finding::all(&measured);
    }
}
