//! Text of a description.

use std::borrow::Cow;

/// Text, either static in a program or built by the compiler.
pub type Text = Cow<'static, str>;
