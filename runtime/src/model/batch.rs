//! `batch!` and `batches!`: the encoded columns of the inputs of a model.

use crate::data::{Bags, Floats, Ids, Sequences};

/// Encoded columns of some records: a column, a range of columns, or all columns of an input.
pub trait EncodedInput {
    /// No records.
    fn empty() -> Self;
    /// Number of records.
    fn rows(&self) -> usize;
    /// Copies these records to `into`, replacing its contents.
    fn gather_into(&self, rows: &[u32], into: &mut Self);
    /// Removes all records from `rows` on.
    fn truncate(&mut self, rows: usize);
}

macro_rules! columns {
    ($($column:ty $(where $width:ident)?),*) => {$(
        impl $(<const $width: usize>)? EncodedInput for $column {
            fn empty() -> Self {
                Self::default()
            }
            fn rows(&self) -> usize {
                <$column>::rows(self)
            }
            fn gather_into(&self, rows: &[u32], into: &mut Self) {
                <$column>::gather_into(self, rows, into);
            }
            fn truncate(&mut self, rows: usize) {
                <$column>::truncate(self, rows);
            }
        }
    )*};
}

columns!(Ids, Bags, Sequences, Floats<W> where W);

impl<C: EncodedInput, const N: usize> EncodedInput for [C; N] {
    fn empty() -> Self {
        std::array::from_fn(|_| C::empty())
    }

    fn rows(&self) -> usize {
        self.first().map_or(0, C::rows)
    }

    fn gather_into(&self, rows: &[u32], into: &mut Self) {
        self.iter().zip(into).for_each(|(column, into)| column.gather_into(rows, into));
    }

    fn truncate(&mut self, rows: usize) {
        self.iter_mut().for_each(|column| column.truncate(rows));
    }
}

/// Declares the encoded columns of an input. `of` names its record type. `reads` gives for each column the
/// field of the record and, if its keys are looked up, the vocabulary; `again` before it means that the
/// column is fitted and counted on another input. `#[earlier(max, keep)]` marks a column of earlier rows. An
/// input without columns only counts its records.
#[macro_export]
macro_rules! batch {
    ($(#[doc = $about:literal])* pub struct $name:ident {}) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name {
            rows: usize,
        }
        impl $crate::model::EncodedInput for $name {
            fn empty() -> Self {
                Self { rows: 0 }
            }
            fn rows(&self) -> usize {
                self.rows
            }
            fn gather_into(&self, rows: &[u32], into: &mut Self) {
                into.rows = rows.len();
            }
            fn truncate(&mut self, rows: usize) {
                self.rows = self.rows.min(rows);
            }
        }
        impl $name {
            fn look_back(&mut self, _: &$crate::data::Histories) {}

            fn observe(
                _: &mut Features,
                _: &$crate::data::Row<'_>,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                Ok(())
            }
            fn encode(
                &mut self,
                _: &Features,
                _: &$crate::data::Row<'_>,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                self.rows += 1;
                Ok(())
            }
        }
    };
    (
        $(#[doc = $about:literal])*
        #[of($record:ident)]
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                #[reads($($source:tt)*)]
                $(#[earlier($max:literal, $keep:ident)])?
                pub $column:ident: $type:ty,
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct $name {
            $($(#[doc = $doc])* pub $column: $type,)*
        }
        impl Default for $name {
            /// No records.
            fn default() -> Self {
                $crate::model::EncodedInput::empty()
            }
        }
        impl $crate::model::EncodedInput for $name {
            fn empty() -> Self {
                Self { $($column: $crate::model::EncodedInput::empty(),)* }
            }
            fn rows(&self) -> usize {
                let rows = [$($crate::model::EncodedInput::rows(&self.$column)),*];
                rows[0]
            }
            fn gather_into(&self, rows: &[u32], into: &mut Self) {
                $($crate::model::EncodedInput::gather_into(&self.$column, rows, &mut into.$column);)*
            }
            fn truncate(&mut self, rows: usize) {
                $($crate::model::EncodedInput::truncate(&mut self.$column, rows);)*
            }
        }
        impl $name {
            #[allow(unused_variables, reason = "an input may have no column of earlier rows")]
            fn look_back(&mut self, histories: &$crate::data::Histories) {
                $($(self.$column.look_back(histories, $max, $crate::data::Keep::$keep);)?)*
            }
            #[allow(unused_variables, reason = "other inputs may learn from all columns")]
            fn observe(
                features: &mut Features,
                row: &$crate::data::Row<'_>,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                let record = $record::from_row(row);
                $($crate::learn!(features, record, $column: $type, $($source)*);)*
                Ok(())
            }
            fn encode(
                &mut self,
                features: &Features,
                row: &$crate::data::Row<'_>,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                let record = $record::from_row(row);
                $($crate::encode!(Counted, features, record, self.$column, $($source)*);)*
                Ok(())
            }
        }
    };
}

/// Fits a column on a record, unless another input does.
#[doc(hidden)]
#[macro_export]
macro_rules! learn {
    ($features:ident, $record:ident, $column:ident: $type:ty, again $field:ident $($rest:tt)*) => {};
    ($features:ident, $record:ident, $column:ident: $type:ty, $field:ident $([$at:literal])?) => {
        $crate::model::PlainPart::<_, $type>::learn_from(&mut $features.$column, &$record.$field $([$at])?)?
    };
    (
        $features:ident, $record:ident, $column:ident: $type:ty,
        $field:ident $([$at:literal])?, $keys:ident $([$of:literal])?
    ) => {
        $crate::model::KeyedPart::<_, _, $type>::learn_from(
            &mut $features.$column,
            &$record.$field $([$at])?,
            &mut $features.$keys $([$of])?,
        )?
    };
}

/// Encodes the value of a column for a record. Counts policies, unless another input does.
#[doc(hidden)]
#[macro_export]
macro_rules! encode {
    (Counted, $features:ident, $record:ident, $self:ident.$column:ident, again $field:ident $($rest:tt)*) => {
        $crate::encode!(Uncounted, $features, $record, $self.$column, $field $($rest)*)
    };
    ($counting:ident, $features:ident, $record:ident, $self:ident.$column:ident, $field:ident $([$at:literal])?) => {
        $crate::model::PlainPart::encode_into(
            &$features.$column,
            &$record.$field $([$at])?,
            &mut $self.$column,
            $crate::data::Counting::$counting,
        )?
    };
    (
        $counting:ident, $features:ident, $record:ident, $self:ident.$column:ident,
        $field:ident $([$at:literal])?, $keys:ident $([$of:literal])?
    ) => {
        $crate::model::KeyedPart::encode_into(
            &$features.$column,
            &$record.$field $([$at])?,
            &$features.$keys $([$of])?,
            &mut $self.$column,
            $crate::data::Counting::$counting,
        )?
    };
}

/// Declares `Batch`: the encoded columns of all inputs of a model, in order. Each has its name for messages,
/// the index of the source that it is encoded for (0 is the main source), and its record type.
#[macro_export]
macro_rules! batches {
    (
        pub struct Batch {
            $(#[input($name:literal, $source:literal, $record:ident)] pub $input:ident: $type:ident,)*
        }
    ) => {
        /// Encoded columns of some records.
        #[derive(Clone, Debug, Default)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct Batch {
            $(pub $input: $type,)*
        }
        impl $crate::data::Batch for Batch {
            fn rows(&self, input: usize) -> usize {
                $crate::numbered!(input: $({ return $crate::model::EncodedInput::rows(&self.$input); })*);
                0
            }
            fn gather(&self, input: usize, rows: &[u32], into: &mut Self) {
                $crate::numbered!(input: $({
                    $crate::model::EncodedInput::gather_into(&self.$input, rows, &mut into.$input);
                })*);
            }
            fn truncate(&mut self, input: usize, rows: usize) {
                $crate::numbered!(input: $({ $crate::model::EncodedInput::truncate(&mut self.$input, rows); })*);
            }
            fn look_back(&mut self, input: usize, histories: &$crate::data::Histories) {
                $crate::numbered!(input: $({ self.$input.look_back(histories); })*);
            }
        }
        impl $crate::data::Features for Features {
            type Batch = Batch;

            fn inputs(&self) -> &'static [$crate::data::InputInfo<'static>] {
                const INPUTS: &[$crate::data::InputInfo<'static>] =
                    &[$($crate::data::InputInfo::new($name, $source, $record::FIELDS)),*];
                INPUTS
            }
            fn observe(
                &mut self,
                input: usize,
                row: &$crate::data::Row<'_>,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                $crate::numbered!(input: $({ return $type::observe(self, row); })*);
                Ok(())
            }
            fn encode(
                &self,
                input: usize,
                row: &$crate::data::Row<'_>,
                batch: &mut Batch,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                $crate::numbered!(input: $({ return batch.$input.encode(self, row); })*);
                Ok(())
            }
        }
    };
}

/// Runs the block with a given index.
#[doc(hidden)]
#[macro_export]
macro_rules! numbered {
    ($number:ident: $($block:block)*) => {
        let mut blocks_before = 0;
        $(
            if $number == blocks_before $block
            blocks_before += 1;
        )*
        let _ = blocks_before;
    };
}
