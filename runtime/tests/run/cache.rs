//! A run from the cache of encoded data equals one from files.

use std::path::Path;

use turret_runtime::data::{EncodedCache, FieldName};
use turret_runtime::error::Error;
use turret_runtime::evaluate::{EvaluateOptions, evaluate};
use turret_runtime::export::{RowSet, vectors};
use turret_runtime::footprint::ByteSize;
use turret_runtime::loaded::Loaded;
use turret_runtime::prelude::*;
use turret_runtime::prepare::DataOptions;
use turret_runtime::run::RunWriter;
use turret_runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};

use crate::logistic::{Logistic, data, message, metrics, options, spec, weights};

fn cached(root: &Path) -> DataOptions {
    DataOptions { cache: Some(EncodedCache::at(root.to_owned())), ..DataOptions::default() }
}

/// Number of kept datasets.
fn datasets(root: &Path) -> usize {
    let entries = std::fs::read_dir(root).into_iter().flatten();
    entries.filter(|entry| entry.as_ref().unwrap().path().join("dataset.json").exists()).count()
}

#[test]
fn runs_with_and_without_the_cache_are_one() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go, root) = (Cpu::default(), Interrupt::default(), folder.path().join("cache"));
    let run = |name: &str, reading: DataOptions| -> Trained {
        let run = folder.path().join(name);
        let options = TrainOptions { reading, eval_every: Some(1), ..options(folder.path(), &run, 3) };
        train::<Cpu, Logistic<0>>(&options, &device, &go).unwrap()
    };
    let text = run("text", DataOptions::default());
    assert_eq!(datasets(&root), 0);
    let (first, second) = (run("first", cached(&root)), run("second", cached(&root)));
    assert_eq!(datasets(&root), 1);
    let file = |trained: &Trained| std::fs::read(weights(trained.folder.path())).unwrap();
    let keys = |trained: &Trained| {
        let vectors = vectors(&*trained.model, 0, RowSet::All, &trained.data, &trained.dataset).unwrap();
        (vectors.keys, vectors.matrix.values)
    };
    for other in [&first, &second] {
        assert_eq!(file(&text), file(other));
        assert_eq!(metrics(text.folder.path()), metrics(other.folder.path()));
        assert_eq!((&text.report, &text.info.files), (&other.report, &other.info.files));
        assert!(keys(&text) == keys(other));
    }

    // A run that stops goes on from the cache, and its evaluation reads it too.
    let (path, stop) = (folder.path().join("halves"), Interrupt::default());
    stop.ask();
    let options =
        TrainOptions { reading: cached(&root), eval_every: Some(1), ..options(folder.path(), &path, 3) };
    assert!(train::<Cpu, Logistic<0>>(&options, &device, &stop).is_err());
    let (opened, info) = RunWriter::open(&path, &spec(0)).unwrap();
    let options = ResumeOptions { threads: 1, reading: cached(&root), ..ResumeOptions::default() };
    drop(resume::<Cpu, Logistic<0>>(opened, info, &options, &device, &go).unwrap());
    assert_eq!(std::fs::read(weights(&path)).unwrap(), file(&text));
    let mut loaded = Loaded::<Cpu, Logistic<0>>::open(&path, &device).unwrap();
    let (_, dataset) = loaded.prepare(None, &cached(&root)).unwrap();
    let report = evaluate(&*loaded.model, &dataset, EvaluateOptions::default(), &go).unwrap();
    assert_eq!((Some(report), datasets(&root)), (text.report, 1));

    // Changed data are another dataset; those of the run are still recognized as changed.
    let log = folder.path().join("clicks.csv");
    let appended = std::fs::read_to_string(&log).unwrap() + "3,1\n";
    std::fs::write(&log, appended).unwrap();
    let (data, _) = loaded.prepare(None, &cached(&root)).unwrap();
    assert_eq!((data.files()[0].rows, datasets(&root)), (Some(501), 2));
    let (opened, info) = RunWriter::open(&path, &spec(0)).unwrap();
    assert!(resume::<Cpu, Logistic<0>>(opened, info, &options, &device, &go).is_err());
}

#[test]
fn reading_stays_within_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60_000).map(|row| format!("{},{}\n", row % 10, row * 7 % 10 / 5)).collect();
    std::fs::write(folder.path().join("clicks.csv"), format!("item,label\n{rows}")).unwrap();
    let run = |name: &str, memory: Option<u64>| {
        let run = folder.path().join(name);
        let reading = DataOptions { memory: memory.map(ByteSize::b), ..DataOptions::default() };
        let options = TrainOptions { reading, batch: Some(4096), ..options(folder.path(), &run, 1) };
        train::<Cpu, Logistic<0>>(&options, &Cpu::default(), &Interrupt::default())?;
        Ok::<_, Error>(std::fs::read(weights(&run)).unwrap())
    };
    let held = run("held", None).unwrap();
    let refused = message(run("refused", Some(1)));
    assert!(
        refused.contains("more than the 1 B that it may take") && !refused.contains("encoded columns"),
        "{refused}"
    );
    // Without the text and the encoded columns.
    let size = refused.split("takes ").nth(1).unwrap().split(',').next().unwrap();
    let size = size.parse::<ByteSize>().unwrap().as_u64();
    assert!(run("read again", Some(size + size / 20)).unwrap() == held);
}

#[test]
fn a_long_source_needs_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..140_000).map(|row| format!("{},{}\n", row % 10, row * 7 % 10 / 5)).collect();
    std::fs::write(folder.path().join("clicks.csv"), format!("item,label\n{rows}")).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let run = |name: &str, reading: DataOptions| {
        let run = folder.path().join(name);
        let options = TrainOptions { reading, batch: Some(4096), ..options(folder.path(), &run, 1) };
        let trained = train::<Cpu, Logistic<0>>(&options, &Cpu::default(), &Interrupt::default()).unwrap();
        let texts = trained.data.texts(&[139_999], &[FieldName::of("clicks", "item")]).unwrap();
        (std::fs::read(weights(&run)).unwrap(), texts)
    };
    let root = folder.path().join("cache");
    let first = run("temporary", DataOptions::default());
    assert_eq!(first.1, [["9"]]);
    for (name, root) in [("kept", &root), ("found", &root), ("memory", &folder.path().join("file"))] {
        assert!(run(name, cached(root)) == first, "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!((datasets(&root), left.len()), (1, 3), "besides names of fits and the lock: {left:?}");
}

#[test]
fn a_cache_that_cannot_be_written_or_is_damaged_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go, root) = (Cpu::default(), Interrupt::default(), folder.path().join("cache"));
    let run = |name: &str, root: &Path| {
        let run = folder.path().join(name);
        let options = TrainOptions { reading: cached(root), ..options(folder.path(), &run, 1) };
        drop(train::<Cpu, Logistic<0>>(&options, &device, &go).unwrap());
        std::fs::read(weights(&run)).unwrap()
    };
    std::fs::write(folder.path().join("file"), "").unwrap();
    let first = run("unwritable", &folder.path().join("file"));
    assert_eq!(run("kept", &root), first);
    let entry = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let entry = entry.into_iter().find(|path| path.join("dataset.json").exists()).unwrap();
    let whole = std::fs::read(entry.join("1.array")).unwrap();
    std::fs::write(entry.join("1.array"), &whole[..whole.len() - 4]).unwrap();
    assert_eq!(run("damaged", &root), first);
    assert_eq!(std::fs::read(entry.join("1.array")).unwrap(), whole, "written again");
    // Another program with the same data and columns.
    let run = folder.path().join("other");
    std::fs::write(folder.path().join("keys.txt"), "1\n2\n").unwrap();
    let options = TrainOptions { reading: cached(&root), ..options(folder.path(), &run, 1) };
    train::<Cpu, Logistic<1>>(&options, &device, &go).unwrap();
    assert_eq!(datasets(&root), 1);
}
