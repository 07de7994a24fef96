-- Targets: what a user, or a user together with everybody below, shall attain in a month. Their superiors set them.

create table sales_target (
    id         uuid primary key,
    user_id    uuid not null constraint sales_target_user references app_user,
    -- Whether what everybody below the user attains counts, too.
    of_team    boolean not null,
    -- The first day of the month, in the business time zone.
    month      date not null,
    -- What is counted: the measure of the same name in figures.
    measure    text not null,
    -- Of amounts; counts have none.
    currency   text,
    value      numeric(14, 2) not null,
    set_by     uuid not null constraint sales_target_setter references app_user,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint sales_target_unique unique nulls not distinct (user_id, month, measure, currency, of_team),
    constraint sales_target_first_day check (extract(day from month) = 1),
    constraint sales_target_measure check (measure in ('BOOKED', 'RECEIVED', 'WON_AMOUNT', 'ORDERS', 'WON', 'FOLLOW_UPS')),
    constraint sales_target_currency
        check ((measure in ('BOOKED', 'RECEIVED', 'WON_AMOUNT')) = (currency is not null) and currency ~ '^[A-Z]{3}$'),
    constraint sales_target_value check (value > 0 and (currency is not null or value = trunc(value)))
);
create index sales_target_by_month on sales_target ((month::timestamp at time zone 'UTC'), id);
create index sales_target_of_user_by_month on sales_target (user_id, (month::timestamp at time zone 'UTC'), id);

-- Who may do what with targets, in installations that exist; a new one has it from `casbin/policy.csv`.
insert into permission (role, resource, action, scope)
select r.name, 'target', g.action, g.scope
from (values ('sales', 'read', 'own'), ('manager', 'read', 'team'), ('manager', 'write', 'team'), ('analyst', 'read', 'all'),
             ('admin', 'read', 'all'), ('admin', 'write', 'all')) g (role, action, scope)
join role r on r.name = g.role
on conflict do nothing;
