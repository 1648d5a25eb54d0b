//! Form of a file of rows, from its first bytes.

use std::path::PathBuf;

use turret_runtime::data::{Encoding, FileForm, Paths, SOURCE_FORMS, SourceForm, SourceSpec};

use super::forms;
use super::table::slashed;

/// Separators, in the order of preference.
const SEPARATORS: [&str; 7] = ["\t", "::", ",", ";", "|", "^", " "];
/// Number of lines that are compared.
const LINES: usize = 200;
/// Smallest share of lines with the same number of fields.
const AGREEING: f64 = 0.9;

/// Form of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sniffed {
    /// Word of the language.
    pub(super) word: &'static str,
    /// Form of the files.
    pub(super) form: FileForm,
    /// Separator of the columns.
    pub(super) separator: &'static str,
    /// True if values may be in double quotes.
    pub(super) quote: bool,
    /// Encoding.
    pub(super) encoding: Encoding,
    /// Number of fields of a row.
    pub(super) width: usize,
}

impl Sniffed {
    /// Form of a file with this beginning.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if let Some(form) = forms::of_bytes(bytes) {
            return Self::of_form(form, Encoding::Utf8);
        }
        let is_cut_letter = |error: std::str::Utf8Error| error.error_len().is_none();
        let is_utf8 = std::str::from_utf8(bytes).map_or_else(is_cut_letter, |_| true);
        let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::Latin1 };
        let lines: Vec<&[u8]> = bytes
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .take(LINES)
            .collect();
        // The last line may be cut.
        let lines = if lines.len() > 1 && lines.len() < LINES && !bytes.ends_with(b"\n") {
            &lines[..lines.len() - 1]
        } else {
            &lines[..]
        };
        if let Some(form) = forms::of_lines(lines) {
            return Self::of_form(form, encoding);
        }
        let (separator, width) = separator(lines).unwrap_or((",", 1));
        let word = if separator == "\t" { "tsv" } else { "csv" };
        let quote = separator == "," || has_quotes(lines, separator);
        Sniffed { word, form: FileForm::Separated, separator, quote, encoding, width }
    }

    /// A form that is not separated text.
    fn of_form(form: FileForm, encoding: Encoding) -> Self {
        let is_it = |known: &&SourceForm| (known.new)("".into(), "".into()).form == form;
        let word = SOURCE_FORMS.iter().find(is_it).map_or("csv", |known| known.word);
        Sniffed { word, form, separator: ",", quote: true, encoding, width: 0 }
    }

    /// Source with this form; the first line is a row.
    pub(super) fn source(&self, name: &str, paths: &[PathBuf]) -> SourceSpec {
        let paths: Paths = paths.iter().map(|path| slashed(path)).collect();
        if self.form != FileForm::Separated {
            return SourceSpec::of(name.to_owned(), paths, self.form);
        }
        SourceSpec::separated(name.to_owned(), paths, self.separator)
            .quote(self.quote)
            .encoding(self.encoding)
    }

    /// Settings that differ from those of the word.
    pub(super) fn settings(&self) -> Vec<String> {
        let mut settings = Vec::new();
        if self.form != FileForm::Separated {
            return settings;
        }
        if !matches!(self.separator, "," | "\t") {
            settings.push(format!("separator = \"{}\"", self.separator));
        }
        if self.quote != (self.separator == ",") {
            settings.push(format!("quote = {}", self.quote));
        }
        if self.encoding == Encoding::Latin1 {
            settings.push("encoding = latin1".to_owned());
        }
        settings
    }
}

/// Returns the separator by which most lines have the same number of fields, and this number; of equal ones,
/// that of most fields.
fn separator(lines: &[&[u8]]) -> Option<(&'static str, usize)> {
    let candidates = SEPARATORS.into_iter().filter_map(|separator| {
        let mut counts: Vec<usize> = lines.iter().map(|line| fields(line, separator)).collect();
        counts.sort_unstable();
        let fields = *counts.get(counts.len() / 2)?;
        let share = counts.iter().filter(|&&count| count == fields).count() as f64 / counts.len() as f64;
        (fields > 1 && share >= AGREEING).then_some((separator, share, fields))
    });
    // Spaces are in texts of all forms.
    let (spaces, others): (Vec<_>, Vec<_>) = candidates.partition(|(separator, ..)| *separator == " ");
    let best = |candidates: Vec<(&'static str, f64, usize)>| {
        let compare = |left: &(&str, f64, usize), right: &(&str, f64, usize)| {
            left.1.total_cmp(&right.1).then(left.2.cmp(&right.2))
        };
        candidates.into_iter().rev().max_by(compare).map(|(separator, _, fields)| (separator, fields))
    };
    best(others).or_else(|| best(spaces))
}

/// Number of fields of a line. Separators in quotes do not count.
fn fields(line: &[u8], separator: &str) -> usize {
    let mut is_enclosed = false;
    let mut fields = 1;
    let mut at = 0;
    while at < line.len() {
        if !is_enclosed && line[at..].starts_with(separator.as_bytes()) {
            fields += 1;
            at += separator.len();
            continue;
        }
        is_enclosed ^= line[at] == b'"';
        at += 1;
    }
    fields
}

/// Returns whether a field is in quotes. Longer separators have none.
fn has_quotes(lines: &[&[u8]], separator: &str) -> bool {
    let &[separator] = separator.as_bytes() else { return false };
    let is_quoted =
        |field: &[u8]| field.len() > 1 && field.starts_with(b"\"") && field.trim_ascii_end().ends_with(b"\"");
    lines.iter().any(|line| line.split(|&byte| byte == separator).any(is_quoted))
}

/// Returns whether the first row has the names of the fields, and whether that is certain: a name is no
/// number, and below it are numbers.
pub(super) fn header(rows: &[Vec<String>]) -> (bool, bool) {
    let Some((first, rest)) = rows.split_first() else { return (false, true) };
    let is_number = |cell: &str| cell.parse::<f64>().is_ok();
    let mut names: Vec<String> = first.iter().map(|name| name.trim().to_lowercase()).collect();
    if names.iter().any(|name| name.is_empty() || is_number(name)) {
        return (false, true);
    }
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return (false, true);
    }
    let column = |at: usize| rest.iter().filter_map(move |row| row.get(at).map(|cell| cell.trim()));
    let is_numeric = |at: usize| {
        let filled = || column(at).filter(|cell| !cell.is_empty());
        filled().next().is_some() && filled().all(is_number)
    };
    if (0..first.len()).any(is_numeric) {
        return (true, true);
    }
    let is_word = |name: &String| {
        name.len() <= 40 && name.chars().all(|letter| letter.is_alphanumeric() || "_-. :".contains(letter))
    };
    let is_value = |at: usize| column(at).any(|cell| cell == first[at].trim());
    (!rest.is_empty() && first.iter().all(is_word) && !(0..first.len()).any(is_value), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn forms_of_public_files() {
        for (text, word, separator, quote) in [
            ("196\t242\t3\t881250949\n186\t302\t3\t891717742\n", "tsv", "\t", false),
            ("1|Toy Story (1995)|01-Jan-1995||0\n2|Get, Shorty (1995)|01-Jan-1995||1\n", "csv", "|", false),
            ("movieId,title,genres\n1,\"Toy, Story\",A|B\n2,Jumanji (1995),A|B|C\n", "csv", ",", true),
            ("\"User\";\"Rating\"\n\"1\";\"0\"\n", "csv", ";", true),
            ("user item\nu1 i1\n", "csv", " ", false),
            ("1::1193::5::978300760\n1::661::3::978302109\n", "csv", "::", false),
            ("{\"a\": 1}\n{\"a\": 2}\n", "jsonl", ",", true),
            ("-1 451:1 4149:1\n1 451:1 12:1\n", "libsvm", ",", true),
            ("PAR1\u{15}", "parquet", ",", true),
            ("one\ntwo\n", "csv", ",", true),
        ] {
            let sniffed = Sniffed::of(text.as_bytes());
            assert_eq!((sniffed.word, sniffed.separator, sniffed.quote), (word, separator, quote), "{text}");
        }
        assert_eq!(Sniffed::of(b"a,b\n\xe9,1\n").encoding, Encoding::Latin1);
        assert_eq!(Sniffed::of("a,b\né".as_bytes().split_last().unwrap().1).encoding, Encoding::Utf8);
    }

    #[test]
    fn headers_are_told_from_rows() {
        for (text, expected) in [
            ("user,item\n1,2\n", (true, true)),
            ("1,2\n3,4\n", (false, true)),
            ("user,name\nann,Ann\nbob,Bob\n", (true, false)),
            ("ann,tea\nbob,tea\n", (false, false)),
            ("a,a\n1,2\n", (false, true)),
            ("u1,\nu2,1\n", (false, true)),
            ("only\n", (false, false)),
        ] {
            assert_eq!(header(&rows(text)), expected, "{text}");
        }
    }
}
