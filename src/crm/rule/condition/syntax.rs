//! Parses the text of a condition into a tree for the compiler.
//!
//! The parser of the library recurses as deep as the text is nested. So the text is bounded first, then parsed on a
//! thread whose stack is large enough for the deepest text within the bounds, and a tree that is too deep is refused.

use std::str::FromStr;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo};
use cel::parser::{ParseError, Parser};
use rust_decimal::Decimal;

use super::bounds::check_bounds;
use super::ops::{OPS, Op};
use super::refusal::{Place, Refusal};

/// The most levels of the tree. A chain of `&&` or `||` has one level for each doubling of its length.
const MAX_DEPTH: usize = 50;
/// The stack of the parser in bytes: enough for the deepest text within the bounds, in a build without optimization.
const STACK: usize = 64 << 20;

/// A part of a condition.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub place: Place,
    pub form: Form,
}

/// The form of a part.
#[derive(Debug, Clone)]
pub(super) enum Form {
    Bool(bool),
    Int(i64),
    Number(Decimal),
    Text(String),
    Null,
    List(Vec<Node>),
    Variable(String),
    Apply(Op, Vec<Node>),
}

/// Parses a condition.
pub(super) fn parse(text: &str) -> Result<Node, Refusal> {
    check_bounds(text)?;
    let unreadable = || refuse(Place { line: 1, column: 1 }, "The condition can't be parsed.", "无法解析该条件。");
    std::thread::scope(|scope| {
        let reading = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read(text));
        // If the thread can't start or the parser panics, the text is refused.
        reading.ok().and_then(|reading| reading.join().ok()).unwrap_or_else(unreadable)
    })
}

fn refuse<T>(place: Place, en: impl Into<String>, zh: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(place, en, zh))
}

fn read(text: &str) -> Result<Node, Refusal> {
    match Parser::new().parse_with_source_info(text) {
        Ok((tree, source)) => Reader { text, source }.node(&tree, 0),
        Err(errors) => Err(unreadable(text, errors.errors.first())),
    }
}

/// The refusal of a text with a syntax error. It gives the place and not the parser's message, which needs knowledge of
/// the grammar.
fn unreadable(text: &str, error: Option<&ParseError>) -> Refusal {
    let at_least_one = |number: isize| usize::try_from(number).unwrap_or_default().max(1);
    let (line, column) = error.map_or((1, 1), |error| (at_least_one(error.pos.0), at_least_one(error.pos.1)));
    let rest: String = text.lines().nth(line - 1).unwrap_or_default().chars().skip(column - 1).take(20).collect();
    let place = Place { line, column };
    if rest.trim().is_empty() {
        return Refusal::new(place, "Something is missing here.", "此处不完整。");
    }
    Refusal::new(place, format!("The condition can't be parsed near {rest:?}."), format!("{rest:?} 附近无法解析。"))
}

struct Reader<'a> {
    text: &'a str,
    source: SourceInfo,
}

impl Reader<'_> {
    fn place(&self, tree: &IdedExpr) -> Place {
        let offset = self.source.offset_for(tree.id).map_or(0, |(start, _)| start as usize);
        // The offset is in bytes; the place counts characters.
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Place { line, column: before.chars().rev().take_while(|letter| *letter != '\n').count() + 1 }
    }

    fn node(&self, tree: &IdedExpr, depth: usize) -> Result<Node, Refusal> {
        let place = self.place(tree);
        if depth > MAX_DEPTH {
            let en = format!("This is nested too deeply. A condition has at most {MAX_DEPTH} levels.");
            return refuse(place, en, format!("嵌套过深，最多 {MAX_DEPTH} 层。"));
        }
        let form = match &tree.expr {
            Expr::Literal(value) => literal(value, place)?,
            Expr::Ident(name) => Form::Variable(name.clone()),
            Expr::List(list) => {
                Form::List(list.elements.iter().map(|element| self.node(element, depth + 1)).collect::<Result<_, _>>()?)
            }
            Expr::Call(call) => self.call(call, place, depth)?,
            // `extra.key` is the same as `extra["key"]`.
            Expr::Select(select) if !select.test => {
                let key = Node { place, form: Form::Text(select.field.clone()) };
                Form::Apply(Op::Entry, vec![self.node(&select.operand, depth + 1)?, key])
            }
            Expr::Select(_) => {
                let (en, zh) =
                    ("`has` is not supported. Write `\"key\" in extra`.", "不支持 `has`，请写作 `\"key\" in extra`。");
                return refuse(place, en, zh);
            }
            Expr::Comprehension(_) => {
                let (en, zh) =
                    ("Macros such as `exists` and `all` are not supported.", "不支持 `exists`、`all` 等宏。");
                return refuse(place, en, zh);
            }
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                return refuse(place, "Maps and messages are not supported.", "不支持映射和消息。");
            }
        };
        Ok(Node { place, form })
    }

    fn call(&self, call: &CallExpr, place: Place, depth: usize) -> Result<Form, Refusal> {
        let parts = call.target.as_deref().into_iter().chain(&call.args);
        let known = OPS.iter().filter(|(name, ..)| *name == call.func_name).collect::<Vec<_>>();
        let (count, has_target) = (parts.clone().count(), call.target.is_some());
        let Some((_, op, ..)) = known.iter().find(|(_, _, wanted, dot)| *wanted == count && *dot == has_target) else {
            let name = &call.func_name;
            return match known.first() {
                Some(_) => {
                    refuse(place, format!("`{name}` has the wrong arguments."), format!("`{name}` 的用法不正确。"))
                }
                None if name == "matches" => {
                    let (en, zh) = (
                        "`matches` is not supported. Use startsWith, endsWith or contains.",
                        "不支持 `matches`，请使用 startsWith、endsWith 或 contains。",
                    );
                    refuse(place, en, zh)
                }
                None => refuse(place, format!("There is no function `{name}`."), format!("没有函数 `{name}`。")),
            };
        };
        Ok(Form::Apply(*op, parts.map(|part| self.node(part, depth + 1)).collect::<Result<_, _>>()?))
    }
}

fn literal(value: &LiteralValue, place: Place) -> Result<Form, Refusal> {
    Ok(match value {
        LiteralValue::Boolean(value) => Form::Bool(*value.inner()),
        LiteralValue::Int(value) => Form::Int(*value.inner()),
        LiteralValue::Double(value) => Form::Number(decimal(*value.inner(), place)?),
        LiteralValue::String(value) if value.inner().contains('\0') => {
            return refuse(place, "A text must not contain the character U+0000.", "文本不能包含字符 U+0000。");
        }
        LiteralValue::String(value) => Form::Text(value.inner().to_owned()),
        LiteralValue::Null => Form::Null,
        LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
            return refuse(
                place,
                "Write numbers as 1 or 1.5, and texts as \"text\".",
                "数字请写作 1 或 1.5，文本请写作 \"文本\"。",
            );
        }
    })
}

/// The number as it was written: `0.1` is exactly a tenth.
fn decimal(value: f64, place: Place) -> Result<Decimal, Refusal> {
    let fits = value == 0.0 || (1e-9..1e18).contains(&value.abs());
    match Decimal::from_str(&value.to_string()).ok().filter(|_| fits) {
        Some(decimal) => Ok(decimal),
        None => refuse(
            place,
            "A number must be 0, or from 1e-9 to below 1e18.",
            "数字必须为 0，或不小于 1e-9 且小于 1e18。",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let refusal = parse(text).expect_err(text);
        refusal.text().en
    }

    #[test]
    fn a_refusal_contains_the_place() {
        assert_eq!(refused("followup_days >"), "Line 1, column 16: Something is missing here.");
        assert_eq!(
            refused("followup_days > 3\n  && ) level"),
            "Line 2, column 6: The condition can't be parsed near \") level\"."
        );
        assert_eq!(
            refused("\"海潮\" == source && matches(x, y)"),
            "Line 1, column 26: `matches` is not supported. Use startsWith, endsWith or contains."
        );
        assert_eq!(refused("\"海潮\" == source && )"), "Line 1, column 19: The condition can't be parsed near \")\".");
    }

    #[test]
    fn a_text_that_is_too_deep_is_refused_before_or_after_it_is_parsed() {
        for text in [
            "(".repeat(3_000),
            format!("{}{}", "[".repeat(200), "]".repeat(200)),
            "!".repeat(3_999),
            format!("{}true", "!".repeat(901)),
            format!("{}1 > 0", "-".repeat(900)),
            format!("{}a", "a in ".repeat(700)),
            format!("{}1 > owned_days", "1+".repeat(400)),
            format!("{}c", "a?b:".repeat(200)),
            format!("a.b{}", ".c".repeat(400)),
            format!("a[0]{}", "[0]".repeat(98)),
            "x".repeat(100_000),
            format!("\"{}", "(".repeat(3_000)),
            format!("// \"\n{}", "(".repeat(120)),
            "{".repeat(90),
            "f(".repeat(90),
            "'".repeat(999),
            "\\".repeat(999),
            "\u{feff}\u{0}\u{1f600}é".repeat(100),
            "`".repeat(300),
            "0x".repeat(300),
            "1e999999999 > owned_days".to_owned(),
            "99999999999999999999999 > owned_days".to_owned(),
        ] {
            let shown: String = text.chars().take(40).collect();
            if let Ok(tree) = parse(&text) {
                // The parser reduces signs in a row to one or none.
                assert!(shown.starts_with("---") || shown.starts_with("!!!"), "{shown}: {tree:?}");
            }
        }
    }

    #[test]
    fn a_long_text_that_is_not_deep_is_parsed() {
        let codes = vec!["\"A\""; 150].join(", ");
        assert!(parse(&format!("level in [{codes}]")).is_ok());
        assert!(parse(&vec!["owned_days > 1"; 50].join(" && ")).is_ok());
        assert!(parse(&vec!["owned_days > 1"; 51].join(" && ")).is_err());
        assert!(parse(&format!("{}owned_days > 1{}", "(".repeat(90), ")".repeat(90))).is_ok());
    }
}
