//! Columns: encoding of the raw fields of a record as numbers. A column is fitted by `observe` and `finish`;
//! `encode` applies it.

mod bag;
mod bag_text;
mod bucket;
mod count;
mod float;
mod frequency;
mod id;
mod invalid;
mod label;
mod list_text;
mod punctuation;
mod sample_weight;
mod text;
mod vector;

pub use bag::BagColumn;
pub use bag_text::escape_bag_item;
pub use bucket::BucketColumn;
pub use count::{Counter, Counting, PolicyCount};
pub use float::FloatColumn;
pub use frequency::FrequencyColumn;
pub use id::IdColumn;
pub use label::LabelColumn;
pub use sample_weight::WeightColumn;
pub use text::TextColumn;
pub use vector::VectorColumn;
