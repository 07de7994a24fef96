//! The CRM: one folder for each entity.

pub mod absence;
pub mod analysis;
pub mod audit;
pub mod contact;
pub mod customer;
pub mod doctor;
pub mod edit;
pub mod enquiry;
pub mod external_id;
pub mod extra;
pub mod feedback;
pub mod followup;
pub mod import;
pub mod notification;
pub mod operation;
pub mod opportunity;
pub mod order;
pub mod people;
pub mod product;
pub mod rule;
pub mod search;
pub mod setting;
pub mod target;
pub mod task;
pub mod timeline;
pub mod webhook;
