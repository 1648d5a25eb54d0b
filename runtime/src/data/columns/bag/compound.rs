//! Lists with a field for their length or their weights.

use std::borrow::Cow;

use super::super::bag_text::{Split, unescape};
use super::super::list_text::listed;
use super::{BagColumn, Items, given};
use crate::data::error::{FieldError, FieldFault};
use crate::data::field::Field;
use crate::data::number::number;

impl BagColumn {
    /// Appends the first items of a list, as many as its length. Returns the number of skipped empty items.
    pub(super) fn up_to<'f>(
        &self,
        field: &Field,
        (list, length): &'f (Field, Field),
        items: &mut Items<'f>,
    ) -> Result<usize, FieldError> {
        let (mut values, keeps_empty) = self.values(field, list)?;
        values.truncate(self.length(field, length)?);
        let count = values.len();
        let is_item = |key: &Cow<'f, str>| keeps_empty || !key.is_empty();
        items.extend(values.into_iter().filter(is_item).map(|key| (key, 1.0)));
        Ok(count - items.len())
    }

    /// Appends the items of a list with their weights. Returns the number of skipped empty items.
    pub(super) fn weighted_by<'f>(
        &self,
        field: &Field,
        (list, weights): &'f (Field, Field),
        items: &mut Items<'f>,
    ) -> Result<usize, FieldError> {
        let ((keys, _), (weights, _)) = (self.values(field, list)?, self.values(field, weights)?);
        if keys.len() != weights.len() {
            let fault = FieldFault::WeightCount { items: keys.len(), weights: weights.len() };
            return Err(FieldError::new(&self.name, field, fault));
        }
        let count = keys.len();
        for (key, weight) in keys.into_iter().zip(weights).filter(|(key, _)| !key.is_empty()) {
            items.push((key, self.weight(field, &Field::from(&*weight))?));
        }
        Ok(count - items.len())
    }

    /// Returns the values of a list, missing ones as empty texts, and whether those keep their position.
    fn values<'f>(&self, field: &Field, list: &'f Field) -> Result<(Vec<Cow<'f, str>>, bool), FieldError> {
        let separator = self.spec.separator;
        let refused = |fault| FieldError::new(&self.name, field, fault);
        let value = |item: &'f Field| match item.is_missing() {
            true => Ok(Cow::Borrowed("")),
            false => {
                given(item).ok_or_else(|| refused(FieldFault::ItemNotAnId { item: item.to_string().into() }))
            }
        };
        Ok(match list {
            list if list.is_missing() => (Vec::new(), false),
            Field::Text(text) => match listed(text, separator) {
                Err(fault) => return Err(refused(FieldFault::ListOfIds(fault))),
                Ok(Some(values)) => (values, self.spec.ordered),
                Ok(None) => {
                    let values =
                        Split::new(text, separator).map(|item| unescape(item.trim(), separator, None));
                    (values.collect(), false)
                }
            },
            Field::List(list) => (list.iter().map(value).collect::<Result<_, _>>()?, self.spec.ordered),
            one => (vec![value(one)?], false),
        })
    }

    /// Number of items of a padded list.
    fn length(&self, field: &Field, length: &Field) -> Result<usize, FieldError> {
        let fault = || FieldFault::NotALength { length: length.to_string().into() };
        match number(&self.name, length) {
            Ok(Some(value)) if value >= 0.0 && value.fract() == 0.0 => Ok(value as usize),
            _ => Err(FieldError::new(&self.name, field, fault())),
        }
    }
}
