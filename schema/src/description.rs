//! The description of a program.

use crate::costs::Costs;
use crate::data::DataSpec;
use crate::dense::DenseSpec;
use crate::evaluation::{Evaluation, Protocol};
use crate::metric::Metric;
use crate::negatives::NegativesSpec;
use crate::slice::SliceSpec;
use crate::source::FileSpec;
use crate::task::TaskInfo;
use crate::text::Text;
use crate::training::TrainSpec;

written! {
    /// Description of a program: everything that needs no generated types.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Description {
        /// The spec.
        pub spec: SpecInfo,
        /// Towers.
        pub towers: Vec<TowerInfo>,
        /// Names of the tasks of the objective, if it names them. Their losses are added.
        pub objective: Vec<Text>,
        /// Tasks with labels, in the order of their scores.
        pub tasks: Vec<TaskInfo>,
        /// Index of the task whose labels above 0.5 mark the rows with a relevant candidate. None: all rows have one.
        pub relevant: Option<usize>,
        /// Source of the scores of evaluation.
        pub evaluation: Evaluation,
        /// Metrics of evaluation.
        pub metrics: Vec<Metric>,
        /// Protocol by which candidates are ranked.
        pub protocol: Protocol,
        /// Divisions of held-out rows, within which the metrics are measured too.
        pub slices: Vec<SliceSpec>,
        /// Files of data besides the sources.
        pub files: Vec<FileSpec>,
        /// The layer or loss that depends on the other records of the batch, and therefore needs at least
        /// two. None if records are independent.
        pub company: Option<Text>,
        /// Sources, joins, split and catalog.
        pub data: DataSpec,
        /// Optimizer, batch size and epochs.
        pub training: TrainSpec,
        /// Training of dense weights, where it differs.
        pub dense: Vec<DenseSpec>,
        /// Costs of a training step, without the tables.
        pub costs: Costs,
        /// Negatives of a step, in addition to the candidates of the records. None if the objective samples
        /// none.
        pub negatives: Option<NegativesSpec>,
    }

    /// A compiled spec.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SpecInfo by new(name, fingerprint, compiler, about, text) {
        /// Name of the model.
        pub name: Text,
        /// Fingerprint of the spec's meaning. Stored in the run folder and checked on loading.
        pub fingerprint: Text,
        /// Version of the compiler.
        pub compiler: Text,
        /// Doc comment of the model; may be empty.
        pub about: Text,
        /// Compiled text, with overrides applied.
        pub text: Text,
        /// Columns whose name differs from the field that they read: (column, field).
        pub renamed: Vec<(Text, Text)>,
    }

    /// Output of a tower.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TowerInfo by new(name, width, input) {
        /// Name in the spec.
        pub name: Text,
        /// Width of an output row, all vectors concatenated; 1 for a score.
        pub width: usize,
        /// Vectors per row: 1, or the number of interests. Interests that a record lacks are zero vectors.
        pub vectors: usize,
        /// Index of the input with the tower's columns.
        pub input: usize,
        /// True if the `export` block of the spec names it.
        pub exported: bool,
    }
}

impl Description {
    /// Returns the name of a metric in results.
    pub fn metric_name(&self, metric: Metric) -> String {
        let task = metric.of_labels().and_then(|(_, task)| self.tasks.get(task));
        metric.name_in(task.map_or("", |task| &task.name))
    }
}

impl SpecInfo {
    /// A spec without renamed columns.
    pub fn new(
        name: impl Into<Text>,
        fingerprint: impl Into<Text>,
        compiler: impl Into<Text>,
        about: impl Into<Text>,
        text: impl Into<Text>,
    ) -> Self {
        Self {
            name: name.into(),
            fingerprint: fingerprint.into(),
            compiler: compiler.into(),
            about: about.into(),
            text: text.into(),
            renamed: Vec::new(),
        }
    }

    /// Sets the columns whose name differs from their field.
    #[must_use]
    pub fn renamed(self, renamed: impl Into<Vec<(Text, Text)>>) -> Self {
        Self { renamed: renamed.into(), ..self }
    }
}

impl TowerInfo {
    /// A tower with one output vector (or a score) of this width.
    pub fn new(name: impl Into<Text>, width: usize, input: usize) -> Self {
        Self { name: name.into(), width, vectors: 1, input, exported: false }
    }

    /// Sets the number of vectors per row. `width` is the width of all of them.
    #[must_use]
    pub fn vectors(self, vectors: usize) -> Self {
        Self { vectors, ..self }
    }

    /// Sets whether the `export` block of the spec names it.
    #[must_use]
    pub fn exported(self, exported: bool) -> Self {
        Self { exported, ..self }
    }
}
