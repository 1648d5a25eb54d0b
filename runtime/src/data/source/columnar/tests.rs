//! Small files with all types.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::*;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field as ArrowField};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use turret_schema::{ExplodeSpec, FileForm, SourceSpec};

use super::super::{Form, Opening, SourceFile};
use super::{Arrow, Parquet};
use crate::data::field::Field;
use crate::data::tests::{gzip, refused_of, rows_of, zstd};

/// Three rows of every type.
fn batch() -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("x"), Some("y")]);
    tags.append_null();
    tags.append_value(Vec::<Option<&str>>::new());
    let mut weights = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for key in ["a", "b", "c"] {
        weights.keys().append_value(key);
        weights.values().append_value(2);
        weights.append(true).unwrap();
    }
    let kind: DictionaryArray<Int8Type> = [Some("k"), None, Some("l")].into_iter().collect();
    let author = StructArray::from(vec![
        (
            Arc::new(ArrowField::new("id", DataType::Int32, true)),
            Arc::new(Int32Array::from(vec![Some(7), None, Some(9)])) as ArrayRef,
        ),
        (
            Arc::new(ArrowField::new("name", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["A", "B", "C"])) as ArrayRef,
        ),
    ]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("user", Arc::new(Int64Array::from(vec![1, 2, -1]))),
        ("price", Arc::new(Float32Array::from(vec![Some(0.1), None, Some(f32::NAN)]))),
        ("title", Arc::new(StringArray::from(vec![Some("é"), Some(""), Some("NA")]))),
        ("seen", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("day", Arc::new(Date32Array::from(vec![Some(19_782), None, Some(0)]))),
        ("time", Arc::new(TimestampMicrosecondArray::from(vec![1_500_000, 0, -1]))),
        ("cost", Arc::new(Decimal128Array::from(vec![1250, 5, 0]).with_precision_and_scale(9, 2).unwrap())),
        ("tags", Arc::new(tags.finish())),
        ("weights", Arc::new(weights.finish())),
        ("kind", Arc::new(kind)),
        ("author", Arc::new(author)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet() -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch().schema(), None).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

fn arrow() -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

fn stream() -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

fn source(form: FileForm) -> SourceSpec {
    SourceSpec::of("log", "log", form)
}

#[test]
fn values_of_every_type() {
    let columns = [
        "user",
        "price",
        "title",
        "seen",
        "day",
        "time",
        "cost",
        "tags",
        "weights",
        "kind",
        "author.id",
        "author",
    ];
    let expected = [
        "1|1|0.1|é|true|2024-02-29|1500000|12.50|[x, y]|{a: 2}|k|7|{id: 7, name: A}",
        "2|2|||false||0|0.05||{b: 2}|||{id: , name: B}",
        "3||NaN||true|1970-01-01|-1|0.00|[]|{c: 2}|l|9|{id: 9, name: C}",
    ];
    for (form, bytes) in
        [(FileForm::Parquet, parquet()), (FileForm::Arrow, arrow()), (FileForm::Arrow, stream())]
    {
        for bytes in [bytes.clone(), gzip(&bytes), zstd(&bytes)] {
            let rows = rows_of(source(form).missing(["NA", "-1"]), &columns, &bytes).unwrap();
            // The time of the last row is missing by its number too.
            let expected = expected.map(|row| row.replace("|-1|", "||"));
            assert_eq!(rows, expected);
        }
    }
}

#[test]
fn each_item_of_a_list_or_a_map_is_a_row() {
    for (form, bytes) in [(FileForm::Parquet, parquet()), (FileForm::Arrow, stream())] {
        let exploded =
            |explode| rows_of(source(form).explode(explode), &["user", "made", "kind"], &bytes).unwrap();
        assert_eq!(exploded(ExplodeSpec::new("tags", "made")), ["1|1|x|k", "1|1|y|k"]);
        let shares = ExplodeSpec::new("weights", "key").weight("made");
        assert_eq!(exploded(shares), ["1|1|2|k", "2|2|2|", "3|-1|2|l"]);
    }
}

#[test]
fn blocks_take_what_they_are_decoded_to() {
    let of = |form| super::super::form(form);
    for columnar in [FileForm::Parquet, FileForm::Arrow] {
        assert_eq!(of(columnar).blocks(1 << 40, 2), 2 * (64 << 20));
        assert_eq!(of(columnar).blocks(1 << 10, 2), 16 << 10);
    }
    assert_eq!(of(FileForm::Separated).blocks(1 << 40, 2), 2 * (18 << 20));
}

#[test]
fn other_and_damaged_files_are_named() {
    let (whole, text) = (parquet(), b"a,b\n1,2\n".as_slice());
    for (form, bytes, expected) in [
        (FileForm::Parquet, text, "this is no Parquet file; text is read by `csv(...)`"),
        (FileForm::Arrow, text, "this is no Arrow file; text is read by `csv(...)`"),
        (FileForm::Parquet, &arrow()[..], "this is no Parquet file; write `arrow(...)`"),
        (FileForm::Arrow, &whole[..], "this is no Arrow file; write `parquet(...)`"),
        (FileForm::Parquet, b"PK\x03\x04abc", "this is a zip archive"),
        (FileForm::Parquet, &whole[..whole.len() / 2], "cannot read"),
        (FileForm::Arrow, &arrow()[..200], "cannot read"),
    ] {
        let message = refused_of(source(form), bytes);
        assert!(message.contains(expected), "{message}");
    }
}

/// 5000 rows in groups of 700 or batches of 1 to 5000, whose parts have one row each or are whole.
#[test]
fn parts_have_their_rows_in_order() {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(700));
    let properties = properties.set_data_page_row_count_limit(64).set_write_batch_size(16).build();
    let names: Vec<String> = (0..5000).map(|row| format!("name {}", row % 900)).collect();
    let lists = (0..5000).map(|row| Some((0..row % 4).map(Some).collect::<Vec<_>>()));
    let columns: [(&str, ArrayRef); 2] = [
        ("name", Arc::new(StringArray::from_iter_values(&names))),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut writer =
        ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert_in_order(&Parquet, FileForm::Parquet, &path, &names);
    let compressed = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD)).unwrap();
    for (rows, options) in [(1, IpcWriteOptions::default()), (700, compressed.clone()), (5000, compressed)] {
        let file = File::create(&path).unwrap();
        let mut writer = FileWriter::try_new_with_options(file, &batch.schema(), options.clone()).unwrap();
        let stream_path = folder.path().join("stream");
        let stream = File::create(&stream_path).unwrap();
        let mut stream = StreamWriter::try_new_with_options(stream, &batch.schema(), options).unwrap();
        for first in (0..5000).step_by(rows) {
            let part = batch.slice(first, rows.min(5000 - first));
            writer.write(&part).unwrap();
            writer.write(&batch.slice(0, 0)).unwrap();
            stream.write(&part).unwrap();
        }
        writer.finish().unwrap();
        stream.finish().unwrap();
        assert_in_order(&Arrow, FileForm::Arrow, &path, &names);
        assert_in_order(&Arrow, FileForm::Arrow, &stream_path, &names);
    }
}

/// Reads a file in blocks of several sizes, and compares its rows.
fn assert_in_order(reader: &dyn Form, form: FileForm, path: &Path, names: &[String]) {
    for block in [1, 100, 1 << 10, 1 << 20] {
        let (spec, file) = (source(form), SourceFile::at(path));
        let opening = Opening { spec: &spec, file: &file, columns: None, block };
        let mut open = reader.open(&opening).unwrap();
        assert_eq!(open.columns(), ["name", "list"]);
        let mut row = 0;
        while let Some(block) = open.next().unwrap() {
            for chunk in block.parse().unwrap() {
                for at in 0..chunk.rows() {
                    assert_eq!(chunk.lines.line(at as u32), row as u64 + 1);
                    assert_eq!(chunk.field(at, 0), Field::from(names[row].as_str()));
                    let Field::List(items) = chunk.field(at, 1) else { panic!("row {row}") };
                    assert_eq!(items.len(), row % 4);
                    row += 1;
                }
            }
        }
        assert_eq!(row, 5000, "{block}");
    }
}
