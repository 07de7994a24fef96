-- Contact details that users see: exact look-ups, and what a release soon after a claim took along. Claims are limited
-- from the start.

-- A look for customers by a phone number or e-mail address that is masked for the user: it tells whether the number
-- exists, so a guess counts like a look at a contact.
create table detail_look_up (
    user_id uuid not null constraint detail_look_up_user references app_user,
    at      timestamptz not null,
    -- Of the user and the value: the value itself is not kept. The same value on the same day counts once.
    hash    bytea not null,
    primary key (user_id, at, hash)
);

-- Whether the look is not by `revealContact`: the user claimed the customer, so that they saw its contacts, and released
-- it soon.
alter table contact_reveal add column by_release boolean not null default false;

-- How many details a user has seen since a moment: looks at contacts, look-ups, and customers that they claimed.
create function seen_details(viewer uuid, since timestamptz) returns bigint language sql stable as $$
    select (select count(*) from contact_reveal where user_id = viewer and at >= since)
           + (select count(*) from detail_look_up where user_id = viewer and at >= since)
           + (select count(*) from customer_operation_log where operator_user_id = viewer and type = 'CLAIM' and at >= since)
$$;

-- Counts and logs the look-ups of a request that are new since a moment; false, and nothing is written, if there would be
-- more details than the limit. It is one function, so that a request needs one statement: each statement in it sees what
-- was committed before the lock, so two requests at once can't pass the limit together.
create function count_look_ups(
    viewer uuid, kinds text[], hashes bytea[], since timestamptz, moment timestamptz, most bigint,
    entry uuid, origin text, client text
) returns boolean language plpgsql as $$
declare
    fresh_kinds text[];
    fresh       bytea[];
begin
    if cardinality(hashes) = 0 then
        return true;
    end if;
    -- The turn of the user, which operations that count towards a limit take.
    perform pg_advisory_xact_lock(hashtextextended('user_' || viewer, 0));
    select array_agg(kind), array_agg(hash) into fresh_kinds, fresh from unnest(kinds, hashes) asked (kind, hash)
    where not exists (
        select from detail_look_up l where l.user_id = viewer and l.at >= since and l.hash = asked.hash);
    if fresh is null then
        return true;
    end if;
    if seen_details(viewer, since) + cardinality(fresh) > most then
        return false;
    end if;
    insert into detail_look_up (user_id, at, hash) select viewer, moment, unnest(fresh);
    insert into audit_entry (id, at, kind, actor_user_id, address, user_agent, details)
    values (entry, moment, 'DETAILS_LOOKED_UP', viewer, origin, client,
            array(select kind || ': ' || count(*) from unnest(fresh_kinds) kind group by kind order by kind));
    return true;
end $$;

alter table setting
    -- A customer that is released so soon after its claim counts as a look at its contacts. Null: it does not.
    add column quick_release_seconds bigint default 86400,
    -- From how many such customers in a day on the superior is told. Null: never.
    add column quick_release_alert   integer default 5,
    add constraint setting_quick_release check (quick_release_seconds between 0 and 31622400),
    add constraint setting_quick_release_alert check (quick_release_alert >= 1),
    alter column max_owned_customers set default 500,
    alter column max_claims_per_day set default 50,
    alter column max_reveals_per_day set default 100;
-- A new installation begins with limits; one that exists keeps what its administrators chose.
update setting set max_owned_customers = default, max_claims_per_day = default, max_reveals_per_day = default
where not exists (select from role);

alter table notification drop constraint notification_kind;
alter table notification add constraint notification_kind
    check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE',
                    'SUPERIOR_CHANGED', 'APPROVAL_DUE', 'QUICK_RELEASES'));
