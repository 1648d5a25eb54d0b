//! Conversion of values to the Rust expressions that create them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};

use crate::text::Text;

/// A value that is written into programs.
pub trait Code {
    /// Returns an expression of the value's type.
    fn code(&self) -> TokenStream;

    /// Returns an argument for a parameter of type `impl Into<Self>`.
    fn argument(&self) -> TokenStream {
        self.code()
    }

    /// Returns the elements of a list for a parameter that takes `Into<Self>` elements; all have one type.
    fn arguments(values: &[Self]) -> Vec<TokenStream>
    where
        Self: Sized,
    {
        values.iter().map(Self::argument).collect()
    }
}

/// A closed vocabulary.
pub trait Variants {
    /// Names of all variants.
    const VARIANTS: &'static [&'static str];

    /// Name of the variant of this value.
    fn variant(&self) -> &'static str;
}

macro_rules! literals {
    ($($ty:ty: $literal:ident,)*) => {$(
        impl Code for $ty {
            fn code(&self) -> TokenStream {
                Literal::$literal(*self).into_token_stream()
            }
        }
    )*};
}

literals! {
    u32: u32_unsuffixed,
    u64: u64_unsuffixed,
    usize: usize_unsuffixed,
    i64: i64_unsuffixed,
    f32: f32_unsuffixed,
    f64: f64_unsuffixed,
    char: character,
}

/// A character of a file.
impl Code for u8 {
    fn code(&self) -> TokenStream {
        Literal::byte_character(*self).into_token_stream()
    }
}

impl Code for bool {
    fn code(&self) -> TokenStream {
        quote!(#self)
    }
}

macro_rules! texts {
    ($($ty:ty)*) => {$(
        impl Code for $ty {
            fn code(&self) -> TokenStream {
                let text = self.argument();
                quote!(#text.into())
            }

            fn argument(&self) -> TokenStream {
                let text = &**self;
                quote!(#text)
            }
        }
    )*};
}

texts! { String Text }

/// A setter of an optional field takes the inner value.
impl<T: Code> Code for Option<T> {
    fn code(&self) -> TokenStream {
        match self {
            Some(value) => {
                let value = value.code();
                quote!(Some(#value))
            }
            None => quote!(None),
        }
    }

    fn argument(&self) -> TokenStream {
        self.as_ref().map_or_else(|| quote!(None), Code::argument)
    }
}

impl<A: Code, B: Code> Code for (A, B) {
    fn code(&self) -> TokenStream {
        let (first, second) = (self.0.code(), self.1.code());
        quote!((#first, #second))
    }
}

impl<T: Code> Code for Vec<T> {
    fn code(&self) -> TokenStream {
        let values = self.iter().map(Code::code);
        quote!(Vec::from([#(#values),*]))
    }

    fn argument(&self) -> TokenStream {
        let values = T::arguments(self);
        quote!([#(#values),*])
    }
}

/// Name of a constructor or method, and its arguments.
type Call = (&'static str, TokenStream);

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A struct literal. Fields equal to the default have no value and are left out.
pub(crate) fn literal(name: &str, fields: Vec<(&'static str, Option<TokenStream>)>) -> TokenStream {
    let (name, count) = (ident(name), fields.len());
    let fields: Vec<TokenStream> = fields
        .into_iter()
        .filter_map(|(field, value)| {
            let field = ident(field);
            value.map(|value| quote!(#field: #value))
        })
        .collect();
    match fields.len() {
        0 => quote!(#name::default()),
        all if all == count => quote!(#name { #(#fields),* }),
        _ => quote!(#name { #(#fields,)* ..#name::default() }),
    }
}

/// A constructor call followed by setter calls. The constructor with the fewest setter calls is used.
pub(crate) fn shortest(name: &str, ways: Vec<(&'static str, Vec<TokenStream>, Vec<Call>)>) -> TokenStream {
    let name = ident(name);
    let written = ways.into_iter().min_by_key(|(_, _, calls)| calls.len()).map(|(new, arguments, calls)| {
        let new = ident(new);
        let calls = calls.iter().map(|(method, argument)| {
            let method = ident(method);
            quote!(.#method(#argument))
        });
        quote!(#name::#new(#(#arguments),*) #(#calls)*)
    });
    quote!(#written)
}

/// A type of columns, with its const parameter.
pub(crate) fn column(name: &str, parameter: Option<usize>) -> TokenStream {
    let name = ident(name);
    match parameter {
        None => quote!(#name),
        Some(number) => {
            let number = Literal::usize_unsuffixed(number);
            quote!(#name::<#number>)
        }
    }
}

/// An enum variant with one unnamed field.
pub(crate) fn tuple(name: &str, variant: &str, value: TokenStream) -> TokenStream {
    let (name, variant) = (ident(name), ident(variant));
    quote!(#name::#variant(#value))
}

/// An enum variant with named fields, or a unit variant.
pub(crate) fn variant(name: &str, variant: &str, fields: Vec<Call>) -> TokenStream {
    let (name, variant) = (ident(name), ident(variant));
    if fields.is_empty() {
        return quote!(#name::#variant);
    }
    let fields = fields.iter().map(|(field, value)| {
        let field = ident(field);
        quote!(#field: #value)
    });
    quote!(#name::#variant { #(#fields),* })
}
