-- The instalments in which an order is to be paid (30/60/10), together its total. Payments pay them in their order.

create table instalment (
    order_id     uuid not null constraint instalment_order references sales_order,
    -- The place in the schedule, from 1.
    position     integer not null,
    due_on       date not null,
    -- In percent of the total. All instalments of an order have a share, or none: with shares, the amounts follow the total.
    share        numeric(5, 2),
    amount       numeric(14, 2) not null,
    -- Whether the customer keeps it back until the goods have proved good (质保金).
    is_retention boolean not null,
    primary key (order_id, position),
    constraint instalment_bounds check (position >= 1 and amount > 0 and share > 0 and share <= 100)
);

alter table sales_order
    -- When the earliest instalment is due that is not paid in full. Null: no instalment is, or the order was cancelled or refunded.
    add column next_due_on date,
    add constraint order_due_while_open check (next_due_on is null or closed_at is null);
create index order_due on sales_order (next_due_on, id) where next_due_on is not null;

insert into order_step (from_status, action, to_status) values
    ('PENDING', 'SCHEDULE', 'PENDING'),
    ('PAID', 'SCHEDULE', 'PAID'),
    ('SHIPPED', 'SCHEDULE', 'SHIPPED'),
    ('DELIVERED', 'SCHEDULE', 'DELIVERED');

create or replace function derive_payments(orders uuid[]) returns void language plpgsql as $$
begin
    perform from sales_order where id = any(orders) order by id for no key update;
    update sales_order o
    set paid_amount = p.paid,
        status = case when o.status = 'PENDING' and p.paid > 0 and p.paid = o.total_amount then 'PAID'
                      when o.status = 'PAID' and p.paid < o.total_amount then 'PENDING'
                      else o.status end,
        -- An order without charge is paid by a step without a payment.
        paid_at = case when p.paid < o.total_amount then null when p.paid > 0 then p.last_at else o.paid_at end,
        next_due_on = case when o.closed_at is null then (
            select min(i.due_on)
            from (select due_on, sum(amount) over (order by position) as upto from instalment where order_id = o.id) i
            where i.upto > p.paid) end
    from (select r.id, coalesce(sum(m.amount) filter (where m.kind <> 'REFUND'), 0) as paid,
                 max(m.received_at) filter (where m.kind = 'PAYMENT'
                     and not exists (select from payment b where b.reverses_id = m.id)) as last_at
          from unnest(orders) r (id) left join payment m on m.order_id = r.id group by r.id) p
    where o.id = p.id;
end $$;
create trigger instalments_added after insert on instalment referencing new table as new_rows
    for each statement execute function derive_payments_of_rows();
create trigger instalments_removed after delete on instalment referencing old table as new_rows
    for each statement execute function derive_payments_of_rows();
create trigger instalments_replaced before update or truncate on instalment
    for each statement execute function refuse_change();

-- Refuses instalments that are not together the total of their order, at the commit: they are removed before others are added, and
-- follow other lines.
create function check_instalments() returns trigger language plpgsql as $$
declare
    whose uuid;
begin
    if tg_table_name = 'sales_order' then
        whose := new.id;
    elsif tg_op = 'DELETE' then
        whose := old.order_id;
    else
        whose := new.order_id;
    end if;
    if (select sum(amount) from instalment where order_id = whose) <> (select total_amount from sales_order where id = whose)
        or (select count(share) not in (0, count(*)) from instalment where order_id = whose) then
        raise exception 'the instalments of an order are together its total, and all have a share or none has'
            using errcode = 'check_violation', constraint = 'instalments_are_total';
    end if;
    return null;
end $$;
create constraint trigger instalments_are_total after insert or delete on instalment
    deferrable initially deferred for each row execute function check_instalments();
create constraint trigger instalments_are_total after update of total_amount on sales_order
    deferrable initially deferred for each row execute function check_instalments();
