//! Training of dense weights and of tables: settings of the model, of its towers and of its layers.

use std::collections::BTreeSet;

use turret_schema::DenseSpec;

use super::{Lookup, Plan};
use crate::diag::{Diagnostic, Errors};
use crate::layers::WeightSettings;
use crate::model::{InputId, Model, OptimizerSpec, TowerId};
use crate::resolve::optimizer_word;

impl Model {
    /// Returns the optimizer of a tower, if it differs from that of the model.
    fn optimizer_of(&self, input: InputId) -> Option<OptimizerSpec> {
        let of_tower = |tower: TowerId| self.optimizers.iter().find(|(named, ..)| *named == tower);
        match input {
            InputId::Tower(tower) => of_tower(tower).map(|(_, optimizer, _)| *optimizer),
            InputId::Objective => None,
        }
    }
}

impl Plan {
    /// Returns the optimizer of the dense weights of a tower or of the objective.
    pub(crate) fn optimizer_of(&self, input: InputId) -> OptimizerSpec {
        self.model.optimizer_of(input).unwrap_or(self.model.train.optimizer)
    }

    /// Returns the training of the dense weights whose settings are not those of the optimizer of the model, more
    /// general ones first.
    pub(crate) fn dense(&self) -> Vec<DenseSpec> {
        let of_towers = self.modules().map(|(input, module)| DenseSpec {
            optimizer: self.model.optimizer_of(input),
            ..DenseSpec::new(format!("{}.", module.field))
        });
        let of_layers = self.modules().flat_map(|(_, module)| {
            module.weights.iter().filter_map(|layer| {
                let prefix = format!("{}.{}.", module.field, layer.field);
                Some(specified(prefix, &self.model.nodes[layer.node?].settings))
            })
        });
        let all =
            [specified(String::new(), &self.model.weights)].into_iter().chain(of_towers).chain(of_layers);
        all.filter(|spec| *spec != DenseSpec::new(spec.prefix.clone())).collect()
    }
}

/// The settings of the weights with a prefix.
fn specified(prefix: String, settings: &WeightSettings) -> DenseSpec {
    DenseSpec {
        initializer: settings.initializer.map(|(initializer, _)| initializer),
        l2: settings.l2.map(|(l2, _)| l2 as f32),
        weight_decay: settings.weight_decay.map(|(share, _)| share as f32),
        ..DenseSpec::new(prefix)
    }
}

/// Chooses the optimizers of tables without one of their own: that of the towers that read them, if they have the same.
pub(super) fn choose_optimizers(model: &mut Model, lookups: &[Vec<Lookup>]) {
    for (table, lookups) in lookups.iter().enumerate() {
        let mut of_towers = lookups.iter().map(|lookup| model.optimizer_of(lookup.input));
        let first = of_towers.next().flatten();
        let chosen = first.filter(|_| of_towers.all(|other| other == first));
        let table = &mut model.tables[table];
        table.optimizer = table.optimizer.or(chosen);
    }
}

/// Reports weights that decay twice or cannot decay, and settings that no weight has.
pub(super) fn check_training(plan: &Plan, errors: &mut Errors) {
    check_weights(plan, errors);
    let mut reported = BTreeSet::new();
    for (input, module) in plan.modules() {
        let optimizer = plan.optimizer_of(input);
        for node in module.weights.iter().filter_map(|layer| layer.node) {
            let own = plan.model.nodes[node].settings.weight_decay;
            let Some((share, span)) = own.or(plan.model.weights.weight_decay) else { continue };
            if share > 0.0
                && let Some((message, help)) = refusal(optimizer)
                && reported.insert(span.0)
            {
                errors.push(Diagnostic::new("E0208", span, message).help(help));
            }
        }
    }
    for &(tower, optimizer, span) in &plan.model.optimizers {
        let has_weights = !plan.towers[tower.0].module.weights.is_empty();
        let has_table = plan.model.tables.iter().zip(&plan.lookups).any(|(table, lookups)| {
            let is_read = lookups.iter().any(|lookup| lookup.input == InputId::Tower(tower));
            is_read && table.optimizer == Some(optimizer)
        });
        if !has_weights && !has_table {
            let name = &plan.model.towers[tower].name;
            let message = format!("nothing is trained by the optimizer of the tower `{name}`");
            errors.push(
                Diagnostic::new("E0508", span, message)
                    .label("it has no layer with weights, and no table has this optimizer")
                    .help("leave it out; a table has an optimizer of its own: `embedding item { dim = 16, optimizer = ... }`"),
            );
        }
    }
}

/// Reports settings of the weights of layers in a model without any.
fn check_weights(plan: &Plan, errors: &mut Errors) {
    if let Some(place) = plan.model.weights.place()
        && plan.modules().flat_map(|(_, module)| &module.weights).all(|layer| layer.node.is_none())
    {
        let message =
            "`initializer`, `l2` and `weight_decay` of `train` are those of layers, and no layer has weights";
        let example = "tables have settings of their own: `embedding item { dim = 16, l2 = 1e-5 }`";
        errors.push(Diagnostic::new("E0508", place, message).help(example));
    }
}

/// Reason why weights with this optimizer have no `weight_decay`, and the remedy.
fn refusal(optimizer: OptimizerSpec) -> Option<(String, String)> {
    let word = optimizer_word(optimizer);
    match optimizer {
        OptimizerSpec::AdamW { weight_decay, .. } | OptimizerSpec::Lamb { weight_decay, .. }
            if weight_decay > 0.0 =>
        {
            let message = format!("`weight_decay` and `{word}` both decay these weights");
            let alone = "`adam`, which decays nothing itself";
            Some((message, format!("leave one of them out: write {alone}, or `{word}(weight_decay = 0)`")))
        }
        OptimizerSpec::Ftrl { .. } => Some((
            "`weight_decay` does not apply to weights of `ftrl`".to_string(),
            "`ftrl` computes weights from sums, so give it the penalty: `ftrl(l2 = 0.001)`, or write `l2`"
                .to_string(),
        )),
        _ => None,
    }
}
