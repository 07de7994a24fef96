//! The GraphQL schema: one file of resolvers for each entity, and [`base`], which all of them share.
//!
//! A resolver is an adapter: it reads its arguments, calls one operation of [`crate::crm`], and returns the payload.

pub mod base;

mod absence;
mod account;
mod analysis;
mod api_key;
mod archive;
mod contact;
mod customer;
mod departure;
mod duplicate;
mod enquiry;
mod feedback;
mod followup;
mod import;
mod installation;
mod job;
mod notification;
mod operation;
mod opportunity;
mod order;
mod people;
mod pool;
mod product;
mod role;
mod rule;
mod second_factor;
mod setting;
mod suggestion;
mod target;
mod task;
mod webhook;

use std::sync::LazyLock;

use async_graphql::{MergedObject, SDLExportOptions, Schema, ValidationMode};

use base::planned::{PlannedQuery, PlannedSubscription};

/// The fields that a request without a user may ask for.
pub const WITHOUT_USER: [&str; 5] = ["installation", "login", "refreshSession", "requestPasswordReset", "setPassword"];

/// The fields of this type read data and change nothing. Records that you may not see are not in lists and counts, and
/// are null as single values. A wrong argument, or a field that your roles do not permit, is an error in `errors` at
/// the top of the response, with a `code` in its `extensions`.
#[derive(MergedObject, Default)]
pub struct Query(
    PlannedQuery,
    people::PeopleQuery,
    role::RoleQuery,
    departure::DepartureQuery,
    setting::SettingQuery,
    duplicate::DuplicateQuery,
    rule::RuleQuery,
    job::JobQuery,
    suggestion::SuggestionQuery,
    webhook::WebhookQuery,
    installation::InstallationQuery,
    analysis::AnalysisQuery,
);

/// The fields of this type change data. The fields of one document run one after the other, each in a transaction of
/// its own. If an input is refused, nothing is changed, and `userErrors` of the payload says why; decide by its `code`.
/// A repeated mutation does not do the same thing twice: it succeeds without a change, or it is refused. A mutation
/// that creates a record needs an `idempotencyKey` for this. A mutation that your roles do not permit at all is an
/// error in `errors` at the top of the response (`FORBIDDEN`).
#[derive(MergedObject, Default)]
pub struct Mutation(
    customer::CustomerMutation,
    contact::ContactMutation,
    operation::OperationMutation,
    archive::ArchiveMutation,
    duplicate::DuplicateMutation,
    enquiry::EnquiryMutation,
    people::PeopleMutation,
    api_key::ApiKeyMutation,
    account::AccountMutation,
    second_factor::SecondFactorMutation,
    role::RoleMutation,
    departure::DepartureMutation,
    absence::AbsenceMutation,
    setting::SettingMutation,
    notification::NotificationMutation,
    pool::PoolMutation,
    product::ProductMutation,
    opportunity::OpportunityMutation,
    followup::FollowUpMutation,
    task::TaskMutation,
    target::TargetMutation,
    order::OrderMutation,
    feedback::FeedbackMutation,
    import::ImportMutation,
    rule::RuleMutation,
    suggestion::SuggestionMutation,
    webhook::WebhookMutation,
);

/// The schema, for the executor.
pub static SCHEMA: LazyLock<Schema<Query, Mutation, PlannedSubscription>> = LazyLock::new(|| {
    Schema::build(Query::default(), Mutation::default(), PlannedSubscription)
        // Documents were validated, more strictly, before they come here.
        .validation_mode(ValidationMode::Fast)
        .disable_suggestions()
        .finish()
});

/// The schema in the schema definition language, as `schema.graphql` has it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().prefer_single_line_descriptions();
    let sdl = SCHEMA.sdl_with_options(options);
    // Validators know the directives of the specification.
    sdl.trim_start().to_owned()
}
