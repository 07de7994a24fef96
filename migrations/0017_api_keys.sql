-- API keys: how machines, such as tools for reports, use the API without a password.

-- A service user stands for a machine: it has roles as everybody has, but nobody can sign in as it.
alter table app_user add column is_service boolean not null default false,
    add constraint app_user_service check (not is_service or password_hash is null),
    add constraint app_user_service_key unique (id, is_service);

-- A key of a service user. Only its SHA-256 is stored, so it is shown once. Servers keep the keys in memory, with the
-- directory.
create table api_key (
    id           uuid primary key,
    user_id      uuid not null,
    -- Only service users have keys: part of the reference to the user.
    is_service   boolean not null default true constraint api_key_of_service check (is_service),
    name         text not null constraint api_key_name check (length(name) between 1 and 100),
    hash         bytea not null constraint api_key_hash_unique unique,
    -- Its first characters, to recognise it by.
    prefix       text not null,
    -- The roles of the user that it has. Null: all of them.
    roles        text[],
    -- The networks that it may be used from. Empty: any.
    networks     text[] not null default '{}',
    -- Null: it does not expire.
    expires_at   timestamptz,
    -- At most an hour before its last use, because a use writes nothing else.
    last_used_at timestamptz,
    created_by   uuid not null constraint api_key_creator references app_user,
    created_at   timestamptz not null,
    revoked_by   uuid constraint api_key_revoker references app_user,
    revoked_at   timestamptz,
    constraint api_key_user foreign key (user_id, is_service) references app_user (id, is_service),
    constraint api_key_revoked check ((revoked_at is null) = (revoked_by is null))
);
create index api_key_by_time on api_key (created_at, id);
create index api_key_of_user on api_key (user_id, created_at, id);
create trigger directory_changed after insert or delete or update of revoked_at on api_key
    for each statement execute function bump_directory_revision();

-- Installations that exist; a new one has it from `casbin/policy.csv`.
insert into permission (role, resource, action, scope) select name, 'api_key', 'write', 'all' from role where name = 'admin';
