//! Programs of the built command read Parquet and Arrow files: the same run as from text.

#![cfg(feature = "columnar")]

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use turret_tests::clicks::{HEADER, rows, weights};
use turret_tests::{Outcome, outcome, root, turret};

/// The rows of `clicks.csv` with typed columns.
fn batch() -> RecordBatch {
    let rows = rows();
    let cells: Vec<Vec<&str>> = rows.lines().map(|line| line.split(',').collect()).collect();
    let texts = |column: usize| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(cells.iter().map(|row| row[column])))
    };
    let prices: Vec<f64> = cells.iter().map(|row| row[2].parse().unwrap()).collect();
    let clicks: Vec<i64> = cells.iter().map(|row| row[3].parse().unwrap()).collect();
    RecordBatch::try_from_iter([
        ("user", texts(0)),
        ("item", texts(1)),
        ("price", Arc::new(Float64Array::from(prices)) as ArrayRef),
        ("click", Arc::new(Int64Array::from(clicks)) as ArrayRef),
    ])
    .unwrap()
}

/// Writes the rows in all forms, in several row groups and batches.
fn write(folder: &Path) {
    let batch = batch();
    fs::write(folder.join("clicks.csv"), format!("{HEADER}{}", rows())).unwrap();
    let file = |name: &str| File::create(folder.join(name)).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(250)).build();
    let mut parquet = ArrowWriter::try_new(file("clicks.parquet"), batch.schema(), Some(properties)).unwrap();
    parquet.write(&batch).unwrap();
    parquet.close().unwrap();
    let mut arrow = FileWriter::try_new(file("clicks.feather"), &batch.schema()).unwrap();
    for first in (0..batch.num_rows()).step_by(100) {
        arrow.write(&batch.slice(first, 100)).unwrap();
    }
    arrow.finish().unwrap();
}

fn done(folder: &Path, line: &[&str]) -> Outcome {
    let outcome = outcome(turret().args(line).current_dir(folder));
    assert_eq!(outcome.status, 0, "{line:?}\n{}", outcome.stderr);
    outcome
}

#[test]
fn a_run_from_typed_columns_is_that_of_text() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let spec = fs::read_to_string(root().join("tests/clicks.dm")).unwrap();
    let run = |name: &str, source: &str| {
        let of_form = spec.replace("csv(\"clicks.csv\")", source);
        assert!(of_form.contains(source));
        fs::write(folder.path().join("clicks.dm"), of_form).unwrap();
        done(folder.path(), &["check", "clicks.dm", "--data", "."]);
        done(folder.path(), &["train", "clicks.dm", "--data", ".", "--out", name, "--threads", "2"]);
        let evaluated = done(folder.path(), &["eval", name, "--json"]).stdout;
        let report: Value = serde_json::from_str(evaluated.lines().last().unwrap()).unwrap();
        let metrics = ["auc", "auc_low", "auc_high", "logloss", "rows"].map(|name| report[name].clone());
        (weights(&folder.path().join(name)), metrics)
    };
    let (of_text, metrics) = run("text", "csv(\"clicks.csv\")");
    assert!(metrics.iter().all(Value::is_number), "{metrics:?}");
    let sources = [("parquet", "parquet(\"clicks.parquet\")"), ("feather", "arrow(\"clicks.feather\")")];
    for (name, source) in sources {
        let (weights, of_form) = run(name, source);
        assert!(weights == of_text, "{name}");
        assert_eq!(of_form, metrics, "{name}");
    }
}
