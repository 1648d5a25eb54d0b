//! Benchmarks of Python systems, measured by their own programs.

use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::process::run;
use crate::table::{begin, duration, megabytes, row};

/// TensorFlow Recommenders on MovieLens 100K. Its program returns the median of its epochs, without the
/// first.
pub(crate) fn training(python: &Path, peers: &Path, movielens: &Path, epochs: usize) -> Result<(), Failure> {
    let columns = ["run", "epoch", "samples/s", "start to first step", "evaluation", "peak memory"];
    begin("TensorFlow Recommenders", &columns);
    for pipeline in ["ids", "cached"] {
        for layers in ["32", "64,32"] {
            let mut command = Command::new(python);
            command.arg(peers.join("tfrs_retrieval.py")).args(["--pipeline", pipeline, "--layers", layers]);
            command.arg("--data").arg(movielens).arg("--split").arg(movielens.join("split"));
            let done = run(command.args(["--epochs", &epochs.to_string()]), "")?;
            let result = done.result()?;
            row(&[
                format!("{pipeline} [{layers}]"),
                duration(result.number("epoch_s")?),
                format!("{:.0}", result.number("samples_per_s")?),
                duration(result.number("startup_to_first_step_s")?),
                duration(result.number("eval_s")?),
                megabytes(result.number("peak_rss_mb")? * 1048576.0),
            ]);
        }
    }
    Ok(())
}
