//! A draft from files: each is looked at, and what is found is put together.

use std::path::{Path, PathBuf};

use turret_runtime::printable::printable;

use super::super::draft::{Draft, Taken};
use super::super::output::Error;
use super::assemble::Found;
use super::joins;
use super::rename::{rename, settle};
use super::roles::Roles;
use super::table::Table;

/// Drafts a spec for files. Returns it with the folder to which its paths are relative.
pub(super) fn draft(name: &str, files: &[PathBuf]) -> Result<(Draft, PathBuf), Error> {
    let (folder, paths) = relative(files)?;
    let mut names = Taken::with(&["history"]);
    let mut tables = Vec::new();
    for path in &paths {
        tables.push(Table::read(&folder, std::slice::from_ref(path), &mut names)?);
    }
    let (given, unused) = given(&mut tables);
    let mut tables = merged(tables, &folder)?;
    let mut found = joins::find(&tables);
    let roles = Roles::find(&tables[found.main], &found.joins);
    settle(&mut tables, &found, &roles);
    found.settle(&tables);
    rename(&mut tables, &found, &roles);
    let given = given.as_ref().map(|(train, test)| (train.as_path(), test.as_path()));
    let drafted = Found { tables: &tables, joins: &found, roles: &roles, given }.draft(name);
    let mut draft = drafted.ok_or_else(|| nothing_to_predict(&tables[found.main]))?;
    let not_read = |path: &PathBuf| {
        format!("`{}` has the fields of another file and is not read", printable(path.display()))
    };
    draft.unsure.extend(unused.iter().map(not_read));
    Ok((draft, folder))
}

/// Returns the folder that holds all files, and their paths in it.
fn relative(files: &[PathBuf]) -> Result<(PathBuf, Vec<PathBuf>), Error> {
    let mut all = Vec::new();
    for file in files {
        let path = file.canonicalize().map_err(|error| Error::io("read", file, &error))?;
        if path.is_dir() {
            let folder = printable(file.display());
            return Err(Error::Input(format!("`{folder}` is a folder; name its files")));
        }
        if !all.contains(&path) {
            all.push(path);
        }
    }
    let mut folder = all.first().and_then(|path| path.parent()).unwrap_or(Path::new("")).to_owned();
    while !all.iter().all(|path| path.starts_with(&folder)) {
        if !folder.pop() {
            break;
        }
    }
    let paths = all.iter().map(|path| path.strip_prefix(&folder).unwrap_or(path).to_owned()).collect();
    Ok((folder, paths))
}

/// Training and test rows.
type Given = (PathBuf, PathBuf);

/// Finds files of training and test rows: files with the same fields, of which the names say so. Only the file
/// of training rows stays. Returns the files that are not used, too.
fn given(tables: &mut Vec<Table>) -> (Option<Given>, Vec<PathBuf>) {
    let says = |table: &Table, word: &str| {
        table.path().file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().contains(word))
    };
    let train = tables.iter().position(|table| says(table, "train"));
    let like = |table: &&Table| train.is_some_and(|train| table.is_like(&tables[train]));
    let Some((train, test)) = train.zip(tables.iter().position(|table| says(table, "test") && like(&table)))
    else {
        return (None, Vec::new());
    };
    let given = (tables[train].path().to_owned(), tables[test].path().to_owned());
    let others = tables.iter().filter(like).map(|table| table.path().to_owned());
    let others: Vec<PathBuf> = others.filter(|path| *path != given.0).collect();
    tables.retain(|table| !others.iter().any(|other| other == table.path()));
    let unused = others.into_iter().filter(|path| *path != given.1).collect();
    (Some(given), unused)
}

/// Makes one source of the files with the same named fields.
fn merged(tables: Vec<Table>, folder: &Path) -> Result<Vec<Table>, Error> {
    let mut merged: Vec<Table> = Vec::new();
    for table in tables {
        match merged.iter_mut().find(|other| table.is_named && table.is_like(other)) {
            Some(other) => {
                let paths: Vec<PathBuf> = other.paths.iter().chain(&table.paths).cloned().collect();
                let name = other.name.clone();
                *other = Table::read(folder, &paths, &mut Taken::default())?;
                other.name = name;
            }
            None => merged.push(table),
        }
    }
    Ok(merged)
}

fn nothing_to_predict(main: &Table) -> Error {
    let fields: Vec<String> =
        main.fields.iter().map(|field| format!("`{}`", printable(&field.name))).collect();
    Error::Input(format!(
        "nothing to predict is found in `{}`: it has the fields {}; a draft needs a field of zeros and ones, as a \
         label, a rating, or the keys of a user and an item",
        printable(main.path().display()),
        fields.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    /// Texts of digits are keys, a list of keys is a bag, and a time orders the rows.
    #[cfg(feature = "columnar")]
    #[test]
    fn a_file_of_typed_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.parquet");
        std::fs::write(&path, include_bytes!("log.parquet")).unwrap();
        let (draft, _) = super::draft("log", &[path]).unwrap();
        let text = draft.text();
        for line in [
            "log   = parquet(\"log.parquet\")",
            "split = by_time(time, test = 0.1)",
            "clicked: label",
            "shop:    id",
            "tags:    ids(max = 5)",
            "price:   bucket(quantiles(10), missing = bucket)",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(turret_dsl::Compiler::new("log.dm", &text).plan().is_ok(), "{text}");
    }
}
