//! Names for generated code. Operations are called by path, `ops::dense(..)`, so that variables cannot hide
//! them.

pub use std::sync::LazyLock;

pub use dfdx::tensor::{Cpu, WithEmptyTape as _};
pub use dfdx::tensor_ops::TryAdd as _;

pub use crate::data::types::*;
pub use crate::data::{Bags, Field, Floats, Ids, Row, Sequences, Vocabulary, numbered};
pub use crate::device::AutoDevice;
pub use crate::footprint::Footprint;
pub use crate::matrix::Matrix;
pub use crate::model::{
    Assembled, EncodedInput as _, FloatsEach as _, IntoParts as _, LookupEach as _, ModelDefinition, Network,
    TableSpec, matrix, values,
};
pub use crate::negatives::all_pairs;
pub use crate::ops;
pub use crate::ops::{
    Activation, Attention, AttentionPool, BatchNorm, Bias, Capsules, Coefficients, Cross, Device, Dice, Gru,
    InterestCount, IntoPart as _, LayerNorm, Loss, LowRankCross, Lstm, NumberEmbedding, Pass,
    PositionEmbedding, Prelu, ResidualUnit, Rows, Sequence, Softmax, Tape, TaskWeights, Vectors,
};
/// Layer types under the names of the language.
pub use crate::ops::{Linear as Dense, ResidualUnit as FeedForward, UnbiasedLinear as UnbiasedDense};
pub use crate::program::Program;
pub use crate::table::Table;
pub use crate::{batch, batches, features, module, record, tables};
/// The description of a program.
pub use turret_schema::*;
