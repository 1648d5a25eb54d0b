//! Columns of a plan that is not compiled: they are fitted, and pass over rows, as in training.

use std::path::Path;

use turret_dsl::model::{
    BucketSpec, Column, ColumnId, ColumnKind, FieldId, FloatSpec, InputId, Keys, TableRows,
};
use turret_dsl::plan::{CompoundFields, Input, Plan};
use turret_runtime::data::{
    AnyColumn, Compound, CompoundKind, DataError, EncodedValue, Field, FieldError, FieldName, InputInfo,
    LogHistories, OnError, RawTable, RefuseRow, Row, Vocabulary, any_column, number_or_seconds,
    observe_input,
};
use turret_runtime::table::check_pretrained;

use super::coverage::Coverage;
use super::report::{At, Report, Rows, is_label};
use super::scale::Scales;
use super::{Extent, Fault};

/// Number of rows that are looked at of the beginning of a file.
const ROWS: usize = 1000;

/// Columns and vocabularies of a plan.
pub(super) struct Columns<'a> {
    plan: &'a Plan,
    extent: Extent,
    vocabularies: Vec<Vocabulary>,
    columns: Vec<Box<dyn AnyColumn>>,
}

impl<'a> Columns<'a> {
    /// Creates the columns of the spec, with listed keys.
    pub(super) fn new(plan: &'a Plan, extent: Extent, folder: &Path) -> Result<Self, Fault> {
        let model = &plan.model;
        let mut vocabularies = Vec::new();
        for declared in &model.vocabularies {
            let mut vocabulary = Vocabulary::new(&declared.name, declared.keys.clone()).oov(declared.oov);
            vocabulary.load(folder).map_err(DataError::from)?;
            if !is_learned(&declared.keys) {
                vocabulary.finish(folder).map_err(DataError::from)?;
            }
            vocabularies.push(vocabulary);
        }
        for table in &model.tables {
            let (Some(pretrained), TableRows::Keys(id)) = (&table.pretrained, table.rows) else { continue };
            let keys = vocabularies[id.0].keys().count();
            check_pretrained(folder, &pretrained.path, [keys, table.dim], table.precision)
                .map_err(|error| Fault::Data(error.into()))?;
        }
        let substitutes = model.data.on_error == OnError::Substitute;
        let columns = model.columns.iter().map(|column| any_column(&column.kind, &column.name, substitutes));
        Ok(Self { plan, extent, vocabularies, columns: columns.collect() })
    }

    /// Observes rows of the main source and all rows of joined ones.
    pub(super) fn observe(
        &mut self,
        data: &RawTable,
        rows: &[u32],
        refuse: RefuseRow<'_>,
    ) -> Result<(), DataError> {
        for (at, input) in self.plan.inputs.iter() {
            self.pass(data, input, rows, refuse, |columns, row| {
                for (column, field) in columns.of(at, input) {
                    let vocabulary = columns.plan.model.columns[column.0].vocabulary;
                    let vocabulary = vocabulary.map(|id| &mut columns.vocabularies[id.0]);
                    let observed = columns.columns[column.0].observe(&row.field(field.0), vocabulary);
                    observed.map_err(|error| (field.0, error))?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Fits the columns on the training rows.
    pub(super) fn fit(&mut self, data: &RawTable) -> Result<(), DataError> {
        let rows = self.looked_at(&data.train);
        self.observe(data, &rows, &mut self.refusal())?;
        if self.extent == Extent::All {
            let folder = data.folder();
            self.vocabularies.iter_mut().try_for_each(|vocabulary| vocabulary.finish(folder))?;
            self.columns.iter_mut().try_for_each(|column| column.finish())?;
        }
        Ok(())
    }

    /// Encodes rows of the main source and all rows of joined ones with fitted columns.
    pub(super) fn encode(
        &mut self,
        data: &RawTable,
        rows: &[u32],
        refuse: RefuseRow<'_>,
    ) -> Result<(), DataError> {
        for (_, input) in self.plan.inputs.iter() {
            self.pass(data, input, rows, refuse, |columns, row| {
                let mut fields = input.columns.iter();
                fields.try_for_each(|&(column, field)| {
                    columns.encoded(column, &row.field(field.0)).map(drop).map_err(|error| (field.0, error))
                })
            })?;
        }
        Ok(())
    }

    /// Encodes the rows with fitted columns, and collects notes on them and their statistics.
    pub(super) fn report(
        mut self,
        data: &RawTable,
        histories: Option<LogHistories>,
    ) -> Result<(Vec<String>, Option<Report>), DataError> {
        let (plan, is_whole) = (self.plan, self.extent == Extent::All);
        let rows = match is_whole {
            true => data.split_rows().into_owned(),
            false => self.looked_at(&data.train),
        };
        let (mut scales, mut coverage) = (Scales::new(plan), Coverage::new(plan));
        let mut report = Report::new(plan, Rows::of(data, histories.as_ref(), is_whole), rows.len());
        let mut refuse = self.refusal();
        for (at, input) in plan.inputs.iter() {
            let mut places = 0..rows.len();
            self.pass(data, input, &rows, &mut refuse, |columns, row| {
                let place = places.next().filter(|_| input.source == 0);
                let is_test = place.is_some_and(|place| data.test.binary_search(&rows[place]).is_ok());
                let place = At { row: place, is_test };
                for &(column, field) in &input.columns {
                    let rejected = |error| (field.0, error);
                    let field = row.field(field.0);
                    let encoded = columns.encoded(column, &field).map_err(rejected)?;
                    if let Some(number) = encoded.number {
                        scales.add(column, number);
                        coverage.add(plan, column, number);
                        if is_label(&plan.model.columns[column.0].kind) {
                            report.add_label(column, place, number);
                        }
                    }
                    if plan.observer(column) == Some(at) {
                        let added = columns.add(column, &field, encoded, place, &mut report, &mut coverage);
                        added.map_err(rejected)?;
                    }
                }
                Ok(())
            })?;
        }
        let mut remarks = scales.remarks(plan);
        if !is_whole {
            return Ok((remarks, None));
        }
        remarks.extend(coverage.remarks(plan, &self.vocabularies));
        report.finish(plan, histories.as_ref());
        remarks.extend(report.remarks());
        Ok((remarks, Some(report)))
    }

    /// Adds a value to the report, and its keys to those of a listed vocabulary.
    fn add(
        &mut self,
        column: ColumnId,
        field: &Field<'_>,
        encoded: EncodedValue,
        place: At,
        report: &mut Report,
        coverage: &mut Coverage,
    ) -> Result<(), FieldError> {
        let declared = &self.plan.model.columns[column.0];
        let vocabulary = declared.vocabulary;
        if self.extent == Extent::All {
            let counted = if encoded.is_substituted { Field::Missing } else { as_read(declared, field)? };
            let keys = self.columns[column.0].keys(&counted)?;
            let vocabulary = vocabulary.map(|id| &self.vocabularies[id.0]);
            report.add(column, place, &counted, keys, vocabulary);
            report.add_substituted(column, encoded.is_substituted);
        }
        match vocabulary.and_then(|id| coverage.keys(id.0)) {
            Some(keys) => self.columns[column.0].observe(field, Some(keys)),
            None => Ok(()),
        }
    }

    /// Passes rows of an input to `act`, as in training. It returns the field of a rejected value with the reason.
    fn pass(
        &mut self,
        data: &RawTable,
        input: &Input,
        rows: &[u32],
        refuse: RefuseRow<'_>,
        mut act: impl FnMut(&mut Self, &Row<'_>) -> Result<(), (usize, FieldError)>,
    ) -> Result<(), DataError> {
        let fields: Vec<FieldName<'_>> =
            input.fields.iter().map(|field| FieldName::of(&field.source, &field.name)).collect();
        let compounds = compound_fields(input, &fields);
        let compounds: Vec<Compound<'_>> =
            compounds.iter().map(|(kind, fields)| Compound { kind: *kind, fields }).collect();
        let info = InputInfo::new(&input.name, input.source, &fields).compounds(&compounds);
        let limit = if self.extent == Extent::All { usize::MAX } else { ROWS };
        let passed = observe_input(data, &info, rows, limit, refuse, |row| act(self, row));
        passed.map_err(|error| data.remarked(error))
    }

    /// Decision on a rejected row. Of all rows, those that the policy skips were left out before.
    fn refusal(&self) -> impl FnMut(usize, u32, DataError) -> Result<(), DataError> + use<> {
        let skips = self.plan.model.data.on_error != OnError::Stop;
        move |_, _, error| if skips { Ok(()) } else { Err(error) }
    }

    /// Selects rows to look at.
    fn looked_at(&self, rows: &[u32]) -> Vec<u32> {
        let most = if self.extent == Extent::All { usize::MAX } else { ROWS };
        rows.iter().copied().take(most).collect()
    }

    /// Columns that an input fits.
    fn of<'i>(
        &self,
        at: InputId,
        input: &'i Input,
    ) -> impl Iterator<Item = (ColumnId, FieldId)> + use<'i, 'a> {
        let plan = self.plan;
        input.columns.iter().copied().filter(move |&(column, _)| plan.observer(column) == Some(at))
    }

    /// Encodes a value, unless its column needs statistics of all rows.
    fn encoded(&self, column: ColumnId, field: &Field<'_>) -> Result<EncodedValue, FieldError> {
        let declared = &self.plan.model.columns[column.0];
        let can_encode = self.extent == Extent::All
            || match declared.vocabulary {
                Some(id) => !is_learned(&self.plan.model.vocabularies[id.0].keys),
                None => !declared.kind.learns(),
            };
        if !can_encode {
            return Ok(EncodedValue::default());
        }
        let vocabulary = declared.vocabulary.map(|id| &self.vocabularies[id.0]);
        self.columns[column.0].encode(field, vocabulary)
    }
}

/// The value of a field as a column reads it: that of a time is a number of seconds.
fn as_read<'f>(column: &Column, field: &'f Field<'f>) -> Result<Field<'f>, FieldError> {
    let (ColumnKind::Float(FloatSpec { time: true, dates, .. })
    | ColumnKind::Bucket(BucketSpec { time: true, dates, .. })) = &column.kind
    else {
        return Ok(field.borrowed());
    };
    let seconds = number_or_seconds(&column.name, field, true, *dates)?;
    Ok(seconds.map_or(Field::Missing, |seconds| Field::Float(seconds.nearest())))
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
