//! SVG output of a layout.

use std::fmt::Write;

use super::layout::{BOX, Graph, Kind, Layout};

const STYLE: &str = "text{font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328;text-anchor:middle}\
.title{font-size:18px;font-weight:600;text-anchor:start}.subtitle{font-size:12px;fill:#59636e;text-anchor:start}\
.lane{font-size:12px;font-weight:600;fill:#59636e;text-anchor:start}.label{font-size:13px;font-weight:600}\
.detail{font-size:11px;fill:#59636e}.line{fill:none;stroke:#8c959f;stroke-width:1.3}\
.frame{fill:#f6f8fa;stroke:#d1d9e0}.column{fill:#fff;stroke:#8c959f}.table{fill:#ddf4ff;stroke:#54aeff}\
.operation{fill:#fff;stroke:#59636e}.result{fill:#dafbe1;stroke:#4ac26b}.loss{fill:#fff8c5;stroke:#d4a72c}";

/// Draws a graph.
pub(super) fn draw(graph: &Graph) -> String {
    let layout = graph.layout();
    let mut svg = String::new();
    let (width, height) = (layout.width, layout.height);
    put(
        &mut svg,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             role=\"img\" aria-label=\"{}\">",
            escaped(&graph.title)
        ),
    );
    put(&mut svg, format_args!("<style>{STYLE}</style>"));
    put(
        &mut svg,
        format_args!(
            "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#8c959f\"/></marker></defs>"
        ),
    );
    put(&mut svg, format_args!("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"));
    put(&mut svg, format_args!("<text class=\"title\" x=\"24\" y=\"34\">{}</text>", escaped(&graph.title)));
    put(
        &mut svg,
        format_args!("<text class=\"subtitle\" x=\"24\" y=\"54\">{}</text>", escaped(&graph.subtitle)),
    );
    for (name, (left, top, right, bottom)) in graph.lanes.iter().zip(&layout.frames) {
        if right > left {
            put(
                &mut svg,
                format_args!(
                    "<rect class=\"frame\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\"/>",
                    right - left,
                    bottom - top
                ),
            );
            put(
                &mut svg,
                format_args!(
                    "<text class=\"lane\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    left + 10.0,
                    top + 16.0,
                    escaped(name)
                ),
            );
        }
    }
    layout.lines.iter().for_each(|line| draw_line(&mut svg, &layout, line));
    for (node, &(x, y)) in layout.nodes.iter().zip(&layout.places) {
        let class = match node.kind {
            Kind::Column => "column",
            Kind::Table => "table",
            Kind::Operation => "operation",
            Kind::Result => "result",
            Kind::Loss => "loss",
            Kind::Bend => continue,
        };
        let (width, round) = (node.width(), if node.kind == Kind::Column { 20.0 } else { 5.0 });
        put(
            &mut svg,
            format_args!(
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{BOX:.1}\" rx=\"{round}\"/>",
                x - width / 2.0,
                y - BOX / 2.0
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<text x=\"{x:.1}\" y=\"{:.1}\"><tspan class=\"label\">{}</tspan><tspan class=\"detail\" x=\"{x:.1}\" \
                 dy=\"15\">{}</tspan></text>",
                y - 3.0,
                escaped(&node.label),
                escaped(&node.detail)
            ),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws a smooth line from the bottom of a box to the top of another; straight where it passes layers.
fn draw_line(svg: &mut String, layout: &Layout, line: &[usize]) {
    let mut path = String::new();
    for (index, pair) in line.windows(2).enumerate() {
        let ((x, y), (to_x, to_y)) = (layout.places[pair[0]], layout.places[pair[1]]);
        let (y, to_y) = (y + BOX / 2.0, to_y - BOX / 2.0);
        let bend = (to_y - y) / 2.0;
        let start = if index == 0 { format!("M{x:.1} {y:.1}") } else { format!("L{x:.1} {y:.1}") };
        // Writing to a string cannot fail.
        let _ =
            write!(path, "{start}C{x:.1} {:.1} {to_x:.1} {:.1} {to_x:.1} {to_y:.1}", y + bend, to_y - bend);
    }
    put(svg, format_args!("<path class=\"line\" d=\"{path}\" marker-end=\"url(#arrow)\"/>"));
}

fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "{element}");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
