//! Recommendations: the best items of the catalog for users of the log, for given records, and for test rows.

mod condition;
mod known;
mod lists;
mod on_test;
mod popular;
mod records;
mod shown;
mod taken;
mod users;

pub use condition::{Condition, filters};
pub use lists::{ListFormat, Lists};
pub use on_test::for_test_rows;
pub use records::for_records;
pub use shown::Shown;
pub use users::{Users, user_field};

use turret_schema::{Description, FilterSpec};

use crate::data::{
    AnyBatch, AnyFeatures, Batch, Catalog, DataError, DataFolder, EncodedDataset, Field, ROWS_AT_ONCE,
};
use crate::erased::AnyModel;
use crate::error::{Error, UsageError};
use crate::evaluate::Scoring;
use crate::metrics::{RankingQuery, Scored};
use crate::ops::PassState;
use crate::program::Evaluation;
use known::Known;
use popular::Popular;
use taken::TakenItems;

/// An item of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item<'c> {
    /// Key in the catalog, as in its first row.
    pub key: &'c str,
    /// Row of the catalog.
    pub candidate: u32,
    /// Score; higher is better. Of a popular item, the number of its training rows.
    pub score: f32,
}

/// Items for a user, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recommendations<'c> {
    /// The items.
    pub items: Vec<Item<'c>>,
    /// True for the most popular items, because the model knows nothing of the user.
    pub is_popular: bool,
}

/// Options of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// Maximum number of items.
    pub k: usize,
    /// True if items that the user took compete too.
    pub include_seen: bool,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self { k: 10, include_seen: false }
    }
}

impl ListOptions {
    /// Lists of up to `k` items that the user has not taken.
    pub fn new(k: usize) -> Self {
        Self { k, ..Self::default() }
    }

    /// Rejects lists without items.
    pub fn check(self) -> Result<Self, UsageError> {
        if self.k == 0 { Err(UsageError::NoItems) } else { Ok(self) }
    }
}

/// Recommends items of the catalog with a model.
pub struct Recommender<'a> {
    model: &'a dyn AnyModel,
    dataset: &'a EncodedDataset<AnyBatch>,
    catalog: &'a Catalog<AnyBatch>,
    scoring: Scoring<'a>,
    known: Known<'a>,
    popular: Popular,
    taken: TakenItems<'a>,
    /// Candidates that no list has. Empty: none.
    left_out: Vec<bool>,
}

/// Rejects models that rank no items.
pub fn check_ranks_items(description: &Description) -> Result<(), UsageError> {
    match (description.evaluation, &description.data.catalog) {
        (Evaluation::Ranking, _) | (_, None) => Err(UsageError::NoCandidates),
        (Evaluation::Retrieval { .. } | Evaluation::PairScores, Some(_)) => Ok(()),
    }
}

/// Returns the inputs that describe a query.
pub(crate) fn query_inputs(description: &Description) -> Vec<usize> {
    let of_items = description.data.catalog.as_ref().map_or(&[][..], |catalog| &catalog.inputs);
    let mut inputs: Vec<usize> = match description.evaluation {
        Evaluation::Retrieval { query, .. } => vec![description.towers[query].input],
        Evaluation::PairScores | Evaluation::Ranking => {
            description.towers.iter().map(|tower| tower.input).collect()
        }
    };
    inputs.retain(|input| !of_items.contains(input));
    inputs.sort_unstable();
    inputs.dedup();
    inputs
}

impl<'a> Recommender<'a> {
    /// Computes the vectors of the candidates, if the model has any.
    pub fn new(
        model: &'a dyn AnyModel,
        features: &'a AnyFeatures,
        dataset: &'a EncodedDataset<AnyBatch>,
    ) -> Result<Self, Error> {
        check_ranks_items(model.description())?;
        let catalog = dataset.catalog.as_ref().ok_or(DataError::NoCatalog { to: "recommend" })?;
        let inputs = query_inputs(model.description());
        Ok(Self {
            scoring: Scoring::new(model, catalog)?,
            known: Known::new(features, &inputs),
            popular: Popular::new(dataset.train_split(), catalog),
            taken: TakenItems::new(features, &inputs, model.description(), &catalog.keys),
            left_out: Vec::new(),
            model,
            dataset,
            catalog,
        })
    }

    /// Leaves items out of all lists that do not pass filters of columns of the catalog.
    ///
    /// # Errors
    /// The catalog has no such column, or a value cannot be compared.
    pub fn only(&mut self, filters: &[FilterSpec], data: &DataFolder) -> Result<(), Error> {
        if let (Some(spec), false) = (&self.model.description().data.catalog, filters.is_empty()) {
            let passing = data.passing(&spec.source, &self.catalog.rows, filters)?;
            self.left_out = passing.into_iter().map(|passes| !passes).collect();
        }
        Ok(())
    }

    /// The catalog.
    pub fn catalog(&self) -> &'a Catalog<AnyBatch> {
        self.catalog
    }

    /// Items that a record took, by the fields of an input, ascending.
    pub(crate) fn taken_by(&self, input: usize, fields: &[Field<'_>]) -> Vec<u32> {
        self.taken.of_input(input, fields)
    }

    /// Number of queries per pass.
    fn rows_at_once(&self) -> usize {
        self.scoring.rows_at_once(ROWS_AT_ONCE)
    }

    /// Lists for the records of a batch. Where the model knows nothing of a record, or has no score, they are the most
    /// popular items. `whose` names a record.
    pub(crate) fn lists(
        &self,
        batch: &AnyBatch,
        whose: &dyn Fn(usize) -> String,
        queries: &[RankingQuery<'_>],
        k: usize,
        pass: &mut PassState,
    ) -> Result<Vec<Recommendations<'a>>, Error> {
        let mut lists = self.ranked(batch, whose, queries, k, pass)?;
        let known = self.known.of(batch, queries.len());
        for ((list, query), is_known) in lists.iter_mut().zip(queries).zip(known) {
            if !is_known || list.items.is_empty() {
                list.items = self.named(self.popular.list(query, k, &self.left_out));
                list.is_popular = !list.items.is_empty();
            }
        }
        Ok(lists)
    }

    /// Lists for the records of a batch as the model scores them.
    fn ranked(
        &self,
        batch: &AnyBatch,
        whose: &dyn Fn(usize) -> String,
        queries: &[RankingQuery<'_>],
        k: usize,
        pass: &mut PassState,
    ) -> Result<Vec<Recommendations<'a>>, Error> {
        let inputs = query_inputs(self.model.description());
        let at_once = self.rows_at_once();
        let is_whole = queries.len() <= at_once;
        let mut lists = Vec::with_capacity(queries.len());
        let mut part = AnyBatch::default();
        for (number, queries) in queries.chunks(at_once).enumerate() {
            let first = number * at_once;
            let mut take = |batch: &AnyBatch| -> Result<(), Error> {
                let whose = |at: usize| whose(first + at);
                let top = self.scoring.top(batch, &whose, queries, (k, &self.left_out), pass)?;
                let named = top.into_iter().map(|list| self.named(list));
                lists.extend(named.map(|items| Recommendations { items, is_popular: false }));
                Ok(())
            };
            if is_whole {
                take(batch)?;
            } else {
                let rows: Vec<u32> = (first as u32..).take(queries.len()).collect();
                inputs.iter().for_each(|&input| batch.gather(input, &rows, &mut part));
                take(&part)?;
            }
        }
        Ok(lists)
    }

    fn named(&self, list: Vec<Scored>) -> Vec<Item<'a>> {
        let item = |Scored { candidate, score }| Item {
            key: &self.catalog.keys[candidate as usize],
            candidate,
            score,
        };
        list.into_iter().map(item).collect()
    }
}
