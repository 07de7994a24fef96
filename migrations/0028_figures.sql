-- Who may view figures, in installations that exist; a new one has it from `casbin/policy.csv`.
insert into permission (role, resource, action, scope)
select r.name, 'analytics', 'read', g.scope
from (values ('sales', 'own'), ('manager', 'team'), ('analyst', 'all'), ('admin', 'all')) g (role, scope) join role r on r.name = g.role;
