//! Figures by slices equal those that are computed from the scores of the rows of each slice.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;

use tempfile::tempdir;
use turret::runtime::evaluate::{EvaluateOptions, evaluate};
use turret::runtime::ops::PassState;
use turret::runtime::prelude::Cpu;
use turret::runtime::train::{Interrupt, TrainOptions, train};

mod clicks {
    turret::include_model!("slices/clicks.dm");
}

struct Click {
    user: usize,
    item: usize,
    tags: usize,
    price: f64,
    label: bool,
}

/// Clicks of 20 users on 30 items. Each has more of them than the one before.
fn rows() -> Vec<Click> {
    let row = |index: usize| Click {
        user: (((index * 7919) % 10_007) % 400).isqrt(),
        item: ((index * 31) % 900).isqrt(),
        tags: (index / 3) % 5,
        price: (index % 17) as f64 / 2.0,
        label: (index * 5 + index / 7).is_multiple_of(3),
    };
    (0..900).map(row).collect()
}

#[test]
fn figures_of_slices_equal_their_definitions() {
    let folder = tempdir().unwrap();
    let clicks = rows();
    let mut text = "user,item,tags,price,click\n".to_owned();
    for Click { user, item, tags, price, label } in &clicks {
        let tags: Vec<String> = (0..*tags).map(|tag| format!("i{tag}")).collect();
        writeln!(text, "u{user},i{item},{},{price},{}", tags.join("|"), u8::from(*label)).unwrap();
    }
    fs::write(folder.path().join("clicks.csv"), text).unwrap();
    let (data, out) = (folder.path().to_owned(), Some(folder.path().join("run")));
    let options = TrainOptions { data, out, seed: 3, threads: 1, ..Default::default() };
    let trained = train::<Cpu, clicks::Model<Cpu>>(&options, &Cpu::default(), &Interrupt::default()).unwrap();
    let (model, dataset) = (&*trained.model, &trained.dataset);
    let measure = |slices| {
        let options = EvaluateOptions { slices, ..Default::default() };
        evaluate(model, dataset, options, &Interrupt::default()).unwrap()
    };
    assert!(measure(None).slices.is_empty());
    let report = measure(Some(&trained.features));
    assert_eq!(report.metrics, measure(None).metrics);

    let mut of_users: HashMap<usize, usize> = HashMap::new();
    dataset.train.iter().for_each(|&row| *of_users.entry(clicks[row as usize].user).or_default() += 1);
    let test: &[u32] = &dataset.test;
    let scores = model.scores(&dataset.batch(test), &mut PassState::inference()).unwrap();
    // Number of rows, of right predictions, and sum of cross-entropies.
    let mut expected: BTreeMap<(&str, String), (usize, f64, f64)> = BTreeMap::new();
    let mut of_items: HashMap<usize, usize> = HashMap::new();
    test.iter().for_each(|&row| *of_items.entry(clicks[row as usize].item).or_default() += 1);
    let named = report.slices.iter().filter(|slice| slice.by == "item" && slice.value != "other");
    let named: Vec<&str> = named.map(|slice| &*slice.value).collect();
    let least = named.iter().map(|item| of_items[&item[1..].parse().unwrap()]).min();
    let rest = of_items.iter().filter(|(item, _)| !named.contains(&&*format!("i{item}")));
    assert_eq!(named.len(), 20);
    assert!(rest.clone().count() > 0 && rest.map(|(_, &rows)| Some(rows)).all(|rows| rows <= least));
    for (&row, &score) in test.iter().zip(&scores.values) {
        let click = &clicks[row as usize];
        let item = format!("i{}", click.item);
        let item = if named.contains(&&*item) { item } else { "other".to_owned() };
        let band = ["below 2", "2 to below 5.5", "5.5 or more"];
        let band = band[usize::from(click.price >= 2.0) + usize::from(click.price >= 5.5)];
        let tags = ["0", "1 to 2", "3 or more"];
        let tags = tags[usize::from(click.tags >= 1) + usize::from(click.tags >= 3)];
        let user = of_users.get(&click.user).copied().unwrap_or(0);
        let user = ["0 to 19", "20 to 39", "40 or more"][usize::from(user >= 20) + usize::from(user >= 40)];
        let probability = 1.0 / (1.0 + (-f64::from(score)).exp());
        let loss = -(if click.label { probability } else { 1.0 - probability }).ln();
        for slice in [
            ("item", item),
            ("band", band.to_owned()),
            ("length(tags)", tags.to_owned()),
            ("user_rows", user.to_owned()),
        ] {
            let (rows, right, losses) = expected.entry(slice).or_default();
            *rows += 1;
            *right += f64::from(u8::from((score >= 0.0) == click.label));
            *losses += loss;
        }
    }
    assert_eq!(report.slices.len(), expected.len());
    for slice in &report.slices {
        let (rows, right, losses) = expected[&(&*slice.by, slice.value.clone())];
        assert_eq!(slice.rows, rows, "{} {}", slice.by, slice.value);
        let accuracy = &slice.metrics[0];
        let logloss = &slice.metrics[1];
        assert_eq!((&*accuracy.name, &*logloss.name), ("accuracy", "logloss"));
        assert!((accuracy.value - right / rows as f64).abs() < 1e-9, "{slice:?}");
        assert!((logloss.value - losses / rows as f64).abs() < 1e-6, "{slice:?}");
        let (low, high) = logloss.interval.unwrap();
        assert!(low <= logloss.value && logloss.value <= high, "{slice:?}");
    }
}
