//! Encoded columns, from which batches are gathered.

mod array_file;
mod bags;
mod catalog;
mod column;
mod column_files;
mod dataset;
mod encoding;
mod floats;
mod ids;
mod log;
mod newest;
mod numbering;
mod repeated;
mod rows;
mod seen;
mod sequences;
mod stored;
mod values;

pub use array_file::{Array, ArrayWriter, StoredArray};
pub use bags::Bags;
pub use catalog::Catalog;
pub(crate) use catalog::{candidate_counts, rows_with_candidate};
pub use column::{EncodedColumn, Records};
pub(crate) use dataset::encode_in;
pub use dataset::{EncodedDataset, ROWS_AT_ONCE, encode};
pub use floats::Floats;
pub use ids::Ids;
pub use log::{Example, LogHistories, log_histories};
pub use newest::NewestRows;
pub use repeated::repeated_rows;
pub(crate) use seen::SeenItems;
pub use sequences::{OpenRecord, Sequences};
pub(super) use stored::StoredDataset;
pub use values::Values;

/// Row id that means no row: a zero vector without gradient.
pub const NONE: u32 = u32::MAX;
