-- A copy of the installation (a restored dump, a clone) does nothing to others, until an operator has said what it is.

alter table installation
    -- Whether webhooks, e-mail and pool rules are held.
    add column is_held boolean not null default false;
