//! Code of the negatives that a program needs, and the scores of all pairs of records and candidates.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::batches::{batch_field, batch_place};
use super::network::{output, pair_towers};
use super::towers::output_type;
use crate::model::{NegativeSource, Sampler};
use crate::plan::{Plan, Retrieval};

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
    let inputs = plan.candidates.iter().map(|candidate| Literal::usize_unsuffixed(*candidate));
    let (per_record, in_batch, log_q) = (negatives.per_record, negatives.in_batch, negatives.log_q);
    let columns = match negatives.source {
        NegativeSource::Drawn { sampler: Sampler::Given(column), .. } => {
            let candidate = *plan.candidates.first()?;
            let (field, column) = (batch_field(plan, candidate), batch_place(plan, candidate, column));
            quote! {
                fn sampling_weights(batch: &Batch) -> &[f32] {
                    batch.#field.#column.as_slice()
                }
            }
        }
        NegativeSource::Listed(column) => {
            let vocabulary = plan.model.columns[column.0].vocabulary?;
            let vocabulary = plan.vocabularies.place(vocabulary.0);
            let column = batch_place(plan, plan.target(), column);
            quote! {
                fn listed_negatives(batch: &Batch) -> Option<&Bags> {
                    Some(&batch.target.#column)
                }
                fn listed_vocabulary(features: &Features) -> Option<&Vocabulary> {
                    Some(&features.#vocabulary)
                }
            }
        }
        _ => TokenStream::new(),
    };
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
        #columns
    })
}

pub(super) fn expand_pair_scores(plan: &Plan) -> Option<TokenStream> {
    let Some(Retrieval::Score { ascending }) = plan.retrieval else { return None };
    let towers = pair_towers(plan)?;
    let forwards = towers.iter().map(|&tower| {
        let (field, output) = (batch_field(plan, tower), output(plan, tower));
        let ty = output_type(plan, tower, &quote!());
        let (from, rows) = match plan.candidates.contains(&tower) {
            true => (quote!(candidates), quote!(all.iter().map(|pair| pair.1))),
            false => (quote!(queries), quote!(all.iter().map(|pair| pair.0))),
        };
        quote! {
            let #output: #ty = self.#field.forward(&#from.0.#field, #from.1, pass)?;
            let #output: #ty = ops::take(#output, #rows)?;
        }
    });
    let outputs = towers.iter().map(|&tower| output(plan, tower));
    let candidate = batch_field(plan, *plan.candidates.first()?);
    let query = batch_field(plan, *towers.iter().find(|tower| !plan.candidates.contains(tower))?);
    let score = if ascending { quote!(ops::scale(score, -1.0)?) } else { quote!(score) };
    Some(quote! {
        fn pair_scores(
            &self,
            queries: (&Batch, &Gathered<D>),
            candidates: (&Batch, &Gathered<D>),
            pass: &Pass<D>,
        ) -> Result<Matrix, D::Err> {
            let width = candidates.0.#candidate.rows();
            let all = all_pairs(queries.0.#query.rows(), width);
            #(#forwards)*
            let score: Rows<1, D> = self.pair_score(#(#outputs,)* pass)?;
            Ok(Matrix { width, values: #score.as_vec() })
        }
    })
}
