//! `turret explain`: what the code of an error means, or how large a spec is.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use turret_dsl::model::Op;
use turret_dsl::plan::{Plan, Site, Step};

use super::output::{Error, print};
use super::spec::{Settings, Spec};

/// An entry for each code.
const ERRORS: &str = include_str!("../../docs/errors.md");

/// Arguments of `turret explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A code such as E0101, or a spec.
    #[arg(value_name = "CODE|SPEC")]
    subject: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

impl Args {
    /// Prints it.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let text = match self.subject.to_str().and_then(code) {
            Some(code) => {
                let entry = entry(ERRORS, &code);
                entry.ok_or_else(|| Error::Input(format!("there is no error {code}")))?.to_owned()
            }
            None => table(&Spec::read(&self.subject, &self.settings)?.plan()?),
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A code as it is written in the documentation.
fn code(word: &str) -> Option<String> {
    let digits = word.strip_prefix(['E', 'e'])?;
    let is_code = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| format!("E{digits}"))
}

/// The section of a code, heading included.
fn entry<'t>(text: &'t str, code: &str) -> Option<&'t str> {
    let heading = format!("## {code}\n");
    let start = if text.starts_with(&heading) { 0 } else { text.find(&format!("\n{heading}"))? + 1 };
    let rest = &text[start..];
    let end = rest.find("\n\n## ").map_or(rest.len(), |end| end + 1);
    Some(&rest[..end])
}

/// The steps of each tower with shapes and trained numbers.
fn table(plan: &Plan) -> String {
    let mut text = format!("{}\n", plan.model.name);
    let mut total = 0;
    for (index, site) in plan.sites.iter().enumerate() {
        let name = plan.model.towers.get(index).map_or("objective", |tower| tower.name.as_str());
        if site.steps.is_empty() {
            continue;
        }
        let rows: Vec<[String; 4]> = site.steps.iter().map(|step| row(plan, site, step)).collect();
        let count: usize = site.weights.iter().map(|(_, weights)| weights.count).sum();
        total += count;
        let _ = writeln!(text, "\n{name}: {count} parameters");
        columns(&mut text, &rows);
    }
    let rows = plan.model.tables.iter().map(|table| {
        let state = if table.frozen { "frozen" } else { "trained" };
        [table.name.clone(), format!("rows x {}", table.dim), state.to_owned(), String::new()]
    });
    let rows: Vec<[String; 4]> = rows.collect();
    if !rows.is_empty() {
        text.push_str("\ntables, whose rows come with the data\n");
        columns(&mut text, &rows);
    }
    let _ = writeln!(text, "\n{total} parameters beside the tables");
    text
}

/// Name, operation, shape and trained numbers of a step.
fn row(plan: &Plan, site: &Site, step: &Step) -> [String; 4] {
    let model = &plan.model;
    let op = match &model.nodes[step.node.0].op {
        Op::Column(column) => format!("column {}", model.columns[column.0].name),
        Op::Lookup(table, column) => {
            format!("{}[{}]", model.tables[table.0].name, model.columns[column.0].name)
        }
        Op::Tower(tower) => format!("tower {}", model.towers[tower.0].name),
        Op::Layer(layer) => layer.name().to_owned(),
    };
    let shape = plan.shapes[step.node.0].to_string();
    let weights = step.weights.as_ref().and_then(|field| site.weights.iter().find(|(name, _)| name == field));
    let count = weights.map_or_else(String::new, |(_, weights)| weights.count.to_string());
    [step.name.clone(), op, shape, count]
}

/// Writes rows with their columns aligned, the last to the right.
fn columns(text: &mut String, rows: &[[String; 4]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [a, b, c, d] = [0, 1, 2, 3].map(width);
    for [name, op, shape, count] in rows {
        let line = format!("    {name:a$}  {op:b$}  {shape:c$}  {count:>d$}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::{code, entry};

    #[test]
    fn codes_are_told_from_specs() {
        assert_eq!(code("e0012").as_deref(), Some("E0012"));
        assert_eq!([code("E12"), code("Error"), code("E0001.dm")], [None, None, None]);
    }

    #[test]
    fn entries_end_where_the_next_begins() {
        let text = "# Errors\n\n## E0001\n\nOne.\n\n## E0002\n\nTwo.\n";
        assert_eq!(entry(text, "E0001"), Some("## E0001\n\nOne.\n"));
        assert_eq!(entry(text, "E0002"), Some("## E0002\n\nTwo.\n"));
        assert_eq!(entry(text, "E0003"), None);
    }
}
