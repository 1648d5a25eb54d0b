//! `turret check SPEC --data DIR` and `turret train` report errors in data before compilation.

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
    }
    input {
        user:  id
        brand: id(from = items.brand)
        size:  id
        price: float(from = items.price)
        place: vector(2, separator = " ")
        click: label
    }
    embedding user  { dim = 4 }
    embedding brand { dim = 2, pretrained = "brands.npy", keys = "brands.txt" }
    embedding size  { dim = 2, vocab = ["s", "m"], oov = error }
    tower ctr { concat(user[user], brand[brand], size[size], price, place) |> dense(1) }
    objective bce(ctr, click)
    metrics { auc }
}
"#;

const LOG: &str =
    "user,item,time,size,place,click\nu1,a,1,s,0 1,1\nu2,b,2,m,1 0,0\nu1,b,3,s,0 0,0\nu3,a,4,m,1 1,1\n";
const ITEMS: &str = "item,brand,price\na,x,9\nb,y,11\n";

/// Vectors in the format of numpy.
fn npy(rows: usize, width: usize) -> Vec<u8> {
    npy_of(&format!("({rows}, {width})"), rows * width)
}

fn npy_of(shape: &str, count: usize) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend((0..count).flat_map(|_| 0.5_f32.to_le_bytes()));
    bytes
}

/// A folder with the spec and valid data.
fn project() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("shop.dm"), SPEC).unwrap();
    restore(folder.path());
    folder
}

fn restore(folder: &Path) {
    let data = folder.join("data");
    let _ = fs::remove_dir_all(&data);
    fs::create_dir(&data).unwrap();
    fs::write(data.join("log.csv"), LOG).unwrap();
    fs::write(data.join("items.csv"), ITEMS).unwrap();
    fs::write(data.join("brands.txt"), "x\ny\n").unwrap();
    fs::write(data.join("brands.npy"), npy(2, 2)).unwrap();
}

fn check(folder: &Path, arguments: &[&str]) -> Outcome {
    outcome(turret().args(["check", "shop.dm", "--data", "data"]).args(arguments).current_dir(folder))
}

/// A layer that needs other rows of the batch has none in training, so the check of all rows fails too.
#[test]
fn a_single_training_row_has_no_company() {
    let folder = project();
    let spec = SPEC.replace("|> dense(1) }", "|> batch_norm |> dense(1) }");
    fs::write(folder.path().join("shop.dm"), spec).unwrap();
    assert_eq!(check(folder.path(), &[]).status, 0);
    let lines: Vec<&str> = LOG.lines().collect();
    fs::write(folder.path().join("data/log.csv"), lines[..3].join("\n") + "\n").unwrap();
    let checked = check(folder.path(), &["--set", "data.split=by_time(time, test = 0.5)"]);
    assert_eq!(checked.status, 1, "{}", checked.stdout);
    assert!(checked.stderr.contains("batch_norm"), "{}", checked.stderr);
}

#[test]
fn good_data_are_good() {
    let folder = project();
    let good = check(folder.path(), &[]);
    assert_eq!((good.status, good.stderr.as_str()), (0, ""));
    assert!(
        good.stdout.starts_with("shop.dm: ok\n4 rows of `log`: 3 of training, 1 of test\n"),
        "{}",
        good.stdout
    );
}

/// A data file and its new content; `None` removes it.
type Replaced<'a> = (&'a str, Option<Vec<u8>>);

/// Errors in data have the messages of training, and `turret train` reports them before it compiles.
#[test]
fn faults_of_data_are_found_before_a_compile() {
    let folder = project();
    let folder = folder.path();
    let log = |from: &str, to: &str| ("log.csv", Some(LOG.replacen(from, to, 1).into_bytes()));
    let items = |text: &str| ("items.csv", Some(text.as_bytes().to_vec()));
    let cases: [(Replaced<'_>, &str); 12] = [
        (log("1 0,0", "1,0"), "data/log.csv:3: column `place`: `1` holds 1 number; the column needs 2"),
        (("log.csv", None), "source `log`: there is no file data/log.csv"),
        (log("u2,b,2,m,1 0,0", "u2,b,2,m,1 0"), "data/log.csv:3: expected 6 columns, found 5"),
        (log("1 0,0", "1 0,7"), "data/log.csv:3: column `click`: `7`"),
        (log("u2,b,2", "u2,b,later"), "data/log.csv:3: column `time`: `later` is not a time"),
        (log("u2,b,2,m", "u2,b,2,xl"), "data/log.csv:3: column `size`: `xl`"),
        (log("u2,b", "u2,c"), "data/log.csv:3: column `item`: `c` has no row in `items`"),
        (
            items("item,brand,price\na,x,cheap\nb,y,1\n"),
            "data/items.csv:2: column `price`: `cheap` is not a number",
        ),
        (items("item,brand,price\na,x,1\na,y,1\nb,y,1\n"), "`a` is already on line 2"),
        (("brands.txt", Some(b"x\nx\n".to_vec())), "data/brands.txt:2: the key `x` occurs twice"),
        (("brands.txt", None), "cannot read its keys from data/brands.txt"),
        (
            ("brands.npy", Some(npy(3, 2))),
            "data/brands.npy: holds vectors of shape [3, 2]; its keys and the table's `dim` make [2, 2]",
        ),
    ];
    let mut long = npy(2, 2);
    long.extend([0; 4]);
    for ((file, bytes), said) in cases.into_iter().chain([
        (("brands.npy", Some(long)), "holds 5 numbers where its shape is (2, 2); something was appended"),
        (
            ("brands.npy", Some(npy_of("(2, 2, 1)", 4))),
            "data/brands.npy: holds an array of shape [2, 2, 1]; vectors have the shape [rows, width]",
        ),
    ]) {
        restore(folder);
        match bytes {
            Some(bytes) => fs::write(folder.join("data").join(file), bytes).unwrap(),
            None => fs::remove_file(folder.join("data").join(file)).unwrap(),
        }
        let checked = check(folder, &[]);
        assert_eq!((checked.status, checked.stdout.as_str()), (1, ""), "{said}: {}", checked.stderr);
        assert!(
            checked.stderr.starts_with("error: ") && checked.stderr.contains(said),
            "{said}: {}",
            checked.stderr
        );
        let trained = outcome(turret().args(["train", "shop.dm", "--data", "data"]).current_dir(folder));
        assert_eq!((trained.status, trained.stderr), (1, checked.stderr), "{said}");
    }
    // A folder in place of a file.
    restore(folder);
    fs::remove_file(folder.join("data/items.csv")).unwrap();
    fs::create_dir(folder.join("data/items.csv")).unwrap();
    let checked = check(folder, &[]);
    assert!(checked.stderr.contains("data/items.csv is a folder"), "{}", checked.stderr);
}

#[test]
fn fields_that_files_lack_are_shown_in_the_spec() {
    let folder = project();
    let folder = folder.path();
    fs::write(folder.join("data/log.csv"), LOG.replacen("user,item,time", "usr,item,tme", 1)).unwrap();
    let told = check(folder, &[]);
    assert_eq!(told.status, 1);
    for line in [
        "error[E0601]: source `log` has no field `user`\n --> shop.dm:9:9",
        "did you mean `usr`? the first line of its file has usr, item, tme, size, place, click",
        "error[E0601]: source `log` has no field `time`\n --> shop.dm:6:25",
    ] {
        assert!(told.stderr.contains(line), "{line}\n{}", told.stderr);
    }
    let json = check(folder, &["--json"]);
    assert_eq!((json.status, json.stderr.as_str()), (1, ""));
    let lines: Vec<Value> = json.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["code"] == "E0601" && line["line"].is_u64()));
}

/// A spec of JSON lines with this column.
fn reviews(column: &str, tower: &str) -> TempDir {
    let spec = format!(
        "model Shop {{
    data {{ log = jsonl(\"log-*.json\", missing = \"NA\") }}
    input {{ liked: label(from = stars, threshold = 4), {column} }}
    embedding x {{ dim = 2 }}
    tower ctr {{ {tower} |> dense(1) }}
    objective bce(ctr, liked)
}}
"
    );
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(folder.path().join("shop.dm"), spec).unwrap();
    let first = "{\"stars\": 5, \"author\": {\"id\": \"a\"}, \"tags\": [\"x\", \"y\"]}\n";
    fs::write(data.join("log-1.json"), first).unwrap();
    let second = "{\"stars\": 1, \"author\": {\"id\": \"NA\"}, \"tags\": []}\n";
    fs::write(data.join("log-2.json"), second).unwrap();
    folder
}

#[test]
fn forms_with_objects_are_checked_too() {
    for (column, tower) in
        [("x: id(from = \"author.id\")", "x[x]"), ("x: ids(from = tags, max = 3)", "mean(x[x])")]
    {
        let checked = check(reviews(column, tower).path(), &[]);
        assert_eq!(checked.status, 0, "{}", checked.stderr);
    }
    for (column, tower, said) in [
        ("x: id(from = \"author.name\")", "x[x]", "error[E0601]: source `log` has no field `author.name`"),
        (
            "x: id(from = tags)",
            "x[x]",
            "error[E0602]: the field `tags` of `log` holds lists, and `id` reads one value",
        ),
        ("x: ids(from = author, max = 3)", "mean(x[x])", "a field of an object is named by its path"),
    ] {
        let checked = check(reviews(column, tower).path(), &[]);
        assert!(checked.status == 1 && checked.stderr.contains(said), "{}", checked.stderr);
        assert!(checked.stderr.contains(" --> shop.dm:3:"), "{}", checked.stderr);
    }
}

/// A command without the feature for Parquet says how to get it; one with it reads the file.
#[test]
fn parquet_needs_a_command_that_is_built_with_it() {
    let folder = project();
    let folder = folder.path();
    fs::write(folder.join("shop.dm"), SPEC.replace("csv(\"log.csv\")", "parquet(\"log.csv\")")).unwrap();
    let checked = check(folder, &[]);
    let known = ["this `turret` is built without them", "log.csv: this is no Parquet file"];
    assert!(known.iter().any(|part| checked.stderr.contains(part)), "{}", checked.stderr);
    assert_eq!(checked.status, 1);
}

#[test]
fn another_separator_is_one_fault() {
    let folder = project();
    let folder = folder.path();
    fs::write(folder.join("data/log.csv"), LOG.replace(',', ";")).unwrap();
    let told = check(folder, &[]);
    assert_eq!((told.status, told.stderr.matches("error[").count()), (1, 1), "{}", told.stderr);
    for line in [
        "error[E0601]: the fields of `log` are separated by \";\"\n --> shop.dm:3:9",
        "help: write `separator = \";\"`",
    ] {
        assert!(told.stderr.contains(line), "{line}\n{}", told.stderr);
    }
}

#[test]
fn rows_that_the_spec_leaves_out_are_no_fault() {
    let folder = project();
    let folder = folder.path();
    fs::write(folder.join("shop.dm"), SPEC.replacen("split =", "on_error = skip\n        split =", 1))
        .unwrap();
    fs::write(folder.join("data/log.csv"), LOG.replacen("1 0,0", "1 0,7", 1)).unwrap();
    let checked = check(folder, &[]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
}

#[test]
fn large_raw_numbers_are_remarked_on() {
    let folder = project();
    let folder = folder.path();
    let checked = |prices: [&str; 2], column: &str| {
        fs::write(folder.join("shop.dm"), SPEC.replacen("float(from = items.price)", column, 1)).unwrap();
        let text = format!("item,brand,price\na,x,{}\nb,y,{}\n", prices[0], prices[1]);
        fs::write(folder.join("data/items.csv"), text).unwrap();
        let checked = check(folder, &[]);
        assert_eq!(checked.status, 0, "{}", checked.stderr);
        checked.stderr
    };
    let raw = "float(from = items.price)";
    let said = checked(["17668", "17668"], raw);
    assert!(
        said.starts_with("note: `price` has raw numbers of about 17_668")
            && said.contains("transform = log1p"),
        "{said}"
    );
    let signed = checked(["-17668", "17668"], raw);
    assert!(signed.contains("transform = standardize"), "{signed}");
    assert_eq!(checked(["17", "900"], raw), "");
    assert_eq!(checked(["17668", "1"], "float(from = items.price, transform = log1p)"), "");
}

#[test]
fn raw_numbers_beside_smaller_ones_are_remarked_on() {
    let folder = project();
    let folder = folder.path();
    let spec = SPEC.replacen(
        "concat(user[user], brand[brand], size[size], price, place)",
        "concat(price, stock)",
        1,
    );
    let spec = spec.replacen("price: float", "stock: float(from = items.stock)\n        price: float", 1);
    let spec = spec.lines().filter(|line| {
        !["embedding", "user:", "brand:", "size:", "place:"]
            .iter()
            .any(|word| line.trim_start().starts_with(word))
    });
    fs::write(folder.join("shop.dm"), spec.collect::<Vec<_>>().join("\n")).unwrap();
    for (prices, said) in [
        ([900, 900], ""),
        (
            [90_000, 90_000],
            "note: `price` has raw numbers of about 90_000, next to numbers of about 3 in `stock`: it dominates",
        ),
    ] {
        let items = format!("item,brand,price,stock\na,x,{},3\nb,y,{},3\n", prices[0], prices[1]);
        fs::write(folder.join("data/items.csv"), items).unwrap();
        let checked = check(folder, &[]);
        assert_eq!(checked.status, 0, "{}", checked.stderr);
        assert!(
            checked.stderr.starts_with(said) && checked.stderr.is_empty() == said.is_empty(),
            "{}",
            checked.stderr
        );
    }
}

#[test]
fn labels_of_one_class_and_keys_in_no_row_are_remarked_on() {
    let folder = project();
    let folder = folder.path();
    let one_class = LOG.replace(",0\n", ",1\n");
    fs::write(folder.join("data/log.csv"), one_class.replace(",m,", ",s,")).unwrap();
    let checked = check(folder, &[]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    for said in ["note: `click` is 1 in all 4 rows", "note: vocabulary `size`: no row has its key `m`"] {
        assert!(checked.stderr.contains(said), "{said}: {}", checked.stderr);
    }
    // Vectors may cover all existing brands, but matching none of them is an error.
    restore(folder);
    fs::write(folder.join("data/items.csv"), ITEMS.replace(",x,", ",y,")).unwrap();
    assert_eq!(check(folder, &[]).stderr, "");
    let items = ITEMS.replace(",x,", ",X,").replace(",y,", ",Y,");
    fs::write(folder.join("data/items.csv"), items).unwrap();
    let none = check(folder, &[]).stderr;
    assert!(none.contains("vocabulary `brand`: no row has one of its keys, the first has `"), "{none}");
}

#[test]
fn rows_that_filters_and_histories_leave_none_of_are_missed() {
    let folder = project();
    let folder = folder.path();
    let spec = SPEC.replacen("split =", "filter(time, min = 9)\n        split =", 1);
    fs::write(folder.join("shop.dm"), spec).unwrap();
    let checked = check(folder, &[]);
    assert!(
        checked.stderr.contains("error: no row is left to train on: filters by `time` left 4 rows out"),
        "{}",
        checked.stderr
    );
    let spec = r#"model Next {
    data {
        log = csv("log.csv")
        history(by = user, order = time, min = 2)
        split = leave_last_out
    }
    input { past: sequence(from = history.item, max = 5), item: id }
    embedding item { dim = 2 }
    tower query { sum(item[past]) }
    tower offer { item[item] }
    catalogue { source = log, key = item }
    objective in_batch_softmax(query, offer)
    metrics { hit_rate(1) }
}
"#;
    fs::write(folder.join("shop.dm"), spec).unwrap();
    let checked = check(folder, &[]);
    let said = "no row is left to train on: of 3 training rows none has 2 earlier rows of its user";
    assert!(checked.status == 1 && checked.stderr.contains(said), "{}", checked.stderr);
    fs::write(folder.join("shop.dm"), spec.replace("min = 2", "min = 0")).unwrap();
    assert_eq!(check(folder, &[]).status, 0);

    // Rows without time order; the first one is filtered out.
    fs::write(folder.join("data/log.csv"), "user,item,time\nu1,d,1\nu1,a,9\nu1,b,4\nu1,c,3\nu1,e,7\n")
        .unwrap();
    let filtered =
        spec.replace("min = 2", "min = 1").replace("split =", "filter(time, min = 2)\n        split =");
    fs::write(folder.join("shop.dm"), filtered).unwrap();
    let checked = check(folder, &[]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
}

/// With `--quick` a long file costs no more than its beginning; later rows are checked in training.
#[test]
fn long_files_are_looked_at_in_a_moment() {
    let folder = project();
    let folder = folder.path();
    let rows = "u1,a,5,s,0 1,1\n".repeat(2_000_000);
    fs::write(folder.join("data/log.csv"), format!("{LOG}{rows}u1,a,never,s,0 1,1\n")).unwrap();
    let start = std::time::Instant::now();
    let checked = check(folder, &["--quick"]);
    assert_eq!((checked.status, checked.stdout.as_str()), (0, "shop.dm: ok\n"), "{}", checked.stderr);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    fs::write(folder.join("data/log.csv"), format!("{LOG}u1,a,5,s,0 1,8\n{rows}")).unwrap();
    assert!(check(folder, &["--quick"]).stderr.contains("data/log.csv:6: column `click`: `8`"));
}
