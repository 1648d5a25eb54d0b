//! Runs of processes, with their time and output.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Failure;

/// Time and output of a finished process.
pub(crate) struct Finished {
    /// Seconds from start to end.
    pub(crate) seconds: f64,
    /// Seconds from the start to the first line on standard error with the given prefix.
    pub(crate) seconds_to_line: Option<f64>,
    /// Standard output.
    stdout: String,
}

impl Finished {
    /// Returns the JSON object at the end of standard output.
    pub(crate) fn result(&self) -> Result<Fields, Failure> {
        Fields::parse(self.stdout.lines().last().unwrap_or_default())
    }
}

/// A JSON object that a process printed.
pub(crate) struct Fields(serde_json::Value);

impl Fields {
    /// Parses a JSON object.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        Ok(Self(serde_json::from_str(text)?))
    }

    /// Returns the objects of an array.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Fields>, Failure> {
        let objects = self.0[name].as_array().ok_or_else(|| format!("no list `{name}` in {}", self.0))?;
        Ok(objects.iter().cloned().map(Fields).collect())
    }

    /// Returns a text by name.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Failure> {
        Ok(self.0[name].as_str().ok_or_else(|| format!("no text `{name}` in {}", self.0))?)
    }

    /// Returns a number by name.
    pub(crate) fn number(&self, name: &str) -> Result<f64, Failure> {
        Ok(self.0[name].as_f64().ok_or_else(|| format!("no number `{name}` in {}", self.0))?)
    }
}

/// Runs a process to its end. Also returns the seconds until a file was there.
pub(crate) fn run_until(command: &mut Command, file: &Path) -> Result<(Finished, f64), Failure> {
    let start = Instant::now();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !file.exists() && !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            start.elapsed().as_secs_f64()
        });
        let finished = run(command, "");
        done.store(true, Ordering::Relaxed);
        let seconds = watch.join().map_err(|_| "the watch of a file panicked")?;
        Ok((finished?, seconds))
    })
}

/// Runs a process to its end; `line` is the prefix of the line of interest.
pub(crate) fn run(command: &mut Command, line: &str) -> Result<Finished, Failure> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let reader = std::thread::spawn(move || {
        let mut stdout = String::new();
        out.map_or(Ok(0), |mut out| out.read_to_string(&mut stdout)).map(|_| stdout)
    });
    let mut seconds_to_line = None;
    let mut said = String::new();
    for text in err.into_iter().flat_map(|err| BufReader::new(err).lines()) {
        let text = text?;
        if seconds_to_line.is_none() && text.starts_with(line) {
            seconds_to_line = Some(start.elapsed().as_secs_f64());
        }
        said.push_str(&text);
        said.push('\n');
    }
    let ok = child.wait()?.success();
    let seconds = start.elapsed().as_secs_f64();
    let stdout = reader.join().map_err(|_| "the reader of standard output panicked")??;
    if !ok {
        return Err(format!("{command:?} failed:\n{said}").into());
    }
    Ok(Finished { seconds, seconds_to_line, stdout })
}
