//! Columns that the negative sampler reads.

use proc_macro2::TokenStream;
use quote::quote;

use crate::plan::{ListedNegatives, Plan};

/// Functions that return the columns that the negative sampler reads.
pub(super) fn expand_negatives(plan: &Plan) -> TokenStream {
    let weights = plan.sampling.weights.as_ref().map(|weights| {
        quote! {
            fn sampling_weights(batch: &Batch) -> &[f32] {
                #weights.as_slice()
            }
        }
    });
    let listed = plan.sampling.listed.as_ref().map(|ListedNegatives { column, vocabulary }| {
        quote! {
            fn listed_negatives(batch: &Batch) -> Option<&Bags> {
                Some(&#column)
            }
            fn listed_vocabulary(features: &Features) -> Option<&Vocabulary> {
                Some(&features.#vocabulary)
            }
        }
    });
    quote!(#weights #listed)
}
