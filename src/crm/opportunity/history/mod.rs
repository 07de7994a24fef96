//! The history of opportunities: the stages that they went through, and all their versions. A trigger writes it.

mod read;

pub use read::describe_all;
