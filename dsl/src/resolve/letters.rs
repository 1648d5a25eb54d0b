//! Check for names that differ only in case, because case-insensitive file systems would use one file for
//! both.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Errors};
use crate::model::Model;
use crate::span::Span;

/// Reports towers and tables whose names differ only in case.
pub(super) fn check_letters(model: &Model, errors: &mut Errors) {
    let towers = model.towers.iter().map(|tower| (tower.name.as_str(), tower.span));
    let tables = model.tables.iter().map(|table| (table.name.as_str(), table.span));
    check("tower", towers, errors);
    check("table", tables, errors);
}

fn check<'m>(what: &str, names: impl Iterator<Item = (&'m str, Span)>, errors: &mut Errors) {
    let mut seen: BTreeMap<String, (&str, Span)> = BTreeMap::new();
    for (name, span) in names {
        let first = *seen.entry(name.to_ascii_lowercase()).or_insert((name, span));
        if first.0 != name {
            let message = format!("the {what}s `{}` and `{name}` differ only in capitals", first.0);
            errors.push(
                Diagnostic::new("E0104", span, message)
                    .label("named so")
                    .note(first.1, "first here")
                    .help("some file systems treat both names as one file: choose another name"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Compiler;

    fn said(tables: [&str; 2], towers: [&str; 2]) -> String {
        let text = format!(
            "model Tower {{
                input {{ y: label, x: id, X: id }}
                embedding {0} {{ dim = 2 }} embedding {1} {{ dim = 2 }}
                tower {2} {{ {0}[x] }} tower {3} {{ {1}[X] }}
                objective bce(dot({2}, {3}), y)
            }}",
            tables[0], tables[1], towers[0], towers[1]
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(_) => "ok".to_string(),
            Err(failure) => {
                failure.diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
            }
        }
    }

    #[test]
    fn capitals_alone_make_no_other_name() {
        assert_eq!(said(["t", "u"], ["tower_", "x"]), "ok");
        assert_eq!(said(["t", "u"], ["t", "T_"]), "ok");
        assert_eq!(said(["t", "T"], ["a", "b"]), "E0104 the tables `t` and `T` differ only in capitals");
        assert_eq!(
            said(["t", "u"], ["Query", "query"]),
            "E0104 the towers `Query` and `query` differ only in capitals"
        );
    }
}
