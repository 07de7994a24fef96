//! How absences are read.

use crate::kernel::read::describe::{Entity, Field, Type};

/// What an absence is to readers.
pub fn describe() -> Entity {
    Entity::part("Absence", "Days on which somebody is away, in the business time zone.", "absence {t}").fields([
        Field::new("firstDay", Type::Date, "{t}.first_day", "The first of them."),
        Field::new("lastDay", Type::Date, "{t}.last_day", "The last of them."),
    ])
}
