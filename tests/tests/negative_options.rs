//! Options of sampled negatives in the built command: what is printed and logged, the bits of a run, and users who took
//! everything.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret_tests::clicks::weights;
use turret_tests::{Outcome, outcome, root, turret};

/// Number of movies.
const MOVIES: usize = 10;

/// 20 users with six different movies each, the last of which is a test row. User `all` has nine movies in
/// training rows, and the tenth in its test row; with `again`, also in a training row.
fn data(again: bool) -> TempDir {
    let folder = tempdir().unwrap();
    let (mut views, movies) = (String::new(), (0..MOVIES).map(|movie| format!("m{movie}\n")));
    for user in 0..20 {
        (0..6).for_each(|time| writeln!(views, "u{user},m{},{time}", (user + time * 3) % MOVIES).unwrap());
    }
    let watched = (0..9).chain(again.then_some(9)).chain([9]);
    watched.enumerate().for_each(|(time, movie)| writeln!(views, "all,m{movie},{time}").unwrap());
    fs::write(folder.path().join("views.csv"), views).unwrap();
    fs::write(folder.path().join("movies.csv"), movies.collect::<String>()).unwrap();
    folder
}

fn train(folder: &Path, arguments: &[&str]) -> Outcome {
    let mut command = turret();
    command.arg("train").current_dir(folder);
    if !arguments.contains(&"--resume") {
        command.arg(root().join("tests/negatives/unseen.dm")).args(["--data", "."]);
    }
    outcome(command.args(arguments))
}

#[track_caller]
fn trained(folder: &Path, arguments: &[&str]) -> String {
    let Outcome { status, stderr, .. } = train(folder, arguments);
    assert_eq!(status, 0, "{stderr}");
    stderr
}

/// Share of rejected draws of each epoch.
fn rejected(run: &Path) -> Vec<f64> {
    let lines = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["rejected"].as_f64();
    lines.lines().filter_map(line).collect()
}

fn has_curve(run: &Path, tag: &str) -> bool {
    let mut files = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let events = files.find(|path| path.to_string_lossy().contains("tfevents")).unwrap();
    fs::read(events).unwrap().windows(tag.len()).any(|bytes| bytes == tag.as_bytes())
}

/// A test row is never looked at: for the user `all`, the item of its test row is the only negative.
#[test]
fn rejected_draws_are_reported_and_runs_have_the_same_bits() {
    let folder = data(false);
    let folder = folder.path();
    let said = trained(folder, &["--out", "one", "--threads", "1"]);
    let shares = rejected(&folder.join("one"));
    assert!(shares.len() == 3 && shares.iter().all(|share| (0.4..0.8).contains(share)), "{shares:?}");
    assert!(said.contains(&format!(", {:.1}% of draws rejected", 100.0 * shares[2])), "{said}");
    assert!(has_curve(&folder.join("one"), "train/rejected"));
    trained(folder, &["--out", "four", "--threads", "4"]);
    trained(folder, &["--out", "parts", "--epochs", "1"]);
    trained(folder, &["--resume", "parts", "--epochs", "3", "--threads", "3"]);
    for run in ["four", "parts"] {
        assert_eq!(weights(&folder.join(run)), weights(&folder.join("one")), "{run}");
        assert_eq!(rejected(&folder.join(run)), shares, "{run}");
    }
    let without = ["--set", "loss=bpr(dot(query, candidate), negatives = 3)"];
    let said = trained(folder, &[&without[..], &["--out", "without"]].concat());
    assert!(!said.contains("rejected") && rejected(&folder.join("without")).is_empty(), "{said}");
    assert!(!has_curve(&folder.join("without"), "train/rejected"));
}

#[test]
fn shared_negatives_are_left_out_by_user() {
    let folder = data(false);
    let folder = folder.path();
    for (run, loss) in [
        ("sampled", "sampled_softmax(query, candidate, negatives = 4, temperature = 1, exclude_seen)"),
        ("mixed", "in_batch_softmax(query, candidate, negatives = 4, temperature = 1, exclude_seen)"),
    ] {
        trained(folder, &["--set", &format!("loss={loss}"), "--out", run, "--threads", "1"]);
        let shares = rejected(&folder.join(run));
        assert!(shares.len() == 3 && shares.iter().all(|share| (0.4..0.8).contains(share)), "{shares:?}");
        let other = format!("{run}-3");
        trained(folder, &["--set", &format!("loss={loss}"), "--out", &other, "--threads", "3"]);
        assert_eq!(weights(&folder.join(run)), weights(&folder.join(other)));
    }
}

/// Weightings, a calibration and a selection change what is learned, and it is the same on any number of threads.
#[test]
fn pair_losses_have_options() {
    let folder = data(false);
    let folder = folder.path();
    let mut found = Vec::new();
    for (run, options) in [
        ("mean", "bce(dot(query, candidate), negatives = 4)"),
        ("mean-named", "bce(dot(query, candidate), negatives = 4, weighting = mean)"),
        ("sum", "bce(dot(query, candidate), negatives = 4, weighting = sum)"),
        ("uncalibrated", "bce(dot(query, candidate), negatives = 4, calibration = 0)"),
        ("calibrated", "bce(dot(query, candidate), negatives = 4, calibration = 0.75)"),
        ("hard-bce", "bce(dot(query, candidate), negatives = 4, weighting = sum, hardest = 2)"),
        ("hard-bpr", "bpr(dot(query, candidate), negatives = 4, hardest = 1, exclude_seen)"),
        ("hard-hinge", "hinge(-distance(query, candidate), negatives = 4, hardest = 2)"),
    ] {
        let loss = format!("loss={options}");
        trained(folder, &["--set", &loss, "--out", run, "--threads", "1"]);
        let other = format!("{run}-3");
        trained(folder, &["--set", &loss, "--out", &other, "--threads", "3"]);
        assert_eq!(weights(&folder.join(run)), weights(&folder.join(other)), "{run}");
        found.push(weights(&folder.join(run)));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[2], found[3], "without a calibration, gBCE is the sum");
    let distinct: std::collections::BTreeSet<&Vec<u8>> = found.iter().collect();
    assert_eq!(distinct.len(), 6);
}

#[test]
fn baselines_are_printed_below_the_figures_of_the_model() {
    let folder = data(false);
    let folder = folder.path();
    trained(folder, &["--out", "run"]);
    let eval = |arguments: &[&str]| {
        let Outcome { status, stdout, stderr } =
            outcome(turret().args(["eval", "run", "--json"]).args(arguments).current_dir(folder));
        assert_eq!(status, 0, "{stderr}");
        stdout
    };
    assert!(!eval(&[]).contains("baseline"));
    let printed = eval(&["--baselines"]);
    let result: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    for baseline in ["popularity", "cooccurrence"] {
        let figure = |name: &str| result["baselines"][baseline][name].as_f64().unwrap();
        let [value, low, high] = ["hit_rate_3", "hit_rate_3_low", "hit_rate_3_high"].map(figure);
        let shown = format!("baseline {baseline}\n  hit_rate_3       {value:.4} [{low:.4}, {high:.4}]\n");
        assert!(printed.contains(&shown), "{printed}");
    }
}

#[test]
fn a_user_who_took_everything_is_named() {
    let folder = data(true);
    let refused = train(folder.path(), &["--out", "run"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    let expected = "no candidate is left to sample for the user `all` (`user`): training rows have them all";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    assert!(refused.stderr.contains("leave these users out"), "{}", refused.stderr);
}
