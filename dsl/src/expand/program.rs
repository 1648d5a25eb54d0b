//! The definition of the model: its data, training, cost and tables.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::{Code, Evaluation};

use super::batches::batch_place;
use super::log::expand_log;
use super::negatives::expand_negatives;
use super::tables::expand_table_specs;
use super::{docs, ident};
use crate::cost::{Drawn, Each, Numbers, SoftmaxCost};
use crate::layers::Shape;
use crate::model::{Column, ColumnKind, HISTORY, Keys, Loss, Model, Protocol, Source, Split};
use crate::plan::{Numbered, Plan, Retrieval, runs};

pub(super) fn expand_definition(plan: &Plan) -> TokenStream {
    let constants = expand_constants(plan);
    let data = expand_data(plan);
    let training = expand_training(plan);
    let cost = expand_cost(plan);
    let tables = expand_table_specs(plan);
    let negatives = expand_negatives(plan);
    let labels = expand_labels(plan);
    let docs = docs(&plan.model.docs, &format!("The model `{}`.", plan.model.name));
    quote! {
        /// The spec as data.
        #[derive(Debug)]
        pub struct Definition {}
        #docs
        pub type Model<D> = Assembled<Definition, D>;
        impl<D: Device> ModelDefinition<D> for Definition {
            type Features = Features;
            type Tables = Tables;
            type Weights = Weights<f32, D>;
            #constants
            #data
            #training
            #cost
            #tables
            #negatives
            #labels
        }
    }
}

/// The columns of features that are named otherwise than the field they read, as a record names it.
fn renamed(model: &Model) -> impl Iterator<Item = (&str, String)> {
    let is_feature =
        |kind: &ColumnKind| !matches!(kind, ColumnKind::Label { .. } | ColumnKind::Weight { .. });
    let named = |column: &Column| match column.earlier {
        true => format!("{HISTORY}.{}", column.field),
        false => column.field.clone(),
    };
    let columns = model.columns.iter().filter(move |column| is_feature(&column.kind));
    columns.map(move |column| (column.name.as_str(), named(column))).filter(|(name, field)| name != field)
}

fn expand_constants(plan: &Plan) -> TokenStream {
    let (name, text, fingerprint) = (&plan.model.name, &plan.text, &plan.fingerprint);
    let (version, about) = (env!("CARGO_PKG_VERSION"), plan.model.docs.join("\n"));
    let renamed = renamed(&plan.model).map(|(column, field)| quote!((#column, #field)));
    let towers = plan.model.towers.iter().enumerate().map(|(index, tower)| {
        let (name, width) = (&tower.name, Literal::usize_unsuffixed(plan.sites[index].width));
        let input = Literal::usize_unsuffixed(index);
        let exported = plan.model.exports.iter().any(|export| export.0 == index).then(|| quote!(.exported()));
        let interests = match plan.shapes[tower.result.0] {
            Shape::Interests(count, _) => {
                let count = Literal::usize_unsuffixed(count);
                Some(quote!(.interests(#count)))
            }
            _ => None,
        };
        quote!(TowerInfo::new(#name, #width, #input) #interests #exported)
    });
    let evaluation = match plan.retrieval {
        Some(Retrieval::Towers { query, candidate, similarity }) => {
            Evaluation::retrieval(query, candidate, similarity)
        }
        Some(Retrieval::Score { .. }) => Evaluation::PairScores,
        None => Evaluation::Ranking,
    };
    let evaluation = evaluation.code();
    let metrics = plan.model.metrics.argument();
    let protocol = (plan.model.protocol != Protocol::FULL).then(|| {
        let Protocol { user, query, candidates, exclude_seen } = plan.model.protocol;
        let (user, query, candidates) = (user.code(), query.code(), candidates.code());
        quote! {
            const PROTOCOL: Protocol =
                Protocol { user: #user, query: #query, candidates: #candidates, exclude_seen: #exclude_seen };
        }
    });
    let files = expand_files(&plan.model);
    let company = plan.needs_company().map(|word| quote!(const COMPANY: Option<&'static str> = Some(#word);));
    quote! {
        const SPEC: SpecInfo = SpecInfo {
            name: #name,
            about: #about,
            renamed: &[#(#renamed),*],
            text: #text,
            fingerprint: #fingerprint,
            compiler: #version,
        };
        const TOWERS: &'static [TowerInfo] = &[#(#towers),*];
        const EVALUATION: Evaluation = #evaluation;
        const METRICS: &'static [Metric] = &#metrics;
        #protocol
        #files
        #company
    }
}

/// Files besides the sources, where there are any.
fn expand_files(model: &Model) -> Option<TokenStream> {
    let keys = model.vocabularies.iter().filter_map(|vocabulary| match &vocabulary.keys {
        Keys::File(path) => {
            let name = &vocabulary.name;
            Some(quote!(FileSpec::Keys { of: #name, path: #path }))
        }
        _ => None,
    });
    let vectors = model.tables.iter().filter_map(|table| {
        let (name, path) = (&table.name, &table.pretrained.as_ref()?.path);
        Some(quote!(FileSpec::Vectors { of: #name, path: #path }))
    });
    let files: Vec<TokenStream> = keys.chain(vectors).collect();
    (!files.is_empty()).then(|| quote!(const FILES: &'static [FileSpec] = &[#(#files),*];))
}

fn expand_data(plan: &Plan) -> TokenStream {
    let model = &plan.model;
    let sources = model.sources.iter().map(|source| {
        let Source { name, path, separator, quote, columns, header, latin1, .. } = source;
        let is_tsv = *separator == b'\t';
        let form = if is_tsv { ident("tsv") } else { ident("csv") };
        let separator = (!is_tsv && *separator != b',').then(|| {
            let separator = Literal::byte_character(*separator);
            quote!(.separator(#separator))
        });
        // A file of tabs has no quotes, unless the spec says so.
        let quote = (*quote == is_tsv).then(|| quote!(.quote(#quote)));
        let latin1 = latin1.then(|| quote!(.encoding(Encoding::Latin1)));
        let columns = columns.as_ref().map(|columns| {
            let columns = expand_names(columns);
            quote!(.columns(#columns))
        });
        let header = header.then(|| quote!(.header()));
        quote!(SourceSpec::#form(#name, #path) #separator #quote #latin1 #columns #header)
    });
    let joins = model.joins.iter().map(|join| {
        let (source, left, right) = (&model.sources[join.source.0].name, &join.left, &join.right);
        quote!(JoinSpec::new(#source, #left, #right))
    });
    let joins = (!model.joins.is_empty()).then(|| quote!(joins: Vec::from([#(#joins),*]),));
    let split = match &model.split {
        Split::None => None,
        Split::Random { test, seed } => {
            let (test, seed) = (Literal::f64_unsuffixed(*test), Literal::u64_unsuffixed(*seed));
            Some(quote!(SplitSpec::random(#test, #seed)))
        }
        Split::ByTime { field, test } => {
            let test = Literal::f64_unsuffixed(*test);
            Some(quote!(SplitSpec::ByTime { field: #field, test: #test }))
        }
        Split::LeaveLastOut { nth } => {
            let nth = Literal::u64_unsuffixed(*nth);
            Some(quote!(SplitSpec::LeaveLastOut { nth: #nth }))
        }
        Split::Given { train, test } => Some(quote!(SplitSpec::Given { train: #train, test: #test })),
    };
    let split = split.map(|split| quote!(split: #split,));
    let catalogue = model.catalogue.as_ref().map(|catalogue| {
        let (source, key) = (&model.sources[catalogue.source.0].name, &catalogue.key);
        let inputs = plan.candidates.iter().map(|candidate| Literal::usize_unsuffixed(*candidate));
        quote!(catalogue: Some(CatalogueSpec::new(#source, #key, &[#(#inputs),*])),)
    });
    let (groups, log) = (&model.groups, expand_log(model));
    let groups = (!groups.is_empty()).then(|| quote!(groups: Vec::from([#(#groups),*]),));
    // Columns substitute what they can; a row that is left over is skipped.
    let on_error = match model.on_error {
        crate::model::OnError::Stop => None,
        crate::model::OnError::Skip | crate::model::OnError::Substitute => {
            Some(quote!(on_error: OnError::Skip,))
        }
    };
    quote! {
        fn data() -> DataSpec {
            DataSpec {
                sources: Vec::from([#(#sources),*]),
                #joins
                #log
                #split
                #catalogue
                #groups
                #on_error
                ..DataSpec::default()
            }
        }
    }
}

/// Names of columns, those of ranges written once.
fn expand_names(names: &[String]) -> TokenStream {
    let runs = runs(names);
    if runs.iter().all(|run| run.numbered.is_none()) {
        return quote!(&[#(#names),*]);
    }
    let names = runs.iter().map(|run| match &run.numbered {
        None => {
            let name = &names[run.members[0]];
            quote!(#name)
        }
        Some(numbered) => expand_range(numbered, run.members.len()),
    });
    quote!(columns![#(#names),*])
}

/// `"C{}" 1 to 26`.
pub(super) fn expand_range(numbered: &Numbered, count: usize) -> TokenStream {
    let Numbered { pattern, first } = numbered;
    let (from, to) = (Literal::usize_unsuffixed(*first), Literal::usize_unsuffixed(first + count - 1));
    quote!(#pattern #from to #to)
}

fn expand_training(plan: &Plan) -> TokenStream {
    let training = plan.model.train.code();
    quote! {
        fn training() -> TrainSpec {
            #training
        }
    }
}

fn expand_cost(plan: &Plan) -> TokenStream {
    let number = Literal::u64_unsuffixed;
    let each = |each: Each| {
        let (record, drawn) = (number(each.record), number(each.drawn));
        quote!(Each::new(#record, #drawn))
    };
    let Numbers { weights, state, activations, widest } = plan.numbers();
    let (weights, state) = (number(weights), number(state));
    let (activations, widest) = (each(activations), each(widest));
    let softmaxes: Vec<TokenStream> = plan
        .softmaxes()
        .map(|SoftmaxCost { width, in_batch, drawn, .. }| {
            let width = number(width);
            quote!(SoftmaxFootprint::new(#width, #in_batch, #drawn))
        })
        .collect();
    let softmaxes = (!softmaxes.is_empty()).then(|| quote!(softmaxes: Vec::from([#(#softmaxes),*]),));
    let Drawn { for_each, for_all } = plan.drawn();
    let drawn = ((for_each, for_all) != (0, Some(0))).then(|| {
        let (for_each, for_all) = (number(for_each), for_all.map(number));
        let for_all = for_all.map_or(quote!(candidates), |count| quote!(#count));
        quote!(drawn: Drawn { for_each: #for_each, for_all: #for_all },)
    });
    let candidates = if for_all.is_none() { quote!(candidates) } else { quote!(_) };
    quote! {
        fn cost(#candidates: u64) -> Footprint {
            Footprint {
                weights: #weights,
                state: #state,
                activations: #activations,
                widest: #widest,
                #softmaxes
                #drawn
                ..Footprint::default()
            }
        }
    }
}

/// The labels of records, if the objective has any.
fn expand_labels(plan: &Plan) -> Option<TokenStream> {
    let label = plan.model.objective.iter().find_map(|(_, loss)| match loss {
        Loss::Bce { label, .. } => Some(batch_place(plan, plan.target(), *label)),
        _ => None,
    })?;
    Some(quote! {
        fn labels(batch: &Batch) -> &[f32] {
            batch.target.#label.as_slice()
        }
    })
}
