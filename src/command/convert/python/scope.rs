//! Values of names, line by line.

use std::collections::HashMap;

use super::super::value::{Call, Value};
use super::lex::{Line, lines};
use super::parse::{Expr, Parser};

/// Largest list that a range or a loop makes.
const LONGEST: usize = 10_000;

/// Names with the values of their latest assignments.
#[derive(Clone, Debug, Default)]
pub(in crate::command::convert) struct Scope {
    names: HashMap<String, Value>,
    /// Calls in the order of the file, with the name that their value is assigned to. Calls in calls are not
    /// among them.
    pub(in crate::command::convert) calls: Vec<(Option<String>, Call)>,
    /// Lines that name something like `SparseFeat` and could not be read.
    pub(in crate::command::convert) unread: Vec<usize>,
}

impl Scope {
    /// Reads a text.
    pub(in crate::command::convert) fn of(text: &str) -> Self {
        let mut scope = Scope::default();
        for line in lines(text) {
            if !scope.statement(&line) && names_features(&line) {
                scope.unread.push(line.number);
            }
        }
        scope
    }

    /// Value of a name.
    pub(in crate::command::convert) fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name)
    }

    /// Reads an assignment, `name.append(value)` or a call. Returns whether it is one.
    fn statement(&mut self, line: &Line) -> bool {
        let mut parser = Parser::new(&line.tokens);
        let Some(first) = parser.list() else { return false };
        if parser.is_over() {
            return self.called(&first, line.number);
        }
        let adds = parser.sign("+=");
        if !adds && !parser.sign("=") {
            return false;
        }
        let mut targets = vec![first];
        let mut value = parser.list();
        while parser.sign("=") {
            targets.extend(value);
            value = parser.list();
        }
        let Some(value) = value.filter(|_| parser.is_over()) else { return false };
        let mut value = self.eval(&value, line.number);
        for target in &targets {
            if let Expr::Name(name) = target {
                if adds {
                    let before = self.names.get(name).cloned().unwrap_or(Value::Unknown(name.clone()));
                    value = sum(before, value.clone());
                }
                self.record(Some(name), &value);
                self.names.insert(name.clone(), value.clone());
            } else if let (Expr::List(names), Value::List(items)) = (target, &value)
                && names.len() == items.len()
            {
                for (name, item) in names.iter().zip(items) {
                    if let Expr::Name(name) = name {
                        self.names.insert(name.clone(), item.clone());
                    }
                }
            } else {
                self.record(None, &value);
            }
        }
        true
    }

    fn called(&mut self, expr: &Expr, line: usize) -> bool {
        let Expr::Call { function, positional, .. } = expr else { return false };
        if let Expr::Member(object, method) = &**function
            && let (Expr::Name(name), "append" | "extend", [item]) =
                (&**object, method.as_str(), &positional[..])
        {
            let item = self.eval(item, line);
            let items = if method == "append" { Value::List(vec![item]) } else { item };
            if let Some(before) = self.names.get(name).cloned() {
                self.names.insert(name.clone(), sum(before, items));
                return true;
            }
        }
        let value = self.eval(expr, line);
        self.record(None, &value);
        true
    }

    fn record(&mut self, name: Option<&str>, value: &Value) {
        if let Value::Call(call) = value {
            self.calls.push((name.map(str::to_owned), call.clone()));
        }
    }

    fn eval(&self, expr: &Expr, line: usize) -> Value {
        match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Format(text) => self.formatted(text),
            Expr::Name(name) => match name.as_str() {
                "None" => Value::None,
                "True" => Value::Bool(true),
                "False" => Value::Bool(false),
                _ => self.names.get(name).cloned().unwrap_or_else(|| Value::Unknown(name.clone())),
            },
            Expr::Minus(value) => match self.eval(value, line) {
                Value::Number(number) => Value::Number(-number),
                other => Value::Unknown(format!("-{other}")),
            },
            Expr::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.eval(item, line)).collect();
                Value::List(items)
            }
            Expr::Dict(entries) => {
                let name = |key: &Expr| {
                    let key = self.eval(key, line);
                    key.text().map_or_else(|| key.to_string(), str::to_owned)
                };
                Value::Map(entries.iter().map(|(key, value)| (name(key), self.eval(value, line))).collect())
            }
            Expr::Binary(sign, left, right) => binary(sign, self.eval(left, line), self.eval(right, line)),
            Expr::For { item, targets, list } => self.looped(item, targets, &self.eval(list, line), line),
            Expr::Call { function, positional, named, .. } => self.call(function, positional, named, line),
            Expr::Member(object, name) => Value::Unknown(format!("{}.{name}", self.shown(object, line))),
            Expr::Index(object, index) => self.index(object, index, line),
            Expr::Other => Value::Unknown("...".to_owned()),
        }
    }

    /// The text of an expression whose value is not known.
    fn shown(&self, expr: &Expr, line: usize) -> String {
        match expr {
            Expr::Name(name) => name.clone(),
            other => self.eval(other, line).to_string(),
        }
    }

    fn index(&self, object: &Expr, index: &Expr, line: usize) -> Value {
        let (list, place) = (self.eval(object, line), self.eval(index, line));
        let found = match (&list, &place) {
            (Value::List(items), Value::Number(at)) if *at >= 0.0 => items.get(*at as usize).cloned(),
            (Value::Map(_), Value::Text(name)) => list.get(name).cloned(),
            _ => None,
        };
        found.unwrap_or_else(|| Value::Unknown(format!("{}[{place}]", self.shown(object, line))))
    }

    fn looped(&self, item: &Expr, targets: &[String], list: &Value, line: usize) -> Value {
        let Value::List(items) = list else { return Value::Unknown("...".to_owned()) };
        let each = items.iter().map(|value| {
            let mut inner = Scope { names: self.names.clone(), ..Scope::default() };
            match (targets, value) {
                ([name], value) => drop(inner.names.insert(name.clone(), value.clone())),
                (names, Value::List(values)) => {
                    inner.names.extend(names.iter().cloned().zip(values.iter().cloned()))
                }
                _ => {}
            }
            inner.eval(item, line)
        });
        Value::List(each.collect())
    }

    fn call(&self, function: &Expr, positional: &[Expr], named: &[(String, Expr)], line: usize) -> Value {
        let positional: Vec<Value> = positional.iter().map(|value| self.eval(value, line)).collect();
        let named: Vec<(String, Value)> =
            named.iter().map(|(name, value)| (name.clone(), self.eval(value, line))).collect();
        let name = match function {
            Expr::Name(name) | Expr::Member(_, name) => name.clone(),
            _ => return Value::Unknown("...".to_owned()),
        };
        let known = match (name.as_str(), &positional[..]) {
            ("str", [Value::Number(number)]) => Some(Value::Text(number.to_string())),
            ("str", [Value::Text(text)]) => Some(Value::Text(text.clone())),
            ("int", [Value::Number(number)]) => Some(Value::Number(number.trunc())),
            ("list" | "tuple", [Value::List(items)]) => Some(Value::List(items.clone())),
            ("len", [Value::List(items)]) => Some(Value::Number(items.len() as f64)),
            ("range", bounds) => range(bounds),
            ("enumerate", [Value::List(items)]) => {
                let pair =
                    |(at, item): (usize, &Value)| Value::List(vec![Value::Number(at as f64), item.clone()]);
                Some(Value::List(items.iter().enumerate().map(pair).collect()))
            }
            ("format", _) => None,
            _ => None,
        };
        known.unwrap_or(Value::Call(Call { name, positional, named, line }))
    }

    /// A formatted text whose expressions are names.
    fn formatted(&self, text: &str) -> Value {
        let mut parts = text.split('{');
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else { return Value::Unknown(text.to_owned()) };
            match self.names.get(name.trim()) {
                Some(Value::Text(value)) => whole.push_str(value),
                Some(Value::Number(value)) => whole.push_str(&value.to_string()),
                _ => return Value::Unknown(text.to_owned()),
            }
            whole.push_str(rest);
        }
        Value::Text(whole)
    }
}

fn names_features(line: &Line) -> bool {
    let is_feature =
        |token: &super::lex::Token| matches!(token, super::lex::Token::Name(name) if name.ends_with("Feat"));
    let is_import = matches!(line.tokens.first(), Some(super::lex::Token::Name(word)) if matches!(word.as_str(), "from" | "import"));
    !is_import && line.tokens.iter().any(is_feature)
}

fn range(bounds: &[Value]) -> Option<Value> {
    let bounds: Vec<i64> =
        bounds.iter().map(|bound| bound.number().map(|bound| bound as i64)).collect::<Option<_>>()?;
    let (from, to) = match bounds[..] {
        [to] => (0, to),
        [from, to] => (from, to),
        _ => return None,
    };
    (to - from <= LONGEST as i64)
        .then(|| Value::List((from..to).map(|number| Value::Number(number as f64)).collect()))
}

fn sum(left: Value, right: Value) -> Value {
    binary("+", left, right)
}

fn binary(sign: &str, left: Value, right: Value) -> Value {
    match (sign, left, right) {
        ("+", Value::List(mut left), Value::List(right)) => {
            left.extend(right);
            Value::List(left)
        }
        ("+", Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
        ("+", Value::Number(left), Value::Number(right)) => Value::Number(left + right),
        ("-", Value::Number(left), Value::Number(right)) => Value::Number(left - right),
        ("*", Value::Number(left), Value::Number(right)) => Value::Number(left * right),
        ("/", Value::Number(left), Value::Number(right)) => Value::Number(left / right),
        ("//", Value::Number(left), Value::Number(right)) => Value::Number((left / right).floor()),
        ("**", Value::Number(left), Value::Number(right)) => Value::Number(left.powf(right)),
        ("*", Value::List(items), Value::Number(times)) | ("*", Value::Number(times), Value::List(items))
            if times >= 0.0 && items.len() as f64 * times <= LONGEST as f64 =>
        {
            Value::List(std::iter::repeat_n(items, times as usize).flatten().collect())
        }
        ("%", Value::Text(text), value) => match (text.split_once('%'), value) {
            (Some((before, after)), Value::Number(number)) if after.starts_with('d') => {
                Value::Text(format!("{before}{number}{}", &after[1..]))
            }
            (Some((before, after)), Value::Text(value)) if after.starts_with('s') => {
                Value::Text(format!("{before}{value}{}", &after[1..]))
            }
            (_, value) => Value::Unknown(format!("\"{text}\" % {value}")),
        },
        (sign, left, right) => Value::Unknown(format!("{left} {sign} {right}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_values_that_python_gives_them() {
        let scope = Scope::of(
            "from x import SparseFeat\n\
             names = ['C' + str(i) for i in range(1, 4)] + [\"d\"]  # four\n\
             dim, rate = 8, 1e-3\n\
             feats = [SparseFeat(name, vocabulary_size=data[name].max() + 1, embedding_dim=dim)\n\
             \x20        for i, name in enumerate(names)]\n\
             feats += [DenseFeat('I%d' % i, 1,) for i in range(2)]\n\
             feats.append(DenseFeat(f'x_{dim}', 1))\n\
             model = DeepFM(feats, feats, dnn_hidden_units=(256,) * 2, task='binary')\n\
             for x in y: SparseFeat(x)\n",
        );
        let feats = scope.get("feats").unwrap().calls();
        let names: Vec<&str> = feats.iter().filter_map(|call| call.positional[0].text()).collect();
        assert_eq!(names, ["C1", "C2", "C3", "d", "I0", "I1", "x_8"]);
        assert_eq!(feats[0].named("embedding_dim"), Some(&Value::Number(8.0)));
        assert_eq!(feats[0].named("vocabulary_size").unwrap().to_string(), "max() + 1");
        let (name, model) = scope.calls.last().unwrap();
        assert_eq!((name.as_deref(), model.name.as_str()), (Some("model"), "DeepFM"));
        assert_eq!(model.named("dnn_hidden_units").unwrap().counts(), [256, 256]);
        assert_eq!((model.line, scope.unread), (8, vec![9]));
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in [
            "x = [",
            "a = (1, 2",
            "'open",
            "x = f'{",
            "((((((",
            "a = b = ",
            "é = \"é\"",
            "x = {1: 2}",
            "@ = 3",
        ] {
            Scope::of(text);
        }
        Scope::of(&format!("x = {}", "(".repeat(10_000)));
        Scope::of(&format!("x = {}", "-".repeat(10_000)));
    }
}
