//! Features: fitted columns and vocabularies, and the encoding of records.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::{Code, Numbered};

use super::batches::{part_name, part_type};
use super::ident;
use crate::model::{OnError, Oov, Vocabulary};
use crate::plan::{Part, Plan};

pub(super) fn expand_features(plan: &Plan) -> TokenStream {
    let (model, columns, vocabularies) = (&plan.model, &plan.columns, &plan.vocabularies);
    let keys = vocabularies.iter().map(|part| {
        let docs = format!(" Keys of `{}`.", part_name(part, |member| &model.vocabularies[member].name));
        declaration(part, &docs, &quote!(Vocabulary))
    });
    let fields = columns.iter().map(|part| {
        let first = &model.columns[part.members[0]];
        let name = part_name(part, |member| &model.columns[member].name);
        let docs = format!(" `{name}: {}`.", first.word);
        declaration(part, &docs, &first.kind.column())
    });
    let new_keys = vocabularies.iter().map(|part| {
        let vocabulary = &model.vocabularies[part.members[0]];
        initial(part, &vocabulary.name, |name| expand_vocabulary(vocabulary, name))
    });
    let substitute = (model.data.on_error == OnError::Substitute).then(|| quote!(.substitute()));
    let new_columns = columns.iter().map(|part| {
        let column = &model.columns[part.members[0]];
        initial(part, &column.name, |name| {
            let (ty, settings) = (column.kind.column(), column.kind.settings());
            let settings = settings.map(|settings| quote!(, #settings));
            quote!(#ty::new(#name #settings) #substitute)
        })
    });
    quote! {
        features! {
            /// Feature encoders: the columns and vocabularies that turn records into numbers. Fitted on the
            /// training rows and then fixed.
            pub struct Features {
                #(#keys)*
                #(#fields)*
            }
        }
        impl Default for Features {
            fn default() -> Self {
                Self { #(#new_keys,)* #(#new_columns,)* }
            }
        }
    }
}

/// A field of `Features`.
fn declaration<I>(part: &Part<I>, docs: &str, ty: &TokenStream) -> TokenStream {
    let (field, ty) = (ident(&part.field), part_type(part, ty));
    let each = part.numbered.as_ref().map(|Numbered { pattern, first }| {
        let first = Literal::usize_unsuffixed(*first);
        quote!(#[each(#pattern, #first)])
    });
    quote!(#[doc = #docs] #each pub #field: #ty,)
}

/// Initial value of a field of `Features`, or of each of its elements.
fn initial<I>(part: &Part<I>, name: &str, new: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let field = ident(&part.field);
    match &part.numbered {
        None => {
            let new = new(&quote!(#name));
            quote!(#field: #new)
        }
        Some(Numbered { first, .. }) => {
            let pattern = format!("{}{{}}", name.trim_end_matches(|letter: char| letter.is_ascii_digit()));
            let (first, new) = (Literal::usize_unsuffixed(*first), new(&quote!(&name)));
            quote!(#field: numbered(#pattern, #first, |name| #new))
        }
    }
}

fn expand_vocabulary(vocabulary: &Vocabulary, name: &TokenStream) -> TokenStream {
    let keys = vocabulary.keys.code();
    let oov = (vocabulary.oov != Oov::default()).then(|| {
        let oov = vocabulary.oov.code();
        quote!(.oov(#oov))
    });
    quote!(Vocabulary::new(#name, #keys) #oov)
}
