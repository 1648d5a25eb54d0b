//! Runtime columns and vocabularies, created from a plan.

use turret_dsl::model::{self, Column, ColumnKind, FloatSpec, OnError};
use turret_runtime::data::{
    BagColumn, Bags, BucketColumn, Counting, Field, FieldError, FitError, FloatColumn, Floats,
    FrequencyColumn, IdColumn, Ids, LabelColumn, TextColumn, VectorColumn, Vocabulary, WeightColumn,
};

/// A column of any kind.
pub(super) enum FittedColumn {
    Id(IdColumn),
    Bag(BagColumn),
    Text(TextColumn),
    Float(FloatColumn, FloatSpec),
    Bucket(BucketColumn),
    Frequency(FrequencyColumn),
    Label(LabelColumn),
    Weight(WeightColumn),
    /// A vector column with its width, which is a type parameter only in compiled programs.
    Vector(VectorColumn<0>, usize),
}

impl FittedColumn {
    /// Creates the column that the spec declares.
    pub(super) fn new(column: &Column, on_error: OnError) -> Self {
        let name = column.name.as_str();
        macro_rules! fitted {
            ($column:expr) => {
                if on_error == OnError::Substitute { $column.substitute() } else { $column }
            };
        }
        match &column.kind {
            ColumnKind::Id(spec) => FittedColumn::Id(fitted!(IdColumn::new(name, spec.clone()))),
            ColumnKind::Bag(spec) | ColumnKind::Sequence(spec, _) => {
                FittedColumn::Bag(fitted!(BagColumn::new(name, spec.clone())))
            }
            ColumnKind::Text(spec) => FittedColumn::Text(fitted!(TextColumn::new(name, *spec))),
            ColumnKind::Float(spec) => FittedColumn::Float(fitted!(FloatColumn::new(name, *spec)), *spec),
            ColumnKind::Vector(width, spec) => {
                FittedColumn::Vector(fitted!(VectorColumn::new(name, *spec)), *width)
            }
            ColumnKind::Bucket(spec) => FittedColumn::Bucket(fitted!(BucketColumn::new(name, spec.clone()))),
            ColumnKind::Frequency => FittedColumn::Frequency(fitted!(FrequencyColumn::new(name))),
            ColumnKind::Label(spec) => FittedColumn::Label(fitted!(LabelColumn::new(name, *spec))),
            ColumnKind::Weight(spec) => FittedColumn::Weight(fitted!(WeightColumn::new(name, *spec))),
        }
    }

    /// Observes and checks a value.
    pub(super) fn observe(
        &mut self,
        field: &Field<'_>,
        vocabulary: Option<&mut Vocabulary>,
    ) -> Result<(), FieldError> {
        match (self, vocabulary) {
            (FittedColumn::Id(column), Some(vocabulary)) => column.observe(field, vocabulary),
            (FittedColumn::Bag(column), Some(vocabulary)) => column.observe(field, vocabulary),
            (FittedColumn::Text(column), Some(vocabulary)) => column.observe(field, vocabulary),
            (FittedColumn::Float(column, ..), _) => column.observe(field),
            (FittedColumn::Bucket(column), _) => column.observe(field),
            (FittedColumn::Frequency(column), _) => column.observe(field),
            (FittedColumn::Label(column), _) => column.observe(field),
            (FittedColumn::Weight(column), _) => column.observe(field),
            (FittedColumn::Vector(column, width), _) => column.check(field, *width),
            (FittedColumn::Id(_) | FittedColumn::Bag(_) | FittedColumn::Text(_), None) => Ok(()),
        }
    }

    /// Finishes fitting.
    pub(super) fn finish(&mut self) -> Result<(), FitError> {
        match self {
            FittedColumn::Float(column, ..) => column.finish(),
            FittedColumn::Bucket(column) => column.finish(),
            FittedColumn::Frequency(column) => column.finish(),
            // Only the vocabulary is fitted.
            FittedColumn::Id(_) | FittedColumn::Bag(_) | FittedColumn::Text(_) => Ok(()),
            FittedColumn::Label(_) | FittedColumn::Weight(_) | FittedColumn::Vector(..) => Ok(()),
        }
    }

    /// Returns whether encoding needs the statistics of all rows.
    pub(super) fn learns(&self) -> bool {
        match self {
            FittedColumn::Float(_, spec) => spec.learns(),
            FittedColumn::Bucket(_) | FittedColumn::Frequency(_) => true,
            FittedColumn::Id(_) | FittedColumn::Bag(_) | FittedColumn::Text(_) => false,
            FittedColumn::Label(_) | FittedColumn::Weight(_) | FittedColumn::Vector(..) => false,
        }
    }

    /// Encodes a value, to find errors of encoding. Returns the number of a numeric column.
    pub(super) fn encode(
        &self,
        field: &Field<'_>,
        vocabulary: Option<&Vocabulary>,
    ) -> Result<Option<f32>, FieldError> {
        let (mut ids, mut bags, mut floats) = (Ids::default(), Bags::default(), Floats::<1>::default());
        match (self, vocabulary) {
            (FittedColumn::Id(column), Some(vocabulary)) => {
                column.encode(field, vocabulary, &mut ids, Counting::Uncounted)?
            }
            (FittedColumn::Bag(column), Some(vocabulary)) => {
                column.encode(field, vocabulary, &mut bags, Counting::Uncounted)?
            }
            (FittedColumn::Text(column), Some(vocabulary)) => {
                column.encode(field, vocabulary, &mut bags, Counting::Uncounted)?
            }
            (FittedColumn::Float(column, ..), _) => column.encode(field, &mut floats, Counting::Uncounted)?,
            (FittedColumn::Bucket(column), _) => column.encode(field, &mut ids, Counting::Uncounted)?,
            (FittedColumn::Frequency(column), _) => column.encode(field, &mut floats, Counting::Uncounted)?,
            (FittedColumn::Label(column), _) => column.encode(field, &mut floats, Counting::Uncounted)?,
            (FittedColumn::Weight(column), _) => column.encode(field, &mut floats, Counting::Uncounted)?,
            (FittedColumn::Vector(..), _) => {}
            (FittedColumn::Id(_) | FittedColumn::Bag(_) | FittedColumn::Text(_), None) => {}
        }
        Ok(floats.as_slice().first().copied())
    }
}

/// Creates the vocabulary that the spec declares.
pub(super) fn vocabulary(vocabulary: &model::Vocabulary) -> Vocabulary {
    Vocabulary::new(&vocabulary.name, vocabulary.keys.clone()).oov(vocabulary.oov)
}
