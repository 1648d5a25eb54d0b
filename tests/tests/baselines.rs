//! Baselines of `turret eval`: rankings without a model, by the protocol of the spec, on a log whose answers are counted by hand.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use tempfile::tempdir;
use turret_tests::{Outcome, outcome, root, turret};

/// Users 0 to 9 watch the movies 0 to 3, users 10 to 15 the movies 4 to 7, each the movie of its number last. So popular movies
/// are those of the first kind, and movies that have users in common are of one kind. No training row has movie 8.
fn log() -> (String, String) {
    let mut views = String::new();
    for user in 0..16usize {
        let (first, last) = if user < 10 { (0, user % 4) } else { (4, 4 + user % 4) };
        let others = (first..first + 4).filter(|&movie| movie != last);
        for (time, movie) in others.chain([last]).enumerate() {
            writeln!(views, "u{user},m{movie},{time}").unwrap();
        }
    }
    (views, (0..9).map(|movie| format!("m{movie}\n")).collect())
}

#[test]
fn baselines_are_measured_by_the_protocol_of_the_model() {
    let folder = tempdir().unwrap();
    let (views, movies) = log();
    fs::write(folder.path().join("views.csv"), views).unwrap();
    fs::write(folder.path().join("movies.csv"), movies).unwrap();
    let run = |line: &[&str]| {
        let Outcome { status, stdout, stderr } = outcome(turret().args(line).current_dir(folder.path()));
        assert_eq!(status, 0, "{stderr}");
        stdout
    };
    let spec = root().join("tests/negatives/unseen.dm");
    let spec = spec.to_str().unwrap();
    run(&[
        "train",
        spec,
        "--data",
        ".",
        "--out",
        "run",
        "--set",
        "loss=bpr(dot(query, candidate), negatives = 3)",
    ]);
    let plain = run(&["eval", "run", "--json"]);
    assert!(!plain.contains("baseline"), "{plain}");
    let printed = run(&["eval", "run", "--baselines", "--json"]);
    assert!(
        printed.contains("\nbaseline popularity\n") && printed.contains("\nbaseline cooccurrence\n"),
        "{printed}"
    );
    let result: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let figure = |baseline: &str, name: &str| result["baselines"][baseline][name].as_f64().unwrap();
    // Three of nine movies are seen. The only other of its kind comes first by co-occurrence for all; by popularity it
    // does for the ten users of the popular kind, and four popular movies come before it for the others.
    assert_eq!(figure("cooccurrence", "hit_rate_3"), 1.0);
    assert_eq!(figure("popularity", "hit_rate_3"), 10.0 / 16.0);
    let interval = ["hit_rate_3_low", "hit_rate_3_high"].map(|name| figure("popularity", name));
    assert!(interval[0] < 10.0 / 16.0 && interval[1] > 10.0 / 16.0, "{interval:?}");
    assert_eq!(
        result["hit_rate_3"],
        serde_json::from_str::<Value>(plain.lines().last().unwrap()).unwrap()["hit_rate_3"]
    );
}
