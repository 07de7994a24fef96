-- An order that counts belongs to no opportunity that is lost or void, because both can't be true. It wins such an opportunity, or is cancelled before
-- the opportunity is lost. What contradicted before stays: it is found by `tidepool doctor`, and its orders go on.

create function check_orders_of_opportunity() returns trigger language plpgsql as $$
declare
    contradicts boolean;
begin
    if tg_table_name = 'sales_order' then
        select o.stage_kind in ('LOST', 'VOID') and s.closed_at is null into contradicts
        from sales_order s join sales_opportunity o on o.id = s.opportunity_id where s.id = new.id;
    else
        select o.stage_kind in ('LOST', 'VOID') and exists (
            select from sales_order s where s.opportunity_id = o.id and s.closed_at is null) into contradicts
        from sales_opportunity o where o.id = new.id;
    end if;
    if contradicts then
        raise exception 'an order that counts belongs to no lost or void opportunity'
            using errcode = 'check_violation', constraint = 'order_fits_opportunity';
    end if;
    return null;
end $$;
-- They are checked at the commit, because an order and its opportunity are changed one after the other.
create constraint trigger order_fits_opportunity after insert on sales_order
    deferrable initially deferred for each row when (new.opportunity_id is not null) execute function check_orders_of_opportunity();
create constraint trigger order_keeps_opportunity after update on sales_order
    deferrable initially deferred for each row
    when (new.opportunity_id is distinct from old.opportunity_id or new.closed_at is null and old.closed_at is not null)
    execute function check_orders_of_opportunity();
create constraint trigger order_fits_opportunity after update on sales_opportunity
    deferrable initially deferred for each row
    when (new.stage_kind in ('LOST', 'VOID') and old.stage_kind not in ('LOST', 'VOID')) execute function check_orders_of_opportunity();

-- An older program would write what contradicts.
update installation set oldest_program = 71;
