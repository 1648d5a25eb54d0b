//! Attributes of items and fields: docs, and the tokens of our attributes.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the lines of the doc comment.
pub(crate) fn docs(attributes: &[Attribute]) -> Vec<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            lines.extend(text.value().split('\n').map(str::to_owned));
        }
    }
    lines
}

/// Returns the tokens in the brackets of each attribute with this name.
pub(crate) fn arguments(attributes: &[Attribute], name: &str) -> syn::Result<Vec<TokenStream>> {
    let own = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    own.map(|attribute| Ok(attribute.meta.require_list()?.tokens.clone())).collect()
}

/// Converts a type name to the name in the spec: `PostTitle` to `post_title`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut after_lowercase = false;
    for c in name.trim_start_matches("r#").chars() {
        if c.is_uppercase() && after_lowercase {
            snake.push('_');
        }
        after_lowercase = !c.is_uppercase() && c != '_';
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_of_types_become_words() {
        assert_eq!(
            ["Topic", "PostTitle", "DLRM", "Top10Post", "Dcn_V2"].map(snake),
            ["topic", "post_title", "dlrm", "top10_post", "dcn_v2"]
        );
    }
}
