-- Which currencies amounts may be in, codes of ISO 4217; the first is that of amounts without one. Installations that have
-- amounts in others keep them: what was recorded stays valid.
alter table setting
    add column currencies text[] not null default '{CNY,USD,EUR,GBP,HKD,JPY}',
    add constraint setting_currencies
        check (cardinality(currencies) between 1 and 50 and array_to_string(currencies, ',') ~ '^[A-Z]{3}(,[A-Z]{3})*$');
update setting set currencies = currencies || array(
    select distinct currency from (
        select currency from product union select currency from sales_order union select currency from sales_opportunity) u
    where currency in ('AED', 'ARS', 'AUD', 'BRL', 'CAD', 'CHF', 'CLP', 'CZK', 'DKK', 'EGP', 'HUF', 'IDR', 'ILS', 'INR', 'KRW',
                       'KZT', 'MOP', 'MXN', 'MYR', 'NOK', 'NZD', 'PHP', 'PKR', 'PLN', 'RUB', 'SAR', 'SEK', 'SGD', 'THB', 'TRY',
                       'TWD', 'UAH', 'VND', 'ZAR')
    order by currency);
