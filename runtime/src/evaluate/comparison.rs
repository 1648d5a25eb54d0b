//! Comparison of two evaluations on the same rows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Report;
use super::sample::Sample;
use crate::data::HeldOut;
use crate::error::ComparisonError;
use crate::metrics::{PairedTest, paired_test};
use crate::program::Better;

/// Level of [`PairedTest::p`] below which figures differ.
const LEVEL: f64 = 0.05;

/// Differences of the metrics of a run and another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Metrics of both, in the order of the run.
    pub differences: Vec<Difference>,
    /// Notes on metrics of one alone.
    pub notes: Vec<String>,
}

/// Difference of a metric of a run and another.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Name of the metric in results.
    pub name: String,
    /// Value of the other run.
    pub other: f64,
    /// Value of the run minus that of the other. Of a metric that is best at 1, such as `calibration`, of the distances from 1.
    pub difference: f64,
    /// Paired test of the difference, if there are enough rows.
    pub test: Option<PairedTest>,
    /// Conclusion from the test.
    pub verdict: Option<Verdict>,
}

/// Conclusion about a run, compared with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The run is better.
    Better,
    /// The run is worse.
    Worse,
    /// The data show no difference.
    NoDifference,
}

impl Verdict {
    /// Conclusion in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifference => "no difference that the data show",
        }
    }
}

/// Figures of an evaluation, as one program passes them to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    part: HeldOut,
    rows: usize,
    metrics: Vec<Figure>,
    /// Notes on the results.
    pub(crate) notes: Vec<String>,
}

/// A metric of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Figure {
    name: String,
    better: Better,
    value: f64,
    resampled: Vec<Option<f64>>,
    sample: Sample,
}

impl Report {
    /// Compares the metrics with those of another evaluation of the same rows, which may be that of another model. The
    /// difference of a metric has the 95% interval and the p-value of a [paired test](paired_test) over the resamples of
    /// its intervals, which are the same for both.
    ///
    /// ```no_run
    /// # use turret_runtime::evaluate::Report;
    /// # fn compared(new: &Report, old: &Report) -> Result<(), turret_runtime::Error> {
    /// for difference in new.against(old)?.differences {
    ///     println!("{} {:+.4}", difference.name, difference.difference);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A metric of both is measured on other rows, candidates or labels, or there is none.
    pub fn against(&self, other: &Report) -> Result<Comparison, ComparisonError> {
        self.figures().against(&other.figures())
    }

    /// Returns the figures for another program.
    pub(crate) fn figures(&self) -> Figures {
        let figure = |found: &super::Measured| Figure {
            name: found.name.clone(),
            better: found.metric.better(),
            value: found.value,
            resampled: found.resampled.clone(),
            sample: found.sample.clone(),
        };
        Figures {
            part: self.part,
            rows: self.rows,
            metrics: self.metrics.iter().map(figure).collect(),
            notes: self.notes.clone(),
        }
    }
}

impl Figures {
    /// Compares figures as [`Report::against`] does.
    pub(crate) fn against(&self, other: &Figures) -> Result<Comparison, ComparisonError> {
        let both = [self, other];
        if self.part != other.part {
            return Err(ComparisonError::Parts { parts: both.map(|figures| figures.part) });
        }
        if self.rows != other.rows {
            return Err(ComparisonError::Rows { part: self.part, rows: both.map(|figures| figures.rows) });
        }
        let mut differences = Vec::new();
        for figure in &self.metrics {
            if let Some(other) = other.named(&figure.name) {
                differences.push(figure.minus(other)?);
            }
        }
        if differences.is_empty() {
            return Err(ComparisonError::NothingInCommon { metrics: both.map(Figures::names) });
        }
        let alone = |which: &str, [one, other]: [&Figures; 2]| {
            let names: Vec<_> = one.names().into_iter().filter(|name| other.named(name).is_none()).collect();
            (!names.is_empty()).then(|| format!("only {which} has {}", names.join(", ")))
        };
        let notes = [alone("the run", [self, other]), alone("the other", [other, self])];
        Ok(Comparison { differences, notes: notes.into_iter().flatten().collect() })
    }

    fn named(&self, name: &str) -> Option<&Figure> {
        self.metrics.iter().find(|figure| figure.name == name)
    }

    fn names(&self) -> Vec<String> {
        self.metrics.iter().map(|figure| figure.name.clone()).collect()
    }
}

impl Figure {
    fn minus(&self, other: &Figure) -> Result<Difference, ComparisonError> {
        if let Some((what, texts)) = self.sample.difference(&other.sample) {
            return Err(ComparisonError::Sample { metric: self.name.clone(), what, texts });
        }
        let compared = |value: f64| match self.better {
            Better::Larger | Better::Smaller => value,
            Better::NearestOne => (value - 1.0).abs(),
        };
        let all = |figure: &Figure| -> Vec<_> {
            figure.resampled.iter().map(|value| value.map(compared)).collect()
        };
        let difference = compared(self.value) - compared(other.value);
        let test = paired_test(&all(self), &all(other));
        let gain = match self.better {
            Better::Larger => difference,
            Better::Smaller | Better::NearestOne => -difference,
        };
        let verdict = test.map(|test| match test.p < LEVEL {
            false => Verdict::NoDifference,
            true if gain > 0.0 => Verdict::Better,
            true => Verdict::Worse,
        });
        Ok(Difference { name: self.name.clone(), other: other.value, difference, test, verdict })
    }
}

impl Comparison {
    /// Returns the differences by name, each with the `value` of the other run, the `difference`, `low` and `high` of its
    /// 95% interval, `p` and `verdict`.
    pub fn to_json(&self) -> Map<String, Value> {
        let object = |found: &Difference| {
            let mut object = Map::new();
            object.insert("value".to_owned(), json!(found.other));
            object.insert("difference".to_owned(), json!(found.difference));
            if let Some(PairedTest { interval: (low, high), p }) = found.test {
                object.extend(
                    [("low", low), ("high", high), ("p", p)]
                        .map(|(key, value)| (key.to_owned(), json!(value))),
                );
            }
            object.extend(found.verdict.map(|verdict| ("verdict".to_owned(), json!(verdict))));
            (found.name.clone(), object.into())
        };
        self.differences.iter().map(object).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::super::units::Units;
    use super::*;
    use crate::metrics::{interval, mean, resampled};
    use crate::program::Metric;

    /// A report of a metric whose values of units are `value`.
    fn report(metric: Metric, rows: u32, value: impl Fn(u32) -> f64) -> Report {
        let units = Units { of: (0..rows).collect(), count: rows as usize, what: "row" };
        let sample = Sample::new(&units.of, &units);
        let statistic = mean((0..rows).map(|row| (value(row), 1.0)).collect());
        let value = statistic(&vec![1; rows as usize]).unwrap();
        let resampled = resampled(rows as usize, &[statistic], || ()).remove(0);
        let (name, interval) = (metric.to_string(), interval(&resampled));
        let metrics = vec![Measured { metric, name, value, interval, resampled, sample }];
        Report { metrics, rows: rows as usize, ..Report::default() }
    }

    fn noise(row: u32) -> f64 {
        f64::from(row * 7919 % 101) / 101.0
    }

    #[test]
    fn directions_of_metrics_count() {
        let verdict = |metric, a: f64, b: f64| {
            let report = |shift| report(metric, 200, move |row| noise(row) + shift);
            let found = report(a).against(&report(b)).unwrap().differences.remove(0);
            (found.verdict.unwrap(), (found.difference * 100.0).round())
        };
        assert_eq!(verdict(Metric::Auc(0), 0.1, 0.0), (Verdict::Better, 10.0));
        assert_eq!(verdict(Metric::LogLoss(0), 0.1, 0.0), (Verdict::Worse, 10.0));
        assert_eq!(verdict(Metric::LogLoss(0), 0.0, 0.1), (Verdict::Better, -10.0));
        assert_eq!(verdict(Metric::Auc(0), 0.3, 0.3), (Verdict::NoDifference, 0.0));
        // Around 1.0 and 1.2: distances of 0.0 and 0.2.
        assert_eq!(verdict(Metric::Calibration(0), 0.5, 0.7).0, Verdict::Better);
        assert_eq!(verdict(Metric::Calibration(0), 0.7, 0.5).0, Verdict::Worse);
    }

    #[test]
    fn a_report_does_not_differ_from_itself() {
        let report = report(Metric::Auc(0), 50, noise);
        let found = report.against(&report).unwrap().differences.remove(0);
        assert_eq!(found.test, Some(PairedTest { interval: (0.0, 0.0), p: 1.0 }));
        assert_eq!((found.difference, found.verdict), (0.0, Some(Verdict::NoDifference)));
        let one_row = self::report(Metric::Auc(0), 1, noise);
        let found = one_row.against(&one_row).unwrap().differences.remove(0);
        assert_eq!((found.test, found.verdict), (None, None));
    }

    #[test]
    fn figures_of_another_program_are_the_same() {
        let figures = report(Metric::Ndcg(10), 60, noise).figures();
        let text = serde_json::to_string(&figures).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
    }

    #[test]
    fn metrics_of_one_run_are_listed() {
        let mut a = report(Metric::Auc(0), 50, noise);
        let mut b = a.clone();
        a.metrics.extend(report(Metric::LogLoss(0), 50, noise).metrics);
        b.metrics.extend(report(Metric::Mrr(5), 50, noise).metrics);
        let found = a.against(&b).unwrap();
        assert_eq!(found.differences.len(), 1);
        assert_eq!(found.notes, ["only the run has logloss", "only the other has mrr_5"]);
        assert_eq!(found.to_json()["auc"]["verdict"], "no_difference");
    }

    #[test]
    fn other_rows_or_protocols_are_refused() {
        let refused = |a: &Report, b: &Report| a.against(b).unwrap_err().to_string();
        let a = report(Metric::Auc(0), 1943, noise);
        let fewer = report(Metric::Auc(0), 1941, noise);
        assert_eq!(refused(&a, &fewer), "the run keeps 1_943 test rows, the other 1_941");
        let validated = Report { part: HeldOut::Validate, ..a.clone() };
        assert_eq!(
            refused(&a, &validated),
            "the run is measured on its test rows, the other on its validation rows"
        );
        let with = |text: &str, contents: u64| {
            let mut report = a.clone();
            let found = &mut report.metrics[0];
            found.sample = found.sample.clone().with("candidates", text.to_owned(), [contents].into_iter());
            report
        };
        assert_eq!(
            refused(&with("all 9 candidates", 1), &with("5 sampled of 9 candidates", 1)),
            "the runs measure `auc` on different candidates: all 9 candidates and 5 sampled of 9 candidates"
        );
        assert_eq!(
            refused(&with("all 9 candidates", 1), &with("all 9 candidates", 2)),
            "the runs measure `auc` on different candidates"
        );
        let other = report(Metric::Mrr(5), 1943, noise);
        assert_eq!(
            refused(&a, &other),
            "the runs have no metric in common: the run measures auc, the other mrr_5"
        );
    }
}
