//! Lists of names; numbered names are written as a range: `"C{}" 1 to 26`.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Names in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(Vec<Text>);

/// Names with a number that increases by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Pattern of the names, with `{}` for the number.
    pub pattern: String,
    /// First number.
    pub first: usize,
}

impl Names {
    /// Names from parts: a name, or a pattern with `{}` and the first and last number.
    pub fn of(parts: &[(&'static str, &[usize])]) -> Self {
        let mut names = Vec::new();
        for &(name, numbers) in parts {
            match *numbers {
                [first, last] => {
                    let numbered = Numbered { pattern: name.to_owned(), first };
                    names.extend((0..=last.saturating_sub(first)).map(|index| numbered.name(index).into()));
                }
                _ => names.push(name.into()),
            }
        }
        Self(names)
    }
}

impl Deref for Names {
    type Target = [Text];

    fn deref(&self) -> &[Text] {
        &self.0
    }
}

impl<N: Into<Text>> FromIterator<N> for Names {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl<const N: usize> From<[&'static str; N]> for Names {
    fn from(names: [&'static str; N]) -> Self {
        names.into_iter().collect()
    }
}

/// Names: `columns!["label", "C{}" 1 to 26]`.
#[macro_export]
macro_rules! columns {
    ($($name:literal $($first:literal to $last:literal)?),* $(,)?) => {
        $crate::Names::of(&[$(($name, &[$($first, $last)?])),*])
    };
}

/// Maximum length in bytes of a name in a range, without a few digits. Programs may store such names in byte
/// arrays.
const LONGEST: usize = 100;

impl Numbered {
    /// The name of a member.
    pub fn name(&self, index: usize) -> String {
        self.pattern.replacen("{}", &(self.first + index).to_string(), 1)
    }

    /// Returns the common pattern of names that differ only in an ascending number directly before `after`.
    pub fn of(names: &[&str], after: &str) -> Option<Self> {
        let first = names.first()?.strip_suffix(after)?;
        let before = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
        // 32 bits leave room to count on.
        let number = first.strip_prefix(before)?.parse::<u32>().ok()? as usize;
        let fits = |(index, name): (usize, &&str)| **name == format!("{before}{}{after}", number + index);
        let is_short = first.len() + after.len() <= LONGEST;
        let is_name = is_short && !before.trim_matches('_').is_empty() && !before.contains(['{', '}']);
        (is_name && names.len() > 1 && names.iter().enumerate().all(fits))
            .then(|| Self { pattern: format!("{before}{{}}{after}"), first: number })
    }
}

#[cfg(feature = "code")]
mod code {
    use proc_macro2::{Literal, TokenStream};
    use quote::quote;

    use super::{Names, Numbered};
    use crate::code::Code;

    /// Minimum number of names of a range.
    const SHORTEST: usize = 3;

    impl Code for Names {
        fn code(&self) -> TokenStream {
            let names = self.argument();
            quote!(Names::from(#names))
        }

        fn argument(&self) -> TokenStream {
            let names: Vec<&str> = self.iter().map(|name| &**name).collect();
            let (mut written, mut has_range, mut next) = (Vec::new(), false, 0);
            while let Some(name) = names.get(next) {
                let first = &names[next..(next + SHORTEST).min(names.len())];
                match Numbered::of(first, "").filter(|_| first.len() == SHORTEST) {
                    Some(range) => {
                        let goes_on = |(index, name): &(usize, &&str)| **name == range.name(*index);
                        let count = names[next..].iter().enumerate().take_while(goes_on).count();
                        written.push(range.code(count));
                        (has_range, next) = (true, next + count);
                    }
                    None => {
                        written.push(quote!(#name));
                        next += 1;
                    }
                }
            }
            if has_range { quote!(columns![#(#written),*]) } else { quote!([#(#written),*]) }
        }
    }

    impl Numbered {
        /// Tokens of a range of `count` names: `"C{}" 1 to 26`.
        pub fn code(&self, count: usize) -> TokenStream {
            let Self { pattern, first } = self;
            let from = Literal::usize_unsuffixed(*first);
            let to = Literal::usize_unsuffixed(first + count - 1);
            quote!(#pattern #from to #to)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn ranges_are_written_once() {
        let names = columns!["label", "I{}" 8 to 11, "x {y", "é{}_z" 0 to 1];
        assert_eq!(names, Names::from(["label", "I8", "I9", "I10", "I11", "x {y", "é0_z", "é1_z"]));
        assert_eq!(columns![], Names::default());
    }

    #[cfg(feature = "code")]
    #[test]
    fn names_that_count_are_a_range() {
        use crate::code::Code;

        let code = |names: &[&'static str]| {
            let names: Names = names.iter().copied().collect();
            names.argument().to_string().replace(' ', "")
        };
        assert_eq!(code(&["label", "C1", "C2", "C3", "C5"]), r#"columns!["label","C{}"1to3,"C5"]"#);
        assert_eq!(code(&["C1", "C2"]), r#"["C1","C2"]"#);
        assert_eq!(code(&["C01", "C02", "C03"]), r#"["C01","C02","C03"]"#);
    }
}
