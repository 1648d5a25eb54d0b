//! Paths of the files of a source.

use std::ops::Deref;

use crate::text::Text;

/// Paths and patterns of files, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(Vec<Text>);

impl Deref for Paths {
    type Target = [Text];

    fn deref(&self) -> &[Text] {
        &self.0
    }
}

impl From<Text> for Paths {
    fn from(path: Text) -> Self {
        Self(Vec::from([path]))
    }
}

impl From<&'static str> for Paths {
    fn from(path: &'static str) -> Self {
        Self::from(Text::from(path))
    }
}

impl From<String> for Paths {
    fn from(path: String) -> Self {
        Self::from(Text::from(path))
    }
}

impl<const N: usize> From<[&'static str; N]> for Paths {
    fn from(paths: [&'static str; N]) -> Self {
        paths.into_iter().collect()
    }
}

impl<P: Into<Text>> FromIterator<P> for Paths {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        Self(paths.into_iter().map(Into::into).collect())
    }
}

#[cfg(feature = "code")]
mod code {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::Paths;
    use crate::code::Code;

    impl Code for Paths {
        fn code(&self) -> TokenStream {
            let paths = self.argument();
            quote!(Paths::from(#paths))
        }

        fn argument(&self) -> TokenStream {
            let paths: Vec<&str> = self.iter().map(|path| &**path).collect();
            match paths[..] {
                [path] => quote!(#path),
                _ => quote!([#(#paths),*]),
            }
        }
    }
}

#[cfg(all(test, feature = "code"))]
mod tests {
    use super::Paths;
    use crate::code::Code;

    #[test]
    fn one_path_is_written_as_a_text() {
        assert_eq!(Paths::from("a.csv").argument().to_string(), "\"a.csv\"");
        let several = Paths::from(["a.csv", "b-*.csv"]);
        assert_eq!(several.argument().to_string(), "[\"a.csv\" , \"b-*.csv\"]");
        assert_eq!(&several[1], "b-*.csv");
    }
}
