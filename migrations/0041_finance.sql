-- Who confirms money: a role `finance`, and whether those who sell may record payments of what they sold, as in a small company.

alter table setting add column sellers_record_payments boolean not null default true;

-- Installations that exist get the role, unless they have one of that name; a new one has it from `casbin/policy.csv`.
insert into role (name, title_en, title_zh, grantable_by_hr)
select 'finance', 'Finance', '财务', false where exists (select from role)
on conflict do nothing;
insert into permission (role, resource, action, scope)
select r.name, g.resource, g.action, g.scope
from (values ('customer', 'read', 'ordered'), ('product', 'read', 'all'), ('order', 'read', 'all'), ('order', 'pay', 'all'),
             ('order', 'reverse', 'all'), ('order', 'refund', 'all'), ('user', 'read', 'own'), ('user', 'read', 'names'),
             ('notification', 'read', 'own'), ('setting', 'read', 'all')) g (resource, action, scope)
join role r on r.name = 'finance'
where not exists (select from permission p where p.role = 'finance')
on conflict do nothing;
