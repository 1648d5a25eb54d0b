//! Conditions on columns of the catalog: `genre=Drama`, `year>=1990`, `year<=1999`.

use std::str::FromStr;

use turret_schema::{FilterSpec, Limit, Text, Time};

use crate::data::Field;
use crate::printable::printable;

/// A condition on a column of the catalog, as in a filter of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    column: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// An accepted key.
    Is(String),
    Min(Limit),
    Max(Limit),
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text
            .find(['<', '>', '=', '!'])
            .ok_or("write `column=value`, `column>=value` or `column<=value`")?;
        let (column, rest) = text.split_at(at);
        let column = column.trim();
        if column.is_empty() {
            return Err("the column is missing: write `column=value`".to_owned());
        }
        let operator = &rest[..rest.find(|c| !matches!(c, '<' | '>' | '=' | '!')).unwrap_or(rest.len())];
        let value = rest[operator.len()..].trim();
        if value.is_empty() {
            return Err(format!("the value is missing: write `{}{operator}value`", printable(column)));
        }
        let test = match operator {
            "=" | "==" => Test::Is(value.to_owned()),
            ">=" => Test::Min(limit(value)?),
            "<=" => Test::Max(limit(value)?),
            ">" | "<" => {
                let (column, value) = (printable(column), printable(value));
                return Err(format!("limits are included: write `{column}{operator}={value}`"));
            }
            _ => return Err(format!("there is no `{operator}`; there are `=`, `>=` and `<=`")),
        };
        Ok(Self { column: column.to_owned(), test })
    }
}

/// A number, or a date or time.
fn limit(text: &str) -> Result<Limit, String> {
    if let Some(number) = Field::from(text).number() {
        return Ok(Limit::Number(number));
    }
    match Time::parse(text) {
        Ok(_) => Ok(Limit::Time(text.to_owned().into())),
        Err(_) => Err(format!("`{}` is neither a number nor a date such as 2018-09-20", printable(text))),
    }
}

/// Returns the filters of conditions, all of which an item meets. Of several values for one column it has one.
pub fn filters(conditions: &[Condition]) -> Vec<FilterSpec> {
    let mut filters: Vec<FilterSpec> = Vec::new();
    for Condition { column, test } in conditions {
        let new = || FilterSpec::new(column.clone());
        match test {
            Test::Min(limit) => filters.push(FilterSpec { min: Some(limit.clone()), ..new() }),
            Test::Max(limit) => filters.push(FilterSpec { max: Some(limit.clone()), ..new() }),
            Test::Is(key) => {
                let of_column = |filter: &&mut FilterSpec| *filter.field == **column && filter.only.is_some();
                match filters.iter_mut().find(of_column).and_then(|filter| filter.only.as_mut()) {
                    Some(only) => only.push(Text::from(key.clone())),
                    None => filters.push(new().only([key.clone()])),
                }
            }
        }
    }
    filters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(texts: &[&str]) -> Vec<FilterSpec> {
        filters(&texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Condition>>())
    }

    #[test]
    fn conditions_are_filters_of_the_language() {
        let found = parsed(&["year >= 1990", "genre=a", "year<=1999.5", "genre==b,c", "day>=2018-09-20"]);
        assert_eq!(
            found,
            [
                FilterSpec::new("year").min(1990.0),
                FilterSpec::new("genre").only(["a", "b,c"]),
                FilterSpec::new("year").max(1999.5),
                FilterSpec::new("day").min("2018-09-20"),
            ]
        );
        assert_eq!(parsed(&["url=x?a=1"]), [FilterSpec::new("url").only(["x?a=1"])]);
    }

    #[test]
    fn other_forms_name_the_remedy() {
        for (text, expected) in [
            ("year", "write `column=value`"),
            ("=3", "the column is missing"),
            ("year>=", "the value is missing: write `year>=value`"),
            ("year>1990", "limits are included: write `year>=1990`"),
            ("year!=1990", "there is no `!=`"),
            ("year>=late", "`late` is neither a number nor a date"),
        ] {
            let message = text.parse::<Condition>().unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
