//! Records: the raw fields of each input, for files and for JSON.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::ident;
use crate::model::HISTORY;
use crate::plan::{Input, Namer, Plan};

pub(super) fn expand_records(plan: &Plan, runtime: &TokenStream) -> TokenStream {
    let crate_path = format!("{}::serde", runtime.to_string().replace(' ', ""));
    let records =
        plan.inputs.iter().enumerate().map(|(index, input)| expand_record(plan, index, input, &crate_path));
    quote!(#(#records)*)
}

/// Field of the record struct for each raw field.
pub(super) fn record_fields(input: &Input) -> Vec<String> {
    let mut namer = Namer::default();
    input.fields.iter().map(|(_, field)| namer.choose(&plain(field))).collect()
}

/// Returns the name of each raw field in JSON: its own; `source.name` where it is of earlier rows, or where another has the name.
fn keys(input: &Input) -> impl Iterator<Item = String> + '_ {
    input.fields.iter().enumerate().map(|(index, (source, field))| {
        let is_taken = input.fields[..index].iter().any(|(_, other)| other == field);
        if source == HISTORY || is_taken { format!("{source}.{field}") } else { field.clone() }
    })
}

/// The type of a record.
pub(super) fn record_type(plan: &Plan, input: usize) -> proc_macro2::Ident {
    if input == plan.target() {
        ident("TargetRecord")
    } else {
        format_ident!("{}Record", plan.sites[input].ty)
    }
}

/// A field's name as a Rust word: anything else becomes `_`.
fn plain(field: &str) -> String {
    let word: String = field.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|first: char| first.is_ascii_digit()) || word.is_empty() {
        format!("field_{word}")
    } else {
        word
    }
}

fn expand_record(plan: &Plan, index: usize, input: &Input, crate_path: &str) -> TokenStream {
    let ty = record_type(plan, index);
    let names = record_fields(input);
    let fields: Vec<_> = names.iter().map(|name| ident(name)).collect();
    let renames = names
        .iter()
        .zip(keys(input))
        .map(|(name, key)| (*name != key).then(|| quote!(#[serde(rename = #key)])));
    let docs = input.fields.iter().map(|(source, field)| format!(" Field `{field}` of `{source}`."));
    let places = input.fields.iter().map(|(source, field)| quote!(FieldName::of(#source, #field)));
    let indices = (0..fields.len()).map(Literal::usize_unsuffixed);
    let what = if index == plan.target() {
        " What the objective reads of a record, as it stands in a file.".to_string()
    } else {
        format!(" A record of the `{}` tower, as it stands in a file.", input.name)
    };
    if fields.is_empty() {
        return quote! {
            #[doc = #what]
            #[derive(Clone, Copy, Debug, Default, PartialEq)]
            pub struct #ty;
            impl #ty {
                /// Its raw fields.
                pub const FIELDS: &'static [FieldName] = &[];
            }
        };
    }
    let record = (index != plan.target()).then(|| {
        let tower = Literal::usize_unsuffixed(index);
        quote! {
            impl<D: Device> Record<Model<D>> for #ty<'_> {
                const TOWER: usize = #tower;

                fn fields(&self) -> Vec<Field<'_>> {
                    Vec::from([#(self.#fields.borrowed()),*])
                }
            }
        }
    });
    quote! {
        #[doc = #what]
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(crate = #crate_path, default)]
        pub struct #ty<'a> {
            #(#[doc = #docs] #renames #[serde(borrow)] pub #fields: Field<'a>,)*
        }
        impl<'a> #ty<'a> {
            /// Its raw fields.
            pub const FIELDS: &'static [FieldName] = &[#(#places),*];

            /// Reads the fields of a row.
            pub fn from_row(row: &Row<'a>) -> Self {
                Self { #(#fields: row.field(#indices)),* }
            }
        }
        #record
    }
}
