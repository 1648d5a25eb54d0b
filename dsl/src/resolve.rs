//! Syntax tree to model: names become ids, settings become values, calls become nodes.
//!
//! After this stage every name is resolved, every argument has its type and range, blocks are expanded, and
//! columns and tables of a lookup share a vocabulary. Widths are not known yet.

use std::collections::BTreeMap;

use crate::ast;
use crate::diag::{Diagnostic, Errors, Reported};
use crate::layers::WeightSettings;
use crate::model::{ColumnId, DataSpec, Model, Protocol, TableId, TowerId, TrainSpec};
use crate::span::Span;

mod blocks;
mod columns;
mod compounds;
mod data;
mod default_sources;
mod distinct;
mod drawn_pairs;
mod explode;
mod expressions;
mod filters;
mod floats;
mod history;
mod keys;
mod kinds;
mod labelled;
mod leaks;
mod letters;
mod metric;
mod metrics;
mod negatives;
mod objective;
mod order;
mod references;
mod reserved;
mod schedules;
mod separators;
mod slices;
mod sources;
mod splits;
mod stop;
mod tables;
mod tasks;
#[cfg(test)]
mod tests;
mod train;
mod unused;
mod values;
mod vocabularies;

pub use kinds::KINDS;
pub use metrics::METRICS;
pub use negatives::SAMPLERS;
pub use reserved::meaning;
pub(crate) use stop::validated;
pub use train::{OPTIMIZERS, optimizer_word};

/// Resolves a spec after the substitution of constants.
pub fn resolve(spec: &ast::Spec, errors: &mut Errors) -> Result<Model, Reported> {
    let Some(written) = &spec.model else {
        return Err(errors.push(
            Diagnostic::new("E0101", Span::NONE, "there is no model here")
                .help("write `model Name { input { ... } tower ... objective ... }`"),
        ));
    };
    let parts = Parts::collect(written, errors);
    let mut model = Model {
        name: written.name.text.clone(),
        docs: written.docs.clone(),
        data: DataSpec::default(),
        source_spans: Vec::new(),
        catalog_span: written.name.span,
        fields: Vec::new(),
        columns: Vec::new(),
        vocabularies: Vec::new(),
        tables: Vec::new(),
        nodes: Vec::new(),
        needs: Vec::new(),
        towers: Vec::new(),
        tasks: Vec::new(),
        negatives: None,
        metrics: Vec::new(),
        protocol: Protocol::default(),
        slices: Vec::new(),
        train: TrainSpec::default(),
        weights: WeightSettings::default(),
        optimizers: Vec::new(),
        exports: Vec::new(),
    };
    let mut names = Names::default();
    if let Some(settings) = parts.settings(ast::SettingsKind::Data) {
        data::resolve_data(settings, &mut model, &mut names, errors);
    }
    let declared = columns::resolve_columns(&parts.inputs, &mut model, &mut names, errors);
    let wanted = tables::resolve_tables(&parts.embeddings, &mut model, &mut names, errors);
    if let Some(settings) = parts.settings(ast::SettingsKind::Catalog) {
        data::resolve_catalog(settings, &mut model, &names, errors);
    }
    unused::check_blocks(&parts, &spec.blocks, errors);
    let mut scope = expressions::Scope::new(&mut model, &mut names, &spec.blocks, &parts.blocks, errors);
    scope.resolve_towers(&parts.towers);
    match parts.objectives.as_slice() {
        [] => {
            scope.errors.push(
                Diagnostic::new("E0102", written.name.span, "the model has no objective")
                    .help("add one, such as `objective bce(ctr, label)`"),
            );
        }
        [objective, ..] => tasks::resolve_objective(objective, &mut scope),
    }
    default_sources::choose_sources(&mut model, &names, errors);
    default_sources::set_dates(&mut model);
    compounds::check_compounds(&model, errors);
    leaks::check_leaks(&model, errors);
    letters::check_letters(&model, errors);
    vocabularies::join_vocabularies(&mut model, declared, wanted, errors);
    train::resolve_settings(&parts, &mut model, &names, errors);
    negatives::find_user(&parts, &mut model, &names, errors);
    unused::check_unused(&parts, &model, &names, errors);
    errors.check()?;
    Ok(model)
}

/// Members of a model by kind. A repeated settings block is reported.
struct Parts<'a> {
    settings: Vec<&'a ast::Settings>,
    inputs: Vec<&'a ast::Input>,
    embeddings: Vec<&'a ast::Embedding>,
    blocks: Vec<&'a ast::Block>,
    towers: Vec<&'a ast::Tower>,
    objectives: Vec<&'a ast::Objective>,
}

impl<'a> Parts<'a> {
    fn collect(model: &'a ast::Model, errors: &mut Errors) -> Self {
        let mut parts = Parts {
            settings: Vec::new(),
            inputs: Vec::new(),
            embeddings: Vec::new(),
            blocks: Vec::new(),
            towers: Vec::new(),
            objectives: Vec::new(),
        };
        for member in &model.members {
            match member {
                ast::Member::Const(_) => {}
                ast::Member::Settings(settings) => {
                    if let Some(first) = parts.settings(settings.kind) {
                        let message = format!("the model has a second `{}`", settings.kind.word());
                        errors.push(
                            Diagnostic::new("E0103", settings.span, message)
                                .label("this one is not read")
                                .note(first.span, "first here")
                                .help("put all entries into one block"),
                        );
                    }
                    parts.settings.push(settings);
                }
                ast::Member::Input(input) => parts.inputs.push(input),
                ast::Member::Embedding(embedding) => parts.embeddings.push(embedding),
                ast::Member::Block(block) => parts.blocks.push(block),
                ast::Member::Tower(tower) => parts.towers.push(tower),
                ast::Member::Objective(objective) => {
                    if let Some(first) = parts.objectives.first() {
                        errors.push(
                            Diagnostic::new("E0103", objective.span, "the model has a second `objective`")
                                .label("this one is not read")
                                .note(first.span, "first here")
                                .help(
                                    "add the terms in one objective: `objective bce(a, x) + 0.3 * bce(b, y)`",
                                ),
                        );
                    }
                    parts.objectives.push(objective);
                }
            }
        }
        parts
    }

    fn settings(&self, kind: ast::SettingsKind) -> Option<&'a ast::Settings> {
        self.settings.iter().find(|settings| settings.kind == kind).copied()
    }
}

/// Names of a model. A table may have the name of a column, because a table is indexed by a column.
#[derive(Default)]
struct Names {
    columns: BTreeMap<String, ColumnId>,
    tables: BTreeMap<String, TableId>,
    towers: BTreeMap<String, TowerId>,
    /// Columns with a wrong declaration. Their uses are not reported.
    wrong_columns: BTreeMap<String, Reported>,
    /// Columns whose source depends on the towers that read them.
    unnamed: Vec<default_sources::Unnamed>,
    /// True if a source has a wrong declaration. Unknown fields may then belong to it.
    wrong_source: bool,
}
