//! Features: the fitted columns and vocabularies, and how they read records.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::{Code, Numbered};

use super::batches::{part_name, part_type};
use super::ident;
use crate::model::{
    Boundaries, Column, ColumnKind, Items, Keep, Keys, MissingBag, MissingFloat, MissingId, Number, OnError,
    Oov, Transform, Vocabulary,
};
use crate::plan::{Part, Plan};

pub(super) fn expand_features(plan: &Plan) -> TokenStream {
    let (model, columns, vocabularies) = (&plan.model, &plan.columns, &plan.vocabularies);
    let keys = vocabularies.iter().map(|part| {
        let docs = format!(" Keys of `{}`.", part_name(part, |member| &model.vocabularies[member].name));
        declaration(part, &docs, &quote!(Vocabulary))
    });
    let fields = columns.iter().map(|part| {
        let first = &model.columns[part.members[0]];
        let name = part_name(part, |member| &model.columns[member].name);
        let docs = format!(" `{name}: {}`.", first.kind.word());
        declaration(part, &docs, &expand_column(first, &quote!()).0)
    });
    let new_keys = vocabularies.iter().map(|part| {
        let vocabulary = &model.vocabularies[part.members[0]];
        initial(part, &vocabulary.name, |name| expand_vocabulary(vocabulary, name))
    });
    let substitute = (model.data.on_error == OnError::Substitute).then(|| quote!(.substitute()));
    let new_columns = columns.iter().map(|part| {
        let column = &model.columns[part.members[0]];
        initial(part, &column.name, |name| {
            let new = expand_column(column, name).1;
            quote!(#new #substitute)
        })
    });
    quote! {
        features! {
            /// The way from a record to numbers: learned from the training rows once, and the same ever after.
            pub struct Features {
                #(#keys)*
                #(#fields)*
            }
        }
        impl Features {
            fn new() -> Self {
                Self { #(#new_keys,)* #(#new_columns,)* }
            }
        }
    }
}

/// A field of `Features`.
fn declaration(part: &Part, docs: &str, ty: &TokenStream) -> TokenStream {
    let (field, ty) = (ident(&part.field), part_type(part, ty));
    let each = part.numbered.as_ref().map(|Numbered { pattern, first }| {
        let first = Literal::usize_unsuffixed(*first);
        quote!(#[each(#pattern, #first)])
    });
    quote!(#[doc = #docs] #each pub #field: #ty,)
}

/// The first value of a field of `Features`, or of each element of it, made by name.
fn initial(part: &Part, name: &str, new: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let field = ident(&part.field);
    match &part.numbered {
        None => {
            let new = new(&quote!(#name));
            quote!(#field: #new)
        }
        Some(Numbered { first, .. }) => {
            let pattern = format!("{}{{}}", name.trim_end_matches(|letter: char| letter.is_ascii_digit()));
            let (first, new) = (Literal::usize_unsuffixed(*first), new(&quote!(&name)));
            quote!(#field: numbered(#pattern, #first, |name| #new))
        }
    }
}

fn expand_vocabulary(vocabulary: &Vocabulary, name: &TokenStream) -> TokenStream {
    let oov = match vocabulary.oov {
        Oov::Bucket => None,
        Oov::Zero => Some(quote!(.oov(Oov::Zero))),
        Oov::Drop => Some(quote!(.oov(Oov::Drop))),
        Oov::Error => Some(quote!(.oov(Oov::Error))),
    };
    let new = match &vocabulary.keys {
        Keys::Learned { min_count: 1, max: None } => quote!(Vocabulary::learned(#name, Learned::default())),
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
    quote!(#new #oov)
}

/// Type and constructor of a fitted column of this name.
fn expand_column(column: &Column, name: &TokenStream) -> (TokenStream, TokenStream) {
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
                Transform::Raw => None,
                Transform::Log1p => Some(quote!(.transform(Transform::Log1p))),
                Transform::Standardize => Some(quote!(.transform(Transform::Standardize))),
                Transform::MinMax => Some(quote!(.transform(Transform::MinMax))),
            };
            let missing = match missing {
                MissingFloat::Error => None,
                MissingFloat::Mean => Some(quote!(.missing(MissingFloat::Mean))),
                MissingFloat::Value(value) => {
                    let value = Literal::f64_unsuffixed(*value);
                    Some(quote!(.missing(MissingFloat::Value(#value))))
                }
            };
            (quote!(FloatColumn), quote!(FloatColumn::new(#name) #clip #transform #missing))
        }
        ColumnKind::Vector { width, separator, missing_zero } => {
            let missing = missing_zero.then(|| quote!(.missing(MissingVector::Zero)));
            let (width, separator) = (Literal::u64_unsuffixed(*width), first_char(separator));
            (quote!(VectorColumn<#width>), quote!(VectorColumn::new(#name).separator(#separator) #missing))
        }
        ColumnKind::Bucket { boundaries, missing_bucket } => {
            let boundaries = match boundaries {
                Boundaries::Given(values) => {
                    let are_doubles = values.iter().all(Number::is_double);
                    let values =
                        values.iter().map(|value| if are_doubles { value.argument() } else { value.code() });
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
            let missing = missing_bucket.then(|| quote!(.missing(MissingBucket::Bucket)));
            (quote!(BucketColumn), quote!(BucketColumn::new(#name, #boundaries) #missing))
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

fn expand_items(name: &TokenStream, items: &Items) -> TokenStream {
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
