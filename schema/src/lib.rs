//! The closed vocabularies of Turret and the description of a program, as plain data. The compiler fills it in, programs carry it, and
//! the runtime interprets it.

#[macro_use]
mod written;
#[cfg(feature = "code")]
mod code;
mod evaluation;
mod metric;
mod optimizer;
mod similarity;
#[cfg(feature = "sources")]
pub mod sources;
mod text;
mod training;

#[cfg(feature = "code")]
pub use code::{Code, Variants};
pub use evaluation::{Candidates, Evaluation, Protocol, Query};
pub use metric::Metric;
pub use optimizer::OptimizerSpec;
pub use similarity::Similarity;
pub use text::Text;
pub use training::TrainSpec;
