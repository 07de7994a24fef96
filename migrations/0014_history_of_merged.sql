-- What happened to a customer that was merged goes into the history of the one that stays, as all else that it has.

alter table customer_operation_log add column merged_from uuid constraint operation_merged_from references customer;
create index operation_of_merged on customer_operation_log (merged_from, at) where merged_from is not null;

drop trigger append_only on customer_operation_log;
update customer_operation_log l set customer_id = m.merged_into, merged_from = m.id
from customer m where m.id = l.customer_id and m.merged_into is not null;

create trigger append_only before delete or truncate on customer_operation_log
    for each statement execute function refuse_change();

create function only_move_to_survivor() returns trigger language plpgsql as $$
begin
    if new.merged_from is distinct from coalesce(old.merged_from, old.customer_id)
        or not exists (select from customer where id = old.customer_id and merged_into = new.customer_id)
        or to_jsonb(new) - array['customer_id', 'merged_from'] <> to_jsonb(old) - array['customer_id', 'merged_from'] then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger only_move_to_survivor before update on customer_operation_log
    for each row execute function only_move_to_survivor();
