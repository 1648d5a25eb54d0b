//! Ranks of the relevant candidates among the catalog.

use crate::checksum::hash_of;
use crate::data::{AnyBatch, Batch, Catalog, DataError, EncodedDataset};
use crate::erased::AnyModel;
use crate::error::{Error, Stopped, StoppedAt};
use crate::finite::finite_vectors;
use crate::interrupt::Interrupt;
use crate::matrix::Matrix;
use crate::metrics::{RankingQuery, Scores, Statistic, of_ranks};
use crate::ops::PassState;
use crate::printable::printable;
use crate::program::{Candidates, Evaluation, Metric, Protocol, Query, Similarity, TowerInfo};
use crate::progress::{Progress, all_of, counted, rounded};

use super::baselines::Baseline;
use super::list_statistics::{self, Occurrences};
use super::queries::{CandidateSets, Queries};
use super::rankings::Rankings;
use super::sample::Sample;
use super::scoring::{QUERIES, Scoring};
use super::units::{Units, in_order};
use super::{EvaluateOptions, MeasuredRows, Report};
use crate::data::ROWS_AT_ONCE;

pub(super) fn evaluate(
    model: &dyn AnyModel,
    measured: &MeasuredRows<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let dataset = measured.dataset;
    let catalog = dataset.catalog.as_ref().ok_or(DataError::NoCatalog { to: "retrieve" })?;
    let scoring = Scoring::new(model, catalog)?;
    let rows_at_once = scoring.rows_at_once(measured.options.rows_at_once);
    let measured =
        &MeasuredRows { options: EvaluateOptions { rows_at_once, ..measured.options }, ..*measured };
    let asked = HeldOutQueries::new(model, dataset, measured, catalog, report)?;
    let (users, queries) = (asked.users, &asked.queries);
    let (description, progress) = (model.description(), measured.options.progress);
    let metrics = &description.metrics;
    let mut found = Rankings::new(metrics);
    let (mut short, mut pass) = (0, PassState::inference());
    measured.for_each(&queries.rows, |batch, rows| {
        let ranking = asked.ranking(found.ranks.len(), rows);
        short += ranking.iter().filter(|query| asked.candidate_sets.is_short(query)).count();
        scoring.rank(batch, &|at| measured.name(rows[at]), &ranking, &mut found, &mut pass)
    })?;
    let total = catalog.keys.len();
    queries.add_absent(&mut found.ranks);
    say_how(model, report, queries, total);
    if short > 0 {
        report.notes.push(format!(
            "{} queries have fewer candidates than requested; all of them compete",
            rounded(short as f64)
        ));
    }
    let units = Units::new(dataset, description.protocol.user, &queries.rows);
    let sample =
        |units: &Units, queries: &Queries| sample(description.protocol, units, queries, &catalog.keys);
    let whole = sample(&units, queries);
    let train = dataset.train_split();
    let counts_lists = metrics.iter().any(|metric| metric.of_lists().is_some());
    let occurrences = counts_lists.then(|| Occurrences::new(train, users, &catalog.candidate_of_row, total));
    let statistics =
        |units: &Units, found: &Rankings| statistics(metrics, units, found, occurrences.as_ref());
    report.measure(description, (&units, &whole), statistics(&units, &found), progress);
    report.measure_slices(measured.slices, &queries.rows, |places, report| {
        let (queries, found) = (queries.at(places), found.at(places));
        let units = Units::new(dataset, description.protocol.user, &queries.rows);
        let sample = sample(&units, &queries);
        report.measure(description, (&units, &sample), statistics(&units, &found), progress);
    });
    if !measured.options.baselines {
        return Ok(());
    }
    if users.is_none() {
        report
            .notes
            .push("no field names the user of a row, so there is no baseline of co-occurrence".to_owned());
    }
    for baseline in Baseline::all(train, users, &catalog.candidate_of_row, total) {
        let mut found = Rankings::new(metrics);
        rank_by_baseline(&baseline, &asked, measured, &mut found)?;
        report.measure_baseline(
            baseline.name(),
            description,
            (&units, &whole),
            statistics(&units, &found),
            progress,
        );
    }
    Ok(())
}

/// Names a test row in messages.
pub(crate) fn test_row(row: u32) -> String {
    format!("test row {}", row + 1)
}

/// Rows of a part as queries of the protocol, with the candidates that they are ranked among.
pub(crate) struct HeldOutQueries<'a> {
    /// User of each row, if the data name one.
    users: Option<&'a [u32]>,
    pub(crate) queries: Queries,
    candidate_sets: CandidateSets<'a>,
}

impl<'a> HeldOutQueries<'a> {
    /// Queries of all test rows that evaluation ranks.
    pub(crate) fn of(
        model: &dyn AnyModel,
        dataset: &'a EncodedDataset<AnyBatch>,
        catalog: &'a Catalog<AnyBatch>,
    ) -> Result<Self, Error> {
        let (options, interrupt) = (EvaluateOptions::default(), &Interrupt::default());
        let measured = &MeasuredRows { dataset, options, slices: &[], interrupt };
        Self::new(model, dataset, measured, catalog, &mut Report::default())
    }

    fn new(
        model: &dyn AnyModel,
        dataset: &'a EncodedDataset<AnyBatch>,
        measured: &MeasuredRows<'_>,
        catalog: &'a Catalog<AnyBatch>,
        report: &mut Report,
    ) -> Result<Self, Error> {
        let protocol = model.description().protocol;
        let users = protocol.user.and_then(|user| dataset.groups.get(user)).map(|group| &**group);
        let groups = users.filter(|_| protocol.query == Query::User);
        let queries = Queries::new(&relevant_rows(model, measured, report)?, groups, catalog);
        let candidate_sets = CandidateSets::new(
            protocol.candidates,
            catalog.keys.len(),
            users.filter(|_| protocol.exclude_seen),
            &dataset.rows_before(measured.part()),
            &catalog.candidate_of_row,
        );
        Ok(Self { users, queries, candidate_sets })
    }

    /// Ranking queries of some rows of `queries`, from place `first` on.
    pub(crate) fn ranking(&self, first: usize, rows: &[u32]) -> Vec<RankingQuery<'_>> {
        let relevant = &self.queries.relevant[first..];
        rows.iter().zip(relevant).map(|(&row, ids)| self.candidate_sets.query(row, ids.clone())).collect()
    }
}

/// Statistics of the rankings of all queries. Metrics of lists need the occurrences of candidates.
fn statistics(
    metrics: &[Metric],
    units: &Units,
    found: &Rankings,
    occurrences: Option<&Occurrences>,
) -> Vec<(Metric, Statistic<'static>)> {
    let statistic = |&metric: &Metric| {
        let of_lists = metric.of_lists().zip(occurrences);
        let statistic = match (metric.of_ranks(), of_lists) {
            (Some((of, k)), _) => units.mean(found.ranks.iter().map(|ranks| of_ranks(of, ranks, k))),
            (None, Some((of, occurrences))) => {
                list_statistics::statistic(of, &found.lists, occurrences, units)
            }
            (None, None) => return None,
        };
        Some((metric, statistic))
    };
    metrics.iter().filter_map(statistic).collect()
}

/// Ranks the candidates of all queries by a baseline.
fn rank_by_baseline(
    baseline: &Baseline<'_>,
    asked: &HeldOutQueries<'_>,
    measured: &MeasuredRows<'_>,
    into: &mut Rankings,
) -> Result<(), Error> {
    let queries = &asked.queries;
    let mut progress = Progress::start(measured.options.progress, baseline.name(), queries.rows.len(), 0);
    for rows in queries.rows.chunks(QUERIES) {
        if let Some(signal) = measured.interrupt.asked() {
            progress.clear();
            return Err(Stopped { signal, at: StoppedAt::Evaluation }.into());
        }
        let ranking = asked.ranking(into.ranks.len(), rows);
        into.add(&Scores(&baseline.scores(rows)), &ranking);
        progress.add(rows.len(), String::new);
    }
    progress.clear();
    queries.add_absent(&mut into.ranks);
    Ok(())
}

/// Returns the rows whose candidates are relevant. If the task that ranks candidates has labels, these are the rows with a label
/// above 0.5.
fn relevant_rows(
    model: &dyn AnyModel,
    measured: &MeasuredRows<'_>,
    report: &mut Report,
) -> Result<Vec<u32>, Error> {
    let all = measured.rows();
    let Some(task) = model.description().relevant else { return Ok(all.to_vec()) };
    let mut relevant = Vec::with_capacity(all.len());
    measured.for_each(all, |batch, rows| {
        let labels = model.labels(task, batch);
        let is_relevant = |at: usize| labels.get(at).is_none_or(|&label| label > 0.5);
        relevant.extend(rows.iter().enumerate().filter(|(at, _)| is_relevant(*at)).map(|(_, &row)| row));
        Ok(())
    })?;
    report.say("rows with a label above 0.5 are relevant".to_owned());
    Ok(relevant)
}

fn say_how(model: &dyn AnyModel, report: &mut Report, queries: &Queries, candidates: usize) {
    let protocol = model.description().protocol;
    let count = queries.rows.len();
    let asked = match protocol.query {
        Query::Row => counted(count, "row"),
        Query::User => {
            let relevant: usize = queries.relevant.iter().map(Vec::len).sum();
            format!("{} with {}", counted(count, "user"), counted(relevant, "relevant item"))
        }
    };
    let among = among(protocol, candidates);
    report.say(format!(
        "{asked}, {among}, exact {}, ties last",
        compared(model.description().evaluation, &model.description().towers)
    ));
    let absent: usize = queries.absent.iter().map(Vec::len).sum();
    if absent > 0 {
        report.notes.push(format!(
            "{} positives of queries are not in the catalog; they count as misses",
            rounded(absent as f64)
        ));
    }
}

/// Describes the candidates of all queries.
fn among(protocol: Protocol, candidates: usize) -> String {
    let among = match protocol.candidates {
        Candidates::All => all_of(candidates, "candidate"),
        Candidates::Sampled { count, .. } => {
            format!("{} sampled of {}", rounded(count as f64), counted(candidates, "candidate"))
        }
    };
    let seen = if protocol.exclude_seen { "seen items left out" } else { "seen items kept" };
    format!("{among}, {seen}")
}

/// Returns the sample of the metrics of all queries.
fn sample(protocol: Protocol, units: &Units, queries: &Queries, keys: &[String]) -> Sample {
    let seed = match protocol.candidates {
        Candidates::All => 0,
        Candidates::Sampled { seed, .. } => seed,
    };
    let candidates = keys.iter().map(|key| hash_of(key.as_bytes())).chain([seed]);
    let relevant = in_order(&queries.rows).into_iter().flat_map(|query| {
        let (relevant, absent) = (&queries.relevant[query], &queries.absent[query]);
        [relevant.len() as u64, absent.len() as u64]
            .into_iter()
            .chain(relevant.iter().copied().map(u64::from))
    });
    Sample::new(&queries.rows, units).with("candidates", among(protocol, keys.len()), candidates).with(
        "relevant items",
        String::new(),
        relevant,
    )
}

/// Name of the comparison of queries and candidates.
fn compared(evaluation: Evaluation, towers: &[TowerInfo]) -> &'static str {
    match evaluation {
        Evaluation::Retrieval { query, .. } if towers[query].vectors > 1 => {
            "dot products of the best interest"
        }
        Evaluation::Retrieval { similarity: Similarity::Dot, .. } => "dot products",
        Evaluation::Retrieval { similarity: Similarity::Cosine, .. } => "cosines",
        Evaluation::Retrieval { similarity: Similarity::Distance, .. } => "distances",
        Evaluation::PairScores | Evaluation::Ranking => "scores",
    }
}

/// Computes the vectors of all candidates of a catalog.
pub(crate) fn candidates(
    model: &dyn AnyModel,
    catalog: &Catalog<AnyBatch>,
    tower: usize,
) -> Result<Matrix, Error> {
    let input = model.description().towers[tower].input;
    let all: Vec<u32> = (0..catalog.keys.len() as u32).collect();
    let mut matrix = Matrix { width: model.description().towers[tower].width, values: Vec::new() };
    let (mut batch, mut pass) = (AnyBatch::default(), PassState::inference());
    for rows in all.chunks(ROWS_AT_ONCE) {
        catalog.columns.gather(input, rows, &mut batch);
        let part = model.tower(tower, &batch, &mut pass)?;
        matrix.values.extend_from_slice(&part.values);
    }
    finite_vectors(&matrix, |at| format!("candidate `{}`", printable(&catalog.keys[at])))?;
    Ok(matrix)
}
