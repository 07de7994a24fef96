-- Who may view figures, in installations that exist; a new one has it from `casbin/policy.csv`. Analysts see whose figures
-- they are.
insert into permission (role, resource, action, scope)
select r.name, g.resource, 'read', g.scope
from (values ('sales', 'analytics', 'own'), ('manager', 'analytics', 'team'), ('analyst', 'analytics', 'all'), ('admin', 'analytics', 'all'),
             ('analyst', 'user', 'names')) g (role, resource, scope)
join role r on r.name = g.role
on conflict do nothing;
