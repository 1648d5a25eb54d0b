//! Public data sets: each spec of `docs/data.md` reads a small file of the form of its data set.

use std::fs;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::{TempDir, tempdir};
use turret::runtime::data::{FieldName, RawTable};
use turret_dsl::Compiler;
use turret_tests::{outcome, root, turret};

/// Data sets: heading of the page, number of training and test rows, and some texts by row, source and field.
type Case = (&'static str, usize, usize, &'static [(u32, &'static str, &'static str, &'static str)]);

const CASES: [Case; 25] = [
    ("MovieLens 100K", 2, 2, &[(0, "movies", "title", "Misérables, Les (1995)")]),
    (
        "MovieLens 1M and 10M",
        3,
        1,
        &[(1, "movies", "title", "Dr. Strangelove: Leçons (1996)"), (0, "users", "gender", "F")],
    ),
    (
        "MovieLens 20M, 25M and latest",
        3,
        1,
        &[(1, "movies", "title", "Three Colors: Red (Trois couleurs: Rouge) (1994)")],
    ),
    ("Amazon reviews, 2018 and 2023", 2, 1, &[(0, "items", "store", "Howard"), (1, "items", "store", "")]),
    ("Amazon reviews, benchmark of 2023", 2, 1, &[(2, "log", "history", "B01 B02")]),
    ("Taobao UserBehavior", 3, 1, &[(3, "log", "item", "3830808")]),
    ("Taobao ad clicks (sample of FuxiCTR)", 3, 1, &[(2, "log", "time_stamp", "2017-05-13 00:00:00")]),
    ("Yelp", 1, 1, &[(0, "business", "categories", "Doctors, Acupuncture, Health & Medical")]),
    (
        "Book-Crossing",
        2,
        2,
        &[(0, "books", "Book-Title", "Flesh \"Tones\"; a Novel"), (0, "books", "Book-Author", "M. J. Rosé")],
    ),
    ("Last.fm 1K", 2, 1, &[(0, "log", "artist", "Deep Dish"), (2, "log", "artist", "Underworld \"live\"")]),
    ("Gowalla (SNAP)", 1, 1, &[(1, "log", "item", "420315")]),
    ("Gowalla, Yelp and Amazon of LightGCN", 5, 2, &[(2, "log", "item", "2"), (5, "log", "item", "3")]),
    ("SASRec's files", 3, 2, &[(2, "log", "item", "3")]),
    ("Criteo (Kaggle)", 3, 1, &[(0, "clicks", "I1", ""), (0, "clicks", "I2", "-2")]),
    ("Avazu", 3, 1, &[(3, "clicks", "id", "10000640724480838376")]),
    ("KuaiRec", 1, 1, &[(1, "categories", "feat", "[27, 9]"), (2, "categories", "feat", "[8]")]),
    ("Frappe and MovieLens-tag (libFM)", 2, 1, &[(1, "log", "label", "-1")]),
    ("Tenrec", 1, 1, &[(1, "log", "hist_2", "69857")]),
    ("MIND", 3, 4, &[(1, "log", "news", "N35729"), (1, "log", "click", "0"), (6, "log", "user", "U34670")]),
    ("RetailRocket", 1, 1, &[(1, "log", "itemid", "248676")]),
    ("H&M", 2, 2, &[(1, "log", "article_id", "0541518023"), (2, "log", "article_id", "0505221004")]),
    ("YooChoose", 2, 1, &[(0, "clicks", "item", "214536500")]),
    ("Diginetica", 3, 1, &[(2, "views", "itemId", "32118")]),
    ("RecBole's atomic files", 1, 1, &[(1, "items", "class:token_seq", "Crime Film-Noir")]),
    ("Census income", 2, 2, &[(0, "people", "workclass", "State-gov")]),
];

/// Headings of the page and the specs below them.
fn specs(page: &str) -> Vec<(&str, &str)> {
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (heading, rest) = section.split_once('\n').unwrap();
            let spec = rest.split_once("```dm\n").and_then(|(_, rest)| rest.split_once("```\n"));
            (heading, spec.unwrap_or_else(|| panic!("{heading} has no spec")).0)
        })
        .collect()
}

/// Folder of a data set below `tests/data_sets`.
fn folder_of(heading: &str) -> String {
    let words = heading.to_lowercase();
    let words = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// Copies the files of a data set. Those that the spec names with `.gz` are compressed.
fn data_of(heading: &str, spec: &str) -> TempDir {
    let folder = tempdir().unwrap();
    for file in fs::read_dir(root().join("tests/data_sets").join(folder_of(heading))).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if spec.contains(&format!("\"{name}.gz\"")) {
            let file = fs::File::create(folder.path().join(format!("{name}.gz"))).unwrap();
            let mut packed = GzEncoder::new(file, Compression::default());
            std::io::Write::write_all(&mut packed, &fs::read(&path).unwrap()).unwrap();
            packed.finish().unwrap();
        } else {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    folder
}

fn check(spec: &Path, data: &Path) -> (i32, String) {
    let checked = outcome(turret().arg("check").arg(spec).arg("--data").arg(data));
    (checked.status, checked.stderr)
}

/// Reads the data set of a case, and describes what differs from it.
fn faults(heading: &str, spec: &str, (_, train, test, texts): Case) -> Vec<String> {
    let data = data_of(heading, spec);
    let place = data.path().join("spec.dm");
    fs::write(&place, spec).unwrap();
    let (status, said) = check(&place, data.path());
    if status != 0 {
        return vec![said];
    }
    let plan = Compiler::new("spec.dm", spec).plan().unwrap();
    let table = RawTable::open(&plan.model.data, data.path()).unwrap();
    let rows = (table.train.len(), table.test.len(), table.skipped.count());
    let mut faults = Vec::new();
    if rows != (train, test, 0) {
        faults.push(format!("rows {rows:?}, train {:?}, test {:?}", table.train, table.test));
    }
    for &(row, source, field, expected) in texts {
        let found = table.texts(&[row], &[FieldName::of(source, field)]).unwrap().concat().concat();
        if found != expected {
            faults.push(format!("row {row}: `{field}` of `{source}` is `{found}`, not `{expected}`"));
        }
    }
    faults
}

#[test]
fn public_files_are_read_as_they_are() {
    let page = fs::read_to_string(root().join("docs/data.md")).unwrap();
    let specs = specs(&page);
    assert_eq!(
        specs.iter().map(|(heading, _)| *heading).collect::<Vec<_>>(),
        CASES.map(|(heading, ..)| heading)
    );
    let found = specs.into_iter().zip(CASES).flat_map(|((heading, spec), case)| {
        faults(heading, spec, case).into_iter().map(move |fault| format!("{heading}: {fault}"))
    });
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn dictionaries_of_python_are_refused_with_the_remedy() {
    let folder = tempdir().unwrap();
    let spec = "model Steam { data { log = jsonl(\"steam.json\") } input { hours: label } tower t { dense(hours, 1) } objective bce(t, hours) }"
        .replace("input { hours: label }", "input { hours: label(threshold = 1), item: id(from = product_id) } embedding item { dim = 2 }")
        .replace("dense(hours, 1)", "item[item] |> dense(1)");
    fs::write(folder.path().join("spec.dm"), spec).unwrap();
    fs::write(folder.path().join("steam.json"), "{u'product_id': u'1', u'hours': 3.5}\n").unwrap();
    let (status, said) = check(&folder.path().join("spec.dm"), folder.path());
    assert_ne!(status, 0);
    assert!(said.contains("a dictionary of Python") && said.contains("ast.literal_eval"), "{said}");
}
