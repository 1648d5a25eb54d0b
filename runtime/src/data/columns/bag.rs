//! A column of bags or sequences: any number of ordered ids per record, optionally weighted.

mod compound;
mod items;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use turret_schema::{BagSpec, Keep, MissingBag};

use super::bag_text::{Split, key_and_weight, unescape};
use super::count::{Counter, Counting, EMPTY_ITEM, LOOKS_MISSING, PolicyCount, take};
use super::id::unknown;
use super::invalid::Invalid;
use super::list_text::{entries, listed};
use crate::data::encoded::OpenRecord;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::key::{canonical, looks_missing, trimmed};
use crate::data::number::{number, stored};
use crate::data::vocabulary::{Lookup, Vocabulary};

/// Keys per record: a list, an object of weights, or text split at a separator. Text in brackets is a list in
/// Python or JSON syntax; malformed lists are rejected.
///
/// In text, a backslash escapes the separator, the weight separator, `[`, `(`, `{` and the backslash. Before
/// other characters, and at the end, it is literal. Empty items (`a,,b`) are skipped and counted. A bag is
/// truncated before unknown items are dropped; a sequence afterwards, because histories from a log contain
/// only known items.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BagColumn {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: BagSpec,
    invalid: Invalid,
    #[serde(skip)]
    counters: Counters,
}

#[derive(Clone, Debug, Default)]
struct Counters {
    missing: Counter,
    unknown: Counter,
    too_long: Counter,
    empty_item: Counter,
    looks_missing: Counter,
}

/// Usual bytes of an item of a text with its separator.
const BYTES_OF_ITEM: usize = 8;

/// Keys as given, with weights.
type Items<'f> = Vec<(Cow<'f, str>, f32)>;

impl BagColumn {
    /// A column before fitting.
    pub fn new(name: &str, spec: BagSpec) -> Self {
        let padding = spec.padding.as_deref().map(|key| canonical(key).to_owned());
        Self {
            name: name.to_owned(),
            spec: BagSpec { padding, ..spec },
            invalid: Invalid::default(),
            counters: Counters::default(),
        }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Counts the items in the vocabulary, this number of times.
    pub fn observe(
        &mut self,
        field: &Field,
        vocabulary: &mut Vocabulary,
        times: u64,
    ) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| {
            let (mut items, _) = self.items(field)?;
            self.cut(field, &mut items)?;
            keys_of(&items).for_each(|key| vocabulary.observe(key, times));
            Ok(())
        })
    }

    /// Does nothing; only the vocabulary is fitted.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the rows of the items.
    pub fn encode(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut impl OpenRecord,
        counting: Counting,
    ) -> Result<(), FieldError> {
        let (cut, empty) =
            self.invalid.read(field, counting, |field| self.append(field, vocabulary, into, counting))?;
        close(&self.name, field, into)?;
        if field.is_missing() {
            self.counters.missing.add(counting);
        }
        self.counters.too_long.add_many(usize::from(cut), counting);
        self.counters.empty_item.add_many(empty, counting);
        Ok(())
    }

    /// Appends the items to an open bag. Returns whether some were truncated, and the number of skipped empty
    /// items.
    fn append(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut impl OpenRecord,
        counting: Counting,
    ) -> Result<(bool, usize), FieldError> {
        let (mut items, empty) = self.items(field)?;
        if self.spec.ordered && vocabulary.drops_unknown() {
            let before = items.len();
            items.retain(|(key, _)| matches!(vocabulary.row(canonical(key)), Lookup::Known(_)));
            self.counters.unknown.add_many(before - items.len(), counting);
        }
        let cut = self.cut(field, &mut items)?;
        into.discard();
        for (key, weight) in &items {
            let lookup = vocabulary.row(canonical(key));
            if matches!(lookup, Lookup::Unknown(_)) {
                self.counters.unknown.add(counting);
            }
            if looks_missing(key) {
                self.counters.looks_missing.add(counting);
            }
            let refused = || unknown(&self.name, &Field::from(key.as_ref()), vocabulary);
            if let Some(row) = lookup.resolved(refused)? {
                into.push_item(row, self.spec.weight_separator.map(|_| *weight));
            }
        }
        Ok((cut, empty))
    }

    /// Returns the items, and the number of skipped empty items.
    fn items<'f>(&self, field: &'f Field) -> Result<(Items<'f>, usize), FieldError> {
        let mut items = Items::new();
        let mut empty = 0;
        match field {
            field if field.is_missing() => {
                if let (Field::WeightedBy(fields), Some(_)) = (field, self.spec.weight_separator) {
                    // Weights without keys are too many.
                    self.weighted_by(field, fields, &mut items)?;
                }
                missing_bag(&self.name, self.spec.missing)?
            }
            Field::Text(text) => {
                if let Some(found) = self.written(field, text)? {
                    let before = found.len();
                    items.extend(found.into_iter().filter(|(key, _)| self.spec.ordered || !key.is_empty()));
                    empty = before - items.len();
                    return Ok((self.without_padding(items), empty));
                }
                items.reserve(text.len() / BYTES_OF_ITEM);
                for item in Split::new(text, self.spec.separator) {
                    match self.item(field, item)? {
                        Some(item) => items.push(item),
                        None => empty += 1,
                    }
                }
            }
            Field::Bool(_) | Field::Int(_) | Field::Float(_) if self.spec.weight_separator.is_none() => {
                items.push(self.listed(field, field)?)
            }
            Field::List(list) => {
                for item in list {
                    if item.is_missing() && !self.spec.ordered {
                        empty += 1;
                    } else {
                        items.push(self.listed(field, item)?);
                    }
                }
            }
            Field::Pairs(pairs) if self.spec.weight_separator.is_some() => {
                for (key, weight) in pairs {
                    if key.trim().is_empty() {
                        empty += 1;
                    } else {
                        items.push((Cow::Borrowed(key.trim()), self.weight(field, weight)?));
                    }
                }
            }
            Field::UpTo(fields) => empty = self.up_to(field, fields, &mut items)?,
            Field::WeightedBy(fields) if self.spec.weight_separator.is_some() => {
                empty = self.weighted_by(field, fields, &mut items)?;
            }
            _ => {
                let fault = match self.spec.weight_separator {
                    Some(separator) => FieldFault::NotAWeightedBag { separator },
                    None => FieldFault::NotABag,
                };
                return Err(FieldError::new(&self.name, field, fault));
            }
        }
        Ok((self.without_padding(items), empty))
    }

    /// Reads text that is a list, or an object if items have weights. `None` if it starts like neither.
    fn written<'f>(&self, field: &Field, text: &'f str) -> Result<Option<Items<'f>>, FieldError> {
        let refused = |fault| FieldError::new(&self.name, field, fault);
        if self.spec.weight_separator.is_none() {
            let list =
                listed(text, self.spec.separator).map_err(|fault| refused(FieldFault::ListOfIds(fault)))?;
            return Ok(list.map(|list| list.into_iter().map(|item| (item, 1.0)).collect()));
        }
        let weighted = |(key, weight)| Ok((key, self.weight(field, &Field::from(weight))?));
        let entries = entries(text).map_err(|fault| refused(FieldFault::ObjectOfWeights(fault)))?;
        entries.map(|entries| entries.into_iter().map(weighted).collect()).transpose()
    }

    /// Returns the keys of a value as they are written, without truncation.
    pub fn keys<'f>(&self, field: &'f Field) -> Result<Vec<Cow<'f, str>>, FieldError> {
        let (items, _) = self.items(field)?;
        Ok(items.into_iter().map(|(key, _)| key).filter(|key| !key.is_empty()).collect())
    }

    /// Returns the keys of a value that are observed, in canonical form, and the number of all before truncation.
    pub fn observed_keys(&self, field: &Field) -> Result<(Vec<String>, usize), FieldError> {
        let (mut items, _) = self.items(field)?;
        let all = keys_of(&items).count();
        self.cut(field, &mut items)?;
        Ok((keys_of(&items).map(str::to_owned).collect(), all))
    }

    fn without_padding<'f>(&self, mut items: Items<'f>) -> Items<'f> {
        if let Some(padding) = &self.spec.padding {
            items.retain(|(key, _)| canonical(key) != padding);
        }
        items
    }

    /// Truncates items to the maximum number. Returns whether some were truncated.
    fn cut(&self, field: &Field, items: &mut Items<'_>) -> Result<bool, FieldError> {
        let (max, keep) = self.spec.max;
        if items.len() <= max {
            return Ok(false);
        }
        match keep {
            Keep::First => items.truncate(max),
            Keep::Last => drop(items.drain(..items.len() - max)),
            Keep::Error => {
                let fault = FieldFault::TooManyItems { found: items.len(), most: max };
                return Err(FieldError::new(&self.name, field, fault));
            }
        }
        Ok(true)
    }

    /// Parses an item of a text. `None` if it is empty.
    fn item<'f>(&self, field: &Field, item: &'f str) -> Result<Option<(Cow<'f, str>, f32)>, FieldError> {
        let item = trimmed(item);
        if item.is_empty() {
            return Ok(None);
        }
        let Some(mark) = self.spec.weight_separator else {
            return Ok(Some((unescape(item, self.spec.separator, None), 1.0)));
        };
        let (key, weight) = key_and_weight(item, self.spec.separator, mark)
            .map_err(|fault| FieldError::new(&self.name, field, fault))?;
        Ok(Some((key, self.weight(field, &Field::from(weight))?)))
    }

    /// Parses an item of a list: a key, or a key with a weight.
    fn listed<'f>(&self, field: &Field, item: &'f Field) -> Result<(Cow<'f, str>, f32), FieldError> {
        let found = match (item, self.spec.weight_separator) {
            (Field::List(pair), Some(_)) => match &pair[..] {
                [key, weight] => given(key).zip(Some(self.weight(field, weight)?)),
                _ => None,
            },
            (_, Some(_)) => None,
            (item, None) if item.is_missing() && self.spec.ordered => Some((Cow::Borrowed(""), 1.0)),
            (_, None) => given(item).map(|key| (key, 1.0)),
        };
        found.ok_or_else(|| {
            let item = item.to_string().into();
            let fault = match self.spec.weight_separator {
                Some(_) => FieldFault::ItemNotAPair { item },
                None => FieldFault::ItemNotAnId { item },
            };
            FieldError::new(&self.name, field, fault)
        })
    }

    fn weight(&self, field: &Field, weight: &Field) -> Result<f32, FieldError> {
        match number(&self.name, weight) {
            Ok(Some(value)) => stored(&self.name, field, value),
            _ => Err(FieldError::new(
                &self.name,
                field,
                FieldFault::ItemWeight { weight: weight.to_string().into() },
            )),
        }
    }

    /// Returns the counts of missing and truncated bags, and of unknown and empty items, since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        let Counters { missing, unknown, too_long, empty_item, looks_missing } = &self.counters;
        let counters = [
            ("missing", missing),
            ("unknown", unknown),
            ("too long", too_long),
            (EMPTY_ITEM, empty_item),
            (LOOKS_MISSING, looks_missing),
            self.invalid.counter(),
        ];
        take(&self.name, &counters)
    }
}

/// Canonical keys of items. An item without a key is not observed.
fn keys_of<'i>(items: &'i Items<'_>) -> impl Iterator<Item = &'i str> {
    items.iter().filter(|(key, _)| !key.is_empty()).map(|(key, _)| canonical(key))
}

/// Returns the key of a field: its trimmed text.
pub(in crate::data) fn given<'f>(field: &'f Field) -> Option<Cow<'f, str>> {
    match field {
        Field::Text(text) => Some(Cow::Borrowed(text.trim())).filter(|key| !key.is_empty()),
        other => other.key(),
    }
}

/// Applies the policy for a missing bag.
pub(super) fn missing_bag(column: &str, missing: MissingBag) -> Result<(), FieldError> {
    match missing {
        MissingBag::Empty => Ok(()),
        MissingBag::Error => Err(FieldError::new(column, &Field::Missing, FieldFault::MissingBag)),
    }
}

/// Closes a bag. An error if the column is full.
pub(super) fn close(column: &str, field: &Field, into: &mut impl OpenRecord) -> Result<(), FieldError> {
    if into.close() { Ok(()) } else { Err(FieldError::new(column, field, FieldFault::ColumnFull)) }
}

#[cfg(test)]
mod tests;
