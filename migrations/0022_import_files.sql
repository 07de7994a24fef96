-- Imports of real files: how their cells are read, and one form of phone numbers for all countries.

-- The encoding of a text file. Null: the file is a workbook.
alter table import add column encoding text;
-- How cells are read, where the user of the import or the settings say so: `contact_name`, `phone_country`,
-- `decimal_mark`, `date_order`, `skip_wrong_values`, `has_typed_numbers`.
alter table import add column options jsonb not null default '{}';

alter table setting
    -- The country of phone numbers that are written without a country code (ISO 3166).
    add column phone_country text not null default 'CN'
        constraint setting_phone_country check (phone_country ~ '^[A-Z]{2}$'),
    -- The name of a contact that is imported without a name. Null: such a row is refused.
    add column nameless_contact text default '公司总机'
        constraint setting_nameless_contact check (length(nameless_contact) between 1 and 100),
    -- How numbers and dates of imported files are written. Null: what has two readings is refused.
    add column decimal_mark text constraint setting_decimal_mark check (decimal_mark in ('POINT', 'COMMA')),
    add column date_order text constraint setting_date_order check (date_order in ('DAY_MONTH', 'MONTH_DAY'));

-- The mask of an address shows what stands behind the last @ up to the end of the domain, so that a text with several
-- addresses or with a name behind the address does not show these. It is not strict, so that it is inlined: see
-- `mask_phone`.
create or replace function mask_email(t text) returns text
    language sql immutable parallel safe
    as $$ select left(t, 1) || '****@' || coalesce(substring(t from '@([^@[:space:],;<>]+)[^@]*$'), '') $$;

-- Keys of phone numbers have the country code (`+86…`). Before, Chinese numbers had none, and numbers of other
-- countries had theirs without a plus sign.
update contact k
set phone_keys = array(
    select case
               when n.phone ~ '^\s*(\+|00)' and n.phone !~ '^\s*(\+|00)\s*86' then '+' || n.key
               when n.key ~ '^1[3-9][0-9]{9}(x|$)' or n.key ~ '^(400|800)[0-9]{7}(x|$)' then '+86' || n.key
               when n.key ~ '^0[1-9][0-9]{8,10}(x|$)' then '+86' || substr(n.key, 2)
               else n.key
           end
    from unnest(k.phones, k.phone_keys) with ordinality n (phone, key, place)
    order by n.place)
where cardinality(k.phone_keys) > 0;

-- What an update changes, for the user of the import: a JSON array of the `column`, the value `before` and the value
-- `after`. Of contacts only what is added.
alter table import_row add column changes jsonb not null default '[]';
