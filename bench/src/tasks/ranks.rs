//! Ranks of the relevant candidates of queries, as `turret eval` computes them from the vectors of towers.

use std::borrow::Cow;
use std::path::Path;
use std::time::Instant;

use turret_runtime::data::ROWS_AT_ONCE;
use turret_runtime::matrix::Matrix;
use turret_runtime::metrics::{CandidateSet, DotProduct, RankingQuery, hit, ndcg, ranks};
use turret_runtime::rng::Stream;

use super::{Found, found, read, timed, write};
use crate::Failure;

const QUERIES: u64 = 20_000;
const CANDIDATES: u64 = 1682;
const WIDTH: usize = 32;
/// Share of its relevant candidate in a query; the rest is noise.
const SHARE: f32 = 0.4;
const TIMES: usize = 5;

pub(super) fn prepare(inputs: &Path) -> Result<(), Failure> {
    let (vectors, noise) = (Stream::new(1, "candidates"), Stream::new(1, "queries"));
    let width = WIDTH as u64;
    let candidates: Vec<f32> = (0..CANDIDATES * width).map(|at| vectors.normal(at)).collect();
    let drawn = Stream::new(1, "relevant");
    let relevant: Vec<u32> = (0..QUERIES).map(|query| drawn.below(query, CANDIDATES) as u32).collect();
    let query = |at: u64| {
        let candidate = relevant[(at / width) as usize] as usize;
        SHARE * candidates[candidate * WIDTH + (at % width) as usize] + noise.normal(at)
    };
    let queries: Vec<f32> = (0..QUERIES * width).map(query).collect();
    write(inputs, "queries.f32", &queries, f32::to_le_bytes)?;
    write(inputs, "candidates.f32", &candidates, f32::to_le_bytes)?;
    write(inputs, "relevant.u32", &relevant, u32::to_le_bytes)
}

pub(super) fn measure(inputs: &Path, started: Instant) -> Result<Found, Failure> {
    let matrix = |values: &[f32]| Matrix { width: WIDTH, values: values.to_vec() };
    let candidates = matrix(&read(inputs, "candidates.f32", f32::from_le_bytes)?);
    // Evaluation gets the vectors of a tower in batches.
    let queries: Vec<Matrix> =
        read(inputs, "queries.f32", f32::from_le_bytes)?.chunks(ROWS_AT_ONCE * WIDTH).map(matrix).collect();
    let relevant = read(inputs, "relevant.u32", u32::from_le_bytes)?;
    let rank = || {
        let mut all: Vec<Vec<u32>> = Vec::with_capacity(relevant.len());
        for queries in &queries {
            let relevant = &relevant[all.len()..][..queries.rows()];
            let ranking: Vec<RankingQuery<'_>> = relevant.iter().map(|&candidate| query(candidate)).collect();
            all.extend(ranks(&DotProduct { queries, candidates: &candidates }, &ranking));
        }
        let mean = |of: fn(&[u32], usize) -> f64, k: usize| {
            all.iter().map(|ranks| of(ranks, k)).sum::<f64>() / all.len() as f64
        };
        let hits = [1, 5, 10, 50, 100].map(|k| (format!("hit_rate_{k}"), mean(hit, k)));
        let gains = [10, 100].map(|k| (format!("ndcg_{k}"), mean(ndcg, k)));
        Ok(hits.into_iter().chain(gains))
    };
    let (metrics, seconds, startup) = timed(started, TIMES, rank)?;
    let figures = [("queries_per_s", relevant.len() as f64 / seconds), ("startup_to_first_step_s", startup)];
    Ok(found(metrics.chain(figures.map(|(name, value)| (name.to_owned(), value)))))
}

fn query(relevant: u32) -> RankingQuery<'static> {
    RankingQuery { relevant: vec![relevant], candidates: CandidateSet::AllBut(Cow::Borrowed(&[])) }
}
