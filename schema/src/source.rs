//! Files of rows.

use crate::names::Names;
use crate::text::Text;

written! {
    /// Encoding of the text of a file.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Encoding {
        /// UTF-8, with or without a byte order mark.
        #[default]
        Utf8,
        /// ISO 8859-1: a byte is a character.
        Latin1,
    }

    /// A file of rows. Lines without any character are passed over.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SourceSpec by csv(name, path) | tsv(name, path) | separated(name, path, separator) {
        /// Name in the spec.
        pub name: Text,
        /// Path, relative to the data folder.
        pub path: Text,
        /// Separator of columns.
        pub separator: u8,
        /// True if a column may be in double quotes.
        pub quote: bool,
        /// Encoding of the file.
        pub encoding: Encoding,
        /// The names of the columns; none: the first line holds them.
        pub columns: Names,
        /// True if the first line is passed over, since `columns` names the columns.
        pub header: bool,
    }

    /// A file that a spec names besides its sources.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum FileSpec {
        /// Keys of a table, one a line.
        Keys {
            /// Name of the table or vocabulary.
            of: Text,
            /// Path in the data folder.
            path: Text,
        } by keys(of, path),
        /// First vectors of a table.
        Vectors {
            /// Name of the table.
            of: Text,
            /// Path in the data folder.
            path: Text,
        } by vectors(of, path),
    }
}

impl SourceSpec {
    /// Commas, double quotes, and a header that names the columns.
    pub fn csv(name: impl Into<Text>, path: impl Into<Text>) -> Self {
        Self::separated(name, path, b',')
    }

    /// Tabs, no quotes, and a header that names the columns.
    pub fn tsv(name: impl Into<Text>, path: impl Into<Text>) -> Self {
        Self::separated(name, path, b'\t')
    }

    /// A separator, quotes if it is a comma, and a header that names the columns.
    pub fn separated(name: impl Into<Text>, path: impl Into<Text>, separator: u8) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            separator,
            quote: separator == b',',
            encoding: Encoding::Utf8,
            columns: Names::default(),
            header: false,
        }
    }

    /// Sets whether a column may be in double quotes.
    #[must_use]
    pub fn quote(self, quote: bool) -> Self {
        Self { quote, ..self }
    }

    /// Sets the encoding of the file.
    #[must_use]
    pub fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// Names of the columns, for a file whose first line is a row already.
    #[must_use]
    pub fn columns(self, columns: impl Into<Names>) -> Self {
        Self { columns: columns.into(), ..self }
    }

    /// The first line holds names of columns, in place of which those of [`columns`](Self::columns) count.
    #[must_use]
    pub fn header(self, header: bool) -> Self {
        Self { header, ..self }
    }

    /// Returns whether only the file has the names of the columns.
    pub fn is_named_by_file(&self) -> bool {
        self.columns.is_empty()
    }

    /// Returns whether the names of the columns are given, and this is one of them.
    pub fn lists(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// Returns whether there may be a column, as far as is known without the file.
    pub fn may_have(&self, column: &str) -> bool {
        self.is_named_by_file() || self.lists(column)
    }
}

impl FileSpec {
    /// Keys of a table or vocabulary.
    pub fn keys(of: impl Into<Text>, path: impl Into<Text>) -> Self {
        Self::Keys { of: of.into(), path: path.into() }
    }

    /// First vectors of a table.
    pub fn vectors(of: impl Into<Text>, path: impl Into<Text>) -> Self {
        Self::Vectors { of: of.into(), path: path.into() }
    }
}
