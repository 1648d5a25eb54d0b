//! Figures of evaluation are those of the lists for test rows, and of the lists of each slice.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use serde_json::{Value, json};

use super::{ITEMS, Shop, USERS, country, hit_rate, items_of, json_lines, keys};

#[test]
fn figures_of_the_lists_for_test_rows_are_those_of_evaluation() {
    let shop = Shop::trained();
    let evaluated = shop.done(&["eval", "run", "--json"]);
    let evaluated = json_lines(evaluated.lines().last().unwrap()).remove(0);
    let keys_of_items: Vec<String> = (0..ITEMS).map(|item| format!("i{item}")).collect();
    let mut rows: HashMap<&str, usize> = keys_of_items.iter().map(|key| (&**key, 0)).collect();
    for items in (0..USERS).map(items_of) {
        let trained = &items[..items.len() - 1];
        trained.iter().for_each(|&item| *rows.get_mut(&*keys_of_items[item]).unwrap() += 1);
    }
    for k in ["3", "10"] {
        let lists = shop.lists(&["--on", "test", "--k", k]);
        assert_eq!(lists.len(), USERS);
        let listed: Vec<&str> = lists.iter().flat_map(keys).collect();
        let distinct: BTreeSet<&str> = listed.iter().copied().collect();
        let popularity: usize = listed.iter().map(|key| rows[key]).sum();
        for (metric, found) in [
            ("hit_rate", hit_rate(&lists)),
            ("coverage", distinct.len() as f64 / ITEMS as f64),
            ("popularity", popularity as f64 / listed.len() as f64),
        ] {
            let expected = evaluated[format!("{metric}_{k}")].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-9, "{metric}: {found} {expected}");
        }
        for list in &lists {
            let user: usize = list["user"].as_str().unwrap()[1..].parse().unwrap();
            assert_eq!(list["relevant"], json!([format!("i{}", items_of(user).last().unwrap())]));
        }
    }
}

#[test]
fn figures_of_slices_are_those_of_their_lists() {
    let shop = Shop::trained();
    let printed = shop.done(&["eval", "run", "--json"]);
    let result = json_lines(printed.lines().last().unwrap()).remove(0);
    let slices = result["slices"].as_array().unwrap();
    let lists = shop.lists(&["--on", "test", "--k", "3"]);
    let rows_of_item = |item: usize| {
        let trained = (0..USERS).map(items_of).flat_map(|items| items[..items.len() - 1].to_vec());
        trained.filter(|&other| other == item).count()
    };
    let value = |by: &str, user: usize| {
        let items = items_of(user);
        let range = |found: usize, names: [&str; 3], bounds: [usize; 2]| {
            names[bounds.iter().filter(|bound| found >= **bound).count()].to_owned()
        };
        match by {
            "country" => country(user).to_owned(),
            "length(before)" => "4 or more".to_owned(),
            "user_rows" => range(items.len() - 1, ["0 to 4", "5 to 6", "7 or more"], [5, 7]),
            "item_rows" => range(rows_of_item(*items.last().unwrap()), ["0", "1 to 2", "3 or more"], [1, 3]),
            other => panic!("there are no slices by {other}"),
        }
    };
    let mut seen = BTreeSet::new();
    for slice in slices {
        let by = slice["by"].as_str().unwrap();
        seen.insert(by);
        let is_in = |list: &&Value| {
            let user = list["user"].as_str().unwrap()[1..].parse().unwrap();
            slice["value"] == *value(by, user)
        };
        let own: Vec<Value> = lists.iter().filter(is_in).cloned().collect();
        assert_eq!(slice["rows"], own.len(), "{slice}");
        let distinct: BTreeSet<&str> = own.iter().flat_map(keys).collect();
        for (metric, found) in
            [("hit_rate_3", hit_rate(&own)), ("coverage_3", distinct.len() as f64 / ITEMS as f64)]
        {
            let expected = slice[metric].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-9, "{metric}: {found} {slice}");
        }
        assert!(printed.contains(&format!("\n  {}", slice["value"].as_str().unwrap())), "{printed}");
    }
    assert_eq!(seen, BTreeSet::from(["country", "length(before)", "user_rows", "item_rows"]));
    let rows = |by: &str| {
        let of = slices.iter().filter(|slice| slice["by"] == by);
        of.map(|slice| slice["rows"].as_u64().unwrap()).sum::<u64>()
    };
    assert!(seen.iter().all(|by| rows(by) == USERS as u64));
    assert!(printed.contains("\nby country"), "{printed}");
    // The end of training measured them too, and the evaluation between epochs does not.
    let log = json_lines(&fs::read_to_string(shop.folder.path().join("run/metrics.jsonl")).unwrap());
    assert_eq!(log.last().unwrap()["slices"], result["slices"]);
    assert_eq!(log.iter().filter(|line| line.get("slices").is_some()).count(), 1);
}
