//! The report as JSON: an object per column.

use serde_json::{Value, json};

use super::Report;
use super::column::ColumnReport;
use crate::command::profile::Quantiles;

/// Number of frequent keys.
const TOP: usize = 10;
/// Quantiles and their names.
const QUANTILES: [(&str, f64); 7] =
    [("p1", 0.01), ("p5", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95), ("p99", 0.99)];

impl Report {
    /// Objects of the rows and of the columns, one per line.
    pub(in crate::command) fn json(&self) -> String {
        let mut rows = json!({
            "source": self.source,
            "training_rows": self.rows.train,
            "test_rows": self.rows.test,
            "repeated_test_rows": self.rows.repeated,
            "skipped_rows": self.rows.skipped.count(),
            "first_skipped": self.rows.skipped.reason(),
            "skipped_joined_rows": self.rows.skipped.joined(),
            "first_skipped_joined": self.rows.skipped.joined_reason(),
        });
        if let Some(validated) = self.rows.validate {
            rows["validation_rows"] = json!(validated);
        }
        [rows]
            .into_iter()
            .chain(self.columns.iter().map(object))
            .map(|object| format!("{object}\n"))
            .collect()
    }
}

fn object(column: &ColumnReport) -> Value {
    let values = &column.values;
    let top = column.most_frequent(TOP).into_iter();
    let top: Vec<Value> =
        top.map(|(key, count, share)| json!({ "key": key, "count": count, "share": share })).collect();
    let findings: Vec<Value> = column
        .findings
        .iter()
        .map(|finding| json!({ "finding": finding.word(), "message": finding.remark(&column.name) }))
        .collect();
    json!({
        "column": column.name,
        "kind": column.kind,
        "source": column.field.0,
        "field": column.field.1,
        "rows": column.rows(),
        "missing": column.missing(),
        "substituted": column.substituted,
        "filled": column.filled(),
        "distinct": column.distinct().count(),
        "distinct_is_exact": column.distinct().is_exact(),
        "unknown_in_test": column.unknown_share(),
        "lengths": quantiles(&column.lengths),
        "numbers": if column.has_keys { Value::Null } else { quantiles(&values.numbers) },
        "top": if column.has_keys { json!(top) } else { Value::Null },
        "top_error": if column.has_several { column.top.error() } else { values.top.error() },
        "findings": findings,
    })
}

fn quantiles(numbers: &Quantiles) -> Value {
    let Some(at) = numbers.at(&QUANTILES.map(|(_, share)| share)) else { return Value::Null };
    let mut object = json!({
        "count": numbers.count(),
        "mean": numbers.mean(),
        "min": numbers.least(),
        "max": numbers.greatest(),
        "are_exact": numbers.is_exact(),
    });
    for ((name, _), value) in QUANTILES.iter().zip(at) {
        object[*name] = json!(value);
    }
    object
}
