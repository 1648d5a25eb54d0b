//! Names of a spec that are not in Rust's case, such as `C1`: the items in which they occur allow it.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item};

use crate::plan::{Parts, Plan};

/// Puts `#[allow(non_snake_case)]` on the items that need it.
pub(super) fn allow_names(plan: &Plan, code: TokenStream) -> TokenStream {
    let sites = plan.sites.iter().flat_map(|site| {
        let weights = site.weights.iter().map(|layer| &layer.field);
        let steps = site.steps.iter().map(|step| &step.name);
        std::iter::once(&site.field).chain(weights).chain(steps).cloned()
    });
    let structs = [&plan.columns, &plan.tables, &plan.vocabularies].into_iter();
    let structs = structs.chain(plan.inputs.iter().flat_map(|input| [&input.batch, &input.record]));
    let fields = structs.flat_map(Parts::iter).map(|part| &part.field);
    let names: BTreeSet<String> = sites
        .chain(fields.cloned())
        .filter(|name| name.contains(|letter: char| letter.is_ascii_uppercase()))
        .collect();
    if names.is_empty() {
        return code;
    }
    // `print` shows rustc tokens that are not Rust.
    let Ok(mut file) = syn::parse2::<syn::File>(code.clone()) else { return code };
    for item in &mut file.items {
        if mentions(item.to_token_stream(), &names)
            && let Some(attributes) = attributes(item)
        {
            attributes.push(syn::parse_quote!(#[allow(non_snake_case, reason = "the spec has these names")]));
        }
    }
    file.into_token_stream()
}

/// Returns whether any of the names occurs.
fn mentions(tokens: TokenStream, names: &BTreeSet<String>) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&ident.to_string()),
        TokenTree::Group(group) => mentions(group.stream(), names),
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
