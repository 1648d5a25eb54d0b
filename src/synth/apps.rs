//! Use of apps in context, with the columns of Frappe (Baltrunas et al. 2015). Whether an app is used follows a planted
//! factorization machine over all columns and, of higher order, tastes of a user for an app that change with the time of day and
//! the location.

use std::fmt::Write as _;
use std::path::Path;

use super::draws::{Draws, Purpose, running_sums};
use super::factorization::{Effect, Factorization, WIDTH, deviation_of_pairs};
use super::{Error, Options, Planted, file, latent, truth};

/// Columns, in the order of the files.
const COLUMNS: [&str; 10] =
    ["user", "app", "daytime", "weekday", "weekend", "location", "cost", "weather", "country", "city"];
const USER: usize = 0;
const APP: usize = 1;
const DAYTIME: usize = 2;
const LOCATION: usize = 5;

/// Numbers of values.
const DAYTIMES: usize = 7;
const WEEKDAYS: usize = 7;
const LOCATIONS: usize = 3;
const WEATHERS: usize = 9;
const COUNTRIES: usize = 80;
const CITIES: usize = 240;

/// Planted logit: `OFFSET + FIRST * (first-order terms) + SECOND * (products of pairs) + HIGHER * (products of user, app
/// and context)`. The products of pairs have standard deviation 1 before rare values are damped.
const OFFSET: f64 = -0.5;
const FIRST: f64 = 1.0;
const SECOND: f64 = 0.9;
const HIGHER: f64 = 0.75;

/// Standard deviation of the change of a taste by a time of day or a location.
const CHANGE: f64 = 0.4;

/// Number of training rows at which the effects of a value have 0.7 of their size. What few rows cannot tell is hardly
/// planted, so the planted metrics can be reached.
const RARE: f64 = 1000.0;

/// Effects of higher order of a value of the context.
type Changes = [f64; WIDTH];

/// True logit of a row, and its part of first and second order.
struct Truth {
    logit: f64,
    second_order: f64,
}

struct Row {
    values: [usize; COLUMNS.len()],
    used: bool,
    truth: Truth,
}

/// Writes `apps_train.csv`, `apps_validate.csv` and `apps_test.csv`.
pub(crate) fn write(options: &Options, folder: &Path) -> Result<Planted, Error> {
    if options.width.is_some() {
        return Err(Error::Sizes("a log of apps has no pretrained vectors: no width".to_owned()));
    }
    let (users, apps) = (options.users.unwrap_or(1_000), options.items.unwrap_or(4_000));
    let train = options.rows.unwrap_or(400_000);
    if users < 2 || apps < 2 || train < 6 {
        return Err(Error::Sizes("at least 2 users, 2 items and 6 rows are needed".to_owned()));
    }
    let world = World::draw(options.seed, users, apps, train);
    let rows = |numbers: std::ops::Range<usize>| -> Vec<Row> {
        numbers.map(|number| world.row(options.seed, number)).collect()
    };
    let validate = train + train / 6;
    let test = rows(validate..validate + train / 3);
    file::write(&folder.join("apps_train.csv"), text(&rows(0..train)).as_bytes())?;
    file::write(&folder.join("apps_validate.csv"), text(&rows(train..validate)).as_bytes())?;
    file::write(&folder.join("apps_test.csv"), text(&test).as_bytes())?;
    Ok(planted(&test))
}

struct World {
    /// Cumulative popularity of users and of apps.
    users: Vec<f64>,
    apps: Vec<f64>,
    /// City of each user.
    cities: Vec<usize>,
    /// Effects of the values of each column.
    effects: Vec<Vec<Effect>>,
    daytimes: Vec<Changes>,
    locations: Vec<Changes>,
}

impl World {
    fn draw(seed: u64, users: usize, apps: usize, rows: usize) -> Self {
        let (of_users, of_apps) = (popularity(users, 10.0), popularity(apps, 2.0));
        let of_cities = running_sums(popularity(CITIES, 5.0));
        let cities: Vec<usize> =
            (0..users).map(|user| Draws::new(seed, Purpose::Occupation, user).weighted(&of_cities)).collect();
        let shares = |of: &[f64], count: usize, value: &dyn Fn(usize) -> usize| {
            let mut shares = vec![0.0; count];
            of.iter().enumerate().for_each(|(index, share)| shares[value(index)] += share);
            shares
        };
        let even = |count: usize| vec![1.0 / count as f64; count];
        let shares = [
            of_users.clone(),
            of_apps.clone(),
            even(DAYTIMES),
            even(WEEKDAYS),
            shares(&even(WEEKDAYS), 2, &weekend),
            even(LOCATIONS),
            shares(&of_apps, 2, &cost),
            even(WEATHERS),
            shares(&of_users, COUNTRIES, &|user| country(cities[user])),
            shares(&of_users, CITIES, &|user| cities[user]),
        ];
        let effects = shares.iter().enumerate().map(|(column, shares)| effects(seed, column, shares, rows));
        World {
            users: running_sums(of_users),
            apps: running_sums(of_apps),
            effects: effects.collect(),
            cities,
            daytimes: changes(seed, Purpose::Vogue, DAYTIMES),
            locations: changes(seed, Purpose::Topic, LOCATIONS),
        }
    }

    fn row(&self, seed: u64, number: usize) -> Row {
        let mut draws = Draws::new(seed, Purpose::Row, number);
        let (user, app) = (draws.weighted(&self.users), draws.weighted(&self.apps));
        let (daytime, weekday) = (draws.below(DAYTIMES), draws.below(WEEKDAYS));
        let (location, weather) = (draws.below(LOCATIONS), draws.below(WEATHERS));
        let city = self.cities[user];
        let values = [
            user,
            app,
            daytime,
            weekday,
            weekend(weekday),
            location,
            cost(app),
            weather,
            country(city),
            city,
        ];
        let truth = self.truth(&values);
        Row { used: draws.uniform() < probability(truth.logit), values, truth }
    }

    fn truth(&self, values: &[usize; COLUMNS.len()]) -> Truth {
        let effect = |column: usize| &self.effects[column][values[column]];
        let mut sums = Factorization::default();
        (0..COLUMNS.len()).for_each(|column| sums.add(effect(column), 1.0));
        let second_order =
            OFFSET + FIRST * sums.first + SECOND * sums.pairs() / deviation_of_pairs(COLUMNS.len());
        let (user, app) = (effect(USER).latent, effect(APP).latent);
        let (daytime, location) = (self.daytimes[values[DAYTIME]], self.locations[values[LOCATION]]);
        // All factors have mean 0, so these products have no part of first or second order.
        let higher: f64 = (0..WIDTH)
            .map(|at| user[at] * app[at] * ((1.0 + daytime[at]) * (1.0 + location[at]) - 1.0))
            .sum();
        Truth { logit: second_order + HIGHER * higher, second_order }
    }
}

/// Share of each value, from the most popular on.
fn popularity(count: usize, head: f64) -> Vec<f64> {
    let weights: Vec<f64> = (0..count).map(|rank| 1.0 / (rank as f64 + head)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Effects of the values of a column, with vectors of mean 0.
fn effects(seed: u64, column: usize, shares: &[f64], rows: usize) -> Vec<Effect> {
    let effect = |(value, share): (usize, &f64)| {
        let expected = rows as f64 * share;
        Effect::draw(Draws::new(seed, Purpose::Key, column << 32 | value))
            .scaled((expected / (expected + RARE)).sqrt())
    };
    let mut effects: Vec<Effect> = shares.iter().enumerate().map(effect).collect();
    let mut mean = [0.0; WIDTH];
    effects.iter().zip(shares).for_each(|(effect, &share)| latent::add(&mut mean, share, &effect.latent));
    effects.iter_mut().for_each(|effect| latent::add(&mut effect.latent, -1.0, &mean));
    effects
}

/// Changes of tastes by equally frequent values, with mean 0.
fn changes(seed: u64, purpose: Purpose, count: usize) -> Vec<Changes> {
    let mut changes: Vec<Changes> =
        (0..count).map(|value| latent::normal(&mut Draws::new(seed, purpose, value))).collect();
    for at in 0..WIDTH {
        let mean = changes.iter().map(|change| change[at]).sum::<f64>() / count as f64;
        let variance = changes.iter().map(|change| (change[at] - mean).powi(2)).sum::<f64>() / count as f64;
        changes.iter_mut().for_each(|change| change[at] = CHANGE * (change[at] - mean) / variance.sqrt());
    }
    changes
}

fn weekend(weekday: usize) -> usize {
    usize::from(weekday >= 5)
}

/// Free or paid: every fifth app is paid.
fn cost(app: usize) -> usize {
    usize::from(app % 5 == 4)
}

fn country(city: usize) -> usize {
    city % COUNTRIES
}

fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// The rows with a header.
fn text(rows: &[Row]) -> String {
    let mut text = format!("{},used\n", COLUMNS.join(","));
    for Row { values, used, .. } in rows {
        for (column, value) in COLUMNS.iter().zip(values) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{column}_{value},");
        }
        let _ = writeln!(text, "{}", u8::from(*used));
    }
    text
}

/// Metrics of the true probabilities, and the AUC of the logit without its products of three and more columns.
fn planted(test: &[Row]) -> Planted {
    let outcomes: Vec<_> = test.iter().map(|row| (probability(row.truth.logit), row.used)).collect();
    let mut planted = truth::planted(&outcomes);
    let second_order = test.iter().map(|row| (row.truth.second_order, row.used));
    planted.metrics.push(("second_order_auc", truth::auc(second_order)));
    planted
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::synth::{Kind, Options, write};

    const FILES: [&str; 3] = ["apps_train.csv", "apps_validate.csv", "apps_test.csv"];

    fn lines(folder: &Path, file: &str) -> Vec<Vec<String>> {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn products_of_three_columns_are_needed_for_the_best_auc() {
        let [a, b] = [0, 1].map(|_| tempfile::tempdir().unwrap());
        let options = Options { users: Some(50), items: Some(80), rows: Some(60_000), ..Options::default() };
        let planted = write(Kind::Apps, &options, a.path()).unwrap();
        assert_eq!(write(Kind::Apps, &options, b.path()).unwrap(), planted);
        for file in FILES {
            assert_eq!(
                fs::read(a.path().join(file)).unwrap(),
                fs::read(b.path().join(file)).unwrap(),
                "{file}"
            );
        }
        let [auc, second_order] = ["auc", "second_order_auc"].map(|name| planted.metric(name).unwrap());
        assert!((0.8..0.95).contains(&auc), "{planted:?}");
        assert!((0.002..0.01).contains(&(auc - second_order)), "{planted:?}");
    }

    #[test]
    fn columns_are_those_of_frappe() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { users: Some(50), items: Some(80), rows: Some(6_000), ..Options::default() };
        write(Kind::Apps, &options, folder.path()).unwrap();
        let [train, validate, test] = FILES.map(|file| lines(folder.path(), file));
        assert_eq!([train.len(), validate.len(), test.len()], [6_001, 1_001, 2_001]);
        assert_eq!(
            train[0].join(","),
            "user,app,daytime,weekday,weekend,location,cost,weather,country,city,used"
        );
        let rows = || train[1..].iter().chain(&validate[1..]).chain(&test[1..]);
        let most = rows().filter(|row| row[1] == "app_0").count();
        assert!(most > rows().count() / 10, "a few apps are used most: {most}");
        // The city is one of the user, the cost one of the app.
        for (of, given) in [(9, 0), (8, 9), (6, 1), (4, 3)] {
            let known: std::collections::BTreeMap<_, _> = rows().map(|row| (&row[given], &row[of])).collect();
            assert!(rows().all(|row| known[&row[given]] == &row[of]), "{}", train[0][of]);
        }
    }
}
