//! Small files in the form of public data sets, with made-up contents.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Numbers that look random and are the same in each run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len() as u64) as usize]
    }
}

const GENRES: [&str; 5] = ["Adventure", "Children", "Comedy", "Drama", "Fantasy"];
const USERS: u64 = 120;
const ITEMS: u64 = 150;

/// Ratings: user, item, rating, time. Each pair occurs once.
fn ratings(draws: &mut Draws) -> Vec<[u64; 4]> {
    let pairs = (0..USERS * 15).map(|row| (row % USERS + 1, (row / USERS * 10 + row % USERS) % ITEMS + 1));
    pairs
        .map(|(user, item)| [user, item, 1 + draws.below(5), 874_724_710 + draws.below(18_000_000)])
        .collect()
}

/// MovieLens 100K: `u.data`, `u.item`, `u.user`, without headers.
pub fn movielens_100k(folder: &Path) {
    let mut draws = Draws(1);
    let mut text = String::new();
    for [user, item, rating, time] in ratings(&mut draws) {
        writeln!(text, "{user}\t{item}\t{rating}\t{time}").unwrap();
    }
    fs::write(folder.join("u.data"), &text).unwrap();
    let mut items = Vec::new();
    for item in 1..=ITEMS {
        let flags: Vec<&str> = (0..19).map(|_| draws.of(&["0", "1"])).collect();
        let address = format!("http://us.imdb.com/M/title-exact?{item}");
        items.extend(format!("{item}|Caf").bytes());
        items.push(0xe9);
        items.extend(format!(" Story {item} (1995)|01-Jan-1995||{address}|{}\n", flags.join("|")).bytes());
    }
    fs::write(folder.join("u.item"), items).unwrap();
    text.clear();
    for user in 1..=USERS {
        let (age, gender) = (7 + draws.below(60), draws.of(&["M", "F"]));
        let work = draws.of(&["writer", "student", "other"]);
        writeln!(text, "{user}|{age}|{gender}|{work}|{}", draws.of(&["85711", "T8H1N", "94043"])).unwrap();
    }
    fs::write(folder.join("u.user"), text).unwrap();
}

/// MovieLens latest: `ratings.csv`, `movies.csv`, `links.csv` and `tags.csv`, with headers.
pub fn movielens_latest(folder: &Path) {
    let mut draws = Draws(2);
    let mut files = [
        ("ratings.csv", "userId,movieId,rating,timestamp\n".to_owned()),
        ("movies.csv", "movieId,title,genres\n".to_owned()),
        ("links.csv", "movieId,imdbId,tmdbId\n".to_owned()),
        ("tags.csv", "userId,movieId,tag,timestamp\n".to_owned()),
    ];
    for (row, [user, item, rating, time]) in ratings(&mut draws).into_iter().enumerate() {
        writeln!(files[0].1, "{user},{},{}.5,{time}", item * 7, rating - 1).unwrap();
        if row % 9 == 0 {
            writeln!(files[3].1, "{user},{},{},{time}", item * 7, draws.of(&["funny", "dark"])).unwrap();
        }
    }
    for item in 1..=ITEMS {
        let mut genres = vec![draws.of(&GENRES)];
        let second = draws.of(&GENRES);
        genres.extend((second != genres[0]).then_some(second));
        writeln!(files[1].1, "{},\"Story, The {item} (1995)\",{}", item * 7, genres.join("|")).unwrap();
        let further = if item % 9 == 0 { String::new() } else { (item + 862).to_string() };
        writeln!(files[2].1, "{},{:07},{further}", item * 7, item + 114_709).unwrap();
    }
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
}

/// Criteo: `train.txt`, tabs, without a header, with empty fields.
pub fn criteo(folder: &Path, rows: u64) {
    let mut draws = Draws(3);
    let mut text = String::new();
    for _ in 0..rows {
        write!(text, "{}", u64::from(draws.below(4) == 0)).unwrap();
        for field in 0..13_u64 {
            let number = match field {
                9 => draws.below(4) as i64,
                1 => draws.below(50) as i64 - 3,
                _ => (draws.below(30) * draws.below(30)) as i64,
            };
            let is_missing = field != 9 && draws.below(5) == 0;
            if is_missing { text.push('\t') } else { write!(text, "\t{number}").unwrap() }
        }
        for field in 0..26_u64 {
            let key = (draws.below(3 + 7 * field) * 2_654_435_761 + field * 77_777) % (1 << 32);
            if draws.below(10) == 0 { text.push('\t') } else { write!(text, "\t{key:08x}").unwrap() }
        }
        text.push('\n');
    }
    fs::write(folder.join("train.txt"), text).unwrap();
}

/// News that were shown: `log.csv`, with a header, histories by spaces and a label.
pub fn news(folder: &Path, rows: u64) {
    let mut draws = Draws(4);
    let mut text = "user_id,item_id,hist_items,hour,price,is_click,title\n".to_owned();
    for row in 0..rows {
        let length = 1 + draws.below(12);
        let history: Vec<String> = (0..length).map(|_| format!("N{}", draws.below(80))).collect();
        let (user, item, hour) = (draws.below(200), draws.below(80), draws.below(24));
        let title = format!("news about {} of day {row}", draws.of(&GENRES));
        let price = draws.below(9000) as f64 / 100.0;
        writeln!(text, "U{user},N{item},{},{hour},{price},{},{title}", history.join(" "), draws.below(2))
            .unwrap();
    }
    fs::write(folder.join("log.csv"), text).unwrap();
}

/// Impressions of MIND: `behaviors.tsv` and `news.tsv`, without headers.
pub fn mind(folder: &Path) {
    let mut draws = Draws(11);
    let mut log = String::new();
    for row in 0..300_u64 {
        let news = |draws: &mut Draws| format!("N{}", draws.below(60));
        let clicked: Vec<String> = (0..draws.below(8)).map(|_| news(&mut draws)).collect();
        let shown: Vec<String> =
            (0..1 + draws.below(7)).map(|_| format!("{}-{}", news(&mut draws), draws.below(4) / 3)).collect();
        let (user, day) = (draws.below(50), 9 + row / 60);
        writeln!(
            log,
            "{}\tU{user}\t11/{day}/2019 9:05:{:02} AM\t{}\t{}",
            row + 1,
            row % 60,
            clicked.join(" "),
            shown.join(" ")
        )
        .unwrap();
    }
    let mut news = String::new();
    for item in 0..60 {
        writeln!(news, "N{item}\t{}\tnews about {} of day {item}", draws.of(&GENRES), draws.of(&GENRES))
            .unwrap();
    }
    fs::write(folder.join("behaviors.tsv"), log).unwrap();
    fs::write(folder.join("news.tsv"), news).unwrap();
}

/// The same impressions under a header, with dates that begin with the day.
pub fn impressions(folder: &Path) {
    mind(folder);
    let log = fs::read_to_string(folder.join("behaviors.tsv")).unwrap();
    let mut text = "impression_id,user_id,date,clicked,impressions\n".to_owned();
    for line in log.lines() {
        let [id, user, time, clicked, shown] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let day = time.split('/').nth(1).unwrap();
        writeln!(text, "{id},{user},{}.11.2019,{clicked},{shown}", 5 + day.parse::<u32>().unwrap()).unwrap();
    }
    fs::write(folder.join("impressions.csv"), text).unwrap();
}

/// Events of a shop: `UserBehavior.csv`, without a header.
pub fn taobao(folder: &Path) {
    let mut draws = Draws(5);
    let mut text = String::new();
    for row in 0..3000_u64 {
        let item = draws.below(400);
        let (kind, time) =
            (draws.of(&["pv", "pv", "pv", "cart", "buy"]), 1_511_544_070 + draws.below(700_000));
        writeln!(text, "{},{},{},{kind},{time}", row / 25 + 1, 2_268_318 + 7 * item, 2_520_377 + item % 20)
            .unwrap();
    }
    fs::write(folder.join("UserBehavior.csv"), text).unwrap();
}

/// Check-ins of Gowalla: `checkins.txt`, tabs, dates with an offset, without a header.
pub fn gowalla(folder: &Path) {
    let mut draws = Draws(6);
    let mut text = String::new();
    for row in 0..2400_u64 {
        let (day, place) = (1 + draws.below(28), draws.below(200));
        let (north, east) = (30.0 + place as f64 / 128.0, -97.0 - place as f64 / 64.0);
        writeln!(
            text,
            "{}\t2010-10-{day:02}T23:55:{:02}Z\t{north}\t{east}\t{}",
            row / 20,
            row % 60,
            22_847 + 9 * place
        )
        .unwrap();
    }
    fs::write(folder.join("checkins.txt"), text).unwrap();
}

/// Purchases in order: `sequence.txt`, two numbers with a space, no time.
pub fn sasrec(folder: &Path) {
    let mut draws = Draws(7);
    let rows = (0..3000_u64).map(|row| format!("{} {}\n", row / 20 + 1, 1 + draws.below(300)));
    fs::write(folder.join("sequence.txt"), rows.collect::<String>()).unwrap();
}

/// RecBole: `ml.inter`, `ml.user` and `ml.item`, tabs, with types in the headers.
pub fn recbole(folder: &Path) {
    let mut draws = Draws(8);
    let mut files = [
        ("ml.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n".to_owned()),
        ("ml.user", "user_id:token\tage:token\tgender:token\n".to_owned()),
        (
            "ml.item",
            "item_id:token\tmovie_title:token_seq\trelease_year:float\tclass:token_seq\tvector:float_seq\n"
                .to_owned(),
        ),
    ];
    for [user, item, rating, time] in ratings(&mut draws) {
        writeln!(files[0].1, "{user}\t{item}\t{rating}\t{time}").unwrap();
    }
    for user in 1..=USERS {
        writeln!(files[1].1, "{user}\t{}\t{}", 7 + draws.below(60), draws.of(&["M", "F"])).unwrap();
    }
    for item in 1..=ITEMS {
        let (first, second, year) = (draws.of(&GENRES), draws.of(&GENRES), 1960 + draws.below(40));
        writeln!(files[2].1, "{item}\tStory {item}\t{year}\t{first} {second}\t0.5 0.25 {}", draws.below(9))
            .unwrap();
    }
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
}

/// Reviews of a shop: `reviews.jsonl` and `meta.jsonl`, with nested fields and lists.
pub fn reviews(folder: &Path) {
    let mut draws = Draws(9);
    let (mut reviews, mut items) = (String::new(), String::new());
    for [user, item, rating, time] in ratings(&mut draws) {
        let text = format!(
            "{{\"reviewerID\": \"A{user}\", \"asin\": \"B{item:04}\", \"overall\": {rating}.0, \"helpful\": {{\"yes\": {}}}, \"unixReviewTime\": {time}}}",
            draws.below(9)
        );
        writeln!(reviews, "{text}").unwrap();
    }
    for item in 1..=ITEMS {
        let (first, second) = (draws.of(&GENRES), draws.of(&GENRES));
        let price = if item % 7 == 0 { "null".to_owned() } else { format!("{}.99", draws.below(90)) };
        writeln!(items, "{{\"asin\": \"B{item:04}\", \"title\": \"A story of {first} {item}\", \"price\": {price}, \"categories\": [\"{first}\", \"{second}\"]}}").unwrap();
    }
    fs::write(folder.join("reviews.jsonl"), reviews).unwrap();
    fs::write(folder.join("meta.jsonl"), items).unwrap();
}

/// MovieLens 1M: `ratings.dat` and `movies.dat`, two colons, Latin-1, without headers.
pub fn movielens_1m(folder: &Path) {
    let mut draws = Draws(10);
    let mut text = String::new();
    for [user, item, rating, time] in ratings(&mut draws) {
        writeln!(text, "{user}::{item}::{rating}::{time}").unwrap();
    }
    fs::write(folder.join("ratings.dat"), text).unwrap();
    let mut items = Vec::new();
    for item in 1..=ITEMS {
        let (first, second) = (draws.of(&GENRES), draws.of(&GENRES));
        let genres = if first == second { first.to_owned() } else { format!("{first}|{second}") };
        items.extend(format!("{item}::Caf").bytes());
        items.push(0xe9);
        items.extend(format!(": Story {item} (1995)::{genres}\n").bytes());
    }
    fs::write(folder.join("movies.dat"), items).unwrap();
}

/// Frappe in the form of libFM: `train.libfm`, a label of -1 and 1 and ten features.
pub fn frappe(folder: &Path) {
    let mut draws = Draws(11);
    let mut text = String::new();
    for _ in 0..1500 {
        let features: Vec<String> =
            (0..10).map(|field| format!("{}:1", 50 * field + draws.below(40))).collect();
        writeln!(text, "{} {}", draws.of(&["-1", "1"]), features.join(" ")).unwrap();
    }
    fs::write(folder.join("train.libfm"), text).unwrap();
}

/// Criteo in the form of libffm: `train.ffm`, two numbers, which have one index, and three keys.
pub fn criteo_ffm(folder: &Path) {
    let mut draws = Draws(12);
    let mut text = String::new();
    for _ in 0..1500 {
        let numbers = (0..2).map(|field| format!("{field}:{field}:0.{:03}", draws.below(1000)));
        let numbers: Vec<String> = numbers.collect();
        let keys: Vec<String> =
            (2..5).map(|field| format!("{field}:{}:1", 100 * field + draws.below(60))).collect();
        writeln!(text, "{} {} {}", draws.below(2), numbers.join(" "), keys.join(" ")).unwrap();
    }
    fs::write(folder.join("train.ffm"), text).unwrap();
}

/// Gowalla of LightGCN: `train.txt` and `test.txt`, a user and its items on each line.
pub fn light_gcn(folder: &Path) {
    let mut draws = Draws(13);
    for (name, most) in [("train.txt", 12), ("test.txt", 3)] {
        let mut text = String::new();
        for user in 0..80 {
            let items = (0..=1 + draws.below(most)).map(|_| draws.below(120).to_string());
            writeln!(text, "{user} {}", items.collect::<Vec<_>>().join(" ")).unwrap();
        }
        fs::write(folder.join(name), text).unwrap();
    }
}
