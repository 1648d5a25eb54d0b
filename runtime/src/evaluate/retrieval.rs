//! The place of each test row's positive among all candidates of the catalogue, exactly.

use crate::data::{Catalogue, NONE};
use crate::error::Error;
use crate::metrics::{ranks, top_k_accuracy};
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Batch, Matrix, Metric, Program};

use super::{ROWS_AT_ONCE, Report, TestRows};

pub(super) fn evaluate<D: Device, P: Program<D>>(
    model: &P,
    test: &TestRows<'_, BatchOf<D, P>>,
    device: &D,
    query: usize,
    candidate: usize,
) -> Result<Report, Error> {
    let catalogue = test
        .dataset
        .catalogue
        .as_ref()
        .ok_or_else(|| Error::input("the spec has no catalogue to retrieve from"))?;
    let candidates = candidates(model, catalogue, device, candidate)?;
    let rows = test.dataset.test.len();
    let (mut places, mut absent) = (Vec::with_capacity(rows), 0);
    test.for_each(|batch, rows| {
        let queries = model.tower(query, batch, &Pass::inference(device)).map_err(Error::device)?;
        let positives: Vec<u32> = rows.iter().map(|&row| catalogue.candidate_of_row[row as usize]).collect();
        absent += positives.iter().filter(|&&positive| positive == NONE).count();
        places.extend(ranks(&queries, &candidates, &positives));
        Ok(())
    })?;
    let mut report = Report {
        rows,
        protocol: format!(
            "exact dot products of {rows} test queries with all {} candidates; a row counts when fewer than k others score \
             at least what its positive does; candidates seen in training are not left out",
            candidates.rows()
        ),
        ..Report::default()
    };
    if absent > 0 {
        report.notes.push(format!(
            "{absent} of {rows} test rows have a positive that is not in the catalogue; they count as misses"
        ));
    }
    for &metric in P::METRICS {
        match metric {
            Metric::TopK(k) => {
                if let Some(share) = top_k_accuracy(&places, k) {
                    report.metrics.push((metric, share));
                }
            }
            Metric::Auc | Metric::LogLoss => {
                report.notes.push("auc and logloss need labels, which retrieval has not".to_owned())
            }
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
