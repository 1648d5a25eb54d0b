//! Text of a description.

use std::borrow::Cow;

/// Text, which stands in the source of a program and is made by the compiler.
pub type Text = Cow<'static, str>;
