//! Specs that `turret convert` writes: their text, and that they compile. Nothing is lost without a word.

use std::fs;
use std::path::Path;

use tempfile::tempdir;
use turret_tests::{Outcome, forms, outcome, root, turret};

fn run(folder: &Path, line: &[&str]) -> Outcome {
    outcome(turret().args(line).current_dir(folder))
}

fn assert_converted(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/converted"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Converts files, compiles the spec, and compares it together with the notes.
fn converted(name: &str, folder: &Path, files: &[&str]) -> String {
    let made = run(folder, &[&["convert"], files].concat());
    assert_eq!(made.status, 0, "{}", made.stderr);
    let scratch = tempdir().unwrap();
    fs::write(scratch.path().join("spec.dm"), &made.stdout).unwrap();
    for line in [["check", "spec.dm"].as_slice(), &["fmt", "--check", "spec.dm"]] {
        let checked = run(scratch.path(), line);
        assert_eq!(checked.status, 0, "{}\n{}", checked.stderr, made.stdout);
    }
    for lost in made.stderr.lines().filter(|line| line.starts_with("not converted: ")) {
        let said = lost.split_whitespace().last().unwrap();
        assert!(made.stdout.contains(said), "the spec names it too: {lost}\n{}", made.stdout);
    }
    assert_converted(name, &format!("{}\n{}", made.stdout, made.stderr));
    made.stdout
}

fn given() -> std::path::PathBuf {
    root().join("tests/converted")
}

#[test]
fn feature_columns_of_a_click_model() {
    converted("deepctr_criteo", &given(), &["criteo.py"]);
}

#[test]
fn what_only_python_knows_is_named() {
    let text = converted("deepctr_movielens", &given(), &["movielens.py"]);
    for lost in ["genres_weight", "AutoInt", "regression", "att_layer_num", "line 23"] {
        assert!(text.contains(lost), "{lost}\n{text}");
    }
}

#[test]
fn a_history_shares_the_table_of_its_item() {
    converted("deepctr_din", &given(), &["din.py"]);
}

#[test]
fn features_of_users_and_items_are_two_towers() {
    converted("deepmatch_youtubednn", &given(), &["youtubednn.py"]);
}

#[test]
fn layers_of_models_of_retrieval() {
    let text = converted("deepmatch_mind", &given(), &["mind.py"]);
    assert!(text.contains("capsule_routing(movie_id[hist_movie_id], 4, dynamic = true)"), "{text}");
    let text = converted("deepmatch_sdm", &given(), &["sdm.py"]);
    assert!(text.contains("lstm(32)") && text.contains("`rnn_layers = 3`"), "{text}");
    let text = converted("deepmatch_ncf", &given(), &["ncf.py"]);
    assert!(text.contains("bce(neumf(user_factors") && text.contains("norm = batch"), "{text}");
}

/// DeepCTR-Torch adds penalties to the sum of the losses of a batch.
#[test]
fn trainings_have_the_words_and_scales_of_the_language() {
    let text = converted("deepctr_torch", &given(), &["deepfm_torch.py"]);
    for line in [
        "split = random(test = 0.1, validate = 0.18)",
        "mlp(hidden, relu, norm = batch, dropout = 0.2, l2 = 2e-5)",
        "rmsprop(lr = 0.005, rho = 0.95)",
        "const l2     = 1e-5",
        "= patience(auc, 3)",
        "`centered = true`",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let text = converted("deepctr_wdl", &given(), &["wdl.py"]);
    for line in
        ["ftrl(lr = 0.05, l1 = 0.001, beta = 0.1)", "value(0.5)", "patience(logloss, 8)", "`TensorBoard`"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn several_tasks_are_tasks_of_the_objective() {
    let text = converted("deepctr_mmoe", &given(), &["mmoe.py"]);
    assert!(text.contains("mixed(experts, 4)") && text.contains("mse("), "{text}");
    let text = converted("deepctr_ple", &given(), &["ple.py"]);
    assert!(text.contains("mixed(stack(expert_2_1_1, expert_2_3_1, expert_2_3_2), 3)"), "{text}");
    let text = converted("deepctr_esmm", &given(), &["esmm.py"]);
    assert!(text.contains("bce(both(ctr, cvr), bought)"), "{text}");
}

#[test]
fn configurations_of_data_and_models() {
    let files = ["fuxictr/dataset_config.yaml", "fuxictr/model_config.yaml"];
    let text = converted("fuxictr", &given(), &files);
    assert!(text.contains("norm = batch, dropout = 0.2") && text.contains("`image`"), "{text}");
    converted("fuxictr_feature_map", &given(), &["fuxictr/feature_map.json"]);
}

/// The spec also passes the check of the files.
#[test]
fn types_of_atomic_files() {
    let folder = tempdir().unwrap();
    forms::recbole(folder.path());
    let files = ["ml.inter", "ml.user", "ml.item"];
    let text = converted("recbole", folder.path(), &files);
    fs::write(folder.path().join("ml.dm"), text).unwrap();
    let checked = run(folder.path(), &["check", "ml.dm", "--data", "."]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    assert!(checked.stdout.starts_with("ml.dm: ok\n"), "{}", checked.stdout);
}

#[test]
fn other_files_are_refused() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    for (name, text) in
        [("a.py", "x = [1]\n"), ("a.yaml", "a: 1\n"), ("b.yaml", "a: [1\n"), ("a.txt", "a"), ("c.py", "((((")]
    {
        fs::write(folder.join(name), text).unwrap();
    }
    for (file, said) in [
        ("a.py", "`a.py` has no call of a model with lists of `SparseFeat`"),
        ("c.py", "`c.py` has no call of a model"),
        ("a.yaml", "no file has features"),
        ("b.yaml", "b.yaml: "),
        ("a.txt", "these are no files that can be converted"),
        ("none.py", "cannot read `none.py`"),
    ] {
        let refused = run(folder, &["convert", file]);
        assert_eq!((refused.status, refused.stdout.as_str()), (1, ""), "{file}");
        assert!(refused.stderr.contains(said), "{file}: {}", refused.stderr);
    }
    let made = run(&given(), &["convert", "din.py", "--output", folder.join("din.dm").to_str().unwrap()]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let again = run(&given(), &["convert", "din.py", "--output", folder.join("din.dm").to_str().unwrap()]);
    assert!(again.status == 1 && again.stderr.contains("exists"), "{}", again.stderr);
}
