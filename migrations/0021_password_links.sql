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
                        'APPROVAL_DUE', 'QUICK_RELEASES', 'SUPERIOR_CHANGED'));

-- What the audit log tells of sessions, passwords and accounts.
alter table audit_entry
    drop constraint audit_entry_kind,
    add constraint audit_entry_kind check (kind in (
        'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'SESSION_REVOKED', 'SESSIONS_REVOKED', 'REFRESH_TOKEN_REUSED',
        'PASSWORD_CHANGED', 'PASSWORD_CHECK_FAILED', 'PASSWORD_LINK_CREATED', 'PASSWORD_SET_BY_LINK',
        'SECOND_FACTOR_ADDED', 'SECOND_FACTOR_REMOVED', 'IDENTITY_CONNECTED',
        'USER_CREATED', 'USER_CHANGED', 'MANAGER_CHANGED', 'ROLES_CHANGED', 'USER_DEPARTED', 'USER_REACTIVATED',
        'ABSENCE_RECORDED', 'ABSENCE_CANCELLED',
        'API_KEY_CREATED', 'API_KEY_REVOKED', 'ROLE_SAVED', 'PERMISSION_GRANTED', 'PERMISSION_REVOKED',
        'SETTINGS_CHANGED', 'CALENDAR_CHANGED', 'CHOICE_SAVED', 'EXTRA_FIELD_SAVED', 'STAGE_SAVED', 'WEBHOOK_CHANGED',
        'POOL_RULE_SAVED', 'POOL_RULE_RUN_APPROVED', 'POOL_RULE_RUN_UNDONE',
        'CONTACT_REVEALED', 'DETAILS_LOOKED_UP', 'QUICK_RELEASES', 'DOWNLOADED'));

-- Installations that exist get the permissions that new ones begin with.
insert into permission (role, resource, action, scope)
select name, 'user', 'update', 'all' from role where name in ('hr', 'admin')
union all
select name, 'user', 'reset_password', 'all' from role where name = 'admin'
on conflict do nothing;
