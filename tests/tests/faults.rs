//! Programs that are stopped, that share a run, and that meet faulty files, names and memory: whole processes
//! on a small model.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use turret_tests::clicks::{HEADER, checkpoint, clicks, rows, train, write_data};
use turret_tests::{Outcome, outcome, turret};

fn kill(process: u32, signal: &str) {
    assert!(
        Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status().unwrap().success()
    );
}

/// A process that trains for a long time, after it printed a given line.
fn training(data: &Path, run: &Path, until: &str) -> (Child, impl Iterator<Item = String>) {
    let arguments = ["--epochs", "1000", "--eval-every", "10", "--threads", "2"];
    let mut command = clicks();
    command.arg("train").args(arguments).arg("--data").arg(data).arg("--out").arg(run);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with(until)));
    (child, lines)
}

fn tensors(run: &Path) -> [Vec<u8>; 2] {
    ["weights.safetensors", "optimizer.safetensors"].map(|file| fs::read(checkpoint(run).join(file)).unwrap())
}

#[test]
fn every_signal_saves_and_the_resumed_run_equals_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole) = (folder.path().join("data"), folder.path().join("whole"));
    write_data(&data);
    for (signal, name, status) in [("INT", "Ctrl-C", 130), ("TERM", "SIGTERM", 143), ("HUP", "SIGHUP", 129)] {
        let run = folder.path().join(signal);
        let (mut child, lines) = training(&data, &run, "epoch 20/1000");
        kill(child.id(), signal);
        let stderr = lines.skip_while(|line| line.starts_with("epoch")).collect::<Vec<_>>().join("\n");
        assert_eq!(child.wait().unwrap().code(), Some(status), "{stderr}");
        let expected = format!("stopping after this step; {name} again ends at once\n");
        assert!(stderr.starts_with(&expected), "{stderr}");
        assert!(stderr.contains(&format!("stopped: {name}; the run is saved in")), "{stderr}");
        assert!(stderr.contains("--resume"), "{stderr}");
    }
    let halves = folder.path().join("TERM");
    // The number of threads is the original one.
    let resumed = outcome(clicks().args(["train", "--resume"]).arg(&halves));
    assert_eq!(resumed.status, 0, "{}", resumed.stderr);
    assert!(!resumed.stderr.contains("warning"), "{}", resumed.stderr);
    assert_eq!(train(&data, &whole, &["--epochs", "1000", "--eval-every", "10", "--threads", "2"]).status, 0);
    assert!(tensors(&whole) == tensors(&halves));
}

#[test]
fn a_process_that_was_killed_can_be_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    let (mut child, _) = training(&data, &run, "epoch 20/1000");
    kill(child.id(), "KILL");
    child.wait().unwrap();
    // The lock ended with the process, and leftovers of another process are removed.
    fs::write(run.join(".run.json.tmp"), "cut").unwrap();
    let resumed = outcome(clicks().args(["train", "--epochs", "2", "--resume"]).arg(&run));
    assert_eq!(resumed.status, 0, "{}", resumed.stderr);
    assert!(!run.join(".run.json.tmp").exists());
}

/// `nohup` lets a program outlive its terminal.
#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" HUP; exec "$@""#, "sh"]).arg(clicks().get_program());
    shell.args(["train", "--epochs", "300"]).arg("--data").arg(&data).arg("--out").arg(&run);
    let mut child = shell.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("epoch 2/")));
    kill(child.id(), "HUP");
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The data are large enough that reading takes a while.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_while_data_are_read_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::File::create(folder.path().join("clicks.csv")).unwrap().set_len(1 << 30).unwrap();
    let mut command = clicks();
    command.arg("train").arg("--data").arg(folder.path()).arg("--out").arg(&run).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // Waits until it listens to signals.
    let listens = || {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        blocked
            .is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & (1 << 14) != 0))
    };
    while !listens() {
        std::thread::yield_now();
    }
    kill(child.id(), "TERM");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    // Another thread may print its kernels before or after.
    let stopped = "stopped: SIGTERM before training began; nothing was written";
    assert!(stderr.lines().any(|line| line == stopped), "{stderr}");
    assert!(!run.exists());
}

#[test]
fn one_process_at_a_time_writes_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    let (mut child, lines) = training(&data, &run, "epoch 2/1000");
    let holder = format!("process {} is writing to this folder", child.id());
    let resumed = outcome(clicks().args(["train", "--resume"]).arg(&run));
    assert_eq!(resumed.status, 1);
    assert!(resumed.stderr.contains(&holder), "{}", resumed.stderr);
    let second = train(&data, &run, &[]);
    assert_eq!(second.status, 1);
    assert!(second.stderr.contains("already contains a run"), "{}", second.stderr);
    // Readers need no lock, and see a complete run while it changes.
    for _ in 0..20 {
        let read = outcome(clicks().arg("inspect").arg(&run));
        assert_eq!(read.status, 0, "{}", read.stderr);
    }
    kill(child.id(), "INT");
    lines.for_each(drop);
    child.wait().unwrap();
    assert_eq!(outcome(clicks().arg("eval").arg(&run)).status, 0);
}

#[test]
fn two_processes_that_begin_one_run_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    let begin = |seed: &str| {
        let mut command = clicks();
        command
            .args(["train", "--epochs", "3", "--seed", seed])
            .arg("--data")
            .arg(&data)
            .arg("--out")
            .arg(&run);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children = ["1", "2"].map(begin);
    let mut codes = children.map(|mut child| child.wait().unwrap().code());
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(1)]);
    assert_eq!(outcome(clicks().arg("eval").arg(&run)).status, 0);
}

/// Characters of the output that a terminal would interpret.
fn raw(outcome: &Outcome) -> Vec<char> {
    let said = outcome.stderr.chars().chain(outcome.stdout.chars());
    said.filter(|&c| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)).collect()
}

#[test]
fn names_do_not_steer_the_terminal() {
    const HOSTILE: &str = "us\u{1b}]0;x\u{7}\u{9b}31m\u{202e}er";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join(HOSTILE);
    let (data, run) = (folder.join("data"), folder.join("run"));
    let record = format!("{}\n", serde_json::json!({HOSTILE: HOSTILE, "price": HOSTILE}));
    let outcomes = {
        let mut outcomes = Vec::new();
        let mut say = |outcome: Outcome| outcomes.push(outcome);
        fs::create_dir_all(&data).unwrap();
        say(train(&data, &run, &[]));
        fs::write(data.join("clicks.csv"), format!("user,item,price,click\nu,i,{HOSTILE},1\n")).unwrap();
        say(train(&data, &run, &[]));
        fs::write(data.join("clicks.csv"), format!("user,{HOSTILE},price,click\nu,i,1,1\n")).unwrap();
        say(train(&data, &run, &[]));
        fs::write(data.join("clicks.csv"), format!("{HEADER}{}", rows())).unwrap();
        say(train(&data, &run, &["--epochs", "1"]));
        say(train(&data, &run, &["--epochs", "1"]));
        say(outcome(clicks().arg("export").arg(&run)));
        say(outcome(clicks().arg("inspect").arg(&run)));
        for name in ["records.jsonl", "records.csv", "nothing"] {
            let path = folder.join(name);
            let text =
                if name.ends_with("csv") { format!("user,item,{HOSTILE}\na,b,c\n") } else { record.clone() };
            if name != "nothing" {
                fs::write(&path, text).unwrap();
            }
            say(outcome(clicks().arg("predict").arg(&run).arg("--input").arg(&path)));
        }
        let info = fs::read_to_string(run.join("run.json")).unwrap();
        fs::write(run.join("run.json"), info.replace("\"Clicks\"", &serde_json::json!(HOSTILE).to_string()))
            .unwrap();
        say(outcome(clicks().arg("inspect").arg(&run)));
        fs::write(run.join("run.json"), HOSTILE).unwrap();
        say(outcome(clicks().arg("inspect").arg(&run)));
        let spec = folder.join(format!("{HOSTILE}.dm"));
        fs::write(&spec, "model M {").unwrap();
        say(outcome(turret().arg("fmt").arg(&spec)));
        say(outcome(turret().arg("eval").arg(&folder)));
        say(outcome(turret().arg("eval").arg("--spec").arg(folder.join("no.dm")).arg(&run)));
        outcomes
    };
    for outcome in &outcomes {
        assert_eq!(raw(outcome), [], "{outcome:?}");
    }
    assert!(outcomes.iter().filter(|outcome| outcome.stderr.contains("\\u{1b}")).count() > 8);
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    fs::create_dir(&data).unwrap();
    fs::write(data.join("clicks.csv"), format!("{HEADER}{}", rows().repeat(10_000))).unwrap();
    let refused = |outcome: Outcome, reason: &str| {
        assert_eq!(outcome.status, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains("error: reading the data takes "), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains(reason) && outcome.stderr.contains("keys, times and splits of rows"),
            "{}",
            outcome.stderr
        );
        assert!(!run.exists());
    };
    refused(train(&data, &run, &["--budget", "30MiB"]), "more than the budget of 30.0 MiB");
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -v 200000; exec "$@""#, "sh"]).arg(clicks().get_program());
    shell.args(["train", "--threads", "1"]).arg("--data").arg(&data).arg("--out").arg(&run);
    refused(outcome(shell.stdin(Stdio::null())), "more than this process can allocate");
}

#[test]
fn data_are_files_of_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, real) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("real"));
    write_data(&real);
    fs::create_dir(&data).unwrap();
    let clicks = data.join("clicks.csv");
    let refused = |reason: &str| {
        let outcome = train(&data, &run, &[]);
        assert_eq!(outcome.status, 1, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains(reason) && outcome.stderr.contains("clicks.csv"),
            "{}",
            outcome.stderr
        );
        assert!(!run.exists());
        fs::remove_file(&clicks).unwrap();
    };
    std::os::unix::fs::symlink(real.join("clicks.csv"), &clicks).unwrap();
    refused("which is not in the data folder");
    std::os::unix::fs::symlink("/dev/zero", &clicks).unwrap();
    refused("is a link to /dev/zero");
    assert!(Command::new("mkfifo").arg(&clicks).status().unwrap().success());
    refused("is a named pipe");
    fs::remove_dir(&data).unwrap();
    std::os::unix::fs::symlink(&real, &data).unwrap();
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
}

#[test]
fn results_that_cannot_be_written_are_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    write_data(&data);
    assert_eq!(train(&data, &run, &["--epochs", "1"]).status, 0);
    let records = folder.path().join("records.jsonl");
    fs::write(&records, "{\"user\": \"u1\", \"item\": \"i1\", \"price\": 2}\n").unwrap();
    let spec = turret_tests::root().join("tests/clicks.dm");
    let calls = [
        clicks().arg("eval").arg(&run).stdout(full()).output(),
        clicks().arg("inspect").arg(&run).stdout(full()).output(),
        clicks().arg("predict").arg(&run).arg("--input").arg(&records).stdout(full()).output(),
        turret().arg("expand").arg(&spec).stdout(full()).output(),
    ];
    for output in calls.map(Result::unwrap) {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("standard output cannot be written: No space left"), "{stderr}");
    }
}

/// A device that is always full.
fn full() -> fs::File {
    fs::OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// JSON cannot contain such names: those of runs and exports are shown escaped, and such data folders are
/// rejected immediately.
#[test]
fn names_that_are_not_utf_8_end_no_run() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join(OsStr::from_bytes(b"run-\xff")));
    write_data(&data);
    let trained = train(&data, &run, &["--epochs", "1", "--json"]);
    assert_eq!(trained.status, 0, "{}", trained.stderr);
    for verb in ["eval", "export"] {
        let outcome = outcome(clicks().args([verb, "--json"]).arg(&run));
        assert_eq!(outcome.status, 0, "{verb}: {}", outcome.stderr);
    }
    let renamed = folder.path().join(OsStr::from_bytes(b"data-\xff"));
    fs::rename(&data, &renamed).unwrap();
    let refused = train(&renamed, &folder.path().join("other"), &["--epochs", "1"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("the name is not UTF-8"), "{}", refused.stderr);
}
