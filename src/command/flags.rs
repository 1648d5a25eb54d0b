//! Settings of `train` that are flags of the program, so that changing them does not recompile it.

use turret_dsl::model::TrainSpec;
use turret_dsl::plan::Plan;

use super::output::Error;
use super::spec::Spec;

/// A flag and its value.
pub(super) type Flag = (&'static str, String);

/// Settings with their flags.
const FLAGS: [(&str, &str); 6] = [
    ("train.lr", "lr"),
    ("train.optimizer.lr", "lr"),
    ("train.batch", "batch"),
    ("train.epochs", "epochs"),
    ("train.steps", "steps"),
    ("train.seed", "seed"),
];

fn flag(setting: &str) -> Option<&'static str> {
    FLAGS.iter().find(|(name, _)| *name == setting).map(|(_, flag)| *flag)
}

/// Splits off the settings that are flags. Returns the plan without them, and the flags. `whole` is the plan
/// with them, whose values the compiler has checked.
pub(super) fn split(spec: &Spec, whole: Plan) -> (Plan, Vec<Flag>) {
    let mut flags: Vec<&str> = spec.given().filter_map(flag).collect();
    flags.sort_unstable();
    flags.dedup();
    if flags.is_empty() {
        return (whole, Vec::new());
    }
    // If the spec is valid only with the settings, it is compiled with them.
    let Ok(rest) = spec.without(|name| flag(name).is_some()).try_plan() else { return (whole, Vec::new()) };
    let flags = flags.into_iter().map(|flag| (flag, value(flag, &whole.model.train))).collect();
    (rest.plan, flags)
}

/// Rejects overrides of settings that a run fixes at its beginning.
pub(super) fn refuse_in_run(spec: &Spec) -> Result<(), Error> {
    match spec.given().find(|name| flag(name).is_some_and(|flag| !["epochs", "steps"].contains(&flag))) {
        None => Ok(()),
        Some(name) => Err(Error::Usage(format!(
            "`--set {name}` does not change a run, which keeps its batch, learning rate and seed: train a new run"
        ))),
    }
}

fn value(flag: &str, train: &TrainSpec) -> String {
    match flag {
        "lr" => train.optimizer.lr().to_string(),
        "batch" => train.batch.to_string(),
        "epochs" => train.epochs.to_string(),
        "steps" => train.steps.map_or(String::new(), |steps| steps.to_string()),
        _ => train.seed.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Flag, refuse_in_run, split};
    use crate::command::output::Error;
    use crate::command::spec::{Settings, Spec};

    const SPEC: &str = "model M {
        const rate = 0.05
        input { click: label, age: float }
        tower score { dense(age, 1) }
        objective bce(score, click)
        train { optimizer = adagrad(lr = rate), batch = 64 }
    }";

    /// Returns the flags, and the settings that stay in the text of the program.
    fn flags(text: &str, settings: &[&str]) -> Result<(Vec<Flag>, Vec<String>), Error> {
        let spec = Spec::of(Path::new("m.dm"), text, &Settings::of(settings));
        let (plan, flags) = split(&spec, spec.plan()?);
        let compiled = plan.text.lines().filter(|line| line.starts_with("// --set")).map(str::to_owned);
        Ok((flags, compiled.collect()))
    }

    #[test]
    fn what_training_takes_as_a_flag_is_not_compiled() {
        let settings = ["train.lr=2*rate", "train.batch=128", "train.seed=7", "train.epochs=3"];
        let (found, compiled) = flags(SPEC, &settings).unwrap();
        let wanted = [("batch", "128"), ("epochs", "3"), ("lr", "0.1"), ("seed", "7")];
        assert_eq!(found, wanted.map(|(flag, value)| (flag, value.to_owned())));
        assert!(compiled.is_empty(), "{compiled:?}");
    }

    #[test]
    fn a_run_keeps_its_settings() {
        let refused = |setting: &str| {
            let spec = Spec::of(Path::new("m.dm"), SPEC, &Settings::of(&[setting]));
            refuse_in_run(&spec).err().map(|error| format!("{error:?}")).unwrap_or_default()
        };
        for setting in ["train.lr", "train.optimizer.lr", "train.batch", "train.seed"] {
            let said = refused(&format!("{setting}=1"));
            assert!(said.contains(&format!("`--set {setting}` does not change a run")), "{said}");
        }
        for setting in ["train.epochs=9", "rate=0.1"] {
            assert_eq!(refused(setting), "");
        }
    }

    #[test]
    fn what_changes_the_program_is_compiled() {
        let settings = ["train.optimizer.initial_accumulator=0.2", "rate=0.2", "train.optimizer.lr=0.3"];
        let (found, compiled) = flags(SPEC, &settings).unwrap();
        assert_eq!(found, [("lr", "0.3".to_owned())]);
        assert_eq!(compiled, ["// --set train.optimizer.initial_accumulator=0.2", "// --set rate=0.2"]);
    }

    #[test]
    fn values_are_checked_by_the_compiler() {
        for wrong in ["train.lr=-1", "train.batch=0.5", "train.epochs=many", "train.seed=\"7\""] {
            assert!(flags(SPEC, &[wrong]).is_err(), "{wrong}");
        }
    }

    /// The overrides of a run are separate lines, even if the text of the spec has no final line feed.
    #[test]
    fn settings_are_lines_of_the_stored_spec() {
        for end in ["", "\n"] {
            let (_, compiled) = flags(&format!("{SPEC}{end}"), &["rate=0.2"]).unwrap();
            assert_eq!(compiled, ["// --set rate=0.2"]);
        }
    }

    /// A batch size of 0 is invalid.
    #[test]
    fn a_spec_that_is_right_only_with_the_setting_is_compiled_with_it() {
        let (found, compiled) = flags(&SPEC.replace("batch = 64", "batch = 0"), &["train.batch=8"]).unwrap();
        assert!(found.is_empty());
        assert_eq!(compiled, ["// --set train.batch=8"]);
    }
}
