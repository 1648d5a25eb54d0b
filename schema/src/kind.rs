//! Kinds of columns.

use crate::column::{
    BagSpec, BucketSpec, FloatSpec, IdSpec, LabelSpec, TextSpec, Transform, VectorSpec, WeightSpec,
};
use crate::pooling::Pad;
use crate::text::Text;

/// Encoded values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A table row.
    Row,
    /// Table rows; maximum number.
    Bag(usize),
    /// Ordered table rows; maximum number, and padding side.
    Sequence(usize, Pad),
    /// Numbers; count.
    Numbers(usize),
}

impl Content {
    /// Maximum number of table rows per record.
    pub fn rows(self) -> usize {
        match self {
            Content::Row => 1,
            Content::Bag(most) | Content::Sequence(most, _) => most,
            Content::Numbers(_) => 0,
        }
    }
}

/// Use of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// An input of layers.
    Feature,
    /// The sampling probability of a candidate.
    Frequency,
    /// A target value.
    Label,
    /// The weight of a record.
    Weight,
}

/// Declares the kinds of columns from one list: of each its settings, the numbers that only the types of a program have, the type of
/// the column in the runtime with its const parameter, its role, its encoded values, and true if encoding needs statistics of the
/// training rows.
macro_rules! kinds {
    ($(
        $(#[$meta:meta])*
        $variant:ident $(($spec:ident: $ty:ty $(, $more:ident: $more_ty:ty)?))?
            => $column:ident $(<$width:ident>)?, $role:ident, $content:expr, learns $learns:expr;
    )*) => {
        /// Kind of the values of a column.
        #[derive(Clone, Debug, PartialEq)]
        pub enum ColumnKind {
            $($(#[$meta])* $variant $(($ty $(, $more_ty)?))?,)*
        }

        #[cfg(feature = "code")]
        impl $crate::Variants for ColumnKind {
            const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),*];

            fn variant(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }
        }

        #[allow(unused_variables, reason = "few kinds need all of their settings for all that is asked of them")]
        impl ColumnKind {
            /// Returns the kind of the encoded values.
            pub fn content(&self) -> Content {
                match self {
                    $(Self::$variant $(($spec $(, $more)?))? => $content,)*
                }
            }

            /// Returns the use of the column.
            pub fn role(&self) -> ColumnRole {
                match self {
                    $(Self::$variant { .. } => ColumnRole::$role,)*
                }
            }

            /// Returns whether encoding needs statistics of the training rows, besides those of a vocabulary.
            pub fn learns(&self) -> bool {
                match self {
                    $(Self::$variant $(($spec $(, $more)?))? => $learns,)*
                }
            }

            /// Type of the column in the runtime.
            #[cfg(feature = "code")]
            pub fn column(&self) -> proc_macro2::TokenStream {
                match self {
                    $(Self::$variant $(($spec $(, $more)?))? => {
                        let parameter: Option<usize> = None;
                        $(let parameter = Some(*$width);)?
                        $crate::code::column(stringify!($column), parameter)
                    })*
                }
            }

            /// Settings, as the Rust that makes them.
            #[cfg(feature = "code")]
            pub fn settings(&self) -> Option<proc_macro2::TokenStream> {
                match self {
                    $(Self::$variant $(($spec $(, $more)?))? => {
                        let settings: Option<proc_macro2::TokenStream> = None;
                        $(let settings = Some($crate::Code::code($spec));)?
                        settings
                    })*
                }
            }
        }
    };
}

kinds! {
    /// A key.
    Id(spec: IdSpec) => IdColumn, Feature, Content::Row, learns false;
    /// A bag of keys, weighted or not.
    Bag(spec: BagSpec) => BagColumn, Feature, Content::Bag(spec.max.0), learns false;
    /// Ordered keys, and the padding side of shorter sequences.
    Sequence(spec: BagSpec, pad: Pad) => BagColumn, Feature, Content::Sequence(spec.max.0, *pad), learns false;
    /// Words of a text.
    Text(spec: TextSpec) => TextColumn, Feature, Content::Bag(spec.max.0), learns false;
    /// A number.
    Float(spec: FloatSpec) => FloatColumn, Feature, Content::Numbers(1), learns spec.learns();
    /// A vector of this width.
    Vector(spec: VectorSpec, width: usize) => VectorColumn<width>, Feature, Content::Numbers(*width), learns false;
    /// Bucket index: the number of boundaries <= the value.
    Bucket(spec: BucketSpec) => BucketColumn, Feature, Content::Row, learns true;
    /// Frequency of the value in the training rows.
    Frequency => FrequencyColumn, Frequency, Content::Numbers(1), learns true;
    /// Label from 0 to 1, or index of a class.
    Label(spec: LabelSpec) => LabelColumn, Label, Content::Numbers(1), learns false;
    /// Number to be predicted.
    Target(spec: FloatSpec) => FloatColumn, Label, Content::Numbers(1), learns spec.learns();
    /// Weight of a record.
    Weight(spec: WeightSpec) => WeightColumn, Weight, Content::Numbers(1), learns false;
}

impl ColumnKind {
    /// Returns whether it is an input of layers. Others are labels, weights and the like.
    pub fn is_feature(&self) -> bool {
        self.role() == ColumnRole::Feature
    }

    /// Returns whether a record can have several keys in it.
    pub fn holds_many(&self) -> bool {
        matches!(self.content(), Content::Bag(_) | Content::Sequence(..))
    }

    /// Names of the classes of a label; empty if it has none.
    pub fn classes(&self) -> &[Text] {
        if let Self::Label(spec) = self { &spec.classes } else { &[] }
    }

    /// Returns whether a target is transformed before it is learned.
    pub fn is_transformed_target(&self) -> bool {
        matches!(self, Self::Target(spec) if spec.transform != Transform::Raw)
    }

    /// Returns whether it can be looked up in a table.
    pub fn is_key(&self) -> bool {
        !matches!(self.content(), Content::Numbers(_))
    }
}
