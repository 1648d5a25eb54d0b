//! From files to batches, and single records by the same columns.

use super::model::{Columns, TwoTower};
use super::{folder, retrieval};
use crate::data::*;
use crate::program::{Batch, Features};

const RATINGS: &[u8] = b"u\t1\t3\t10\nv\t2\t3\t20\nu\t3\t3\t30\nu\t4\t3\tsoon\n";
const MOVIES: &[u8] = b"movie_id,title\n1,The Lamp\n2,A Lamp\n3,The Lamp\n4,Dusk\n5,Dawn\n6,\n";

#[test]
fn fits_encodes_and_skips() {
    let folder = folder(&[("ratings.tsv", RATINGS), ("movies.csv", MOVIES)]);
    let stopped = Data::open(&retrieval(OnError::Stop), folder.path()).unwrap();
    let message = fit(&mut TwoTower::declared(), &stopped).unwrap_err().to_string();
    assert!(message.ends_with("ratings.tsv:4: column `timestamp`: `soon` is not a number"), "{message}");

    let data = Data::open(&retrieval(OnError::Skip), folder.path()).unwrap();
    let mut features = TwoTower::declared();
    fit(&mut features, &data).unwrap();
    let dataset = encode(&features, &data).unwrap();
    // One rating has no number for its time, one movie no title.
    assert_eq!((&dataset.train[..], dataset.skipped.count), (&[0, 1, 2][..], 2));
    let batch = dataset.batch(&[2, 0, 1]);
    assert_eq!(batch.user_id.as_slice(), [1, 1, 2]);
    assert_eq!(batch.title_id.as_slice(), dataset.batch(&[0, 0, 1]).title_id.as_slice());
    assert_eq!(batch.title_tokens.offsets(), [0, 2, 4, 6]);
    let catalogue = dataset.catalogue.as_ref().unwrap();
    assert_eq!(catalogue.keys, ["The Lamp", "A Lamp", "Dusk", "Dawn"]);
    assert_eq!(catalogue.candidate_of_row, [0, 1, 0, 2]);
    assert_eq!((catalogue.columns.rows(0), catalogue.columns.rows(1)), (0, 4));

    // What was stored encodes single records as the data set was encoded.
    let again: TwoTower = serde_json::from_str(&serde_json::to_string(&features).unwrap()).unwrap();
    let mut single = Columns::default();
    encode_fields(&again, 0, &[Field::from("v"), Field::Int(20)], &mut single).unwrap();
    encode_fields(&again, 1, &[Field::from("A Lamp")], &mut single).unwrap();
    assert_eq!(single, dataset.batch(&[1]));

    let half = [Field::from("v"), Field::from("later")];
    assert!(encode_fields(&again, 0, &half, &mut single).is_err());
    assert_eq!((single.rows(0), single.user_id.rows()), (1, 1));
}

#[test]
fn candidates_of_the_main_source() {
    let folder = folder(&[("ratings.tsv", b"u\t1\t3\t1\nu\t2\t3\t2\nu\t1\t3\t3\nu\t7\t3\t4\nu\t2\t3\t5\n")]);
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(&[
        "user_id",
        "title",
        "rating",
        "timestamp",
    ])]);
    spec.split = SplitSpec::ByTime { field: "timestamp", test: 0.4 };
    spec.catalogue = Some(CatalogueSpec { source: "ratings", key: "title", inputs: &[0] });
    let data = Data::open(&spec, folder.path()).unwrap();
    let mut features = one_source::Features::declared();
    fit(&mut features, &data).unwrap();
    let catalogue = encode(&features, &data).unwrap().catalogue.unwrap();
    assert_eq!(catalogue.keys, ["1", "2"]);
    assert_eq!(catalogue.candidate_of_row, [0, 1, 0, NONE, 1]);
    assert_eq!(catalogue.columns.title.as_slice(), [1, 2]);
}

/// A model of one column.
mod one_source {
    use serde::{Deserialize, Serialize};

    use crate::data::*;
    use crate::program::InputInfo;

    #[derive(Clone, Serialize, Deserialize)]
    pub(super) struct Features {
        vocabulary: Vocabulary,
        title: IdColumn,
    }

    #[derive(Clone, Default)]
    pub(super) struct Batch {
        pub(super) title: Ids,
    }

    impl crate::program::Batch for Batch {
        fn rows(&self, _: usize) -> usize {
            self.title.rows()
        }
        fn gather(&self, _: usize, rows: &[u32], into: &mut Self) {
            self.title.gather_into(rows, &mut into.title);
        }
        fn truncate(&mut self, _: usize, rows: usize) {
            self.title.truncate(rows);
        }
    }

    impl crate::program::Features for Features {
        type Batch = Batch;
        const INPUTS: &'static [InputInfo] =
            &[InputInfo { name: "item", part: 0, fields: &[FieldName::of("ratings", "title")] }];
        fn declared() -> Self {
            let learned = Learned { min_count: 1, max: None };
            Self { vocabulary: Vocabulary::learned("title", learned), title: IdColumn::new("title") }
        }
        fn observe(&mut self, _: usize, row: &Row<'_>) -> Result<(), FieldError> {
            self.title.observe(&row.field(0), &mut self.vocabulary)
        }
        fn finish(&mut self) -> Result<(), FitError> {
            self.vocabulary.finish()
        }
        fn encode(&self, _: usize, row: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
            self.title.encode(&row.field(0), &self.vocabulary, &mut batch.title)
        }
        fn take_counts(&self) -> Vec<PolicyCount> {
            self.title.counts()
        }
    }
}
