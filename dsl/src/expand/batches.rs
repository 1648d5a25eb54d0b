//! Batches: the encoded columns of each input.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, TokenStreamExt, format_ident, quote};

use super::ident;
use super::records::record_type;
use crate::model::{Column, ColumnId, ColumnKind, Keep};
use crate::plan::{Part, Place, Plan};

pub(super) fn expand_batches(plan: &Plan) -> TokenStream {
    let inputs = (0..plan.inputs.len()).map(|input| expand_input(plan, input));
    let fields = plan.inputs.iter().enumerate().map(|(index, input)| {
        let (name, source) = (&input.name, Literal::usize_unsuffixed(input.source));
        let (field, ty, record) =
            (batch_field(plan, index), batch_type(plan, index), record_type(plan, index));
        quote!(#[input(#name, #source, #record)] pub #field: #ty,)
    });
    quote! {
        #(#inputs)*
        batches! {
            pub struct Batch { #(#fields)* }
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

/// The place of a column in the batch of an input that reads it.
pub(super) fn batch_place(plan: &Plan, input: usize, column: ColumnId) -> Place<'_> {
    plan.inputs[input].batch.place(column.0)
}

/// `field`, or `field[number]` in an array.
impl ToTokens for Place<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(ident(self.field));
        if let Some(index) = self.index {
            let index = Literal::usize_unsuffixed(index);
            tokens.extend(quote!([#index]));
        }
    }
}

/// A type, or the array of it that a part is.
pub(super) fn part_type(part: &Part, ty: &TokenStream) -> TokenStream {
    match part.numbered {
        Some(_) => {
            let count = Literal::usize_unsuffixed(part.members.len());
            quote!([#ty; #count])
        }
        None => ty.clone(),
    }
}

/// The name of what a part holds, or the first and the last of the names.
pub(super) fn part_name<'n>(part: &Part, name: impl Fn(usize) -> &'n str) -> String {
    match part.members[..] {
        [first, .., last] => format!("{}..{}", name(first), name(last)),
        [only] => name(only).to_string(),
        [] => String::new(),
    }
}

/// Type of an encoded column, and what it holds.
fn column_type(column: &Column) -> (TokenStream, &'static str) {
    match &column.kind {
        ColumnKind::Id { .. } => (quote!(Ids), "rows of its table"),
        ColumnKind::Bucket { .. } => (quote!(Ids), "buckets"),
        ColumnKind::Bag { .. } | ColumnKind::Text { .. } => (quote!(Bags), "bags of rows of its table"),
        ColumnKind::Sequence { .. } => (quote!(Sequences), "rows of its table in order"),
        ColumnKind::Vector { width, .. } => {
            let width = Literal::u64_unsuffixed(*width);
            (quote!(Floats<#width>), "numbers")
        }
        ColumnKind::Float { .. } => (quote!(Floats<1>), "a number"),
        ColumnKind::Frequency => (quote!(Floats<1>), "the frequency of a value"),
        ColumnKind::Label { .. } => (quote!(Floats<1>), "the label"),
        ColumnKind::Weight { .. } => (quote!(Floats<1>), "the sample weight"),
    }
}

fn expand_input(plan: &Plan, input: usize) -> TokenStream {
    let ty = batch_type(plan, input);
    let column = |column: usize| &plan.model.columns[column];
    let fields = plan.inputs[input].batch.iter().map(|part| {
        let first = column(part.members[0]);
        let (ty, holds) = column_type(first);
        let name = part_name(part, |member| &column(member).name);
        let docs = format!(" `{name}: {}`, {holds}.", first.kind.word());
        let (field, ty) = (ident(&part.field), part_type(part, &ty));
        let earlier = match &first.kind {
            ColumnKind::Sequence { items, .. } if first.earlier => {
                let max = Literal::u64_unsuffixed(items.max);
                let keep = if items.keep == Keep::First { quote!(First) } else { quote!(Last) };
                Some(quote!(#[earlier(#max, #keep)]))
            }
            _ => None,
        };
        let reads = expand_reads(plan, input, part);
        quote!(#[doc = #docs] #reads #earlier pub #field: #ty,)
    });
    let what = if input == plan.target() {
        " Inputs of the objective, encoded.".to_string()
    } else {
        format!(" Inputs of the `{}` tower, encoded.", plan.inputs[input].name)
    };
    let record = (!plan.inputs[input].columns.is_empty()).then(|| {
        let record = record_type(plan, input);
        quote!(#[of(#record)])
    });
    quote! {
        batch! {
            #[doc = #what]
            #record
            pub struct #ty { #(#fields)* }
        }
    }
}

/// The raw field and the vocabulary of a column, or those of a range. A column learns from one of the inputs that read it and is counted
/// there: one that is encoded for each row of a joined source, if there is one.
fn expand_reads(plan: &Plan, input: usize, part: &Part) -> TokenStream {
    let first = ColumnId(part.members[0]);
    let again = (plan.observer(first) != Some(input)).then(|| quote!(again));
    let whole = |place: Place<'_>| match part.numbered {
        Some(_) => ident(place.field).into_token_stream(),
        None => place.into_token_stream(),
    };
    let read = plan.inputs[input].columns.iter().find(|(column, _)| *column == first);
    let field = read.map(|(_, field)| whole(plan.inputs[input].record.place(*field)));
    let keys = plan.model.columns[first.0].vocabulary.map(|vocabulary| {
        let keys = whole(plan.vocabularies.place(vocabulary.0));
        quote!(, #keys)
    });
    quote!(#[reads(#again #field #keys)])
}
