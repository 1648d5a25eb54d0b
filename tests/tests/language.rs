//! Specs that together use the whole language, trained on synthetic data by the built command.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret_tests::{Outcome, outcome, root, turret};

/// Trains `language/<spec>.dm` on files that `write` creates. Returns the folder, standard error and the
/// results.
fn train(spec: &str, write: impl FnOnce(&Path)) -> (TempDir, String, Value) {
    let folder = tempdir().unwrap();
    write(folder.path());
    let spec = root().join(format!("tests/language/{spec}.dm"));
    let Outcome { status, stdout, stderr } = outcome(
        turret().arg("train").arg(spec).args(["--data", ".", "--out", "run", "--json"]).current_dir(&folder),
    );
    assert_eq!(status, 0, "{stderr}");
    let results = serde_json::from_str(stdout.lines().last().expect("there is output")).unwrap();
    (folder, stderr, results)
}

/// A number in `0..below` that depends only on row and purpose (SplitMix64).
fn draw(row: usize, purpose: u64, below: u64) -> u64 {
    let mut bits = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(purpose << 32);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) % below
}

/// The value, or an empty text in every `nth` row.
fn or_missing(row: usize, nth: usize, value: impl ToString) -> String {
    if row.is_multiple_of(nth) { String::new() } else { value.to_string() }
}

fn write_ranking(folder: &Path) {
    fs::write(folder.join("countries.txt"), "ch\nde\nfr\n").unwrap();
    fs::write(folder.join("shelves.txt"), (0..8).map(|shelf| format!("{shelf}\n")).collect::<String>())
        .unwrap();
    let mut npy =
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (8, 3), }".to_vec();
    npy.resize(127, b' ');
    npy.push(b'\n');
    npy.extend((0..24).flat_map(|at| (at as f32 / 24.0).to_le_bytes()));
    fs::write(folder.join("shelves.npy"), npy).unwrap();
    let items = (0..40).flat_map(|item| {
        let line =
            format!("{item}|Caf\u{e9} No. {}|{}.5|t{} t{}\n", item % 7, item * 37 % 91, item % 5, item % 3);
        // Latin-1
        line.chars().map(|c| c as u8).collect::<Vec<u8>>()
    });
    fs::write(folder.join("items.txt"), items.collect::<Vec<u8>>()).unwrap();
    let mut log = String::from(
        "user_id,item_id,time,age,spend,clicks,hour,position,device,country,site,shelf,seen,topics,click,importance\n",
    );
    for row in 0..400 {
        let (age, hour) = (20 + draw(row, 1, 40), draw(row, 2, 24));
        let click = (u8::from(age > 40) * u8::from(hour > 6)) ^ u8::from(row % 17 == 0);
        let age = if row % 40 == 3 { "NA".to_owned() } else { age.to_string() };
        // The first user has only one row, too few for the vocabulary.
        let user = or_missing(row, 50, if row == 1 { "once".to_owned() } else { format!("u{}", row % 30) });
        let device = ["phone", "tablet", "tv"][row % 3];
        let country = ["ch", "de", "it"][row % 3];
        // 12 is in none of the lists; `0` is padding.
        let seen = ["1;2;3;4", "5;0;0", "", "60;7"][row % 4];
        let topics = ["\"a\\:b:0.5,c:1\"", "c:2", "", "\"a\\:b:1,,c:-1\""][row % 4];
        let spend = draw(row, 3, 30) as i64 - i64::from(row % 10 == 0) * 40;
        let clicks = if row % 5 == 0 { 51 } else { row % 50 };
        writeln!(
            log,
            "{user},{},{},{age},{spend},{clicks},{},{},{device},{country},s{},{},{seen},{topics},{},{}",
            row % 40,
            1000 + row,
            or_missing(row, 20, hour),
            or_missing(row, 25, format!("0.{} 0.{} 1", row % 7, row % 3)),
            row % 200,
            row % 10,
            or_missing(row, 100, click),
            or_missing(row, 8, "1.5"),
        )
        .unwrap();
    }
    fs::write(folder.join("log.csv"), log).unwrap();
}

#[test]
fn every_kind_of_column_and_layer_is_trained() {
    let (folder, said, results) = train("ranking", write_ranking);
    for line in [
        "300 rows to train, 100 to test",
        "column age: 10 substituted",
        "column spend: 40 clipped",
        "column clicks: 80 clipped",
        "column hour: 20 missing",
        "column half_days: 20 missing",
        "column position: 16 missing",
        "column user: 8 missing",
        "column user: 1 unknown",
        "column device: 133 unknown",
        "column country: 133 unknown",
        "column shelf: 80 unknown",
        "column seen: 100 missing",
        "column seen: 100 too long",
        "column seen: 100 unknown",
        "column topics: 100 missing",
        "column topics: 100 empty items",
        "column click: 4 missing",
        "column importance: 50 missing",
    ] {
        assert!(said.lines().any(|found| found == line), "{line} is not in\n{said}");
    }
    assert!(!said.contains("skipped"), "{said}");
    assert!(results["auc"].as_f64().unwrap() > 0.8, "{results}");
    assert!(results["gauc"].as_f64().unwrap() > 0.5 && results["gauc_low"].is_f64(), "{results}");

    // Escapes, minimum counts and imported text are stored with the run, which no longer needs the spec.
    let features = fs::read_to_string(folder.path().join("run/features.json")).unwrap();
    assert!(features.contains(r#""a:b""#) && features.contains(r#""u7""#) && !features.contains(r#""once""#));
    let spec = fs::read_to_string(folder.path().join("run/spec.dm")).unwrap();
    assert!(spec.contains("block residual(x, units, rate = 0)") && !spec.contains("\nimport"), "{spec}");
    let eval = outcome(turret().args(["eval", "run", "--json"]).current_dir(&folder));
    assert_eq!(eval.status, 0, "{}", eval.stderr);
    let again: Value = serde_json::from_str(eval.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(again["auc"], results["auc"]);
}

fn write_retrieval(folder: &Path) {
    let items: String = (0..20).map(|item| format!("i{item},k{}\n", item % 4)).collect();
    fs::write(folder.join("items.csv"), format!("id,kind\n{items}")).unwrap();
    let rows = |count: usize, purpose: u64| -> String {
        let row = |row: usize| {
            let user = row % 40;
            let item = user % 4 + 4 * [0, 0, 0, 1, 2, 3, 4][draw(row, purpose, 7) as usize];
            format!("u{user}\ti{item}\tg{}\n", user % 4)
        };
        (0..count).map(row).collect()
    };
    fs::write(folder.join("train.tsv"), rows(600, 1) + "u1\ti99\tg1\nu2\ti3\n").unwrap();
    fs::write(folder.join("test.tsv"), rows(100, 2) + "stranger\ti3\tg1\n").unwrap();
}

#[test]
fn candidates_are_retrieved_with_corrected_frequencies() {
    let (folder, said, results) = train("retrieval", write_retrieval);
    assert!(said.contains("600 rows to train, 100 to test, 20 candidates"), "{said}");
    // One without an item, one of two fields, and one of a stranger, who is no key.
    assert!(
        said.contains("3 rows skipped, the first because ./train.tsv:601: column `item`: `i99`"),
        "{said}"
    );
    // What is left out is in no count of a column.
    assert!(!said.contains("column user"), "{said}");
    // Items of a user are the five of a group; the most popular one is three of seven samples.
    let accuracy = |k: &str| results[format!("top_{k}_accuracy")].as_f64().unwrap();
    assert!(accuracy("5") > 0.95 && accuracy("1") > 0.2, "{results}");
    let features: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("run/features.json")).unwrap()).unwrap();
    let counts = features["popularity"]["counts"].as_object().unwrap();
    assert_eq!(counts.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 600);
}

/// Each user moves to the next item, modulo 20, every hour. Some steps have a low rating or another device.
fn write_log(folder: &Path) {
    let items: String = (0..20).map(|item| format!("i{item},k{}\n", item % 4)).collect();
    fs::write(folder.join("items.csv"), format!("id,kind\n{items}")).unwrap();
    let mut log = String::from("user,item,time,rating,device\n");
    for row in 0..1500_usize {
        // Users alternate in the log, latest rows first.
        let (user, hour) = (row % 100, 15 - row / 100);
        let rating = if row % 31 == 7 { 1 } else { 2 + row % 4 };
        let device = ["phone", "tablet"][row % 2];
        writeln!(log, "u{user},i{},{hour},{rating},{device}", (user * 7 + hour) % 20).unwrap();
    }
    writeln!(log, "u1,i1,99,5,tv").unwrap();
    fs::write(folder.join("log.csv"), log).unwrap();
}

#[test]
fn the_next_item_is_learned_from_histories() {
    let (folder, said, results) = train("next", write_log);
    assert!(said.contains("50 rows filtered out"), "{said}");
    assert!(said.contains("histories of 100 users: 1_351 examples with 1 to 14 earlier rows"), "{said}");
    let protocol = "100 rows, 5 sampled of 20 candidates, seen items left out, exact dot products, ties last; \
                    95% intervals from 1_000 resamples of 100 users";
    assert_eq!(results["protocol"], protocol);
    let metric = |name: &str| results[name].as_f64().unwrap();
    assert!(metric("hit_rate_1") > 0.8 && metric("hit_rate_3") == metric("recall_3"), "{results}");
    assert!(metric("ndcg_3_low") <= metric("ndcg_3") && metric("ndcg_3") <= metric("ndcg_3_high"));
    let stored = fs::read_to_string(folder.path().join("run/metrics.jsonl")).unwrap();
    assert!(stored.contains(protocol), "{stored}");

    // Records contain their history, oldest first.
    let records = "{\"history.item\": [\"i3\", \"i4\"], \"history.kind\": [\"k3\", \"k0\"]}\n\
                   {\"history.item\": \"i3,i4\", \"history.kind\": \"k3,k0\"}\n{}\n";
    fs::write(folder.path().join("records.jsonl"), records).unwrap();
    let predict = outcome(turret().args(["predict", "run", "--input", "records.jsonl"]).current_dir(&folder));
    assert_eq!(predict.status, 0, "{}", predict.stderr);
    let [list, text, empty] = predict.stdout.lines().collect::<Vec<_>>()[..] else {
        panic!("{}", predict.stdout)
    };
    assert!(list == text && list != empty, "{}", predict.stdout);
}

#[test]
fn interests_are_found_ranked_by_the_best_and_exported() {
    let (folder, said, results) = train("interests", write_log);
    assert!(said.contains("exported user"), "{said}");
    assert!(results["protocol"].as_str().unwrap().contains("exact dot products of the best interest"));
    assert!(results["hit_rate_3"].as_f64().unwrap() > 0.6, "{results}");
    let npy = fs::read(folder.path().join("run/export/user.npy")).unwrap();
    assert!(String::from_utf8_lossy(&npy).contains(", 3, 8), "), "rows of three vectors of width 8");
    let keys = fs::read_to_string(folder.path().join("run/export/user.keys.csv")).unwrap();
    assert!(keys.starts_with("user,positive\nu"), "{keys}");

    // Two interests from three history items on.
    let records = "{}\n{\"history.item\": [\"i3\", \"i4\"]}\n{\"history.item\": [\"i3\", \"i4\", \"i5\"]}\n";
    fs::write(folder.path().join("records.jsonl"), records).unwrap();
    let predict = outcome(turret().args(["predict", "run", "--input", "records.jsonl"]).current_dir(&folder));
    assert_eq!(predict.status, 0, "{}", predict.stderr);
    let answers = predict.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let counts: Vec<usize> = answers.map(|answer| answer["vectors"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1, 1, 2]);
}

#[test]
fn pairs_are_ranked_with_one_table_for_both() {
    let (folder, _, _) = train("pairs", |folder| {
        let mut pairs = String::from("user;better;worse;weight\n");
        for row in 0..500 {
            let (mut better, mut worse) = (draw(row, 1, 30), draw(row, 2, 30));
            if (better + row as u64 % 20) % 5 < (worse + row as u64 % 20) % 5 {
                (better, worse) = (worse, better);
            }
            writeln!(pairs, "u{};i{better};i{worse};0.{}", row % 20, 1 + row % 9).unwrap();
        }
        fs::write(folder.join("pairs.csv"), pairs).unwrap();
    });
    let lines = fs::read_to_string(folder.path().join("run/metrics.jsonl")).unwrap();
    let loss =
        |line: Option<&str>| serde_json::from_str::<Value>(line.unwrap()).unwrap()["loss"].as_f64().unwrap();
    let (first, last) = (loss(lines.lines().next()), loss(lines.lines().rfind(|line| line.contains("loss"))));
    assert!(last < first * 0.6, "{first} to {last}");
}

#[test]
fn sequences_are_read_padded_and_attended_to() {
    let (folder, said, results) = train("sequences", |folder| {
        let mut log = String::from("history,item,click\n");
        for row in 0..1500 {
            // The liked item follows the latest one. Some histories are empty, some longer than six; 0 is
            // padding.
            let seen = (0..row % 7 + row % 3).map(|step| 1 + draw(row, step as u64, 12));
            let seen: Vec<u64> = seen.collect();
            let next = seen.last().map_or(1, |last| last % 12 + 1);
            let item = if row % 2 == 0 { next } else { 1 + draw(row, 90, 12) };
            let text: String = seen.iter().map(|seen| format!("{seen};")).collect();
            writeln!(log, "{text}0,{item},{}", u8::from(item == next)).unwrap();
        }
        fs::write(folder.join("log.csv"), log).unwrap();
    });
    for line in ["column history: 214 too long", "column topics: 214 too long"] {
        assert!(said.lines().any(|found| found == line), "{line} is not in\n{said}");
    }
    assert!(results["auc"].as_f64().unwrap() > 0.9, "{results}");

    // A JSON record is read like a row of a file, independent of other records in the batch.
    let predict = |records: &str| {
        fs::write(folder.path().join("records.jsonl"), records).unwrap();
        let arguments = ["predict", "run", "--input", "records.jsonl"];
        let found = outcome(turret().args(arguments).current_dir(&folder));
        assert_eq!(found.status, 0, "{}", found.stderr);
        found.stdout
    };
    let alone = predict("{\"history\": [3, 4], \"item\": 5}\n");
    let both = predict(
        "{\"history\": [1, 2, 3, 4, 5, 6, 7, 8], \"item\": 1}\n{\"history\": \"3;4;0\", \"item\": 5}\n",
    );
    assert_eq!(both.lines().last(), alone.lines().last());
}
