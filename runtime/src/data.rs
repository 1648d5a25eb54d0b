//! From sources of text to encoded columns: reading, joining, splitting, fitting, encoding.
//! Everything a column learns is learned once, from the training split, and stored with the model.

mod as_field;
mod bag;
mod bag_text;
mod bucket;
mod count;
mod data_set;
mod data_spec;
mod dataset;
mod encoded;
mod error;
mod field;
mod float;
mod folder;
mod hash;
mod id;
mod join;
mod keys;
mod label;
mod nearest;
mod number;
mod punctuation;
mod record;
mod row;
mod sample_weight;
mod source;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod vector;
mod vocabulary;

pub use as_field::AsField;
pub use bag::{BagColumn, Keep, MissingBag};
pub use bag_text::escape_bag_item;
pub use bucket::{Boundaries, BucketColumn, MissingBucket};
pub use count::{Counter, PolicyCount};
pub use data_set::{Data, Skipped};
pub use data_spec::{CatalogueSpec, DataSpec, JoinSpec, OnError, SplitSpec};
pub use dataset::{Catalogue, Dataset, encode, fit};
pub use encoded::{Bags, Floats, Ids, NONE};
pub use error::{DataError, FieldError, FitError, Place};
pub use field::{Field, FieldName};
pub use float::{FloatColumn, MissingFloat, Transform};
pub use folder::with_folder;
pub use id::{IdColumn, MissingId};
pub use label::LabelColumn;
pub use nearest::nearest;
pub use record::{encode_fields, json_fields};
pub use row::Row;
pub use sample_weight::WeightColumn;
pub use source::{Encoding, SourceSpec};
pub use text::TextColumn;
pub use vector::{MissingVector, VectorColumn};
pub use vocabulary::{Learned, Lookup, Oov, Vocabulary};
