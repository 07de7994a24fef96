//! Describes what goes into the public pool and out of it.

use super::asked::{Asked, BETWEEN};
use super::cells::{figure, tables};
use super::measure::{Adds, Measure, Metric, count, frame, group, metrics as of};
use crate::kernel::access::Scope;
use crate::kernel::read::describe::{Entity, Field, Figure, Root, RootKind, Type};

static TURNOVER: [Measure; 13] = [
    count("opening", "Customers in the pool before the first day; without archived ones.", "subject = 'POOL' and is_before"),
    count("entered", "New customers that were entered into the pool.", "subject = 'POOL' and detail like 'CREATE:%'"),
    count("released", "Customers that their owners released.", "subject = 'POOL' and detail like 'RELEASE:%'"),
    count("reclaimed", "Customers that superiors took from their owners.", "subject = 'POOL' and detail = 'RECLAIM:MANAGER'"),
    count("reclaimedByRule", "Customers that pool rules took from their owners.", "subject = 'POOL' and detail = 'RECLAIM:RULE'"),
    count("reclaimedByDeparture", "Customers of users who left the company.", "subject = 'POOL' and detail = 'RECLAIM:DEPARTURE'"),
    count("claimed", "Customers that were claimed.", "subject = 'POOL' and detail like 'CLAIM:%'").adding(Adds::MinusN),
    count("assigned", "Customers that superiors assigned.", "subject = 'POOL' and detail = 'ASSIGN:MANAGER'").adding(Adds::MinusN),
    count("undone", "What undone batches put back into the pool, less what they took out of it.", "subject = 'POOL' and detail like '%:UNDO' and detail not like 'ARCHIVE:%'"),
    count("restored", "Customers in the pool that were restored, less those that were archived or merged.", "subject = 'POOL' and split_part(detail, ':', 1) in ('ARCHIVE', 'RESTORE', 'MERGE')"),
    count("closing", "Customers in the pool after the last day: the sum of what went in, less what went out.", "subject = 'POOL' and (is_before or not is_before)"),
    count("daysInPool", "The mean time in the pool of the claimed and assigned, in days of 24 hours. Those who are still there are not in it.", "subject = 'POOL' and split_part(detail, ':', 1) in ('CLAIM', 'ASSIGN')").adding(Adds::Days),
    count("daysOwned", "The mean time that owners had the customers that they released or lost to the pool, in days of 24 hours.", "subject = 'HAND' and split_part(detail, ':', 1) in ('RELEASE', 'RECLAIM')").adding(Adds::Days),
];

/// Describes the figure.
pub fn describe_all() -> Vec<Entity> {
    let parts = "{t}.\"opening\" + {t}.\"entered\" + {t}.\"released\" + {t}.\"reclaimed\" + {t}.\"reclaimedByRule\" + {t}.\"reclaimedByDeparture\" \
                 - {t}.\"claimed\" - {t}.\"assigned\" + {t}.\"undone\" + {t}.\"restored\" - {t}.\"closing\"";
    vec![
        frame("PoolTurnover", "What went into the public pool and out of it.", "PoolTurnoverGroup"),
        group("PoolTurnoverGroup", "The turnover of a group of customers.", &TURNOVER).fields([Field::new(
            "residual",
            Type::Int,
            parts,
            "What went in and out less the change of the pool: always 0.",
        )]),
    ]
}

/// The root field.
pub fn roots() -> Vec<Root> {
    vec![Root {
        name: "poolTurnover",
        doc: "What went into the public pool (公海) and out of it between two days, and what is in it. What is in the pool is nobody's, so it is null if you may not view the figures of everybody.",
        kind: RootKind::Figure(Figure {
            through: &[Scope::All],
            ..figure("PoolTurnover", BETWEEN, |scope, arguments| {
                tables(scope, &Asked::read(arguments)?, &["POOL", "HAND"], &["POOL"], &TURNOVER)
            })
        }),
    }]
}

/// Its metrics.
pub fn metrics() -> Vec<Metric> {
    of("poolTurnover", &TURNOVER, &[])
}
