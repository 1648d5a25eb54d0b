//! Allows names of a spec that are not in snake case, such as `C1`, in the items that contain them.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item};

use crate::plan::Plan;

/// Adds `#[allow(non_snake_case)]` to the items that need it.
pub(super) fn allow_names(plan: &Plan, code: TokenStream) -> TokenStream {
    if plan.foreign_names.is_empty() {
        return code;
    }
    // rustc reports tokens that are not Rust.
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

/// Returns whether tokens contain any of the names.
fn mentions(tokens: TokenStream, plan: &Plan) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => plan.foreign_names.contains(&ident.to_string()),
        TokenTree::Group(group) => mentions(group.stream(), plan),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Attributes of an item that may declare names.
fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Struct(item) => Some(&mut item.attrs),
        _ => None,
    }
}
