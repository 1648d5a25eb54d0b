//! Initial values of the rows of a table.

use rayon::prelude::*;
use turret_schema::Initializer;

use crate::huge_pages::zeros;
use crate::precision::Number;
use crate::rng::Stream;

/// Initial values of table rows, computed on demand. A row depends only on seed, name and row.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstValues {
    initializer: Initializer,
    stream: Stream,
    /// Bounds of [`Initializer::Glorot`] and [`Initializer::He`].
    glorot: f32,
    he: f32,
}

impl FirstValues {
    /// Initial values of a table, by seed and name.
    pub(super) fn new(initializer: Initializer, name: &str, rows: usize, width: usize, seed: u64) -> Self {
        let [glorot, he] = [rows + width, width].map(|fans| (6.0 / fans as f32).sqrt());
        Self { initializer, stream: Stream::new(seed, name), glorot, he }
    }

    /// Returns the values of all rows, as the nearest numbers of a format.
    pub(super) fn all<N: Number>(self, rows: usize, width: usize) -> Vec<N> {
        let mut values = zeros::<N>(rows * width);
        if self.initializer == Initializer::Zeros || values.is_empty() {
            return values;
        }
        values.par_chunks_mut(width).enumerate().for_each(|(row, values)| {
            values.iter_mut().zip(self.row(row)).for_each(|(value, first)| *value = N::nearest(first));
        });
        values
    }

    /// Returns the values of a row, as an infinite sequence.
    pub(super) fn row(self, row: usize) -> impl Iterator<Item = f32> {
        let Self { glorot, he, .. } = self;
        let stream = self.stream.part(row as u64);
        (0..).map(move |counter| match self.initializer {
            Initializer::Uniform(bound) => (2.0 * stream.uniform(counter) - 1.0) * bound,
            Initializer::Glorot => (2.0 * stream.uniform(counter) - 1.0) * glorot,
            Initializer::He => (2.0 * stream.uniform(counter) - 1.0) * he,
            Initializer::Normal(deviation) => stream.normal(counter) * deviation,
            Initializer::Zeros => 0.0,
        })
    }
}
