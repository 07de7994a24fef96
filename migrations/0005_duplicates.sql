-- Customers that are put away, and customers that are one and the same.

-- Nothing is deleted. What is archived keeps its owner or its place in the pool, but is in no list, count, pool or rule
-- until it is restored; what happened with it stays in history and figures.
alter table customer add column archived_at timestamptz;
create index customer_archived_by_creation on customer (created_at, id) where archived_at is not null;

-- What is archived is not in the pool, as far as anybody is told.
create or replace function pool_image(c customer) returns jsonb language sql stable as $$
    select case when c.owner_user_id is null and c.blacklisted_at is null and c.archived_at is null
        then jsonb_strip_nulls(to_jsonb(c) - '{name_fold,name_bigrams,name_key,source_detail,protection_due,next_contact_at}'::text[]) end
$$;

-- Two customers that turn out to be one: everything moves to the one that stays, and the other's id leads there. Its name
-- and its credit code are free again.
alter table customer add column merged_into uuid constraint customer_merged_into references customer;
alter table customer add constraint customer_merged_is_archived check (merged_into is null or (archived_at is not null and merged_into <> id));
create index customer_merged_from on customer (merged_into) where merged_into is not null;
alter table customer drop constraint customer_name_key_unique, drop constraint customer_credit_code_unique;
create unique index customer_name_key_unique on customer (name_key) where merged_into is null;
create unique index customer_credit_code_unique on customer (credit_code) where merged_into is null;

-- What comes behind the @ of addresses, by which companies are told apart.
create function email_domains(emails text[]) returns text[]
    language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct substring(email from '[^@]*$')), '{}') from unnest(emails) email $$;
create index contact_email_domains on contact using gin (email_domains(email_keys));

alter table customer_operation_log drop constraint operation_type;
alter table customer_operation_log add constraint operation_type check (type in (
    'CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER', 'BLACKLIST', 'UNBLACKLIST', 'ARCHIVE', 'RESTORE', 'MERGE'));
-- Of a merge: how much went over to the customer that stays.
alter table customer_operation_log add column moved jsonb;
alter table customer_operation_log add constraint operation_moved check ((moved is not null) = (type = 'MERGE'));

-- A superior is told when somebody enters a company that is much like one that is there.
alter table notification drop constraint notification_kind;
alter table notification add constraint notification_kind check (kind in ('ASSIGNED', 'TAKEN', 'MERGED', 'SIMILAR_ENTERED'));
create index notification_of_customer on notification (customer_id);

insert into permission (role, resource, action, scope)
    select role.name, 'customer', may.action, held.scope
    from (values ('manager', 'team'), ('marketing', 'entered_pooled'), ('admin', 'all')) held (role, scope)
    cross join (values ('archive'), ('merge')) may (action)
    join role on role.name = held.role on conflict do nothing;
