//! Files of a source: paths, and patterns that several files match.

use std::path::{Component, Path};

use glob::{MatchOptions, Pattern};

use super::folder::inside;
use crate::data::error::DataError;
use turret_schema::DataSpec;

/// Characters that make a path a pattern.
const WILD: [char; 3] = ['*', '?', '['];

/// Returns the paths of the files of a source in the data folder, each with the number of the path of the spec
/// that it is found by. The files of a pattern are in the order of their names.
pub(crate) fn source_files(
    spec: &DataSpec,
    source: usize,
    folder: &Path,
) -> Result<Vec<(usize, String)>, DataError> {
    let mut files = Vec::new();
    for (number, path) in spec.paths(source).into_iter().enumerate() {
        files.extend(files_of(folder, path)?.into_iter().map(|file| (number, file)));
    }
    Ok(files)
}

/// Returns the file at a path, or the files that a pattern matches.
fn files_of(folder: &Path, path: &str) -> Result<Vec<String>, DataError> {
    // A file whose name looks like a pattern is that file.
    let is_pattern = path.contains(WILD) && !folder.join(path).is_file();
    if is_pattern { matching(folder, path) } else { Ok(vec![path.to_owned()]) }
}

/// Returns the files in the data folder that match a pattern.
fn matching(folder: &Path, pattern: &str) -> Result<Vec<String>, DataError> {
    // A path outside of the folder is reported as such.
    if Path::new(pattern).components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return inside(folder, pattern).map(|_| Vec::new());
    }
    let wrong = |reason: String| DataError::Pattern { pattern: pattern.to_owned(), reason };
    let below =
        folder.to_str().ok_or_else(|| wrong("the path of the data folder is not UTF-8".to_owned()))?;
    let whole = format!("{}/{pattern}", Pattern::escape(below));
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    let found = glob::glob_with(&whole, options).map_err(|error| wrong(error.to_string()))?;
    let mut files = Vec::new();
    for path in found {
        let path = path.map_err(|error| wrong(error.to_string()))?;
        let relative = path.strip_prefix(folder).ok().and_then(Path::to_str);
        let relative = relative.ok_or_else(|| wrong("a name is not UTF-8".to_owned()))?;
        if !path.is_dir() {
            files.push(relative.to_owned());
        }
    }
    if files.is_empty() { Err(wrong("no file matches it".to_owned())) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SourceSpec;
    use crate::data::tests::{folder, spec};

    #[test]
    fn patterns_are_files_in_the_order_of_names() {
        let folder =
            folder(&[("part-2.csv", b""), ("part-1.csv", b""), ("other.csv", b""), ("a[1].csv", b"")]);
        std::fs::create_dir(folder.path().join("part-3.csv")).unwrap();
        std::fs::create_dir(folder.path().join("days")).unwrap();
        std::fs::write(folder.path().join("days/1.csv"), "").unwrap();
        let found = |paths: Vec<String>| {
            let source = SourceSpec { paths: paths.into_iter().collect(), ..SourceSpec::csv("log", "") };
            let found =
                source_files(&spec(vec![source]), 0, folder.path()).map_err(|error| error.to_string())?;
            Ok::<Vec<String>, String>(found.into_iter().map(|(_, path)| path).collect())
        };
        for (path, expected) in [
            ("part-*.csv", &["part-1.csv", "part-2.csv"][..]),
            ("part-[12].csv", &["part-1.csv", "part-2.csv"]),
            ("*/*.csv", &["days/1.csv"]),
            ("a[1].csv", &["a[1].csv"]),
            ("missing.csv", &["missing.csv"]),
        ] {
            assert_eq!(found(vec![path.to_owned()]).unwrap(), expected, "{path}");
        }
        let several = vec!["other.csv".to_owned(), "part-*".to_owned()];
        assert_eq!(found(several).unwrap(), ["other.csv", "part-1.csv", "part-2.csv"]);
        for (path, expected) in [
            ("nothing-*.csv", "no file matches"),
            ("../*.csv", "leads out"),
            ("/*.csv", "leads out"),
            ("a***", "pattern"),
        ] {
            let message = found(vec![path.to_owned()]).unwrap_err();
            assert!(message.contains(expected), "{path}: {message}");
        }
    }
}
