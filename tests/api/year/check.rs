//! Compares the model with the database: every customer, and the log, events and runs since the last comparison.

use std::collections::BTreeMap;
use std::fmt::Debug;

use uuid::Uuid;

use super::Year;
use super::batches::Kind;
use super::model::{Logged, Place, PoolEvent, Time};
use super::rules::Run;

/// The positions up to which log and feed were compared.
pub struct Compared {
    pub log: Time,
    pub feed: i64,
}

/// A customer on both sides: owner, since when, pool entry, protection, first and last follow-up, whether it is
/// blacklisted, archived and a key account, version.
type Row =
    (Uuid, Option<Uuid>, Option<Time>, Option<Time>, Option<Time>, Option<Time>, Option<Time>, bool, bool, bool, i32);
/// A run: rule, planned time, status, matched, released, held, announced.
type RunRow = (Uuid, Time, String, i64, i64, i64, i64);

/// Asserts that both have the same rows; otherwise shows those that only one has.
fn same<T: Ord + Debug>(what: &str, mut there: Vec<T>, mut here: Vec<T>) {
    there.sort();
    here.sort();
    let only = |one: &[T], other: &[T]| -> Vec<String> {
        let missing = one.iter().filter(|row| other.binary_search(row).is_err());
        missing.take(10).map(|row| format!("{row:?}")).collect()
    };
    assert!(
        there == here,
        "{what}\nonly the server:\n{}\nonly the model:\n{}",
        only(&there, &here).join("\n"),
        only(&here, &there).join("\n")
    );
}

impl Year {
    pub async fn compare(&mut self) {
        self.world.assert_sound().await;
        let ran: Vec<RunRow> =
            sqlx::query_as("select rule_id, planned_at, status, matched, released, held, announced from pool_rule_run")
                .fetch_all(&self.world.db)
                .await
                .unwrap();
        let runs = self.model.runs.iter();
        let count = |count| i64::try_from(count).unwrap();
        let runs = runs.map(|run| {
            (
                run.rule,
                run.planned_at,
                run.status.to_owned(),
                count(run.matched),
                count(run.released),
                count(run.held),
                count(run.announced),
            )
        });
        same("runs of rules", ran, runs.collect());

        let rows: Vec<Row> = sqlx::query_as(
            "select id, owner_user_id, owned_since, pool_entry_time, protected_until, first_followup_time, last_followup_time,
                    blacklisted_at is not null, archived_at is not null, level is not distinct from 'KEY', version
             from customer",
        )
        .fetch_all(&self.world.db)
        .await
        .unwrap();
        same("customers", rows, self.rows());

        let logged: Vec<Logged> = sqlx::query_as(
            "select at, customer_id, type, cause, operator_user_id, previous_owner_user_id, new_owner_user_id, rule_id
             from customer_operation_log where at > $1",
        )
        .bind(self.compared.log)
        .fetch_all(&self.world.db)
        .await
        .unwrap();
        self.compared.log = self.model.now;
        same("the operation log", logged, std::mem::take(&mut self.model.log));

        while self.world.sql::<i64>("select count(*) from event_outbox").await > 0 {
            tokio::task::yield_now().await;
        }
        let events: Vec<PoolEvent> = sqlx::query_as(
            "select customer_id, occurred_at,
                    case when kind = 'BECAME_CLAIMABLE' then kind when before is null then 'ENTERED' when after is null then 'LEFT'
                         else 'CHANGED' end,
                    cause, (after ->> 'protected_until')::timestamptz
             from event where topic = 'POOL' and position > $1 order by position",
        )
        .bind(self.compared.feed)
        .fetch_all(&self.world.db)
        .await
        .unwrap();
        self.compared.feed = self.world.sql("select coalesce(max(position), 0) from event").await;
        same("the feed", events_by_customer(events), events_by_customer(std::mem::take(&mut self.model.feed)));
    }

    fn rows(&self) -> Vec<Row> {
        let id = |who: usize| self.model.people[who].id;
        let row = |customer: &super::model::Customer| {
            let (owner, owned_since, entry, protected_until) = match &customer.place {
                Place::Owned { by, since, .. } => (Some(id(*by)), Some(*since), None, None),
                Place::Pooled { since, protected_until, .. } => (None, None, Some(*since), *protected_until),
            };
            let [first, last] = customer.talks();
            let is = (customer.is_blacklisted, customer.is_archived, customer.is_key);
            (customer.id, owner, owned_since, entry, protected_until, first, last, is.0, is.1, is.2, customer.version)
        };
        self.model.customers.iter().map(row).collect()
    }

    /// Asserts that everything important happened, because an uneventful year would prove little.
    pub fn assert_eventful(&self) {
        let wanted = [
            "claim ALREADY_OWNED",
            "claim CLAIM_LIMIT_REACHED",
            "claim HOLDING_LIMIT_REACHED",
            "claim PREVIOUS_OWNER_COOLDOWN",
            "claim PROTECTED",
            "release NOT_FOUND",
            "release NOT_OWNED",
            "assign INVALID_OWNER",
            "follow up INVALID",
            "advance order STEP_NOT_ALLOWED",
            "depart ",
            "approve ",
            "undo ",
            "undo NOT_FOUND",
            "undo FORBIDDEN",
            "come back ",
            "move in ",
            "move in, of unknown first talk ",
        ];
        let never = wanted
            .iter()
            .filter(|wanted| !self.answers.keys().any(|(act, answer)| format!("{act} {answer}") == **wanted));
        assert_eq!(never.collect::<Vec<_>>(), Vec::<&&str>::new(), "it never came up");
        for status in ["DONE", "LAPSED"] {
            assert!(self.model.runs.iter().any(|run| run.status == status), "no run was {status}");
        }
        let runs = || self.model.runs.iter();
        assert!(runs().any(|run| run.announced > 0), "no owner was told of a run");
        let fell = |run: &Run| run.held > 0 && run.status == "DONE" && !run.is_approved;
        assert!(runs().any(fell), "nothing fell at the deadline");
        assert!(runs().any(|run| run.is_approved && run.released > 0), "nothing fell by an approval");
        assert!(runs().any(|run| run.is_stopped), "no run was stopped as a whole");
        let put_back = |kind: fn(&Kind) -> bool| {
            self.model.batches.iter().filter(|batch| kind(&batch.kind)).map(|batch| batch.returned).sum::<usize>()
        };
        assert!(put_back(|kind| *kind == Kind::Assignment) > 0, "nothing went back into the pool");
        assert!(put_back(|kind| *kind != Kind::Assignment) > 0, "nobody got anything back");
    }
}

/// The events of each customer, in their order.
fn events_by_customer(events: Vec<PoolEvent>) -> Vec<(Uuid, Vec<PoolEvent>)> {
    let mut events_by_customer = BTreeMap::<_, Vec<_>>::new();
    for event in events {
        events_by_customer.entry(event.0).or_default().push(event);
    }
    events_by_customer.into_iter().collect()
}
