//! A stored model, ready to answer: records in, vectors out.

use std::path::Path;

use crate::data::{Field, encode_fields};
use crate::error::Error;
use crate::finite::finite_vectors;
use crate::kernels::Kernels;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Evaluation, Program, probability};
use crate::progress::counted;
use crate::run::{RunFolder, RunInfo};

/// A value of Rust that a tower of the program `P` reads.
pub trait Record<P> {
    /// Index into [`Program::TOWERS`] of the tower.
    const TOWER: usize;

    /// Raw fields, in the order of the input's [`fields`](crate::data::InputInfo::fields).
    fn fields(&self) -> Vec<Field<'_>>;
}

/// A model from the folder of its run.
pub struct Loaded<D: Device, P: Program<D>> {
    /// Folder of the run.
    pub folder: RunFolder,
    /// Settings and data of the run.
    pub info: RunInfo,
    /// Columns that turn records into numbers.
    pub features: P::Features,
    /// The model.
    pub model: P,
    device: D,
}

impl<D: Device, P: Program<D>> Loaded<D, P> {
    /// Opens a run of this program; one of another spec is refused.
    pub fn open(run: &Path, device: &D) -> Result<Self, Error> {
        Kernels::chosen()?;
        let (mut folder, info) = RunFolder::open(run, &P::SPEC)?;
        let features: P::Features = folder.features()?;
        // Pretrained vectors are among the weights, so the data folder is not needed any more.
        let mut model = P::build(&features, None, &P::training(), device.clone(), info.seed)?;
        let info = folder.load_last_weights(&mut model, info)?;
        Ok(Self { folder, info, features, model, device: device.clone() })
    }

    /// Vectors that a tower gives for records: a row each, of interests all side by side ([`Matrix::vectors`]). A record that its columns
    /// refuse, or whose vector is not finite, is an error that names its number, from 1.
    pub fn vectors<R: Record<P>>(&self, records: &[R]) -> Result<Matrix, Error> {
        let mut batch = BatchOf::<D, P>::default();
        self.encode(records, &mut batch)?;
        let vectors =
            self.model.tower(R::TOWER, &batch, &Pass::inference(&self.device)).map_err(Error::device)?;
        finite_vectors(&vectors, |row| format!("record {}", row + 1))?;
        Ok(vectors)
    }

    /// Probabilities that a ranking model of one tower gives for records.
    pub fn probabilities<R: Record<P>>(&self, records: &[R]) -> Result<Vec<f64>, Error> {
        self.encoded(records)?.probabilities()
    }

    /// Encodes records of one tower of a ranking model. [`Encoded::and`] adds those of the others.
    pub fn encoded<R: Record<P>>(&self, records: &[R]) -> Result<Encoded<'_, D, P>, Error> {
        let encoded =
            Encoded { loaded: self, batch: Default::default(), rows: records.len(), inputs: Vec::new() };
        encoded.and(records)
    }

    fn encode<R: Record<P>>(&self, records: &[R], batch: &mut BatchOf<D, P>) -> Result<(), Error> {
        for (record, number) in records.iter().zip(1..) {
            encode_fields(&self.features, P::TOWERS[R::TOWER].input, &record.fields(), batch)
                .map_err(|error| Error::input(format_args!("record {number}: {error}")))?;
        }
        Ok(())
    }
}

/// Encoded records of the towers of a ranking model: record `i` of each belongs to record `i` of the others.
pub struct Encoded<'l, D: Device, P: Program<D>> {
    loaded: &'l Loaded<D, P>,
    batch: BatchOf<D, P>,
    rows: usize,
    /// Inputs of the model that have their records.
    inputs: Vec<usize>,
}

impl<D: Device, P: Program<D>> Encoded<'_, D, P> {
    /// Adds the records of another tower.
    pub fn and<R: Record<P>>(mut self, records: &[R]) -> Result<Self, Error> {
        let tower = &P::TOWERS[R::TOWER];
        if records.len() != self.rows {
            let (others, own) = (self.rows, counted(records.len(), "record"));
            return Err(Error::usage(format_args!(
                "{own} of `{}` for {others} of another tower",
                tower.name
            ))
            .help("give as many records of each tower"));
        }
        if self.inputs.contains(&tower.input) {
            return Err(Error::usage(format_args!("records of `{}` are given twice", tower.name)));
        }
        self.loaded.encode(records, &mut self.batch)?;
        self.inputs.push(tower.input);
        Ok(self)
    }

    /// Scores of the records, before the sigmoid.
    pub fn scores(&self) -> Result<Vec<f32>, Error> {
        if let Evaluation::Retrieval { .. } = P::EVALUATION {
            return Err(
                Error::usage("a model of retrieval gives vectors and no scores").help("call `vectors`")
            );
        }
        if let Some(tower) = P::TOWERS.iter().find(|tower| !self.inputs.contains(&tower.input)) {
            return Err(Error::usage(format_args!("the score needs records of `{}` too", tower.name))
                .help("add them with `encoded(..)?.and(..)`"));
        }
        let pass = Pass::inference(&self.loaded.device);
        let values = self.loaded.model.score(&self.batch, &pass).map_err(Error::device)?;
        let scores = Matrix { width: 1, values };
        finite_vectors(&scores, |row| format!("record {}", row + 1))?;
        Ok(scores.values)
    }

    /// Probabilities of the records, as `predict` prints them.
    pub fn probabilities(&self) -> Result<Vec<f64>, Error> {
        Ok(self.scores()?.into_iter().map(probability).collect())
    }
}
