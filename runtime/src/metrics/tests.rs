use super::*;
use crate::data::NONE;
use crate::program::Matrix;
use crate::rng::Stream;

#[test]
fn ranks_equal_those_of_a_full_sort_and_equal_vectors_tie() {
    let stream = Stream::new(1, "ranks");
    let (width, queries, candidates) = (7, 130, 2500);
    // Small integers: products are exact, and ties abound.
    let matrix = |rows: u64, salt: u64| Matrix {
        width,
        values: (0..rows * 7).map(|at| stream.below(salt + at, 3) as f32 - 1.0).collect(),
    };
    let (q, c) = (matrix(queries, 0), matrix(candidates, 1 << 20));
    let mut positive: Vec<u32> =
        (0..queries).map(|at| stream.below((1 << 30) + at, candidates) as u32).collect();
    (positive[5], positive[6]) = (NONE, candidates as u32);
    let score = |i: usize, j: usize| q.row(i).iter().zip(c.row(j)).map(|(a, b)| a * b).sum::<f32>();
    for (i, &found) in ranks(&q, &c, &positive).iter().enumerate() {
        let own = positive[i] as usize;
        let expected = if own >= candidates as usize {
            u32::MAX
        } else {
            (0..candidates as usize).filter(|&j| j != own && score(i, j) >= score(i, own)).count() as u32
        };
        assert_eq!(found, expected, "query {i}");
    }
    assert_eq!(top_k_accuracy(&[0, 4, 5, u32::MAX], 5), Some(0.5));
    assert_eq!(top_k_accuracy(&[], 5), None);

    // Irrational values: a candidate's twin scores the same to the last bit, whatever tile it falls in.
    let row: Vec<f32> = (0..7).map(|at| stream.normal(at)).collect();
    let twins = Matrix { width, values: row.iter().copied().cycle().take(7 * 2500).collect() };
    let q = Matrix { width, values: (0..130 * 7).map(|at| stream.normal(at)).collect() };
    assert!(ranks(&q, &twins, &[17; 130]).iter().all(|&rank| rank == 2499));
}
