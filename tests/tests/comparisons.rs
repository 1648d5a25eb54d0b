//! `turret eval --against`: runs of one program and of two are compared on the same rows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret_tests::{Outcome, outcome, root, turret};

const SPEC: &str = "tests/negatives/unseen.dm";
/// Another objective, and so another program.
const OTHER: [&str; 2] = ["--set", "loss=bpr(dot(query, candidate), negatives = 3)"];

/// A folder with a log of users, each of whom watches the movies of one of two kinds; the last view is a test row.
fn data(users: usize) -> TempDir {
    let folder = tempdir().unwrap();
    let mut views = String::new();
    for user in 0..users {
        let movies = (0..5).map(|time| user % 2 * 6 + (user / 2 + time) % 6);
        movies.enumerate().for_each(|(time, movie)| writeln!(views, "u{user},m{movie},{time}").unwrap());
    }
    fs::write(folder.path().join("views.csv"), views).unwrap();
    fs::write(
        folder.path().join("movies.csv"),
        (0..12).map(|movie| format!("m{movie}\n")).collect::<String>(),
    )
    .unwrap();
    folder
}

fn train(folder: &Path, arguments: &[&str]) {
    let mut command = turret();
    command.arg("train").arg(root().join(SPEC)).args(["--data", ".", "--threads", "1"]).args(arguments);
    let Outcome { status, stderr, .. } = outcome(command.current_dir(folder));
    assert_eq!(status, 0, "{stderr}");
}

fn eval(folder: &Path, arguments: &[&str]) -> Outcome {
    outcome(turret().arg("eval").args(arguments).current_dir(folder))
}

#[track_caller]
fn result(Outcome { status, stdout, stderr }: Outcome) -> Value {
    assert_eq!(status, 0, "{stderr}");
    serde_json::from_str(stdout.lines().last().unwrap()).unwrap()
}

#[test]
fn runs_of_one_spec_and_of_two_are_compared() {
    let folder = data(60);
    let folder = folder.path();
    train(folder, &["--out", "run", "--epochs", "8"]);
    train(folder, &["--out", "untrained", "--epochs", "1", "--lr", "1e-9"]);
    train(folder, &[&OTHER[..], &["--out", "other", "--epochs", "1"]].concat());
    for other in ["untrained", "other"] {
        let alone = result(eval(folder, &[other, "--json"]));
        let done = eval(folder, &["run", "--against", other, "--json"]);
        assert!(!done.stderr.contains("compiling"), "{}", done.stderr);
        let printed = done.stdout.clone();
        let both = result(done);
        assert_eq!(both["against"]["run"], other);
        let compared = &both["against"]["metrics"]["hit_rate_3"];
        let [run, alone] = [&both, &alone].map(|result| result["hit_rate_3"].as_f64().unwrap());
        let [value, difference, low, high, p] =
            ["value", "difference", "low", "high", "p"].map(|figure| compared[figure].as_f64().unwrap());
        assert!(value == alone && (difference - (run - alone)).abs() < 1e-12, "{both}");
        assert!(low <= difference && difference <= high && 0.0 < p && p <= 1.0, "{both}");
        let words = match compared["verdict"].as_str().unwrap() {
            "better" => "better",
            "worse" => "worse",
            _ => "no difference that the data show",
        };
        let shown = format!(
            "against {other}\n  hit_rate_3       {value:.4}, difference {difference:+.4} [{low:+.4}, {high:+.4}], p = {p:.3}: {words}\n"
        );
        assert!(printed.contains(&shown), "{printed}\n{shown}");
        if other == "untrained" {
            assert_eq!(words, "better", "{both}");
        }
        // The other way around it is the same difference.
        let back = result(eval(folder, &[other, "--against", "run", "--json"]));
        let back = &back["against"]["metrics"]["hit_rate_3"];
        assert_eq!((back["difference"].as_f64(), back["p"].as_f64()), (Some(-difference), Some(p)));
    }

    // Programs compare runs of their own spec, and those of a program that is named.
    for (program, run) in [("program", "run"), ("other_program", "other")] {
        let set: &[&str] = if run == "other" { &OTHER } else { &[] };
        let mut build = turret();
        build.arg("build").arg(root().join(SPEC)).args(set).args(["-o", program]);
        assert_eq!(outcome(build.current_dir(folder)).status, 0);
    }
    let program = |arguments: &[&str]| {
        outcome(Command::new(folder.join("program")).args(arguments).current_dir(folder))
    };
    let compared = |done| result(done)["against"].clone();
    assert_eq!(
        compared(program(&["eval", "run", "--against", "untrained", "--json"])),
        compared(eval(folder, &["run", "--against", "untrained", "--json"]))
    );
    let refused = program(&["eval", "run", "--against", "other"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("other is a run of another spec"), "{}", refused.stderr);
    assert!(refused.stderr.contains("help: name its program with `--program`"), "{}", refused.stderr);
    let named = program(&["eval", "run", "--against", "other", "--program", "./other_program", "--json"]);
    assert_eq!(compared(named), compared(eval(folder, &["run", "--against", "other", "--json"])));
    let wrong = program(&["eval", "run", "--against", "other", "--program", "./program"]);
    assert_eq!((wrong.status, wrong.stdout.as_str()), (1, ""), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("error: ./program did not evaluate the other run"), "{}", wrong.stderr);
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = data(60);
    let folder = folder.path();
    let fewer = data(50);
    train(folder, &["--out", "run"]);
    train(fewer.path(), &["--out", "run"]);
    let refused = |other: &str, expected: i32, named: &str| {
        let Outcome { status, stdout, stderr } = eval(folder, &["run", "--against", other]);
        assert_eq!((status, stdout.as_str()), (expected, ""), "{stderr}");
        assert!(stderr.contains(named), "{stderr}");
    };
    refused("views.csv", 1, "`views.csv` is not the folder of a run");
    refused("./run", 2, "the run is compared with itself");
    let other = fewer.path().join("run");
    refused(other.to_str().unwrap(), 1, "the run keeps 60 test rows, the other 50");
    // On the same data they are comparable.
    let done = eval(folder, &["run", "--against", other.to_str().unwrap(), "--data", "."]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(done.stderr.contains("the data differ from those of training"), "{}", done.stderr);
}
