//! Layered layout: each node is below its inputs, and each tower has its own lane.

/// Kind of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Columns of the data.
    Column,
    /// Tables.
    Table,
    /// An operation.
    Operation,
    /// The output operation of a tower.
    Result,
    /// The loss.
    Loss,
    /// A bend of a line that passes layers.
    Bend,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Lane of its tower.
    pub(super) lane: usize,
    /// First line of text.
    pub(super) label: String,
    /// Second line of text.
    pub(super) detail: String,
}

/// Average character width of each line, rounded up.
const LABEL: f64 = 7.6;
const DETAIL: f64 = 6.6;

impl Node {
    pub(super) fn new(kind: Kind, lane: usize, label: String, detail: String) -> Self {
        Node { kind, lane, label, detail }
    }

    /// Width.
    pub(super) fn width(&self) -> f64 {
        let text =
            (self.label.chars().count() as f64 * LABEL).max(self.detail.chars().count() as f64 * DETAIL);
        if self.kind == Kind::Bend { 8.0 } else { (text + 20.0).max(70.0).round() }
    }

    /// Returns the first layer that may contain it: columns, then tables, then others.
    fn first_layer(&self) -> usize {
        match self.kind {
            Kind::Column => 0,
            Kind::Table => 1,
            _ => 2,
        }
    }
}

/// A graph before layout.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) lanes: Vec<String>,
    pub(super) nodes: Vec<Node>,
    /// Edges (from, to).
    pub(super) edges: Vec<(usize, usize)>,
}

/// Positions in pixels: the center of each box.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) nodes: Vec<Node>,
    pub(super) places: Vec<(f64, f64)>,
    /// Boxes on the path of each line.
    pub(super) lines: Vec<Vec<usize>>,
    /// Frames of the lanes: left, top, right, bottom.
    pub(super) frames: Vec<(f64, f64, f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Height of a box.
pub(super) const BOX: f64 = 40.0;
const LAYER: f64 = 72.0;
const GAP: f64 = 18.0;
const MARGIN: f64 = 24.0;
const HEADER: f64 = 64.0;
/// Number of sweeps that order boxes alternately by their neighbors above and below.
const SWEEPS: usize = 8;

impl Graph {
    pub(super) fn new(title: &str, subtitle: &str) -> Self {
        let (title, subtitle) = (title.to_owned(), subtitle.to_owned());
        Graph { title, subtitle, lanes: Vec::new(), nodes: Vec::new(), edges: Vec::new() }
    }

    /// Adds a lane.
    pub(super) fn lane(&mut self, name: &str) -> usize {
        self.lanes.push(name.to_owned());
        self.lanes.len() - 1
    }

    /// Adds a box below its inputs.
    pub(super) fn add(&mut self, node: Node, inputs: &[usize]) -> usize {
        self.nodes.push(node);
        let place = self.nodes.len() - 1;
        inputs.iter().for_each(|&input| self.connect(input, place));
        place
    }

    /// Adds a box, unless an equal one exists in any lane.
    pub(super) fn shared(&mut self, node: Node) -> usize {
        let same = |other: &Node| {
            (other.kind, &other.label, &other.detail) == (node.kind, &node.label, &node.detail)
        };
        match self.nodes.iter().position(same) {
            Some(place) => place,
            None => self.add(node, &[]),
        }
    }

    /// Adds a line, unless it exists.
    pub(super) fn connect(&mut self, from: usize, to: usize) {
        if !self.edges.contains(&(from, to)) {
            self.edges.push((from, to));
        }
    }

    /// Returns the layer of each box, below all its inputs, and the first layer of the objective, below all
    /// towers.
    fn layers(&self) -> (Vec<usize>, usize) {
        let mut layers: Vec<usize> = self.nodes.iter().map(Node::first_layer).collect();
        let objective = self.lanes.len() - 1;
        let relax = |layers: &mut Vec<usize>| {
            // Boxes are added after their inputs, except tables, which are added after their columns.
            for _ in 0..self.nodes.len() {
                let before = layers.clone();
                for &(from, to) in &self.edges {
                    layers[to] = layers[to].max(layers[from] + 1);
                }
                if *layers == before {
                    break;
                }
            }
        };
        relax(&mut layers);
        let towers = self.nodes.iter().zip(&layers).filter(|(node, _)| node.lane != objective);
        let below = towers.map(|(_, &layer)| layer + 1).max().unwrap_or(0);
        for (node, layer) in self.nodes.iter().zip(&mut layers).filter(|(node, _)| node.lane == objective) {
            *layer = below + layer.saturating_sub(if node.kind == Kind::Column { 0 } else { below });
        }
        relax(&mut layers);
        (layers, below)
    }

    /// Computes all positions.
    pub(super) fn layout(&self) -> Layout {
        let mut nodes = self.nodes.clone();
        let (mut layers, below) = self.layers();
        let mut lines = Vec::new();
        for &(from, to) in &self.edges {
            let mut line = vec![from];
            for layer in layers[from] + 1..layers[to] {
                let lane = match nodes[to].lane == self.lanes.len() - 1 && layer < below {
                    true => nodes[from].lane,
                    false => nodes[to].lane,
                };
                nodes.push(Node::new(Kind::Bend, lane, String::new(), String::new()));
                layers.push(layer);
                line.push(nodes.len() - 1);
            }
            line.push(to);
            lines.push(line);
        }
        let depth = layers.iter().max().map_or(0, |deepest| deepest + 1);
        let mut rows: Vec<Vec<Vec<usize>>> = vec![vec![Vec::new(); depth]; self.lanes.len()];
        for (index, node) in nodes.iter().enumerate() {
            rows[node.lane][layers[index]].push(index);
        }
        let pairs: Vec<(usize, usize)> =
            lines.iter().flat_map(|line| line.windows(2).map(|pair| (pair[0], pair[1]))).collect();
        let objective = self.lanes.len() - 1;
        let mut x = vec![0.0; nodes.len()];
        let mut frames = vec![(0.0, 0.0, 0.0, 0.0); self.lanes.len()];
        let top = |layer: usize| {
            let gap = if layer >= below { MARGIN } else { 0.0 };
            HEADER + MARGIN + gap + layer as f64 * LAYER
        };
        let mut left = MARGIN;
        for (lane, rows) in rows.iter_mut().enumerate() {
            order(rows, &pairs);
            let width = |row: &[usize]| row.iter().map(|&node| nodes[node].width() + GAP).sum::<f64>() + GAP;
            let title = self.lanes[lane].chars().count() as f64 * LABEL + 2.0 * GAP;
            let widest = rows.iter().map(|row| width(row)).fold(title, f64::max);
            // The objective is below the center of the towers.
            let start =
                if lane == objective { ((left - MARGIN) / 2.0 - widest / 2.0).max(MARGIN) } else { left };
            for row in rows.iter() {
                let mut at = start + (widest - width(row)) / 2.0 + GAP;
                for &node in row {
                    x[node] = at + nodes[node].width() / 2.0;
                    at += nodes[node].width() + GAP;
                }
            }
            let inside = |layer: &usize| {
                rows[*layer]
                    .iter()
                    .any(|&node| !matches!(nodes[node].kind, Kind::Column | Kind::Table | Kind::Bend))
            };
            let (first, last) = ((0..depth).find(inside), (0..depth).rev().find(inside));
            if let (Some(first), Some(last)) = (first, last) {
                frames[lane] = (start, top(first) - 26.0, start + widest, top(last) + BOX + 12.0);
            }
            if lane != objective {
                left += widest + GAP;
            }
        }
        let places: Vec<(f64, f64)> =
            x.into_iter().zip(&layers).map(|(x, &layer)| (x, top(layer) + BOX / 2.0)).collect();
        let title = self.title.chars().count().max(self.subtitle.chars().count()) as f64 * LABEL;
        let right = frames.iter().map(|frame| frame.2).fold(left - GAP, f64::max).max(title + MARGIN);
        let height = top(depth) + MARGIN - (LAYER - BOX);
        Layout { nodes, places, lines, frames, width: right + MARGIN, height }
    }
}

/// Orders the boxes of each layer alternately by the center of their neighbors above and below.
fn order(rows: &mut [Vec<usize>], pairs: &[(usize, usize)]) {
    let sort = |row: &mut Vec<usize>, beside: &[usize], down: bool| {
        let middle = |node: usize| {
            let joined = pairs.iter().filter_map(|&(from, to)| match down {
                true => (to == node).then_some(from),
                false => (from == node).then_some(to),
            });
            let places: Vec<usize> =
                joined.filter_map(|other| beside.iter().position(|&node| node == other)).collect();
            (!places.is_empty()).then(|| places.iter().sum::<usize>() as f64 / places.len() as f64)
        };
        let kept: Vec<f64> =
            row.iter().enumerate().map(|(place, &node)| middle(node).unwrap_or(place as f64)).collect();
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| kept[a].total_cmp(&kept[b]));
        *row = order.into_iter().map(|place| row[place]).collect();
    };
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        for step in 1..rows.len() {
            let (layer, beside) = match down {
                true => (step, step - 1),
                false => (rows.len() - 1 - step, rows.len() - step),
            };
            let beside = rows[beside].clone();
            sort(&mut rows[layer], &beside, down);
        }
    }
}
