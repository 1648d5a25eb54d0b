//! Answers to records, one per line.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::error::Error;
use crate::matrix::Matrix;
use crate::printable::printable_json;
use crate::program::probability;
use crate::progress::say;

use crate::error::RefusedRecord;

/// Format of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AnswerFormat {
    /// `{"probability": p, "score": s}`, `{"vector": [...]}` or, for interests, `{"vectors": [[...], ...]}`
    /// without absent ones; `{"error": "..."}` for a rejected record.
    Jsonl,
    /// `probability,score` or `v0,v1,...` with a header. Interests are concatenated; absent ones are zeros. A
    /// rejected record is a row of empty cells.
    Csv,
}

/// Results of a model for some records.
pub(super) enum Found {
    /// Vectors of a tower, and their number per record.
    Vectors(Matrix, usize),
    /// Scores; probabilities are derived from them.
    Scores(Vec<f32>),
}

/// Writer of answers.
pub struct Answers<'o> {
    output: &'o mut dyn Write,
    format: AnswerFormat,
    /// Number of columns of a table.
    columns: usize,
}

impl<'o> Answers<'o> {
    /// A writer of answers in this format.
    pub fn to(output: &'o mut dyn Write, format: AnswerFormat) -> Self {
        Self { output, format, columns: 0 }
    }

    /// Writes the header: for vectors of a width, or for scores.
    pub(super) fn begin(&mut self, width: Option<usize>) -> Result<(), Error> {
        self.columns = width.unwrap_or(2);
        match (self.format, width) {
            (AnswerFormat::Jsonl, _) => Ok(()),
            (AnswerFormat::Csv, None) => Ok(writeln!(self.output, "probability,score")?),
            (AnswerFormat::Csv, Some(width)) => Ok(row(self.output, (0..width).map(|at| format!("v{at}")))?),
        }
    }

    /// Writes the answer of a record by its index in the batch.
    pub(super) fn answer(&mut self, found: &Found, at: usize) -> Result<(), Error> {
        match (self.format, found) {
            (AnswerFormat::Csv, Found::Vectors(vectors, _)) => row(self.output, vectors.row(at).iter())?,
            (AnswerFormat::Jsonl, Found::Vectors(vectors, count)) => {
                let all: Vec<&[f32]> = vectors.vectors(at, *count).map(|(_, vector)| vector).collect();
                match all.as_slice() {
                    [vector] if *count == 1 => self.line(&json!({ "vector": vector }))?,
                    vectors => self.line(&json!({ "vectors": vectors }))?,
                }
            }
            (format, Found::Scores(scores)) => {
                let score = scores[at];
                let probability = probability(score);
                match format {
                    AnswerFormat::Jsonl => {
                        self.line(&json!({ "probability": probability, "score": score }))?;
                    }
                    AnswerFormat::Csv => writeln!(self.output, "{probability},{score}")?,
                }
            }
        }
        Ok(())
    }

    /// Writes the answer of a rejected record: the reason, or in a table a row of empty cells and a message
    /// on standard error.
    pub(super) fn refuse(&mut self, refused: &RefusedRecord) -> Result<(), Error> {
        match self.format {
            AnswerFormat::Jsonl => self.line(&json!({ "error": refused.fault.to_string() }))?,
            AnswerFormat::Csv => {
                say(format_args!("warning: {refused}"));
                // An empty line would not be a row.
                let empty = if self.columns == 1 { "\"\"" } else { "" };
                row(self.output, std::iter::repeat_n(empty, self.columns))?;
            }
        }
        Ok(())
    }

    fn line(&mut self, answer: &Value) -> Result<(), Error> {
        let json = printable_json(answer).map_err(io::Error::from)?;
        Ok(writeln!(self.output, "{json}")?)
    }

    /// Flushes the output.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        Ok(self.output.flush()?)
    }
}

fn row<T: std::fmt::Display>(output: &mut dyn Write, values: impl Iterator<Item = T>) -> io::Result<()> {
    for (at, value) in values.enumerate() {
        write!(output, "{}{value}", if at == 0 { "" } else { "," })?;
    }
    writeln!(output)
}
