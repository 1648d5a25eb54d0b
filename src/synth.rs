//! Synthetic datasets with a planted structure. The best possible metrics are known, the size is free, and
//! there are no licenses or private data.

pub mod apps;
pub mod clicks;
mod draws;
mod error;
mod factorization;
pub mod feed;
mod file;
mod latent;
pub mod movielens;
pub mod multivalue;
mod truth;

use std::{fmt, path::Path};

pub use error::Error;

/// Incremented when the same kind, seed and sizes give different bytes, so that cached data are not reused.
pub const REVISION: u32 = 5;

/// Kind of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The files of MovieLens 100K: `u.data`, `u.item` and `u.user`.
    MovieLens,
    /// Users and posts, with multi-valued, weighted and pretrained columns.
    MultiValue,
    /// Ad impressions with the columns of Criteo's logs: 13 numbers and 26 keys.
    Clicks,
    /// Impressions of a feed of videos, with clicks, purchases and seconds watched.
    Feed,
    /// Use of apps in context, with the columns of Frappe.
    Apps,
}

impl Kind {
    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::MovieLens => "movielens",
            Kind::MultiValue => "multivalue",
            Kind::Clicks => "clicks",
            Kind::Feed => "feed",
            Kind::Apps => "apps",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Sizes and seed. A missing size defaults to that of the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Seed. The same seed and sizes give the same bytes.
    pub seed: u64,
    /// Number of users.
    pub users: Option<usize>,
    /// Number of items (movies, posts, videos, apps).
    pub items: Option<usize>,
    /// Number of interactions. If there is a training file, the number of its rows; the test file has a third
    /// of it.
    pub rows: Option<usize>,
    /// Width of pretrained vectors.
    pub width: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 42, users: None, items: None, rows: None, width: None }
    }
}

/// Bounds of the planted structure: the metrics of the true probabilities on the test rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// Metrics by the names that programs report.
    pub metrics: Vec<(&'static str, f64)>,
    /// Metrics of ranking by popularity in the training rows. Empty if this is not comparable.
    pub popularity: Vec<(&'static str, f64)>,
    /// Number of test rows.
    pub rows: usize,
}

impl Planted {
    /// Returns the value of a metric.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
    }

    /// Returns the text of `planted.json`.
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

/// Writes a dataset to a folder, which is created if needed. `planted.json` is written last.
pub fn write(kind: Kind, options: &Options, folder: &Path) -> Result<Planted, Error> {
    std::fs::create_dir_all(folder).map_err(|error| Error::Io(folder.to_owned(), error))?;
    let planted = match kind {
        Kind::MovieLens => movielens::write(options, folder)?,
        Kind::MultiValue => multivalue::write(options, folder)?,
        Kind::Clicks => clicks::write(options, folder)?,
        Kind::Feed => feed::write(options, folder)?,
        Kind::Apps => apps::write(options, folder)?,
    };
    file::write(&folder.join("planted.json"), planted.to_json().as_bytes())?;
    Ok(planted)
}
