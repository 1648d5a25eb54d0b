//! Features: the fitted columns and vocabularies, and how they read records.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::batches::batch_field;
use super::ident;
use super::log::expand_exact;
use super::records::{record_fields, record_type};
use crate::arguments::Exact;
use crate::model::{
    Boundaries, Column, ColumnKind, Items, Keep, Keys, MissingBag, MissingFloat, MissingId, OnError, Oov,
    Transform, Vocabulary,
};
use crate::plan::Plan;

pub(super) fn expand_features(plan: &Plan, runtime: &TokenStream) -> TokenStream {
    let crate_path = format!("{}::serde", runtime.to_string().replace(' ', ""));
    let vocabularies: Vec<Ident> = plan.vocabulary_fields.iter().map(|name| ident(name)).collect();
    let vocabulary_docs =
        plan.model.vocabularies.iter().map(|vocabulary| format!(" Keys of `{}`.", vocabulary.name));
    let new_vocabularies = plan.model.vocabularies.iter().map(expand_vocabulary);
    let columns: Vec<Ident> = plan.column_fields.iter().map(|name| ident(name)).collect();
    let column_docs =
        plan.model.columns.iter().map(|column| format!(" `{}: {}`.", column.name, column.kind.word()));
    let (types, new_columns): (Vec<_>, Vec<_>) = plan.model.columns.iter().map(expand_column).unzip();
    let substitute = (plan.model.on_error == OnError::Substitute).then(|| quote!(.substitute()));
    let inputs = plan.inputs.iter().enumerate().map(|(index, input)| {
        let (name, part) = (&input.name, Literal::usize_unsuffixed(input.part));
        let record = record_type(plan, index);
        quote!(InputInfo { name: #name, part: #part, fields: #record::FIELDS })
    });
    let indices: Vec<Literal> = (0..plan.inputs.len()).map(Literal::usize_unsuffixed).collect();
    let observers = (0..plan.inputs.len()).map(|input| expand_observe(plan, input));
    let encoders = (0..plan.inputs.len()).map(|input| expand_encode(plan, input));
    let observe: Vec<Ident> =
        (0..plan.inputs.len()).map(|input| format_ident!("observe_{}", batch_field(plan, input))).collect();
    let encode: Vec<Ident> =
        (0..plan.inputs.len()).map(|input| format_ident!("encode_{}", batch_field(plan, input))).collect();
    quote! {
        /// Conversion of records to numbers: learned from the training rows once, and the same ever after.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(crate = #crate_path)]
        pub struct Features {
            #(#[doc = #vocabulary_docs] pub #vocabularies: Vocabulary,)*
            #(#[doc = #column_docs] pub #columns: #types,)*
        }
        impl Features {
            #(#observers)*
            #(#encoders)*
        }
        impl FittedFeatures for Features {
            type Batch = Batch;
            const INPUTS: &'static [InputInfo] = &[#(#inputs),*];

            fn declared() -> Self {
                Self {
                    #(#vocabularies: #new_vocabularies,)*
                    #(#columns: #new_columns #substitute,)*
                }
            }
            fn observe(&mut self, input: usize, row: &Row<'_>) -> Result<(), FieldError> {
                match input {
                    #(#indices => self.#observe(row),)*
                    _ => Ok(()),
                }
            }
            fn finish(&mut self) -> Result<(), FitError> {
                #(self.#vocabularies.finish()?;)*
                #(self.#columns.finish()?;)*
                Ok(())
            }
            fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
                match input {
                    #(#indices => self.#encode(row, batch),)*
                    _ => Ok(()),
                }
            }
            fn take_counts(&self) -> Vec<PolicyCount> {
                let mut counts = Vec::new();
                #(counts.extend(self.#columns.counts());)*
                counts
            }
        }
    }
}

fn expand_vocabulary(vocabulary: &Vocabulary) -> TokenStream {
    let name = &vocabulary.name;
    let oov = match vocabulary.oov {
        Oov::Bucket => quote!(Oov::Bucket),
        Oov::Zero => quote!(Oov::Zero),
        Oov::Drop => quote!(Oov::Drop),
        Oov::Error => quote!(Oov::Error),
    };
    let new = match &vocabulary.keys {
        Keys::Learned { min_count, max } => {
            let min_count = Literal::u64_unsuffixed(*min_count);
            let max = match max {
                Some(max) => {
                    let max = Literal::u64_unsuffixed(*max);
                    quote!(Some(#max))
                }
                None => quote!(None),
            };
            quote!(Vocabulary::learned(#name, Learned { min_count: #min_count, max: #max }))
        }
        Keys::List(keys) => quote!(Vocabulary::list(#name, &[#(#keys),*])),
        Keys::File(path) => quote!(Vocabulary::file(#name, #path)),
        Keys::Range(from, to) => {
            let (from, to) = (Literal::i64_unsuffixed(*from), Literal::i64_unsuffixed(*to));
            quote!(Vocabulary::range(#name, #from, #to))
        }
        Keys::Hash(buckets) => {
            let buckets = Literal::u64_unsuffixed(*buckets);
            quote!(Vocabulary::hash(#name, #buckets, 0))
        }
    };
    quote!(#new.oov(#oov))
}

/// Type and constructor of a fitted column.
fn expand_column(column: &Column) -> (TokenStream, TokenStream) {
    let name = &column.name;
    match &column.kind {
        ColumnKind::Id { missing } => {
            let missing = match missing {
                MissingId::Oov => quote!(MissingId::Oov),
                MissingId::Error => quote!(MissingId::Error),
                MissingId::Zero => quote!(MissingId::Zero),
                MissingId::Value(key) => quote!(MissingId::Value(#key.into())),
            };
            (quote!(IdColumn), quote!(IdColumn::new(#name).missing(#missing)))
        }
        ColumnKind::Bag { items, weight } => {
            let new = expand_items(name, items);
            let weight = weight.as_ref().map(|weight| {
                let weight = first_char(weight);
                quote!(.weighted(#weight))
            });
            (quote!(BagColumn), quote!(#new #weight))
        }
        ColumnKind::Sequence { items, .. } => {
            let new = expand_items(name, items);
            (quote!(BagColumn), quote!(#new.ordered()))
        }
        ColumnKind::Text { max, keep, missing } => {
            let (max, keep) = (Literal::u64_unsuffixed(*max), expand_keep(*keep));
            let missing = expand_missing_bag(*missing);
            (quote!(TextColumn), quote!(TextColumn::new(#name).max(#max, #keep) #missing))
        }
        ColumnKind::Float { clip, transform, missing } => {
            let clip = (*clip != (None, None)).then(|| {
                let (low, high) = (expand_option(clip.0), expand_option(clip.1));
                quote!(.clip(#low, #high))
            });
            let transform = match transform {
                Transform::Raw => quote!(Transform::Raw),
                Transform::Log1p => quote!(Transform::Log1p),
                Transform::Standardize => quote!(Transform::Standardize),
                Transform::MinMax => quote!(Transform::MinMax),
            };
            let missing = match missing {
                MissingFloat::Error => quote!(MissingFloat::Error),
                MissingFloat::Mean => quote!(MissingFloat::Mean),
                MissingFloat::Value(value) => {
                    let value = Literal::f64_unsuffixed(*value);
                    quote!(MissingFloat::Value(#value))
                }
            };
            (
                quote!(FloatColumn),
                quote!(FloatColumn::new(#name) #clip.transform(#transform).missing(#missing)),
            )
        }
        ColumnKind::Vector { width, separator, missing_zero } => {
            let missing = missing_zero.then(|| quote!(.missing(MissingVector::Zero)));
            let (width, separator) = (Literal::u64_unsuffixed(*width), first_char(separator));
            (quote!(VectorColumn<#width>), quote!(VectorColumn::new(#name).separator(#separator) #missing))
        }
        ColumnKind::Bucket { boundaries, missing_bucket } => {
            let boundaries = match boundaries {
                Boundaries::Given(values) => {
                    let are_doubles = values.iter().all(|value| matches!(value, Exact::Double(_)));
                    let values = values.iter().map(|value| {
                        let value = expand_exact(*value);
                        if are_doubles { quote!(#value) } else { quote!(Number::from(#value)) }
                    });
                    quote!(Boundaries::given([#(#values),*]))
                }
                Boundaries::EqualWidth(buckets) => {
                    let buckets = Literal::u64_unsuffixed(*buckets);
                    quote!(Boundaries::EqualWidth(#buckets))
                }
                Boundaries::Quantiles(buckets) => {
                    let buckets = Literal::u64_unsuffixed(*buckets);
                    quote!(Boundaries::Quantiles(#buckets))
                }
            };
            let missing =
                if *missing_bucket { quote!(MissingBucket::Bucket) } else { quote!(MissingBucket::Error) };
            (quote!(BucketColumn), quote!(BucketColumn::new(#name, #boundaries).missing(#missing)))
        }
        ColumnKind::Frequency => (quote!(FrequencyColumn), quote!(FrequencyColumn::new(#name))),
        ColumnKind::Label { threshold, missing } => {
            let missing = expand_missing_number(*missing);
            let threshold = threshold.map(|threshold| {
                let threshold = Literal::f64_unsuffixed(threshold);
                quote!(.threshold(#threshold))
            });
            (quote!(LabelColumn), quote!(LabelColumn::new(#name) #threshold #missing))
        }
        ColumnKind::Weight { missing } => {
            let missing = expand_missing_number(*missing);
            (quote!(WeightColumn), quote!(WeightColumn::new(#name) #missing))
        }
    }
}

fn expand_items(name: &str, items: &Items) -> TokenStream {
    let Items { separator, max, keep, padding, missing } = items;
    let (separator, max, keep) = (first_char(separator), Literal::u64_unsuffixed(*max), expand_keep(*keep));
    let padding = padding.as_ref().map(|key| quote!(.padding(#key)));
    let missing = expand_missing_bag(*missing);
    quote!(BagColumn::new(#name).separator(#separator).max(#max, #keep) #padding #missing)
}

fn expand_missing_bag(missing: MissingBag) -> Option<TokenStream> {
    (missing == MissingBag::Error).then(|| quote!(.missing(MissingBag::Error)))
}

fn expand_missing_number(missing: Option<f64>) -> Option<TokenStream> {
    missing.map(|number| {
        let number = Literal::f64_unsuffixed(number);
        quote!(.missing(#number))
    })
}

fn expand_option(number: Option<f64>) -> TokenStream {
    match number {
        Some(number) => {
            let number = Literal::f64_unsuffixed(number);
            quote!(Some(#number))
        }
        None => quote!(None),
    }
}

fn expand_keep(keep: Keep) -> TokenStream {
    match keep {
        Keep::First => quote!(Keep::First),
        Keep::Last => quote!(Keep::Last),
        Keep::Error => quote!(Keep::Error),
    }
}

/// The one character of a separator; `resolve` has seen to it that it is one.
fn first_char(text: &str) -> Literal {
    Literal::character(text.chars().next().unwrap_or(','))
}

/// A column is observed once, however many inputs read it: where each row of a joined source is seen, if anywhere.
fn expand_observe(plan: &Plan, input: usize) -> TokenStream {
    let function = format_ident!("observe_{}", batch_field(plan, input));
    let record = record_type(plan, input);
    let observed = plan.inputs[input].columns.iter().map(|(column, _)| plan.observer(*column) == Some(input));
    let calls: Vec<TokenStream> = calls(plan, input)
        .zip(observed)
        .filter(|(_, observed)| *observed)
        .map(|((column, vocabulary, field), _)| match vocabulary {
            Some(vocabulary) => quote!(self.#column.observe(&record.#field, &mut self.#vocabulary)?;),
            None => quote!(self.#column.observe(&record.#field)?;),
        })
        .collect();
    if calls.is_empty() {
        return quote!(fn #function(&mut self, _: &Row<'_>) -> Result<(), FieldError> { Ok(()) });
    }
    quote! {
        fn #function(&mut self, row: &Row<'_>) -> Result<(), FieldError> {
            let record = #record::from_row(row);
            #(#calls)*
            Ok(())
        }
    }
}

fn expand_encode(plan: &Plan, input: usize) -> TokenStream {
    let function = format_ident!("encode_{}", batch_field(plan, input));
    let (record, batch) = (record_type(plan, input), batch_field(plan, input));
    if plan.inputs[input].columns.is_empty() {
        return quote! {
            fn #function(&self, _: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
                batch.#batch.rows += 1;
                Ok(())
            }
        };
    }
    let counted = plan.inputs[input].columns.iter().map(|(column, _)| plan.observer(*column) == Some(input));
    let calls = calls(plan, input).zip(counted).map(|((column, vocabulary, field), counted)| {
        let vocabulary = vocabulary.map(|vocabulary| quote!(&self.#vocabulary,));
        let encode = quote!(self.#column.encode(&record.#field, #vocabulary &mut batch.#batch.#column));
        if counted { quote!(#encode?;) } else { quote!(uncounted(|| #encode)?;) }
    });
    quote! {
        fn #function(&self, row: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
            let record = #record::from_row(row);
            #(#calls)*
            Ok(())
        }
    }
}

/// For each column of an input: its field, its vocabulary's, and its record's.
fn calls(plan: &Plan, input: usize) -> impl Iterator<Item = (Ident, Option<Ident>, Ident)> {
    let fields = record_fields(&plan.inputs[input]);
    plan.inputs[input].columns.iter().map(move |(column, field)| {
        let vocabulary = plan.model.columns[column.0].vocabulary;
        (
            ident(&plan.column_fields[column.0]),
            vocabulary.map(|vocabulary| ident(&plan.vocabulary_fields[vocabulary.0])),
            ident(&fields[*field]),
        )
    })
}
