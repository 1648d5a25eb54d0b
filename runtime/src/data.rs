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
mod drawn_rows;
mod encoded;
mod error;
mod field;
mod filter;
mod fit;
mod float;
mod folder;
mod frequency;
mod hash;
mod history;
mod id;
mod invalid;
mod join;
mod keys;
mod label;
mod nearest;
mod number;
mod punctuation;
mod record;
mod row;
mod sample_weight;
mod sequences;
mod source;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod vector;
mod vocabulary;

pub use as_field::AsField;
pub use bag::{BagColumn, Keep, MissingBag};
pub use bag_text::escape_bag_item;
pub use bucket::{Boundaries, BucketColumn, MissingBucket};
pub use count::{Counter, PolicyCount, uncounted};
pub use data_set::{Data, Skipped};
pub use data_spec::{
    CatalogueSpec, DataSpec, Examples, FilterSpec, HistorySpec, JoinSpec, OnError, SplitSpec, TimelineSpec,
};
pub use dataset::{Catalogue, Dataset, encode};
pub use encoded::{Bags, Floats, Ids, NONE};
pub use error::{DataError, FieldError, FitError, Place};
pub use field::{Field, FieldName, HISTORY};
pub use fit::{fit, leave_out_refused};
pub use float::{FloatColumn, MissingFloat, Transform};
pub(crate) use folder::inside;
pub use folder::with_folder;
pub use frequency::FrequencyColumn;
pub use history::{Histories, HistorySummary};
pub use id::{IdColumn, MissingId};
pub use label::LabelColumn;
pub use nearest::nearest;
pub use record::encode_fields;
pub use row::Row;
pub use sample_weight::WeightColumn;
pub use sequences::{OpenRecord, Sequences};
pub(crate) use source::parse_source;
pub use source::{Encoding, SourceSpec};
pub use split::random_split;
pub(crate) use table::Table;
pub use text::TextColumn;
pub use vector::{MissingVector, VectorColumn};
pub use vocabulary::{Learned, Lookup, Oov, Vocabulary};
