//! The columns and vocabularies of a plan, as those of the runtime.

use turret_dsl::model::{self, Column, ColumnKind, Items, Keys};
use turret_runtime::data::{
    BagColumn, Bags, Boundaries, BucketColumn, Counting, Field, FieldError, FitError, FloatColumn, Floats,
    FrequencyColumn, IdColumn, Ids, Keep, LabelColumn, Learned, MissingBag, MissingBucket, MissingFloat,
    MissingId, MissingVector, Oov, TextColumn, Transform, VectorColumn, Vocabulary, WeightColumn,
};

/// A column of any kind.
pub(super) enum FittedColumn {
    Id(IdColumn),
    Bag(BagColumn),
    Text(TextColumn),
    Float(FloatColumn, model::Transform, model::MissingFloat),
    Bucket(BucketColumn),
    Frequency(FrequencyColumn),
    Label(LabelColumn),
    Weight(WeightColumn),
    /// With its width, which only the types of a compiled program have.
    Vector(VectorColumn<0>, usize),
}

impl FittedColumn {
    /// A column as the spec declares it.
    pub(super) fn new(column: &Column, on_error: model::OnError) -> Self {
        let name = column.name.as_str();
        macro_rules! substituted {
            ($column:expr) => {{
                let column = $column;
                if on_error == model::OnError::Substitute { column.substitute() } else { column }
            }};
        }
        match &column.kind {
            ColumnKind::Id { missing } => {
                let missing = match missing {
                    model::MissingId::Oov => MissingId::Oov,
                    model::MissingId::Error => MissingId::Error,
                    model::MissingId::Zero => MissingId::Zero,
                    model::MissingId::Value(key) => MissingId::Value(key.clone()),
                };
                FittedColumn::Id(substituted!(IdColumn::new(name).missing(missing)))
            }
            ColumnKind::Bag { items, weight } => {
                let bag = bag(name, items);
                let bag = match weight {
                    Some(separator) => bag.weighted(first_char(separator)),
                    None => bag,
                };
                FittedColumn::Bag(substituted!(bag))
            }
            ColumnKind::Sequence { items, .. } => FittedColumn::Bag(substituted!(bag(name, items).ordered())),
            ColumnKind::Text { max, keep: kept, missing } => {
                let text = TextColumn::new(name).max(count(*max), keep(*kept)).missing(missing_bag(*missing));
                FittedColumn::Text(substituted!(text))
            }
            &ColumnKind::Float { clip, transform, missing } => {
                let float = FloatColumn::new(name)
                    .clip(clip.0, clip.1)
                    .transform(match transform {
                        model::Transform::Raw => Transform::Raw,
                        model::Transform::Log1p => Transform::Log1p,
                        model::Transform::Standardize => Transform::Standardize,
                        model::Transform::MinMax => Transform::MinMax,
                    })
                    .missing(match missing {
                        model::MissingFloat::Error => MissingFloat::Error,
                        model::MissingFloat::Mean => MissingFloat::Mean,
                        model::MissingFloat::Value(value) => MissingFloat::Value(value),
                    });
                FittedColumn::Float(substituted!(float), transform, missing)
            }
            ColumnKind::Vector { width, separator, missing_zero } => {
                let missing = if *missing_zero { MissingVector::Zero } else { MissingVector::Error };
                let vector = VectorColumn::new(name).separator(first_char(separator)).missing(missing);
                FittedColumn::Vector(substituted!(vector), count(*width))
            }
            ColumnKind::Bucket { boundaries, missing_bucket } => {
                let boundaries = match boundaries {
                    model::Boundaries::Given(values) => Boundaries::Given(values.clone()),
                    model::Boundaries::EqualWidth(buckets) => Boundaries::EqualWidth(count(*buckets)),
                    model::Boundaries::Quantiles(buckets) => Boundaries::Quantiles(count(*buckets)),
                };
                let missing = if *missing_bucket { MissingBucket::Bucket } else { MissingBucket::Error };
                FittedColumn::Bucket(substituted!(BucketColumn::new(name, boundaries).missing(missing)))
            }
            ColumnKind::Frequency => FittedColumn::Frequency(substituted!(FrequencyColumn::new(name))),
            ColumnKind::Label { threshold, missing } => {
                let label = LabelColumn::new(name);
                let label = threshold.iter().copied().fold(label, LabelColumn::threshold);
                FittedColumn::Label(substituted!(missing.iter().copied().fold(label, LabelColumn::missing)))
            }
            ColumnKind::Weight { missing } => {
                let weight = WeightColumn::new(name);
                FittedColumn::Weight(substituted!(
                    missing.iter().copied().fold(weight, WeightColumn::missing)
                ))
            }
        }
    }

    /// Learns from a value, and checks it.
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

    /// Ends learning.
    pub(super) fn finish(&mut self) -> Result<(), FitError> {
        match self {
            FittedColumn::Float(column, ..) => column.finish(),
            FittedColumn::Bucket(column) => column.finish(),
            FittedColumn::Frequency(column) => column.finish(),
            // Of these only the vocabulary learns.
            FittedColumn::Id(_) | FittedColumn::Bag(_) | FittedColumn::Text(_) => Ok(()),
            FittedColumn::Label(_) | FittedColumn::Weight(_) | FittedColumn::Vector(..) => Ok(()),
        }
    }

    /// Returns whether encoding needs what all rows taught the column.
    pub(super) fn learns(&self) -> bool {
        match self {
            FittedColumn::Float(_, transform, missing) => {
                matches!(transform, model::Transform::Standardize | model::Transform::MinMax)
                    || *missing == model::MissingFloat::Mean
            }
            FittedColumn::Bucket(_) | FittedColumn::Frequency(_) => true,
            FittedColumn::Id(_) | FittedColumn::Bag(_) | FittedColumn::Text(_) => false,
            FittedColumn::Label(_) | FittedColumn::Weight(_) | FittedColumn::Vector(..) => false,
        }
    }

    /// Encodes a value, and so finds what only encoding refuses. Returns the number of a column of numbers.
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

/// A vocabulary as the spec declares it.
pub(super) fn vocabulary(vocabulary: &model::Vocabulary) -> Vocabulary {
    let name = vocabulary.name.as_str();
    let new = match &vocabulary.keys {
        Keys::Learned { min_count, max } => {
            Vocabulary::learned(name, Learned { min_count: *min_count, max: max.map(count) })
        }
        Keys::List(keys) => Vocabulary::list(name, &keys.iter().map(String::as_str).collect::<Vec<_>>()),
        Keys::File(path) => Vocabulary::file(name, path),
        Keys::Range(from, to) => Vocabulary::range(name, *from, *to),
        Keys::Hash(buckets) => Vocabulary::hash(name, u32::try_from(*buckets).unwrap_or(u32::MAX), 0),
    };
    new.oov(match vocabulary.oov {
        model::Oov::Bucket => Oov::Bucket,
        model::Oov::Zero => Oov::Zero,
        model::Oov::Drop => Oov::Drop,
        model::Oov::Error => Oov::Error,
    })
}

fn bag(name: &str, items: &Items) -> BagColumn {
    let bag = BagColumn::new(name)
        .separator(first_char(&items.separator))
        .max(count(items.max), keep(items.keep))
        .missing(missing_bag(items.missing));
    match &items.padding {
        Some(key) => bag.padding(key),
        None => bag,
    }
}

fn keep(keep: model::Keep) -> Keep {
    match keep {
        model::Keep::First => Keep::First,
        model::Keep::Last => Keep::Last,
        model::Keep::Error => Keep::Error,
    }
}

fn missing_bag(missing: model::MissingBag) -> MissingBag {
    match missing {
        model::MissingBag::Empty => MissingBag::Empty,
        model::MissingBag::Error => MissingBag::Error,
    }
}

/// The one character of a separator, as the compiler has made sure.
fn first_char(text: &str) -> char {
    text.chars().next().unwrap_or(',')
}

/// A count of the compiler, which keeps counts within what memory holds.
fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
