//! Searches of the built command: what they choose by, that they go on after a stop, and that trials are runs.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use turret_tests::clicks::weights;
use turret_tests::{Outcome, outcome, root, turret};

/// A folder with `log.csv`. Items are clicked by a rule, and in the test rows by its opposite.
fn data() -> TempDir {
    let data = TempDir::new().unwrap();
    let mut log = String::from("time,item,click\n");
    for row in 0..600_u32 {
        let item = row.wrapping_mul(2_654_435_761) >> 16 & 15;
        let click = item.is_multiple_of(2) ^ (row >= 480);
        let _ = writeln!(log, "{row},{item},{}", u8::from(click));
    }
    fs::write(data.path().join("log.csv"), log).unwrap();
    data
}

/// A call of the command in a folder.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = turret();
    command.args(arguments).current_dir(folder);
    command
}

/// Programs of a package in the cache.
fn programs(package: &str) -> Vec<PathBuf> {
    let command = turret();
    let cache = command.get_envs().find(|(name, _)| *name == "TURRET_CACHE").and_then(|(_, value)| value);
    let entries = fs::read_dir(Path::new(cache.unwrap()).join("programs")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(package)).collect()
}

fn spec() -> String {
    fs::read_to_string(root().join("tests/search/clicks.dm")).unwrap()
}

/// Writes a spec with some text replaced.
fn write_spec(data: &TempDir, changes: &[(&str, &str)]) {
    let changed = changes.iter().fold(spec(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    fs::write(data.path().join("clicks.dm"), changed).unwrap();
}

fn search(data: &TempDir, arguments: &[&str]) -> Outcome {
    let fixed = ["search", "clicks.dm", "--data", ".", "--threads", "1"];
    outcome(&mut command(data.path(), &[&fixed, arguments].concat()))
}

fn done(outcome: &Outcome) -> &Outcome {
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    outcome
}

fn lines(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn record(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("search.json")).unwrap()).unwrap()
}

/// The record without times.
fn timeless(folder: &Path) -> Value {
    let mut record = record(folder);
    for result in record["results"].as_array_mut().unwrap() {
        result.as_object_mut().unwrap().remove("seconds").unwrap();
    }
    record
}

#[test]
fn a_grid_chooses_by_validation_rows_and_measures_test_rows_once() {
    let data = data();
    write_spec(&data, &[("Searched", "Counted")]);
    programs("turret--counted-").iter().for_each(|path| fs::remove_file(path).unwrap());
    let found = search(&data, &["-o", "out", "--json"]);
    let lines = lines(done(&found));
    let (result, trials) = lines.split_last().unwrap();
    assert_eq!(trials.len(), 4);
    for trial in trials {
        let (learns, value) =
            (trial["settings"]["train.optimizer.lr"] == "0.5", trial["value"].as_f64().unwrap());
        // The rule is learned, or not.
        assert!(if learns { value < 0.3 } else { (0.6..0.8).contains(&value) }, "{trial}");
        let (low, high) = (trial["interval"][0].as_f64().unwrap(), trial["interval"][1].as_f64().unwrap());
        assert!(low <= value && value <= high);
        assert!(trial["validate"].get("rows").unwrap() == 120);
    }
    let best =
        trials.iter().min_by(|a, b| a["value"].as_f64().unwrap().total_cmp(&b["value"].as_f64().unwrap()));
    assert_eq!(result["chosen"], best.unwrap()["trial"]);
    assert_eq!((&result["trials"], &result["failed"]), (&4.into(), &0.into()));
    // By test rows the others are better: their labels are the opposite.
    let of_test = result["test"]["logloss"].as_f64().unwrap();
    assert!(of_test > 1.0, "{of_test}");
    let out = data.path().join("out");
    assert_eq!(record(&out)["test"], result["test"]);

    // Two shapes are two programs.
    let compiled = found.stderr.matches("compiling Counted").count();
    assert_eq!((programs("turret--counted-").len(), compiled), (2, 2));
    // Later trials find encoded data, and no trial evaluates the test rows.
    for trial in 1..=4 {
        let log = fs::read_to_string(out.join(format!("trial-{trial}.log"))).unwrap();
        assert!(trial == 1 || log.contains("data unchanged"), "{log}");
        let metrics = fs::read_to_string(out.join(format!("trial-{trial}/metrics.jsonl"))).unwrap();
        assert!(metrics.contains("\"validate\"") && !metrics.contains("\"eval\""), "{metrics}");
    }
}

#[test]
fn the_run_of_a_trial_is_that_of_the_command_it_names() {
    let data = data();
    write_spec(&data, &[]);
    let found = search(&data, &["-o", "out", "--json", "--metric", "auc"]);
    let result = lines(done(&found)).pop().unwrap();
    let run = data.path().join(result["run"].as_str().unwrap());
    let again = result["again"].as_str().unwrap();
    let words: Vec<&str> = again.split(' ').skip(1).chain(["--out", "again", "--threads", "1"]).collect();
    done(&outcome(&mut command(data.path(), &words)));
    let trained = data.path().join("again");
    assert!(weights(&run) == weights(&trained), "{again}");
    let spec = |run: &Path| fs::read_to_string(run.join("spec.dm")).unwrap();
    assert_eq!(spec(&run), spec(&trained));

    // Other verbs take it as any run.
    let on = |part: &str| {
        let line = ["eval", run.to_str().unwrap(), "--on", part, "--json", "--threads", "1"];
        let evaluated = outcome(&mut command(data.path(), &line));
        serde_json::from_str::<Value>(done(&evaluated).stdout.lines().last().unwrap()).unwrap()
    };
    assert_eq!(on("validate")["auc"], result["validate"]["auc"]);
    assert_eq!(on("test")["auc"], result["test"]["auc"]);
}

#[test]
fn a_search_that_was_killed_goes_on_without_repeating_trials() {
    let data = data();
    write_spec(&data, &[]);
    let random = ["--by", "random", "--trials", "3", "--seed", "5"];
    done(&search(&data, &[&random[..], &["-o", "out"]].concat()));
    let out = data.path().join("out");
    let whole = timeless(&out);
    // The state after the second trial, and in the middle of the third.
    let mut cut = record(&out);
    cut["results"].as_array_mut().unwrap().truncate(2);
    (cut["chosen"], cut["test"]) = (Value::Null, Value::Null);
    fs::write(out.join("search.json"), cut.to_string()).unwrap();
    fs::remove_dir_all(out.join("trial-3")).unwrap();
    let first = fs::metadata(out.join("trial-1.log")).unwrap().modified().unwrap();
    let again =
        outcome(&mut command(data.path(), &["search", "--resume", "out", "--json", "--threads", "1"]));
    assert_eq!(lines(done(&again)).len(), 2, "{}", again.stdout);
    assert_eq!(timeless(&out), whole);
    let is_chosen = whole["chosen"] == 1;
    assert!(is_chosen || fs::metadata(out.join("trial-1.log")).unwrap().modified().unwrap() == first);
    // A finished search has the same result.
    done(&outcome(&mut command(data.path(), &["search", "--resume", "out"])));
    assert_eq!(timeless(&out), whole);
    // A trial on other data would not be comparable.
    fs::write(out.join("search.json"), cut.to_string()).unwrap();
    fs::remove_dir_all(out.join("trial-3")).unwrap();
    let log = fs::read_to_string(data.path().join("log.csv")).unwrap();
    fs::write(data.path().join("log.csv"), log.replace("\n0,", "\n0,1")).unwrap();
    let changed = outcome(&mut command(data.path(), &["search", "--resume", "out"]));
    assert!(changed.status == 1 && changed.stderr.contains("have changed since"), "{}", changed.stderr);
    let other = search(&data, &["-o", "out"]);
    assert!(other.status == 1 && other.stderr.contains("turret search --resume out"), "{}", other.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_a_search_and_it_goes_on_to_the_same_bits() {
    use std::os::unix::process::CommandExt;
    use std::time::Duration;

    let data = data();
    write_spec(&data, &[("epochs = 4", "epochs = 1500")]);
    let arguments =
        |out| ["search", "clicks.dm", "--data", ".", "--threads", "1", "--set", "width=2", "-o", out];
    done(&outcome(&mut command(data.path(), &arguments("whole"))));
    let (out, run) = (data.path().join("parts"), data.path().join("parts/trial-2/run.json"));
    let mut session = command(data.path(), &arguments("parts")).process_group(0).spawn().unwrap();
    while !run.exists() {
        assert!(session.try_wait().unwrap().is_none(), "the search ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
    // A terminal signals the whole group.
    let group = format!("-{}", session.id());
    assert!(Command::new("kill").args(["-s", "INT", "--", &group]).status().unwrap().success());
    assert_eq!(session.wait().unwrap().code(), Some(130));
    assert_eq!(record(&out)["results"].as_array().unwrap().len(), 1);
    let again = outcome(&mut command(data.path(), &["search", "--resume", "parts", "--threads", "1"]));
    done(&again);
    assert_eq!(timeless(&out), timeless(&data.path().join("whole")));
    let weights = |folder: &str| weights(&data.path().join(folder).join("trial-2"));
    assert!(weights("parts") == weights("whole"));
}

#[test]
fn halving_continues_the_best() {
    let data = data();
    write_spec(&data, &[]);
    let halving = ["--by", "halving", "--trials", "4", "--eta", "2", "-o", "out", "--json"];
    let found = search(&data, &halving);
    let lines = lines(done(&found));
    let (result, trials) = lines.split_last().unwrap();
    let rounds: Vec<(u64, u64)> = trials
        .iter()
        .map(|trial| (trial["round"].as_u64().unwrap(), trial["epochs"].as_u64().unwrap()))
        .collect();
    assert_eq!(rounds, [(1, 1), (1, 1), (1, 1), (1, 1), (2, 2), (2, 2), (3, 4)]);
    let of_round = |round: usize| trials.iter().filter(move |trial| trial["round"] == round);
    let mut first: Vec<&Value> = of_round(1).collect();
    first.sort_by(|a, b| a["value"].as_f64().unwrap().total_cmp(&b["value"].as_f64().unwrap()));
    let mut best: Vec<u64> = first[..2].iter().map(|trial| trial["trial"].as_u64().unwrap()).collect();
    best.sort_unstable();
    assert!(of_round(2).map(|trial| trial["trial"].as_u64().unwrap()).eq(best));
    assert_eq!(result["chosen"], of_round(3).next().unwrap()["trial"]);
    // A run in parts has the bits of a whole one.
    let again = result["again"].as_str().unwrap();
    let words: Vec<&str> = again.split(' ').skip(1).chain(["--out", "again", "--threads", "1"]).collect();
    done(&outcome(&mut command(data.path(), &words)));
    assert!(
        weights(&data.path().join(result["run"].as_str().unwrap())) == weights(&data.path().join("again"))
    );
}

#[test]
fn trials_that_fail_are_recorded() {
    let data = data();
    write_spec(&data, &[("search(0.000001, 0.5)", "search(5000, 0.5)")]);
    let found = search(&data, &["-o", "out", "--set", "width=2"]);
    done(&found);
    let record = record(&data.path().join("out"));
    assert!(record["results"][0]["error"].as_str().unwrap().starts_with("E0207: "), "{record}");
    assert_eq!(record["chosen"], 2);
    assert!(found.stdout.contains("2 trials, 1 of which failed"), "{}", found.stdout);
    assert!(found.stdout.contains("--set width=2 --set train.optimizer.lr=0.5"), "{}", found.stdout);

    let small = search(&data, &["-o", "small", "--set", "width=2", "--no-cache", "--memory", "1KiB"]);
    assert_eq!(small.status, 1);
    assert!(
        small.stderr.contains("error: no trial has a result; the first failed: E0207"),
        "{}",
        small.stderr
    );
}

#[test]
fn searches_that_cannot_choose_are_refused() {
    let data = data();
    let refused = |changes: &[(&str, &str)], arguments: &[&str], status: i32, said: &str| {
        write_spec(&data, changes);
        let found = search(&data, &[arguments, &["-o", "out"]].concat());
        assert_eq!(found.status, status, "{}", found.stderr);
        assert!(found.stderr.contains(said), "{}", found.stderr);
        assert!(!data.path().join("out").exists());
    };
    refused(&[("validate = 0.2, ", "")], &[], 1, "error[E0426]: a search needs a validation part");
    refused(&[("search(2, 4)", "2"), ("search(0.000001, 0.5)", "0.5")], &[], 1, "has nothing to search");
    refused(&[("metrics { logloss, auc }", "")], &[], 1, "measures nothing to choose by");
    refused(&[], &["--metric", "ndcg(10)"], 2, "choose by `logloss`, `auc`");
    refused(&[], &["--by", "grid", "--trials", "3"], 2, "the grid has 4 points");
    refused(
        &[("search(0.000001, 0.5)", "search(log(0.01, 0.5))")],
        &["--by", "grid"],
        2,
        "a grid needs choices",
    );
    refused(&[], &["--by", "halving", "--epochs", "2"], 2, "halving by 3 needs at least 3 trials and epochs");
    refused(
        &[("epochs = 4", "epochs = search(2, 4)")],
        &["--epochs", "3"],
        2,
        "the length of training is searched",
    );
    refused(&[("dim = width", "dim = with")], &[], 1, "error[E");
    let nowhere = outcome(&mut command(data.path(), &["search", "--resume", "nowhere"]));
    assert!(
        nowhere.status == 1 && nowhere.stderr.contains("is not the folder of a search"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn a_check_covers_the_values_and_other_verbs_need_one() {
    let data = data();
    write_spec(&data, &[]);
    let checked = outcome(&mut command(data.path(), &["check", "clicks.dm"]));
    assert_eq!(done(&checked).stdout, "clicks.dm: ok, 3 combinations of 2 searched values checked\n");
    write_spec(&data, &[("search(2, 4)", "search(2, 4, 0)")]);
    let wrong = outcome(&mut command(data.path(), &["check", "clicks.dm"]));
    assert!(wrong.status == 1 && wrong.stderr.contains("--set:1:7"), "{}", wrong.stderr);
    write_spec(&data, &[]);
    let trained = outcome(&mut command(data.path(), &["train", "clicks.dm", "--data", "."]));
    assert_eq!(
        (trained.status, trained.stderr.matches("error[E0119]").count()),
        (1, 2),
        "{}",
        trained.stderr
    );
}
