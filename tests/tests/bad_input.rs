//! Messages of a program for wrong input, and integrity of its files.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use turret_tests::clicks::{HEADER, checkpoint, clicks, rows, train, write_data};
use turret_tests::{Outcome, outcome, root, turret};

/// Files and their new contents.
type Replaced<'a> = &'a [(&'a Path, Vec<u8>)];

/// Messages of several cases, as one text for review.
#[derive(Default)]
struct Said(String);

impl Said {
    /// Adds a case: its name, exit status, and messages after those of progress. `folder` is shown as `DIR`.
    fn add(&mut self, case: &str, outcome: &Outcome, folder: &Path) {
        let is_word = |line: &&str| ["error", "warning", "stopped"].iter().any(|word| line.starts_with(word));
        let lines: Vec<&str> = outcome.stderr.lines().skip_while(|line| !is_word(line)).collect();
        let words = lines.join("\n").replace(&folder.display().to_string(), "DIR");
        self.0.push_str(&format!("# {case}\nexit {}\n{words}\n\n", outcome.status));
    }

    fn assert(&self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(root().join("tests/messages"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, self.0.trim_end()));
    }
}

#[test]
fn data() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    let with = |row: &str| Some(format!("{HEADER}{}{row}\n", rows()).into_bytes());
    let cases: [(&str, Option<Vec<u8>>); 19] = [
        ("no file", None),
        ("an empty file", Some(Vec::new())),
        ("a header and nothing else", Some(HEADER.into())),
        ("a header with a slip", Some(format!("user,items,price,click\n{}", rows()).into_bytes())),
        ("a column twice", Some(b"user,user,price,click\nu1,u1,1,0\n".to_vec())),
        ("a row of three columns", with("u1,i1,2.0")),
        ("a row of five columns", with("u1,i1,2.0,1,1")),
        ("text where a number is expected", with("u1,i1,cheap,1")),
        ("a number that is missing", with("u1,i1,nan,1")),
        ("a text for a missing number", with("u1,i1,NA,1")),
        ("a number that is not finite", with("u1,i1,-inf,1")),
        ("a label beyond 1", with("u1,i1,2.0,2")),
        ("no label", with("u1,i1,2.0,")),
        ("bytes that are not UTF-8", Some([HEADER.as_bytes(), b"u1,caf\xe9,2.0,1\n"].concat())),
        ("a quote that is not closed", with("u1,\"i1,2.0,1")),
        ("a quote that is not closed on the last line", with("u1,i1,2.0,\"1")),
        ("no header", Some(rows().into_bytes())),
        ("a file of gzip", Some(b"\x1f\x8b\x08\x00".to_vec())),
        ("JSON lines", Some(b"{\"user\": \"u1\", \"click\": 1}\n".to_vec())),
    ];
    let mut said = Said::default();
    fs::create_dir(&data).unwrap();
    for (case, bytes) in cases {
        if let Some(bytes) = bytes {
            fs::write(data.join("clicks.csv"), bytes).unwrap();
        }
        let outcome = train(&data, &run, &[]);
        said.add(case, &outcome, folder.path());
        assert_eq!(outcome.status, 1, "{case}: {}", outcome.stderr);
        assert!(!run.exists(), "{case}: a run was begun");
    }
    said.add("no folder", &train(&folder.path().join("nowhere"), &run, &[]), folder.path());
    said.assert("data");
}

#[test]
fn specs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clicks.dm");
    let spec = fs::read_to_string(root().join("tests/clicks.dm")).unwrap();
    let source = r#"csv("clicks.csv", encoding = latin9)"#;
    fs::write(&path, spec.replace(r#"csv("clicks.csv")"#, source)).unwrap();
    let outcome = outcome(turret().arg("check").arg(&path));
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    let mut said = Said::default();
    said.add("an unknown encoding", &outcome, folder.path());
    said.assert("specs");
}

#[test]
fn records() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
    let mut said = Said::default();
    let good = r#"{"user": "u1", "item": "i1", "price": 2}"#;
    for (case, name, text, answers) in [
        ("JSON that breaks off", "cut.jsonl", format!("{good}\n\n{{\"user\": \n{good}\n").into_bytes(), 3),
        ("a list", "list.jsonl", b"[1, 2]\n".to_vec(), 1),
        ("bytes that are not UTF-8", "latin.jsonl", b"{\"user\": \"caf\xe9\"}\n".to_vec(), 1),
        (
            "text where a number is expected",
            "text.jsonl",
            format!("{good}\n{}\n{good}\n", good.replace('2', "\"cheap\"")).into_bytes(),
            3,
        ),
        (
            "a field nobody reads, twice",
            "slip.jsonl",
            format!("{0}\n{0}\n", good.replace("user", "usr")).into_bytes(),
            2,
        ),
        ("a table without a column", "short.csv", b"user,itm\nu1,i1\n".to_vec(), 0),
        ("a row that is too short", "row.csv", b"user,item,price\nu1,i1,2\nu1,i1\nu1,i1,2\n".to_vec(), 3),
        ("records in a zip", "records.jsonl", b"PK\x03\x04....".to_vec(), 0),
        (
            "fields nobody reads, of many names",
            "names.jsonl",
            (0..1000)
                .map(|at| format!("{{\"user\": \"u1\", \"item\": \"i1\", \"price\": 2, \"x{at}\": 1}}\n"))
                .collect::<String>()
                .into_bytes(),
            1000,
        ),
        (
            "a number that is not finite",
            "inf.tsv",
            b"user\titem\tprice\nu1\ti1\t2\nu1\ti1\tinf\n".to_vec(),
            2,
        ),
        ("an empty table", "empty.csv", Vec::new(), 0),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let outcome = outcome(clicks().arg("predict").arg(&run).arg("--input").arg(&path));
        said.add(case, &outcome, folder.path());
        assert_eq!(outcome.stdout.lines().count(), answers, "{case}: {outcome:?}");
    }
    // A rejected record has an answer in its place.
    let answers = |name: &str, arguments: &[&str]| {
        let input = folder.path().join(name);
        outcome(clicks().arg("predict").arg(&run).arg("--input").arg(input).args(arguments)).stdout
    };
    let lines = answers("text.jsonl", &[]);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines[0], lines[1]), (lines[2], r#"{"error":"column `price`: `cheap` is not a number"}"#));
    let lines = answers("text.jsonl", &["--output-format", "csv"]);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!((lines[0], lines[1], lines[2]), ("probability,score", lines[3], ","));
    // Every representation of a value is the same value.
    let forms = [
        r#"{"user": "u1", "item": "i1", "price": 2}"#,
        r#"{"clicks.user": " u1", "user": "u2", "item": "i1 ", "price": "2.0"}"#,
        r#"{"price": 2.0, "item": "i1", "user": "u1"}"#,
    ];
    fs::write(folder.path().join("forms.jsonl"), forms.join("\n")).unwrap();
    let lines = answers("forms.jsonl", &[]);
    assert!(
        lines.lines().count() == 3 && lines.lines().all(|line| Some(line) == lines.lines().next()),
        "{lines}"
    );
    let missing = folder.path().join("missing.jsonl");
    said.add(
        "no file",
        &outcome(clicks().arg("predict").arg(&run).arg("--input").arg(missing)),
        folder.path(),
    );
    said.add(
        "no such tower",
        &outcome(clicks().arg("predict").arg(&run).args(["--tower", "ofer"])),
        folder.path(),
    );
    said.assert("records");
}

/// A program that waits for each answer gets it.
#[test]
fn a_record_is_answered_when_no_other_waits() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
    let mut command = clicks();
    command.arg("predict").arg(&run).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut asks = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (sender, answers) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || lines.for_each(|line| sender.send(line).unwrap()));
    let good = r#"{"user": "u1", "item": "i1", "price": 2}"#;
    for (asked, expected) in [
        (format!("{good}\n"), &["probability"][..]),
        ("{\"user\": \n".into(), &["error"]),
        (format!("{good}\n{{\"price\": \"x\"}}\n{good}\n"), &["probability", "error", "probability"]),
    ] {
        asks.write_all(asked.as_bytes()).unwrap();
        asks.flush().unwrap();
        for expected in expected {
            let answer = answers.recv_timeout(std::time::Duration::from_secs(60)).expect("an answer comes");
            assert!(answer.starts_with(&format!("{{\"{expected}\":")), "{answer}");
        }
    }
    drop(asks);
    reader.join().unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("2 of 5 records refused, the first: standard input:2"), "{stderr}");
}

#[test]
fn runs() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
    let eval = || outcome(clicks().arg("eval").arg(&run));
    let resume = || outcome(clicks().args(["train", "--epochs", "2", "--resume"]).arg(&run));
    assert_eq!(eval().status, 0);

    let info = fs::read_to_string(run.join("run.json")).unwrap();
    let fingerprint = serde_json::from_str::<serde_json::Value>(&info).unwrap()["fingerprint"].clone();
    let fingerprint = fingerprint.as_str().unwrap();
    let weights = checkpoint(&run).join("weights.safetensors");
    let stored = fs::read(&weights).unwrap();
    // A header that fits its file but declares a size beyond any memory.
    let sized = |length: u64, header: &str| [&length.to_le_bytes()[..], header.as_bytes()].concat();
    let huge = format!(
        r#"{{"item":{{"dtype":"F32","shape":[{0}],"data_offsets":[0,{1}]}}}}"#,
        1_u64 << 58,
        1_u64 << 60
    );
    let overflow =
        format!(r#"{{"item":{{"dtype":"F32","shape":[{0},{0}],"data_offsets":[0,0]}}}}"#, 1_u64 << 40);
    let other_fingerprint = info.replace(fingerprint, "0123456789abcdef").into_bytes();
    let spec = fs::read_to_string(run.join("spec.dm")).unwrap().replace("lr = 0.1", "lr = 0.2");
    let cases: [(&str, Replaced<'_>); 10] = [
        ("weights cut short", &[(&weights, stored[..stored.len() - 7].to_vec())]),
        ("weights cut short in the header", &[(&weights, stored[..20].to_vec())]),
        ("empty weights", &[(&weights, Vec::new())]),
        ("weights of another format", &[(&weights, b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}".to_vec())]),
        ("a header beyond the file", &[(&weights, sized(u64::MAX, "{"))]),
        ("values beyond the file", &[(&weights, sized(huge.len() as u64, &huge))]),
        ("a shape beyond all numbers", &[(&weights, sized(overflow.len() as u64, &overflow))]),
        (
            "another spec",
            &[(&run.join("run.json"), other_fingerprint), (&run.join("spec.dm"), spec.into_bytes())],
        ),
        ("run.json cut short", &[(&run.join("run.json"), info.as_bytes()[..40].to_vec())]),
        ("features of another model", &[(&run.join("features.json"), b"{\"user\": 3}".to_vec())]),
    ];
    let mut said = Said::default();
    let mut add = |case: &str, outcome: Outcome| {
        assert_eq!(outcome.status, 1, "{case}: {}", outcome.stderr);
        let stderr = outcome.stderr.replace(fingerprint, "FINGERPRINT");
        said.add(case, &Outcome { stderr, ..outcome }, folder.path());
    };
    for (case, files) in cases {
        let before: Vec<_> = files.iter().map(|(path, _)| fs::read(path).unwrap()).collect();
        files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        add(case, eval());
        files.iter().zip(before).for_each(|((path, _), bytes)| fs::write(path, bytes).unwrap());
    }
    let optimizer = weights.with_file_name("optimizer.safetensors");
    let kept = fs::read(&optimizer).unwrap();
    fs::remove_file(&optimizer).unwrap();
    add("the optimizer's state lost", resume());
    fs::write(&optimizer, kept).unwrap();
    add("no run", outcome(clicks().arg("eval").arg(&data)));
    add("a folder that holds a run", train(&data, &run, &[]));
    add("other data than it began with", {
        let fewer = folder.path().join("fewer");
        write_data(&fewer);
        let rows: String = rows().split_inclusive('\n').take(300).collect();
        fs::write(fewer.join("clicks.csv"), format!("{HEADER}{rows}")).unwrap();
        outcome(clicks().args(["train", "--epochs", "2", "--resume"]).arg(&run).arg("--data").arg(fewer))
    });
    said.assert("runs");
    assert_eq!(resume().status, 0);
}

#[test]
fn a_run_says_that_its_data_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    let write = |text: &str| fs::write(data.join("clicks.csv"), format!("{HEADER}{text}")).unwrap();
    write_data(&data);
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
    let eval = |notes: usize| {
        let evaluated = outcome(clicks().args(["eval", "--json"]).arg(&run));
        assert_eq!(evaluated.status, 0, "{}", evaluated.stderr);
        let line: serde_json::Value = serde_json::from_str(evaluated.stdout.lines().last().unwrap()).unwrap();
        let said: Vec<_> =
            line["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap().to_owned()).collect();
        assert_eq!(said.len(), notes, "{said:?}");
        (line["rows"].as_u64().unwrap(), said.join("\n"))
    };
    assert_eq!(eval(0).0, 120);

    // As many further rows, of other users; training rows do not become test rows.
    write(&format!("{}{}", rows(), rows().replace('u', "v")));
    let (tested, said) = eval(1);
    assert_eq!(tested, 240);
    assert_eq!(
        said,
        "the data differ from those of training: clicks.csv: 600 rows more, those before unchanged; rows that trained stay \
         out of the test"
    );
    let exported = outcome(clicks().args(["export", "--rows", "all"]).arg(&run));
    assert_eq!(exported.status, 0);
    assert!(exported.stderr.contains("note: the data differ"), "{}", exported.stderr);
    let resume = |more: &[&str]| {
        outcome(clicks().args(["train", "--epochs", "2"]).args(more).arg("--resume").arg(&run))
    };
    assert_eq!(resume(&[]).status, 1);

    write(&rows().replacen(",0\n", ",1\n", 1));
    let (_, said) = eval(1);
    assert!(said.contains("same length, other content; rows that trained may be among"), "{said}");
    let refused = resume(&[]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("clicks.csv: same length, other content"), "{}", refused.stderr);
    let allowed = resume(&["--allow-changed-data"]);
    assert_eq!(allowed.status, 0, "{}", allowed.stderr);
    assert!(allowed.stderr.contains("warning: the run continues with changed data"), "{}", allowed.stderr);

    // The data of both sessions trained the run.
    let (_, said) = eval(1);
    assert!(
        said.starts_with("up to step ") && said.contains("(epoch 1) the run was trained on other data"),
        "{said}"
    );
    assert!(said.contains("same length, other content; rows that trained may be among"), "{said}");
    write(&rows());
    let (_, said) = eval(1);
    assert!(said.starts_with("the data differ from those of training: clicks.csv: same length"), "{said}");
    write(&format!("{}{}", rows(), rows().replace('u', "v")));
    eval(2);
    let inspected = outcome(clicks().arg("inspect").arg(&run)).stdout;
    assert!(
        inspected.contains("learning rate 0.")
            && inspected.contains("data up to step")
            && inspected.matches("clicks.csv: source").count() == 2,
        "{inspected}"
    );
}

/// A limit on file sizes simulates a full disk: both fail in the middle of a write.
#[cfg(unix)]
#[test]
fn a_save_that_finds_no_room_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
    let before = fs::read(checkpoint(&run).join("weights.safetensors")).unwrap();
    let program = clicks().get_program().to_owned();
    let limited = |arguments: &[&str], run: &Path| {
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"trap "" XFSZ; ulimit -f 1; exec "$@""#, "sh"]).arg(&program).args(arguments);
        outcome(shell.arg(run).stdin(Stdio::null()))
    };
    let mut said = Said::default();
    let resumed = limited(&["train", "--epochs", "2", "--resume"], &run);
    said.add("going on with a run", &resumed, folder.path());
    let exported = limited(&["export", "--rows", "all"], &run);
    said.add("an export", &exported, folder.path());
    assert_eq!((resumed.status, exported.status), (1, 1));
    said.assert("no_room");
    assert_eq!(fs::read(checkpoint(&run).join("weights.safetensors")).unwrap(), before);
    let is_temporary = |path: &Path| path.extension().is_some_and(|extension| extension == "tmp");
    assert!(fs::read_dir(checkpoint(&run)).unwrap().all(|entry| !is_temporary(&entry.unwrap().path())));
    assert_eq!(outcome(clicks().args(["train", "--epochs", "2", "--resume"]).arg(&run)).status, 0);
}
