//! The catalog: the description of every entity, from which the schema, the planner, the filters and the cursors are made.

use std::sync::LazyLock;

use crate::crm::{
    absence, analysis, audit, contact, customer, edit, enquiry, extra, feedback, followup, import, notification,
    operation, opportunity, order, people, pool, product, rule, search, target, task, timeline,
};
use crate::kernel::read::describe::Catalog;

/// Everything that can be read.
pub static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let mut entities = vec![
        people::describe(),
        people::api_key::describe(),
        absence::describe(),
        target::describe(),
        audit::describe(),
        customer::describe(),
        customer::claimability::describe(),
        contact::describe(),
        operation::describe(),
        operation::describe_moved(),
        operation::batch::describe(),
        enquiry::describe(),
        extra::describe(),
        product::describe(),
        followup::describe(),
        feedback::describe(),
        timeline::describe(),
        rule::describe(),
        rule::returns::describe(),
        rule::run::describe(),
        notification::describe(),
        import::describe(),
        import::describe_column(),
        import::describe_row(),
        import::describe_change(),
        import::describe_problem(),
        customer::live::describe_event(),
        notification::describe_event(),
    ];
    entities.extend(customer::team::describe_all());
    entities.extend(pool::describe_all());
    entities.extend(edit::describe_all());
    entities.extend(opportunity::describe_all());
    entities.extend(search::describe_all());
    entities.extend(task::describe_all());
    entities.extend(order::describe_all());
    entities.extend(order::totals::describe_all());
    entities.extend(analysis::describe_all());
    let mut roots = customer::roots();
    for more in [
        customer::team::roots(),
        search::roots(),
        target::roots(),
        people::roots(),
        people::api_key::roots(),
        product::roots(),
        opportunity::roots(),
        followup::roots(),
        task::roots(),
        order::roots(),
        order::totals::roots(),
        feedback::roots(),
        pool::roots(),
        rule::roots(),
        rule::run::roots(),
        notification::roots(),
        import::roots(),
        operation::batch::roots(),
        audit::roots(),
        edit::roots(),
        analysis::roots(),
    ] {
        roots.extend(more);
    }
    Catalog::new(entities, roots, vec![customer::live::feed(), notification::feed()])
});
