//! A run knows the data that it was trained on.

use turret_runtime::data::RawTable;
use turret_runtime::evaluate::{EvaluateOptions, evaluate};
use turret_runtime::prelude::*;
use turret_runtime::run::RunWriter;
use turret_runtime::train::{Interrupt, ResumeOptions, resume, train};

use crate::logistic::{Logistic, data, go_on, message, options, spec};

#[test]
fn a_run_knows_its_data() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, run, file) = (Cpu::default(), folder.path().join("run"), folder.path().join("clicks.csv"));
    let stop = Interrupt::default();
    stop.ask();
    assert!(train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 4), &device, &stop).is_err());
    let text = std::fs::read_to_string(&file).unwrap();
    let flipped = text.replacen(",0\n", ",1\n", 1);
    let appended = format!("{text}3,1\n");
    for (changed, said) in [
        (&flipped, "clicks.csv: same length, other content"),
        (&appended, "clicks.csv: 1 row more, those before unchanged"),
        (&text[..text.len() - 4].to_owned(), "clicks.csv: 1 row fewer, and others may differ"),
    ] {
        std::fs::write(&file, changed).unwrap();
        let refused = message(go_on::<0>(&run, None));
        assert!(
            refused.contains(said) && refused.contains("allow the run to continue with changed data"),
            "{refused}"
        );
    }

    // What was there before goes on as it would have, and rows that are appended test or train without moving others.
    std::fs::write(&file, &text).unwrap();
    let before = RawTable::open(&Logistic::<0>::description().data, folder.path()).unwrap();
    std::fs::write(&file, &appended).unwrap();
    let after = RawTable::open(&Logistic::<0>::description().data, folder.path()).unwrap();
    assert!(after.train.starts_with(&before.train) && after.test.starts_with(&before.test));

    let (opened, info) = RunWriter::open(&run, &spec(0)).unwrap();
    assert_eq!((info.position.epochs, info.position.step), (0, 1));
    let allowed = ResumeOptions { threads: 1, allow_changed_data: true, ..ResumeOptions::default() };
    let resumed = resume::<Cpu, Logistic<0>>(opened, info, &allowed, &device, &Interrupt::default()).unwrap();
    assert_eq!(resumed.info.rows, after.train.len());
    // The step of the epoch that was cut short, and four epochs.
    assert_eq!(resumed.info.steps, 1 + 4 * 12);
    drop(resumed);
    // The data it went on with are its own now.
    assert_eq!(go_on::<0>(&run, Some(5)).unwrap().info.position.epochs, 5);

    // A run of a version that stored no files and no checksums is known by its rows.
    let path = run.join("run.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    stored
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !["files", "checksums", "checksum"].contains(&name.as_str()));
    std::fs::write(&path, stored.to_string()).unwrap();
    std::fs::write(&file, text.lines().take(401).map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
    let refused = message(go_on::<0>(&run, Some(6)));
    assert!(refused.contains("300 rows to train on instead of"), "{refused}");
    std::fs::write(&file, &appended).unwrap();
    assert!(go_on::<0>(&run, Some(6)).is_ok());
}

#[test]
fn a_run_keeps_the_keys_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (run, keys) = (folder.path().join("run"), folder.path().join("keys.txt"));
    std::fs::write(&keys, "1\n2\n").unwrap();
    let trained =
        train::<Cpu, Logistic<1>>(&options(folder.path(), &run, 1), &Cpu::default(), &Interrupt::default())
            .unwrap();
    let files = trained.info.files.clone().unwrap();
    // It holds the lock of the run.
    drop(trained);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, files[0].rows, files[1].bytes), (vec!["clicks.csv", "keys.txt"], Some(500), 4));
    // Said, and no reason to refuse: the keys are not read again.
    std::fs::write(&keys, "2\n1\n").unwrap();
    assert!(go_on::<1>(&run, Some(2)).is_ok());
    std::fs::remove_file(&keys).unwrap();
    assert!(go_on::<1>(&run, Some(3)).is_ok());
}

#[test]
fn test_rows_that_also_train_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let trained =
        train::<Cpu, Logistic<0>>(&options(folder.path(), &folder.path().join("run"), 1), &device, &go)
            .unwrap();
    let report = evaluate(&*trained.model, &trained.dataset, EvaluateOptions::default(), &go).unwrap();
    let note = &report.notes[0];
    assert!(
        note.starts_with("test rows that equal a training row in every value")
            && note.ends_with(": 125 of 125"),
        "{note}"
    );
}
