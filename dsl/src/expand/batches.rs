//! Batches: the encoded columns of each input.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::ident;
use super::log::expand_look_back;
use crate::model::{ColumnKind, Model};
use crate::plan::Plan;

pub(super) fn expand_batches(plan: &Plan) -> TokenStream {
    let inputs = (0..plan.inputs.len()).map(|input| expand_input(plan, input));
    let fields: Vec<Ident> = (0..plan.inputs.len()).map(|input| batch_field(plan, input)).collect();
    let types = (0..plan.inputs.len()).map(|input| batch_type(plan, input));
    let docs = plan.inputs.iter().map(|input| format!(" Columns of `{}`.", input.name));
    let look_back = expand_look_back(plan);
    let indices: Vec<Literal> = (0..plan.inputs.len()).map(Literal::usize_unsuffixed).collect();
    quote! {
        #(#inputs)*
        /// The encoded columns of some records.
        #[derive(Clone, Debug, Default)]
        pub struct Batch {
            #(#[doc = #docs] pub #fields: #types,)*
        }
        impl EncodedBatch for Batch {
            fn rows(&self, input: usize) -> usize {
                match input {
                    #(#indices => self.#fields.rows(),)*
                    _ => 0,
                }
            }
            fn gather(&self, input: usize, rows: &[u32], into: &mut Self) {
                match input {
                    #(#indices => into.#fields = self.#fields.gather(rows),)*
                    _ => {}
                }
            }
            fn truncate(&mut self, input: usize, rows: usize) {
                match input {
                    #(#indices => self.#fields.truncate(rows),)*
                    _ => {}
                }
            }
            #look_back
        }
    }
}

/// Field of `Batch` of an input.
pub(super) fn batch_field(plan: &Plan, input: usize) -> Ident {
    if input == plan.target() { ident("target") } else { ident(&plan.sites[input].field) }
}

/// Type of the columns of an input.
pub(super) fn batch_type(plan: &Plan, input: usize) -> Ident {
    if input == plan.target() { ident("TargetBatch") } else { format_ident!("{}Batch", plan.sites[input].ty) }
}

/// Type of an encoded column, and what it holds.
fn column_type(model: &Model, column: usize) -> (TokenStream, String) {
    let column = &model.columns[column];
    match &column.kind {
        ColumnKind::Id { .. } => (quote!(Ids), "rows of its table".to_string()),
        ColumnKind::Bucket { .. } => (quote!(Ids), "buckets".to_string()),
        ColumnKind::Bag { .. } | ColumnKind::Text { .. } => {
            (quote!(Bags), "bags of rows of its table".to_string())
        }
        ColumnKind::Sequence { .. } => (quote!(Sequences), "rows of its table in order".to_string()),
        ColumnKind::Vector { width, .. } => {
            let width = Literal::u64_unsuffixed(*width);
            (quote!(Floats<#width>), "numbers".to_string())
        }
        ColumnKind::Float { .. } => (quote!(Floats<1>), "a number".to_string()),
        ColumnKind::Frequency => (quote!(Floats<1>), "how common a value is".to_string()),
        ColumnKind::Label { .. } => (quote!(Floats<1>), "the label".to_string()),
        ColumnKind::Weight { .. } => (quote!(Floats<1>), "how much a record counts".to_string()),
    }
}

fn expand_input(plan: &Plan, input: usize) -> TokenStream {
    let ty = batch_type(plan, input);
    let columns = &plan.inputs[input].columns;
    let fields: Vec<Ident> = columns.iter().map(|(column, _)| ident(&plan.column_fields[column.0])).collect();
    let (types, holds): (Vec<_>, Vec<_>) =
        columns.iter().map(|(column, _)| column_type(&plan.model, column.0)).unzip();
    let docs = columns.iter().zip(holds).map(|((column, _), holds)| {
        let column = &plan.model.columns[column.0];
        format!(" `{}: {}`, {holds}.", column.name, column.kind.word())
    });
    let what = if input == plan.target() {
        " What the objective reads, encoded.".to_string()
    } else {
        format!(" What the `{}` tower reads, encoded.", plan.inputs[input].name)
    };
    if fields.is_empty() {
        return quote! {
            #[doc = #what]
            #[derive(Clone, Copy, Debug, Default)]
            pub struct #ty { rows: usize }
            impl #ty {
                fn rows(&self) -> usize { self.rows }
                fn gather(&self, rows: &[u32]) -> Self { Self { rows: rows.len() } }
                fn truncate(&mut self, rows: usize) { self.rows = self.rows.min(rows); }
            }
        };
    }
    let first = &fields[0];
    quote! {
        #[doc = #what]
        #[derive(Clone, Debug, Default)]
        pub struct #ty {
            #(#[doc = #docs] pub #fields: #types,)*
        }
        impl #ty {
            fn rows(&self) -> usize { self.#first.rows() }
            fn gather(&self, rows: &[u32]) -> Self { Self { #(#fields: self.#fields.gather(rows)),* } }
            fn truncate(&mut self, rows: usize) { #(self.#fields.truncate(rows);)* }
        }
    }
}
