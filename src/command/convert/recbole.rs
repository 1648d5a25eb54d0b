//! Atomic files of RecBole.

use std::path::PathBuf;

use super::super::new::draft_of_files;
use super::super::output::Error;
use super::{Converted, stem};

/// Drafts a spec for files whose headers have the types of their fields.
pub(super) fn convert(files: &[PathBuf]) -> Result<Converted, Error> {
    let name = files.first().map_or(String::new(), |file| stem(file));
    let draft = draft_of_files(&name, files)?;
    Ok(Converted { draft, lost: Vec::new() })
}
