//! Forms of files that are not separated text, from their first bytes and lines.

use std::collections::HashSet;

use turret_runtime::data::{FEATURES, Field, FileForm, LABEL, VALUE};

use super::look::Look;

/// First bytes of files with typed columns.
const MARKS: [(&[u8], FileForm); 3] = [
    (b"PAR1", FileForm::Parquet),
    (b"ARROW1", FileForm::Arrow),
    // A stream of Arrow.
    (b"\xff\xff\xff\xff", FileForm::Arrow),
];

/// Form of a file with typed columns.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<FileForm> {
    MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, form)| *form)
}

/// Form of lines that are not separated into the same columns.
pub(super) fn of_lines(lines: &[&[u8]]) -> Option<FileForm> {
    let first = lines.first()?;
    if is_object(first) {
        return Some(FileForm::JsonLines);
    }
    let lines: Option<Vec<&str>> = lines.iter().map(|line| std::str::from_utf8(line).ok()).collect();
    let words: Vec<Vec<&str>> = lines?.iter().map(|line| line.split_ascii_whitespace().collect()).collect();
    for (colons, form) in [(1, FileForm::LibSvm), (2, FileForm::LibFfm)] {
        let has_features = words.iter().any(|line| line.len() > 1);
        if has_features && words.iter().all(|line| has_label(line) && features(line, colons)) {
            return Some(form);
        }
    }
    are_neighbors(&words).then_some(FileForm::Adjacency)
}

/// Contents of a field in a file of a form, of which the values alone would tell `plain`.
pub(super) fn look_in<'f>(
    form: FileForm,
    name: &str,
    rows: usize,
    value: &dyn Fn(usize) -> Field<'f>,
    plain: Look,
) -> Look {
    match (form, plain) {
        (_, plain @ (Look::Empty | Look::Constant)) => plain,
        (FileForm::Adjacency, _) => Look::Key,
        (FileForm::LibFfm, _) if name == FEATURES => Look::Others,
        // Indices are keys; values are what they look like.
        (FileForm::LibSvm | FileForm::LibFfm, Look::Number | Look::Flag | Look::Sign | Look::Time)
            if name != LABEL && !name.ends_with(VALUE) =>
        {
            Look::Key
        }
        // A number that is text names something.
        (FileForm::Parquet | FileForm::Arrow, Look::Number)
            if (0..rows).map(value).any(|field| matches!(field, Field::Text(_))) =>
        {
            Look::Key
        }
        (_, plain) => plain,
    }
}

/// Returns whether a line is an object of JSON.
fn is_object(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"{")
        && serde_json::from_slice::<serde_json::Value>(line).is_ok_and(|value| value.is_object())
}

fn has_label(words: &[&str]) -> bool {
    words.first().is_some_and(|label| label.parse::<f64>().is_ok())
}

/// Returns whether the words after the label are features with this number of colons, and perhaps a query.
fn features(words: &[&str], colons: usize) -> bool {
    let is_query = |word: &&&str| word.starts_with("qid:");
    let query = usize::from(words.get(1).as_ref().is_some_and(is_query));
    words.iter().skip(1 + query).all(|word| {
        let parts: Vec<&str> = word.split(':').collect();
        let (value, keys) = parts.split_last().unwrap_or((&"", &[]));
        keys.len() == colons
            && keys.iter().all(|key| key.parse::<u64>().is_ok())
            && value.parse::<f64>().is_ok()
    })
}

/// Returns whether lines are lists of whole numbers of any length, each of another first one.
fn are_neighbors(words: &[Vec<&str>]) -> bool {
    let is_whole = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut firsts = HashSet::new();
    let mut lengths = HashSet::new();
    let are_lists = words.iter().all(|line| {
        lengths.insert(line.len());
        line.iter().all(is_whole) && line.first().is_some_and(|first| firsts.insert(*first))
    });
    are_lists && lengths.len() > 1 && lengths.iter().any(|&length| length > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_lines() {
        for (text, expected) in [
            ("{\"a\": 1}\n{\"a\": 2}", Some(FileForm::JsonLines)),
            ("-1 451:1 4149:1\n1 12:0.5", Some(FileForm::LibSvm)),
            ("2 qid:10 1:0.5 2:3\n0 qid:10 1:0.1", Some(FileForm::LibSvm)),
            ("1 0:12:1 1:99:1\n0 0:12:1 1:7:1", Some(FileForm::LibFfm)),
            ("0 5 7 9\n1 5\n2 7 9", Some(FileForm::Adjacency)),
            // A user and an item on each line, and a user with several lines.
            ("1 5\n1 7\n2 7", None),
            ("1 5\n2 7", None),
            ("0 1 2\n0 3\n1 2", None),
            ("1\n0", None),
            ("1,12:30:05,a\n2,12:31:05,b", None),
            ("12:30 5\n12:31 7", None),
        ] {
            let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            assert_eq!(of_lines(&lines), expected, "{text}");
        }
        assert_eq!(of_bytes(b"PAR1\x15\x04"), Some(FileForm::Parquet));
        assert_eq!(of_bytes(b"ARROW1\x00\x00"), Some(FileForm::Arrow));
        assert_eq!(of_bytes(b"user,item\n"), None);
    }
}
