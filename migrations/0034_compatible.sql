-- Which programs can work with this schema: those that know at least this version of it. A migration that older programs can't
-- work with raises it; the others leave it, so that servers of both versions run while an installation is brought up to date.

alter table installation add column oldest_program bigint not null default 34;
