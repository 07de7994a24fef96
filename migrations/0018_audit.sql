-- The audit log: who did what that matters for security, from where, and about whom: sign-ins, changes of people, rights
-- and settings, looks at contact details, downloads. Changes of who owns a customer are in `customer_operation_log`.

-- An entry. It has no secrets (passwords, tokens) and no personal data of customers. It is written in the transaction of
-- what it is about; a failed sign-in has a transaction of its own.
create table audit_entry (
    id            uuid not null,
    at            timestamptz not null,
    kind          text not null,
    -- Null: somebody who was not signed in, or the system.
    actor_user_id uuid constraint audit_entry_actor references app_user,
    -- The network address, and what the client calls itself. Null: not from the network.
    address       text,
    user_agent    text,
    -- The user whose account, rights or sessions it is about.
    about_user_id uuid constraint audit_entry_about_user references app_user,
    -- The customer whose contact details were seen.
    customer_id   uuid constraint audit_entry_customer references customer,
    -- What exactly, such as `maxRevealsPerDay: 50 → 40`.
    details       text[] not null default '{}',
    primary key (id, at),
    constraint audit_entry_kind check (kind in (
        'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'SESSION_REVOKED', 'SESSIONS_REVOKED', 'REFRESH_TOKEN_REUSED',
        'PASSWORD_CHANGED', 'PASSWORD_CHECK_FAILED', 'PASSWORD_LINK_CREATED', 'PASSWORD_SET_BY_LINK',
        'SECOND_FACTOR_ADDED', 'SECOND_FACTOR_REMOVED', 'IDENTITY_CONNECTED',
        'USER_CREATED', 'USER_CHANGED', 'MANAGER_CHANGED', 'ROLES_CHANGED', 'USER_DEPARTED', 'USER_REACTIVATED',
        'ABSENCE_RECORDED', 'ABSENCE_CANCELLED',
        'API_KEY_CREATED', 'API_KEY_REVOKED', 'ROLE_SAVED', 'PERMISSION_GRANTED', 'PERMISSION_REVOKED',
        'SETTINGS_CHANGED', 'CALENDAR_CHANGED', 'CHOICE_SAVED', 'EXTRA_FIELD_SAVED', 'STAGE_SAVED', 'WEBHOOK_CHANGED',
        'POOL_RULE_SAVED', 'POOL_RULE_RUN_APPROVED', 'POOL_RULE_RUN_UNDONE',
        'CONTACT_REVEALED', 'DETAILS_LOOKED_UP', 'QUICK_RELEASES', 'DOWNLOADED')),
    constraint audit_entry_lengths check (length(address) <= 64 and length(user_agent) <= 200)
);
create index audit_entry_by_time on audit_entry (at, id);
create index audit_entry_of_actor on audit_entry (actor_user_id, at, id);
create index audit_entry_about on audit_entry (about_user_id, at, id) where about_user_id is not null;
create index audit_entry_of_kind on audit_entry (kind, at, id);

-- For how many days an entry is kept. At least half a year, so that nobody who may change settings can remove traces.
alter table setting add column audit_days integer not null default 400,
    add constraint setting_audit_days check (audit_days between 184 and 36500);

-- What happened stays.
create trigger append_only before update or truncate on audit_entry
    for each statement execute function refuse_change();

-- Only an entry that is older than the latest one by the time of the setting may be deleted. The time is that of the
-- log, so a wrong clock deletes nothing.
create function only_forget_old_entries() returns trigger language plpgsql as $$
begin
    if old.at >= (select max(at) from audit_entry) - (select audit_days from setting) * interval '1 day' then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return old;
end $$;
create trigger only_forget_old_entries before delete on audit_entry
    for each row execute function only_forget_old_entries();

-- Installations that exist; a new one has it from `casbin/policy.csv`.
insert into permission (role, resource, action, scope) select name, 'audit', 'read', 'all' from role where name = 'admin';
