//! The resolved spec: every name is an id, every setting a typed value. Shapes come with `plan`.

use crate::ids::indexed;
use crate::layers::Shape;
use crate::span::Span;

mod columns;
mod negatives;

pub use crate::ids::*;
pub use crate::layers::{Op, Role};
pub use columns::*;
pub use negatives::*;
pub use turret_schema::{
    BagSpec, Boundaries, BucketSpec, Candidates, CatalogSpec, DataSpec, Encoding, Examples, FilterSpec,
    FloatSpec, HistorySpec, IdSpec, Initializer, JoinSpec, Keep, Keys, LabelSpec, Metric, MissingBag,
    MissingBucket, MissingFloat, MissingId, MissingVector, NegativeSource, Number, OnError, Oov,
    OptimizerSpec, Pad, Protocol, Query, Reduction, Sampler, SourceSpec, SplitSpec, TextSpec, TimelineSpec,
    TrainSpec, Transform, VectorSpec, WeightSpec,
};

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name as written.
    pub name: String,
    /// `///` lines.
    pub docs: Vec<String>,
    /// Sources, joins, filters, split and catalog; no source without a `data` block.
    pub data: DataSpec,
    /// Place of the name of each source.
    pub source_spans: Vec<Span>,
    /// Place of the `catalog` block.
    pub catalog_span: Span,
    /// The fields that are named outside of `input`.
    pub fields: Vec<FieldUse>,
    /// The input columns.
    pub columns: Vec<Column>,
    /// Maps from keys to rows; shared by the columns and tables that meet in a lookup.
    pub vocabularies: Vec<Vocabulary>,
    /// The embedding tables.
    pub tables: Vec<Table>,
    /// The operations of all towers and of the objective; inputs come before their users.
    pub nodes: Vec<Node>,
    /// The nodes that must be sequences.
    pub needs: Vec<Need>,
    /// The towers.
    pub towers: Vec<Tower>,
    /// Weighted terms whose sum is minimised.
    pub objective: Vec<(f64, Loss)>,
    /// Candidates that a term of the objective draws from the catalog.
    pub negatives: Option<Negatives>,
    /// Metrics of evaluation.
    pub metrics: Vec<Metric>,
    /// Protocol by which candidates are ranked; groups are those of `data`.
    pub protocol: Protocol,
    /// Settings of training.
    pub train: TrainSpec,
    /// The towers whose vectors are exported.
    pub exports: Vec<TowerId>,
}

/// A field that a spec names, and its use.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldUse {
    /// Source of the field.
    pub source: SourceId,
    /// Name.
    pub field: String,
    /// Place of its name.
    pub span: Span,
    /// Use, as a label of the place.
    pub role: &'static str,
}

/// A map from keys to rows of tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    /// A name: its table's, or its column's.
    pub name: String,
    /// The keys.
    pub keys: Keys,
    /// Meaning of an unknown key.
    pub oov: Oov,
}

/// An embedding table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name.
    pub name: String,
    /// `///` lines.
    pub docs: Vec<String>,
    /// Place of its name.
    pub span: Span,
    /// Width of a row.
    pub dim: usize,
    /// Rows: keys of a vocabulary, or buckets of a column.
    pub rows: TableRows,
    /// First values.
    pub initializer: Initializer,
    /// Vectors to start from.
    pub pretrained: Option<Pretrained>,
    /// Never updated.
    pub frozen: bool,
    /// Penalty on the squares of the rows a batch touches.
    pub l2: f64,
    /// Own optimizer.
    pub optimizer: Option<OptimizerSpec>,
}

/// Meaning of the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TableRows {
    /// Keys.
    Keys(VocabularyId),
    /// Buckets of a column.
    Buckets(ColumnId),
}

/// Vectors from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Pretrained {
    /// `.npy` or `.safetensors`, in the data folder.
    pub path: String,
    /// Their keys, one a line, in the order of the vectors.
    pub keys: String,
}

/// An operation of a tower or of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// From what.
    pub inputs: Vec<NodeId>,
    /// Place of each of the inputs: a `let` is defined in one place and used in others.
    pub uses: Vec<Span>,
    /// Place of the expression.
    pub span: Span,
    /// The name the author gave it, if any.
    pub name: Option<String>,
    /// Part in the layer that it was built for, if that is made of several.
    pub role: Option<Role>,
}

/// A node that a layer needs to be a sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// The node.
    pub node: NodeId,
    /// The layer.
    pub layer: &'static str,
    /// Place of the node.
    pub span: Span,
}

/// A tower.
#[derive(Clone, Debug, PartialEq)]
pub struct Tower {
    /// Name.
    pub name: String,
    /// `///` lines.
    pub docs: Vec<String>,
    /// Place of its name.
    pub span: Span,
    /// Nodes, in order.
    pub nodes: Vec<NodeId>,
    /// Output.
    pub result: NodeId,
}

/// A term of the objective.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// Binary cross-entropy of a logit.
    Bce {
        /// The logit.
        logit: NodeId,
        /// The label.
        label: ColumnId,
        /// Weight of positives.
        pos_weight: f64,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// Softmax over the candidates of the batch, over those sampled, or over both.
    Softmax {
        /// Name in the spec.
        name: &'static str,
        /// Queries.
        query: NodeId,
        /// Candidates.
        candidate: NodeId,
        /// Divisor of scores.
        temperature: f64,
        /// True where the candidates of the other records are negatives.
        in_batch: bool,
        /// True where candidates are sampled.
        sampled: bool,
        /// Column of sampling probabilities, for the logQ correction.
        probability: Option<ColumnId>,
        /// Treatment of negatives that are the own candidate again.
        hits: AccidentalHits,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// The score of a positive against that of a negative.
    Pairwise {
        /// Rule of comparison.
        rule: PairRule,
        /// Score of the positive.
        positive: NodeId,
        /// Score of the negative; none: that of the positive, with sampled candidates in the place of the own one.
        negative: Option<NodeId>,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
}

impl Loss {
    /// The nodes that it compares.
    pub fn operands(&self) -> Vec<NodeId> {
        match *self {
            Loss::Bce { logit, .. } => vec![logit],
            Loss::Softmax { query, candidate, .. } => vec![query, candidate],
            Loss::Pairwise { positive, negative, .. } => std::iter::once(positive).chain(negative).collect(),
        }
    }

    /// The columns that it reads itself.
    pub fn columns(&self) -> Vec<ColumnId> {
        match *self {
            Loss::Bce { label, .. } => vec![label],
            Loss::Softmax { probability, hits, .. } => {
                let ids = match hits {
                    AccidentalHits::Column(ids) => Some(ids),
                    AccidentalHits::Kept | AccidentalHits::Catalog => None,
                };
                probability.into_iter().chain(ids).collect()
            }
            Loss::Pairwise { .. } => Vec::new(),
        }
    }

    /// The word of the language.
    pub fn word(&self) -> &'static str {
        match self {
            Loss::Bce { pos_weight: 1.0, .. } => "bce",
            Loss::Bce { .. } => "weighted_bce",
            Loss::Softmax { name, .. } => name,
            Loss::Pairwise { rule: PairRule::Bce, .. } => "bce",
            Loss::Pairwise { rule: PairRule::Bpr, .. } => "bpr",
            Loss::Pairwise { rule: PairRule::Hinge { .. }, .. } => "hinge",
        }
    }
}

/// Rule for the scores of a positive and of a negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PairRule {
    /// Binary cross-entropy of both.
    Bce,
    /// Bayesian personalised ranking.
    Bpr,
    /// The negative must be farther, by a margin.
    Hinge {
        /// The margin.
        margin: f64,
    },
}

impl Model {
    /// Number of a source by its name.
    pub fn source(&self, name: &str) -> Option<SourceId> {
        self.data.source(name).map(SourceId)
    }

    /// The source of candidates.
    pub fn catalog(&self) -> Option<SourceId> {
        self.data.catalog.as_ref().and_then(|catalog| self.source(&catalog.source))
    }
}

indexed! {
    SourceId => SourceSpec,
    ColumnId => Column,
    VocabularyId => Vocabulary,
    TableId => Table,
    TowerId => Tower,
    NodeId => Node,
    NodeId => Shape,
}
