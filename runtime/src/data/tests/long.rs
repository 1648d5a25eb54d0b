//! Long main sources: columns that are written to files while they are encoded equal those in memory.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::history::{self, Watched};
use super::model::{Columns, TwoTower};
use super::retrieval;
use crate::data::source::PIECE;
use crate::data::*;

/// Rows of a source that is too long to stay in memory, and whose numbers are in files.
const ROWS: usize = PIECE + 10_000;

fn rows(dataset: &EncodedDataset<AnyBatch>) -> Vec<u32> {
    dataset.train.iter().chain(&dataset.validate).chain(&dataset.test).copied().collect()
}

/// Encodes a source in memory and in files, and compares the results. Kept columns are the same files.
fn check<B: Batch + PartialEq + std::fmt::Debug>(spec: &DataSpec, declared: &AnyFeatures, folder: &Path) {
    let root = tempfile::tempdir().unwrap();
    let open = |files: &Path| {
        let fields = fields_read(declared);
        let mut data = RawTable::open_stamped(spec, folder, &fields, files, &[], Retained::Usual).unwrap();
        leave_out_refused(declared, &mut data).unwrap();
        assert!(data.is_long());
        let mut features = declared.clone();
        fit(&mut features, &data).unwrap();
        (data, features)
    };
    let raw = tempfile::tempdir().unwrap();
    let (data, features) = open(raw.path());
    // A folder that cannot be made.
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let (unspilled, same_features) = open(&file);
    let warnings: Vec<&String> = unspilled.notes.iter().filter(|note| !data.notes.contains(note)).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("they stay in memory"), "{warnings:?}");
    let in_files = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert!(in_files(raw.path()) > 0);
    assert_eq!(
        (&data.train, &data.validate, &data.test, data.usable()),
        (&unspilled.train, &unspilled.validate, &unspilled.test, unspilled.usable())
    );
    assert_eq!(data.timeline().rows(), unspilled.timeline().rows());
    assert_eq!(data.sums(), unspilled.sums());
    let written = |features: &AnyFeatures| serde_json::to_string(features).unwrap();
    assert_eq!(written(&features), written(&same_features));
    let memory = encode(&features, &unspilled).unwrap();
    let files = encode_in(&features, &data, Some(root.path())).unwrap();
    let check = |found: &EncodedDataset<AnyBatch>| {
        let same = |a: &EncodedDataset<AnyBatch>, rows: &[u32]| {
            a.batch(rows).get::<B>() == found.batch(rows).get::<B>()
        };
        let (rows, mut seen) = (rows(&memory), 0);
        let count = |batch: &AnyBatch, of: &[u32]| {
            assert!(batch.get::<B>() == memory.batch(of).get::<B>());
            seen += of.len();
            Ok::<(), DataError>(())
        };
        found.for_each_batch(&rows, 1000, count).unwrap();
        assert_eq!(seen, rows.len());
        assert!(same(&memory, &rows) && same(&memory, &rows.iter().rev().copied().collect::<Vec<_>>()));
        assert!(!memory.validate.is_empty());
        assert_eq!(
            (&memory.train, &memory.validate, &memory.test),
            (&found.train, &found.validate, &found.test)
        );
        assert_eq!(memory.rows_before(HeldOut::Test), found.rows_before(HeldOut::Test));
        assert_eq!((memory.train_split(), &memory.skipped), (found.train_split(), &found.skipped));
        assert_eq!((memory.repeated, &memory.histories), (found.repeated, &found.histories));
    };
    check(&files);
    let written = |root: &Path| -> usize {
        let folders = fs::read_dir(root).unwrap().map(|folder| folder.unwrap().path());
        folders.filter(|folder| folder.join("1.array").exists()).count()
    };
    assert_eq!(written(root.path()), 1);
    let cache = EncodedCache::at(root.path().to_owned());
    let kept = cache.of_data(spec, &[], declared, folder).unwrap();
    let kept = kept.keep(&features, &files, data.files(), &[], true).unwrap().unwrap();
    assert_eq!(written(root.path()), 2);
    drop(files);
    assert_eq!(written(root.path()), 1);
    check(&kept.dataset);
    let refused = encode_in(&features, &data, Some(&file)).err().unwrap();
    assert!(matches!(&refused, DataError::EncodedFiles { folder, .. } if *folder == file), "{refused}");
}

#[test]
fn columns_in_files_are_those_in_memory() {
    let movies: String = (0..50).map(|movie| format!("{movie},\"Movie, the {movie}th\"\n")).collect();
    let mut ratings = String::new();
    for row in 0..ROWS {
        // Some rows are refused.
        let time = if row % 1009 == 7 { "soon".to_owned() } else { (row * 7919 % 100_003).to_string() };
        writeln!(ratings, "u{}\t{}\t3\t{time}", row % 997, row % 50).unwrap();
    }
    let movies = format!("movie_id,title\n{movies}");
    let folder = super::folder(&[("movies.csv", movies.as_bytes()), ("ratings.tsv", ratings.as_bytes())]);
    let mut spec = retrieval(OnError::Skip);
    spec.split = SplitSpec::Random { validate: 0.1, test: 0.2, seed: 3 };
    check::<Columns>(&spec, &AnyFeatures::new(TwoTower::default()), folder.path());
}

#[test]
fn long_logs_are_put_in_order_in_files() {
    let items: String = (0..9).map(|item| format!("{item};{}\n", ["a", "b,c", "d"][item % 3])).collect();
    let mut log = "user,item,time\n".to_owned();
    (0..ROWS)
        .for_each(|row| writeln!(log, "u{},{},{}", row % 1013, row * 7 % 10, row * 13 % 1_000_003).unwrap());
    let items = format!("key;genre\n{items}9;?\n");
    let folder = super::folder(&[("log.csv", log.as_bytes()), ("items.csv", items.as_bytes())]);
    let history = HistorySpec { examples: Examples::Sliding, min: 1, same_time: false };
    let split = SplitSpec::LeaveLastOut { nth: 1, validate: true };
    let spec = history::spec(split, history, Vec::new());
    check::<history::Columns>(&spec, &AnyFeatures::new(Watched::default()), folder.path());
}

/// Variable with the data folder of a process that cannot write long files.
#[cfg(unix)]
const LIMITED: &str = "TURRET_TEST_OF_A_FULL_DISK";

#[test]
#[cfg(unix)]
fn a_full_disk_is_one_warning() {
    let spec = super::spec(vec![SourceSpec::csv("log", "log.csv")]);
    let spec = DataSpec { timeline: Some(TimelineSpec::new("user", ["time"])), ..spec };
    if let Some(folder) = std::env::var_os(LIMITED) {
        let folder = Path::new(&folder);
        let data =
            RawTable::open_stamped(&spec, folder, &[], &folder.join("files"), &[], Retained::Usual).unwrap();
        let warnings: Vec<&String> = data.notes.iter().filter(|note| note.starts_with("warning")).collect();
        assert!(warnings.len() == 1 && warnings[0].contains("stay in memory"), "{warnings:?}");
        assert!(data.is_in_memory() && data.usable().len() == ROWS);
        // Nothing is left of what was written.
        assert_eq!(fs::read_dir(folder.join("files")).unwrap().count(), 0);
        return;
    }
    let mut log = "user,time\n".to_owned();
    (0..ROWS).for_each(|row| writeln!(log, "u{},{}", row % 1013, row * 13 % 1_000_003).unwrap());
    let folder = super::folder(&[("log.csv", log.as_bytes())]);
    let limited =
        "trap '' XFSZ; ulimit -f 512; exec \"$0\" --exact data::tests::long::a_full_disk_is_one_warning";
    let mut process = std::process::Command::new("sh");
    process.args(["-c", limited]).arg(std::env::current_exe().unwrap()).env(LIMITED, folder.path());
    let output = process.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
