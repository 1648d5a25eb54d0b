//! Answers to records, one a line.

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
    /// `{"probability": p, "score": s}`, `{"vector": [...]}`, or of interests `{"vectors": [[...], ...]}`, those that a record has;
    /// `{"error": "..."}` for a record that is refused.
    Jsonl,
    /// `probability,score` or `v0,v1,...` under a header; interests are side by side, those that a record lacks as zeros.
    /// A record that is refused is a row of empty cells.
    Csv,
}

/// Results of a model for some records.
pub(super) enum Found {
    /// Vectors of a tower, with their number per record.
    Vectors(Matrix, usize),
    /// Scores, with their probabilities.
    Scores(Vec<f32>),
}

/// Output of answers.
pub struct Answers<'o> {
    output: &'o mut dyn Write,
    format: AnswerFormat,
    /// Number of columns of a table.
    columns: usize,
}

impl<'o> Answers<'o> {
    /// Answers in that format.
    pub fn to(output: &'o mut dyn Write, format: AnswerFormat) -> Self {
        Self { output, format, columns: 0 }
    }

    /// Writes what stands before all answers: vectors of a width, or scores.
    pub(super) fn begin(&mut self, width: Option<usize>) -> Result<(), Error> {
        self.columns = width.unwrap_or(2);
        match (self.format, width) {
            (AnswerFormat::Jsonl, _) => Ok(()),
            (AnswerFormat::Csv, None) => Ok(writeln!(self.output, "probability,score")?),
            (AnswerFormat::Csv, Some(width)) => Ok(row(self.output, (0..width).map(|at| format!("v{at}")))?),
        }
    }

    /// The answer for the record at a place of those that went through the model.
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

    /// The answer for a record that is refused: what is wrong with it; in a table a row of empty cells, and a line on standard error.
    pub(super) fn refuse(&mut self, refused: &RefusedRecord) -> Result<(), Error> {
        match self.format {
            AnswerFormat::Jsonl => self.line(&json!({ "error": refused.fault.to_string() }))?,
            AnswerFormat::Csv => {
                say(format_args!("warning: {refused}"));
                // A line without any character would be no row.
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

    /// Gives out what was written.
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
