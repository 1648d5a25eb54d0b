//! Edits of a spec that change shapes, so that its program must be recompiled.

use std::ops::Range;

/// Names of settings that are widths, most common first.
const WIDTHS: [&str; 5] = ["dim", "width", "units", "hidden", "layers"];

/// Multiplies all widths with the first of these names by `times`, so that connected vectors keep their
/// proportions. None if the spec has no width.
pub(crate) fn widened(text: &str, times: usize) -> Option<String> {
    let places = WIDTHS.iter().map(|word| numbers_of(text, word)).find(|places| !places.is_empty())?;
    let mut widened = text.to_owned();
    for place in places.into_iter().rev() {
        let width: usize = text[place.clone()].parse().ok()?;
        widened.replace_range(place, &(times * width).to_string());
    }
    Some(widened)
}

/// Positions of the numbers in `word = 64` and `word = [64, 32]`.
fn numbers_of(text: &str, word: &str) -> Vec<Range<usize>> {
    let number = |(at, _): (usize, &str)| {
        let is_whole = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let after = text[at + word.len()..].trim_start().strip_prefix('=')?.trim_start();
        let after = after.strip_prefix('[').unwrap_or(after);
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        let start = text.len() - after.len();
        (is_whole && digits > 0).then_some(start..start + digits)
    };
    text.match_indices(word).filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use turret_dsl::Compiler;

    use super::widened;

    #[test]
    fn widths_of_one_name_are_multiplied_and_nothing_else() {
        let cases = [
            (
                "const width = 64\nembedding a { dim = width }",
                "const width = 128\nembedding a { dim = width }",
            ),
            ("a { dim = 8 } b { dim = 9 } c { width = 8 }", "a { dim = 16 } b { dim = 18 } c { width = 8 }"),
            ("const hidden = [64, 32]", "const hidden = [128, 32]"),
        ];
        for (text, expected) in cases {
            assert_eq!(widened(text, 2).as_deref(), Some(expected));
        }
        assert_eq!(widened("max_dim = 8", 2), None);
    }

    #[test]
    fn every_spec_compiles_after_each_edit() {
        let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
        for path in fs::read_dir(specs).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "dm") {
                let text = fs::read_to_string(&path).unwrap();
                for times in [2, 3] {
                    let edited = widened(&text, times).unwrap_or_else(|| panic!("{}", path.display()));
                    let compiler = Compiler::new("m.dm", &edited).files(turret_dsl::read_below(&path));
                    let plan = compiler.plan();
                    plan.unwrap_or_else(|failure| panic!("{}: {}", path.display(), failure.render(false)));
                }
            }
        }
    }
}
