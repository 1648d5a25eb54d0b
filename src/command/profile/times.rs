//! Numbers and texts that are times.

use turret_runtime::data::{DateOrder, Time, TimeForm};

/// Orders of day and month in which texts are read.
const ORDERS: [Option<DateOrder>; 3] = [None, Some(DateOrder::MonthFirst), Some(DateOrder::DayFirst)];

/// Texts that are times, by the order of day and month.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct TimeTexts {
    /// For each order, the number of times, and their form if it is one.
    of: [(u64, Option<TimeForm>); 3],
}

impl TimeTexts {
    /// Adds a text.
    pub(in crate::command) fn add(&mut self, text: &str) {
        for (order, (count, form)) in ORDERS.into_iter().zip(&mut self.of) {
            if let Ok(time) = Time::parse_in(text, order) {
                *form = Some(time.form).filter(|&own| *count == 0 || *form == Some(own));
                *count += 1;
            }
        }
    }

    /// Returns the order in which all texts, of which there are this number, are times of one form: none if they need
    /// none, else the only possible one. `None` if they are no such times.
    pub(in crate::command) fn order(&self, all: u64) -> Option<Option<DateOrder>> {
        let is_order = |(count, form): (u64, Option<TimeForm>)| count == all && form.is_some();
        match self.of.map(is_order) {
            [true, ..] => Some(None),
            [_, true, false] => Some(Some(DateOrder::MonthFirst)),
            [_, false, true] => Some(Some(DateOrder::DayFirst)),
            _ => None,
        }
    }
}

/// Unit of times that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum TimeUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Microseconds since 1970.
    Microseconds,
    /// Nanoseconds since 1970.
    Nanoseconds,
    /// Digits of a date, such as 20180920.
    Digits,
}

/// Seconds of 1990-01-01 and 2050-01-01.
const YEARS: std::ops::RangeInclusive<f64> = 631_152_000.0..=2_524_608_000.0;

impl TimeUnit {
    /// Unit in which all numbers of a range are between 1990 and 2050.
    pub(in crate::command) fn of(least: f64, greatest: f64, is_whole: bool) -> Option<Self> {
        let within = |scale: f64| YEARS.contains(&(least / scale)) && YEARS.contains(&(greatest / scale));
        let units = [
            (TimeUnit::Seconds, 1.0),
            (TimeUnit::Milliseconds, 1e3),
            (TimeUnit::Microseconds, 1e6),
            (TimeUnit::Nanoseconds, 1e9),
        ];
        let unit = units.into_iter().find(|&(_, scale)| within(scale)).map(|(unit, _)| unit);
        let is_date = |number: f64| {
            let digits = number as u64;
            (19_900_000..20_500_000).contains(&digits)
                && (1..=12).contains(&(digits / 100 % 100))
                && (1..=31).contains(&(digits % 100))
        };
        unit.or((is_whole && is_date(least) && is_date(greatest)).then_some(TimeUnit::Digits))
    }

    /// Name in messages.
    pub(in crate::command) fn name(self) -> &'static str {
        match self {
            TimeUnit::Seconds => "seconds since 1970",
            TimeUnit::Milliseconds => "milliseconds since 1970",
            TimeUnit::Microseconds => "microseconds since 1970",
            TimeUnit::Nanoseconds => "nanoseconds since 1970",
            TimeUnit::Digits => "dates as digits",
        }
    }
}

/// Returns whether a text is a date, with or without a time: two or three groups of digits or the name of a
/// month, with `-`, `/` or `.` between them.
pub(in crate::command) fn is_time_text(text: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let is_day = |part: &str| matches!(part.parse::<u32>(), Ok(1..=31));
    let is_year = |part: &str| part.len() == 4 && matches!(part.parse::<u32>(), Ok(1900..=2100));
    let is_month = |part: &str| {
        is_day(part) || MONTHS.contains(&part.get(..3).unwrap_or_default().to_ascii_lowercase().as_str())
    };
    match parts[..] {
        [year, month, day] if is_year(year) => is_month(month) && is_day(day),
        [first, second, year] if is_year(year) => {
            is_month(first) && is_day(second) || is_day(first) && is_month(second)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_numbers() {
        for (least, greatest, expected) in [
            (874_724_710.0, 893_286_638.0, Some(TimeUnit::Seconds)),
            (1_593_878_903_438.0, 1_599_321_497_000.0, Some(TimeUnit::Milliseconds)),
            (1.769_59e18, 1.769_6e18, Some(TimeUnit::Nanoseconds)),
            (20_180_920.0, 20_200_922.0, Some(TimeUnit::Digits)),
            (20_180_099.0, 20_200_922.0, None),
            (1.0, 943.0, None),
        ] {
            assert_eq!(TimeUnit::of(least, greatest, true), expected, "{least}");
        }
    }

    #[test]
    fn orders_of_day_and_month() {
        let (day, month) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        for (texts, expected) in [
            (&["2018-09-20", "2018-09-21"][..], Some(None)),
            (&["11/05/2019", "12/31/2019"], Some(None)),
            (&["05/11/2019", "31/12/2019"], Some(day)),
            (&["05.11.2019 9:05", "31.12.2019 23:00"], Some(day)),
            (&["11-05-2019", "12-31-2019"], Some(month)),
            // Both orders are possible, or none.
            (&["05.11.2019", "06.12.2019"], None),
            (&["31/12/2019", "12/31/2019"], None),
            (&["31/12/2019", "31/12/2019 9:00"], None),
            (&["31/12/2019", "never"], None),
            (&[], None),
        ] {
            let mut found = TimeTexts::default();
            texts.iter().for_each(|text| found.add(text));
            assert_eq!(found.order(texts.len() as u64), expected, "{texts:?}");
        }
    }

    #[test]
    fn texts_of_times() {
        for text in [
            "2018-09-20",
            "2009-05-04T23:08:57Z",
            "2018-07-07 22:09:11",
            "11/11/2019 9:05:58 AM",
            "01-Jan-1995",
            "31.12.2019",
        ] {
            assert!(is_time_text(text), "{text}");
        }
        for text in ["1-2-3", "Toy Story (1995)", "555-1234", "2018", "12/2018", ""] {
            assert!(!is_time_text(text), "{text}");
        }
    }
}
