//! The report of `turret check --data`: statistics of columns, and values that look like faults.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret_tests::{Outcome, outcome, root, turret};

const SPEC: &str = r#"model Shop {
    data {
        log   = csv("log.csv")
        items = csv("items.csv")
        join(items, on = item)
        split = by_time(time, test = 0.1)
    }
    input {
        click:   label
        user:    id
        request: id
        shop:    id
        paid:    id
        brand:   id(from = items.brand)
        price:   float(from = items.price, transform = standardize, missing = mean)
        spent:   float(transform = log1p)
        day:     bucket(quantiles(10))
        seen:    sequence(max = 3, separator = " ")
        title:   text(from = items.title, max = 8)
    }
    embedding item  { dim = 4 }
    embedding title { dim = 4 }
    tower ctr {
        concat(flatten(embed(user, request, shop, paid, brand, day, dim = 4)), mean(item[seen]), mean(title[title]),
               price, spent)
            |> dense(1)
    }
    objective bce(ctr, click)
    metrics { auc }
}
"#;

/// A log with planted faults: a key per row, a constant, a payment that tells the click, an amount that is far
/// too large, dates as digits, and users of test rows that no training row has.
fn project() -> TempDir {
    let folder = tempdir().unwrap();
    let mut log = "user,item,time,click,request,shop,paid,spent,day,seen\n".to_owned();
    for row in 0..2000_u64 {
        let click = row * 7919 % 13 < 4;
        let user = if row >= 1900 { 500 + row % 10 } else { row * 31 % 97 };
        let spent = if row == 70 { 999_999 } else { row * 17 % 40 };
        let seen: Vec<String> = (0..row % 5).map(|at| format!("i{}", (row + at) % 20)).collect();
        let paid = if click { ["card", "cash"][(row % 2) as usize] } else { "no" };
        let (item, day) = (row * 13 % 20, 20_180_901 + row % 28);
        writeln!(
            log,
            "u{user},i{item},{row},{},r{row},s1,{paid},{spent},{day},{}",
            u8::from(click),
            seen.join(" ")
        )
        .unwrap();
    }
    // The last row of training and the first of test.
    log.push_str(&"u1,i1,1800.5,1,again,s1,card,3,20180901,i1\n".repeat(2));
    let mut items = "item,brand,price,title\n".to_owned();
    for item in 0..20 {
        let price = if item % 4 == 0 { String::new() } else { format!("{item}.5") };
        let brand = ["nokia", "NA", "sony"][item % 3];
        writeln!(items, "i{item},{brand},{price},phone of year {}", 2000 + item).unwrap();
    }
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/log.csv"), log).unwrap();
    fs::write(folder.path().join("data/items.csv"), items).unwrap();
    fs::write(folder.path().join("shop.dm"), SPEC).unwrap();
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Outcome {
    outcome(turret().args(["check", "shop.dm", "--data", "data"]).args(arguments).current_dir(folder))
}

fn assert_report(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/reports"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn faults_are_shown_next_to_their_columns() {
    let folder = project();
    let told = check(folder.path(), &[]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert_report("shop", &format!("{}\n{}", told.stdout, told.stderr));
}

#[test]
fn scripts_read_the_same_numbers() {
    let folder = project();
    let told = check(folder.path(), &["--json"]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    let lines: Vec<Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["training_rows"], &lines[0]["test_rows"]), (&1802.into(), &200.into()));
    let column = |name: &str| lines.iter().find(|line| line["column"] == name).unwrap();
    let findings = |name: &str| -> Vec<&str> {
        column(name)["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|found| found["finding"].as_str().unwrap())
            .collect()
    };
    assert_eq!(findings("request"), ["unique"]);
    assert_eq!(findings("shop"), ["constant"]);
    assert_eq!(findings("paid"), ["leak"]);
    assert_eq!(findings("spent"), ["outlier"]);
    assert_eq!(findings("day"), ["times"]);
    assert_eq!(findings("brand"), ["looks_missing"]);
    for name in ["user", "price", "seen", "title", "click"] {
        assert!(findings(name).is_empty(), "{name}");
    }
    let user = column("user");
    assert_eq!((&user["missing"], &user["distinct"]), (&0.into(), &107.into()));
    // 100 of the users of 200 test rows are new.
    assert!((user["unknown_in_test"].as_f64().unwrap() - 0.5).abs() < 0.01, "{user}");
    let seen = column("seen");
    assert_eq!((&seen["lengths"]["max"], &seen["distinct"]), (&4.0.into(), &20.into()));
    assert_eq!((&column("price")["missing"], &column("price")["rows"]), (&500.into(), &2002.into()));
    assert_eq!(lines[0]["repeated_test_rows"], 1);
    assert_eq!(column("spent")["numbers"]["max"], 999_999.0);
}

/// The same report for all rows of a file that does not stay in memory, also of rows after the beginning.
#[test]
fn all_rows_of_long_files_are_looked_at() {
    let folder = project();
    let path = folder.path().join("data/log.csv");
    let text = fs::read_to_string(&path).unwrap();
    let rows = "u1,i1,1,0,again,s1,no,3,20180901,i1\n".repeat(140_000);
    fs::write(&path, format!("{text}{rows}")).unwrap();
    let told = check(folder.path(), &["--json"]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    let user: Value = told
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["column"] == "user")
        .unwrap();
    assert_eq!((&user["rows"], &user["top"][0]["key"]), (&142_002.into(), &"u1".into()));
    assert_eq!(check(folder.path(), &["--quick"]).stdout, "shop.dm: ok\n");
    fs::write(&path, format!("{text}{rows}u1,i1,1,7,again,s1,no,3,20180901,i1\n")).unwrap();
    let found = check(folder.path(), &[]);
    assert!(
        found.status == 1 && found.stderr.contains("data/log.csv:142004: column `click`: `7`"),
        "{}",
        found.stderr
    );
}

const SEQUENCE: &str = r#"model Next {
    data {
        log = csv("log.csv")
        history(by = user, order = time, min = 2)
        split = leave_last_out(by = user, order = time)
    }
    input {
        seen: sequence(from = history.tag, max = 3)
        item: id
        at:   float(from = log.time, time, transform = standardize)
        day:  bucket(from = log.time, equal_width(4), time)
    }
    embedding item { dim = 4, oov = bucket }
    embedding tag { dim = 4 }
    embedding day { dim = 4 }
    tower query     { concat(mean(tag[seen]), day[day], at) |> dense(4) }
    tower candidate { item[item] }
    catalog { source = log, key = item }
    objective in_batch_softmax(query, candidate)
    metrics { hit_rate(1) }
}
"#;

/// Of columns of earlier rows, histories are described, of times their seconds, and rows with too short a history are
/// no examples.
#[test]
fn histories_and_times_are_described_as_they_are_read() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    // Users with 1 to 6 rows, a day apart. The first of three rows lacks its tag, and each last tag is new.
    let mut log = "user,item,tag,time\n".to_owned();
    for user in 0..6 {
        for row in 0..=user {
            let tag = match row {
                row if row == user => format!("new{user}"),
                0 if user == 2 => String::new(),
                row => format!("t{row}"),
            };
            writeln!(log, "u{user},i{row},{tag},2024-01-{:02}", row + 1).unwrap();
        }
    }
    fs::write(folder.path().join("data/log.csv"), log).unwrap();
    fs::write(folder.path().join("shop.dm"), SEQUENCE).unwrap();
    let told = check(folder.path(), &[]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert_report("next", &format!("{}\n{}", told.stdout, told.stderr));
    let told = check(folder.path(), &["--json"]);
    let lines: Vec<Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let column = |name: &str| lines.iter().find(|line| line["column"] == name).unwrap();
    // Training rows with two earlier ones: 1 of the user of four rows, 2 and 3 of those of five and six.
    assert_eq!((&lines[0]["training_rows"], &lines[0]["test_rows"]), (&6.into(), &4.into()));
    let seen = column("seen");
    assert_eq!((&seen["rows"], &seen["missing"]), (&10.into(), &0.into()));
    let lengths = &seen["lengths"];
    assert_eq!((&lengths["count"], &lengths["min"], &lengths["max"]), (&10.into(), &1.0.into(), &5.0.into()));
    assert_eq!(seen["unknown_in_test"], 0.0);
    let day = 86_400.0;
    for name in ["at", "day"] {
        let numbers = &column(name)["numbers"];
        let first = numbers["min"].as_f64().unwrap();
        assert_eq!((first, numbers["max"].as_f64().unwrap()), (1_704_067_200.0, first + 5.0 * day), "{name}");
    }
}
