-- Edits of users and of the settings.

-- Passwords are never kept. Departures, returns and roles are in the audit log.
create function keep_user_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, about_user_id, field, before, after, user_id)
    select edit_id(n.updated_at), n.updated_at, n.id, e.field, e.before, e.after, acting_user()
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
        ('name', edit_value(o.name), edit_value(n.name)), ('email', edit_value(o.email), edit_value(n.email)),
        ('phone', edit_value(o.phone), edit_value(n.phone)), ('locale', language_value(o.locale), language_value(n.locale)),
        ('manager', edit_value('user_' || o.manager_id), edit_value('user_' || n.manager_id))) e (field, before, after)
    where e.before collate "C" <> e.after collate "C";
    return null;
end $$;
-- A language as the API writes it.
create function language_value(locale text) returns text[] language sql immutable parallel safe as $$
    select edit_value(case locale when 'en' then 'ENGLISH' when 'zh' then 'CHINESE' end)
$$;
create trigger edits_kept after update on app_user
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_user_edits();

-- When the operation of this transaction acts: it says it where it locks its actor.
create function acting_at() returns timestamptz language sql stable as $$
    select coalesce(nullif(current_setting('tidepool.at', true), '')::timestamptz, now())
$$;

-- A duration as the API writes it, such as P3D.
create function duration_value(seconds bigint) returns text[] language sql stable set intervalstyle = 'iso_8601' as $$
    select edit_value(make_interval(days => (seconds / 86400)::int, secs => seconds % 86400)::text)
$$;

create function keep_setting_edits() returns trigger language plpgsql as $$
begin
    insert into edit (id, at, field, before, after, user_id)
    select edit_id(acting_at()), acting_at(), e.field, e.before, e.after, acting_user()
    from new_rows n cross join old_rows o
    cross join lateral (values
        ('protectionPeriod', duration_value(o.protection_period_seconds), duration_value(n.protection_period_seconds)),
        ('maxOwnedCustomers', edit_value(o.max_owned_customers::text), edit_value(n.max_owned_customers::text)),
        ('maxClaimsPerDay', edit_value(o.max_claims_per_day::text), edit_value(n.max_claims_per_day::text)),
        ('previousOwnerCooldown', duration_value(o.previous_owner_cooldown_seconds), duration_value(n.previous_owner_cooldown_seconds)),
        ('longAbsence', duration_value(o.long_absence_seconds), duration_value(n.long_absence_seconds)),
        ('maxRevealsPerDay', edit_value(o.max_reveals_per_day::text), edit_value(n.max_reveals_per_day::text)),
        ('businessTimeZone', edit_value(o.business_time_zone), edit_value(n.business_time_zone)),
        ('weeklyDaysOff', o.weekly_days_off, n.weekly_days_off),
        ('claimOpens', edit_value(to_char(o.claim_opens, 'HH24:MI')), edit_value(to_char(n.claim_opens, 'HH24:MI'))),
        ('notice', duration_value(o.notice_seconds), duration_value(n.notice_seconds)),
        ('currencies', o.currencies, n.currencies),
        ('quickRelease', duration_value(o.quick_release_seconds), duration_value(n.quick_release_seconds)),
        ('quickReleaseAlert', edit_value(o.quick_release_alert::text), edit_value(n.quick_release_alert::text)),
        ('auditDays', edit_value(o.audit_days::text), edit_value(n.audit_days::text)),
        ('notificationDays', edit_value(o.notification_days::text), edit_value(n.notification_days::text)),
        ('sessionIdle', duration_value(o.session_idle_seconds), duration_value(n.session_idle_seconds)),
        ('phoneCountry', edit_value(o.phone_country), edit_value(n.phone_country)),
        ('namelessContact', edit_value(o.nameless_contact), edit_value(n.nameless_contact)),
        ('decimalMark', edit_value(o.decimal_mark), edit_value(n.decimal_mark)),
        ('dateOrder', edit_value(o.date_order), edit_value(n.date_order)),
        ('importGrace', duration_value(o.import_grace_seconds), duration_value(n.import_grace_seconds)),
        ('sellersRecordPayments', edit_value(o.sellers_record_payments::text), edit_value(n.sellers_record_payments::text)))
        e (field, before, after)
    where e.before collate "C" <> e.after collate "C";
    return null;
end $$;
create trigger edits_kept after update on setting
    referencing old table as old_rows new table as new_rows
    for each statement execute function keep_setting_edits();
