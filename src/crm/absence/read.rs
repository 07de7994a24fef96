//! The fields of absences.

use crate::kernel::read::describe::{Entity, Field, Type};

/// Describes an absence.
pub fn describe() -> Entity {
    Entity::part("Absence", "Consecutive days on which a user is away, in the business time zone.", "absence {t}")
        .fields([
            Field::new("firstDay", Type::Date, "{t}.first_day", "The first day of the absence."),
            Field::new("lastDay", Type::Date, "{t}.last_day", "The last day of the absence."),
        ])
}
