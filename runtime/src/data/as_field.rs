//! Conversion of Rust values to fields.

use std::borrow::Cow;

use super::field::Field;

/// A Rust type of a field of a record.
pub trait AsField {
    /// Returns the value as a field.
    fn as_field(&self) -> Field<'_>;
}

macro_rules! as_field {
    ($form:ident: $($ty:ty),*) => { $(
        impl AsField for $ty {
            fn as_field(&self) -> Field<'_> {
                Field::$form((*self).into())
            }
        }
    )* };
}
as_field!(Int: i8, i16, i32, i64, u8, u16, u32);
as_field!(Float: f64);
as_field!(Bool: bool);

impl AsField for f32 {
    /// The double with the same decimal text, so that a number equals its text.
    fn as_field(&self) -> Field<'_> {
        Field::Float(self.to_string().parse().unwrap_or_else(|_| f64::from(*self)))
    }
}

impl AsField for u64 {
    fn as_field(&self) -> Field<'_> {
        i64::try_from(*self).map_or_else(|_| Field::Text(Cow::Owned(self.to_string())), Field::Int)
    }
}

impl AsField for usize {
    fn as_field(&self) -> Field<'_> {
        i64::try_from(*self).map_or_else(|_| Field::Text(Cow::Owned(self.to_string())), Field::Int)
    }
}

impl AsField for str {
    fn as_field(&self) -> Field<'_> {
        self.into()
    }
}

impl AsField for String {
    fn as_field(&self) -> Field<'_> {
        self.as_str().into()
    }
}

impl AsField for Field<'_> {
    fn as_field(&self) -> Field<'_> {
        self.borrowed()
    }
}

impl<T: AsField + ?Sized> AsField for &T {
    fn as_field(&self) -> Field<'_> {
        (**self).as_field()
    }
}

impl<T: AsField> AsField for Option<T> {
    fn as_field(&self) -> Field<'_> {
        self.as_ref().map_or(Field::Missing, AsField::as_field)
    }
}

impl<T: AsField> AsField for Vec<T> {
    fn as_field(&self) -> Field<'_> {
        Field::List(self.iter().map(AsField::as_field).collect())
    }
}

impl<T: AsField, const W: usize> AsField for [T; W] {
    fn as_field(&self) -> Field<'_> {
        Field::List(self.iter().map(AsField::as_field).collect())
    }
}

/// A key with a weight: an item of a weighted bag.
impl<K: AsField, V: AsField> AsField for (K, V) {
    fn as_field(&self) -> Field<'_> {
        Field::List(vec![self.0.as_field(), self.1.as_field()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_rust() {
        assert_eq!(Some(3_u8).as_field(), Field::Int(3));
        assert_eq!(None::<f32>.as_field(), Field::Missing);
        assert_eq!(vec![("a".to_string(), 0.5_f32)].as_field().to_string(), "[[a, 0.5]]");
    }
}
