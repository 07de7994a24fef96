-- Sign-in by an identity provider (OpenID Connect, WeCom).

-- Whom a provider's accounts belong to. The subject never changes, as names and e-mail addresses do.
create table identity (
    -- `oidc` or `wecom`.
    provider   text collate "C" not null,
    -- The provider's id of the account.
    subject    text collate "C" not null,
    user_id    uuid not null references app_user,
    created_at timestamptz not null,
    primary key (provider, subject),
    -- A user has one account at a provider.
    constraint identity_of_user unique (user_id, provider),
    constraint identity_subject_length check (length(subject) between 1 and 255)
);
