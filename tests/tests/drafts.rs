//! Specs that `turret new --from` drafts: their text, and that they pass the check of their data.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::tempdir;
use turret_tests::{Outcome, forms, outcome, root, turret};

fn run(folder: &Path, line: &[&str]) -> Outcome {
    outcome(turret().args(line).current_dir(folder))
}

fn assert_draft(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/drafts"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Drafts a spec for files that `make` writes, checks it with them, and compares its text.
fn drafted(name: &str, files: &[&str], make: impl Fn(&Path)) {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("data")).unwrap();
    make(&folder.join("data"));
    let files: Vec<String> = files.iter().map(|file| format!("data/{file}")).collect();
    let mut line = vec!["new", name, "--from"];
    line.extend(files.iter().map(String::as_str));
    let made = run(folder, &line);
    assert_eq!((made.status, made.stdout), (0, format!("{name}/{name}.dm\n")), "{}", made.stderr);
    assert!(made.stderr.contains("train it: turret train"), "{}", made.stderr);
    let path = format!("{name}/{name}.dm");
    let text = fs::read_to_string(folder.join(&path)).unwrap();
    let checked = run(folder, &["check", &path, "--data", "data"]);
    assert_eq!(checked.status, 0, "{}\n{text}", checked.stderr);
    assert!(checked.stdout.starts_with(&format!("{path}: ok\n")), "{}", checked.stdout);
    assert_eq!(run(folder, &["fmt", "--check", &path]).status, 0, "{text}");
    assert_draft(name, &text);
}

#[test]
fn files_without_headers_are_joined_by_their_keys() {
    drafted("movielens_100k", &["u.data", "u.item", "u.user"], forms::movielens_100k);
}

#[test]
fn files_with_headers_are_joined_by_their_names() {
    let files = ["links.csv", "movies.csv", "ratings.csv", "tags.csv"];
    drafted("movielens_latest", &files, forms::movielens_latest);
}

#[test]
fn fields_of_one_meaning_are_ranges() {
    drafted("criteo", &["train.txt"], |folder| forms::criteo(folder, 2000));
}

#[test]
fn a_history_of_the_item_is_attended() {
    drafted("news", &["log.csv"], |folder| forms::news(folder, 2000));
}

#[test]
fn items_that_were_shown_are_rows() {
    drafted("mind", &["behaviors.tsv", "news.tsv"], forms::mind);
    drafted("impressions", &["impressions.csv"], forms::impressions);
}

#[test]
fn a_log_without_further_files_is_its_own_catalog() {
    drafted("taobao", &["UserBehavior.csv"], forms::taobao);
}

#[test]
fn lines_of_json_have_nested_fields_and_lists() {
    drafted("reviews", &["reviews.jsonl", "meta.jsonl"], forms::reviews);
}

#[test]
fn separators_have_several_characters() {
    drafted("movielens_1m", &["ratings.dat", "movies.dat"], forms::movielens_1m);
}

#[test]
fn dates_order_a_log() {
    drafted("gowalla", &["checkins.txt"], forms::gowalla);
}

#[test]
fn a_log_without_times_has_the_order_of_its_file() {
    drafted("sasrec", &["sequence.txt"], forms::sasrec);
}

#[test]
fn files_of_training_and_test_rows_are_a_split() {
    drafted("given", &["train.csv", "test.csv", "valid.csv"], |folder| {
        for name in ["train.csv", "test.csv", "valid.csv"] {
            forms::news(folder, 300);
            fs::rename(folder.join("log.csv"), folder.join(name)).unwrap();
        }
    });
}

#[test]
fn files_in_parts_are_one_source_also_if_they_are_compressed() {
    drafted("parts", &["a.csv.gz", "b.csv"], |folder| {
        forms::news(folder, 500);
        let text = fs::read(folder.join("log.csv")).unwrap();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&text).unwrap();
        fs::write(folder.join("a.csv.gz"), packed.finish().unwrap()).unwrap();
        fs::rename(folder.join("log.csv"), folder.join("b.csv")).unwrap();
    });
}

#[test]
fn rows_that_are_faulty_are_left_out_by_the_draft() {
    drafted("faults", &["ratings.csv", "movies.csv"], |folder| {
        forms::movielens_latest(folder);
        let path = folder.join("ratings.csv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}1,2,3\n5,999999,4.0,874724711\n")).unwrap();
    });
}

/// Fields that are called `user` and `item`, and a price that is no user.
#[test]
fn whole_numbers_named_after_users_and_items_are_keys() {
    let rows = |tail: fn(u32) -> String| -> String {
        (0..400).map(|row| format!("{},{},{}\n", row * 37 % 90, row * row % 131, tail(row))).collect()
    };
    drafted("user_item_rating", &["log.csv"], |folder| {
        let rows = rows(|row| {
            let price = if row % 9 == 0 { "NA".to_owned() } else { (row % 13).to_string() };
            format!("{},{},{price}", row % 5 + 1, 880_000_000 + row * 37)
        });
        fs::write(folder.join("log.csv"), format!("user,item,rating,timestamp,price\n{rows}")).unwrap();
    });
    drafted("user_movie_click", &["log.csv"], |folder| {
        let rows = rows(|row| format!("{},{}", row % 2, row % 13));
        fs::write(folder.join("log.csv"), format!("user,movie,click,price\n{rows}")).unwrap();
    });
}

#[test]
fn rows_without_a_label_are_left_out_by_the_draft() {
    for (name, label) in [("empty_labels", "label"), ("empty_ratings", "rating")] {
        drafted(name, &["log.csv"], |folder| {
            let value = |row: u32| match (row % 9, label) {
                (0, _) => String::new(),
                (_, "label") => (row % 2).to_string(),
                _ => (row % 5 + 1).to_string(),
            };
            let rows: String = (0..100).map(|row| format!("{},{}a\n", value(row), row % 7)).collect();
            fs::write(folder.join("log.csv"), format!("{label},x\n{rows}")).unwrap();
        });
    }
}

#[test]
fn features_with_indices_are_keys_with_weights() {
    drafted("frappe", &["train.libfm"], forms::frappe);
}

#[test]
fn fields_of_features_are_keys_or_numbers() {
    drafted("criteo_ffm", &["train.ffm"], forms::criteo_ffm);
}

#[test]
fn lists_of_neighbors_are_users_and_items() {
    drafted("light_gcn", &["train.txt", "test.txt"], forms::light_gcn);
}

/// `src/command/new/from.rs` drafts a spec for them with the feature.
#[cfg(not(feature = "columnar"))]
#[test]
fn typed_columns_need_a_feature() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("log.parquet"), b"PAR1\x15\x04").unwrap();
    let refused = run(folder.path(), &["new", "m", "--from", "log.parquet"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("`log.parquet` has rows of Parquet or Arrow")
            && refused.stderr.contains("--features columnar"),
        "{}",
        refused.stderr
    );
}

#[test]
fn files_with_nothing_to_predict_are_refused() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.csv"), "name,price\nann,1.5\nbob,2.5\n").unwrap();
    let refused = run(folder, &["new", "m", "--from", "a.csv"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (1, ""));
    assert!(
        refused.stderr.contains("nothing to predict is found in `a.csv`: it has the fields `name`, `price`"),
        "{}",
        refused.stderr
    );
    for (file, said) in [("none.csv", "cannot read `none.csv`"), (".", "is a folder; name its files")] {
        let refused = run(folder, &["new", "m", "--from", file]);
        assert!(refused.status == 1 && refused.stderr.contains(said), "{}", refused.stderr);
    }
    assert!(!folder.join("m").exists(), "nothing is made");
}
