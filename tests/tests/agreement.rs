//! Each op of the runtime is compared with its plain formulation, and each objective with its formula: a test of `ops/agreement` calls a
//! function that computes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprCall, GenericParam, ImplItem, Item, ItemFn, ItemImpl, Macro, PatIdent, Signature, Token,
    Type, Visibility,
};
use turret_dsl::losses::RULES;
use turret_tests::root;

/// Traits whose implementations are kernels.
const KERNELS: [&str; 5] = ["Op", "RecordFunction", "Gather", "Objective", "Cell"];

/// Names that a piece of code holds, those that it calls, and those that it declares.
#[derive(Default)]
struct Names {
    all: BTreeSet<String>,
    called: BTreeSet<String>,
    declared: BTreeSet<String>,
}

impl Names {
    /// The functions that a file of tests calls and does not declare itself, as functions of its own or as variables of a test.
    fn called_in(text: &str) -> BTreeSet<String> {
        let (mut called, mut functions) = (BTreeSet::new(), BTreeSet::new());
        for item in syn::parse_file(text).expect("a test is Rust").items {
            let Item::Fn(function) = item else { continue };
            let mut names = Names::default();
            names.visit_item_fn(&function);
            called.extend(&names.called - &names.declared);
            functions.insert(function.sig.ident.to_string());
        }
        &called - &functions
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_ident(&mut self, name: &'ast syn::Ident) {
        self.all.insert(name.to_string());
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.declared.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.declared.insert(function.sig.ident.to_string());
        visit::visit_item_fn(self, function);
    }

    /// Visits the arguments of macros such as `assert_eq!`.
    fn visit_macro(&mut self, written: &'ast Macro) {
        let arguments = written.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        for argument in arguments.iter().flatten() {
            let mut names = Names::default();
            names.visit_expr(argument);
            self.all.extend(names.all);
            self.called.extend(names.called);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func
            && let Some(last) = function.path.segments.last()
        {
            self.called.insert(last.ident.to_string());
        }
        visit::visit_expr_call(self, call);
    }
}

/// Kernels and functions of a source.
#[derive(Default)]
struct Source {
    kernels: Vec<String>,
    /// For each function and method the names in it.
    functions: BTreeMap<String, BTreeSet<String>>,
    /// Functions that other modules can call.
    exported: Vec<String>,
}

impl Source {
    fn of(text: &str) -> Self {
        let mut source = Source::default();
        for item in syn::parse_file(text).expect("a source is Rust").items {
            match item {
                Item::Fn(function) => {
                    let is_exported = !matches!(function.vis, Visibility::Inherited);
                    source.exported.extend(is_exported.then(|| function.sig.ident.to_string()));
                    source.add_function(&function.sig, &function.block);
                }
                Item::Impl(implementation) => match kernel(&implementation) {
                    Some(kernel) => source.kernels.push(kernel),
                    None => implementation.items.iter().for_each(|item| {
                        if let ImplItem::Fn(method) = item {
                            source.add_function(&method.sig, &method.block);
                        }
                    }),
                },
                _ => {}
            }
        }
        source
    }

    fn add_function(&mut self, signature: &Signature, block: &Block) {
        let mut names = Names::default();
        names.visit_block(block);
        self.functions.entry(signature.ident.to_string()).or_default().extend(names.all);
    }

    /// The exported functions that compute a kernel, by themselves or by functions of the source.
    fn functions_of(&self, kernel: &str) -> Vec<&str> {
        let mut known = BTreeSet::from([kernel]);
        loop {
            let uses = |(name, names): (&'_ String, &BTreeSet<String>)| {
                !known.contains(name.as_str()) && known.iter().any(|known| names.contains(*known))
            };
            let found = self.functions.iter().filter(|(name, names)| uses((name, names)));
            let found: Vec<&str> = found.map(|(name, _)| name.as_str()).collect();
            if found.is_empty() {
                return self
                    .exported
                    .iter()
                    .map(String::as_str)
                    .filter(|name| known.contains(name))
                    .collect();
            }
            known.extend(found);
        }
    }
}

/// The type of an implementation of one of [`KERNELS`]. An adapter, which is generic over the kernel that it adapts, is none.
fn kernel(implementation: &ItemImpl) -> Option<String> {
    let of = implementation.trait_.as_ref()?.1.segments.last()?.ident.to_string();
    let adapts = implementation.generics.params.iter().any(|param| matches!(param, GenericParam::Type(_)));
    let Type::Path(ty) = &*implementation.self_ty else { return None };
    let name = ty.path.segments.last()?.ident.to_string();
    (KERNELS.contains(&of.as_str()) && !adapts).then_some(name)
}

/// The kernels of sources that no test calls, of `tests` with the functions that they call.
fn forgotten<'s>(sources: impl IntoIterator<Item = &'s Source>, tests: &BTreeSet<String>) -> Vec<String> {
    let mut forgotten = Vec::new();
    for source in sources {
        for kernel in &source.kernels {
            let functions = source.functions_of(kernel);
            if !functions.iter().any(|function| tests.contains(*function)) {
                forgotten.push(format!("`{kernel}`, by one of: {}", functions.join(", ")));
            }
        }
    }
    forgotten
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The sources of ops, and the functions that their tests call.
fn sources_and_tests() -> (Vec<Source>, BTreeSet<String>) {
    let ops = root().join("runtime/src/ops");
    let mut paths = Vec::new();
    sources(&ops, &mut paths);
    let is_test = |path: &&PathBuf| path.starts_with(ops.join("agreement")) || path.ends_with("agreement.rs");
    let (tests, ops): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_test);
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let called = tests.into_iter().flat_map(|path| Names::called_in(&read(path))).collect();
    (ops.into_iter().map(|path| Source::of(&read(path))).collect(), called)
}

#[test]
fn every_op_is_compared_with_its_plain_formulation() {
    let (ops, called) = sources_and_tests();
    let kernels: usize = ops.iter().map(|source| source.kernels.len()).sum();
    assert!(kernels > 40, "{kernels} ops were found");
    let forgotten = forgotten(&ops, &called);
    assert!(forgotten.is_empty(), "no test of `ops/agreement` calls\n{}", forgotten.join("\n"));
}

#[test]
fn every_objective_is_compared_with_its_formula() {
    let (ops, called) = sources_and_tests();
    let exported: BTreeSet<&String> = ops.iter().flat_map(|source| &source.exported).collect();
    for rule in RULES {
        for function in rule.functions().map(str::to_owned) {
            assert!(exported.contains(&function), "the runtime has no function `{function}`");
            assert!(called.contains(&function), "no test of `ops/agreement` calls `{function}`");
        }
    }
}

#[test]
fn a_forgotten_op_is_seen() {
    let source = Source::of(
        "struct Twice; impl Op for Twice {} impl<F: Op> Op for Each<F> {}
        pub fn twice(x: f32) -> f32 { call(Twice, x) }
        pub(crate) fn four_times(x: f32) -> f32 { half_way(x) }
        fn half_way(x: f32) -> f32 { twice(twice(x)) }
        pub fn plain(x: f32) -> f32 { x + x }",
    );
    assert_eq!(source.functions_of("Twice"), ["twice", "four_times"]);
    let tests = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    assert_eq!(forgotten([&source], &tests(&["four_times", "plain"])), [] as [&str; 0]);
    assert_eq!(
        forgotten([&source], &tests(&["plain", "half_way"])),
        ["`Twice`, by one of: twice, four_times"]
    );
}
