//! Recommendations of a stored model, for records and for users of the log.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::{Loaded, Record, StoredModel};
use crate::data::{AnyBatch, EncodedDataset};
use crate::error::{Error, LoadError, UsageError};
use crate::metrics::{CandidateSet, RankingQuery};
use crate::ops::Device;
use crate::program::{Program, TowerInfo};
use crate::recommend::{ListOptions, Recommendations, Recommender, query_inputs};

impl StoredModel {
    /// Recommends items of the catalog of a dataset, which [`StoredModel::prepare`] reads. The vectors of the items are
    /// computed once.
    pub fn recommender<'a>(
        &'a self,
        dataset: &'a EncodedDataset<AnyBatch>,
    ) -> Result<Recommender<'a>, Error> {
        Recommender::new(self.model.as_ref(), &self.features, dataset)
    }
}

impl<D: Device, P: Program<D>> Loaded<D, P> {
    /// Best `k` items for each record of a model with one tower of queries, as the command lists them. Items in the
    /// history of a record are left out.
    ///
    /// # Errors
    /// [`LoadError::Record`] if the columns reject a record; a vector or a score that is not finite.
    pub fn recommend<'a, R: Record<P>>(
        &self,
        recommender: &Recommender<'a>,
        records: &[R],
        k: usize,
    ) -> Result<Vec<Recommendations<'a>>, Error> {
        self.queries(recommender, records)?.recommend(ListOptions::new(k))
    }

    /// Encodes records for one tower of queries. [`Queries::and`] adds the records of other towers.
    pub fn queries<'l, 'a, R: Record<P>>(
        &'l self,
        recommender: &'l Recommender<'a>,
        records: &[R],
    ) -> Result<Queries<'l, 'a, P>, LoadError> {
        let queries = Queries {
            stored: self,
            recommender,
            batch: AnyBatch::default(),
            taken: vec![Vec::new(); records.len()],
            inputs: Vec::new(),
            of: PhantomData,
        };
        queries.and(records)
    }
}

/// Encoded records for the towers of queries. Record `i` of a tower belongs to record `i` of the others.
pub struct Queries<'l, 'a, P> {
    stored: &'l StoredModel,
    recommender: &'l Recommender<'a>,
    batch: AnyBatch,
    /// Items of the histories of each record.
    taken: Vec<Vec<u32>>,
    /// Inputs that have their records.
    inputs: Vec<usize>,
    of: PhantomData<fn() -> P>,
}

impl<'a, P> Queries<'_, 'a, P> {
    /// Adds the records of another tower of queries.
    pub fn and<R: Record<P>>(mut self, records: &[R]) -> Result<Self, LoadError> {
        let description = self.stored.model.description();
        let TowerInfo { name, input, .. } = &description.towers[R::TOWER];
        if !query_inputs(description).contains(input) {
            return Err(UsageError::NoQuery { tower: name }.into());
        }
        if records.len() != self.taken.len() {
            let (records, others) = (records.len(), self.taken.len());
            return Err(UsageError::RecordCount { tower: name, records, others }.into());
        }
        if self.inputs.contains(input) {
            return Err(UsageError::RecordsTwice { tower: name }.into());
        }
        self.stored.encode(R::TOWER, &mut records.iter().map(Record::fields), &mut self.batch)?;
        for (record, taken) in records.iter().zip(&mut self.taken) {
            taken.extend(self.recommender.taken_by(*input, &record.fields()));
            taken.sort_unstable();
        }
        self.inputs.push(*input);
        Ok(self)
    }

    /// Best items for each record.
    ///
    /// # Errors
    /// Records of a tower of queries are missing; a vector or a score is not finite.
    pub fn recommend(&self, options: ListOptions) -> Result<Vec<Recommendations<'a>>, Error> {
        let k = options.check()?.k;
        let description = self.stored.model.description();
        let wanted = query_inputs(description);
        let lacks = |tower: &&TowerInfo| wanted.contains(&tower.input) && !self.inputs.contains(&tower.input);
        if let Some(tower) = description.towers.iter().find(lacks) {
            return Err(UsageError::RecordsLack { tower: &tower.name }.into());
        }
        let query = |taken: &'_ Vec<u32>| {
            let taken: &[u32] = if options.include_seen { &[] } else { taken };
            RankingQuery {
                relevant: Vec::new(),
                candidates: CandidateSet::AllBut(Cow::Owned(taken.to_vec())),
            }
        };
        let queries: Vec<RankingQuery<'_>> = self.taken.iter().map(query).collect();
        let whose = |at: usize| format!("record {}", at + 1);
        self.stored.passes.with(|pass| self.recommender.lists(&self.batch, &whose, &queries, k, pass))
    }
}
