//! The closed vocabularies of Turret and the description of a program, as plain data. The compiler fills it in, programs carry it, and
//! the runtime interprets it.

#[macro_use]
mod written;
#[cfg(feature = "code")]
mod code;
mod data;
mod evaluation;
mod layer;
mod log;
mod metric;
mod names;
mod number;
mod optimizer;
mod similarity;
mod source;
#[cfg(feature = "sources")]
pub mod sources;
mod split;
mod text;
mod training;

#[cfg(feature = "code")]
pub use code::{Code, Variants};
pub use data::{CatalogSpec, DataSpec, JoinSpec, OnError};
pub use evaluation::{Candidates, Evaluation, Protocol, Query};
pub use layer::{former_name, kind_of};
pub use log::{Examples, FilterSpec, HistorySpec, TimelineSpec};
pub use metric::Metric;
pub use names::{Names, Numbered};
pub use number::Number;
pub use optimizer::OptimizerSpec;
pub use similarity::Similarity;
pub use source::{Encoding, FileSpec, SourceSpec};
pub use split::SplitSpec;
pub use text::Text;
pub use training::TrainSpec;
