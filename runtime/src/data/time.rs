//! Times of a column: numbers, or dates in one form.

use std::fmt;

use turret_schema::{DateOrder, Number, Time, TimeForm};

use super::error::{FieldError, FieldFault, OtherForm, Place};
use super::field::Field;
use super::number::exact;

/// Unit of numbers since 1970, by the size of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// Seconds since 1970 of 1973-03-03, from which on units differ by the size of their numbers.
const FIRST_SECONDS: f64 = 1e8;
/// Seconds since 1970 from 1990 to 2100, the usual times of logs.
const USUAL_SECONDS: std::ops::Range<f64> = 631_152_000.0..4_102_444_800.0;

impl Unit {
    const ALL: [(Self, i64); 4] = [
        (Self::Seconds, 1),
        (Self::Milliseconds, 1_000),
        (Self::Microseconds, 1_000_000),
        (Self::Nanoseconds, 1_000_000_000),
    ];

    /// Returns the unit of a number, if it is a time after [`FIRST_SECONDS`].
    fn of(number: Number) -> Option<Self> {
        let begins = |(_, scale): &(Self, i64)| number.nearest() >= FIRST_SECONDS * *scale as f64;
        let (unit, scale) = Self::ALL.into_iter().rev().find(begins)?;
        (number.nearest() < FIRST_SECONDS * 1e3 * scale as f64).then_some(unit)
    }

    /// Returns the unit of a number, if it is a usual time of a log.
    fn of_usual(number: Number) -> Option<Self> {
        Self::of(number).filter(|unit| USUAL_SECONDS.contains(&(number.nearest() / unit.scale() as f64)))
    }

    /// Number of units in a second.
    fn scale(self) -> i64 {
        Self::ALL[self as usize].1
    }

    fn nanoseconds(self, number: Number) -> Number {
        number.times(1_000_000_000 / self.scale())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Unit::Seconds => "seconds",
            Unit::Milliseconds => "milliseconds",
            Unit::Microseconds => "microseconds",
            Unit::Nanoseconds => "nanoseconds",
        };
        write!(f, "{name} since 1970")
    }
}

/// Form of the times of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimesForm {
    /// Numbers.
    Number,
    /// Numbers of a unit since 1970.
    Since1970(Unit),
    /// Dates or times as text.
    Text(TimeForm),
}

impl TimesForm {
    /// Returns whether values of both forms may be in one column. A number may be of any unit.
    fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (TimesForm::Number, TimesForm::Since1970(_)) | (TimesForm::Since1970(_), TimesForm::Number) => {
                true
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for TimesForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimesForm::Number => f.write_str("a number"),
            TimesForm::Since1970(unit) => write!(f, "a number of {unit}"),
            TimesForm::Text(form) => form.fmt(f),
        }
    }
}

/// A time of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::data) struct TimeValue {
    form: TimesForm,
    /// The number, or the nanoseconds since 1970 of a text.
    number: Number,
}

impl TimeValue {
    /// Reads a field, with day and month in this order. `None` if it is missing.
    pub(in crate::data) fn read(
        column: &str,
        field: &Field,
        dates: Option<DateOrder>,
    ) -> Result<Option<Self>, FieldError> {
        let date = |text: &str| match Time::parse_in(text, dates) {
            Ok(time) => Ok(Some(Self { form: TimesForm::Text(time.form), number: time.nanoseconds.into() })),
            Err(fault) => Err(FieldError::new(column, field, FieldFault::NotATime(fault))),
        };
        if let Field::Text(text) = field
            && Time::begins(text)
        {
            return date(text);
        }
        match (exact(column, field), field) {
            (Ok(number), _) => {
                let form = |number| Unit::of_usual(number).map_or(TimesForm::Number, TimesForm::Since1970);
                Ok(number.map(|number| Self { form: form(number), number }))
            }
            (
                Err(FieldError { fault: FieldFault::NotANumber { looks_missing: false }, .. }),
                Field::Text(text),
            ) => date(text),
            (Err(error), _) => Err(error),
        }
    }

    /// Returns a number that ascends with time among values of one column.
    pub(in crate::data) fn ascending(self) -> Number {
        self.number
    }

    /// Nanoseconds since 1970. `None` for a number without a unit.
    pub(in crate::data) fn nanoseconds(self) -> Option<Number> {
        match self.form {
            TimesForm::Text(_) => Some(self.number),
            TimesForm::Number | TimesForm::Since1970(_) => {
                Unit::of(self.number).map(|unit| unit.nanoseconds(self.number))
            }
        }
    }
}

/// Reads a time that must not be missing.
pub(in crate::data) fn time_of(
    column: &str,
    field: &Field,
    dates: Option<DateOrder>,
) -> Result<TimeValue, FieldError> {
    let missing = || FieldError::new(column, field, FieldFault::MissingTime);
    TimeValue::read(column, field, dates)?.ok_or_else(missing)
}

/// Returns the number in a field: if `is_time`, the seconds since 1970 of a time in any form, with day and month in
/// this order. `None` if it is missing.
pub fn number_or_seconds(
    column: &str,
    field: &Field,
    is_time: bool,
    dates: Option<DateOrder>,
) -> Result<Option<Number>, FieldError> {
    if !is_time {
        return exact(column, field);
    }
    let Some(value) = TimeValue::read(column, field, dates)? else { return Ok(None) };
    let wrong = || FieldError::new(column, field, FieldFault::NoDate);
    Ok(Some(value.nanoseconds().ok_or_else(wrong)?.over(1_000_000_000)))
}

/// Form of the times of a column.
#[derive(Clone, Debug)]
pub(in crate::data) struct TimeColumn {
    name: String,
    /// First form that is not just a number, or a number, and its place.
    first: Option<(TimesForm, Place)>,
    /// Smallest and largest number.
    range: Option<(Number, Number)>,
}

impl TimeColumn {
    pub(in crate::data) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), first: None, range: None }
    }

    /// Adds the value of a row. An error if earlier ones have another form.
    pub(in crate::data) fn add(
        &mut self,
        value: TimeValue,
        field: &Field,
        place: impl Fn() -> Place,
    ) -> Result<(), FieldError> {
        let TimeValue { form, number } = value;
        match &self.first {
            None => self.first = Some((form, place())),
            Some((first, at)) if !first.agrees(form) => {
                let (form, first) = (form.to_string().into(), first.to_string().into());
                let other = OtherForm { form, first, place: at.clone() };
                return Err(FieldError::new(&self.name, field, FieldFault::OtherForm(Box::new(other))));
            }
            // A unit says more than a number.
            Some((TimesForm::Number, _)) if form != TimesForm::Number => self.first = Some((form, place())),
            Some(_) => {}
        }
        let (low, high) = self.range.unwrap_or((number, number));
        self.range = Some((low.min(number), high.max(number)));
        Ok(())
    }

    /// Returns a note on times that could be taken for others: numbers by their unit, and dates that end with the
    /// year.
    pub(in crate::data) fn note(&self) -> Option<String> {
        let ((form, _), (low, high)) = (self.first.as_ref()?, self.range?);
        let (form, nanoseconds) = match form {
            TimesForm::Since1970(unit) if Unit::of(low) == Some(*unit) && Unit::of(high) == Some(*unit) => {
                (unit.to_string(), [low, high].map(|end| unit.nanoseconds(end)))
            }
            TimesForm::Text(TimeForm::MonthFirst | TimeForm::MonthFirstTime) => {
                ("month/day/year".to_owned(), [low, high])
            }
            TimesForm::Text(TimeForm::DayFirst | TimeForm::DayFirstTime) => {
                ("day/month/year".to_owned(), [low, high])
            }
            TimesForm::Number | TimesForm::Since1970(_) | TimesForm::Text(_) => return None,
        };
        let [from, to] = nanoseconds.map(|end| Time::date(end.whole()));
        Some(format!("note: `{}` is read as {form}, from {from} to {to}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(line: u64) -> Place {
        Place { path: "log.csv".into(), line }
    }

    fn read(texts: &[&str]) -> Result<(Vec<Number>, Option<String>), String> {
        read_in(texts, None)
    }

    /// Reads texts as the lines of a column.
    fn read_in(texts: &[&str], dates: Option<DateOrder>) -> Result<(Vec<Number>, Option<String>), String> {
        let mut column = TimeColumn::new("at");
        let number = |(text, line): (&&str, u64)| {
            let field = Field::from(*text);
            let value = time_of("at", &field, dates)
                .and_then(|value| column.add(value, &field, || place(line)).map(|()| value.ascending()));
            value.map_err(|error| format!("{}: {error}", place(line)))
        };
        let numbers = texts.iter().zip(2..).map(number).collect::<Result<Vec<Number>, String>>()?;
        Ok((numbers, column.note()))
    }

    #[test]
    fn units_are_told_by_size_and_said() {
        for (texts, expected) in [
            (["978300760", "956703932"], Some("seconds since 1970, from 2000-04-25 to 2000-12-31")),
            (
                ["978300760000", "956703932123"],
                Some("milliseconds since 1970, from 2000-04-25 to 2000-12-31"),
            ),
            (
                ["978300760000000", "956703932123456"],
                Some("microseconds since 1970, from 2000-04-25 to 2000-12-31"),
            ),
            (
                ["978300760000000001", "956703932123456789"],
                Some("nanoseconds since 1970, from 2000-04-25 to 2000-12-31"),
            ),
            (["1593878903.438", "1593878903.5"], Some("seconds since 1970, from 2020-07-04 to 2020-07-04")),
            (
                ["11/11/2019 9:05:58 AM", "11/9/2019 9:05:58 PM"],
                Some("month/day/year, from 2019-11-09 to 2019-11-11"),
            ),
            (["2018-09-20", "2018-09-21"], None),
            (["14102100", "14102101"], None),
            (["1", "978300760"], None),
            (["-5", "2.5"], None),
        ] {
            let note = read(&texts).unwrap().1;
            assert_eq!(note, expected.map(|said| format!("note: `at` is read as {said}")), "{texts:?}");
        }
    }

    #[test]
    fn a_column_has_one_form() {
        for (texts, expected) in [
            (
                ["2018-09-20", "2018-09-21", "2018-09-21 10:00:00"],
                "log.csv:4: column `at`: `2018-09-21 10:00:00` is a date with a time, but log.csv:2 has a date; \
                 the times of a column must have one form",
            ),
            (
                ["1", "978300760", "978300760000"],
                "log.csv:4: column `at`: `978300760000` is a number of milliseconds since 1970, but log.csv:3 has \
                 a number of seconds since 1970; the times of a column must have one form",
            ),
            (
                ["2010-10-19T23:55:27Z", "2010-10-19T23:55:27", "1"],
                "log.csv:3: column `at`: `2010-10-19T23:55:27` is a date with a time, but log.csv:2 has a time with \
                 an offset from UTC; the times of a column must have one form",
            ),
            (
                ["978300760", "2018-09-21", "1"],
                "log.csv:3: column `at`: `2018-09-21` is a date, but log.csv:2 has a number of seconds since 1970; \
                 the times of a column must have one form",
            ),
        ] {
            assert_eq!(read(&texts).unwrap_err(), expected);
        }
        for (text, expected) in [
            (
                "25/12/2019",
                "begins with the day: dates with slashes are read as month/day/year; name the order",
            ),
            ("25.12.2019", "could begin with the day or the month; name the order by `dates = day_first`"),
            ("2019-02-30", "is no day of the calendar or no time of the day"),
            ("yesterday", "is not a time"),
            ("", "is missing, but rows are ordered by it"),
            ("NA", "name it in `missing = [...]`"),
            ("inf", "is not a finite number"),
        ] {
            let message = read(&[text]).unwrap_err();
            assert!(message.starts_with("log.csv:2: column `at`") && message.contains(expected), "{message}");
        }
    }

    #[test]
    fn dates_are_in_the_order_of_their_source() {
        let day = Some(DateOrder::DayFirst);
        for texts in [
            ["01/02/2019 9:05:58", "11/11/2019 9:05:58"],
            ["1-2-2019", "11-11-2019"],
            ["1.2.2019", "11.11.2019"],
        ] {
            let (numbers, note) = read_in(&texts, day).unwrap();
            assert!(numbers[0] < numbers[1]);
            let expected = "note: `at` is read as day/month/year, from 2019-02-01 to 2019-11-11";
            assert_eq!(note.as_deref(), Some(expected), "{texts:?}");
        }
        let other = read_in(&["1/2/2019", "2/13/2019"], day).unwrap_err();
        assert!(other.contains("log.csv:3") && other.contains("begins with the month"), "{other}");
        let month = read_in(&["2-13-2019", "2.14.2019"], Some(DateOrder::MonthFirst)).unwrap().1;
        assert!(month.unwrap().ends_with("month/day/year, from 2019-02-13 to 2019-02-14"));
        let seconds = |text: &str, dates| number_or_seconds("at", &text.into(), true, dates).unwrap();
        assert_eq!(seconds("02/01/1970", day), Some(86_400_i64.into()));
        assert_eq!(seconds("01/02/1970", None), Some(86_400_i64.into()));
        assert_eq!(seconds("1531001351.5", day), Some(1_531_001_351.5.into()));
    }

    #[test]
    fn times_of_any_form_are_seconds() {
        let seconds = |field: &Field| number_or_seconds("at", field, true, None);
        for text in
            ["1531001351", "1531001351000", "1531001351000000", "1531001351000000000", "2018-07-07 22:09:11"]
        {
            assert_eq!(seconds(&text.into()), Ok(Some(1_531_001_351_i64.into())), "{text}");
        }
        assert_eq!(seconds(&Field::Missing), Ok(None));
        for field in [Field::Int(1_531_001_351_500), "2018-07-07T22:09:11.5Z".into()] {
            assert_eq!(seconds(&field), Ok(Some(1_531_001_351.5.into())));
        }
        assert_eq!(seconds(&"1965-01-01".into()), Ok(Some((-157_766_400_i64).into())));
        let few = seconds(&"7".into()).unwrap_err().to_string();
        assert!(few.contains("no time since 1970") && !few.contains("not a time"), "{few}");
        assert_eq!(number_or_seconds("at", &"7".into(), false, None), Ok(Some(7_i64.into())));
    }

    proptest! {
        /// Texts of times are ordered as the times, in every form.
        #[test]
        fn order_is_kept(seconds in prop::collection::vec(631_152_000_i64..4_102_444_800, 2..9), step in 0_i64..3) {
            let mut seconds = seconds;
            seconds.push(seconds[0].saturating_add(step).min(4_102_444_799));
            let time = |at: i64| {
                let (hour, minute, second) = (at.rem_euclid(86_400) / 3_600, at.rem_euclid(3_600) / 60, at.rem_euclid(60));
                (Time::date(i128::from(at) * 1_000_000_000), hour, minute, second)
            };
            let forms: [&dyn Fn(i64) -> String; 8] = [
                &|at| at.to_string(),
                &|at| format!("{}", at * 1_000),
                &|at| format!("{}", at * 1_000_000),
                &|at| format!("{}", at * 1_000_000_000),
                &|at| { let (date, h, m, s) = time(at); format!("{date} {h:02}:{m:02}:{s:02}") },
                &|at| { let (date, h, m, s) = time(at); format!("{date}T{h:02}:{m:02}:{s:02}.000Z") },
                &|at| { let (date, h, m, s) = time(at + 19_800); format!("{date}T{h:02}:{m:02}:{s:02}+05:30") },
                &|at| {
                    let (date, h, m, s) = time(at);
                    let half = if h < 12 { "AM" } else { "PM" };
                    format!("{}/{}/{} {}:{m:02}:{s:02} {half}", &date[5..7], &date[8..], &date[..4], (h + 11) % 12 + 1)
                },
            ];
            for form in forms {
                let texts: Vec<String> = seconds.iter().map(|&at| form(at)).collect();
                let numbers = read(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap().0;
                for (left, right) in (0..seconds.len()).flat_map(|left| (0..seconds.len()).map(move |right| (left, right))) {
                    prop_assert_eq!(
                        numbers[left].cmp(&numbers[right]),
                        seconds[left].cmp(&seconds[right]),
                        "{} {}", &texts[left], &texts[right]
                    );
                }
            }
        }
    }
}
