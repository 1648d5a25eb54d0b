//! `schedule = ...` and `clip = ...` of `train`.

use turret_schema::{Clip, Decay, ScheduleSpec};

use crate::arguments::{Bound, POSITIVE, Param};
use crate::diag::{Errors, Reported};
use crate::forms::Form;

/// Largest number of steps.
pub(super) const MOST_STEPS: u64 = 1 << 53;

const EVERY: Param = Param::required("every");
const FACTOR: Param = Param::required("factor");
const WARM_UP: Param = Param::named("warm_up");
const UNTIL: Param = Param::named("until");
const FLOOR: Param = Param::named("floor");

/// Forms of schedules.
pub(super) const SCHEDULES: [Form<ScheduleSpec>; 5] = [
    Form {
        word: "constant",
        example: "constant(warm_up = 100)",
        params: &[WARM_UP],
        read: |bound, (), errors| Ok(scheduled(Decay::Constant, bound, errors)),
    },
    Form {
        word: "step",
        example: "step(every = 1000, factor = 0.5)",
        params: &[EVERY, FACTOR, WARM_UP],
        read: |bound, (), errors| {
            let (every, factor) = falling(bound, errors)?;
            Ok(scheduled(Decay::Step { every, factor }, bound, errors))
        },
    },
    Form {
        word: "exponential",
        example: "exponential(every = 1000, factor = 0.5)",
        params: &[EVERY, FACTOR, WARM_UP],
        read: |bound, (), errors| {
            let (every, factor) = falling(bound, errors)?;
            Ok(scheduled(Decay::Exponential { every, factor }, bound, errors))
        },
    },
    Form {
        word: "cosine",
        example: "cosine(warm_up = 100)",
        params: &[WARM_UP, UNTIL, FLOOR],
        read: |bound, (), errors| {
            let (until, floor) = end(bound, errors)?;
            Ok(scheduled(Decay::Cosine { until, floor }, bound, errors))
        },
    },
    Form {
        word: "linear",
        example: "linear(warm_up = 100)",
        params: &[WARM_UP, UNTIL, FLOOR],
        read: |bound, (), errors| {
            let (until, floor) = end(bound, errors)?;
            Ok(scheduled(Decay::Linear { until, floor }, bound, errors))
        },
    },
];

/// Forms of limits of gradients.
pub(super) const CLIPS: [Form<Clip>; 2] = [
    Form {
        word: "norm",
        example: "norm(1.0)",
        params: &[Param::required("most")],
        read: |bound, (), errors| Ok(Clip::Norm(bound.number("most", POSITIVE..=1e6, errors)? as f32)),
    },
    Form {
        word: "value",
        example: "value(0.5)",
        params: &[Param::required("most")],
        read: |bound, (), errors| Ok(Clip::Value(bound.number("most", POSITIVE..=1e6, errors)? as f32)),
    },
];

fn scheduled(decay: Decay, bound: &Bound<'_>, errors: &mut Errors) -> ScheduleSpec {
    ScheduleSpec::new(decay).warm_up(bound.size_or("warm_up", 0..=MOST_STEPS, 0, errors))
}

/// Steps and factor of a decay.
fn falling(bound: &Bound<'_>, errors: &mut Errors) -> Result<(usize, f64), Reported> {
    let every = bound.size("every", 1..=MOST_STEPS, errors);
    let factor = bound.number("factor", POSITIVE..=1.0, errors);
    Ok((every?, factor?))
}

/// Last step and last share of a decay.
fn end(bound: &Bound<'_>, errors: &mut Errors) -> Result<(Option<usize>, f64), Reported> {
    let until = bound.get("until").map(|_| bound.size("until", 1..=MOST_STEPS, errors)).transpose();
    let floor = bound.number_or("floor", 0.0..=1.0, 0.0, errors);
    Ok((until?, floor))
}

#[cfg(test)]
mod tests {
    use super::{CLIPS, SCHEDULES};
    use crate::Compiler;
    use crate::forms::assert_all;
    use crate::model::TrainSpec;

    fn train(setting: &str) -> TrainSpec {
        let text = format!(
            "model M {{ input {{ x: float, y: label }} tower t {{ dense(x, 1) }} objective bce(t, y)
            train {{ {setting} }} }}"
        );
        Compiler::new("m.dm", &text).plan().unwrap().model.train
    }

    #[test]
    fn every_schedule_and_every_limit_has_a_form() {
        assert_all(&SCHEDULES, &[], |example| train(&format!("schedule = {example}")).schedule.decay);
        assert_all(&CLIPS, &[], |example| train(&format!("clip = {example}")).clip.unwrap());
    }
}
