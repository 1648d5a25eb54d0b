//! A column of single ids.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use turret_schema::{IdSpec, MissingId, Oov};

use super::count::{Counter, Counting, LOOKS_MISSING, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::{Ids, NONE};
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::key::{canonical, looks_missing, trimmed};
use crate::data::vocabulary::{Lookup, Vocabulary};

/// One key per record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdColumn {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: IdSpec,
    invalid: Invalid,
    #[serde(skip)]
    missing_count: Counter,
    #[serde(skip)]
    unknown_count: Counter,
    #[serde(skip)]
    looks_missing_count: Counter,
}

impl IdColumn {
    /// A column before fitting.
    pub fn new(name: &str, spec: IdSpec) -> Self {
        Self {
            name: name.to_owned(),
            spec,
            invalid: Invalid::default(),
            missing_count: Counter::default(),
            unknown_count: Counter::default(),
            looks_missing_count: Counter::default(),
        }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Counts the id in the vocabulary, this number of times.
    pub fn observe(
        &mut self,
        field: &Field,
        vocabulary: &mut Vocabulary,
        times: u64,
    ) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| {
            self.key(field).map(|key| key.iter().for_each(|key| vocabulary.observe(key, times)))
        })
    }

    /// Does nothing; only the vocabulary is fitted.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the row of the id.
    pub fn encode(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut Ids,
        counting: Counting,
    ) -> Result<(), FieldError> {
        into.push(self.invalid.read(field, counting, |field| self.row(field, vocabulary, counting))?);
        match field {
            Field::Text(text) if looks_missing(trimmed(text)) => self.looks_missing_count.add(counting),
            field if field.is_missing() => self.missing_count.add(counting),
            _ => {}
        }
        Ok(())
    }

    /// Returns the key of a value, if it has one, and its number.
    pub fn observed_keys(&self, field: &Field) -> Result<(Vec<String>, usize), FieldError> {
        let key = self.key(field)?.map(Cow::into_owned);
        let all = usize::from(key.is_some());
        Ok((key.into_iter().collect(), all))
    }

    #[inline]
    fn row(&self, field: &Field, vocabulary: &Vocabulary, counting: Counting) -> Result<u32, FieldError> {
        let lookup = match self.key(field)? {
            Some(key) => vocabulary.row(&key),
            None if self.spec.missing == MissingId::Zero => Lookup::Unknown(Oov::Zero),
            None => vocabulary.missing_row(),
        };
        if matches!(lookup, Lookup::Unknown(_)) && !field.is_missing() {
            self.unknown_count.add(counting);
        }
        let row = lookup.resolved(|| unknown(&self.name, field, vocabulary))?;
        Ok(row.unwrap_or(NONE))
    }

    /// Returns the key of a field. `None` if it is missing without a substitute.
    #[inline]
    fn key<'f>(&'f self, field: &'f Field) -> Result<Option<Cow<'f, str>>, FieldError> {
        match &self.spec.missing {
            _ if !field.is_missing() => match field.key() {
                Some(key) => Ok(Some(key)),
                None => Err(FieldError::new(&self.name, field, FieldFault::NotAnId)),
            },
            MissingId::Value(key) => Ok(Some(Cow::Borrowed(canonical(key)))),
            MissingId::Error => Err(FieldError::new(&self.name, field, FieldFault::MissingId)),
            MissingId::Oov | MissingId::Zero => Ok(None),
        }
    }

    /// Returns the counts of missing and unknown ids since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        let counters = [
            ("missing", &self.missing_count),
            ("unknown", &self.unknown_count),
            (LOOKS_MISSING, &self.looks_missing_count),
            self.invalid.counter(),
        ];
        take(&self.name, &counters)
    }
}

/// Error of a key that the vocabulary rejects.
pub(super) fn unknown(column: &str, field: &Field, vocabulary: &Vocabulary) -> FieldError {
    FieldError::new(column, field, FieldFault::UnknownKey { vocabulary: vocabulary.name().into() })
}

#[cfg(test)]
mod tests {
    use turret_schema::Keys;

    use super::*;

    const REFUSED: IdSpec = IdSpec { missing: MissingId::Error };

    #[test]
    fn policies() {
        let mut vocabulary = Vocabulary::new("x", Keys::list(["7", "b"])).oov(Oov::Bucket);
        vocabulary.finish(std::path::Path::new("")).unwrap();
        let mut ids = Ids::default();
        let column = IdColumn::new("x", IdSpec { missing: MissingId::Value("b".into()) });
        let forms = [Field::Int(7), "7".into(), Field::Float(7.0), " 7.0".into()];
        for field in forms.into_iter().chain(["07".into(), Field::Missing]) {
            column.encode(&field, &vocabulary, &mut ids, Counting::Counted).unwrap();
        }
        assert_eq!(ids.as_slice(), [1, 1, 1, 1, 0, 2]);
        let counts: Vec<_> =
            column.clone().counts().into_iter().map(|count| (count.policy, count.count)).collect();
        assert_eq!(counts, [("missing", 1), ("unknown", 1)]);
        assert!(column.counts().len() == 2 && column.counts().is_empty());
        assert!(
            IdColumn::new("x", REFUSED)
                .encode(&Field::Missing, &vocabulary, &mut ids, Counting::Counted)
                .is_err()
        );
        assert!(column.encode(&Field::List(vec![]), &vocabulary, &mut ids, Counting::Counted).is_err());
        assert!(
            column.encode(&Field::Float(f64::INFINITY), &vocabulary, &mut ids, Counting::Counted).is_err()
        );
        IdColumn::new("x", IdSpec { missing: MissingId::Zero })
            .encode(&Field::Missing, &vocabulary, &mut ids, Counting::Counted)
            .unwrap();
        assert_eq!(ids.as_slice()[6], NONE);
        let mut strict = vocabulary.clone().oov(Oov::Error);
        strict.finish(std::path::Path::new("")).unwrap();
        let error = column.encode(&"c".into(), &strict, &mut ids, Counting::Counted).unwrap_err().to_string();
        assert!(error.contains("`c` is not in the vocabulary `x`"), "{error}");
    }
}
