-- A session is a family of refresh tokens (RFC 9700, section 4.14.2), and tells where it is used from.

-- The tokens of the sessions until now have another form, so everybody signs in again.
delete from session;

alter table session
    drop column access_hash,
    drop column refresh_hash,
    drop column previous_refresh_hash,
    drop column rotated_at,
    -- A refresh token has two halves. The first half is that of the family, and stays the same until the session ends: it
    -- finds the session of a token, however old the token is.
    add column family_hash bytea not null,
    -- The refresh token that was used last. It stays valid until a token that was given for it is used, because the client
    -- may never have received that one. Null: none was used yet.
    add column used_refresh_hash bytea,
    -- The tokens that were given for it, the latest last. When one is used, it is the one that was used last, and the others
    -- are void. Any other token of the family is an old one: if it comes back, two clients have the tokens, and the session
    -- ends.
    add column next_refresh_hashes bytea[] not null,
    -- When the tokens were renewed last. A session that was not used for longer than the setting allows has ended.
    add column last_used_at timestamptz not null,
    -- What the client said of itself, and its network address, when the session was used last. Null: not known.
    add column user_agent text,
    add column address text,
    -- The network that the user signed in from: an IPv4 address, or the first 64 bits of an IPv6 address.
    add column network text not null,
    add constraint session_family_unique unique (family_hash),
    add constraint session_next_refresh_tokens check (cardinality(next_refresh_hashes) between 1 and 8),
    add constraint session_texts check (length(user_agent) <= 200 and length(address) <= 50 and length(network) <= 50);

-- Whether a user has signed in from a network.
create index session_of_network on session (user_id, network);

-- An access token of a session. A renewal gives a new one, and those before stay valid until they expire, because two tabs of
-- a browser may renew at once. `access_expires_at` of the session is the latest end.
create table access_token (
    hash       bytea primary key,
    session_id uuid not null references session,
    expires_at timestamptz not null
);
create index access_token_of_session on access_token (session_id);
create index access_token_by_end on access_token (expires_at);

-- For how long a session may be unused. Null: until it ends for another reason.
alter table setting
    add column session_idle_seconds bigint default 604800,
    add constraint setting_session_idle check (session_idle_seconds between 1800 and 2592000);
