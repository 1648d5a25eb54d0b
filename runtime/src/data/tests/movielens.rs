//! MovieLens 100K, if it is in the shared folder next to the project.

use std::path::Path;

use super::model::TwoTower;
use crate::data::*;

#[test]
fn all_of_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ml-100k");
    if !folder.join("u.data").exists() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
    let spec = DataSpec {
        sources: vec![
            SourceSpec::tsv("ratings", "u.data").columns(["user_id", "movie_id", "rating", "timestamp"]),
            SourceSpec::separated("movies", "u.item", "|").encoding(Encoding::Latin1).columns([
                "movie_id", "title", "date", "video", "url", "g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7",
                "g8", "g9", "g10", "g11", "g12", "g13", "g14", "g15", "g16", "g17", "g18",
            ]),
        ],
        joins: vec![JoinSpec::new("movies", "movie_id", "movie_id")],
        filters: Vec::new(),
        distinct: None,
        timeline: None,
        history: None,
        split: SplitSpec::random(0.2, 42),
        catalog: Some(CatalogSpec::new("movies", "title", [1])),
        groups: Vec::new(),
        on_error: OnError::Stop,
    };
    let data = RawTable::open(&spec, &folder).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (80_000, 20_000));
    let mut features = TwoTower::default();
    fit(&mut features, &data).unwrap();
    assert!((940..=944).contains(&features.user.rows()));
    assert_eq!((features.title.rows(), features.timestamp_bucket.rows()), (1664, 1001));

    let dataset = encode(&features, &data).unwrap();
    let catalog = dataset.catalog.as_ref().unwrap();
    assert_eq!((catalog.keys.len(), catalog.keys[0].as_str()), (1664, "Toy Story (1995)"));
    let batch = dataset.batch(&dataset.train);
    let times = batch.timestamp.as_slice();
    let mean = times.iter().map(|&time| f64::from(time)).sum::<f64>() / times.len() as f64;
    assert!(mean.abs() < 1e-6, "{mean}");
    // Each row's positive is the candidate of its own title.
    let titles = data.texts(&dataset.train, &[FieldName::of("movies", "title")]).unwrap();
    for ((&row, &title), own) in dataset.train.iter().zip(batch.title_id.as_slice()).zip(titles) {
        let candidate = catalog.candidate_of_row[row as usize];
        assert_eq!(catalog.columns.title_id.as_slice()[candidate as usize], title);
        assert_eq!(own[0], catalog.keys[candidate as usize]);
    }
}
