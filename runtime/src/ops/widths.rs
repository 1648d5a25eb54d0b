//! Specialization of loops for common vector widths, where loop overhead would dominate.

/// Evaluates an expression with a constant `$width`, once for each common embedding width, and once for all
/// others.
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
            32 => {
                let $width = 32;
                $work
            }
            $width => $work,
        }
    };
}

pub(crate) use common_widths;
