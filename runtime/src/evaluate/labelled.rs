//! Scores of held-out rows against their labels.

use crate::erased::AnyModel;
use crate::error::Error;
use crate::finite::finite_scores;
use crate::metrics::{RocCurve, Statistic, cross_entropy, group_areas, mean};
use crate::ops::PassState;
use crate::program::{LabelMetric, Metric};
use crate::progress::{counted, rounded};

use super::units::Units;
use super::{MeasuredRows, Report};

pub(super) fn evaluate(
    model: &dyn AnyModel,
    measured: &MeasuredRows<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let rows = measured.rows();
    let (mut scores, mut labels) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut pass = PassState::inference();
    measured.for_each(rows, |batch, rows| {
        let found = model.score(batch, &mut pass)?;
        finite_scores(&found, |at| measured.name(rows[at]))?;
        scores.extend(found);
        labels.extend_from_slice(model.labels(batch));
        Ok(())
    })?;
    report.say(format!("scores against the labels of {}", counted(rows.len(), "row")));
    let units = Units::new(measured.dataset, model.description().protocol.user, rows);
    let mut statistics: Vec<(Metric, Statistic<'_>)> = Vec::new();
    let not_numbers = "auc is not defined: a score is not a number";
    let metrics = model.description().metrics.iter();
    for (metric, of) in metrics.filter_map(|&metric| Some((metric, metric.of_labels()?))) {
        match of {
            LabelMetric::Auc => match RocCurve::new(&scores, &labels) {
                Some(curve) => {
                    let of = units.of_places(curve.rows());
                    let area = move |counts: &[u32]| curve.area(|place| counts[of[place] as usize]);
                    statistics.push((metric, Box::new(area)));
                }
                None => report.notes.push(not_numbers.to_owned()),
            },
            LabelMetric::LogLoss => {
                let losses = scores.iter().zip(&labels).map(|(&score, &label)| cross_entropy(score, label));
                statistics.push((metric, units.mean(losses)));
            }
            LabelMetric::Gauc(group) => {
                let groups = Units::new(measured.dataset, Some(group), rows);
                let Some(found) = group_areas(&scores, &labels, &groups.of) else {
                    report.notes.push(not_numbers.to_owned());
                    continue;
                };
                if found.one_class > 0 {
                    report.notes.push(format!(
                        "gauc leaves out {} of {} groups, which have rows of one class only",
                        rounded(found.one_class as f64),
                        rounded(groups.count as f64)
                    ));
                }
                let groups = Units { of: Vec::new(), count: found.areas.len(), what: "gauc group" };
                report.measure(&groups, vec![(metric, mean(found.areas))], measured.options.progress);
            }
        }
    }
    report.measure(&units, statistics, measured.options.progress);
    Ok(())
}
