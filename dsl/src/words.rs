//! Suggestions for unknown words: the correct spelling, or the counterpart of a word of another system.

mod columns;
mod data;
mod evaluation;
mod layers;
mod members;
mod objectives;
mod searches;
#[cfg(test)]
mod tests;
mod training;
mod values;

pub(crate) use values::named_value;

/// Words of Keras, PyTorch, DeepCTR, RecBole, scikit-learn, pandas and others. Earlier entries take
/// precedence.
const FAMILIES: [&[Foreign]; 8] = [
    training::WORDS,
    data::WORDS,
    columns::WORDS,
    layers::WORDS,
    objectives::WORDS,
    evaluation::WORDS,
    members::WORDS,
    searches::WORDS,
];

/// A word of another system.
#[derive(Debug)]
struct Foreign {
    /// Spellings in [normal form](normal), separated by spaces.
    spellings: &'static str,
    /// Place of the word, given by a word of the language that is allowed there. Empty for any place.
    place: &'static str,
    answer: Answer,
}

/// Answer to a foreign word.
#[derive(Debug)]
enum Answer {
    /// The language has another name for it.
    Called { name: &'static str, form: &'static str },
    /// Advice, if the language expresses it differently or does not have it.
    Said(&'static str),
}

/// A word that the language calls `name`, wherever `name` is allowed.
const fn called(spellings: &'static str, name: &'static str, form: &'static str) -> Foreign {
    Foreign { spellings, place: name, answer: Answer::Called { name, form } }
}

/// A word without a counterpart, wherever `place` is allowed.
const fn said(spellings: &'static str, place: &'static str, text: &'static str) -> Foreign {
    Foreign { spellings, place, answer: Answer::Said(text) }
}

impl Foreign {
    /// Restricts the entry to one place.
    const fn at(self, place: &'static str) -> Self {
        Foreign { place, ..self }
    }

    fn stands_for(&self, normal: &str, known: &[&str]) -> bool {
        let named = match self.answer {
            Answer::Called { name, .. } => known.contains(&name),
            Answer::Said(_) => true,
        };
        let in_place = self.place.is_empty() || known.contains(&self.place);
        named && in_place && self.spellings.split_whitespace().any(|spelling| spelling == normal)
    }

    fn help(&self, word: &str) -> String {
        match self.answer {
            Answer::Called { name, form } if name == form => format!("`{word}` is called `{name}` here"),
            Answer::Called { name, form } => format!("`{word}` is called `{name}` here: write `{form}`"),
            Answer::Said(text) => text.to_string(),
        }
    }
}

/// Returns a word in lower case without `_` and `-`: `BatchNorm`, `batch-norm` and `batch_norm` are the same.
fn normal(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

fn foreign(word: &str, known: &[&str]) -> Option<&'static Foreign> {
    let normal = normal(word);
    FAMILIES.into_iter().flatten().find(|entry| entry.stands_for(&normal, known))
}

/// Returns the help for an unknown word. `known` are the allowed words.
pub(crate) fn remedy(word: &str, known: &[&str]) -> Option<String> {
    if let Some(entry) = foreign(word, known) {
        return Some(entry.help(word));
    }
    nearest(word, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}

/// Returns the first example in backticks that is the word or a call of it.
pub(crate) fn example<'t>(word: &str, text: &'t str) -> Option<&'t str> {
    examples(text).find(|example| !word.is_empty() && head(example) == word)
}

/// Returns the first word of each example in backticks.
pub(crate) fn heads(text: &str) -> Vec<&str> {
    examples(text).map(head).collect()
}

fn examples(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn head(example: &str) -> &str {
    example.split(['(', '[']).next().unwrap_or("")
}

/// Returns the known word that an unknown one means.
pub(crate) fn meant<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    match foreign(word, known).map(|entry| &entry.answer) {
        Some(Answer::Called { name, .. }) => known.iter().find(|known| *known == name).copied(),
        Some(Answer::Said(_)) => None,
        None => nearest(word, known.iter().copied()),
    }
}

/// Returns the nearest candidate, if it is near enough.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() {
        return None;
    }
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    let normal_form = normal(word);
    candidates
        .into_iter()
        .filter_map(|candidate| match normal(candidate) == normal_form {
            true => Some((0, candidate)),
            false if candidate.len().abs_diff(length) > limit => None,
            false => Some((distance(word, candidate), candidate)),
        })
        .filter(|&(distance, candidate)| distance <= limit && candidate != word)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns the nearest field, or the field that differs only in a RecBole type suffix: `user_id:token`.
pub(crate) fn nearest_field<'a>(field: &str, fields: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fields: Vec<&str> = fields.into_iter().filter(|other| *other != field).collect();
    let typed = fields.iter().copied().find(|other| normal(untyped(other)) == normal(untyped(field)));
    typed.or_else(|| nearest(field, fields))
}

fn untyped(field: &str) -> &str {
    field.split_once(':').map_or(field, |(name, _)| name)
}

/// Edit distance; a transposition counts as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
