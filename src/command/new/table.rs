//! A file with the statistics of its columns.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use turret_runtime::data::{DateOrder, Field, FileForm, Names, Sample, SourceSpec, first_bytes};
use turret_runtime::printable::printable;

use super::super::compile::without_columnar;
use super::super::draft::{Source, Taken};
use super::super::output::{Error, refused};
use super::super::profile::Profile;
use super::exploded::Exploded;
use super::forms::look_in;
use super::look::{Look, look};
use super::sniff::{Sniffed, header};
use super::typed::{look_of, types};

/// Number of bytes from which the form of a file is found.
const BEGINNING: usize = 1 << 18;
/// Number of bytes that are looked at.
pub(super) const LIMIT: usize = 32 << 20;
/// Number of rows by which a header is recognized.
const FIRST_ROWS: usize = 100;

/// A file.
pub(super) struct Table {
    /// Name of the source.
    pub(super) name: String,
    /// Paths of its files in the data folder.
    pub(super) paths: Vec<PathBuf>,
    /// Form.
    pub(super) sniffed: Sniffed,
    /// True if the first line names the fields.
    pub(super) is_named: bool,
    /// True if the spec lists the names of the fields.
    pub(super) is_listed: bool,
    /// False if the first line may be a row or a header.
    pub(super) is_certain: bool,
    /// First rows.
    pub(super) sample: Sample,
    /// Fields.
    pub(super) fields: Vec<Column>,
    /// Lists of which each item is a row.
    pub(super) exploded: Option<Exploded>,
}

/// A field of a file.
pub(super) struct Column {
    /// Name in the file, or a chosen one.
    pub(super) name: String,
    /// Statistics.
    pub(super) profile: Profile,
    /// Contents.
    pub(super) look: Look,
}

impl Table {
    /// Looks at files with the same fields. The first tells their form.
    pub(super) fn read(folder: &Path, paths: &[PathBuf], names: &mut Taken) -> Result<Self, Error> {
        let path = paths.first().map_or(Path::new(""), PathBuf::as_path);
        let bytes = first_bytes(&folder.join(path), BEGINNING as u64)
            .map_err(|error| Error::io("read", &folder.join(path), &error))?;
        let sniffed = Sniffed::of(&bytes);
        if sniffed.form.is_columnar() && !cfg!(feature = "columnar") {
            return Err(without_columnar(&format!("`{}`", printable(path.display()))));
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = file.split('.').next().unwrap_or_default();
        let name = match file.rsplit('.').next().unwrap_or_default() {
            // Names of RecBole.
            "inter" => "interactions",
            "user" => "users",
            "item" => "items",
            // A letter says less than the whole name.
            _ if stem.len() > 1 => stem,
            _ => &file,
        };
        let name = names.choose(name);
        let source = sniffed.source(&name, paths);
        let width = sniffed.width;
        let (is_named, is_certain) = match sniffed.form {
            FileForm::Separated => header(&first_rows(source.clone(), width, folder)?),
            _ => (true, true),
        };
        let source = match is_named {
            true => source,
            false => source.columns((1..=width).map(|at| format!("field_{at}")).collect::<Names>()),
        };
        let sample = Sample::read(&source, folder, LIMIT).map_err(refused)?;
        let types = types(sample.columns()).filter(|_| is_named);
        let is_listed = !is_named || types.is_some();
        let fields =
            columns(&sample, |at, name, profile, value| match types.as_ref().map(|types| &types[at]) {
                Some((name, of)) => (name.clone(), look_of(*of, name, profile, value)),
                None => {
                    let plain = look(name, profile, is_named, value);
                    (name.to_owned(), look_in(sniffed.form, name, sample.rows(), value, plain))
                }
            });
        let paths = paths.to_vec();
        let table =
            Table { name, paths, sniffed, is_named, is_listed, is_certain, sample, fields, exploded: None };
        Ok(if types.is_none() { table.exploded(source, folder)? } else { table })
    }

    /// Value of a field in a row.
    pub(super) fn field(&self, row: usize, column: usize) -> Field<'_> {
        self.sample.field(row, column)
    }

    /// Returns whether the names of the fields have types.
    pub(super) fn is_typed(&self) -> bool {
        self.is_named && self.is_listed
    }

    /// Returns whether keys are told from numbers by types or by the form of the file.
    pub(super) fn has_kinds(&self) -> bool {
        self.is_typed()
            || matches!(self.sniffed.form, FileForm::LibSvm | FileForm::LibFfm | FileForm::Adjacency)
    }

    /// Settings of the source.
    fn settings(&self) -> Vec<String> {
        let mut settings = self.sniffed.settings();
        settings.extend(self.is_typed().then(|| "header".to_owned()));
        let times = self.fields.iter().filter(|field| field.look == Look::Time);
        let orders: BTreeSet<&str> = times.filter_map(|field| field.profile.date_order()).map(word).collect();
        // A source has one order.
        if let (Some(order), 1) = (orders.first(), orders.len()) {
            settings.push(format!("dates = {order}"));
        }
        settings
    }

    /// Path of the first file.
    pub(super) fn path(&self) -> &Path {
        self.paths.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// Returns whether the files have the same fields.
    pub(super) fn is_like(&self, other: &Table) -> bool {
        let names =
            |table: &Table| -> Vec<String> { table.fields.iter().map(|field| field.name.clone()).collect() };
        self.is_named == other.is_named && self.sniffed == other.sniffed && names(self) == names(other)
    }

    /// Index of a field.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Returns whether a field has another value in each row.
    pub(super) fn is_unique(&self, column: usize) -> bool {
        let profile = &self.fields[column].profile;
        profile.missing == 0 && profile.distinct.is_exact() && profile.distinct.count() == profile.rows
    }

    /// Returns whether the field of a key determines another, in all but one of a hundred rows.
    pub(super) fn determines(&self, key: usize, other: usize) -> bool {
        let mut values = std::collections::HashMap::new();
        let (mut repeated, mut differing) = (0_u64, 0_u64);
        for row in 0..self.sample.rows() {
            let Some(key) = self.field(row, key).key().map(|key| key.into_owned()) else { continue };
            let value = self.field(row, other).to_string();
            match values.entry(key) {
                std::collections::hash_map::Entry::Vacant(entry) => drop(entry.insert(value)),
                std::collections::hash_map::Entry::Occupied(entry) => {
                    repeated += 1;
                    differing += u64::from(*entry.get() != value);
                }
            }
        }
        repeated > 0 && differing * 100 <= repeated
    }

    /// Source of the draft.
    pub(super) fn source(&self) -> Source {
        let mut unsure = Vec::new();
        if !self.is_certain && self.is_named {
            unsure.push(
                "the first line is taken as the names of the fields; if it is a row, list them in `columns`"
                    .into(),
            );
        } else if !self.is_certain {
            unsure
                .push("the first line is taken as a row; if it names the fields, leave `columns` out".into());
        }
        if self.sniffed.form == FileForm::LibFfm {
            unsure.push("fields have numbers; `columns = [...]` names them".into());
        }
        Source {
            name: self.name.clone(),
            word: self.sniffed.word.to_owned(),
            paths: self.paths.iter().map(|path| slashed(path)).collect(),
            settings: self.settings(),
            columns: match (self.is_listed, &self.exploded) {
                (false, _) => Vec::new(),
                (true, None) => self.fields.iter().map(|field| field.name.clone()).collect(),
                (true, Some(exploded)) => exploded.columns(&self.fields),
            },
            unsure,
        }
    }
}

/// Statistics and contents of the fields of a sample. `look` gives the name and the contents of a field.
pub(super) fn columns<'s>(
    sample: &'s Sample,
    look: impl Fn(usize, &str, &Profile, &dyn Fn(usize) -> Field<'s>) -> (String, Look),
) -> Vec<Column> {
    let column = |(at, name): (usize, &String)| {
        let mut profile = Profile::default();
        (0..sample.rows()).for_each(|row| profile.add(&sample.field(row, at)));
        let (name, look) = look(at, name, &profile, &|row| sample.field(row, at));
        Column { name, profile, look }
    };
    sample.columns().iter().enumerate().map(column).collect()
}

/// Path with `/` on all systems.
pub(super) fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Word of an order of day and month.
fn word(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day_first",
        DateOrder::MonthFirst => "month_first",
    }
}

/// Cells of the first rows, the first line included.
fn first_rows(source: SourceSpec, width: usize, folder: &Path) -> Result<Vec<Vec<String>>, Error> {
    // No file has such names, so the first line is a row.
    let source = source.columns((1..=width).map(|at| format!("#{at}")).collect::<Names>());
    let sample = Sample::read(&source, folder, BEGINNING).map_err(refused)?;
    let row = |row| (0..width).map(|column| sample.field(row, column).to_string()).collect();
    Ok((0..sample.rows().min(FIRST_ROWS)).map(row).collect())
}
