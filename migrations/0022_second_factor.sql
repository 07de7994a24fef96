-- The second factor of a sign-in: codes of an app (TOTP, RFC 6238), and recovery codes for when the app is lost.

create table second_factor (
    user_id      uuid primary key references app_user,
    -- What the app and the server share. It can't be stored as a hash, because codes are computed from it.
    secret       bytea not null,
    created_at   timestamptz not null,
    -- Null: the user has not shown yet that the app has the secret, so it is not asked for.
    confirmed_at timestamptz,
    -- The time step (30 seconds) of the code that was used last. No code of it or of an earlier one is accepted again.
    last_step    bigint,
    constraint second_factor_secret check (length(secret) = 20),
    constraint second_factor_confirmed_by_code check ((confirmed_at is null) = (last_step is null))
);
-- Rights depend on whether a user has one. The step of a code changes with each sign-in, and no server keeps it.
create trigger directory_changed after update of confirmed_at or delete on second_factor
    for each statement execute function bump_directory_revision();

-- A code that is good once in place of one of the app. Only its SHA-256 is stored, and a code that was used is deleted.
create table recovery_code (
    user_id uuid not null references second_factor on delete cascade,
    hash    bytea not null,
    primary key (user_id, hash)
);

-- Whether users with the role have no rights until they have a second factor.
alter table role add column requires_second_factor boolean not null default false;
