//! Answers to records, one per line.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::predictions::Predictor;
use crate::erased::AnyModel;
use crate::error::Error;
use crate::matrix::Matrix;
use crate::printable::printable_json;
use crate::progress::say;

use crate::error::RefusedRecord;

/// Format of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AnswerFormat {
    /// `{"probability": p, "score": s}`, one such object for each named task, `{"vector": [...]}` or, for interests,
    /// `{"vectors": [[...], ...]}` without absent ones; `{"error": "..."}` for a rejected record.
    Jsonl,
    /// `probability,score`, columns of each task, or `v0,v1,...` with a header. Interests are concatenated; absent ones are
    /// zeros. A rejected record is a row of empty cells.
    Csv,
}

/// Results of a model for some records.
pub(super) enum Found {
    /// Vectors of a tower, and their number per record.
    Vectors(Matrix, usize),
    /// Scores of the tasks, one row per record; predictions are derived from them.
    Scores(Matrix),
}

/// Writer of answers.
pub struct Answers<'o> {
    output: &'o mut dyn Write,
    format: AnswerFormat,
    /// Predictor of the answers without vectors.
    predictor: Predictor,
    /// Number of columns of a table.
    columns: usize,
}

impl<'o> Answers<'o> {
    /// A writer of answers of a model in this format.
    pub fn to(output: &'o mut dyn Write, format: AnswerFormat, model: &dyn AnyModel) -> Self {
        Self { output, format, predictor: Predictor::new(model), columns: 0 }
    }

    /// Writes the header: for vectors of a width, or for predictions.
    pub(super) fn begin(&mut self, width: Option<usize>) -> Result<(), Error> {
        let names = match width {
            None => self.predictor.columns(),
            Some(width) => (0..width).map(|at| format!("v{at}")).collect(),
        };
        self.columns = names.len();
        match self.format {
            AnswerFormat::Jsonl => Ok(()),
            AnswerFormat::Csv => self.row(&names),
        }
    }

    /// Writes the answer of a record by its index in the batch.
    pub(super) fn answer(&mut self, found: &Found, at: usize) -> Result<(), Error> {
        match (self.format, found) {
            (AnswerFormat::Csv, Found::Vectors(vectors, _)) => {
                self.row(&vectors.row(at).iter().map(ToString::to_string).collect::<Vec<_>>())?;
            }
            (AnswerFormat::Jsonl, Found::Vectors(vectors, count)) => {
                let all: Vec<&[f32]> = vectors.vectors(at, *count).map(|(_, vector)| vector).collect();
                match all.as_slice() {
                    [vector] if *count == 1 => self.line(&json!({ "vector": vector }))?,
                    vectors => self.line(&json!({ "vectors": vectors }))?,
                }
            }
            (AnswerFormat::Jsonl, Found::Scores(scores)) => {
                self.line(&self.predictor.json(scores.row(at)))?
            }
            (AnswerFormat::Csv, Found::Scores(scores)) => self.row(&self.predictor.cells(scores.row(at)))?,
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
                self.row(&vec![""; self.columns])?;
            }
        }
        Ok(())
    }

    fn row<T: AsRef<[u8]>>(&mut self, cells: &[T]) -> Result<(), Error> {
        let mut writer = csv::Writer::from_writer(&mut *self.output);
        writer.write_record(cells).map_err(io::Error::from)?;
        Ok(writer.flush()?)
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
