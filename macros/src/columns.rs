//! Columns of a record, from the types and attributes of its fields.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Error, Field, Fields, GenericArgument, PathArguments, Token, Type};

use crate::attributes;

/// A field and its columns.
pub(crate) struct RecordField {
    /// Field.
    pub(crate) ident: Ident,
    /// Columns. Empty if the field is skipped.
    pub(crate) columns: Vec<Column>,
}

/// `name: kind`.
pub(crate) struct Column {
    /// Lines of the field's doc comment.
    pub(crate) docs: Vec<String>,
    /// Name.
    pub(crate) name: Ident,
    /// Kind in the language.
    pub(crate) kind: TokenStream,
}

/// Content of `#[column(...)]`.
enum Attribute {
    Skip,
    Kind(TokenStream),
    Further(Ident, TokenStream),
}

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let name = Ident::parse_any(input)?;
            input.parse::<Token![:]>()?;
            return Ok(Attribute::Further(name, input.parse()?));
        }
        let kind: TokenStream = input.parse()?;
        Ok(if kind.to_string() == "skip" { Attribute::Skip } else { Attribute::Kind(kind) })
    }
}

/// Reads the fields of a record. Reports all errors at once.
pub(crate) fn read(item: &DeriveInput) -> syn::Result<Vec<RecordField>> {
    let Data::Struct(syn::DataStruct { fields: Fields::Named(named), .. }) = &item.data else {
        return Err(Error::new(item.ident.span(), "a tower reads a struct with named fields"));
    };
    if !item.generics.params.is_empty() {
        return Err(Error::new(item.generics.span(), "the record of a tower has no generic parameters"));
    }
    let (mut fields, mut errors) = (Vec::new(), None::<Error>);
    for field in &named.named {
        match read_field(field) {
            Ok(field) => fields.push(field),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(fields), Err)
}

fn read_field(field: &Field) -> syn::Result<RecordField> {
    let Some(ident) = field.ident.clone() else {
        return Err(Error::new(field.span(), "a column needs a name"));
    };
    let (mut own, mut further, mut skip) = (Vec::new(), Vec::new(), false);
    for arguments in attributes::arguments(&field.attrs, "column")? {
        match syn::parse2(arguments)? {
            Attribute::Skip => skip = true,
            Attribute::Kind(kind) => own.push(kind),
            Attribute::Further(name, kind) => further.push((name, kind)),
        }
    }
    if skip {
        return Ok(RecordField { ident, columns: Vec::new() });
    }
    if own.is_empty() && further.is_empty() {
        own.push(kind_of(&field.ty).ok_or_else(|| {
            Error::new(
                field.ty.span(),
                "the kind of this column cannot be derived from its type\nhelp: set it with `#[column(id)]`, or leave the field out with `#[column(skip)]`",
            )
        })?);
    }
    let name = ident.unraw();
    let from = own.first().and_then(given_from).unwrap_or_else(|| name.to_token_stream());
    let docs = attributes::docs(&field.attrs);
    let own = own.into_iter().map(|kind| (name.clone(), kind));
    let further = further.into_iter().map(|(name, kind)| (name, with_from(kind, &from)));
    let columns = own.chain(further).map(|(name, kind)| Column { docs: docs.clone(), name, kind }).collect();
    Ok(RecordField { ident, columns })
}

/// Returns the kind of a type, if it is unambiguous.
fn kind_of(ty: &Type) -> Option<TokenStream> {
    let span = ty.span();
    match ty {
        Type::Reference(reference) => kind_of(&reference.elem),
        Type::Array(array) => {
            let width = &array.len;
            is_float(&array.elem).then(|| quote_spanned!(span=> vector(width = #width)))
        }
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match (last.ident.to_string().as_str(), argument(&last.arguments)) {
                ("Option", Some(inner)) => kind_of(inner),
                ("Vec", Some(Type::Tuple(pair))) if pair.elems.len() == 2 && is_key(&pair.elems[0]) => {
                    Some(quote_spanned!(span=> weighted_ids))
                }
                ("Vec", Some(inner)) => is_key(inner).then(|| quote_spanned!(span=> ids)),
                _ if is_key(ty) => Some(quote_spanned!(span=> id)),
                _ if is_float(ty) => Some(quote_spanned!(span=> float)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn is_key(ty: &Type) -> bool {
    const KEYS: [&str; 12] =
        ["String", "str", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "Cow"];
    is_one_of(ty, &KEYS)
}

fn is_float(ty: &Type) -> bool {
    is_one_of(ty, &["f32", "f64"])
}

fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// Returns the argument `from = ...` of a kind.
fn given_from(kind: &TokenStream) -> Option<TokenStream> {
    let Some(TokenTree::Group(arguments)) = kind.clone().into_iter().nth(1) else { return None };
    let tokens: Vec<TokenTree> = arguments.stream().into_iter().collect();
    let mut arguments =
        tokens.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
    arguments.find_map(|argument| match argument {
        [TokenTree::Ident(name), TokenTree::Punct(equals), value @ ..]
            if name == "from" && equals.as_char() == '=' =>
        {
            Some(value.iter().cloned().collect())
        }
        _ => None,
    })
}

/// Adds the argument `from = ...` to a kind.
fn with_from(kind: TokenStream, from: &TokenStream) -> TokenStream {
    let span = from.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
    let from = quote_spanned!(span=> from = #from);
    let tokens: Vec<TokenTree> = kind.into_iter().collect();
    match tokens.as_slice() {
        [word] => quote!(#word (#from)),
        [word, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            let arguments = group.stream();
            let stream = if arguments.is_empty() { from } else { quote!(#arguments, #from) };
            let mut longer = Group::new(Delimiter::Parenthesis, stream);
            longer.set_span(group.span());
            quote!(#word #longer)
        }
        _ => tokens.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(item: &str) -> Result<Vec<String>, String> {
        let fields = read(&syn::parse_str(item).unwrap()).map_err(|error| error.to_string())?;
        let columns = fields.iter().flat_map(|field| &field.columns);
        Ok(columns.map(|column| format!("{}: {}", column.name, column.kind)).collect())
    }

    #[test]
    fn kinds_follow_from_types_and_attributes() {
        let found = columns(
            r#"struct Query {
                user_id: u64, name: Option<String>, age: f32, tags: Vec<String>,
                topics: Vec<(u32, f32)>, vector: [f32; 8],
                #[column(float(transform = log1p))]
                #[column(hour: bucket(equal_width(24)))]
                r#type: i64,
                #[column(id(from = "Movie Title"))]
                #[column(tokens: text(max = 16))]
                title: String,
                #[column(skip)]
                note: Note,
            }"#,
        );
        let expected = [
            "user_id: id",
            "name: id",
            "age: float",
            "tags: ids",
            "topics: weighted_ids",
            "vector: vector (width = 8)",
            "type: float (transform = log1p)",
            "hour: bucket (equal_width (24) , from = type)",
            "title: id (from = \"Movie Title\")",
            "tokens: text (max = 16 , from = \"Movie Title\")",
        ];
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn an_unclear_type_is_named() {
        assert!(
            columns("struct Q { at: SystemTime }").unwrap_err().contains("cannot be derived from its type")
        );
    }
}
