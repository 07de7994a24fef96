-- Customers, their contacts, and the fields that an installation adds to them.

-- Text as it is searched: full and half width, upper and lower case are the same. The case is that of all letters
-- (ICU), because the database's own language may know ASCII only; the result has the collation of names again.
create function fold(t text) returns text
    language sql immutable strict parallel safe
    as $$ select lower(normalize(t, NFKC) collate "und-x-icu") collate "C" $$;

-- Every pair of neighbouring characters, by which names are searched: trigrams can't find a Chinese name of two
-- characters.
create function bigrams(t text) returns text[]
    language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct substr(t, i, 2)), '{}') from generate_series(1, length(t) - 1) i $$;

-- What users get who may see that there is a phone number, an address or an id, but not which. `mask_phone` is not
-- strict: a strict function with a `case` can't be inlined, so PostgreSQL would plan it once for each statement and
-- call it for each number.
create function mask_phone(t text) returns text
    language sql immutable parallel safe
    as $$ select case when length(t) < 8 then '****' else left(t, 3) || '****' || right(t, 2) end $$;
create function mask_email(t text) returns text
    language sql immutable strict parallel safe
    as $$ select left(t, 1) || '****@' || split_part(t, '@', 2) $$;
create function mask_wechat(t text) returns text
    language sql immutable strict parallel safe
    as $$ select left(t, 1) || '****' $$;

-- The domains of e-mail addresses: contacts with the same domain hint that two customers are one company.
create function email_domains(emails text[]) returns text[]
    language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct substring(email from '[^@]*$')), '{}') from unnest(emails) email $$;

-- Refuses what a trigger calls it for: history is written once. Triggers named `append_only` protect tables with it, so
-- that neither the server nor a person with SQL changes what happened by mistake.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- The values that customers are classified by: kept by administrators, never free text. A code is switched off, not
-- deleted, so that old customers keep theirs. Customers name a code without a foreign key, because the kind stands in
-- the column's name.
create table choice (
    kind     text not null,
    code     text collate "C" not null,
    name_en  text not null,
    name_zh  text not null,
    -- The place in lists of its kind.
    position integer not null,
    active   boolean not null default true,
    primary key (kind, code),
    constraint choice_kind check (kind in ('SOURCE', 'INDUSTRY', 'SIZE', 'LEVEL', 'REGION')),
    constraint choice_code_shape check (code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$')
);
create trigger directory_changed after insert or update or delete on choice
    for each statement execute function bump_directory_revision();

-- What a new installation starts with.
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
    ('SIZE', 3, 'UP_TO_1000', '201 to 1,000 people', '201–1000 人'),
    ('SIZE', 4, 'OVER_1000', 'More than 1,000 people', '1000 人以上'),
    ('LEVEL', 1, 'KEY', 'Key account', '重点客户'), ('LEVEL', 2, 'A', 'A', 'A 级'),
    ('LEVEL', 3, 'B', 'B', 'B 级'), ('LEVEL', 4, 'C', 'C', 'C 级'),
    ('REGION', 1, 'EAST', 'East China', '华东'), ('REGION', 2, 'SOUTH', 'South China', '华南'),
    ('REGION', 3, 'NORTH', 'North China', '华北'), ('REGION', 4, 'CENTRAL', 'Central China', '华中'),
    ('REGION', 5, 'SOUTHWEST', 'Southwest China', '西南'), ('REGION', 6, 'NORTHWEST', 'Northwest China', '西北'),
    ('REGION', 7, 'NORTHEAST', 'Northeast China', '东北'), ('REGION', 8, 'ABROAD', 'Abroad', '海外');

-- A customer: a company that we sell to. One sales rep owns it, or it is in the public pool.
--
-- Customers are never deleted. An archived one keeps its owner or its place in the pool, but it is in no list, count or
-- pool and no rule takes it, until it is restored; its history and its figures stay.
create table customer (
    id                  uuid primary key,
    name                text collate "C" not null,
    -- The name without case, width, punctuation and legal form: two companies with the same key are the same company.
    name_key            text collate "C" not null,
    -- The unified social credit code (统一社会信用代码), or the number of a company register abroad.
    credit_code         text collate "C",
    -- Codes of `choice`. The detail of the source is free text, such as which exhibition.
    source              text not null,
    source_detail       text,
    industry            text,
    size                text,
    level               text,
    region              text,
    -- Null: it is in the pool.
    owner_user_id       uuid constraint customer_owner references app_user,
    owned_since         timestamptz,
    pool_entry_time     timestamptz,
    -- Nobody may claim it before this. Null: it is not protected.
    protected_until     timestamptz,
    -- The follow-ups of the present ownership: a change of owner clears both, because pool rules judge the present
    -- owner. The follow-ups themselves stay.
    first_followup_time timestamptz,
    last_followup_time  timestamptz,
    -- A blacklisted customer is not in the pool for anybody, and nobody may claim it.
    blacklisted_at      timestamptz,
    blacklist_reason    text,
    -- Null: the system.
    created_by          uuid constraint customer_creator references app_user,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused. A change of owner does not count, because it does not
    -- make the text wrong that an editor has typed.
    version             integer not null default 1,
    -- What a search by name compares: the beginning of the name, or pairs of characters anywhere in it.
    name_fold           text collate "C" not null generated always as (fold(name)) stored,
    name_bigrams        text[] not null generated always as (bigrams(fold(name))) stored,
    -- When the end of its protection has to be published: one server sets it to null and publishes it, so that it is
    -- published once. Null: it was published, or there is nothing to publish.
    protection_due      timestamptz,
    -- When the owner plans to contact the customer next, according to the latest follow-up of the present ownership
    -- that is not about an order.
    next_contact_at     timestamptz,
    archived_at         timestamptz,
    -- The customer that this one was merged into (撞单): two customers turned out to be one company. All that belonged
    -- to this one belongs to the other, and this id leads there.
    merged_into         uuid constraint customer_merged_into references customer,
    -- Whether an order of it exists. It stands in its own row because service staff see the customers that have
    -- ordered, and because the feed asks it of a customer before and after a change. A trigger on `sales_order` sets
    -- it.
    has_ordered         boolean not null default false,
    -- The central rule: an owner or the pool, never both, never neither.
    constraint customer_owned_or_pooled check ((owner_user_id is null) = (pool_entry_time is not null)),
    constraint customer_owned_since check ((owner_user_id is null) = (owned_since is null)),
    -- Protection does not end before the entry into the pool, and only an owner has times of follow-ups.
    constraint customer_protected_in_pool check (protected_until is null or protected_until >= pool_entry_time),
    constraint customer_followups_of_ownership check (first_followup_time is null or owner_user_id is not null),
    constraint customer_followups_in_order
        check ((first_followup_time is null) = (last_followup_time is null)
            and first_followup_time <= last_followup_time),
    constraint customer_blacklisted_with_reason check ((blacklisted_at is null) = (blacklist_reason is null)),
    -- A name of punctuation alone has no key and can't be compared.
    constraint customer_name_length check (length(name) between 1 and 200 and name_key <> ''),
    constraint customer_credit_code_shape check (credit_code ~ '^[0-9A-Z]{8,20}$'),
    constraint customer_lengths check (length(source_detail) <= 200 and length(blacklist_reason) <= 1000),
    constraint customer_protection_due_in_pool check (protection_due is null or pool_entry_time is not null),
    -- A plan comes from a follow-up.
    constraint customer_next_contact_of_ownership check (next_contact_at is null or last_followup_time is not null),
    constraint customer_merged_is_archived
        check (merged_into is null or (archived_at is not null and merged_into <> id))
);
-- The orders that lists offer: for all customers, for those of an owner, and for the pool.
create index customer_by_creation on customer (created_at, id);
create index customer_by_name on customer (name, id);
create index customer_owner_by_creation on customer (owner_user_id, created_at, id) where owner_user_id is not null;
create index customer_owner_by_name on customer (owner_user_id, name, id) where owner_user_id is not null;
create index customer_pool_by_entry on customer (pool_entry_time, id) where owner_user_id is null;
create index customer_pool_by_creation on customer (created_at, id) where owner_user_id is null;
create index customer_pool_by_name on customer (name, id) where owner_user_id is null;
create index customer_creator_by_creation on customer (created_by, created_at, id);
-- Searches by name.
create index customer_search on customer using gin (name_bigrams);
create index customer_search_prefix on customer (name_fold);
-- Which protections end next.
create index customer_protection_due on customer (protection_due) where protection_due is not null;
-- Whom an owner plans to contact today, and who is overdue.
create index customer_owner_by_next_contact on customer (owner_user_id, next_contact_at)
    where next_contact_at is not null;
create index customer_archived_by_creation on customer (created_at, id) where archived_at is not null;
create index customer_merged_from on customer (merged_into) where merged_into is not null;
-- A company is entered once. A merged customer gives its name and its credit code free.
create unique index customer_name_key_unique on customer (name_key) where merged_into is null;
create unique index customer_credit_code_unique on customer (credit_code) where merged_into is null;
-- What service staff see.
create index customer_ordered_by_creation on customer (created_at, id) where has_ordered;

-- A person who works for a customer. An archived contact is in no list, and no search finds it, until it is restored.
create table contact (
    id            uuid primary key,
    customer_id   uuid not null constraint contact_customer references customer,
    name          text collate "C" not null,
    title         text,
    phones        text[] not null default '{}',
    emails        text[] not null default '{}',
    wechat        text,
    -- The same as they are compared, in the same order: phone numbers in one form, however they were written, and
    -- addresses in lower case.
    phone_keys    text[] not null default '{}',
    email_keys    text[] not null default '{}',
    -- The contact to call first.
    is_primary    boolean not null default false,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    -- Counts edits, so that an edit of an old version is refused.
    version       integer not null default 1,
    -- What part the person has in a decision to buy.
    decision_role text
        constraint contact_decision_role
            check (decision_role in ('DECISION_MAKER', 'INFLUENCER', 'BUYER', 'USER', 'GATEKEEPER')),
    archived_at   timestamptz,
    constraint contact_name_length check (length(name) between 1 and 100),
    constraint contact_lengths
        check (length(title) <= 100 and length(wechat) <= 64 and cardinality(phones) <= 10
            and cardinality(emails) <= 10),
    -- An archived contact is not called first.
    constraint contact_primary_is_there check (archived_at is null or not is_primary)
);
create index contact_of_customer on contact (customer_id, created_at, id);
-- A customer has at most one primary contact.
create unique index contact_one_primary on contact (customer_id) where is_primary;
-- Searches and comparisons by phone number, by address and by the domain of addresses.
create index contact_phones on contact using gin (phone_keys);
create index contact_emails on contact using gin (email_keys);
create index contact_email_domains on contact using gin (email_domains(email_keys));

-- Each time somebody saw the unmasked details of a contact. The daily limit counts these rows.
create table contact_reveal (
    id          uuid not null,
    contact_id  uuid not null references contact,
    -- The customer at that time: the contact may have moved to another one since, by a merge.
    customer_id uuid not null references customer,
    user_id     uuid not null references app_user,
    at          timestamptz not null,
    primary key (id, at)
);
create index contact_reveal_of_user on contact_reveal (user_id, at);
create trigger append_only before update or delete or truncate on contact_reveal
    for each statement execute function refuse_change();

-- Fields that an installation adds to its customers, kept by administrators. A field is switched off, not deleted, so
-- that old values keep their meaning.
create table extra_field (
    key      text collate "C" primary key,
    -- Never changed, because values are stored by type.
    type     text not null,
    label_en text not null,
    label_zh text not null,
    -- Personal data: only those see it who may read the contacts of the customer.
    personal boolean not null default false,
    active   boolean not null default true,
    -- The place in lists.
    position integer not null,
    constraint extra_field_key_shape check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint extra_field_type check (type in ('TEXT', 'NUMBER', 'BOOLEAN', 'DATE')),
    -- Values refer to the key together with the type, so that their type is that of the field.
    constraint extra_field_type_known unique (key, type)
);
create trigger directory_changed after insert or update or delete on extra_field
    for each statement execute function bump_directory_revision();
-- What a new installation starts with.
insert into extra_field (key, type, label_en, label_zh, personal, position) values
    ('wecom_id', 'TEXT', 'WeCom id', '企业微信号', true, 1),
    ('credit_rating', 'TEXT', 'Credit rating', '信用等级', false, 2),
    ('employees', 'NUMBER', 'Employees', '员工人数', false, 3),
    ('listed', 'BOOLEAN', 'Listed company', '上市公司', false, 4),
    ('founded_on', 'DATE', 'Founded on', '成立日期', false, 5);

-- The value of such a field of a customer, in the column of its type. No row: the customer has none.
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
    -- Exactly the column of the type has a value.
    constraint customer_extra_typed check (
        (text_value is not null) = (type = 'TEXT') and (number_value is not null) = (type = 'NUMBER')
        and (boolean_value is not null) = (type = 'BOOLEAN') and (date_value is not null) = (type = 'DATE')),
    constraint customer_extra_length check (length(text_value) <= 1000)
);
-- Filters by value. A text may be longer than an index entry, so only its beginning is indexed.
create index customer_extra_number on customer_extra (key, number_value) where number_value is not null;
create index customer_extra_text on customer_extra (key, left(text_value, 100)) where text_value is not null;
