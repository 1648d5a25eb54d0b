//! Check of data before compilation: files, headers and first rows, with the code that training uses.

mod columns;
mod coverage;
mod report;
mod scale;

use std::path::Path;

use turret_dsl::headers::check_headers;
use turret_dsl::model::{ColumnId, FieldId, InputId, Keys, TableRows};
use turret_dsl::plan::{CompoundFields, Input, Plan};
use turret_dsl::shapes::check_shapes;
use turret_dsl::{Failure, Planned};
use turret_runtime::data::{
    AnyColumn, Compound, CompoundKind, DataError, FieldError, FieldName, Head, InputInfo, OnError, RawTable,
    Row, Vocabulary, check_histories, observe_input, repeated_rows,
};
use turret_runtime::table::check_pretrained;

use self::columns::{column, vocabulary};
use self::coverage::Coverage;
use self::report::{At, Report, Rows, is_label};
use self::scale::Scales;
use super::compile::columnar;
use super::output::Error;
use super::spec::shown;

/// Number of rows that are encoded if a file is longer than its head.
const ROWS: usize = 1000;

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
    let is_whole = head.is_whole() || extent == Extent::All;
    let data = match head.is_whole() {
        false if extent == Extent::All => RawTable::open(&plan.model.data, folder)?,
        _ => head.into_data()?,
    };
    let (remarks, report) = Looking::new(plan, &data, is_whole, folder)?.look()?;
    Ok(Looked { remarks, of_training: data.notes, report })
}

/// Columns of a plan while rows are read.
struct Looking<'a> {
    plan: &'a Plan,
    data: &'a RawTable,
    is_whole: bool,
    vocabularies: Vec<Vocabulary>,
    columns: Vec<Box<dyn AnyColumn>>,
}

impl<'a> Looking<'a> {
    /// Creates the columns of the spec, with listed keys.
    fn new(plan: &'a Plan, data: &'a RawTable, is_whole: bool, folder: &Path) -> Result<Self, Fault> {
        let mut vocabularies: Vec<Vocabulary> = plan.model.vocabularies.iter().map(vocabulary).collect();
        for (vocabulary, declared) in vocabularies.iter_mut().zip(&plan.model.vocabularies) {
            vocabulary.load(folder).map_err(DataError::from)?;
            if !is_learned(&declared.keys) {
                vocabulary.finish(folder).map_err(DataError::from)?;
            }
        }
        for table in &plan.model.tables {
            let (Some(pretrained), TableRows::Keys(id)) = (&table.pretrained, table.rows) else { continue };
            let keys = vocabularies[id.0].keys().count();
            check_pretrained(folder, &pretrained.path, keys, table.dim)
                .map_err(|error| Fault::Data(error.into()))?;
        }
        let columns = plan.model.columns.iter().map(|declared| column(declared, plan.model.data.on_error));
        Ok(Self { plan, data, is_whole, vocabularies, columns: columns.collect() })
    }

    fn look(mut self) -> Result<(Vec<String>, Option<Report>), Fault> {
        let plan = self.plan;
        let inputs = || plan.inputs.iter();
        let train: Vec<u32> = self.first(&self.data.train);
        for (at, input) in inputs() {
            self.pass(input, &train, |looking, row| looking.observe(at, input, row))?;
        }
        if self.is_whole {
            self.finish()?;
            check_histories(self.data)?;
        }
        let mut all = train;
        if self.is_whole {
            all.extend(&self.data.test);
            all.sort_unstable();
        }
        let (mut scales, mut coverage) = (Scales::new(plan), Coverage::new(plan));
        let repeated = if self.is_whole { repeated_rows(self.data) } else { 0 };
        let rows = Rows { train: self.data.train.len(), test: self.data.test.len(), repeated };
        let mut report = Report::new(plan, rows);
        for (at, input) in inputs() {
            let mut places = 0..all.len();
            self.pass(input, &all, |looking, row| {
                let place = places.next().filter(|_| input.source == 0);
                let is_test = place.is_some_and(|place| looking.data.test.binary_search(&all[place]).is_ok());
                let place = At { row: place, is_test };
                looking.encode(input, row, |column, number| {
                    scales.add(column, number);
                    coverage.add(plan, column, number);
                    if is_label(&plan.model.columns[column.0].kind) {
                        report.add_label(column, place, number);
                    }
                })?;
                looking.report(at, input, row, place, &mut report)?;
                looking.cover(at, input, row, &mut coverage)
            })?;
        }
        let mut remarks = scales.remarks(plan);
        if !self.is_whole {
            return Ok((remarks, None));
        }
        remarks.extend(coverage.remarks(plan, &self.vocabularies));
        report.finish(plan);
        remarks.extend(report.remarks());
        Ok((remarks, Some(report)))
    }

    /// Selects rows to check.
    fn first(&self, rows: &[u32]) -> Vec<u32> {
        rows.iter().copied().take(if self.is_whole { usize::MAX } else { ROWS }).collect()
    }

    /// Passes rows of an input to `act`, as in training. Rows that the policy skips are skipped.
    fn pass(
        &mut self,
        input: &Input,
        rows: &[u32],
        mut act: impl FnMut(&mut Self, &Row<'_>) -> Result<(), FieldError>,
    ) -> Result<(), Fault> {
        let data = self.data;
        let fields: Vec<FieldName<'_>> =
            input.fields.iter().map(|field| FieldName::of(&field.source, &field.name)).collect();
        let compounds = compound_fields(input, &fields);
        let compounds: Vec<Compound<'_>> =
            compounds.iter().map(|(kind, fields)| Compound { kind: *kind, fields }).collect();
        let info = InputInfo::new(&input.name, input.source, &fields).compounds(&compounds);
        let leaves_out = data.spec().on_error != OnError::Stop;
        let limit = if self.is_whole { usize::MAX } else { ROWS };
        let mut refuse = |_, _, error| if leaves_out { Ok(()) } else { Err(error) };
        let passed = observe_input(data, &info, rows, limit, &mut refuse, |row| act(self, row));
        Ok(passed.map_err(|error| data.remarked(error))?)
    }

    fn observe(&mut self, at: InputId, input: &Input, row: &Row<'_>) -> Result<(), FieldError> {
        for &(column, field) in &input.columns {
            if self.plan.observer(column) == Some(at) {
                let vocabulary = self.plan.model.columns[column.0].vocabulary;
                let vocabulary = vocabulary.map(|id| &mut self.vocabularies[id.0]);
                self.columns[column.0].observe(&row.field(field.0), vocabulary)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DataError> {
        let folder = self.data.folder();
        self.vocabularies.iter_mut().try_for_each(|vocabulary| vocabulary.finish(folder))?;
        Ok(self.columns.iter_mut().try_for_each(|column| column.finish())?)
    }

    /// Adds the values of a row to the report.
    fn report(
        &self,
        at: InputId,
        input: &Input,
        row: &Row<'_>,
        place: At,
        report: &mut Report,
    ) -> Result<(), FieldError> {
        for &(column, field) in input.columns.iter().filter(|_| self.is_whole) {
            if self.plan.observer(column) == Some(at) {
                let vocabulary = self.plan.model.columns[column.0].vocabulary;
                let vocabulary = vocabulary.map(|id| &self.vocabularies[id.0]);
                let field = row.field(field.0);
                let keys = self.columns[column.0].keys(&field)?;
                report.add(column, place, &field, keys.as_deref(), vocabulary);
            }
        }
        Ok(())
    }

    /// Collects the keys of columns with a listed vocabulary.
    fn cover(
        &mut self,
        at: InputId,
        input: &Input,
        row: &Row<'_>,
        coverage: &mut Coverage,
    ) -> Result<(), FieldError> {
        for &(column, field) in &input.columns {
            let vocabulary = self.plan.model.columns[column.0].vocabulary;
            if self.plan.observer(column) == Some(at)
                && let Some(keys) = vocabulary.and_then(|id| coverage.keys(id.0))
            {
                self.columns[column.0].observe(&row.field(field.0), Some(keys))?;
            }
        }
        Ok(())
    }

    fn encode(
        &mut self,
        input: &Input,
        row: &Row<'_>,
        mut seen: impl FnMut(ColumnId, f32),
    ) -> Result<(), FieldError> {
        for &(column, field) in &input.columns {
            if !self.can_encode(column) {
                continue;
            }
            let vocabulary = self.plan.model.columns[column.0].vocabulary;
            let vocabulary = vocabulary.map(|id| &self.vocabularies[id.0]);
            if let Some(number) = self.columns[column.0].encode(&row.field(field.0), vocabulary)? {
                seen(column, number);
            }
        }
        Ok(())
    }

    /// Returns whether a column can be encoded without statistics of all rows.
    fn can_encode(&self, column: ColumnId) -> bool {
        let vocabulary = self.plan.model.columns[column.0].vocabulary;
        self.is_whole
            || match vocabulary {
                Some(id) => !is_learned(&self.plan.model.vocabularies[id.0].keys),
                None => !self.plan.model.columns[column.0].kind.learns(),
            }
    }
}

/// Fields of an input that are read together.
fn compound_fields<'a>(input: &Input, fields: &[FieldName<'a>]) -> Vec<(CompoundKind, Vec<FieldName<'a>>)> {
    let names = |(first, further): &(FieldId, CompoundFields)| {
        let (kind, further) = match further {
            CompoundFields::Length(length) => (CompoundKind::Length, std::slice::from_ref(length)),
            CompoundFields::Weights(weights) => (CompoundKind::Weights, std::slice::from_ref(weights)),
            CompoundFields::Items(items) => (CompoundKind::Items, items.as_slice()),
        };
        (kind, std::iter::once(first).chain(further).map(|field| fields[field.0]).collect())
    };
    input.compounds.iter().map(names).collect()
}

fn is_learned(keys: &Keys) -> bool {
    matches!(keys, Keys::Learned { .. })
}
