//! Rows and JSON objects of compared cases.

use serde_json::{Map, Value, json};

use super::Run;
use crate::Failure;
use crate::cases::Case;
use crate::table::{self, duration, median, megabytes, row};

/// Begins the table.
pub(super) fn begin() {
    let columns =
        ["case", "peer", "figure", "Turret", "peer", "ratio", "range", "memory", "peer", "start-up", "peer"];
    table::begin("Turret compared with Python systems", &columns);
}

/// Pairs of runs of a case.
pub(super) struct Comparison<'a> {
    pub(super) case: &'a Case,
    /// Name of the peer.
    pub(super) peer: &'a str,
    pub(super) pairs: &'a [(Run, Run)],
}

impl Comparison<'_> {
    /// Prints medians, and the range of the ratios of pairs.
    pub(super) fn print(&self, as_json: bool) -> Result<(), Failure> {
        if as_json {
            println!("{}", Value::Object(self.object()?));
            return Ok(());
        }
        let (low, ratio, high) = self.ratios()?;
        let names = [self.case.figure.name()].into_iter().chain(self.case.also.iter().copied());
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for name in names.clone() {
            let (our, their) = self.medians(name)?;
            ours.push(number(our));
            theirs.push(number(their));
        }
        let (peak, startup) = (self.of(|run| run.peak_bytes), self.of(|run| run.startup));
        row(&[
            self.case.about.to_owned(),
            self.peer.to_owned(),
            names.collect::<Vec<_>>().join(", "),
            ours.join(", "),
            theirs.join(", "),
            format!("{ratio:.2}"),
            format!("{low:.2} to {high:.2}"),
            megabytes(peak.0),
            megabytes(peak.1),
            duration(startup.0),
            duration(startup.1),
        ]);
        Ok(())
    }

    fn object(&self) -> Result<Map<String, Value>, Failure> {
        let (low, ratio, high) = self.ratios()?;
        let (peak, startup) = (self.of(|run| run.peak_bytes), self.of(|run| run.startup));
        let mut numbers = vec![
            ("ratio", ratio),
            ("ratio_low", low),
            ("ratio_high", high),
            ("peak_rss_bytes", peak.0),
            ("peer_peak_rss_bytes", peak.1),
            ("startup_s", startup.0),
            ("peer_startup_s", startup.1),
        ]
        .into_iter()
        .map(|(name, number)| (name.to_owned(), json!(number)))
        .collect::<Map<_, _>>();
        for name in [self.case.figure.name()].iter().chain(self.case.also) {
            let (ours, theirs) = self.medians(name)?;
            numbers.insert((*name).to_owned(), json!(ours));
            numbers.insert(format!("peer_{name}"), json!(theirs));
        }
        numbers.insert("case".to_owned(), json!(self.case.name));
        numbers.insert("peer".to_owned(), json!(self.peer));
        Ok(numbers)
    }

    /// Lowest ratio of a pair, their median, and the highest.
    fn ratios(&self) -> Result<(f64, f64, f64), Failure> {
        let name = self.case.figure.name();
        let mut ratios = Vec::with_capacity(self.pairs.len());
        for (ours, theirs) in self.pairs {
            ratios.push(self.case.figure.ratio(ours.fields.number(name)?, theirs.fields.number(name)?));
        }
        ratios.sort_unstable_by(f64::total_cmp);
        let (low, high) = (ratios.first().copied(), ratios.last().copied());
        Ok((low.unwrap_or(f64::NAN), median(ratios), high.unwrap_or(f64::NAN)))
    }

    /// Medians of a printed figure, of Turret and of the peer.
    fn medians(&self, name: &str) -> Result<(f64, f64), Failure> {
        let numbers = |side: fn(&(Run, Run)) -> &Run| {
            self.pairs.iter().map(|pair| side(pair).fields.number(name)).collect::<Result<_, _>>().map(median)
        };
        Ok((numbers(|(ours, _)| ours)?, numbers(|(_, theirs)| theirs)?))
    }

    fn of(&self, number: fn(&Run) -> f64) -> (f64, f64) {
        let numbers = self.pairs.iter().map(|(ours, theirs)| (number(ours), number(theirs)));
        let (ours, theirs) = numbers.unzip();
        (median(ours), median(theirs))
    }
}

/// Formats a figure with three digits or more.
fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;
    use crate::process::Fields;

    fn run(text: &str) -> Run {
        Run { fields: Fields::parse(text).unwrap(), peak_bytes: 1e6, startup: 0.5 }
    }

    #[test]
    fn a_shorter_time_is_a_higher_ratio() {
        let case = cases::all().find(|case| case.name == "record").unwrap();
        let pair = |ours, peer| {
            let text = |p50: f64| format!(r#"{{"p50_us": {p50}, "p99_us": {}}}"#, 2.0 * p50);
            (run(&text(ours)), run(&text(peer)))
        };
        let pairs = [pair(10.0, 90.0), pair(10.0, 100.0), pair(5.0, 100.0)];
        let object = Comparison { case, peer: "peer", pairs: &pairs }.object().unwrap();
        for (name, value) in [("ratio_low", 9.0), ("ratio", 10.0), ("ratio_high", 20.0), ("p50_us", 10.0)] {
            assert_eq!(object[name], json!(value), "{name}");
        }
        assert_eq!((&object["p99_us"], &object["peer_p99_us"]), (&json!(20.0), &json!(200.0)));
        assert_eq!(object["case"], "record");
    }
}
