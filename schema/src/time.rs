//! Dates and times as text.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::number::Number;

written! {
    /// Order of day and month in dates that end with the year.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum DateOrder {
        /// `25/12/2019`.
        DayFirst,
        /// `12/25/2019`.
        MonthFirst,
    }
}

/// A date or a time, as nanoseconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Form of the text.
    pub form: TimeForm,
    /// Nanoseconds since 1970-01-01, UTC. A text without an offset is in UTC.
    pub nanoseconds: i128,
}

/// Form of a date or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// `2018-09-20` or `2018/09/20`.
    Date,
    /// `2018-07-07 22:09:11` or `2018-07-07T22:09:11.5`.
    DateTime,
    /// `2010-10-19T23:55:27Z` or `2010-10-20 01:55:27+02:00`.
    ZonedTime,
    /// `11/15/2019`.
    MonthFirst,
    /// `11/15/2019 9:05:58 AM`.
    MonthFirstTime,
    /// `15/11/2019`.
    DayFirst,
    /// `15/11/2019 9:05:58 AM`.
    DayFirstTime,
}

/// Reason why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// No form of a time.
    Form,
    /// The day is before the month: `25/12/2019`.
    DayFirst,
    /// The month is before the day: `12/25/2019`, where the day is first.
    MonthFirst,
    /// The year is last without slashes: `12-11-2019`.
    YearLast,
    /// No day of the calendar, or no time of the day.
    NoSuchTime,
    /// More than nine digits of a second.
    TooFine,
}

/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;
/// Nanoseconds of a day.
const DAY: i128 = 86_400 * SECOND;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;
/// Days of 400 years.
const DAYS_OF_ERA: i64 = 146_097;

impl Time {
    /// Parses a text in any form. White space around it is ignored. A date that ends with the year begins with the
    /// month, and has slashes.
    pub fn parse(text: &str) -> Result<Self, TimeFault> {
        Self::parse_in(text, None)
    }

    /// Parses a text in any form, with day and month in this order where the year is last.
    pub fn parse_in(text: &str, order: Option<DateOrder>) -> Result<Self, TimeFault> {
        let mut rest = Rest(text.trim().as_bytes());
        let (first, digits) = rest.number(4).ok_or(TimeFault::Form)?;
        let mark = rest.mark(b"-/.").ok_or(TimeFault::Form)?;
        let (second, _) = rest.number(2).ok_or(TimeFault::Form)?;
        if rest.mark(&[mark]).is_none() {
            return Err(TimeFault::Form);
        }
        let (third, last_digits) = rest.number(4).ok_or(TimeFault::Form)?;
        let is_year_first = digits == 4 && last_digits <= 2 && mark != b'.';
        let (year, month, day) = match (digits, last_digits, mark) {
            _ if is_year_first => (first, second, third),
            (..=2, 4, b'/' | b'-' | b'.') => match order {
                None if mark != b'/' => return Err(TimeFault::YearLast),
                Some(DateOrder::DayFirst) if second > 12 && first <= 12 => return Err(TimeFault::MonthFirst),
                Some(DateOrder::DayFirst) => (third, second, first),
                Some(DateOrder::MonthFirst) | None if first > 12 && second <= 12 => {
                    return Err(TimeFault::DayFirst);
                }
                Some(DateOrder::MonthFirst) | None => (third, first, second),
            },
            _ => return Err(TimeFault::Form),
        };
        let is_day_first = order == Some(DateOrder::DayFirst);
        let date = i128::from(days(year, month, day).ok_or(TimeFault::NoSuchTime)?) * DAY;
        if rest.0.is_empty() {
            let form = match (is_year_first, is_day_first) {
                (true, _) => TimeForm::Date,
                (false, true) => TimeForm::DayFirst,
                (false, false) => TimeForm::MonthFirst,
            };
            return Ok(Self { form, nanoseconds: date });
        }
        let (of_day, offset) = rest.time_of_day()?;
        let form = match (is_year_first, offset) {
            (true, None) => TimeForm::DateTime,
            (true, Some(_)) => TimeForm::ZonedTime,
            (false, None) if is_day_first => TimeForm::DayFirstTime,
            (false, None) => TimeForm::MonthFirstTime,
            (false, Some(_)) => return Err(TimeFault::Form),
        };
        Ok(Self { form, nanoseconds: date + of_day - offset.unwrap_or(0) })
    }

    /// Returns whether a text begins as a date does: digits, then `-` or `/`.
    pub fn begins(text: &str) -> bool {
        let text = text.trim_start().as_bytes();
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (1..=4).contains(&digits) && matches!(text.get(digits), Some(b'-' | b'/'))
    }

    /// Returns the seconds since 1970.
    pub fn seconds(self) -> Number {
        Number::from(self.nanoseconds).over(1_000_000_000)
    }

    /// Returns the latest nanosecond: the end of the day of a date without a time.
    pub fn end(self) -> i128 {
        match self.form {
            TimeForm::Date | TimeForm::MonthFirst | TimeForm::DayFirst => self.nanoseconds + DAY - 1,
            TimeForm::DateTime | TimeForm::ZonedTime | TimeForm::MonthFirstTime | TimeForm::DayFirstTime => {
                self.nanoseconds
            }
        }
    }

    /// Returns the date of nanoseconds since 1970: `2018-09-20`.
    pub fn date(nanoseconds: i128) -> String {
        let days = nanoseconds.div_euclid(DAY) as i64 + DAYS_TO_1970;
        let (era, of_era) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        // Months from March.
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        format!("{:04}-{month:02}-{day:02}", year + 400 * era + carry)
    }
}

impl fmt::Display for TimeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TimeForm::Date => "a date",
            TimeForm::DateTime => "a date with a time",
            TimeForm::ZonedTime => "a time with an offset from UTC",
            TimeForm::MonthFirst => "a date as month/day/year",
            TimeForm::MonthFirstTime => "a date as month/day/year with a time",
            TimeForm::DayFirst => "a date as day/month/year",
            TimeForm::DayFirstTime => "a date as day/month/year with a time",
        })
    }
}

/// Days since 1970 of a day of the calendar.
fn days(year: u32, month: u32, day: u32) -> Option<i64> {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let length = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || year == 0 {
        return None;
    }
    // Years begin in March, so that the day of a leap year is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (i64::from(year / 400), i64::from(year % 400));
    let of_year = i64::from((153 * month + 2) / 5 + day - 1);
    Some(era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970)
}

/// Text that was not parsed yet.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// A number of at most `most` digits, and its number of digits.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let number = digits
            .iter()
            .try_fold(0_u32, |number, digit| number.checked_mul(10)?.checked_add(u32::from(digit - b'0')));
        number.filter(|_| (1..=most).contains(&count)).map(|number| (number, count))
    }

    /// A number of exactly two digits, below `end`.
    fn two(&mut self, end: u32) -> Result<i128, TimeFault> {
        let (number, _) = self.number(2).filter(|(_, digits)| *digits == 2).ok_or(TimeFault::Form)?;
        if number < end { Ok(number.into()) } else { Err(TimeFault::NoSuchTime) }
    }

    /// One of these bytes.
    fn mark(&mut self, marks: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        marks.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// A word, in any case.
    fn word(&mut self, word: &str) -> bool {
        let is_next = self.0.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word.as_bytes()));
        if is_next {
            self.0 = &self.0[word.len()..];
        }
        is_next
    }

    /// Time of the day and offset from UTC, both in nanoseconds, up to the end of the text.
    fn time_of_day(&mut self) -> Result<(i128, Option<i128>), TimeFault> {
        self.mark(b"Tt ").ok_or(TimeFault::Form)?;
        self.spaces();
        let (hour, _) = self.number(2).ok_or(TimeFault::Form)?;
        self.mark(b":").ok_or(TimeFault::Form)?;
        let minute = self.two(60)?;
        // A leap second is the first second of the next minute.
        let second = if self.mark(b":").is_some() { self.two(61)? } else { 0 };
        let fraction = if self.mark(b".,").is_some() { self.fraction()? } else { 0 };
        self.spaces();
        let hour = match (hour, self.word("AM"), self.word("PM")) {
            (0..=23, false, false) => hour,
            (1..=12, true, false) => hour % 12,
            (1..=12, false, true) => hour % 12 + 12,
            _ => return Err(TimeFault::NoSuchTime),
        };
        self.spaces();
        let offset = self.offset()?;
        if !self.0.is_empty() {
            return Err(TimeFault::Form);
        }
        Ok((((i128::from(hour) * 60 + minute) * 60 + second) * SECOND + fraction, offset))
    }

    /// Digits of a fraction of a second, in nanoseconds.
    fn fraction(&mut self) -> Result<i128, TimeFault> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        if count == 0 {
            return Err(TimeFault::Form);
        }
        let (kept, beyond) = digits.split_at(count.min(9));
        if beyond.iter().any(|digit| *digit != b'0') {
            return Err(TimeFault::TooFine);
        }
        let zeros = std::iter::repeat_n(&b'0', 9 - kept.len());
        Ok(kept.iter().chain(zeros).fold(0, |number, digit| number * 10 + i128::from(digit - b'0')))
    }

    /// Offset from UTC in nanoseconds: `Z`, `UTC`, `+02:00`, `+0200` or `+02`.
    fn offset(&mut self) -> Result<Option<i128>, TimeFault> {
        if self.word("Z") || self.word("UTC") || self.word("GMT") {
            return Ok(Some(0));
        }
        let sign = match self.mark(b"+-") {
            None => return Ok(None),
            Some(mark) => {
                if mark == b'-' {
                    -1
                } else {
                    1
                }
            }
        };
        let hours = self.0.get(..2).map(Rest).ok_or(TimeFault::Form)?.two(24)?;
        self.0 = &self.0[2..];
        let has_colon = self.mark(b":").is_some();
        let minutes = if has_colon || !self.0.is_empty() { self.two(60)? } else { 0 };
        Ok(Some(sign * (hours * 60 + minutes) * 60 * SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanoseconds(text: &str) -> i128 {
        Time::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}")).nanoseconds
    }

    /// All days from year 1 to 9999, counted one by one.
    #[test]
    fn every_day_of_the_calendar() {
        let is_leap = |year: i32| year % 400 == 0 || year % 4 == 0 && year % 100 != 0;
        let mut count = -719_162_i128;
        for year in 1..=9999 {
            for month in 1..=12 {
                let length = match month {
                    2 if is_leap(year) => 29,
                    2 => 28,
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                for day in 1..=length {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(nanoseconds(&text), count * DAY, "{text}");
                    if day == length || day == 1 {
                        assert_eq!(nanoseconds(&format!("{month}/{day}/{year:04}")), count * DAY, "{text}");
                        assert_eq!(
                            (Time::date(count * DAY), Time::date(count * DAY + DAY - 1)),
                            (text.clone(), text)
                        );
                    }
                    count += 1;
                }
                let beyond = format!("{year:04}-{month:02}-{}", length + 1);
                assert_eq!(Time::parse(&beyond), Err(TimeFault::NoSuchTime), "{beyond}");
            }
        }
        assert_eq!(nanoseconds("1970-01-01"), 0);
    }

    /// Times of public data sets, with their seconds as Python's `datetime` has them.
    #[test]
    fn forms_of_public_files() {
        for (text, form, expected) in [
            ("2010-10-19T23:55:27Z", TimeForm::ZonedTime, 1_287_532_527_000_000_000),
            ("2010-10-20T01:55:27+02:00", TimeForm::ZonedTime, 1_287_532_527_000_000_000),
            ("2010-10-19 18:25:27 -0530", TimeForm::ZonedTime, 1_287_532_527_000_000_000),
            ("2010-10-19 23:55:27 UTC", TimeForm::ZonedTime, 1_287_532_527_000_000_000),
            ("2014-04-07T10:51:09.277Z", TimeForm::ZonedTime, 1_396_867_869_277_000_000),
            ("2018-07-07 22:09:11", TimeForm::DateTime, 1_531_001_351_000_000_000),
            ("2018-07-07t22:09:11,000000001", TimeForm::DateTime, 1_531_001_351_000_000_001),
            ("2018-07-07T22:09", TimeForm::DateTime, 1_531_001_340_000_000_000),
            ("2018-09-20", TimeForm::Date, 1_537_401_600_000_000_000),
            (" 2018/9/20 ", TimeForm::Date, 1_537_401_600_000_000_000),
            ("11/11/2019 9:05:58 AM", TimeForm::MonthFirstTime, 1_573_463_158_000_000_000),
            ("11/11/2019 9:05:58 pm", TimeForm::MonthFirstTime, 1_573_506_358_000_000_000),
            ("11/11/2019 12:00:00 AM", TimeForm::MonthFirstTime, 1_573_430_400_000_000_000),
            ("11/11/2019 12:00 PM", TimeForm::MonthFirstTime, 1_573_473_600_000_000_000),
            ("11/15/2019 21:05:58", TimeForm::MonthFirstTime, 1_573_851_958_000_000_000),
            ("1969-12-31T23:59:59.999999999Z", TimeForm::ZonedTime, -1),
            ("2016-12-31T23:59:60Z", TimeForm::ZonedTime, 1_483_228_800_000_000_000),
        ] {
            assert_eq!(Time::parse(text), Ok(Time { form, nanoseconds: expected }), "{text}");
            assert!(Time::begins(text), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_times() {
        for (text, fault) in [
            ("25/12/2019", TimeFault::DayFirst),
            ("13/1/2019 9:05", TimeFault::DayFirst),
            ("25-12-2019", TimeFault::YearLast),
            ("05.06.2019", TimeFault::YearLast),
            ("13/13/2019", TimeFault::NoSuchTime),
            ("2019-02-29", TimeFault::NoSuchTime),
            ("2019-00-10", TimeFault::NoSuchTime),
            ("0000-01-01", TimeFault::NoSuchTime),
            ("2019-01-01 24:00:00", TimeFault::NoSuchTime),
            ("2019-01-01 23:60:00", TimeFault::NoSuchTime),
            ("2019-01-01 23:00:61", TimeFault::NoSuchTime),
            ("1/1/2019 13:00 PM", TimeFault::NoSuchTime),
            ("1/1/2019 0:30 AM", TimeFault::NoSuchTime),
            ("2019-01-01 23:00:00.1234567891", TimeFault::TooFine),
            ("2019-01-01 23:00:00.", TimeFault::Form),
            ("2019-01-01x", TimeFault::Form),
            ("2019-01-01T23", TimeFault::Form),
            ("2019-01-01T23:0:00", TimeFault::Form),
            ("2019-01-01T23:00+1", TimeFault::Form),
            ("2019-01-01T23:00+01:", TimeFault::Form),
            ("2019-01-01T23:00Zz", TimeFault::Form),
            ("1/1/19", TimeFault::Form),
            ("2019-1/1", TimeFault::Form),
            ("2019.01.01", TimeFault::Form),
            ("20190101", TimeFault::Form),
            ("Nov 11 2019", TimeFault::Form),
            ("99999999999-1-1", TimeFault::Form),
            ("", TimeFault::Form),
            ("é", TimeFault::Form),
            ("2019-01-01T23:00+é", TimeFault::Form),
        ] {
            assert_eq!(Time::parse(text), Err(fault), "{text}");
        }
        for text in ["12", "-3", "1.5", "1e-5", "1593878903.438", "x-1", "", "12345-1"] {
            assert!(!Time::begins(text), "{text}");
        }
    }

    #[test]
    fn day_and_month_are_in_the_order_that_is_given() {
        let read =
            |text, order| Time::parse_in(text, order).map(|time| (time.form, Time::date(time.nanoseconds)));
        let (day, month) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        for (text, order, form, date) in [
            ("01/02/2019 9:05:58", day, TimeForm::DayFirstTime, "2019-02-01"),
            ("01/02/2019 9:05:58", month, TimeForm::MonthFirstTime, "2019-01-02"),
            ("01/02/2019", None, TimeForm::MonthFirst, "2019-01-02"),
            ("25/12/2019", day, TimeForm::DayFirst, "2019-12-25"),
            ("25.12.2019", day, TimeForm::DayFirst, "2019-12-25"),
            ("25-12-2019", day, TimeForm::DayFirst, "2019-12-25"),
            ("12-25-2019", month, TimeForm::MonthFirst, "2019-12-25"),
            ("2019-12-25", day, TimeForm::Date, "2019-12-25"),
        ] {
            assert_eq!(read(text, order), Ok((form, date.to_owned())), "{text} {order:?}");
        }
        assert_eq!(read("12/25/2019", day), Err(TimeFault::MonthFirst));
        assert_eq!(read("25/12/2019", month), Err(TimeFault::DayFirst));
        assert_eq!(read("31/02/2019", day), Err(TimeFault::NoSuchTime));
        assert_eq!(read("1/1/2019 10:00Z", day), Err(TimeFault::Form));
    }

    #[test]
    fn a_day_ends_with_its_last_nanosecond() {
        for (text, end) in [
            ("2018-07-07", "2018-07-07 23:59:59.999999999"),
            ("7/7/2018", "2018-07-07 23:59:59.999999999"),
            ("2018-07-07 10:00", "2018-07-07 10:00:00"),
        ] {
            assert_eq!(Time::parse(text).unwrap().end(), nanoseconds(end), "{text}");
        }
    }
}
