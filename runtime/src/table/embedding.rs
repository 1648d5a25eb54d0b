//! Rows of a table. The width is only known at run time.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::initializer::{FirstValues, first_values};
use super::unseen::{Origin, Unseen};
use super::update::State;
use crate::ops::common_widths;
use crate::optim::{OptimizerSpec, UpdateRule, named_step, take_step};
use crate::state::{NamedTensor, StateError, StateReader};
use turret_schema::Initializer;

/// Rows of floats of one width, with the state of a sparse optimizer.
#[derive(Debug)]
pub struct Embedding {
    pub(super) name: String,
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) values: Vec<f32>,
    pub(super) origin: Origin,
    /// Computed at the first read outside of training; reset when rows change.
    pub(super) unseen: OnceLock<Unseen>,
    pub(super) frozen: bool,
    pub(super) l2: f32,
    pub(super) optimizer: Option<OptimizerSpec>,
    pub(super) state: State,
}

impl Embedding {
    /// Initializes rows. Their values depend on seed, name and row only.
    pub fn new(name: &str, rows: usize, width: usize, initializer: Initializer, seed: u64) -> Self {
        let values = first_values(initializer, name, rows, width, seed);
        let origin = Origin::Sampled(FirstValues::new(initializer, name, rows, width, seed));
        Self { origin, ..Self::from_values(name, width, values) }
    }

    /// Takes given rows. An incomplete last row is dropped.
    pub fn from_values(name: &str, width: usize, mut values: Vec<f32>) -> Self {
        let rows = values.len() / width.max(1);
        values.truncate(rows * width);
        Self {
            name: name.to_owned(),
            width,
            rows,
            values,
            origin: Origin::Given { others: Vec::new() },
            unseen: OnceLock::new(),
            frozen: false,
            l2: 0.0,
            optimizer: None,
            state: State::default(),
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

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the width of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns all values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns a trained row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// Returns whether the table is constant in training.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Copies rows to `into`. Outside of training they are [settled](Self::settled_row).
    pub(super) fn read(&self, rows: &[u32], training: bool, into: &mut [f32]) {
        let width = self.width;
        common_widths!(width => for (&row, into) in rows.iter().zip(into.chunks_exact_mut(width.max(1))) {
            let row = if training { self.row(row as usize) } else { self.settled_row(row as usize) };
            into.copy_from_slice(&row[..width]);
        });
    }

    /// Returns the rows, named `{prefix}{name}.weight` in `weights.safetensors`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let name = format!("{prefix}{}.weight", self.name);
        vec![NamedTensor { name, shape: vec![self.rows, self.width], values: Cow::Borrowed(&self.values) }]
    }

    /// Loads the rows that `named` returns.
    pub fn load(&mut self, prefix: &str, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.values = reader.take(&format!("{prefix}{}.weight", self.name), &[self.rows, self.width])?;
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
        let [first, second] = rule.state(self.width);
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
        let [first, second] = self.optimizer.unwrap_or(*optimizer).state(self.width);
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
