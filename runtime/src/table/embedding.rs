//! Rows of a table. The width and the format are only known at run time.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::initializer::FirstValues;
use super::unseen::{Origin, Unseen};
use super::update::State;
use crate::ops::{common_widths, vectorized};
use crate::optim::{OptimizerSpec, UpdateRule, named_step, take_step};
use crate::precision::{Number, Numbers, each_precision, of_precision};
use crate::rng::Stream;
use crate::state::{NamedTensor, StateError, StateErrorKind, StateReader};
use turret_schema::{Initializer, Precision};

/// Rows of one width, with the state of a sparse optimizer.
#[derive(Debug)]
pub struct Embedding {
    pub(super) name: String,
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) values: Numbers<'static>,
    /// Random bits that round updated rows of 16-bit numbers.
    pub(super) rounding: Stream,
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
        Self::of_precision(Precision::F32, name, rows, width, initializer, seed)
    }

    /// Initializes rows of this format with the numbers that are nearest to the values of [`Self::new`].
    pub fn of_precision(
        precision: Precision,
        name: &str,
        rows: usize,
        width: usize,
        initializer: Initializer,
        seed: u64,
    ) -> Self {
        let first = FirstValues::new(initializer, name, rows, width, seed);
        let values = of_precision!(precision, Number => first.all::<Number>(rows, width).into());
        Self::made(name, [rows, width], values, Origin::Sampled(first), seed)
    }

    /// Takes given rows. An incomplete last row is dropped.
    pub fn from_values(name: &str, width: usize, mut values: Vec<f32>) -> Self {
        let rows = values.len() / width.max(1);
        values.truncate(rows * width);
        Self::made(name, [rows, width], values.into(), Origin::Given { others: Vec::new() }, 0)
    }

    fn made(
        name: &str,
        [rows, width]: [usize; 2],
        values: Numbers<'static>,
        origin: Origin,
        seed: u64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            width,
            rows,
            values,
            // No table has a name with a space.
            rounding: Stream::new(seed, &format!("{name} rounding")),
            origin,
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

    /// Returns the format of the rows.
    pub fn precision(&self) -> Precision {
        self.values.precision()
    }

    /// Returns all values, row-major.
    pub fn values(&self) -> Cow<'_, [f32]> {
        self.values.widen()
    }

    /// Returns whether the table is constant in training.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Copies rows to `into`. Outside of training, the mean of the others replaces [`Unseen`] rows.
    pub(super) fn read(&self, rows: &[u32], training: bool, into: &mut [f32]) {
        let unseen = (!training).then(|| self.unseen());
        each_precision!(Numbers, &self.values, values => read(values, self.width, unseen, rows, into));
    }

    /// Returns the rows, named `{prefix}{name}.weight` in `weights.safetensors`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let name = format!("{prefix}{}.weight", self.name);
        vec![NamedTensor::new(name, [self.rows, self.width], self.values.borrowed())]
    }

    /// Loads the rows that `named` returns.
    pub fn load(&mut self, prefix: &str, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        let (name, shape) = (format!("{prefix}{}.weight", self.name), [self.rows, self.width]);
        let expected = self.precision();
        if let Some(found) = reader.precision(&name).filter(|found| *found != expected) {
            let kind = StateErrorKind::Precision { table: self.name.clone(), found, expected };
            return Err(StateError::new(reader.path(), kind));
        }
        self.values = reader.take_numbers(&name, &shape, expected)?;
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
                let values: Numbers<'_> = match values.is_empty() {
                    true => vec![fill; self.rows * per_row].into(),
                    false => values[..].into(),
                };
                let name = format!("{prefix}{}.{label}", self.name);
                named.push(NamedTensor::new(name, [self.rows, per_row], values));
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

/// Copies rows of a list of rows of this width, or their replacements.
fn read<N: Number>(values: &[N], width: usize, unseen: Option<&Unseen>, rows: &[u32], into: &mut [f32]) {
    common_widths!(width => vectorized(
        #[inline(always)]
        || {
            for (&row, into) in rows.iter().zip(into.chunks_exact_mut(width.max(1))) {
                let row = row as usize;
                match unseen.and_then(|unseen| unseen.replacement(row)) {
                    Some(mean) => into.copy_from_slice(&mean[..width]),
                    None => {
                        let row = &values[row * width..(row + 1) * width];
                        into.iter_mut().zip(row).for_each(|(into, value)| *into = value.widen());
                    }
                }
            }
        },
    ));
}
