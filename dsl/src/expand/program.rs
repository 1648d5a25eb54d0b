//! The interface to the driver: training step, towers, scores, state.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::batches::batch_field;
use super::ident;
use super::log::expand_log;
use super::model::{expand_optimizer, expand_table, table_rows};
use super::negatives::{expand_negatives, expand_pair_scores};
use super::objective::objective_towers;
use super::towers::{output_type, step_label, weights_field};
use crate::cost::{Drawn, Each, Numbers, SoftmaxCost};
use crate::layers::Shape;
use crate::model::{
    Column, ColumnKind, HISTORY, Keys, Loss, Metric, Model, Op, Protocol, Source, Split, TableId,
};
use crate::plan::{Plan, Retrieval};

pub(super) fn expand_program(plan: &Plan) -> TokenStream {
    let constants = expand_constants(plan);
    let data = expand_data(plan);
    let training = expand_training(plan);
    let footprint = expand_footprint(plan);
    let build = expand_build(plan);
    let step = expand_step(plan);
    let negatives = expand_negatives(plan);
    let inference = expand_inference(plan);
    let pair_scores = expand_pair_scores(plan);
    let state = expand_state(plan);
    quote! {
        impl<D: Device> Program<D> for Model<D> {
            type Features = Features;
            #constants
            #data
            #training
            #footprint
            #negatives
            #build
            #step
            #inference
            #pair_scores
            #state
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
        let (input, exported) =
            (Literal::usize_unsuffixed(index), plan.model.exports.iter().any(|export| export.0 == index));
        let vectors = Literal::usize_unsuffixed(match plan.shapes[tower.result.0] {
            Shape::Interests(count, _) => count,
            _ => 1,
        });
        quote!(TowerInfo { name: #name, width: #width, vectors: #vectors, input: #input, exported: #exported })
    });
    let evaluation = match plan.retrieval {
        Some(Retrieval::Towers { query, candidate, measure }) => {
            let (query, candidate) = (Literal::usize_unsuffixed(query), Literal::usize_unsuffixed(candidate));
            let measure = ident(&format!("{measure:?}"));
            quote! {
                Evaluation::Retrieval { query: #query, candidate: #candidate, measure: Measure::#measure }
            }
        }
        Some(Retrieval::Score { .. }) => quote!(Evaluation::PairScores),
        None => quote!(Evaluation::Ranking),
    };
    let metrics = plan.model.metrics.iter().map(|metric| expand_metric(*metric));
    let protocol = expand_protocol(plan.model.protocol);
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
        const METRICS: &'static [Metric] = &[#(#metrics),*];
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

fn expand_metric(metric: Metric) -> TokenStream {
    let at = |variant: TokenStream, k: u64| {
        let k = Literal::u64_unsuffixed(k);
        quote!(Metric::#variant(#k))
    };
    match metric {
        Metric::Auc => quote!(Metric::Auc),
        Metric::LogLoss => quote!(Metric::LogLoss),
        Metric::Gauc(group) => at(quote!(Gauc), group as u64),
        Metric::HitRate(k) => at(quote!(HitRate), k),
        Metric::TopK(k) => at(quote!(TopK), k),
        Metric::Recall(k) => at(quote!(Recall), k),
        Metric::Ndcg(k) => at(quote!(Ndcg), k),
        Metric::Mrr(k) => at(quote!(Mrr), k),
    }
}

/// The protocol, where it is not that of the runtime.
fn expand_protocol(protocol: Protocol) -> Option<TokenStream> {
    if protocol == Protocol::default() {
        return None;
    }
    let Protocol { user, per_user, sampled, exclude_seen } = protocol;
    let user = match user {
        Some(user) => {
            let user = Literal::usize_unsuffixed(user);
            quote!(Some(#user))
        }
        None => quote!(None),
    };
    let query = if per_user { quote!(Query::User) } else { quote!(Query::Row) };
    let candidates = match sampled {
        Some((count, seed)) => {
            let (count, seed) = (Literal::u64_unsuffixed(count), Literal::u64_unsuffixed(seed));
            quote!(Candidates::Sampled { count: #count, seed: #seed })
        }
        None => quote!(Candidates::All),
    };
    Some(quote! {
        const PROTOCOL: Protocol =
            Protocol { user: #user, query: #query, candidates: #candidates, exclude_seen: #exclude_seen };
    })
}

fn expand_data(plan: &Plan) -> TokenStream {
    let model = &plan.model;
    let sources = model.sources.iter().map(|source| {
        let Source { name, path, separator, quote, columns, header, latin1, .. } = source;
        let separator = Literal::byte_character(*separator);
        let columns = match columns {
            Some(columns) => quote!(Some(&[#(#columns),*])),
            None => quote!(None),
        };
        let encoding = if *latin1 { quote!(Encoding::Latin1) } else { quote!(Encoding::Utf8) };
        quote! {
            SourceSpec {
                name: #name,
                path: #path,
                separator: #separator,
                quote: #quote,
                columns: #columns,
                header: #header,
                encoding: #encoding,
            }
        }
    });
    let joins = model.joins.iter().map(|join| {
        let (source, left, right) = (&model.sources[join.source.0].name, &join.left, &join.right);
        quote!(JoinSpec { source: #source, left: #left, right: #right })
    });
    let split = match &model.split {
        Split::None => quote!(SplitSpec::None),
        Split::Random { test, seed } => {
            let (test, seed) = (Literal::f64_unsuffixed(*test), Literal::u64_unsuffixed(*seed));
            quote!(SplitSpec::Random { test: #test, seed: #seed })
        }
        Split::ByTime { field, test } => {
            let test = Literal::f64_unsuffixed(*test);
            quote!(SplitSpec::ByTime { field: #field, test: #test })
        }
        Split::LeaveLastOut { nth } => {
            let nth = Literal::u64_unsuffixed(*nth);
            quote!(SplitSpec::LeaveLastOut { nth: #nth })
        }
        Split::Given { train, test } => quote!(SplitSpec::Given { train: #train, test: #test }),
    };
    let catalogue = match &model.catalogue {
        Some(catalogue) => {
            let (source, key) = (&model.sources[catalogue.source.0].name, &catalogue.key);
            let inputs = plan.candidates.iter().map(|candidate| Literal::usize_unsuffixed(*candidate));
            quote!(Some(CatalogueSpec { source: #source, key: #key, inputs: &[#(#inputs),*] }))
        }
        None => quote!(None),
    };
    let (groups, log) = (&model.groups, expand_log(model));
    // Columns substitute what they can; a row that is left over is skipped.
    let on_error = match model.on_error {
        crate::model::OnError::Stop => quote!(OnError::Stop),
        crate::model::OnError::Skip | crate::model::OnError::Substitute => quote!(OnError::Skip),
    };
    quote! {
        fn data() -> DataSpec {
            DataSpec {
                sources: Vec::from([#(#sources),*]),
                joins: Vec::from([#(#joins),*]),
                #log
                split: #split,
                catalogue: #catalogue,
                groups: Vec::from([#(#groups),*]),
                on_error: #on_error,
            }
        }
    }
}

fn expand_training(plan: &Plan) -> TokenStream {
    let train = &plan.model.train;
    let optimizer = expand_optimizer(train.optimizer);
    let (batch, epochs) = (Literal::u64_unsuffixed(train.batch), Literal::u64_unsuffixed(train.epochs));
    let seed = Literal::u64_unsuffixed(train.seed);
    quote! {
        fn training() -> TrainSpec {
            TrainSpec { optimizer: #optimizer, batch: #batch, epochs: #epochs, seed: #seed, shuffle: true }
        }
    }
}

fn expand_footprint(plan: &Plan) -> TokenStream {
    let number = Literal::u64_unsuffixed;
    let each = |each: Each| {
        let (record, drawn) = (number(each.record), number(each.drawn));
        quote!(Each { record: #record, drawn: #drawn })
    };
    let Numbers { weights, state, activations, widest } = plan.numbers();
    let (weights, state) = (number(weights), number(state));
    let (activations, widest) = (each(activations), each(widest));
    let tables = plan.model.tables.iter().enumerate().map(|(index, table)| {
        let (name, rows, dim) = (&table.name, table_rows(plan, table), number(table.dim as u64));
        let (state, lookups) =
            (number(plan.row_state(TableId(index))), each(plan.rows_looked_up(TableId(index))));
        quote! {
            TableFootprint { name: #name.to_string(), rows: #rows as u64, dim: #dim, state: #state, lookups: #lookups }
        }
    });
    let softmaxes = plan.softmaxes().map(|SoftmaxCost { width, in_batch, drawn, .. }| {
        let width = number(width);
        quote!(SoftmaxFootprint { width: #width, in_batch: #in_batch, drawn: #drawn })
    });
    let Drawn { for_each, for_all } = plan.drawn();
    let for_each = number(for_each);
    let for_all = match for_all.map(number) {
        Some(count) => quote!(#count),
        None => quote!(candidates as u64),
    };
    quote! {
        #[allow(unused_variables, reason = "a model may have no table and no catalogue")]
        fn footprint(features: &Features, candidates: usize) -> Footprint {
            Footprint {
                tables: Vec::from([#(#tables),*]),
                weights: #weights,
                state: #state,
                activations: #activations,
                widest: #widest,
                softmaxes: Vec::from([#(#softmaxes),*]),
                drawn: Drawn { for_each: #for_each, for_all: #for_all },
            }
        }
    }
}

fn expand_build(plan: &Plan) -> TokenStream {
    let fields = plan.table_fields.iter().map(|name| ident(name));
    let tables = plan.model.tables.iter().map(|table| expand_table(plan, table));
    quote! {
        #[allow(unused_variables, reason = "a model may have no table and no pretrained vectors")]
        fn build(
            features: &Features,
            folder: Option<&std::path::Path>,
            train: &TrainSpec,
            device: D,
            seed: u64,
        ) -> Result<Self, StateError> {
            let tables = Tables { #(#fields: #tables,)* };
            let weights: Weights<f32, D> = build_weights(&device, seed).map_err(StateError::device)?;
            let optimizer = DenseOptimizer::new(&train.optimizer, &weights);
            Ok(Self { tables, weights, optimizer })
        }
    }
}

/// `let query_output: Rows<32, D> = self.weights.query.forward(...)?;` for each tower that the objective reads. `tape` follows
/// the device in the type.
fn tower_outputs(plan: &Plan, tape: &TokenStream) -> (Vec<Ident>, Vec<TokenStream>) {
    objective_towers(plan)
        .into_iter()
        .map(|tower| {
            let field = batch_field(plan, tower);
            let output = quote::format_ident!("{field}_output");
            let ty = output_type(plan, tower, tape);
            let forward = quote! {
                let #output: #ty =
                    self.weights.#field.forward(&batch.#field, &leaves, pass)?;
            };
            (output, forward)
        })
        .unzip()
}

fn expand_step(plan: &Plan) -> TokenStream {
    let tables: Vec<Ident> = plan.table_fields.iter().map(|name| ident(name)).collect();
    let (outputs, towers) = tower_outputs(plan, &quote!(, OwnedTape<f32, D>));
    let after = plan.sites.iter().enumerate().flat_map(|(index, site)| {
        site.steps.iter().filter_map(move |step| {
            let Op::Layer(operation) = &plan.model.nodes[step.node.0].op else { return None };
            let (field, weights) = (weights_field(plan, index), ident(step.weights.as_ref()?));
            operation.after_step(&quote!(self.weights.#field.#weights), &step_label(site, step))
        })
    });
    let rule = (!tables.is_empty()).then(|| quote!(let rule = self.optimizer.spec().clone();));
    quote! {
        fn step(&mut self, batch: &Batch, pass: &Pass<D>) -> Result<f32, D::Err> {
            let leaves = Leaves::gather(&self.tables, batch, pass)?;
            #(#towers)*
            let loss: Loss<D, OwnedTape<f32, D>> =
                self.weights.objective.loss(#(#outputs,)* &batch.target, &leaves, pass)?;
            let value = loss.as_vec()[0];
            let mut gradients = loss.try_backward()?;
            #rule
            #(self.tables.#tables.update(&leaves.#tables, &mut gradients, &rule)?;)*
            self.optimizer.update(&mut self.weights, &mut gradients)?;
            #(#after)*
            Ok(value)
        }
    }
}

fn expand_inference(plan: &Plan) -> TokenStream {
    let towers = (0..plan.model.towers.len()).map(|index| {
        let (field, number) = (batch_field(plan, index), Literal::usize_unsuffixed(index));
        let width = Literal::usize_unsuffixed(plan.sites[index].width);
        let ty = output_type(plan, index, &quote!());
        let values = match plan.shapes[plan.model.towers[index].result.0] {
            Shape::Interests(..) => quote!(masked(output)?.as_vec()),
            _ => quote!(output.as_vec()),
        };
        quote! {
            #number => {
                let output: #ty = self.weights.#field.forward(&batch.#field, &leaves, pass)?;
                Ok(Matrix { width: #width, values: #values })
            }
        }
    });
    let score = match plan.score {
        None => quote!(Ok(Vec::new())),
        Some(_) => {
            let (outputs, towers) = tower_outputs(plan, &quote!());
            quote! {
                let leaves = Leaves::gather(&self.tables, batch, pass)?;
                #(#towers)*
                let score: Rows<1, D> =
                    self.weights.objective.score(#(#outputs,)* &batch.target, &leaves, pass)?;
                Ok(score.as_vec())
            }
        }
    };
    let label = plan.model.objective.iter().find_map(|(_, loss)| match loss {
        Loss::Bce { label, .. } => Some(ident(&plan.column_fields[label.0])),
        _ => None,
    });
    let labels = match label {
        Some(label) => quote!(batch.target.#label.as_slice()),
        None => quote!(&[]),
    };
    quote! {
        fn tower(&self, tower: usize, batch: &Batch, pass: &Pass<D>) -> Result<Matrix, D::Err> {
            let leaves = Leaves::gather(&self.tables, batch, pass)?;
            match tower {
                #(#towers)*
                _ => Ok(Matrix::default()),
            }
        }
        #[allow(unused_variables, reason = "retrieval has no scores")]
        fn score(&self, batch: &Batch, pass: &Pass<D>) -> Result<Vec<f32>, D::Err> {
            #score
        }
        #[allow(unused_variables, reason = "retrieval has no labels")]
        fn labels<'b>(&self, batch: &'b Batch) -> &'b [f32] {
            #labels
        }
    }
}

fn expand_state(plan: &Plan) -> TokenStream {
    let tables: Vec<Ident> = plan.table_fields.iter().map(|name| ident(name)).collect();
    let more = (!tables.is_empty()).then(|| quote!(mut));
    quote! {
        fn weights(&self) -> Vec<NamedTensor<'_>> {
            let #more named = module_weights(&self.weights, "");
            #(named.extend(self.tables.#tables.named("tables."));)*
            named
        }
        fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
            load_module_weights(&mut self.weights, "", reader)?;
            #(self.tables.#tables.load("tables.", reader)?;)*
            Ok(())
        }
        fn optimizer_state(&self) -> Vec<NamedTensor<'_>> {
            let #more named = self.optimizer.named("");
            #(named.extend(self.tables.#tables.named_state("tables.", self.optimizer.spec()));)*
            named
        }
        fn load_optimizer_state(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
            self.optimizer.load("", reader)?;
            #(self.tables.#tables.load_state("tables.", self.optimizer.spec(), reader)?;)*
            Ok(())
        }
    }
}
