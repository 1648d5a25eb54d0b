//! Results do not depend on how a source is read: by how many threads, from how many files, in which packing,
//! whether it is short enough to stay in memory, and whether columns are encoded by distinct values.

use std::fmt::Write as _;
use std::path::Path;

use super::model::{Columns, TwoTower};
use super::{gzip, retrieval};
use crate::data::*;

/// Rows of more blocks than threads, which do not stay in memory.
const ROWS: usize = 140_000;

/// Fitted features as stored, and the encoded columns of all rows.
fn result(
    paths: &[&'static str],
    folder: &Path,
    threads: usize,
    by_values: bool,
) -> (String, Columns, Vec<u32>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut spec = retrieval(OnError::Skip);
        spec.sources[0].paths = paths.iter().copied().collect();
        spec.split = SplitSpec::Random { validate: 0.1, test: 0.2, seed: 3 };
        let mut features = TwoTower::default();
        let mut data = match by_values {
            true => RawTable::open_for(&spec, folder, &features).unwrap(),
            false => RawTable::open(&spec, folder).unwrap(),
        };
        leave_out_refused(&features, &mut data).unwrap();
        fit(&mut features, &data).unwrap();
        let dataset = encode(&features, &data).unwrap();
        let rows: Vec<u32> =
            dataset.train.iter().chain(&dataset.validate).chain(&dataset.test).copied().collect();
        // Lines of the first file only: the others have their own.
        let lines = (0..1000).map(|row| data.place(row).line as u32).collect();
        (serde_json::to_string(&features).unwrap(), dataset.batch(&rows), lines)
    })
}

#[test]
fn the_way_of_reading_changes_no_bit() {
    let movies: String = (0..50).map(|movie| format!("{movie},\"Movie, the {movie}th\"\n")).collect();
    let movies = format!("movie_id,title\n{movies}");
    let folder = super::folder(&[("movies.csv", movies.as_bytes())]);
    let row = |row: usize| {
        let time = (row * 7919) % 100_003;
        // Some rows are refused.
        if row % 1009 == 7 {
            format!("u{}\t{}\t3\tsoon\n", row % 997, row % 50)
        } else {
            format!("u{}\t{}\t3\t{}.25\n", row % 997, row % 50, time)
        }
    };
    let write = |name: &str, rows: std::ops::Range<usize>| {
        let mut text = String::new();
        rows.for_each(|at| text.write_str(&row(at)).unwrap());
        std::fs::write(folder.path().join(name), &text).unwrap();
        std::fs::write(folder.path().join(format!("{name}.gz")), gzip(text.as_bytes())).unwrap();
    };
    write("ratings.tsv", 0..ROWS);
    for part in 0..10 {
        write(&format!("part-{part}.tsv"), part * ROWS / 10..(part + 1) * ROWS / 10);
    }
    let whole = result(&["ratings.tsv"], folder.path(), 1, false);
    assert!(whole.1.user_id.rows() > 100_000 && whole.0.contains("\"u996\""));
    for (paths, threads) in
        [(&["ratings.tsv"][..], 3), (&["ratings.tsv.gz"], 2), (&["part-*.tsv"], 2), (&["part-?.tsv.gz"], 1)]
    {
        let found = result(paths, folder.path(), threads, true);
        assert!(found == whole, "{paths:?} on {threads} threads");
    }
}
