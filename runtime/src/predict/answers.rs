//! Answers to records, one a line.

use std::io::{self, Write};

use serde_json::json;

use crate::error::Error;
use crate::program::Matrix;

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AnswerFormat {
    /// `{"probability": p, "score": s}`, `{"vector": [...]}`, or of interests `{"vectors": [[...], ...]}`, those that a record has.
    Jsonl,
    /// `probability,score` or `v0,v1,...` under a header; interests are side by side, those that a record lacks as zeros.
    Csv,
}

/// Where answers go.
pub struct Answers<'o> {
    output: &'o mut dyn Write,
    format: AnswerFormat,
}

impl<'o> Answers<'o> {
    /// Answers in that format.
    pub fn to(output: &'o mut dyn Write, format: AnswerFormat) -> Self {
        Self { output, format }
    }

    /// Writes what stands before all answers: vectors of a width, or scores.
    pub(super) fn begin(&mut self, width: Option<usize>) -> Result<(), Error> {
        match (self.format, width) {
            (AnswerFormat::Jsonl, _) => Ok(()),
            (AnswerFormat::Csv, None) => Ok(writeln!(self.output, "probability,score")?),
            (AnswerFormat::Csv, Some(width)) => Ok(row(self.output, (0..width).map(|at| format!("v{at}")))?),
        }
    }

    /// What a tower gives that has so many vectors a record.
    pub(super) fn vectors(&mut self, vectors: &Matrix, count: usize) -> Result<(), Error> {
        for at in 0..vectors.rows() {
            let all: Vec<&[f32]> = vectors.vectors(at, count).map(|(_, vector)| vector).collect();
            match (self.format, all.as_slice()) {
                (AnswerFormat::Csv, _) => row(self.output, vectors.row(at).iter())?,
                (AnswerFormat::Jsonl, [vector]) if count == 1 => {
                    writeln!(self.output, "{}", json!({ "vector": vector }))?
                }
                (AnswerFormat::Jsonl, vectors) => writeln!(self.output, "{}", json!({ "vectors": vectors }))?,
            }
        }
        Ok(())
    }

    /// Scores with the probabilities they stand for.
    pub(super) fn scores(&mut self, scores: &[f32]) -> Result<(), Error> {
        for &score in scores {
            let probability = 1.0 / (1.0 + (-f64::from(score)).exp());
            match self.format {
                AnswerFormat::Jsonl => {
                    writeln!(self.output, "{}", json!({ "probability": probability, "score": score }))?;
                }
                AnswerFormat::Csv => writeln!(self.output, "{probability},{score}")?,
            }
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        Ok(self.output.flush()?)
    }
}

fn row<T: std::fmt::Display>(output: &mut dyn Write, values: impl Iterator<Item = T>) -> io::Result<()> {
    for (at, value) in values.enumerate() {
        write!(output, "{}{value}", if at == 0 { "" } else { "," })?;
    }
    writeln!(output)
}
