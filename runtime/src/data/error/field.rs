//! Values that a column rejects.

use std::fmt;

use turret_schema::TimeFault;

use super::{Place, cut};
use crate::data::field::Field;
use crate::printable::printable;
use crate::progress::counted;

/// A value that a column rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the column in the spec.
    pub column: String,
    /// Value, truncated if it is long.
    pub value: String,
    /// Reason.
    pub fault: FieldFault,
}

impl FieldError {
    /// An error of a column and a field.
    pub fn new(column: &str, field: &Field, fault: FieldFault) -> Self {
        Self { column: column.to_owned(), value: cut(&field.to_string()), fault }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            write!(f, "column `{}`: the value {}", self.column, self.fault)
        } else {
            write!(f, "column `{}`: `{}` {}", self.column, printable(&self.value), self.fault)
        }
    }
}

impl std::error::Error for FieldError {}

/// Reason why a column rejects a value. The message continues a sentence that begins with the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldFault {
    /// A missing id, where missing ids are errors.
    #[error("is missing; set a policy for missing ids (missing = oov, zero or a key)")]
    MissingId,
    /// A missing number, where missing numbers are errors.
    #[error("is missing; set a policy for missing numbers (missing = mean or a number)")]
    MissingNumber,
    /// A missing number of a bucketized column, where missing numbers are errors.
    #[error("is missing; add a bucket for missing numbers (missing = bucket)")]
    MissingBucket,
    /// A missing vector, where missing vectors are errors.
    #[error("is missing; `missing = zero` reads it as zeros")]
    MissingVector,
    /// A missing bag or sequence, where missing ones are errors.
    #[error("is missing; `missing = empty` reads it as an empty bag")]
    MissingBag,
    /// A missing weight of a record.
    #[error("is missing; set a weight for such records (missing = 1)")]
    MissingWeight,
    /// A label that is not one of its classes.
    #[error("is none of the classes of the label; list it in `classes`, or skip such rows (on_error = skip)")]
    UnknownClass,
    /// A missing label.
    #[error("is missing; skip such rows (on_error = skip), or set a label for them (missing = 0)")]
    MissingLabel,
    /// A row without user, in a timeline.
    #[error("is missing, but the rows of a user belong together")]
    MissingUser,
    /// A row without time, in a timeline.
    #[error("is missing, but rows are ordered by it")]
    MissingTime,
    /// A row without a value for a filter.
    #[error("is missing, but rows are filtered by it")]
    MissingFilter,
    /// A candidate row without key.
    #[error("is missing; a candidate needs its key")]
    MissingCandidate,
    /// Text that is not a number.
    #[error("is not a number{}", if *.looks_missing { "; if it means a missing value, name it in `missing = [...]` of the source" } else { "" })]
    NotANumber {
        /// True for common spellings of missing values.
        looks_missing: bool,
    },
    /// Several values instead of one number.
    #[error("holds several values where one number is expected")]
    SeveralValues,
    /// An infinite number.
    #[error("is not a finite number")]
    NotFinite,
    /// A number that single precision cannot hold.
    #[error("is beyond the range of 32-bit floats; scale it (transform = log1p or standardize)")]
    OutOfRange,
    /// A negative number for `log1p`.
    #[error("is below 0, where log1p is not defined; clip it first (clip = [0, inf])")]
    BelowLog1p,
    /// A negative weight of a record.
    #[error("is below 0; a weight cannot be negative")]
    NegativeWeight,
    /// A label outside of 0 to 1.
    #[error(
        "is not between 0 and 1, as labels of this objective must be; `threshold` converts other numbers to labels"
    )]
    LabelRange,
    /// Text that is not a time.
    #[error("{}", not_a_time(.0))]
    NotATime(TimeFault),
    /// Number that is no time since 1970.
    #[error(
        "orders rows, but is no time since 1970, which a date is compared with and the flag `time` needs: write seconds, milliseconds, \
             microseconds or nanoseconds since 1970, or a date such as `2018-09-20`"
    )]
    NoDate,
    /// A time of another form than earlier ones of its column.
    #[error("is {}, but {} has {}; the times of a column must have one form", .0.form, .0.place, .0.first)]
    OtherForm(Box<OtherForm>),
    /// A time where a number is expected.
    #[error("is a time; compare it with one, such as `min = \"2018-09-20\"`")]
    TimeForNumber,
    /// A rejected value, in a column that also rejects missing values.
    #[error("{0}; it cannot count as missing, because the column rejects missing values")]
    NoSubstitute(Box<FieldFault>),
    /// A list or an object instead of an id.
    #[error("is not an id: an id is text or a number")]
    NotAnId,
    /// A key that is not in the vocabulary.
    #[error(
        "is not in the vocabulary `{vocabulary}`; add it, or set a policy for unknown keys (oov = bucket or zero)"
    )]
    UnknownKey {
        /// Name of the vocabulary.
        vocabulary: Box<str>,
    },
    /// A key without a row in a joined source.
    #[error("has no row in `{}` with the same `{}`", .0.joined, .0.column)]
    NoPartner(Box<NoPartner>),
    /// Text that starts like a list of numbers but is not one.
    #[error("begins as a list and {0}; write `[0.5, 1]`")]
    ListOfNumbers(ListFault),
    /// An object instead of a list of numbers.
    #[error("is an object where a list of numbers is expected")]
    ObjectOfNumbers,
    /// A vector with a missing number.
    #[error("lacks its number {number}")]
    MissingInVector {
        /// Position of the number, from 1.
        number: usize,
    },
    /// A vector of the wrong width.
    #[error("holds {}; the column needs {expected}", counted(*.found, "number"))]
    Width {
        /// Numbers of the vector.
        found: usize,
        /// Width of the column.
        expected: usize,
    },
    /// An encoded column of a kind that the column does not encode to.
    #[error(
        "cannot be encoded, because the encoded column is of another kind; this is a fault in the program"
    )]
    OtherColumn,
    /// A column of keys without its vocabulary.
    #[error("cannot be looked up, because the column has no vocabulary; this is a fault in the program")]
    NoVocabulary,
    /// A list or an object instead of text.
    #[error("is not text")]
    NotText,
    /// More tokens than the maximum of a text column.
    #[error("holds {found} tokens; at most {most} are allowed (keep = first or last cuts)")]
    TooManyTokens {
        /// Number of tokens.
        found: usize,
        /// Maximum.
        most: usize,
    },
    /// More items than the maximum of a bag or sequence.
    #[error("holds {found} items; at most {most} are allowed (keep = first or last cuts)")]
    TooManyItems {
        /// Number of items.
        found: usize,
        /// Maximum.
        most: usize,
    },
    /// A value that is not a bag of ids.
    #[error("is not a bag of ids: write text or a list")]
    NotABag,
    /// A value that is not a bag of weighted ids.
    #[error("is not a bag: write `key{separator}weight`, or an object of weights")]
    NotAWeightedBag {
        /// Separator between key and weight.
        separator: char,
    },
    /// Text that starts like a list of ids but is not one.
    #[error("begins as a list and {0}; write `[1, 2]` or `['a', 'b']`; a key may begin with `\\[`")]
    ListOfIds(ListFault),
    /// Text that starts like an object of weights but is not one.
    #[error(
        "begins as a list or an object and {0}; write `{{'a': 0.5, 'b': 1}}`; a key may begin with `\\[`"
    )]
    ObjectOfWeights(ListFault),
    /// A number of items that is not one.
    #[error("has the length `{length}`, which is not a number of items")]
    NotALength {
        /// The number.
        length: Box<str>,
    },
    /// A list with more or fewer weights than items.
    #[error("has {}, but {}", counted(*.items, "item"), counted(*.weights, "weight"))]
    WeightCount {
        /// Number of items.
        items: usize,
        /// Number of weights.
        weights: usize,
    },
    /// An item of a text that is not a key with a weight.
    #[error("has an item `{item}` that is not `key{separator}weight`; in a key, write `\\{separator}`")]
    ItemWithoutWeight {
        /// The item.
        item: Box<str>,
        /// Separator between key and weight.
        separator: char,
    },
    /// An item of a list that is not an id.
    #[error("has an item `{item}` that is not an id")]
    ItemNotAnId {
        /// The item.
        item: Box<str>,
    },
    /// An item of a list that is not a pair of key and weight.
    #[error("has an item `{item}` that is not a key with its weight, [key, weight]")]
    ItemNotAPair {
        /// The item.
        item: Box<str>,
    },
    /// A weight that is not a finite number.
    #[error("has a weight `{weight}` that is not a finite number")]
    ItemWeight {
        /// The weight.
        weight: Box<str>,
    },
    /// More items than a column can index.
    #[error("is beyond the 2^32 items a column can hold")]
    ColumnFull,
}

/// A time of another form than earlier ones of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherForm {
    /// Form of the time.
    pub form: Box<str>,
    /// Form of the earlier times.
    pub first: Box<str>,
    /// Place of an earlier time.
    pub place: Place,
}

/// Message for a text that is not a time.
fn not_a_time(fault: &TimeFault) -> &'static str {
    match fault {
        TimeFault::Form => {
            "is not a time; times are numbers that ascend, such as seconds since 1970, or dates such as `2018-09-20`, \
             `2018-07-07 22:09:11`, `2010-10-19T23:55:27Z` and `11/15/2019 9:05:58 AM`"
        }
        TimeFault::DayFirst => {
            "begins with the day: dates with slashes are read as month/day/year; name the order by `dates = day_first` of the source"
        }
        TimeFault::MonthFirst => {
            "begins with the month, but dates of its source are read as day/month/year by `dates = day_first`"
        }
        TimeFault::YearLast => {
            "could begin with the day or the month; name the order by `dates = day_first` or `dates = month_first` of \
             the source"
        }
        TimeFault::NoSuchTime => "is no day of the calendar or no time of the day",
        TimeFault::TooFine => "is finer than a nanosecond",
    }
}

/// A key without a row in a joined source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPartner {
    /// Joined source.
    pub joined: String,
    /// Key column.
    pub column: String,
}

/// Syntax error of a text that starts like a list or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// The closing bracket is missing, or text follows it.
    #[error("does not end with the bracket that it begins with")]
    Open,
    /// An item has no closing quote, an invalid escape, or no comma after it.
    #[error("has an item with a damaged quote or escape, or without a comma after it")]
    Item,
    /// An item is a list or an object.
    #[error("has items that are lists or objects")]
    Nested,
    /// A comma or the closing bracket is inside of brackets of an item.
    #[error("is not one list: brackets within it do not pair up between commas")]
    Crossed,
    /// `...` replaces items.
    #[error("is shortened: `...` replaces items")]
    Elided,
    /// It is an object.
    #[error("is an object")]
    Object,
    /// It is a list where items need weights.
    #[error("is a list where an object of weights is needed")]
    NoObject,
    /// A key of an object is without its value.
    #[error("has a key without a weight")]
    NoWeight,
    /// A name precedes the bracket, as in `array([1, 2])`.
    #[error("has a name before its bracket")]
    Named,
}
