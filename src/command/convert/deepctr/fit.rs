//! `compile` and `fit` of a Python file: optimizer, rows for validation, and callbacks.

use super::super::super::draft::Line;
use super::super::click::number;
use super::super::python::Scope;
use super::super::training::{BATCH, Library, Optimizer, Stop, Training, metric};
use super::super::value::{Call, Value};

/// Share of test rows if a file does not tell.
const TEST: f64 = 0.2;
/// Share of validation rows if a file makes them in a way that is not read.
const VALIDATE: f64 = 0.1;

/// Training of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Fit {
    library: Library,
    optimizer: Option<Value>,
    batch: Option<usize>,
    epochs: Option<usize>,
    /// Share of the test rows.
    test: Option<f64>,
    /// Share of the other rows that validate; 0 if they are rows that only Python knows.
    validation: Option<f64>,
    callbacks: Vec<Call>,
}

impl Fit {
    /// Reads the calls of a file.
    pub(super) fn of(scope: &Scope, text: &str) -> Self {
        let mut fit = Fit::default();
        if text.contains("deepctr_torch") || text.contains("import torch") {
            fit.library = Library::Torch;
        }
        for (_, call) in &scope.calls {
            match call.name.as_str() {
                "compile" => fit.optimizer = call.argument("optimizer", 0).cloned(),
                "train_test_split" => fit.test = call.named("test_size").and_then(Value::number),
                "fit" if !call.named.is_empty() => fit.read(call),
                _ => {}
            }
        }
        fit
    }

    fn read(&mut self, call: &Call) {
        self.batch = call.named("batch_size").and_then(Value::count);
        self.epochs = call.named("epochs").and_then(Value::count);
        let share = call.named("validation_split").and_then(Value::number).filter(|share| *share > 0.0);
        let given = call.named("validation_data").filter(|given| **given != Value::None);
        self.validation = given.map(|_| 0.0).or(share);
        let callbacks = call.named("callbacks").map(Value::calls).unwrap_or_default();
        self.callbacks = callbacks.into_iter().cloned().collect();
    }

    /// Line of the split.
    pub(super) fn split(&self) -> Line {
        let test = self.test.unwrap_or(TEST);
        let rounded = |share: f64| number((share * 1e4).round() / 1e4);
        match self.validation {
            None => Line::new(format!("split = random(test = {})", rounded(test))),
            Some(share) => {
                let validate = if share > 0.0 { share * (1.0 - test) } else { VALIDATE };
                let line = Line::new(format!(
                    "split = random(test = {}, validate = {})",
                    rounded(test),
                    rounded(validate)
                ));
                if share > 0.0 {
                    line
                } else {
                    line.unsure("only Python knows the rows of `validation_data`")
                }
            }
        }
    }

    /// Returns whether the model is one of PyTorch.
    pub(super) fn is_torch(&self) -> bool {
        self.library == Library::Torch
    }

    /// A penalty of a model. DeepCTR-Torch adds it to the sum of the losses of a batch, DeepCTR to their mean.
    pub(super) fn l2(&self, model: &Call, name: &str) -> Option<f64> {
        let l2 = model.named(name).and_then(Value::number).filter(|l2| *l2 > 0.0)?;
        let losses = if self.is_torch() { self.batch.unwrap_or(BATCH) } else { 1 };
        Some(l2 / losses as f64)
    }

    /// Training of a model. Early stopping needs validation rows, and a spec that measures the metrics of clicks.
    pub(super) fn training(&self, model: &Call, is_measured: bool, lost: &mut Vec<String>) -> Training {
        let mut clip = None;
        let optimizer = self.optimizer.as_ref().and_then(|optimizer| match optimizer {
            Value::Text(name) => Some(Optimizer::of(self.library, name, &[], lost)),
            Value::Call(call) => {
                clip = limit(call);
                Some(Optimizer::of(self.library, &call.name, &settings(self.library, call), lost))
            }
            _ => None,
        });
        Training {
            optimizer,
            clip,
            l2: None,
            batch: self.batch,
            epochs: self.epochs,
            stop: self.stop(is_measured && self.validation.is_some(), lost),
            seed: model.named("seed").and_then(Value::whole),
        }
    }

    /// Early stopping, or the choice of the best weights, of the callbacks.
    fn stop(&self, is_possible: bool, lost: &mut Vec<String>) -> Option<Stop> {
        let mut stop = None;
        for callback in &self.callbacks {
            let patience = match callback.name.as_str() {
                "EarlyStopping" => callback.argument("patience", 2).and_then(Value::count).unwrap_or(1),
                // Patience that is never at its end chooses the weights alone.
                "ModelCheckpoint" if saves_best(callback) => self.epochs.unwrap_or(1),
                "ModelCheckpoint" => continue,
                name => {
                    lost.push(format!("the callback `{name}`"));
                    continue;
                }
            };
            let is_early = callback.name == "EarlyStopping";
            let monitor = callback.argument("monitor", usize::from(!is_early)).and_then(Value::text);
            let monitor = monitor.unwrap_or("val_loss");
            let metric = metric(monitor).filter(|_| is_possible && monitor.starts_with("val_"));
            let Some(metric) = metric else {
                let why = if self.validation.is_none() {
                    "no rows validate"
                } else {
                    "the spec does not choose by it"
                };
                lost.push(format!("`{}` by `{monitor}`; {why}", callback.name));
                continue;
            };
            let restores = callback.named("restore_best_weights").is_some_and(Value::is_true);
            if is_early && !restores && !self.callbacks.iter().any(saves_best) {
                lost.push(
                    "the weights of the last epoch after `EarlyStopping`: the best are used, the others with `--weights last`"
                        .to_owned(),
                );
            }
            let known = ["monitor", "patience", "restore_best_weights", "verbose", "mode", "filepath"];
            let known =
                [&known[..], &["save_best_only", "save_weights_only", "save_freq", "period"]].concat();
            let others = callback.others(&known).into_iter().filter(|other| other != "min_delta = 0");
            lost.extend(others.map(|other| format!("`{other}` of `{}`", callback.name)));
            if is_early || stop.is_none() {
                stop = Some(Stop { metric, patience });
            }
        }
        stop
    }
}

/// Returns whether a callback keeps the best weights.
fn saves_best(callback: &Call) -> bool {
    callback.named("save_best_only").is_some_and(Value::is_true)
}

/// Settings of an optimizer, the learning rate among them.
fn settings(library: Library, call: &Call) -> Vec<(String, Value)> {
    // The first argument of PyTorch is the weights.
    let rate = call.positional.get(usize::from(library == Library::Torch));
    let mut settings: Vec<(String, Value)> =
        rate.map(|rate| ("learning_rate".to_owned(), rate.clone())).into_iter().collect();
    for (name, value) in &call.named {
        match (name.as_str(), value.items()) {
            ("betas", [first, second]) => {
                settings.push(("beta_1".to_owned(), first.clone()));
                settings.push(("beta_2".to_owned(), second.clone()));
            }
            ("global_clipnorm" | "clipvalue" | "name" | "params", _) => {}
            _ => settings.push((name.clone(), value.clone())),
        }
    }
    settings
}

/// Limit of the gradients.
fn limit(call: &Call) -> Option<String> {
    let of = |name: &str| call.named(name).and_then(Value::number).filter(|limit| *limit > 0.0);
    let norm = of("global_clipnorm").map(|limit| format!("norm({})", number(limit)));
    norm.or_else(|| of("clipvalue").map(|limit| format!("value({})", number(limit))))
}
