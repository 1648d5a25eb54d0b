//! Output of a search: a line for each trial, and the result.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};
use turret_runtime::printable::{printable, printable_json};
use turret_runtime::progress::counted;

use super::Trials;
use super::process::Files;
use super::record::{Measured, Measurement, Outcome, Record};

/// Width of names in the result.
const WIDTH: usize = 18;

/// Describes a measurement when it is made.
pub(super) fn line(measurement: &Measurement, trials: &Trials) -> String {
    let Measurement { trial, round, seconds, .. } = measurement;
    let round = match trials.rounds.len() {
        1 => String::new(),
        rounds => format!("round {round}/{rounds}, "),
    };
    let result = match &measurement.outcome {
        Outcome::Measured(measured) => {
            let epochs = counted(measured.epochs, "epoch");
            format!("validate {} {}, {epochs}", trials.metric_name(), figure(measured))
        }
        Outcome::Failed { error } => format!("failed: {}", printable(error)),
    };
    let settings = settings(*trial, trials);
    format!("{round}trial {trial}/{}: {settings}: {result}, {seconds:.1} s", trials.each.len())
}

/// A measurement as a line of JSON.
pub(super) fn json(measurement: &Measurement) -> String {
    shown(&json!(measurement))
}

/// Describes the result of a search.
pub(super) fn result(record: &Record, trials: &Trials, folder: &Path, as_json: bool) -> String {
    let Some(chosen) = record.chosen else { return String::new() };
    let (results, tested) = (ranked(record, trials), record.test.clone().unwrap_or_default());
    let failed = results.iter().filter(|result| result.measured().is_none()).count();
    let run = Files::of(folder, chosen).run;
    let again = again(record, trials, chosen);
    if as_json {
        return shown(&json!({
            "chosen": chosen, "settings": results.first().map(|best| &best.settings), "metric": trials.metric_name(),
            "trials": results.len(), "failed": failed, "validate": results.first().and_then(|best| Some(&best.measured()?.validate)),
            "test": tested, "run": run, "again": again,
        }));
    }
    let mut text = table(&results, trials);
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<WIDTH$} {value}");
    };
    let of_trials = counted(results.len(), "trial");
    row("tried", &if failed > 0 { format!("{of_trials}, {failed} of which failed") } else { of_trials });
    row("chosen", &format!("trial {chosen}: {}", settings(chosen, trials)));
    if let Some(best) = results.first().and_then(|best| best.measured()) {
        let near = results.iter().skip(1).filter(|other| is_near(other, best)).count();
        let near = match near {
            0 => String::new(),
            near => format!("   {} within its interval", counted(near, "other trial")),
        };
        row(&format!("validate {}", trials.metric_name()), &format!("{}{near}", figure(best)));
    }
    let model = &trials.first.plan.model;
    for metric in model.metrics.iter().map(|metric| model.metric_name(*metric)) {
        if let Some(measured) = measured(&tested, &metric) {
            row(&format!("test {metric}"), &measured);
        }
    }
    row("run", &printable(run.display()).to_string());
    row("train it again", &again);
    for note in tested.get("notes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        row("note", &format!("test: {}", printable(note)));
    }
    text.push_str(
        "The validation rows chose the best of all trials, so its value on them is too good. The test rows were measured once, for this trial.\n",
    );
    text
}

/// Last measurement of each trial: those of later rounds first, and of a round the best first. Failed trials are last.
fn ranked<'r>(record: &'r Record, trials: &Trials) -> Vec<&'r Measurement> {
    let mut found: Vec<&Measurement> = Vec::new();
    let rounds = 1..=trials.rounds.len();
    let measured = rounds
        .rev()
        .flat_map(|round| record.ranking(round, |one, other| trials.metric.is_better(one, other)));
    for result in measured.chain(&record.results) {
        if found.iter().all(|other| other.trial != result.trial) {
            found.push(result);
        }
    }
    found
}

/// Table of the trials.
fn table(results: &[&Measurement], trials: &Trials) -> String {
    let mut text = format!(
        "{:>5}  {:<24}  {:>6}  settings\n",
        "trial",
        format!("validate {}", trials.metric_name()),
        "epochs"
    );
    for result in results {
        let (value, epochs) = match &result.outcome {
            Outcome::Measured(measured) => (figure(measured), measured.epochs.to_string()),
            Outcome::Failed { .. } => ("failed".to_owned(), String::new()),
        };
        let _ = writeln!(
            text,
            "{:>5}  {value:<24}  {epochs:>6}  {}",
            result.trial,
            settings(result.trial, trials)
        );
    }
    text
}

/// Returns whether the value of a trial of the same length is in the interval of the best.
fn is_near(other: &Measurement, best: &Measured) -> bool {
    let (Some(other), Some((low, high))) = (other.measured(), best.interval) else { return false };
    other.epochs == best.epochs && (low..=high).contains(&other.value)
}

/// The values of a trial.
fn settings(trial: usize, trials: &Trials) -> String {
    let values = trials.each.get(trial - 1).map_or(&[][..], |(values, _)| values);
    let values: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    values.join(" ")
}

/// The command that trains a trial again.
fn again(record: &Record, trials: &Trials, trial: usize) -> String {
    let setup = &record.setup;
    let values = trials.each.get(trial - 1).map_or(&[][..], |(values, _)| values);
    let set = setup.set.iter().cloned().chain(values.iter().map(|(name, value)| format!("{name}={value}")));
    let mut words =
        vec!["turret".to_owned(), "train".to_owned(), quoted(&printable(setup.spec.display()).to_string())];
    words.extend(["--data".to_owned(), quoted(&printable(setup.data.display()).to_string())]);
    words.extend(set.flat_map(|set| ["--set".to_owned(), quoted(&printable(set).to_string())]));
    words.extend(setup.epochs.into_iter().flat_map(|epochs| ["--epochs".to_owned(), epochs.to_string()]));
    words.extend(setup.cuda.then(|| "--cuda".to_owned()));
    words.join(" ")
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./=,:+-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn figure(Measured { value, interval, .. }: &Measured) -> String {
    figure_of(*value, *interval)
}

fn figure_of(value: f64, interval: Option<(f64, f64)>) -> String {
    let interval = interval.map(|(low, high)| format!(" [{low:.4}, {high:.4}]"));
    format!("{value:.4}{}", interval.unwrap_or_default())
}

/// A metric of an object, with its interval.
fn measured(line: &Map<String, Value>, name: &str) -> Option<String> {
    let number = |name: &str| line.get(name).and_then(Value::as_f64);
    let interval = number(&format!("{name}_low")).zip(number(&format!("{name}_high")));
    Some(figure_of(number(name)?, interval))
}

fn shown(value: &Value) -> String {
    // Numbers and texts are always written.
    printable_json(value).map_or(String::new(), |line| format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_with_other_letters_are_quoted() {
        assert_eq!(quoted("rate=0.1"), "rate=0.1");
        assert_eq!(quoted("layers=[64, 32]"), "'layers=[64, 32]'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
