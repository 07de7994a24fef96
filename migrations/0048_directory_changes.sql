-- What a change of the directory changed: servers read it alone, and keep the rest of what they have in memory.
--
-- The directory has two parts. Definitions (policy, settings, choices, fields, stages, roles, rules, API keys) are few and are read
-- again as a whole. People may be a hundred thousand, so a server reads those who were changed after the revision that it knows.

alter table directory_revision
    -- The revision of the last change of a definition.
    add column definitions bigint not null default 0;
update directory_revision set definitions = revision;

-- The revision of the last change of a user. Who was not changed since this table exists is not in it.
create table directory_person (
    user_id  uuid primary key constraint directory_person_user references app_user,
    revision bigint not null
);
create index directory_person_by_revision on directory_person (revision);

-- The transaction that counts a change holds the row of the revision until the commit. So revisions become visible in their order: a server that sees
-- one sees all changes up to it.
create function announce_directory() returns trigger language plpgsql as $$
begin
    notify tidepool_directory;
    return null;
end $$;
create trigger directory_announced after update on directory_revision
    for each statement execute function announce_directory();

-- Counts a change of definitions.
create or replace function bump_directory_revision() returns trigger language plpgsql as $$
begin
    update directory_revision set revision = revision + 1, definitions = revision + 1;
    return null;
end $$;

-- Counts a change of these users. Pool rules name users by their e-mail address, so somebody with another one counts as a changed
-- definition.
create function count_changed_people(people uuid[], with_other_address boolean) returns void language plpgsql as $$
declare
    counted bigint;
begin
    if people is null then
        return;
    end if;
    update directory_revision
    set revision = revision + 1, definitions = case when with_other_address then revision + 1 else definitions end
    returning revision into counted;
    insert into directory_person (user_id, revision) select distinct id, counted from unnest(people) id
    on conflict (user_id) do update set revision = excluded.revision;
end $$;

create function users_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform count_changed_people(array_agg(n.id), false) from after_change n;
    else
        -- A sign-in changes nothing that servers keep in memory.
        perform count_changed_people(array_agg(n.id), bool_or(n.email <> o.email))
        from after_change n join before_change o on o.id = n.id
        where (n.name, n.email, n.manager_id, n.status) is distinct from (o.name, o.email, o.manager_id, o.status);
    end if;
    return null;
end $$;

create function roles_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform count_changed_people(array_agg(n.user_id), false) from after_change n;
    elsif tg_op = 'DELETE' then
        perform count_changed_people(array_agg(o.user_id), false) from before_change o;
    else
        perform count_changed_people(array_agg(c.user_id), false)
        from (select user_id from after_change union all select user_id from before_change) c;
    end if;
    return null;
end $$;

create function second_factors_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        perform count_changed_people(array_agg(o.user_id), false) from before_change o;
    else
        -- The step of a code changes with each sign-in.
        perform count_changed_people(array_agg(n.user_id), false)
        from after_change n join before_change o on o.user_id = n.user_id where n.confirmed_at is distinct from o.confirmed_at;
    end if;
    return null;
end $$;

-- Whether there is any absence is read with each change; whose they are is not in memory.
create function absences_changed() returns trigger language plpgsql as $$
begin
    update directory_revision set revision = revision + 1;
    return null;
end $$;

-- A trigger with a table of what was changed has one event and no columns.
drop trigger directory_changed on app_user;
create trigger directory_entered after insert on app_user
    referencing new table as after_change for each statement execute function users_changed();
create trigger directory_changed after update on app_user
    referencing old table as before_change new table as after_change for each statement execute function users_changed();
drop trigger directory_changed on user_role;
create trigger directory_entered after insert on user_role
    referencing new table as after_change for each statement execute function roles_changed();
create trigger directory_changed after update on user_role
    referencing old table as before_change new table as after_change for each statement execute function roles_changed();
create trigger directory_left after delete on user_role
    referencing old table as before_change for each statement execute function roles_changed();
drop trigger directory_changed on second_factor;
create trigger directory_changed after update on second_factor
    referencing old table as before_change new table as after_change for each statement execute function second_factors_changed();
create trigger directory_left after delete on second_factor
    referencing old table as before_change for each statement execute function second_factors_changed();
drop trigger directory_changed on absence;
create trigger directory_changed after insert or update or delete on absence
    for each statement execute function absences_changed();

-- Where servers ran last, as a text to compare. A revision means something there only: after a failover or a restore that lost changes, the
-- same revisions are given to others.
create function directory_place(i installation) returns text language sql stable as $$
    select concat_ws(' ', i.system_identifier, i.database_oid, i.timeline)
$$;
