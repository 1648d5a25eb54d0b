//! Scores of the test rows against their labels.

use crate::error::Error;
use crate::metrics::{auc, log_loss};
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Metric, Program};

use super::{Report, TestRows};

pub(super) fn evaluate<D: Device, P: Program<D>>(
    model: &P,
    test: &TestRows<'_, BatchOf<D, P>>,
    device: &D,
) -> Result<Report, Error> {
    let rows = test.dataset.test.len();
    let (mut scores, mut labels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    test.for_each(|batch, _| {
        scores.extend(model.score(batch, &Pass::inference(device)).map_err(Error::device)?);
        labels.extend_from_slice(model.labels(batch));
        Ok(())
    })?;
    let mut report =
        Report { rows, protocol: format!("score against label on {rows} test rows"), ..Report::default() };
    for &metric in P::METRICS {
        match metric {
            Metric::Auc => match auc(&scores, &labels) {
                Some(value) => report.metrics.push((metric, value)),
                None => report.notes.push("auc is undefined: the test rows are all of one class".to_owned()),
            },
            Metric::LogLoss => report.metrics.push((metric, log_loss(&scores, &labels))),
            Metric::TopK(_) => report.notes.push("top-k accuracy needs a catalogue".to_owned()),
        }
    }
    Ok(report)
}
