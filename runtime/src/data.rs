//! Data: reading, joining and splitting sources, fitting columns and encoding rows. Columns are fitted once,
//! on the training split, and stored with the model.

mod any;
mod as_field;
mod cache;
mod columns;
mod compound;
mod cut;
mod data_folder;
mod distinct_values;
mod encoded;
mod error;
mod features;
mod field;
mod fit;
mod fitted;
mod held_out;
mod history;
mod interned;
mod item_values;
mod json;
mod key;
mod known;
mod learn;
mod names;
mod nearest;
mod number;
mod order;
mod overlap;
mod reads;
mod record;
mod refused;
mod row;
mod source;
#[cfg(test)]
mod tests;
mod time;
mod vocabulary;

pub use any::{AnyBatch, AnyFeatures};
pub use as_field::AsField;
pub use cache::EncodedCache;
pub(crate) use cache::{CachedData, Found, KeptData};
pub use columns::types::{self, *};
pub(crate) use columns::with_columns;
pub use columns::{
    AnyColumn, Counter, Counting, EncodedValue, ItemColumn, PolicyCount, any_column, escape_bag_item,
};
pub use compound::{Compound, CompoundKind};
pub use cut::Cut;
pub use data_folder::DataFolder;
pub use encoded::{
    Array, ArrayWriter, Bags, Catalog, EncodedColumn, EncodedDataset, Example, Floats, Ids, LogHistories,
    NONE, NewestRows, OpenRecord, ROWS_AT_ONCE, Records, Sequences, StoredArray, Values, encode,
    log_histories, repeated_rows,
};
pub(crate) use encoded::{SeenItems, candidate_counts, encode_in, rows_with_candidate};
pub use error::{
    DataError, FieldError, FieldFault, FitError, FitFault, ListFault, Losses, NoPartner, OtherForm, Place,
    SpecError,
};
pub use features::{Batch, Features, InputInfo};
pub use field::{Field, FieldName, HISTORY};
pub use fit::{RefuseRow, fit, observe_input};
pub use fitted::{Fitted, FittedParts, PartNames, Parts, PartsMut, StoredFeatures, numbered};
pub use held_out::HeldOut;
pub use history::{Histories, HistorySummary};
pub(crate) use json::{has_infinity, record_of_json, without_nan};
pub(crate) use key::canonical;
pub use key::looks_missing;
pub use names::{NumberedNames, fields_of, joined, total};
pub use nearest::nearest;
pub(crate) use reads::fields_read;
pub use reads::{FieldRead, Reads, reads};
pub use record::encode_fields;
pub use refused::{check_candidates, leave_out, leave_out_refused, leave_out_unknown};
pub use row::Row;
pub use source::{
    ChangeKind, DataMemory, FileChange, FileRole, FileSize, FileStamp, Head, RawTable, Sample, Skipped,
    file_sizes, first_bytes, random_split,
};
pub(crate) use source::{
    Input, Retained, SourceFile, Table, changes, foreign_format, inside, temporary_folder,
};
#[cfg(test)]
pub(crate) use tests::gzip;
pub use time::number_or_seconds;
pub use turret_schema::{
    BagSpec, Boundaries, BucketSpec, CatalogSpec, DataSpec, DateOrder, DistinctSpec, Encoding, Examples,
    ExplodeSpec, FEATURES, FileForm, FileSpec, FilterSpec, FloatSpec, HistorySpec, IdSpec, JoinSpec, Keep,
    KeepRow, Keys, LABEL, LabelSpec, Limit, MissingBag, MissingBucket, MissingFloat, MissingId,
    MissingVector, Names, Number, OnError, Oov, Paths, SOURCE_FORMS, SourceForm, SourceSpec, SplitSpec,
    TextSpec, Time, TimeForm, TimelineSpec, Transform, VALUE, VectorSpec, WeightSpec,
};
pub use vocabulary::{Lookup, Vocabulary};
