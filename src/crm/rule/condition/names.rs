//! Compiles the names of things that an installation defines: choices, users, extra fields, currencies.

use super::compile::{Compiled, Compiler, Term, false_if_missing, refuse};
use super::fields::{is_constant, may_miss};
use super::refusal::{Place, Refusal};
use super::syntax::{Form, Node};
use super::variables::{EXTRA, IS_IN_TEAM, SUMS, TEAMS, Type};
use crate::crm::setting::choice_codes;
use crate::kernel::directory::{ChoiceKind, ExtraType};
use crate::kernel::id::{PoolId, UserId};
use crate::kernel::money;
use crate::kernel::sql::Arg;

impl Compiler<'_> {
    /// Compiles the code of a choice. Codes that are switched off are accepted, because customers may still have them.
    pub(super) fn choice(&mut self, kind: ChoiceKind, code: &str, place: Place) -> Compiled {
        if self.directory.choices.iter().any(|choice| choice.kind == kind && choice.code == code) {
            return Ok(Term::new(Type::Choice(kind), self.binds.bind(Arg::Text(code.to_owned()))));
        }
        let codes = choice_codes(self.directory, kind);
        let kind = format!("{kind:?}").to_uppercase();
        refuse(
            place,
            format!("There is no choice {code:?} of kind {kind}. The choices are: {codes}."),
            format!("没有选项“{code}”，可选值为：{codes}。"),
        )
    }

    /// Compiles a user, given by the id or the present e-mail address.
    pub(super) fn user(&mut self, name: &str, place: Place) -> Compiled {
        let people = &self.directory.people;
        let found = match name.parse::<UserId>() {
            Ok(id) => people.contains_key(&id).then_some(id),
            Err(_) => people.with_email(name),
        };
        match found {
            Some(id) => Ok(Term::new(Type::User, self.binds.bind(Arg::Uuid(id.uuid())))),
            None => refuse(
                place,
                format!("There is no user with the id or e-mail address {name:?}."),
                format!("没有 ID 或邮箱为“{name}”的用户。"),
            ),
        }
    }

    /// Compiles a public pool, given by the id or the present name.
    pub(super) fn pool(&mut self, name: &str, place: Place) -> Compiled {
        let mut pools = self.directory.pools.iter();
        let found = match name.parse::<PoolId>() {
            Ok(id) => pools.find(|pool| pool.id == id),
            Err(_) => pools.find(|pool| pool.name == name),
        };
        match found {
            Some(pool) => Ok(Term::new(Type::Pool, self.binds.bind(Arg::Uuid(pool.id.uuid())))),
            None => refuse(
                place,
                format!("There is no public pool with the id or name {name:?}."),
                format!("没有 ID 或名称为“{name}”的公海。"),
            ),
        }
    }

    /// Compiles `wanted in among`.
    pub(super) fn is_in(&mut self, wanted: &Node, among: &Node) -> Compiled {
        if matches!(&among.form, Form::Variable(name) if name == EXTRA) {
            let (key, _) = self.extra_field(wanted)?;
            let sql = self
                .render("exists (select from customer_extra x where x.customer_id = {c}.id and x.key = {key})", &key);
            return Ok(Term::new(Type::Bool, sql));
        }
        if matches!(&among.form, Form::Variable(name) if name == TEAMS) {
            let leader = match &wanted.form {
                Form::Text(name) => self.user(name, wanted.place)?.sql,
                _ => {
                    return refuse(
                        wanted.place,
                        "This must be a user, by the e-mail address or the id.",
                        "此处应为用户的邮箱或 ID。",
                    );
                }
            };
            return Ok(Term::new(Type::Bool, self.render(IS_IN_TEAM, &leader)));
        }
        let Form::List(elements) = &among.form else {
            let (en, zh) =
                ("`in` needs a list, `extra` or `teams` after it.", "`in` 之后应为列表、`extra` 或 `teams`。");
            return refuse(among.place, en, zh);
        };
        if elements.is_empty() {
            return refuse(
                among.place,
                "The list is empty, so the condition can never match.",
                "列表为空，该条件永远不会匹配。",
            );
        }
        let may_miss = may_miss(wanted);
        // A text as `wanted` stays a text, because the constants of the list do not say what it names.
        let wanted = self.term(wanted)?;
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            if !is_constant(element) {
                let (en, zh) = (
                    "A list may only contain constants, like [\"A\", \"B\"] or [1, 2].",
                    "列表只能包含常量，例如 [\"A\", \"B\"] 或 [1, 2]。",
                );
                return refuse(element.place, en, zh);
            }
            values.push(self.beside(element, wanted.ty)?.sql);
        }
        let sql = format!("({} in ({}))", wanted.sql, values.join(", "));
        Ok(Term::new(Type::Bool, false_if_missing(may_miss, sql)))
    }

    /// Compiles `map[key]`: an extra, or a sum in a currency.
    pub(super) fn entry(&mut self, map: &Node, key: &Node) -> Compiled {
        let Form::Variable(name) = &map.form else {
            return refuse(
                map.place,
                "Only `extra` and sums of money have entries.",
                "只有 `extra` 和金额合计才能按标识取值。",
            );
        };
        if name == EXTRA {
            let (key, kind) = self.extra_field(key)?;
            let (ty, value) = match kind {
                ExtraType::Text => (Type::Text, "x.text_value"),
                ExtraType::Number => (Type::Number, "x.number_value"),
                ExtraType::Boolean => (Type::Bool, "x.boolean_value"),
                // ISO dates as texts have the order of time.
                ExtraType::Date => (Type::Text, "to_char(x.date_value, 'YYYY-MM-DD')"),
            };
            let template =
                format!("(select {value} from customer_extra x where x.customer_id = {{c}}.id and x.key = {{key}})");
            return Ok(Term::new(ty, self.render(&template, &key)));
        }
        let Some((_, sum)) = SUMS.iter().find(|(sum, _)| sum == name) else {
            return refuse(
                map.place,
                "Only `extra` and sums of money have entries.",
                "只有 `extra` 和金额合计才能按标识取值。",
            );
        };
        match &key.form {
            Form::Text(currency) => {
                // Amounts that were recorded before may be in a currency that is not in use any more.
                if !self.directory.settings.currencies.contains(currency)
                    && let Err(refusal) = money::check_code(&[], currency)
                {
                    return refuse(key.place, refusal.message.en, refusal.message.zh);
                }
                let currency = self.binds.bind(Arg::Text(currency.clone()));
                Ok(Term::new(Type::Number, self.render(sum, &currency)))
            }
            _ => refuse(key.place, "This must be a currency, like \"CNY\".", "此处应为币种，例如 \"CNY\"。"),
        }
    }

    /// The bound key of an extra field, and its type.
    fn extra_field(&mut self, key: &Node) -> Result<(String, ExtraType), Refusal> {
        let Form::Text(name) = &key.form else {
            return refuse(key.place, "This must be the key of an extra field.", "此处应为自定义字段的标识。");
        };
        match self.directory.extra_field(name).map(|field| field.kind) {
            Some(kind) => Ok((self.binds.bind(Arg::Text(name.clone())), kind)),
            None => {
                refuse(key.place, format!("There is no extra field {name:?}."), format!("没有自定义字段“{name}”。"))
            }
        }
    }
}
