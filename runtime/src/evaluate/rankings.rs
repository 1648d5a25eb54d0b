//! Rankings of the candidates of queries: ranks of the relevant ones, and lists of the best.

use crate::metrics::{RankingQuery, Scorer, ranks, top};
use crate::program::Metric;

/// Rankings of the candidates of some queries.
pub(super) struct Rankings {
    /// Ranks of the relevant candidates of each query, ascending.
    pub(super) ranks: Vec<Vec<u32>>,
    /// Best candidates of each query, best first.
    pub(super) lists: Vec<Vec<u32>>,
    /// Length of a list, unless the catalog is shorter. 0 if no metric counts what lists contain.
    longest: usize,
}

impl Rankings {
    /// Rankings of no queries, as these metrics need them.
    pub(super) fn new(metrics: &[Metric]) -> Self {
        let cutoffs = metrics.iter().filter_map(|metric| Some(metric.of_lists()?.1));
        Self { ranks: Vec::new(), lists: Vec::new(), longest: cutoffs.max().unwrap_or(0) }
    }

    /// The rankings of the queries at these places.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        let some = |all: &[Vec<u32>]| places.iter().filter_map(|&place| all.get(place).cloned()).collect();
        Self { ranks: some(&self.ranks), lists: some(&self.lists), longest: self.longest }
    }

    /// Adds the rankings of further queries.
    pub(super) fn add(&mut self, scorer: &dyn Scorer, queries: &[RankingQuery<'_>]) {
        self.ranks.extend(ranks(scorer, queries));
        if self.longest > 0 {
            let lists = top(scorer, queries, self.longest, &[]).into_iter();
            self.lists.extend(lists.map(|list| list.into_iter().map(|item| item.candidate).collect()));
        }
    }
}
