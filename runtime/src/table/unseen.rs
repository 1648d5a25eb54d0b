//! Rows that training did not change. They have learned nothing, and are read as the mean of the other rows.
//!
//! Nothing is stored for this: initial values depend on seed and row, so they are recomputed and compared.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::Embedding;
use super::initializer::FirstValues;
use crate::precision::{Number, Numbers, each_precision};

/// Rows that are compared and summed together. It is constant, so that sums do not depend on the number of
/// threads.
const CHUNK: usize = 1 << 12;
/// Maximum relative change of a value that still counts as unchanged.
const ROUNDING: f32 = 1e-6;
/// Maximum number of floats of a table that is read in place outside of training: it stays in the cache of a core.
const IN_PLACE: usize = 1 << 18;

/// Origin of the initial values of a table.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Random values for all rows.
    Sampled(FirstValues),
    /// Given values. The rows `others` are initially zero.
    Given { others: Vec<u32> },
}

/// Rows without learned values, and their replacement.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    /// True for each unseen row. Empty if there are none.
    rows: Vec<bool>,
    /// Mean of the other rows.
    mean: Vec<f32>,
    /// All rows with their replacements. Computed when they are first asked for.
    settled: OnceLock<Arc<Vec<f32>>>,
}

impl Unseen {
    /// Returns the replacement of a row, if it is unseen.
    pub(super) fn replacement(&self, row: usize) -> Option<&[f32]> {
        self.rows.get(row).is_some_and(|unseen| *unseen).then_some(&self.mean)
    }
}

impl Embedding {
    /// Returns the rows that training did not change. Pretrained vectors count as learned, and so do all rows
    /// of a frozen table.
    pub(super) fn unseen(&self) -> &Unseen {
        self.unseen.get_or_init(|| each_precision!(Numbers, &self.values, values => self.find_unseen(values)))
    }

    /// Returns all rows of a small table, as they are read outside of training.
    pub(super) fn settled(&self) -> Option<&Arc<Vec<f32>>> {
        let floats = self.rows * self.width;
        let read = || {
            let mut values = vec![0.0; floats];
            self.read(&(0..self.rows as u32).collect::<Vec<_>>(), false, &mut values);
            Arc::new(values)
        };
        (floats <= IN_PLACE).then(|| self.unseen().settled.get_or_init(read))
    }

    fn find_unseen<N: Number>(&self, values: &[N]) -> Unseen {
        let none = Unseen::default();
        let width = self.width;
        if self.frozen || width == 0 {
            return none;
        }
        let is_first = |row: usize, values: &[N]| match &self.origin {
            Origin::Sampled(first) => values
                .iter()
                .zip(first.row(row))
                .all(|(value, first)| value.is_near(first, ROUNDING * first.abs())),
            Origin::Given { others } => {
                others.contains(&(row as u32)) && values.iter().all(|value| value.widen() == 0.0)
            }
        };
        let chunks = values.par_chunks(CHUNK * width).enumerate().map(|(chunk, values)| {
            let (mut unseen, mut sum, mut seen) = (Vec::new(), vec![0.0; width], 0);
            for (row, values) in (chunk * CHUNK..).zip(values.chunks_exact(width)) {
                unseen.push(is_first(row, values));
                if unseen.last() == Some(&false) {
                    seen += 1;
                    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(value.widen()));
                }
            }
            (unseen, sum, seen)
        });
        let chunks: Vec<(Vec<bool>, Vec<f64>, usize)> = chunks.collect();
        let seen: usize = chunks.iter().map(|(_, _, seen)| seen).sum();
        if seen == 0 || seen == self.rows {
            return none;
        }
        let sum = |column: usize| chunks.iter().map(|(_, sum, _)| sum[column]).sum::<f64>();
        let mean = (0..width).map(|column| (sum(column) / seen as f64) as f32).collect();
        let rows = chunks.into_iter().flat_map(|(rows, _, _)| rows).collect();
        Unseen { rows, mean, ..Unseen::default() }
    }
}

#[cfg(test)]
mod tests {
    use dfdx::tensor::{Cpu, OwnedTape};
    use dfdx::tensor_ops::{Backward, SumTo};
    use turret_schema::Precision;

    use super::*;
    use crate::data::{Oov, Vocabulary};
    use crate::ops::{Pass, Rows};
    use crate::optim::OptimizerSpec;
    use crate::state::{NamedTensor, StateFile, write_state};
    use crate::table::Initializer;
    use crate::table::tests::{gathered, row_of};
    use crate::table::{Table, update_rows};

    const ROWS: usize = 3 * CHUNK / 2;

    fn train(table: &mut Table<2>, rows: &[u32]) {
        let gathered = gathered(table, &[rows], &mut Pass::training(&Cpu::default(), 1, 1));
        let found: Rows<2, Cpu, OwnedTape<f32, Cpu>> = gathered.lookup(0).unwrap();
        let mut gradients = found.sum::<dfdx::shapes::Rank0, _>().backward();
        let update = gathered.update(table, &mut gradients).unwrap();
        update_rows(update.into_iter().collect(), &OptimizerSpec::sgd(0.1), 1.0);
    }

    /// Values of a row as read outside of training.
    fn read(table: &Table<2>, row: u32) -> Vec<f32> {
        let gathered = gathered(table, &[&[row]], &mut Pass::inference(&Cpu::default()));
        let found: Rows<2, Cpu> = gathered.lookup(0).unwrap();
        found.as_vec()
    }

    fn mean(table: &Table<2>, rows: &[u32]) -> Vec<f32> {
        let sum = |column: usize| {
            rows.iter().map(|&row| f64::from(row_of(table, row as usize)[column])).sum::<f64>()
        };
        [0, 1].map(|column| (sum(column) / rows.len() as f64) as f32).to_vec()
    }

    #[test]
    fn rows_that_no_step_changed_are_read_as_the_mean_of_the_others() {
        use Initializer::*;
        let initializers = [Uniform(0.05), Normal(1.0), Glorot, Zeros];
        let each = initializers.into_iter().flat_map(|one| Precision::WORDS.map(|(_, format)| (one, format)));
        for (initializer, precision) in each {
            let embedding = Embedding::of_precision(precision, "user", ROWS, 2, initializer, 7);
            let mut table = Table::<2>::of(embedding);
            assert_eq!(read(&table, 0), row_of(&table, 0), "nothing is learned yet");
            let first = row_of(&table, 0);
            train(&mut table, &[1, 5, 5, CHUNK as u32]);
            assert_eq!(read(&table, 0), mean(&table, &[1, 5, CHUNK as u32]), "{initializer:?}");
            assert_eq!(read(&table, 2), read(&table, 0));
            assert_eq!(read(&table, 5), row_of(&table, 5));
            train(&mut table, &[2]);
            assert_eq!(read(&table, 0), mean(&table, &[1, 2, 5, CHUNK as u32]), "{initializer:?}");
            // Training continues from the initial values.
            assert_eq!(row_of(&table, 0), first);
            train(&mut table, &[0]);
            assert_eq!(read(&table, 0), row_of(&table, 0));
        }
    }

    #[test]
    fn a_stored_table_knows_its_rows_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.safetensors");
        let new = || Table::<2>::of(Embedding::new("user", 9, 2, Initializer::Normal(1.0), 7));
        let mut table = new();
        train(&mut table, &[1, 5]);
        write_state(&path, &table.named(""), "stamp").unwrap();
        let mut stored = new();
        assert_eq!(read(&stored, 0), row_of(&stored, 0));
        let file = StateFile::read(&path).unwrap();
        stored.load("", &mut file.tensors().unwrap()).unwrap();
        assert_eq!((stored.values(), read(&stored, 0)), (table.values(), mean(&table, &[1, 5])));
    }

    #[test]
    fn pretrained_vectors_are_learned_and_frozen_tables_are_read_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let vectors = NamedTensor::new("vectors", [2, 2], vec![1.0, 2.0, 3.0, 6.0]);
        write_state(&folder.path().join("v.safetensors"), &[vectors], "stamp").unwrap();
        let mut vocabulary = Vocabulary::new("post", turret_schema::Keys::list(["a", "b"])).oov(Oov::Bucket);
        vocabulary.finish(std::path::Path::new("")).unwrap();
        let embedding = |folder| {
            let embedding = Embedding::new("post", vocabulary.rows(), 2, Initializer::default(), 7);
            embedding.pretrained(folder, "v.safetensors", &vocabulary).unwrap()
        };
        let new = |folder| Table::<2>::of(embedding(folder));
        let table = new(Some(folder.path()));
        assert_eq!([0, 1, 2].map(|row| read(&table, row)), [[2.0, 4.0], [1.0, 2.0], [3.0, 6.0]]);
        assert_eq!(read(&Table::of(embedding(Some(folder.path())).frozen()), 0), [0.0, 0.0]);

        // A stored table is restored without the file of vectors.
        let path = folder.path().join("t.safetensors");
        write_state(&path, &new(Some(folder.path())).named(""), "stamp").unwrap();
        let mut stored = new(None);
        stored.load("", &mut StateFile::read(&path).unwrap().tensors().unwrap()).unwrap();
        assert_eq!(read(&stored, 0), [2.0, 4.0]);
    }

    #[test]
    fn the_mean_does_not_depend_on_the_number_of_threads() {
        let mut table = Table::<2>::of(Embedding::new("user", ROWS, 2, Initializer::Normal(1.0), 7));
        train(&mut table, &(1..ROWS as u32).collect::<Vec<_>>());
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| table.find_unseen(&table.values()).mean)
        };
        assert_eq!(with(1), with(3));
    }
}
