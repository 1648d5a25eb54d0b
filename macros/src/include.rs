//! `include_model!("path.dm", name = value)`.

use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};
use turret_dsl::expand::Options;
use turret_dsl::plan::Plan;
use turret_dsl::{Compiler, Failure, read_below, read_spec};

use crate::report::compile_error;
use crate::written::Written;

/// Path and overrides.
struct Arguments {
    path: LitStr,
    settings: Vec<(String, String)>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let mut settings = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            settings.push((until(input, '=')?, until(input, ',')?));
        }
        Ok(Arguments { path, settings })
    }
}

/// Parses tokens up to a mark, and the `=`.
fn until(input: ParseStream<'_>, mark: char) -> syn::Result<String> {
    let mut written = Written::default();
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        let at_mark = input.peek(Token![=]) && mark == '=' || input.peek(Token![,]) && mark == ',';
        if at_mark {
            break;
        }
        tokens.extend([input.parse::<proc_macro2::TokenTree>()?]);
    }
    if tokens.is_empty() {
        return Err(input.error("expected `name = value`, as in `layers = [32]`"));
    }
    if mark == '=' {
        input.parse::<Token![=]>()?;
    }
    written.push_tokens(&tokens);
    Ok(written.text().to_owned())
}

/// Expands to the code of the spec, or to an error at its path.
pub(crate) fn expand(arguments: TokenStream) -> TokenStream {
    let arguments: Arguments = match syn::parse2(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return error.into_compile_error(),
    };
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    compile(&folder, &arguments).unwrap_or_else(|message| {
        let error = compile_error(arguments.path.span(), arguments.path.span(), &message);
        let main = stub();
        quote!(#error #main)
    })
}

fn compile(folder: &Path, arguments: &Arguments) -> Result<TokenStream, String> {
    let name = arguments.path.value();
    let path = folder.join(&name);
    let text = read_spec(&path).map_err(|error| {
        format!("cannot read `{name}`: {error}\n= help: the path is relative to the folder of the package's `Cargo.toml`")
    })?;
    let compiler = Compiler::new(&name, &text).files(read_below(&path));
    let compiler =
        arguments.settings.iter().fold(compiler, |compiler, (name, value)| compiler.set(name, value));
    let failed =
        |failure: Box<Failure>| format!("the spec does not compile\n\n{}", failure.render(false).trim_end());
    let plan = compiler.plan().map_err(failed)?;
    let imports = plan.imports.iter().map(|import| path.with_file_name(import));
    // Cargo recompiles the crate when an included file changes.
    let files: Vec<String> =
        std::iter::once(path.clone()).chain(imports).map(|path| path.display().to_string()).collect();
    let code = code(&compiler, &plan);
    Ok(quote! {
        #code
        #(const _: &[u8] = include_bytes!(#files);)*
    })
}

/// Returns the program of a plan. It is printed and parsed again, because its comments are not tokens.
pub(crate) fn code(compiler: &Compiler, plan: &Plan) -> TokenStream {
    let options = Options { runtime: quote!(::turret::runtime), main: true };
    compiler.source(plan, &options).parse().unwrap_or_else(|error| {
        let message = format!("the generated code has no tokens: {error}");
        compile_error(Span::call_site(), Span::call_site(), &message)
    })
}

/// Returns a placeholder for a program that does not compile, so that its uses are not reported too.
pub(crate) fn stub() -> TokenStream {
    quote! {
        pub fn main() -> ::std::process::ExitCode {
            ::std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_compiled_with_its_overrides() {
        let code = expand(quote!("../specs/two_tower.dm", layers = [48, 24], train.epochs = 7)).to_string();
        assert!(code.contains("Dense < 65 , 48 >") && code.contains(". epochs (7)"), "{code}");
        assert!(code.contains("use :: turret :: runtime :: prelude") && code.contains("include_bytes !"));
    }

    #[test]
    fn what_is_wrong_is_rendered() {
        let code = expand(quote!("../specs/two_tower.dm", layrs = [32])).to_string();
        assert!(code.contains("compile_error !") && code.contains("pub fn main ()"), "{code}");
        assert!(code.contains("layrs") && code.contains("did you mean `layers`?"), "{code}");
    }
}
