//! Pipeline from text to Rust.

use std::ops::Range;

use crate::ast;
use crate::constants::{Override, substitute};
use crate::diag::{Diagnostic, Errors};
use crate::expand::{Options, expand};
use crate::import::{Files, Loader};
use crate::plan::{Plan, plan};
use crate::render::render;
use crate::resolve::{meaning, resolve};
use crate::search;
use crate::span::{Place, Span, Spans};

/// A spec to compile, and its overrides.
#[derive(Clone, Debug)]
pub struct Compiler {
    name: String,
    text: String,
    overrides: Vec<(String, String)>,
    files: Files,
}

/// Failed compilation: diagnostics and the texts that they refer to.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Errors.
    pub diagnostics: Vec<Diagnostic>,
    /// Places of the diagnostics.
    pub spans: Spans<Place>,
    /// Name and content of each text that a place refers to.
    pub texts: Vec<(String, String)>,
}

/// A parsed spec, with its imports.
pub(crate) struct Parsed {
    pub(crate) spec: ast::Spec,
    pub(crate) overrides: Vec<Override>,
    /// Text of the spec, with imports replaced by the imported texts.
    pub(crate) text: String,
    imports: Vec<String>,
    pub(crate) spans: Spans<Place>,
    pub(crate) texts: Vec<(String, String)>,
    pub(crate) errors: Errors,
}

/// Text of a place; empty for generated nodes.
pub(crate) fn text_of<'t>(span: Span, spans: &Spans<Place>, texts: &'t [(String, String)]) -> &'t str {
    let place = spans.get(span);
    let text = texts.get(place.text as usize).map_or("", |(_, text)| text.as_str());
    text.get(place.start as usize..place.end as usize).unwrap_or("")
}

/// A planned spec, with its places for further diagnostics.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    spans: Spans<Place>,
    texts: Vec<(String, String)>,
}

impl Planned {
    /// Combines further diagnostics, such as those of the data, with the texts of the spec.
    pub fn failure(&self, diagnostics: Vec<Diagnostic>) -> Failure {
        Failure { diagnostics, spans: self.spans.clone(), texts: self.texts.clone() }
    }

    /// Text of a place; empty for generated nodes.
    pub(crate) fn text(&self, span: Span) -> &str {
        text_of(span, &self.spans, &self.texts)
    }

    /// Range of a place within another, if it is inside it.
    pub(crate) fn place_in(&self, inner: Span, outer: Span) -> Option<Range<usize>> {
        let (inner, outer) = (self.spans.get(inner), self.spans.get(outer));
        let lies_in = inner.text == outer.text && outer.start <= inner.start && inner.end <= outer.end;
        let from = |byte: u32| (byte - outer.start) as usize;
        lies_in.then(|| from(inner.start)..from(inner.end))
    }
}

impl Failure {
    /// Renders the diagnostics like rustc.
    pub fn render(&self, color: bool) -> String {
        let texts: Vec<(&str, &str)> =
            self.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        render(&self.diagnostics, &self.spans, &texts, color)
    }
}

impl Compiler {
    /// A spec from its text. The name is used in messages.
    pub fn new(name: &str, text: &str) -> Self {
        let (name, text) = (name.to_string(), text.to_string());
        Compiler { name, text, overrides: Vec::new(), files: Files::none() }
    }

    /// Sets the reader of imported files. It maps a path to a text. Paths are relative to the folder of the
    /// spec, are below it, and use `/`. The error says why the file cannot be read.
    /// [`read_below`](crate::read_below) reads from disk.
    pub fn files(mut self, read: impl Fn(&str) -> Result<String, String> + 'static) -> Self {
        self.files = Files::from(read);
        self
    }

    /// Overrides a constant (`layers`) or a setting (`train.lr`).
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.overrides.push((name.to_string(), value.to_string()));
        self
    }

    /// Runs all stages up to the plan.
    pub fn plan(&self) -> Result<Plan, Box<Failure>> {
        self.planned().map(|planned| planned.plan)
    }

    /// Runs all stages up to the plan, and keeps the places of the spec.
    pub fn planned(&self) -> Result<Planned, Box<Failure>> {
        let Parsed { mut spec, overrides, text, imports, spans, texts, errors } = self.parsed();
        let text = self.compiled_text(text);
        let result = errors.finish(Ok(())).and_then(|()| compile_ast(&mut spec, &text, &overrides));
        match result {
            Ok(plan) => Ok(Planned { plan: Plan { imports, ..plan }, spans, texts }),
            Err(diagnostics) => Err(Box::new(Failure { diagnostics, spans, texts })),
        }
    }

    /// Parses the spec, its imports and its overrides.
    pub(crate) fn parsed(&self) -> Parsed {
        let mut spans = Spans::new(Place { text: 0, start: 0, end: 0 });
        let mut errors = Errors::default();
        let mut texts = vec![(self.name.clone(), self.text.clone())];
        let spec = crate::parse::parse(&self.text, 0, &mut spans, &mut errors);
        let mut loader = Loader {
            files: &self.files,
            spans: &mut spans,
            errors: &mut errors,
            texts: &mut texts,
            paths: Vec::new(),
        };
        let (spec, text) = loader.load(spec);
        let imports = loader.paths;
        let mut overrides = Vec::new();
        for (name, value) in &self.overrides {
            let index = texts.len() as u32;
            let end = name.len() as u32;
            // The name is replaced by spaces, so that places in the value are also places in the whole text.
            let padded = format!("{} {value}", " ".repeat(name.len()));
            texts.push(("--set".to_string(), format!("{name}={value}")));
            let value = crate::parse::parse_expr(&padded, index, &mut spans, &mut errors);
            let span = spans.add(Place { text: index, start: 0, end });
            overrides.push(Override { name: ast::Name { text: name.clone(), span }, value });
        }
        Parsed { spec, overrides, text, imports, spans, texts, errors }
    }

    /// Compiles to formatted Rust.
    pub fn compile(&self, options: &Options) -> Result<String, Box<Failure>> {
        Ok(self.source(&self.plan()?, options))
    }

    /// Formats the plan of this spec as Rust.
    pub fn source(&self, plan: &Plan, options: &Options) -> String {
        let header = format!(
            "// Generated by turret {} from {}. Do not edit.\n",
            env!("CARGO_PKG_VERSION"),
            self.name
        );
        crate::print::print(expand(plan, options), &header)
    }

    /// Appends a comment line for each override, so that a run records how it was compiled.
    fn compiled_text(&self, mut text: String) -> String {
        if !self.overrides.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for (name, value) in &self.overrides {
            text.push_str(&format!("// --set {name}={}\n", value.replace('\n', " ")));
        }
        text
    }
}

/// Compiles a syntax tree, from text or macro tokens, to a plan.
pub fn compile_ast(
    spec: &mut ast::Spec,
    text: &str,
    overrides: &[Override],
) -> Result<Plan, Vec<Diagnostic>> {
    let mut errors = Errors::default();
    let searched = substitute(spec, overrides, meaning, &mut errors);
    let chosen = searched.and_then(|searched| search::refuse(&searched, &mut errors));
    // Unused declarations do not prevent planning, so the errors of both stages are reported together.
    let model = chosen.and_then(|()| resolve(spec, &mut errors));
    let plan = model.and_then(|model| plan(model, text, &mut errors));
    errors.finish(plan)
}
