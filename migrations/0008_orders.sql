-- Orders, their lines and their history, and what customers say about delivered orders.

-- The steps that the life of an order allows: from which status, by which action, to which status.
create table order_step (
    from_status text not null,
    action      text not null,
    to_status   text not null,
    primary key (from_status, action, to_status)
);
insert into order_step (from_status, action, to_status) values
    ('PENDING', 'CREATE', 'PENDING'),
    -- Other lines, while nothing is paid.
    ('PENDING', 'CHANGE_LINES', 'PENDING'),
    -- A payment of a part, and of the rest.
    ('PENDING', 'PAY', 'PENDING'),
    ('PENDING', 'PAY', 'PAID'),
    ('PAID', 'SHIP', 'SHIPPED'),
    ('SHIPPED', 'DELIVER', 'DELIVERED'),
    -- An order is cancelled when nothing was paid; otherwise the money goes back, and it is refunded.
    ('PENDING', 'CANCEL', 'CANCELLED'),
    ('PENDING', 'REFUND', 'REFUNDED'),
    ('PAID', 'REFUND', 'REFUNDED'),
    ('SHIPPED', 'REFUND', 'REFUNDED'),
    ('DELIVERED', 'REFUND', 'REFUNDED'),
    -- The new owner of the customer takes an order over that is not finished.
    ('PENDING', 'ADOPT', 'PENDING'),
    ('PAID', 'ADOPT', 'PAID'),
    ('SHIPPED', 'ADOPT', 'SHIPPED');

-- The numbers of orders (`order_no`).
create sequence order_number;

-- An order (`order` is a reserved word of SQL). The user who sold it never changes and earns the figures; the owner
-- handles it.
create table sales_order (
    id              uuid primary key,
    -- The number that people use.
    order_no        text collate "C" not null,
    customer_id     uuid not null constraint order_customer references customer,
    opportunity_id  uuid,
    sold_by_user_id uuid not null constraint order_seller references app_user,
    owner_user_id   uuid not null constraint order_owner references app_user,
    status          text not null default 'PENDING',
    currency        text not null,
    -- The sum of the lines: a trigger on the lines writes it, and another one refuses any other total.
    total_amount    numeric(14, 2) not null default 0,
    paid_amount     numeric(14, 2) not null default 0,
    remark          text,
    ordered_at      timestamptz not null,
    paid_at         timestamptz,
    shipped_at      timestamptz,
    delivered_at    timestamptz,
    -- When it was cancelled or refunded.
    closed_at       timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused.
    version         integer not null default 1,
    constraint order_no_unique unique (order_no),
    -- What belongs to an order refers to it by both, so that it is of the same customer.
    constraint order_of_customer unique (id, customer_id),
    constraint order_opportunity
        foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint order_status check (status in ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED')),
    -- A code of ISO 4217.
    constraint order_currency check (currency ~ '^[A-Z]{3}$'),
    constraint order_paid_in_bounds check (total_amount >= 0 and paid_amount between 0 and total_amount),
    constraint order_closed check ((status in ('CANCELLED', 'REFUNDED')) = (closed_at is not null)),
    -- The times of the steps agree with the status: an order that is paid is paid in full, and no step has a time
    -- without the step before it. A refunded order keeps the times that it had.
    constraint order_times check (
        case status
            when 'PENDING' then paid_at is null and shipped_at is null and delivered_at is null
            when 'CANCELLED' then paid_at is null and shipped_at is null and delivered_at is null and paid_amount = 0
            when 'REFUNDED' then true
            else paid_at is not null and paid_amount = total_amount
                 and (shipped_at is not null) = (status in ('SHIPPED', 'DELIVERED'))
                 and (delivered_at is not null) = (status = 'DELIVERED')
        end
        and (shipped_at is null or paid_at is not null) and (delivered_at is null or shipped_at is not null)),
    constraint order_lengths check (length(order_no) between 1 and 40 and length(remark) <= 1000)
);
create index order_by_time on sales_order (ordered_at, id);
create index order_customer_by_time on sales_order (customer_id, ordered_at, id);
create index order_owner_by_time on sales_order (owner_user_id, ordered_at, id);
create index order_of_opportunity on sales_order (opportunity_id, ordered_at, id) where opportunity_id is not null;
-- What a rep has sold lately, for suggestions of owners. It covers all orders: an index on those that count would have
-- to be updated at each step of an order, and nearly all count.
create index order_seller_by_time on sales_order (sold_by_user_id, ordered_at);

-- A line of an order. Lines are replaced while nothing is paid; a line is never changed.
create table order_product (
    order_id   uuid not null constraint order_product_order references sales_order,
    -- The place in the order, from 1.
    position   integer not null,
    product_id uuid not null constraint order_product_product references product,
    quantity   numeric(12, 3) not null,
    -- The price at the time of the order.
    unit_price numeric(14, 2) not null,
    -- What is taken off the whole line.
    discount   numeric(14, 2) not null default 0,
    amount     numeric(14, 2) not null generated always as (round(quantity * unit_price, 2) - discount) stored,
    primary key (order_id, position),
    constraint order_product_bounds
        check (position >= 1 and quantity > 0 and unit_price >= 0 and discount >= 0 and amount >= 0)
);
create index order_product_of_product on order_product (product_id);

-- Writes the totals of the orders whose lines were added or removed, and refuses that for orders with a payment. It
-- locks the orders first, so that a payment and a change of lines, or two changes of lines, happen one after the other.
create function total_orders() returns trigger language plpgsql as $$
begin
    perform from sales_order where id in (select order_id from changed_rows) order by id for no key update;
    if exists (select from sales_order o where o.id in (select order_id from changed_rows)
                                               and (o.status <> 'PENDING' or o.paid_amount > 0)) then
        raise exception 'the lines of a paid order are frozen'
            using errcode = 'restrict_violation', constraint = 'order_lines_frozen';
    end if;
    update sales_order o
    set total_amount = coalesce((select sum(l.amount) from order_product l where l.order_id = o.id), 0)
    where o.id in (select order_id from changed_rows);
    return null;
end $$;
create trigger order_lines_added after insert on order_product referencing new table as changed_rows
    for each statement execute function total_orders();
create trigger order_lines_removed after delete on order_product referencing old table as changed_rows
    for each statement execute function total_orders();
create trigger order_lines_replaced before update or truncate on order_product
    for each statement execute function refuse_change();

-- Refuses another total than the sum of the lines. It is checked at the commit, because an order is inserted before its
-- lines.
create function check_order_total() returns trigger language plpgsql as $$
begin
    if (select total_amount from sales_order where id = new.id)
        <> (select coalesce(sum(amount), 0) from order_product where order_id = new.id) then
        raise exception 'the total of an order is the sum of its lines'
            using errcode = 'check_violation', constraint = 'order_total_is_sum';
    end if;
    return null;
end $$;
create constraint trigger order_total_is_sum after insert or update of total_amount on sales_order
    deferrable initially deferred for each row execute function check_order_total();

-- Notes in the row of the customer that it has ordered, also when a merge brings the order to it.
create function note_order() returns trigger language plpgsql as $$
begin
    update customer set has_ordered = true where id = new.customer_id and not has_ordered;
    return null;
end $$;
create trigger customer_has_ordered after insert or update of customer_id on sales_order
    for each row execute function note_order();

-- The history of an order: each step with its time and its user.
create table order_history (
    id           uuid not null,
    order_id     uuid not null,
    customer_id  uuid not null,
    action       text not null,
    from_status  text not null,
    to_status    text not null,
    -- What was paid, or paid back.
    amount       numeric(14, 2),
    remark       text,
    -- Null: the system.
    user_id      uuid constraint order_history_user references app_user,
    at           timestamptz not null,
    -- The total of the order before and after its lines were replaced.
    total_before numeric(14, 2),
    total_after  numeric(14, 2),
    primary key (id, at),
    constraint order_history_of
        foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade,
    -- Only a step that is allowed is written, so only such a step is taken.
    constraint order_history_step foreign key (from_status, action, to_status) references order_step,
    constraint order_history_amount check (amount > 0),
    constraint order_history_remark_length check (length(remark) <= 1000),
    constraint order_history_totals
        check ((total_before is not null) = (action = 'CHANGE_LINES')
               and (total_after is not null) = (action = 'CHANGE_LINES'))
);
create index order_history_of_order on order_history (order_id, at, id);
create index order_history_of_customer on order_history (customer_id, at, id);
-- What happened stays. Only the customer may change, when two customers are merged.
create trigger append_only before delete or truncate
    or update of action, from_status, to_status, amount, remark, user_id, at, total_before, total_after on order_history
    for each statement execute function refuse_change();

-- What a customer said about a delivered order, written down by service staff.
create table order_feedback (
    id              uuid primary key,
    order_id        uuid not null,
    customer_id     uuid not null,
    service_user_id uuid not null constraint feedback_service references app_user,
    -- From 1 (bad) to 5 (good).
    rating          integer not null,
    category        text not null,
    content         text,
    -- How the complaint was settled, and when.
    resolution      text,
    resolved_at     timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused.
    version         integer not null default 1,
    constraint feedback_order
        foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade,
    constraint feedback_rating check (rating between 1 and 5),
    constraint feedback_category check (category in ('QUALITY', 'DELIVERY', 'SERVICE', 'PRICE', 'OTHER')),
    constraint feedback_resolved check ((resolution is null) = (resolved_at is null)),
    constraint feedback_lengths check (length(content) <= 4000 and length(resolution) <= 4000)
);
create index feedback_by_creation on order_feedback (created_at, id);
create index feedback_of_order on order_feedback (order_id, created_at, id);
create index feedback_of_customer on order_feedback (customer_id, created_at, id);
