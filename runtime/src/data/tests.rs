//! The engine as generated code uses it: a small retrieval model over written files, and over MovieLens where it is found.

/// Features whose parts are fields with the names of the parts.
macro_rules! stored_features {
    ($features:ty { $($part:ident),+ $(,)? }) => {
        impl StoredFeatures for $features {
            fn parts(&self) -> Parts<'_> {
                vec![$((stringify!($part).into(), &self.$part)),+]
            }
            fn parts_mut(&mut self) -> PartsMut<'_> {
                vec![$((stringify!($part).into(), &mut self.$part)),+]
            }
        }
    };
}

mod cached;
mod compounds;
mod distinct;
mod forms;
mod history;
mod items;
mod long;
mod model;
mod movielens;
mod reading;
mod repeats;
mod scans;
mod skipped;
mod stored;
mod times;
mod values;
mod whole;

use std::io::Write as _;
use std::path::Path;

use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::source::{Chunk, Lines, TextCells};
use super::{DataSpec, FieldName, JoinSpec, OnError, RawTable, SourceSpec, SplitSpec};

/// A data folder with these files.
pub(super) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Rows of the only file of a source, whose path is in the spec: line and fields, separated by bars.
pub(super) fn rows_of(
    source: SourceSpec,
    columns: &[&str],
    bytes: &[u8],
) -> Result<Vec<String>, super::DataError> {
    let folder = folder(&[(&source.paths[0], bytes)]);
    let fields: Vec<FieldName<'_>> =
        columns.iter().map(|column| FieldName::of(&source.name, column)).collect();
    let data = RawTable::open(&spec(vec![source.clone()]), folder.path())?;
    let rows: Vec<u32> = (0..data.rows() as u32).collect();
    let texts = data.texts(&rows, &fields)?;
    Ok(rows
        .iter()
        .zip(texts)
        .map(|(row, texts)| format!("{}|{}", data.place(*row).line, texts.join("|")))
        .collect())
}

/// Message of the only file of a source that cannot be read, without its folder.
pub(super) fn refused_of(source: SourceSpec, bytes: &[u8]) -> String {
    rows_of(source, &[], bytes).expect_err("the file is wrong").to_string()
}

/// Bytes of a gzip file.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes of a Zstandard file.
pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// Rows of these cells.
pub(super) fn chunk(rows: &[&[&str]]) -> Chunk {
    let width = rows.first().map_or(1, |row| row.len());
    let (mut text, mut spans, mut lines) = (String::new(), Vec::new(), Lines::default());
    for (row, line) in rows.iter().zip(1..) {
        for cell in *row {
            let start = text.len() as u32;
            text.push_str(cell);
            spans.push((start, text.len() as u32));
        }
        lines.push(line);
    }
    Chunk::new(Box::new(TextCells::new(text, spans, width)), lines)
}

/// Sources without joins, split or catalog.
pub(super) fn spec(sources: Vec<SourceSpec>) -> DataSpec {
    DataSpec {
        sources,
        joins: Vec::new(),
        filters: Vec::new(),
        distinct: None,
        timeline: None,
        history: None,
        split: SplitSpec::None,
        catalog: None,
        groups: Vec::new(),
        on_error: OnError::Stop,
    }
}

/// Ratings joined with movies, which are the catalog.
fn retrieval(on_error: OnError) -> DataSpec {
    DataSpec {
        joins: vec![JoinSpec::new("movies", "movie_id", "movie_id")],
        catalog: Some(super::CatalogSpec::new("movies", "title", [1])),
        groups: Vec::new(),
        on_error,
        ..spec(vec![
            SourceSpec::tsv("ratings", "ratings.tsv").columns(["user_id", "movie_id", "rating", "timestamp"]),
            SourceSpec::csv("movies", "movies.csv"),
        ])
    }
}

/// Message of data that cannot be opened.
fn refusal(spec: &DataSpec, folder: &Path) -> String {
    RawTable::open(spec, folder).err().expect("the data is wrong").to_string()
}
