//! Entries of `model_config.yaml`: the model and its training.

use super::super::click::Settings;
use super::super::training::{Library, OTHER_ROWS, Optimizer, Stop, TORCH_NORM, Training, metric};
use super::super::value::Value;

/// Settings that are converted or that a spec needs no counterpart of.
const KNOWN: [&str; 42] = [
    "model",
    "dataset_id",
    "loss",
    "task",
    "metrics",
    "optimizer",
    "learning_rate",
    "batch_size",
    "embedding_dim",
    "epochs",
    "embedding_regularizer",
    "net_regularizer",
    "hidden_units",
    "dnn_hidden_units",
    "parallel_dnn_hidden_units",
    "mlp_hidden_units",
    "hidden_activations",
    "dnn_activations",
    "seed",
    "shuffle",
    "model_root",
    "num_workers",
    "verbose",
    "gpu",
    "data_format",
    "data_root",
    "train_data",
    "valid_data",
    "test_data",
    "feature_cols",
    "label_col",
    "model_id",
    "save_best_only",
    "net_dropout",
    "dropout_rate",
    "batch_norm",
    "monitor",
    "monitor_mode",
    "early_stop_patience",
    "patience",
    "reduce_lr_on_plateau",
    "pickle_feature_encoder",
];

/// Patience of FuxiCTR if none is given.
const PATIENCE: usize = 2;

/// An entry, and the settings that all entries of its file share.
struct Entry<'a> {
    own: &'a Value,
    base: &'a Value,
}

impl<'a> Entry<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.own.get(name).or_else(|| self.base.get(name))
    }

    fn count(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(Value::count)
    }

    /// Half of a penalty: FuxiCTR adds `lambda / 2 * sum(w^2)`.
    fn penalty(&self, name: &str, lost: &mut Vec<String>) -> Option<f64> {
        let lambda = match self.get(name)? {
            Value::Number(lambda) => Some(*lambda),
            Value::Text(text) => {
                text.strip_prefix("l2(").and_then(|rest| rest.trim_end_matches(')').parse().ok())
            }
            Value::None => return None,
            _ => None,
        };
        match lambda {
            Some(lambda) => Some(lambda / 2.0).filter(|half| *half > 0.0),
            None => {
                lost.extend(self.get(name).map(|value| format!("`{name} = {value}` of the model")));
                None
            }
        }
    }

    /// Early stopping, which FuxiCTR does by default, if there are validation rows.
    fn stop(&self, validates: bool, lost: &mut Vec<String>) -> Option<Stop> {
        let given = self.get("monitor");
        let metric = match given {
            None => Some("auc"),
            Some(Value::Text(name)) => metric(name),
            Some(weights) => {
                let is_used = |weight: &Value| weight.number().is_some_and(|weight| weight != 0.0);
                let used: Vec<_> = weights.entries().iter().filter(|(_, weight)| is_used(weight)).collect();
                match &used[..] {
                    [(name, _)] => metric(name),
                    _ => None,
                }
            }
        };
        let patience = self.count("early_stop_patience").or(self.count("patience"));
        if !validates {
            lost.extend(
                patience.map(|patience| format!("`early_stop_patience = {patience}`; no rows validate")),
            );
            return None;
        }
        let Some(metric) = metric else {
            lost.extend(
                given.map(|given| {
                    format!("`monitor = {given}` of the model; it is not one metric of the spec")
                }),
            );
            return None;
        };
        if self.get("reduce_lr_on_plateau") != Some(&Value::Bool(false)) {
            lost.push("`reduce_lr_on_plateau`: a tenth of the learning rate after an evaluation without a better value".to_owned());
        }
        if self.get("save_best_only") == Some(&Value::Bool(false)) {
            lost.push(
                "`save_best_only = false`; the best weights are used, others with `--weights last`"
                    .to_owned(),
            );
        }
        Some(Stop { metric, patience: patience.unwrap_or(PATIENCE) })
    }
}

/// Reads an entry.
pub(super) fn settings(own: &Value, base: &Value, validates: bool, lost: &mut Vec<String>) -> Settings {
    let entry = Entry { own, base };
    for (setting, value) in own.entries().iter().filter(|(setting, _)| !KNOWN.contains(&setting.as_str())) {
        let is_off = matches!(value, Value::None | Value::Bool(false)) || value.number() == Some(0.0);
        if !is_off {
            lost.push(format!("`{setting} = {value}` of the model"));
        }
    }
    let hidden = ["hidden_units", "dnn_hidden_units", "parallel_dnn_hidden_units", "mlp_hidden_units"];
    let activations = ["hidden_activations", "dnn_activations"];
    let l2 = entry.penalty("embedding_regularizer", lost);
    lost.extend(l2.map(|_| OTHER_ROWS.to_owned()));
    let batch_norm = entry.get("batch_norm").is_some_and(Value::is_true);
    lost.extend(batch_norm.then(|| TORCH_NORM.to_owned()));
    let rate: Vec<(String, Value)> =
        entry.get("learning_rate").map(|rate| ("lr".to_owned(), rate.clone())).into_iter().collect();
    let optimizer = entry.get("optimizer").and_then(Value::text).unwrap_or("adam");
    Settings {
        dim: entry.count("embedding_dim"),
        hidden: hidden.iter().find_map(|name| entry.get(name)).map(Value::counts).unwrap_or_default(),
        activation: activations
            .iter()
            .find_map(|name| entry.get(name)?.texts().first().map(|text| (*text).to_owned())),
        dropout: ["net_dropout", "dropout_rate"]
            .iter()
            .find_map(|name| entry.get(name)?.number())
            .filter(|rate| *rate > 0.0),
        batch_norm,
        l2_hidden: None,
        // First-order terms are tables of FuxiCTR too.
        l2,
        l2_linear: l2,
        training: Training {
            optimizer: Some(Optimizer::of(Library::Torch, optimizer, &rate, lost)),
            clip: None,
            l2: entry.penalty("net_regularizer", lost),
            batch: entry.count("batch_size"),
            epochs: entry.count("epochs"),
            stop: entry.stop(validates, lost),
            seed: entry.get("seed").and_then(Value::whole),
        },
        groups: None,
    }
}
