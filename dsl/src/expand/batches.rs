//! Batches: the encoded columns of each input.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, TokenStreamExt, format_ident, quote};

use super::ident;
use super::records::record_type;
use crate::model::{BagSpec, ColumnId, ColumnKind, Content, InputId, Keep};
use crate::plan::{Input, Part, Place, Plan, Reads};

pub(super) fn expand_batches(plan: &Plan) -> TokenStream {
    let inputs = plan.inputs.iter().map(|(id, input)| expand_input(plan, id, input));
    let fields = plan.inputs.iter().map(|(_, input)| {
        let (name, source) = (&input.name, Literal::usize_unsuffixed(input.source));
        let (field, ty, record) = (ident(&input.field), batch_type(input), record_type(input));
        quote!(#[input(#name, #source, #record)] pub #field: #ty,)
    });
    quote! {
        #(#inputs)*
        batches! {
            pub struct Batch { #(#fields)* }
        }
    }
}

/// Type of the columns of an input.
pub(super) fn batch_type(input: &Input) -> Ident {
    format_ident!("{}Batch", input.ty)
}

/// `field`, or `field[number]` in an array.
impl ToTokens for Place {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(ident(&self.field));
        if let Some(index) = self.index {
            let index = Literal::usize_unsuffixed(index);
            tokens.extend(quote!([#index]));
        }
    }
}

/// A type, or an array of it if the part is a range.
pub(super) fn part_type<I>(part: &Part<I>, ty: &TokenStream) -> TokenStream {
    match part.numbered {
        Some(_) => {
            let count = Literal::usize_unsuffixed(part.members.len());
            quote!([#ty; #count])
        }
        None => ty.clone(),
    }
}

/// Name of the content of a part, or the first and last names of a range.
pub(super) fn part_name<'n, I: Copy>(part: &Part<I>, name: impl Fn(I) -> &'n str) -> String {
    let last = part.members.iter().skip(1).next_back().map(|last| format!("..{}", name(*last)));
    let names = part.members.iter().take(1).map(|first| name(*first).to_string()).chain(last);
    names.collect()
}

/// Type of an encoded column, and a description of its content.
fn column_type(content: Content) -> (TokenStream, &'static str) {
    match content {
        Content::Row => (quote!(Ids), "rows of its table"),
        Content::Bag(_) => (quote!(Bags), "bags of rows of its table"),
        Content::Sequence(..) => (quote!(Sequences), "rows of its table in order"),
        Content::Numbers(width) => {
            let holds = if width == 1 { "a number" } else { "numbers" };
            let width = Literal::usize_unsuffixed(width);
            (quote!(Floats<#width>), holds)
        }
    }
}

fn expand_input(plan: &Plan, id: InputId, input: &Input) -> TokenStream {
    let ty = batch_type(input);
    let column = |column: ColumnId| &plan.model.columns[column];
    let fields = input.batch.iter().zip(&input.reads).map(|(part, reads)| {
        let first = column(part.members[0]);
        let (ty, holds) = column_type(first.kind.content());
        let name = part_name(part, |member| &column(member).name);
        let docs = format!(" `{name}: {}`, {holds}.", first.word);
        let (field, ty) = (ident(&part.field), part_type(part, &ty));
        let earlier = match &first.kind {
            ColumnKind::Sequence(BagSpec { max: (max, keep), .. }, _) if first.earlier => {
                let max = Literal::usize_unsuffixed(*max);
                let keep = if *keep == Keep::First { quote!(First) } else { quote!(Last) };
                Some(quote!(#[earlier(#max, #keep)]))
            }
            _ => None,
        };
        let reads = expand_reads(reads);
        quote!(#[doc = #docs] #reads #earlier pub #field: #ty,)
    });
    let what = match id {
        InputId::Objective => " Inputs of the objective, encoded.".to_string(),
        InputId::Tower(_) => format!(" Inputs of the `{}` tower, encoded.", input.name),
    };
    let record = (!input.columns.is_empty()).then(|| {
        let record = record_type(input);
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

/// Raw field and vocabulary of a column or range.
fn expand_reads(reads: &Reads) -> TokenStream {
    let (again, field) = (reads.again.then(|| quote!(again)), &reads.field);
    let keys = reads.vocabulary.as_ref().map(|keys| quote!(, #keys));
    quote!(#[reads(#again #field #keys)])
}
