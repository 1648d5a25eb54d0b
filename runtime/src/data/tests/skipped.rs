//! The first skipped row is that of the files, whatever finds it.

use proptest::prelude::*;

use super::model::TwoTower;
use super::{folder, retrieval, spec};
use crate::data::*;

/// A row, and the reason why it is skipped.
const ROWS: [(&str, Option<&str>); 4] = [
    ("u\t1\t3\t10\n", None),
    ("u\t1\t3\n", Some("expected 4 columns")),
    ("u\t9\t3\t10\n", Some("has no row in `movies`")),
    ("u\t1\t3\tsoon\n", Some("is not a number")),
];

proptest! {
    #[test]
    fn the_first_row_is_that_of_the_files(kinds in prop::collection::vec(0_usize..4, 1..12), cut in 0_usize..12) {
        // A row stays, though perhaps none of the first file.
        let cut = cut.clamp(1, kinds.len());
        let text = |kinds: &[usize]| kinds.iter().map(|&kind| ROWS[kind].0).collect::<String>();
        let (first, second) = (text(&kinds[..cut]), text(&kinds[cut..]) + ROWS[0].0);
        let folder = folder(&[
            ("days-1.tsv", first.as_bytes()),
            ("days-2.tsv", second.as_bytes()),
            ("movies.csv", b"movie_id,title\n1,The Lamp\n"),
        ]);
        let mut spec = retrieval(OnError::Skip);
        spec.sources[0].paths = Paths::from("days-*.tsv");
        let mut data = RawTable::open(&spec, folder.path()).unwrap();
        leave_out_refused(&TwoTower::default(), &mut data).unwrap();
        prop_assert_eq!(data.skipped.count() as usize, kinds.iter().filter(|&&kind| kind > 0).count());
        let expected = kinds.iter().position(|&kind| kind > 0).map(|at| {
            let (file, line) = if at < cut { (1, at + 1) } else { (2, at - cut + 1) };
            (format!("days-{file}.tsv:{line}: "), ROWS[kinds[at]].1.unwrap())
        });
        let found = data.skipped.reason();
        prop_assert_eq!(found.is_some(), expected.is_some());
        if let (Some(found), Some((place, reason))) = (found, expected) {
            prop_assert!(found.contains(&place) && found.contains(reason), "{} for {} {}", found, place, reason);
        }
    }
}

/// Lists that cannot be cut into rows, among lines that are no rows.
#[test]
fn lists_and_lines_are_in_the_order_of_the_file() {
    for (text, place) in [
        ("[a,1\na|b,1,1\na|b,1\n", "log.csv:1"),
        ("a|b,1,1\n[a,1\na|b,1\n", "log.csv:1"),
        ("a|b,1\na|b\n[a,1\n", "log.csv:2"),
        ("a|b|c,1\n[a,1\n,1\na\n", "log.csv:2"),
    ] {
        let folder = folder(&[("log.csv", text.as_bytes())]);
        let explode = ExplodeSpec::new("items", "item").separator('|');
        let log = SourceSpec::csv("log", "log.csv").columns(["items", "time"]).explode(explode);
        let spec = DataSpec { on_error: OnError::Skip, ..spec(vec![log]) };
        let data = RawTable::open(&spec, folder.path()).unwrap();
        assert_eq!(data.skipped.count(), 2, "{text}");
        assert!(data.skipped.reason().unwrap().contains(&format!("{place}: ")), "{text}: {}", data.skipped);
    }
}
