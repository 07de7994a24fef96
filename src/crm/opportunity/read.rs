//! The fields, edges and lists of opportunities, with their lines and stages.

use serde_json::Value as Json;

use super::actions::ACTIONS;
use super::history;
use crate::crm::external_id;
use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::error::Error;
use crate::kernel::id::{self, Identified};
use crate::kernel::read::describe::{
    Edge, Entity, Enum, Field, Filter, List, Order, Root, RootKind, Type, VisibleThrough,
};
use crate::kernel::read::{FilterScope, name_contains};
use crate::kernel::sql::Arg;

/// The permission to read opportunities.
pub const READ: Permission = Permission::to(Action::Read, Resource::Opportunity);

/// The scopes of those who see an opportunity only because its customer is in the pool, or because they entered the
/// customer. They see what the customer wanted and the present stage, but no owner, reasons or history.
pub const POOL: &[Scope] = &[Scope::Pool, Scope::PoolAll, Scope::Entered];

static KIND: Enum = Enum::of_inputs("StageKind");

/// Describes opportunities and their parts.
pub fn describe_all() -> Vec<Entity> {
    let mut all = vec![describe(), describe_line(), describe_stage()];
    all.extend(history::describe_all());
    all
}

fn describe() -> Entity {
    Entity::node(
        "Opportunity",
        "opportunity",
        "Something that a customer may buy. It has an owner of its own, who stays the owner when the \
         customer gets another one. Users who see it only because they entered the customer see what the pool shows: \
         what the customer wanted, and the stage.",
        "sales_opportunity {t}",
        READ,
        VisibleThrough::Customer("{t}.customer_id"),
    )
    .fields([
        Field::can(&ACTIONS),
        Field::new("name", Type::Text, "{t}.name", "What people call the opportunity. Null if it has no name, or if you see it only through the pool.").beyond(POOL),
        Field::new("note", Type::Text, "{t}.note", "What those who work on the opportunity should know. Null if you see it only through the pool.").beyond(POOL),
        Field::new("stageCode", Type::Text, "{t}.stage", "The code of the stage that the opportunity is in.")
            .filterable(),
        Field::new(
            "stageKind",
            Type::Enum(&KIND),
            "{t}.stage_kind",
            "Whether the opportunity is open, or how it ended.",
        )
        .filterable(),
        Field::new(
            "isLive",
            Type::Boolean,
            "coalesce({t}.stage_kind = 'OPEN' and {t}.archived_at is null and {s}.archived_at is null \
             and {t}.owner_user_id = {s}.owner_user_id, false)",
            "Whether somebody works on the opportunity: it is open, its owner owns the customer, and neither the \
             opportunity nor the customer is archived. If its owner does not own the customer any more, the \
             customer's owner can adopt an open opportunity, and an open or won one can be moved to a lost or \
             void stage.",
        )
        .filterable(),
        Field::new(
            "expectedAmount",
            Type::Money("{t}.currency"),
            "{t}.amount",
            "The amount that the opportunity is expected to bring.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "amountIsSum",
            Type::Boolean,
            "{t}.amount_is_sum",
            "Whether the expected amount is the sum of the lines, and follows them. Otherwise it was given.",
        ),
        Field::new(
            "currency",
            Type::Text,
            "{t}.currency",
            "The currency of the expected amount. Null if there is no amount.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "expectedCloseDate",
            Type::Date,
            "{t}.close_date",
            "When the customer is expected to decide. Null if you see the opportunity only through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "probability",
            Type::Int,
            "{t}.probability",
            "The probability of winning the opportunity, in percent. Null if you see the opportunity only \
             through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "closedAt",
            Type::DateTime,
            "{t}.closed_at",
            "When the opportunity was won, lost or became void. Null while it is open.",
        )
        .nullable()
        .filterable(),
        Field::new(
            "lostReason",
            Type::Text,
            "{t}.lost_reason",
            "Why the opportunity is lost: the code of a choice of kind LOST_REASON. Null if it is not lost, or if you see it only through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "lostRemark",
            Type::Text,
            "{t}.lost_remark",
            "More about why the opportunity is lost or void. Null if you see it only through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "competitor",
            Type::Text,
            "{t}.competitor",
            "Who competes for the opportunity, or won it if it is lost: the code of a choice of kind COMPETITOR. Null if you see it only through the pool.",
        )
        .beyond(POOL),
        Field::new(
            "isArchived",
            Type::Boolean,
            "({t}.archived_at is not null)",
            "Whether the opportunity is archived. Lists contain archived opportunities only if their \
             filter uses this field.",
        )
        .filterable(),
        Field::new(
            "archivedAt",
            Type::DateTime,
            "{t}.archived_at",
            "When the opportunity was archived; null if it is not archived.",
        )
        .nullable(),
        external_id::field(external_id::Kind::Opportunity),
        Field::new("createdAt", Type::DateTime, "{t}.created_at", "When the opportunity was created.").filterable(),
        Field::new("updatedAt", Type::DateTime, "{t}.updated_at", "When the opportunity was last changed."),
        Field::new(
            "version",
            Type::Int,
            "{t}.version",
            "The number of the present version, which counts the changes. A change must send the version that you saw.",
        ),
    ])
    .edges([
        Edge::to_one("customer", "Customer", "{t}.id = {p}.customer_id", "The customer who may buy."),
        Edge::to_one(
            "owner",
            "User",
            "{t}.id = {p}.owner_user_id",
            "The user who works on the opportunity. Null if you see it only through the pool.",
        )
        .beyond(POOL),
        Edge::one("stage", "OpportunityStage", "{t}.code = {p}.stage", "The stage that the opportunity is in."),
        Edge::to_one(
            "expectedProduct",
            "Product",
            "{t}.id = {p}.product_id",
            "The product that the customer may buy: that of the first line, if there are lines. Figures by product count the opportunity for it.",
        ),
        Edge::few(
            "lines",
            "OpportunityLine",
            "{t}.opportunity_id = {p}.id and {t}.line_set = {p}.line_set",
            "{t}.position",
            "The products that the customer may buy, with quantities and prices, by position. Empty if they are not known so far, or if you \
             see the opportunity only through the pool.",
        )
        .beyond(POOL),
        Edge::few(
            "stageVisits",
            "StageVisit",
            "true",
            "{t}.entered_at",
            "The stages that the opportunity went through, the earliest first. Empty if you see it only \
             through the pool.",
        )
        .beyond(POOL),
        Edge::few(
            "history",
            "OpportunityVersion",
            "{t}.opportunity_id = {p}.id",
            "{t}.valid_from",
            "All versions of the opportunity, the earliest first. Empty if you see it only through the pool.",
        )
        .beyond(POOL),
        Edge::to_one(
            "updatedBy",
            "User",
            "{t}.id = {p}.updated_by",
            "The user who changed the opportunity last. Null if the system did, or if you see it only through the pool.",
        )
        .beyond(POOL),
        Edge::pages(
            "edits",
            "CustomerEdit",
            "true",
            "The edits of the opportunity, the latest first. Its stages and owners are in `history`. Empty if you see it only through the pool.",
        )
        // The guard looks at the owner of the opportunity.
        .out_of(
            "(select e.*, o.owner_user_id from edit e join sales_opportunity o on o.id = e.opportunity_id
              where e.opportunity_id = {p}.id) {t}",
        )
        .guarded_beyond("true", READ, POOL),
        Edge::pages(
            "followUps",
            "FollowUp",
            "{t}.opportunity_id = {p}.id",
            "The follow-ups about the opportunity, the latest first.",
        ),
        Edge::pages(
            "tasks",
            "Task",
            "{t}.opportunity_id = {p}.id",
            "The open tasks about the opportunity, the earliest due first. Tasks that ended are shown only if the filter contains `status`.",
        ),
        Edge::pages(
            "orders",
            "Order",
            "{t}.opportunity_id = {p}.id",
            "The orders that resulted from the opportunity, the latest first.",
        ),
    ])
    .filters([
        Filter {
            name: "ownerId",
            doc: "Finds the opportunities of this owner, among those whose owner you may see.",
            ty: "ID",
            sql: owned_by,
            of_others: false,
        },
        Filter {
            name: "expectedCloseDate",
            doc: "Finds opportunities by the day on which the customer is expected to decide, among those whose day you may see.",
            ty: "DateFilter",
            sql: expected_by,
            of_others: false,
        },
        Filter {
            name: "lostReason",
            doc: "Finds lost opportunities by the code of their reason, among those whose reason you may see.",
            ty: "StringFilter",
            sql: |scope, value| known_text(scope, "lostReason", "{t}.lost_reason", value),
            of_others: false,
        },
        Filter {
            name: "competitor",
            doc: "Finds opportunities by the code of the competitor, among those whose competitor you may see.",
            ty: "StringFilter",
            sql: |scope, value| known_text(scope, "competitor", "{t}.competitor", value),
            of_others: false,
        },
        Filter {
            name: "name",
            doc: "Finds opportunities by their whole name, among those whose name you may see. `search` finds a part of it.",
            ty: "StringFilter",
            sql: |scope, value| known_text(scope, "name", "{t}.name", value),
            of_others: false,
        },
        Filter {
            name: "productId",
            doc: "Finds opportunities by the ids of all products that the customer may buy: those of its lines, if you may see these, and `expectedProduct`.",
            ty: "IDFilter",
            sql: of_products,
            of_others: false,
        },
        Filter {
            name: "expectedProductId",
            doc: "Finds opportunities by the id of `expectedProduct`. `productId` also finds the products of further lines.",
            ty: "IDFilter",
            sql: |scope, value| {
                let column = scope.render("{t}.product_id");
                scope.compared(Type::Id(id::Product::PREFIX), "expectedProductId", &column, value)
            },
            of_others: false,
        },
    ])
    .orders(orders())
    .shown_unless_asked("isArchived", "{t}.archived_at is null")
}

/// A comparison of the product, and of those of the lines, which are hidden from those who see the opportunity only through
/// the pool.
fn of_products(scope: &mut FilterScope<'_, '_>, value: &Json) -> Result<String, Error> {
    let (ty, known) = (Type::Id(id::Product::PREFIX), scope.holds_beyond(POOL));
    let column = scope.render("{t}.product_id");
    let first = scope.compared(ty, "productId", &column, value)?;
    let any = scope.compared(ty, "productId", "line.product_id", value)?;
    let of_row = scope.render("line.opportunity_id = {t}.id and line.line_set = {t}.line_set");
    Ok(format!("({first} or {known} and exists (select from opportunity_product line where {of_row} and {any}))"))
}

fn owned_by(scope: &mut FilterScope<'_, '_>, value: &Json) -> Result<String, Error> {
    let owner = id::parse_as(value.as_str().unwrap_or_default(), id::User::PREFIX)?;
    let (owner, known) = (scope.bind(Arg::Uuid(owner)), scope.holds_beyond(POOL));
    let column = scope.render("{t}.owner_user_id");
    Ok(format!("({column} = {owner} and {known})"))
}

fn expected_by(scope: &mut FilterScope<'_, '_>, value: &Json) -> Result<String, Error> {
    let (known, column) = (scope.holds_beyond(POOL), scope.render("{t}.close_date"));
    let compared = scope.compared(Type::Date, "expectedCloseDate", &column, value)?;
    Ok(format!("({known} and {compared})"))
}

/// A comparison of a text that is hidden from those who see the opportunity only through the pool.
fn known_text(
    scope: &mut FilterScope<'_, '_>,
    name: &str,
    column: &'static str,
    value: &Json,
) -> Result<String, Error> {
    let (known, column) = (scope.holds_beyond(POOL), scope.render(column));
    let compared = scope.compared(Type::Text, name, &column, value)?;
    Ok(format!("({known} and {compared})"))
}

fn search() -> Filter {
    Filter {
        name: "search",
        doc: "Finds opportunities whose name contains this text, among those whose name you may see: 1 to 100 characters. Upper and \
              lower case, full and half width, and traditional and simplified letters are equal. A single character must be the first of the name.",
        ty: "String",
        sql: |scope, value| {
            let known = scope.holds_beyond(POOL);
            let found = name_contains(scope, "fold({t}.name)", "bigrams(fold({t}.name))", value)?;
            Ok(format!("({known} and {found})"))
        },
        of_others: false,
    }
}

fn orders() -> Vec<Order> {
    vec![Order {
        name: "CREATED_AT",
        doc: "By the time of creation.",
        key: "{t}.created_at",
        ty: Type::DateTime,
        newest_first: true,
    }]
}

fn describe_line() -> Entity {
    let money = |name, sql, doc| Field::new(name, Type::Money("{p}.currency"), sql, doc);
    Entity::part(
        "OpportunityLine",
        "A line of an opportunity: a product, and the quantity and the price that are expected.",
        "opportunity_product {t}",
    )
    .fields([
        Field::new("position", Type::Int, "{t}.position", "The position of the line in the opportunity, from 1."),
        Field::new("quantity", Type::Decimal, "trim_scale({t}.quantity)", "The quantity, in the product's unit."),
        money("unitPrice", "{t}.unit_price", "The price of one unit."),
        money("discount", "{t}.discount", "The discount on the whole line."),
        money("amount", "{t}.amount", "Quantity times price, less the discount."),
    ])
    .edges([Edge::to_one("product", "Product", "{t}.id = {p}.product_id", "The product.")])
}

fn describe_stage() -> Entity {
    Entity::part(
        "OpportunityStage",
        "A stage of the sales pipeline. Administrators define the stages.",
        "opportunity_stage {t}",
    )
    .fields([
        Field::new("code", Type::Text, "{t}.code", "The code of the stage, by which opportunities refer to it."),
        Field::new("nameEn", Type::Text, "{t}.name_en", "The English name of the stage."),
        Field::new("nameZh", Type::Text, "{t}.name_zh", "The Chinese name of the stage."),
        Field::new("position", Type::Int, "{t}.position", "The position of the stage in the pipeline, from 1."),
        Field::new(
            "kind",
            Type::Enum(&KIND),
            "{t}.kind",
            "Whether opportunities in this stage are open, or how they ended.",
        ),
        Field::new(
            "probability",
            Type::Int,
            "{t}.probability",
            "The probability of winning an opportunity in this stage, in percent, if none is given for \
                 the opportunity.",
        ),
        Field::new("isActive", Type::Boolean, "{t}.active", "Whether opportunities can be moved to this stage."),
    ])
}

/// The root fields of opportunities.
pub fn roots() -> Vec<Root> {
    vec![
        Root {
            name: "opportunities",
            doc: "The opportunities that you may see: your own, those of your customers, those of your team, \
                  those of customers in the pool, and for marketing those of the customers that it entered. The list contains archived opportunities only if the \
                  filter uses `isArchived`.",
            kind: RootKind::List(List {
                of: "Opportunity",
                on: "true",
                through: None,
                order_type: "OpportunityOrder",
                orders: orders(),
                search: Some(search()),
                live_connection: None,
            }),
        },
        Root {
            name: "opportunity",
            doc: "The opportunity with this id. Null if there is none or you may not see it.",
            kind: RootKind::ById("Opportunity"),
        },
        Root {
            name: "opportunityStages",
            doc: "The stages of the sales pipeline, in their order.",
            kind: RootKind::Few("OpportunityStage", "{t}.position, {t}.code"),
        },
    ]
}
