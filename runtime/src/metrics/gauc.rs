//! AUC within groups, such as the rows of each user.

use super::auc;

/// AUC of each group that has one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupAreas {
    /// AUC times rows, and rows, of each group with both classes.
    pub areas: Vec<(f64, f64)>,
    /// Number of groups with only one class.
    pub one_class: usize,
}

/// AUC of each group; `group` has the group of each row. `None` if a score is NaN. The mean of the areas,
/// weighted by rows, is the GAUC of Zhu et al., "Optimized cost per click in Taobao display advertising", KDD
/// 2017.
pub fn group_areas(scores: &[f32], labels: &[f32], group: &[u32]) -> Option<GroupAreas> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    rows.sort_by_key(|&row| group[row]);
    let mut found = GroupAreas::default();
    for rows in rows.chunk_by(|&a, &b| group[a] == group[b]) {
        let of = |values: &[f32]| -> Vec<f32> { rows.iter().map(|&row| values[row]).collect() };
        match auc(&of(scores), &of(labels)) {
            Some(area) => found.areas.push((area * rows.len() as f64, rows.len() as f64)),
            None => found.one_class += 1,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_weighted_by_rows() {
        // Group 1 has AUC 1 over 2 rows, group 0 AUC 1/2 over 3, group 7 has only positives.
        let scores = [1.0, 0.0, 3.0, 2.0, 5.0, 4.0];
        let labels = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let found = group_areas(&scores, &labels, &[1, 1, 0, 0, 7, 0]).unwrap();
        assert_eq!(found, GroupAreas { areas: vec![(0.5 * 3.0, 3.0), (2.0, 2.0)], one_class: 1 });
        assert_eq!(group_areas(&[f32::NAN], &[1.0], &[0]), None);
        assert_eq!(group_areas(&[], &[], &[]), Some(GroupAreas::default()));
    }
}
