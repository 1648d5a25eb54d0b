//! Tables, leaves and the model that joins them with the weights.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::batches::batch_field;
use super::{docs, ident};
use crate::model::{ColumnKind, Initializer, Optimizer, Table, TableRows};
use crate::plan::Plan;

pub(super) fn expand_model(plan: &Plan) -> TokenStream {
    let tables = &plan.model.tables;
    let fields: Vec<Ident> = plan.table_fields.iter().map(|name| ident(name)).collect();
    let dims: Vec<Literal> = tables.iter().map(|table| Literal::usize_unsuffixed(table.dim)).collect();
    let table_docs = tables.iter().map(|table| docs(&table.docs, &format!("`embedding {}`.", table.name)));
    let leaf_docs = tables.iter().map(|table| format!(" Rows of `{}`.", table.name));
    let gathers = (0..tables.len()).map(|table| {
        let columns = plan.lookups[table].iter().map(|(input, column)| {
            let (batch, field) = (batch_field(plan, *input), ident(&plan.column_fields[column.0]));
            if plan.model.columns[column.0].kind.holds_many() {
                quote!(batch.#batch.#field.ids())
            } else {
                quote!(batch.#batch.#field.as_slice())
            }
        });
        let field = &fields[table];
        quote!(#field: Leaf::gather(&tables.#field, &[#(#columns),*], pass)?)
    });
    let none = tables.is_empty();
    let no_leaf =
        none.then(|| quote!(#[doc = " The model has no table."] pub none: std::marker::PhantomData<D>));
    let nothing_gathered = none.then(|| quote!(none: std::marker::PhantomData));
    let model_docs = docs(&plan.model.docs, &format!("The model `{}`.", plan.model.name));
    quote! {
        /// The embedding tables. They live outside the tape: a step touches the rows of its batch only.
        #[derive(Debug)]
        pub struct Tables {
            #(#table_docs pub #fields: Table<#dims>,)*
        }
        /// The rows of the tables that a batch touches, each once: what gradients flow to.
        #[derive(Debug)]
        pub struct Leaves<D: Device> {
            #(#[doc = #leaf_docs] pub #fields: Leaf<#dims, D>,)*
            #no_leaf
        }
        impl<D: Device> Leaves<D> {
            /// Gathers what a batch looks up.
            #[allow(unused_variables, reason = "a model may have no table")]
            pub fn gather(tables: &Tables, batch: &Batch, pass: &Pass<D>) -> Result<Self, D::Err> {
                Ok(Self { #(#gathers,)* #nothing_gathered })
            }
        }
        #model_docs
        #[derive(Debug)]
        pub struct Model<D: Device> {
            /// Embedding tables.
            pub tables: Tables,
            /// Dense weights.
            pub weights: Weights<f32, D>,
            /// Updates both.
            pub optimizer: DenseOptimizer,
        }
    }
}

/// The number of rows of a table, of which `features` know.
pub(super) fn table_rows(plan: &Plan, table: &Table) -> TokenStream {
    match table.rows {
        TableRows::Keys(vocabulary) => {
            let vocabulary = ident(&plan.vocabulary_fields[vocabulary.0]);
            quote!(features.#vocabulary.rows())
        }
        TableRows::Buckets(column) => {
            debug_assert!(matches!(plan.model.columns[column.0].kind, ColumnKind::Bucket { .. }));
            let column = ident(&plan.column_fields[column.0]);
            quote!(features.#column.rows())
        }
    }
}

/// The constructor of a table.
pub(super) fn expand_table(plan: &Plan, table: &Table) -> TokenStream {
    let name = &table.name;
    let initializer = match table.initializer {
        Initializer::Uniform(scale) => {
            let scale = Literal::f32_unsuffixed(scale as f32);
            quote!(Initializer::Uniform(#scale))
        }
        Initializer::Normal(scale) => {
            let scale = Literal::f32_unsuffixed(scale as f32);
            quote!(Initializer::Normal(#scale))
        }
        Initializer::Glorot => quote!(Initializer::Glorot),
        Initializer::Zeros => quote!(Initializer::Zeros),
    };
    let rows = table_rows(plan, table);
    let frozen = table.frozen.then(|| quote!(.frozen()));
    let l2 = (table.l2 > 0.0).then(|| {
        let l2 = Literal::f32_unsuffixed(table.l2 as f32);
        quote!(.l2(#l2))
    });
    let optimizer = table.optimizer.map(|optimizer| {
        let optimizer = expand_optimizer(optimizer);
        quote!(.optimizer(#optimizer))
    });
    let pretrained = table.pretrained.as_ref().map(|pretrained| {
        let path = &pretrained.path;
        let TableRows::Keys(vocabulary) = table.rows else { return TokenStream::new() };
        let vocabulary = ident(&plan.vocabulary_fields[vocabulary.0]);
        quote!(.pretrained(folder, #path, &features.#vocabulary)?)
    });
    quote!(Table::new(#name, #rows, #initializer, seed) #pretrained #frozen #l2 #optimizer)
}

/// The update rule as the runtime writes it.
pub(super) fn expand_optimizer(optimizer: Optimizer) -> TokenStream {
    let float = |number: f64| Literal::f32_unsuffixed(number as f32);
    match optimizer {
        Optimizer::Sgd { lr, momentum } => {
            let (lr, momentum) = (float(lr), float(momentum));
            quote!(OptimizerSpec::Sgd { lr: #lr, momentum: #momentum })
        }
        Optimizer::Adagrad { lr, initial, epsilon } => {
            let (lr, initial, epsilon) = (float(lr), float(initial), float(epsilon));
            quote!(OptimizerSpec::Adagrad { lr: #lr, initial_accumulator: #initial, epsilon: #epsilon })
        }
        Optimizer::RowWiseAdagrad { lr, initial, epsilon } => {
            let (lr, initial, epsilon) = (float(lr), float(initial), float(epsilon));
            quote!(OptimizerSpec::RowWiseAdagrad { lr: #lr, initial_accumulator: #initial, epsilon: #epsilon })
        }
        Optimizer::Adam { lr, beta1, beta2, epsilon, weight_decay } => {
            let (lr, beta1, beta2, epsilon) = (float(lr), float(beta1), float(beta2), float(epsilon));
            if weight_decay == 0.0 {
                quote!(OptimizerSpec::Adam { lr: #lr, beta1: #beta1, beta2: #beta2, epsilon: #epsilon })
            } else {
                let decay = float(weight_decay);
                quote!(OptimizerSpec::AdamW { lr: #lr, beta1: #beta1, beta2: #beta2, epsilon: #epsilon, weight_decay: #decay })
            }
        }
    }
}
