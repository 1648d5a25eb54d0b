//! The definition of a model, as generated code gives it.

use std::fmt;

use dfdx::nn::BuildModule;
use dfdx::nn::tensor_collection::TensorCollection;

use super::{FormerNames, Network, TableSet, TableSpec};
use crate::data::{Bags, Features, Vocabulary};
use crate::ops::Device;
use crate::program::Description;

/// The encoded columns of a model.
pub type Columns<D, M> = <<M as ModelDefinition<D>>::Features as Features>::Batch;

/// The rows of tables that are gathered for a batch.
pub type GatheredOf<D, M> = <<M as ModelDefinition<D>>::Tables as TableSet<D>>::Gathered;

/// A model as it was compiled: its data, how it is trained and evaluated, and what it is made of.
/// [`Assembled`](super::Assembled) is a model of it, which can be trained and stored.
pub trait ModelDefinition<D: Device>: fmt::Debug + Sized + 'static {
    /// The way from its records to numbers.
    type Features: Features;
    /// Embedding tables.
    type Tables: TableSet<D, Batch = Columns<D, Self>>;
    /// Dense weights.
    type Weights: Network<D, Batch = Columns<D, Self>, Gathered = GatheredOf<D, Self>>
        + TensorCollection<f32, D, To<f32, D> = Self::Weights>
        + BuildModule<D, f32>
        + FormerNames
        + fmt::Debug;

    /// Description of the program.
    fn description() -> &'static Description;
    /// Tables, with as many rows as the fitted columns say.
    fn tables(features: &Self::Features) -> Vec<TableSpec<'_>>;
    /// The numbers of the candidates that `Sampler::Given` draws by.
    fn sampling_weights(_: &Columns<D, Self>) -> &[f32] {
        &[]
    }
    /// The negatives that records list, as rows of [`ModelDefinition::listed_vocabulary`].
    fn listed_negatives(_: &Columns<D, Self>) -> Option<&Bags> {
        None
    }
    /// The keys of the catalog that records list as negatives.
    fn listed_vocabulary(_: &Self::Features) -> Option<&Vocabulary> {
        None
    }

    /// Labels of the records, empty where the objective has none.
    fn labels(_: &Columns<D, Self>) -> &[f32] {
        &[]
    }
}
