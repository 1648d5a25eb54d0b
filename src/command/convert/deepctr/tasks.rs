//! Models of several tasks of DeepCTR: shared bottom, ESMM, MMOE and PLE.

use super::super::super::draft::{Click, ClickForm, Column, Draft, Kind, Line, Taken, model_name};
use super::super::Converted;
use super::super::click::{DIM, Settings, constants, lost_widths};
use super::super::value::{Call, Value};
use super::fit::Fit;
use super::script::Script;
use super::settings;

/// Models, each with its arguments besides those of all models, and the usual layers of a task.
const MODELS: [(&str, &[&str], &[usize]); 4] = [
    ("SharedBottom", &["bottom_dnn_hidden_units"], &[64]),
    ("ESMM", &[], &[256, 128, 64]),
    ("MMOE", &["num_experts", "expert_dnn_hidden_units", "gate_dnn_hidden_units"], &[64]),
    (
        "PLE",
        &[
            "shared_expert_num",
            "specific_expert_num",
            "num_levels",
            "expert_dnn_hidden_units",
            "gate_dnn_hidden_units",
        ],
        &[64],
    ),
];

/// Arguments of all models of several tasks.
const OF_ALL: [&str; 3] = ["tower_dnn_hidden_units", "task_types", "task_names"];

/// Returns the arguments of a model of several tasks.
pub(super) fn arguments(name: &str) -> Option<Vec<&'static str>> {
    let (_, own, _) = MODELS.iter().find(|(model, ..)| *model == name)?;
    Some([&OF_ALL[..], own].concat())
}

/// A task.
struct Task {
    name: String,
    is_binary: bool,
    label: Column,
}

/// A model while it is converted.
struct Model<'a> {
    call: &'a Call,
    settings: &'a Settings,
    activation: &'static str,
    tasks: Vec<Task>,
}

/// Converts a model.
pub(super) fn convert(
    name: &str,
    call: &Call,
    script: &Script,
    fit: &Fit,
    features: (Vec<Column>, Taken, Option<usize>),
    mut lost: Vec<String>,
) -> Converted {
    let (features, mut names, dim) = features;
    let settings = settings(call, fit, dim, false, &mut lost);
    let activation = settings.activation(&mut lost);
    let model = Model { call, settings: &settings, activation, tasks: tasks(call, script, &mut names) };
    let dim = dim.unwrap_or(DIM);
    lost.extend(lost_widths(&features, dim));
    let mut draft = Draft { name: model_name(name), ..Draft::default() };
    let of_tasks: Vec<String> = model.tasks.iter().map(|task| format!("`{}`", task.name)).collect();
    draft.about = vec![format!("The tasks {}: {}, converted.", of_tasks.join(", "), call.name)];
    draft.data = vec![script.source().line(), fit.split()];
    let table = settings.table();
    let click = Click {
        form: ClickForm::Network,
        tower: "scores",
        features: features.iter().collect(),
        table,
        linear: "",
        hidden: "",
    };
    draft.tables = click.tables(table);
    let (objective, towers) = model.layers(&click.input().join("\n"));
    draft.towers = towers;
    let has = |binary: bool| model.tasks.iter().any(|task| task.is_binary == binary);
    let metrics: Vec<&str> = [("auc, logloss", has(true)), ("rmse", has(false))]
        .iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| *name)
        .collect();
    draft.body = vec![
        Line::new(format!("objective {{\n{}\n}}", objective.join("\n"))),
        Line::new(format!("metrics {{ {} }}", metrics.join(", "))),
        settings.training.line(),
    ];
    constants(&mut draft, dim, settings.l2);
    draft.columns = model.tasks.into_iter().map(|task| task.label).chain(features).collect();
    Converted { draft, lost }
}

/// Tasks of a call, with the labels of the file in their order.
fn tasks(call: &Call, script: &Script, names: &mut Taken) -> Vec<Task> {
    let given = call.named("task_names").map(Value::texts).unwrap_or_else(|| vec!["ctr", "ctcvr"]);
    let mut of_tasks = Taken::default();
    let types = call.named("task_types").map(Value::texts).unwrap_or_default();
    let task = |(at, name): (usize, &&str)| {
        let is_binary = types.get(at).is_none_or(|kind| *kind != "regression");
        let kind = if is_binary { Kind::Label } else { Kind::Target };
        let label = match script.labels.get(at) {
            Some(field) => Column::new(&names.choose(field), kind).reads(None, field),
            None => {
                Column::new(&names.choose(name), kind).reads(None, name).unsure("no `target` names the label")
            }
        };
        Task { name: of_tasks.choose(name), is_binary, label }
    };
    given.iter().enumerate().map(task).collect()
}

impl Model<'_> {
    fn count(&self, name: &str, usual: usize) -> usize {
        self.call.named(name).and_then(Value::count).unwrap_or(usual)
    }

    /// Hidden layers with the widths of an argument, each after `|>`; empty if there are none.
    fn mlp(&self, name: &str, usual: &[usize]) -> String {
        let widths = self.call.named(name).map_or(usual.to_vec(), Value::counts);
        if widths.is_empty() {
            return String::new();
        }
        let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
        let activation = self.activation;
        format!(" |> mlp([{}], {activation}{})", widths.join(", "), self.settings.of_hidden())
    }

    /// Lines of the objective, and blocks and towers over the features, which `input` names `x`.
    fn layers(&self, input: &str) -> (Vec<String>, Vec<Line>) {
        let usual =
            MODELS.iter().find(|(name, ..)| *name == self.call.name).map_or(&[][..], |(.., usual)| usual);
        let mut blocks =
            vec![format!("block head(x) {{ x{} |> dense(1) }}", self.mlp("tower_dnn_hidden_units", usual))];
        if let ("ESMM", [first, second, ..]) = (self.call.name.as_str(), &self.tasks[..]) {
            let tower = |name: &str| format!("tower {name} {{\n{input}\nx |> head\n}}");
            blocks.extend(["ctr", "cvr"].map(tower));
            let objective = vec![
                format!("{}: bce(ctr, {})", first.name, first.label.name),
                format!("{}: bce(both(ctr, cvr), {})", second.name, second.label.name),
            ];
            return (objective, blocks.into_iter().map(Line::new).collect());
        }
        let expert = |usual| format!("block expert(x) {{ x{} }}", self.mlp("expert_dnn_hidden_units", usual));
        let gate = format!(
            "block mixed(x, experts, count) {{\n\
             attention_pool(experts, scores = x{} |> dense(count, bias = false) |> unflatten(fields = count))\n}}",
            self.mlp("gate_dnn_hidden_units", &[])
        );
        let (lets, heads) = match self.call.name.as_str() {
            "MMOE" => {
                blocks.extend([expert(&[256, 128]), gate]);
                self.mixture()
            }
            "PLE" => {
                blocks.extend([expert(&[256]), gate]);
                self.extraction()
            }
            _ => {
                let bottom = self.mlp("bottom_dnn_hidden_units", &[256, 128]);
                (vec![format!("let bottom = x{bottom}")], vec!["bottom".to_owned(); self.tasks.len()])
            }
        };
        let heads: Vec<String> = heads.iter().map(|input| format!("{input} |> head")).collect();
        let lets: String = lets.iter().map(|line| format!("{line}\n")).collect();
        blocks.push(format!("tower scores {{\n{input}\n{lets}concat({})\n}}", heads.join(", ")));
        let objective = self.tasks.iter().enumerate().map(|(at, task)| {
            let loss = if task.is_binary { "bce" } else { "mse" };
            format!("{}: {loss}(scores |> slice(from = {at}, width = 1), {})", task.name, task.label.name)
        });
        (objective.collect(), blocks.into_iter().map(Line::new).collect())
    }

    /// Experts that the gates of all tasks share, and the input of each head.
    fn mixture(&self) -> (Vec<String>, Vec<String>) {
        let experts = self.count("num_experts", 3);
        let all = vec!["x |> expert"; experts].join(", ");
        (
            vec![format!("let experts = stack({all})")],
            vec![format!("x |> mixed(experts, {experts})"); self.tasks.len()],
        )
    }

    /// Levels of experts, some of a task and some shared, each with its gates, and the input of each head.
    fn extraction(&self) -> (Vec<String>, Vec<String>) {
        let (shared, own) = (self.count("shared_expert_num", 1), self.count("specific_expert_num", 1));
        let levels = self.count("num_levels", 2);
        let mut inputs = vec!["x".to_owned(); self.tasks.len() + 1];
        let mut lets = Vec::new();
        for level in 1..=levels {
            // The experts of each task, and those that all tasks share at the end.
            let experts: Vec<Vec<String>> = (0..inputs.len())
                .map(|of| {
                    let count = if of == self.tasks.len() { shared } else { own };
                    (1..=count).map(|at| format!("expert_{level}_{}_{at}", of + 1)).collect()
                })
                .collect();
            for (input, names) in inputs.iter().zip(&experts) {
                lets.extend(names.iter().map(|name| format!("let {name} = {input} |> expert")));
            }
            let (of_all, of_tasks) =
                experts.split_last().map_or((&[][..], &[][..]), |(last, rest)| (last, rest));
            let mut outputs: Vec<(usize, Vec<String>)> =
                of_tasks.iter().enumerate().map(|(at, own)| (at, [own, of_all].concat())).collect();
            if level < levels {
                outputs.push((self.tasks.len(), experts.concat()));
            }
            let next: Vec<String> = outputs
                .into_iter()
                .map(|(of, experts)| {
                    let name = format!("mixed_{level}_{}", of + 1);
                    let (all, count, input) = (experts.join(", "), experts.len(), &inputs[of]);
                    lets.push(format!("let {name} = {input} |> mixed(stack({all}), {count})"));
                    name
                })
                .collect();
            inputs = next;
        }
        (lets, inputs)
    }
}
