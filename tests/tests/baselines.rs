//! Baselines of evaluation: rankings without a model, by the protocol of the spec, on a log whose answers are counted by hand.

use std::fmt::Write as _;
use std::fs;

use tempfile::tempdir;
use turret::runtime::evaluate::{EvaluateOptions, Report, evaluate};
use turret::runtime::prelude::Cpu;
use turret::runtime::train::{Interrupt, TrainOptions, train};

mod unseen {
    turret::include_model!("negatives/unseen.dm");
}

/// Users 0 to 9 watch the movies 0 to 3, users 10 to 15 the movies 4 to 7, each the movie of its number last. So popular movies
/// are those of the first kind, and movies that have users in common are of one kind. No training row has movie 8.
fn log() -> (String, String) {
    let mut views = String::new();
    for user in 0..16usize {
        let (first, last) = if user < 10 { (0, user % 4) } else { (4, 4 + user % 4) };
        let others = (first..first + 4).filter(|&movie| movie != last);
        for (time, movie) in others.chain([last]).enumerate() {
            writeln!(views, "u{user},m{movie},{time}").unwrap();
        }
    }
    (views, (0..9).map(|movie| format!("m{movie}\n")).collect())
}

#[test]
fn baselines_are_measured_by_the_protocol_of_the_model() {
    let folder = tempdir().unwrap();
    let (views, movies) = log();
    fs::write(folder.path().join("views.csv"), views).unwrap();
    fs::write(folder.path().join("movies.csv"), movies).unwrap();
    let (data, out) = (folder.path().to_owned(), Some(folder.path().join("run")));
    let options = TrainOptions { data, out, seed: 3, threads: 1, ..Default::default() };
    let trained = train::<Cpu, unseen::Model<Cpu>>(&options, &Cpu::default(), &Interrupt::default()).unwrap();
    let measure =
        |options| evaluate(&*trained.model, &trained.dataset, options, &Interrupt::default()).unwrap();
    let report = |baselines| measure(EvaluateOptions { baselines, ..Default::default() });
    let (plain, with_baselines) = (report(false), report(true));
    assert!(plain.baselines.is_empty());
    assert_eq!(plain, Report { baselines: Vec::new(), ..with_baselines.clone() });
    let [popularity, cooccurrence] = &with_baselines.baselines[..] else { panic!("{with_baselines:?}") };
    assert_eq!((popularity.name, cooccurrence.name), ("popularity", "cooccurrence"));
    // Three of nine movies are seen. The only other of its kind comes first by co-occurrence for all; by popularity it
    // does for the ten users of the popular kind, and four popular movies come before it for the others.
    assert_eq!(cooccurrence.metrics[0].value, 1.0);
    assert_eq!(popularity.metrics[0].value, 10.0 / 16.0);
    let (low, high) = popularity.metrics[0].interval.unwrap();
    assert!(low < 10.0 / 16.0 && high > 10.0 / 16.0, "{low} {high}");
    assert_eq!(popularity.to_json()["hit_rate_3"], 10.0 / 16.0);
    // By popularity, users of the popular kind are shown their last movie and movies 4 and 5, the others movies 0, 2 and 3. The
    // movies 0 to 5 have 7, 7, 8, 8, 5 and 5 training rows, each of another one of the 16 users.
    let value = |name: &str| popularity.to_json()[name].as_f64().unwrap();
    assert_eq!(value("coverage_3"), 6.0 / 9.0);
    let listed = [(7.0, 12.0), (8.0, 16.0), (5.0, 20.0)];
    let mean = |of: fn(f64) -> f64| listed.iter().map(|&(rows, times)| times * of(rows)).sum::<f64>() / 48.0;
    assert!((value("popularity_3") - mean(|rows| rows)).abs() < 1e-12);
    assert!((value("novelty_3") - mean(|rows| (16.0 / rows).log2())).abs() < 1e-12);

    // All users have three training rows. The last movies of 4, 8 and 4 users have fewer than 5, 5 to 7 and 8 training rows.
    let sliced = measure(EvaluateOptions { slices: Some(&trained.features), ..Default::default() });
    assert_eq!(plain, Report { slices: Vec::new(), ..sliced.clone() });
    let [all, rare @ ..] = &sliced.slices[..] else { panic!("{sliced:?}") };
    assert_eq!((&*all.by, &*all.value, all.rows), ("user_rows", "3 or more", 16));
    assert_eq!(all.metrics, plain.metrics);
    let named: Vec<_> = rare.iter().map(|slice| (&*slice.by, &*slice.value, slice.rows)).collect();
    assert_eq!(
        named,
        [("item_rows", "0 to 4", 4), ("item_rows", "5 to 7", 8), ("item_rows", "8 or more", 4)]
    );
    let hits: f64 = rare.iter().map(|slice| slice.rows as f64 * slice.metrics[0].value).sum();
    assert!((hits - 16.0 * plain.metrics[0].value).abs() < 1e-9, "{hits}");
}
