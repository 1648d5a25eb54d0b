//! Statistics of the values of a field: one row at a time, in bounded memory.

mod distinct;
mod quantiles;
mod times;
mod top;

use turret_runtime::data::{DateOrder, Field, looks_missing};

pub(super) use self::distinct::Distinct;
pub(super) use self::quantiles::Quantiles;
pub(super) use self::times::{TimeTexts, TimeUnit, is_time_text};
pub(super) use self::top::Top;

/// Statistics of a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    /// Number of rows.
    pub(super) rows: u64,
    /// Rows without a value.
    pub(super) missing: u64,
    /// Distinct keys.
    pub(super) distinct: Distinct,
    /// The most frequent keys.
    pub(super) top: Top,
    /// Numbers.
    pub(super) numbers: Quantiles,
    /// Numbers without a fraction.
    pub(super) whole: u64,
    /// Values with white space around them.
    pub(super) spaced: u64,
    /// Values that are spellings of a missing value, such as `NA`.
    pub(super) looks_missing: u64,
    /// Texts that look like dates or times.
    pub(super) dates: u64,
    /// Texts that are read as times.
    pub(super) times: TimeTexts,
    /// Values that are lists or objects, as values or as text in brackets.
    pub(super) lists: u64,
    /// Bytes of all texts.
    pub(super) bytes: u64,
}

impl Profile {
    /// Adds the value of a row.
    pub(super) fn add(&mut self, field: &Field<'_>) {
        self.rows += 1;
        if field.is_missing() {
            self.missing += 1;
            return;
        }
        if let Field::Text(text) = field {
            self.add_text(text);
        }
        if let Some(number) = field.number() {
            let number = number.nearest();
            self.numbers.add(number);
            self.whole += u64::from(number.fract() == 0.0);
        }
        match field.key() {
            Some(key) => self.add_key(&key),
            // A list or an object counts as the text that it is.
            None => {
                self.lists += 1;
                self.add_key(&field.to_string());
            }
        }
    }

    fn add_key(&mut self, key: &str) {
        self.distinct.add(key);
        self.top.add(key);
    }

    fn add_text(&mut self, text: &str) {
        let inner = text.trim();
        self.bytes += inner.len() as u64;
        self.spaced += u64::from(inner.len() < text.len());
        self.looks_missing += u64::from(looks_missing(inner));
        self.dates += u64::from(is_time_text(inner));
        self.times.add(inner);
        self.lists += u64::from(inner.starts_with('[') && inner.ends_with(']'));
    }

    /// Number of rows with a value.
    pub(super) fn filled(&self) -> u64 {
        self.rows - self.missing
    }

    /// Returns whether all values, and at least one, are numbers.
    pub(super) fn is_number(&self) -> bool {
        self.numbers.count() > 0 && self.numbers.count() == self.filled()
    }

    /// Returns whether all values are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        self.is_number() && self.whole == self.filled()
    }

    /// Returns whether the values are the numbers 0 and 1, both of them.
    pub(super) fn is_flag(&self) -> bool {
        self.is_whole()
            && self.distinct.count() == 2
            && self.numbers.least() == Some(0.0)
            && self.numbers.greatest() == Some(1.0)
    }

    /// Returns whether the values can order rows: numbers, or times of one form.
    pub(super) fn is_order(&self) -> bool {
        self.missing == 0 && (self.is_number() || self.times.order(self.filled()).is_some())
    }

    /// Order of day and month, if the values are dates that need one.
    pub(super) fn date_order(&self) -> Option<DateOrder> {
        self.times.order(self.filled()).flatten()
    }

    /// Returns whether the values are the numbers -1 and 1, both of them.
    pub(super) fn is_sign(&self) -> bool {
        self.is_whole()
            && self.distinct.count() == 2
            && self.numbers.least() == Some(-1.0)
            && self.numbers.greatest() == Some(1.0)
    }

    /// Unit of the values, if all of them can be times as numbers.
    pub(super) fn time_unit(&self) -> Option<TimeUnit> {
        if !self.is_number() {
            return None;
        }
        TimeUnit::of(self.numbers.least()?, self.numbers.greatest()?, self.is_whole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_form_are_counted() {
        let mut profile = Profile::default();
        let rows = ["1", " 1", "0", "", "NA", "[1, 2]"].map(Field::from);
        rows.iter()
            .chain(&[Field::Int(1), Field::List(vec![Field::Int(1)])])
            .for_each(|row| profile.add(row));
        assert_eq!((profile.rows, profile.missing, profile.filled()), (8, 1, 7));
        assert_eq!((profile.numbers.count(), profile.whole), (4, 4));
        assert_eq!((profile.spaced, profile.looks_missing, profile.lists), (1, 1, 2));
        assert_eq!((profile.distinct.count(), profile.distinct.is_exact()), (5, true));
        assert_eq!(profile.top.greatest(1), [("1".to_owned(), 3)]);
        assert!(!profile.is_flag() && !profile.is_number());
        let mut flags = Profile::default();
        ["0", "1", "", "true"].map(Field::from).iter().for_each(|row| flags.add(row));
        assert!(flags.is_flag());
    }
}
