//! The built command as users run it: exit statuses, output streams, and files on disk.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret_tests::{Outcome, outcome, root, turret};

fn run(folder: &Path, line: &[&str]) -> Outcome {
    outcome(turret().args(line).current_dir(folder))
}

/// Runs a command that must succeed. Returns standard output.
fn done(folder: &Path, line: &[&str]) -> String {
    let Outcome { status, stdout, stderr } = run(folder, line);
    assert_eq!(status, 0, "{line:?}\n{stderr}");
    stdout
}

/// In its checkout, the command links programs to its own build of the runtime; elsewhere it uses its
/// embedded sources.
#[test]
fn programs_are_compiled_in_a_checkout_and_without_one() {
    let folder = project();
    let folder = folder.path();
    let in_checkout = turret();
    let cache = folder.join("cache");
    let installed = folder.join(format!("installed{}", std::env::consts::EXE_SUFFIX));
    fs::copy(in_checkout.get_program(), &installed).unwrap();
    let build = |command: &mut Command, program: &str| {
        let built = outcome(command.args(["build", "m/m.dm", "-o", program]).current_dir(folder));
        assert_eq!(built.status, 0, "{}", built.stderr);
        outcome(Command::new(folder.join(program)).arg("--help"))
    };
    // Debug builds of the command are not optimized, so programs cannot share their runtime.
    let shares = !cfg!(debug_assertions);
    if shares {
        let mut command = turret();
        let here = build(command.env("TURRET_CACHE", &cache), "here");
        assert_eq!(here.status, 0, "{}", here.stderr);
        assert!(!cache.join("target").exists(), "nothing that programs share is compiled again");
    }
    let mut command = Command::new(&installed);
    let variables = in_checkout.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let elsewhere = build(command.envs(variables), "elsewhere");
    assert_eq!(elsewhere.status, 0, "{}", elsewhere.stderr);
}

/// Parses the JSON object at the end of standard output.
fn last_line(stdout: &str) -> Value {
    serde_json::from_str(stdout.lines().last().expect("there is output")).expect("the last line is JSON")
}

/// A folder with `m/m.dm` and ratings in `ratings/`.
fn project() -> TempDir {
    let folder = tempdir().unwrap();
    done(folder.path(), &["new", "m"]);
    done(folder.path(), &synth("ratings", "7"));
    folder
}

fn synth<'a>(out: &'a str, seed: &'a str) -> [&'a str; 11] {
    ["synth", "--out", out, "--seed", seed, "--users", "50", "--items", "60", "--rows", "1500"]
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_spec_is_trained_evaluated_exported_and_shown() {
    let folder = project();
    let folder = folder.path();
    let train = ["train", "m/m.dm", "--data", "ratings", "--epochs", "2", "--out", "run", "--json"];
    let trained = run(folder, &train);
    assert_eq!(trained.status, 0, "{}", trained.stderr);
    assert!(trained.stderr.contains("epoch 2/2") && !trained.stdout.contains("epoch 2/2"));
    let result = last_line(&trained.stdout);
    assert_eq!((&result["epochs"], &result["rows"]), (&2.into(), &300.into()));
    assert_eq!(result["run"], "run");
    for field in ["top_100_accuracy", "samples_per_s", "peak_rss_bytes", "seconds"] {
        assert!(result[field].as_f64().is_some_and(|value| value > 0.0), "{field}: {result}");
    }

    // The program is cached, so nothing is compiled. The spec is optional.
    for line in [&["eval", "run", "--json"][..], &["eval", "m/m.dm", "run", "--json"]] {
        let evaluated = run(folder, line);
        assert_eq!(evaluated.status, 0, "{}", evaluated.stderr);
        assert!(!evaluated.stderr.contains("compiling"), "{}", evaluated.stderr);
        assert_eq!(last_line(&evaluated.stdout)["top_100_accuracy"], result["top_100_accuracy"]);
    }
    // So are the encoded data.
    let again = |more: &[&str]| {
        let second = run(
            folder,
            &[&["train", "m/m.dm", "--data", "ratings", "--epochs", "2", "--json"], more].concat(),
        );
        assert_eq!(second.status, 0, "{}", second.stderr);
        assert_eq!(last_line(&second.stdout)["top_100_accuracy"], result["top_100_accuracy"]);
        second.stderr.contains("from the cache")
    };
    assert!(again(&["--out", "again"]) && !again(&["--out", "read", "--no-cache"]));
    let cleaned = run(folder, &["clean"]);
    assert!(cleaned.status == 0 && cleaned.stderr.contains(" total"), "{}", cleaned.stderr);
    assert!(!again(&["--out", "new"]));
    let files = done(folder, &["export", "run", "--tower", "candidate", "--out", "vectors"]);
    assert!(files.lines().count() > 0 && files.lines().all(|file| folder.join(file).is_file()), "{files}");
    let shown = last_line(&done(folder, &["inspect", "run", "--json"]));
    assert_eq!(shown["run"]["name"], "TwoTower");
    let further = last_line(&done(folder, &["train", "--resume", "run", "--epochs", "3", "--json"]));
    assert_eq!(further["epochs"], 3);

    let alone = run(folder, &["train", "m/m.dm", "--data", "ratings", "--batch", "1"]);
    assert_eq!(alone.status, 2, "{}", alone.stderr);
    assert!(
        alone
            .stderr
            .contains("`in_batch_softmax` learns from the other rows of a batch, and a batch of 1 has none"),
        "{}",
        alone.stderr
    );

    // Same program.
    assert_eq!(done(folder, &["build", "m/m.dm", "-o", "program"]), "program\n");
    let alone = outcome(Command::new(folder.join("program")).args(["eval", "run"]).current_dir(folder));
    assert_eq!(alone.status, 0, "{}", alone.stderr);
    let mut left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["again", "m", "new", "program", "ratings", "read", "run", "vectors"]);
}

#[test]
fn training_stays_within_a_budget() {
    let folder = project();
    let folder = folder.path();
    let spec = read(folder.join("m/m.dm"));
    let objective = "in_batch_softmax(query, candidate, temperature = 1, reduction = sum)";
    assert!(spec.contains(objective));
    fs::write(
        folder.join("all.dm"),
        spec.replace(objective, "full_softmax(query, candidate, temperature = 1)"),
    )
    .unwrap();
    let arguments = ["--data", "ratings", "--epochs", "1", "--threads", "1", "--out", "run"];
    let train =
        |budget: &str| run(folder, &[&["train", "all.dm", "--budget", budget], &arguments[..]].concat());

    // The data determine the number of rows of the tables, and of candidates.
    let refused = train("1MiB");
    assert_eq!((refused.status, refused.stdout.as_str()), (1, ""), "{}", refused.stderr);
    let first = "training with batches of 2048 and 60 sampled candidates takes ";
    assert!(refused.stderr.contains(first), "{}", refused.stderr);
    let help = refused.stderr.lines().last().unwrap();
    let fitting = help.strip_prefix("  help: batches of ").or_else(|| help.strip_prefix("help: batches of "));
    let fitting = fitting.and_then(|rest| rest.split(' ').next()).expect(help);
    assert!(!folder.join("run").join("run.json").exists(), "nothing is trained");

    let done =
        run(folder, &[&["train", "all.dm", "--budget", "1MiB", "--batch", fitting], &arguments[..]].concat());
    assert_eq!(done.status, 0, "{}", done.stderr);

    // A run knows the sizes of its data.
    let same = ["explain", "run", "--budget", "1MiB", "--threads", "1"];
    let explained = run(folder, &same);
    assert_eq!(explained.status, 1);
    assert!(explained.stderr.contains(first), "{}", explained.stderr);
    assert!(explained.stdout.contains("61 candidates") && !explained.stdout.contains("not counted"));
    assert_eq!(run(folder, &[&same[..], &["--batch", fitting]].concat()).status, 0);
}

#[test]
fn wrong_usage_is_found_before_compiling() {
    let folder = project();
    for line in [
        &["train", "m/m.dm", "--data", "ratings", "--epohcs", "3"][..],
        &["train", "m/m.dm", "--data", "ratings", "--epochs", "many"],
        &["train", "m/m.dm", "--data", "ratings", "--set", "layers"],
        &["train", "m/m.dm"],
        &["eval"],
        &["check"],
        &["compile", "m/m.dm"],
    ] {
        let Outcome { status, stdout, stderr } = run(folder.path(), line);
        assert_eq!((status, stdout.as_str()), (2, ""), "{line:?}");
        assert!(stderr.starts_with("error: ") && !stderr.contains("compiling"), "{line:?}\n{stderr}");
    }
}

#[test]
fn wrong_input_is_told_from_wrong_usage() {
    let folder = project();
    let name = |line: &[&str], what: &str| {
        let Outcome { status, stdout, stderr } = run(folder.path(), line);
        assert_eq!((status, stdout.as_str()), (1, ""), "{line:?}");
        assert!(stderr.contains(what) && !stderr.contains('\x1b'), "{line:?}\n{stderr}");
    };
    name(&["train", "none.dm", "--data", "ratings"], "cannot read `none.dm`");
    name(&["eval", "ratings"], "`ratings` is not the folder of a run");
    name(&["explain", "E9999"], "there is no error E9999");
    name(&["new", "m"], "`m` is not empty");
    name(&["expand", "m/m.dm", "--set", "layer=[32]"], "did you mean `layers`?");
    name(&["build", "m/m.dm", "--set", "embeddings=3", "-o", "program"], "embeddings");
}

#[test]
fn a_gpu_is_asked_for_by_name() {
    let folder = project();
    let mut command = turret();
    command.args(["build", "m/m.dm", "--cuda"]).current_dir(folder.path()).env("PATH", "");
    let Outcome { status, stderr, .. } = outcome(&mut command);
    assert_eq!(status, 1);
    assert!(stderr.contains("`--cuda` needs `nvcc`"), "{stderr}");
}

#[test]
fn specs_are_checked_formatted_and_explained() {
    let folder = project();
    let folder = folder.path();
    assert_eq!(done(folder, &["check", "m/m.dm"]), "m/m.dm: ok\n");
    assert_eq!(done(folder, &["check", "--json", "m/m.dm"]), "");
    assert_eq!(done(folder, &["fmt", "--check", "m/m.dm"]), "");
    assert!(done(folder, &["explain", "e0001"]).starts_with("## E0001\n"));
    let shapes = done(folder, &["explain", "m/m.dm", "--set", "layers=[48]"]);
    assert!(shapes.contains("hidden") && shapes.contains("48"), "{shapes}");

    let spec = read(folder.join("m/m.dm"));
    fs::write(folder.join("loose.dm"), spec.replace("    tower", "  tower")).unwrap();
    let listed = run(folder, &["fmt", "--check", "loose.dm", "m/m.dm"]);
    assert_eq!((listed.status, listed.stdout.as_str()), (1, "loose.dm\n"));
    done(folder, &["fmt", "loose.dm"]);
    assert_eq!(read(folder.join("loose.dm")), spec);

    fs::write(folder.join("wrong.dm"), spec.replace("relu", "rely")).unwrap();
    let wrong = run(folder, &["check", "--json", "wrong.dm", "m/m.dm"]);
    assert_eq!((wrong.status, wrong.stderr.as_str()), (1, ""));
    for line in wrong.stdout.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&object["code"], &object["file"]), (&"E0206".into(), &"wrong.dm".into()));
        assert!(object["line"].is_u64() && object["column"].is_u64());
    }
    let told = run(folder, &["check", "wrong.dm", "m/m.dm"]);
    assert_eq!((told.status, told.stdout.as_str()), (1, "m/m.dm: ok\n"));
    assert!(told.stderr.contains("wrong.dm:") && told.stderr.contains("did you mean `relu`?"));
}

#[test]
fn expanded_code_goes_to_a_file_or_a_pipe() {
    let spec = root().join("specs/two_tower.dm");
    let folder = tempdir().unwrap();
    let expand = ["expand", spec.to_str().unwrap()];
    let source = done(folder.path(), &expand);
    assert!(source.contains("pub fn main()"));
    assert_eq!(done(folder.path(), &["expand", expand[1], "-o", "model.rs"]), "");
    assert_eq!(read(folder.path().join("model.rs")), source);

    // A reader that closes the pipe early is not an error.
    let mut child = turret().args(expand).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]));
}

#[test]
fn made_up_data_depend_on_the_seed_alone() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let [first, again, other] = [("a", "3"), ("b", "3"), ("c", "4")].map(|(out, seed)| {
        let planted: Value = serde_json::from_str(&done(folder, &synth(out, seed))).unwrap();
        assert!(planted["metrics"].is_object());
        read(folder.join(out).join("u.data"))
    });
    assert_eq!(first.lines().count(), 1500);
    assert_eq!(first, again);
    assert_ne!(first, other);
}
