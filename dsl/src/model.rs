//! The resolved spec: every name is an id, every setting a typed value. `plan` adds shapes.

use crate::ids::indexed;
use crate::layers::{Shape, WeightSettings};
use crate::span::Span;

mod columns;
mod loss;
mod negatives;

pub use crate::ids::*;
pub use crate::layers::{Op, Role};
pub use columns::*;
pub use loss::*;
pub use negatives::*;
pub use turret_schema::{
    BagSpec, Boundaries, BucketSpec, Candidates, CatalogSpec, DataSpec, DistinctSpec, Encoding, Examples,
    FilterSpec, FloatSpec, HistorySpec, IdSpec, Initializer, JoinSpec, Keep, KeepRow, Keys, LabelSpec,
    Metric, MetricForm, MissingBag, MissingBucket, MissingFloat, MissingId, MissingVector, Names,
    NegativeSource, Number, OnError, Oov, OptimizerSpec, Pad, Paths, Precision, Prediction, Protocol, Query,
    Reduction, STANDARD_INPUT, Sampler, SamplerForm, SliceSpec, SourceSpec, SplitSpec, TextSpec,
    TimelineSpec, TrainSpec, Transform, VectorSpec, WeightSpec,
};

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name as written.
    pub name: String,
    /// `///` lines.
    pub docs: Vec<String>,
    /// Sources, joins, filters, split and catalog. No sources without a `data` block.
    pub data: DataSpec,
    /// Place of the name of each source.
    pub source_spans: Vec<Span>,
    /// Place of the `catalog` block.
    pub catalog_span: Span,
    /// Fields named outside of `input`.
    pub fields: Vec<FieldUse>,
    /// Input columns.
    pub columns: Vec<Column>,
    /// Vocabularies, shared by the columns and tables of a lookup.
    pub vocabularies: Vec<Vocabulary>,
    /// Embedding tables.
    pub tables: Vec<Table>,
    /// Operations of all towers and of the objective, in topological order.
    pub nodes: Vec<Node>,
    /// Nodes that must be sequences.
    pub needs: Vec<Need>,
    /// Towers.
    pub towers: Vec<Tower>,
    /// Tasks of the objective. The sum of their losses is minimized.
    pub tasks: Vec<Task>,
    /// Candidates that a term of the objective samples from the catalog.
    pub negatives: Option<Negatives>,
    /// Metrics of evaluation.
    pub metrics: Vec<Metric>,
    /// Protocol for ranking candidates. Groups are indices into those of `data`.
    pub protocol: Protocol,
    /// Divisions of held-out rows, within which the metrics are measured too.
    pub slices: Vec<SliceSpec>,
    /// Settings of training.
    pub train: TrainSpec,
    /// Settings of the weights of all layers.
    pub weights: WeightSettings,
    /// Optimizers of towers that differ from that of the model, with the places of their names.
    pub optimizers: Vec<(TowerId, OptimizerSpec, Span)>,
    /// Towers whose vectors are exported.
    pub exports: Vec<TowerId>,
}

/// A field that a spec names.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldUse {
    /// Source of the field.
    pub source: SourceId,
    /// Name of the field.
    pub field: String,
    /// Place of the name.
    pub span: Span,
    /// Purpose, as a label of the place.
    pub role: &'static str,
}

/// A vocabulary: a map from keys to rows of tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    /// Name of its table or column.
    pub name: String,
    /// Keys.
    pub keys: Keys,
    /// Policy for unknown keys.
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
    /// Number format of its rows.
    pub precision: Precision,
    /// Initial values.
    pub initializer: Initializer,
    /// Pretrained vectors.
    pub pretrained: Option<Pretrained>,
    /// True if it is never updated.
    pub frozen: bool,
    /// L2 penalty on the rows in a batch.
    pub l2: f64,
    /// Optimizer, if it differs from that of the model.
    pub optimizer: Option<OptimizerSpec>,
}

/// Rows of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TableRows {
    /// Keys.
    Keys(VocabularyId),
    /// Buckets of a column.
    Buckets(ColumnId),
}

/// Pretrained vectors from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Pretrained {
    /// Path of an `.npy` or `.safetensors` file in the data folder.
    pub path: String,
    /// Path of their keys, one per line, in the order of the vectors.
    pub keys: String,
}

/// An operation of a tower or of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Operation.
    pub op: Op,
    /// Inputs.
    pub inputs: Vec<NodeId>,
    /// Place of each input. A `let` is defined in one place and used in others.
    pub uses: Vec<Span>,
    /// Place of the expression.
    pub span: Span,
    /// Name in the spec, if any.
    pub name: Option<String>,
    /// Role within a layer that consists of several nodes.
    pub role: Option<Role>,
    /// Settings of its weights.
    pub settings: WeightSettings,
}

/// A node that must be a sequence because a layer needs one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// Node.
    pub node: NodeId,
    /// Layer.
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
    /// Nodes in order.
    pub nodes: Vec<NodeId>,
    /// Output node.
    pub result: NodeId,
}

impl Model {
    /// Returns the losses of all tasks in order.
    pub fn losses(&self) -> impl Iterator<Item = &Loss> {
        self.tasks.iter().flat_map(|task| &task.terms).map(|(_, loss)| loss)
    }

    /// Returns the name of the task that a metric measures; empty if it has none.
    fn task_of(&self, metric: Metric) -> &str {
        let task = metric.of_labels().and_then(|(_, task)| self.labelled().nth(task));
        task.map_or("", |(task, _)| &task.name)
    }

    /// Returns a metric as it is written, without a field of groups.
    pub fn written_metric(&self, metric: Metric) -> String {
        match (metric.cutoff(), self.task_of(metric)) {
            (Some(k), _) => format!("{}({k})", metric.word()),
            (None, "") => metric.word().to_owned(),
            (None, task) => format!("{}[{task}]", metric.word()),
        }
    }

    /// Returns the metrics by which weights can be chosen.
    pub fn choosing_metrics(&self) -> impl Iterator<Item = Metric> {
        self.metrics.iter().copied().filter(|metric| metric.can_choose())
    }

    /// Returns the name of a metric in results.
    pub fn metric_name(&self, metric: Metric) -> String {
        metric.name_in(self.task_of(metric))
    }

    /// Returns the loss whose comparison ranks candidates: the first term of the first task whose first term compares candidates.
    pub fn ranking(&self) -> Option<(&Task, &Loss)> {
        self.tasks
            .iter()
            .filter_map(|task| Some((task, &task.terms.first()?.1)))
            .find(|(_, loss)| loss.ranks_candidates())
    }

    /// Returns the tasks that compare scores with labels, in order, each with its first such loss.
    pub fn labelled(&self) -> impl Iterator<Item = (&Task, &Labelled)> {
        self.tasks.iter().filter_map(|task| Some((task, task.label()?)))
    }

    /// Returns the id of a source.
    pub fn source(&self, name: &str) -> Option<SourceId> {
        self.data.source(name).map(SourceId)
    }

    /// Returns the source of the candidates.
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
