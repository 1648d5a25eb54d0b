//! Top-k accuracies of the true probabilities and of popularity.

use turret_runtime::data::random_split;

use super::interactions::Interaction;

/// Cut-offs.
const CUTOFFS: [(usize, &str); 5] = [
    (1, "top_1_accuracy"),
    (5, "top_5_accuracy"),
    (10, "top_10_accuracy"),
    (50, "top_50_accuracy"),
    (100, "top_100_accuracy"),
];

/// Share of test rows: those of `split = random(test = 0.2, seed = 42)`.
const TEST: f64 = 0.2;
const SEED: u64 = 42;

/// Accuracies on the test rows.
pub(super) struct Accuracies {
    /// Accuracies of the true probabilities.
    pub(super) planted: Vec<(&'static str, f64)>,
    /// Accuracies of popularity in the training rows.
    pub(super) popularity: Vec<(&'static str, f64)>,
    /// Number of test rows.
    pub(super) rows: usize,
}

/// Computes both. As in the evaluation of programs, a row is a hit if fewer than `k` other items score at
/// least as high as its own, and seen items are included.
pub(super) fn measure(interactions: &[Interaction], items: usize) -> Accuracies {
    let (train, test) = random_split((0..interactions.len() as u32).collect(), TEST, SEED);
    let mut counts = vec![0_usize; items];
    train.iter().for_each(|&row| counts[interactions[row as usize].item] += 1);
    let mut ascending = counts.clone();
    ascending.sort_unstable();
    let test_rows = || test.iter().map(|&row| &interactions[row as usize]);
    let popularity_rank =
        |one: &Interaction| items - ascending.partition_point(|&count| count < counts[one.item]) - 1;
    Accuracies {
        planted: accuracies(test_rows().map(|one| one.rank).collect()),
        popularity: accuracies(test_rows().map(popularity_rank).collect()),
        rows: test.len(),
    }
}

fn accuracies(ranks: Vec<usize>) -> Vec<(&'static str, f64)> {
    let share = |k: usize| ranks.iter().filter(|&&rank| rank < k).count() as f64 / ranks.len().max(1) as f64;
    CUTOFFS.iter().map(|&(k, name)| (name, share(k))).collect()
}
