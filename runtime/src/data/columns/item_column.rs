//! Columns of items: what they make of each item that was cut from a value.

use std::any::Any;
use std::borrow::Cow;

use turret_schema::{Keep, MissingBag};

use super::bag::BagColumn;
use super::count::Counting;
use super::text::TextColumn;
use crate::data::cut::Cut;
use crate::data::error::FieldError;
use crate::data::field::Field;

/// A column that cuts values into items, and encodes each on its own.
pub trait ItemColumn: Send + Sync {
    /// Returns the way in which it cuts values.
    fn cut(&self) -> Cut;
    /// Reads an item. `None` if the column rejects it.
    fn read_item<'i>(&self, item: &'i str) -> Option<Item<'i>>;
    /// Returns the keys of a value as they are written, without truncation. Empty for words.
    fn keys_of(&self, field: &Field<'_>) -> Vec<String>;
    /// Returns the rules for the items of a row.
    fn rules(&self) -> ItemRules;
    /// Returns the error of a row for which the encoded column has no room.
    fn full(&self) -> FieldError;
    /// Counts policies that were applied to rows.
    fn count_items(&self, counts: &ItemCounts, counting: Counting);
}

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'i> {
    /// A key in canonical form, with a weight.
    Key(Cow<'i, str>, f32),
    /// Without a key. It is left out and counted.
    Empty,
    /// Left out.
    Padding,
}

/// Rules for the items of a row.
#[derive(Clone, Copy, Debug)]
pub struct ItemRules {
    /// Maximum number of items, and the ones that are kept of more.
    pub max: (usize, Keep),
    /// Policy for a missing value.
    pub missing: MissingBag,
    /// True if unknown items that are dropped do not count towards the maximum.
    pub drops_first: bool,
    /// True if items have weights.
    pub is_weighted: bool,
    /// True if keys that look missing are counted.
    pub notes_missing: bool,
}

/// Numbers of applied policies.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemCounts {
    /// Missing values.
    pub missing: usize,
    /// Items without a row in the vocabulary.
    pub unknown: usize,
    /// Values with more items than the maximum.
    pub too_long: usize,
    /// Items without a key.
    pub empty: usize,
    /// Keys that look missing.
    pub looks_missing: usize,
}

/// Returns a column as one of items, if it is.
pub(in crate::data) fn item_column(column: &dyn Any) -> Option<&dyn ItemColumn> {
    let bag = column.downcast_ref::<BagColumn>().map(|column| column as &dyn ItemColumn);
    bag.or_else(|| column.downcast_ref::<TextColumn>().map(|column| column as &dyn ItemColumn))
}
