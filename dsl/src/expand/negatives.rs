//! Code of the negatives that a program needs.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::model::{NegativeSource, Sampler};
use crate::plan::{ListedNegatives, Plan};

pub(super) fn expand_negatives(plan: &Plan) -> Option<TokenStream> {
    let negatives = plan.model.negatives.as_ref()?;
    let source = match negatives.source {
        NegativeSource::All => quote!(NegativeSource::All),
        NegativeSource::Listed(_) => quote!(NegativeSource::Listed),
        NegativeSource::Drawn { count, sampler, unique } => {
            let count = Literal::u64_unsuffixed(count);
            let sampler = match sampler {
                Sampler::Uniform => quote!(Sampler::Uniform),
                Sampler::LogUniform => quote!(Sampler::LogUniform),
                Sampler::Given(_) => quote!(Sampler::Given),
                Sampler::Frequency(power) => {
                    let power = Literal::f64_unsuffixed(power);
                    quote!(Sampler::Frequency { power: #power })
                }
            };
            quote!(NegativeSource::Drawn { count: #count, sampler: #sampler, unique: #unique })
        }
    };
    let inputs = plan.candidates.iter().map(|candidate| Literal::usize_unsuffixed(candidate.0));
    let (per_record, in_batch, log_q) = (negatives.per_record, negatives.in_batch, negatives.log_q);
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
    Some(quote! {
        fn negatives() -> Option<NegativesSpec> {
            Some(NegativesSpec {
                source: #source,
                per_record: #per_record,
                in_batch: #in_batch,
                log_q: #log_q,
                inputs: &[#(#inputs),*],
            })
        }
        #weights
        #listed
    })
}
