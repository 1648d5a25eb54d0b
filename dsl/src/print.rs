//! tokens to text: formatted by prettyplease, comments put back in place.

use proc_macro2::TokenStream;

use crate::printable::is_hidden;

/// Longest line of a comment.
const WIDTH: usize = 100;

/// The text of generated code. Comments travel as `__comment!("...");`, which formatters of tokens keep.
pub fn print(tokens: TokenStream, header: &str) -> String {
    let text = match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // Tokens that are not Rust would be a bug of `expand`; the text shows rustc, and so its author, what is wrong.
        Err(_) => tokens.to_string(),
    };
    // Comments only: literals hold such characters escaped.
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
            // a long one has a line of its own, between the parentheses
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

/// Writes a comment, in as many lines as it takes.
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
