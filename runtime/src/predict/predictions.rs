//! Predictions of tasks, from the scores of a record.

use serde_json::{Map, Value, json};

use crate::data::types::Inverse;
use crate::erased::AnyModel;
use crate::program::{Prediction, TaskInfo, level, most_probable, number, probability};

/// Prediction of a task for a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicted {
    /// Probability of the label 1, and the score: its logit.
    Probability {
        /// Probability.
        probability: f64,
        /// Score.
        score: f32,
    },
    /// A number, or an expected count.
    Number(f64),
    /// The most probable class, and the probability of each.
    Class {
        /// Index of the class.
        class: usize,
        /// Probabilities in the order of the classes.
        probabilities: Vec<f64>,
    },
    /// An ordered level, and the probability that the level is above each but the last.
    Level {
        /// Index of the level.
        level: usize,
        /// Probabilities in the order of the levels.
        above: Vec<f64>,
    },
}

/// Tasks of a model, to predict with.
pub struct Predictor {
    tasks: Vec<(&'static TaskInfo, Inverse)>,
}

impl Predictor {
    /// Predictor of all tasks with labels.
    pub fn new(model: &dyn AnyModel) -> Self {
        let tasks = model.description().tasks.iter().enumerate();
        Self { tasks: tasks.map(|(task, info)| (info, model.inverse(task))).collect() }
    }

    /// Predictions of a record, in the order of the tasks, from its scores.
    pub fn predict(&self, scores: &[f32]) -> Vec<Predicted> {
        let mut rest = scores;
        let of_task = |(task, inverse): &(&TaskInfo, Inverse)| {
            let (own, others) = rest.split_at(task.prediction.scores());
            rest = others;
            predicted(task.prediction, *inverse, own)
        };
        self.tasks.iter().map(of_task).collect()
    }

    /// Names of the columns of a table.
    pub(super) fn columns(&self) -> Vec<String> {
        let of_task = |(task, _): &(&TaskInfo, Inverse)| {
            let each =
                |what: &str| task.classes.iter().map(|class| format!("{what}{class}")).collect::<Vec<_>>();
            let own = match task.prediction {
                Prediction::Probability => vec!["probability".to_owned(), "score".to_owned()],
                Prediction::Number | Prediction::Count => vec!["value".to_owned()],
                Prediction::Classes(_) => [vec!["class".to_owned()], each("probability_")].concat(),
                Prediction::Levels(_) => {
                    let mut above = each("above_");
                    above.pop();
                    [vec!["level".to_owned()], above].concat()
                }
            };
            let named = |column: String| match task.name.as_ref() {
                "" => column,
                name => format!("{name}_{column}"),
            };
            own.into_iter().map(named).collect::<Vec<_>>()
        };
        self.tasks.iter().flat_map(of_task).collect()
    }

    /// Values of the columns of a table.
    pub(super) fn cells(&self, scores: &[f32]) -> Vec<String> {
        let texts = |values: &[f64]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
        let of_task = |(found, (task, _)): (Predicted, &(&TaskInfo, Inverse))| match found {
            Predicted::Probability { probability, score } => vec![probability.to_string(), score.to_string()],
            Predicted::Number(value) => vec![value.to_string()],
            Predicted::Class { class, probabilities } => {
                [vec![task.classes[class].to_string()], texts(&probabilities)].concat()
            }
            Predicted::Level { level, above } => {
                [vec![task.classes[level].to_string()], texts(&above)].concat()
            }
        };
        self.predict(scores).into_iter().zip(&self.tasks).flat_map(of_task).collect()
    }

    /// Predictions as JSON: an object, with one for each task if the objective names them.
    pub(super) fn json(&self, scores: &[f32]) -> Value {
        let named = |classes: &[turret_schema::Text], values: Vec<f64>| -> Map<String, Value> {
            classes.iter().zip(values).map(|(class, value)| (class.to_string(), json!(value))).collect()
        };
        let of_task = |(found, (task, _)): (Predicted, &(&TaskInfo, Inverse))| {
            let value = match found {
                Predicted::Probability { probability, score } => {
                    json!({ "probability": probability, "score": score })
                }
                Predicted::Number(value) => json!({ "value": value }),
                Predicted::Class { class, probabilities } => {
                    json!({ "class": task.classes[class], "probabilities": named(&task.classes, probabilities) })
                }
                Predicted::Level { level, above } => {
                    json!({ "level": task.classes[level], "above": named(&task.classes, above) })
                }
            };
            (task.name.to_string(), value)
        };
        let mut found = self.predict(scores).into_iter().zip(&self.tasks).map(of_task);
        match &self.tasks[..] {
            [(task, _)] if task.name.is_empty() => found.next().map_or(Value::Null, |(_, value)| value),
            _ => Value::Object(found.collect()),
        }
    }
}

fn predicted(prediction: Prediction, inverse: Inverse, scores: &[f32]) -> Predicted {
    match prediction {
        Prediction::Probability => {
            Predicted::Probability { probability: probability(scores[0]), score: scores[0] }
        }
        Prediction::Number | Prediction::Count => Predicted::Number(number(prediction, scores[0], inverse)),
        Prediction::Classes(_) => {
            let class = most_probable(scores);
            let shares: Vec<f64> =
                scores.iter().map(|&score| f64::from(score - scores[class]).exp()).collect();
            let sum: f64 = shares.iter().sum();
            Predicted::Class { class, probabilities: shares.into_iter().map(|share| share / sum).collect() }
        }
        Prediction::Levels(_) => Predicted::Level {
            level: level(scores),
            above: scores.iter().map(|&score| probability(score)).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tasks of a model of every kind.
    fn predictor(names: [&'static str; 4]) -> Predictor {
        let task = |name: &'static str, prediction, classes: &[&'static str]| {
            let classes: turret_schema::Names = classes.iter().copied().collect();
            let info: &'static TaskInfo =
                Box::leak(Box::new(TaskInfo::new(name, prediction).classes(classes)));
            (info, Inverse::default())
        };
        let [click, stay, genre, stars] = names;
        Predictor {
            tasks: vec![
                task(click, Prediction::Probability, &[]),
                task(stay, Prediction::Count, &[]),
                task(genre, Prediction::Classes(2), &["drama", "film, noir"]),
                task(stars, Prediction::Levels(3), &["1", "2", "3"]),
            ],
        }
    }

    #[test]
    fn each_task_has_its_answer() {
        let predictor = predictor(["click", "stay", "genre", "stars"]);
        let scores = [0.0, 0.0, 1.0, 1.0, 0.0, -700.0];
        assert_eq!(
            predictor.json(&scores),
            json!({
                "click": { "probability": 0.5, "score": 0.0 },
                "stay": { "value": 1.0 },
                "genre": { "class": "drama", "probabilities": { "drama": 0.5, "film, noir": 0.5 } },
                "stars": { "level": "2", "above": { "1": 0.5, "2": probability(-700.0) } },
            })
        );
        let columns = predictor.columns();
        assert_eq!(columns.len(), predictor.cells(&scores).len());
        assert_eq!(columns[..4], ["click_probability", "click_score", "stay_value", "genre_class"]);
        assert_eq!(
            columns[5..],
            ["genre_probability_film, noir", "stars_level", "stars_above_1", "stars_above_2"]
        );
    }
}
