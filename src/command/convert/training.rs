//! Training as another system describes it, and the line `train` of a spec.

use super::super::draft::Line;
use super::click::number;
use super::value::Value;

/// A library, whose optimizers have names and usual settings of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Library {
    /// Keras of TensorFlow 2.
    #[default]
    Keras,
    /// PyTorch.
    Torch,
}

/// Optimizers, each with its settings besides the learning rate.
const OPTIMIZERS: [(&str, &[&str]); 6] = [
    ("adam", &["beta1", "beta2", "epsilon"]),
    ("adagrad", &["initial_accumulator", "epsilon"]),
    ("sgd", &["momentum"]),
    ("adamw", &["beta1", "beta2", "epsilon", "weight_decay"]),
    ("rmsprop", &["rho", "momentum", "epsilon"]),
    ("ftrl", &["l1", "l2", "beta", "lr_power", "initial_accumulator"]),
];

/// Settings of optimizers by their names in Keras and PyTorch.
const SETTINGS: [(&str, &str); 14] = [
    ("lr", "lr"),
    ("learning_rate", "lr"),
    ("beta_1", "beta1"),
    ("beta_2", "beta2"),
    ("epsilon", "epsilon"),
    ("eps", "epsilon"),
    ("initial_accumulator_value", "initial_accumulator"),
    ("momentum", "momentum"),
    ("weight_decay", "weight_decay"),
    ("rho", "rho"),
    ("learning_rate_power", "lr_power"),
    ("l1_regularization_strength", "l1"),
    ("l2_regularization_strength", "l2"),
    ("beta", "beta"),
];

impl Library {
    /// Usual settings of an optimizer that are not those of the language.
    fn usual(self, optimizer: &str) -> &'static [(&'static str, f64)] {
        match (self, optimizer) {
            (_, "adam") => &[("lr", 0.001)],
            (_, "sgd") => &[("lr", 0.01)],
            (Library::Keras, "adamw") => &[("lr", 0.001), ("weight_decay", 0.004)],
            (Library::Keras, _) | (Library::Torch, "adamw") => &[("lr", 0.001)],
            (Library::Torch, "adagrad") => &[("lr", 0.01), ("initial_accumulator", 0.0)],
            (Library::Torch, "rmsprop") => &[("lr", 0.01), ("rho", 0.99)],
            (Library::Torch, _) => &[("lr", 0.01)],
        }
    }

    /// Name of a setting in the language.
    fn setting(self, name: &str) -> Option<&'static str> {
        match (self, name) {
            (Library::Torch, "alpha") => Some("rho"),
            _ => SETTINGS.iter().find(|(own, _)| *own == name).map(|(_, word)| *word),
        }
    }
}

/// An optimizer of the language.
#[derive(Clone, Debug)]
pub(super) struct Optimizer {
    word: &'static str,
    settings: Vec<(&'static str, f64)>,
}

impl Optimizer {
    /// An optimizer by its name in a library, with the settings that are given.
    pub(super) fn of(
        library: Library,
        name: &str,
        given: &[(String, Value)],
        lost: &mut Vec<String>,
    ) -> Self {
        let plain = name.to_lowercase();
        let known = OPTIMIZERS.iter().find(|(word, _)| *word == plain);
        if known.is_none() {
            lost.push(format!("the optimizer `{name}`; `adam` is in its place"));
        }
        let (word, words) = *known.unwrap_or(&OPTIMIZERS[0]);
        let mut settings = library.usual(word).to_vec();
        for (own, value) in given {
            let setting = library.setting(own).filter(|word| *word == "lr" || words.contains(word));
            match (setting, value.number()) {
                (Some(setting), Some(value)) => {
                    settings.retain(|(known, _)| *known != setting);
                    settings.push((setting, value));
                }
                _ if *value == Value::None || *value == Value::Bool(false) => {}
                _ => lost.push(format!("`{own} = {value}` of the optimizer `{name}`")),
            }
        }
        settings.sort_by_key(|(setting, _)| words.iter().position(|word| word == setting));
        Optimizer { word, settings }
    }
}

/// Early stopping.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Metric of the language.
    pub(super) metric: &'static str,
    /// Number of evaluations without a better value.
    pub(super) patience: usize,
}

/// Returns the metric of the language by its name in another system.
pub(super) fn metric(name: &str) -> Option<&'static str> {
    match name.to_lowercase().trim_start_matches("val_") {
        "auc" => Some("auc"),
        "logloss" | "loss" | "binary_crossentropy" => Some("logloss"),
        _ => None,
    }
}

/// Settings of a training; `None` if they are not given.
#[derive(Clone, Debug, Default)]
pub(super) struct Training {
    /// Optimizer.
    pub(super) optimizer: Option<Optimizer>,
    /// Limit of the gradients, in the language.
    pub(super) clip: Option<String>,
    /// Penalty of the weights of layers.
    pub(super) l2: Option<f64>,
    /// Records of a step.
    pub(super) batch: Option<usize>,
    /// Passes over the rows.
    pub(super) epochs: Option<usize>,
    /// Early stopping, of a spec with validation rows.
    pub(super) stop: Option<Stop>,
    /// Seed.
    pub(super) seed: Option<u64>,
}

/// Rest of a penalty of tables, which other systems add for all rows in each step.
pub(super) const OTHER_ROWS: &str =
    "the penalty of the rows of a table that no record of a batch has; `l2` is of the rows of the batch";
/// Settings of batch norm in PyTorch.
pub(super) const TORCH_NORM: &str =
    "the momentum 0.9 and the epsilon 1e-5 of `BatchNorm1d`; those of `norm = batch` are 0.99 and 0.001";

/// Records of a step if a description does not tell.
pub(super) const BATCH: usize = 256;

impl Training {
    /// The line of a spec.
    pub(super) fn line(&self) -> Line {
        let adam = || Optimizer::of(Library::Keras, "adam", &[], &mut Vec::new());
        let Optimizer { word, settings } = self.optimizer.clone().unwrap_or_else(adam);
        let settings: Vec<String> =
            settings.iter().map(|(setting, value)| format!("{setting} = {}", number(*value))).collect();
        let mut parts = vec![format!("optimizer = {word}({})", settings.join(", "))];
        parts.extend(self.clip.as_ref().map(|clip| format!("clip = {clip}")));
        parts.extend(self.l2.map(|l2| format!("l2 = {}", number(l2))));
        parts.push(format!("batch = {}", self.batch.unwrap_or(BATCH)));
        parts.push(format!("epochs = {}", self.epochs.unwrap_or(1)));
        parts.extend(
            self.stop
                .as_ref()
                .map(|Stop { metric, patience }| format!("stop = patience({metric}, {patience})")),
        );
        parts.extend(self.seed.map(|seed| format!("seed = {seed}")));
        Line::new(format!("train {{ {} }}", parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_optimizers_have_the_names_of_the_language() {
        let mut lost = Vec::new();
        let mut line = |library, name, given: &[(&str, Value)]| {
            let given: Vec<(String, Value)> =
                given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let optimizer = Some(Optimizer::of(library, name, &given, &mut lost));
            Training { optimizer, ..Training::default() }.line().text
        };
        let number = Value::Number;
        for (library, name, given, expected) in [
            (Library::Keras, "RMSprop", vec![("rho", number(0.95))], "rmsprop(lr = 0.001, rho = 0.95)"),
            (Library::Torch, "rmsprop", vec![("alpha", number(0.9))], "rmsprop(lr = 0.01, rho = 0.9)"),
            (
                Library::Torch,
                "adagrad",
                vec![("lr", number(0.1))],
                "adagrad(lr = 0.1, initial_accumulator = 0)",
            ),
            (
                Library::Keras,
                "Ftrl",
                vec![("l1_regularization_strength", number(0.01)), ("learning_rate", number(0.05))],
                "ftrl(lr = 0.05, l1 = 0.01)",
            ),
            (Library::Keras, "adamw", vec![], "adamw(lr = 0.001, weight_decay = 0.004)"),
            (Library::Keras, "SGD", vec![("nesterov", Value::Bool(true))], "sgd(lr = 0.01)"),
            (Library::Keras, "nadam", vec![("momentum", Value::None)], "adam(lr = 0.001)"),
        ] {
            let line = line(library, name, &given);
            assert!(line.contains(&format!("optimizer = {expected},")), "{line}");
        }
        assert_eq!(
            lost,
            ["`nesterov = true` of the optimizer `SGD`", "the optimizer `nadam`; `adam` is in its place"]
        );
    }
}
