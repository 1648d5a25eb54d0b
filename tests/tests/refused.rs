//! Rows that a column refuses: `turret check --data` leaves out those that training leaves out, and says so in its words.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret_tests::{Outcome, outcome, turret};

const SPEC: &str = r#"model Shop {
    data {
        log   = csv("log.csv")
        items = csv("items.csv")
        join(items, on = item)
        split = by_time(time, test = 0.25)
        on_error = skip
    }
    input {
        click: label
        user:  id
        size:  id
        tags:  ids(max = 2, separator = "|")
        price: float(from = items.price)
        spent: float(transform = standardize, missing = mean)
    }
    embedding user { dim = 2 }
    embedding size { dim = 2, vocab = ["s", "m"], oov = error }
    embedding tag  { dim = 2, oov = drop }
    tower ctr { concat(user[user], size[size], mean(tag[tags]), price, spent) |> dense(1) }
    objective bce(ctr, click)
    metrics { auc }
}
"#;

const HEADER: &str = "user,item,time,size,tags,spent,click\n";
const ITEMS: &str = "item,price\na,9\nb,11\nc,cheap\nd,1\n";

/// Rows without a fault, in the order of time.
const GOOD: [&str; 8] = [
    "u1,a,1,s,10|true,1,1",
    "u2,b,2,m,x,2,0",
    "u1,a,3,s,,3,1",
    "u2,d,4,s,10.0,4,0",
    "u3,b,5,m,1|y|z,5,1",
    "u1,a,6,m,10,6,0",
    "u1,b,7,s,1.0|10,7,1",
    "u2,a,8,m,x|10.0|new,8,0",
];

fn project(on_error: &str, rows: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    let spec = SPEC.replace("on_error = skip", &format!("on_error = {on_error}"));
    fs::write(folder.path().join("shop.dm"), spec).unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/log.csv"), format!("{HEADER}{}\n", rows.join("\n"))).unwrap();
    fs::write(folder.path().join("data/items.csv"), ITEMS).unwrap();
    folder
}

fn run(folder: &Path, verb: &str, arguments: &[&str]) -> Outcome {
    outcome(turret().args([verb, "shop.dm", "--data", "data"]).args(arguments).current_dir(folder))
}

/// Rows with every kind of fault, each in training and in test.
fn faulty() -> Vec<&'static str> {
    let mut rows = GOOD.to_vec();
    rows.splice(0..0, ["u1,c,0,s,1,1,1"]); // an item without a price
    rows.splice(3..3, ["u1,a,2.1,xl,1,1,1", "u1,a", "u1,a,2.2,s,[1,1,1", "u1,a,2.3,s,1,many,0"]);
    rows.extend(["u1,a,later,s,1,1,1", "u1,e,9,s,1,1,1", "u1,a,10,s,1,1,x", "u1,a,11,xl,1,1,1"]);
    rows
}

#[test]
fn check_leaves_out_what_training_leaves_out() {
    for (on_error, substituted) in [("skip", None), ("substitute", Some(1))] {
        let folder = project(on_error, &faulty());
        let (checked, trained) =
            (run(folder.path(), "check", &[]), run(folder.path(), "train", &["--out", "run"]));
        assert_eq!((checked.status, trained.status), (0, 0), "{}{}", checked.stderr, trained.stderr);
        let line = |words: &str| {
            let found = trained.stderr.lines().find(|line| line.contains(words));
            found.unwrap_or_else(|| panic!("{words}: {}", trained.stderr))
        };
        let counts: Vec<usize> =
            line(" to train, ").split(' ').filter_map(|word| word.parse().ok()).collect();
        let [train, test] = counts[..] else { panic!("{counts:?}") };
        let skipped =
            line("skipped, the first because data/items.csv:4: column `price`: `cheap` is not a number");
        let expected =
            format!("{} rows of `log`: {train} of training, {test} of test\n{skipped}\n", train + test);
        assert!(checked.stdout.contains(&expected), "{expected}{}", checked.stdout);

        let json = run(folder.path(), "check", &["--json"]);
        let lines: Vec<Value> = json.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["training_rows"], &lines[0]["test_rows"]), (&train.into(), &test.into()));
        let (count, reason) = skipped.split_once(" rows skipped, the first because ").unwrap();
        assert_eq!(lines[0]["skipped_rows"], count.parse::<u64>().unwrap());
        assert_eq!(lines[0]["first_skipped"], reason);
        let column = |name: &str| lines.iter().find(|line| line["column"] == name).unwrap();
        let user = column("user");
        assert_eq!(user["rows"], train + test);
        let spent = column("spent");
        assert_eq!(
            (&spent["substituted"], &spent["missing"]),
            (&substituted.unwrap_or(0).into(), &substituted.unwrap_or(0).into())
        );
        if on_error == "substitute" {
            for line in ["column spent: 1 substituted", "column tags: 1 substituted"] {
                assert!(trained.stderr.contains(line), "{}", trained.stderr);
            }
            assert!(checked.stdout.contains("1 substituted\n"), "{}", checked.stdout);
        }
    }
}

/// Forms of one key are one key, and keys beyond `max` are none.
#[test]
fn keys_of_lists_are_counted_as_training_counts_them() {
    let folder = project("stop", &GOOD);
    let checked = run(folder.path(), "check", &["--json"]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    let lines: Vec<Value> = checked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let tags = lines.iter().find(|line| line["column"] == "tags").unwrap();
    // 10, 1, x and y: `true` is 1, and z and new are beyond the second key.
    assert_eq!((&tags["distinct"], &tags["unknown_in_test"]), (&4.into(), &0.0.into()), "{tags}");
    assert_eq!((&tags["lengths"]["max"], &tags["top"][0]["count"]), (&3.0.into(), &5.into()), "{tags}");
    let trained = run(folder.path(), "train", &["--out", "run"]);
    assert!(trained.status == 0 && !trained.stderr.contains("column tags: 1 unknown"), "{}", trained.stderr);
}

/// Without a row that is left, `check` fails as training does.
#[test]
fn no_row_is_left_to_train_on() {
    for (rows, said) in [
        (
            ["u1,a", "u1,a,2"],
            "error: no row is left to train on: 2 rows skipped, the first because data/log.csv:2: expected 7 columns, \
             found 2",
        ),
        (
            ["u1,a,1,s,1,1,x", "u1,a,2,s,1,1,x"],
            "error: no row is left to train on: 2 rows skipped, the first because data/log.csv:2: column `click`: `x` is \
             not a number",
        ),
        (
            ["u1,a,1,xl,1,1,1", "u1,a,2,s,1,1,1"],
            "error: no row is left to train on: 1 row skipped, because data/log.csv:2: column `size`: `xl` is not in the \
             vocabulary `size`",
        ),
        (
            ["u1,c,1,s,1,1,1", "u1,c,2,s,1,1,1"],
            "error: no row is left to train on: 2 rows skipped, the first because data/items.csv:4: column `price`",
        ),
    ] {
        let folder = project("skip", &rows);
        assert_refused(folder.path(), said);
    }
}

/// In every form of file, in joined sources, and before and after a split.
#[test]
fn rows_that_are_all_lost_are_counted() {
    let click = |source: &str| {
        format!(
            "model M {{ data {{ {source}, on_error = skip }} input {{ click: label, x: id }} embedding x {{ dim = 2 }} \
             tower score {{ x[x] |> dense(1) }} objective bce(score, click) metrics {{ auc }} }}"
        )
    };
    let svm = "model M { data { log = libsvm(\"a\"), on_error = skip } input { label: label, features: weighted_ids(max = 3) } \
               embedding x { dim = 2 } tower score { sum(x[features]) |> dense(1) } objective bce(score, label) metrics { auc } }";
    let none = "no row is left to train on: 2 rows skipped, the first because data/";
    let split = "the split leaves no row to train on: 2 rows skipped, the first because data/";
    for (spec, files, said) in [
        (click("log = csv(\"a\", columns = [click, x])"), &[("a", "1;a\n0;b\n")][..], format!("{none}a:1: expected 2")),
        (click("log = csv(\"a\")"), &[("a", "click,x\n1\n0\n")], format!("{none}a:2: expected 2")),
        (click("log = csv(\"*\")"), &[("a", "click,x\n1\n"), ("b", "click,x\n1\n")], format!("{none}a:2: expected 2")),
        (click("log = jsonl(\"a\", columns = [click, x])"), &[("a", "{\"click\":1\n{\"click\"\n")], format!("{none}a:1:")),
        (svm.to_owned(), &[("a", "1 x\n0 2:y\n")], format!("{none}a:1: `x` is not a feature")),
        (
            click("log = csv(\"a\"), b = csv(\"b\"), join(b, on = x)"),
            &[("a", "click,x\n1,a\n"), ("b", "x,p\na\nb\n")],
            "no row is left to train on: 2 rows of joined sources skipped, the first because data/b:2: expected 2".to_owned(),
        ),
        (
            click("log = tsv(\"a\"), explode(x)"),
            &[("a", "click\tx\n1\t\n1\t[a\n0\t[b\n")],
            format!("{none}a:3: column `x`"),
        ),
        (
            click("log = tsv(\"a\"), explode(x)"),
            &[("a", "click\tx\n1\t\n1\t\n")],
            "no row is left to train on: the source has none\nnote: data/a: 2 rows with an empty list left out".to_owned(),
        ),
        (
            click("log = csv(\"a\"), split = by_time(file, test = 0.5)"),
            &[("a", "click,x\n1\n5,a\n1,a\n")],
            format!("{split}a:2: expected 2 columns, found 1; check the separator, the quotes and `columns`; 1 row left"),
        ),
        (
            click("log = csv(\"a\"), split = given(train = \"a\", test = \"b\")"),
            &[("a", "click,x\n5,a\n6,a\n"), ("b", "click,x\n1,a\n0,b\n")],
            format!("{split}a:2: column `click`: `5`"),
        ),
        (
            click("log = csv(\"a\"), filter(x, only = [\"a\"]), split = by_time(file, test = 0.5)"),
            &[("a", "click,x\n1,a\n1,b\n")],
            "the split leaves no row to train on: filters by `x` left 1 row out; 1 row left".to_owned(),
        ),
        (
            click("log = csv(\"a\"), split = by_time(file, test = 0.9)"),
            &[("a", "click,x\n1,a\n")],
            "the split leaves no row to train on: make its test share smaller".to_owned(),
        ),
    ] {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("shop.dm"), spec).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join("data").join(name), text).unwrap();
        }
        assert_refused(folder.path(), &format!("error: {said}"));
    }
}

/// Asserts that `check` and `train` refuse the data of a folder in these words.
fn assert_refused(folder: &Path, said: &str) {
    let told = [("check", &[][..]), ("check", &["--json"]), ("train", &["--out", "run"])]
        .map(|(verb, arguments)| run(folder, verb, arguments));
    for outcome in &told {
        assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{said}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with(said), "{said}\n{}", outcome.stderr);
    }
    assert_eq!(told[0], told[2], "training finds it before it compiles");
}

/// A candidate without a key is found by `check`, in the words of training.
#[test]
fn candidates_need_their_keys() {
    let spec = r#"model Films {
    data {
        log   = csv("log.csv")
        items = csv("items.csv")
        join(items, on = item)
        on_error = stop
    }
    input {
        user:  id
        title: id(from = items.title)
    }
    embedding user  { dim = 2 }
    embedding title { dim = 2 }
    tower query     { user[user] }
    tower candidate { title[title] }
    catalog { source = items, key = item }
    objective in_batch_softmax(query, candidate)
    export { query }
}
"#;
    let folder = project("stop", &["u1,a,1,s,1,1,1", "u2,b,2,s,1,1,1"]);
    fs::write(folder.path().join("data/items.csv"), "item,title\na,A\n,B\nb,B\n").unwrap();
    fs::write(folder.path().join("shop.dm"), spec).unwrap();
    let checked = run(folder.path(), "check", &[]);
    let said = "error: data/items.csv:3: column `item`: the value is missing; a candidate needs its key\n";
    assert_eq!((checked.status, checked.stdout.as_str(), checked.stderr.as_str()), (1, "", said));
    fs::write(folder.path().join("shop.dm"), spec.replace("stop", "skip")).unwrap();
    let checked = run(folder.path(), "check", &[]);
    assert!(
        checked.stdout.contains("\n1 row of joined sources skipped, because data/items.csv:3: column `item`"),
        "{}",
        checked.stdout
    );
}
