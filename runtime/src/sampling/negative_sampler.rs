//! Sampling of the negatives of each step, and gathering of its candidates.

use std::collections::HashMap;
use std::convert::Infallible;

use super::Distribution;
use super::unseen::{self, Sated};
use crate::data::{
    AnyBatch, AnyFeatures, Bags, Batch, Catalog, DataError, DataFolder, EncodedDataset, NONE, ROWS_AT_ONCE,
    SeenItems, Vocabulary, candidate_counts, canonical,
};
use crate::erased::AnyModel;
use crate::error::{Error, SamplingError};
use crate::negatives::{NegativeSource, NegativesSpec, StepCandidates};
use crate::progress::say;
use crate::rng::Stream;

/// Maximum number of draws per step. Distinct negatives that need more are rejected.
const MOST_TRIES: f64 = 1e7;

/// Candidates that negatives are sampled from.
pub(crate) struct NegativeSampler<B> {
    spec: NegativesSpec,
    seed: u64,
    /// Sampling distribution, if negatives are sampled.
    distribution: Option<Distribution>,
    /// Share of the training rows of each candidate.
    shares: Vec<f64>,
    /// Candidates in the training rows of each user, if they are not negatives.
    seen: Option<SeenItems>,
    /// Catalog row of each row of the vocabulary of listed negatives.
    listed: Vec<u32>,
    /// Returns the listed negatives of a batch.
    lists: fn(&B) -> Option<&Bags>,
}

/// Returns the sampler of a program, if its objective needs negatives.
pub(crate) fn negative_sampler(
    model: &dyn AnyModel,
    dataset: &EncodedDataset<AnyBatch>,
    data: &DataFolder,
    features: &AnyFeatures,
    seed: u64,
) -> Result<Option<NegativeSampler<AnyBatch>>, Error> {
    let Some(spec) = model.description().negatives.clone() else { return Ok(None) };
    let catalog = dataset.catalog.as_ref().ok_or(DataError::NoCatalog { to: "draw negatives" })?;
    let own = &*dataset.train;
    if own.iter().any(|&row| catalog.candidate_of_row[row as usize] == NONE) {
        return Err(SamplingError::UnknownPositive.into());
    }
    let counted = |rows: &[u32]| candidate_counts(rows, &catalog.candidate_of_row, catalog.keys.len());
    // Rows that only occur in histories count for samplers, but are in no batch.
    let counts = counted(dataset.train_split());
    let mut sampler = NegativeSampler {
        spec,
        seed,
        distribution: None,
        shares: counted(own).iter().map(|&count| count as f64 / own.len() as f64).collect(),
        seen: None,
        listed: Vec::new(),
        lists: model.listed_negatives(),
    };
    match sampler.spec.source {
        NegativeSource::Sampled { count, sampler: probabilities, unique } => {
            let given = model.sampling_weights(&catalog.columns);
            check_weights(given, catalog)?;
            let distribution = Distribution::of(probabilities, &counts, given);
            if unique {
                check_unique(&distribution, count)?;
            }
            if let Some(user) = sampler.spec.exclude_seen {
                let users = &dataset.groups[user];
                let seen = SeenItems::new(dataset.train_split(), users, &catalog.candidate_of_row);
                if let Some(sated) = Sated::of(&distribution, &seen) {
                    return Err(sated.error(user, dataset, data)?.into());
                }
                sampler.seen = Some(seen);
            }
            sampler.distribution = Some(distribution);
        }
        NegativeSource::Listed => {
            sampler.listed =
                model.listed_vocabulary(features).map(|keys| listed(keys, catalog)).unwrap_or_default();
            sampler.report_unknown(dataset);
        }
        NegativeSource::All => {}
    }
    Ok(Some(sampler))
}

impl<B: Batch> NegativeSampler<B> {
    /// Returns the user of each row of the main source, if negatives depend on it.
    pub(crate) fn users<'d>(&self, dataset: &'d EncodedDataset<B>) -> &'d [u32] {
        self.spec.exclude_seen.map_or(&[], |user| &dataset.groups[user])
    }

    /// Samples the negatives of a step for some rows of the main source, and gathers positives and negatives
    /// into its batch. `users` are those of all rows.
    pub(crate) fn sample_into(
        &self,
        catalog: &Catalog<B>,
        users: &[u32],
        rows: &[u32],
        number: u64,
        batch: &mut B,
    ) -> StepCandidates {
        let positives = rows.iter().map(|&row| catalog.candidate_of_row[row as usize]);
        let mut step = StepCandidates { rows: positives.collect(), ..StepCandidates::default() };
        let seen: Option<Vec<&[u32]>> =
            self.seen.as_ref().map(|seen| rows.iter().map(|&row| seen.of(users[row as usize])).collect());
        let mut tries = 0;
        match (self.spec.source, &self.distribution) {
            (NegativeSource::Sampled { count, unique, .. }, Some(distribution)) => {
                let stream = Stream::new(self.seed, "negatives").part(number);
                if let (Some(seen), true) = (&seen, self.spec.per_record) {
                    unseen::draw(distribution, &stream, count, seen, &mut step);
                } else if unique {
                    let negatives;
                    (negatives, tries) = distribution.draw_unique(&stream, count);
                    step.rows.extend(negatives);
                } else {
                    let queries = if self.spec.per_record { rows.len() } else { 1 };
                    step.rows.extend(distribution.draw_many(&stream, count * queries));
                    tries = (count * queries) as u64;
                }
                if self.spec.per_record {
                    let others = catalog.keys.len().saturating_sub(1).max(1);
                    step.sampling_rate = (count as f32 / others as f32).min(1.0);
                    step.query_index =
                        (0..rows.len() as u32).flat_map(|row| std::iter::repeat_n(row, count)).collect();
                }
            }
            (NegativeSource::Listed, _) => self.list(batch, &mut step),
            _ => step.rows.extend(0..catalog.keys.len() as u32),
        }
        if let (Some(seen), false) = (&seen, self.spec.per_record) {
            unseen::exclude(seen, self.spec.in_batch, &mut step);
        }
        if self.spec.log_q {
            let in_batch = if self.spec.in_batch { rows.len() as f64 } else { 0.0 };
            let negatives = step.rows.len() - rows.len();
            let expected = |&candidate: &u32| {
                let sampled =
                    self.distribution.as_ref().map(|all| all.expected_count(candidate, negatives, tries));
                in_batch * self.shares[candidate as usize] + sampled.unwrap_or(0.0)
            };
            step.log_q = step.rows.iter().map(|row| expected(row).ln() as f32).collect();
        }
        for &input in &self.spec.inputs {
            catalog.columns.gather(input, &step.rows, batch);
        }
        step
    }

    /// Adds the candidates that the records list.
    fn list(&self, batch: &B, step: &mut StepCandidates) {
        let Some(lists) = (self.lists)(batch) else { return };
        for record in 0..lists.rows() {
            let before = step.rows.len();
            step.rows.extend(lists.bag(record).iter().filter_map(|&key| self.row(key)));
            if self.spec.per_record {
                step.query_index.extend(std::iter::repeat_n(record as u32, step.rows.len() - before));
            }
        }
    }

    /// Returns the catalog row of a listed key.
    fn row(&self, key: u32) -> Option<u32> {
        self.listed.get(key as usize).copied().filter(|&row| row != NONE)
    }

    /// Reports the number of listed negatives that are not in the catalog.
    fn report_unknown(&self, dataset: &EncodedDataset<B>) {
        let (mut all, mut unknown) = (0, 0);
        let Ok(()) = dataset.for_each_batch(&dataset.train, ROWS_AT_ONCE, |batch, _| {
            let keys = (self.lists)(batch).map_or(&[][..], |lists| lists.ids());
            all += keys.len();
            unknown += keys.iter().filter(|&&key| self.row(key).is_none()).count();
            Ok::<(), Infallible>(())
        });
        if unknown > 0 {
            say(format_args!(
                "{unknown} of {all} negatives that records list are not in the catalog; they are left out"
            ));
        }
    }
}

/// Checks the numbers of candidates that negatives are drawn by, if a column gives them.
fn check_weights<B>(weights: &[f32], catalog: &Catalog<B>) -> Result<(), SamplingError> {
    for (weight, key) in weights.iter().zip(&catalog.keys) {
        if !(weight.is_finite() && *weight > 0.0) {
            return Err(SamplingError::Weight { key: key.clone(), weight: *weight });
        }
    }
    Ok(())
}

fn check_unique(distribution: &Distribution, count: usize) -> Result<(), SamplingError> {
    let support = distribution.support();
    if count > support {
        return Err(SamplingError::TooFew { negatives: count, candidates: support });
    }
    if distribution.tries_for_unique(count) > MOST_TRIES {
        return Err(SamplingError::TooRare { negatives: count, tries: MOST_TRIES });
    }
    Ok(())
}

/// Catalog row of each key of a vocabulary.
fn listed<B>(keys: &Vocabulary, catalog: &Catalog<B>) -> Vec<u32> {
    let candidates: HashMap<&str, u32> = catalog.keys.iter().map(|key| canonical(key)).zip(0..).collect();
    let mut listed = vec![NONE; keys.rows()];
    for (row, key) in keys.keys() {
        listed[row as usize] = candidates.get(canonical(&key)).copied().unwrap_or(NONE);
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{EncodedColumn, Ids};
    use crate::negatives::{Draws, Sampler};

    /// Two inputs with the rows that they were gathered from.
    #[derive(Clone, Default)]
    struct Columns([Ids; 2]);

    impl Batch for Columns {
        fn columns(&self, input: usize) -> Vec<&dyn EncodedColumn> {
            vec![&self.0[input]]
        }
        fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn EncodedColumn> {
            vec![&mut self.0[input]]
        }
    }

    const CANDIDATES: [u32; 6] = [4, 4, 0, 1, 4, 2];
    /// User of each row.
    const USERS: [u32; 6] = [0, 1, 1, 0, 2, 1];

    /// A catalog of five candidates. Rows 0 to 5 of the main source have the candidates 4, 4, 0, 1, 4, 2.
    fn catalog() -> Catalog<Columns> {
        Catalog {
            keys: ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec(),
            rows: vec![0, 1, 2, 3, 4].into(),
            columns: Columns([vec![10, 11, 12, 13, 14], vec![20, 21, 22, 23, 24]].map(Ids::new)),
            candidate_of_row: CANDIDATES.to_vec().into(),
            absent: Default::default(),
        }
    }

    fn sampler(spec: NegativesSpec) -> NegativeSampler<Columns> {
        let counts = [1, 1, 1, 0, 3];
        let distribution = match spec.source {
            NegativeSource::Sampled { .. } => Some(Distribution::of(Sampler::LogUniform, &counts, &[])),
            NegativeSource::All | NegativeSource::Listed => None,
        };
        NegativeSampler {
            seed: 7,
            distribution,
            shares: counts.iter().map(|&count| count as f64 / 6.0).collect(),
            seen: spec.exclude_seen.map(|_| SeenItems::new(&[0, 1, 2, 3, 4, 5], &USERS, &CANDIDATES)),
            spec,
            listed: vec![NONE, 3, 0],
            lists: |_| None,
        }
    }

    fn spec(source: NegativeSource) -> NegativesSpec {
        NegativesSpec::new(source, [0, 1]).log_q(true)
    }

    fn sampled(count: usize, unique: bool) -> NegativeSource {
        NegativeSource::Sampled { count, sampler: Sampler::LogUniform, unique }
    }

    #[test]
    fn positives_come_before_negatives() {
        let catalog = catalog();
        let sampler = sampler(spec(sampled(3, true)));
        let mut batch = Columns::default();
        let found = sampler.sample_into(&catalog, &USERS, &[5, 0, 2], 1, &mut batch);
        assert_eq!(found.rows[..3], [2, 4, 0]);
        assert_eq!((found.rows.len(), found.query_index.len()), (6, 0));
        let rows: Vec<u32> = found.rows.iter().map(|row| 10 + row).collect();
        assert_eq!(batch.0[0].as_slice(), rows);
        assert_eq!(batch.0[1].as_slice(), rows.iter().map(|row| 10 + row).collect::<Vec<_>>());
    }

    #[test]
    fn a_step_draws_the_same_whenever_and_wherever_it_is_done() {
        let catalog = catalog();
        let draw = |step| {
            sampler(spec(sampled(3, false))).sample_into(
                &catalog,
                &USERS,
                &[0, 1],
                step,
                &mut Columns::default(),
            )
        };
        let threads = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(draw(5), threads.install(|| draw(5)));
        assert!((6..20).any(|step| draw(step) != draw(5)));
    }

    /// Rank 0 is candidate 4, which has half of the training rows.
    #[test]
    fn expected_counts_are_those_of_positives_and_negatives() {
        let catalog = catalog();
        let probability = (2f64.ln() - 1f64.ln()) / 6f64.ln();
        let of_first =
            |spec| sampler(spec).sample_into(&catalog, &USERS, &[0, 2], 3, &mut Columns::default()).log_q[0];
        let exact = (3.0 * probability).ln() as f32;
        assert!((of_first(spec(sampled(3, false))) - exact).abs() < 1e-6);
        let mixed = NegativesSpec { in_batch: true, ..spec(sampled(3, false)) };
        let exact = (2.0 * 0.5 + 3.0 * probability).ln() as f32;
        assert!((of_first(mixed) - exact).abs() < 1e-6);
        let plain = NegativesSpec { log_q: false, ..spec(sampled(3, false)) };
        assert!(
            sampler(plain).sample_into(&catalog, &USERS, &[0], 1, &mut Columns::default()).log_q().is_none()
        );
    }

    /// Every step leaves out what the user of a record has taken, whatever is sampled for whom.
    #[test]
    fn what_a_user_has_seen_is_no_negative() {
        let catalog = catalog();
        let rows = [5, 0, 2, 4, 1];
        let seen = |row: u32| -> Vec<u32> {
            (0..6).filter(|&at| USERS[at] == USERS[row as usize]).map(|at| CANDIDATES[at]).collect()
        };
        let each = spec(sampled(3, false)).per_record(true).log_q(false).exclude_seen(0);
        let (mut draws, threads) = (Draws::default(), rayon::ThreadPoolBuilder::new().num_threads(3).build());
        let threads = threads.unwrap();
        for number in 0..200 {
            let draw = || {
                sampler(each.clone()).sample_into(&catalog, &USERS, &rows, number, &mut Columns::default())
            };
            let step = draw();
            assert_eq!(step, threads.install(draw));
            for (&record, candidate) in step.query_index.iter().zip(&step.rows[rows.len()..]) {
                assert!(!seen(rows[record as usize]).contains(candidate), "{step:?}");
            }
            assert_eq!(step.draws.all - step.draws.rejected, 15);
            draws += step.draws;
        }
        assert!((0.4..0.8).contains(&draws.rejected_share().unwrap()), "{draws:?}");
        for in_batch in [true, false] {
            let shared = spec(sampled(4, false)).in_batch(in_batch).exclude_seen(0);
            let step =
                sampler(shared.clone()).sample_into(&catalog, &USERS, &rows, 1, &mut Columns::default());
            let unlimited = NegativesSpec { exclude_seen: None, ..shared };
            let all = sampler(unlimited).sample_into(&catalog, &USERS, &rows, 1, &mut Columns::default());
            assert_eq!((&step.rows, &step.log_q), (&all.rows, &all.log_q));
            let mut rejected = 0;
            for (query, &row) in rows.iter().enumerate() {
                let first = if in_batch { 0 } else { rows.len() };
                let is_out = |&place: &usize| place != query && seen(row).contains(&step.rows[place]);
                let out: Vec<u32> =
                    (first..step.rows.len()).filter(is_out).map(|place| place as u32).collect();
                assert_eq!(step.excluded.of(query), out);
                rejected += out.iter().filter(|&&place| place >= rows.len() as u32).count() as u64;
            }
            assert_eq!(step.draws, Draws { all: 20, rejected });
        }
    }

    #[test]
    fn all_listed_and_per_record() {
        let catalog = catalog();
        let all = NegativesSpec { log_q: false, ..spec(NegativeSource::All) };
        let found = sampler(all).sample_into(&catalog, &USERS, &[3], 1, &mut Columns::default());
        assert_eq!(found.rows, [1, 0, 1, 2, 3, 4]);
        let each = NegativesSpec { per_record: true, log_q: false, ..spec(sampled(2, false)) };
        let found = sampler(each).sample_into(&catalog, &USERS, &[3, 0, 1], 1, &mut Columns::default());
        assert_eq!((found.rows.len(), found.query_index), (9, vec![0, 0, 1, 1, 2, 2]));
        fn lists(_: &Columns) -> Option<&Bags> {
            static LISTS: std::sync::OnceLock<Bags> = std::sync::OnceLock::new();
            Some(LISTS.get_or_init(|| {
                let mut bags = Bags::default();
                for bag in [&[1, 0, 2][..], &[], &[2, 9]] {
                    bag.iter().for_each(|&key| bags.push(key));
                    assert!(bags.close());
                }
                bags
            }))
        }
        let listed = NegativesSpec { per_record: true, log_q: false, ..spec(NegativeSource::Listed) };
        let listed = NegativeSampler { lists, ..sampler(listed) };
        let found = listed.sample_into(&catalog, &USERS, &[3, 0, 2], 1, &mut Columns::default());
        assert_eq!((found.rows, found.query_index), (vec![1, 4, 0, 3, 0, 0], vec![0, 0, 2]));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let catalog = catalog();
        let weights = |last| check_weights(&[0.1, 0.2, 0.3, 0.4, last], &catalog);
        assert!(weights(1.0).is_ok());
        assert!(weights(0.0).is_err() && weights(f32::NAN).is_err());
        assert!(check_unique(&Distribution::uniform(3), 3).is_ok());
        assert!(check_unique(&Distribution::uniform(3), 4).is_err());
        assert!(check_unique(&Distribution::new(vec![1.0, 1e-12]), 2).is_err());
    }
}
