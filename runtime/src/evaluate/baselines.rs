//! Baselines: rankings of candidates without a model, measured by its protocol on its queries.

use rayon::prelude::*;

use crate::data::{SeenItems, candidate_counts, rows_with_candidate};
use crate::matrix::Matrix;

/// A ranking without a model.
pub(super) enum Baseline<'a> {
    /// The same for all queries: the number of training rows of a candidate.
    Popularity(Vec<f32>),
    /// By the other candidates in the training rows of the user.
    Cooccurrence(Cooccurrence<'a>),
}

impl<'a> Baseline<'a> {
    /// The baselines over `total` candidates. That of users needs the user of each row.
    pub(super) fn all(
        train: &[u32],
        users: Option<&'a [u32]>,
        candidate_of_row: &[u32],
        total: usize,
    ) -> Vec<Self> {
        let known = rows_with_candidate(train, candidate_of_row);
        let counts = candidate_counts(&known, candidate_of_row, total).into_iter().map(|count| count as f32);
        let of_users = users.map(|users| Cooccurrence::new(&known, users, candidate_of_row, total));
        [Self::Popularity(counts.collect())].into_iter().chain(of_users.map(Self::Cooccurrence)).collect()
    }

    /// Name in results.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Popularity(_) => "popularity",
            Self::Cooccurrence(_) => "cooccurrence",
        }
    }

    /// Scores of all candidates for queries of some rows of the main source.
    pub(super) fn scores(&self, rows: &[u32]) -> Matrix {
        match self {
            Self::Popularity(counts) => {
                let values = rows.iter().flat_map(|_| counts.iter().copied()).collect();
                Matrix { width: counts.len(), values }
            }
            Self::Cooccurrence(items) => items.scores(rows),
        }
    }
}

/// Items by the cosine of the users that they have in common with the items of a user: the score of candidate `j` is the
/// sum of `|U_i and U_j| / sqrt(|U_i| |U_j|)` over the other items `i` of the user, for the users `U_i` of an item.
pub(super) struct Cooccurrence<'a> {
    /// User of each row.
    users: &'a [u32],
    items: SeenItems,
    users_of_items: SeenItems,
    /// `1 / sqrt(|U_i|)` of each candidate.
    scales: Vec<f32>,
}

impl<'a> Cooccurrence<'a> {
    /// Items in `rows` of the main source, whose candidates are known.
    fn new(rows: &[u32], users: &'a [u32], candidate_of_row: &[u32], total: usize) -> Self {
        let users_of_items = SeenItems::new(rows, candidate_of_row, users);
        let scale = |item| 1.0 / (users_of_items.of(item).len().max(1) as f32).sqrt();
        Self {
            users,
            items: SeenItems::new(rows, users, candidate_of_row),
            scales: (0..total as u32).map(scale).collect(),
            users_of_items,
        }
    }

    fn scores(&self, rows: &[u32]) -> Matrix {
        let width = self.scales.len();
        let mut scores = Matrix { width, values: vec![0.0; rows.len() * width] };
        let weights = || (vec![0.0; self.items.users().count()], Vec::new());
        rows.par_iter()
            .zip(scores.values.par_chunks_exact_mut(width.max(1)))
            .for_each_init(weights, |(weights, found), (&row, scores)| {
                self.score(self.users[row as usize], scores, weights, found)
            });
        scores
    }

    /// Adds the scores of a user to zeros. `weights` has a zero for each user, and `found` is reused.
    fn score(&self, user: u32, scores: &mut [f32], weights: &mut [f32], found: &mut Vec<u32>) {
        let own = self.items.of(user);
        found.clear();
        for &item in own {
            for &other in self.users_of_items.of(item) {
                let weight = &mut weights[other as usize];
                if *weight == 0.0 {
                    found.push(other);
                }
                *weight += self.scales[item as usize];
            }
        }
        for &other in &*found {
            let weight = std::mem::take(&mut weights[other as usize]);
            self.items.of(other).iter().for_each(|&item| scores[item as usize] += weight);
        }
        for &item in own {
            // An item has all of its users in common with itself.
            scores[item as usize] -= self.users_of_items.of(item).len() as f32 * self.scales[item as usize];
        }
        scores.iter_mut().zip(&self.scales).for_each(|(score, scale)| *score *= scale);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data::NONE;
    use crate::rng::Stream;

    #[test]
    fn scores_equal_their_definitions() {
        let stream = Stream::new(3, "baselines");
        let draw = |at: u64, below: u64| stream.below(at, below) as u32;
        let users: Vec<u32> = (0..400).map(|row| draw(row, 23)).collect();
        let mut items: Vec<u32> = (400..800).map(|row| draw(row, 15)).collect();
        items[7] = NONE;
        let train: Vec<u32> = (0..350).collect();
        let found = Baseline::all(&train, Some(&users), &items, 17);
        let [popularity, cooccurrence] = &found[..] else { panic!("two baselines") };
        assert_eq!((popularity.name(), cooccurrence.name()), ("popularity", "cooccurrence"));
        let rows: Vec<u32> = (340..400).collect();
        let count = |item: usize| (0..350).filter(|&row| items[row] == item as u32).count() as f32;
        let counts: Vec<f32> = (0..17).map(count).collect();
        let scores = popularity.scores(&rows);
        assert!((0..rows.len()).all(|query| scores.row(query) == counts));
        let of = |item: usize| -> BTreeSet<u32> {
            (0..350).filter(|&row| items[row] == item as u32).map(|row| users[row]).collect()
        };
        let of: Vec<BTreeSet<u32>> = (0..17).map(of).collect();
        let scores = cooccurrence.scores(&rows);
        for (query, &row) in rows.iter().enumerate() {
            let user = users[row as usize];
            for item in 0..17 {
                let others = (0..17).filter(|&other| other != item && of[other].contains(&user));
                let cosine = |other: usize| {
                    let size = (of[item].len() * of[other].len()).max(1) as f64;
                    of[item].intersection(&of[other]).count() as f64 / size.sqrt()
                };
                let exact: f64 = others.map(cosine).sum();
                let found = f64::from(scores.row(query)[item]);
                assert!((found - exact).abs() < 1e-5, "{found} is not {exact}");
            }
        }
        assert_eq!(Baseline::all(&train, None, &items, 17).len(), 1);
    }
}
