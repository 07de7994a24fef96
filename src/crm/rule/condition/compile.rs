//! Compiles a condition: checks the type of each part, and writes it as SQL.
//!
//! A customer may have no value for a [field](super::fields): it differs from every value, equals `null`, and no comparison
//! by size or part holds for it, so the negation of one does. A missing value within a computation, and a division by
//! zero, are null in SQL. `and`, `or` and `not` treat null like CEL treats errors: `false && error` is false,
//! `true || error` is true. Numbers are `numeric`, so they do not overflow.

use super::fields::{compares_fields, is_field, may_miss};
use super::ops::Op;
use super::refusal::{Place, Refusal};
use super::syntax::{Form, Node};
use super::variables::{EXTRA, SUMS, TEAMS, Type, VARIABLES, Value};
use crate::crm::rule::working_time;
use crate::kernel::directory::Directory;
use crate::kernel::sql::{Arg, Binds};

/// A compiled part.
pub(super) struct Term {
    pub ty: Type,
    pub sql: String,
}

impl Term {
    pub fn new(ty: Type, sql: String) -> Self {
        Self { ty, sql }
    }
}

pub(super) type Compiled = Result<Term, Refusal>;

pub(super) fn refuse<T>(place: Place, en: impl Into<String>, zh: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(place, en, zh))
}

pub(super) struct Compiler<'a> {
    workdays: bool,
    pub directory: &'a Directory,
    customer: &'a str,
    now: &'a str,
    pub binds: &'a mut Binds,
    /// Whether any variable has been compiled.
    has_variable: bool,
}

impl<'a> Compiler<'a> {
    pub fn new(
        workdays: bool,
        directory: &'a Directory,
        customer: &'a str,
        now: &'a str,
        binds: &'a mut Binds,
    ) -> Self {
        Self { workdays, directory, customer, now, binds, has_variable: false }
    }

    /// Compiles the whole condition.
    pub fn predicate(mut self, node: &Node) -> Result<String, Refusal> {
        let sql = self.wanted(node, Type::Bool)?;
        if !self.has_variable {
            let (en, zh) = ("A condition must use a variable of the customer.", "条件中必须用到客户的变量。");
            return refuse(node.place, en, zh);
        }
        Ok(sql)
    }

    pub(super) fn term(&mut self, node: &Node) -> Compiled {
        match &node.form {
            Form::Bool(value) => Ok(Term::new(Type::Bool, value.to_string())),
            Form::Int(value) => Ok(Term::new(Type::Int, self.binds.bind(Arg::Decimal((*value).into())))),
            Form::Number(value) => Ok(Term::new(Type::Number, self.binds.bind(Arg::Decimal(*value)))),
            Form::Text(value) => Ok(Term::new(Type::Text, self.binds.bind(Arg::Text(value.clone())))),
            Form::Null => refuse(
                node.place,
                "`null` may only be compared by `==` or `!=` with a variable or an extra field.",
                "`null` 只能用 `==` 或 `!=` 与变量或自定义字段比较。",
            ),
            Form::List(_) => refuse(node.place, "A list may only stand after `in`.", "列表只能用在 `in` 之后。"),
            Form::Variable(name) => self.variable(name, node.place),
            Form::Apply(op, parts) => self.apply(*op, parts, node.place),
        }
    }

    fn variable(&mut self, name: &str, place: Place) -> Compiled {
        if let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) {
            let sql = match variable.value {
                Value::Sql(template) => self.render(template, ""),
                Value::DaysSince(moment) => self.days_since(moment),
            };
            return Ok(Term::new(variable.ty, sql));
        }
        if name == EXTRA || SUMS.iter().any(|(sum, _)| *sum == name) {
            let key = if name == EXTRA { "key" } else { "CNY" };
            return refuse(place, format!("Write `{name}[\"{key}\"]`."), format!("请写作 `{name}[\"{key}\"]`。"));
        }
        if name == TEAMS {
            let (en, zh) = ("Write `\"leader@example.com\" in teams`.", "请写作 `\"leader@example.com\" in teams`。");
            return refuse(place, en, zh);
        }
        refuse(place, format!("There is no variable `{name}`."), format!("没有变量 `{name}`。"))
    }

    /// Fills in a template.
    pub(super) fn render(&mut self, template: &str, key: &str) -> String {
        self.has_variable = true;
        template.replace("{c}", self.customer).replace("{now}", self.now).replace("{key}", key)
    }

    fn days_since(&mut self, moment: &str) -> String {
        let (since, now) = (self.render(moment, ""), self.now);
        let passed = format!("extract(epoch from {} - {})", self.clock(now), self.clock(&since));
        if !self.directory.has_absences {
            return format!("({passed} / 86400)");
        }
        let (from, until) = (format!("greatest(a.starts, {since})"), format!("least(a.ends, {now})"));
        let away = format!(
            "coalesce((select sum(extract(epoch from {} - {})) from absence a
                       where a.user_id = {}.owner_user_id and a.ends > {since} and a.starts < {now}), 0)",
            self.clock(&until),
            self.clock(&from),
            self.customer
        );
        format!("(({passed} - {away}) / 86400)")
    }

    /// The time by which days are counted: the time itself, or the working time, which does not pass on days off.
    pub(super) fn clock(&self, at: &str) -> String {
        if self.workdays { working_time::of_time(at) } else { at.to_owned() }
    }

    /// The first moment that has this [`clock`](Self::clock) time.
    pub(super) fn time_when(&self, clock: &str) -> String {
        if self.workdays { working_time::to_time(clock) } else { clock.to_owned() }
    }

    fn apply(&mut self, op: Op, parts: &[Node], place: Place) -> Compiled {
        match (op, parts) {
            (Op::Not, [part]) => Ok(Term::new(Type::Bool, format!("(not {})", self.wanted(part, Type::Bool)?))),
            (Op::And | Op::Or, [left, right]) => {
                let word = if op == Op::And { "and" } else { "or" };
                let (left, right) = (self.wanted(left, Type::Bool)?, self.wanted(right, Type::Bool)?);
                Ok(Term::new(Type::Bool, format!("({left} {word} {right})")))
            }
            (Op::Choose, [asked, yes, no]) => self.choose(asked, yes, no),
            (Op::Equals | Op::Differs, [left, right]) => self.equal(op == Op::Equals, left, right),
            (Op::Less | Op::AtMost | Op::Greater | Op::AtLeast, [left, right]) => self.ordered(op, left, right, place),
            (Op::In, [wanted, among]) => self.is_in(wanted, among),
            (Op::Negate, [part]) => {
                let part = self.number(part)?;
                Ok(Term::new(part.ty, format!("(- {})", part.sql)))
            }
            (Op::Entry, [map, key]) => self.entry(map, key),
            (Op::StartsWith | Op::EndsWith | Op::Contains, [text, part]) => {
                let may_miss = compares_fields(text, part);
                let (text, part) = (self.wanted(text, Type::Text)?, self.wanted(part, Type::Text)?);
                let sql = match op {
                    Op::StartsWith => format!("starts_with({text}, {part})"),
                    Op::EndsWith => format!("(right({text}, length({part})) = {part})"),
                    _ => format!("(strpos({text}, {part}) > 0)"),
                };
                Ok(Term::new(Type::Bool, false_if_missing(may_miss, sql)))
            }
            (Op::Size, [text]) => {
                Ok(Term::new(Type::Int, format!("length({})::numeric", self.wanted(text, Type::Text)?)))
            }
            (_, [left, right]) => self.arithmetic(op, left, right, place),
            _ => unreachable!("the parser has checked the number of parts of each operator"),
        }
    }

    /// Compiles a part that must have a type.
    pub(super) fn wanted(&mut self, node: &Node, ty: Type) -> Result<String, Refusal> {
        let term = self.term(node)?;
        if term.ty == ty {
            // What nobody answered is not true.
            return Ok(false_if_missing(ty == Type::Bool && may_miss(node), term.sql));
        }
        let ((wanted_en, wanted_zh), (found_en, found_zh)) = (ty.words(), term.ty.words());
        refuse(
            node.place,
            format!("This must be {wanted_en}, not {found_en}."),
            format!("此处应为{wanted_zh}，而不是{found_zh}。"),
        )
    }

    /// Compiles a part that must be a number.
    pub(super) fn number(&mut self, node: &Node) -> Compiled {
        let term = self.term(node)?;
        if term.ty.is_number() {
            return Ok(term);
        }
        let (en, zh) = term.ty.words();
        refuse(node.place, format!("This must be a number, not {en}."), format!("此处应为数字，而不是{zh}。"))
    }

    /// Compiles arithmetic. The result of two whole numbers is a whole number, as in CEL; otherwise it is a decimal
    /// number.
    fn arithmetic(&mut self, op: Op, left: &Node, right: &Node, place: Place) -> Compiled {
        let (left, right) = (self.number(left)?, self.number(right)?);
        let ty = if left.ty == Type::Int && right.ty == Type::Int { Type::Int } else { Type::Number };
        let (a, b) = (left.sql, right.sql);
        let sql = match (op, ty) {
            (Op::Add, _) => format!("({a} + {b})"),
            (Op::Subtract, _) => format!("({a} - {b})"),
            (Op::Multiply, _) => format!("({a} * {b})"),
            (Op::Divide, Type::Int) => format!("div({a}, nullif({b}, 0))"),
            (Op::Divide, _) => format!("({a} / nullif({b}, 0))"),
            (Op::Modulo, Type::Int) => format!("mod({a}, nullif({b}, 0))"),
            _ => return refuse(place, "`%` is only for whole numbers.", "`%` 只能用于整数。"),
        };
        Ok(Term::new(ty, sql))
    }

    /// Compiles `asked ? yes : no`, which is null if `asked` is null. `asked` stands in the SQL only once, because it
    /// may be long.
    fn choose(&mut self, asked: &Node, yes: &Node, no: &Node) -> Compiled {
        let asked = self.wanted(asked, Type::Bool)?;
        let (yes, no) = self.pair(yes, no)?;
        let ty = if yes.ty.is_number() && yes.ty != no.ty { Type::Number } else { yes.ty };
        Ok(Term::new(ty, format!("(case {asked} when true then {} when false then {} end)", yes.sql, no.sql)))
    }

    /// Compiles two parts that are compared. If one is a choice or a user, a text as the other one is the code or the
    /// name of it.
    fn pair(&mut self, left: &Node, right: &Node) -> Result<(Term, Term), Refusal> {
        if matches!(left.form, Form::Text(_)) && !matches!(right.form, Form::Text(_)) {
            let right = self.term(right)?;
            return Ok((self.beside(left, right.ty)?, right));
        }
        let left = self.term(left)?;
        let right = self.beside(right, left.ty)?;
        Ok((left, right))
    }

    /// Compiles a part that is compared with a part of a type.
    pub(super) fn beside(&mut self, node: &Node, ty: Type) -> Compiled {
        match (ty, &node.form) {
            (Type::Choice(kind), Form::Text(code)) => self.choice(kind, code, node.place),
            (Type::User, Form::Text(name)) => self.user(name, node.place),
            (Type::Pool, Form::Text(name)) => self.pool(name, node.place),
            _ => {
                let term = self.term(node)?;
                if term.ty == ty || (term.ty.is_number() && ty.is_number()) {
                    return Ok(term);
                }
                let ((ty_en, ty_zh), (en, zh)) = (ty.words(), term.ty.words());
                let (en, zh) = (format!("You can't compare {en} with {ty_en}."), format!("{zh}不能与{ty_zh}比较。"));
                refuse(node.place, en, zh)
            }
        }
    }

    /// Compiles `left == right`, or `left != right`.
    fn equal(&mut self, is_equal: bool, left: &Node, right: &Node) -> Compiled {
        let beside_null = match (&left.form, &right.form) {
            (_, Form::Null) => Some(left),
            (Form::Null, _) => Some(right),
            _ => None,
        };
        let sql = match beside_null {
            Some(field) if is_field(field) => {
                format!("({} is {}null)", self.term(field)?.sql, if is_equal { "" } else { "not " })
            }
            Some(other) => {
                return refuse(
                    other.place,
                    "Only a variable or an extra field can be compared with `null`.",
                    "只有变量或自定义字段才能与 `null` 比较。",
                );
            }
            None => {
                let sign = match (compares_fields(left, right), is_equal) {
                    (true, true) => "is not distinct from",
                    (true, false) => "is distinct from",
                    (false, true) => "=",
                    (false, false) => "<>",
                };
                let (left, right) = self.pair(left, right)?;
                format!("({} {sign} {})", left.sql, right.sql)
            }
        };
        Ok(Term::new(Type::Bool, sql))
    }

    fn ordered(&mut self, op: Op, left: &Node, right: &Node, place: Place) -> Compiled {
        let sign = match op {
            Op::Less => "<",
            Op::AtMost => "<=",
            Op::Greater => ">",
            _ => ">=",
        };
        let may_miss = compares_fields(left, right);
        let (left, right) = self.pair(left, right)?;
        let sql = match left.ty {
            // Texts are compared by code points, regardless of the collation of the database.
            Type::Text => format!("({} collate \"C\" {sign} {})", left.sql, right.sql),
            ty if ty.is_number() => format!("({} {sign} {})", left.sql, right.sql),
            ty => {
                let (en, zh) = ty.words();
                return refuse(place, format!("You can't compare {en} by size."), format!("{zh}不能比较大小。"));
            }
        };
        Ok(Term::new(Type::Bool, false_if_missing(may_miss, sql)))
    }
}

/// SQL for a predicate that is false where a value is missing.
pub(super) fn false_if_missing(may_miss: bool, sql: String) -> String {
    if may_miss { format!("coalesce({sql}, false)") } else { sql }
}
