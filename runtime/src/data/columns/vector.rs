//! A column of vectors of fixed width.

use serde::{Deserialize, Serialize};
use turret_schema::{MissingVector, VectorSpec};

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use super::list_text::listed;
use crate::data::encoded::Floats;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::number::{number, stored};

/// `W` floats per record: a list, or text split at a separator. Text in brackets is a list in Python, NumPy
/// or JSON syntax.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VectorColumn<const W: usize> {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: VectorSpec,
    invalid: Invalid,
    #[serde(skip)]
    missing_count: Counter,
}

impl<const W: usize> VectorColumn<W> {
    /// A column with zero counts.
    pub fn new(name: &str, spec: VectorSpec) -> Self {
        Self { name: name.to_owned(), spec, invalid: Invalid::default(), missing_count: Counter::default() }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Checks the vector; nothing is fitted.
    pub fn observe(&mut self, field: &Field, _times: u64) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| self.values(field)).map(drop)
    }

    /// Does nothing.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the vector.
    pub fn encode(&self, field: &Field, into: &mut Floats<W>, counting: Counting) -> Result<(), FieldError> {
        into.push(self.invalid.read(field, counting, |field| self.values(field))?);
        if field.is_missing() {
            self.missing_count.add(counting);
        }
        Ok(())
    }

    /// Checks a vector of a width that is not the type's, for a spec that is not compiled.
    pub fn check(&self, field: &Field, width: usize, counting: Counting) -> Result<(), FieldError> {
        let mut values = vec![0.0; width];
        self.invalid.read(field, counting, |field| self.read(field, &mut values))
    }

    fn values(&self, field: &Field) -> Result<[f32; W], FieldError> {
        let mut values = [0.0; W];
        self.read(field, &mut values)?;
        Ok(values)
    }

    /// Reads exactly as many numbers as `values` holds.
    fn read(&self, field: &Field, values: &mut [f32]) -> Result<(), FieldError> {
        match field {
            Field::Missing if self.spec.missing == MissingVector::Zero => {
                values.fill(0.0);
                Ok(())
            }
            Field::Missing => Err(FieldError::new(&self.name, field, FieldFault::MissingVector)),
            Field::List(items) => self.collect(field, items.iter().map(Field::borrowed), values),
            Field::Text(text) => match listed(text, self.spec.separator) {
                Ok(Some(items)) => {
                    self.collect(field, items.iter().map(|item| Field::from(item.as_ref())), values)
                }
                Err(fault) => Err(FieldError::new(&self.name, field, FieldFault::ListOfNumbers(fault))),
                Ok(None) if self.spec.separator == ' ' => {
                    self.collect(field, text.split_whitespace().map(Field::from), values)
                }
                Ok(None) => self.collect(field, text.split(self.spec.separator).map(Field::from), values),
            },
            Field::Bool(_) | Field::Int(_) | Field::Float(_) => {
                self.collect(field, std::iter::once(field.borrowed()), values)
            }
            Field::Pairs(_) => Err(FieldError::new(&self.name, field, FieldFault::ObjectOfNumbers)),
            Field::UpTo(fields) | Field::WeightedBy(fields) => self.read(&fields.0, values),
        }
    }

    fn collect<'f>(
        &self,
        field: &Field,
        items: impl Iterator<Item = Field<'f>>,
        values: &mut [f32],
    ) -> Result<(), FieldError> {
        let mut found = 0;
        for item in items {
            let Some(value) = number(&self.name, &item)? else {
                return Err(FieldError::new(
                    &self.name,
                    field,
                    FieldFault::MissingInVector { number: found + 1 },
                ));
            };
            if let Some(slot) = values.get_mut(found) {
                *slot = stored(&self.name, &item, value)?;
            }
            found += 1;
        }
        let width = values.len();
        if found == width {
            Ok(())
        } else {
            Err(FieldError::new(&self.name, field, FieldFault::Width { found, expected: width }))
        }
    }

    /// Returns the count of missing vectors since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("missing", &self.missing_count), self.invalid.counter()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths() {
        let mut into = Floats::default();
        let column =
            VectorColumn::<2>::new("v", VectorSpec::default().separator(' ').missing(MissingVector::Zero));
        for good in ["1 2", " 3   4", "", "[1.0, 2]", "[1.  2. ]"] {
            column.encode(&good.into(), &mut into, Counting::Counted).unwrap();
        }
        column
            .encode(&Field::List(vec![Field::Int(5), Field::Float(0.5)]), &mut into, Counting::Counted)
            .unwrap();
        assert_eq!(into.as_slice(), [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 1.0, 2.0, 1.0, 2.0, 5.0, 0.5]);
        for bad in ["1", "1 2 3", "1 x", "1,2", "[1]", "[1 nan]", "[[1], [2]]"] {
            assert!(column.encode(&bad.into(), &mut into, Counting::Counted).is_err(), "{bad}");
        }
        assert!(
            VectorColumn::<2>::new("v", VectorSpec::default())
                .encode(&"1,".into(), &mut into, Counting::Counted)
                .is_err()
        );
        // The width is passed separately.
        let column = VectorColumn::<0>::new("v", VectorSpec::default().separator(' '));
        assert!(column.check(&"1 2 3".into(), 3, Counting::Uncounted).is_ok());
        let error = column.check(&"1 2".into(), 3, Counting::Uncounted).unwrap_err().to_string();
        assert!(error.ends_with("holds 2 numbers; the column needs 3"), "{error}");
    }
}
