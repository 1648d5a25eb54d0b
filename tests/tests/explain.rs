//! Costs of specs against manual counts, memory budgets, and generated documentation. `INSTA_UPDATE=always`
//! rewrites the diagrams and costs in the documentation.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use turret_tests::{Outcome, outcome, root, turret};

/// Each record has 4 + 2 + 1 numbers, which are mapped to 3, then 1.
const SMALL: &str = "model Small {
    input {
        user:  id(vocab = range(0, 10), oov = error)
        items: ids(max = 5, hash = 100)
        age:   float
        click: label
    }
    embedding users { dim = 4 }
    embedding shown { dim = 2 }
    tower score { concat(users[user], mean(shown[items]), age) |> dense(3, relu) |> dense(1) }
    objective bce(score, click)
    train { optimizer = adam(lr = 0.1), batch = 8 }
}
";

fn explain(folder: &Path, arguments: &[&str]) -> Outcome {
    outcome(turret().current_dir(folder).arg("explain").args(arguments))
}

fn small() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("small.dm"), SMALL).unwrap();
    folder
}

#[test]
fn costs_are_those_counted_by_hand() {
    let folder = small();
    let costs = explain(folder.path(), &["small.dm", "--json"]);
    assert_eq!((costs.status, costs.stderr.as_str()), (0, ""));
    let costs: Value = serde_json::from_str(&costs.stdout).unwrap();
    // 7 * 3 + 3 and 3 * 1 + 1 weights; one multiply-add for each matrix weight and for each pooled number.
    assert_eq!(costs["towers"][0]["parameters"], 24 + 4);
    let forward = 8 * 2 * (7 * 3 + 3 + 5 * 2);
    assert_eq!((&costs["flops_forward"], &costs["flops_training"]), (&forward.into(), &(3 * forward).into()));
    let bytes = &costs["bytes"];
    let expected = [
        // One mark per row; two moments of Adam.
        ("tables", 4 * (10 * (4 + 1) + 100 * (2 + 1))),
        ("table_optimizer", 4 * 2 * (10 * 4 + 100 * 2)),
        ("weights", 4 * 2 * 28),
        ("weight_optimizer", 4 * 2 * 28),
        // 8 records look up 8 users and 40 items: host copy, device copy and gradient.
        ("gathered", 4 * 3 * (8 * 4 + 40 * 2)),
        // Outputs; positions and end of the bag; a copy of the input of each dense layer.
        ("activations", 4 * 8 * ((4 + 2 + 1 + 7 + 3 + 1) + (1 + 5 + 1) + (7 + 3))),
        // Gradients of the concatenation and of a layer's input.
        ("gradients", 4 * 2 * 8 * 7),
        ("softmaxes", 0),
        ("total", 6680),
    ];
    for (part, wanted) in expected {
        assert_eq!(bytes[part], wanted, "{part}");
    }
    let half: Value =
        serde_json::from_str(&explain(folder.path(), &["small.dm", "--json", "--batch", "4"]).stdout)
            .unwrap();
    assert_eq!(half["flops_forward"], forward / 2);
}

#[test]
fn rows_of_16_bits_are_counted_as_such() {
    let folder = small();
    let arguments = ["small.dm", "--set", "users.precision=bf16"];
    let shown = explain(folder.path(), &arguments).stdout;
    assert!(shown.contains("4 bf16") && shown.contains("80 B"), "{shown}");
    let costs = explain(folder.path(), &[&arguments[..], &["--json"]].concat()).stdout;
    let costs: Value = serde_json::from_str(&costs).unwrap();
    let of_tables: Vec<_> =
        ["name", "precision", "bytes", "optimizer_bytes"].map(|key| &costs["tables"][0][key]).to_vec();
    assert_eq!(of_tables, [&Value::from("users"), &"bf16".into(), &80.into(), &320.into()]);
    assert_eq!(costs["bytes"]["tables"], 10 * (2 * 4 + 4) + 100 * 4 * (2 + 1));
}

/// A user vector, and an item vector through a layer; batches of 8.
const DRAWN: &str = "model Drawn {
    data {
        seen  = csv(\"seen.csv\")
        items = csv(\"items.csv\")
        join(items, on = item)
    }
    input {
        user: id(vocab = range(0, 10), oov = error)
        item: id(vocab = range(0, 50), oov = error, from = items.item)
    }
    embedding users { dim = 4 }
    embedding goods { dim = 4 }
    tower user_tower { users[user] }
    tower item_tower { goods[item] |> dense(4) }
    catalogue { source = items, key = item }
    objective OBJECTIVE
    train { optimizer = adam(lr = 0.1), batch = 8 }
}
";

/// Costs of `DRAWN` with an objective.
fn drawn(objective: &str, threads: &str) -> Value {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("drawn.dm"), DRAWN.replace("OBJECTIVE", objective)).unwrap();
    let costs = explain(folder.path(), &["drawn.dm", "--json", "--threads", threads]);
    assert_eq!((costs.status, costs.stderr.as_str()), (0, ""));
    serde_json::from_str(&costs.stdout).unwrap()
}

#[test]
fn drawn_candidates_are_counted() {
    // Per record: vectors of both towers, positions of their keys, and a copy of the layer's input; 16
    // multiply-adds.
    let (towers, item_tower) = ((4 + 1) + (4 + 1) + (4 + 4), (4 + 1) + (4 + 4));

    let pairs = drawn("bpr(dot(user_tower, item_tower), negatives = 3)", "1");
    assert_eq!(pairs["drawn"]["candidates"], 24);
    assert_eq!(pairs["flops_forward"], 2 * (8 + 24) * (16 + 4));
    // Own candidates are taken from all; users are repeated for each pair. The score keeps copies of both
    // vectors.
    let (own, pair) = (4 + (1 + 8), 4 + 4 + (1 + 8));
    assert_eq!(pairs["bytes"]["activations"], 4 * (8 * (towers + own) + 24 * (item_tower + pair)));
    assert_eq!(pairs["bytes"]["gathered"], 4 * 3 * 4 * (8 + 32));
    assert_eq!(pairs["bytes"]["softmaxes"], 0);

    let in_batch = drawn("in_batch_softmax(user_tower, item_tower)", "1");
    assert_eq!(in_batch["drawn"], Value::Null);
    assert_eq!(in_batch["flops_forward"], 2 * (8 * 16 + 8 * 8 * 4));
    assert_eq!(in_batch["bytes"]["activations"], 4 * 8 * towers);
    // Queries, candidates, and their gradients; scores of up to 64 records.
    assert_eq!(in_batch["bytes"]["softmaxes"], 4 * (4 * 8 * 4 + 64 * 8));

    let sampled = drawn("sampled_softmax(user_tower, item_tower, negatives = 20)", "1");
    assert_eq!(sampled["flops_forward"], 2 * ((8 + 20) * 16 + 8 * (1 + 20) * 4));
    assert_eq!(sampled["bytes"]["activations"], 4 * (8 * towers + 20 * item_tower));
    assert_eq!(sampled["bytes"]["softmaxes"], 4 * (2 * 8 * 4 + 2 * 28 * 4 + 64 * 20));
    let on_two = drawn("sampled_softmax(user_tower, item_tower, negatives = 20)", "2");
    // One thread has all of these few records.
    assert_eq!(on_two["bytes"]["softmaxes"], sampled["bytes"]["softmaxes"]);

    let mixed = drawn("in_batch_softmax(user_tower, item_tower, negatives = 20)", "1");
    assert_eq!(mixed["flops_forward"], 2 * ((8 + 20) * 16 + 8 * (8 + 20) * 4));
    assert_eq!(mixed["bytes"]["softmaxes"], 4 * (2 * 8 * 4 + 2 * 28 * 4 + 64 * 28));

    // The number of candidates depends on the data.
    let full = drawn("full_softmax(user_tower, item_tower)", "1");
    assert_eq!(full["drawn"]["candidates"], Value::Null);
    assert_eq!(full["flops_forward"], 2 * 8 * (16 + 4));
    assert_eq!(full["drawn"]["flops_each"], 2 * (16 + 8 * 4));
    // Per candidate: its row, its tower's activations, its gradient, and the softmax.
    let each = 4 * (3 * 4 + item_tower + 2 * 4 + (2 * 4 + 64));
    assert_eq!(full["drawn"]["bytes_each"], each);
}

#[test]
fn learned_weights_and_queued_candidates_are_counted() {
    let shown = |spec: &str| explain(&root().join("tests"), &[spec]).stdout;
    let tasks = shown("tasks/uncertain.dm");
    assert!(tasks.contains("objective: 3 parameters") && tasks.contains("uncertainty"), "{tasks}");
    // 64 of the batch, and 300 of the queue.
    let queued = shown("queue/queued.dm");
    assert!(queued.contains("364 candidates"), "{queued}");
}

#[test]
fn what_only_the_data_tell_is_not_counted() {
    let folder = small();
    fs::write(folder.path().join("learned.dm"), SMALL.replace("vocab = range(0, 10), ", "")).unwrap();
    let text = explain(folder.path(), &["learned.dm"]).stdout;
    assert!(
        text.contains("by the data")
            && text.ends_with("because their number of rows depends on the data: `users`\n"),
        "{text}"
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = small();
    assert_eq!(explain(folder.path(), &["small.dm", "--budget", "6680B"]).status, 0);
    let refused = explain(folder.path(), &["small.dm", "--budget", "6679B"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.starts_with("error: training with batches of 8 takes 6.5 KiB, more than"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.ends_with("help: batches of 7 fit: `--batch 7`\n"), "{}", refused.stderr);
    assert_eq!(explain(folder.path(), &["small.dm", "--budget", "6679B", "--batch", "7"]).status, 0);
    assert_eq!(explain(folder.path(), &["small.dm", "--budget", "much"]).status, 2);
    // Data count too.
    let with_data = |memory| explain(folder.path(), &["small.dm", "--budget", "7680B", "--memory", memory]);
    assert_eq!((with_data("1000B").status, with_data("1001B").status), (0, 1));
    assert_eq!(explain(folder.path(), &["small.dm", "--memory", "1KiB"]).status, 2);
}

/// Specs in the documentation, by name.
fn specs() -> Vec<PathBuf> {
    let mut specs: Vec<PathBuf> =
        fs::read_dir(root().join("specs")).unwrap().map(|spec| spec.unwrap().path()).collect();
    specs.retain(|spec| spec.extension().is_some_and(|end| end == "dm"));
    specs.sort();
    specs
}

/// Returns whether `INSTA_UPDATE=always` is set.
fn updates() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always")
}

/// Costs of a spec as a table row.
fn row(spec: &Path) -> String {
    let done = outcome(turret().args(["explain", "--json", "--threads", "1"]).arg(spec));
    assert_eq!(done.status, 0, "{}", done.stderr);
    let costs: Value = serde_json::from_str(&done.stdout).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let (batch, name) = (number(&costs["batch"]), spec.file_stem().unwrap().to_string_lossy().into_owned());
    let parameters: u64 =
        costs["towers"].as_array().unwrap().iter().map(|tower| number(&tower["parameters"])).sum();
    let widths = costs["tables"].as_array().unwrap().iter().map(|table| number(&table["dim"]));
    let (tables, width) = widths.fold((0, 0), |(tables, width), dim| (tables + 1, width + dim));
    let (flops, bytes) = (number(&costs["flops_forward"]), &costs["bytes"]);
    let layers: u64 = ["activations", "gradients", "softmaxes"].iter().map(|part| number(&bytes[part])).sum();
    // Costs per candidate of a catalog whose size depends on the data.
    let of_each = |amount: &str, unit: u64| match &costs["drawn"] {
        Value::Object(drawn) if drawn["candidates"].is_null() => {
            let tenths = number(&drawn[amount]) as f64 * 10.0 / unit as f64;
            format!(" + {} C", tenths.round() / 10.0)
        }
        _ => String::new(),
    };
    let (more_flops, more_bytes) = (of_each("flops_each", batch), of_each("bytes_each", 1024));
    let (flops, kilobytes) = (flops / batch, layers.div_ceil(1024));
    format!(
        "| `{name}` | {parameters} | {tables} | {width} | {flops}{more_flops} | {kilobytes}{more_bytes}, of {batch} |\n"
    )
}

#[test]
fn costs_in_the_documentation_are_current() {
    let path = root().join("docs/models.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- costs -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- end of costs -->").unwrap();
    let rows: String = specs().iter().map(|spec| row(spec)).collect();
    let current = format!(
        "| spec | weights | tables | width of all their rows | FLOP a record | KiB a batch |\n|---|---|---|---|---|---|\n{rows}"
    );
    if updates() {
        fs::write(&path, format!("{before}<!-- costs -->\n{current}<!-- end of costs -->{after}")).unwrap();
    } else {
        assert!(table == current, "the costs in models.md are not current: INSTA_UPDATE=always writes them");
    }
}

#[test]
fn diagrams_are_current() {
    let folder = TempDir::new().unwrap();
    for spec in specs() {
        let name = spec.file_stem().unwrap();
        let drawn = folder.path().join(name).with_extension("svg");
        let done = outcome(turret().arg("explain").arg(&spec).arg("--diagram").arg(&drawn));
        assert_eq!(done.status, 0, "{}", done.stderr);
        let drawn = fs::read_to_string(drawn).unwrap();
        let kept = root().join("docs/diagrams").join(name).with_extension("svg");
        if updates() {
            fs::create_dir_all(root().join("docs/diagrams")).unwrap();
            fs::write(&kept, drawn).unwrap();
        } else {
            let kept = fs::read_to_string(&kept).unwrap_or_default();
            assert!(
                kept == drawn,
                "the diagram of {} is not current: INSTA_UPDATE=always draws it",
                spec.display()
            );
        }
    }
}
