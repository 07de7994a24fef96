//! The firm that uses the CRM in the demo data: its staff and its products.

use fastrand::Rng;

use super::model::Plan;
use super::people::{Person, reps, staff};
use super::products::{Product, catalogue};
use super::random::one_of;

/// What all customers share.
pub struct Firm {
    pub plan: Plan,
    pub staff: Vec<Person>,
    pub products: Vec<Product>,
    /// The indexes of the reps in `staff`.
    reps: Vec<usize>,
}

impl Firm {
    /// Generates the firm of a plan.
    pub fn of(plan: Plan) -> Self {
        let staff = staff(&plan);
        Self { reps: reps(&staff), products: catalogue(&plan), staff, plan }
    }

    /// A random rep.
    pub fn random_rep(&self, rng: &mut Rng) -> &Person {
        &self.staff[*one_of(rng, &self.reps)]
    }

    /// The first user who has a role.
    pub fn first_with_role(&self, role: &str) -> &Person {
        self.staff.iter().find(|person| person.role == role).expect("the staff has somebody in each role")
    }

    /// The manager of somebody; the head, who has none, is their own.
    pub fn manager_of<'a>(&'a self, person: &'a Person) -> &'a Person {
        person.manager.map_or(person, |manager| &self.staff[manager])
    }
}
