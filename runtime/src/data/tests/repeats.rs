//! Repeated rows of the main source and of joined sources.

use super::{folder, refusal, spec};
use crate::data::{
    DataSpec, DistinctSpec, FieldName, FilterSpec, JoinSpec, KeepRow, OnError, RawTable, SourceSpec,
    SplitSpec, TimelineSpec,
};

fn log() -> DataSpec {
    spec(vec![SourceSpec::csv("log", "log.csv")])
}

#[test]
fn the_first_or_last_interaction_is_kept() {
    let lines = "user,item,time,y\na,1,3,0\nb,1,1,0\na,1,1,1\na,2,5,0\na,1.0,2,1\nb,1,1,1\n,1,1,1\n,1,2,1\n";
    let folder = folder(&[("log.csv", lines.as_bytes())]);
    let open = |keep, spec: DataSpec| {
        let distinct = Some(DistinctSpec::new(["user", "item"], keep));
        RawTable::open(&DataSpec { distinct, ..spec }, folder.path()).unwrap()
    };
    // In the order of the file, without a time.
    let first = open(KeepRow::First, log());
    assert_eq!(first.train, [0, 1, 3, 6, 7]);
    let said = format!(
        "note: 3 rows of `log` left out, because another row has the same `user` and `item`, of which the first is kept; the \
         first of them is {}:4",
        folder.path().join("log.csv").display()
    );
    assert_eq!((&first.notes[..], first.filtered), (&[said][..], 0));
    assert_eq!(open(KeepRow::Last, log()).train, [3, 4, 5, 6, 7]);
    // By time; equal times keep the order of the file.
    let by_time = || DataSpec { split: SplitSpec::by_time(["time"], 0.2), ..log() };
    let data = open(KeepRow::First, by_time());
    assert_eq!((&data.train[..], &data.test[..]), (&[1, 2, 6, 7][..], &[3][..]));
    let timed =
        || DataSpec { timeline: Some(TimelineSpec::new("user", ["time"])), on_error: OnError::Skip, ..log() };
    assert_eq!(open(KeepRow::First, timed()).train, [1, 2, 3]);
    let data = open(KeepRow::Last, timed());
    assert_eq!(data.train, [0, 3, 5]);
    assert_eq!(data.timeline().rows(), [0, 3, 5]);
    // Of several files, the note names one.
    let second =
        super::folder(&[("log-1.csv", b"user,item\na,1\n"), ("log-2.csv", b"user,item\nb,1\na,1\n")]);
    let distinct = Some(DistinctSpec::new(["user", "item"], KeepRow::First));
    let spec = DataSpec { distinct, ..spec(vec![SourceSpec::csv("log", "log-*.csv")]) };
    let data = RawTable::open(&spec, second.path()).unwrap();
    assert!(data.notes[0].ends_with("log-2.csv:3"), "{:?}", data.notes);
    // Rows that a filter removes count for nothing.
    let filtered = DataSpec { filters: vec![FilterSpec::new("y").max(0.0)], ..log() };
    assert_eq!(open(KeepRow::Last, filtered).train, [0, 1, 3]);
}

#[test]
fn a_join_keeps_the_first_or_last_row_of_a_key() {
    let items = "item,brand\n1,A\n2,B\n1,A\n1,C\n2,B\n3,D\n1,E\n";
    let folder = folder(&[("log.csv", b"item\n1\n2\n3\n"), ("items.csv", items.as_bytes())]);
    let path = folder.path().join("items.csv");
    let path = path.display();
    let joined = |keep| DataSpec {
        joins: vec![JoinSpec { keep, ..JoinSpec::new("items", "item", "item") }],
        ..spec(vec![SourceSpec::csv("log", "log.csv"), SourceSpec::csv("items", "items.csv")])
    };
    for (keep, expected, kept) in
        [(KeepRow::First, ["A", "B", "D"], "first"), (KeepRow::Last, ["E", "B", "D"], "last")]
    {
        let data = RawTable::open(&joined(Some(keep)), folder.path()).unwrap();
        let brands = data.texts(&[0, 1, 2], &[FieldName::of("items", "brand")]).unwrap().concat();
        assert_eq!(brands, expected);
        let line = if keep == KeepRow::First { 5 } else { 2 };
        assert_eq!(
            data.notes,
            [
                format!(
                    "note: 2 rows of `items` left out, because an earlier row is equal; the first of them is {path}:4"
                ),
                format!(
                    "note: 2 rows of `items` left out, because another row has the same key, of which the {kept} is kept; \
                     the first of them is {path}:{line}"
                ),
            ]
        );
        let left_out: Vec<u32> = (0..7).filter(|&row| data.is_left_out(1, row)).collect();
        assert_eq!(left_out, if keep == KeepRow::First { vec![2, 3, 4, 6] } else { vec![0, 2, 3, 4] });
    }
    let message = refusal(&joined(None), folder.path());
    assert!(
        message.contains("items.csv:5: ") && message.contains("on line 2 with another `brand`"),
        "{message}"
    );
    assert!(message.contains("`keep = first`"), "{message}");
}
