//! `#[derive(Table)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields};

use crate::{attributes, join};

/// Checks the item and defines its macro.
pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(tokens) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    if let Err(error) = settings(&item) {
        return [error.into_compile_error(), join::define_wrong(&item.ident)].into_iter().collect();
    }
    let (define, name) = (join::define(&item, TokenStream::new()), &item.ident);
    quote! {
        #define
        const _: #name = #name;
    }
}

/// Returns the settings of a table.
pub(crate) fn settings(item: &DeriveInput) -> syn::Result<TokenStream> {
    let unit = matches!(&item.data, Data::Struct(data) if matches!(data.fields, Fields::Unit));
    if !unit || !item.generics.params.is_empty() {
        return Err(Error::new(item.ident.span(), "a table is named by a unit struct: `struct Topic;`"));
    }
    match attributes::arguments(&item.attrs, "table")?.as_slice() {
        [settings] => Ok(settings.clone()),
        _ => Err(Error::new(
            item.ident.span(),
            "a table needs one `#[table(...)]` with its settings: `#[table(dim = 16)]`",
        )),
    }
}
