//! Text of a description.

use std::borrow::Cow;

/// Text, part of the source of a program or made by the compiler.
pub type Text = Cow<'static, str>;
