//! Values of a column that look like faults.

use turret_runtime::data::looks_missing;
use turret_runtime::progress::{all_of, counted, rounded};

use super::table::figure;
use crate::command::profile::{Profile, TimeUnit};

/// Fewest rows that tell something.
const ROWS: u64 = 20;
/// A number this many times larger than 99% of the others may be a fault.
const FAR: f64 = 1000.0;

/// Something suspicious.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Finding {
    /// One value in all rows.
    Constant { value: String, rows: u64 },
    /// Another key in each row.
    Unique { rows: u64 },
    /// A number far above the others.
    Far { greatest: f64, usual: f64 },
    /// Times as numbers.
    Times { unit: TimeUnit, share: f64 },
    /// White space around values.
    Spaced { values: u64 },
    /// Spellings of missing values.
    LooksMissing { values: u64, first: String },
    /// A value that tells the label.
    Leak { label: String, auc: f64, rows: usize },
}

/// Values and use of a column.
pub(super) struct Measured<'a> {
    /// Values.
    pub(super) values: &'a Profile,
    /// True if each is a key.
    pub(super) is_key: bool,
    /// True if each is a number.
    pub(super) is_number: bool,
    /// True if there is one for each row of the main source.
    pub(super) is_main: bool,
}

impl Finding {
    /// Finds everything that values alone tell.
    pub(super) fn all(column: &Measured<'_>) -> Vec<Finding> {
        let values = column.values;
        let (rows, filled) = (values.rows, values.filled());
        let mut found = Vec::new();
        if filled >= ROWS {
            let distinct = &values.distinct;
            if distinct.count() == 1 && values.missing == 0 {
                let value = values.top.greatest(1).pop().map_or(String::new(), |(value, _)| value);
                found.push(Finding::Constant { value, rows });
            }
            let unique = if distinct.is_exact() { 0.999 } else { 0.95 };
            if column.is_key && column.is_main && distinct.count() as f64 >= unique * filled as f64 {
                found.push(Finding::Unique { rows: filled });
            }
            if column.is_number {
                found.extend(far(values));
                found.extend(values.time_unit().map(|unit| Finding::Times { unit, share: 1.0 }));
            }
        }
        if values.spaced > 0 && column.is_key {
            found.push(Finding::Spaced { values: values.spaced });
        }
        if values.looks_missing > 0 && column.is_key {
            let first = values.top.greatest(usize::MAX).into_iter().find(|(key, _)| looks_missing(key));
            let first = first.map_or_else(|| "NA".to_owned(), |(key, _)| key);
            found.push(Finding::LooksMissing { values: values.looks_missing, first });
        }
        found
    }

    /// Word in tables and for scripts.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Finding::Constant { .. } => "constant",
            Finding::Unique { .. } => "unique",
            Finding::Far { .. } => "outlier",
            Finding::Times { .. } => "times",
            Finding::Spaced { .. } => "white_space",
            Finding::LooksMissing { .. } => "looks_missing",
            Finding::Leak { .. } => "leak",
        }
    }

    /// Note for people. None if the table says enough.
    pub(super) fn remark(&self, name: &str) -> Option<String> {
        Some(match self {
            Finding::Constant { value, rows } => {
                let rows = all_of(*rows as usize, "row");
                format!("note: `{name}` is `{value}` in {rows}: nothing can be learned from it")
            }
            Finding::Unique { rows } => format!(
                "note: `{name}` has another key in each of {} rows: later rows have keys that training never saw",
                rounded(*rows as f64)
            ),
            Finding::Far { greatest, usual } => format!(
                "note: `{name}` is up to {}, and 99% of its numbers are at most {}: a fault, or a case for `clip` or `transform = log1p`",
                figure(*greatest),
                figure(*usual)
            ),
            Finding::Times { unit: TimeUnit::Digits, .. } => format!(
                "note: `{name}` has dates as digits, such as 20180920: their distances mean nothing; order and split by them instead"
            ),
            Finding::Times { unit, .. } => format!(
                "note: `{name}` has times ({}): all later ones are beyond those of training",
                unit.name()
            ),
            Finding::Spaced { .. } => return None,
            Finding::LooksMissing { values, first } => format!(
                "note: `{name}` has {} that look missing, such as `{first}`, and are keys; `missing = [\"{first}\"]` of its source makes them missing",
                counted(*values as usize, "value")
            ),
            Finding::Leak { label, auc, rows } if *auc >= 1.0 => format!(
                "note: `{name}` alone determines `{label}` in all {} rows that were compared: is it known before the label is?",
                rounded(*rows as f64)
            ),
            Finding::Leak { label, auc, .. } => format!(
                "note: `{name}` alone predicts `{label}` with an AUC of {auc:.3}: is it known before the label is?"
            ),
        })
    }
}

/// Finds a number far above the others.
fn far(values: &Profile) -> Option<Finding> {
    let usual = values.numbers.at(&[0.99])?[0];
    let greatest = values.numbers.greatest()?;
    (usual > 0.0 && greatest > FAR * usual).then_some(Finding::Far { greatest, usual })
}

#[cfg(test)]
mod tests {
    use turret_runtime::data::Field;

    use super::*;

    fn found(texts: &[String], is_key: bool) -> Vec<&'static str> {
        let mut values = Profile::default();
        texts.iter().for_each(|text| values.add(&Field::from(text.as_str())));
        let column = Measured { values: &values, is_key, is_number: !is_key, is_main: true };
        Finding::all(&column).iter().map(Finding::word).collect()
    }

    #[test]
    fn faults_are_found_and_usual_values_are_not() {
        let of = |text: &dyn Fn(u32) -> String| -> Vec<String> { (0..1000).map(text).collect() };
        assert_eq!(found(&of(&|_| "a".to_owned()), true), ["constant"]);
        assert_eq!(found(&of(&|row| format!("k{row}")), true), ["unique"]);
        assert_eq!(found(&of(&|row| format!("k{}", row / 2)), true), [""; 0]);
        assert_eq!(
            found(&of(&|row| if row == 7 { "NA".into() } else { format!(" k{}", row / 2) }), true),
            ["white_space", "looks_missing"]
        );
        assert_eq!(
            found(&of(&|row| if row == 7 { "90000".into() } else { (row % 50).to_string() }), false),
            ["outlier"]
        );
        assert_eq!(found(&of(&|row| (1_500_000_000 + row).to_string()), false), ["times"]);
        assert_eq!(found(&of(&|row| (row % 50).to_string()), false), [""; 0]);
        assert_eq!(found(&of(&|row| (20_180_901 + row % 28).to_string()), false), ["times"]);
        // Few rows say nothing.
        assert_eq!(found(&of(&|row| format!("k{row}"))[..10], true), [""; 0]);
    }
}
