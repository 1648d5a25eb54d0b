//! A small program, built from `clicks.dm` once per process, and its data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::{Outcome, outcome, root, target, turret};

/// A call of the program.
pub fn clicks() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(BUILT.get_or_init(build));
    command.stdin(Stdio::null());
    command
}

fn build() -> PathBuf {
    let program = target().join("clicks");
    let built = outcome(turret().args(["build"]).arg(root().join("tests/clicks.dm")).arg("-o").arg(&program));
    assert_eq!(built.status, 0, "{}", built.stderr);
    program
}

/// The header of `clicks.csv`.
pub const HEADER: &str = "user,item,price,click\n";

/// 600 rows. A third of the pairs of users and items are clicked.
pub fn rows() -> String {
    let row = |index: usize| {
        let (user, item) = (index * 7 % 13, index * 5 % 11);
        let (price, click) = ((index % 17) as f32 / 2.0, u8::from((user + item).is_multiple_of(3)));
        format!("u{user},i{item},{price},{click}\n")
    };
    (0..600).map(row).collect()
}

/// Writes the data to a new folder.
pub fn write_data(folder: &Path) {
    fs::create_dir_all(folder).expect("the folder of a test can be written");
    fs::write(folder.join("clicks.csv"), format!("{HEADER}{}", rows())).expect("and a file in it");
}

/// Trains a run on a folder of data, with further arguments.
pub fn train(data: &Path, run: &Path, arguments: &[&str]) -> Outcome {
    outcome(clicks().arg("train").arg("--data").arg(data).arg("--out").arg(run).args(arguments))
}

/// Returns the folder of a run's tensors.
pub fn checkpoint(run: &Path) -> PathBuf {
    let entries =
        fs::read_dir(run).expect("the run is a folder").map(|entry| entry.expect("of files").path());
    let is_checkpoint =
        |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().starts_with("checkpoint-");
    let mut checkpoints = entries.filter(is_checkpoint);
    let checkpoint = checkpoints.next().expect("a run has a checkpoint");
    assert_eq!(checkpoints.next(), None, "a run has one checkpoint");
    checkpoint
}

/// Returns the bytes of a run's weights, without the header, which names the spec.
pub fn weights(run: &Path) -> Vec<u8> {
    let file = fs::read(checkpoint(run).join("weights.safetensors")).expect("a checkpoint has weights");
    let (length, rest) = file.split_first_chunk().expect("the file begins with the length of its header");
    rest[usize::try_from(u64::from_le_bytes(*length)).expect("a header fits in memory")..].to_owned()
}
