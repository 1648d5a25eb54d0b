//! Names of generated code. Operations are called by their path, `ops::dense(..)`, so that no variable hides them.

pub use dfdx::tensor::{Cpu, WithEmptyTape as _};
pub use dfdx::tensor_ops::TryAdd as _;

pub use crate::data::{
    BagColumn, Bags, Boundaries, BucketColumn, CatalogSpec, DataSpec, Encoding, Examples, Field, FileSpec,
    FilterSpec, FloatColumn, Floats, FrequencyColumn, HistorySpec, IdColumn, Ids, JoinSpec, Keep,
    LabelColumn, Learned, MissingBag, MissingBucket, MissingFloat, MissingId, MissingVector, Number, OnError,
    Oov, Row, Sequences, SourceSpec, SplitSpec, TextColumn, TimelineSpec, Transform, VectorColumn,
    Vocabulary, WeightColumn,
};
pub use crate::device::AutoDevice;
pub use crate::footprint::{Drawn, Each, Footprint, SoftmaxFootprint};
pub use crate::matrix::Matrix;
pub use crate::model::{
    Assembled, EncodedInput as _, FloatsEach as _, IntoParts as _, LookupEach as _, ModelDefinition, Network,
    TableSpec, matrix, numbered,
};
pub use crate::negatives::{NegativeSource, NegativesSpec, Sampler, all_pairs};
pub use crate::ops;
pub use crate::ops::{
    Activation, Attention, AttentionPool, BatchNorm, Bias, Capsules, Coefficients, Combiner, Cross, Device,
    Dice, Gru, InterestCount, IntoPart as _, LayerNorm, Loss, LowRankCross, Lstm, NumberEmbedding, Pad, Pass,
    PositionEmbedding, Prelu, Reduction, ResidualUnit, Rows, Sequence, Softmax, Tape, Vectors, Weighting,
};
/// Names of weights as layers of the language.
pub use crate::ops::{Linear as Dense, ResidualUnit as FeedForward, UnbiasedLinear as UnbiasedDense};
pub use crate::optim::{OptimizerSpec, TrainSpec};
pub use crate::program::{
    Candidates, Evaluation, Metric, Program, Protocol, Query, Similarity, SpecInfo, TowerInfo,
};
pub use crate::table::{Initializer, Table};
pub use crate::{batch, batches, features, module, record, tables};
pub use turret_schema::columns;
