//! Definition of a model by generated code.

use std::fmt;

use super::{FormerNames, Network, TableSet, TableSpec};
use crate::data::types::Inverse;
use crate::data::{Bags, Features, Vocabulary};
use crate::ops::{Device, Module};
use crate::program::Description;

/// The encoded columns of a model.
pub type Columns<D, M> = <<M as ModelDefinition<D>>::Features as Features>::Batch;

/// Gathered table rows of a batch.
pub type GatheredOf<D, M> = <<M as ModelDefinition<D>>::Tables as TableSet<D>>::Gathered;

/// Definition of a compiled model: data, training, evaluation and components. [`Assembled`](super::Assembled)
/// is a model that can be trained and stored.
pub trait ModelDefinition<D: Device>: fmt::Debug + Sized + 'static {
    /// Fitted features.
    type Features: Features + Default;
    /// Embedding tables.
    type Tables: TableSet<D, Batch = Columns<D, Self>>;
    /// Dense weights.
    type Weights: Network<D, Batch = Columns<D, Self>, Gathered = GatheredOf<D, Self>>
        + Module<D>
        + FormerNames
        + fmt::Debug;

    /// Description of the program.
    fn description() -> &'static Description;
    /// Tables; their row counts depend on the fitted features.
    fn tables(features: &Self::Features) -> Vec<TableSpec<'_>>;
    /// Weights of the candidates for `Sampler::Given`.
    fn sampling_weights(_: &Columns<D, Self>) -> &[f32] {
        &[]
    }
    /// Negatives that records list, as rows of [`ModelDefinition::listed_vocabulary`].
    fn listed_negatives(_: &Columns<D, Self>) -> Option<&Bags> {
        None
    }
    /// Vocabulary of the negatives that records list.
    fn listed_vocabulary(_: &Self::Features) -> Option<&Vocabulary> {
        None
    }
    /// Labels of the records for a task; empty if no task has labels.
    fn labels(_task: usize, _: &Columns<D, Self>) -> &[f32] {
        &[]
    }
    /// Labels above 0.5 for the records that count for a task; empty if all count.
    fn counted(_task: usize, _: &Columns<D, Self>) -> &[f32] {
        &[]
    }
    /// Inverses of the transforms of labels, with the index of their task.
    fn inverses(_: &Self::Features) -> Vec<(usize, Inverse)> {
        Vec::new()
    }
}
