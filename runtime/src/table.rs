//! Embedding tables. They are not on the tape; only the rows of a batch become tensors.

mod embedding_rows;
mod initializer;
mod pretrained;
#[cfg(test)]
mod tests;
mod unseen;
mod update;

use std::borrow::Cow;
use std::sync::OnceLock;

pub use embedding_rows::EmbeddingRows;
use initializer::{FirstValues, first_values};
pub use pretrained::check_pretrained;
pub use turret_schema::Initializer;

use crate::optim::{OptimizerSpec, UpdateRule, named_step, take_step};
use crate::state::{NamedTensor, StateError, StateReader};
use unseen::{Origin, Unseen};

/// Rows of `W` floats, with the state of a sparse optimizer.
#[derive(Debug)]
pub struct Table<const W: usize> {
    name: String,
    rows: usize,
    values: Vec<f32>,
    origin: Origin,
    /// Computed when a row is first read outside of training; reset when rows change.
    unseen: OnceLock<Unseen>,
    frozen: bool,
    l2: f32,
    optimizer: Option<OptimizerSpec>,
    state: update::State,
}

impl<const W: usize> Table<W> {
    /// A table whose initial rows depend only on seed, name and row.
    pub fn new(name: &str, rows: usize, initializer: Initializer, seed: u64) -> Self {
        let mut table = Self::from_values(name, first_values(initializer, name, rows, W, seed));
        table.origin = Origin::Drawn(FirstValues::new(initializer, name, rows, W, seed));
        table
    }

    /// A table with these values. An incomplete last row is dropped.
    pub fn from_values(name: &str, mut values: Vec<f32>) -> Self {
        let rows = values.len() / W.max(1);
        values.truncate(rows * W);
        Self {
            name: name.to_owned(),
            rows,
            values,
            origin: Origin::Given { others: Vec::new() },
            unseen: OnceLock::new(),
            frozen: false,
            l2: 0.0,
            optimizer: None,
            state: update::State::default(),
        }
    }

    /// Makes the table constant in training.
    #[must_use]
    pub fn frozen(mut self) -> Self {
        self.frozen = true;
        self
    }

    /// Sets the penalty `l2 * sum w^2` over the gathered rows.
    #[must_use]
    pub fn l2(mut self, l2: f32) -> Self {
        self.l2 = l2;
        self
    }

    /// Sets an optimizer that differs from the model's.
    #[must_use]
    pub fn optimizer(mut self, optimizer: OptimizerSpec) -> Self {
        self.optimizer = Some(optimizer);
        self
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns all values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns a trained row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * W..(index + 1) * W]
    }

    /// Returns the rows, named `{prefix}{name}.weight` in `weights.safetensors`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let name = format!("{prefix}{}.weight", self.name);
        vec![NamedTensor { name, shape: vec![self.rows, W], values: Cow::Borrowed(&self.values) }]
    }

    /// Loads the rows that `named` returns.
    pub fn load(&mut self, prefix: &str, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.values = reader.take(&format!("{prefix}{}.weight", self.name), &[self.rows, W])?;
        self.unseen.take();
        Ok(())
    }

    /// Returns the state of the sparse optimizer. `optimizer` is the model's; the table's own takes
    /// precedence.
    pub fn named_state<'a>(&'a self, prefix: &str, optimizer: &OptimizerSpec) -> Vec<NamedTensor<'a>> {
        if self.frozen {
            return Vec::new();
        }
        let rule = UpdateRule::of(self.optimizer.unwrap_or(*optimizer));
        let [first, second] = rule.state(W);
        let mut named = vec![named_step(format!("{prefix}{}.step", self.name), self.state.step)];
        for (label, values, per_row, fill) in
            [("first", &self.state.first, first, rule.initial()), ("second", &self.state.second, second, 0.0)]
        {
            if per_row > 0 {
                let values = if values.is_empty() {
                    vec![fill; self.rows * per_row].into()
                } else {
                    Cow::Borrowed(&values[..])
                };
                let name = format!("{prefix}{}.{label}", self.name);
                named.push(NamedTensor { name, shape: vec![self.rows, per_row], values });
            }
        }
        named
    }

    /// Loads the state that `named_state` returns.
    pub fn load_state(
        &mut self,
        prefix: &str,
        optimizer: &OptimizerSpec,
        reader: &mut StateReader<'_>,
    ) -> Result<(), StateError> {
        if self.frozen {
            return Ok(());
        }
        let [first, second] = self.optimizer.unwrap_or(*optimizer).state(W);
        self.state.step = take_step(reader, &format!("{prefix}{}.step", self.name))?;
        let mut take = |label: &str, per_row: usize| {
            if per_row == 0 {
                return Ok(Vec::new());
            }
            reader.take(&format!("{prefix}{}.{label}", self.name), &[self.rows, per_row])
        };
        self.state.first = take("first", first)?;
        self.state.second = take("second", second)?;
        Ok(())
    }
}
