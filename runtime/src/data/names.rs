//! Field names as constants; ranges are expanded: `"C{}" 1 to 26` is `C1`, `C2`, ... `C26`. The compiler
//! generates all of them.

use super::field::FieldName;

/// Maximum length of a name of a range in bytes.
const LONGEST: usize = 128;

/// Names of a range.
#[derive(Debug)]
pub struct NumberedNames<const N: usize> {
    bytes: [[u8; LONGEST]; N],
    lengths: [usize; N],
}

impl<const N: usize> NumberedNames<N> {
    /// Names from `pattern`, with `{}` replaced by each number from `first` on.
    pub const fn of(pattern: &str, first: usize) -> Self {
        let mut names = Self { bytes: [[0; LONGEST]; N], lengths: [0; N] };
        let mut index = 0;
        while index < N {
            let (mut from, mut to) = (0, 0);
            while from < pattern.len() {
                let byte = pattern.as_bytes()[from];
                if byte == b'{' {
                    to = write_number(first + index, &mut names.bytes[index], to);
                    from += 2;
                } else {
                    names.bytes[index][to] = byte;
                    from += 1;
                    to += 1;
                }
            }
            names.lengths[index] = to;
            index += 1;
        }
        names
    }

    /// Returns the names.
    pub const fn all(&self) -> [&str; N] {
        let mut all = [""; N];
        let mut index = 0;
        while index < N {
            let (name, _) = self.bytes[index].split_at(self.lengths[index]);
            if let Ok(name) = std::str::from_utf8(name) {
                all[index] = name;
            }
            index += 1;
        }
        all
    }
}

/// Writes the digits of a number at a position and returns the position after them.
const fn write_number(number: usize, into: &mut [u8; LONGEST], at: usize) -> usize {
    let mut digits = 1;
    let mut rest = number / 10;
    while rest > 0 {
        digits += 1;
        rest /= 10;
    }
    let (mut place, mut rest) = (at + digits, number);
    while place > at {
        place -= 1;
        into[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    at + digits
}

/// Fields of a source.
pub const fn fields_of<'a, const N: usize>(source: &'a str, names: [&'a str; N]) -> [FieldName<'a>; N] {
    let mut fields = [FieldName::of(source, ""); N];
    let mut index = 0;
    while index < N {
        fields[index] = FieldName::of(source, names[index]);
        index += 1;
    }
    fields
}

/// Concatenates lists with `N` values in total.
pub const fn joined<T: Copy, const N: usize>(lists: &[&[T]], first: T) -> [T; N] {
    let mut all = [first; N];
    let (mut list, mut at) = (0, 0);
    while list < lists.len() {
        let mut index = 0;
        while index < lists[list].len() {
            all[at] = lists[list][index];
            index += 1;
            at += 1;
        }
        list += 1;
    }
    all
}

/// Names of the fields of a source.
#[doc(hidden)]
#[macro_export]
macro_rules! field_names {
    ($source:literal, $($name:literal)*) => {{
        const FIELDS: &[$crate::data::FieldName<'static>] = &[$($crate::data::FieldName::of($source, $name)),*];
        FIELDS
    }};
    ($source:literal, $pattern:literal $first:literal to $last:literal) => {{
        const NAMES: $crate::data::NumberedNames<{ $last + 1 - $first }> =
            $crate::data::NumberedNames::of($pattern, $first);
        const FIELDS: &[$crate::data::FieldName<'static>] = &$crate::data::fields_of($source, NAMES.all());
        FIELDS
    }};
}

/// Returns the total number of values.
pub const fn total<T>(lists: &[&[T]]) -> usize {
    let (mut list, mut count) = (0, 0);
    while list < lists.len() {
        count += lists[list].len();
        list += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_once() {
        let names = NumberedNames::<4>::of("I{}", 8);
        assert_eq!(names.all(), ["I8", "I9", "I10", "I11"]);
        assert_eq!(NumberedNames::<2>::of("é{}_z", 0).all(), ["é0_z", "é1_z"]);
        assert_eq!(
            field_names!("log", "C{}" 1 to 2),
            [FieldName::of("log", "C1"), FieldName::of("log", "C2")]
        );
        assert_eq!(field_names!("log", "a")[0].to_string(), "log.a");
    }
}
