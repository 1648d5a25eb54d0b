//! A compiled model with its tables, weights and optimizer.

use std::path::Path;

use super::definition::Columns;
use super::{FormerNames as _, Making, ModelDefinition, Network, TableSet};
use crate::data::types::Inverse;
use crate::data::{Bags, Vocabulary};
use crate::error::{DeviceError, ModelError};
use crate::footprint::Footprint;
use crate::matrix::Matrix;
use crate::negatives::CandidateQueue;
use crate::ops::{Device, Pass, StepUpdate};
use crate::optim::{
    DenseOptimizer, TrainSpec, build_weights_by, clip_gradients, load_module_weights, module_weights,
};
use crate::program::{Description, Program};
use crate::state::{NamedTensor, StateError, StateReader};
use crate::table::{RowUpdate, update_rows};

/// Prefix of the names of tables in the files of a run.
const TABLES: &str = "tables.";

/// A model with its definition, on a device.
#[derive(Debug)]
pub struct Assembled<M: ModelDefinition<D>, D: Device> {
    /// Embedding tables.
    pub tables: M::Tables,
    /// Dense weights.
    pub weights: M::Weights,
    /// Optimizer of both.
    pub optimizer: DenseOptimizer,
    /// Candidates of earlier batches, if the objective queues them.
    queue: Option<CandidateQueue>,
    /// Inverses of the transforms of labels, with the index of their task.
    inverses: Vec<(usize, Inverse)>,
}

impl<M: ModelDefinition<D>, D: Device> Program<D> for Assembled<M, D> {
    type Features = M::Features;

    fn description() -> &'static Description {
        M::description()
    }

    fn footprint(description: &Description, features: &M::Features, candidates: usize) -> Footprint {
        let Description { training, costs, .. } = description;
        let tables = M::tables(features).iter().map(|table| table.footprint(&training.optimizer)).collect();
        Footprint { tables, costs: costs.clone(), candidates: candidates as u64 }
    }

    fn sampling_weights(batch: &Columns<D, M>) -> &[f32] {
        M::sampling_weights(batch)
    }

    fn listed_negatives(batch: &Columns<D, M>) -> Option<&Bags> {
        M::listed_negatives(batch)
    }

    fn listed_vocabulary(features: &M::Features) -> Option<&Vocabulary> {
        M::listed_vocabulary(features)
    }

    fn build(
        features: &M::Features,
        folder: Option<&Path>,
        train: &TrainSpec,
        device: D,
        seed: u64,
    ) -> Result<Self, ModelError> {
        let tables = M::Tables::make(M::tables(features), Making { folder, seed })?;
        let dense = &M::description().dense;
        let weights: M::Weights =
            build_weights_by(&device, seed, M::Weights::former_name, dense).map_err(DeviceError::failed)?;
        let optimizer = DenseOptimizer::new(&train.optimizer, dense, &weights);
        let softmaxes = &M::description().costs.softmaxes;
        let queue = softmaxes.iter().find(|softmax| softmax.queue > 0);
        let queue = queue.map(|softmax| CandidateQueue::new(softmax.queue as usize, softmax.width as usize));
        Ok(Self { tables, weights, optimizer, queue, inverses: M::inverses(features) })
    }

    fn step(&mut self, batch: &Columns<D, M>, pass: &mut Pass<D>) -> Result<f32, D::Err> {
        pass.queue = self.queue.take();
        let loss = self.update(batch, pass);
        self.queue = pass.queue.take();
        if loss.is_ok() {
            self.queue.iter_mut().for_each(CandidateQueue::push);
        }
        loss
    }

    fn loss(&self, batch: &Columns<D, M>, pass: &mut Pass<D>) -> Result<f32, D::Err> {
        let gathered = self.tables.gather(batch, pass)?;
        let loss = self.weights.loss::<D::Inference>(batch, &gathered, pass)?;
        pass.with_step_memory(|memory| D::value(loss, memory))
    }

    fn tower(&self, tower: usize, batch: &Columns<D, M>, pass: &mut Pass<D>) -> Result<Matrix, D::Err> {
        let gathered = self.tables.gather(batch, pass)?;
        self.weights.tower(tower, batch, &gathered, pass)
    }

    fn scores(&self, batch: &Columns<D, M>, pass: &mut Pass<D>) -> Result<Matrix, D::Err> {
        let gathered = self.tables.gather(batch, pass)?;
        self.weights.scores(batch, &gathered, pass)
    }

    fn pair_scores(
        &self,
        queries: &Columns<D, M>,
        candidates: &Columns<D, M>,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err> {
        let of_queries = self.tables.gather(queries, pass)?;
        let of_candidates = self.tables.gather(candidates, pass)?;
        self.weights.pair_scores((queries, &of_queries), (candidates, &of_candidates), pass)
    }

    fn labels<'b>(&self, task: usize, batch: &'b Columns<D, M>) -> &'b [f32] {
        M::labels(task, batch)
    }

    fn counted<'b>(&self, task: usize, batch: &'b Columns<D, M>) -> &'b [f32] {
        M::counted(task, batch)
    }

    fn inverse(&self, task: usize) -> Inverse {
        let of_task = self.inverses.iter().find(|(of, _)| *of == task);
        of_task.map_or_else(Inverse::default, |(_, inverse)| *inverse)
    }

    fn weights(&self) -> Vec<NamedTensor<'_>> {
        let tables = self.tables.list().into_iter().flat_map(|table| table.named(TABLES));
        module_weights(&self.weights, "").into_iter().chain(tables).collect()
    }

    fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        load_module_weights(&mut self.weights, "", reader, M::Weights::former_name)?;
        self.tables.list_mut().into_iter().try_for_each(|table| table.load(TABLES, reader))
    }

    fn optimizer_state(&self) -> Vec<NamedTensor<'_>> {
        let optimizer = self.optimizer.spec();
        let tables = self.tables.list().into_iter().flat_map(|table| table.named_state(TABLES, optimizer));
        let queue = self.queue.iter().flat_map(CandidateQueue::named);
        self.optimizer.named("").into_iter().chain(tables).chain(queue).collect()
    }

    fn load_optimizer_state(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.optimizer.load("", reader, M::Weights::former_name)?;
        let optimizer = *self.optimizer.spec();
        let mut tables = self.tables.list_mut().into_iter();
        tables.try_for_each(|table| table.load_state(TABLES, &optimizer, reader))?;
        self.queue.iter_mut().try_for_each(|queue| queue.load(reader))
    }
}

impl<M: ModelDefinition<D>, D: Device> Assembled<M, D> {
    /// Takes the step of an optimizer: returns the loss.
    fn update(&mut self, batch: &Columns<D, M>, pass: &mut Pass<D>) -> Result<f32, D::Err> {
        let gathered = self.tables.gather(batch, pass)?;
        let loss = self.weights.loss::<D::Tape>(batch, &gathered, pass)?;
        let (value, mut gradients) = pass.with_step_memory(|memory| D::gradients(loss, memory))?;
        let StepUpdate { rate_factor, clip } = pass.update;
        let mut rows = self.tables.updates(&gathered, &mut gradients)?;
        let mut dense = DenseOptimizer::take_gradients(&self.weights, &mut gradients)?;
        if let Some(clip) = clip {
            let of_rows = rows.iter_mut().map(RowUpdate::gradient_mut);
            clip_gradients(clip, dense.iter_mut().map(Vec::as_mut_slice).chain(of_rows));
        }
        update_rows(rows, self.optimizer.spec(), rate_factor);
        self.optimizer.apply(&mut self.weights, dense, rate_factor);
        self.weights.after_step(pass);
        Ok(value)
    }
}
