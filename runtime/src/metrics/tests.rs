use std::borrow::Cow;

use super::*;
use crate::matrix::Matrix;
use crate::rng::Stream;

/// Small integers: products are exact, and ties abound.
fn integers(rows: u64, width: usize, salt: u64) -> Matrix {
    let stream = Stream::new(1, "ranks").part(salt);
    let values = (0..rows * width as u64).map(|at| stream.below(at, 3) as f32 - 1.0).collect();
    Matrix { width, values }
}

/// Distinct numbers below a bound, ascending.
pub(super) fn some_of(stream: Stream, count: u64, bound: u64) -> Vec<u32> {
    let mut drawn: Vec<u32> = (0..count).map(|at| stream.below(at, bound) as u32).collect();
    drawn.sort_unstable();
    drawn.dedup();
    drawn
}

#[test]
fn ranks_equal_those_of_a_full_sort() {
    let (queries, candidates) = (130u64, 2500u64);
    let (q, c) = (integers(queries, 7, 0), integers(candidates, 7, 1));
    let score = |i: usize, j: u32| q.row(i).iter().zip(c.row(j as usize)).map(|(a, b)| a * b).sum::<f32>();
    let stream = |purpose, query| Stream::new(2, purpose).part(query);
    for (relevant_count, sampled) in [(1, false), (1, true), (5, false), (9, true)] {
        let ranking: Vec<RankingQuery> = (0..queries)
            .map(|query| {
                let relevant = some_of(stream("relevant", query), relevant_count, candidates);
                let others = if sampled {
                    let mut others = some_of(stream("sampled", query), 101, candidates);
                    others.retain(|id| !relevant.contains(id));
                    CandidateSet::Only(others)
                } else {
                    CandidateSet::AllBut(Cow::Owned(some_of(
                        stream("seen", query),
                        40 * (query % 3),
                        candidates,
                    )))
                };
                RankingQuery { relevant, candidates: others }
            })
            .collect();
        let found = ranks(&DotProduct { queries: &q, candidates: &c }, &ranking);
        for (query, (found, RankingQuery { relevant, candidates: others })) in
            found.iter().zip(&ranking).enumerate()
        {
            let competes = |id: &u32| match others {
                CandidateSet::AllBut(left_out) => !left_out.contains(id),
                CandidateSet::Only(only) => only.contains(id),
            };
            // All that the query ranks, by score; of equal ones what is relevant comes last.
            let ids = (0..candidates as u32).filter(|id| relevant.contains(id) || competes(id));
            let mut list: Vec<(f32, bool)> =
                ids.map(|id| (score(query, id), relevant.contains(&id))).collect();
            list.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap().then(a.1.cmp(&b.1)));
            let places = list.iter().zip(0..).filter(|(entry, _)| entry.1).map(|(_, place)| place);
            assert_eq!(*found, places.collect::<Vec<u32>>(), "query {query}");
        }
    }
}

#[test]
fn the_best_interest_counts_and_absent_ones_do_not() {
    let (interests, candidates) = (3, integers(40, 4, 1));
    let mut queries = integers(6, 12, 0);
    // The first query lacks the second interest, the second has one, the third none.
    for absent in [4..8, 16..24, 24..36] {
        queries.values[absent].fill(0.0);
    }
    let scorer = BestInterest { queries: &queries, interests, candidates: &candidates };
    let mut block = vec![0.0; 6 * 40];
    scorer.score_block(0..6, 0..40, &mut block);
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for (query, scores) in block.chunks(40).enumerate() {
        for (id, score) in scores.iter().enumerate() {
            let present = queries.row(query).chunks(4).filter(|vector| vector.iter().any(|x| *x != 0.0));
            let best = present.map(|vector| product(vector, candidates.row(id))).reduce(f32::max);
            assert_eq!(best.unwrap_or(f32::NAN).to_bits(), score.to_bits(), "query {query}, candidate {id}");
        }
        let mut some = [0.0; 3];
        scorer.score(query, &[39, 0, 7], &mut some);
        assert_eq!(some.map(f32::to_bits), [scores[39], scores[0], scores[7]].map(f32::to_bits));
    }
}

#[test]
fn equal_vectors_tie_to_the_last_bit_and_no_number_is_last() {
    let stream = Stream::new(3, "twins");
    for width in [1, 7, 64, 300] {
        let row: Vec<f32> = (0..width as u64).map(|at| stream.normal(at)).collect();
        let twins = Matrix { width, values: row.iter().copied().cycle().take(width * 1500).collect() };
        let q = Matrix { width, values: (0..130 * width as u64).map(|at| stream.normal(at)).collect() };
        let scorer = DotProduct { queries: &q, candidates: &twins };
        let query = |candidates| RankingQuery { relevant: vec![17, 1400], candidates };
        let all = vec![query(CandidateSet::AllBut(Cow::Borrowed(&[0, 3]))); 130];
        assert!(ranks(&scorer, &all).iter().all(|ranks| *ranks == [1496, 1497]), "width {width}");
        let some = vec![query(CandidateSet::Only(vec![4, 8, 1499])); 130];
        assert!(ranks(&scorer, &some).iter().all(|ranks| *ranks == [3, 4]), "width {width}");
    }
    let mut q = integers(2, 3, 4);
    q.values[3] = f32::NAN;
    let c = integers(5, 3, 5);
    let query = RankingQuery { relevant: vec![1, 2], candidates: CandidateSet::AllBut(Cow::Borrowed(&[])) };
    let found = ranks(&DotProduct { queries: &q, candidates: &c }, &[query.clone(), query]);
    assert_eq!(found[1], [u32::MAX; 2]);
    assert!(found[0].iter().all(|&rank| rank < 5));
    assert_eq!(ranks(&DotProduct { queries: &q, candidates: &c }, &[]), [[0u32; 0]; 0]);
}

#[test]
fn metrics_of_ranks_are_those_of_a_list_of_gains() {
    let stream = Stream::new(4, "gains");
    for case in 0..300u64 {
        let length = stream.below(case, 12) as usize;
        let gains: Vec<bool> = (0..length as u64).map(|at| stream.part(case).below(at, 3) == 0).collect();
        let absent = stream.below(1000 + case, 2) as usize;
        let mut ranks: Vec<u32> =
            gains.iter().zip(0..).filter(|(gain, _)| **gain).map(|(_, rank)| rank).collect();
        let relevant = ranks.len() + absent;
        ranks.extend(vec![u32::MAX; absent]);
        for k in [1, 2, 5, 50, usize::MAX] {
            let top = &gains[..length.min(k)];
            let found = top.iter().filter(|gain| **gain).count();
            let dcg = |list: &[bool]| -> f64 {
                let discounted = list.iter().enumerate().filter(|(_, gain)| **gain);
                discounted.map(|(at, _)| 1.0 / ((at + 2) as f64).log2()).sum()
            };
            let ideal = dcg(&vec![true; relevant.min(k)]);
            let first = top.iter().position(|gain| *gain);
            assert_eq!(hit(&ranks, k), f64::from(found > 0));
            assert_eq!(recall(&ranks, k), if relevant == 0 { 0.0 } else { found as f64 / relevant as f64 });
            assert!((ndcg(&ranks, k) - if relevant == 0 { 0.0 } else { dcg(top) / ideal }).abs() < 1e-12);
            assert_eq!(reciprocal_rank(&ranks, k), first.map_or(0.0, |at| 1.0 / (at + 1) as f64));
        }
    }
}
