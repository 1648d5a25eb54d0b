//! Everything generated code names.

pub use dfdx::dtypes::Dtype;
pub use dfdx::nn::{BuildModule, ModuleVisitor, TensorCollection};
pub use dfdx::tensor::{AsArray as _, Cpu, NoneTape, OwnedTape, Storage, WithEmptyTape as _};
pub use dfdx::tensor_ops::{Backward as _, Device as DfdxDevice, TryAdd as _};

pub use serde::{Deserialize, Serialize};

pub use crate::data::{
    AsField, BagColumn, Bags, Boundaries, BucketColumn, CatalogueSpec, DataSpec, Encoding, Examples, Field,
    FieldError, FieldName, FileSpec, FilterSpec, FitError, FloatColumn, Floats, FrequencyColumn, Histories,
    HistorySpec, IdColumn, Ids, JoinSpec, Keep, LabelColumn, Learned, MissingBag, MissingBucket,
    MissingFloat, MissingId, MissingVector, Number, OnError, Oov, PolicyCount, Row, Sequences, SourceSpec,
    SplitSpec, TextColumn, TimelineSpec, Transform, VectorColumn, Vocabulary, WeightColumn,
};
pub use crate::data::{Batch as EncodedBatch, Features as FittedFeatures, InputInfo};
pub use crate::device::AutoDevice;
pub use crate::footprint::{Drawn, Each, Footprint, SoftmaxFootprint, TableFootprint};
pub use crate::loaded::Record;
pub use crate::matrix::Matrix;
pub use crate::model::{
    Assembled, EncodedInput as _, ModelDefinition, Network, TableSpec, floats_each, lookup_each, matrix,
    numbered, parts,
};
pub use crate::negatives::{NegativeSource, NegativesSpec, Sampler, all_pairs};
pub use crate::ops::{
    Activation, Attention, AttentionPool, BatchNorm, Bias, Coefficients, Combiner, Cross, Device, Dice,
    IntoPart as _, LayerNorm, Linear, Loss, LowRankCross, Mask, NumberEmbedding, Pad, Pass,
    PositionEmbedding, Prelu, Recorder, Reduction, ResidualUnit, Rows, Sequence, UnbiasedLinear, Vectors,
    activate, add, add_bias, attention, attention_pool, attention_pool_masked, batch_norm, bce,
    bi_interaction, bpr, cin, column, concat, cosine, cross, cross_low_rank, cross_v2, dense, dice, dot,
    dropout, each, each_pair, embed_numbers, feed_forward, field_aware, flatten, floats, inner_product,
    l2_normalize, last, layer_norm, log_probabilities, masked, max_fields, mean_fields, mul, outer_product,
    pairs, pool, pool_by_scores, position_embedding, positions, prelu, repeat, residual_unit, row_sum, scale,
    scores, sequence, sinusoids, slice, softmax_pool, stack, sum_fields, vector_sums, vectors, weighted_bce,
    weighted_sum,
};
pub use crate::ops::{
    Capsules, Gru, InterestCount, Lstm, Weighting, capsule_routing, capsule_routing_from, gru,
    horizontal_convolution, label_aware_attention, lstm, multi_interest_attention, shift, target_attention,
    vertical_convolution,
};
pub use crate::ops::{
    Softmax, clip_norm, distance, drawn_candidates, hinge, own_candidates, sampled_bce, sampled_bpr,
    sampled_hinge, softmax, take,
};
pub use crate::optim::{
    DenseOptimizer, OptimizerSpec, TrainSpec, build_weights, load_module_weights, module_weights,
};
pub use crate::program::{
    Candidates, Evaluation, Measure, Metric, Program, Protocol, Query, SpecInfo, TowerInfo,
};
pub use crate::state::{NamedTensor, StateError, StateReader};
pub use crate::table::{EmbeddingRows, Initializer, Table};
pub use crate::{batch, batches, columns, features, module, record, tables};
