//! The place of each test row's positive among all candidates of the catalogue, exactly.

use rayon::prelude::*;

use crate::data::{Catalogue, Dataset, NONE};
use crate::error::Error;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Batch, Matrix, Metric, Program};
use crate::progress::Progress;

use super::{ROWS_AT_ONCE, Report};

pub(super) fn evaluate<D: Device, P: Program<D>>(
    model: &P,
    dataset: &Dataset<BatchOf<D, P>>,
    device: &D,
    query: usize,
    candidate: usize,
) -> Result<Report, Error> {
    let catalogue = dataset.catalogue.as_ref().ok_or_else(|| Error::input("the spec has no catalogue to retrieve from"))?;
    let candidates = candidates(model, catalogue, device, candidate)?;
    let rows = dataset.test.len();
    let (mut ranks, mut absent) = (Vec::with_capacity(rows), 0);
    let mut batch = BatchOf::<D, P>::default();
    let mut progress = Progress::start("evaluating", rows, 0);
    for chunk in dataset.test.chunks(ROWS_AT_ONCE) {
        dataset.batch_into(chunk, &mut batch);
        let queries = model.tower(query, &batch, &Pass::inference(device)).map_err(Error::device)?;
        let positives: Vec<u32> = chunk.iter().map(|&row| catalogue.candidate_of_row[row as usize]).collect();
        absent += positives.iter().filter(|&&positive| positive == NONE).count();
        ranks.extend(self::ranks(&queries, &candidates, &positives));
        progress.add(chunk.len(), String::new);
    }
    progress.clear();
    let mut report = Report {
        rows,
        protocol: format!(
            "exact dot products of {rows} test queries with all {} candidates; a row counts when fewer than k candidates score \
             above its positive; candidates seen in training are not left out",
            candidates.rows()
        ),
        ..Report::default()
    };
    if absent > 0 {
        report.notes.push(format!("{absent} of {rows} test rows have a positive that is not in the catalogue; they count as misses"));
    }
    for metric in P::METRICS {
        match *metric {
            Metric::TopK(k) => {
                let hits = ranks.iter().filter(|rank| rank.is_some_and(|rank| rank < k)).count();
                report.metrics.push((format!("top_{k}_accuracy"), hits as f64 / rows as f64));
            }
            Metric::Auc | Metric::LogLoss => report.notes.push("auc and logloss need labels, which retrieval has not".to_owned()),
        }
    }
    Ok(report)
}

/// The vectors of all candidates of a catalogue.
pub(crate) fn candidates<D: Device, P: Program<D>>(
    model: &P,
    catalogue: &Catalogue<BatchOf<D, P>>,
    device: &D,
    tower: usize,
) -> Result<Matrix, Error> {
    let input = P::TOWERS[tower].input;
    let all: Vec<u32> = (0..catalogue.keys.len() as u32).collect();
    let mut matrix = Matrix { width: P::TOWERS[tower].width, values: Vec::new() };
    let mut batch = BatchOf::<D, P>::default();
    for rows in all.chunks(ROWS_AT_ONCE) {
        catalogue.columns.gather(input, rows, &mut batch);
        let part = model.tower(tower, &batch, &Pass::inference(device)).map_err(Error::device)?;
        matrix.values.extend_from_slice(&part.values);
    }
    Ok(matrix)
}

/// For each query the number of candidates that score above its positive; `None` where it has none.
/// A positive whose score is not a number is behind all.
fn ranks(queries: &Matrix, candidates: &Matrix, positives: &[u32]) -> Vec<Option<usize>> {
    let rank = |(row, &positive): (usize, &u32)| {
        if positive == NONE {
            return None;
        }
        let query = queries.row(row);
        let score = dot(query, candidates.row(positive as usize));
        let above = |index: usize| !(dot(query, candidates.row(index)) <= score) && index != positive as usize;
        Some((0..candidates.rows()).filter(|&index| above(index)).count())
    };
    positives.par_iter().enumerate().map(|(row, positive)| rank((row, positive))).collect()
}

/// Dot product in a fixed order of eight running sums, which compilers turn into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0f32; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_candidates_above() {
        let candidates = Matrix { width: 2, values: vec![1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 0.0] };
        let queries = Matrix { width: 2, values: vec![1.0, 0.5, 1.0, 0.5, 1.0, 0.5, f32::NAN, 0.0] };
        let found = ranks(&queries, &candidates, &[2, 0, NONE, 1]);
        // The fourth candidate equals the first and is not above it.
        assert_eq!(found, [Some(0), Some(1), None, Some(3)]);
    }

    #[test]
    fn dot_products_cover_all_lengths() {
        for length in 0..20 {
            let a: Vec<f32> = (0..length).map(|i| i as f32).collect();
            assert_eq!(dot(&a, &vec![2.0; length]), (0..length).map(|i| 2.0 * i as f32).sum());
        }
    }
}
