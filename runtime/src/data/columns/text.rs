//! A column of text, split into tokens.

use serde::{Deserialize, Serialize};
use turret_schema::{Keep, TextSpec};

use super::bag::{close, missing_bag};
use super::count::{Counter, Counting, PolicyCount, take};
use super::id::unknown;
use super::invalid::Invalid;
use super::item_column::{Item, ItemColumn, ItemCounts, ItemRules};
use super::punctuation::lower_and_strip;
use crate::data::cut::Cut;
use crate::data::encoded::Bags;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::vocabulary::{Lookup, Vocabulary};

/// Tokens of a text per record: Unicode lower case, without ASCII punctuation, split at Unicode white space.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TextColumn {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: TextSpec,
    invalid: Invalid,
    #[serde(skip)]
    missing_count: Counter,
    #[serde(skip)]
    unknown_count: Counter,
    #[serde(skip)]
    long_count: Counter,
}

impl TextColumn {
    /// A column before fitting.
    pub fn new(name: &str, spec: TextSpec) -> Self {
        Self {
            name: name.to_owned(),
            spec,
            invalid: Invalid::default(),
            missing_count: Counter::default(),
            unknown_count: Counter::default(),
            long_count: Counter::default(),
        }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Counts the tokens in the vocabulary, this number of times.
    pub fn observe(
        &mut self,
        field: &Field,
        vocabulary: &mut Vocabulary,
        times: u64,
    ) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| {
            let plain = self.plain(field)?;
            self.tokens(field, &plain)?.0.for_each(|token| vocabulary.observe(token, times));
            Ok(())
        })
    }

    /// Does nothing; only the vocabulary is fitted.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the rows of the tokens.
    pub fn encode(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut Bags,
        counting: Counting,
    ) -> Result<(), FieldError> {
        let cut =
            self.invalid.read(field, counting, |field| self.append(field, vocabulary, into, counting))?;
        close(&self.name, field, into)?;
        self.missing_count.add_many(usize::from(field.is_missing()), counting);
        self.long_count.add_many(usize::from(cut), counting);
        Ok(())
    }

    /// Appends the tokens to an open bag. Returns whether some were truncated.
    fn append(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut Bags,
        counting: Counting,
    ) -> Result<bool, FieldError> {
        let plain = self.plain(field)?;
        let (tokens, cut) = self.tokens(field, &plain)?;
        into.truncate(into.rows());
        for token in tokens {
            let lookup = vocabulary.row(token);
            if matches!(lookup, Lookup::Unknown(_)) {
                self.unknown_count.add(counting);
            }
            if let Some(row) = lookup.resolved(|| unknown(&self.name, &Field::from(token), vocabulary))? {
                into.push(row);
            }
        }
        Ok(cut)
    }

    /// Returns the words of a value that are observed, and the number of all before truncation.
    pub fn observed_keys(&self, field: &Field) -> Result<(Vec<String>, usize), FieldError> {
        let plain = self.plain(field)?;
        let (tokens, _) = self.tokens(field, &plain)?;
        Ok((tokens.map(str::to_owned).collect(), plain.split_whitespace().count()))
    }

    fn plain(&self, field: &Field) -> Result<String, FieldError> {
        let mut plain = String::new();
        match field {
            field if field.is_missing() => missing_bag(&self.name, self.spec.missing)?,
            Field::Text(text) => lower_and_strip(text, &mut plain),
            Field::List(_) | Field::Pairs(_) => {
                return Err(FieldError::new(&self.name, field, FieldFault::NotText));
            }
            number => lower_and_strip(&number.to_string(), &mut plain),
        }
        Ok(plain)
    }

    /// Returns the kept tokens, and whether some were truncated.
    fn tokens<'t>(
        &self,
        field: &Field,
        plain: &'t str,
    ) -> Result<(impl Iterator<Item = &'t str> + use<'t>, bool), FieldError> {
        let (mut skip, mut keep) = (0, usize::MAX);
        let (max, policy) = self.spec.max;
        let found = plain.split_whitespace().count();
        if found > max {
            keep = max;
            match policy {
                Keep::First => {}
                Keep::Last => skip = found - max,
                Keep::Error => {
                    let fault = FieldFault::TooManyTokens { found, most: max };
                    return Err(FieldError::new(&self.name, field, fault));
                }
            }
        }
        Ok((plain.split_whitespace().skip(skip).take(keep), keep != usize::MAX))
    }

    /// Returns the counts of missing and truncated texts and of unknown tokens since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        let counters = [
            ("missing", &self.missing_count),
            ("unknown", &self.unknown_count),
            ("too long", &self.long_count),
            self.invalid.counter(),
        ];
        take(&self.name, &counters)
    }
}

impl ItemColumn for TextColumn {
    fn cut(&self) -> Cut {
        Cut::Words
    }

    fn read_item<'i>(&self, item: &'i str) -> Option<Item<'i>> {
        let mut plain = String::new();
        lower_and_strip(item, &mut plain);
        // A word of punctuation is no token.
        Some(if plain.is_empty() { Item::Padding } else { Item::Key(plain.into(), 1.0) })
    }

    fn keys_of(&self, _: &Field<'_>) -> Vec<String> {
        Vec::new()
    }

    fn rules(&self) -> ItemRules {
        ItemRules {
            max: self.spec.max,
            missing: self.spec.missing,
            drops_first: false,
            is_weighted: false,
            notes_missing: false,
        }
    }

    fn full(&self) -> FieldError {
        FieldError::new(&self.name, &Field::Missing, FieldFault::ColumnFull)
    }

    fn count_items(&self, counts: &ItemCounts, counting: Counting) {
        self.missing_count.add_many(counts.missing, counting);
        self.unknown_count.add_many(counts.unknown, counting);
        self.long_count.add_many(counts.too_long, counting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(column: &TextColumn, text: &str) -> Vec<String> {
        let field = Field::from(text);
        let plain = column.plain(&field).unwrap();
        column.tokens(&field, &plain).unwrap().0.map(str::to_owned).collect()
    }

    #[test]
    fn as_keras_does() {
        let column = TextColumn::new("t", TextSpec::new((usize::MAX, Keep::First)));
        assert_eq!(
            tokens(&column, "One Flew Over the Cuckoo's Nest (1975)"),
            ["one", "flew", "over", "the", "cuckoos", "nest", "1975"]
        );
        assert_eq!(tokens(&column, "a-b  .,\tÉté!"), ["ab", "été"]);
        let cut = |keep| TextColumn::new("t", TextSpec::new((2, keep)));
        assert_eq!(tokens(&cut(Keep::First), "a b c"), ["a", "b"]);
        assert_eq!(tokens(&cut(Keep::Last), "a b c"), ["b", "c"]);
    }
}
