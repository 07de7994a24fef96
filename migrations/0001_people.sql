-- People: who may sign in, who reports to whom, when somebody is away, and what roles permit.
--
-- For all files: a closed set of values is text with a check, so that a stored value is the name that the API shows. Ids
-- are UUIDv7 and come from the server, as the time does: so rows that are made later have greater ids. Text that is
-- compared or sorted has the collation "C", so that the order does not depend on the operating system.
--
-- Tables that grow without end have the time of a row in their primary key (`contact_reveal`, `customer_operation_log`,
-- `followup`, `order_history`, `notification`), because PostgreSQL asks for the partition column in every unique
-- constraint: so they can be partitioned by month. The id comes first in the key, so a row is still found by its id
-- alone. The key refuses the same id at the same time only. That no id is given twice at different times follows from
-- how UUIDv7 are made: the time in milliseconds, then a counter that starts at random, then random bits.

-- Every server keeps people, roles, permissions, settings and definitions in memory. One row counts the changes of all
-- of them: servers look at it several times a second and read everything again when it has changed. Writers wait for
-- one another on this row, which also prevents that two concurrent changes of the tree of managers make a circle
-- together.
create table directory_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);
insert into directory_revision (revision) values (1);

-- Counts a change of what servers keep in memory. Each table of that kind has a trigger `directory_changed` that calls
-- it, so that no writer can forget it.
create function bump_directory_revision() returns trigger language plpgsql as $$
begin
    update directory_revision set revision = revision + 1;
    return null;
end $$;

-- A user. Users are never deleted, because what they did stays.
create table app_user (
    id              uuid primary key,
    -- The name to sign in with.
    email           text collate "C" not null,
    name            text collate "C" not null,
    -- Argon2id in PHC form. Null: nobody can sign in as this user.
    password_hash   text,
    phone           text,
    -- The superior. Rights follow a change of this tree at once.
    manager_id      uuid constraint app_user_manager references app_user,
    -- A departed user can't sign in and owns no customers.
    status          text not null default 'ACTIVE',
    last_sign_in_at timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- One account for each address.
    constraint app_user_email_unique unique (email),
    -- Addresses are stored in lower case, so that `A@x.com` and `a@x.com` are one account.
    constraint app_user_email_shape check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
    constraint app_user_name_length check (length(name) between 1 and 100),
    -- Longer circles are refused by the server, because a check sees one row only.
    constraint app_user_not_own_manager check (manager_id <> id),
    constraint app_user_status check (status in ('ACTIVE', 'DEPARTED'))
);
-- The direct reports of a manager, and all users, by name.
create index app_user_reports on app_user (manager_id, name, id);
create index app_user_by_name on app_user (name, id);
-- A sign-in updates `last_sign_in_at` only, which no server keeps in memory: so the trigger names its columns.
create trigger directory_changed after insert or delete or update of name, email, manager_id, status on app_user
    for each statement execute function bump_directory_revision();

-- Who reported to whom and when: figures follow the tree as it was at the time of the fact, not as it is now.
create table user_manager_history (
    user_id    uuid not null references app_user,
    -- Null: nobody.
    manager_id uuid references app_user,
    valid_from timestamptz not null,
    -- Null: until now.
    valid_to   timestamptz,
    primary key (user_id, valid_from),
    constraint user_manager_history_forward check (valid_from < valid_to),
    -- The end of a row is the start of the next row of the user, so there is no gap. It is checked at the commit,
    -- because the next row is inserted after the end is set.
    constraint user_manager_history_chain foreign key (user_id, valid_to)
        references user_manager_history (user_id, valid_from) deferrable initially deferred
);
-- Each user has one row without an end. With the chain above, no two rows of a user overlap.
create unique index user_manager_history_one_open on user_manager_history (user_id) where valid_to is null;

-- A role groups permissions. A new installation gets the roles that the program names, afterwards they are data.
create table role (
    name            text collate "C" primary key,
    title_en        text not null,
    title_zh        text not null,
    -- HR may give only these roles to new users.
    grantable_by_hr boolean not null default false,
    constraint role_name_shape check (name ~ '^[a-z][a-z0-9_]{0,31}$')
);
create trigger directory_changed after insert or update or delete on role
    for each statement execute function bump_directory_revision();

-- Casbin's `g` lines: a role has the permissions of the roles that it inherits.
create table role_inheritance (
    role     text not null references role,
    inherits text not null references role,
    primary key (role, inherits),
    constraint role_inheritance_not_itself check (role <> inherits)
);
create trigger directory_changed after insert or update or delete on role_inheritance
    for each statement execute function bump_directory_revision();

-- Casbin's `p` lines: users with the role may do the action to those things of the resource that the scope covers
-- (`own`, `team`, `all`, …). `casbin/policy.csv` is copied here once, into a new installation; afterwards this table is
-- the policy.
create table permission (
    role     text not null references role,
    resource text not null,
    action   text not null,
    scope    text not null,
    primary key (role, resource, action, scope)
);
create trigger directory_changed after insert or update or delete on permission
    for each statement execute function bump_directory_revision();

-- The roles of a user.
create table user_role (
    user_id uuid not null references app_user,
    role    text not null references role,
    primary key (user_id, role)
);
create trigger directory_changed after insert or update or delete on user_role
    for each statement execute function bump_directory_revision();

-- A sign-in. Tokens are random, and only their SHA-256 is stored: so a session ends when its row says so, and a stolen
-- copy of the database signs nobody in.
create table session (
    id                    uuid primary key,
    user_id               uuid not null references app_user,
    access_hash           bytea not null,
    access_expires_at     timestamptz not null,
    -- Each refresh replaces both tokens.
    refresh_hash          bytea not null,
    -- Two browser tabs may refresh at once, so the replaced token stays valid for some seconds. When it is used later
    -- than that, somebody else has it, and the session ends.
    previous_refresh_hash bytea,
    rotated_at            timestamptz,
    created_at            timestamptz not null,
    expires_at            timestamptz not null,
    ended_at              timestamptz,
    ended_why             text,
    -- A token identifies one session.
    constraint session_access_unique unique (access_hash),
    constraint session_refresh_unique unique (refresh_hash),
    constraint session_end_has_reason check ((ended_at is null) = (ended_why is null)),
    constraint session_ended_why
        check (ended_why in ('LOGOUT', 'REVOKED', 'PASSWORD_CHANGED', 'DEPARTED', 'REFRESH_TOKEN_REUSED'))
);
create index session_of_user on session (user_id, created_at, id);
-- Finds a replaced token that comes back.
create index session_previous_refresh on session (previous_refresh_hash) where previous_refresh_hash is not null;

-- Counts the ends of sessions. Servers that hold streams open compare it with what they saw last, and look which of
-- their sessions have ended only when it has changed. Operations that end sessions lock this row first, so that two of
-- them that end each other's sessions do not wait for each other.
create table session_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
);
insert into session_revision (revision) values (1);
-- Counts the end of a session, however it is written.
create function bump_session_revision() returns trigger language plpgsql as $$
begin
    update session_revision set revision = revision + 1;
    return null;
end $$;
create trigger session_ended after update of ended_at on session
    for each statement execute function bump_session_revision();

-- Failed sign-ins, by account and by network address (the subject). After some failures each further one doubles the
-- time until the next attempt, so that passwords can't be guessed. A row is deleted when it delays nobody any more.
create table sign_in_failure (
    subject        text primary key,
    failures       integer not null,
    last_failed_at timestamptz not null
);

-- A create that a client sends again with the same key returns the row that the first one made. The primary key lets
-- one of two concurrent requests win.
create table idempotency_key (
    user_id   uuid not null references app_user,
    key       text not null,
    operation text not null,
    result_id uuid not null,
    at        timestamptz not null,
    primary key (user_id, key),
    constraint idempotency_key_length check (length(key) between 1 and 100)
);

-- When somebody is away, recorded by a superior or by HR. Days of absence do not count against the person: pool rules
-- leave them out, and no customer of theirs goes to the pool before the first day back is over.
create table absence (
    id          uuid primary key,
    user_id     uuid not null constraint absence_user references app_user,
    -- Days of the business time zone, both included.
    first_day   date not null,
    last_day    date not null,
    -- The same as instants: from the start of the first day to the end of the last day.
    starts      timestamptz not null,
    ends        timestamptz not null,
    -- The end of the first day back.
    settled     timestamptz not null,
    -- Null: the system.
    recorded_by uuid constraint absence_recorder references app_user,
    created_at  timestamptz not null,
    constraint absence_forward check (first_day <= last_day and starts < ends and ends < settled)
);
create index absence_of_user on absence (user_id, starts);
create trigger directory_changed after insert or update or delete on absence
    for each statement execute function bump_directory_revision();
