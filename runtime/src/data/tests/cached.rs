//! Encoded data that are kept: the same as those that were encoded, and never those of other files or specs.

use std::fs;
use std::path::Path;

use super::history::{self, Watched};
use super::model::{Columns, TwoTower};
use super::{folder, retrieval};
use crate::data::*;

const RATINGS: &str = "u\t1\t3\t10\nv\t2\t3\t20\nu\t3\t3\t30\nw\t4\t3\tsoon\nv\t1\t3\t50\nu\t1\t3\t10\n";
const MOVIES: &str = "movie_id,title\n1,The Lamp\n2,A Lamp\n3,The Lamp\n4,Dusk\n5,Dawn\n6,\n";

/// Encoded data with everything that a run needs of them.
struct Read {
    features: AnyFeatures,
    dataset: EncodedDataset<AnyBatch>,
    files: Vec<FileStamp>,
}

/// Reads, fits and encodes data.
fn read(spec: &DataSpec, declared: &AnyFeatures, folder: &Path) -> Read {
    let mut data = RawTable::open(spec, folder).unwrap();
    leave_out_refused(declared, &mut data).unwrap();
    let mut features = declared.clone();
    fit(&mut features, &data).unwrap();
    let dataset = encode(&features, &data).unwrap();
    Read { features, dataset, files: data.files().to_vec() }
}

fn cached<'c>(
    cache: &'c EncodedCache,
    spec: &DataSpec,
    declared: &'c AnyFeatures,
    folder: &'c Path,
) -> CachedData<'c> {
    cache.of_data(spec, &[], declared, folder).unwrap()
}

fn kept(found: Found) -> Option<KeptData> {
    match found {
        Found::Kept(kept) => Some(*kept),
        Found::Damaged => panic!("the data are damaged"),
        Found::Nothing => None,
    }
}

fn check_same<B: Batch + PartialEq + std::fmt::Debug>(read: &Read, kept: &KeptData, lines: &[String]) {
    let json = |features: &AnyFeatures| serde_json::to_string(features).unwrap();
    assert_eq!(json(&kept.features), json(&read.features));
    let (a, b) = (&read.dataset, &kept.dataset);
    assert_eq!(
        (&a.train, &a.validate, &a.test, a.rows_before(HeldOut::Test), &a.groups),
        (&b.train, &b.validate, &b.test, b.rows_before(HeldOut::Test), &b.groups)
    );
    assert_eq!((&a.histories, a.repeated, &a.skipped), (&b.histories, b.repeated, &b.skipped));
    let columns = |batch: &AnyBatch| format!("{:?}", batch.get::<B>());
    for rows in
        [a.train.to_vec(), a.validate.to_vec(), a.test.to_vec(), a.train.iter().rev().copied().collect()]
    {
        let (a, b) = (a.batch(&rows), b.batch(&rows));
        assert!(a.get::<B>().is_some() && a.get::<B>() == b.get::<B>());
    }
    if let (Some(a), Some(b)) = (&a.catalog, &b.catalog) {
        assert_eq!((&a.keys, &a.candidate_of_row, &a.absent), (&b.keys, &b.candidate_of_row, &b.absent));
        assert_eq!(columns(&a.columns), columns(&b.columns));
    }
    assert_eq!(a.catalog.is_some(), b.catalog.is_some());
    assert_eq!((&read.files, lines), (&kept.files, &kept.lines[..]));
}

/// Data are the same when they are kept, found again, and found by a run with their features.
fn check_kept<B: Batch + PartialEq + std::fmt::Debug>(
    spec: &DataSpec,
    declared: &AnyFeatures,
    folder: &Path,
) {
    let root = tempfile::tempdir().unwrap();
    let cache = EncodedCache::at(root.path().join("encoded"));
    let cached = || cached(&cache, spec, declared, folder);
    assert!(kept(cached().fitted()).is_none());
    let read = read(spec, declared, folder);
    let lines = [format!("note: {}: of this folder", folder.join("log.csv").display()), "another".to_owned()];
    let first = cached().keep(&read.features, &read.dataset, &read.files, &lines, true).unwrap().unwrap();
    let second = kept(cached().fitted()).unwrap();
    let of_run = kept(cached().encoded(&read.features)).unwrap();
    for found in [&first, &second, &of_run] {
        check_same::<B>(&read, found, &lines);
    }
    assert!(kept(cached().encoded(declared)).is_none(), "features that were fitted on other data");
    let (datasets, bytes) = cache.clean().unwrap();
    assert!(datasets == 1 && bytes > first.bytes);
    assert!(kept(cached().fitted()).is_none());
    // What was removed can still be read.
    check_same::<B>(&read, &second, &lines);
}

#[test]
fn joins_bags_groups_and_catalogs_are_kept() {
    let folder = folder(&[("ratings.tsv", RATINGS.as_bytes()), ("movies.csv", MOVIES.as_bytes())]);
    let mut spec = retrieval(OnError::Skip);
    spec.split = SplitSpec::Random { validate: 0.2, test: 0.3, seed: 2 };
    spec.groups = vec!["user_id".into()];
    check_kept::<Columns>(&spec, &AnyFeatures::new(TwoTower::default()), folder.path());
}

#[test]
fn histories_are_kept() {
    let items: String = (0..9).map(|item| format!("{item};{}\n", ["a", "b,c", "d"][item % 3])).collect();
    let row = |row: usize| format!("u{},{},{}\n", row % 5, row * 7 % 9, row * 13 % 17);
    let log = format!("user,item,time\n{}", (0..80).map(row).collect::<String>());
    let folder =
        folder(&[("log.csv", log.as_bytes()), ("items.csv", format!("key;genre\n{items}").as_bytes())]);
    let history = HistorySpec { examples: Examples::Sliding, min: 1, same_time: false };
    let split = SplitSpec::LeaveLastOut { nth: 1, validate: true };
    let spec = history::spec(split, history, Vec::new());
    check_kept::<history::Columns>(&spec, &AnyFeatures::new(Watched::default()), folder.path());
}

/// Rows of items give the same bits as lines of their own, on one thread and on two, from the text and from the cache.
#[test]
fn rows_of_items_are_kept() {
    let (mut lists, mut lines) = (String::new(), String::new());
    // More rows than stay in memory, in several blocks.
    for list in 0..70_000_usize {
        if list % 997 == 5 {
            lists += &format!("u{}\t3\t[1-2 3-4\n", list % 90);
            continue;
        }
        let item = |at: usize| {
            // Some rows are refused.
            let time =
                if (list + at) % 1009 == 7 { "soon".to_owned() } else { (list * 7 % 1013).to_string() };
            ((list * 31 + at * 17) % 50, time)
        };
        let items: Vec<(usize, String)> = (0..1 + list % 4).map(item).collect();
        let user = format!("u{}\t3", list % 90);
        let joined: Vec<String> = items.iter().map(|(item, time)| format!("{item}-{time}")).collect();
        lists += &format!("{user}\t{}\n", joined.join(" "));
        items.iter().for_each(|(item, time)| lines += &format!("{user}\t{item}\t{time}\n"));
    }
    let movies: String = (0..50).map(|movie| format!("{movie},The movie {}\n", movie % 20)).collect();
    let movies = format!("movie_id,title\n{movies}");
    let folder = folder(&[
        ("lists.tsv", lists.as_bytes()),
        ("lines.tsv", lines.as_bytes()),
        ("movies.csv", movies.as_bytes()),
    ]);
    let explode =
        ExplodeSpec::new("items", "movie_id").separator(' ').weight("timestamp").weight_separator('-');
    let of_lists = SourceSpec::tsv("ratings", "lists.tsv").columns(["user_id", "rating", "items"]);
    let of_lines =
        SourceSpec::tsv("ratings", "lines.tsv").columns(["user_id", "rating", "movie_id", "timestamp"]);
    let declared = AnyFeatures::new(TwoTower::default());
    let result = |source: SourceSpec, threads: usize| {
        let mut spec = retrieval(OnError::Skip);
        spec.sources[0] = source;
        spec.split = SplitSpec::Random { validate: 0.1, test: 0.2, seed: 3 };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            check_kept::<Columns>(&spec, &declared, folder.path());
            let Read { features, dataset, .. } = read(&spec, &declared, folder.path());
            let rows = [&dataset.train[..], &dataset.validate, &dataset.test].concat();
            let columns = dataset.batch(&rows).get::<Columns>().unwrap().clone();
            (serde_json::to_string(&features).unwrap(), rows, columns)
        })
    };
    let lines = result(of_lines, 1);
    assert!(lines.1.len() > 170_000);
    for threads in [1, 2] {
        assert!(result(of_lists.clone().explode(explode.clone()), threads) == lines, "{threads} threads");
    }
}

#[test]
fn no_change_is_missed() {
    let folder = folder(&[
        ("ratings.tsv", RATINGS.as_bytes()),
        ("movies.csv", MOVIES.as_bytes()),
        ("keys.txt", b"u\n"),
    ]);
    let root = tempfile::tempdir().unwrap();
    let cache = EncodedCache::at(root.path().to_owned());
    let (spec, declared) = (retrieval(OnError::Skip), AnyFeatures::new(TwoTower::default()));
    let keys = [FileSpec::Keys { of: "user".into(), path: "keys.txt".into() }];
    let find = |spec: &DataSpec, declared: &AnyFeatures| {
        kept(cache.of_data(spec, &keys, declared, folder.path()).unwrap().fitted()).is_some()
    };
    let first = read(&spec, &declared, folder.path());
    let keep = || {
        let cached = cache.of_data(&spec, &keys, &declared, folder.path()).unwrap();
        cached.keep(&first.features, &first.dataset, &first.files, &[], true).unwrap()
    };
    assert!(keep().is_some() && find(&spec, &declared));
    let appended = format!("{RATINGS}x\t1\t3\t60\n");
    let flipped = RATINGS.replacen("v\t2", "v\t1", 1);
    let movie = MOVIES.replacen("Dusk", "Dust", 1);
    for (name, before, text) in [
        ("ratings.tsv", RATINGS, &appended[..]),
        ("ratings.tsv", RATINGS, &flipped),
        ("movies.csv", MOVIES, &movie),
        ("keys.txt", "u\n", "v\n"),
    ] {
        let path = folder.path().join(name);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let write = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::File::open(&path).unwrap().set_modified(modified).unwrap();
        };
        let before_the_change = cache.of_data(&spec, &keys, &declared, folder.path()).unwrap();
        write(text);
        assert!(!find(&spec, &declared), "{name}: {text}");
        let late = before_the_change.keep(&first.features, &first.dataset, &first.files, &[], true);
        assert!(late.unwrap().is_none(), "{name} changed while it was read");
        write(before);
        assert!(find(&spec, &declared));
    }
    let mut other = spec.clone();
    other.split = SplitSpec::random(0.5, 1);
    assert!(!find(&other, &declared));
    other = spec.clone();
    other.sources[0].missing = ["10"].into();
    assert!(!find(&other, &declared));
    let mut features = TwoTower::default();
    features.timestamp_bucket =
        BucketColumn::new("timestamp_bucket", BucketSpec::new(Boundaries::EqualWidth(7)));
    assert!(!find(&spec, &AnyFeatures::new(features)));
    let mut features = TwoTower::default();
    features.token = Vocabulary::new("token", Keys::learned()).oov(Oov::Drop);
    assert!(!find(&spec, &AnyFeatures::new(features)));
    assert!(find(&spec, &declared));
}

#[test]
fn damaged_data_are_found_out() {
    let folder = folder(&[("ratings.tsv", RATINGS.as_bytes()), ("movies.csv", MOVIES.as_bytes())]);
    let root = tempfile::tempdir().unwrap();
    let cache = EncodedCache::at(root.path().to_owned());
    let (spec, declared) = (retrieval(OnError::Skip), AnyFeatures::new(TwoTower::default()));
    let read = read(&spec, &declared, folder.path());
    let cached = || cached(&cache, &spec, &declared, folder.path());
    let keep = || cached().keep(&read.features, &read.dataset, &read.files, &[], true).unwrap().unwrap();
    keep();
    let entry = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().path());
    let entry = entry.into_iter().find(|path| path.join("dataset.json").exists()).unwrap();
    let files: Vec<_> = fs::read_dir(&entry).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 10);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let garbled = [&bytes[..bytes.len() - 1], &[bytes[bytes.len() - 1] ^ 0x20]].concat();
        for damage in [Some(&bytes[..bytes.len() / 2]), Some(&[]), Some(&garbled), None] {
            match damage {
                Some(bytes) => fs::write(&file, bytes).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            assert!(matches!(cached().fitted(), Found::Damaged), "{file:?}");
            assert!(matches!(cached().encoded(&read.features), Found::Damaged), "{file:?}");
            keep();
            assert!(matches!(cached().fitted(), Found::Kept(_)), "{file:?}");
        }
    }
}

#[test]
fn processes_that_keep_the_same_data_do_not_disturb_each_other() {
    let folder = folder(&[("ratings.tsv", RATINGS.as_bytes()), ("movies.csv", MOVIES.as_bytes())]);
    let root = tempfile::tempdir().unwrap();
    let cache = EncodedCache::at(root.path().to_owned());
    let (spec, declared) = (retrieval(OnError::Skip), AnyFeatures::new(TwoTower::default()));
    let read = read(&spec, &declared, folder.path());
    let cached = || cached(&cache, &spec, &declared, folder.path());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    cached().keep(&read.features, &read.dataset, &read.files, &[], true).unwrap();
                }
            });
        }
    });
    check_same::<Columns>(&read, &kept(cached().fitted()).unwrap(), &[]);
    let names: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "the data, the names of fits and the lock: {names:?}");
}

#[test]
fn data_that_cannot_be_kept_are_an_error_and_leave_nothing() {
    let folder =
        folder(&[("ratings.tsv", RATINGS.as_bytes()), ("movies.csv", MOVIES.as_bytes()), ("file", b"")]);
    let (spec, declared) = (retrieval(OnError::Skip), AnyFeatures::new(TwoTower::default()));
    let read = read(&spec, &declared, folder.path());
    let cache = EncodedCache::at(folder.path().join("file"));
    let cached = cached(&cache, &spec, &declared, folder.path());
    assert!(kept(cached.fitted()).is_none());
    assert!(cached.keep(&read.features, &read.dataset, &read.files, &[], true).is_err());
    assert!(cache.of_data(&spec, &[], &declared, &folder.path().join("nowhere")).is_none());
}
