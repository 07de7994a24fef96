-- Marketing sees what became of the customers that it entered, in installations that exist; a new one has it from
-- `casbin/policy.csv`.
insert into permission (role, resource, action, scope)
select name, 'opportunity', 'read', 'entered' from role where name = 'marketing'
on conflict do nothing;
