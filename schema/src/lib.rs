//! The closed vocabularies of Turret and the description of a program, as plain data. The compiler writes the
//! description, programs contain it, and the runtime reads it.

#[macro_use]
mod written;
mod activation;
mod clip;
#[cfg(feature = "code")]
mod code;
mod column;
mod costs;
mod data;
mod dense;
mod description;
mod evaluation;
mod initializer;
mod kind;
mod layer;
mod log;
mod metric;
mod names;
mod negatives;
mod number;
mod optimizer;
mod paths;
mod pooling;
mod precision;
mod schedule;
mod similarity;
mod slice;
mod source;
#[cfg(feature = "sources")]
pub mod sources;
mod split;
mod stop;
mod task;
mod text;
mod time;
mod training;
mod trial;
mod value_shape;
mod vocabulary;

pub use activation::Activation;
pub use clip::Clip;
#[cfg(feature = "code")]
pub use code::{Code, Variants};
pub use column::{
    BagSpec, Boundaries, BucketSpec, FloatSpec, IdSpec, Keep, LabelSpec, MissingBag, MissingBucket,
    MissingFloat, MissingId, MissingVector, TextSpec, Transform, VectorSpec, WeightSpec,
};
pub use costs::{Costs, Each, SampledCount, SoftmaxCost};
pub use data::{CatalogSpec, DataSpec, DistinctSpec, JoinSpec, KeepRow, OnError};
pub use dense::DenseSpec;
pub use description::{Description, SpecInfo, TowerInfo};
pub use evaluation::{Candidates, Evaluation, Protocol, Query};
pub use initializer::Initializer;
pub use kind::{ColumnKind, ColumnRole, Content};
pub use layer::{former_name, kind_of};
pub use log::{Examples, FilterSpec, HistorySpec, Limit, TimelineSpec};
pub use metric::{Better, LabelMetric, ListMetric, Metric, MetricForm, RankMetric};
pub use names::{Names, Numbered};
pub use negatives::{NegativeSource, NegativesSpec, Sampler, SamplerForm};
pub use number::Number;
pub use optimizer::OptimizerSpec;
pub use paths::Paths;
pub use pooling::{Combiner, Pad, Reduction, Weighting};
pub use precision::Precision;
pub use schedule::{Decay, ScheduleSpec};
pub use similarity::Similarity;
pub use slice::SliceSpec;
pub use source::{
    Encoding, ExplodeSpec, FEATURES, FileForm, FileSpec, LABEL, QUERY, SOURCE_FORMS, STANDARD_INPUT,
    SourceForm, SourceSpec, VALUE,
};
pub use split::SplitSpec;
pub use stop::StopSpec;
pub use task::{Prediction, TaskInfo};
pub use text::Text;
pub use time::{DateOrder, Time, TimeFault, TimeForm};
pub use training::TrainSpec;
pub use trial::Trial;
pub use value_shape::ValueShape;
pub use vocabulary::{Keys, Oov};
