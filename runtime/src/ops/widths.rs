//! Loops over vectors of common widths, compiled for each of them: a loop of four numbers is mostly the questions how many there are.

/// Evaluates an expression with `$width` known when it is compiled, for the widths that embeddings mostly have, and once more for all others.
macro_rules! common_widths {
    ($width:ident => $work:expr) => {
        match $width {
            1 => {
                let $width = 1;
                $work
            }
            4 => {
                let $width = 4;
                $work
            }
            8 => {
                let $width = 8;
                $work
            }
            16 => {
                let $width = 16;
                $work
            }
            $width => $work,
        }
    };
}

pub(crate) use common_widths;
