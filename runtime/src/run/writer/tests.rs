//! A save in which an operation fails, or after which the process is gone: each of them in turn. Whatever happens, the run is
//! the one saved before or the new one, to the last bit, and a later save goes through.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::run::{Chosen, INFO, NewRun, Weights};
use crate::state::{Fault, Faulty, Synced};

fn spec_info() -> SpecInfo {
    SpecInfo {
        name: "Clicks".into(),
        text: "model Clicks {}\n".into(),
        fingerprint: "f00d".into(),
        compiler: "test".into(),
        ..SpecInfo::default()
    }
}

/// A run after some steps, by which its weights and its optimizer are told from those of others.
fn info(steps: u64) -> RunInfo {
    RunInfo { fingerprint: spec_info().fingerprint.to_string(), ..RunInfo::example(steps) }
}

fn tensors(steps: u64) -> (Vec<NamedTensor<'static>>, Vec<NamedTensor<'static>>) {
    let of = |name, add: f32| vec![NamedTensor::new(name, [3], vec![steps as f32, add, 0.5])];
    (of("weights", 1.0), of("state", 2.0))
}

fn save(run: &mut RunWriter, steps: u64) -> Result<(), Error> {
    save_of(run, &info(steps))
}

fn save_of(run: &mut RunWriter, info: &RunInfo) -> Result<(), Error> {
    let (weights, optimizer) = tensors(info.steps);
    run.begin_store(&weights, &optimizer, info)?;
    Ok(run.end_save()?)
}

/// A run after some steps that keeps two saves, and whose best evaluation was after others.
fn chosen(steps: u64, best: u64) -> RunInfo {
    let metric = "auc".to_owned();
    let chosen = Chosen { metric, value: 0.5, epoch: 1, steps: best, waited: 0 };
    RunInfo { chosen: Some(chosen), keep: Some(2), ..info(steps) }
}

/// The steps of the best weights, which are read and compared.
fn stored_best(path: &Path) -> u64 {
    let (folder, info) = RunFolder::open(path, &spec_info()).unwrap();
    let (checkpoint, steps) = Weights::Best.of(&info);
    let (weights, _) = tensors(steps);
    let file = folder.state(&checkpoint, WEIGHTS, &info.stamp(steps)).unwrap();
    let mut reader = file.tensors().unwrap();
    assert_eq!(reader.take(&weights[0].name, &[3]).unwrap(), *weights[0].values.widen());
    reader.finish().unwrap();
    steps
}

fn begin(path: &Path) -> RunWriter {
    NewRun::choose(&spec_info(), Some(path)).unwrap().begin(&spec_info(), &["a", "b"]).unwrap()
}

/// The steps of the run that is stored, all of which is read and compared.
fn stored(path: &Path) -> u64 {
    let (folder, info) = RunFolder::open(path, &spec_info()).unwrap();
    let (weights, optimizer) = tensors(info.steps);
    for (name, tensor) in [(WEIGHTS, &weights[0]), (OPTIMIZER, &optimizer[0])] {
        let file = folder.state(&info.checkpoint(), name, &info.stamp(info.steps)).unwrap();
        let mut reader = file.tensors().unwrap();
        assert_eq!(reader.take(&tensor.name, &[3]).unwrap(), *tensor.values.widen());
        reader.finish().unwrap();
    }
    assert_eq!(folder.verified(FEATURES).unwrap(), "[\n  \"a\",\n  \"b\"\n]\n");
    info.steps
}

fn names(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_run_is_the_one_before_or_the_one_after_whatever_operation_fails() {
    for fault in [Fault::Once, Fault::FromThenOn] {
        let mut seen = [false; 2];
        for at in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("run");
            let mut run = begin(&path);
            save(&mut run, 1).unwrap();
            let done = Arc::new(AtomicUsize::new(0));
            run.disk = Arc::new(Faulty { fault, at, done: done.clone() });
            let result = save(&mut run, 2);
            let case = format!("{fault:?} at {at}: {result:?}");
            let steps = stored(&path);
            assert!(result.is_err() || steps == 2, "{case}");
            seen[usize::from(steps == 2)] |= result.is_err();
            // The same process goes on, on a disk that works again.
            run.disk = Arc::new(FileSystem);
            save(&mut run, 3).unwrap();
            assert_eq!(stored(&path), 3, "{case}");
            drop(run);
            let (mut run, _) = RunWriter::open(&path, &spec_info()).unwrap();
            save(&mut run, 4).unwrap();
            assert_eq!(stored(&path), 4, "{case}");
            let all = [".lock", "checkpoint-4", FEATURES, INFO, SPEC];
            assert_eq!(names(&path), all, "{case}");
            if done.load(Ordering::Relaxed) <= at {
                result.unwrap();
                assert!(at > 10, "a save has more operations");
                break;
            }
        }
        assert_eq!(seen, [true, true], "an error before the point of commit, and one after it");
    }
}

#[test]
fn the_best_weights_belong_to_the_run_whatever_operation_fails() {
    for fault in [Fault::Once, Fault::FromThenOn] {
        for at in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("run");
            let mut run = begin(&path);
            save_of(&mut run, &chosen(1, 1)).unwrap();
            let done = Arc::new(AtomicUsize::new(0));
            run.disk = Arc::new(Faulty { fault, at, done: done.clone() });
            let result = save_of(&mut run, &chosen(2, 2));
            let case = format!("{fault:?} at {at}: {result:?}");
            let steps = stored(&path);
            assert_eq!(stored_best(&path), steps, "{case}");
            assert!(result.is_err() || steps == 2, "{case}");
            run.disk = Arc::new(FileSystem);
            for (steps, best) in [(3, 3), (4, 3), (5, 3)] {
                save_of(&mut run, &chosen(steps, best)).unwrap();
                assert_eq!((stored(&path), stored_best(&path)), (steps, 3), "{case}");
            }
            let all = [".lock", "checkpoint-4", "checkpoint-5", "checkpoint-best-3", FEATURES, INFO, SPEC];
            assert_eq!(names(&path), all, "{case}");
            drop(run);
            // Another process keeps the same, and a choice without a further step is saved too.
            let (mut run, _) = RunWriter::open(&path, &spec_info()).unwrap();
            assert_eq!(names(&path), all, "{case}");
            save_of(&mut run, &chosen(5, 5)).unwrap();
            assert_eq!((stored(&path), stored_best(&path)), (5, 5), "{case}");
            if done.load(Ordering::Relaxed) <= at {
                result.unwrap();
                break;
            }
        }
    }
}

#[test]
fn another_process_goes_on_from_whatever_operation_a_save_was_killed_at() {
    for at in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut run = begin(&path);
        save(&mut run, 1).unwrap();
        run.disk = Arc::new(Faulty { fault: Fault::FromThenOn, at, done: Arc::default() });
        let _ = save(&mut run, 2);
        drop(run);
        let before = stored(&path);
        let (mut run, info) = RunWriter::open(&path, &spec_info()).unwrap();
        assert_eq!((info.steps, stored(&path)), (before, before));
        let checkpoint = format!("checkpoint-{before}");
        assert_eq!(names(&path), [".lock", &checkpoint, FEATURES, INFO, SPEC], "killed at {at}");
        save(&mut run, 2).unwrap();
        assert_eq!(stored(&path), 2);
    }
}

/// A disk that waits for a lock before it syncs a file.
#[derive(Debug)]
struct Waiting(Arc<Mutex<()>>);

struct WaitingFile(Box<dyn Synced>, Arc<Mutex<()>>);

impl Disk for Waiting {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        FileSystem.make_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn Synced>> {
        Ok(Box::new(WaitingFile(FileSystem.create(path)?, self.0.clone())))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        FileSystem.rename(from, to)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        FileSystem.sync_folder(path)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        FileSystem.remove(path)
    }
}

impl Write for WaitingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Synced for WaitingFile {
    fn sync(&self) -> io::Result<()> {
        let _free = self.1.lock();
        self.0.sync()
    }
}

/// Training goes on while the disk takes its time, and the values are those of the moment of the save.
#[test]
fn a_save_waits_for_the_disk_on_its_own_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    save(&mut run, 1).unwrap();
    let busy = Arc::new(Mutex::new(()));
    run.disk = Arc::new(Waiting(busy.clone()));
    let held = busy.lock().unwrap();
    let (mut weights, optimizer) = tensors(2);
    run.begin_store(&weights, &optimizer, &info(2)).unwrap();
    weights[0] = NamedTensor::new("weights", [3], vec![9.0; 3]);
    assert_eq!((stored(&path), run.saved()), (1, Some(1)));
    drop(held);
    run.end_save().unwrap();
    assert_eq!((stored(&path), run.saved()), (2, Some(2)));
    // One that is begun when the writer ends is stored too.
    let (weights, optimizer) = tensors(3);
    run.begin_store(&weights, &optimizer, &info(3)).unwrap();
    drop(run);
    assert_eq!(stored(&path), 3);
}

#[test]
fn an_error_of_the_thread_is_that_of_the_next_save() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    save(&mut run, 1).unwrap();
    // Every operation of the thread: those before it make the folder, and create and write two files.
    for at in 5..10 {
        run.disk = Arc::new(Faulty { fault: Fault::Once, at, done: Arc::default() });
        let (weights, optimizer) = tensors(2);
        run.begin_store(&weights, &optimizer, &info(2)).unwrap();
        let error = run.begin_store(&weights, &optimizer, &info(2)).unwrap_err().to_string();
        assert!(error.contains("the disk is full"), "{at}: {error}");
        assert_eq!((stored(&path), run.saved()), (1, Some(1)), "{at}");
    }
    run.disk = Arc::new(FileSystem);
    save(&mut run, 2).unwrap();
    assert_eq!(stored(&path), 2);
}

#[test]
fn what_is_not_finite_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    save(&mut run, 1).unwrap();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (weights, optimizer) = tensors(2);
        let bad = vec![NamedTensor::new("deep.bias", [2], vec![0.0, value])];
        for (weights, optimizer) in [(&bad, &optimizer), (&weights, &bad)] {
            let message = format!("{:?}", run.begin_store(weights, optimizer, &info(2)).unwrap_err());
            for part in ["`deep.bias`", &value.to_string(), "step 2", "after step 1", "lower learning rate"] {
                assert!(message.contains(part), "{part}: {message}");
            }
            assert_eq!(stored(&path), 1);
        }
    }
}

#[test]
fn a_run_is_written_by_one_process_at_a_time_and_read_by_any() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    let refused = |error: Option<RunError>| {
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("is writing to this folder"), "{message}");
    };
    refused(NewRun::choose(&spec_info(), Some(&path)).err());
    save(&mut run, 1).unwrap();
    refused(RunWriter::open(&path, &spec_info()).err());
    assert_eq!(stored(&path), 1);
    drop(run);
    let taken = NewRun::choose(&spec_info(), Some(&path)).err().unwrap().to_string();
    assert!(taken.contains("already contains a run"), "{taken}");
    RunWriter::open(&path, &spec_info()).unwrap();
}

/// Reads all files that a run is made of.
fn read(path: &Path) -> Result<(), RunError> {
    let (folder, info) = RunFolder::open(path, &spec_info())?;
    folder.verified(FEATURES)?;
    [WEIGHTS, OPTIMIZER]
        .into_iter()
        .try_for_each(|name| folder.state(&info.checkpoint(), name, &info.stamp(info.steps)).map(drop))
}

/// Every bit of every file that a run is made of.
#[test]
fn a_flipped_bit_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    save(&mut run, 1).unwrap();
    for name in
        [SPEC, INFO, FEATURES, "checkpoint-1/weights.safetensors", "checkpoint-1/optimizer.safetensors"]
    {
        let file = path.join(name);
        let bytes = std::fs::read(&file).unwrap();
        for (at, bit) in (0..bytes.len()).flat_map(|at| [0, 5].map(|bit| (at, bit))) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            std::fs::write(&file, flipped).unwrap();
            let message = read(&path).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(!message.is_empty(), "{name}: bit {bit} of byte {at}");
        }
        std::fs::write(&file, bytes).unwrap();
    }
    read(&path).unwrap();
    // Files of a save before are whole as well, and are not those that belong to this one.
    let before = std::fs::read(path.join("checkpoint-1/weights.safetensors")).unwrap();
    save(&mut run, 2).unwrap();
    std::fs::write(path.join("checkpoint-2/weights.safetensors"), before).unwrap();
    let (folder, info) = RunFolder::open(&path, &spec_info()).unwrap();
    let message = format!(
        "{:?}",
        Error::from(folder.state(&info.checkpoint(), WEIGHTS, &info.stamp(info.steps)).unwrap_err())
    );
    assert!(message.contains("`f00d 1`") && message.contains("help: restore the file"), "{message}");
}

#[test]
fn runs_without_checksums_are_read_and_get_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    save(&mut run, 1).unwrap();
    drop(run);
    std::fs::write(path.join(INFO), serde_json::to_string_pretty(&info(1)).unwrap()).unwrap();
    assert_eq!(stored(&path), 1);
    let (mut run, _) = RunWriter::open(&path, &spec_info()).unwrap();
    save(&mut run, 2).unwrap();
    assert_eq!(stored(&path), 2);
    assert_eq!(RunFolder::open(&path, &spec_info()).unwrap().0.checksums.len(), 4);
}

/// Opening a pipe waits for the other end.
#[cfg(unix)]
#[test]
fn pipes_and_links_in_a_run_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run = begin(&path);
    save(&mut run, 1).unwrap();
    let files = [SPEC, FEATURES, "checkpoint-1/weights.safetensors", "checkpoint-1/optimizer.safetensors"];
    for name in files {
        let (file, aside) = (path.join(name), folder.path().join("aside"));
        std::fs::rename(&file, &aside).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("a named pipe is there"), "{message}");
        std::fs::rename(&aside, &file).unwrap();
    }
    read(&path).unwrap();
    assert_eq!(run.exports().unwrap(), path.join("export"));
    std::os::unix::fs::symlink(folder.path(), path.join("export")).unwrap();
    let message = format!("{:?}", Error::from(run.exports().unwrap_err()));
    assert!(
        message.contains("export is a link") && message.contains("another folder for the vectors"),
        "{message}"
    );
}
