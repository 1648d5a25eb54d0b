//! Terms of the loss.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use turret_schema::Code;

use crate::model::{PairRule, Reduction};
use crate::plan::objective::{CandidateIds, LogQ, Logit, PairArgument, Task, Term, TermKind};

/// A term times its weight.
pub(super) fn expand_term(task: &Task, term: &Term) -> TokenStream {
    let kind = expand_kind(task, &term.kind);
    if term.weight == 1.0 {
        return kind;
    }
    let weight = float(term.weight);
    quote!(ops::scale(#kind?, #weight))
}

fn expand_kind(task: &Task, kind: &TermKind) -> TokenStream {
    let weights = match &task.weights {
        Some(weights) => quote!(Some(#weights.as_slice())),
        None => quote!(None),
    };
    match kind {
        TermKind::Bce { logit, label, pos_weight, reduction } => {
            let (logit, reduction) = (expand_logit(logit), reduction.code());
            let label = quote!(#label.as_slice());
            if *pos_weight == 1.0 {
                quote!(ops::bce(ops::scores(#logit)?, #label, #weights, #reduction))
            } else {
                let pos_weight = float(*pos_weight);
                quote!(ops::weighted_bce(ops::scores(#logit)?, #label, #pos_weight, #weights, #reduction))
            }
        }
        TermKind::Pairs { rule, positive, negative, reduction } => {
            let (loss, reduction) = (
                match rule {
                    PairRule::Hinge { .. } => quote!(hinge),
                    PairRule::Bpr | PairRule::Bce => quote!(bpr),
                },
                reduction.code(),
            );
            let margin = expand_margin(*rule);
            quote!(ops::#loss(ops::scores(#positive)?, ops::scores(#negative)?, #margin #weights, #reduction))
        }
        TermKind::SampledPairs { rule, reduction, .. } => {
            let (loss, reduction) = (
                match rule {
                    PairRule::Bce => quote!(sampled_bce),
                    PairRule::Bpr => quote!(sampled_bpr),
                    PairRule::Hinge { .. } => quote!(sampled_hinge),
                },
                reduction.code(),
            );
            let margin = expand_margin(*rule);
            quote!(ops::#loss(positive, negative, &pass.candidates().query_index, #margin #weights, #reduction))
        }
        TermKind::Softmax { query, candidate, temperature, in_batch, log_q, ids, reduction, .. } => {
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
                (!in_batch).then(|| quote!(in_batch: false)),
                Some(quote!(temperature: #temperature)),
                log_q.map(|log_q| quote!(log_q: #log_q)),
                ids.map(|ids| quote!(ids: #ids)),
                task.weights.is_some().then(|| quote!(weights: #weights)),
                (*reduction != Reduction::default()).then(|| {
                    let reduction = reduction.code();
                    quote!(reduction: #reduction)
                }),
            ];
            let settings = settings.into_iter().flatten();
            quote!(ops::softmax(#query, #candidate, &Softmax { #(#settings,)* ..Softmax::default() }))
        }
    }
}

/// Margin argument, if the rule has a margin.
fn expand_margin(rule: PairRule) -> Option<TokenStream> {
    match rule {
        PairRule::Hinge { margin } => {
            let margin = float(margin);
            Some(quote!(#margin,))
        }
        PairRule::Bpr | PairRule::Bce => None,
    }
}

fn expand_logit(logit: &Logit) -> TokenStream {
    match logit {
        Logit::OfScore => quote!(self.score(batch, gathered, pass)?),
        Logit::Variable(logit) => logit.to_token_stream(),
    }
}

/// Scores of positives and negatives, if the term compares them.
pub(super) fn expand_term_scores(term: &Term) -> Option<TokenStream> {
    let TermKind::SampledPairs { positive, negative, .. } = &term.kind else { return None };
    Some(quote! {
        let positive: Rows<1, D, T> = self.pair_score(#(#positive,)* pass)?;
        let negative: Rows<1, D, T> = self.pair_score(#(#negative,)* pass)?;
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
