//! The description of a program.

use crate::costs::Costs;
use crate::data::DataSpec;
use crate::evaluation::{Evaluation, Protocol};
use crate::metric::Metric;
use crate::negatives::NegativesSpec;
use crate::source::FileSpec;
use crate::text::Text;
use crate::training::TrainSpec;

written! {
    /// The description of a program: all of it that needs no types.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Description {
        /// The spec.
        pub spec: SpecInfo,
        /// Towers.
        pub towers: Vec<TowerInfo>,
        /// Source of the scores of evaluation.
        pub evaluation: Evaluation,
        /// Metrics of evaluation.
        pub metrics: Vec<Metric>,
        /// Protocol by which candidates are ranked.
        pub protocol: Protocol,
        /// Files of data besides the sources.
        pub files: Vec<FileSpec>,
        /// The layer or loss that learns from the other records of a batch, so that a batch has two at least; none where records
        /// are on their own.
        pub company: Option<Text>,
        /// Sources, joins, split and catalog.
        pub data: DataSpec,
        /// Optimizer, batch size and epochs.
        pub training: TrainSpec,
        /// Costs of a step of training, without those of tables.
        pub costs: Costs,
        /// Negatives of a step, in addition to the candidates of its records. None if the objective needs none.
        pub negatives: Option<NegativesSpec>,
    }

    /// A spec as it was compiled.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SpecInfo by new(name, fingerprint, compiler, about, text) {
        /// Name of the model.
        pub name: Text,
        /// Changes whenever the text's meaning does; stored in the run folder and checked on loading.
        pub fingerprint: Text,
        /// Version of the compiler.
        pub compiler: Text,
        /// The doc comment of the model; may be empty.
        pub about: Text,
        /// The text that was compiled, overrides included.
        pub text: Text,
        /// Columns named otherwise than the field they read: column and field.
        pub renamed: Vec<(Text, Text)>,
    }

    /// A tower, by what leaves it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TowerInfo by new(name, width, input) {
        /// Name in the spec.
        pub name: Text,
        /// Width of a row of its output, all its vectors side by side; 1 for a score.
        pub width: usize,
        /// Number of vectors of a row: 1, or the number of interests, of which those that a record lacks are zeros.
        pub vectors: usize,
        /// Index of the input that holds the columns it reads.
        pub input: usize,
        /// True if the spec's `export` block names it.
        pub exported: bool,
    }
}

impl SpecInfo {
    /// A spec whose columns have the names of their fields.
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

    /// Sets the columns that are named otherwise than the field they read.
    #[must_use]
    pub fn renamed(self, renamed: impl Into<Vec<(Text, Text)>>) -> Self {
        Self { renamed: renamed.into(), ..self }
    }
}

impl TowerInfo {
    /// A tower that gives one vector, or a score, of this width.
    pub fn new(name: impl Into<Text>, width: usize, input: usize) -> Self {
        Self { name: name.into(), width, vectors: 1, input, exported: false }
    }

    /// Sets the number of vectors, the width being that of all of them.
    #[must_use]
    pub fn vectors(self, vectors: usize) -> Self {
        Self { vectors, ..self }
    }

    /// Sets whether the spec's `export` block names it.
    #[must_use]
    pub fn exported(self, exported: bool) -> Self {
        Self { exported, ..self }
    }
}
