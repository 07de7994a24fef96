-- What is sold, and the way there: products, opportunities with their history, and follow-ups.
--
-- What belongs to a customer carries the customer's id. Composite foreign keys (id, customer_id) make sure that a row
-- and the row it belongs to are of the same customer; `on update cascade` moves both when two customers are merged.

-- What is sold. An archived product is in no list, but orders and opportunities keep it.
create table product (
    id          uuid primary key,
    -- The number that people use for it.
    sku         text collate "C" not null,
    name        text collate "C" not null,
    category    text,
    -- What one of it is: a piece, a licence, a ton.
    unit        text not null,
    -- The price of today: an order keeps the price that it was made at.
    unit_price  numeric(14, 2) not null,
    currency    text not null,
    -- Whether new orders and opportunities may name it.
    active      boolean not null default true,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused.
    version     integer not null default 1,
    archived_at timestamptz,
    constraint product_sku_unique unique (sku),
    constraint product_lengths
        check (length(sku) between 1 and 64 and length(name) between 1 and 200 and length(category) <= 100
            and length(unit) between 1 and 20),
    -- The currency is a code of ISO 4217.
    constraint product_price check (unit_price >= 0 and currency ~ '^[A-Z]{3}$')
);
create index product_by_name on product (name, id);

-- The stages of the pipeline, kept by administrators. A stage is switched off, not deleted.
create table opportunity_stage (
    code        text collate "C" primary key,
    name_en     text not null,
    name_zh     text not null,
    -- The place in the pipeline.
    position    integer not null,
    -- What the stage means to the program; it is never changed.
    kind        text not null,
    -- The percentage of opportunities in this stage that are expected to be won.
    probability integer not null,
    active      boolean not null default true,
    constraint opportunity_stage_code_shape check (code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$'),
    constraint opportunity_stage_kind check (kind in ('OPEN', 'WON', 'LOST', 'VOID')),
    constraint opportunity_stage_probability check (probability between 0 and 100),
    -- Opportunities refer to the code together with the kind, so that checks of their row can use the kind.
    constraint opportunity_stage_kind_known unique (code, kind)
);
create trigger directory_changed after insert or update or delete on opportunity_stage
    for each statement execute function bump_directory_revision();
-- What a new installation starts with.
insert into opportunity_stage (code, name_en, name_zh, position, kind, probability) values
    ('PROSPECTING', 'Prospecting', '发现商机', 1, 'OPEN', 10),
    ('QUALIFICATION', 'Qualification', '需求确认', 2, 'OPEN', 20),
    ('PROPOSAL', 'Proposal', '方案报价', 3, 'OPEN', 50),
    ('NEGOTIATION', 'Negotiation', '商务谈判', 4, 'OPEN', 80),
    ('WON', 'Won', '赢单', 5, 'WON', 100),
    ('LOST', 'Lost', '输单', 6, 'LOST', 0),
    ('VOID', 'Void', '无效', 7, 'VOID', 0);

-- A customer's intent to buy. It has an owner of its own, and keeps it when the customer changes hands: the next owner
-- of the customer takes it over explicitly. An archived opportunity is in no list, but its history and its figures
-- stay.
create table sales_opportunity (
    id            uuid primary key,
    customer_id   uuid not null constraint opportunity_customer references customer,
    owner_user_id uuid not null constraint opportunity_owner references app_user,
    stage         text collate "C" not null,
    -- The kind of the stage, kept equal by a foreign key.
    stage_kind    text not null,
    product_id    uuid constraint opportunity_product references product,
    amount        numeric(14, 2),
    currency      text,
    -- When it is expected to be won.
    close_date    date,
    -- The percentage that it is expected to be won with.
    probability   integer not null,
    closed_at     timestamptz,
    lost_reason   text,
    -- Null: the system.
    created_by    uuid constraint opportunity_creator references app_user,
    -- Who changed it last; the trigger that writes the history takes it from here.
    updated_by    uuid constraint opportunity_editor references app_user,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused.
    version       integer not null default 1,
    archived_at   timestamptz,
    constraint opportunity_stage_known foreign key (stage, stage_kind) references opportunity_stage (code, kind),
    -- An opportunity is closed when its stage is won, lost or void.
    constraint opportunity_closed check ((stage_kind = 'OPEN') = (closed_at is null)),
    -- Why it was lost must be given, why it is void may be.
    constraint opportunity_lost_with_reason
        check (case stage_kind
                   when 'LOST' then lost_reason is not null
                   when 'VOID' then true
                   else lost_reason is null
               end),
    -- An amount has a currency, a code of ISO 4217.
    constraint opportunity_amount
        check ((amount is null) = (currency is null) and amount >= 0 and currency ~ '^[A-Z]{3}$'),
    constraint opportunity_probability check (probability between 0 and 100),
    constraint opportunity_lengths check (length(lost_reason) <= 1000),
    -- What belongs to an opportunity refers to it by both, so that it is of the same customer.
    constraint opportunity_of_customer unique (id, customer_id)
);
create index opportunity_by_creation on sales_opportunity (created_at, id);
create index opportunity_customer_by_creation on sales_opportunity (customer_id, created_at, id);
create index opportunity_owner_by_creation on sales_opportunity (owner_user_id, created_at, id);
-- What a rep has won lately, for suggestions of owners.
create index opportunity_won_by_owner on sales_opportunity (owner_user_id, closed_at) where stage_kind = 'WON';

-- The versions of an opportunity from its creation until now: what it was and from when to when. Figures of the past
-- are read from here. Each version ends when the next one begins, and one has no end; so versions have no gap and do
-- not overlap.
--
-- Its uniqueness holds over all times, so the table can be partitioned by opportunity, but not by month.
create table opportunity_history (
    opportunity_id uuid not null,
    customer_id    uuid not null,
    valid_from     timestamptz not null,
    -- Null: until now.
    valid_to       timestamptz,
    stage          text collate "C" not null,
    stage_kind     text not null,
    owner_user_id  uuid not null constraint opportunity_history_owner references app_user,
    amount         numeric(14, 2),
    currency       text,
    close_date     date,
    probability    integer not null,
    -- Who made this version. Null: the system.
    changed_by     uuid constraint opportunity_history_editor references app_user,
    -- Stays here when the opportunity is opened again.
    lost_reason    text,
    primary key (opportunity_id, valid_from),
    constraint opportunity_history_of
        foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint opportunity_history_forward check (valid_to > valid_from),
    -- No two versions end at once, and where one ends another one begins. The latter is checked at the commit, because
    -- the next version is inserted after the end is set.
    constraint opportunity_history_one_ends unique (opportunity_id, valid_to),
    constraint opportunity_history_no_gap
        foreign key (opportunity_id, valid_to)
        references opportunity_history (opportunity_id, valid_from) deferrable initially deferred,
    constraint opportunity_history_reason check (lost_reason is null or stage_kind in ('LOST', 'VOID'))
);
-- Each opportunity has one version without an end.
create unique index opportunity_history_one_open on opportunity_history (opportunity_id) where valid_to is null;
create index opportunity_history_of_customer on opportunity_history (customer_id, valid_from, opportunity_id);

-- Triggers write the history, so that no statement can forget it: a new opportunity begins its first version.
create function keep_new_opportunities() returns trigger language plpgsql as $$
begin
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount,
                                     currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount,
           currency, close_date, probability, lost_reason, updated_by
    from new_rows;
    return null;
end $$;
-- A change of what versions keep ends the open version and begins the next one.
create function keep_changed_opportunities() returns trigger language plpgsql as $$
begin
    update opportunity_history h set valid_to = n.updated_at
    from new_rows n join old_rows o on o.id = n.id
    where h.opportunity_id = n.id and h.valid_to is null
        and (n.stage, n.owner_user_id, n.amount, n.currency, n.close_date, n.probability, n.lost_reason)
            is distinct from
            (o.stage, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason);
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount,
                                     currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount,
           currency, close_date, probability, lost_reason, updated_by
    from new_rows n
    where not exists (select from opportunity_history h where h.opportunity_id = n.id and h.valid_to is null);
    return null;
end $$;
create trigger opportunity_entered after insert on sales_opportunity
    referencing new table as new_rows
    for each statement execute function keep_new_opportunities();
create trigger opportunity_changed after update on sales_opportunity
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_changed_opportunities();

-- What was so stays. Two columns may change: the customer, when two customers are merged, and the end of the open
-- version.
create trigger append_only before delete or truncate
    or update of valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason,
                 changed_by on opportunity_history
    for each statement execute function refuse_change();
-- A version ends once, and only by the trigger above (depth 0 is a statement of a client).
create trigger ends_with_the_next before update on opportunity_history
    for each row when (new.opportunity_id <> old.opportunity_id
        or new.valid_to is distinct from old.valid_to and (old.valid_to is not null or pg_trigger_depth() = 0))
    execute function refuse_change();

-- What was said with a customer, about an opportunity or in general. The author may correct the text for a day; the
-- rest stays.
create table followup (
    id              uuid not null,
    customer_id     uuid not null constraint followup_customer references customer,
    opportunity_id  uuid,
    author_user_id  uuid not null constraint followup_author references app_user,
    -- `ORDER` is a follow-up that the program recorded together with an order.
    channel         text not null,
    content         text not null,
    -- When they talked, which may be days before it was written down.
    at              timestamptz not null,
    next_plan       text,
    next_contact_at timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- Counts corrections, so that a correction of an old version is refused.
    version         integer not null default 1,
    primary key (id, at),
    constraint followup_opportunity
        foreign key (opportunity_id, customer_id) references sales_opportunity (id, customer_id) on update cascade,
    constraint followup_channel check (channel in ('PHONE', 'WECHAT', 'EMAIL', 'VISIT', 'MEETING', 'ORDER', 'OTHER')),
    -- A talk is over when it is written down, and it is written down within a week, because pool rules count on it.
    constraint followup_not_ahead check (at <= created_at and created_at - at <= interval '7 days'),
    constraint followup_next_ahead check (next_contact_at > at),
    constraint followup_lengths check (length(content) between 1 and 4000 and length(next_plan) <= 1000)
);
create index followup_of_customer on followup (customer_id, at, id);
create index followup_of_opportunity on followup (opportunity_id, at, id) where opportunity_id is not null;
create index followup_of_author on followup (author_user_id, at, id);
