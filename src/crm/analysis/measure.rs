//! The numbers of figures, as data: what each counts, from which its column, its field in the API and its entry in the manual
//! are made.

use crate::kernel::read::describe::{Edge, Entity, Field, Type};

/// A number of a figure.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// The name of its field.
    pub name: &'static str,
    /// What it is, for users.
    pub doc: &'static str,
    /// What it adds.
    pub adds: Adds,
    /// SQL: which facts it counts. Facts before the first day count only if it names `is_before`.
    pub of: &'static str,
}

/// What a measure adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adds {
    /// The counts.
    N,
    /// The counts, with the sign turned.
    MinusN,
    /// The amounts, by currency.
    Amount,
    /// The amounts by currency, with the sign turned.
    MinusAmount,
    /// The weighted amounts, by currency.
    Weighted,
    /// The mean of the seconds, in days.
    Days,
}

/// A measure that counts.
pub const fn count(name: &'static str, doc: &'static str, of: &'static str) -> Measure {
    Measure { name, doc, adds: Adds::N, of }
}

/// A measure of money.
pub const fn money(name: &'static str, doc: &'static str, of: &'static str) -> Measure {
    Measure { name, doc, adds: Adds::Amount, of }
}

impl Measure {
    /// The same with another sum.
    pub const fn adding(self, adds: Adds) -> Self {
        Self { adds, ..self }
    }

    /// SQL of the sum of a group of one currency.
    pub fn inner(&self) -> String {
        let (sign, sum) = match self.adds {
            Adds::N => ("", "n"),
            Adds::MinusN => ("-", "n"),
            Adds::Amount => ("", "amount"),
            Adds::MinusAmount => ("-", "amount"),
            Adds::Weighted => ("", "weighted"),
            Adds::Days => ("", "seconds"),
        };
        let of = self.condition();
        let count = match self.adds {
            Adds::Days => format!(", sum(n) filter (where {of}) as \"{}_n\"", self.name),
            _ => String::new(),
        };
        format!(", {sign}(sum({sum}) filter (where {of})) as \"{}\"{count}", self.name)
    }

    fn condition(&self) -> String {
        if self.of.contains("is_before") { self.of.to_owned() } else { format!("{} and not is_before", self.of) }
    }

    /// SQL of the value of a group of all currencies.
    pub fn outer(&self) -> String {
        let name = self.name;
        match self.adds {
            Adds::N | Adds::MinusN => format!(", coalesce(sum(\"{name}\"), 0)::bigint as \"{name}\""),
            Adds::Days => {
                format!(", round(sum(\"{name}\") / nullif(abs(sum(\"{name}_n\")), 0) / 86400, 2) as \"{name}\"")
            }
            Adds::Amount | Adds::MinusAmount | Adds::Weighted => {
                let present = format!("filter (where \"{name}\" <> 0 and currency <> '')");
                format!(
                    ", array_agg(currency order by currency) {present} as \"{name}_currency\", \
                     array_agg(\"{name}\" order by currency) {present} as \"{name}\""
                )
            }
        }
    }

    /// How its values are computed of facts, for the manual.
    pub fn formula(&self) -> String {
        let sum = match self.adds {
            Adds::N => "Σ n",
            Adds::MinusN => "−Σ n",
            Adds::Amount => "Σ amount",
            Adds::MinusAmount => "−Σ amount",
            Adds::Weighted => "Σ weighted",
            Adds::Days => "Σ seconds ÷ |Σ n| ÷ 86,400",
        };
        format!("{sum} [{}]", self.of)
    }

    /// Its unit.
    pub fn unit(&self) -> &'static str {
        match self.adds {
            Adds::N | Adds::MinusN => "COUNT",
            Adds::Amount | Adds::MinusAmount | Adds::Weighted => "MONEY",
            Adds::Days => "DAYS",
        }
    }

    /// How its values may be added.
    pub fn additivity(&self) -> &'static str {
        match (self.adds, self.of.contains("is_before")) {
            (Adds::Days, _) => "NEVER",
            (_, true) => "LAST",
            _ => "ADDS",
        }
    }

    /// Adds itself to the description of a group: a field, or an edge to amounts.
    fn described_in(&self, group: Entity) -> Entity {
        let sql = leaked(format!("{{t}}.\"{}\"", self.name));
        match self.adds {
            Adds::N | Adds::MinusN => group.fields([Field::new(self.name, Type::Int, sql, self.doc)]),
            Adds::Days => group.fields([Field::new(self.name, Type::Decimal, sql, self.doc).nullable()]),
            Adds::Amount | Adds::MinusAmount | Adds::Weighted => group.edges([amounts(self.name, self.name, self.doc)]),
        }
    }
}

/// Descriptions live as long as the program.
pub fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Describes a group of a figure: its key and its measures.
pub fn group(name: &'static str, doc: &'static str, measures: &[Measure]) -> Entity {
    let entity = Entity::part(name, doc, "grouped {t}").edges([Edge::one(
        "key",
        "FigureKey",
        "true",
        "The group. In the total, all of its fields are null.",
    )]);
    measures.iter().fold(entity, |entity, measure| measure.described_in(entity))
}

/// Amounts by currency, from two columns of the group: `column` with `_currency` behind it, and `column`.
pub fn amounts(name: &'static str, column: &str, doc: &'static str) -> Edge {
    let from = format!("unnest({{p}}.\"{column}_currency\", {{p}}.\"{column}\") {{t}} (currency, amount)");
    Edge::few(name, "FigureAmount", "true", "{t}.currency", doc).out_of(leaked(from))
}

/// A rate: `from` is a template of its hits and its total.
pub fn rate(name: &'static str, from: &'static str, doc: &'static str) -> Edge {
    Edge::one(name, "Rate", "true", doc).out_of(from)
}

/// What follows `from` for the groups of an answer: at most 1,000.
pub const ANSWERED: &str = "grouped order by period, key limit 1000";

/// Describes the object with the basis, the groups and the total of a figure.
pub fn frame(name: &'static str, doc: &'static str, of: &'static str) -> Entity {
    let groups = Edge::few(
        "groups",
        of,
        "true",
        "{t}.period, {t}.key",
        "The groups that have facts, by period and key: the first 1,000 of `groupCount`.",
    );
    let groups = groups.out_of(leaked(format!("(select * from {ANSWERED}) {{t}}")));
    framed(name, doc, of, groups, "total {t}")
}

/// The same, with groups in the order of their ranks.
pub fn ranked_frame(name: &'static str, doc: &'static str, of: &'static str) -> Entity {
    let groups = Edge::few(
        "groups",
        of,
        "true",
        "{t}.period, {t}.rank nulls last, {t}.key",
        "The groups that have facts, by period and rank: the first 1,000 of `groupCount`.",
    );
    let groups = groups.out_of("(select * from ranked order by period, rank nulls last, key limit 1000) {t}");
    framed(name, doc, of, groups, "(select x.*, null::bigint as rank from total x) {t}")
}

fn framed(name: &'static str, doc: &'static str, of: &'static str, groups: Edge, total: &'static str) -> Entity {
    Entity::part(name, doc, "(select) {t}")
        .fields([Field::new(
            "groupCount",
            Type::Int,
            "(select count(*) from grouped)::integer",
            "How many groups there are.",
        )])
        .edges([
            Edge::one("basis", "FigureBasis", "true", "What the answer rests on."),
            groups,
            Edge::one("total", of, "true", "All together, computed by the definition and not from the groups.")
                .out_of(total),
        ])
}

/// A number of a figure, for clients and for the manual.
#[derive(Debug, Clone)]
pub struct Metric {
    /// The field of `Query`, and the field of its groups: `winRate.won`.
    pub name: String,
    /// What it is.
    pub definition: &'static str,
    /// How it is computed of facts.
    pub formula: String,
    /// COUNT, MONEY, DAYS or SHARE.
    pub unit: &'static str,
    /// ADDS: over time, users and attributes. LAST: the last value over time, adds over users and attributes. NEVER.
    pub additivity: &'static str,
    /// The version of Tidepool that has it first.
    pub since: &'static str,
}

/// The metrics of a figure.
pub fn metrics(root: &str, measures: &[Measure], rates: &[(&str, &'static str, &str)]) -> Vec<Metric> {
    let sums = measures.iter().map(|measure| Metric {
        additivity: measure.additivity(),
        ..metric(root, measure.name, measure.doc, &measure.formula(), measure.unit())
    });
    let rates = rates.iter().map(|(name, doc, formula)| metric(root, name, doc, formula, "SHARE"));
    sums.chain(rates).collect()
}

/// A metric whose values can't be added.
pub fn metric(root: &str, name: &str, definition: &'static str, formula: &str, unit: &'static str) -> Metric {
    let (name, formula) = (format!("{root}.{name}"), formula.to_owned());
    Metric { name, definition, formula, unit, additivity: "NEVER", since: "0.2.0" }
}
