//! The firm that the demo data is of: its people and its products.

use fastrand::Rng;

use super::people::{Person, reps, staff};
use super::products::{Product, catalogue};
use super::{Plan, one_of};

/// What all customers have to do with.
pub struct Firm {
    pub plan: Plan,
    pub staff: Vec<Person>,
    pub products: Vec<Product>,
    /// The places of those who own customers.
    reps: Vec<usize>,
}

impl Firm {
    /// The firm of a plan.
    pub fn of(plan: Plan) -> Self {
        let staff = staff(&plan);
        Self { reps: reps(&staff), products: catalogue(&plan), staff, plan }
    }

    /// A rep, by chance.
    pub fn one_rep(&self, rng: &mut Rng) -> &Person {
        &self.staff[*one_of(rng, &self.reps)]
    }

    /// Who answers for a role: the first who has it.
    pub fn one(&self, role: &str) -> &Person {
        self.staff.iter().find(|person| person.role == role).expect("each role is somebody's")
    }

    /// Whom somebody answers to.
    pub fn manager_of<'a>(&'a self, person: &'a Person) -> &'a Person {
        person.manager.map_or(person, |manager| &self.staff[manager])
    }
}
