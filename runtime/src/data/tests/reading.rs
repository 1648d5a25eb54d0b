//! Files as they come: quotes, encodings, headers, and everything that can be wrong with them.

use super::{folder, gzip, refusal, refused_of, retrieval, rows_of, spec, zstd};
use crate::data::*;

fn source() -> SourceSpec {
    SourceSpec::csv("items", "items.csv")
}

fn text(data: &RawTable, row: u32, name: &'static str) -> String {
    data.texts(&[row], &[FieldName::of("items", name)]).unwrap().remove(0).remove(0)
}

#[test]
fn any_cells_come_back() {
    // Every pair of awkward cells, written by the csv crate's own rules.
    let awkward = ["", "a", ",", "\"", "\"\"", "a\nb", "\r\n", " x ", "é", "\\", "a,\"b\n"];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["left", "right"]).unwrap();
    let pairs: Vec<_> =
        awkward.iter().flat_map(|left| awkward.iter().map(move |right| (*left, *right))).collect();
    for (left, right) in &pairs {
        writer.write_record([left, right]).unwrap();
    }
    let folder = folder(&[("items.csv", &writer.into_inner().unwrap())]);
    let data = RawTable::open(&spec(vec![source()]), folder.path()).unwrap();
    assert_eq!(data.rows(), pairs.len());
    // White space is a missing value.
    let given = |text: &str| if text.trim().is_empty() { String::new() } else { text.to_owned() };
    for (row, (left, right)) in pairs.iter().enumerate() {
        assert_eq!(
            (text(&data, row as u32, "left"), text(&data, row as u32, "right")),
            (given(left), given(right))
        );
    }
}

#[test]
fn encodings_and_marks() {
    let folder = folder(&[
        ("items.csv", b"\xef\xbb\xbfid,name\r\n1,caf\xc3\xa9\r\n\r\n2,\"b\"\r\n"),
        ("latin.csv", b"1|caf\xe9|\"q\n"),
        ("wrong.csv", b"id,name\n1,ok\n2,caf\xe9\n"),
    ]);
    let data = RawTable::open(&spec(vec![source()]), folder.path()).unwrap();
    assert_eq!((data.rows(), text(&data, 0, "id"), text(&data, 0, "name")), (2, "1".into(), "café".into()));
    assert_eq!((text(&data, 1, "name"), data.place(1).line), ("b".into(), 4));
    let latin = SourceSpec::separated("items", "latin.csv", "|")
        .quote(false)
        .columns(["id", "name", "mark"])
        .encoding(Encoding::Latin1);
    let data = RawTable::open(&spec(vec![latin]), folder.path()).unwrap();
    assert_eq!((text(&data, 0, "name"), text(&data, 0, "mark")), ("café".into(), "\"q".into()));
    let message = refusal(&spec(vec![SourceSpec::csv("items", "wrong.csv")]), folder.path());
    assert!(message.contains("wrong.csv:3: byte 18 ") && message.contains("encoding = latin1"), "{message}");
}

#[test]
fn wrong_files() {
    let folder = folder(&[
        ("empty.csv", b""),
        ("header.csv", b"id,name\n"),
        ("short.csv", b"id,name\n1,a\n\"2\nx\",b\n3\n"),
        ("open.csv", b"id,name\n1,a\n2,\"b\n3,c\n4,d\n"),
        ("twice.csv", b"id,id\n1,2\n"),
        ("items.csv", b"id,name\n1,a\n"),
    ]);
    let check = |source: SourceSpec, expected: &[&str]| {
        let message = refusal(&spec(vec![source]), folder.path());
        assert!(expected.iter().all(|part| message.contains(part)), "{message}");
    };
    let named = |path| SourceSpec::csv("items", path);
    check(named("none.csv"), &["source `items`", "no file", "none.csv"]);
    check(named("empty.csv"), &["empty.csv holds no rows"]);
    check(named("header.csv"), &["header.csv holds no rows"]);
    check(named("short.csv"), &["short.csv:5: expected 2 columns, found 1"]);
    check(named("open.csv"), &["open.csv:3: a quote is opened and never closed", "quote = false"]);
    check(named("twice.csv"), &["`id` occurs twice"]);
    check(named("items.csv").columns(["a", "b", "c"]), &["items.csv:1: expected 3 columns, found 2"]);
    let lenient = DataSpec { on_error: OnError::Skip, ..spec(vec![named("short.csv")]) };
    let data = RawTable::open(&lenient, folder.path()).unwrap();
    assert_eq!((data.train.len(), data.skipped.count()), (2, 1));
    for path in ["../items.csv", "/etc/passwd", "a/../../b", ""] {
        check(named(path), &["leads out of the data folder"]);
    }
    let by_time = DataSpec { split: SplitSpec::by_time(["nam"], 0.5), ..spec(vec![source()]) };
    let message = refusal(&by_time, folder.path());
    assert!(message.contains("no column `nam`; did you mean `name`?; its columns are id, name"), "{message}");
}

#[test]
fn headers_that_are_none_and_rows_that_are_headers() {
    let folder = folder(&[
        ("rows.csv", b"7,0,0,2.5\n8,0,1,3.5\n"),
        ("names.csv", b"movie,title\na,A\nb,B\n"),
        ("renamed.csv", b"Movie,name\na,A\n"),
    ]);
    let message = refusal(&spec(vec![SourceSpec::csv("items", "rows.csv")]), folder.path());
    assert!(
        message.contains("line 1 is taken as the header, in which the column `0` occurs twice"),
        "{message}"
    );
    assert!(message.ends_with("a file without one needs `columns = [...]`"), "{message}");
    let named = |path| SourceSpec::csv("items", path).columns(["movie", "title"]);
    let message = refusal(&spec(vec![named("names.csv")]), folder.path());
    assert!(
        message.contains("names.csv:1: this line holds the names") && message.contains("`columns`"),
        "{message}"
    );
    let data = RawTable::open(&spec(vec![named("names.csv").header(true)]), folder.path()).unwrap();
    assert_eq!((data.rows(), text(&data, 0, "title"), data.place(0).line), (2, "A".into(), 2));
    let renamed = named("renamed.csv").header(true);
    assert_eq!(RawTable::open(&spec(vec![renamed]), folder.path()).unwrap().rows(), 1);
    let by_time = DataSpec {
        split: SplitSpec::by_time(["time"], 0.5),
        ..spec(vec![SourceSpec::csv("items", "numbers.csv")])
    };
    std::fs::write(folder.path().join("numbers.csv"), "1,x\n2,y\n").unwrap();
    let message = refusal(&by_time, folder.path());
    assert!(message.contains("its columns are 1, x. Line 1 is taken as the header"), "{message}");
}

#[test]
fn quotes_left_open() {
    let swallowed =
        b"id,title,y\n1,\"Great game,1\n2,Fine,0\n3,Bad,0\n4,So so,1\n5,ok\" I guess,0\n7,12\" single,1\n";
    let short_row = [&swallowed[..], b"8,x\n"].concat();
    let folder = folder(&[
        ("swallowed.csv", swallowed),
        ("and_a_short_row.csv", &short_row),
        ("review.csv", b"id,title,y\n1,\"Great,\nreally,\nfine\",0\n"),
        ("last.csv", b"id,title,y\n1,a,0\n2,a,\"1"),
        ("short.csv", b"id,title,y\n1,a,0\n2,\"a,1\n"),
    ]);
    let open = |path| RawTable::open(&spec(vec![SourceSpec::csv("items", path)]), folder.path());
    let data = open("swallowed.csv").unwrap();
    assert_eq!((data.rows(), data.notes.len()), (2, 1));
    assert!(data.notes[0].contains("swallowed.csv:2: a quoted field runs to line 6"), "{}", data.notes[0]);
    assert!(open("review.csv").unwrap().notes.is_empty());
    // The cause is named, whatever ends the reading.
    let message = open("and_a_short_row.csv").err().unwrap().to_string();
    for part in [
        "and_a_short_row.csv:8: expected 3 columns, found 2",
        "\nnote: ",
        ":2: a quoted field runs to line 6",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    for (path, line) in [("last.csv", 3), ("short.csv", 3)] {
        let message = open(path).err().unwrap().to_string();
        assert!(message.contains(&format!("{path}:{line}: a quote is opened and never closed")), "{message}");
    }
}

#[test]
fn files_are_read_whatever_their_packing() {
    let whole = "id,name\n1,é\n2,b\n3,c\n4,d\n";
    let wide = |of: fn(u16) -> [u8; 2]| -> Vec<u8> { whole.encode_utf16().flat_map(of).collect() };
    let marked = [b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat();
    let parts = [("part-1.csv", "id,name\n1,é\n2,b\n"), ("part-2.csv", "id,name\n3,c\n4,d\n")];
    let files = [
        ("a.csv", whole.as_bytes().to_vec()),
        ("a.csv.gz", gzip(whole.as_bytes())),
        ("a.csv.zst", zstd(whole.as_bytes())),
        ("marked.csv", marked.clone()),
        ("marked.csv.gz", gzip(&marked)),
        ("big.csv", wide(u16::to_be_bytes)),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    let folder = folder(&files);
    for (name, part) in parts {
        std::fs::write(folder.path().join(name), part).unwrap();
        std::fs::write(folder.path().join(format!("{name}.gz")), gzip(part.as_bytes())).unwrap();
    }
    let open = |source: SourceSpec| RawTable::open(&spec(vec![source]), folder.path()).unwrap();
    let rows = |data: &RawTable| -> Vec<String> {
        let cell = |row, name| text(data, row, name);
        (0..data.rows() as u32).map(|row| cell(row, "id") + &cell(row, "name")).collect()
    };
    let of = |paths: &[&'static str]| SourceSpec {
        paths: paths.iter().copied().collect(),
        ..SourceSpec::csv("items", "")
    };
    let expected = ["1é", "2b", "3c", "4d"];
    for paths in [
        &["a.csv"][..],
        &["a.csv.gz"],
        &["a.csv.zst"],
        &["marked.csv"],
        &["marked.csv.gz"],
        &["part-1.csv", "part-2.csv.gz"],
        &["part-*.csv"],
        &["part-?.csv.gz"],
    ] {
        assert_eq!(rows(&open(of(paths))), expected, "{paths:?}");
    }
    assert_eq!(rows(&open(of(&["big.csv"]).encoding(Encoding::Utf16Be))), expected);
    let data = open(of(&["part-*.csv.gz"]));
    assert!(data.place(3).path.ends_with("part-2.csv.gz"));
    let stamps: Vec<(&str, Option<u64>)> = data.files().iter().map(|file| (&*file.path, file.rows)).collect();
    assert_eq!(stamps, [("part-1.csv.gz", Some(2)), ("part-2.csv.gz", Some(2))]);
}

#[test]
fn dialects_of_separated_text() {
    let csv = || SourceSpec::csv("items", "items.csv");
    let two = || SourceSpec::separated("items", "items.csv", "::").columns(["id", "name"]);
    let cases: [(SourceSpec, &[u8], &[&str]); 9] = [
        (two(), b"19::Ace: a: b\n20::\n\n21::c:d\n", &["1|19|Ace: a: b", "2|20|", "4|21|c:d"]),
        (
            SourceSpec::separated("items", "items.csv", "::").encoding(Encoding::Latin1),
            b"id::name\n1::caf\xe9\n",
            &["2|1|café"],
        ),
        (
            SourceSpec::separated("items", "items.csv", ";").quote(true).escape('\\'),
            b"\"id\";\"name\"\n\"1\";\"a \\\"b\\\"; c\"\n2;\"d\ne\"\n\"3\";\"f\\\\\"\n",
            &["2|1|a \"b\"; c", "3|2|d\ne", "5|3|f\\"],
        ),
        (csv().comment('#'), b"# a, \"b\nid,name\n#\n1,#a\n# \"\n2,\"#b\"\n", &["4|1|#a", "6|2|#b"]),
        (csv().quote(false).comment('#'), b"# a\nid,name\n#b\n1,#a\n", &["4|1|#a"]),
        (csv().skip_spaces(true), b"id, name\n 1,\t\"a, b\"\n2, c d \n", &["2|1|a, b", "3|2|c d "]),
        (
            SourceSpec::separated("items", "items.csv", " ").columns(["id", "name"]).rest(true),
            b"0 10 11 12\n1 13\n2\n",
            &["1|0|10 11 12", "2|1|13"],
        ),
        (csv().missing(["NA", "-1"]), b"id,name\nNA,\" NA \"\n-1.0,na\n", &["2||", "3||na"]),
        (two().missing(["\\N"]), b"\\N::\\N\n1::\\N x\n", &["1||", "2|1|\\N x"]),
    ];
    for (source, bytes, expected) in cases {
        let read = if source.rest {
            let skipped = DataSpec { on_error: OnError::Skip, ..spec(vec![source.clone()]) };
            let folder = folder(&[("items.csv", bytes)]);
            let data = RawTable::open(&skipped, folder.path()).unwrap();
            let fields = [FieldName::of("items", "id"), FieldName::of("items", "name")];
            let texts = data.texts(&[0, 1], &fields).unwrap();
            (0..)
                .zip(texts)
                .map(|(row, texts)| format!("{}|{}", data.place(row).line, texts.join("|")))
                .collect()
        } else {
            rows_of(source.clone(), &["id", "name"], bytes).unwrap()
        };
        assert_eq!(read, expected, "{source:?}");
    }
    let message = refused_of(two(), b"1::a::b\n");
    assert!(message.contains("items.csv:1: expected 2 columns, found 3"), "{message}");
    let many = "c,".repeat(1_000_000);
    assert!(refused_of(csv(), many.as_bytes()).ends_with("more than 65536 columns"));
}

/// One table in every form: plain, compressed and in two files.
#[test]
fn every_form_has_the_same_rows() {
    use turret_schema::FileForm;

    let users = ["u1", "u2", "u1", "u3"];
    let items = ["10", "11", "12", "13"];
    let row = |line: fn(&str, &str) -> String| -> Vec<String> {
        users.iter().zip(items).map(|(user, item)| line(user, item)).collect()
    };
    let of = |form| SourceSpec::of("items", "", form);
    let named = |source: SourceSpec| source.columns(["user", "item"]);
    let forms: [(SourceSpec, Vec<String>); 7] = [
        (named(SourceSpec::csv("items", "")), row(|user, item| format!("{user},\"{item}\"\n"))),
        (named(SourceSpec::tsv("items", "")), row(|user, item| format!("{user}\t{item}\n"))),
        (named(SourceSpec::separated("items", "", "||")), row(|user, item| format!("{user}||{item}\r\n"))),
        (of(FileForm::JsonLines), row(|user, item| format!("{{\"user\": \"{user}\", \"item\": {item}}}\n"))),
        (of(FileForm::Adjacency), row(|user, item| format!("{user} {item}\n"))),
        (named(of(FileForm::LibFfm)), row(|user, item| format!("1 0:{user}:1 1:{item}:1\n"))),
        (of(FileForm::LibSvm).columns(["label", "query"]), row(|user, item| format!("{user} qid:{item}\n"))),
    ];
    let expected: Vec<String> =
        users.iter().zip(items).map(|(user, item)| format!("{user}|{item}")).collect();
    for (source, lines) in forms {
        let fields = match source.form {
            FileForm::LibSvm => ["label", "query"],
            _ => ["user", "item"],
        };
        let (whole, first, second) = (lines.concat(), lines[..1].concat(), lines[1..].concat());
        for pack in [|bytes: &[u8]| bytes.to_vec(), gzip as fn(&[u8]) -> Vec<u8>, zstd] {
            for files in [&[("a", &whole)][..], &[("a", &first), ("b", &second)]] {
                let packed: Vec<(&str, Vec<u8>)> =
                    files.iter().map(|(name, text)| (*name, pack(text.as_bytes()))).collect();
                let named: Vec<(&str, &[u8])> =
                    packed.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
                let folder = folder(&named);
                let source = SourceSpec { paths: ["?"].into(), ..source.clone() };
                let data = RawTable::open(&spec(vec![source]), folder.path()).unwrap();
                let fields = fields.map(|field| FieldName::of("items", field));
                let texts = data.texts(&[0, 1, 2, 3], &fields).unwrap();
                let found: Vec<String> = texts.iter().map(|texts| texts.join("|")).collect();
                assert_eq!(found, expected, "{whole}");
            }
        }
    }
}

/// A gzip file of a gigabyte of zeros is a row that is too long, and a file that is cut off is named.
#[test]
fn hostile_files_take_little_memory() {
    let zeros = vec![b'0'; 4 << 20];
    let bomb = gzip(&zeros).repeat(80);
    assert!(bomb.len() < 4 << 20);
    let message = refused_of(SourceSpec::csv("items", "items.csv").columns(["a"]), &bomb);
    assert!(message.contains("items.csv:1: the row is longer than 256 MiB"), "{message}");
    let cut = gzip(b"a,b\n1,2\n".repeat(100_000).as_slice());
    let message =
        refused_of(SourceSpec::csv("items", "items.csv").columns(["a", "b"]), &cut[..cut.len() / 2]);
    assert!(message.contains("items.csv: the gzip data are"), "{message}");
}

#[test]
fn files_that_are_no_rows() {
    let folder = folder(&[
        ("a.gz", b"\x1f\x8b\x08\x00abc"),
        ("wide.csv", b"a\x00,\x00b\x00\n\x00"),
        ("lines.json", b"{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\": 3}\n"),
    ]);
    for (path, expected) in [
        ("a.gz", "a.gz: the gzip data are cut off"),
        ("wide.csv", "wide.csv: this is text in UTF-16"),
        ("lines.json", "lines.json: this is a file of JSON lines"),
    ] {
        let message = refusal(&spec(vec![SourceSpec::csv("items", path)]), folder.path());
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("latin1"), "{message}");
    }
}

#[test]
fn texts_that_look_missing_are_named_as_keys() {
    let folder = folder(&[("items.csv", b"id,t\nNA,5\n7,1\n\\N,9\nnan,9\n")]);
    let timed = DataSpec { timeline: Some(TimelineSpec::new("id", ["t"])), ..spec(vec![source()]) };
    let data = RawTable::open(&timed, folder.path()).unwrap();
    assert_eq!(data.notes.len(), 1);
    assert!(
        data.notes[0].contains("items.csv:2: column `id`: 3 values that look missing"),
        "{}",
        data.notes[0]
    );
}

#[test]
fn given_and_timed_splits() {
    let folder =
        folder(&[("a.csv", b"id,t\n1,5\n2,1\n3,9\n"), ("b.csv", b"id,t\n4,2\n"), ("c.csv", b"id,x\n4,2\n")]);
    let given = |test| DataSpec { split: SplitSpec::given("a.csv", test), ..spec(vec![source()]) };
    let data = RawTable::open(&given("b.csv"), folder.path()).unwrap();
    assert_eq!((&data.train[..], &data.test[..], data.place(3).line), (&[0, 1, 2][..], &[3][..], 2));
    assert!(data.place(3).path.ends_with("b.csv"));
    assert!(refusal(&given("c.csv"), folder.path()).contains("both must have the same"));
    let three =
        SplitSpec::Given { train: "a.csv".into(), validate: Some("b.csv".into()), test: "[ab].csv".into() };
    let data = RawTable::open(&DataSpec { split: three, ..spec(vec![source()]) }, folder.path()).unwrap();
    assert_eq!(
        (&data.train[..], &data.validate[..], &data.test[..]),
        (&[0, 1, 2][..], &[3][..], &[4, 5, 6, 7][..])
    );
    let patterns = DataSpec { split: SplitSpec::given("[ab].csv", "a.cs?"), ..spec(vec![source()]) };
    let data = RawTable::open(&patterns, folder.path()).unwrap();
    assert_eq!((&data.train[..], &data.test[..]), (&[0, 1, 2, 3][..], &[4, 5, 6][..]));
    let timed =
        DataSpec { split: SplitSpec::by_time(["t"], 0.34), ..spec(vec![SourceSpec::csv("items", "a.csv")]) };
    let data = RawTable::open(&timed, folder.path()).unwrap();
    assert_eq!((data.train, data.test), (vec![0, 1], vec![2]));
}

#[test]
fn joins_need_partners() {
    let ratings: &[u8] = b"u\t1\t3\t10\nu\t2\t3\t11\nu\t9\t3\t12\n";
    let good = folder(&[("ratings.tsv", ratings), ("movies.csv", b"movie_id,title\n2,B\n1,A\n")]);
    let message = refusal(&retrieval(OnError::Stop), good.path());
    assert!(message.contains("ratings.tsv:3: column `movie_id`: `9` has no row in `movies`"), "{message}");
    let data = RawTable::open(&retrieval(OnError::Skip), good.path()).unwrap();
    assert_eq!((&data.train[..], data.skipped.count()), (&[0, 1][..], 1));
    let titles = data.texts(&[2, 0], &[FieldName::of("movies", "title")]).unwrap();
    assert_eq!(titles, [[""], ["A"]]);
    let twice = folder(&[("ratings.tsv", ratings), ("movies.csv", b"movie_id,title\n2,B\n2,A\n")]);
    let message = refusal(&retrieval(OnError::Skip), twice.path());
    assert!(
        message.contains("movies.csv:3: ") && message.contains("on line 2 with another `title`"),
        "{message}"
    );
}

#[test]
fn any_bytes_are_read_or_refused() {
    let alphabet: &[&[u8]] =
        &[b",", b"\"", b"\n", b"\r\n", b"a", b" ", b"\\", b"\xe9", b"\xc3\xa9", b"\xef\xbb\xbf"];
    let folder = folder(&[]);
    let path = folder.path().join("items.csv");
    let mut state = 1_u64;
    for _ in 0..3000 {
        let mut bytes = Vec::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.extend_from_slice(alphabet[(state >> 33) as usize % alphabet.len()]);
        }
        std::fs::write(&path, &bytes).unwrap();
        for read in
            [source(), source().columns(["id", "name"]).encoding(Encoding::Latin1), source().quote(false)]
        {
            for on_error in [OnError::Stop, OnError::Skip] {
                match RawTable::open(&DataSpec { on_error, ..spec(vec![read.clone()]) }, folder.path()) {
                    Ok(data) => assert!((0..data.rows() as u32).all(|row| data.place(row).line >= 1)),
                    Err(error) => assert!(error.to_string().contains("items"), "{error}"),
                }
            }
        }
    }
}
