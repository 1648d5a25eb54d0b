//! `import "blocks.dm"`: adds the constants and blocks of other files to a spec.
//!
//! The compiler does no I/O; it receives a function that maps paths to texts. Paths in a spec are relative to
//! the importing file. The function receives paths relative to the folder of the spec. Imports cannot leave
//! that folder.

use std::fmt;
use std::rc::Rc;

use crate::ast::{Import, Spec};
use crate::diag::{Diagnostic, Errors};
use crate::span::{Place, Spans};

/// Maximum depth of nested imports.
const MAX_DEPTH: usize = 32;

/// Reads the file at a path below the folder of the spec. Paths use `/`. The error says why the file cannot
/// be read.
type Read = dyn Fn(&str) -> Result<String, String>;

/// Reader of imported files.
#[derive(Clone)]
pub(crate) struct Files(Option<Rc<Read>>);

impl Files {
    /// No reader: every import is an error.
    pub(crate) fn none() -> Self {
        Files(None)
    }

    pub(crate) fn from(read: impl Fn(&str) -> Result<String, String> + 'static) -> Self {
        Files(Some(Rc::new(read)))
    }

    fn read(&self, path: &str) -> Result<String, String> {
        match &self.0 {
            Some(read) => read(path),
            None => Err("this spec is compiled without access to files".to_string()),
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Files(..)" } else { "Files(none)" })
    }
}

/// Loader of a spec and its imported files.
pub(crate) struct Loader<'a> {
    pub(crate) files: &'a Files,
    pub(crate) spans: &'a mut Spans<Place>,
    pub(crate) errors: &'a mut Errors,
    pub(crate) texts: &'a mut Vec<(String, String)>,
    /// Paths of the imported files, in reading order.
    pub(crate) paths: Vec<String>,
}

/// A file that is being read, and the chain of files that import it.
struct Chain<'c> {
    path: &'c str,
    import: Option<(&'c Import, &'c Chain<'c>)>,
}

impl Loader<'_> {
    /// Puts imported items before those of the spec. Returns the spec, and its text with each import replaced
    /// by the imported text. That text compiles without the files.
    pub(crate) fn load(&mut self, spec: Spec) -> (Spec, String) {
        let name = self.texts[0].0.clone();
        let (folder, file) = name.rsplit_once(['/', '\\']).unwrap_or(("", &name));
        self.merge(spec, 0, folder, &Chain { path: file, import: None })
    }

    fn merge(&mut self, mut spec: Spec, text: usize, folder: &str, chain: &Chain<'_>) -> (Spec, String) {
        let source = self.texts[text].1.clone();
        let (mut flat, mut end) = (String::new(), 0);
        let mut merged = Spec::default();
        for import in std::mem::take(&mut spec.imports) {
            let place = *self.spans.get(import.span);
            let (start, stop) = (place.start as usize, place.end as usize);
            flat.push_str(&format!("{}// {}\n", &source[end..start], source[start..stop].replace('\n', " ")));
            end = stop;
            let Some((file, text)) = self.import(&import, folder, chain) else { continue };
            merged.constants.extend(file.constants);
            merged.blocks.extend(file.blocks);
            flat.push_str(text.trim_end());
        }
        flat.push_str(&source[end..]);
        merged.constants.append(&mut spec.constants);
        merged.blocks.append(&mut spec.blocks);
        merged.model = spec.model;
        (merged, flat)
    }

    /// Returns the items of an imported file and its imports. None if it was already imported or has errors.
    fn import(&mut self, import: &Import, folder: &str, chain: &Chain<'_>) -> Option<(Spec, String)> {
        let Some(path) = below(chain.path, &import.path) else {
            self.errors.push(
                Diagnostic::new(
                    "E0115",
                    import.span,
                    format!("`{}` leads out of the folder of the spec", import.path),
                )
                .help(
                    "an import is a relative path with `/`, to a file in the folder of the spec or below it",
                ),
            );
            return None;
        };
        if let Some(cycle) = cycle(&path, import, chain) {
            self.errors.push(cycle);
            return None;
        }
        if self.paths.contains(&path) {
            return None;
        }
        let text = match self.files.read(&path) {
            Ok(text) => text,
            Err(reason) => {
                let message = format!("cannot read `{}`: {reason}", import.path);
                self.errors.push(
                    Diagnostic::new("E0114", import.span, message)
                        .help("the path is relative to the file that imports it"),
                );
                return None;
            }
        };
        let index = self.texts.len();
        let separator = if folder.is_empty() { "" } else { "/" };
        self.texts.push((format!("{folder}{separator}{path}"), text));
        self.paths.push(path.clone());
        let file = crate::parse::parse(&self.texts[index].1, index as u32, self.spans, self.errors);
        if let Some(model) = &file.model {
            self.errors.push(
                Diagnostic::new("E0117", import.span, format!("`{}` holds a model", import.path))
                    .note(model.name.span, "the model is here")
                    .help("only constants and blocks can be imported: move them to a file without a model"),
            );
            return None;
        }
        Some(self.merge(file, index, folder, &Chain { path: &path, import: Some((import, chain)) }))
    }
}

/// Reports circular imports and chains that are too long.
fn cycle(path: &str, import: &Import, chain: &Chain<'_>) -> Option<Diagnostic> {
    let (mut at, mut depth) = (chain, 1);
    let mut notes = Vec::new();
    let closed = loop {
        if at.path == path {
            break true;
        }
        let Some((import, by)) = at.import else { break false };
        notes.push((import.span, format!("`{}` is imported here", at.path)));
        (at, depth) = (by, depth + 1);
    };
    if !closed && depth < MAX_DEPTH {
        return None;
    }
    let message =
        if closed { format!("`{path}` imports itself") } else { "files are imported too deeply".to_string() };
    let mut diagnostic = Diagnostic::new("E0116", import.span, message)
        .help("move the shared constants and blocks to a third file, and import it in both");
    diagnostic.notes = if closed { notes } else { Vec::new() };
    Some(diagnostic)
}

/// Returns the path of an import relative to the folder of the spec. None if it is outside.
fn below(importing: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\\', ':', '\0']) {
        return None;
    }
    let folder = importing.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::below;
    use crate::Compiler;

    #[test]
    fn paths_stay_below_the_spec() {
        for (importing, path, expected) in [
            ("m.dm", "a.dm", Some("a.dm")),
            ("lib/a.dm", "./b.dm", Some("lib/b.dm")),
            ("lib/a.dm", "../b.dm", Some("b.dm")),
            ("lib/a.dm", "../../b.dm", None),
            ("m.dm", "../b.dm", None),
            ("m.dm", "lib/../../b.dm", None),
            ("m.dm", "/etc/passwd", None),
            ("m.dm", "C:\\b.dm", None),
            ("m.dm", "", None),
            ("m.dm", ".", None),
        ] {
            assert_eq!(below(importing, path).as_deref(), expected, "{importing} imports {path}");
        }
    }

    const MODEL: &str = "import \"lib/blocks.dm\" // both
        model M {
            input { x: float, y: label }
            tower t { x |> pair(units = width) |> dense(1) }
            objective bce(t, y)
        }";

    /// Compiles `MODEL` with these files. `Err` has code, text and message of each diagnostic and its notes.
    fn compile(files: &[(&str, &str)]) -> Result<crate::plan::Plan, Vec<String>> {
        let files: BTreeMap<String, String> =
            files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
        let read = move |path: &str| files.get(path).cloned().ok_or("there is no such file".to_string());
        Compiler::new("specs/m.dm", MODEL).files(read).plan().map_err(|failure| {
            let name = |span| failure.texts[failure.spans.get(span).text as usize].0.clone();
            let mut lines = Vec::new();
            for diagnostic in &failure.diagnostics {
                lines.push(format!("{} {}: {}", diagnostic.code, name(diagnostic.span), diagnostic.message));
                lines
                    .extend(diagnostic.notes.iter().map(|(span, note)| format!("  {}: {note}", name(*span))));
            }
            lines
        })
    }

    #[test]
    fn constants_and_blocks_are_imported_once() {
        let plan = compile(&[
            ("lib/blocks.dm", "import \"sizes.dm\"\nimport \"../more.dm\"\nblock pair(x, units) { x |> dense(units) |> half }"),
            ("lib/sizes.dm", "const width = 2 * 8\nconst unused = 1\n"),
            ("more.dm", "import \"lib/sizes.dm\"\nblock half(x) { dense(x, width) }"),
        ])
        .unwrap();
        assert_eq!(plan.imports, ["lib/blocks.dm", "lib/sizes.dm", "more.dm"]);
        let widths: Vec<usize> =
            plan.towers[0].module.steps.iter().map(|step| plan.shapes[step.node.0].width()).collect();
        assert_eq!(widths, [1, 16, 16, 1]);
        // The expanded text compiles to the same program without files.
        let again = Compiler::new("spec.dm", &plan.text).plan().unwrap();
        assert_eq!((&again.text, &again.fingerprint), (&plan.text, &plan.fingerprint));
    }

    #[test]
    fn wrong_imports_are_explained() {
        let pair = "block pair(x, units) { dense(x, units) }\nconst width = 3\n";
        assert_eq!(
            compile(&[]).unwrap_err()[0],
            "E0114 specs/m.dm: cannot read `lib/blocks.dm`: there is no such file"
        );
        let cycle = compile(&[("lib/blocks.dm", "import \"b.dm\""), ("lib/b.dm", "import \"blocks.dm\"")]);
        assert_eq!(
            cycle.unwrap_err(),
            [
                "E0116 specs/lib/b.dm: `lib/blocks.dm` imports itself",
                "  specs/lib/blocks.dm: `lib/b.dm` is imported here",
            ]
        );
        let root = compile(&[("lib/blocks.dm", "import \"../m.dm\"")]);
        assert!(root.unwrap_err()[0].starts_with("E0116 specs/lib/blocks.dm: `m.dm` imports itself"));
        let twice = format!("import \"c.dm\"\n{pair}");
        let twice = compile(&[("lib/blocks.dm", &twice), ("lib/c.dm", "const width = 2")]);
        assert_eq!(
            twice.unwrap_err()[..2],
            [
                "E0104 specs/lib/blocks.dm: the constant `width` is declared twice",
                "  specs/lib/c.dm: first here"
            ]
        );
        let model = compile(&[("lib/blocks.dm", "model Other { }")]);
        assert!(model.unwrap_err()[0].starts_with("E0117 specs/m.dm: `lib/blocks.dm` holds a model"));
        let outside = compile(&[("lib/blocks.dm", "import \"../../b.dm\"")]);
        assert!(outside.unwrap_err()[0].starts_with("E0115 specs/lib/blocks.dm: "));
        let syntax = compile(&[("lib/blocks.dm", "block pair(x {")]);
        assert!(syntax.unwrap_err()[0].contains("specs/lib/blocks.dm"));
    }
}
