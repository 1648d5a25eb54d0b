//! Scores of held-out rows against their labels.

use crate::erased::AnyModel;
use crate::error::Error;
use crate::finite::finite_scores;
use crate::matrix::Matrix;
use crate::metrics::{group_areas, mean};
use crate::ops::PassState;
use crate::program::{Description, LabelMetric, TaskInfo};
use crate::progress::{counted, rounded};

use super::label_statistics::{Scored, statistic};
use super::units::Units;
use super::{MeasuredRows, Report};

pub(super) fn evaluate(
    model: &dyn AnyModel,
    measured: &MeasuredRows<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let description = model.description();
    report.say(format!("scores against the labels of {}", counted(measured.rows().len(), "row")));
    for (task, found) in scored_rows(model, measured)?.iter().enumerate() {
        evaluate_task(description, task, found, measured, report);
        report.measure_slices(measured.slices, &found.rows, |places, report| {
            evaluate_task(description, task, &found.at(places), measured, report);
        });
    }
    Ok(())
}

/// Rows that count for a task, with their scores and labels.
struct ScoredRows {
    rows: Vec<u32>,
    scored: Scored,
}

impl ScoredRows {
    /// The rows at these places.
    fn at(&self, places: &[usize]) -> Self {
        let Self { rows, scored } = self;
        let values = places.iter().flat_map(|&place| scored.scores.row(place).iter().copied());
        Self {
            rows: places.iter().map(|&place| rows[place]).collect(),
            scored: Scored {
                scores: Matrix { width: scored.scores.width, values: values.collect() },
                labels: places.iter().map(|&place| scored.labels[place]).collect(),
                ..*scored
            },
        }
    }
}

/// Scores all rows for all tasks.
fn scored_rows(model: &dyn AnyModel, measured: &MeasuredRows<'_>) -> Result<Vec<ScoredRows>, Error> {
    let tasks = &model.description().tasks;
    let empty = |(task, TaskInfo { prediction, .. }): (usize, &TaskInfo)| ScoredRows {
        rows: Vec::new(),
        scored: Scored {
            prediction: *prediction,
            scores: Matrix { width: prediction.scores(), values: Vec::new() },
            labels: Vec::new(),
            inverse: model.inverse(task),
        },
    };
    let mut found: Vec<ScoredRows> = tasks.iter().enumerate().map(empty).collect();
    let mut pass = PassState::inference();
    measured.for_each(measured.rows(), |batch, rows| {
        let scores = model.scores(batch, &mut pass)?;
        let width = scores.width.max(1);
        finite_scores(&scores.values, |at| measured.name(rows[at / width]))?;
        let mut first = 0;
        for (task, ScoredRows { rows: of_task, scored }) in found.iter_mut().enumerate() {
            let columns = first..first + scored.scores.width;
            first = columns.end;
            let (labels, counted) = (model.labels(task, batch), model.counted(task, batch));
            for (at, &row) in rows.iter().enumerate() {
                if counted.get(at).is_none_or(|&label| label > 0.5) {
                    of_task.push(row);
                    scored.labels.push(labels[at]);
                    scored.scores.values.extend_from_slice(&scores.row(at)[columns.clone()]);
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}

fn evaluate_task(
    description: &Description,
    task: usize,
    ScoredRows { rows, scored }: &ScoredRows,
    measured: &MeasuredRows<'_>,
    report: &mut Report,
) {
    let metrics = description.metrics.iter().filter_map(|&metric| Some((metric, metric.of_labels()?)));
    let metrics: Vec<_> =
        metrics.filter(|(_, (_, of))| *of == task).map(|(metric, (of, _))| (metric, of)).collect();
    if metrics.is_empty() {
        return;
    }
    let all = measured.rows().len();
    if rows.len() < all {
        report.notes.push(format!(
            "{} of {} rows count for the task `{}`",
            rounded(rows.len() as f64),
            rounded(all as f64),
            description.tasks[task].name
        ));
    }
    let units = Units::new(measured.dataset, description.protocol.user, rows);
    let not_numbers = "auc is not defined: a score is not a number";
    let mut statistics = Vec::new();
    for (metric, of) in metrics {
        if let LabelMetric::Gauc(group) = of {
            let groups = Units::new(measured.dataset, Some(group), rows);
            let Some(found) = group_areas(&scored.scores.values, &scored.labels, &groups.of) else {
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
            let statistic = vec![(metric, mean(found.areas))];
            report.measure(description, &groups, statistic, measured.options.progress);
        } else {
            match statistic(of, scored, &units) {
                Some(statistic) => statistics.push((metric, statistic)),
                None => report.notes.push(not_numbers.to_owned()),
            }
        }
    }
    report.measure(description, &units, statistics, measured.options.progress);
}
