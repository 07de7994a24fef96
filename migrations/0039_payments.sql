-- Payments are rows of their own. What an order is paid, and when it is paid in full, follows from them. What was paid once stood in
-- the history of the order, which now refers to the payment.

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
        foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade,
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

-- Payments are taken in the history of orders: with the id of the entry that told them.
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

insert into order_step (from_status, action, to_status) values
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
        paid_at = case when p.paid < o.total_amount then null when p.paid > 0 then p.last_at else o.paid_at end
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

create or replace function post_history() returns void language plpgsql as $$
begin
    insert into posting_outbox (subject, detail, at, user_id, customer_id, rule_id, n, seconds)
    select p.subject, p.detail, p.at, p.user_id, p.customer_id, p.rule_id, p.n, p.seconds
    from customer_operation_log l cross join lateral operation_postings(l) p order by p.at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'FOLLOW_UP', channel, at, author_user_id, customer_id, opportunity_id, 1 from followup order by at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select p.subject, h.action, h.at, p.user_id, h.customer_id, p.opportunity_id, h.order_id, p.currency, p.n, p.amount
    from order_history h cross join lateral order_postings(h) p order by h.at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select 'CASH', p.detail, m.received_at, p.user_id, m.customer_id, p.opportunity_id, m.order_id, p.currency, p.n, m.amount
    from payment m cross join lateral payment_postings(m) p order by m.received_at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select 'MOVE', p.detail, h.valid_from, h.owner_user_id, h.customer_id, h.opportunity_id, h.stage, coalesce(h.currency, ''), 1, h.amount, p.seconds
    from opportunity_history h cross join lateral move_postings(h) p order by h.valid_from;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, n)
    select 'COHORT', detail, at, user_id, customer_id, opportunity_id, 1 from cohort_posting order by at;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, stage, currency, n, amount, seconds)
    select 'OUTCOME', o.stage_kind, o.closed_at, coalesce(h.owner_user_id, o.owner_user_id), o.customer_id, o.id, o.stage,
           coalesce(o.currency, ''), 1, o.amount, extract(epoch from o.closed_at - o.created_at)::bigint
    from sales_opportunity o left join opportunity_history h on h.opportunity_id = o.id and h.valid_from = o.closed_at
    where o.closed_at is not null order by o.closed_at;
    perform post_pipeline_history();
    while keep_sales_analysis(now(), 100000) > 0 loop end loop;
end $$;

create or replace function remove_imported_orders(import uuid, orders uuid[], customers uuid[]) returns setof uuid
    language plpgsql security definer as $$
declare
    removed uuid[];
begin
    select array_agg(o.id) into removed from (
        select o.id from sales_order o
        where o.id = any(orders) and o.import_id = import and o.customer_id = any(customers) and o.version = 1
            and not exists (select from order_feedback f where f.order_id = o.id)
        order by o.id for update) o;
    if removed is null then
        return;
    end if;
    insert into posting_outbox (subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount)
    select subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, -sum(n), -sum(amount)
    from (select subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount from posting
          where customer_id in (select c.id from customer c where c.id = any(customers) or c.merged_into = any(customers))
              and order_id = any(removed)
          union all
          select subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency, n, amount from posting_outbox
          where order_id = any(removed)) stands
    group by subject, detail, at, user_id, customer_id, opportunity_id, order_id, currency
    having sum(n) <> 0 or sum(amount) <> 0;
    delete from followup f using sales_order o
    where o.id = any(removed) and f.import_id = import and f.channel = 'ORDER' and f.customer_id = o.customer_id and f.at = o.ordered_at
        and f.version = 1 and starts_with(f.content, o.order_no || ': ');
    perform set_config('tidepool.removes_imported', 'on', true);
    delete from order_history where order_id = any(removed);
    delete from payment where order_id = any(removed);
    delete from order_product where order_id = any(removed);
    delete from sales_order where id = any(removed);
    perform set_config('tidepool.removes_imported', 'off', true);
    update customer c set has_ordered = false
    where c.id = any(customers) and c.has_ordered and not exists (select from sales_order o where o.customer_id = c.id);
    return query select unnest(removed);
end $$;
do $$
begin
    execute format('alter function remove_imported_orders set search_path = %I, pg_temp', current_schema);
end $$;

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
