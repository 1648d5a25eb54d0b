//! Embedding tables: they live outside the tape, in our own memory, and only the rows a batch touches become tensors.

mod initializer;
mod leaf;
mod pretrained;
#[cfg(test)]
mod tests;
mod update;

use std::borrow::Cow;
use std::sync::Mutex;

pub use initializer::Initializer;
pub use leaf::Leaf;

use crate::optim::{OptimizerSpec, named_step, take_step};
use crate::state::{NamedTensor, StateError, StateReader};

/// Rows of `W` numbers, with the state of a sparse optimizer.
#[derive(Debug)]
pub struct Table<const W: usize> {
    name: String,
    rows: usize,
    values: Vec<f32>,
    frozen: bool,
    l2: f32,
    optimizer: Option<OptimizerSpec>,
    state: update::State,
    /// For each row, 1 plus its slot in the leaf being gathered; zeros in between.
    stamps: Mutex<Vec<u32>>,
}

impl<const W: usize> Table<W> {
    /// A table whose rows depend on seed, name and row only.
    pub fn new(name: &str, rows: usize, initializer: Initializer, seed: u64) -> Self {
        Self::from_values(name, initializer.values(name, rows, W, seed))
    }

    /// A table of given rows; what is left of an incomplete last row is ignored.
    pub fn from_values(name: &str, mut values: Vec<f32>) -> Self {
        let rows = values.len() / W.max(1);
        values.truncate(rows * W);
        Self {
            name: name.to_owned(),
            rows,
            values,
            frozen: false,
            l2: 0.0,
            optimizer: None,
            state: update::State::default(),
            stamps: Mutex::new(vec![0; rows]),
        }
    }

    /// Never changes in training.
    #[must_use]
    pub fn frozen(mut self) -> Self {
        self.frozen = true;
        self
    }

    /// Adds `l2 * sum w^2` over the touched rows to what training minimises.
    #[must_use]
    pub fn l2(mut self, l2: f32) -> Self {
        self.l2 = l2;
        self
    }

    /// Trains with another optimizer than the rest of the model.
    #[must_use]
    pub fn optimizer(mut self, optimizer: OptimizerSpec) -> Self {
        self.optimizer = Some(optimizer);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * W..(index + 1) * W]
    }

    /// The rows, as stored in `weights.safetensors` under `{prefix}.weight`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let name = format!("{prefix}.weight");
        vec![NamedTensor { name, shape: vec![self.rows, W], values: Cow::Borrowed(&self.values) }]
    }

    /// Reads what `named` wrote.
    pub fn load(&mut self, prefix: &str, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.values = reader.take(&format!("{prefix}.weight"), &[self.rows, W])?;
        Ok(())
    }

    /// State of the sparse optimizer: `{prefix}.step`, and what it keeps of each row as `.first` and `.second`. A frozen
    /// table has none.
    pub fn named_optimizer<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        if self.frozen {
            return Vec::new();
        }
        let mut named = vec![named_step(format!("{prefix}.step"), self.state.step)];
        for (label, values) in [("first", &self.state.first), ("second", &self.state.second)] {
            if let Some(per_row) = values.len().checked_div(self.rows).filter(|&per_row| per_row > 0) {
                let (name, shape) = (format!("{prefix}.{label}"), vec![self.rows, per_row]);
                named.push(NamedTensor { name, shape, values: Cow::Borrowed(values) });
            }
        }
        named
    }

    /// Reads what `named_optimizer` wrote.
    pub fn load_optimizer(&mut self, prefix: &str, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        if self.frozen {
            return Ok(());
        }
        self.state.step = take_step(reader, &format!("{prefix}.step"))?;
        let mut take = |label: &str| {
            let name = format!("{prefix}.{label}");
            match reader.shape(&name).map(|shape| shape.last().copied().unwrap_or(0)) {
                Some(per_row) => reader.take(&name, &[self.rows, per_row]),
                None => Ok(Vec::new()),
            }
        };
        self.state.first = take("first")?;
        self.state.second = take("second")?;
        Ok(())
    }
}
