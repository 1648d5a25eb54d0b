//! Standard input as a source: the same bits as from the file, and nothing left of the copy.

#![cfg(unix)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;
use turret_tests::clicks::{HEADER, rows, weights};
use turret_tests::{Outcome, outcome, root, turret};

/// Data in `data/`, a spec of the file and one of standard input, and a folder for temporary files.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "empty", "temporary"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("data/clicks.csv"), text()).unwrap();
        let spec = fs::read_to_string(root().join("tests/clicks.dm")).unwrap();
        let input = spec.replace("csv(\"clicks.csv\")", "csv(\"-\")");
        assert_ne!(spec, input);
        fs::write(folder.path().join("file.dm"), spec).unwrap();
        fs::write(folder.path().join("input.dm"), input).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = turret();
        command.args(line).current_dir(self.0.path()).env("TMPDIR", self.path("temporary"));
        command
    }

    /// Runs a command with these bytes in a pipe.
    fn piped(&self, line: &[&str], bytes: Vec<u8>) -> Outcome {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let writer = write(&mut child, bytes);
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome {
            status: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    fn temporary_files(&self) -> usize {
        fs::read_dir(self.path("temporary")).unwrap().count()
    }
}

/// Writes to a child while it reads. The child may end before.
fn write(child: &mut Child, bytes: Vec<u8>) -> thread::JoinHandle<()> {
    let mut pipe = child.stdin.take().unwrap();
    thread::spawn(move || drop(pipe.write_all(&bytes)))
}

fn text() -> String {
    format!("{HEADER}{}", rows())
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn done(outcome: &Outcome) -> &Outcome {
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    outcome
}

#[test]
fn a_run_from_standard_input_has_the_bits_of_one_from_the_file() {
    let project = Project::new();
    let train = |spec, data, run| ["train", spec, "--data", data, "--out", run, "--threads", "2"];
    done(&outcome(&mut project.command(&train("file.dm", "data", "file"))));
    done(&project.piped(&train("input.dm", "empty", "pipe"), text().into_bytes()));
    done(&project.piped(&train("input.dm", "empty", "packed"), gzip(&text())));
    let file = || File::open(project.path("data/clicks.csv")).unwrap();
    done(&outcome(project.command(&train("input.dm", "empty", "redirected")).stdin(file())));
    for run in ["pipe", "packed", "redirected"] {
        assert!(weights(&project.path(run)) == weights(&project.path("file")), "{run}");
    }

    // A run does not keep its data. It compares those that it is given again.
    let resume = ["train", "--resume", "pipe", "--epochs", "4"];
    done(&project.piped(&resume, text().into_bytes()));
    let other = project.piped(&["train", "--resume", "packed", "--epochs", "4"], text().into_bytes());
    assert_eq!(other.status, 1);
    assert!(other.stderr.contains("standard input: other content"), "{}", other.stderr);
    let fewer = text().lines().take(500).map(|line| format!("{line}\n")).collect::<String>();
    let evaluated = project.piped(&["eval", "pipe"], fewer.into_bytes());
    assert!(done(&evaluated).stderr.contains("standard input: 101 rows fewer"), "{}", evaluated.stderr);
    let exported = project.piped(&["export", "pipe", "--tower", "reader"], text().into_bytes());
    assert!(!done(&exported).stderr.contains("note: the data differ"), "{}", exported.stderr);
    let nothing = outcome(&mut project.command(&["eval", "pipe"]));
    assert_eq!(nothing.status, 1);
    assert!(nothing.stderr.contains("standard input holds no rows"), "{}", nothing.stderr);

    let record = r#"{"user": "u1", "item": "i1", "price": 2.5}"#;
    let [plain, named] = [&["predict", "pipe"][..], &["predict", "pipe", "--input", "-"]]
        .map(|line| project.piped(line, record.into()));
    assert_eq!(done(&plain).stdout, done(&named).stdout);
    assert!(plain.stdout.contains("probability"));
    let csv =
        project.piped(&["predict", "pipe", "--format", "csv"], b"user,item,price\nu1,i1,2.5\n".to_vec());
    assert_eq!(done(&csv).stdout, plain.stdout);
    assert_eq!(project.temporary_files(), 0);
}

#[test]
fn data_in_a_pipe_are_checked() {
    let project = Project::new();
    let check = ["check", "input.dm", "--data", "empty"];
    let [piped, file] = [
        project.piped(&check, text().into_bytes()),
        outcome(&mut project.command(&["check", "file.dm", "--data", "data"])),
    ];
    assert_eq!(done(&piped).stdout.replace("input.dm", "file.dm"), done(&file).stdout);
    for (bytes, place, expected) in [
        (format!("{}u1,i1,cheap,1\n", text()).into_bytes(), "standard input:602", "cheap"),
        (gzip(&text())[..300].to_vec(), "standard input", "cannot read"),
        (b"PK\x03\x04".to_vec(), "standard input", "a zip archive"),
        (text().replace("price", "cost").into_bytes(), "input.dm:", "`price`"),
    ] {
        let refused = project.piped(&check, bytes);
        assert_eq!(refused.status, 1, "{}", refused.stderr);
        assert!(
            refused.stderr.contains(place) && refused.stderr.contains(expected),
            "{place}, {expected}\n{}",
            refused.stderr
        );
    }
    assert_eq!(project.temporary_files(), 0);
}

#[test]
fn what_has_no_rows_and_what_cannot_be_copied_is_named() {
    let project = Project::new();
    let check = ["check", "input.dm", "--data", "empty"];
    let mut command = project.command(&check);
    command.env("TMPDIR", "nowhere").stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let writer = write(&mut child, text().into_bytes());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let message = "source `clicks`: cannot copy standard input to a temporary file in nowhere: ";
    assert!(stderr.contains(message) && stderr.contains("TMPDIR"), "{stderr}");
    // The controlling side of a terminal.
    if let Ok(terminal) = File::options().read(true).write(true).open("/dev/ptmx") {
        let refused = outcome(project.command(&check).stdin(terminal));
        assert_eq!(refused.status, 1, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("source `clicks`: standard input is a terminal"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("cat FILE |"), "{}", refused.stderr);
    }
}

/// The copy has no name that a killed process could leave.
#[test]
fn a_killed_run_leaves_no_copy() {
    let project = Project::new();
    let train = ["train", "input.dm", "--data", "empty", "--out", "run", "--epochs", "1000000"];
    let mut command = project.command(&train);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let writer = write(&mut child, text().into_bytes());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("epoch 2/")), "it trains");
    writer.join().unwrap();
    let kill = |folder: &Path, child: &mut Child| {
        child.kill().unwrap();
        child.wait().unwrap();
        fs::read_dir(folder).unwrap().count()
    };
    assert_eq!(kill(&project.path("temporary"), &mut child), 0);
}
