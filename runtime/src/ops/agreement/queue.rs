//! Softmax over a queue of candidates of earlier batches.

use super::*;
use crate::negatives::CandidateQueue;
use crate::ops::loss::plain_softmax;

/// Three steps with a queue equal the softmax over the candidates of the batch and the latest ones of earlier batches, gradients
/// included. Candidates are computed, or columns of the batch.
#[test]
fn queued_candidates_of_earlier_batches() {
    let device = Cpu::default();
    let stream = Stream::new(3, "queue");
    let mut shift: Bias<4, Cpu> = build_weights(&device, 1).unwrap();
    for is_computed in [true, false] {
        for (size, batches) in [(9, [7, 5, 4]), (3, [2, 7, 1]), (400, [300, 131, 70])] {
            let mut planned = Pass::training(&device, 1, 1);
            planned.queue = Some(CandidateQueue::new(size, 4));
            let mut taped = Pass::training(&device, 1, 1);
            taped.queue = planned.queue.clone();
            // Vectors, ids and log expected counts of all earlier candidates.
            let mut earlier: Vec<(Vec<f32>, u32, f32)> = Vec::new();
            for (step, rows) in batches.into_iter().enumerate() {
                let name = |of: &str| format!("{of}{step}{size}");
                let queries = random::<4>(&device, rows, &name("q"));
                let candidates = random::<4>(&device, rows, &name("c"));
                shift.bias.copy_from(&[0.1 * step as f32, 0.0, -0.2, 0.3]);
                let at = |row: usize| (1000 * step + row) as u64;
                let ids: Vec<u32> = (0..rows).map(|row| stream.below(at(row), 5) as u32).collect();
                let log_q: Vec<f32> = (0..rows).map(|row| (stream.uniform(at(row)) + 0.01).ln()).collect();
                let options =
                    Softmax { temperature: 0.7, ids: Some(&ids), log_q: Some(&log_q), ..Softmax::default() };

                let queue = &earlier[earlier.len().saturating_sub(size)..];
                let vectors: Vec<f32> = queue.iter().flat_map(|(vector, ..)| vector.clone()).collect();
                let all_ids: Vec<u32> =
                    ids.iter().copied().chain(queue.iter().map(|(_, id, _)| *id)).collect();
                let all_log_q: Vec<f32> =
                    log_q.iter().copied().chain(queue.iter().map(|(.., log_q)| *log_q)).collect();
                let all = Softmax { ids: Some(&all_ids), log_q: Some(&all_log_q), ..options };
                let tower = Tower { shift: is_computed.then_some(&shift), candidates: &candidates };
                let plain = plain_softmax(queries.retaped::<Taped>(), tower.output(), &vectors, &all);
                let plain = plain.unwrap();
                let value = plain.as_vec();
                let expected = [vec![value], tower.gradients(&queries, &mut plain.backward())].concat();

                let loss =
                    queued_softmax(queries.retaped::<Planned>(), tower.output(), &options, &mut planned);
                let (value, mut gradients) =
                    planned.with_step_memory(|memory| Cpu::gradients(loss.unwrap(), memory)).unwrap();
                // The planned step has no gradient for a column of the batch that rows read alone.
                let found = [vec![vec![value]], tower.gradients(&queries, &mut gradients)].concat();
                close(&found[..1], &expected[..1]);
                close(&found[2..], &expected[2..]);
                let loss = queued_softmax(queries.retaped::<Taped>(), tower.output(), &options, &mut taped);
                let loss = loss.unwrap();
                let value = loss.as_vec();
                close(&[vec![value], tower.gradients(&queries, &mut loss.backward())].concat(), &expected);

                let vectors = tower.output::<NoneTape>().as_vec();
                let batch = vectors.chunks(4).zip(ids.iter().zip(&log_q));
                earlier.extend(batch.map(|(vector, (id, log_q))| (vector.to_vec(), *id, *log_q)));
                for pass in [&mut planned, &mut taped] {
                    let queue = pass.queue.as_mut().unwrap();
                    queue.push();
                    let latest = &earlier[earlier.len().saturating_sub(size)..];
                    let vectors: Vec<f32> = latest.iter().flat_map(|(vector, ..)| vector.clone()).collect();
                    assert_eq!((queue.ids.len(), &*queue.vectors), (latest.len(), &vectors));
                }
            }
        }
    }
}

/// A tower of candidates: a column of the batch, or its sum with a bias.
struct Tower<'a> {
    shift: Option<&'a Bias<4, Cpu>>,
    candidates: &'a Rows<4, Cpu>,
}

impl Tower<'_> {
    fn output<T: Tape<f32, Cpu>>(&self) -> Rows<4, Cpu, T> {
        match self.shift {
            Some(shift) => add_bias(shift, self.candidates.retaped::<T>()).unwrap(),
            None => self.candidates.retaped::<T>(),
        }
    }

    fn gradients(&self, queries: &Rows<4, Cpu>, gradients: &mut Gradients<f32, Cpu>) -> Vec<Vec<f32>> {
        let of_tower = match self.shift {
            Some(shift) => Cpu::take_gradient(&shift.bias, gradients).unwrap(),
            None => Cpu::take_gradient(self.candidates, gradients).unwrap(),
        };
        vec![Cpu::take_gradient(queries, gradients).unwrap(), of_tower]
    }
}
