//! Sums of the losses of tasks, with and without learned weights.

use super::*;
use crate::ops::loss::plain_uncertainty;

/// Losses of named tasks are added, and their values kept.
#[test]
fn losses_of_tasks() {
    let device = Cpu::default();
    let z = random::<1>(&device, 70, "z");
    let targets: Vec<f32> = (0..70).map(|at| at as f32 / 70.0).collect();
    let layer: Bias<1, Cpu> = build_weights(&device, 1).unwrap();
    fn tasks<T: Tape<f32, Cpu>>(
        (layer, z): (&Bias<1, Cpu>, &Rows<1, Cpu>),
        targets: &[f32],
        pass: &mut Pass<Cpu>,
    ) -> Loss<Cpu, T> {
        let values = || scores(add_bias(layer, z.retaped::<T>()).unwrap()).unwrap();
        let first = mse(values(), targets, None, Reduction::Mean).unwrap();
        let second = mae(values(), targets, None, Reduction::Mean).unwrap();
        total([first, scale_loss(second, 0.5).unwrap()], pass).unwrap()
    }
    let mut pass = Pass::training(&device, 1, 1);
    let loss = tasks::<Planned>((&layer, &z), &targets, &mut pass);
    let (value, mut gradients) = pass.with_step_memory(|memory| Cpu::gradients(loss, memory)).unwrap();
    let planned = pass.task_losses.clone();
    assert_eq!(planned.len(), 2);
    assert!((planned[0] + planned[1] - value).abs() < 1e-6);
    let taped = tasks::<Taped>((&layer, &z), &targets, &mut pass);
    close(&[planned, vec![value]], &[pass.task_losses.clone(), taped.as_vec()]);
    let of_tape = taped.backward().get(&layer.bias).as_vec();
    close(&[Cpu::take_gradient(&layer.bias, &mut gradients).unwrap()], &[of_tape]);
}

/// A model of three tasks.
struct Tasks {
    weights: TaskWeights<3, Cpu>,
    layer: Bias<1, Cpu>,
    shift: Bias<3, Cpu>,
    z: Rows<1, Cpu>,
    queries: Rows<3, Cpu>,
    candidates: Rows<3, Cpu>,
    targets: Vec<f32>,
}

impl Tasks {
    const FACTORS: [f32; 3] = [0.5, 1.0, 1.0];

    fn losses<T: Tape<f32, Cpu>>(&self) -> [Loss<Cpu, T>; 3] {
        let values = || scores(add_bias(&self.layer, self.z.retaped::<T>()).unwrap()).unwrap();
        let candidates = add_bias(&self.shift, self.candidates.retaped::<T>()).unwrap();
        [
            mse(values(), &self.targets, None, Reduction::Mean).unwrap(),
            scale_loss(mae(values(), &self.targets, None, Reduction::Mean).unwrap(), 0.5).unwrap(),
            softmax(self.queries.retaped::<T>(), candidates, &Softmax::default()).unwrap(),
        ]
    }

    fn total<T: Tape<f32, Cpu>>(&self, pass: &mut Pass<Cpu>) -> Loss<Cpu, T> {
        total_by_uncertainty(&self.weights, self.losses::<T>(), Self::FACTORS, pass).unwrap()
    }

    fn gradients(&self, gradients: &mut Gradients<f32, Cpu>) -> Vec<Vec<f32>> {
        let Self { weights, layer, shift, .. } = self;
        vec![
            Cpu::take_gradient(&weights.log_variance, gradients).unwrap(),
            Cpu::take_gradient(&layer.bias, gradients).unwrap(),
            Cpu::take_gradient(&shift.bias, gradients).unwrap(),
        ]
    }
}

/// Sums with learned weights equal the plain formulation, planned and on dfdx's tape. The second pass has the schedule of the
/// first, and other weights.
#[test]
fn losses_of_tasks_with_learned_weights() {
    let device = Cpu::default();
    for rows in [1, 70, 1500] {
        let mut tasks = Tasks {
            weights: build_weights(&device, 1).unwrap(),
            layer: build_weights(&device, 1).unwrap(),
            shift: build_weights(&device, 1).unwrap(),
            z: random(&device, rows, "z"),
            queries: random(&device, rows, "queries"),
            candidates: random(&device, rows, "candidates"),
            targets: (0..rows).map(|at| at as f32 / rows as f32).collect(),
        };
        assert_eq!(tasks.weights.log_variance.as_vec(), [0.0; 3]);
        let mut pass = Pass::training(&device, 1, 1);
        for log_variances in [[0.0, 0.0, 0.0], [0.7, -1.3, 0.2]] {
            tasks.weights.log_variance.copy_from(&log_variances);
            let loss = tasks.total::<Planned>(&mut pass);
            let (value, mut gradients) =
                pass.with_step_memory(|memory| Cpu::gradients(loss, memory)).unwrap();
            let planned = [vec![vec![value]], tasks.gradients(&mut gradients)].concat();
            let kept = [pass.task_losses.clone(), pass.task_weights.clone()];
            let plain = plain_uncertainty(&tasks.weights, tasks.losses::<Taped>(), Tasks::FACTORS).unwrap();
            let value = plain.as_vec();
            let plain = [vec![value], tasks.gradients(&mut plain.backward())].concat();
            close(&planned, &plain);
            let taped = tasks.total::<Taped>(&mut pass);
            let value = taped.as_vec();
            close(&kept, &[pass.task_losses.clone(), pass.task_weights.clone()]);
            close(&[vec![value], tasks.gradients(&mut taped.backward())].concat(), &plain);
            let weights =
                Tasks::FACTORS.iter().zip(&log_variances).map(|(factor, s): (_, &f32)| factor * (-s).exp());
            close(&kept[1..], &[weights.collect()]);
            let loss = tasks.total::<Planned>(&mut pass);
            let value = pass.with_step_memory(|memory| Cpu::value(loss, memory)).unwrap();
            assert_eq!(value.to_bits(), planned[0][0].to_bits());
        }
    }
}
