//! Items of a bag that were cut from its values.

use std::borrow::Cow;

use super::super::count::Counting;
use super::super::item_column::{Item, ItemColumn, ItemCounts, ItemRules};
use super::BagColumn;
use crate::data::cut::Cut;
use crate::data::error::{FieldError, FieldFault};
use crate::data::field::Field;
use crate::data::key::canonical;

impl ItemColumn for BagColumn {
    fn cut(&self) -> Cut {
        Cut::Items { separator: self.spec.separator, is_weighted: self.spec.weight_separator.is_some() }
    }

    fn read_item<'i>(&self, item: &'i str) -> Option<Item<'i>> {
        // The column reads the whole value if one of its items is rejected.
        let Some((key, weight)) = self.item(&Field::Missing, item).ok()? else { return Some(Item::Empty) };
        let key = match key {
            Cow::Borrowed(key) => Cow::Borrowed(canonical(key)),
            Cow::Owned(key) => Cow::Owned(canonical(&key).to_owned()),
        };
        let is_padding = self.spec.padding.as_deref() == Some(&*key);
        Some(if is_padding { Item::Padding } else { Item::Key(key, weight) })
    }

    fn keys_of(&self, field: &Field<'_>) -> Vec<String> {
        // A value that the column rejects has none.
        self.keys(field).unwrap_or_default().into_iter().map(Cow::into_owned).collect()
    }

    fn rules(&self) -> ItemRules {
        ItemRules {
            max: self.spec.max,
            missing: self.spec.missing,
            drops_first: self.spec.ordered,
            is_weighted: self.spec.weight_separator.is_some(),
            notes_missing: true,
        }
    }

    fn full(&self) -> FieldError {
        FieldError::new(&self.name, &Field::Missing, FieldFault::ColumnFull)
    }

    fn count_items(&self, counts: &ItemCounts, counting: Counting) {
        self.counters.missing.add_many(counts.missing, counting);
        self.counters.unknown.add_many(counts.unknown, counting);
        self.counters.too_long.add_many(counts.too_long, counting);
        self.counters.empty_item.add_many(counts.empty, counting);
        self.counters.looks_missing.add_many(counts.looks_missing, counting);
    }
}
