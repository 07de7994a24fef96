-- The mask of phone numbers again, word for word but for `strict`: a strict function whose body is not strict in all that it
-- does, as a `case` is not, can't be written into the statement that asks it. PostgreSQL then plans it by itself in every
-- statement, and calls it for every number.
create or replace function mask_phone(t text) returns text
    language sql immutable parallel safe
    as $$ select case when length(t) < 8 then '****' else left(t, 3) || '****' || right(t, 2) end $$;
