//! How a request is served: GraphQL over HTTP, planned reads, the live pool, failures and restarts.

mod attack;
mod clients;
mod committed;
mod connections;
mod cookies;
mod cost;
mod http;
mod limits;
mod live;
mod live_failures;
mod live_groups;
mod live_isolation;
mod live_order;
mod live_protection;
mod live_protocol;
mod live_rights;
mod live_sse;
mod load;
mod opposite_edges;
mod outage;
mod overload;
mod planned_reads;
mod process;
mod second_server;
mod single_sign_on;
mod wrong_input;
