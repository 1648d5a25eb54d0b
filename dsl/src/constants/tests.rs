use crate::Compiler;
use crate::model::{Candidates, SplitSpec};
use crate::plan::Plan;

const SPEC: &str = r#"
model M {
    const width = 8
    const hidden = [4 * width, width / 2]
    const rate = 0.1
    const holdout = random(test = 0.25, seed = 1)
    data {
        log = tsv("log.tsv", columns = [x, k, y], separator = "\t")
        more = csv("more.csv", columns = [k, z], separator = ";")
        join(more, on = k)
        split = holdout
    }
    input { x: float, z: float, k: id, y: label }
    embedding key { dim = width }
    block layers(x, width) { x |> mlp(width, relu) }
    tower t { concat(x, z, key[k]) |> layers(width = hidden) |> dense(1) }
    objective bce(t, y)
    train { optimizer = adagrad(rate), batch = 16 }
}
"#;

fn plan(text: &str, settings: &[(&str, &str)]) -> Result<Plan, String> {
    let compiler = settings
        .iter()
        .fold(Compiler::new("m.dm", text), |compiler, (name, value)| compiler.set(name, value));
    compiler.plan().map_err(|failure| {
        let lines = failure.diagnostics.iter().map(|d| format!("{} {}", d.code, d.message));
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn widths(plan: &Plan) -> Vec<usize> {
    plan.towers[0].module.weights.iter().map(|layer| layer.weights.sizes[1]).collect()
}

fn lr(plan: &Plan) -> f32 {
    plan.model.train.optimizer.lr()
}

#[test]
fn constants_are_computed_and_hidden_by_parameters() {
    let plan = plan(SPEC, &[]).unwrap();
    assert_eq!((widths(&plan), plan.model.tables[0].dim), (vec![32, 4, 1], 8));
}

/// A word can become a layer. A call also becomes one, with its arguments after those of the caller.
#[test]
fn constants_stand_for_layers() {
    let spec = SPEC.replace("const rate", "const end = dense(1)\n const rate").replace("dense(1) }", "end }");
    let operations = |settings: &[(&str, &str)]| {
        let plan = plan(&spec, settings).unwrap();
        plan.towers[0]
            .module
            .weights
            .iter()
            .map(|layer| (layer.field.clone(), layer.weights.sizes[1]))
            .collect::<Vec<_>>()
    };
    assert_eq!(operations(&[])[2], ("dense".to_string(), 1));
    assert_eq!(
        operations(&[("end", "mlp([3, 1], relu, output = linear)")])[2..]
            .iter()
            .map(|x| x.1)
            .collect::<Vec<_>>(),
        [3, 1]
    );
    assert_eq!(plan(&spec, &[("end", "bias"), ("hidden", "[1]")]).unwrap().towers[0].module.weights.len(), 2);
}

#[test]
fn overrides_reach_every_setting() {
    let with = |name, value| plan(SPEC, &[(name, value)]).unwrap();
    assert_eq!(widths(&with("width", "2")), [8, 1, 1]);
    assert_eq!(widths(&with("hidden", "[5, width]")), [5, 8, 1]);
    assert_eq!(lr(&with("rate", "0.5")), 0.5);
    assert_eq!(lr(&with("train.lr", "0.7")), 0.7);
    assert_eq!(lr(&with("train.optimizer.lr", "rate * 2")), 0.2);
    assert_eq!(lr(&with("train.optimizer", "sgd(lr = 3)")), 3.0);
    assert_eq!(with("train.batch", "32").model.train.batch, 32);
    assert_eq!(with("train.epochs", "7").model.train.epochs, 7);
    assert_eq!(with("key.dim", "3").model.tables[0].dim, 3);
    assert_eq!(with("key.l2", "0.5").model.tables[0].l2, 0.5);
    assert_eq!(with("data.seed", "9").model.data.split, SplitSpec::random(0.25, 9));
    assert_eq!(with("data.split", "none").model.data.split, SplitSpec::None);
    assert_eq!(with("data.log.separator", "\"|\"").model.data.sources[0].separator, "|");
    // Without a `train` block the defaults are overridden.
    let bare = SPEC
        .lines()
        .filter(|line| !line.contains("train {") && !line.contains("rate"))
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(lr(&plan(&bare, &[("train.lr", "0.25")]).unwrap()), 0.25);
    assert_eq!(plan(&bare, &[("train.seed", "5")]).unwrap().model.train.seed, 5);
}

/// Unnamed entries of a block are found by the name of their value.
#[test]
fn overrides_reach_calls_and_flags() {
    let spec = "model Next {
        data {
            log = tsv(\"log.tsv\", columns = [user, item, time])
            history(by = user, order = time)
            split = leave_last_out
        }
        input { item: id, latest: sequence(from = history.item, max = 3) }
        embedding item { dim = 4 }
        tower query { mean(item[latest]) }
        tower candidate { item[item] }
        catalogue { source = log, key = item }
        objective in_batch_softmax(query, candidate)
        metrics { recall(10), exclude_seen }
    }";
    let with = |name, value| plan(spec, &[(name, value)]).unwrap().model;
    assert!(with("train.batch", "9").protocol.exclude_seen);
    assert!(!with("metrics.exclude_seen", "false").protocol.exclude_seen);
    assert_eq!(
        with("metrics.candidates", "sampled(5)").protocol.candidates,
        Candidates::Sampled { count: 5, seed: 42 }
    );
    assert!(with("data.history.same_time", "include").data.history.unwrap().same_time);
    assert_eq!(with("data.history.min", "2").data.history.unwrap().min, 2);
    assert_eq!(with("catalogue.key", "user").data.catalog.unwrap().key, "user");
    assert_eq!(with("catalog.key", "user").data.catalog.unwrap().key, "user");
    assert_eq!(with("data.split.nth", "2").data.split, SplitSpec::leave_last_out(2));
}

#[test]
fn wrong_overrides_are_explained() {
    let message = |name, value| plan(SPEC, &[(name, value)]).unwrap_err();
    assert_eq!(message("wdth", "2"), "E0113 there is no constant `wdth` to set");
    assert_eq!(message("trian.lr", "2"), "E0113 there is no block `trian` to set");
    assert_eq!(message("data.separator", "\";\""), "E0113 `data.separator` could be one of several settings");
    assert_eq!(message("data.nothing.path", "1"), "E0113 there is no setting `data.nothing.path` to set");
    assert!(message("train.bach", "2").starts_with("E0201 "));
    assert!(message("train.optimizer.lrr", "2").starts_with("E0201 "));
    assert!(message("train.batch", "none").starts_with("E0205 "));
}

#[test]
fn names_of_constants_are_their_own() {
    let text = format!("const t = 1\nconst x = 2\n{}", SPEC);
    let message = plan(&text, &[]).unwrap_err();
    assert!(message.contains("E0104 the tower `t` has the name of a constant"), "{message}");
    assert!(message.contains("E0104 the column `x` has the name of a constant"), "{message}");
    let text = SPEC
        .replace("hidden = [4 * width", "hidden = [unused, 4 * width")
        .replace("const width", "const unused = 2\n const width");
    assert!(plan(&text, &[]).is_ok());
    // A constant that only an unused constant uses is unused.
    let text = SPEC.replace("const width", "const a = 1\n const b = a\n const width");
    let message = plan(&text, &[]).unwrap_err();
    assert_eq!(message, "E0505 the constant `a` is never used\nE0505 the constant `b` is never used");
}
