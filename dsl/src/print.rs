//! Tokens to text: formats with prettyplease and inserts comments.

use proc_macro2::TokenStream;
use syn::{Item, ItemStruct};

mod lines;

use crate::printable::is_hidden;

/// Maximum width of a comment line.
const WIDTH: usize = 100;

/// Attribute of a struct that is printed as a macro call.
const CALL: &str = "#[__call(";

/// Returns the text of generated code. Comments are passed as `__comment!("...");`, which formatters
/// preserve.
pub fn print(tokens: TokenStream, header: &str) -> String {
    let text = match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(mut file) => {
            file.items.iter_mut().for_each(show_struct);
            lines::join(&close_calls(&prettyplease::unparse(&file)))
        }
        // Invalid tokens are a bug in `expand`. rustc reports the unformatted text.
        Err(_) => tokens.to_string(),
    };
    // Only comments contain them; literals escape such characters.
    let text = text.replace(is_hidden, "\u{fffd}");
    let mut out = String::with_capacity(text.len() + header.len());
    out.push_str(header);
    let mut last_was_item = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        let starts_item = !line.starts_with([' ', '}', ')']) && !line.is_empty();
        let opens = trimmed.starts_with("///") || trimmed.starts_with("#[");
        if starts_item && !last_was_item {
            out.push('\n');
        }
        last_was_item = starts_item && opens;
        let indent = &line[..line.len() - trimmed.len()];
        let comment = match trimmed {
            // A long comment is on its own line between the parentheses.
            "__comment!(" => lines.next().zip(lines.next()).map(|(quoted, _)| quoted.trim()),
            _ => trimmed.strip_prefix("__comment!(").and_then(|rest| rest.strip_suffix(");")),
        };
        match comment {
            Some(quoted) => push_comment(&mut out, indent, quoted.trim_matches('"')),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

/// Replaces a macro call by the struct in it, because formatters do not format macro arguments.
fn show_struct(item: &mut Item) {
    let Item::Macro(call) = item else { return };
    let Some(name) = call.mac.path.get_ident() else { return };
    if let Ok(mut declared) = syn::parse2::<ItemStruct>(call.mac.tokens.clone()) {
        declared.attrs.insert(0, syn::parse_quote!(#[__call(#name)]));
        *item = Item::Struct(declared);
    }
}

/// Restores the macro calls around these structs.
fn close_calls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_inside = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(CALL).and_then(|rest| rest.strip_suffix(")]")) {
            is_inside = true;
            out.push_str(&format!("{name}! {{\n"));
            continue;
        }
        let indent = if is_inside && !line.is_empty() { "    " } else { "" };
        out.push_str(&format!("{indent}{line}\n"));
        if is_inside && line.ends_with('}') && !line.starts_with(' ') {
            is_inside = false;
            out.push_str("}\n");
        }
    }
    out
}

/// Writes a comment, wrapped to several lines.
fn push_comment(out: &mut String, indent: &str, comment: &str) {
    let mut width = WIDTH;
    for word in comment.split(' ') {
        if width + 1 + word.len() > WIDTH {
            let begin = if width == WIDTH { "" } else { "\n" };
            out.push_str(&format!("{begin}{indent}//"));
            width = indent.len() + 2;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + word.len();
    }
    out.push('\n');
}
