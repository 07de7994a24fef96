-- Several public pools (区域公海, 行业公海). Each customer belongs to one: while it has an owner, the pool says where it falls to.
--
-- The default pool is for everybody and has no rules of its own; it is all that an installation without further pools knows.

create table pool (
    id                        uuid primary key,
    name                      text collate "C" not null,
    -- Who may change what is the pool's own; null: administrators of the installation alone.
    administrator_user_id     uuid constraint pool_administrator references app_user,
    -- Which customers come into it when they come into the public pool: a condition as pool rules have it. Null: those that are
    -- moved to it.
    condition                 text,
    -- Of several pools whose condition matches a customer, the one with the larger priority takes it.
    priority                  integer not null default 0,
    -- Null: what the settings say.
    protection_period_seconds bigint,
    max_owned_customers       integer,
    max_claims_per_day        integer,
    created_at                timestamptz not null,
    updated_at                timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused.
    version                   integer not null default 1,
    archived_at               timestamptz,
    -- There is exactly one default pool: the one with this id, which is created here and can't be deleted.
    is_default                boolean not null generated always as (id = '0190a5b4-0000-7000-8000-000000000101') stored,
    -- What customers refer to: the id of a pool that is not archived. So an archived pool has no customers.
    open_id                   uuid generated always as (case when archived_at is null then id end) stored
        constraint pool_open unique,
    constraint pool_name_length check (length(name) between 1 and 100),
    constraint pool_condition_length check (length(condition) between 1 and 4000),
    constraint pool_priority check (priority between -1000 and 1000),
    constraint pool_protection_period check (protection_period_seconds between 0 and 366 * 86400),
    constraint pool_max_owned_customers check (max_owned_customers >= 0),
    constraint pool_max_claims_per_day check (max_claims_per_day >= 0),
    constraint pool_default_stays check (id <> '0190a5b4-0000-7000-8000-000000000101' or archived_at is null),
    constraint pool_default_is_plain
        check (id <> '0190a5b4-0000-7000-8000-000000000101'
            or condition is null and protection_period_seconds is null and max_owned_customers is null and max_claims_per_day is null)
);
create unique index pool_name_unique on pool (name) where archived_at is null;
create index pool_by_name on pool (name, id);
create trigger never_deleted before delete or truncate on pool for each statement execute function refuse_change();
create trigger directory_changed after insert or update on pool
    for each statement execute function bump_directory_revision();

insert into pool (id, name, created_at, updated_at) values ('0190a5b4-0000-7000-8000-000000000101', '公海 · Public pool', now(), now());

-- The members of a pool besides its administrator: a user, or a user with everybody below. The default pool is for everybody.
create table pool_member (
    pool_id   uuid not null constraint pool_member_pool references pool,
    user_id   uuid not null constraint pool_member_user references app_user,
    with_team boolean not null,
    primary key (pool_id, user_id),
    constraint pool_member_of_others check (pool_id <> '0190a5b4-0000-7000-8000-000000000101')
);
create trigger directory_changed after insert or update or delete on pool_member
    for each statement execute function bump_directory_revision();

alter table customer
    -- The pool that it is in, or falls to.
    add column pool_id uuid not null default '0190a5b4-0000-7000-8000-000000000101'
        constraint customer_pool references pool (open_id);
-- The lists of the members of a few pools among many.
create index customer_pool_of_members on customer (pool_id, pool_entry_time, id) where owner_user_id is null;

-- Null: the conditions of pools say where new customers without an owner come into.
alter table import add column pool_id uuid constraint import_pool references pool;

-- What the pool showed of a customer before there were several: it was in the default one.
create function pool_of_image() returns jsonb language sql immutable parallel safe as $$
    select '{"pool_id": "0190a5b4-0000-7000-8000-000000000101"}'::jsonb
$$;

alter table customer_operation_log
    -- The pool of the customer after the operation, and before it if it was another one. Null: the default pool, of rows that were
    -- written before there were others.
    add column pool_id uuid constraint operation_pool references pool,
    add column previous_pool_id uuid constraint operation_previous_pool references pool,
    drop constraint operation_type;
alter table customer_operation_log
    add constraint operation_type check (type in (
        'CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER', 'BLACKLIST', 'UNBLACKLIST', 'ARCHIVE', 'RESTORE',
        'MERGE', 'MOVE'));

-- A customer that is moved to another pool has the owner that it had, so figures do not count it.
create or replace function operation_postings(l customer_operation_log)
    returns table (subject text, detail text, at timestamptz, user_id uuid, customer_id uuid, rule_id uuid, n integer, seconds bigint)
    language sql stable as $$
    with step as materialized (
        select l.type in ('CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER') as moves,
               coalesce(l.merged_from, l.customer_id) as whose,
               max(p.at) filter (where p.type in ('CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER')) as since,
               coalesce((array_agg(p.type order by p.at desc, p.id desc) filter (where p.type in ('ARCHIVE', 'RESTORE')))[1] = 'ARCHIVE', false)
                   as was_archived
        from customer_operation_log p
        where p.customer_id = l.customer_id
            and coalesce(p.merged_from, p.customer_id) = coalesce(l.merged_from, l.customer_id) and (p.at, p.id) < (l.at, l.id))
    select case when l.previous_owner_user_id is null then 'POOL' else 'HAND' end,
           l.type || case when l.type = 'TRANSFER' then '_OUT:' else ':' end || l.cause, l.at, l.previous_owner_user_id, s.whose,
           l.rule_id, -1, extract(epoch from l.at - s.since)::bigint
    from step s where not s.was_archived and l.type not in ('CREATE', 'RESTORE', 'BLACKLIST', 'UNBLACKLIST', 'MOVE')
    union all
    select case when l.new_owner_user_id is null then 'POOL' else 'HAND' end,
           l.type || case when l.type = 'TRANSFER' then '_IN:' else ':' end || l.cause, l.at, l.new_owner_user_id, s.whose, l.rule_id, 1, null
    from step s where s.moves and not s.was_archived or l.type = 'RESTORE' and s.was_archived
    union all
    select 'UNDONE', m.type || r.side || m.cause, m.at, r.user_id, s.whose, m.rule_id, r.n, null
    from step s
    cross join lateral (
        select o.type, o.cause, o.at, o.rule_id, o.previous_owner_user_id, o.new_owner_user_id from customer_operation_log o
        where o.customer_id = l.customer_id and coalesce(o.merged_from, o.customer_id) = s.whose
            and (s.moves and o.batch_id = l.batch_id and o.cause <> 'UNDO' or l.type = 'ARCHIVE' and o.type = 'CREATE')
        order by o.at desc limit 1) m
    cross join lateral (values
        (m.previous_owner_user_id, case when m.type = 'TRANSFER' then '_OUT:' else ':' end, 1),
        (m.new_owner_user_id, case when m.type = 'TRANSFER' then '_IN:' else ':' end, -1)) r (user_id, side, n)
    where l.cause = 'UNDO' and (r.user_id is not null or r.n = -1 and m.type = 'CREATE')
$$;

-- Until when a customer that enters a pool at an instant is protected: by the period of the pool, else by that of the settings. Null:
-- it is not protected.
create function protected_until(entry timestamptz, of_pool uuid) returns timestamptz language sql stable strict as $$
    select case when s.claim_opens is null then r.ends else claimable_from(r.ends) end
    from setting s
    left join pool p on p.id = of_pool,
    lateral (select entry + nullif(coalesce(p.protection_period_seconds, s.protection_period_seconds), 0) * interval '1 second') r (ends)
$$;
drop function protected_until(timestamptz);

-- The audit log says who changed pools.
alter table audit_entry
    drop constraint audit_entry_kind,
    add constraint audit_entry_kind check (kind in (
        'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'SESSION_REVOKED', 'SESSIONS_REVOKED', 'REFRESH_TOKEN_REUSED',
        'PASSWORD_CHANGED', 'PASSWORD_CHECK_FAILED', 'PASSWORD_LINK_CREATED', 'PASSWORD_SET_BY_LINK',
        'SECOND_FACTOR_ADDED', 'SECOND_FACTOR_REMOVED', 'IDENTITY_CONNECTED',
        'USER_CREATED', 'USER_CHANGED', 'MANAGER_CHANGED', 'ROLES_CHANGED', 'USER_DEPARTED', 'USER_REACTIVATED',
        'ABSENCE_RECORDED', 'ABSENCE_CANCELLED',
        'API_KEY_CREATED', 'API_KEY_REVOKED', 'ROLE_SAVED', 'PERMISSION_GRANTED', 'PERMISSION_REVOKED',
        'SETTINGS_CHANGED', 'CALENDAR_CHANGED', 'CHOICE_SAVED', 'EXTRA_FIELD_SAVED', 'STAGE_SAVED', 'WEBHOOK_CHANGED',
        'POOL_SAVED', 'POOL_RULE_SAVED', 'POOL_RULE_RUN_APPROVED', 'POOL_RULE_RUN_UNDONE',
        'CONTACT_REVEALED', 'DETAILS_LOOKED_UP', 'QUICK_RELEASES', 'DOWNLOADED'));

-- Who may do what with pools, in installations that exist; a new one has it from `casbin/policy.csv`.
insert into permission (role, resource, action, scope)
select r.name, g.resource, g.action, g.scope
from (values ('sales', 'pool', 'read', 'pool'), ('manager', 'pool', 'read', 'all'), ('manager', 'pool', 'write', 'own'),
             ('manager', 'customer', 'move', 'pool'), ('manager', 'customer', 'move', 'team'), ('marketing', 'pool', 'read', 'all'),
             ('admin', 'pool', 'read', 'all'), ('admin', 'pool', 'write', 'all'), ('admin', 'customer', 'move', 'all'))
     g (role, resource, action, scope)
join role r on r.name = g.role
on conflict do nothing;

-- An older program would show every pool to everybody.
update installation set oldest_program = 61;
