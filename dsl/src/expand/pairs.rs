//! Score of pairs of a record and a candidate, and the scores of all pairs.

use proc_macro2::TokenStream;
use quote::quote;

use super::forward::{expand_forward, inference_type, tensor_type};
use super::ident;
use crate::plan::objective::{PairParameter, PairScore};

/// Score of pairs, if candidates are sampled for records.
pub(super) fn expand_pair_score(score: &PairScore) -> TokenStream {
    let parameters = score.parameters.iter().map(|PairParameter { output, .. }| {
        let (name, ty) = (ident(&output.variable), tensor_type(output.shape));
        quote!(#name: #ty)
    });
    let many = (score.parameters.len() > 5)
        .then(|| quote!(#[allow(clippy::too_many_arguments, reason = "one for each tower")]));
    let body = expand_forward(&score.forward);
    quote! {
        impl<D: Device> Weights<D> {
            /// The score of each row's pair of a record and a candidate.
            #[allow(unused_variables, reason = "a score need not draw")]
            #many
            pub fn pair_score<T: Tape<f32, D>>(
                &self,
                #(#parameters,)*
                pass: &mut Pass<D>,
            ) -> Result<Rows<1, D, T>, D::Err> {
                #body
            }
        }
    }
}

/// Scores of all pairs, if evaluation ranks candidates by them.
pub(super) fn expand_pair_scores(score: &PairScore) -> Option<TokenStream> {
    let ranking = score.ranking.as_ref()?;
    let outputs = score.parameters.iter().map(|PairParameter { output, is_candidate }| {
        let (tower, variable) = (ident(&output.tower), ident(&output.variable));
        let ty = inference_type(output.shape);
        let (from, rows) = match is_candidate {
            true => (quote!(candidates), quote!(all.iter().map(|pair| pair.1))),
            false => (quote!(queries), quote!(all.iter().map(|pair| pair.0))),
        };
        quote! {
            let #variable: #ty = self.#tower.forward(&#from.0.#tower, #from.1, pass)?;
            let #variable: #ty = ops::take(#variable, #rows)?;
        }
    });
    let arguments = score.parameters.iter().map(|parameter| ident(&parameter.output.variable));
    let (query, candidate) = (ident(&ranking.queries), ident(&ranking.candidates));
    let score = if ranking.ascending { quote!(ops::scale(score, -1.0)?) } else { quote!(score) };
    Some(quote! {
        fn pair_scores(
            &self,
            queries: (&Batch, &Gathered<D>),
            candidates: (&Batch, &Gathered<D>),
            pass: &mut Pass<D>,
        ) -> Result<Matrix, D::Err> {
            let width = candidates.0.#candidate.rows();
            let all = all_pairs(queries.0.#query.rows(), width);
            #(#outputs)*
            let score: Rows<1, D, D::Inference> = self.pair_score(#(#arguments,)* pass)?;
            Ok(Matrix { width, values: values(#score, pass)? })
        }
    })
}
