-- Payments are rows of their own, and instalments say when which part is to be paid. What an order is paid, when it is paid in full, and
-- what is due next, follows from them. What was paid once stood in the history of the order, which now refers to the payment.

create table payment (
    id              uuid primary key,
    order_id        uuid not null,
    customer_id     uuid not null,
    -- More than 0: the customer paid. Less than 0: the row takes a payment back, or money was paid back.
    amount          numeric(14, 2) not null constraint payment_amount check (amount <> 0),
    -- When the money came, or went back. A row that takes a payment back has the time of that payment, so that the figures of
    -- that day lose what never came.
    received_at     timestamptz not null,
    method          text,
    -- What finds it in the statements of the bank.
    reference       text,
    -- The payment that this row takes back.
    reverses_id     uuid,
    reversed_amount numeric(14, 2) generated always as (case when reverses_id is not null then -amount end) stored,
    kind            text not null
        generated always as (case when reverses_id is not null then 'REVERSAL' when amount > 0 then 'PAYMENT' else 'REFUND' end) stored,
    -- Null: the system.
    recorded_by     uuid constraint payment_recorder references app_user,
    recorded_at     timestamptz not null,
    constraint payment_order
        foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade on delete cascade,
    constraint payment_method
        check (method in ('BANK_TRANSFER', 'ACCEPTANCE_BILL', 'CHEQUE', 'CASH', 'CARD', 'ONLINE', 'OTHER')),
    constraint payment_reference_length check (length(reference) between 1 and 100),
    -- A payment is taken back as a whole, once, and only a payment is.
    constraint payment_of_order unique (id, order_id, amount, received_at),
    constraint payment_reversal
        foreign key (reverses_id, order_id, reversed_amount, received_at) references payment (id, order_id, amount, received_at),
    constraint payment_reversed_once unique (reverses_id),
    constraint payment_reversal_takes_back check (reverses_id is null or amount < 0)
);
create index payment_of_order_by_time on payment (order_id, recorded_at, id);

-- The payments so far are taken from the history of orders, each with the id of its entry.
insert into payment (id, order_id, customer_id, amount, received_at, recorded_by, recorded_at)
select id, order_id, customer_id, case action when 'PAY' then amount else -amount end, at, user_id, at
from order_history where amount is not null;
drop trigger append_only on order_history;
alter table order_history add column payment_id uuid constraint order_history_payment_row references payment;
update order_history set payment_id = id where amount is not null;
alter table order_history drop column amount;
alter table order_history
    add constraint order_history_payment check (payment_id is null or action in ('PAY', 'REVERSE', 'REFUND')),
    add constraint order_history_reversal check (action <> 'REVERSE' or payment_id is not null);
create index order_history_of_payment on order_history (payment_id) where payment_id is not null;
create trigger append_only before truncate
    or update of action, from_status, to_status, payment_id, remark, user_id, at, total_before, total_after on order_history
    for each statement execute function refuse_change();

-- What was paid is never changed. Only the customer may change, when two customers are merged, and a payment is removed with the
-- import that brought its order.
create trigger append_only before truncate
    or update of amount, received_at, method, reference, reverses_id, recorded_by, recorded_at on payment
    for each statement execute function refuse_change();
create trigger removed_with_import before delete on payment for each statement execute function refuse_removal();

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

insert into order_step (from_status, action, to_status) values
    ('PENDING', 'SCHEDULE', 'PENDING'),
    ('PAID', 'SCHEDULE', 'PAID'),
    ('SHIPPED', 'SCHEDULE', 'SHIPPED'),
    ('DELIVERED', 'SCHEDULE', 'DELIVERED'),
    -- A superior ships before the order is paid in full. Then payments come later.
    ('PENDING', 'SHIP', 'SHIPPED'),
    ('SHIPPED', 'PAY', 'SHIPPED'),
    ('DELIVERED', 'PAY', 'DELIVERED'),
    -- A payment that was recorded by mistake is taken back.
    ('PENDING', 'REVERSE', 'PENDING'),
    ('PAID', 'REVERSE', 'PENDING'),
    ('SHIPPED', 'REVERSE', 'SHIPPED'),
    ('DELIVERED', 'REVERSE', 'DELIVERED'),
    -- What was shipped and never paid.
    ('SHIPPED', 'CANCEL', 'CANCELLED'),
    ('DELIVERED', 'CANCEL', 'CANCELLED');

alter table sales_order
    add column payment_status text not null
        generated always as (case when paid_amount >= total_amount then 'PAID' when paid_amount > 0 then 'PARTLY_PAID' else 'UNPAID' end) stored,
    -- When the earliest instalment is due that is not paid in full. Null: no instalment is, or the order was cancelled or refunded.
    add column next_due_on date,
    add constraint order_due_while_open check (next_due_on is null or closed_at is null),
    drop constraint order_times,
    -- The times of the steps agree with the status and with what is paid. A refunded order keeps the times that it had.
    add constraint order_times check (
        case status
            when 'PENDING' then paid_at is null and shipped_at is null and delivered_at is null
            when 'PAID' then paid_at is not null and paid_amount = total_amount and shipped_at is null and delivered_at is null
            when 'CANCELLED' then paid_at is null and paid_amount = 0
            when 'REFUNDED' then true
            else shipped_at is not null and (delivered_at is not null) = (status = 'DELIVERED')
                 and (paid_at is null or paid_amount = total_amount)
        end
        and (delivered_at is null or shipped_at is not null));
create index order_due on sales_order (next_due_on, id) where next_due_on is not null;

-- What orders are paid, and whether and when they are paid in full, from their payments: the only place that derives it. It locks
-- the orders first, so that the sums are of all payments that are there.
create function derive_payments(orders uuid[]) returns void language plpgsql as $$
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
create function derive_payments_of_rows() returns trigger language plpgsql as $$
begin
    perform derive_payments((select array_agg(distinct order_id) from new_rows));
    return null;
end $$;
create trigger payment_counted after insert on payment referencing new table as new_rows
    for each statement execute function derive_payments_of_rows();

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

-- Refuses another paid amount than the sum of the payments, at the commit.
create function check_order_paid() returns trigger language plpgsql as $$
begin
    if (select paid_amount from sales_order where id = new.id)
        <> (select coalesce(sum(amount), 0) from payment where order_id = new.id and kind <> 'REFUND') then
        raise exception 'what is paid of an order is the sum of its payments'
            using errcode = 'check_violation', constraint = 'order_paid_is_sum';
    end if;
    return null;
end $$;
create constraint trigger order_paid_is_sum after insert or update of paid_amount on sales_order
    deferrable initially deferred for each row execute function check_order_paid();

-- The ledger of figures. BOOK: what was ordered, changed and called off; CASH: what was paid and paid back. To the credit of who
-- sold it. A payment that is taken back is posted again with the sign turned.
create or replace function order_postings(h order_history)
    returns table (subject text, user_id uuid, opportunity_id uuid, currency text, n integer, amount numeric)
    language sql stable as $$
    select 'BOOK', o.sold_by_user_id, o.opportunity_id, o.currency, case h.action when 'CREATE' then 1 when 'CHANGE_LINES' then 0 else -1 end,
           case h.action
               when 'CREATE' then coalesce(
                   (select c.total_before from order_history c where c.order_id = h.order_id and c.action = 'CHANGE_LINES' order by c.at, c.id limit 1),
                   o.total_amount)
               when 'CHANGE_LINES' then h.total_after - h.total_before
               else -o.total_amount end
    from sales_order o where o.id = h.order_id and h.action in ('CREATE', 'CHANGE_LINES', 'CANCEL', 'REFUND')
$$;
create function payment_postings(p payment)
    returns table (detail text, user_id uuid, opportunity_id uuid, currency text, n integer)
    language sql stable as $$
    select case p.kind when 'REFUND' then 'REFUND' else 'PAY' end, o.sold_by_user_id, o.opportunity_id, o.currency, sign(p.amount)::integer
    from sales_order o where o.id = p.order_id
$$;
create function post_payments() returns trigger language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select 'CASH', p.detail, r.received_at, p.user_id, r.customer_id, p.opportunity_id, r.order_id, p.currency, p.n, r.amount
    from new_rows r cross join lateral payment_postings(r) p;
    return null;
end $$;
create trigger payment_posted after insert on payment referencing new table as new_rows
    for each statement execute function post_payments();

create or replace function post_order_history() returns void language sql as $$
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select p.subject, h.action, h.at, p.user_id, h.customer_id, p.opportunity_id, h.order_id, p.currency, p.n, p.amount
    from order_history h cross join lateral order_postings(h) p order by h.at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select 'CASH', p.detail, m.received_at, p.user_id, m.customer_id, p.opportunity_id, m.order_id, p.currency, p.n, m.amount
    from payment m cross join lateral payment_postings(m) p order by m.received_at;
$$;

-- Older programs write what is paid into the order.
update installation set oldest_program = 39;

-- Who may take payments back, and ship before an order is paid in full, in installations that exist; a new one has it from
-- `casbin/policy.csv`.
insert into permission (role, resource, action, scope)
select r.name, 'order', g.action, g.scope
from (values ('manager', 'reverse', 'team'), ('manager', 'ship_unpaid', 'team'), ('admin', 'reverse', 'all'),
             ('admin', 'ship_unpaid', 'all')) g (role, action, scope)
join role r on r.name = g.role
on conflict do nothing;
