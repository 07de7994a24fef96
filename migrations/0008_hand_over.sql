-- Every way a customer changes hands.

-- Installations that are there get what new ones start with (casbin/policy.csv).
insert into permission (role, resource, action, scope)
    select p.role, 'customer', 'transfer', p.scope
    from (values ('manager', 'team'), ('admin', 'all')) p (role, scope)
    join role r on r.name = p.role
    on conflict do nothing;

alter table notification drop constraint notification_kind;
alter table notification add constraint notification_kind
    check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE'));
