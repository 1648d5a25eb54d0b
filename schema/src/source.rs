//! Data files.

use crate::names::Names;
use crate::paths::Paths;
use crate::text::Text;
use crate::time::DateOrder;

written! {
    /// Text encoding of a file.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Encoding {
        /// UTF-8, with or without a byte order mark.
        #[default]
        Utf8,
        /// ISO 8859-1: one byte per character.
        Latin1,
        /// UTF-16, low byte first. A file with a byte order mark needs no encoding.
        Utf16Le,
        /// UTF-16, high byte first. A file with a byte order mark needs no encoding.
        Utf16Be,
    }

    /// Form of a file of rows.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum FileForm {
        /// Lines, with a separator between the columns. Empty lines are skipped.
        #[default]
        Separated,
        /// One JSON object per line. Columns are fields by their paths, such as `author.id`.
        JsonLines,
        /// Lines of a label and pairs `index:value`.
        LibSvm,
        /// Lines of a label and triples `field:index:value`.
        LibFfm,
        /// Lines of a key and further keys. Each pair of the first with another one is a row.
        Adjacency,
        /// Parquet.
        Parquet,
        /// Arrow IPC: files (Feather) and streams.
        Arrow,
    }

    /// Files of rows.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SourceSpec by csv(name, paths) | tsv(name, paths) | separated(name, paths, separator) | of(name, paths, form) {
        /// Name in the spec.
        pub name: Text,
        /// Paths and patterns, relative to the data folder. Their rows follow each other.
        pub paths: Paths,
        /// Form of the files.
        pub form: FileForm,
        /// Column separator: one or several ASCII characters.
        pub separator: Text,
        /// True if values may be in double quotes.
        pub quote: bool,
        /// Character before a quote that is part of a quoted value, besides the quote itself.
        pub escape: Option<char>,
        /// First character of lines that are not rows.
        pub comment: Option<char>,
        /// True if spaces and tabs behind a separator are not part of the value.
        pub skip_spaces: bool,
        /// True if the last column is the rest of the line, separators included.
        pub rest: bool,
        /// Values that are missing, compared as keys.
        pub missing: Names,
        /// Encoding of the files.
        pub encoding: Encoding,
        /// Names of the columns. Empty: the first line has them.
        pub columns: Names,
        /// True if the first line is a header that `columns` replaces.
        pub header: bool,
        /// List of which each item is a row.
        pub explode: Option<ExplodeSpec>,
        /// Order of day and month in dates that end with the year. None: month first, and slashes only.
        pub dates: Option<DateOrder>,
    }

    /// A field with lists, of which each item is a row.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ExplodeSpec by new(field, item) {
        /// Column of the file.
        pub field: Text,
        /// Name of the column of the items, in place of the lists.
        pub item: Text,
        /// Name of the column of the weights of items, behind all others, if items have weights.
        pub weight: Option<Text>,
        /// Separator of the items of a text.
        pub separator: char,
        /// Separator of an item of a text and its weight.
        pub weight_separator: char,
    }

    /// A file other than a source.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum FileSpec {
        /// Keys of a table, one per line.
        Keys {
            /// Name of the table or vocabulary.
            of: Text,
            /// Path in the data folder.
            path: Text,
        } by keys(of, path),
        /// Initial vectors of a table.
        Vectors {
            /// Name of the table.
            of: Text,
            /// Path in the data folder.
            path: Text,
        } by vectors(of, path),
    }
}

/// A way to write the file of a source in the language, with its usual settings.
#[derive(Clone, Copy, Debug)]
pub struct SourceForm {
    /// Word of the language, and extension of such files.
    pub word: &'static str,
    /// Description for people.
    pub about: &'static str,
    /// Makes a source of its name and path.
    pub new: fn(Text, Text) -> SourceSpec,
}

/// All ways to write the file of a source.
pub const SOURCE_FORMS: [SourceForm; 8] = [
    SourceForm {
        word: "csv",
        about: "Commas and double quotes, under a header",
        new: |name, path| SourceSpec::csv(name, path),
    },
    SourceForm {
        word: "tsv",
        about: "Tabs and no quotes, under a header",
        new: |name, path| SourceSpec::tsv(name, path),
    },
    SourceForm {
        word: "jsonl",
        about: "One JSON object per line",
        new: |name, path| SourceSpec::of(name, path, FileForm::JsonLines),
    },
    SourceForm {
        word: "libsvm",
        about: "A label and pairs index:value",
        new: |name, path| SourceSpec::of(name, path, FileForm::LibSvm),
    },
    SourceForm {
        word: "libffm",
        about: "A label and triples field:index:value",
        new: |name, path| SourceSpec::of(name, path, FileForm::LibFfm),
    },
    SourceForm {
        word: "adjacency",
        about: "A user and any number of items",
        new: |name, path| SourceSpec::of(name, path, FileForm::Adjacency),
    },
    SourceForm {
        word: "parquet",
        about: "Parquet",
        new: |name, path| SourceSpec::of(name, path, FileForm::Parquet),
    },
    SourceForm {
        word: "arrow",
        about: "Arrow IPC, or Feather",
        new: |name, path| SourceSpec::of(name, path, FileForm::Arrow),
    },
];

/// Path of standard input.
pub const STANDARD_INPUT: &str = "-";
/// Column of the label in files of libsvm and libffm.
pub const LABEL: &str = "label";
/// Column of all pairs in files of libsvm and libffm.
pub const FEATURES: &str = "features";
/// Column of the query (`qid`) in files of libsvm.
pub const QUERY: &str = "query";
/// End of the name of a column with the values of a field in files of libffm.
pub const VALUE: &str = ".value";

impl SourceSpec {
    /// Files of a form, with its usual settings.
    pub fn of(name: impl Into<Text>, paths: impl Into<Paths>, form: FileForm) -> Self {
        let columns = match form {
            FileForm::LibSvm => Names::from([LABEL, QUERY, FEATURES]),
            FileForm::Adjacency => Names::from(["user", "item"]),
            FileForm::Separated
            | FileForm::JsonLines
            | FileForm::LibFfm
            | FileForm::Parquet
            | FileForm::Arrow => Names::default(),
        };
        Self { form, columns, ..Self::csv(name, paths) }
    }

    /// Files with commas, double quotes and a header.
    pub fn csv(name: impl Into<Text>, paths: impl Into<Paths>) -> Self {
        Self::separated(name, paths, ",")
    }

    /// Files with tabs, no quotes and a header.
    pub fn tsv(name: impl Into<Text>, paths: impl Into<Paths>) -> Self {
        Self::separated(name, paths, "\t")
    }

    /// Files with this separator and a header; quotes if the separator is a comma.
    pub fn separated(name: impl Into<Text>, paths: impl Into<Paths>, separator: impl Into<Text>) -> Self {
        let separator = separator.into();
        Self {
            name: name.into(),
            paths: paths.into(),
            form: FileForm::Separated,
            quote: separator == ",",
            separator,
            escape: None,
            comment: None,
            skip_spaces: false,
            rest: false,
            missing: Names::default(),
            encoding: Encoding::Utf8,
            columns: Names::default(),
            header: false,
            explode: None,
            dates: None,
        }
    }

    /// Sets whether values may be in double quotes.
    #[must_use]
    pub fn quote(self, quote: bool) -> Self {
        Self { quote, ..self }
    }

    /// Sets the character before a quote that is part of a quoted value.
    #[must_use]
    pub fn escape(self, escape: char) -> Self {
        Self { escape: Some(escape), ..self }
    }

    /// Sets the first character of lines that are not rows.
    #[must_use]
    pub fn comment(self, comment: char) -> Self {
        Self { comment: Some(comment), ..self }
    }

    /// Sets whether spaces and tabs behind a separator are skipped.
    #[must_use]
    pub fn skip_spaces(self, skip_spaces: bool) -> Self {
        Self { skip_spaces, ..self }
    }

    /// Sets whether the last column is the rest of the line.
    #[must_use]
    pub fn rest(self, rest: bool) -> Self {
        Self { rest, ..self }
    }

    /// Sets the values that are missing.
    #[must_use]
    pub fn missing(self, missing: impl Into<Names>) -> Self {
        Self { missing: missing.into(), ..self }
    }

    /// Sets the encoding of the files.
    #[must_use]
    pub fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// Sets the names of the columns of a file without a header.
    #[must_use]
    pub fn columns(self, columns: impl Into<Names>) -> Self {
        Self { columns: columns.into(), ..self }
    }

    /// Sets whether the file has a header that [`columns`](Self::columns) replaces.
    #[must_use]
    pub fn header(self, header: bool) -> Self {
        Self { header, ..self }
    }

    /// Sets the list of which each item is a row.
    #[must_use]
    pub fn explode(self, explode: ExplodeSpec) -> Self {
        Self { explode: Some(explode), ..self }
    }

    /// Sets the order of day and month in dates that end with the year.
    #[must_use]
    pub fn dates(self, dates: DateOrder) -> Self {
        Self { dates: Some(dates), ..self }
    }

    /// Returns whether the file itself names the columns.
    pub fn is_named_by_file(&self) -> bool {
        self.columns.is_empty()
    }

    /// Returns whether the rows have this column by [`columns`](Self::columns) and [`explode`](Self::explode).
    pub fn lists(&self, column: &str) -> bool {
        self.makes(column) || self.file_lists(column) && !self.replaces(column)
    }

    /// Returns whether the rows may have this column, as far as known without reading the file.
    pub fn may_have(&self, column: &str) -> bool {
        self.lists(column) || self.is_named_by_file() && !self.replaces(column)
    }

    /// Names of the columns of the rows, as far as known without reading the file.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        let of_file = self.columns.iter().map(|column| &**column);
        let made = self.explode.iter().flat_map(ExplodeSpec::columns);
        of_file.filter(|column| !self.replaces(column)).chain(made)
    }

    /// Returns whether a column of the file is a list of which each item is a row.
    pub fn replaces(&self, column: &str) -> bool {
        self.explode.as_ref().is_some_and(|explode| explode.field == column)
    }

    fn makes(&self, column: &str) -> bool {
        self.explode.iter().flat_map(ExplodeSpec::columns).any(|made| made == column)
    }

    fn file_lists(&self, column: &str) -> bool {
        let has = |column: &str| self.columns.iter().any(|name| name == column);
        has(column)
            || self.form == FileForm::LibFfm
                && !self.is_named_by_file()
                && (matches!(column, LABEL | FEATURES) || column.strip_suffix(VALUE).is_some_and(has))
    }
}

impl ExplodeSpec {
    /// Each item of the lists in `field` is a row, with the item in the column `item`. Texts are split at commas.
    pub fn new(field: impl Into<Text>, item: impl Into<Text>) -> Self {
        Self { field: field.into(), item: item.into(), weight: None, separator: ',', weight_separator: ':' }
    }

    /// Sets the name of the column of weights.
    #[must_use]
    pub fn weight(self, weight: impl Into<Text>) -> Self {
        Self { weight: Some(weight.into()), ..self }
    }

    /// Sets the separator of the items of a text.
    #[must_use]
    pub fn separator(self, separator: char) -> Self {
        Self { separator, ..self }
    }

    /// Sets the separator of an item of a text and its weight.
    #[must_use]
    pub fn weight_separator(self, weight_separator: char) -> Self {
        Self { weight_separator, ..self }
    }

    /// Names of the columns that it makes.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        [&self.item].into_iter().chain(&self.weight).map(|name| &**name)
    }
}

impl FileForm {
    /// Returns whether files have typed columns. Only programs with the feature `columnar` read them.
    pub fn is_columnar(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

impl FileSpec {
    /// Keys of a table or vocabulary.
    pub fn keys(of: impl Into<Text>, path: impl Into<Text>) -> Self {
        Self::Keys { of: of.into(), path: path.into() }
    }

    /// Initial vectors of a table.
    pub fn vectors(of: impl Into<Text>, path: impl Into<Text>) -> Self {
        Self::Vectors { of: of.into(), path: path.into() }
    }
}
