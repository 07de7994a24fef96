-- People set their passwords themselves, by a link that is good once; and what they may change of their accounts.

-- A link by which a person sets their password. It is deleted when it was used.
create table password_link (
    -- A new link voids the one before.
    user_id    uuid primary key references app_user,
    -- The SHA-256 of its token.
    hash       bytea not null,
    -- Who made it. Null: the command line, or the user, who asked for it by e-mail.
    created_by uuid references app_user,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint password_link_unique unique (hash),
    constraint password_link_forward check (created_at < expires_at)
);

-- The language in which the user gets e-mail. Null: in both.
alter table app_user
    add column locale text,
    add constraint app_user_locale check (locale in ('en', 'zh'));

-- Somebody's place in the tree was changed, and others see their customers now.
alter table notification
    drop constraint notification_kind,
    add constraint notification_kind
        check (kind in ('ASSIGNED', 'TAKEN', 'TRANSFERRED', 'MERGED', 'SIMILAR_ENTERED', 'RELEASE_DUE', 'LONG_ABSENCE',
                        'SUPERIOR_CHANGED'));

-- Installations that exist get the permissions that new ones begin with.
insert into permission (role, resource, action, scope)
select name, 'user', 'update', 'all' from role where name in ('hr', 'admin')
union all
select name, 'user', 'reset_password', 'all' from role where name = 'admin'
on conflict do nothing;
