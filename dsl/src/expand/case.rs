//! Names of a spec that are not in Rust's case, such as `C1`: the items in which they occur allow it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item};

use crate::plan::Plan;

/// Puts `#[allow(non_snake_case)]` on the items that need it.
pub(super) fn allow_names(plan: &Plan, code: TokenStream) -> TokenStream {
    if plan.foreign_names.is_empty() {
        return code;
    }
    // `print` shows rustc tokens that are not Rust.
    let Ok(mut file) = syn::parse2::<syn::File>(code.clone()) else { return code };
    for item in &mut file.items {
        if mentions(item.to_token_stream(), plan)
            && let Some(attributes) = attributes(item)
        {
            attributes.push(syn::parse_quote!(#[allow(non_snake_case, reason = "the spec has these names")]));
        }
    }
    file.into_token_stream()
}

/// Returns whether any of the names occurs.
fn mentions(tokens: TokenStream, plan: &Plan) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => plan.foreign_names.contains(&ident.to_string()),
        TokenTree::Group(group) => mentions(group.stream(), plan),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The attributes of an item that may declare names.
fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Struct(item) => Some(&mut item.attrs),
        _ => None,
    }
}
