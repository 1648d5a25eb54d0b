//! `tables!`: embedding tables of a model, and their gathered rows in a batch.

use std::fmt;
use std::path::Path;

use dfdx::tensor::Gradients;

use crate::data::{Bags, BucketColumn, Ids, PartNames, Sequences, Vocabulary};
use turret_schema::{Each, Precision};

use crate::footprint::TableFootprint;
use crate::ops::{Device, Pass};
use crate::optim::OptimizerSpec;
use crate::state::{StateError, StateErrorKind};
use crate::table::{Embedding, EmbeddingRows, FoundRows, Initializer, Lookup, RowUpdate, Table};

/// A column or vocabulary that determines the rows of a table.
pub trait CountedRows {
    /// Number of rows.
    fn rows(&self) -> usize;
}

impl CountedRows for Vocabulary {
    fn rows(&self) -> usize {
        Vocabulary::rows(self)
    }
}

impl CountedRows for BucketColumn {
    fn rows(&self) -> usize {
        BucketColumn::rows(self)
    }
}

/// Specification of a table.
#[derive(Clone, Debug)]
pub struct TableSpec<'a> {
    name: String,
    dim: usize,
    rows: usize,
    precision: Precision,
    initializer: Initializer,
    pretrained: Option<(&'static str, &'a Vocabulary)>,
    frozen: bool,
    l2: f32,
    optimizer: Option<OptimizerSpec>,
    lookups: Each,
}

impl<'a> TableSpec<'a> {
    /// A table with one row of width `dim` per key or bucket. Each record looks up one row.
    pub fn new(name: impl Into<String>, dim: usize, rows: &impl CountedRows) -> Self {
        Self {
            name: name.into(),
            dim,
            rows: rows.rows(),
            precision: Precision::default(),
            initializer: Initializer::default(),
            pretrained: None,
            frozen: false,
            l2: 0.0,
            optimizer: None,
            lookups: Each { record: 1, sampled: 0 },
        }
    }

    /// Tables of a range: `pattern` with `{}` replaced by the numbers from `first` on.
    pub fn each<R: CountedRows>(
        pattern: &'static str,
        first: usize,
        dim: usize,
        rows: &[R],
        with: impl Fn(Self) -> Self,
    ) -> Vec<Self> {
        let name = |index: usize| PartNames { pattern, first }.name(index);
        rows.iter().enumerate().map(|(index, rows)| with(Self::new(name(index), dim, rows))).collect()
    }

    /// Sets the number format of the rows.
    #[must_use]
    pub fn precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Sets the initial values.
    #[must_use]
    pub fn initializer(self, initializer: Initializer) -> Self {
        Self { initializer, ..self }
    }

    /// Sets the maximum number of rows that are looked up, per record and per sampled candidate.
    #[must_use]
    pub fn lookups(self, record: u64, sampled: u64) -> Self {
        Self { lookups: Each { record, sampled }, ..self }
    }

    /// Sets pretrained vectors: a file in the data folder with the vectors of the vocabulary's keys, in
    /// order.
    #[must_use]
    pub fn pretrained(self, file: &'static str, keys: &'a Vocabulary) -> Self {
        Self { pretrained: Some((file, keys)), ..self }
    }

    /// Makes the table constant in training.
    #[must_use]
    pub fn frozen(self) -> Self {
        Self { frozen: true, ..self }
    }

    /// Sets the penalty `l2 * sum w^2` over the gathered rows.
    #[must_use]
    pub fn l2(self, l2: f32) -> Self {
        Self { l2, ..self }
    }

    /// Sets an optimizer that differs from the model's.
    #[must_use]
    pub fn optimizer(self, optimizer: OptimizerSpec) -> Self {
        Self { optimizer: Some(optimizer), ..self }
    }

    /// Returns its memory, given the optimizer of the model.
    pub(super) fn footprint(&self, optimizer: &OptimizerSpec) -> TableFootprint {
        let state: usize = self.optimizer.unwrap_or(*optimizer).state(self.dim).iter().sum();
        TableFootprint {
            name: self.name.clone(),
            rows: self.rows as u64,
            dim: self.dim as u64,
            precision: self.precision,
            state: if self.frozen { 0 } else { state as u64 },
            lookups: self.lookups,
        }
    }

    fn embedding(self, making: Making<'_>) -> Result<Embedding, StateError> {
        let Self { precision, name, rows, dim, initializer, .. } = self;
        let mut embedding =
            Embedding::of_precision(precision, &name, rows, dim, initializer, making.seed).l2(self.l2);
        if let Some((file, keys)) = self.pretrained {
            embedding = embedding.pretrained(making.folder, file, keys)?;
        }
        if self.frozen {
            embedding = embedding.frozen();
        }
        Ok(match self.optimizer {
            Some(optimizer) => embedding.optimizer(optimizer),
            None => embedding,
        })
    }
}

/// Context in which tables are created.
#[derive(Clone, Copy, Debug)]
pub struct Making<'a> {
    /// Data folder. None if no files should be read, because trained rows will be loaded.
    pub folder: Option<&'a Path>,
    /// Seed.
    pub seed: u64,
}

/// Keys of a column of a batch, or of a range.
pub trait KeyColumn {
    /// Returns the table rows of the column with this index in its range.
    fn keys(&self, index: usize) -> &[u32];
}

impl KeyColumn for Ids {
    fn keys(&self, _: usize) -> &[u32] {
        self.as_slice()
    }
}

impl KeyColumn for Bags {
    fn keys(&self, _: usize) -> &[u32] {
        self.ids()
    }
}

impl KeyColumn for Sequences {
    fn keys(&self, _: usize) -> &[u32] {
        self.ids()
    }
}

impl<C: KeyColumn, const N: usize> KeyColumn for [C; N] {
    fn keys(&self, index: usize) -> &[u32] {
        self[index].keys(0)
    }
}

/// A table, or the tables of a range.
pub trait TablePart: fmt::Debug + Sized {
    /// Gathered rows of a batch.
    type Rows<D: Device>: fmt::Debug;

    /// Creates it from the next specifications.
    fn make(specs: &mut dyn Iterator<Item = TableSpec<'_>>, making: Making<'_>) -> Result<Self, StateError>;
    /// Appends the lookups of some columns.
    fn look_up<'a>(&'a self, columns: &[&'a dyn KeyColumn], into: &mut Vec<Lookup<'a>>);
    /// Takes the rows of its lookups.
    fn rows<D: Device>(
        found: &mut dyn Iterator<Item = FoundRows>,
        pass: &Pass<D>,
    ) -> Result<Self::Rows<D>, D::Err>;
    /// Appends the updates of these rows.
    fn update<'a, D: Device>(
        &'a mut self,
        rows: &'a Self::Rows<D>,
        gradients: &mut Gradients<f32, D>,
        into: &mut Vec<RowUpdate<'a>>,
    ) -> Result<(), D::Err>;
    /// Appends references to its tables.
    fn list<'t>(&'t self, into: &mut Vec<&'t Embedding>);
    /// Appends mutable references to its tables.
    fn list_mut<'t>(&'t mut self, into: &mut Vec<&'t mut Embedding>);
}

/// Lookup of the columns with this index in their ranges.
fn look_up_at<'a>(table: &'a Embedding, columns: &[&'a dyn KeyColumn], index: usize) -> Lookup<'a> {
    Lookup { table, columns: columns.iter().map(|column| column.keys(index)).collect() }
}

impl<const W: usize> TablePart for Table<W> {
    type Rows<D: Device> = EmbeddingRows<W, D>;

    fn make(specs: &mut dyn Iterator<Item = TableSpec<'_>>, making: Making<'_>) -> Result<Self, StateError> {
        match specs.next() {
            Some(spec) => Ok(Table::of(spec.embedding(making)?)),
            None => Err(StateError::new(Path::new(""), StateErrorKind::Tables)),
        }
    }

    fn look_up<'a>(&'a self, columns: &[&'a dyn KeyColumn], into: &mut Vec<Lookup<'a>>) {
        into.push(look_up_at(self, columns, 0));
    }

    fn rows<D: Device>(
        found: &mut dyn Iterator<Item = FoundRows>,
        pass: &Pass<D>,
    ) -> Result<Self::Rows<D>, D::Err> {
        EmbeddingRows::new(found.next().unwrap_or_default(), pass)
    }

    fn update<'a, D: Device>(
        &'a mut self,
        rows: &'a Self::Rows<D>,
        gradients: &mut Gradients<f32, D>,
        into: &mut Vec<RowUpdate<'a>>,
    ) -> Result<(), D::Err> {
        into.extend(rows.update(self, gradients)?);
        Ok(())
    }

    fn list<'t>(&'t self, into: &mut Vec<&'t Embedding>) {
        into.push(self);
    }

    fn list_mut<'t>(&'t mut self, into: &mut Vec<&'t mut Embedding>) {
        into.push(self);
    }
}

impl<const W: usize, const N: usize> TablePart for [Table<W>; N] {
    type Rows<D: Device> = Vec<EmbeddingRows<W, D>>;

    fn make(specs: &mut dyn Iterator<Item = TableSpec<'_>>, making: Making<'_>) -> Result<Self, StateError> {
        let tables =
            (0..N).map(|_| <Table<W> as TablePart>::make(specs, making)).collect::<Result<Vec<_>, _>>()?;
        tables.try_into().map_err(|_| StateError::new(Path::new(""), StateErrorKind::Tables))
    }

    fn look_up<'a>(&'a self, columns: &[&'a dyn KeyColumn], into: &mut Vec<Lookup<'a>>) {
        into.extend(self.iter().enumerate().map(|(index, table)| look_up_at(table, columns, index)));
    }

    fn rows<D: Device>(
        found: &mut dyn Iterator<Item = FoundRows>,
        pass: &Pass<D>,
    ) -> Result<Self::Rows<D>, D::Err> {
        (0..N).map(|_| <Table<W> as TablePart>::rows(found, pass)).collect()
    }

    fn update<'a, D: Device>(
        &'a mut self,
        rows: &'a Self::Rows<D>,
        gradients: &mut Gradients<f32, D>,
        into: &mut Vec<RowUpdate<'a>>,
    ) -> Result<(), D::Err> {
        self.iter_mut()
            .zip(rows)
            .try_for_each(|(table, rows)| TablePart::update(table, rows, gradients, into))
    }

    fn list<'t>(&'t self, into: &mut Vec<&'t Embedding>) {
        self.iter().for_each(|table| table.list(into));
    }

    fn list_mut<'t>(&'t mut self, into: &mut Vec<&'t mut Embedding>) {
        self.iter_mut().for_each(|table| table.list_mut(into));
    }
}

/// All tables of a model.
pub trait TableSet<D: Device>: fmt::Debug + Sized {
    /// Encoded columns with the keys.
    type Batch;
    /// Gathered rows of a batch.
    type Gathered: fmt::Debug;

    /// Creates the tables of these specifications, in order.
    fn make(specs: Vec<TableSpec<'_>>, making: Making<'_>) -> Result<Self, StateError>;
    /// Gathers the distinct rows of a batch.
    fn gather(&self, batch: &Self::Batch, pass: &mut Pass<D>) -> Result<Self::Gathered, D::Err>;
    /// Returns the updates of the gathered rows.
    fn updates<'a>(
        &'a mut self,
        gathered: &'a Self::Gathered,
        gradients: &mut Gradients<f32, D>,
    ) -> Result<Vec<RowUpdate<'a>>, D::Err>;
    /// Returns the tables in order.
    fn list(&self) -> Vec<&Embedding>;
    /// Returns the tables in order, mutably.
    fn list_mut(&mut self) -> Vec<&mut Embedding>;
}

/// Declares the embedding tables of a model, each with the batch columns that are looked up in it, and
/// `Gathered`, their rows in a batch, which receive gradients. Tables are not on the tape.
#[macro_export]
macro_rules! tables {
    (
        pub struct Tables {
            $($(#[doc = $doc:literal])* #[keys($($input:ident.$column:ident $([$at:literal])?),*)] pub $table:ident: $type:ty,)*
        }
    ) => {
        /// Embedding tables.
        #[derive(Debug)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct Tables {
            $($(#[doc = $doc])* pub $table: $type,)*
        }
        /// Distinct table rows of a batch. They receive gradients.
        #[derive(Debug)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct Gathered<D: $crate::ops::Device> {
            $($(#[doc = $doc])* pub $table: <$type as $crate::model::TablePart>::Rows<D>,)*
            on: ::std::marker::PhantomData<D>,
        }
        impl<D: $crate::ops::Device> $crate::model::TableSet<D> for Tables {
            type Batch = Batch;
            type Gathered = Gathered<D>;

            #[allow(unused_variables, unused_mut, reason = "a model may have no table")]
            fn make(
                specs: Vec<$crate::model::TableSpec<'_>>,
                making: $crate::model::Making<'_>,
            ) -> ::std::result::Result<Self, $crate::state::StateError> {
                let mut specs = specs.into_iter();
                Ok(Self { $($table: $crate::model::TablePart::make(&mut specs, making)?,)* })
            }
            #[allow(unused_variables, unused_mut, reason = "a model may have no table")]
            fn gather(
                &self,
                batch: &Batch,
                pass: &mut $crate::ops::Pass<D>,
            ) -> ::std::result::Result<Gathered<D>, D::Err> {
                let mut lookups = Vec::new();
                $($crate::model::TablePart::look_up(
                    &self.$table,
                    &[$(&batch.$input.$column $([$at])?),*],
                    &mut lookups,
                );)*
                let mut found = $crate::table::find_rows(lookups, pass).into_iter();
                Ok(Gathered {
                    $($table: <$type as $crate::model::TablePart>::rows(&mut found, pass)?,)*
                    on: ::std::marker::PhantomData,
                })
            }
            #[allow(unused_variables, unused_mut, reason = "a model may have no table")]
            fn updates<'a>(
                &'a mut self,
                gathered: &'a Gathered<D>,
                gradients: &mut $crate::dfdx::tensor::Gradients<f32, D>,
            ) -> ::std::result::Result<Vec<$crate::table::RowUpdate<'a>>, D::Err> {
                let mut updates = Vec::new();
                $($crate::model::TablePart::update(&mut self.$table, &gathered.$table, gradients, &mut updates)?;)*
                Ok(updates)
            }
            #[allow(unused_mut, reason = "a model may have no table")]
            fn list(&self) -> Vec<&$crate::table::Embedding> {
                let mut tables = Vec::new();
                $($crate::model::TablePart::list(&self.$table, &mut tables);)*
                tables
            }
            #[allow(unused_mut, reason = "a model may have no table")]
            fn list_mut(&mut self) -> Vec<&mut $crate::table::Embedding> {
                let mut tables = Vec::new();
                $($crate::model::TablePart::list_mut(&mut self.$table, &mut tables);)*
                tables
            }
        }
    };
}
