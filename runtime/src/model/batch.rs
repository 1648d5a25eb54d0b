//! `batch!` and `batches!`: the encoded columns of the inputs of a model.

use crate::data::{Bags, EncodedColumn, Floats, Ids, Records, Sequences};

/// Encoded columns of some records: a column, a range of columns, or all columns of an input.
pub trait EncodedInput {
    /// No records.
    fn empty() -> Self;
    /// Appends the columns.
    fn add<'a>(&'a self, into: &mut Vec<&'a dyn EncodedColumn>);
    /// Appends the columns, mutable.
    fn add_mut<'a>(&'a mut self, into: &mut Vec<&'a mut dyn EncodedColumn>);

    /// Number of records.
    fn rows(&self) -> usize {
        let mut columns = Vec::new();
        self.add(&mut columns);
        columns.first().map_or(0, |column| column.rows())
    }
}

macro_rules! columns {
    ($($column:ty $(where $width:ident)?),*) => {$(
        impl $(<const $width: usize>)? EncodedInput for $column {
            fn empty() -> Self {
                Self::default()
            }
            fn add<'a>(&'a self, into: &mut Vec<&'a dyn EncodedColumn>) {
                into.push(self);
            }
            fn add_mut<'a>(&'a mut self, into: &mut Vec<&'a mut dyn EncodedColumn>) {
                into.push(self);
            }
        }
    )*};
}

columns!(Ids, Bags, Sequences, Records, Floats<W> where W);

impl<C: EncodedInput, const N: usize> EncodedInput for [C; N] {
    fn empty() -> Self {
        std::array::from_fn(|_| C::empty())
    }

    fn add<'a>(&'a self, into: &mut Vec<&'a dyn EncodedColumn>) {
        self.iter().for_each(|column| column.add(into));
    }

    fn add_mut<'a>(&'a mut self, into: &mut Vec<&'a mut dyn EncodedColumn>) {
        self.iter_mut().for_each(|column| column.add_mut(into));
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
            records: $crate::data::Records,
        }
        impl $crate::model::EncodedInput for $name {
            fn empty() -> Self {
                Self::default()
            }
            fn add<'a>(&'a self, into: &mut Vec<&'a dyn $crate::data::EncodedColumn>) {
                into.push(&self.records);
            }
            fn add_mut<'a>(&'a mut self, into: &mut Vec<&'a mut dyn $crate::data::EncodedColumn>) {
                into.push(&mut self.records);
            }
        }
        impl $name {
            fn look_back(
                &mut self,
                _: &mut $crate::data::Histories<'_>,
            ) -> ::std::result::Result<(), $crate::data::DataError> {
                Ok(())
            }
            fn newest_into(&self, _: &[[u32; 2]], _: &mut Self) {}
            fn reads() -> Vec<$crate::data::Reads> {
                Vec::new()
            }
            fn encode(
                &mut self,
                _: &Features,
                _: &$crate::data::Row<'_>,
            ) -> ::std::result::Result<(), $crate::data::FieldError> {
                self.records.push();
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
            fn add<'a>(&'a self, into: &mut Vec<&'a dyn $crate::data::EncodedColumn>) {
                $($crate::model::EncodedInput::add(&self.$column, into);)*
            }
            fn add_mut<'a>(&'a mut self, into: &mut Vec<&'a mut dyn $crate::data::EncodedColumn>) {
                $($crate::model::EncodedInput::add_mut(&mut self.$column, into);)*
            }
        }
        impl $name {
            #[allow(unused_variables, reason = "an input may have no column of earlier rows")]
            fn look_back(
                &mut self,
                histories: &mut $crate::data::Histories<'_>,
            ) -> ::std::result::Result<(), $crate::data::DataError> {
                $($(self.$column.look_back(histories, $max, $crate::data::Keep::$keep)?;)?)*
                Ok(())
            }
            #[allow(unused_variables, reason = "an input may have no column of earlier rows")]
            fn newest_into(&self, users: &[[u32; 2]], into: &mut Self) {
                $($(self.$column.newest_into(users, $max, $crate::data::Keep::$keep, &mut into.$column);)?)*
            }
            fn reads() -> Vec<$crate::data::Reads> {
                let mut reads = Vec::new();
                $($crate::read!(Counted, reads, $record, $column, $($source)*);)*
                reads
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

/// Adds the columns of a name to those that an input reads. Another input may fit and count them.
#[doc(hidden)]
#[macro_export]
macro_rules! read {
    (Counted, $reads:ident, $record:ident, $column:ident, again $($rest:tt)*) => {
        $crate::read!(Uncounted, $reads, $record, $column, $($rest)*)
    };
    (
        $counting:ident, $reads:ident, $record:ident, $column:ident,
        $field:ident $([$at:literal])? $(, $keys:ident $([$of:literal])?)?
    ) => {
        $reads.extend($crate::data::reads(
            Features::SIZES,
            $record::SIZES,
            ::std::stringify!($column),
            (::std::stringify!($field), 0 $(+ $at)?),
            $crate::keys!($($keys $([$of])?)?),
            $crate::data::Counting::$counting,
        ))
    };
}

/// Name of a vocabulary, and the member of a range.
#[doc(hidden)]
#[macro_export]
macro_rules! keys {
    () => {
        None
    };
    ($keys:ident $([$of:literal])?) => {
        Some((::std::stringify!($keys), 0 $(+ $of)?))
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
            fn columns(&self, input: usize) -> Vec<&dyn $crate::data::EncodedColumn> {
                let mut columns = Vec::new();
                $crate::numbered!(input: $({ $crate::model::EncodedInput::add(&self.$input, &mut columns); })*);
                columns
            }
            fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn $crate::data::EncodedColumn> {
                let mut columns = Vec::new();
                $crate::numbered!(input: $({
                    $crate::model::EncodedInput::add_mut(&mut self.$input, &mut columns);
                })*);
                columns
            }
            fn look_back(
                &mut self,
                input: usize,
                histories: &mut $crate::data::Histories<'_>,
            ) -> ::std::result::Result<(), $crate::data::DataError> {
                $crate::numbered!(input: $({ self.$input.look_back(histories)?; })*);
                Ok(())
            }
            fn newest_into(&self, input: usize, users: &[[u32; 2]], into: &mut Self) {
                $crate::numbered!(input: $({ self.$input.newest_into(users, &mut into.$input); })*);
            }
        }
        impl $crate::data::Features for Features {
            type Batch = Batch;

            fn inputs(&self) -> &'static [$crate::data::InputInfo<'static>] {
                const INPUTS: &[$crate::data::InputInfo<'static>] =
                    &[$($crate::data::InputInfo::new($name, $source, $record::FIELDS).compounds($record::COMPOUNDS)),*];
                INPUTS
            }
            fn reads(&self, input: usize) -> Vec<$crate::data::Reads> {
                $crate::numbered!(input: $({ return $type::reads(); })*);
                Vec::new()
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
