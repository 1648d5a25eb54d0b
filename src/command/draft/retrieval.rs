//! Towers of retrieval: a query and its candidates.

use super::Line;
use super::column::{Column, Kind};
use super::names::listed;

/// Width of the vectors that are compared.
const WIDTH: usize = 32;
/// Width of the vectors of further keys.
const FURTHER: usize = 8;

/// A tower of queries and one of candidates.
#[derive(Clone, Debug)]
pub(in crate::command) struct TwoTowers<'a> {
    /// Columns of the query; the first is its key.
    pub(in crate::command) query: Vec<&'a Column>,
    /// Columns of the candidate; the first is its key.
    pub(in crate::command) candidate: Vec<&'a Column>,
    /// Widths of the hidden layers.
    pub(in crate::command) hidden: Vec<usize>,
    /// Width of the vectors that are compared.
    pub(in crate::command) width: usize,
    /// Further arguments of the `mlp`, each after a comma.
    pub(in crate::command) of_hidden: String,
    /// Layers after the last, each after `|>`.
    pub(in crate::command) after_last: String,
}

impl<'a> TwoTowers<'a> {
    /// Towers of the usual widths.
    pub(in crate::command) fn new(query: Vec<&'a Column>, candidate: Vec<&'a Column>) -> Self {
        TwoTowers {
            query,
            candidate,
            hidden: vec![2 * WIDTH],
            width: WIDTH,
            of_hidden: String::new(),
            after_last: String::new(),
        }
    }
}

impl TwoTowers<'_> {
    /// Tables of the towers.
    pub(in crate::command) fn tables(&self) -> Vec<Line> {
        let line = |(name, width)| Line::new(format!("embedding {name} {{ dim = {width} }}"));
        self.widths().into_iter().map(line).collect()
    }

    /// Tables of the towers with their widths.
    pub(in crate::command) fn widths(&self) -> Vec<(&str, usize)> {
        let mut tables: Vec<(&str, usize)> = Vec::new();
        for columns in [&self.query, &self.candidate] {
            for (at, column) in columns.iter().enumerate() {
                let width = match column.kind {
                    kind if kind.is_key() && at == 0 => column.width.unwrap_or(self.width),
                    Kind::Text => column.width.unwrap_or(WIDTH),
                    kind if kind.is_bag() => column.width.unwrap_or(WIDTH / 2),
                    _ => continue,
                };
                match tables.iter_mut().find(|(name, _)| *name == column.table) {
                    Some((_, widest)) => *widest = width.max(*widest),
                    None => tables.push((&column.table, width)),
                }
            }
        }
        tables
    }

    fn mlp(&self, input: &str) -> String {
        let widths: Vec<String> = self.hidden.iter().chain([&self.width]).map(ToString::to_string).collect();
        let (widths, of_hidden, after) = (widths.join(", "), &self.of_hidden, &self.after_last);
        format!("{input} |> mlp([{widths}], relu, output = linear{of_hidden}){after}")
    }

    /// Both towers.
    pub(in crate::command) fn towers(&self) -> [Line; 2] {
        let tower = |name: &str, columns: &[&Column]| {
            let parts = parts(columns);
            let body = match &parts[..] {
                [only]
                    if columns.len() == 1
                        && columns[0].width.unwrap_or(self.width) == self.width
                        && only.contains('[') =>
                {
                    only.clone()
                }
                [only] if columns.len() == 1 => self.mlp(only),
                _ => self.mlp(&format!("concat({})", parts.join(", "))),
            };
            Line::new(format!("tower {name} {{ {body} }}"))
        };
        [tower("query", &self.query), tower("candidate", &self.candidate)]
    }
}

/// Values of columns: the key first, then further keys, bags and numbers.
pub(in crate::command) fn parts(columns: &[&Column]) -> Vec<String> {
    let of = |is_wanted: &dyn Fn(Kind) -> bool| -> Vec<&str> {
        let wanted = columns.iter().skip(1).filter(|column| is_wanted(column.kind));
        wanted.map(|column| column.name.as_str()).collect()
    };
    let mut parts: Vec<String> = columns.first().map(|column| column.value()).into_iter().collect();
    let keys = of(&|kind| kind.is_key());
    if !keys.is_empty() {
        let width =
            columns.iter().skip(1).filter(|column| column.kind.is_key()).find_map(|column| column.width);
        parts.push(format!("flatten(embed({}, dim = {}))", listed(keys), width.unwrap_or(FURTHER)));
    }
    parts.extend(columns.iter().skip(1).filter(|column| column.kind.is_bag()).map(|column| column.value()));
    parts.extend(Some(listed(of(&|kind| kind.is_dense()))).filter(|names| !names.is_empty()));
    parts
}
