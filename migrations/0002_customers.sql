-- Customers, their contacts and extras, and the log of who had them.

-- Full and half width, upper and lower case are the same to a reader.
create function fold(t text) returns text
    language sql immutable strict parallel safe
    as $$ select lower(normalize(t, NFKC)) $$;

-- Every pair of neighbouring characters. Trigrams can't find a Chinese name of two characters; these can.
create function bigrams(t text) returns text[]
    language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct substr(t, i, 2)), '{}') from generate_series(1, length(t) - 1) i $$;

-- What those see who may see that there is a phone number, an address or an id, but not which.
create function mask_phone(t text) returns text
    language sql immutable strict parallel safe
    as $$ select case when length(t) < 8 then '****' else left(t, 3) || '****' || right(t, 2) end $$;
create function mask_email(t text) returns text
    language sql immutable strict parallel safe
    as $$ select left(t, 1) || '****@' || split_part(t, '@', 2) $$;
create function mask_wechat(t text) returns text
    language sql immutable strict parallel safe
    as $$ select left(t, 1) || '****' $$;

-- What customers are classified by: kept by administrators, never free text. Codes are switched off,
-- never deleted, so that old customers keep theirs.
create table choice (
    kind     text not null,
    code     text collate "C" not null,
    name_en  text not null,
    name_zh  text not null,
    position integer not null,
    active   boolean not null default true,
    primary key (kind, code),
    constraint choice_kind check (kind in ('SOURCE', 'INDUSTRY', 'SIZE', 'LEVEL', 'REGION')),
    constraint choice_code_shape check (code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$')
);
create trigger directory_changed after insert or update or delete on choice
    for each statement execute function bump_directory_revision();

insert into choice (kind, position, code, name_en, name_zh) values
    ('SOURCE', 1, 'EXHIBITION', 'Exhibition', '展会'), ('SOURCE', 2, 'WEBSITE', 'Website', '官网'),
    ('SOURCE', 3, 'REFERRAL', 'Referral', '转介绍'), ('SOURCE', 4, 'COLD_CALL', 'Cold call', '电话开发'),
    ('SOURCE', 5, 'ADVERTISING', 'Advertising', '广告'), ('SOURCE', 6, 'PARTNER', 'Partner', '合作伙伴'),
    ('SOURCE', 7, 'OTHER', 'Other', '其他'),
    ('INDUSTRY', 1, 'MANUFACTURING', 'Manufacturing', '制造业'), ('INDUSTRY', 2, 'SOFTWARE', 'Software', '软件'),
    ('INDUSTRY', 3, 'RETAIL', 'Retail', '零售'), ('INDUSTRY', 4, 'LOGISTICS', 'Logistics', '物流'),
    ('INDUSTRY', 5, 'FINANCE', 'Finance', '金融'), ('INDUSTRY', 6, 'HEALTHCARE', 'Healthcare', '医疗'),
    ('INDUSTRY', 7, 'EDUCATION', 'Education', '教育'), ('INDUSTRY', 8, 'ENERGY', 'Energy', '能源'),
    ('INDUSTRY', 9, 'CONSTRUCTION', 'Construction', '建筑'), ('INDUSTRY', 10, 'OTHER', 'Other', '其他'),
    ('SIZE', 1, 'UP_TO_50', '1 to 50 people', '1–50 人'), ('SIZE', 2, 'UP_TO_200', '51 to 200 people', '51–200 人'),
    ('SIZE', 3, 'UP_TO_1000', '201 to 1,000 people', '201–1000 人'), ('SIZE', 4, 'OVER_1000', 'More than 1,000 people', '1000 人以上'),
    ('LEVEL', 1, 'KEY', 'Key account', '重点客户'), ('LEVEL', 2, 'A', 'A', 'A 级'),
    ('LEVEL', 3, 'B', 'B', 'B 级'), ('LEVEL', 4, 'C', 'C', 'C 级'),
    ('REGION', 1, 'EAST', 'East China', '华东'), ('REGION', 2, 'SOUTH', 'South China', '华南'),
    ('REGION', 3, 'NORTH', 'North China', '华北'), ('REGION', 4, 'CENTRAL', 'Central China', '华中'),
    ('REGION', 5, 'SOUTHWEST', 'Southwest China', '西南'), ('REGION', 6, 'NORTHWEST', 'Northwest China', '西北'),
    ('REGION', 7, 'NORTHEAST', 'Northeast China', '东北'), ('REGION', 8, 'ABROAD', 'Abroad', '海外');

-- A customer is owned by one rep, or is in the public pool: never both, never neither.
create table customer (
    id                  uuid primary key,
    name                text collate "C" not null,
    -- The name without case, width, punctuation and the legal form: two companies with one key are one.
    name_key            text collate "C" not null,
    credit_code         text collate "C",
    source              text not null,
    source_detail       text,
    industry            text,
    size                text,
    level               text,
    region              text,
    owner_user_id       uuid constraint customer_owner references app_user,
    owned_since         timestamptz,
    pool_entry_time     timestamptz,
    -- Nobody claims before this. Null: not protected (an entry, or a protection period of zero).
    protected_until     timestamptz,
    -- Of the present ownership: a claim clears both, the history stays with the follow-ups.
    first_followup_time timestamptz,
    last_followup_time  timestamptz,
    blacklisted_at      timestamptz,
    blacklist_reason    text,
    created_by          uuid constraint customer_creator references app_user,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    -- Counts edits, not claims: an editor's save is not refused because the owner changed.
    version             integer not null default 1,
    name_fold           text collate "C" not null generated always as (fold(name)) stored,
    name_bigrams        text[] not null generated always as (bigrams(fold(name))) stored,
    constraint customer_owned_or_pooled check ((owner_user_id is null) = (pool_entry_time is not null)),
    constraint customer_owned_since check ((owner_user_id is null) = (owned_since is null)),
    constraint customer_protected_in_pool check (protected_until is null or protected_until >= pool_entry_time),
    constraint customer_followups_of_ownership check (first_followup_time is null or owner_user_id is not null),
    constraint customer_followups_in_order check ((first_followup_time is null) = (last_followup_time is null) and first_followup_time <= last_followup_time),
    constraint customer_blacklisted_with_reason check ((blacklisted_at is null) = (blacklist_reason is null)),
    constraint customer_name_length check (length(name) between 1 and 200 and name_key <> ''),
    constraint customer_credit_code_shape check (credit_code ~ '^[0-9A-Z]{8,20}$'),
    constraint customer_lengths check (length(source_detail) <= 200 and length(blacklist_reason) <= 1000),
    constraint customer_name_key_unique unique (name_key),
    constraint customer_credit_code_unique unique (credit_code)
);
-- The orders that lists offer, each for all rows, for an owner's rows and for the pool.
create index customer_by_creation on customer (created_at, id);
create index customer_by_name on customer (name, id);
create index customer_owner_by_creation on customer (owner_user_id, created_at, id) where owner_user_id is not null;
create index customer_owner_by_name on customer (owner_user_id, name, id) where owner_user_id is not null;
create index customer_pool_by_entry on customer (pool_entry_time, id) where owner_user_id is null;
create index customer_pool_by_creation on customer (created_at, id) where owner_user_id is null;
create index customer_pool_by_name on customer (name, id) where owner_user_id is null;
create index customer_creator_by_creation on customer (created_by, created_at, id);
create index customer_protected on customer (protected_until) where protected_until is not null;
create index customer_search on customer using gin (name_bigrams);
create index customer_search_prefix on customer (name_fold);

-- Who entered, claimed, released, got or blacklisted a customer, and why. Append-only.
create table customer_operation_log (
    id                     uuid primary key,
    customer_id            uuid not null constraint operation_customer references customer,
    -- Null: the system.
    operator_user_id       uuid constraint operation_operator references app_user,
    type                   text not null,
    cause                  text not null,
    previous_owner_user_id uuid constraint operation_previous_owner references app_user,
    new_owner_user_id      uuid constraint operation_new_owner references app_user,
    remark                 text,
    at                     timestamptz not null,
    constraint operation_type check (type in ('CREATE', 'CLAIM', 'RELEASE', 'RECLAIM', 'ASSIGN', 'TRANSFER', 'BLACKLIST', 'UNBLACKLIST')),
    constraint operation_cause check (cause in ('MANUAL', 'MANAGER', 'DEPARTURE')),
    constraint operation_remark_length check (length(remark) <= 1000)
);
create index operation_of_customer on customer_operation_log (customer_id, at, id);
-- Limits are counted from the log, so that claim, release, claim does not pass them.
create index operation_claims on customer_operation_log (operator_user_id, at) where type = 'CLAIM';
create index operation_previous_owner on customer_operation_log (customer_id, previous_owner_user_id, at) where previous_owner_user_id is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete or truncate on customer_operation_log
    for each statement execute function refuse_change();

create table contact (
    id          uuid primary key,
    customer_id uuid not null constraint contact_customer references customer,
    name        text collate "C" not null,
    title       text,
    phones      text[] not null default '{}',
    emails      text[] not null default '{}',
    wechat      text,
    -- As compared: digits alone, and lower case.
    phone_keys  text[] not null default '{}',
    email_keys  text[] not null default '{}',
    is_primary  boolean not null default false,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    version     integer not null default 1,
    constraint contact_name_length check (length(name) between 1 and 100),
    constraint contact_lengths check (length(title) <= 100 and length(wechat) <= 64 and cardinality(phones) <= 10 and cardinality(emails) <= 10)
);
create index contact_of_customer on contact (customer_id, created_at, id);
create unique index contact_one_primary on contact (customer_id) where is_primary;
create index contact_phones on contact using gin (phone_keys);
create index contact_emails on contact using gin (email_keys);

-- Each look at a contact's unmasked details; the daily limit counts these rows.
create table contact_reveal (
    id          uuid primary key,
    contact_id  uuid not null references contact,
    customer_id uuid not null references customer,
    user_id     uuid not null references app_user,
    at          timestamptz not null
);
create index contact_reveal_of_user on contact_reveal (user_id, at);
create trigger append_only before update or delete or truncate on contact_reveal
    for each statement execute function refuse_change();

-- Fields that an installation adds to its customers.
create table extra_field (
    key      text collate "C" primary key,
    type     text not null,
    label_en text not null,
    label_zh text not null,
    -- Personal data: seen by those who may read the customer's contacts.
    personal boolean not null default false,
    active   boolean not null default true,
    position integer not null,
    constraint extra_field_key_shape check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint extra_field_type check (type in ('TEXT', 'NUMBER', 'BOOLEAN', 'DATE')),
    constraint extra_field_type_known unique (key, type)
);
create trigger directory_changed after insert or update or delete on extra_field
    for each statement execute function bump_directory_revision();
insert into extra_field (key, type, label_en, label_zh, personal, position) values
    ('wecom_id', 'TEXT', 'WeCom id', '企业微信号', true, 1),
    ('credit_rating', 'TEXT', 'Credit rating', '信用等级', false, 2),
    ('employees', 'NUMBER', 'Employees', '员工人数', false, 3),
    ('listed', 'BOOLEAN', 'Listed company', '上市公司', false, 4),
    ('founded_on', 'DATE', 'Founded on', '成立日期', false, 5);

create table customer_extra (
    customer_id   uuid not null constraint customer_extra_customer references customer,
    key           text collate "C" not null,
    type          text not null,
    text_value    text,
    number_value  numeric(20, 6),
    boolean_value boolean,
    date_value    date,
    primary key (customer_id, key),
    constraint customer_extra_field foreign key (key, type) references extra_field (key, type),
    constraint customer_extra_typed check (
        (text_value is not null) = (type = 'TEXT') and (number_value is not null) = (type = 'NUMBER')
        and (boolean_value is not null) = (type = 'BOOLEAN') and (date_value is not null) = (type = 'DATE')),
    constraint customer_extra_length check (length(text_value) <= 1000)
);
create index customer_extra_text on customer_extra (key, text_value) where text_value is not null;
create index customer_extra_number on customer_extra (key, number_value) where number_value is not null;

-- A retried create finds what the first one made.
create table idempotency_key (
    user_id   uuid not null references app_user,
    key       text not null,
    operation text not null,
    result_id uuid not null,
    at        timestamptz not null,
    primary key (user_id, key),
    constraint idempotency_key_length check (length(key) between 1 and 100)
);
