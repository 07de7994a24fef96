-- The role of the servers. Migrations run as the role that owns the tables; servers may run as another one, which reads and
-- writes rows and can do nothing else: neither change a table, nor switch a trigger off, nor change what happened.

-- Permits a role what servers need. It runs after each migration, so it also permits new tables.
create function permit_server(server name) returns void language plpgsql as $$
declare
    history text;
begin
    execute format('grant usage on schema %I to %I', current_schema, server);
    execute format('grant select, insert, update, delete on all tables in schema %I to %I', current_schema, server);
    execute format('grant usage on all sequences in schema %I to %I', current_schema, server);
    execute format('revoke insert, update, delete on _sqlx_migrations from %I', server);
    foreach history in array '{customer_operation_log,contact_reveal,audit_entry,order_history,opportunity_history}'::text[] loop
        execute format('revoke update, delete on %I from %I', history, server);
    end loop;
    -- A merge moves the rows of the merged customer, a new version of an opportunity ends the one before, and the audit
    -- log forgets old entries. Triggers allow nothing more.
    execute format('grant update (customer_id, merged_from) on customer_operation_log to %I', server);
    execute format('grant update (valid_to) on opportunity_history to %I', server);
    execute format('grant delete on audit_entry to %I', server);
end $$;
revoke execute on function permit_server from public;
