//! Suggestions for misspelled names.

/// Returns the candidate nearest to `name` by edit distance, if it is near enough to be a typo.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, ignoring case.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut costs: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.chars().flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = row;
        costs[0] = row + 1;
        for (column, to) in right.iter().enumerate() {
            let replace = diagonal + usize::from(from != *to);
            diagonal = costs[column + 1];
            costs[column + 1] = replace.min(diagonal + 1).min(costs[column] + 1);
        }
    }
    costs[right.len()]
}

/// `; did you mean ...?`, or an empty text.
pub(super) fn did_you_mean<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |found| format!("; did you mean `{found}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_only() {
        assert_eq!(nearest("movi_id", ["user_id", "movie_id"]), Some("movie_id"));
        assert_eq!(nearest("Title", ["title"]), Some("title"));
        assert_eq!(nearest("rating", ["timestamp"]), None);
    }
}
