-- People: who may sign in, whom they answer to, and what their roles permit.
--
-- Closed sets are text with a check, so that a stored value is the name that the API shows.
-- Ids are UUIDv7 and come from the server, as does the time.

create table app_user (
    id              uuid primary key,
    email           text collate "C" not null,
    name            text collate "C" not null,
    -- Argon2id in PHC form. Null: nobody can sign in as this user.
    password_hash   text,
    phone           text,
    -- The tree of today: rights follow it at once.
    manager_id      uuid constraint app_user_manager references app_user,
    status          text not null default 'ACTIVE',
    last_sign_in_at timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint app_user_email_unique unique (email),
    constraint app_user_email_shape check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
    constraint app_user_name_length check (length(name) between 1 and 100),
    constraint app_user_not_own_manager check (manager_id <> id),
    constraint app_user_status check (status in ('ACTIVE', 'DEPARTED'))
);
create index app_user_reports on app_user (manager_id, name, id);
create index app_user_by_name on app_user (name, id);

-- Who answered to whom and when: figures follow the tree at the time of the fact. The end of one row
-- is the start of the next (the foreign key), and one row is open: so none overlap and none is missing.
create table user_manager_history (
    user_id    uuid not null references app_user,
    manager_id uuid references app_user,
    valid_from timestamptz not null,
    valid_to   timestamptz,
    primary key (user_id, valid_from),
    constraint user_manager_history_forward check (valid_from < valid_to),
    constraint user_manager_history_chain foreign key (user_id, valid_to)
        references user_manager_history (user_id, valid_from) deferrable initially deferred
);
create unique index user_manager_history_one_open on user_manager_history (user_id) where valid_to is null;

create table role (
    name            text collate "C" primary key,
    title_en        text not null,
    title_zh        text not null,
    -- HR may give only these to new users.
    grantable_by_hr boolean not null default false,
    constraint role_name_shape check (name ~ '^[a-z][a-z0-9_]{0,31}$')
);

-- Casbin's `g` lines: a role has what the roles that it inherits have.
create table role_inheritance (
    role     text not null references role,
    inherits text not null references role,
    primary key (role, inherits),
    constraint role_inheritance_not_itself check (role <> inherits)
);

-- Casbin's `p` lines. `casbin/policy.csv` is copied here once; afterwards this table is the policy.
create table permission (
    role     text not null references role,
    resource text not null,
    action   text not null,
    scope    text not null,
    primary key (role, resource, action, scope)
);

create table user_role (
    user_id uuid not null references app_user,
    role    text not null references role,
    primary key (user_id, role)
);

-- A sign-in. Tokens are random and stored as SHA-256: a session that ends, ends.
create table session (
    id                    uuid primary key,
    user_id               uuid not null references app_user,
    access_hash           bytea not null,
    access_expires_at     timestamptz not null,
    refresh_hash          bytea not null,
    -- Two tabs may refresh at once: the last token is good for a moment more. Later, its use means
    -- that it was stolen, and ends the session.
    previous_refresh_hash bytea,
    rotated_at            timestamptz,
    created_at            timestamptz not null,
    expires_at            timestamptz not null,
    ended_at              timestamptz,
    ended_why             text,
    constraint session_access_unique unique (access_hash),
    constraint session_refresh_unique unique (refresh_hash),
    constraint session_end_has_reason check ((ended_at is null) = (ended_why is null)),
    constraint session_ended_why check (ended_why in ('LOGOUT', 'REVOKED', 'PASSWORD_CHANGED', 'DEPARTED', 'REFRESH_TOKEN_REUSED'))
);
create index session_of_user on session (user_id, created_at, id);
create index session_previous_refresh on session (previous_refresh_hash) where previous_refresh_hash is not null;

-- Failed sign-ins by account and by address; both slow down.
create table sign_in_failure (
    subject        text primary key,
    failures       integer not null,
    last_failed_at timestamptz not null
);

-- The one place of shared configuration: exactly one row.
create table setting (
    only_row                        boolean primary key default true,
    protection_period_seconds       bigint not null default 259200,
    max_owned_customers             integer,
    max_claims_per_day              integer,
    previous_owner_cooldown_seconds bigint,
    max_reveals_per_day             integer default 50,
    -- Decides what a day is.
    business_time_zone              text not null default 'Asia/Shanghai',
    version                         integer not null default 1,
    constraint setting_one_row check (only_row),
    constraint setting_protection_period check (protection_period_seconds between 0 and 31622400),
    constraint setting_max_owned check (max_owned_customers >= 0),
    constraint setting_max_claims check (max_claims_per_day >= 0),
    constraint setting_max_reveals check (max_reveals_per_day >= 0),
    constraint setting_cooldown check (previous_owner_cooldown_seconds between 0 and 31622400)
);
insert into setting default values;

-- What every server keeps in memory (people, roles, permissions, settings, definitions) has one
-- revision. Servers look at it several times a second and read all of it again when it has changed.
-- Writers queue on this row, which also keeps two changes of the tree from making a circle together.
create table directory_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);
insert into directory_revision (revision) values (1);

create function bump_directory_revision() returns trigger language plpgsql as $$
begin
    update directory_revision set revision = revision + 1;
    return null;
end $$;

create trigger directory_changed after insert or delete or update of name, email, manager_id, status on app_user
    for each statement execute function bump_directory_revision();
create trigger directory_changed after insert or update or delete on user_role
    for each statement execute function bump_directory_revision();
create trigger directory_changed after insert or update or delete on role
    for each statement execute function bump_directory_revision();
create trigger directory_changed after insert or update or delete on role_inheritance
    for each statement execute function bump_directory_revision();
create trigger directory_changed after insert or update or delete on permission
    for each statement execute function bump_directory_revision();
create trigger directory_changed after insert or update or delete on setting
    for each statement execute function bump_directory_revision();
