//! Check of data before compilation: files, headers and first rows, with the code that training uses.

mod columns;
mod coverage;
mod report;
mod scale;

use std::path::Path;

use turret_dsl::headers::check_headers;
use turret_dsl::shapes::check_shapes;
use turret_dsl::{Failure, Planned};
use turret_runtime::data::{
    DataError, Head, OnError, RawTable, check_candidates, leave_out, leave_out_unknown, log_histories,
};

use turret_runtime::train::keep_company;

use self::columns::Columns;
use self::report::Report;
use super::compile::columnar;
use super::output::Error;
use super::spec::shown;

/// An error in data.
pub(super) enum Fault {
    /// Fields of the spec that a file lacks.
    Spec(Box<Failure>),
    /// An error that training would report.
    Data(turret_runtime::Error),
    /// Files that this command does not read.
    Build(Error),
}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Self {
        Fault::Data(error.into())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Spec(failure) => shown(&failure),
            Fault::Data(error) => Error::Runtime(error),
            Fault::Build(error) => error,
        }
    }
}

/// Rows that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The beginnings of long files.
    Beginnings,
    /// All rows.
    All,
}

/// Notes that are not errors, and statistics.
#[derive(Default)]
pub(super) struct Looked {
    /// Statistics of all rows, if all were looked at.
    pub(super) report: Option<Report>,
    /// Notes that training does not print.
    pub(super) remarks: Vec<String>,
    /// Notes that training prints too.
    pub(super) of_training: Vec<String>,
}

/// Checks the data of a spec.
pub(super) fn look(planned: &Planned, folder: &Path, extent: Extent) -> Result<Looked, Fault> {
    let plan = &planned.plan;
    if plan.model.data.sources.is_empty() {
        return Ok(Looked::default());
    }
    columnar(plan).map_err(Fault::Build)?;
    let head = Head::read(&plan.model.data, folder)?;
    let mut diagnostics = check_headers(planned, &head.columns());
    if diagnostics.is_empty() {
        diagnostics = check_shapes(planned, &head.columns(), &head.shapes()?);
    }
    if !diagnostics.is_empty() {
        return Err(Fault::Spec(Box::new(planned.failure(diagnostics))));
    }
    let extent = if head.is_whole() { Extent::All } else { extent };
    let mut data = match extent {
        Extent::All if !head.is_whole() => RawTable::open(&plan.model.data, folder)?,
        _ => head.into_data()?,
    };
    let leaves_out = extent == Extent::All && plan.model.data.on_error != OnError::Stop;
    if leaves_out {
        let mut declared = Columns::new(plan, extent, folder)?;
        leave_out(&mut data, |data, refuse| declared.observe(data, data.usable(), refuse))?;
    }
    let mut columns = Columns::new(plan, extent, folder)?;
    columns.fit(&data)?;
    if leaves_out {
        leave_out_unknown(&mut data, |data, refuse| columns.encode(data, &data.split_rows(), refuse))?;
    }
    let mut histories = None;
    if extent == Extent::All {
        histories = log_histories(&data)?;
        check_candidates(&data)?;
        let examples = histories.as_ref().map_or(data.train.len(), |histories| histories.train.len());
        let alone = keep_company(plan.needs_company(), examples);
        alone.map_err(|error| Fault::Data(error.into()))?;
    }
    let (remarks, report) = columns.report(&data, histories)?;
    Ok(Looked { remarks, of_training: data.notes, report })
}
