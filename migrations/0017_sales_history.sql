-- What was said of sales stays said: why an opportunity was lost, after it was opened again; and what an order came to before
-- its lines were replaced. Opportunities and products are archived, as customers and contacts are.

alter table opportunity_history add column lost_reason text;
alter table opportunity_history add constraint opportunity_history_reason check (lost_reason is null or stage_kind in ('LOST', 'VOID'));
-- Of earlier losses nobody knows why any more.
update opportunity_history h set lost_reason = o.lost_reason
from sales_opportunity o where o.id = h.opportunity_id and h.valid_to is null and o.lost_reason is not null;

create or replace function keep_new_opportunities() returns trigger language plpgsql as $$
begin
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, updated_by from new_rows;
    return null;
end $$;
create or replace function keep_changed_opportunities() returns trigger language plpgsql as $$
begin
    update opportunity_history h set valid_to = n.updated_at
    from new_rows n join old_rows o on o.id = n.id
    where h.opportunity_id = n.id and h.valid_to is null
        and (n.stage, n.owner_user_id, n.amount, n.currency, n.close_date, n.probability, n.lost_reason)
            is distinct from (o.stage, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason);
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, updated_by from new_rows n
    where not exists (select from opportunity_history h where h.opportunity_id = n.id and h.valid_to is null);
    return null;
end $$;

-- What was so stays; an opportunity that moves to another customer takes it along.
create trigger append_only before delete or truncate
    or update of valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, changed_by on opportunity_history
    for each statement execute function refuse_change();
-- A version ends once: with the next, which a trigger writes.
create trigger ends_with_the_next before update on opportunity_history
    for each row when (new.opportunity_id <> old.opportunity_id
        or new.valid_to is distinct from old.valid_to and (old.valid_to is not null or pg_trigger_depth() = 0))
    execute function refuse_change();

-- The total before and after other lines.
insert into order_step (from_status, action, to_status) values ('PENDING', 'CHANGE_LINES', 'PENDING');
alter table order_history add column total_before numeric(14, 2);
alter table order_history add column total_after numeric(14, 2);
alter table order_history add constraint order_history_totals
    check ((total_before is not null) = (action = 'CHANGE_LINES') and (total_after is not null) = (action = 'CHANGE_LINES'));
drop trigger append_only on order_history;
create trigger append_only before delete or truncate
    or update of action, from_status, to_status, amount, remark, user_id, at, total_before, total_after on order_history
    for each statement execute function refuse_change();

-- Since when it is put away: out of lists and counts, and it stays in history and figures.
alter table sales_opportunity add column archived_at timestamptz;
alter table product add column archived_at timestamptz;
