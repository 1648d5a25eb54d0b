//! Data sets with a planted structure: what a model can reach on them is known, they have any size, and nobody's
//! licence or privacy is touched.

pub mod clicks;
mod draws;
mod error;
mod file;
mod latent;
pub mod movielens;
pub mod multivalue;
mod truth;

use std::{fmt, path::Path};

pub use error::Error;

/// Changes whenever the same kind, seed and sizes give other bytes, so that nobody takes old data for new.
pub const REVISION: u32 = 4;

/// Kind of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The files of MovieLens 100K: `u.data`, `u.item` and `u.user`.
    MovieLens,
    /// Users and posts with multi-valued, weighted and pretrained columns.
    MultiValue,
    /// Shown advertisements with the columns of Criteo's logs, 13 numbers and 26 keys.
    Clicks,
}

impl Kind {
    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::MovieLens => "movielens",
            Kind::MultiValue => "multivalue",
            Kind::Clicks => "clicks",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Sizes and seed; a size that is not given is the kind's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Same seed and sizes, same bytes.
    pub seed: u64,
    /// Number of users.
    pub users: Option<usize>,
    /// Number of items (movies, posts).
    pub items: Option<usize>,
    /// Number of interactions; of the training file where there is one, the test file then has a third of it.
    pub rows: Option<usize>,
    /// Width of pretrained vectors.
    pub width: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 42, users: None, items: None, rows: None, width: None }
    }
}

/// Limits that the planted structure sets: the metrics of whoever knows the true probabilities, on the test rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// Names as the programs report them, with values.
    pub metrics: Vec<(&'static str, f64)>,
    /// The same of whoever knows only how often each item is seen in the training rows; empty where that is no contest.
    pub popularity: Vec<(&'static str, f64)>,
    /// Number of test rows that both were measured on.
    pub rows: usize,
}

impl Planted {
    /// The value of a metric.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
    }

    /// The text of `planted.json`.
    pub fn to_json(&self) -> String {
        let object = |metrics: &[(&str, f64)]| {
            let metrics: Vec<String> =
                metrics.iter().map(|(name, value)| format!("\"{name}\": {value:.6}")).collect();
            format!("{{{}}}", metrics.join(", "))
        };
        format!(
            "{{\"metrics\": {}, \"popularity\": {}, \"rows\": {}}}\n",
            object(&self.metrics),
            object(&self.popularity),
            self.rows
        )
    }
}

/// Writes a data set into a folder, which is made if need be. `planted.json` is written last.
pub fn write(kind: Kind, options: &Options, folder: &Path) -> Result<Planted, Error> {
    std::fs::create_dir_all(folder).map_err(|error| Error::Io(folder.to_owned(), error))?;
    let planted = match kind {
        Kind::MovieLens => movielens::write(options, folder)?,
        Kind::MultiValue => multivalue::write(options, folder)?,
        Kind::Clicks => clicks::write(options, folder)?,
    };
    file::write(&folder.join("planted.json"), planted.to_json().as_bytes())?;
    Ok(planted)
}
