//! Forward passes: variables and their values.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use turret_schema::Code;

use super::{comment, ident};
use crate::layers::{BagSite, CallSite, Shape};
use crate::plan::forward::{
    Argument, ArgumentRows, Bag, Call, Encoded, Forward, Let, Lift, Rows, Use, Value, WeightsPlace,
};

/// Body of a function.
pub(super) fn expand_forward(forward: &Forward) -> TokenStream {
    let (lets, result) = (expand_lets(&forward.lets), &forward.result);
    quote!(#lets Ok(#result))
}

pub(super) fn expand_lets(lets: &[Let]) -> TokenStream {
    lets.iter().map(expand_let).collect()
}

fn expand_let(step: &Let) -> TokenStream {
    let (name, ty) = (ident(&step.variable), tensor_type(step.shape));
    let ty = if step.is_range { quote!(Vec<#ty>) } else { ty };
    let (comment, value) = (step.comment.as_deref().map(comment), expand_value(&step.value, step.is_range));
    quote!(#comment let #name: #ty = #value?;)
}

fn expand_value(value: &Value, is_range: bool) -> TokenStream {
    match value {
        Value::Numbers(column) if is_range => quote!(#column.floats_each(pass)),
        Value::Numbers(column) => quote!(ops::floats(&#column, pass)),
        Value::Rows(Rows { table, index }) => {
            let index = Literal::usize_unsuffixed(*index);
            let lookup = ident(if is_range { "lookup_each" } else { "lookup" });
            quote!(gathered.#table.#lookup(#index))
        }
        Value::Sequence { rows: Rows { table, index }, column, pad } => {
            let index = Literal::usize_unsuffixed(*index);
            let pad = pad.code();
            quote!(gathered.#table.sequence(#index, #column.spans(), #pad))
        }
        Value::Layer(call) => expand_call(call),
    }
}

fn expand_call(call: &Call) -> TokenStream {
    let inputs: Vec<TokenStream> = call.inputs.iter().map(expand_argument).collect();
    // With one or two inputs, a closure is called with the rows of all positions.
    let rows = match call.lift {
        Lift::Each => &[quote!(x)][..],
        Lift::EachPair => &[quote!(a), quote!(b)],
        Lift::Whole | Lift::Fields | Lift::Positions(_) => &inputs,
    };
    let ranges: Vec<bool> = call.inputs.iter().map(|input| input.is_range).collect();
    let layer = call.operation.call(&CallSite {
        inputs: rows,
        ranges: &ranges,
        shapes: &call.shapes,
        bag: call.bag.as_ref().map(bag_site),
        weights: call.weights.as_ref().map(ToTokens::to_token_stream).as_ref(),
        label: &call.label,
    });
    match &call.lift {
        Lift::Whole => layer,
        Lift::Each => {
            let layer = function(&layer, rows);
            quote!(ops::each(#(#inputs),*, #layer))
        }
        Lift::EachPair => {
            let layer = function(&layer, rows);
            quote!(ops::each_pair(#(#inputs),*, #layer))
        }
        Lift::Fields => quote!(ops::vectors(#layer?)),
        Lift::Positions(masks) => {
            let masks = masks.iter().map(|mask| ident(mask));
            quote!(ops::sequence(#layer?, &[#(&#masks.mask),*]))
        }
    }
}

fn bag_site(Bag { rows: Rows { table, index }, column }: &Bag) -> BagSite {
    BagSite { rows: quote!(gathered.#table), index: *index, column: quote!(#column) }
}

fn expand_argument(argument: &Argument) -> TokenStream {
    let used = &argument.used;
    match argument.rows {
        ArgumentRows::Own => quote!(#used),
        ArgumentRows::Positions => {
            let (name, tape) = (ident(&used.variable), without_tape(used));
            quote!(ops::positions(#name.values #tape)?)
        }
        ArgumentRows::Fields => quote!(ops::positions(#used)?),
        ArgumentRows::Repeated(count) => {
            let count = Literal::usize_unsuffixed(count);
            quote!(ops::repeat::<#count, _, _, _>(#used)?)
        }
    }
}

/// A closure over some variables, or the function that it would call with only these variables.
fn function(call: &TokenStream, variables: &[TokenStream]) -> TokenStream {
    let text = |tokens: &dyn ToTokens| tokens.to_token_stream().to_string();
    if let Ok(call) = syn::parse2::<syn::ExprCall>(call.clone())
        && call.args.iter().map(|argument| text(argument)).eq(variables.iter().map(|name| text(name)))
    {
        return call.func.into_token_stream();
    }
    quote!(|#(#variables),*| #call)
}

fn without_tape(used: &Use) -> Option<TokenStream> {
    (!used.last).then(|| quote!(.with_empty_tape()))
}

impl ToTokens for Use {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (name, tape) = (ident(&self.variable), without_tape(self));
        tokens.extend(quote!(#name #tape));
    }
}

/// `batch.column`, or `batch.target.column`.
impl ToTokens for Encoded {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (batch, place) = (self.batch.iter().map(|batch| ident(batch)), &self.place);
        tokens.extend(quote!(batch #(.#batch)* .#place));
    }
}

/// `layer`, or `objective.layer`.
impl ToTokens for WeightsPlace {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (module, field) = (self.module.iter().map(|module| ident(module)), ident(&self.field));
        tokens.extend(quote!(#(#module.)* #field));
    }
}

/// Type of a value of this shape.
pub(super) fn tensor_type(shape: Shape) -> TokenStream {
    typed(shape, &quote!(, T))
}

/// Type of a value of this shape in inference.
pub(super) fn inference_type(shape: Shape) -> TokenStream {
    typed(shape, &quote!(, D::Inference))
}

/// Type of a value of this shape. For a bag, the type of the pooled vector. `tape` is added after the device.
fn typed(shape: Shape, tape: &TokenStream) -> TokenStream {
    let number = Literal::usize_unsuffixed;
    match shape {
        Shape::Vector(width) | Shape::Bag(width) => {
            let width = number(width);
            quote!(Rows<#width, D #tape>)
        }
        Shape::Fields(count, width) => {
            let (count, width) = (number(count), number(width));
            quote!(Vectors<#count, #width, D #tape>)
        }
        Shape::Sequence(count, width) | Shape::Interests(count, width) => {
            let (count, width) = (number(count), number(width));
            quote!(Sequence<#count, #width, D #tape>)
        }
    }
}
