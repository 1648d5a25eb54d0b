//! Values of Arrow arrays as fields.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, downcast_dictionary_array};
use arrow_schema::{DataType, TimeUnit};

use crate::data::as_field::AsField;
use crate::data::field::Field;

/// Returns whether values of a type are read.
pub(super) fn is_read(data_type: &DataType) -> bool {
    match data_type {
        DataType::Interval(_)
        | DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => false,
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => is_read(field.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_read(field.data_type())),
        DataType::Dictionary(_, value) => is_read(value),
        _ => true,
    }
}

/// Returns a value. Dates are text such as `2024-02-29`, times are whole numbers in their unit.
pub(super) fn value(array: &dyn Array, row: usize) -> Field<'_> {
    if array.is_null(row) {
        return Field::Missing;
    }
    macro_rules! number {
        ($ty:ty) => {
            array.as_primitive::<$ty>().value(row)
        };
    }
    match array.data_type() {
        DataType::Boolean => Field::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Field::Int(number!(Int8Type).into()),
        DataType::Int16 => Field::Int(number!(Int16Type).into()),
        DataType::Int32 => Field::Int(number!(Int32Type).into()),
        DataType::Int64 => Field::Int(number!(Int64Type)),
        DataType::UInt8 => Field::Int(number!(UInt8Type).into()),
        DataType::UInt16 => Field::Int(number!(UInt16Type).into()),
        DataType::UInt32 => Field::Int(number!(UInt32Type).into()),
        DataType::UInt64 => owned(number!(UInt64Type).as_field()),
        DataType::Float16 => owned(number!(Float16Type).to_f32().as_field()),
        DataType::Float32 => owned(number!(Float32Type).as_field()),
        DataType::Float64 => Field::Float(number!(Float64Type)),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::Binary => bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => bytes(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => bytes(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary().value(row)),
        DataType::Date32 => date(array.as_primitive::<Date32Type>().value_as_date(row)),
        DataType::Date64 => date(array.as_primitive::<Date64Type>().value_as_date(row)),
        DataType::Timestamp(unit, _) => Field::Int(match unit {
            TimeUnit::Second => number!(TimestampSecondType),
            TimeUnit::Millisecond => number!(TimestampMillisecondType),
            TimeUnit::Microsecond => number!(TimestampMicrosecondType),
            TimeUnit::Nanosecond => number!(TimestampNanosecondType),
        }),
        DataType::Time32(TimeUnit::Second) => Field::Int(number!(Time32SecondType).into()),
        DataType::Time32(_) => Field::Int(number!(Time32MillisecondType).into()),
        DataType::Time64(TimeUnit::Microsecond) => Field::Int(number!(Time64MicrosecondType)),
        DataType::Time64(_) => Field::Int(number!(Time64NanosecondType)),
        DataType::Duration(unit) => Field::Int(match unit {
            TimeUnit::Second => number!(DurationSecondType),
            TimeUnit::Millisecond => number!(DurationMillisecondType),
            TimeUnit::Microsecond => number!(DurationMicrosecondType),
            TimeUnit::Nanosecond => number!(DurationNanosecondType),
        }),
        DataType::Decimal32(..) => array.as_primitive::<Decimal32Type>().value_as_string(row).into(),
        DataType::Decimal64(..) => array.as_primitive::<Decimal64Type>().value_as_string(row).into(),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row).into(),
        DataType::Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row).into(),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let ends = list.value_offsets();
            items(list.values(), ends[row] as usize, ends[row + 1] as usize)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let ends = list.value_offsets();
            items(list.values(), ends[row] as usize, ends[row + 1] as usize)
        }
        DataType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let start = list.value_offset_at(row);
            items(list.values(), start, start + list.value_length() as usize)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let ends = map.value_offsets();
            let entry = |at: usize| (text(value(map.keys(), at)), value(map.values(), at));
            Field::Pairs((ends[row] as usize..ends[row + 1] as usize).map(entry).collect())
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter();
            let names = fields.iter().map(|field| Cow::Borrowed(field.name().as_str()));
            Field::Pairs(names.zip(columns.map(|column| value(column, row))).collect())
        }
        _ => downcast_dictionary_array!(
            array => array.key(row).map_or(Field::Missing, |key| value(array.values(), key)),
            _ => Field::Missing
        ),
    }
}

fn items(values: &dyn Array, start: usize, end: usize) -> Field<'_> {
    Field::List((start..end).map(|at| value(values, at)).collect())
}

fn date(date: Option<impl ToString>) -> Field<'static> {
    date.map_or(Field::Missing, |date| date.to_string().into())
}

/// Bytes as text; in hexadecimal digits if they are not UTF-8.
fn bytes(bytes: &[u8]) -> Field<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}

/// A field of a number, which borrows nothing.
fn owned(field: Field<'_>) -> Field<'static> {
    match field {
        Field::Int(number) => Field::Int(number),
        Field::Float(number) => Field::Float(number),
        Field::Text(text) => Field::Text(Cow::Owned(text.into_owned())),
        _ => Field::Missing,
    }
}

/// Text of a key of a map.
fn text(field: Field<'_>) -> Cow<'_, str> {
    match field {
        Field::Text(text) => text,
        other => Cow::Owned(other.to_string()),
    }
}
