//! Terms of the loss.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use turret_schema::Code;

use super::ident;
use crate::model::Reduction;
use crate::plan::objective::{CandidateIds, Hardest, LogQ, PairArgument, Task, Term, TermKind, TermScore};

/// A term times its weight.
pub(super) fn expand_term(task: &Task, term: &Term) -> TokenStream {
    let kind = expand_loss(task, term);
    if term.weight == 1.0 {
        return kind;
    }
    let weight = float(term.weight);
    quote!(ops::scale_loss(#kind?, #weight))
}

fn expand_loss(task: &Task, term: &Term) -> TokenStream {
    let (function, settings) = (ident(term.function), term.settings.iter().copied().map(float));
    let (settings, reduction) = (quote!(#(#settings,)*), term.reduction.code());
    let weights = match &task.weights {
        Some(weights) => quote!(Some(#weights.as_slice())),
        None => quote!(None),
    };
    match &term.kind {
        TermKind::Label { score, label } => {
            let score = expand_score(score);
            quote!(ops::#function(ops::scores(#score)?, #label.as_slice(), #settings #weights, #reduction))
        }
        TermKind::Pairs { positive, negative } => {
            quote!(ops::#function(ops::scores(#positive)?, ops::scores(#negative)?, #settings #weights, #reduction))
        }
        TermKind::SampledPairs { hardest, rate, .. } => {
            let query_index = match hardest {
                None => quote!(pass.candidates().query_index),
                Some(Hardest { count, .. }) => {
                    let count = Literal::usize_unsuffixed(*count);
                    quote!(ops::query_index(records, #count))
                }
            };
            let rate = rate.then(|| quote!(pass.candidates().sampling_rate,));
            quote!(ops::#function(positive, negative, &#query_index, #rate #settings #weights, #reduction))
        }
        TermKind::Candidates { query, candidate, temperature, log_q, ids, exclude_seen, .. } => {
            let temperature = float(*temperature);
            let log_q = log_q.as_ref().map(|log_q| match log_q {
                LogQ::Column(column) => quote!(Some(&ops::log_probabilities(#column.as_slice()))),
                LogQ::Sampler => quote!(pass.candidates().log_q()),
            });
            let ids = ids.as_ref().map(|ids| match ids {
                CandidateIds::Column(column) => quote!(Some(#column.as_slice())),
                CandidateIds::Catalog => quote!(pass.candidates().ids()),
            });
            let settings = [
                (!term.rule.in_batch).then(|| quote!(in_batch: false)),
                Some(quote!(temperature: #temperature)),
                log_q.map(|log_q| quote!(log_q: #log_q)),
                ids.map(|ids| quote!(ids: #ids)),
                exclude_seen.then(|| quote!(excluded: Some(&pass.candidates().excluded))),
                task.weights.is_some().then(|| quote!(weights: #weights)),
                (term.reduction != Reduction::default()).then(|| quote!(reduction: #reduction)),
            ];
            let settings = settings.into_iter().flatten();
            quote!(ops::#function(#query, #candidate, &Softmax { #(#settings,)* ..Softmax::default() }))
        }
    }
}

fn expand_score(score: &TermScore) -> TokenStream {
    match score {
        TermScore::OfTask => quote!(self.score(batch, gathered, pass)?),
        TermScore::Variable(score) => score.to_token_stream(),
    }
}

/// Scores of positives and negatives, if the term compares them.
pub(super) fn expand_term_scores(term: &Term) -> Option<TokenStream> {
    let TermKind::SampledPairs { positive, negative, hardest, .. } = &term.kind else { return None };
    let hardest = hardest.map(|Hardest { function, count }| {
        let (function, count) = (ident(function), Literal::usize_unsuffixed(count));
        quote!(let negative = ops::#function(negative, records, #count)?;)
    });
    Some(quote! {
        let positive: Rows<1, D, T> = self.pair_score(#(#positive,)* pass)?;
        let negative: Rows<1, D, T> = self.pair_score(#(#negative,)* pass)?;
        #hardest
    })
}

impl ToTokens for PairArgument {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            PairArgument::Queries(used) => quote!(#used),
            PairArgument::Repeated(used) => {
                quote!(ops::take(#used, pass.candidates().query_index.iter().copied())?)
            }
            PairArgument::Positives(used) => quote!(ops::positives(#used, records)?),
            PairArgument::Negatives(used) => quote!(ops::negatives(#used, records)?),
        });
    }
}

fn float(number: f64) -> Literal {
    Literal::f32_unsuffixed(number as f32)
}
