//! Searches among the settings of a model.

use super::Searched;
use crate::ast::{Argument, Block, Body, Entry, Expr, ExprKind, Member, Spec};
use crate::diag::{Diagnostic, Errors, Reported};

/// Returns the searches in the settings of a model, by their names for `--set`. A search at another place is an error: it
/// has no name.
pub(crate) fn in_settings(spec: &Spec, errors: &mut Errors) -> Result<Vec<Searched>, Reported> {
    let mut found = Found { searched: Vec::new(), misplaced: Ok(()), errors };
    spec.blocks.iter().for_each(|block| found.refuse_in_block(block));
    for member in spec.model.iter().flat_map(|model| &model.members) {
        match member {
            Member::Settings(settings) => found.read(settings.kind.word(), &settings.entries),
            Member::Embedding(embedding) => found.read(&embedding.name.text, &embedding.entries),
            Member::Input(input) => input.columns.iter().for_each(|column| found.refuse(&column.kind)),
            Member::Tower(tower) => found.refuse_in(&tower.body),
            Member::Objective(objective) => {
                objective.tasks.iter().for_each(|task| found.refuse(&task.value));
                objective.settings.iter().for_each(|setting| found.refuse(&setting.value));
            }
            Member::Block(block) => found.refuse_in_block(block),
            // A constant is read where it is used.
            Member::Const(_) => {}
        }
    }
    found.misplaced.map(|()| found.searched)
}

struct Found<'e> {
    searched: Vec<Searched>,
    misplaced: Result<(), Reported>,
    errors: &'e mut Errors,
}

impl Found<'_> {
    /// Reads `setting = search(..)` and `setting = call(argument = search(..))`.
    fn read(&mut self, block: &str, entries: &[Entry]) {
        for Entry { name, value } in entries {
            let key = match (name, &value.kind) {
                (Some(name), _) => Some(&name.text),
                (None, ExprKind::Call(call)) => Some(&call.function.text),
                _ => None,
            };
            let Some(name) = key.map(|key| format!("{block}.{key}")) else { continue };
            match (Searched::of(&name, value), &value.kind) {
                (Some(searched), _) => self.searched.push(searched),
                (None, ExprKind::Call(call)) => call.arguments.iter().for_each(|argument| {
                    self.read_argument(&name, argument);
                }),
                (None, _) => self.refuse(value),
            }
        }
    }

    fn read_argument(&mut self, setting: &str, Argument { name, value }: &Argument) {
        let searched =
            name.as_ref().and_then(|name| Searched::of(&format!("{setting}.{}", name.text), value));
        match (searched, name) {
            (Some(searched), _) => self.searched.push(searched),
            (None, None) if Searched::of("", value).is_some() => {
                self.report(value, "name the argument, as in `lr = search(0.1, 0.01)`");
            }
            (None, _) => self.refuse(value),
        }
    }

    fn refuse_in_block(&mut self, block: &Block) {
        let defaults = block.parameters.iter().flat_map(|parameter| &parameter.default);
        defaults.for_each(|value| self.refuse(value));
        self.refuse_in(&block.body);
    }

    fn refuse_in(&mut self, body: &Body) {
        body.lets.iter().for_each(|binding| self.refuse(&binding.value));
        self.refuse(&body.result);
    }

    /// Reports all searches in an expression.
    fn refuse(&mut self, value: &Expr) {
        if Searched::of("", value).is_none() {
            return value.parts().into_iter().for_each(|part| self.refuse(part));
        }
        self.report(value, "name it: `const width = search(16, 32)`, and write `width` here");
    }

    fn report(&mut self, value: &Expr, help: &str) {
        let reported = self.errors.push(
            Diagnostic::new("E0120", value.span, "a search here has no name")
                .label("neither a constant nor a named setting")
                .help(help),
        );
        self.misplaced = Err(reported);
    }
}
