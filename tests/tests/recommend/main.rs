//! `turret recommend`: lists for users, records and test rows; the same lists from the library.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use turret::runtime::data::Field;
use turret::runtime::prelude::Cpu;
use turret::runtime::prepare::DataOptions;
use turret::runtime::recommend::{ListOptions, Recommendations, Users};
use turret::{Loaded, Record};
use turret_tests::{Outcome, outcome, root, turret};

mod figures;
mod next {
    turret::include_model!("../examples/shop/next.dm");
}

const USERS: usize = 14;
const ITEMS: usize = 40;

const SPEC: &str = r#"model Watch {
    data {
        log   = csv("log.csv")
        items = csv("items.csv")
        join(items, on = item)
        history(by = user, order = time)
        split = leave_last_out
    }
    input {
        user:    id
        country: id
        before:  sequence(from = history.item, max = 4)
        item:    id(from = items.item)
    }
    embedding user    { dim = 4 }
    embedding country { dim = 2 }
    embedding item    { dim = 8 }
    tower who   { concat(user[user], country[country], mean(item[before])) |> dense(8) }
    tower shown { item[item] }
    catalog { source = items, key = item }
    objective in_batch_softmax(who, shown)
    metrics { hit_rate(3, 10), ndcg(10), coverage(3, 10), popularity(3, 10), exclude_seen
              slices = [country, length(before, [3, 4]), user_rows([5, 7]), item_rows([1, 3])] }
    train   { optimizer = adam(lr = 0.02), batch = 16, epochs = 3 }
}"#;

/// Rows of a user: items, ascending in time. Item 39 is in the last row of user 0 alone.
fn items_of(user: usize) -> Vec<usize> {
    let count = 5 + user % 4;
    let mut items: Vec<usize> = (0..count).map(|at| (user * 5 + at * at * 3 + at) % (ITEMS - 1)).collect();
    if user == 0 {
        items.push(ITEMS - 1);
    }
    items
}

fn country(user: usize) -> &'static str {
    ["de", "fr", "it"][user % 3]
}

/// A folder with a trained run.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn trained() -> Self {
        let folder = tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let mut log = "user,country,item,time\n".to_owned();
        for at in 0..9 {
            for user in 0..USERS {
                if let Some(item) = items_of(user).get(at) {
                    writeln!(log, "u{user},{},i{item},{}", country(user), 100 * at + user).unwrap();
                }
            }
        }
        fs::write(data.join("log.csv"), log).unwrap();
        let mut items = "item,title,year,kind\n".to_owned();
        for item in 0..ITEMS {
            let year = if item == 7 { String::new() } else { (1980 + item).to_string() };
            writeln!(items, "i{item},\"Title, {item}\",{year},{}", ["a", "b", "c"][item % 3]).unwrap();
        }
        fs::write(data.join("items.csv"), items).unwrap();
        fs::write(folder.path().join("watch.dm"), SPEC).unwrap();
        let shop = Self { folder };
        shop.done(&["train", "watch.dm", "--data", "data", "--out", "run"]);
        shop
    }

    fn run(&self, line: &[&str]) -> Outcome {
        outcome(turret().args(line).current_dir(self.folder.path()))
    }

    fn done(&self, line: &[&str]) -> String {
        let Outcome { status, stdout, stderr } = self.run(line);
        assert_eq!(status, 0, "{line:?}\n{stderr}");
        stdout
    }

    fn lists(&self, arguments: &[&str]) -> Vec<Value> {
        json_lines(&self.done(&[&["recommend", "run", "--json"], arguments].concat()))
    }
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect()
}

/// Keys, and bits of the scores.
fn bits(list: &Value) -> Vec<(String, u32)> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            (item["key"].as_str().unwrap().to_owned(), (item["score"].as_f64().unwrap() as f32).to_bits())
        })
        .collect()
}

/// Share of the lists with a relevant item.
fn hit_rate(lists: &[Value]) -> f64 {
    let is_hit = |list: &&Value| {
        let relevant = list["relevant"].as_array().unwrap();
        keys(list).iter().any(|key| relevant.iter().any(|other| other == key))
    };
    lists.iter().filter(is_hit).count() as f64 / lists.len() as f64
}

#[test]
fn users_get_unseen_items_by_their_newest_state() {
    let shop = Shop::trained();
    let all = shop.lists(&["--all", "--k", "50"]);
    assert_eq!(all.len(), USERS);
    for list in &all {
        let user: usize = list["user"].as_str().unwrap()[1..].parse().unwrap();
        let seen: BTreeSet<String> = items_of(user).iter().map(|item| format!("i{item}")).collect();
        let keys = keys(list);
        assert!(keys.iter().all(|key| !seen.contains(*key)), "{list}");
        assert_eq!(keys.len() + seen.len(), ITEMS);
        let scores: Vec<f64> =
            list["items"].as_array().unwrap().iter().map(|item| item["score"].as_f64().unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b));

        // The same list from a record with the whole history, the last row included.
        let history: Vec<String> = items_of(user).iter().map(|item| format!("i{item}")).collect();
        let record = json!({"user": format!("u{user}"), "country": country(user), "history.item": history});
        fs::write(shop.folder.path().join("record.jsonl"), record.to_string()).unwrap();
        let of_record = shop.lists(&["--records", "record.jsonl", "--k", "50"]);
        assert_eq!(of_record.len(), 1);
        assert_eq!((&of_record[0]["user"], bits(&of_record[0])), (&list["user"], bits(list)));
    }
    // Named users are in the order of the arguments.
    let two = shop.lists(&["--user", "u7", "--user", "u2", "-k", "3"]);
    let user = |name: &str| all.iter().find(|list| list["user"] == name).unwrap();
    for (list, name) in two.iter().zip(["u7", "u2"]) {
        assert_eq!((&list["user"], bits(list)), (&json!(name), bits(user(name))[..3].to_vec()));
    }
    let kept = shop.lists(&["--user", "u7", "--include-seen", "--k", "50"]);
    assert_eq!(keys(&kept[0]).len(), ITEMS);
    assert_eq!(shop.lists(&["--all", "--k", "50", "--threads", "1"]), all);
    // In a table, a history is one cell.
    fs::write(shop.folder.path().join("r.csv"), "user,country,history.item\nu2,it,\"i10,i14\"\n").unwrap();
    let table = shop.lists(&["--records", "r.csv", "--k", "50"]);
    assert!(keys(&table[0]).len() == ITEMS - 2 && !keys(&table[0]).contains(&"i14"), "{table:?}");
}

#[test]
fn lists_show_and_filter_columns_of_the_catalog() {
    let shop = Shop::trained();
    let lists =
        shop.lists(&["--user", "u3", "--k", "50", "--show", "title", "--show", "kind", "--where", "kind=a"]);
    for item in lists[0]["items"].as_array().unwrap() {
        let number: usize = item["key"].as_str().unwrap()[1..].parse().unwrap();
        assert_eq!((number % 3, &item["kind"]), (0, &json!("a")));
        assert_eq!(item["title"], format!("Title, {number}"));
    }
    let within =
        ["--user", "u3", "--k", "50", "--include-seen", "--where", "year>=1985", "--where", "year<=1990"];
    let mut found: Vec<usize> =
        keys(&shop.lists(&within)[0]).iter().map(|key| key[1..].parse().unwrap()).collect();
    found.sort_unstable();
    // Item 7 has no year.
    assert_eq!(found, [5, 6, 8, 9, 10]);
    let either = ["--user", "u3", "--k", "50", "--include-seen", "--where", "kind=a", "--where", "kind=b"];
    assert_eq!(keys(&shop.lists(&either)[0]).len(), 27);

    let text =
        shop.done(&["recommend", "run", "--user", "u3", "--user", "u4", "--k", "2", "--show", "title"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[3]), (6, "user u3", "user u4"));
    assert!(lines[1].starts_with("  1  i") && lines[1].contains("  Title, "), "{text}");
    let csv = shop.done(&["recommend", "run", "--user", "u3", "--k", "2", "--csv", "--show", "title"]);
    assert!(csv.starts_with("user,rank,key,score,popular,title\nu3,1,i"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
    let none = shop.done(&["recommend", "run", "--user", "u3", "--where", "year>=3000"]);
    assert_eq!(none, "user u3: no item is left\n");

    assert_eq!(
        shop.done(&[
            "recommend",
            "run",
            "--user",
            "u3",
            "--k",
            "2",
            "--csv",
            "--show",
            "title",
            "-o",
            "lists.csv"
        ]),
        ""
    );
    assert_eq!(fs::read_to_string(shop.folder.path().join("lists.csv")).unwrap(), csv);
}

#[test]
fn records_of_new_users_get_what_is_known_of_them_or_popular_items() {
    let shop = Shop::trained();
    let records = [
        json!({"user": "nobody", "country": "fr"}),
        json!({"user": "nobody", "history.item": ["i3", "i8"]}),
        json!({"user": "nobody", "country": "mars", "history.item": ["none"]}),
        json!({}),
        json!({"user": "u5"}),
    ];
    let text: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(shop.folder.path().join("new.jsonl"), &text).unwrap();
    let lists = shop.lists(&["--records", "new.jsonl", "--k", "5"]);
    let popular: Vec<bool> = lists.iter().map(|list| list["popular"] == true).collect();
    assert_eq!(popular, [false, false, true, true, false]);
    assert!(!keys(&lists[1]).contains(&"i3"));
    assert_eq!((&lists[2]["user"], &lists[3]["user"]), (&json!("nobody"), &Value::Null));

    // The most popular items of the training rows: all but the last of each user.
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for user in 0..USERS {
        let items = items_of(user);
        items[..items.len() - 1].iter().for_each(|&item| *counts.entry(item).or_default() += 1);
    }
    let mut expected: Vec<usize> = counts.keys().copied().collect();
    expected.sort_by_key(|item| (std::cmp::Reverse(counts[item]), *item));
    let expected: Vec<String> = expected[..5].iter().map(|item| format!("i{item}")).collect();
    assert_eq!(keys(&lists[3]), expected);
    assert_eq!(lists[3]["items"][0]["score"], counts[&expected[0][1..].parse().unwrap()] as f64);
    let text = shop.done(&["recommend", "run", "--records", "new.jsonl", "--k", "2"]);
    assert!(text.contains("new.jsonl:4: popular items"), "{text}");

    // A refused record does not affect the others, and its reason is the answer.
    fs::write(shop.folder.path().join("new.jsonl"), format!("{{\"user\": [1, 2]}}\n{}\n", records[0]))
        .unwrap();
    let Outcome { status, stdout, stderr } =
        shop.run(&["recommend", "run", "--json", "--records", "new.jsonl", "--k", "5"]);
    let answers = json_lines(&stdout);
    assert_eq!((status, answers.len()), (1, 2), "{stderr}");
    assert!(answers[0]["error"].is_string());
    assert_eq!(bits(&answers[1]), bits(&lists[0]));
}

#[test]
fn mistakes_get_one_message() {
    let shop = Shop::trained();
    for (arguments, status, expected) in [
        (&["--user", "u99"][..], 2, "no row of the data has the user `u99` in `user`"),
        (&["--user", "u1", "--k", "0"], 2, "a list has at least one item"),
        (
            &["--user", "u1", "--where", "yeer>=1990"],
            1,
            "source `items` has no column `yeer`; did you mean `year`?",
        ),
        (&["--user", "u1", "--where", "year>1990"], 2, "limits are included: write `year>=1990`"),
        (&["--user", "u1", "--where", "kind>=3"], 1, "items.csv:2: column `kind`: `a` is not a number"),
        (
            &["--user", "u1", "--show", "titel"],
            1,
            "source `items` has no column `titel`; its columns are item, title",
        ),
        (&["--user", "u1", "--by", "country"], 2, "the histories are those of `user`, so `country` cannot"),
        (&["--user", "u1", "--all"], 2, "cannot be used with"),
        (&[], 2, "--user"),
    ] {
        let refused = shop.run(&[&["recommend", "run"], arguments].concat());
        assert_eq!(
            (refused.status, refused.stdout.as_str()),
            (status, ""),
            "{arguments:?}\n{}",
            refused.stderr
        );
        assert!(refused.stderr.contains(expected), "{arguments:?}\n{}", refused.stderr);
        assert_eq!(refused.stderr.matches("error: ").count(), 1, "{}", refused.stderr);
    }
    // A model of labels ranks no items.
    let clicks = shop.folder.path().join("clicks");
    turret_tests::clicks::write_data(&clicks);
    let run = shop.folder.path().join("ctr");
    assert_eq!(turret_tests::clicks::train(&clicks, &run, &[]).status, 0);
    let mut command = turret_tests::clicks::clicks();
    let refused = outcome(command.arg("recommend").arg(&run).args(["--user", "u1"]));
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("the model ranks no items"), "{}", refused.stderr);
}

/// Runs of `next.dm`, whose catalog is that of the training rows.
#[test]
fn the_library_gives_the_lists_of_the_command() {
    let folder = tempdir().unwrap();
    let shop = root().join("examples/shop");
    let run = folder.path().join("run");
    let call = |line: &[&str]| outcome(turret().args(line).arg(&run).current_dir(folder.path()));
    let train = ["train", shop.join("next.dm").to_str().unwrap(), "--data", shop.to_str().unwrap(), "--out"]
        .map(str::to_owned);
    let trained = call(&train.each_ref().map(String::as_str));
    assert_eq!(trained.status, 0, "{}", trained.stderr);
    let records = r#"{"country": "de", "history.product_id": ["tea", "mug"]}
{"country": "nowhere"}
{"country": "fr", "history.product_id": ["pen", "new"]}
"#;
    fs::write(folder.path().join("records.jsonl"), records).unwrap();
    let command = |arguments: &[&str]| {
        let listed = call(&[&["recommend", "--json", "--k", "3"], arguments].concat());
        assert_eq!(listed.status, 0, "{}", listed.stderr);
        json_lines(&listed.stdout)
    };

    let mut loaded = Loaded::<Cpu, next::Model<Cpu>>::open(&run, &Cpu::default()).unwrap();
    let (data, dataset) = loaded.prepare(None, &DataOptions::default()).unwrap();
    let recommender = loaded.recommender(&dataset).unwrap();
    let own = |list: &Recommendations<'_>| {
        let items = list.items.iter().map(|item| (item.key.to_owned(), item.score.to_bits()));
        (items.collect::<Vec<_>>(), list.is_popular)
    };
    let theirs = |list: &Value| (bits(list), list["popular"] == true);
    let lines: Vec<Value> = json_lines(records);
    let history = |line: &Value| match line["history.product_id"].as_array() {
        None => Field::Missing,
        Some(items) => {
            Field::List(items.iter().map(|item| Field::from(item.as_str().unwrap().to_owned())).collect())
        }
    };
    let records: Vec<next::VisitorRecord<'_>> = lines
        .iter()
        .map(|line| next::VisitorRecord {
            country: line["country"].as_str().unwrap().into(),
            product_id: history(line),
        })
        .collect();
    let lists = loaded.recommend(&recommender, &records, 3).unwrap();
    let expected = command(&["--records", "records.jsonl"]);
    assert_eq!(lists.iter().map(own).collect::<Vec<_>>(), expected.iter().map(theirs).collect::<Vec<_>>());
    assert_eq!(lists.iter().map(|list| list.is_popular).collect::<Vec<_>>(), [false, true, false]);

    let users = Users::new(&dataset, &data, &"visitor_id".into()).unwrap();
    let mut lists = Vec::new();
    let each = |user, list: Recommendations<'_>| {
        lists.push((users.key(user).to_owned(), own(&list)));
        Ok(())
    };
    recommender.for_users(&users, &users.all(), ListOptions::new(3), each).unwrap();
    let expected: Vec<_> = command(&["--all"])
        .iter()
        .map(|list| (list["user"].as_str().unwrap().to_owned(), theirs(list)))
        .collect();
    assert_eq!(lists, expected);
    assert!(!lists.is_empty());

    // Records of the tower of items are no queries.
    let refused = loaded.queries(&recommender, &[next::ProductRecord::default()]).err().unwrap();
    assert!(refused.to_string().contains("`product` is not a tower of queries"), "{refused}");
    assert_eq!(<next::VisitorRecord<'_> as Record<next::Model<Cpu>>>::TOWER, 0);
}

/// Items of each user of MovieLens 100K, and the title of each item.
struct Movies {
    data: PathBuf,
    taken: HashMap<String, BTreeSet<String>>,
    titles: HashMap<String, String>,
}

impl Movies {
    fn read() -> Option<Self> {
        let data = root().join("../shared/data/ml-100k");
        let Ok(log) = fs::read_to_string(data.join("u.data")) else {
            eprintln!("skipped: {} is absent", data.display());
            return None;
        };
        let mut taken: HashMap<String, BTreeSet<String>> = HashMap::new();
        for line in log.lines() {
            let mut cells = line.split('\t').map(str::to_owned);
            let (user, item) = (cells.next().unwrap(), cells.next().unwrap());
            taken.entry(user).or_default().insert(item);
        }
        let items = fs::read(data.join("u.item")).unwrap();
        let items: String = items.into_iter().map(char::from).collect();
        let title = |line: &str| {
            let mut cells = line.split('|').map(str::to_owned);
            Some((cells.next()?, cells.next()?))
        };
        Some(Self { data, taken, titles: items.lines().filter_map(title).collect() })
    }

    /// Trains a spec for an epoch. Its lists have no item that a user took, and the hits of evaluation.
    fn check(&self, spec: &str, metric: &str, by: &[&str]) {
        let folder = tempdir().unwrap();
        let run = folder.path().join("run");
        let spec_path = root().join("specs").join(spec);
        let mut train = turret();
        train.arg("train").arg(&spec_path).args(["--epochs", "1", "--json", "--data"]).arg(&self.data);
        let trained = outcome(train.arg("--out").arg(&run));
        assert_eq!(trained.status, 0, "{}", trained.stderr);
        let evaluated = json_lines(trained.stdout.lines().last().unwrap()).remove(0);
        let lists = |arguments: &[&str]| {
            let listed =
                outcome(turret().arg("recommend").arg(&run).args(["--json", "--k", "10"]).args(arguments));
            assert_eq!(listed.status, 0, "{spec}: {}", listed.stderr);
            json_lines(&listed.stdout)
        };
        let key = if spec == "two_tower.dm" { "title" } else { "movie_id" };
        let all = lists(&[&["--all", "--show", "title", "--show", "movie_id"], by].concat());
        assert_eq!(all.len(), self.taken.len(), "{spec}");
        for list in &all {
            let taken = &self.taken[list["user"].as_str().unwrap()];
            let items = list["items"].as_array().unwrap();
            assert_eq!(items.len(), 10, "{spec}: {list}");
            for item in items {
                assert_eq!(item["key"], item[key], "{spec}");
                let movie = item["movie_id"].as_str().unwrap();
                assert_eq!(item["title"], self.titles[movie], "{spec}");
                // Two movies of one title are one candidate of `two_tower.dm`.
                let is_taken = |other: &String| match key {
                    "title" => self.titles[other] == self.titles[movie],
                    _ => other == movie,
                };
                assert!(!taken.iter().any(is_taken), "{spec}: {list}");
            }
        }
        let hits = hit_rate(&lists(&["--on", "test"]));
        let expected = evaluated[metric].as_f64().unwrap();
        assert!((hits - expected).abs() < 1e-9, "{spec}: {hits} of the lists, {expected} of evaluation");
    }
}

#[test]
fn two_towers_recommend_unseen_movies() {
    if let Some(movies) = Movies::read() {
        movies.check("two_tower.dm", "top_10_accuracy", &["--by", "user_id"]);
    }
}

#[test]
fn several_interests_recommend_unseen_movies() {
    if let Some(movies) = Movies::read() {
        movies.check("comirec.dm", "hit_rate_10", &[]);
    }
}

#[test]
fn sequences_recommend_unseen_movies() {
    if let Some(movies) = Movies::read() {
        movies.check("sasrec.dm", "hit_rate_10", &[]);
    }
}

#[test]
fn scores_of_pairs_recommend_unseen_movies() {
    if let Some(movies) = Movies::read() {
        movies.check("ncf.dm", "hit_rate_10", &[]);
    }
}
