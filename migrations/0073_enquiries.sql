-- An enquiry: what somebody asked for, on the website, at an exhibition or on the phone, as a user passed it on. It belongs to a customer, which
-- may be of somebody else: then its owner is notified, and the user who recorded it does not learn which customer it is.
create table enquiry (
    id          uuid primary key,
    customer_id uuid not null constraint enquiry_customer references customer,
    -- Who asked, if a name or details were given.
    contact_id  uuid constraint enquiry_contact references contact,
    -- The code of a choice of kind SOURCE.
    source      text not null,
    content     text not null,
    -- What became of it: the customer was created, it was passed on to the owner, or the customer was in the pool.
    outcome     text not null,
    recorded_by uuid not null constraint enquiry_recorded_by references app_user,
    at          timestamptz not null,
    constraint enquiry_outcome check (outcome in ('CREATED', 'PASSED_ON', 'IN_POOL')),
    constraint enquiry_lengths check (length(content) between 1 and 4000)
);
create index enquiry_of_customer on enquiry (customer_id, at, id);
create index enquiry_of_contact on enquiry (contact_id) where contact_id is not null;
-- What was asked stays. Only the customer changes, when two customers are merged.
create trigger stays before delete or truncate or update of id, contact_id, source, content, outcome, recorded_by, at on enquiry
    for each statement execute function refuse_change();

alter table notification
    drop constraint notification_kind,
    add constraint notification_kind
        check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE',
                        'APPROVAL_DUE', 'QUICK_RELEASES', 'SUPERIOR_CHANGED', 'IMPORTED', 'TASK_GIVEN', 'TASK_DUE', 'ENQUIRY'));
