//! Towers: weights and forward passes.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::batches::batch_type;
use super::forward::{expand_forward, tensor_type};
use super::network::expand_network;
use super::{docs, ident};
use crate::layers::{Shape, Weights};
use crate::plan::{Input, Module, Plan, Tower};

pub(super) fn expand_towers(plan: &Plan) -> TokenStream {
    let structs = plan.weights().map(expand_weights);
    let fields = plan.weights().map(|module| ident(&module.field));
    let types = plan.weights().map(|module| ident(&module.ty));
    let towers = plan.towers.iter().zip(&plan.inputs.towers).map(|(tower, input)| expand_tower(tower, input));
    let network = expand_network(plan);
    quote! {
        #(#structs)*
        module! {
            /// All dense weights.
            pub struct Weights { #(pub #fields: #types,)* }
        }
        #(#towers)*
        #network
    }
}

fn expand_weights(module: &Module) -> TokenStream {
    let ty = ident(&module.ty);
    let count: usize = module.weights.iter().map(|layer| layer.weights.count).sum();
    let docs = docs(&module.docs, &format!("The `{}` tower: {count} parameters.", module.field));
    let fields = module.weights.iter().map(|layer| {
        let Weights { ty, sizes, .. } = &layer.weights;
        let kind = layer.kind;
        let kind = (!layer.is_usual()).then(|| quote!(#[kind(#kind)]));
        let (name, ty) = (ident(&layer.field), ident(ty));
        let sizes: Vec<Literal> = sizes.iter().map(|size| Literal::usize_unsuffixed(*size)).collect();
        let sizes = (!sizes.is_empty()).then(|| quote!(<#(#sizes),*>));
        quote!(#kind pub #name: #ty #sizes,)
    });
    quote! {
        module! {
            #docs
            pub struct #ty { #(#fields)* }
        }
    }
}

fn expand_tower(tower: &Tower, input: &Input) -> TokenStream {
    let (ty, batch) = (ident(&tower.module.ty), batch_type(input));
    let output = tensor_type(tower.shape);
    let docs = match tower.shape {
        Shape::Interests(count, width) => {
            format!(" The interests that the tower gives, `[B, {count}, {width}]`.")
        }
        shape => format!(" The output of the tower, `[B, {}]`.", shape.width()),
    };
    let body = expand_forward(&tower.forward);
    quote! {
        impl<D: Device> #ty<D> {
            #[doc = #docs]
            #[allow(unused_variables, reason = "all towers are given the same")]
            pub fn forward<T: Tape<f32, D>>(
                &self,
                batch: &#batch,
                gathered: &Gathered<D>,
                pass: &mut Pass<D>,
            ) -> Result<#output, D::Err> {
                #body
            }
        }
    }
}
