-- Everybody who is signed in reads the settings, because pages need the business time zone and the names of choices.
-- Installations that exist get what new ones begin with.
insert into permission (role, resource, action, scope)
select name, 'setting', 'read', 'all' from role where name in ('hr', 'service', 'analyst')
on conflict do nothing;
