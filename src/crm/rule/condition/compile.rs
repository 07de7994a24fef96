//! The compiler: checks what each part is, and writes it as SQL.
//!
//! What would be an error in CEL (a missing key, a division by zero) is null, and `and`, `or`, `not` treat null as CEL does
//! errors: `false && error` is false, `true || error` is true. Numbers are `numeric`, so nothing overflows.

use super::ops::Op;
use super::syntax::{Form, Node};
use super::variables::{EXTRA, SUMS, Type, VARIABLES, Value};
use super::{Place, Refusal};
use crate::crm::rule::working_time;
use crate::kernel::directory::Directory;
use crate::kernel::sql::{Arg, Binds};

/// A part, compiled.
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
    /// Whether any variable was met.
    asks: bool,
}

impl<'a> Compiler<'a> {
    pub fn new(
        workdays: bool,
        directory: &'a Directory,
        customer: &'a str,
        now: &'a str,
        binds: &'a mut Binds,
    ) -> Self {
        Self { workdays, directory, customer, now, binds, asks: false }
    }

    /// The whole condition.
    pub fn predicate(mut self, node: &Node) -> Result<String, Refusal> {
        let sql = self.wanted(node, Type::Bool)?;
        if !self.asks {
            let (en, zh) = ("a condition has to ask something of the customer", "条件必须包含客户的变量");
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
            Form::List(_) => refuse(node.place, "a list can only stand behind `in`", "列表只能用在 `in` 之后"),
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
            return refuse(place, format!("write `{name}[\"{key}\"]`"), format!("请写 `{name}[\"{key}\"]`"));
        }
        refuse(place, format!("there is no variable `{name}`"), format!("没有变量 `{name}`"))
    }

    pub(super) fn render(&mut self, template: &str, key: &str) -> String {
        self.asks = true;
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

    /// What the clock shows by which days are counted: the time, or working time, which stands still on days off.
    pub(super) fn clock(&self, at: &str) -> String {
        if self.workdays { working_time::shown(at) } else { at.to_owned() }
    }

    /// The first moment at which the clock shows this.
    pub(super) fn time_when(&self, clock: &str) -> String {
        if self.workdays { working_time::reached(clock) } else { clock.to_owned() }
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
            (Op::Equals | Op::Differs, [left, right]) => {
                let sign = if op == Op::Equals { "=" } else { "<>" };
                let (left, right) = self.pair(left, right)?;
                Ok(Term::new(Type::Bool, format!("({} {sign} {})", left.sql, right.sql)))
            }
            (Op::Less | Op::AtMost | Op::Greater | Op::AtLeast, [left, right]) => self.ordered(op, left, right, place),
            (Op::In, [wanted, among]) => self.is_in(wanted, among),
            (Op::Negate, [part]) => {
                let part = self.number(part)?;
                Ok(Term::new(part.ty, format!("(- {})", part.sql)))
            }
            (Op::Entry, [map, key]) => self.entry(map, key),
            (Op::StartsWith | Op::EndsWith | Op::Contains, [text, part]) => {
                let (text, part) = (self.wanted(text, Type::Text)?, self.wanted(part, Type::Text)?);
                let sql = match op {
                    Op::StartsWith => format!("starts_with({text}, {part})"),
                    Op::EndsWith => format!("(right({text}, length({part})) = {part})"),
                    _ => format!("(strpos({text}, {part}) > 0)"),
                };
                Ok(Term::new(Type::Bool, sql))
            }
            (Op::Size, [text]) => {
                Ok(Term::new(Type::Int, format!("length({})::numeric", self.wanted(text, Type::Text)?)))
            }
            (_, [left, right]) => self.arithmetic(op, left, right, place),
            _ => unreachable!("the reader counts the parts"),
        }
    }

    /// A part that has to be of a type.
    pub(super) fn wanted(&mut self, node: &Node, ty: Type) -> Result<String, Refusal> {
        let term = self.term(node)?;
        if term.ty == ty {
            return Ok(term.sql);
        }
        let ((wanted_en, wanted_zh), (found_en, found_zh)) = (ty.words(), term.ty.words());
        refuse(
            node.place,
            format!("this has to be {wanted_en}, not {found_en}"),
            format!("此处应为{wanted_zh}，而不是{found_zh}"),
        )
    }

    pub(super) fn number(&mut self, node: &Node) -> Compiled {
        let term = self.term(node)?;
        if term.ty.is_number() {
            return Ok(term);
        }
        let (en, zh) = term.ty.words();
        refuse(node.place, format!("this has to be a number, not {en}"), format!("此处应为数字，而不是{zh}"))
    }

    /// Of two whole numbers comes a whole number, as in CEL; where one is a decimal number, the result is one.
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
            _ => return refuse(place, "`%` is for whole numbers", "`%` 只能用于整数"),
        };
        Ok(Term::new(ty, sql))
    }

    /// Null where it can't be told what was asked. The question stands in the SQL once: it may be long.
    fn choose(&mut self, asked: &Node, yes: &Node, no: &Node) -> Compiled {
        let asked = self.wanted(asked, Type::Bool)?;
        let (yes, no) = self.pair(yes, no)?;
        let ty = if yes.ty.is_number() && yes.ty != no.ty { Type::Number } else { yes.ty };
        Ok(Term::new(ty, format!("(case {asked} when true then {} when false then {} end)", yes.sql, no.sql)))
    }

    /// Two parts that can be compared. Where one is a choice or a user, text beside it names one.
    fn pair(&mut self, left: &Node, right: &Node) -> Result<(Term, Term), Refusal> {
        if matches!(left.form, Form::Text(_)) && !matches!(right.form, Form::Text(_)) {
            let right = self.term(right)?;
            return Ok((self.beside(left, right.ty)?, right));
        }
        let left = self.term(left)?;
        let right = self.beside(right, left.ty)?;
        Ok((left, right))
    }

    /// A part that stands beside one of a type.
    pub(super) fn beside(&mut self, node: &Node, ty: Type) -> Compiled {
        match (ty, &node.form) {
            (Type::Choice(kind), Form::Text(code)) => self.choice(kind, code, node.place),
            (Type::User, Form::Text(name)) => self.user(name, node.place),
            _ => {
                let term = self.term(node)?;
                if term.ty == ty || (term.ty.is_number() && ty.is_number()) {
                    return Ok(term);
                }
                let ((ty_en, ty_zh), (en, zh)) = (ty.words(), term.ty.words());
                let (en, zh) = (format!("{en} can't stand beside {ty_en}"), format!("{zh}不能与{ty_zh}比较"));
                refuse(node.place, en, zh)
            }
        }
    }

    fn ordered(&mut self, op: Op, left: &Node, right: &Node, place: Place) -> Compiled {
        let sign = match op {
            Op::Less => "<",
            Op::AtMost => "<=",
            Op::Greater => ">",
            _ => ">=",
        };
        let (left, right) = self.pair(left, right)?;
        let sql = match left.ty {
            // By code point, wherever the database stands.
            Type::Text => format!("({} collate \"C\" {sign} {})", left.sql, right.sql),
            ty if ty.is_number() => format!("({} {sign} {})", left.sql, right.sql),
            ty => {
                let (en, zh) = ty.words();
                return refuse(place, format!("{en} is not smaller or greater"), format!("{zh}不能比较大小"));
            }
        };
        Ok(Term::new(Type::Bool, sql))
    }
}
