//! A run depends on the rows alone: not on the form of the files, their number, their packing or the threads.

use std::io::Write as _;
use std::path::Path;

use turret_runtime::prelude::*;
use turret_runtime::train::{Interrupt, train};

use crate::logistic::*;

/// More rows than stay in memory, in several blocks.
const ROWS: usize = 140_000;
/// Rows of one of ten files.
const PART: usize = ROWS / 10;

/// Item and label of each row.
fn rows() -> Vec<(String, i64)> {
    let row = |index: usize| {
        let item = index * 7 % 31;
        (format!("a long name of item {item}"), i64::from((item < 15) != index.is_multiple_of(11)))
    };
    (0..ROWS).map(row).collect()
}

fn csv(rows: &[(String, i64)]) -> String {
    let lines: String = rows.iter().map(|(item, label)| format!("{item},{label}\n")).collect();
    format!("item,label\n{lines}")
}

/// Weights of a run on a number of threads.
fn weights_of<const KIND: usize>(folder: &Path, threads: usize) -> Vec<u8> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let run = folder.join(format!("run-{KIND}-{threads}"));
    pool.install(|| {
        train::<Cpu, Logistic<KIND>>(&options(folder, &run, 1), &Cpu::default(), &Interrupt::default())
            .map(drop)
            .unwrap();
    });
    std::fs::read(weights(&run)).unwrap()
}

/// Compares the weights of a form with those of one CSV file that one thread reads.
fn assert_same<const KIND: usize>(folder: &Path, expected: &[u8]) {
    for threads in [1, 2] {
        assert!(weights_of::<KIND>(folder, threads) == expected, "form {KIND} on {threads} threads");
    }
}

#[test]
fn text_in_any_packing() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, path) = (rows(), |name: &str| folder.path().join(name));
    let text = csv(&rows);
    std::fs::write(path("clicks.csv"), &text).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    std::fs::write(path("clicks.csv.gz"), gzip.finish().unwrap()).unwrap();
    let zstd =
        ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    std::fs::write(path("clicks.csv.zst"), zstd).unwrap();
    for (number, part) in rows.chunks(PART).enumerate() {
        std::fs::write(path(&format!("part-{number}.csv")), csv(part)).unwrap();
    }
    let line = |(item, label): &(String, i64)| format!("{{\"item\": \"{item}\", \"label\": {label}}}\n");
    std::fs::write(path("clicks.jsonl"), rows.iter().map(line).collect::<String>()).unwrap();
    let expected = weights_of::<0>(folder.path(), 1);
    assert!(weights_of::<0>(folder.path(), 2) == expected);
    assert_same::<PARTS>(folder.path(), &expected);
    assert_same::<GZIP>(folder.path(), &expected);
    assert_same::<ZSTD>(folder.path(), &expected);
    assert_same::<JSON_LINES>(folder.path(), &expected);
}

#[test]
fn rows_of_lists() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, path) = (rows(), |name: &str| folder.path().join(name));
    std::fs::write(path("clicks.csv"), csv(&rows)).unwrap();
    // Lists of 1 to 9 rows.
    let mut lists: Vec<&[(String, i64)]> = Vec::new();
    let mut rest = &rows[..];
    while !rest.is_empty() {
        let (list, after) = rest.split_at(rest.len().min(1 + lists.len() * 5 % 9));
        lists.push(list);
        rest = after;
    }
    let text = |list: &&[(String, i64)]| {
        let items: Vec<String> = list.iter().map(|(item, label)| format!("{item}={label}")).collect();
        format!("U{}\t{}\n", list.len(), items.join("|"))
    };
    std::fs::write(path("lists.tsv"), format!("user\tshown\n{}", lists.iter().map(text).collect::<String>()))
        .unwrap();
    let json = |list: &&[(String, i64)]| {
        let items: Vec<String> = list.iter().map(|(item, label)| format!("[\"{item}\", {label}]")).collect();
        format!("{{\"user\": {}, \"shown\": [{}]}}\n", list.len(), items.join(", "))
    };
    for (number, part) in lists.chunks(lists.len().div_ceil(10)).enumerate() {
        std::fs::write(path(&format!("lists-{number}.jsonl")), part.iter().map(json).collect::<String>())
            .unwrap();
    }
    let expected = weights_of::<0>(folder.path(), 1);
    assert_same::<LISTS>(folder.path(), &expected);
    assert_same::<JSON_LISTS>(folder.path(), &expected);
}

#[cfg(feature = "columnar")]
#[test]
fn typed_columns() {
    use std::fs::File;
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    let batch = |rows: &[(String, i64)]| {
        let items: ArrayRef =
            Arc::new(StringArray::from_iter_values(rows.iter().map(|(item, _)| item.as_str())));
        let labels: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|&(_, label)| label)));
        RecordBatch::try_from_iter([("item", items), ("label", labels)]).unwrap()
    };
    let write_parquet = |path: &Path, batch: &RecordBatch, group: usize| {
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
        let file = File::create(path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let (rows, path) = (rows(), |name: &str| folder.path().join(name));
    std::fs::write(path("clicks.csv"), csv(&rows)).unwrap();
    let whole = batch(&rows);
    write_parquet(&path("clicks.parquet"), &whole, 30_000);
    for (number, part) in rows.chunks(PART).enumerate() {
        write_parquet(&path(&format!("part-{number}.parquet")), &batch(part), PART);
    }
    let file = File::create(path("clicks.arrow")).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &whole.schema()).unwrap();
    writer.write(&whole).unwrap();
    writer.finish().unwrap();
    let expected = weights_of::<0>(folder.path(), 1);
    assert_same::<PARQUET>(folder.path(), &expected);
    assert_same::<PARQUET_PARTS>(folder.path(), &expected);
    assert_same::<ARROW>(folder.path(), &expected);
}
