//! The executor: any document, one field of one object at a time.

use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::serde_json_bytes;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::pages::Page;
use super::rights::{Entity, Entry, View};
use super::rows::{
    Absence, Batch, Contact, Customer, Edit, Enquiry, ExpectedLine, Extra, Instalment, Line, Opportunity, Order,
    Payment, PoolMember, Stage, Step, Task, TaskStep, User, Version, Visit,
};
use super::values::{
    iso, of_absence, of_extra, of_instalment, of_pool_member, of_stage, of_task_step, of_version, of_visit,
};

type Resolved<'a> = Result<ResolvedValue<'a>, FieldError>;

#[derive(Clone)]
enum Node<'r> {
    Query,
    Entity(Entity<'r>),
    Extra(&'r Extra),
    Absence(&'r Absence),
    PoolMember(&'r PoolMember),
    Claimability(&'r Customer),
    Stage(&'r Stage),
    Visit(Visit<'r>),
    Version(&'r Version),
    Line(&'r Line),
    ExpectedLine(&'r Opportunity, &'r ExpectedLine),
    Enquiry(&'r Enquiry),
    NextStep(&'static str, Option<&'static str>),
    Payment(&'r Payment),
    Instalment(&'r Order, &'r Instalment, Decimal),
    Step(&'r Step),
    TaskStep(&'r TaskStep),
    Money(Json),
    Connection(Page<'r>),
    Edge(Entity<'r>, String),
    PageInfo(Page<'r>),
}

struct Object<'l, 'r> {
    view: &'l View<'r>,
    node: Node<'r>,
    type_name: String,
}

impl<'r> View<'r> {
    /// Executes a document.
    pub fn execute(&self, schema: &Valid<Schema>, document: &str, variables: &Json) -> Json {
        let document = ExecutableDocument::parse_and_validate(schema, document, "q")
            .unwrap_or_else(|errors| panic!("{document}\n{errors}"));
        let variables: serde_json_bytes::Value = variables.clone().into();
        let variables = variables.as_object().unwrap();
        let execution = Execution::new(schema, &document).raw_variable_values(variables);
        let answer = execution
            .execute_sync(&Object::new(self, Node::Query))
            .unwrap_or_else(|error| panic!("{}", error.message()));
        assert!(answer.errors.is_empty(), "the model has no errors: {:?}", answer.errors);
        serde_json::to_value(&answer).unwrap()
    }

    fn find(&self, id: &str) -> Option<Entity<'r>> {
        let (kind, id) = id.rsplit_once('_').unwrap();
        let id: Uuid = id.parse().unwrap();
        let found = match kind {
            "customer" => self.rows.canonical(id).map(Entity::Customer),
            kind => self.rows.entities(kind).find(|entity| entity.id() == id),
        };
        found.filter(|entity| self.sees(*entity))
    }
}

impl super::rows::Rows {
    /// All entities of a type, by the prefix of its ids.
    pub fn entities(&self, kind: &str) -> Box<dyn Iterator<Item = Entity<'_>> + '_> {
        match kind {
            "user" => Box::new(self.users.iter().map(Entity::User)),
            "customer" => Box::new(self.customers.iter().map(Entity::Customer)),
            "contact" => Box::new(self.contacts.iter().map(Entity::Contact)),
            "operation" => Box::new(self.operations.iter().map(Entity::Operation)),
            "operationbatch" => Box::new(self.batches.iter().map(Entity::Batch)),
            "pool" => Box::new(self.pools.iter().map(Entity::Pool)),
            "product" => Box::new(self.products.iter().map(Entity::Product)),
            "opportunity" => Box::new(self.opportunities.iter().map(Entity::Opportunity)),
            "followup" => Box::new(self.follow_ups.iter().map(Entity::FollowUp)),
            "task" => Box::new(self.tasks.iter().map(Entity::Task)),
            "order" => Box::new(self.orders.iter().map(Entity::Order)),
            "feedback" => Box::new(self.feedback.iter().map(Entity::Feedback)),
            other => panic!("{other}"),
        }
    }

    /// The timeline entries of a customer.
    pub fn entries(&self, customer: Uuid) -> impl Iterator<Item = Entity<'_>> {
        let follow_ups = self.follow_ups.iter().filter(move |row| row.customer_id == customer).map(Entry::FollowUp);
        let opportunities = self.opportunities.iter().filter(move |row| row.customer_id == customer);
        let visits =
            opportunities.flat_map(|row| self.visits_of(row.id).into_iter().map(move |visit| Entry::Stage(row, visit)));
        let left_behind = self.opportunities.iter().filter(move |row| row.customer_id == customer);
        let adoptions =
            left_behind.flat_map(|row| self.adoptions_of(row.id).map(move |version| Entry::Adoption(row, version)));
        let orders = self.orders.iter().filter(move |row| row.customer_id == customer);
        let steps = orders.flat_map(|row| self.steps_of(row.id).map(move |step| Entry::Order(row, step)));
        let operations = self
            .operations
            .iter()
            .filter(move |row| self.customer(row.customer_id).id == customer)
            .map(Entry::Operation);
        let feedback = self
            .feedback
            .iter()
            .filter(move |row| self.order(row.order_id).customer_id == customer)
            .map(Entry::Feedback);
        let edits = self.edits.iter().filter(move |row| row.customer_id == Some(customer)).map(Entry::Edit);
        let of_work = follow_ups.chain(visits).chain(adoptions).chain(steps).chain(feedback);
        of_work.chain(operations).chain(edits).map(Entity::Entry)
    }
}

/// Lists contain archived rows only if the filter asks for them.
fn asks_about_archived(info: &ResolveInfo<'_>) -> bool {
    asks_about(info, "isArchived")
}

fn asks_about(info: &ResolveInfo<'_>, field: &str) -> bool {
    info.arguments().get("filter").is_some_and(|filter| is_about(&json!(filter), field))
}

fn is_about(filter: &Json, field: &str) -> bool {
    let within = |value: &Json| match value {
        Json::Array(items) => items.iter().any(|item| is_about(item, field)),
        one => is_about(one, field),
    };
    let asked = |name: &str| filter.get(name).filter(|value| !value.is_null());
    asked(field).is_some() || ["and", "or", "not"].into_iter().any(|name| asked(name).is_some_and(within))
}

fn leaf<'a>(json: Json) -> Resolved<'a> {
    match json {
        Json::Array(items) => Ok(ResolvedValue::List(Box::new(items.into_iter().map(leaf)))),
        json => Ok(ResolvedValue::Leaf(json.into())),
    }
}

impl<'l, 'r> Object<'l, 'r> {
    fn new(view: &'l View<'r>, node: Node<'r>) -> Self {
        let type_name = match &node {
            Node::Query => "Query".to_owned(),
            Node::Entity(entity) => entity.type_name().to_owned(),
            Node::Extra(_) => "Extra".to_owned(),
            Node::Absence(_) => "Absence".to_owned(),
            Node::PoolMember(_) => "PoolMember".to_owned(),
            Node::Claimability(_) => "Claimability".to_owned(),
            Node::Stage(_) => "OpportunityStage".to_owned(),
            Node::Visit(_) => "StageVisit".to_owned(),
            Node::Version(_) => "OpportunityVersion".to_owned(),
            Node::Line(_) => "OrderLine".to_owned(),
            Node::ExpectedLine(..) => "OpportunityLine".to_owned(),
            Node::Enquiry(_) => "Enquiry".to_owned(),
            Node::NextStep(..) => "OrderNextStep".to_owned(),
            Node::Payment(_) => "Payment".to_owned(),
            Node::Instalment(..) => "Instalment".to_owned(),
            Node::Step(_) => "OrderStep".to_owned(),
            Node::TaskStep(_) => "TaskStep".to_owned(),
            Node::Money(_) => "Money".to_owned(),
            Node::Connection(page) => format!("{}Connection", page.name),
            Node::Edge(entity, _) => format!("{}Edge", entity.type_name()),
            Node::PageInfo(_) => "PageInfo".to_owned(),
        };
        Self { view, node, type_name }
    }

    fn object<'a>(&'a self, node: Option<Node<'r>>) -> Resolved<'a> {
        match node {
            None => leaf(Json::Null),
            Some(node) => Ok(ResolvedValue::Object(Box::new(Object::new(self.view, node)))),
        }
    }

    /// A leaf, or money.
    fn value<'a>(&'a self, json: Json) -> Resolved<'a> {
        if json.is_object() { self.object(Some(Node::Money(json))) } else { leaf(json) }
    }

    fn objects<'a>(&'a self, nodes: impl Iterator<Item = Node<'r>>) -> Resolved<'a> {
        let view = self.view;
        let nodes: Vec<_> = nodes.collect();
        let objects = nodes.into_iter().map(move |node| Ok(ResolvedValue::Object(Box::new(Object::new(view, node)))));
        Ok(ResolvedValue::List(Box::new(objects)))
    }

    fn stage<'a>(&'a self, code: &str) -> Resolved<'a> {
        self.object(Some(Node::Stage(self.view.rows.stage(code))))
    }

    /// An entity, if it exists and the viewer may see it.
    fn entity<'a>(&'a self, entity: Option<Entity<'r>>) -> Resolved<'a> {
        self.object(entity.filter(|entity| self.view.sees(*entity)).map(Node::Entity))
    }

    fn user<'a>(&'a self, id: Option<Uuid>) -> Resolved<'a> {
        self.entity(self.view.rows.user(id).map(Entity::User))
    }

    fn customer<'a>(&'a self, id: Uuid) -> Resolved<'a> {
        self.entity(Some(Entity::Customer(self.view.rows.customer(id))))
    }

    fn page<'a>(
        &'a self,
        info: &ResolveInfo<'_>,
        name: &'static str,
        default_order: &str,
        entities: impl Iterator<Item = Entity<'r>>,
    ) -> Resolved<'a> {
        self.object(Some(Node::Connection(self.view.page(info, name, default_order, entities))))
    }

    /// Tasks that ended are listed only if the filter asks for the status.
    fn tasks<'a>(&'a self, info: &ResolveInfo<'_>, is_of: impl Fn(&Task) -> bool) -> Resolved<'a> {
        let asked = asks_about(info, "status");
        let is_listed = |row: &&Task| is_of(row) && (asked || row.status == "OPEN");
        let listed: Vec<_> = self.view.rows.tasks.iter().filter(is_listed).map(Entity::Task).collect();
        self.page(info, "Task", "DUE_TIME_ASC", listed.into_iter())
    }

    /// The edits of a row.
    fn edits<'a>(&'a self, info: &ResolveInfo<'_>, name: &'static str, is_of: impl Fn(&Edit) -> bool) -> Resolved<'a> {
        let of = self.view.rows.edits.iter().filter(|edit| is_of(edit)).map(Entity::Edit);
        self.page(info, name, "AT_DESC", of)
    }

    fn of_query<'a>(&'a self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let (view, rows) = (self.view, self.view.rows);
        match info.field_name() {
            "customers" => {
                let asked = asks_about_archived(info);
                let is_listed = |row: &&Customer| row.merged_into.is_none() && (asked || row.archived_at.is_none());
                let listed: Vec<_> = rows.customers.iter().filter(is_listed).map(Entity::Customer).collect();
                self.page(info, "Customer", "CREATED_AT_DESC", listed.into_iter())
            }
            "publicPool" => {
                let is_pooled = |row: &&Customer| {
                    row.owner_user_id.is_none() && row.blacklisted_at.is_none() && row.archived_at.is_none()
                };
                let pooled = rows.customers.iter().filter(is_pooled).map(Entity::Customer);
                self.page(info, "PublicPool", "POOL_ENTRY_TIME_DESC", pooled)
            }
            "users" => self.page(info, "User", "NAME_ASC", rows.entities("user")),
            "pools" => {
                let asked = asks_about_archived(info);
                let listed = rows.pools.iter().filter(|row| asked || row.archived_at.is_none());
                self.page(info, "Pool", "NAME_ASC", listed.map(Entity::Pool))
            }
            "products" => {
                let asked = asks_about_archived(info);
                let listed = rows.products.iter().filter(|row| asked || row.archived_at.is_none());
                self.page(info, "Product", "NAME_ASC", listed.map(Entity::Product))
            }
            "opportunities" => {
                let asked = asks_about_archived(info);
                let listed = rows.opportunities.iter().filter(|row| asked || row.archived_at.is_none());
                self.page(info, "Opportunity", "CREATED_AT_DESC", listed.map(Entity::Opportunity))
            }
            "followUps" => self.page(info, "FollowUp", "AT_DESC", rows.entities("followup")),
            "tasks" => self.tasks(info, |_| true),
            "orders" => self.page(info, "Order", "ORDERED_AT_DESC", rows.entities("order")),
            "feedback" => self.page(info, "Feedback", "CREATED_AT_DESC", rows.entities("feedback")),
            "operationBatches" => self.page(info, "OperationBatch", "AT_DESC", rows.entities("operationbatch")),
            "opportunityStages" => {
                let mut stages: Vec<_> = rows.stages.iter().collect();
                stages.sort_by_key(|stage| stage.position);
                self.objects(stages.into_iter().map(Node::Stage))
            }
            "nodes" => {
                let ids = info.arguments().get("ids").unwrap().as_array().unwrap();
                let found: Vec<_> = ids.iter().map(|id| view.find(id.as_str().unwrap()).map(Node::Entity)).collect();
                Ok(ResolvedValue::List(Box::new(found.into_iter().map(|node| self.object(node)))))
            }
            "customer" | "user" | "pool" | "product" | "opportunity" | "order" | "node" => {
                let id = info.arguments().get("id").unwrap().as_str().unwrap();
                self.object(view.find(id).map(Node::Entity))
            }
            other => panic!("{other}"),
        }
    }

    fn of_customer<'a>(&'a self, customer: &'r Customer, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let (view, rows, id) = (self.view, self.view.rows, customer.id);
        match info.field_name() {
            "owner" => self.user(customer.owner_user_id),
            "pool" => self.entity(rows.pool(Some(customer.pool_id)).map(Entity::Pool)),
            "createdBy" => {
                let sees_who = view.reaches_but("customer", "read", customer, &["pool", "pool_all"]);
                self.user(customer.created_by.filter(|_| sees_who))
            }
            "updatedBy" => {
                let sees_who = view.reaches_but("customer", "read", customer, &["pool", "pool_all"]);
                let is_own = |edit: &Edit| edit.is_of_customer() && edit.merged_from.is_none();
                let who = rows.last_editor(|edit| edit.customer_id == Some(id) && is_own(edit));
                self.user(who.filter(|_| sees_who))
            }
            "edits" => self.edits(info, "CustomerEdit", |edit| edit.customer_id == Some(id) && edit.is_of_customer()),
            "enquiries" => {
                let scopes = ["pool", "pool_all", "entered", "entered_pooled"];
                let sees = view.reaches_but("customer", "read", customer, &scopes);
                let of = rows.enquiries.iter().filter(|row| sees && row.customer_id == id);
                self.objects(of.map(Node::Enquiry))
            }
            "claimability" => self.object(Some(Node::Claimability(customer))),
            "extras" => self.objects(view.extras_of(customer).into_iter().map(Node::Extra)),
            // No rule is enabled.
            "returnsByRule" => self.objects(std::iter::empty()),
            "contacts" => {
                let asked = asks_about_archived(info);
                let is_listed = |row: &&Contact| row.customer_id == id && (asked || row.archived_at.is_none());
                let listed: Vec<_> = rows.contacts.iter().filter(is_listed).map(Entity::Contact).collect();
                self.page(info, "Contact", "CREATED_AT_ASC", listed.into_iter())
            }
            "operations" => {
                let of = rows.operations.iter().filter(|row| rows.customer(row.customer_id).id == id);
                let of = of.map(Entity::Operation);
                self.page(info, "CustomerOperation", "AT_DESC", of)
            }
            "opportunities" => {
                let asked = asks_about_archived(info);
                let is_listed = |row: &&Opportunity| row.customer_id == id && (asked || row.archived_at.is_none());
                let listed: Vec<_> = rows.opportunities.iter().filter(is_listed).map(Entity::Opportunity).collect();
                self.page(info, "Opportunity", "CREATED_AT_DESC", listed.into_iter())
            }
            "followUps" => {
                let of = rows.follow_ups.iter().filter(|row| row.customer_id == id).map(Entity::FollowUp);
                self.page(info, "FollowUp", "AT_DESC", of)
            }
            "tasks" => self.tasks(info, |task| task.customer_id == id),
            "orders" => {
                let of = rows.orders.iter().filter(|row| row.customer_id == id).map(Entity::Order);
                self.page(info, "Order", "ORDERED_AT_DESC", of)
            }
            "feedback" => {
                let of = rows.feedback.iter().filter(|row| rows.order(row.order_id).customer_id == id);
                self.page(info, "Feedback", "CREATED_AT_DESC", of.map(Entity::Feedback))
            }
            "timeline" => self.page(info, "TimelineEntry", "AT_DESC", rows.entries(id)),
            field => self.value(view.value(Entity::Customer(customer), field)),
        }
    }

    fn of_opportunity<'a>(&'a self, opportunity: &'r Opportunity, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let (view, rows, id) = (self.view, self.view.rows, opportunity.id);
        let sees_way = view.sees_beyond_pool(opportunity);
        match info.field_name() {
            "customer" => self.customer(opportunity.customer_id),
            "owner" => self.user(Some(opportunity.owner_user_id).filter(|_| sees_way)),
            "stage" => self.stage(&opportunity.stage),
            "expectedProduct" => self.entity(rows.product(opportunity.product_id).map(Entity::Product)),
            "lines" => {
                let lines = rows.expected_lines_of(opportunity).filter(|_| sees_way);
                self.objects(lines.map(|line| Node::ExpectedLine(opportunity, line)))
            }
            "updatedBy" => self.user(opportunity.updated_by.filter(|_| sees_way)),
            "edits" => self.edits(info, "CustomerEdit", |edit| edit.opportunity_id == Some(id)),
            "stageVisits" => self.objects(rows.visits_of(id).into_iter().filter(|_| sees_way).map(Node::Visit)),
            "history" => self.objects(rows.versions_of(id).filter(|_| sees_way).map(Node::Version)),
            "followUps" => {
                let of = rows.follow_ups.iter().filter(|row| row.opportunity_id == Some(id)).map(Entity::FollowUp);
                self.page(info, "FollowUp", "AT_DESC", of)
            }
            "tasks" => self.tasks(info, |task| task.opportunity_id == Some(id)),
            "orders" => {
                let of = rows.orders.iter().filter(|row| row.opportunity_id == Some(id)).map(Entity::Order);
                self.page(info, "Order", "ORDERED_AT_DESC", of)
            }
            field => self.value(view.value(Entity::Opportunity(opportunity), field)),
        }
    }

    fn of_order<'a>(&'a self, order: &'r Order, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let (view, rows, id) = (self.view, self.view.rows, order.id);
        match info.field_name() {
            "customer" => self.customer(order.customer_id),
            "opportunity" => self.entity(rows.opportunity(order.opportunity_id).map(Entity::Opportunity)),
            "soldBy" => self.user(Some(order.sold_by_user_id)),
            "owner" => self.user(Some(order.owner_user_id)),
            "lines" => self.objects(rows.lines_of(id).map(Node::Line)),
            "nextSteps" => self
                .objects(view.next_steps(order).into_iter().map(|(action, obstacle)| Node::NextStep(action, obstacle))),
            "payments" => self.objects(rows.payments_of(id).map(Node::Payment)),
            "instalments" => {
                self.objects(rows.instalments_of(id).map(|(part, paid)| Node::Instalment(order, part, paid)))
            }
            "steps" => self.objects(rows.steps_of(id).map(Node::Step)),
            "tasks" => self.tasks(info, |task| task.order_id == Some(id)),
            "feedback" => {
                let of = rows.feedback.iter().filter(|row| row.order_id == id).map(Entity::Feedback);
                self.page(info, "Feedback", "CREATED_AT_DESC", of)
            }
            field => self.value(view.value(Entity::Order(order), field)),
        }
    }

    fn of_task<'a>(&'a self, task: &'r Task, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let (view, rows) = (self.view, self.view.rows);
        match info.field_name() {
            "customer" => self.customer(task.customer_id),
            "opportunity" => self.entity(rows.opportunity(task.opportunity_id).map(Entity::Opportunity)),
            "order" => self.entity(task.order_id.map(|id| Entity::Order(rows.order(id)))),
            "owner" => self.user(Some(task.owner_user_id)),
            "createdBy" => self.user(task.created_by),
            "endedBy" => self.user(task.ended_by),
            "plannedIn" => self.entity(rows.follow_up(task.followup_id).map(Entity::FollowUp)),
            "completedIn" => self.entity(rows.follow_up(task.completed_in_id).map(Entity::FollowUp)),
            "steps" => self.objects(rows.steps_of_task(task.id).map(Node::TaskStep)),
            field => self.value(view.value(Entity::Task(task), field)),
        }
    }

    fn of_entry<'a>(&'a self, entry: Entry<'r>, field: &str) -> Resolved<'a> {
        match (field, entry) {
            ("followUp", Entry::FollowUp(follow_up)) => self.entity(Some(Entity::FollowUp(follow_up))),
            ("opportunity", Entry::Stage(opportunity, _) | Entry::Adoption(opportunity, _)) => {
                self.entity(Some(Entity::Opportunity(opportunity)))
            }
            ("opportunity", Entry::Edit(edit)) => {
                self.entity(self.view.rows.opportunity(edit.opportunity_id).map(Entity::Opportunity))
            }
            ("edit", Entry::Edit(edit)) => self.entity(Some(Entity::Edit(edit))),
            ("stage", Entry::Stage(_, visit)) => self.stage(&visit.first.stage),
            ("order", Entry::Order(order, _)) => self.entity(Some(Entity::Order(order))),
            ("operation", Entry::Operation(operation)) => self.entity(Some(Entity::Operation(operation))),
            ("feedback", Entry::Feedback(feedback)) => self.entity(Some(Entity::Feedback(feedback))),
            ("followUp" | "opportunity" | "stage" | "order" | "operation" | "feedback" | "edit", _) => leaf(Json::Null),
            (field, entry) => leaf(self.view.value(Entity::Entry(entry), field)),
        }
    }

    fn of_thing<'a>(&'a self, entity: Entity<'r>, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let (view, rows, field) = (self.view, self.view.rows, info.field_name());
        match (entity, field) {
            (Entity::Customer(customer), _) => self.of_customer(customer, info),
            (Entity::Opportunity(opportunity), _) => self.of_opportunity(opportunity, info),
            (Entity::Order(order), _) => self.of_order(order, info),
            (Entity::Entry(entry), field) => self.of_entry(entry, field),
            (Entity::User(user), "manager") => self.user(user.manager_id.filter(|_| view.sees_user(user, true))),
            (Entity::User(user), "absences") => {
                let of = |absence: &&Absence| absence.user_id == user.id && view.sees_user(user, true);
                self.objects(rows.absences.iter().filter(of).map(Node::Absence))
            }
            (Entity::User(user), "updatedBy") => {
                let who = rows.last_editor(|edit| edit.about_user_id == Some(user.id));
                self.user(who.filter(|_| view.sees_user(user, true)))
            }
            (Entity::User(user), "edits") => self.edits(info, "UserEdit", |edit| edit.about_user_id == Some(user.id)),
            (Entity::User(user), "reports") => {
                let is_one = |report: &&User| report.manager_id == Some(user.id) && view.sees_user(report, true);
                let of = rows.users.iter().filter(is_one);
                self.page(info, "User", "NAME_ASC", of.map(Entity::User))
            }
            (Entity::Contact(contact), "customer") => self.customer(contact.customer_id),
            (Entity::Contact(contact), "updatedBy") => {
                self.user(rows.last_editor(|edit| edit.contact_id == Some(contact.id)))
            }
            (Entity::Contact(contact), "edits") => {
                self.edits(info, "CustomerEdit", |edit| edit.contact_id == Some(contact.id))
            }
            (Entity::Pool(pool), "administrator") => self.user(pool.administrator_user_id),
            (Entity::Pool(pool), "members") => {
                self.objects(rows.pool_members.iter().filter(|member| member.pool_id == pool.id).map(Node::PoolMember))
            }
            (Entity::Product(product), "updatedBy") => {
                self.user(rows.last_editor(|edit| edit.product_id == Some(product.id)))
            }
            (Entity::Product(product), "edits") => {
                self.edits(info, "ProductEdit", |edit| edit.product_id == Some(product.id))
            }
            (Entity::Edit(edit), "operator") => self.user(edit.user_id),
            (Entity::Edit(edit), "contact") => {
                let of = |contact: &&Contact| Some(contact.id) == edit.contact_id;
                self.entity(rows.contacts.iter().find(of).map(Entity::Contact))
            }
            (Entity::Edit(edit), "opportunity") => {
                self.entity(rows.opportunity(edit.opportunity_id).map(Entity::Opportunity))
            }
            (Entity::Operation(operation), "customer") => self.customer(operation.customer_id),
            // The random rows of the log come from neither merges nor rules.
            (Entity::Operation(operation), "pool") => self.entity(rows.pool(operation.pool_id).map(Entity::Pool)),
            (Entity::Operation(operation), "previousPool") => {
                self.entity(rows.pool(operation.previous_pool_id).map(Entity::Pool))
            }
            (Entity::Operation(_), "moved" | "poolRule" | "poolRuleRun") => self.object(None),
            (Entity::Operation(operation), "batch") => {
                let of = |batch: &&Batch| Some(batch.id) == operation.batch_id;
                self.entity(rows.batches.iter().find(of).map(Entity::Batch))
            }
            (Entity::Batch(_), "poolRuleRun") => self.object(None),
            (Entity::Batch(batch), "operations") => {
                let of = rows.operations.iter().filter(|row| row.batch_id == Some(batch.id)).map(Entity::Operation);
                self.page(info, "CustomerOperation", "AT_DESC", of)
            }
            (Entity::Batch(batch), "operator" | "aboutUser" | "undoneBy") => self.user(match field {
                "operator" => batch.operator_user_id,
                "aboutUser" => batch.about_user_id,
                _ => batch.undone_by,
            }),
            (Entity::Operation(operation), "operator" | "previousOwner" | "newOwner") => {
                let who = match field {
                    "operator" => operation.operator_user_id,
                    "previousOwner" => operation.previous_owner_user_id,
                    _ => operation.new_owner_user_id,
                };
                self.user(who.filter(|_| view.knows_who(operation)))
            }
            (Entity::FollowUp(follow_up), "customer") => self.customer(follow_up.customer_id),
            (Entity::FollowUp(follow_up), "author") => self.user(Some(follow_up.author_user_id)),
            (Entity::FollowUp(follow_up), "opportunity") => {
                self.entity(rows.opportunity(follow_up.opportunity_id).map(Entity::Opportunity))
            }
            (Entity::FollowUp(follow_up), "task") => self.entity(rows.task_of(follow_up.id).map(Entity::Task)),
            (Entity::Task(task), _) => self.of_task(task, info),
            (Entity::Feedback(feedback), "customer") => self.customer(rows.order(feedback.order_id).customer_id),
            (Entity::Feedback(feedback), "order") => self.entity(Some(Entity::Order(rows.order(feedback.order_id)))),
            (Entity::Feedback(feedback), "serviceUser") => self.user(Some(feedback.service_user_id)),
            (entity, field) => self.value(view.value(entity, field)),
        }
    }
}

impl<'r> ObjectValue for Object<'_, 'r> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let (view, rows, field) = (self.view, self.view.rows, info.field_name());
        match &self.node {
            Node::Query => self.of_query(info),
            Node::Entity(entity) => self.of_thing(*entity, info),
            Node::Extra(extra) => leaf(of_extra(extra, field)),
            Node::Absence(absence) => leaf(of_absence(absence, field)),
            Node::PoolMember(member) => match field {
                "user" => self.user(Some(member.user_id)),
                field => leaf(of_pool_member(member, field)),
            },
            Node::Claimability(customer) => leaf(view.of_claimability(customer, field)),
            Node::Stage(stage) => leaf(of_stage(stage, field)),
            Node::Visit(visit) => match field {
                "stage" => self.stage(&visit.first.stage),
                "movedBy" => self.user(visit.first.changed_by),
                field => leaf(of_visit(*visit, field)),
            },
            Node::Version(version) => match field {
                "stage" => self.stage(&version.stage),
                "owner" => self.user(Some(version.owner_user_id)),
                "changedBy" => self.user(version.changed_by),
                field => self.value(of_version(version, field)),
            },
            Node::Line(line) => match field {
                "product" => self.entity(rows.product(Some(line.product_id)).map(Entity::Product)),
                field => self.value(view.of_line(line, field)),
            },
            Node::Enquiry(enquiry) => match field {
                "contact" => {
                    let contact = rows.contacts.iter().find(|contact| Some(contact.id) == enquiry.contact_id);
                    self.entity(contact.map(Entity::Contact))
                }
                "recordedBy" => self.user(Some(enquiry.recorded_by)),
                "content" => leaf(json!(enquiry.content)),
                "source" => leaf(json!(enquiry.source)),
                "at" => leaf(iso(enquiry.at)),
                other => panic!("{other}"),
            },
            Node::ExpectedLine(opportunity, line) => match field {
                "product" => self.entity(rows.product(Some(line.product_id)).map(Entity::Product)),
                field => self.value(view.of_expected_line(opportunity, line, field)),
            },
            Node::NextStep(action, obstacle) => leaf(if field == "action" { json!(action) } else { json!(obstacle) }),
            Node::Payment(payment) => match field {
                "recordedBy" => self.user(payment.recorded_by),
                field => self.value(view.of_payment(payment, field)),
            },
            Node::Instalment(order, part, paid) => self.value(of_instalment(order, part, *paid, field)),
            Node::Step(step) => match field {
                "operator" => self.user(step.user_id),
                field => self.value(view.of_step(step, field)),
            },
            Node::TaskStep(step) => match field {
                "owner" => self.user(Some(step.owner_user_id)),
                "operator" => self.user(step.user_id),
                field => leaf(of_task_step(step, field)),
            },
            Node::Money(money) => leaf(money[field].clone()),
            Node::Connection(page) => match field {
                "totalCount" => leaf(json!(page.total)),
                "pageInfo" => self.object(Some(Node::PageInfo(page.clone()))),
                "edges" => self.objects(page.rows.iter().map(|(entity, cursor)| Node::Edge(*entity, cursor.clone()))),
                other => panic!("{other}"),
            },
            Node::Edge(entity, cursor) => match field {
                "cursor" => leaf(json!(cursor)),
                _ => self.object(Some(Node::Entity(*entity))),
            },
            Node::PageInfo(page) => match field {
                "hasNextPage" => leaf(json!(page.next)),
                "hasPreviousPage" => leaf(json!(page.previous)),
                "startCursor" => leaf(json!(page.rows.first().map(|(_, cursor)| cursor))),
                "endCursor" => leaf(json!(page.rows.last().map(|(_, cursor)| cursor))),
                other => panic!("{other}"),
            },
        }
    }
}
