//! Columns of items by the distinct items of a field: each is read once, and rows are made of their numbers.

use std::any::Any;
use std::ops::Range;

use rayon::prelude::*;
use turret_schema::{Keep, MissingBag, Oov};

use super::columns::{Counting, Item, ItemColumn, ItemCounts, ItemRules};
use super::encoded::{Bags, EncodedColumn, OpenRecord, Sequences};
use super::error::FieldError;
use super::key::looks_missing;
use super::row::Cell;
use super::source::{Dictionary, RawTable};
use super::vocabulary::{Lookup, Vocabulary};

/// Returns the distinct items of a field as a column cuts it. `None` if they are known only by a scan.
pub(super) fn items_of<'a>(
    data: &'a RawTable,
    cell: &Cell,
    column: &dyn ItemColumn,
) -> Option<&'a Dictionary> {
    let is_plain = cell.source == 0 && cell.compound.is_none() && !cell.earlier;
    data.dictionary(cell.column, Some(column.cut())).filter(|_| is_plain)
}

/// Counts the items of rows in a vocabulary. Returns `false`, without doing so, if the column rejects an item or a row.
pub(super) fn observe_items(
    column: &dyn ItemColumn,
    items: &Dictionary,
    rows: &[u32],
    vocabulary: &mut Vocabulary,
) -> bool {
    let read = items.items().map(|item| column.read_item(item));
    let Some(read) = read.collect::<Option<Vec<Item<'_>>>>() else { return false };
    let rules = column.rules();
    if !accepts(&rules, items, rows, |number| matches!(read[number as usize], Item::Key(..))) {
        return false;
    }
    let none = || vec![0_u64; read.len()];
    let counted = |mut counts: Vec<u64>, rows: &[u32]| {
        for own in rows.iter().filter_map(|&row| items.items_of(row)) {
            let kept = cut(rules.max, own, |number| matches!(read[number as usize], Item::Key(..)));
            own[kept].iter().for_each(|&number| counts[number as usize] += 1);
        }
        counts
    };
    let sum = |left: Vec<u64>, right: Vec<u64>| {
        left.into_iter().zip(right).map(|(left, right)| left + right).collect()
    };
    let share = rows.len().div_ceil(rayon::current_num_threads()).max(1);
    let counts = rows.par_chunks(share).fold(none, counted).reduce(none, sum);
    for (item, count) in read.into_iter().zip(counts) {
        if let (Item::Key(key, _), 1..) = (item, count) {
            vocabulary.observe(&key, count);
        }
    }
    true
}

/// Returns whether the rules of a column reject no row.
fn accepts(rules: &ItemRules, items: &Dictionary, rows: &[u32], counts: impl Fn(u32) -> bool) -> bool {
    let (max, keep) = rules.max;
    let is_accepted = |&row: &u32| match items.items_of(row) {
        None => rules.missing != MissingBag::Error,
        Some(own) => keep != Keep::Error || own.iter().filter(|&&number| counts(number)).count() <= max,
    };
    (rules.missing != MissingBag::Error && keep != Keep::Error) || rows.iter().all(is_accepted)
}

/// Returns the range of the items of a row without those beyond the maximum. Items for which `counts` is false do
/// not count.
fn cut((max, keep): (usize, Keep), items: &[u32], counts: impl Fn(u32) -> bool) -> Range<usize> {
    if items.len() <= max {
        return 0..items.len();
    }
    let mut left = max;
    let mut is_beyond = |&number: &u32| {
        let counts = counts(number);
        let is_beyond = counts && left == 0;
        left -= usize::from(counts && left > 0);
        is_beyond
    };
    match keep {
        Keep::First | Keep::Error => 0..items.iter().position(&mut is_beyond).unwrap_or(items.len()),
        Keep::Last => items.iter().rposition(&mut is_beyond).map_or(0, |at| at + 1)..items.len(),
    }
}

/// A column of items with its distinct items, encoded.
pub(super) struct EncodedItems<'a> {
    column: &'a dyn ItemColumn,
    items: &'a Dictionary,
    rules: ItemRules,
    encoded: Vec<EncodedItem>,
    /// Weights of the items, if they have some.
    weights: Vec<f32>,
}

/// A distinct item.
#[derive(Clone, Copy)]
struct EncodedItem {
    row: u32,
    use_of: Use,
    is_unknown: bool,
    looks_missing: bool,
}

/// Use of an item.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// It is encoded.
    Encoded,
    /// It is dropped, and counts towards the maximum.
    Dropped,
    /// It is left out.
    LeftOut,
    /// It is left out and counted.
    Empty,
}

impl EncodedItem {
    fn left_out(use_of: Use) -> Self {
        Self { row: 0, use_of, is_unknown: false, looks_missing: false }
    }

    fn of_key(key: &str, rules: &ItemRules, vocabulary: &Vocabulary) -> Option<Self> {
        let lookup = vocabulary.row(key);
        let row = lookup.resolved(|| ()).ok()?;
        let use_of = match (row, lookup) {
            (Some(_), _) => Use::Encoded,
            (None, Lookup::Unknown(Oov::Drop)) if rules.drops_first => Use::LeftOut,
            (None, _) => Use::Dropped,
        };
        Some(Self {
            row: row.unwrap_or(0),
            use_of,
            is_unknown: matches!(lookup, Lookup::Unknown(_)),
            looks_missing: rules.notes_missing && use_of != Use::LeftOut && looks_missing(key),
        })
    }

    fn counts(self) -> bool {
        matches!(self.use_of, Use::Encoded | Use::Dropped)
    }

    /// Returns whether nothing of it is counted.
    fn is_silent(self) -> bool {
        self.use_of == Use::Encoded && !self.is_unknown && !self.looks_missing
    }
}

impl<'a> EncodedItems<'a> {
    /// Encodes the distinct items. `None` if the column rejects one of them, or one of these rows.
    pub(super) fn new(
        column: &'a dyn ItemColumn,
        items: &'a Dictionary,
        rows: &[u32],
        vocabulary: &Vocabulary,
    ) -> Option<Self> {
        let rules = column.rules();
        let (mut encoded, mut weights) = (Vec::with_capacity(items.len()), Vec::new());
        for item in items.items() {
            let (item, weight) = match column.read_item(item)? {
                Item::Key(key, weight) => (EncodedItem::of_key(&key, &rules, vocabulary)?, weight),
                Item::Empty => (EncodedItem::left_out(Use::Empty), 0.0),
                Item::Padding => (EncodedItem::left_out(Use::LeftOut), 0.0),
            };
            encoded.push(item);
            weights.extend(rules.is_weighted.then_some(weight));
        }
        accepts(&rules, items, rows, |number| encoded[number as usize].counts()).then_some(Self {
            column,
            items,
            rules,
            encoded,
            weights,
        })
    }

    /// Appends rows to an encoded column. `refuse` is called with the place of a row for which there is no room.
    pub(super) fn append(
        &self,
        rows: &[u32],
        into: &mut dyn EncodedColumn,
        counting: Counting,
        refuse: impl FnMut(usize, FieldError),
    ) {
        let into = into as &mut dyn Any;
        if let Some(bags) = into.downcast_mut::<Bags>() {
            self.append_to(rows, bags, counting, refuse);
        } else if let Some(sequences) = into.downcast_mut::<Sequences>() {
            self.append_to(rows, sequences, counting, refuse);
        }
    }

    fn append_to(
        &self,
        rows: &[u32],
        into: &mut impl OpenRecord,
        counting: Counting,
        mut refuse: impl FnMut(usize, FieldError),
    ) {
        let mut counts = ItemCounts::default();
        for (at, &row) in rows.iter().enumerate() {
            match self.items.items_of(row) {
                None => counts.missing += 1,
                Some(items) => self.push(items, into, &mut counts),
            }
            if !into.close() {
                into.discard();
                refuse(at, self.column.full());
            }
        }
        self.column.count_items(&counts, counting);
    }

    fn push(&self, items: &[u32], into: &mut impl OpenRecord, counts: &mut ItemCounts) {
        let kept = cut(self.rules.max, items, |number| self.encoded[number as usize].counts());
        for &number in &items[kept.clone()] {
            let item = self.encoded[number as usize];
            if item.use_of == Use::Encoded {
                into.push_item(item.row, self.weights.get(number as usize).copied());
            }
            if !item.is_silent() {
                self.count(item, counts);
            }
        }
        if kept.len() < items.len() {
            counts.too_long += 1;
            // Items that are left out are counted wherever they are.
            let beyond = items[..kept.start].iter().chain(&items[kept.end..]);
            let beyond = beyond.map(|&number| self.encoded[number as usize]).filter(|item| !item.counts());
            beyond.for_each(|item| self.count(item, counts));
        }
    }

    fn count(&self, item: EncodedItem, counts: &mut ItemCounts) {
        counts.unknown += usize::from(item.is_unknown);
        counts.empty += usize::from(item.use_of == Use::Empty);
        counts.looks_missing += usize::from(item.looks_missing);
    }
}
