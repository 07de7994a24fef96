-- Whether a customer has ever ordered, kept in its own row: service staff see those that have, and what the pool shows of a
-- customer before and after a change tells it too.
alter table customer add column has_ordered boolean not null default false;
alter table customer disable trigger customer_changed;
update customer c set has_ordered = true where exists (select from sales_order o where o.customer_id = c.id);
alter table customer enable trigger customer_changed;
create index customer_ordered_by_creation on customer (created_at, id) where has_ordered;

create function note_order() returns trigger language plpgsql as $$
begin
    update customer set has_ordered = true where id = new.customer_id and not has_ordered;
    return null;
end $$;
create trigger customer_has_ordered after insert or update of customer_id on sales_order
    for each row execute function note_order();

-- By the case of all letters, whatever the database's own language is: names are kept in an order that knows ASCII alone, and
-- were folded by it.
create or replace function fold(t text) returns text
    language sql immutable strict parallel safe
    as $$ select lower(normalize(t, NFKC) collate "und-x-icu") collate "C" $$;
alter table customer disable trigger customer_changed;
update customer set name = name where name_fold <> fold(name);
alter table customer enable trigger customer_changed;
