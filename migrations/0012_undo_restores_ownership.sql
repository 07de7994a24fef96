-- Since when an ownership, or a stay in the pool, had gone on before a batch: an undo puts it back. Rows from before this
-- migration have neither; undoing them begins anew.
alter table customer_operation_log
    add column owned_since timestamptz,
    add column pool_entry_time timestamptz;
