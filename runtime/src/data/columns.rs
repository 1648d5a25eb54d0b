//! Columns: encoding of the raw fields of a record as numbers. A column is fitted by `observe` and `finish`;
//! `encode` applies it.

mod any;
mod bag;
mod bag_text;
mod bucket;
mod checked;
mod count;
mod float;
mod frequency;
mod id;
mod invalid;
mod item_column;
mod label;
mod list_text;
mod punctuation;
mod sample_weight;
mod text;
mod vector;

pub use any::{AnyColumn, EncodedValue, any_column};
pub(super) use bag::given;
pub use bag_text::escape_bag_item;
pub(in crate::data) use bag_text::{Split, key_and_weight, unescape};
pub use count::{Counter, Counting, PolicyCount};
pub use item_column::ItemColumn;
pub(super) use item_column::{Item, ItemCounts, ItemRules, item_column};
pub(in crate::data) use list_text::{entries, listed};

/// The columns of all kinds.
pub mod types {
    pub use super::bag::BagColumn;
    pub use super::bucket::BucketColumn;
    pub use super::float::{FloatColumn, Inverse};
    pub use super::frequency::FrequencyColumn;
    pub use super::id::IdColumn;
    pub use super::label::LabelColumn;
    pub use super::sample_weight::WeightColumn;
    pub use super::text::TextColumn;
    pub use super::vector::VectorColumn;
}

/// Gives a macro the list of all columns: of each whether it looks keys up in a vocabulary, the types of its encoded values, and
/// the column of this name that a kind declares.
macro_rules! with_columns {
    ($then:ident) => {
        $then! {
            keyed [IdColumn] => Ids: |name| ColumnKind::Id(spec) => IdColumn::new(name, spec.clone());
            keyed [BagColumn] => Bags, Sequences:
                |name| ColumnKind::Bag(spec) | ColumnKind::Sequence(spec, _) => BagColumn::new(name, spec.clone());
            keyed [TextColumn] => Bags: |name| ColumnKind::Text(spec) => TextColumn::new(name, *spec);
            plain [FloatColumn] => Floats<1>:
                |name| ColumnKind::Float(spec) | ColumnKind::Target(spec) => FloatColumn::new(name, *spec);
            plain [BucketColumn] => Ids: |name| ColumnKind::Bucket(spec) => BucketColumn::new(name, spec.clone());
            plain [FrequencyColumn] => Floats<1>: |name| ColumnKind::Frequency => FrequencyColumn::new(name);
            plain [LabelColumn] => Floats<1>: |name| ColumnKind::Label(spec) => LabelColumn::new(name, spec.clone());
            plain [WeightColumn] => Floats<1>: |name| ColumnKind::Weight(spec) => WeightColumn::new(name, *spec);
            plain [VectorColumn<W>] => Floats<W>: |name| ColumnKind::Vector(spec, width) =>
                AnyWidth { column: VectorColumn::new(name, *spec), width: *width };
        }
    };
}
pub(crate) use with_columns;
