--
-- PostgreSQL database dump
--

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: bigrams(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.bigrams(t text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select coalesce(array_agg(distinct substr(t, i, 2)), '{}') from generate_series(1, length(t) - 1) i $$;

--
-- Name: bump_directory_revision(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.bump_directory_revision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update directory_revision set revision = revision + 1;
    return null;
end $$;

--
-- Name: bump_session_revision(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.bump_session_revision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update session_revision set revision = revision + 1;
    return null;
end $$;

--
-- Name: check_order_total(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_order_total() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if (select total_amount from sales_order where id = new.id) <> (select coalesce(sum(amount), 0) from order_product where order_id = new.id) then
        raise exception 'the total of an order is the sum of its lines' using errcode = 'check_violation', constraint = 'order_total_is_sum';
    end if;
    return null;
end $$;

--
-- Name: claimable_from(timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.claimable_from(at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE STRICT
    AS $$
    select case
        when s.claim_opens is null then at
        else greatest(at, (((coalesce(
            (select back.ends
             from (select starts, ends from day_off where starts <= at order by starts desc limit 1) off,
                  lateral (select ends from day_off l
                           where l.starts >= off.starts and not exists (select from day_off n where n.starts = l.ends)
                           order by l.starts limit 1) back
             where at < off.ends), at) at time zone s.business_time_zone)::date + s.claim_opens) at time zone s.business_time_zone))
        end
    from setting s
$$;

--
-- Name: deliver_notifications(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.deliver_notifications() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into webhook_delivery (notification_id, at, due_at)
    select n.id, n.at, n.at from new_rows n, (select from webhook for key share) w;
    return null;
end $$;

--
-- Name: email_domains(text[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.email_domains(emails text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$ select coalesce(array_agg(distinct substring(email from '[^@]*$')), '{}') from unnest(emails) email $_$;

--
-- Name: fold(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.fold(t text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select lower(normalize(t, NFKC) collate "und-x-icu") collate "C" $$;

--
-- Name: keep_changed_opportunities(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.keep_changed_opportunities() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update opportunity_history h set valid_to = n.updated_at
    from new_rows n join old_rows o on o.id = n.id
    where h.opportunity_id = n.id and h.valid_to is null
        and (n.stage, n.owner_user_id, n.amount, n.currency, n.close_date, n.probability, n.lost_reason)
            is distinct from (o.stage, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason);
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, updated_by from new_rows n
    where not exists (select from opportunity_history h where h.opportunity_id = n.id and h.valid_to is null);
    return null;
end $$;

--
-- Name: keep_new_opportunities(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.keep_new_opportunities() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, updated_by from new_rows;
    return null;
end $$;

--
-- Name: mask_email(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mask_email(t text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select left(t, 1) || '****@' || split_part(t, '@', 2) $$;

--
-- Name: mask_phone(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mask_phone(t text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select case when length(t) < 8 then '****' else left(t, 3) || '****' || right(t, 2) end $$;

--
-- Name: mask_wechat(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mask_wechat(t text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select left(t, 1) || '****' $$;

--
-- Name: note_order(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.note_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update customer set has_ordered = true where id = new.customer_id and not has_ordered;
    return null;
end $$;

--
-- Name: only_move_to_survivor(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.only_move_to_survivor() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if new.merged_from is distinct from coalesce(old.merged_from, old.customer_id)
        or not exists (select from customer where id = old.customer_id and merged_into = new.customer_id)
        or to_jsonb(new) - array['customer_id', 'merged_from'] <> to_jsonb(old) - array['customer_id', 'merged_from'] then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: customer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer (
    id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_key text NOT NULL COLLATE pg_catalog."C",
    credit_code text COLLATE pg_catalog."C",
    source text NOT NULL,
    source_detail text,
    industry text,
    size text,
    level text,
    region text,
    owner_user_id uuid,
    owned_since timestamp with time zone,
    pool_entry_time timestamp with time zone,
    protected_until timestamp with time zone,
    first_followup_time timestamp with time zone,
    last_followup_time timestamp with time zone,
    blacklisted_at timestamp with time zone,
    blacklist_reason text,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    name_fold text GENERATED ALWAYS AS (public.fold(name)) STORED NOT NULL COLLATE pg_catalog."C",
    name_bigrams text[] GENERATED ALWAYS AS (public.bigrams(public.fold(name))) STORED NOT NULL,
    protection_due timestamp with time zone,
    next_contact_at timestamp with time zone,
    archived_at timestamp with time zone,
    merged_into uuid,
    has_ordered boolean DEFAULT false NOT NULL,
    CONSTRAINT customer_blacklisted_with_reason CHECK (((blacklisted_at IS NULL) = (blacklist_reason IS NULL))),
    CONSTRAINT customer_credit_code_shape CHECK ((credit_code ~ '^[0-9A-Z]{8,20}$'::text)),
    CONSTRAINT customer_followups_in_order CHECK ((((first_followup_time IS NULL) = (last_followup_time IS NULL)) AND (first_followup_time <= last_followup_time))),
    CONSTRAINT customer_followups_of_ownership CHECK (((first_followup_time IS NULL) OR (owner_user_id IS NOT NULL))),
    CONSTRAINT customer_lengths CHECK (((length(source_detail) <= 200) AND (length(blacklist_reason) <= 1000))),
    CONSTRAINT customer_merged_is_archived CHECK (((merged_into IS NULL) OR ((archived_at IS NOT NULL) AND (merged_into <> id)))),
    CONSTRAINT customer_name_length CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name_key <> ''::text))),
    CONSTRAINT customer_next_contact_of_ownership CHECK (((next_contact_at IS NULL) OR (last_followup_time IS NOT NULL))),
    CONSTRAINT customer_owned_or_pooled CHECK (((owner_user_id IS NULL) = (pool_entry_time IS NOT NULL))),
    CONSTRAINT customer_owned_since CHECK (((owner_user_id IS NULL) = (owned_since IS NULL))),
    CONSTRAINT customer_protected_in_pool CHECK (((protected_until IS NULL) OR (protected_until >= pool_entry_time))),
    CONSTRAINT customer_protection_due_in_pool CHECK (((protection_due IS NULL) OR (pool_entry_time IS NOT NULL)))
);

--
-- Name: pool_image(public.customer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.pool_image(c public.customer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select case when c.owner_user_id is null and c.blacklisted_at is null and c.archived_at is null
        then jsonb_strip_nulls(to_jsonb(c) - '{name_fold,name_bigrams,name_key,source_detail,protection_due,next_contact_at}'::text[]) end
$$;

--
-- Name: protected_until(timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.protected_until(entry timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE STRICT
    AS $$
    select case when s.claim_opens is null then r.ends else claimable_from(r.ends) end
    from setting s, lateral (select entry + nullif(s.protection_period_seconds, 0) * interval '1 second') r (ends)
$$;

--
-- Name: publish_changed_customers(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.publish_changed_customers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into event_outbox (topic, kind, customer_id, occurred_at, before, after)
    select 'POOL', 'CHANGED', c.id, c.updated_at, c.before, c.after
    from (select n.id, n.updated_at, pool_image(o) as before, pool_image(n) as after
          from old_rows o join new_rows n on n.id = o.id where n.updated_at <> o.updated_at) c
    where c.before is not null or c.after is not null
    order by c.updated_at, c.id;
    return null;
end $$;

--
-- Name: publish_new_customers(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.publish_new_customers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into event_outbox (topic, kind, customer_id, occurred_at, after)
    select 'POOL', 'CHANGED', c.id, c.updated_at, c.image
    from (select n.id, n.updated_at, pool_image(n) as image from new_rows n) c
    where c.image is not null;
    return null;
end $$;

--
-- Name: refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

--
-- Name: total_orders(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.total_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    -- A payment and other lines wait for each other, and so do two who write lines: what is looked at is what holds.
    perform from sales_order where id in (select order_id from changed_rows) order by id for no key update;
    if exists (select from sales_order o where o.id in (select order_id from changed_rows) and (o.status <> 'PENDING' or o.paid_amount > 0)) then
        raise exception 'the lines of a paid order are frozen' using errcode = 'restrict_violation', constraint = 'order_lines_frozen';
    end if;
    update sales_order o set total_amount = coalesce((select sum(l.amount) from order_product l where l.order_id = o.id), 0)
    where o.id in (select order_id from changed_rows);
    return null;
end $$;

--
-- Name: write_days_off(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.write_days_off() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    delete from day_off;
    insert into day_off (starts, ends, total, stands_at)
        select starts, ends, total, ends - total
        from (select starts, ends, sum(ends - starts) over (order by starts) as total
              from (select d.midnight at time zone s.business_time_zone as starts,
                           (d.midnight + interval '1 day') at time zone s.business_time_zone as ends
                    from setting s, generate_series(timestamp '2020-01-01', timestamp '2079-12-31', interval '1 day') d (midnight)
                         left join calendar_day c on c.day = d.midnight::date
                    where coalesce(c.is_off, trim(to_char(d.midnight, 'DAY')) = any(s.weekly_days_off))) days) summed;
    return null;
end $$;

--
-- Name: absence; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.absence (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    starts timestamp with time zone NOT NULL,
    ends timestamp with time zone NOT NULL,
    settled timestamp with time zone NOT NULL,
    recorded_by uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT absence_forward CHECK (((first_day <= last_day) AND (starts < ends) AND (ends < settled)))
);

--
-- Name: app_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.app_user (
    id uuid NOT NULL,
    email text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    password_hash text,
    phone text,
    manager_id uuid,
    status text DEFAULT 'ACTIVE'::text NOT NULL,
    last_sign_in_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT app_user_email_shape CHECK (((email = lower(email)) AND (email ~~ '%_@_%'::text) AND (length(email) <= 254))),
    CONSTRAINT app_user_name_length CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT app_user_not_own_manager CHECK ((manager_id <> id)),
    CONSTRAINT app_user_status CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'DEPARTED'::text])))
);

--
-- Name: calendar_day; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.calendar_day (
    day date NOT NULL,
    is_off boolean NOT NULL,
    name text NOT NULL,
    CONSTRAINT calendar_day_name CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

--
-- Name: choice; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.choice (
    kind text NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    name_en text NOT NULL,
    name_zh text NOT NULL,
    "position" integer NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT choice_code_shape CHECK ((code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$'::text)),
    CONSTRAINT choice_kind CHECK ((kind = ANY (ARRAY['SOURCE'::text, 'INDUSTRY'::text, 'SIZE'::text, 'LEVEL'::text, 'REGION'::text])))
);

--
-- Name: contact; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.contact (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    title text,
    phones text[] DEFAULT '{}'::text[] NOT NULL,
    emails text[] DEFAULT '{}'::text[] NOT NULL,
    wechat text,
    phone_keys text[] DEFAULT '{}'::text[] NOT NULL,
    email_keys text[] DEFAULT '{}'::text[] NOT NULL,
    is_primary boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    decision_role text,
    archived_at timestamp with time zone,
    CONSTRAINT contact_decision_role CHECK ((decision_role = ANY (ARRAY['DECISION_MAKER'::text, 'INFLUENCER'::text, 'BUYER'::text, 'USER'::text, 'GATEKEEPER'::text]))),
    CONSTRAINT contact_lengths CHECK (((length(title) <= 100) AND (length(wechat) <= 64) AND (cardinality(phones) <= 10) AND (cardinality(emails) <= 10))),
    CONSTRAINT contact_name_length CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT contact_primary_is_there CHECK (((archived_at IS NULL) OR (NOT is_primary)))
);

--
-- Name: contact_reveal; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.contact_reveal (
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    user_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);

--
-- Name: customer_extra; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_extra (
    customer_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    text_value text,
    number_value numeric(20,6),
    boolean_value boolean,
    date_value date,
    CONSTRAINT customer_extra_length CHECK ((length(text_value) <= 1000)),
    CONSTRAINT customer_extra_typed CHECK ((((text_value IS NOT NULL) = (type = 'TEXT'::text)) AND ((number_value IS NOT NULL) = (type = 'NUMBER'::text)) AND ((boolean_value IS NOT NULL) = (type = 'BOOLEAN'::text)) AND ((date_value IS NOT NULL) = (type = 'DATE'::text))))
);

--
-- Name: customer_operation_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_operation_log (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    operator_user_id uuid,
    type text NOT NULL,
    cause text NOT NULL,
    previous_owner_user_id uuid,
    new_owner_user_id uuid,
    remark text,
    at timestamp with time zone NOT NULL,
    moved jsonb,
    rule_id uuid,
    batch_id uuid,
    first_followup_time timestamp with time zone,
    last_followup_time timestamp with time zone,
    next_contact_at timestamp with time zone,
    protected_until timestamp with time zone,
    merged_from uuid,
    CONSTRAINT operation_cause CHECK ((cause = ANY (ARRAY['MANUAL'::text, 'MANAGER'::text, 'DEPARTURE'::text, 'IMPORT'::text, 'RULE'::text, 'UNDO'::text]))),
    CONSTRAINT operation_moved CHECK (((moved IS NOT NULL) = (type = 'MERGE'::text))),
    CONSTRAINT operation_remark_length CHECK ((length(remark) <= 1000)),
    CONSTRAINT operation_rule_with_run CHECK ((((cause = 'RULE'::text) = (rule_id IS NOT NULL)) AND ((rule_id IS NULL) OR (batch_id IS NOT NULL)))),
    CONSTRAINT operation_type CHECK ((type = ANY (ARRAY['CREATE'::text, 'CLAIM'::text, 'RELEASE'::text, 'RECLAIM'::text, 'ASSIGN'::text, 'TRANSFER'::text, 'BLACKLIST'::text, 'UNBLACKLIST'::text, 'ARCHIVE'::text, 'RESTORE'::text, 'MERGE'::text])))
);

--
-- Name: customer_pool_rule; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_pool_rule (
    id uuid NOT NULL,
    name text NOT NULL,
    condition text NOT NULL,
    action text NOT NULL,
    days_ahead integer,
    priority integer NOT NULL,
    schedule text,
    enabled boolean NOT NULL,
    scheduled_since timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    max_per_run integer,
    workdays boolean DEFAULT false NOT NULL,
    CONSTRAINT pool_rule_action CHECK ((action = ANY (ARRAY['RELEASE_TO_POOL'::text, 'WARN_OWNER'::text, 'KEEP'::text]))),
    CONSTRAINT pool_rule_days_ahead CHECK ((((action = 'WARN_OWNER'::text) = (days_ahead IS NOT NULL)) AND ((days_ahead >= 0) AND (days_ahead <= 90)))),
    CONSTRAINT pool_rule_lengths CHECK ((((length(name) >= 1) AND (length(name) <= 100)) AND ((octet_length(condition) >= 1) AND (octet_length(condition) <= 4000)) AND (length(schedule) <= 100))),
    CONSTRAINT pool_rule_max_per_run CHECK (((max_per_run IS NULL) OR ((max_per_run > 0) AND (action = 'RELEASE_TO_POOL'::text)))),
    CONSTRAINT pool_rule_schedule CHECK (((action = 'KEEP'::text) = (schedule IS NULL)))
);

--
-- Name: day_off; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.day_off (
    starts timestamp with time zone NOT NULL,
    ends timestamp with time zone NOT NULL,
    total interval NOT NULL,
    stands_at timestamp with time zone NOT NULL
);

--
-- Name: directory_revision; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.directory_revision (
    only_row boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT directory_revision_only_row_check CHECK (only_row)
);

--
-- Name: event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event (
    "position" bigint NOT NULL,
    topic text NOT NULL,
    kind text NOT NULL,
    cause text,
    customer_id uuid,
    user_id uuid,
    notification_id uuid,
    occurred_at timestamp with time zone NOT NULL,
    before jsonb,
    after jsonb,
    logged_at timestamp with time zone NOT NULL
);

--
-- Name: event_outbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event_outbox (
    id bigint NOT NULL,
    topic text NOT NULL,
    kind text NOT NULL,
    customer_id uuid,
    user_id uuid,
    notification_id uuid,
    occurred_at timestamp with time zone NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT event_outbox_about CHECK (((topic = 'NOTIFICATION'::text) OR (customer_id IS NOT NULL))),
    CONSTRAINT event_outbox_kind CHECK (((((topic = 'POOL'::text) AND (kind = 'CHANGED'::text)) OR ((topic = 'POOL'::text) AND (kind = 'BECAME_CLAIMABLE'::text))) OR ((topic = 'NOTIFICATION'::text) AND (kind = 'NOTIFIED'::text))))
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

--
-- Name: event_outbox_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.event_outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.event_outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: extra_field; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.extra_field (
    key text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    label_en text NOT NULL,
    label_zh text NOT NULL,
    personal boolean DEFAULT false NOT NULL,
    active boolean DEFAULT true NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT extra_field_key_shape CHECK ((key ~ '^[a-z][a-z0-9_]{0,39}$'::text)),
    CONSTRAINT extra_field_type CHECK ((type = ANY (ARRAY['TEXT'::text, 'NUMBER'::text, 'BOOLEAN'::text, 'DATE'::text])))
);

--
-- Name: followup; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.followup (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    opportunity_id uuid,
    author_user_id uuid NOT NULL,
    channel text NOT NULL,
    content text NOT NULL,
    at timestamp with time zone NOT NULL,
    next_plan text,
    next_contact_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT followup_channel CHECK ((channel = ANY (ARRAY['PHONE'::text, 'WECHAT'::text, 'EMAIL'::text, 'VISIT'::text, 'MEETING'::text, 'ORDER'::text, 'OTHER'::text]))),
    CONSTRAINT followup_lengths CHECK ((((length(content) >= 1) AND (length(content) <= 4000)) AND (length(next_plan) <= 1000))),
    CONSTRAINT followup_next_ahead CHECK ((next_contact_at > at)),
    CONSTRAINT followup_not_ahead CHECK (((at <= created_at) AND ((created_at - at) <= '7 days'::interval)))
);

--
-- Name: idempotency_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency_key (
    user_id uuid NOT NULL,
    key text NOT NULL,
    operation text NOT NULL,
    result_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_key_length CHECK (((length(key) >= 1) AND (length(key) <= 100)))
);

--
-- Name: import; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.import (
    id uuid NOT NULL,
    file_name text NOT NULL,
    sheet text,
    status text NOT NULL,
    columns jsonb NOT NULL,
    default_source text,
    row_count integer DEFAULT 0 NOT NULL,
    rows_done integer DEFAULT 0 NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    run_by uuid,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    undo_by uuid,
    undone_at timestamp with time zone,
    stopped_en text,
    stopped_zh text,
    protect_for_seconds bigint,
    reading_at timestamp with time zone,
    CONSTRAINT import_is_read CHECK (((status <> 'READING'::text) OR (reading_at IS NOT NULL))),
    CONSTRAINT import_lengths CHECK ((((length(file_name) >= 1) AND (length(file_name) <= 255)) AND (length(sheet) <= 255))),
    CONSTRAINT import_protect_for CHECK (((protect_for_seconds >= 0) AND (protect_for_seconds <= 31622400))),
    CONSTRAINT import_rows CHECK (((rows_done >= 0) AND (rows_done <= row_count))),
    CONSTRAINT import_status CHECK ((status = ANY (ARRAY['READING'::text, 'FAILED'::text, 'READY'::text, 'RUNNING'::text, 'STOPPED'::text, 'DONE'::text, 'UNDOING'::text, 'UNDONE'::text]))),
    CONSTRAINT import_stopped CHECK ((((status = ANY (ARRAY['STOPPED'::text, 'FAILED'::text])) = (stopped_en IS NOT NULL)) AND ((stopped_en IS NULL) = (stopped_zh IS NULL))))
);

--
-- Name: import_row; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.import_row (
    id uuid NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    created_by uuid NOT NULL,
    cells jsonb NOT NULL,
    name_key text COLLATE pg_catalog."C",
    credit_code text COLLATE pg_catalog."C",
    contact_name text COLLATE pg_catalog."C",
    outcome text NOT NULL,
    of_number integer,
    duplicate_of text,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    customer_id uuid,
    contact_id uuid,
    done_at timestamp with time zone,
    before jsonb,
    written_at timestamp with time zone,
    undone text,
    contact_added jsonb,
    contact_version integer DEFAULT 1 NOT NULL,
    CONSTRAINT import_row_done CHECK (((done_at IS NOT NULL) OR (customer_id IS NULL) OR (outcome <> 'CREATE'::text))),
    CONSTRAINT import_row_duplicate CHECK (((outcome = 'DUPLICATE'::text) = (duplicate_of IS NOT NULL))),
    CONSTRAINT import_row_duplicate_of CHECK ((duplicate_of = ANY (ARRAY['ROW'::text, 'SAME'::text, 'POOLED'::text, 'TAKEN'::text, 'BLOCKED'::text, 'ARCHIVED'::text, 'SIMILAR'::text]))),
    CONSTRAINT import_row_outcome CHECK ((outcome = ANY (ARRAY['CREATE'::text, 'UPDATE'::text, 'DUPLICATE'::text, 'ERROR'::text]))),
    CONSTRAINT import_row_undone CHECK ((undone = ANY (ARRAY['ARCHIVED'::text, 'RESTORED'::text, 'KEPT'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='50000');

--
-- Name: job_last_run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_last_run (
    job text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    error text
);

--
-- Name: notification; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notification (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    customer_id uuid,
    customer_name text,
    actor_user_id uuid,
    at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    rule_id uuid,
    about_user_id uuid,
    CONSTRAINT notification_about CHECK (((num_nonnulls(customer_id, about_user_id) = 1) AND ((customer_id IS NULL) = (customer_name IS NULL)))),
    CONSTRAINT notification_kind CHECK ((kind = ANY (ARRAY['ASSIGNED'::text, 'TAKEN'::text, 'TRANSFERRED'::text, 'MERGED'::text, 'SIMILAR_ENTERED'::text, 'RELEASE_DUE'::text, 'LONG_ABSENCE'::text])))
);

--
-- Name: operation_batch; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.operation_batch (
    id uuid NOT NULL,
    kind text NOT NULL,
    operator_user_id uuid,
    about_user_id uuid,
    filter jsonb,
    at timestamp with time zone NOT NULL,
    moved bigint NOT NULL,
    returned bigint DEFAULT 0 NOT NULL,
    undone_by uuid,
    undone_at timestamp with time zone,
    CONSTRAINT operation_batch_kind CHECK ((kind = ANY (ARRAY['TEAM_RELEASE'::text, 'ASSIGNMENT'::text, 'TRANSFER'::text, 'DEPARTURE'::text, 'POOL_RULE'::text]))),
    CONSTRAINT operation_batch_undone CHECK (((undone_by IS NULL) = (undone_at IS NULL)))
);

--
-- Name: opportunity_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.opportunity_history (
    opportunity_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    stage text NOT NULL COLLATE pg_catalog."C",
    stage_kind text NOT NULL,
    owner_user_id uuid NOT NULL,
    amount numeric(14,2),
    currency text,
    close_date date,
    probability integer NOT NULL,
    changed_by uuid,
    lost_reason text,
    CONSTRAINT opportunity_history_forward CHECK ((valid_to > valid_from)),
    CONSTRAINT opportunity_history_reason CHECK (((lost_reason IS NULL) OR (stage_kind = ANY (ARRAY['LOST'::text, 'VOID'::text]))))
);

--
-- Name: opportunity_stage; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.opportunity_stage (
    code text NOT NULL COLLATE pg_catalog."C",
    name_en text NOT NULL,
    name_zh text NOT NULL,
    "position" integer NOT NULL,
    kind text NOT NULL,
    probability integer NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT opportunity_stage_code_shape CHECK ((code ~ '^[A-Z0-9][A-Z0-9_]{0,31}$'::text)),
    CONSTRAINT opportunity_stage_kind CHECK ((kind = ANY (ARRAY['OPEN'::text, 'WON'::text, 'LOST'::text, 'VOID'::text]))),
    CONSTRAINT opportunity_stage_probability CHECK (((probability >= 0) AND (probability <= 100)))
);

--
-- Name: order_feedback; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_feedback (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    service_user_id uuid NOT NULL,
    rating integer NOT NULL,
    category text NOT NULL,
    content text,
    resolution text,
    resolved_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT feedback_category CHECK ((category = ANY (ARRAY['QUALITY'::text, 'DELIVERY'::text, 'SERVICE'::text, 'PRICE'::text, 'OTHER'::text]))),
    CONSTRAINT feedback_lengths CHECK (((length(content) <= 4000) AND (length(resolution) <= 4000))),
    CONSTRAINT feedback_rating CHECK (((rating >= 1) AND (rating <= 5))),
    CONSTRAINT feedback_resolved CHECK (((resolution IS NULL) = (resolved_at IS NULL)))
);

--
-- Name: order_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_history (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    action text NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    amount numeric(14,2),
    remark text,
    user_id uuid,
    at timestamp with time zone NOT NULL,
    total_before numeric(14,2),
    total_after numeric(14,2),
    CONSTRAINT order_history_amount CHECK ((amount > (0)::numeric)),
    CONSTRAINT order_history_remark_length CHECK ((length(remark) <= 1000)),
    CONSTRAINT order_history_totals CHECK ((((total_before IS NOT NULL) = (action = 'CHANGE_LINES'::text)) AND ((total_after IS NOT NULL) = (action = 'CHANGE_LINES'::text))))
);

--
-- Name: order_number; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.order_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: order_product; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_product (
    order_id uuid NOT NULL,
    "position" integer NOT NULL,
    product_id uuid NOT NULL,
    quantity numeric(12,3) NOT NULL,
    unit_price numeric(14,2) NOT NULL,
    discount numeric(14,2) DEFAULT 0 NOT NULL,
    amount numeric(14,2) GENERATED ALWAYS AS ((round((quantity * unit_price), 2) - discount)) STORED NOT NULL,
    CONSTRAINT order_product_bounds CHECK ((("position" >= 1) AND (quantity > (0)::numeric) AND (unit_price >= (0)::numeric) AND (discount >= (0)::numeric) AND (amount >= (0)::numeric)))
);

--
-- Name: order_step; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.order_step (
    from_status text NOT NULL,
    action text NOT NULL,
    to_status text NOT NULL
);

--
-- Name: permission; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.permission (
    role text NOT NULL,
    resource text NOT NULL,
    action text NOT NULL,
    scope text NOT NULL
);

--
-- Name: pool_rule_notice; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pool_rule_notice (
    rule_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    owner_user_id uuid NOT NULL,
    owned_since timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL
);

--
-- Name: pool_rule_run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pool_rule_run (
    id uuid NOT NULL,
    rule_id uuid NOT NULL,
    rule_version integer NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    status text DEFAULT 'RUNNING'::text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    matched bigint,
    released bigint DEFAULT 0 NOT NULL,
    held_owners uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    failed_customers uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    pass integer DEFAULT 1 NOT NULL,
    after_customer uuid,
    error text,
    approved_by uuid,
    approved_at timestamp with time zone,
    announced bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pool_rule_run_finished CHECK (((status = ANY (ARRAY['RUNNING'::text, 'AWAITING_APPROVAL'::text])) = (finished_at IS NULL))),
    CONSTRAINT pool_rule_run_status CHECK ((status = ANY (ARRAY['RUNNING'::text, 'AWAITING_APPROVAL'::text, 'DONE'::text, 'STOPPED'::text, 'LAPSED'::text, 'FAILED'::text])))
);

--
-- Name: product; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.product (
    id uuid NOT NULL,
    sku text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    category text,
    unit text NOT NULL,
    unit_price numeric(14,2) NOT NULL,
    currency text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT product_lengths CHECK ((((length(sku) >= 1) AND (length(sku) <= 64)) AND ((length(name) >= 1) AND (length(name) <= 200)) AND (length(category) <= 100) AND ((length(unit) >= 1) AND (length(unit) <= 20)))),
    CONSTRAINT product_price CHECK (((unit_price >= (0)::numeric) AND (currency ~ '^[A-Z]{3}$'::text)))
);

--
-- Name: role; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.role (
    name text NOT NULL COLLATE pg_catalog."C",
    title_en text NOT NULL,
    title_zh text NOT NULL,
    grantable_by_hr boolean DEFAULT false NOT NULL,
    CONSTRAINT role_name_shape CHECK ((name ~ '^[a-z][a-z0-9_]{0,31}$'::text))
);

--
-- Name: role_inheritance; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.role_inheritance (
    role text NOT NULL,
    inherits text NOT NULL,
    CONSTRAINT role_inheritance_not_itself CHECK ((role <> inherits))
);

--
-- Name: sales_opportunity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sales_opportunity (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    owner_user_id uuid NOT NULL,
    stage text NOT NULL COLLATE pg_catalog."C",
    stage_kind text NOT NULL,
    product_id uuid,
    amount numeric(14,2),
    currency text,
    close_date date,
    probability integer NOT NULL,
    closed_at timestamp with time zone,
    lost_reason text,
    created_by uuid,
    updated_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    archived_at timestamp with time zone,
    CONSTRAINT opportunity_amount CHECK ((((amount IS NULL) = (currency IS NULL)) AND (amount >= (0)::numeric) AND (currency ~ '^[A-Z]{3}$'::text))),
    CONSTRAINT opportunity_closed CHECK (((stage_kind = 'OPEN'::text) = (closed_at IS NULL))),
    CONSTRAINT opportunity_lengths CHECK ((length(lost_reason) <= 1000)),
    CONSTRAINT opportunity_lost_with_reason CHECK (
CASE stage_kind
    WHEN 'LOST'::text THEN (lost_reason IS NOT NULL)
    WHEN 'VOID'::text THEN true
    ELSE (lost_reason IS NULL)
END),
    CONSTRAINT opportunity_probability CHECK (((probability >= 0) AND (probability <= 100)))
);

--
-- Name: sales_order; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sales_order (
    id uuid NOT NULL,
    order_no text NOT NULL COLLATE pg_catalog."C",
    customer_id uuid NOT NULL,
    opportunity_id uuid,
    sold_by_user_id uuid NOT NULL,
    owner_user_id uuid NOT NULL,
    status text DEFAULT 'PENDING'::text NOT NULL,
    currency text NOT NULL,
    total_amount numeric(14,2) DEFAULT 0 NOT NULL,
    paid_amount numeric(14,2) DEFAULT 0 NOT NULL,
    remark text,
    ordered_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    shipped_at timestamp with time zone,
    delivered_at timestamp with time zone,
    closed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT order_closed CHECK (((status = ANY (ARRAY['CANCELLED'::text, 'REFUNDED'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT order_currency CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT order_lengths CHECK ((((length(order_no) >= 1) AND (length(order_no) <= 40)) AND (length(remark) <= 1000))),
    CONSTRAINT order_paid_in_bounds CHECK (((total_amount >= (0)::numeric) AND ((paid_amount >= (0)::numeric) AND (paid_amount <= total_amount)))),
    CONSTRAINT order_status CHECK ((status = ANY (ARRAY['PENDING'::text, 'PAID'::text, 'SHIPPED'::text, 'DELIVERED'::text, 'CANCELLED'::text, 'REFUNDED'::text]))),
    CONSTRAINT order_times CHECK ((
CASE status
    WHEN 'PENDING'::text THEN ((paid_at IS NULL) AND (shipped_at IS NULL) AND (delivered_at IS NULL))
    WHEN 'CANCELLED'::text THEN ((paid_at IS NULL) AND (shipped_at IS NULL) AND (delivered_at IS NULL) AND (paid_amount = (0)::numeric))
    WHEN 'REFUNDED'::text THEN true
    ELSE ((paid_at IS NOT NULL) AND (paid_amount = total_amount) AND ((shipped_at IS NOT NULL) = (status = ANY (ARRAY['SHIPPED'::text, 'DELIVERED'::text]))) AND ((delivered_at IS NOT NULL) = (status = 'DELIVERED'::text)))
END AND ((shipped_at IS NULL) OR (paid_at IS NOT NULL)) AND ((delivered_at IS NULL) OR (shipped_at IS NOT NULL))))
);

--
-- Name: session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.session (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    access_hash bytea NOT NULL,
    access_expires_at timestamp with time zone NOT NULL,
    refresh_hash bytea NOT NULL,
    previous_refresh_hash bytea,
    rotated_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_why text,
    CONSTRAINT session_end_has_reason CHECK (((ended_at IS NULL) = (ended_why IS NULL))),
    CONSTRAINT session_ended_why CHECK ((ended_why = ANY (ARRAY['LOGOUT'::text, 'REVOKED'::text, 'PASSWORD_CHANGED'::text, 'DEPARTED'::text, 'REFRESH_TOKEN_REUSED'::text])))
);

--
-- Name: session_revision; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.session_revision (
    only_row boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT session_revision_only_row_check CHECK (only_row)
);

--
-- Name: setting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.setting (
    only_row boolean DEFAULT true NOT NULL,
    protection_period_seconds bigint DEFAULT 259200 NOT NULL,
    max_owned_customers integer,
    max_claims_per_day integer,
    previous_owner_cooldown_seconds bigint,
    max_reveals_per_day integer DEFAULT 50,
    business_time_zone text DEFAULT 'Asia/Shanghai'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    weekly_days_off text[] DEFAULT '{SATURDAY,SUNDAY}'::text[] NOT NULL,
    claim_opens time without time zone,
    notice_seconds bigint DEFAULT 0 NOT NULL,
    long_absence_seconds bigint DEFAULT 2592000,
    CONSTRAINT setting_cooldown CHECK (((previous_owner_cooldown_seconds >= 0) AND (previous_owner_cooldown_seconds <= 31622400))),
    CONSTRAINT setting_long_absence CHECK (((long_absence_seconds >= 0) AND (long_absence_seconds <= 31622400))),
    CONSTRAINT setting_max_claims CHECK ((max_claims_per_day >= 0)),
    CONSTRAINT setting_max_owned CHECK ((max_owned_customers >= 0)),
    CONSTRAINT setting_max_reveals CHECK ((max_reveals_per_day >= 0)),
    CONSTRAINT setting_notice CHECK (((notice_seconds >= 0) AND (notice_seconds <= 31622400))),
    CONSTRAINT setting_one_row CHECK (only_row),
    CONSTRAINT setting_protection_period CHECK (((protection_period_seconds >= 0) AND (protection_period_seconds <= 31622400))),
    CONSTRAINT setting_weekly_days_off CHECK (((weekly_days_off <@ '{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY,SATURDAY,SUNDAY}'::text[]) AND (cardinality(weekly_days_off) < 7)))
);

--
-- Name: sign_in_failure; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sign_in_failure (
    subject text NOT NULL,
    failures integer NOT NULL,
    last_failed_at timestamp with time zone NOT NULL
);

--
-- Name: user_manager_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_manager_history (
    user_id uuid NOT NULL,
    manager_id uuid,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    CONSTRAINT user_manager_history_forward CHECK ((valid_from < valid_to))
);

--
-- Name: user_role; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_role (
    user_id uuid NOT NULL,
    role text NOT NULL
);

--
-- Name: webhook; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook (
    only_row boolean DEFAULT true NOT NULL,
    url text NOT NULL,
    secret bytea NOT NULL,
    last_success_at timestamp with time zone,
    last_error_at timestamp with time zone,
    last_error text,
    CONSTRAINT webhook_error CHECK (((last_error IS NULL) = (last_error_at IS NULL))),
    CONSTRAINT webhook_lengths CHECK (((length(url) <= 2000) AND ((length(secret) >= 24) AND (length(secret) <= 64)) AND (length(last_error) <= 200))),
    CONSTRAINT webhook_one_row CHECK (only_row)
);

--
-- Name: webhook_delivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_delivery (
    notification_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    delivered_at timestamp with time zone,
    given_up_at timestamp with time zone,
    CONSTRAINT webhook_delivery_ends_once CHECK ((num_nonnulls(due_at, delivered_at, given_up_at) = 1))
);

--
-- Name: absence absence_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_pkey PRIMARY KEY (id);

--
-- Name: app_user app_user_email_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_email_unique UNIQUE (email);

--
-- Name: app_user app_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (id);

--
-- Name: calendar_day calendar_day_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT calendar_day_pkey PRIMARY KEY (day);

--
-- Name: choice choice_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.choice
    ADD CONSTRAINT choice_pkey PRIMARY KEY (kind, code);

--
-- Name: contact contact_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (id);

--
-- Name: contact_reveal contact_reveal_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_reveal
    ADD CONSTRAINT contact_reveal_pkey PRIMARY KEY (id);

--
-- Name: customer_extra customer_extra_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_extra
    ADD CONSTRAINT customer_extra_pkey PRIMARY KEY (customer_id, key);

--
-- Name: customer_operation_log customer_operation_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT customer_operation_log_pkey PRIMARY KEY (id);

--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);

--
-- Name: customer_pool_rule customer_pool_rule_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_pool_rule
    ADD CONSTRAINT customer_pool_rule_pkey PRIMARY KEY (id);

--
-- Name: day_off day_off_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.day_off
    ADD CONSTRAINT day_off_pkey PRIMARY KEY (starts);

--
-- Name: directory_revision directory_revision_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.directory_revision
    ADD CONSTRAINT directory_revision_pkey PRIMARY KEY (only_row);

--
-- Name: event_outbox event_outbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_outbox
    ADD CONSTRAINT event_outbox_pkey PRIMARY KEY (id);

--
-- Name: event event_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY ("position");

--
-- Name: extra_field extra_field_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.extra_field
    ADD CONSTRAINT extra_field_pkey PRIMARY KEY (key);

--
-- Name: extra_field extra_field_type_known; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.extra_field
    ADD CONSTRAINT extra_field_type_known UNIQUE (key, type);

--
-- Name: followup followup_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.followup
    ADD CONSTRAINT followup_pkey PRIMARY KEY (id);

--
-- Name: idempotency_key idempotency_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (user_id, key);

--
-- Name: import import_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_pkey PRIMARY KEY (id);

--
-- Name: import_row import_row_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT import_row_number UNIQUE (import_id, number);

--
-- Name: import_row import_row_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT import_row_pkey PRIMARY KEY (id);

--
-- Name: job_last_run job_last_run_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_last_run
    ADD CONSTRAINT job_last_run_pkey PRIMARY KEY (job);

--
-- Name: notification notification_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);

--
-- Name: operation_batch operation_batch_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operation_batch
    ADD CONSTRAINT operation_batch_pkey PRIMARY KEY (id);

--
-- Name: opportunity_history opportunity_history_one_ends; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_history
    ADD CONSTRAINT opportunity_history_one_ends UNIQUE (opportunity_id, valid_to);

--
-- Name: opportunity_history opportunity_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_history
    ADD CONSTRAINT opportunity_history_pkey PRIMARY KEY (opportunity_id, valid_from);

--
-- Name: sales_opportunity opportunity_of_customer; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_of_customer UNIQUE (id, customer_id);

--
-- Name: opportunity_stage opportunity_stage_kind_known; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_stage
    ADD CONSTRAINT opportunity_stage_kind_known UNIQUE (code, kind);

--
-- Name: opportunity_stage opportunity_stage_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_stage
    ADD CONSTRAINT opportunity_stage_pkey PRIMARY KEY (code);

--
-- Name: order_feedback order_feedback_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_feedback
    ADD CONSTRAINT order_feedback_pkey PRIMARY KEY (id);

--
-- Name: order_history order_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_history
    ADD CONSTRAINT order_history_pkey PRIMARY KEY (id);

--
-- Name: sales_order order_no_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT order_no_unique UNIQUE (order_no);

--
-- Name: sales_order order_of_customer; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT order_of_customer UNIQUE (id, customer_id);

--
-- Name: order_product order_product_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_product
    ADD CONSTRAINT order_product_pkey PRIMARY KEY (order_id, "position");

--
-- Name: order_step order_step_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_step
    ADD CONSTRAINT order_step_pkey PRIMARY KEY (from_status, action, to_status);

--
-- Name: permission permission_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.permission
    ADD CONSTRAINT permission_pkey PRIMARY KEY (role, resource, action, scope);

--
-- Name: pool_rule_notice pool_rule_notice_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_notice
    ADD CONSTRAINT pool_rule_notice_pkey PRIMARY KEY (rule_id, customer_id);

--
-- Name: pool_rule_run pool_rule_run_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_run
    ADD CONSTRAINT pool_rule_run_once UNIQUE (rule_id, planned_at);

--
-- Name: pool_rule_run pool_rule_run_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_run
    ADD CONSTRAINT pool_rule_run_pkey PRIMARY KEY (id);

--
-- Name: product product_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product
    ADD CONSTRAINT product_pkey PRIMARY KEY (id);

--
-- Name: product product_sku_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product
    ADD CONSTRAINT product_sku_unique UNIQUE (sku);

--
-- Name: role_inheritance role_inheritance_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.role_inheritance
    ADD CONSTRAINT role_inheritance_pkey PRIMARY KEY (role, inherits);

--
-- Name: role role_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.role
    ADD CONSTRAINT role_pkey PRIMARY KEY (name);

--
-- Name: sales_opportunity sales_opportunity_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT sales_opportunity_pkey PRIMARY KEY (id);

--
-- Name: sales_order sales_order_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT sales_order_pkey PRIMARY KEY (id);

--
-- Name: session session_access_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_access_unique UNIQUE (access_hash);

--
-- Name: session session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

--
-- Name: session session_refresh_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_refresh_unique UNIQUE (refresh_hash);

--
-- Name: session_revision session_revision_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session_revision
    ADD CONSTRAINT session_revision_pkey PRIMARY KEY (only_row);

--
-- Name: setting setting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (only_row);

--
-- Name: sign_in_failure sign_in_failure_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sign_in_failure
    ADD CONSTRAINT sign_in_failure_pkey PRIMARY KEY (subject);

--
-- Name: user_manager_history user_manager_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_manager_history
    ADD CONSTRAINT user_manager_history_pkey PRIMARY KEY (user_id, valid_from);

--
-- Name: user_role user_role_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_role
    ADD CONSTRAINT user_role_pkey PRIMARY KEY (user_id, role);

--
-- Name: webhook_delivery webhook_delivery_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (notification_id);

--
-- Name: webhook webhook_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (only_row);

--
-- Name: absence_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX absence_of_user ON public.absence USING btree (user_id, starts);

--
-- Name: app_user_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX app_user_by_name ON public.app_user USING btree (name, id);

--
-- Name: app_user_reports; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX app_user_reports ON public.app_user USING btree (manager_id, name, id);

--
-- Name: contact_email_domains; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_email_domains ON public.contact USING gin (public.email_domains(email_keys));

--
-- Name: contact_emails; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_emails ON public.contact USING gin (email_keys);

--
-- Name: contact_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_of_customer ON public.contact USING btree (customer_id, created_at, id);

--
-- Name: contact_one_primary; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX contact_one_primary ON public.contact USING btree (customer_id) WHERE is_primary;

--
-- Name: contact_phones; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_phones ON public.contact USING gin (phone_keys);

--
-- Name: contact_reveal_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_reveal_of_user ON public.contact_reveal USING btree (user_id, at);

--
-- Name: customer_archived_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_archived_by_creation ON public.customer USING btree (created_at, id) WHERE (archived_at IS NOT NULL);

--
-- Name: customer_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_creation ON public.customer USING btree (created_at, id);

--
-- Name: customer_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_name ON public.customer USING btree (name, id);

--
-- Name: customer_creator_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_creator_by_creation ON public.customer USING btree (created_by, created_at, id);

--
-- Name: customer_credit_code_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customer_credit_code_unique ON public.customer USING btree (credit_code) WHERE (merged_into IS NULL);

--
-- Name: customer_extra_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_extra_number ON public.customer_extra USING btree (key, number_value) WHERE (number_value IS NOT NULL);

--
-- Name: customer_extra_text; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_extra_text ON public.customer_extra USING btree (key, "left"(text_value, 100)) WHERE (text_value IS NOT NULL);

--
-- Name: customer_merged_from; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_merged_from ON public.customer USING btree (merged_into) WHERE (merged_into IS NOT NULL);

--
-- Name: customer_name_key_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customer_name_key_unique ON public.customer USING btree (name_key) WHERE (merged_into IS NULL);

--
-- Name: customer_ordered_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_ordered_by_creation ON public.customer USING btree (created_at, id) WHERE has_ordered;

--
-- Name: customer_owner_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_owner_by_creation ON public.customer USING btree (owner_user_id, created_at, id) WHERE (owner_user_id IS NOT NULL);

--
-- Name: customer_owner_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_owner_by_name ON public.customer USING btree (owner_user_id, name, id) WHERE (owner_user_id IS NOT NULL);

--
-- Name: customer_owner_by_next_contact; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_owner_by_next_contact ON public.customer USING btree (owner_user_id, next_contact_at) WHERE (next_contact_at IS NOT NULL);

--
-- Name: customer_pool_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_pool_by_creation ON public.customer USING btree (created_at, id) WHERE (owner_user_id IS NULL);

--
-- Name: customer_pool_by_entry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_pool_by_entry ON public.customer USING btree (pool_entry_time, id) WHERE (owner_user_id IS NULL);

--
-- Name: customer_pool_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_pool_by_name ON public.customer USING btree (name, id) WHERE (owner_user_id IS NULL);

--
-- Name: customer_protection_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_protection_due ON public.customer USING btree (protection_due) WHERE (protection_due IS NOT NULL);

--
-- Name: customer_search; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_search ON public.customer USING gin (name_bigrams);

--
-- Name: customer_search_prefix; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_search_prefix ON public.customer USING btree (name_fold);

--
-- Name: day_off_by_working_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX day_off_by_working_time ON public.day_off USING btree (stands_at, starts);

--
-- Name: event_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_of_user ON public.event USING btree (user_id, "position") WHERE (user_id IS NOT NULL);

--
-- Name: feedback_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX feedback_by_creation ON public.order_feedback USING btree (created_at, id);

--
-- Name: feedback_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX feedback_of_customer ON public.order_feedback USING btree (customer_id, created_at, id);

--
-- Name: feedback_of_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX feedback_of_order ON public.order_feedback USING btree (order_id, created_at, id);

--
-- Name: followup_of_author; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX followup_of_author ON public.followup USING btree (author_user_id, at, id);

--
-- Name: followup_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX followup_of_customer ON public.followup USING btree (customer_id, at, id);

--
-- Name: followup_of_opportunity; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX followup_of_opportunity ON public.followup USING btree (opportunity_id, at, id) WHERE (opportunity_id IS NOT NULL);

--
-- Name: import_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_by_time ON public.import USING btree (created_at, id);

--
-- Name: import_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_of_user ON public.import USING btree (created_by, created_at, id);

--
-- Name: import_reading; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_reading ON public.import USING btree (reading_at) WHERE (status = 'READING'::text);

--
-- Name: import_row_by_outcome; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_by_outcome ON public.import_row USING btree (import_id, outcome, number, id);

--
-- Name: import_row_of_code; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_of_code ON public.import_row USING btree (import_id, credit_code, number) WHERE (credit_code IS NOT NULL);

--
-- Name: import_row_of_company; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_of_company ON public.import_row USING btree (import_id, of_number) WHERE (of_number IS NOT NULL);

--
-- Name: import_row_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_of_customer ON public.import_row USING btree (customer_id, import_id) WHERE (customer_id IS NOT NULL);

--
-- Name: import_row_of_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_of_name ON public.import_row USING btree (import_id, name_key, number) WHERE (name_key IS NOT NULL);

--
-- Name: import_row_to_do; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_to_do ON public.import_row USING btree (import_id, number) WHERE (done_at IS NULL);

--
-- Name: import_row_to_undo; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_row_to_undo ON public.import_row USING btree (import_id, number) WHERE ((customer_id IS NOT NULL) AND (of_number IS NULL) AND (undone IS NULL));

--
-- Name: import_under_way; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX import_under_way ON public.import USING btree (started_at) WHERE (status = ANY (ARRAY['RUNNING'::text, 'UNDOING'::text]));

--
-- Name: notification_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notification_of_customer ON public.notification USING btree (customer_id);

--
-- Name: notification_of_rule; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notification_of_rule ON public.notification USING btree (customer_id, rule_id, at) WHERE (rule_id IS NOT NULL);

--
-- Name: notification_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notification_of_user ON public.notification USING btree (user_id, at, id);

--
-- Name: notification_unread; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notification_unread ON public.notification USING btree (user_id) WHERE (read_at IS NULL);

--
-- Name: operation_batch_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_batch_by_time ON public.operation_batch USING btree (at, id);

--
-- Name: operation_batch_of_operator; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_batch_of_operator ON public.operation_batch USING btree (operator_user_id, at, id);

--
-- Name: operation_claims; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_claims ON public.customer_operation_log USING btree (operator_user_id, at) WHERE (type = 'CLAIM'::text);

--
-- Name: operation_of_batch; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_of_batch ON public.customer_operation_log USING btree (batch_id, at, id) WHERE (batch_id IS NOT NULL);

--
-- Name: operation_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_of_customer ON public.customer_operation_log USING btree (customer_id, at, id);

--
-- Name: operation_of_merged; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_of_merged ON public.customer_operation_log USING btree (merged_from, at) WHERE (merged_from IS NOT NULL);

--
-- Name: operation_previous_owner; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX operation_previous_owner ON public.customer_operation_log USING btree (customer_id, previous_owner_user_id, at) WHERE (previous_owner_user_id IS NOT NULL);

--
-- Name: opportunity_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX opportunity_by_creation ON public.sales_opportunity USING btree (created_at, id);

--
-- Name: opportunity_customer_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX opportunity_customer_by_creation ON public.sales_opportunity USING btree (customer_id, created_at, id);

--
-- Name: opportunity_history_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX opportunity_history_of_customer ON public.opportunity_history USING btree (customer_id, valid_from, opportunity_id);

--
-- Name: opportunity_history_one_open; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX opportunity_history_one_open ON public.opportunity_history USING btree (opportunity_id) WHERE (valid_to IS NULL);

--
-- Name: opportunity_owner_by_creation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX opportunity_owner_by_creation ON public.sales_opportunity USING btree (owner_user_id, created_at, id);

--
-- Name: opportunity_won_by_owner; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX opportunity_won_by_owner ON public.sales_opportunity USING btree (owner_user_id, closed_at) WHERE (stage_kind = 'WON'::text);

--
-- Name: order_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_by_time ON public.sales_order USING btree (ordered_at, id);

--
-- Name: order_customer_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_customer_by_time ON public.sales_order USING btree (customer_id, ordered_at, id);

--
-- Name: order_history_of_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_history_of_customer ON public.order_history USING btree (customer_id, at, id);

--
-- Name: order_history_of_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_history_of_order ON public.order_history USING btree (order_id, at, id);

--
-- Name: order_of_opportunity; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_of_opportunity ON public.sales_order USING btree (opportunity_id, ordered_at, id) WHERE (opportunity_id IS NOT NULL);

--
-- Name: order_owner_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_owner_by_time ON public.sales_order USING btree (owner_user_id, ordered_at, id);

--
-- Name: order_product_of_product; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_product_of_product ON public.order_product USING btree (product_id);

--
-- Name: order_seller_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX order_seller_by_time ON public.sales_order USING btree (sold_by_user_id, ordered_at);

--
-- Name: pool_rule_by_priority; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pool_rule_by_priority ON public.customer_pool_rule USING btree (priority, id);

--
-- Name: pool_rule_run_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pool_rule_run_by_time ON public.pool_rule_run USING btree (planned_at, id);

--
-- Name: pool_rule_run_of_rule; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pool_rule_run_of_rule ON public.pool_rule_run USING btree (rule_id, planned_at, id);

--
-- Name: pool_rule_run_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pool_rule_run_open ON public.pool_rule_run USING btree (status) WHERE (finished_at IS NULL);

--
-- Name: product_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX product_by_name ON public.product USING btree (name, id);

--
-- Name: session_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX session_of_user ON public.session USING btree (user_id, created_at, id);

--
-- Name: session_previous_refresh; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX session_previous_refresh ON public.session USING btree (previous_refresh_hash) WHERE (previous_refresh_hash IS NOT NULL);

--
-- Name: user_manager_history_one_open; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX user_manager_history_one_open ON public.user_manager_history USING btree (user_id) WHERE (valid_to IS NULL);

--
-- Name: webhook_delivery_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (due_at, at, notification_id) WHERE (due_at IS NOT NULL);

--
-- Name: webhook_delivery_ended; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_delivery_ended ON public.webhook_delivery USING btree (COALESCE(delivered_at, given_up_at)) WHERE (due_at IS NULL);

--
-- Name: contact_reveal append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.contact_reveal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

--
-- Name: customer_operation_log append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON public.customer_operation_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

--
-- Name: opportunity_history append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason, changed_by OR TRUNCATE ON public.opportunity_history FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

--
-- Name: order_history append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF action, from_status, to_status, amount, remark, user_id, at, total_before, total_after OR TRUNCATE ON public.order_history FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

--
-- Name: customer customer_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customer_changed AFTER UPDATE ON public.customer REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.publish_changed_customers();

--
-- Name: customer customer_entered; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customer_entered AFTER INSERT ON public.customer REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.publish_new_customers();

--
-- Name: sales_order customer_has_ordered; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customer_has_ordered AFTER INSERT OR UPDATE OF customer_id ON public.sales_order FOR EACH ROW EXECUTE FUNCTION public.note_order();

--
-- Name: calendar_day days_off_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER days_off_changed AFTER INSERT OR DELETE OR UPDATE ON public.calendar_day FOR EACH STATEMENT EXECUTE FUNCTION public.write_days_off();

--
-- Name: setting days_off_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER days_off_changed AFTER UPDATE OF weekly_days_off, business_time_zone ON public.setting FOR EACH ROW WHEN (((old.weekly_days_off IS DISTINCT FROM new.weekly_days_off) OR (old.business_time_zone IS DISTINCT FROM new.business_time_zone))) EXECUTE FUNCTION public.write_days_off();

--
-- Name: absence directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.absence FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: app_user directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE OF name, email, manager_id, status ON public.app_user FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: calendar_day directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.calendar_day FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: choice directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.choice FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: customer_pool_rule directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE OF name, condition, action, priority, schedule, enabled, workdays ON public.customer_pool_rule FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: extra_field directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.extra_field FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: opportunity_stage directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.opportunity_stage FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: permission directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.permission FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: role directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.role FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: role_inheritance directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.role_inheritance FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: setting directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.setting FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: user_role directory_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER directory_changed AFTER INSERT OR DELETE OR UPDATE ON public.user_role FOR EACH STATEMENT EXECUTE FUNCTION public.bump_directory_revision();

--
-- Name: opportunity_history ends_with_the_next; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ends_with_the_next BEFORE UPDATE ON public.opportunity_history FOR EACH ROW WHEN (((new.opportunity_id <> old.opportunity_id) OR ((new.valid_to IS DISTINCT FROM old.valid_to) AND ((old.valid_to IS NOT NULL) OR (pg_trigger_depth() = 0))))) EXECUTE FUNCTION public.refuse_change();

--
-- Name: customer_operation_log only_move_to_survivor; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER only_move_to_survivor BEFORE UPDATE ON public.customer_operation_log FOR EACH ROW EXECUTE FUNCTION public.only_move_to_survivor();

--
-- Name: sales_opportunity opportunity_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER opportunity_changed AFTER UPDATE ON public.sales_opportunity REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_changed_opportunities();

--
-- Name: sales_opportunity opportunity_entered; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER opportunity_entered AFTER INSERT ON public.sales_opportunity REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_new_opportunities();

--
-- Name: order_product order_lines_added; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER order_lines_added AFTER INSERT ON public.order_product REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION public.total_orders();

--
-- Name: order_product order_lines_removed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER order_lines_removed AFTER DELETE ON public.order_product REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION public.total_orders();

--
-- Name: order_product order_lines_replaced; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER order_lines_replaced BEFORE UPDATE OR TRUNCATE ON public.order_product FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

--
-- Name: sales_order order_total_is_sum; Type: TRIGGER; Schema: public; Owner: -
--

CREATE CONSTRAINT TRIGGER order_total_is_sum AFTER INSERT OR UPDATE OF total_amount ON public.sales_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.check_order_total();

--
-- Name: session session_ended; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER session_ended AFTER UPDATE OF ended_at ON public.session FOR EACH STATEMENT EXECUTE FUNCTION public.bump_session_revision();

--
-- Name: notification webhook_delivers; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER webhook_delivers AFTER INSERT ON public.notification REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.deliver_notifications();

--
-- Name: absence absence_recorder; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_recorder FOREIGN KEY (recorded_by) REFERENCES public.app_user(id);

--
-- Name: absence absence_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_user FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: app_user app_user_manager; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.app_user
    ADD CONSTRAINT app_user_manager FOREIGN KEY (manager_id) REFERENCES public.app_user(id);

--
-- Name: contact contact_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: contact_reveal contact_reveal_contact_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_reveal
    ADD CONSTRAINT contact_reveal_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contact(id);

--
-- Name: contact_reveal contact_reveal_customer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_reveal
    ADD CONSTRAINT contact_reveal_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: contact_reveal contact_reveal_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_reveal
    ADD CONSTRAINT contact_reveal_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: customer customer_creator; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_creator FOREIGN KEY (created_by) REFERENCES public.app_user(id);

--
-- Name: customer_extra customer_extra_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_extra
    ADD CONSTRAINT customer_extra_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: customer_extra customer_extra_field; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_extra
    ADD CONSTRAINT customer_extra_field FOREIGN KEY (key, type) REFERENCES public.extra_field(key, type);

--
-- Name: customer customer_merged_into; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_merged_into FOREIGN KEY (merged_into) REFERENCES public.customer(id);

--
-- Name: customer customer_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_owner FOREIGN KEY (owner_user_id) REFERENCES public.app_user(id);

--
-- Name: order_feedback feedback_order; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_feedback
    ADD CONSTRAINT feedback_order FOREIGN KEY (order_id, customer_id) REFERENCES public.sales_order(id, customer_id) ON UPDATE CASCADE;

--
-- Name: order_feedback feedback_service; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_feedback
    ADD CONSTRAINT feedback_service FOREIGN KEY (service_user_id) REFERENCES public.app_user(id);

--
-- Name: followup followup_author; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.followup
    ADD CONSTRAINT followup_author FOREIGN KEY (author_user_id) REFERENCES public.app_user(id);

--
-- Name: followup followup_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.followup
    ADD CONSTRAINT followup_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: followup followup_opportunity; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.followup
    ADD CONSTRAINT followup_opportunity FOREIGN KEY (opportunity_id, customer_id) REFERENCES public.sales_opportunity(id, customer_id) ON UPDATE CASCADE;

--
-- Name: idempotency_key idempotency_key_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: import import_creator; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_creator FOREIGN KEY (created_by) REFERENCES public.app_user(id);

--
-- Name: import_row import_row_contact; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT import_row_contact FOREIGN KEY (contact_id) REFERENCES public.contact(id);

--
-- Name: import_row import_row_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT import_row_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: import_row import_row_import; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT import_row_import FOREIGN KEY (import_id) REFERENCES public.import(id) ON DELETE CASCADE;

--
-- Name: import import_runner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_runner FOREIGN KEY (run_by) REFERENCES public.app_user(id);

--
-- Name: import import_undoer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_undoer FOREIGN KEY (undo_by) REFERENCES public.app_user(id);

--
-- Name: notification notification_about_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_about_user FOREIGN KEY (about_user_id) REFERENCES public.app_user(id);

--
-- Name: notification notification_actor; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_actor FOREIGN KEY (actor_user_id) REFERENCES public.app_user(id);

--
-- Name: notification notification_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: notification notification_rule; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_rule FOREIGN KEY (rule_id) REFERENCES public.customer_pool_rule(id);

--
-- Name: notification notification_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_user FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: operation_batch operation_batch_about_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operation_batch
    ADD CONSTRAINT operation_batch_about_user FOREIGN KEY (about_user_id) REFERENCES public.app_user(id);

--
-- Name: operation_batch operation_batch_operator; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operation_batch
    ADD CONSTRAINT operation_batch_operator FOREIGN KEY (operator_user_id) REFERENCES public.app_user(id);

--
-- Name: operation_batch operation_batch_undoer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operation_batch
    ADD CONSTRAINT operation_batch_undoer FOREIGN KEY (undone_by) REFERENCES public.app_user(id);

--
-- Name: customer_operation_log operation_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: customer_operation_log operation_in_batch; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_in_batch FOREIGN KEY (batch_id) REFERENCES public.operation_batch(id);

--
-- Name: customer_operation_log operation_merged_from; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_merged_from FOREIGN KEY (merged_from) REFERENCES public.customer(id);

--
-- Name: customer_operation_log operation_new_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_new_owner FOREIGN KEY (new_owner_user_id) REFERENCES public.app_user(id);

--
-- Name: customer_operation_log operation_operator; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_operator FOREIGN KEY (operator_user_id) REFERENCES public.app_user(id);

--
-- Name: customer_operation_log operation_previous_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_previous_owner FOREIGN KEY (previous_owner_user_id) REFERENCES public.app_user(id);

--
-- Name: customer_operation_log operation_rule; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT operation_rule FOREIGN KEY (rule_id) REFERENCES public.customer_pool_rule(id);

--
-- Name: sales_opportunity opportunity_creator; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_creator FOREIGN KEY (created_by) REFERENCES public.app_user(id);

--
-- Name: sales_opportunity opportunity_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: sales_opportunity opportunity_editor; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_editor FOREIGN KEY (updated_by) REFERENCES public.app_user(id);

--
-- Name: opportunity_history opportunity_history_editor; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_history
    ADD CONSTRAINT opportunity_history_editor FOREIGN KEY (changed_by) REFERENCES public.app_user(id);

--
-- Name: opportunity_history opportunity_history_no_gap; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_history
    ADD CONSTRAINT opportunity_history_no_gap FOREIGN KEY (opportunity_id, valid_to) REFERENCES public.opportunity_history(opportunity_id, valid_from) DEFERRABLE INITIALLY DEFERRED;

--
-- Name: opportunity_history opportunity_history_of; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_history
    ADD CONSTRAINT opportunity_history_of FOREIGN KEY (opportunity_id, customer_id) REFERENCES public.sales_opportunity(id, customer_id) ON UPDATE CASCADE;

--
-- Name: opportunity_history opportunity_history_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.opportunity_history
    ADD CONSTRAINT opportunity_history_owner FOREIGN KEY (owner_user_id) REFERENCES public.app_user(id);

--
-- Name: sales_opportunity opportunity_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_owner FOREIGN KEY (owner_user_id) REFERENCES public.app_user(id);

--
-- Name: sales_opportunity opportunity_product; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_product FOREIGN KEY (product_id) REFERENCES public.product(id);

--
-- Name: sales_opportunity opportunity_stage_known; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_opportunity
    ADD CONSTRAINT opportunity_stage_known FOREIGN KEY (stage, stage_kind) REFERENCES public.opportunity_stage(code, kind);

--
-- Name: sales_order order_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: order_history order_history_of; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_history
    ADD CONSTRAINT order_history_of FOREIGN KEY (order_id, customer_id) REFERENCES public.sales_order(id, customer_id) ON UPDATE CASCADE;

--
-- Name: order_history order_history_step; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_history
    ADD CONSTRAINT order_history_step FOREIGN KEY (from_status, action, to_status) REFERENCES public.order_step(from_status, action, to_status);

--
-- Name: order_history order_history_user; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_history
    ADD CONSTRAINT order_history_user FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: sales_order order_opportunity; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT order_opportunity FOREIGN KEY (opportunity_id, customer_id) REFERENCES public.sales_opportunity(id, customer_id) ON UPDATE CASCADE;

--
-- Name: sales_order order_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT order_owner FOREIGN KEY (owner_user_id) REFERENCES public.app_user(id);

--
-- Name: order_product order_product_order; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_product
    ADD CONSTRAINT order_product_order FOREIGN KEY (order_id) REFERENCES public.sales_order(id);

--
-- Name: order_product order_product_product; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.order_product
    ADD CONSTRAINT order_product_product FOREIGN KEY (product_id) REFERENCES public.product(id);

--
-- Name: sales_order order_seller; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sales_order
    ADD CONSTRAINT order_seller FOREIGN KEY (sold_by_user_id) REFERENCES public.app_user(id);

--
-- Name: permission permission_role_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.permission
    ADD CONSTRAINT permission_role_fkey FOREIGN KEY (role) REFERENCES public.role(name);

--
-- Name: pool_rule_notice pool_rule_notice_customer; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_notice
    ADD CONSTRAINT pool_rule_notice_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);

--
-- Name: pool_rule_notice pool_rule_notice_owner; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_notice
    ADD CONSTRAINT pool_rule_notice_owner FOREIGN KEY (owner_user_id) REFERENCES public.app_user(id);

--
-- Name: pool_rule_notice pool_rule_notice_rule; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_notice
    ADD CONSTRAINT pool_rule_notice_rule FOREIGN KEY (rule_id) REFERENCES public.customer_pool_rule(id);

--
-- Name: pool_rule_run pool_rule_run_approver; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_run
    ADD CONSTRAINT pool_rule_run_approver FOREIGN KEY (approved_by) REFERENCES public.app_user(id);

--
-- Name: pool_rule_run pool_rule_run_rule; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pool_rule_run
    ADD CONSTRAINT pool_rule_run_rule FOREIGN KEY (rule_id) REFERENCES public.customer_pool_rule(id);

--
-- Name: role_inheritance role_inheritance_inherits_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.role_inheritance
    ADD CONSTRAINT role_inheritance_inherits_fkey FOREIGN KEY (inherits) REFERENCES public.role(name);

--
-- Name: role_inheritance role_inheritance_role_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.role_inheritance
    ADD CONSTRAINT role_inheritance_role_fkey FOREIGN KEY (role) REFERENCES public.role(name);

--
-- Name: session session_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: user_manager_history user_manager_history_chain; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_manager_history
    ADD CONSTRAINT user_manager_history_chain FOREIGN KEY (user_id, valid_to) REFERENCES public.user_manager_history(user_id, valid_from) DEFERRABLE INITIALLY DEFERRED;

--
-- Name: user_manager_history user_manager_history_manager_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_manager_history
    ADD CONSTRAINT user_manager_history_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES public.app_user(id);

--
-- Name: user_manager_history user_manager_history_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_manager_history
    ADD CONSTRAINT user_manager_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: user_role user_role_role_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_role
    ADD CONSTRAINT user_role_role_fkey FOREIGN KEY (role) REFERENCES public.role(name);

--
-- Name: user_role user_role_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_role
    ADD CONSTRAINT user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.app_user(id);

--
-- Name: webhook_delivery webhook_delivery_notification; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_notification FOREIGN KEY (notification_id) REFERENCES public.notification(id);

--
-- PostgreSQL database dump complete
--

