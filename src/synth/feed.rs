//! Impressions of a feed of videos: clicks, purchases after a click, and seconds watched after a click. Each has planted scores of
//! its own, of users, of videos, and of the age of a user with the genre of a video.

use std::fmt::Write as _;
use std::path::Path;

use super::draws::{Draws, Purpose};
use super::{Error, Options, Planted, file, truth};

/// Hours of a day.
const HOURS: usize = 24;

/// Numbers of ages and genres.
const AGES: usize = 6;
const GENRES: usize = 8;

/// Scores of clicks, purchases and seconds.
type Scores = [f64; 3];

/// True values of an impression.
struct Truth {
    click: f64,
    /// Probability of a purchase after a click.
    buy: f64,
    /// Median of the seconds watched after a click.
    seconds: f64,
}

/// An impression with what happened.
struct Row {
    user: usize,
    video: usize,
    hour: usize,
    clicked: bool,
    bought: bool,
    seconds: f64,
    truth: Truth,
}

/// Writes `feed_train.csv` and `feed_test.csv`, and `feed_truth.csv` with the true values of the test rows.
pub(crate) fn write(options: &Options, folder: &Path) -> Result<Planted, Error> {
    if options.width.is_some() {
        return Err(Error::Sizes("a feed has no pretrained vectors: no width".to_owned()));
    }
    let (users, videos) = (options.users.unwrap_or(300), options.items.unwrap_or(200));
    let train = options.rows.unwrap_or(300_000);
    if users < 2 || videos < 2 || train < 3 {
        return Err(Error::Sizes("at least 2 users, 2 videos and 3 rows are needed".to_owned()));
    }
    let world = World::draw(options.seed, users, videos);
    let rows = |numbers: std::ops::Range<usize>| -> Vec<Row> {
        numbers.map(|number| world.row(options.seed, number)).collect()
    };
    let test = rows(train..train + train / 3);
    file::write(&folder.join("feed_train.csv"), text(&rows(0..train)).as_bytes())?;
    file::write(&folder.join("feed_test.csv"), text(&test).as_bytes())?;
    file::write(&folder.join("feed_truth.csv"), text_of_truth(&test).as_bytes())?;
    Ok(planted(&test))
}

struct World {
    users: Vec<Scores>,
    videos: Vec<Scores>,
    /// Scores of an age with each genre.
    tastes: Vec<Scores>,
    hours: Vec<f64>,
}

impl World {
    fn draw(seed: u64, users: usize, videos: usize) -> Self {
        // Who clicks more also buys more and watches longer.
        let scores = |purpose: Purpose, index: usize| -> Scores {
            let mut draws = Draws::new(seed, purpose, index);
            let shared = draws.normal();
            std::array::from_fn(|_| 0.8 * shared + 0.6 * draws.normal())
        };
        let all = |purpose: Purpose, count: usize| (0..count).map(|index| scores(purpose, index)).collect();
        Self {
            users: all(Purpose::User, users),
            videos: all(Purpose::Item, videos),
            tastes: all(Purpose::Topic, AGES * GENRES),
            hours: (0..HOURS).map(|hour| Draws::new(seed, Purpose::Vogue, hour).normal()).collect(),
        }
    }

    fn row(&self, seed: u64, number: usize) -> Row {
        let mut draws = Draws::new(seed, Purpose::Row, number);
        let (user, video) = (draws.below(self.users.len()), draws.below(self.videos.len()));
        let hour = draws.below(HOURS);
        let taste = &self.tastes[user % AGES * GENRES + video % GENRES];
        let score =
            |task: usize| 0.7 * self.users[user][task] + 0.5 * self.videos[video][task] + 0.6 * taste[task];
        let sigmoid = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        let truth = Truth {
            click: sigmoid(-1.0 + score(0) + 0.3 * self.hours[hour]),
            buy: sigmoid(-1.2 + score(1)),
            seconds: (3.0 + 0.5 * score(2)).exp(),
        };
        let clicked = draws.uniform() < truth.click;
        let bought = draws.uniform() < truth.buy && clicked;
        let seconds = if clicked { truth.seconds * (0.4 * draws.normal()).exp() } else { 0.0 };
        Row { user, video, hour, clicked, bought, seconds, truth }
    }
}

/// The rows with a header. Seconds without a click are empty.
fn text(rows: &[Row]) -> String {
    let mut text = "user,age,video,genre,hour,clicked,bought,seconds\n".to_owned();
    for Row { user, video, hour, clicked, bought, seconds, .. } in rows {
        let (clicked, bought) = (u8::from(*clicked), u8::from(*bought));
        let seconds = if clicked == 1 { format!("{seconds:.2}") } else { String::new() };
        let (age, genre) = (user % AGES, video % GENRES);
        let _ = writeln!(text, "u{user},{age},v{video},{genre},{hour},{clicked},{bought},{seconds}");
    }
    text
}

fn text_of_truth(rows: &[Row]) -> String {
    let mut text = "click,buy,seconds\n".to_owned();
    for Row { truth: Truth { click, buy, seconds }, .. } in rows {
        let _ = writeln!(text, "{click:.6},{buy:.6},{seconds:.4}");
    }
    text
}

/// Metrics of the true values: of `click` and `order` over all rows, of `buy` and `stay` over rows with a click.
fn planted(test: &[Row]) -> Planted {
    let clicked = || test.iter().filter(|row| row.clicked);
    let clicks = || test.iter().map(|row| (row.truth.click, row.clicked));
    let buys = || clicked().map(|row| (row.truth.buy, row.bought));
    let orders = || test.iter().map(|row| (row.truth.click * row.truth.buy, row.bought));
    let errors: f64 = clicked().map(|row| (row.truth.seconds - row.seconds).abs()).sum();
    Planted {
        metrics: vec![
            ("click_auc", truth::auc(clicks())),
            ("click_logloss", truth::logloss(clicks())),
            ("buy_auc", truth::auc(buys())),
            ("buy_logloss", truth::logloss(buys())),
            ("order_auc", truth::auc(orders())),
            ("order_logloss", truth::logloss(orders())),
            ("stay_mae", errors / clicked().count().max(1) as f64),
        ],
        popularity: Vec::new(),
        rows: test.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::synth::{Kind, Options, write};

    #[test]
    fn planted_tasks_are_learnable_but_not_certain() {
        let [a, b] = [0, 1].map(|_| tempfile::tempdir().unwrap());
        let options = Options { rows: Some(6_000), ..Options::default() };
        let planted = write(Kind::Feed, &options, a.path()).unwrap();
        assert_eq!(write(Kind::Feed, &options, b.path()).unwrap(), planted);
        for file in ["feed_train.csv", "feed_test.csv", "feed_truth.csv", "planted.json"] {
            assert_eq!(
                fs::read(a.path().join(file)).unwrap(),
                fs::read(b.path().join(file)).unwrap(),
                "{file}"
            );
        }
        for name in ["click_auc", "buy_auc", "order_auc"] {
            assert!((0.7..0.95).contains(&planted.metric(name).unwrap()), "{planted:?}");
        }
        let train = fs::read_to_string(a.path().join("feed_train.csv")).unwrap();
        let clicked = train.lines().filter(|line| line.split(',').nth(5) == Some("1")).count();
        assert_eq!(train.lines().count(), 6_001);
        assert!((1_200..3_000).contains(&clicked), "{clicked}");
        assert!(
            train.lines().skip(1).all(|line| line.ends_with(",0,0,") || line.split(',').nth(5) == Some("1"))
        );
    }
}
