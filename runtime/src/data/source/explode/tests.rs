use turret_schema::{ExplodeSpec, FileForm, SourceSpec};

use crate::data::tests::{folder, refused_of, rows_of, spec};
use crate::data::{DataSpec, FieldName, OnError, RawTable, SplitSpec};

const COLUMNS: [&str; 5] = ["impression", "user", "time", "clicked", "shown"];

/// Impressions of MIND.
fn behaviors() -> SourceSpec {
    let shown = ExplodeSpec::new("shown", "news").separator(' ').weight("click").weight_separator('-');
    SourceSpec::tsv("log", "behaviors.tsv").columns(COLUMNS).explode(shown)
}

/// Rows with the impression, the news and the click.
fn shown(source: SourceSpec, text: &str) -> Result<Vec<String>, String> {
    rows_of(source, &["impression", "news", "click"], text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn each_item_of_a_list_is_a_row() {
    let text = "1\tU1\t11/11/2019 9:05:58 AM\tN1 N2\tN55689-1 N35729-0\n\n\
                2\tU2\t11/12/2019 9:05:58 AM\t\tN3-0  N4-1 N5-0 \n3\tU1\t11/13/2019 9:05:58 AM\tN1\tN3-1\n";
    let rows = ["1|1|N55689|1", "1|1|N35729|0", "3|2|N3|0", "3|2|N4|1", "3|2|N5|0", "4|3|N3|1"];
    assert_eq!(shown(behaviors(), text).unwrap(), rows);
    // The other fields of a row are those of its line.
    let others = rows_of(behaviors(), &["user", "clicked"], text.as_bytes()).unwrap();
    assert_eq!(others, ["1|U1|N1 N2", "1|U1|N1 N2", "3|U2|", "3|U2|", "3|U2|", "4|U1|N1"]);
}

#[test]
fn items_are_those_of_a_bag() {
    let source = || SourceSpec::csv("log", "log.csv").explode(ExplodeSpec::new("tags", "tag"));
    let text = "id,tags\n1,\"['a', \"\"b, c\"\"]\"\n2,7\n3,\"x, ,y\\,z\"\n4,\"[1, None]\"\n";
    let rows = rows_of(source(), &["id", "tag"], text.as_bytes()).unwrap();
    assert_eq!(rows, ["2|1|a", "2|1|b, c", "3|2|7", "4|3|x", "4|3|y,z", "5|4|1"]);
    // An object has weights; a value that counts as missing is no item.
    let weighted = ExplodeSpec::new("tags", "tags").weight("share");
    let source = || SourceSpec::csv("log", "log.csv").explode(weighted.clone()).missing(["none"]);
    let text = "id,tags\n1,\"{'a': 0.5, 'none': 1}\"\n2,\"a:none,b:2\"\n";
    let rows = rows_of(source(), &["id", "tags", "share"], text.as_bytes()).unwrap();
    assert_eq!(rows, ["2|1|a|0.5", "3|2|a|", "3|2|b|2"]);
}

#[test]
fn lists_and_objects_of_json_are_exploded() {
    let source = |explode| SourceSpec::of("log", "log.json", FileForm::JsonLines).explode(explode);
    let text = "{\"id\": 1, \"tags\": [\"a\\n\", 2, null, true, 0.5]}\n{\"id\": \"x\", \"tags\": 7}\n{\"id\": 3, \"tags\": \"b,c\"}\n";
    let rows = rows_of(source(ExplodeSpec::new("tags", "tag")), &["id", "tag"], text.as_bytes()).unwrap();
    assert_eq!(rows, ["1|1|a\n", "1|1|2", "1|1|true", "1|1|0.5", "2|x|7", "3|3|b", "3|3|c"]);
    let weighted = ExplodeSpec::new("shown", "item").weight("click");
    let text = "{\"shown\": {\"a\": 1, \"b\": 0}, \"id\": 1}\n{\"shown\": [[\"a\", 0], [\"c\", null]], \"id\": 2}\n{\"shown\": \"a:1\", \"id\": 3}\n";
    let rows = rows_of(source(weighted), &["id", "item", "click"], text.as_bytes()).unwrap();
    assert_eq!(rows, ["1|1|a|1", "1|1|b|0", "2|2|a|0", "2|2|c|", "3|3|a|1"]);
}

#[test]
fn wrong_lists_name_their_line() {
    let text = "1\tU1\tt\t\tN1-1 N2-0\n2\tU1\tt\t\tN1-1 N2\n";
    assert_eq!(
        refused_of(behaviors(), text.as_bytes()).rsplit('/').next().unwrap(),
        "behaviors.tsv:2: column `shown`: `N1-1 N2` has an item `N2` that is not `key-weight`; in a key, write `\\-`"
    );
    let source = |explode| SourceSpec::of("log", "log.json", FileForm::JsonLines).explode(explode);
    for (explode, value, expected) in [
        (
            ExplodeSpec::new("x", "y"),
            "[[1]]",
            "log.json:1: column `x`: `[[1]]` has an item `[1]` that is not an id",
        ),
        (ExplodeSpec::new("x", "y"), "{\"a\": 1}", "is not a bag of ids: write text or a list"),
        (ExplodeSpec::new("x", "y").weight("w"), "[1]", "has an item `1` that is not a key with its weight"),
        (ExplodeSpec::new("x", "y").weight("w"), "1", "write `key:weight`, or an object of weights"),
        (ExplodeSpec::new("x", "y"), "\"[1, 2\"", "does not end with the bracket"),
        (ExplodeSpec::new("x", "y").weight("w"), "\"[k:1\"", "does not end with the bracket"),
        (
            ExplodeSpec::new("x", "y").weight("w"),
            "\"[k:1]\"",
            "is a list where an object of weights is needed",
        ),
        (ExplodeSpec::new("x", "y").weight("w"), "\"{k}\"", "has a key without a weight"),
        (
            ExplodeSpec::new("z", "y"),
            "1",
            "source `log` has no column `z`; did you mean `x`?; its columns are x, a",
        ),
        (
            ExplodeSpec::new("x", "a"),
            "1",
            "the items of `x` in `log` cannot be named `a`, because the file has another column of this name",
        ),
    ] {
        let message = refused_of(source(explode), format!("{{\"x\": {value}, \"a\": 1}}\n").as_bytes());
        assert!(message.contains(expected), "{value}: {message}");
    }
}

#[test]
fn rows_without_items_are_left_out_and_counted() {
    let folder = folder(&[(
        "behaviors.tsv",
        b"1\tU1\t1\t\tN1-1 N2-0\n2\tU1\t2\t\t\n3\tU1\t3\t\tN1\n4\tU1\t4\t\tN3-1\n",
    )]);
    let data = RawTable::open(
        &DataSpec {
            on_error: OnError::Skip,
            split: SplitSpec::by_time(["time"], 0.3),
            ..spec(vec![behaviors()])
        },
        folder.path(),
    )
    .unwrap();
    assert_eq!((&data.train[..], &data.test[..], data.skipped.count()), (&[0, 1][..], &[2][..], 1));
    let first = data.skipped.reason().unwrap();
    assert!(first.contains("behaviors.tsv:3: column `shown`: `N1` has an item"), "{first}");
    assert!(
        data.notes.iter().any(|note| note.ends_with(
            "behaviors.tsv: 1 row with an empty list left out: a list without items gives no row"
        )),
        "{:?}",
        data.notes
    );
}

/// The same rows come from one file and from several, and from lines that were exploded before.
#[test]
fn exploded_rows_are_those_of_a_file_with_a_line_for_each() {
    let (mut lists, mut lines) = (String::new(), String::new());
    for impression in 0..3000_u32 {
        let items: Vec<String> = (0..1 + impression % 7)
            .map(|item| {
                format!("N{}-{}", (impression * 31 + item * 17) % 400, u32::from(item == impression % 5))
            })
            .collect();
        let before = format!(
            "{impression}\tU{}\t{}\tN{}",
            impression % 90,
            1_000_000_000 + impression,
            impression % 13
        );
        lists += &format!("{before}\t{}\n", items.join(" "));
        items.iter().for_each(|item| lines += &format!("{before}\t{}\n", item.replace('-', "\t")));
    }
    let cut = lists[..lists.len() / 2].rfind('\n').unwrap() + 1;
    let folder = folder(&[
        ("behaviors.tsv", lists.as_bytes()),
        ("half-1.tsv", &lists.as_bytes()[..cut]),
        ("half-2.tsv", &lists.as_bytes()[cut..]),
        ("lines.tsv", lines.as_bytes()),
    ]);
    let texts = |source: SourceSpec| {
        let split = SplitSpec::random(0.2, 7);
        let data = RawTable::open(&DataSpec { split, ..spec(vec![source]) }, folder.path()).unwrap();
        let fields =
            ["impression", "user", "time", "clicked", "news", "click"].map(|name| FieldName::of("log", name));
        (data.texts(&data.train, &fields).unwrap(), data.test.clone(), data.sums().to_vec())
    };
    let whole = texts(behaviors());
    assert_eq!(whole.0.len() + whole.1.len(), lines.lines().count());
    let halves = SourceSpec { paths: ["half-*.tsv".to_owned()].into_iter().collect(), ..behaviors() };
    assert!(texts(halves) == whole);
    let written = SourceSpec::tsv("log", "lines.tsv").columns([
        "impression",
        "user",
        "time",
        "clicked",
        "news",
        "click",
    ]);
    let written = texts(written);
    assert!((&written.0, &written.1) == (&whole.0, &whole.1));
}
