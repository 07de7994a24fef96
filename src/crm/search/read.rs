//! Describes the search over customers, contacts, opportunities, orders, products and users.
//!
//! Each kind of row is looked up through its own index and its own permission. Of names that begin with the text, and of
//! others that contain it, only so many are ranked, so that a text that every name has costs no more.

use serde_json::{Map, Value as Json};

use crate::crm::opportunity;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Edge, Entity, Enum, Field, Figure, FigureScope, Root, RootKind, Type};
use crate::kernel::read::search_text;
use crate::kernel::sql::Arg;

/// How many hits of each kind there are unless others are asked for, and at most.
const MOST: (i64, i64) = (5, 20);
/// How many names of a kind that begin with the text are ranked, and how many others that contain it.
const RANKED: (i64, i64) = (50, 1_000);

static KIND: Enum = Enum {
    name: "SearchKind",
    doc: "What a search has found.",
    values: &[
        ("CUSTOMER", "A customer whose name contains the text, or that has exactly this credit code; see `customer`."),
        ("CONTACT", "A contact whose name contains the text; see `contact` and `customer`."),
        (
            "OPPORTUNITY",
            "An opportunity whose name contains the text, or an open one of a customer that was found; see `opportunity` and `customer`.",
        ),
        (
            "ORDER",
            "An order whose number contains the text, or one of the latest of a customer that was found; see `order` and `customer`.",
        ),
        ("PRODUCT", "A product whose name contains the text, or whose SKU begins with it; see `product`."),
        ("USER", "A user who works here and whose name contains the text; see `user`."),
    ],
};

/// Describes the result and its hits.
pub fn describe_all() -> Vec<Entity> {
    vec![
        Entity::part("SearchResult", "What a search has found.", "(select) {t}").edges([Edge::few(
            "hits",
            "SearchHit",
            "true",
            "{t}.place",
            "What was found and you may see, the best first: equal names, then names that begin with the text, then those that \
             contain it, then what belongs to a customer that was found; among equals, shorter ones first.",
        )]),
        Entity::part("SearchHit", "Something that a search has found.", "hit {t}")
            .fields([
                Field::new("kind", Type::Enum(&KIND), "{t}.kind", "What it is."),
                Field::new(
                    "title",
                    Type::Text,
                    "{t}.title",
                    "What people call it: the name, or the number of the order; of an opportunity that was found with its customer, the name of the customer.",
                ),
            ])
            .edges([
                Edge::to_one(
                    "customer",
                    "Customer",
                    "{t}.id = {p}.customer_id",
                    "The customer, also of a contact, an opportunity or an order, if you may see it; null for other kinds.",
                ),
                Edge::to_one("contact", "Contact", "{t}.id = {p}.contact_id", "The contact; null for other kinds."),
                Edge::to_one("opportunity", "Opportunity", "{t}.id = {p}.opportunity_id", "The opportunity; null for other kinds."),
                Edge::to_one("order", "Order", "{t}.id = {p}.order_id", "The order; null for other kinds."),
                Edge::to_one("product", "Product", "{t}.id = {p}.product_id", "The product; null for other kinds."),
                Edge::to_one("user", "User", "{t}.id = {p}.user_id", "The user; null for other kinds."),
            ]),
    ]
}

/// The root field of the search.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "search",
        doc: "Finds customers, contacts, opportunities, orders, products and users by a part of a name or a number, among those that \
              you may see. Upper and lower case, full and half width, and traditional and simplified letters are equal. Archived \
              records are not found. The lists of each kind find more, and count.",
        kind: RootKind::Figure(Figure {
            of: "SearchResult",
            read: None,
            through: &[],
            facts: None,
            arguments: &[
                (
                    "text",
                    "String!",
                    "What to look for: 1 to 100 characters. A single one must be the first of the name.",
                ),
                ("first", "Int", "How many of each kind to find at most: 1 to 20. If it is left out, 5."),
            ],
            tables,
        }),
    }]
}

/// The rows of one kind that are searched by a name.
#[derive(Clone)]
struct Named {
    /// The name of the kind.
    kind: &'static str,
    /// Its place among equal hits of other kinds.
    order: u8,
    /// The SQL after `from`, and the condition.
    from: String,
    on: String,
    /// What people read, and what is compared with the text.
    title: String,
    folded: String,
    /// The pairs of characters of the latter, as the index has them; `None` if there are so few rows that they are all compared.
    bigrams: Option<String>,
    /// The ids of the row: those of the customer, the contact, the opportunity, the order, the product and the user.
    ids: [Option<String>; 6],
}

impl Named {
    fn columns(&self) -> String {
        let ids = self.ids.iter().zip(["customer", "contact", "opportunity", "order", "product", "user"]);
        let ids: String =
            ids.map(|(id, name)| format!("{}::uuid as {name}_id, ", id.as_deref().unwrap_or("null"))).collect();
        let Self { kind, order, title, folded, .. } = self;
        format!("'{kind}' as kind, {order} as kind_place, {ids}{title} as title, {folded} as folded")
    }

    /// The best of them.
    fn best(&self, text: &str, is_one: bool, most: i64) -> String {
        let (columns, (begins, contains)) = (self.columns(), RANKED);
        let Self { from, on, folded, bigrams, .. } = self;
        let mut found = format!(
            "(select {columns} from {from} where {folded} ^@ {text} and {on} order by {folded} limit {begins})"
        );
        if !is_one {
            let pairs = bigrams.as_ref().map(|bigrams| format!("{bigrams} @> bigrams({text}) and "));
            found.push_str(&format!(
                " union (select {columns} from {from} where {}position({text} in {folded}) > 0 and {on} limit {contains})",
                pairs.unwrap_or_default()
            ));
        }
        format!(
            "select n.*, case when n.folded = {text} then 0 when n.folded ^@ {text} then 1 else 2 end as rank from ({found}) n
             order by rank, length(n.folded), n.folded, n.customer_id limit {most}"
        )
    }
}

fn tables(scope: &mut FigureScope<'_, '_>, arguments: &Map<String, Json>) -> Result<String, Error> {
    let (asked, is_one) = search_text("text", arguments.get("text").unwrap_or(&Json::Null))?;
    let most = arguments.get("first").and_then(Json::as_i64).unwrap_or(MOST.0);
    if !(1..=MOST.1).contains(&most) {
        return Err(Error::bad_input(
            format!("`first` must be from 1 to {}", MOST.1),
            format!("`first` 必须为 1 到 {}", MOST.1),
        ));
    }
    let raw = scope.bind(Arg::Text(asked));
    let text = format!("fold({raw})");
    let (customers, customer_on, c) = scope.seen_beyond("Customer", &[]);
    let (contacts, contact_on, k) = scope.seen_beyond("Contact", &[]);
    let (opportunities, opportunity_on, o) = scope.seen_beyond("Opportunity", &[]);
    let (orders, order_on, s) = scope.seen_beyond("Order", &[]);
    let (products, product_on, p) = scope.seen_beyond("Product", &[]);
    let (users, user_on, u) = scope.seen_beyond("User", &[]);
    let column = |alias: &str, name: &str| Some(format!("{alias}.{name}"));
    let customer = Named {
        kind: "CUSTOMER",
        order: 1,
        on: format!("{c}.archived_at is null and {customer_on}"),
        title: format!("{c}.name"),
        folded: format!("{c}.name_fold"),
        bigrams: column(&c, "name_bigrams"),
        ids: [column(&c, "id"), None, None, None, None, None],
        from: customers,
    };
    let (coded, code_on, b) = scope.seen_beyond("Customer", &[]);
    let by_code = format!(
        "select 'CUSTOMER', 1, {b}.id, null::uuid, null::uuid, null::uuid, null::uuid, null::uuid, {b}.name, {b}.name_fold, 0
         from {coded} where {b}.credit_code = upper({raw}) and {b}.archived_at is null and {code_on} limit 1"
    );
    let contact = Named {
        kind: "CONTACT",
        order: 2,
        on: format!("{k}.archived_at is null and {contact_on}"),
        title: format!("{k}.name"),
        folded: format!("fold({k}.name)"),
        bigrams: Some(format!("bigrams(fold({k}.name))")),
        ids: [column(&k, "customer_id"), column(&k, "id"), None, None, None, None],
        from: contacts,
    };
    let (named, named_on, n) = scope.seen_beyond("Opportunity", opportunity::POOL);
    let opportunity = Named {
        kind: "OPPORTUNITY",
        order: 3,
        on: format!("{n}.archived_at is null and {named_on}"),
        title: format!("{n}.name"),
        folded: format!("fold({n}.name)"),
        bigrams: Some(format!("bigrams(fold({n}.name))")),
        ids: [column(&n, "customer_id"), None, column(&n, "id"), None, None, None],
        from: named,
    };
    let order = Named {
        kind: "ORDER",
        order: 4,
        on: order_on.clone(),
        title: format!("{s}.order_no"),
        folded: format!("lower({s}.order_no)"),
        bigrams: Some(format!("bigrams(lower({s}.order_no))")),
        ids: [column(&s, "customer_id"), None, None, column(&s, "id"), None, None],
        from: orders.clone(),
    };
    let product = Named {
        kind: "PRODUCT",
        order: 5,
        on: format!("{p}.archived_at is null and {product_on}"),
        title: format!("{p}.name"),
        folded: format!("fold({p}.name)"),
        bigrams: None,
        ids: [None, None, None, None, column(&p, "id"), None],
        from: products,
    };
    let sku = Named { folded: format!("fold({p}.sku)"), ..product.clone() };
    let user = Named {
        kind: "USER",
        order: 6,
        on: format!("{u}.status = 'ACTIVE' and not {u}.is_service and {user_on}"),
        title: format!("{u}.name"),
        folded: format!("fold({u}.name)"),
        bigrams: None,
        ids: [None, None, None, None, None, column(&u, "id")],
        from: users,
    };
    let best = |named: &Named| named.best(&text, is_one, most);
    Ok(format!(
        "customer_found as materialized ({customer}),
         found as (
             select * from customer_found
             union all ({by_code}) union all ({contact}) union all ({opportunity}) union all ({order}) union all ({product}) union all ({sku}) union all ({user})
             union all
             (select 'OPPORTUNITY', 3, {o}.customer_id, null, {o}.id, null, null, null, f.title, f.folded, 3
              from customer_found f join {opportunities} on {o}.customer_id = f.customer_id
              where {o}.stage_kind = 'OPEN' and {o}.archived_at is null and {opportunity_on}
              order by f.rank, {o}.created_at desc, {o}.id limit {most})
             union all
             (select 'ORDER', 4, {s}.customer_id, null, null, {s}.id, null, null, {s}.order_no, f.folded, 3
              from customer_found f join {orders} on {s}.customer_id = f.customer_id
              where {order_on} order by f.rank, {s}.ordered_at desc, {s}.id limit {most})),
         hit as (
             select kind, title, customer_id, contact_id, opportunity_id, order_id, product_id, user_id,
                    row_number() over (order by rank, kind_place, length(folded), folded, customer_id, contact_id, order_id, product_id, user_id) as place
             from (select d.*, row_number() over (partition by kind order by rank, length(folded), folded) as of_kind
                   from (select distinct on (kind, customer_id, contact_id, opportunity_id, order_id, product_id, user_id) * from found
                         order by kind, customer_id, contact_id, opportunity_id, order_id, product_id, user_id, rank) d) e
             where of_kind <= {most})",
        customer = best(&customer),
        contact = best(&contact),
        opportunity = best(&opportunity),
        order = best(&order),
        product = best(&product),
        sku = best(&sku),
        user = best(&user),
    ))
}
