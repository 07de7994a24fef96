-- Where the installation runs, and the epoch of its log of events.
--
-- A position of the log means something only in the log that it belongs to. After a restore, or a failover that lost commits,
-- the same positions are given to other events. So a log has an epoch, which is part of every cursor, and servers begin another
-- one when the log is not the one that they know.
create table installation (
    only_row          boolean primary key default true check (only_row),
    epoch             text not null constraint installation_epoch check (epoch ~ '^[0-9a-f]{8}$'),
    -- Where servers ran last: PostgreSQL's cluster and its database, and the timeline, which is another one after a failover and
    -- after a restore from an archive. Null: no server has run yet.
    system_identifier bigint,
    database_oid      bigint,
    timeline          text,
    constraint installation_place check ((system_identifier is null) = (database_oid is null)
                                         and (system_identifier is null) = (timeline is null))
);
insert into installation (epoch) values (substr(md5(gen_random_uuid()::text), 1, 8));

-- Where this database is. A replica has no timeline of its own.
create function present_place(out system_identifier bigint, out database_oid bigint, out timeline text)
language sql stable as $$
    select (pg_control_system()).system_identifier,
           (select d.oid::bigint from pg_database d where d.datname = current_database()),
           case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end
$$;

-- Whether it is where servers ran last. On a replica this is not asked.
create function is_at_place(i installation) returns boolean language sql stable as $$
    select pg_is_in_recovery()
           or (i.system_identifier, i.database_oid, i.timeline) is not distinct from (p.system_identifier, p.database_oid, p.timeline)
    from present_place() p
$$;

-- What an event is, as a number: two logs that have the same image at a position have the same event there.
create function event_image(at bigint) returns bigint language sql stable as $$
    select hashtextextended(e::text, 0) from event e where e.position = at
$$;
