-- What is sold, and the way there: products, opportunities, follow-ups, orders, and what customers say afterwards.
--
-- Everything here hangs off a customer and carries its id; the composite keys hold parent and child to the same customer,
-- and let both move when two customers turn out to be one.

create table product (
    id         uuid primary key,
    sku        text collate "C" not null,
    name       text collate "C" not null,
    category   text,
    -- What one of it is: a piece, a licence, a ton.
    unit       text not null,
    -- The price of today: an order keeps the price that it was made at.
    unit_price numeric(14, 2) not null,
    currency   text not null,
    -- Whether it can still be sold; what was sold keeps it.
    active     boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version    integer not null default 1,
    constraint product_sku_unique unique (sku),
    constraint product_lengths check (length(sku) between 1 and 64 and length(name) between 1 and 200 and length(category) <= 100 and length(unit) between 1 and 20),
    constraint product_price check (unit_price >= 0 and currency ~ '^[A-Z]{3}$')
);
create index product_by_name on product (name, id);

-- The steps of a pipeline, kept by administrators. An opportunity carries the kind of its stage, too, so that what follows
-- from the kind can be checked; the kind of a stage is never changed.
create table opportunity_stage (
    code        text collate "C" primary key,
    name_en     text not null,
    name_zh     text not null,
    position    integer not null,
    kind        text not null,
    -- The percentage of such opportunities that are expected to be won.
    probability integer not null,
    active      boolean not null default true,
    constraint opportunity_stage_code_shape check (code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$'),
    constraint opportunity_stage_kind check (kind in ('OPEN', 'WON', 'LOST', 'VOID')),
    constraint opportunity_stage_probability check (probability between 0 and 100),
    constraint opportunity_stage_kind_known unique (code, kind)
);
create trigger directory_changed after insert or update or delete on opportunity_stage
    for each statement execute function bump_directory_revision();
insert into opportunity_stage (code, name_en, name_zh, position, kind, probability) values
    ('PROSPECTING', 'Prospecting', '发现商机', 1, 'OPEN', 10),
    ('QUALIFICATION', 'Qualification', '需求确认', 2, 'OPEN', 20),
    ('PROPOSAL', 'Proposal', '方案报价', 3, 'OPEN', 50),
    ('NEGOTIATION', 'Negotiation', '商务谈判', 4, 'OPEN', 80),
    ('WON', 'Won', '赢单', 5, 'WON', 100),
    ('LOST', 'Lost', '输单', 6, 'LOST', 0),
    ('VOID', 'Void', '无效', 7, 'VOID', 0);

-- A record of intent. It has an owner of its own, and stays when the customer changes hands.
create table sales_opportunity (
    id            uuid primary key,
    customer_id   uuid not null constraint opportunity_customer references customer,
    owner_user_id uuid not null constraint opportunity_owner references app_user,
    stage         text collate "C" not null,
    stage_kind    text not null,
    product_id    uuid constraint opportunity_product references product,
    amount        numeric(14, 2),
    currency      text,
    close_date    date,
    probability   integer not null,
    closed_at     timestamptz,
    lost_reason   text,
    created_by    uuid constraint opportunity_creator references app_user,
    -- Who changed it last: the history says so of each version.
    updated_by    uuid constraint opportunity_editor references app_user,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    version       integer not null default 1,
    constraint opportunity_stage_known foreign key (stage, stage_kind) references opportunity_stage (code, kind),
    constraint opportunity_closed check ((stage_kind = 'OPEN') = (closed_at is null)),
    constraint opportunity_lost_with_reason check (case stage_kind when 'LOST' then lost_reason is not null when 'VOID' then true else lost_reason is null end),
    constraint opportunity_amount check ((amount is null) = (currency is null) and amount >= 0 and currency ~ '^[A-Z]{3}$'),
    constraint opportunity_probability check (probability between 0 and 100),
    constraint opportunity_lengths check (length(lost_reason) <= 1000),
    constraint opportunity_of_customer unique (id, customer_id)
);
create index opportunity_by_creation on sales_opportunity (created_at, id);
create index opportunity_customer_by_creation on sales_opportunity (customer_id, created_at, id);
create index opportunity_owner_by_creation on sales_opportunity (owner_user_id, created_at, id);

-- One row for each version of an opportunity, from its beginning to now, without gaps: each ends where the next begins, no
-- two end at once, and one has no end. So none overlap.
create table opportunity_history (
    opportunity_id uuid not null,
    customer_id    uuid not null,
    valid_from     timestamptz not null,
    valid_to       timestamptz,
    stage          text collate "C" not null,
    stage_kind     text not null,
    owner_user_id  uuid not null constraint opportunity_history_owner references app_user,
    amount         numeric(14, 2),
    currency       text,
    close_date     date,
    probability    integer not null,
    -- Who made it so.
    changed_by     uuid constraint opportunity_history_editor references app_user,
    primary key (opportunity_id, valid_from),
    constraint opportunity_history_of foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint opportunity_history_forward check (valid_to > valid_from),
    constraint opportunity_history_one_ends unique (opportunity_id, valid_to),
    constraint opportunity_history_no_gap foreign key (opportunity_id, valid_to) references opportunity_history (opportunity_id, valid_from) deferrable initially deferred
);
create unique index opportunity_history_one_open on opportunity_history (opportunity_id) where valid_to is null;
create index opportunity_history_of_customer on opportunity_history (customer_id, valid_from, opportunity_id);

-- The history writes itself: no writer can forget it.
create function keep_new_opportunities() returns trigger language plpgsql as $$
begin
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, updated_by from new_rows;
    return null;
end $$;
create function keep_changed_opportunities() returns trigger language plpgsql as $$
begin
    update opportunity_history h set valid_to = n.updated_at
    from new_rows n join old_rows o on o.id = n.id
    where h.opportunity_id = n.id and h.valid_to is null
        and (n.stage, n.owner_user_id, n.amount, n.currency, n.close_date, n.probability)
            is distinct from (o.stage, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability);
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, updated_by from new_rows n
    where not exists (select from opportunity_history h where h.opportunity_id = n.id and h.valid_to is null);
    return null;
end $$;
create trigger opportunity_entered after insert on sales_opportunity referencing new table as new_rows
    for each statement execute function keep_new_opportunities();
create trigger opportunity_changed after update on sales_opportunity referencing old table as old_rows new table as new_rows
    for each statement execute function keep_changed_opportunities();

-- What was said with a customer, for an opportunity or for the customer itself. Append-only but for corrections of the text.
create table followup (
    id              uuid primary key,
    customer_id     uuid not null constraint followup_customer references customer,
    opportunity_id  uuid,
    author_user_id  uuid not null constraint followup_author references app_user,
    channel         text not null,
    content         text not null,
    -- When they talked, which may be days before it was written down.
    at              timestamptz not null,
    next_plan       text,
    next_contact_at timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         integer not null default 1,
    constraint followup_opportunity foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint followup_channel check (channel in ('PHONE', 'WECHAT', 'EMAIL', 'VISIT', 'MEETING', 'ORDER', 'OTHER')),
    constraint followup_not_ahead check (at <= created_at and created_at - at <= interval '7 days'),
    constraint followup_next_ahead check (next_contact_at > at),
    constraint followup_lengths check (length(content) between 1 and 4000 and length(next_plan) <= 1000)
);
create index followup_of_customer on followup (customer_id, at, id);
create index followup_of_opportunity on followup (opportunity_id, at, id) where opportunity_id is not null;
create index followup_of_author on followup (author_user_id, at, id);

-- What somebody at a customer has to say when it buys.
alter table contact add column decision_role text
    constraint contact_decision_role check (decision_role in ('DECISION_MAKER', 'INFLUENCER', 'BUYER', 'USER', 'GATEKEEPER'));

-- When the owner means to talk to the customer next, by the latest follow-up of the present ownership that is no order.
alter table customer add column next_contact_at timestamptz;
alter table customer add constraint customer_next_contact_of_ownership check (next_contact_at is null or last_followup_time is not null);
create index customer_owner_by_next_contact on customer (owner_user_id, next_contact_at) where next_contact_at is not null;
create or replace function pool_image(c customer) returns jsonb language sql stable as $$
    select case when c.owner_user_id is null and c.blacklisted_at is null
        then jsonb_strip_nulls(to_jsonb(c) - '{name_fold,name_bigrams,name_key,source_detail,protection_due,next_contact_at}'::text[]) end
$$;

-- What the life of an order allows: from where, by what, to where.
create table order_step (
    from_status text not null,
    action      text not null,
    to_status   text not null,
    primary key (from_status, action, to_status)
);
insert into order_step (from_status, action, to_status) values
    ('PENDING', 'CREATE', 'PENDING'),
    -- A part, and the rest.
    ('PENDING', 'PAY', 'PENDING'),
    ('PENDING', 'PAY', 'PAID'),
    ('PAID', 'SHIP', 'SHIPPED'),
    ('SHIPPED', 'DELIVER', 'DELIVERED'),
    -- Nothing was paid; else the money goes back.
    ('PENDING', 'CANCEL', 'CANCELLED'),
    ('PENDING', 'REFUND', 'REFUNDED'),
    ('PAID', 'REFUND', 'REFUNDED'),
    ('SHIPPED', 'REFUND', 'REFUNDED'),
    ('DELIVERED', 'REFUND', 'REFUNDED');

create sequence order_number;

-- An order: `order` is a word of SQL. Who sold it never changes and earns the figures; its owner handles it.
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
    -- The sum of the lines: they keep it so.
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
    version         integer not null default 1,
    constraint order_no_unique unique (order_no),
    constraint order_of_customer unique (id, customer_id),
    constraint order_opportunity foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint order_status check (status in ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED')),
    constraint order_currency check (currency ~ '^[A-Z]{3}$'),
    constraint order_paid_in_bounds check (total_amount >= 0 and paid_amount between 0 and total_amount),
    constraint order_closed check ((status in ('CANCELLED', 'REFUNDED')) = (closed_at is not null)),
    constraint order_times check (
        case status
            when 'PENDING' then paid_at is null and shipped_at is null and delivered_at is null
            when 'CANCELLED' then paid_at is null and shipped_at is null and delivered_at is null and paid_amount = 0
            when 'REFUNDED' then true
            else paid_at is not null and paid_amount = total_amount
                 and (shipped_at is not null) = (status in ('SHIPPED', 'DELIVERED')) and (delivered_at is not null) = (status = 'DELIVERED')
        end and (shipped_at is null or paid_at is not null) and (delivered_at is null or shipped_at is not null)),
    constraint order_lengths check (length(order_no) between 1 and 40 and length(remark) <= 1000)
);
create index order_by_time on sales_order (ordered_at, id);
create index order_customer_by_time on sales_order (customer_id, ordered_at, id);
create index order_owner_by_time on sales_order (owner_user_id, ordered_at, id);
create index order_of_opportunity on sales_order (opportunity_id, ordered_at, id) where opportunity_id is not null;

-- A line of an order, at the price of that time. Lines are replaced while nothing is paid, never changed.
create table order_product (
    order_id   uuid not null constraint order_product_order references sales_order,
    position   integer not null,
    product_id uuid not null constraint order_product_product references product,
    quantity   numeric(12, 3) not null,
    unit_price numeric(14, 2) not null,
    -- What is taken off the whole line.
    discount   numeric(14, 2) not null default 0,
    amount     numeric(14, 2) not null generated always as (round(quantity * unit_price, 2) - discount) stored,
    primary key (order_id, position),
    constraint order_product_bounds check (position >= 1 and quantity > 0 and unit_price >= 0 and discount >= 0 and amount >= 0)
);
create index order_product_of_product on order_product (product_id);

create function total_orders() returns trigger language plpgsql as $$
begin
    -- A payment and other lines wait for each other, and so do two who write lines: what is looked at is what holds.
    perform from sales_order where id in (select order_id from changed_rows) order by id for no key update;
    if exists (select from sales_order o where o.id in (select order_id from changed_rows) and (o.status <> 'PENDING' or o.paid_amount > 0)) then
        raise exception 'the lines of a paid order are frozen' using errcode = 'restrict_violation', constraint = 'order_lines_frozen';
    end if;
    update sales_order o set total_amount = coalesce((select sum(l.amount) from order_product l where l.order_id = o.id), 0)
    where o.id in (select order_id from changed_rows);
    return null;
end $$;
create trigger order_lines_added after insert on order_product referencing new table as changed_rows
    for each statement execute function total_orders();
create trigger order_lines_removed after delete on order_product referencing old table as changed_rows
    for each statement execute function total_orders();
create trigger order_lines_replaced before update or truncate on order_product
    for each statement execute function refuse_change();

-- Nobody writes another total than the sum.
create function check_order_total() returns trigger language plpgsql as $$
begin
    if (select total_amount from sales_order where id = new.id) <> (select coalesce(sum(amount), 0) from order_product where order_id = new.id) then
        raise exception 'the total of an order is the sum of its lines' using errcode = 'check_violation', constraint = 'order_total_is_sum';
    end if;
    return null;
end $$;
create constraint trigger order_total_is_sum after insert or update of total_amount on sales_order
    deferrable initially deferred for each row execute function check_order_total();

-- What happened to an order: each step, its time and who.
create table order_history (
    id          uuid primary key,
    order_id    uuid not null,
    customer_id uuid not null,
    action      text not null,
    from_status text not null,
    to_status   text not null,
    -- What was paid, or paid back.
    amount      numeric(14, 2),
    remark      text,
    -- Null: the system.
    user_id     uuid constraint order_history_user references app_user,
    at          timestamptz not null,
    constraint order_history_of foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade,
    constraint order_history_step foreign key (from_status, action, to_status) references order_step,
    constraint order_history_amount check (amount > 0),
    constraint order_history_remark_length check (length(remark) <= 1000)
);
create index order_history_of_order on order_history (order_id, at, id);
create index order_history_of_customer on order_history (customer_id, at, id);
-- What happened stays; an order that moves to another customer takes it along.
create trigger append_only before delete or truncate or update of action, from_status, to_status, amount, remark, user_id, at on order_history
    for each statement execute function refuse_change();
insert into order_step (from_status, action, to_status)
    select status, 'ADOPT', status from unnest('{PENDING,PAID,SHIPPED}'::text[]) status;

-- What a customer said of a delivered order, taken down by service staff.
create table order_feedback (
    id              uuid primary key,
    order_id        uuid not null,
    customer_id     uuid not null,
    service_user_id uuid not null constraint feedback_service references app_user,
    rating          integer not null,
    category        text not null,
    content         text,
    -- How it was put right, and when.
    resolution      text,
    resolved_at     timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         integer not null default 1,
    constraint feedback_order foreign key (order_id, customer_id) references sales_order (id, customer_id) on update cascade,
    constraint feedback_rating check (rating between 1 and 5),
    constraint feedback_category check (category in ('QUALITY', 'DELIVERY', 'SERVICE', 'PRICE', 'OTHER')),
    constraint feedback_resolved check ((resolution is null) = (resolved_at is null)),
    constraint feedback_lengths check (length(content) <= 4000 and length(resolution) <= 4000)
);
create index feedback_by_creation on order_feedback (created_at, id);
create index feedback_of_order on order_feedback (order_id, created_at, id);
create index feedback_of_customer on order_feedback (customer_id, created_at, id);

-- Installations that are there get what new ones start with (casbin/policy.csv).
insert into permission (role, resource, action, scope)
    select p.role, p.resource, p.action, p.scope
    from (values
        ('sales', 'product', 'read', 'all'),
        ('sales', 'opportunity', 'read', 'own'), ('sales', 'opportunity', 'read', 'held'), ('sales', 'opportunity', 'read', 'pool'),
        ('sales', 'opportunity', 'write', 'own'), ('sales', 'opportunity', 'adopt', 'held'),
        ('sales', 'follow_up', 'read', 'own'), ('sales', 'follow_up', 'create', 'own'),
        ('sales', 'order', 'read', 'own'), ('sales', 'order', 'read', 'held'), ('sales', 'order', 'create', 'own'),
        ('sales', 'order', 'pay', 'own'), ('sales', 'order', 'ship', 'own'), ('sales', 'order', 'deliver', 'own'),
        ('sales', 'order', 'cancel', 'own'), ('sales', 'order', 'refund', 'own'), ('sales', 'order', 'adopt', 'held'),
        ('sales', 'feedback', 'read', 'own'), ('sales', 'feedback', 'read', 'held'),
        ('manager', 'opportunity', 'read', 'team'), ('manager', 'opportunity', 'write', 'team'), ('manager', 'opportunity', 'adopt', 'team'),
        ('manager', 'follow_up', 'read', 'team'), ('manager', 'follow_up', 'create', 'team'),
        ('manager', 'order', 'read', 'team'), ('manager', 'order', 'create', 'team'),
        ('manager', 'order', 'pay', 'team'), ('manager', 'order', 'ship', 'team'), ('manager', 'order', 'deliver', 'team'),
        ('manager', 'order', 'cancel', 'team'), ('manager', 'order', 'refund', 'team'), ('manager', 'order', 'adopt', 'team'),
        ('manager', 'feedback', 'read', 'team'),
        ('service', 'customer', 'read', 'ordered'), ('service', 'contact', 'read', 'ordered'), ('service', 'contact_details', 'reveal', 'ordered'),
        ('service', 'product', 'read', 'all'), ('service', 'order', 'read', 'all'),
        ('service', 'feedback', 'read', 'all'), ('service', 'feedback', 'write', 'delivered'),
        ('marketing', 'product', 'read', 'all'),
        ('admin', 'product', 'read', 'all'), ('admin', 'product', 'write', 'all'),
        ('admin', 'opportunity', 'read', 'all'), ('admin', 'opportunity', 'write', 'all'), ('admin', 'opportunity', 'adopt', 'all'),
        ('admin', 'follow_up', 'read', 'all'),
        ('admin', 'order', 'read', 'all'), ('admin', 'order', 'create', 'all'),
        ('admin', 'order', 'pay', 'all'), ('admin', 'order', 'ship', 'all'), ('admin', 'order', 'deliver', 'all'),
        ('admin', 'order', 'cancel', 'all'), ('admin', 'order', 'refund', 'all'), ('admin', 'order', 'adopt', 'all'),
        ('admin', 'feedback', 'read', 'all'), ('admin', 'feedback', 'write', 'all')) p (role, resource, action, scope)
    join role r on r.name = p.role
    on conflict do nothing;
