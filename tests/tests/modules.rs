//! Modules of a crate use each other without cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, Macro, UseTree};
use turret_tests::root;

/// For each module of a crate, the other modules that it names, without tests.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Modules of the crate that the items of a file name.
struct Uses<'a> {
    modules: &'a BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Uses<'_> {
    fn name(&mut self, first: &str, second: Option<String>) {
        if first == "crate" {
            self.found.extend(second.filter(|name| self.modules.contains(name)));
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            _ => &[],
        };
        let is_test = attributes.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test"))
        });
        if !is_test {
            visit::visit_item(self, item);
        }
    }

    fn visit_use_tree(&mut self, tree: &'ast UseTree) {
        if let UseTree::Path(path) = tree
            && path.ident == "crate"
        {
            let mut open = vec![&*path.tree];
            while let Some(tree) = open.pop() {
                match tree {
                    UseTree::Path(path) => self.name("crate", Some(path.ident.to_string())),
                    UseTree::Name(name) => self.name("crate", Some(name.ident.to_string())),
                    UseTree::Rename(name) => self.name("crate", Some(name.ident.to_string())),
                    UseTree::Group(group) => open.extend(&group.items),
                    UseTree::Glob(_) => {}
                }
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut names = path.segments.iter().map(|segment| segment.ident.to_string());
        if let Some(first) = names.next() {
            self.name(&first, names.next());
        }
        visit::visit_path(self, path);
    }

    /// Adds the modules that are named in a macro.
    fn visit_macro(&mut self, written: &'ast Macro) {
        let text = written.tokens.to_string().replace(' ', "");
        for (_, rest) in text.match_indices("crate::").map(|(at, found)| text.split_at(at + found.len())) {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            self.name("crate", Some(rest[..end.unwrap_or(rest.len())].to_string()));
        }
    }
}

/// Sources of a module: its file and its folder, without test modules.
fn sources(crate_sources: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = vec![crate_sources.join(module).with_extension("rs")];
    let mut open = vec![crate_sources.join(module)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let parent = path.parent().unwrap().with_extension("rs");
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let is_test = fs::read_to_string(parent)
                .is_ok_and(|text| text.contains(&format!("#[cfg(test)]\nmod {stem};")));
            match path.is_dir() {
                _ if is_test => {}
                true => open.push(path),
                false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
                false => {}
            }
        }
    }
    found
}

fn graph(folder: &str) -> Graph {
    let crate_sources = root().join(folder);
    let library = syn::parse_file(&fs::read_to_string(crate_sources.join("lib.rs")).unwrap()).unwrap();
    let modules: BTreeSet<String> = library
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(ItemMod { ident, content: None, .. }) => Some(ident.to_string()),
            _ => None,
        })
        .collect();
    let uses = |module: &String| {
        let mut uses = Uses { modules: &modules, found: BTreeSet::new() };
        for path in sources(&crate_sources, module) {
            uses.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
        }
        uses.found.remove(module);
        uses.found
    };
    modules.iter().map(|module| (module.clone(), uses(module))).collect()
}

/// Modules that remain after repeatedly removing those that use no others.
fn knot(mut graph: Graph) -> Graph {
    loop {
        let free: Vec<String> =
            graph.iter().filter(|(_, uses)| uses.is_empty()).map(|(module, _)| module.clone()).collect();
        if free.is_empty() {
            return graph;
        }
        for module in free {
            graph.remove(&module);
            graph.values_mut().for_each(|uses| {
                uses.remove(&module);
            });
        }
    }
}

#[test]
fn modules_form_no_cycle() {
    for (folder, count, module, uses) in [
        ("runtime/src", 20, "train", "data"),
        ("dsl/src", 20, "plan", "model"),
        ("schema/src", 5, "training", "optimizer"),
    ] {
        let graph = graph(folder);
        assert!(graph.len() > count && graph[module].contains(uses), "{graph:?}");
        let knot = knot(graph);
        assert!(knot.is_empty(), "modules of {folder} use each other: {knot:#?}");
    }
}

#[test]
fn a_cycle_is_seen() {
    let uses = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let graph = [("a", uses(&["b"])), ("b", uses(&["c"])), ("c", uses(&["a"])), ("d", uses(&["a"]))];
    let graph: Graph = graph.into_iter().map(|(name, uses)| (name.to_string(), uses)).collect();
    assert_eq!(knot(graph.clone()).len(), 4);
    assert_eq!(knot(Graph::from([("d".to_string(), uses(&["e"])), ("e".to_string(), uses(&[]))])).len(), 0);
}
