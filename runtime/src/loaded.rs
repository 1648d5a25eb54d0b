//! A stored model, ready to answer: records in, vectors out.

use std::path::Path;

use crate::data::{Field, encode_fields};
use crate::error::Error;
use crate::finite::finite_vectors;
use crate::kernels::Kernels;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::Program;
use crate::run::{RunFolder, RunInfo};

/// A value of Rust that a tower of the program `P` reads.
pub trait Record<P> {
    /// Index into [`Program::TOWERS`] of the tower.
    const TOWER: usize;

    /// Its raw fields, in the order of the input's [`fields`](crate::program::InputInfo::fields).
    fn fields(&self) -> Vec<Field<'_>>;
}

/// A model from the folder of its run.
pub struct Loaded<D: Device, P: Program<D>> {
    /// Where it is stored.
    pub folder: RunFolder,
    /// What it was made of.
    pub info: RunInfo,
    /// How records become numbers.
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

    /// What a tower gives for records: a row each, of interests all side by side ([`Matrix::vectors`]). A record that its columns refuse, or whose
    /// vector is not finite, is an error that names its number, from 1.
    pub fn vectors<R: Record<P>>(&self, records: &[R]) -> Result<Matrix, Error> {
        let mut batch = BatchOf::<D, P>::default();
        for (record, number) in records.iter().zip(1..) {
            encode_fields(&self.features, P::TOWERS[R::TOWER].input, &record.fields(), &mut batch)
                .map_err(|error| Error::input(format_args!("record {number}: {error}")))?;
        }
        let vectors =
            self.model.tower(R::TOWER, &batch, &Pass::inference(&self.device)).map_err(Error::device)?;
        finite_vectors(&vectors, |row| format!("record {}", row + 1))?;
        Ok(vectors)
    }
}
