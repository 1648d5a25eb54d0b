//! Metrics of ranks of relevant candidates. Ranks start at 0 and ascend.

use turret_schema::RankMetric;

/// A metric of the ranks of a query, at the cut-off `k`.
pub fn of_ranks(metric: RankMetric, ranks: &[u32], k: usize) -> f64 {
    match metric {
        RankMetric::HitRate | RankMetric::TopK => hit(ranks, k),
        RankMetric::RecallAt => recall(ranks, k),
        RankMetric::PrecisionAt => f64::from(within(ranks, k)) / k as f64,
        RankMetric::Map => average_precision(ranks, k),
        RankMetric::Ndcg => ndcg(ranks, k),
        RankMetric::Mrr => reciprocal_rank(ranks, k),
    }
}

/// 1 if any rank is in the top `k`, else 0.
pub fn hit(ranks: &[u32], k: usize) -> f64 {
    f64::from(within(ranks, k) > 0)
}

/// Share of the ranks in the top `k`; 0 without ranks.
pub fn recall(ranks: &[u32], k: usize) -> f64 {
    f64::from(within(ranks, k)) / ranks.len().max(1) as f64
}

/// Sum of `1 / log2(rank + 2)` over ranks below `k`, divided by its maximum for this number of ranks; 0
/// without ranks. Järvelin & Kekäläinen, TOIS 2002, with gains 0 and 1.
pub fn ndcg(ranks: &[u32], k: usize) -> f64 {
    let gain = |rank: u32| 1.0 / (f64::from(rank) + 2.0).log2();
    let found: f64 = ranks[..within(ranks, k) as usize].iter().map(|&rank| gain(rank)).sum();
    let ideal: f64 = (0..ranks.len().min(k) as u32).map(gain).sum();
    if ideal > 0.0 { found / ideal } else { 0.0 }
}

/// Sum over ranks below `k` of the share of ranks up to it, divided by its maximum for this number of ranks; 0 without ranks.
pub fn average_precision(ranks: &[u32], k: usize) -> f64 {
    let found = ranks[..within(ranks, k) as usize].iter().zip(1..);
    let sum: f64 = found.map(|(&rank, count)| f64::from(count) / (f64::from(rank) + 1.0)).sum();
    sum / ranks.len().min(k).max(1) as f64
}

/// `1 / (rank + 1)` of the first rank if it is in the top `k`, else 0.
pub fn reciprocal_rank(ranks: &[u32], k: usize) -> f64 {
    if within(ranks, k) > 0 { 1.0 / (f64::from(ranks[0]) + 1.0) } else { 0.0 }
}

fn within(ranks: &[u32], k: usize) -> u32 {
    ranks.iter().take_while(|&&rank| (rank as usize) < k && rank != u32::MAX).count() as u32
}
