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
}

impl TwoTowers<'_> {
    /// Tables of the towers.
    pub(in crate::command) fn tables(&self) -> Vec<Line> {
        let mut tables: Vec<(&str, usize)> = Vec::new();
        for columns in [&self.query, &self.candidate] {
            for (at, column) in columns.iter().enumerate() {
                let width = match column.kind {
                    kind if kind.is_key() && at == 0 => WIDTH,
                    Kind::Text => WIDTH,
                    kind if kind.is_bag() => WIDTH / 2,
                    _ => continue,
                };
                match tables.iter_mut().find(|(name, _)| *name == column.table) {
                    Some((_, widest)) => *widest = width.max(*widest),
                    None => tables.push((&column.table, width)),
                }
            }
        }
        let line = |(name, width)| Line::new(format!("embedding {name} {{ dim = {width} }}"));
        tables.into_iter().map(line).collect()
    }

    /// Both towers.
    pub(in crate::command) fn towers(&self) -> [Line; 2] {
        let tower = |name: &str, columns: &[&Column]| {
            let parts = parts(columns);
            let body = match &parts[..] {
                [only] if columns.len() == 1 && only.contains('[') => only.clone(),
                [only] if columns.len() == 1 => mlp(only),
                _ => mlp(&format!("concat({})", parts.join(", "))),
            };
            Line::new(format!("tower {name} {{ {body} }}"))
        };
        [tower("query", &self.query), tower("candidate", &self.candidate)]
    }
}

fn mlp(input: &str) -> String {
    format!("{input} |> mlp([64, {WIDTH}], relu, output = linear)")
}

/// Values of columns: the key first, then further keys, bags and numbers.
fn parts(columns: &[&Column]) -> Vec<String> {
    let of = |is_wanted: &dyn Fn(Kind) -> bool| -> Vec<&str> {
        let wanted = columns.iter().skip(1).filter(|column| is_wanted(column.kind));
        wanted.map(|column| column.name.as_str()).collect()
    };
    let mut parts: Vec<String> = columns.first().map(|column| column.value()).into_iter().collect();
    let keys = of(&|kind| kind.is_key());
    if !keys.is_empty() {
        parts.push(format!("flatten(embed({}, dim = {FURTHER}))", listed(keys)));
    }
    parts.extend(columns.iter().skip(1).filter(|column| column.kind.is_bag()).map(|column| column.value()));
    parts.extend(Some(listed(of(&|kind| kind.is_dense()))).filter(|names| !names.is_empty()));
    parts
}
