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
    if (select total_amount from sales_order where id = new.id)
        <> (select coalesce(sum(amount), 0) from order_product where order_id = new.id) then
        raise exception 'the total of an order is the sum of its lines'
            using errcode = 'check_violation', constraint = 'order_total_is_sum';
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
             where at < off.ends), at) at time zone s.business_time_zone)::date + s.claim_opens)
            at time zone s.business_time_zone))
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
            is distinct from
            (o.stage, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason);
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount,
                                     currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount,
           currency, close_date, probability, lost_reason, updated_by
    from new_rows n
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
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount,
                                     currency, close_date, probability, lost_reason, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount,
           currency, close_date, probability, lost_reason, updated_by
    from new_rows;
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
        or to_jsonb(new) - array['customer_id', 'merged_from']
           <> to_jsonb(old) - array['customer_id', 'merged_from'] then
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
        then jsonb_strip_nulls(to_jsonb(c)
            - '{name_fold,name_bigrams,name_key,source_detail,protection_due,next_contact_at}'::text[]) end
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
    perform from sales_order where id in (select order_id from changed_rows) order by id for no key update;
    if exists (select from sales_order o where o.id in (select order_id from changed_rows)
                                               and (o.status <> 'PENDING' or o.paid_amount > 0)) then
        raise exception 'the lines of a paid order are frozen'
            using errcode = 'restrict_violation', constraint = 'order_lines_frozen';
    end if;
    update sales_order o
    set total_amount = coalesce((select sum(l.amount) from order_product l where l.order_id = o.id), 0)
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
                    from setting s,
                         generate_series(timestamp '2020-01-01', timestamp '2079-12-31', interval '1 day') d (midnight)
                         left join calendar_day c on c.day = d.midnight::date
                    where coalesce(c.is_off, trim(to_char(d.midnight, 'DAY')) = any(s.weekly_days_off))) days) summed;
    return null;
end $$;


--
-- Name: _sqlx_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


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
-- Data for Name: _sqlx_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public._sqlx_migrations VALUES
	(1, 'people', '2026-11-29 08:47:05.006497+00', true, '\x4bf9251e542a3fc2bedb05211fa6f881e1e21a132f1e871bd0ffe6770ce60b43794ac30a2c5c557493c49b4a6ebb8202', 80580961),
	(2, 'settings', '2026-11-29 08:47:05.088144+00', true, '\x6920fd212ad6040673cdecb7548747a28e4a618f19b30e2e2d800de2d39f563f0e260e4915eb90b010d54f32b0dbd55a', 243225845),
	(3, 'customers', '2026-11-29 08:47:05.331754+00', true, '\xdaa89da26bc061972652d7466c97ddb19cf10d64fb78a95bf3736895fb6ef56fe04b29fb80a031d12b0e0aa8a4d573ea', 67234584),
	(4, 'feed', '2026-11-29 08:47:05.421771+00', true, '\x40dd9e1f7c4b1d392e5ecdef5788b332c1b2cf02707ad3cd19a719035512d9134695de612972616425083d4023261128', 32433633),
	(5, 'rules', '2026-11-29 08:47:05.447079+00', true, '\x5336f206536da2e3dbf3aec7f9b92b2ad42a6e21dde24081efc75485d0a8c3f660ea47f69ac763814cfd7af5eaa577bd', 27722137),
	(6, 'operations', '2026-11-29 08:47:05.477137+00', true, '\x780332b3088356b5faed3154a54d904fd2edd7e86ac923fefe55ba1be07b4b0e63ac45face4aa75fb41713e813ef337d', 28335693),
	(7, 'opportunities', '2026-11-29 08:47:05.504326+00', true, '\xb305ebdb6d3ee2ba75fea99b32f19bbdd605275d92a39cd4469332b1007cadb0915df41b9ecbe7eed6bd635fadd1382e', 67041292),
	(8, 'orders', '2026-11-29 08:47:05.574121+00', true, '\x24db59e20b2296e3377979373b0fc333fb400ca6a27738e4595295ab1e19ea383cf225be62fc4926181a7d38e57f30d9', 92779792),
	(9, 'notifications', '2026-11-29 08:47:05.667814+00', true, '\x5aa5707c91f0c64bf17ce7de2d55fd5b4f0abbf358282363cd84e452ce3692ee05d8e6a06ed2b07b7b52dc45296df9f7', 67364485),
	(10, 'imports', '2026-11-29 08:47:05.755201+00', true, '\x121735a65ac37f8edf1d76aaba9da55c0962047d145db34087898b0f90d7852e11bc57e917340113d72f7564165b5212', 49458980);


--
-- Data for Name: absence; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: app_user; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.app_user VALUES
	('01920e9d-0bb3-78ef-8adf-f924f01e06f9', 'admin@tidepool.example', 'Ada Admin', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0000', NULL, 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-70b6-afa6-f51e8b2b2fa7', 'hr@tidepool.example', 'He Renshi', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0001', NULL, 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-79fe-91fd-5340f793bc33', 'service@tidepool.example', 'Fu Kefu', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0002', NULL, 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-74de-afce-d5c85f19b007', 'marketing@tidepool.example', 'Shi Chang', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0003', NULL, 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7c5c-9244-4aff729db1a9', 'analyst@tidepool.example', 'Shu Ju', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0004', NULL, 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-71c6-84ac-f26c2e47c5fd', 'head@tidepool.example', 'Zong Jian', NULL, '+86 139 0001 0005', NULL, 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7154-b080-36d8e1c036f0', 'director1@tidepool.example', '黄艳', NULL, '+86 139 0001 0006', '01920e9d-0bb3-71c6-84ac-f26c2e47c5fd', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'manager@tidepool.example', 'Jing Li', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0007', '01920e9d-0bb3-7154-b080-36d8e1c036f0', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7ecb-b44d-aa3db2dc7e25', 'sales@tidepool.example', 'Xiao Shou', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0008', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-740a-a037-9f9a8b5f3464', 'sales2@tidepool.example', 'Er Hao', '$argon2id$v=19$m=19456,t=2,p=1$RachcQ3QirpgFpkqFTW+Ig$pQVYAisYiNzPk0jsFpup7+Hs01h1cxk84cId38lozsI', '+86 139 0001 0009', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'rep3@tidepool.example', '孙敏', NULL, '+86 139 0001 0010', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7fae-8314-42c028ca0da1', 'rep4@tidepool.example', '杨晓梅', NULL, '+86 139 0001 0011', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'rep5@tidepool.example', '何晓梅', NULL, '+86 139 0001 0012', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7102-85e8-a9906c0c53a1', 'rep6@tidepool.example', '王明', NULL, '+86 139 0001 0013', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-77fe-9929-acf209f9402a', 'rep7@tidepool.example', 'Henry Zhou', NULL, '+86 139 0001 0014', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7634-b7fe-7c9695b45b43', 'rep8@tidepool.example', '吴明', NULL, '+86 139 0001 0015', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'rep9@tidepool.example', '胡杰', NULL, '+86 139 0001 0016', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7e46-b3cc-7c096404e57c', 'rep10@tidepool.example', 'Grace Yang', NULL, '+86 139 0001 0017', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'rep11@tidepool.example', '吴勇', NULL, '+86 139 0001 0018', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7262-bae3-d99b17029c82', 'rep12@tidepool.example', '刘磊', NULL, '+86 139 0001 0019', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'rep13@tidepool.example', '周芳', NULL, '+86 139 0001 0020', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7bd4-9295-5756a9458dce', 'rep14@tidepool.example', '陈磊', NULL, '+86 139 0001 0021', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'rep15@tidepool.example', '郭磊', NULL, '+86 139 0001 0022', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'rep16@tidepool.example', '何军', NULL, '+86 139 0001 0023', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'rep17@tidepool.example', '罗明', NULL, '+86 139 0001 0024', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7743-9025-e1e828db36b0', 'rep18@tidepool.example', '刘磊', NULL, '+86 139 0001 0025', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'rep19@tidepool.example', 'Henry Ma', NULL, '+86 139 0001 0026', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7b42-b4ec-acd6aa45e6a9', 'rep20@tidepool.example', '张晓梅', NULL, '+86 139 0001 0027', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ACTIVE', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7e18-9ebf-7f3ced6b6f9e', 'left1@tidepool.example', '赵晓梅', NULL, '+86 139 0001 0028', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'DEPARTED', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-739a-ac49-fe47c76ea0f3', 'left2@tidepool.example', '朱晓梅', NULL, '+86 139 0001 0029', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'DEPARTED', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00'),
	('01920e9d-0bb3-7fad-a99f-4f0a6b451800', 'left3@tidepool.example', '张强', NULL, '+86 139 0001 0030', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'DEPARTED', NULL, '2024-09-20 08:47:06.163016+00', '2024-09-20 08:47:06.163016+00');


--
-- Data for Name: calendar_day; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: choice; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.choice VALUES
	('SOURCE', 'EXHIBITION', 'Exhibition', '展会', 1, true),
	('SOURCE', 'WEBSITE', 'Website', '官网', 2, true),
	('SOURCE', 'REFERRAL', 'Referral', '转介绍', 3, true),
	('SOURCE', 'COLD_CALL', 'Cold call', '电话开发', 4, true),
	('SOURCE', 'ADVERTISING', 'Advertising', '广告', 5, true),
	('SOURCE', 'PARTNER', 'Partner', '合作伙伴', 6, true),
	('SOURCE', 'OTHER', 'Other', '其他', 7, true),
	('INDUSTRY', 'MANUFACTURING', 'Manufacturing', '制造业', 1, true),
	('INDUSTRY', 'SOFTWARE', 'Software', '软件', 2, true),
	('INDUSTRY', 'RETAIL', 'Retail', '零售', 3, true),
	('INDUSTRY', 'LOGISTICS', 'Logistics', '物流', 4, true),
	('INDUSTRY', 'FINANCE', 'Finance', '金融', 5, true),
	('INDUSTRY', 'HEALTHCARE', 'Healthcare', '医疗', 6, true),
	('INDUSTRY', 'EDUCATION', 'Education', '教育', 7, true),
	('INDUSTRY', 'ENERGY', 'Energy', '能源', 8, true),
	('INDUSTRY', 'CONSTRUCTION', 'Construction', '建筑', 9, true),
	('INDUSTRY', 'OTHER', 'Other', '其他', 10, true),
	('SIZE', 'UP_TO_50', '1 to 50 people', '1–50 人', 1, true),
	('SIZE', 'UP_TO_200', '51 to 200 people', '51–200 人', 2, true),
	('SIZE', 'UP_TO_1000', '201 to 1,000 people', '201–1000 人', 3, true),
	('SIZE', 'OVER_1000', 'More than 1,000 people', '1000 人以上', 4, true),
	('LEVEL', 'KEY', 'Key account', '重点客户', 1, true),
	('LEVEL', 'A', 'A', 'A 级', 2, true),
	('LEVEL', 'B', 'B', 'B 级', 3, true),
	('LEVEL', 'C', 'C', 'C 级', 4, true),
	('REGION', 'EAST', 'East China', '华东', 1, true),
	('REGION', 'SOUTH', 'South China', '华南', 2, true),
	('REGION', 'NORTH', 'North China', '华北', 3, true),
	('REGION', 'CENTRAL', 'Central China', '华中', 4, true),
	('REGION', 'SOUTHWEST', 'Southwest China', '西南', 5, true),
	('REGION', 'NORTHWEST', 'Northwest China', '西北', 6, true),
	('REGION', 'NORTHEAST', 'Northeast China', '东北', 7, true),
	('REGION', 'ABROAD', 'Abroad', '海外', 8, true);


--
-- Data for Name: contact; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.contact VALUES
	('0193771a-33b3-71e4-abf3-7dfb105aad2b', '0193771a-33b3-778d-a46e-c9550ca04d39', '何娟', 'Head of Purchasing', '{"+86 1931 2248 5061"}', '{}', 'wx_0_0', '{86193122485061}', '{}', true, '2024-11-29 08:47:06.163016+00', '2024-11-29 08:47:06.163016+00', 1, 'DECISION_MAKER', NULL),
	('0194620c-ea4b-7985-ae88-d5def0a1ff19', '0194620c-ea4b-72d1-b354-f5046bcc697f', '王伟', '运营总监', '{"+86 1363 9107 1230"}', '{Contact1@company1.example}', NULL, '{86136391071230}', '{contact1@company1.example}', true, '2025-01-13 23:43:21.163016+00', '2025-01-13 23:43:21.163016+00', 1, NULL, NULL),
	('0194620c-ea4b-7e61-9555-7e1b0b6e127b', '0194620c-ea4b-72d1-b354-f5046bcc697f', '高敏', 'Head of Purchasing', '{"+86 1426 7780 8868"}', '{}', NULL, '{86142677808868}', '{}', false, '2025-01-13 23:43:21.163016+00', '2025-01-13 23:43:21.163016+00', 1, 'INFLUENCER', NULL),
	('0194620c-ea4b-71c5-9025-b3ca69af992c', '0194620c-ea4b-72d1-b354-f5046bcc697f', 'Emma Wu', '总经理', '{"+86 1492 8385 5892"}', '{}', NULL, '{86149283855892}', '{}', false, '2025-01-13 23:43:21.163016+00', '2025-01-13 23:43:21.163016+00', 1, NULL, NULL),
	('01954cff-a0e3-7e2c-89f0-44bf4b7d6925', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'Emma Ma', 'IT 总监', '{"+86 1797 8477 0536"}', '{Contact1@company2.example}', NULL, '{86179784770536}', '{contact1@company2.example}', true, '2025-02-28 14:39:36.163016+00', '2025-02-28 14:39:36.163016+00', 1, 'DECISION_MAKER', NULL),
	('01954cff-a0e3-7356-bc19-10d90ae75b44', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'Iris Zhang', '采购经理', '{"+86 1469 6936 8084"}', '{}', 'wx_2_1', '{86146969368084}', '{}', false, '2025-02-28 14:39:36.163016+00', '2025-02-28 14:39:36.163016+00', 1, 'DECISION_MAKER', NULL),
	('01954cff-a0e3-7cd4-adc5-ce4db9703d14', '01954cff-a0e3-740d-88e9-de102b2d2bed', '朱娜', '财务主管', '{"+86 1975 8750 2946"}', '{Contact3@company2.example}', NULL, '{86197587502946}', '{contact3@company2.example}', false, '2025-02-28 14:39:36.163016+00', '2025-02-28 14:39:36.163016+00', 1, NULL, NULL),
	('019637f2-577b-7f12-8045-7c09f1e0e315', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '陈芳', '财务主管', '{"+86 1793 4851 8838"}', '{Contact1@company3.example}', NULL, '{86179348518838}', '{contact1@company3.example}', true, '2025-04-15 05:35:51.163016+00', '2025-04-15 05:35:51.163016+00', 1, 'DECISION_MAKER', NULL),
	('019722e5-0e13-72a7-b947-06196f66b74f', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '马秀英', 'CEO', '{"+86 1493 1401 3960"}', '{Contact1@company4.example}', NULL, '{86149314013960}', '{contact1@company4.example}', true, '2025-05-30 20:32:06.163016+00', '2025-05-30 20:32:06.163016+00', 1, 'INFLUENCER', NULL),
	('019722e5-0e13-7757-9be4-72d4cd113aef', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '林杰', 'IT 总监', '{"+86 1452 7831 8790"}', '{Contact2@company4.example}', 'wx_4_1', '{86145278318790}', '{contact2@company4.example}', false, '2025-05-30 20:32:06.163016+00', '2025-05-30 20:32:06.163016+00', 1, 'USER', NULL),
	('019722e5-0e13-7117-8d40-300ebb7716d1', '019722e5-0e13-76e9-8a4f-a6d729de3d34', 'Emma Zhang', '运营总监', '{"+86 1615 6745 1451"}', '{}', 'wx_4_2', '{86161567451451}', '{}', false, '2025-05-30 20:32:06.163016+00', '2025-05-30 20:32:06.163016+00', 1, NULL, NULL),
	('01980dd7-c4ab-73c2-bf20-f3c3d8b7fdf2', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'Alice Liu', 'Engineer', '{"+86 1610 1963 5881"}', '{Contact1@company5.example}', NULL, '{86161019635881}', '{contact1@company5.example}', true, '2025-07-15 11:28:21.163016+00', '2025-07-15 11:28:21.163016+00', 1, NULL, NULL),
	('0198f8ca-7b43-787b-ada9-18575275d211', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', 'Alice Huang', 'Head of Purchasing', '{"+86 1731 5593 6131"}', '{Contact1@company6.example}', 'wx_6_0', '{86173155936131}', '{contact1@company6.example}', true, '2025-08-30 02:24:36.163016+00', '2025-08-30 02:24:36.163016+00', 1, NULL, NULL),
	('0199e3bd-31db-791f-89b7-407afaab8c8e', '0199e3bd-31db-7467-8809-edc85823a509', 'Ben Zhu', '采购经理', '{"+86 1575 1172 6670"}', '{}', 'wx_7_0', '{86157511726670}', '{}', true, '2025-10-14 17:20:51.163016+00', '2025-10-14 17:20:51.163016+00', 1, 'BUYER', NULL),
	('019aceaf-e873-7c42-bde5-026b0cde00ba', '019aceaf-e873-7c0f-9aa0-add489ca9619', '王杰', 'Engineer', '{"+86 1625 1325 7329"}', '{Contact1@company8.example}', 'wx_8_0', '{86162513257329}', '{contact1@company8.example}', true, '2025-11-29 08:17:06.163016+00', '2025-11-29 08:17:06.163016+00', 1, NULL, NULL),
	('019aceaf-e873-757a-b09f-8075f74c4fa1', '019aceaf-e873-7c0f-9aa0-add489ca9619', '胡芳', 'Engineer', '{"+86 1530 9629 2752"}', '{}', NULL, '{86153096292752}', '{}', false, '2025-11-29 08:17:06.163016+00', '2025-11-29 08:17:06.163016+00', 1, NULL, NULL),
	('019aceaf-e873-7377-8d50-674ccc119905', '019aceaf-e873-7c0f-9aa0-add489ca9619', '徐军', 'Engineer', '{"+86 1434 5372 3706"}', '{Contact3@company8.example}', NULL, '{86143453723706}', '{contact3@company8.example}', false, '2025-11-29 08:17:06.163016+00', '2025-11-29 08:17:06.163016+00', 1, 'USER', NULL),
	('019bb9a2-9f0b-79db-af5d-1045be0eac64', '019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', 'Frank Zhou', '采购经理', '{"+86 1571 4709 0961"}', '{Contact1@company9.example}', 'wx_9_0', '{86157147090961}', '{contact1@company9.example}', true, '2026-01-13 23:13:21.163016+00', '2026-01-13 23:13:21.163016+00', 1, 'INFLUENCER', NULL),
	('019bb9a2-9f0b-7aba-9506-8b8928806b14', '019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', '何磊', 'Head of Purchasing', '{"+86 1667 4600 6749"}', '{}', 'wx_9_1', '{86166746006749}', '{}', false, '2026-01-13 23:13:21.163016+00', '2026-01-13 23:13:21.163016+00', 1, NULL, NULL),
	('019ca495-55a3-7d7c-885f-76e0e99642db', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '高晓梅', '总经理', '{"+86 1342 6666 9626"}', '{}', 'wx_10_0', '{86134266669626}', '{}', true, '2026-02-28 14:09:36.163016+00', '2026-02-28 14:09:36.163016+00', 1, 'GATEKEEPER', NULL),
	('019ca495-55a3-7576-aafb-24645001262f', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '刘勇', 'CEO', '{"+86 1864 6481 9585"}', '{Contact2@company10.example}', 'wx_10_1', '{86186464819585}', '{contact2@company10.example}', false, '2026-02-28 14:09:36.163016+00', '2026-02-28 14:09:36.163016+00', 1, NULL, NULL),
	('019d8f88-0c3b-7cb7-a825-197556fdea56', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', 'Emma Ma', '采购经理', '{"+86 1936 0621 7084"}', '{}', 'wx_11_0', '{86193606217084}', '{}', true, '2026-04-15 05:05:51.163016+00', '2026-04-15 05:05:51.163016+00', 1, 'GATEKEEPER', NULL),
	('019d8f88-0c3b-7598-9ea2-d297c9395b72', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '马伟', 'Engineer', '{"+86 1964 7910 5852"}', '{Contact2@company11.example}', 'wx_11_1', '{86196479105852}', '{contact2@company11.example}', false, '2026-04-15 05:05:51.163016+00', '2026-04-15 05:05:51.163016+00', 1, NULL, NULL),
	('019e7a7a-c2d3-7f59-82f8-af549b2f781f', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '高艳', '采购经理', '{"+86 1958 5484 0086"}', '{Contact1@company12.example}', NULL, '{86195854840086}', '{contact1@company12.example}', true, '2026-05-30 20:02:06.163016+00', '2026-05-30 20:02:06.163016+00', 1, NULL, NULL),
	('019f656d-796b-75fe-a251-c1cfee6905b5', '019f656d-796b-7d00-b264-c167d2a11943', '黄静', '总经理', '{"+86 1877 9715 9374"}', '{Contact1@company13.example}', NULL, '{86187797159374}', '{contact1@company13.example}', true, '2026-07-15 10:58:21.163016+00', '2026-07-15 10:58:21.163016+00', 1, NULL, NULL),
	('019f656d-796b-7dfd-bb58-a04d5c78db2c', '019f656d-796b-7d00-b264-c167d2a11943', '周芳', 'Head of Purchasing', '{"+86 1353 0535 3309"}', '{}', 'wx_13_1', '{86135305353309}', '{}', false, '2026-07-15 10:58:21.163016+00', '2026-07-15 10:58:21.163016+00', 1, 'INFLUENCER', NULL),
	('01a05060-3003-7483-9216-d04e7f442c13', '01a05060-3003-7ee7-8734-d7375e13e96f', '吴磊', 'Head of Purchasing', '{"+86 1684 3130 8798"}', '{Contact1@company14.example}', NULL, '{86168431308798}', '{contact1@company14.example}', true, '2026-08-30 01:54:36.163016+00', '2026-08-30 01:54:36.163016+00', 1, NULL, NULL),
	('01a05060-3003-7d8c-a337-e8ef58635d3b', '01a05060-3003-7ee7-8734-d7375e13e96f', 'Daniel Zhao', 'Head of Purchasing', '{"+86 1398 5908 2420"}', '{Contact2@company14.example}', NULL, '{86139859082420}', '{contact2@company14.example}', false, '2026-08-30 01:54:36.163016+00', '2026-08-30 01:54:36.163016+00', 1, 'USER', NULL),
	('01a05060-3003-7ead-8403-e50e4edf6c09', '01a05060-3003-7ee7-8734-d7375e13e96f', '林敏', '总经理', '{"+86 1358 6847 0316"}', '{}', NULL, '{86135868470316}', '{}', false, '2026-08-30 01:54:36.163016+00', '2026-08-30 01:54:36.163016+00', 1, 'USER', NULL),
	('01a13b52-e69b-7b9d-8f87-477e1f6ade70', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '杨艳', '总经理', '{"+86 1652 8247 3085"}', '{Contact1@company15.example}', 'wx_15_0', '{86165282473085}', '{contact1@company15.example}', true, '2026-10-14 16:50:51.163016+00', '2026-10-14 16:50:51.163016+00', 1, 'DECISION_MAKER', NULL),
	('01a2267c-9867-7697-8d96-4638abb6de86', '01a2267c-9867-7697-8d96-46379d8178f5', '陈静', NULL, '{"138 1000 2001"}', '{chenjing@tidal-instruments.example}', NULL, '{13810002001}', '{chenjing@tidal-instruments.example}', true, '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, NULL, NULL),
	('01a2267c-9867-7697-8d96-463a43ba5bed', '01a2267c-9867-7697-8d96-463925410efd', '周明', NULL, '{"138 1000 2002"}', '{zhouming@yuanfan.example}', NULL, '{13810002002}', '{zhouming@yuanfan.example}', true, '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, NULL, NULL),
	('01a2267c-9867-7697-8d96-463c7c40260d', '01a2267c-9867-7697-8d96-463b02d0af21', '吴倩', NULL, '{"138 1000 2003"}', '{wuqian@liangxing.example}', NULL, '{13810002003}', '{wuqian@liangxing.example}', true, '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, NULL, NULL),
	('01a2267c-9867-7697-8d96-463ef533c727', '01a2267c-9867-7697-8d96-463d51a954ea', '孙浩', NULL, '{"138 1000 2004"}', '{sunhao@lanjing.example}', NULL, '{13810002004}', '{sunhao@lanjing.example}', true, '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, NULL, NULL);


--
-- Data for Name: contact_reveal; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: customer; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.customer VALUES
	('0193771a-33b3-778d-a46e-c9550ca04d39', '杭州海海海科技有限公司', '杭州海海海科技', '91537078MA00000000', 'COLD_CALL', NULL, 'SOFTWARE', 'UP_TO_50', 'B', 'EAST', NULL, NULL, '2025-07-28 15:54:42.192958+00', '2025-07-31 15:54:42.192958+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2024-11-29 08:47:06.163016+00', '2025-07-28 15:54:42.192958+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, true),
	('0194620c-ea4b-72d1-b354-f5046bcc697f', '广州海潮诚物流有限公司', '广州海潮诚物流', NULL, 'WEBSITE', NULL, 'LOGISTICS', 'UP_TO_1000', NULL, 'SOUTH', '01920e9d-0bb3-7102-85e8-a9906c0c53a1', '2025-01-28 01:02:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2025-01-13 23:43:21.163016+00', '2025-01-28 01:02:21.163016+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('01954cff-a0e3-740d-88e9-de102b2d2bed', '北京海星丰建材有限公司', '北京海星丰建材', '91553908MA00000002', 'EXHIBITION', '2025 广交会', 'CONSTRUCTION', 'UP_TO_200', 'KEY', 'NORTH', NULL, NULL, '2026-02-23 02:00:00+00', '2026-02-26 02:00:00+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '2025-02-28 14:39:36.163016+00', '2026-02-23 02:00:00+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, true),
	('019637f2-577b-7d73-9c7a-9dfde4f47de1', '长沙潮云云科技有限公司', '长沙潮云云科技', '91300070MA00000003', 'ADVERTISING', NULL, 'SOFTWARE', 'UP_TO_1000', 'B', 'CENTRAL', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2025-11-03 02:00:00+00', NULL, NULL, '2026-01-15 05:35:44.761302+00', '2026-11-29 01:10:19.375752+00', NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2025-04-15 05:35:51.163016+00', '2025-11-03 02:00:00+00', 1, DEFAULT, DEFAULT, NULL, '2026-12-02 22:46:12.090562+00', NULL, NULL, true),
	('019722e5-0e13-76e9-8a4f-a6d729de3d34', '西安潮金恒物流有限公司', '西安潮金恒物流', '91098362MA00000004', 'COLD_CALL', NULL, 'LOGISTICS', 'UP_TO_1000', 'KEY', 'NORTHWEST', NULL, NULL, '2026-01-21 21:38:56.525745+00', '2026-01-24 21:38:56.525745+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2025-05-30 20:32:06.163016+00', '2026-01-21 21:38:56.525745+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('01980dd7-c4ab-7ccc-af3c-37a2751a8554', '上海潮华信金融有限公司', '上海潮华信金融', NULL, 'PARTNER', NULL, 'FINANCE', 'UP_TO_200', NULL, 'EAST', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '2026-01-26 02:00:00+00', NULL, NULL, '2026-02-17 12:43:12.412918+00', '2026-11-28 16:02:51.953141+00', NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2025-07-15 11:28:21.163016+00', '2026-01-26 02:00:00+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, true),
	('0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '苏州星瑞瑞机械有限公司', '苏州星瑞瑞机械', '91839676MA00000006', 'PARTNER', NULL, 'MANUFACTURING', 'UP_TO_200', NULL, 'EAST', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-10-25 14:35:31.570236+00', NULL, NULL, '2026-11-03 18:51:18.714702+00', '2026-11-27 21:33:52.337527+00', NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2025-08-30 02:24:36.163016+00', '2026-10-25 14:35:31.570236+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, true),
	('0199e3bd-31db-7467-8809-edc85823a509', 'Xiamen Starskytai Pharma Co., Ltd.', 'xiamenstarskytaipharma', '91947287MA00000007', 'ADVERTISING', NULL, 'HEALTHCARE', 'UP_TO_200', NULL, 'SOUTH', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2025-10-14 17:20:51.163016+00', NULL, NULL, '2025-11-12 03:58:47.958444+00', '2026-11-28 17:13:39.30308+00', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2025-10-14 17:20:51.163016+00', '2025-10-14 17:20:51.163016+00', 1, DEFAULT, DEFAULT, NULL, '2026-12-02 05:49:33.173985+00', NULL, NULL, true),
	('019aceaf-e873-7c0f-9aa0-add489ca9619', 'Wuhan Starshenghai Finance Co., Ltd.', 'wuhanstarshenghaifinance', '91632299MA00000008', 'EXHIBITION', '2025 广交会', 'FINANCE', 'UP_TO_50', NULL, 'CENTRAL', NULL, NULL, '2026-02-17 23:10:00+00', '2026-02-20 23:10:00+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2025-11-29 08:17:06.163016+00', '2026-02-17 23:10:00+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, true),
	('019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', 'Chongqing Cloudchengcheng Machinery Co., Ltd.', 'chongqingcloudchengchengmachinery', NULL, 'EXHIBITION', '2025 广交会', 'MANUFACTURING', 'UP_TO_200', 'C', 'SOUTHWEST', NULL, NULL, '2026-08-07 03:10:16.61229+00', '2026-08-10 03:10:16.61229+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-7634-b7fe-7c9695b45b43', '2026-01-13 23:13:21.163016+00', '2026-08-07 03:10:16.61229+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('019ca495-55a3-762b-b3d5-d81d2e4d93e6', '香港云博丰医药有限公司', '香港云博丰医药', '91344816MA00000010', 'REFERRAL', NULL, 'HEALTHCARE', 'OVER_1000', 'B', 'ABROAD', NULL, NULL, '2026-06-15 02:00:00+00', '2026-06-18 02:00:00+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-02-28 14:09:36.163016+00', '2026-06-15 02:00:00+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '南京云远云食品有限公司', '南京云远云食品', NULL, 'ADVERTISING', NULL, 'RETAIL', 'OVER_1000', 'B', 'EAST', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', '2026-05-28 22:20:51.163016+00', NULL, NULL, '2026-08-09 21:39:33.685492+00', '2026-11-28 23:23:11.946965+00', NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-04-15 05:05:51.163016+00', '2026-05-28 22:20:51.163016+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('019e7a7a-c2d3-76b1-bc29-3d25428c760e', '深圳金恒恒电子有限公司', '深圳金恒恒电子', '91897424MA00000012', 'REFERRAL', NULL, 'MANUFACTURING', 'OVER_1000', 'C', 'SOUTH', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2026-09-07 02:00:00+00', NULL, NULL, '2026-11-28 16:59:48.335697+00', '2026-11-28 16:59:48.335697+00', NULL, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-05-30 20:02:06.163016+00', '2026-09-07 02:00:00+00', 1, DEFAULT, DEFAULT, NULL, '2026-11-30 03:36:38.050337+00', NULL, NULL, true),
	('019f656d-796b-7d00-b264-c167d2a11943', '天津金达信教育有限公司', '天津金达信教育', '91197206MA00000013', 'ADVERTISING', NULL, 'EDUCATION', 'OVER_1000', 'B', 'NORTH', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-08-11 21:44:21.163016+00', NULL, NULL, '2026-11-12 04:26:02.991105+00', '2026-11-27 13:53:41.184773+00', NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-07-15 10:58:21.163016+00', '2026-08-11 21:44:21.163016+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, true),
	('01a05060-3003-7ee7-8734-d7375e13e96f', '成都金新瑞食品有限公司', '成都金新瑞食品', '91877982MA00000014', 'EXHIBITION', '2025 广交会', 'RETAIL', 'UP_TO_200', 'B', 'SOUTHWEST', NULL, NULL, '2026-10-03 12:28:18.849505+00', '2026-10-06 12:28:18.849505+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-08-30 01:54:36.163016+00', '2026-10-03 12:28:18.849505+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('01a13b52-e69b-738f-b15d-1d0bea4c8caf', '沈阳华泰泰电子有限公司', '沈阳华泰泰电子', '91369124MA00000015', 'PARTNER', NULL, 'MANUFACTURING', 'OVER_1000', NULL, 'NORTHEAST', NULL, NULL, '2026-11-28 03:32:26.163016+00', '2026-12-01 03:32:26.163016+00', NULL, NULL, NULL, NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', '2026-10-14 16:50:51.163016+00', '2026-11-28 03:32:26.163016+00', 1, DEFAULT, DEFAULT, '2026-12-01 03:32:26.163016+00', NULL, NULL, NULL, false),
	('01a2267c-9867-7697-8d96-46379d8178f5', '上海潮汐精密仪器有限公司', '上海潮汐精密仪器', NULL, 'EXHIBITION', NULL, 'MANUFACTURING', NULL, NULL, NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('01a2267c-9867-7697-8d96-463b02d0af21', '合肥量星软件有限公司', '合肥量星软件', NULL, 'EXHIBITION', NULL, 'SOFTWARE', NULL, NULL, NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('01a2267c-9867-7697-8d96-463925410efd', '宁波远帆供应链有限公司', '宁波远帆供应链', NULL, 'EXHIBITION', NULL, 'LOGISTICS', NULL, NULL, NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false),
	('01a2267c-9867-7697-8d96-463d51a954ea', '青岛蓝鲸冷链有限公司', '青岛蓝鲸冷链', NULL, 'EXHIBITION', NULL, 'LOGISTICS', NULL, NULL, NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-11-29 08:47:09.415365+00', '2026-11-29 08:47:09.415365+00', 1, DEFAULT, DEFAULT, NULL, NULL, NULL, NULL, false);


--
-- Data for Name: customer_extra; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.customer_extra VALUES
	('0194620c-ea4b-72d1-b354-f5046bcc697f', 'wecom_id', 'TEXT', 'wm_5229efbe', NULL, NULL, NULL),
	('0194620c-ea4b-72d1-b354-f5046bcc697f', 'credit_rating', 'TEXT', 'B', NULL, NULL, NULL),
	('01954cff-a0e3-740d-88e9-de102b2d2bed', 'wecom_id', 'TEXT', 'wm_ce1e7e14', NULL, NULL, NULL),
	('01954cff-a0e3-740d-88e9-de102b2d2bed', 'credit_rating', 'TEXT', 'AA', NULL, NULL, NULL),
	('019722e5-0e13-76e9-8a4f-a6d729de3d34', 'credit_rating', 'TEXT', 'AAA', NULL, NULL, NULL),
	('01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'employees', 'NUMBER', NULL, 4831.000000, NULL, NULL),
	('0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', 'credit_rating', 'TEXT', 'B', NULL, NULL, NULL),
	('0199e3bd-31db-7467-8809-edc85823a509', 'employees', 'NUMBER', NULL, 2199.000000, NULL, NULL),
	('019aceaf-e873-7c0f-9aa0-add489ca9619', 'employees', 'NUMBER', NULL, 2145.000000, NULL, NULL),
	('019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', 'wecom_id', 'TEXT', 'wm_1b635655', NULL, NULL, NULL),
	('019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', 'credit_rating', 'TEXT', 'A', NULL, NULL, NULL),
	('019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'wecom_id', 'TEXT', 'wm_78a95dcc', NULL, NULL, NULL),
	('019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'credit_rating', 'TEXT', 'A', NULL, NULL, NULL),
	('019f656d-796b-7d00-b264-c167d2a11943', 'employees', 'NUMBER', NULL, 840.000000, NULL, NULL),
	('01a05060-3003-7ee7-8734-d7375e13e96f', 'credit_rating', 'TEXT', 'AA', NULL, NULL, NULL);


--
-- Data for Name: customer_operation_log; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.customer_operation_log VALUES
	('0193771a-33b3-7ceb-8356-90db6ac45a3f', '0193771a-33b3-778d-a46e-c9550ca04d39', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2024-11-29 08:47:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01946e19-1913-77e8-8808-45eff1852bb9', '0193771a-33b3-778d-a46e-c9550ca04d39', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL, '2025-01-16 07:52:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019851be-4a90-70ec-8e56-8e2fceebd0a7', '0193771a-33b3-778d-a46e-c9550ca04d39', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'RELEASE', 'MANUAL', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL, NULL, '2025-07-28 15:54:42.192958+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0194620c-ea4b-76ab-b551-961ca2b06e81', '0194620c-ea4b-72d1-b354-f5046bcc697f', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2025-01-13 23:43:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0194aa6e-45eb-73d8-8fca-3df4199c68e0', '0194620c-ea4b-72d1-b354-f5046bcc697f', '01920e9d-0bb3-7102-85e8-a9906c0c53a1', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7102-85e8-a9906c0c53a1', NULL, '2025-01-28 01:02:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01954cff-a0e3-7ad5-b2b7-84baea29751b', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'CREATE', 'MANUAL', NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', NULL, '2025-02-28 14:39:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01965cf5-d223-7976-bec4-33691287dd74', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'RELEASE', 'MANUAL', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', NULL, NULL, '2025-04-22 10:05:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0196e60d-a563-740c-9064-0c4b1056210a', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL, '2025-05-19 00:59:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019806a9-1100-7bc3-84dc-93594481567d', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL, NULL, '2025-07-14 02:00:00+00', NULL, NULL, '019806a9-1100-7630-be51-29ffedcb1bc7', '2025-05-26 14:32:35.534659+00', '2025-05-26 14:32:35.534659+00', NULL, NULL, NULL),
	('01990aa0-9480-755c-a106-0e48d5912ab6', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL, '2025-09-02 13:32:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019c8839-9100-7a3e-adbc-4739a5a82ee8', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL, NULL, '2026-02-23 02:00:00+00', NULL, NULL, '019c8839-9100-7630-be51-29ffedcb1bc7', '2025-09-22 22:46:52.172575+00', '2026-01-22 20:29:15.47741+00', NULL, NULL, NULL),
	('019637f2-577b-7eda-962b-f46f5f437785', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2025-04-15 05:35:51.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019a4771-5100-7ffb-a894-8791d1d074f4', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ASSIGN', 'MANAGER', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL, '2025-11-03 02:00:00+00', NULL, NULL, '019a4771-5100-7630-be51-29ffedcb1bc6', NULL, NULL, NULL, NULL, NULL),
	('019722e5-0e13-7085-96f4-4ec0bfa6db05', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2025-05-30 20:32:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0197e3a2-7c53-7508-bdb9-2575e6f2e03a', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '01920e9d-0bb3-7bd4-9295-5756a9458dce', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7bd4-9295-5756a9458dce', NULL, '2025-07-07 06:46:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0199270d-3100-7f6c-b0d9-87b7b3250dc4', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-7bd4-9295-5756a9458dce', NULL, NULL, '2025-09-08 02:00:00+00', NULL, NULL, '0199270d-3100-7630-be51-29ffedcb1bc7', '2025-08-28 22:58:23.494379+00', '2025-08-28 22:58:23.494379+00', '2025-08-29 19:54:22.566949+00', NULL, NULL),
	('019a10a8-5a60-7fc4-851c-51f6d5918440', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL, '2025-10-23 10:41:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019be27f-0f8d-7942-8a4b-2164c7ee15e6', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'RELEASE', 'MANUAL', '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL, NULL, '2026-01-21 21:38:56.525745+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01980dd7-c4ab-75b3-824f-aead895d933e', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2025-07-15 11:28:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01981b25-87ab-7a10-a5db-7f7a9b3ff803', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, '2025-07-18 01:28:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0199270d-3100-716a-9e14-89437bbb1762', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, NULL, '2025-09-08 02:00:00+00', NULL, NULL, '0199270d-3100-7630-be51-29ffedcb1bc7', '2025-07-21 05:21:04.019861+00', '2025-08-17 05:30:12.684863+00', '2025-08-26 22:28:34.070534+00', NULL, NULL),
	('019bf807-8100-7d15-ba3f-f788756a28d9', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ASSIGN', 'MANAGER', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, '2026-01-26 02:00:00+00', NULL, NULL, '019bf807-8100-7630-be51-29ffedcb1bc6', NULL, NULL, NULL, '2025-09-11 02:00:00+00', NULL),
	('0198f8ca-7b43-7191-bf46-9443c063b37a', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2025-08-30 02:24:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0199d240-0983-7c72-b300-3bb6b42aea06', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, '2025-10-11 07:50:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019a4771-5100-7e38-ae9d-d84878cd56f5', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, NULL, '2025-11-03 02:00:00+00', NULL, NULL, '019a4771-5100-7630-be51-29ffedcb1bc7', '2025-10-23 11:37:41.645705+00', '2025-11-02 00:46:47.000397+00', NULL, NULL, NULL),
	('019ac697-f9c0-7828-9211-5cf649ecad1c', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL, '2025-11-27 18:34:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019b8eb9-cd20-7da7-a788-cdd7dde7348d', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', 'RELEASE', 'MANUAL', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL, NULL, '2026-01-05 15:15:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1737c-f572-7239-9cf5-aa3301addc62', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL, '2026-10-25 14:35:31.570236+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('0199e3bd-31db-7789-832f-19c25bae71c1', '0199e3bd-31db-7467-8809-edc85823a509', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'CREATE', 'MANUAL', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL, '2025-10-14 17:20:51.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019aceaf-e873-7f22-a0f9-2a1c445d5564', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2025-11-29 08:17:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019b10f5-8b93-7de4-8249-cd303b917957', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', NULL, '2025-12-12 05:08:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019bf807-8100-7887-80d5-3cf350e83bef', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', NULL, NULL, '2026-01-26 02:00:00+00', NULL, NULL, '019bf807-8100-7630-be51-29ffedcb1bc7', '2025-12-22 21:14:02.172147+00', '2026-01-06 23:47:49.48956+00', '2026-01-11 22:23:11.840205+00', NULL, NULL),
	('019c6b55-0560-7041-be29-76ccee818046', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL, '2026-02-17 11:21:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019c6dde-2140-7152-af8a-c65350a4aad9', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'RELEASE', 'MANUAL', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL, NULL, '2026-02-17 23:10:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019bb9a2-9f0b-74bf-8dea-f995577f7623', '019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', '01920e9d-0bb3-7634-b7fe-7c9695b45b43', 'CREATE', 'MANUAL', NULL, '01920e9d-0bb3-7634-b7fe-7c9695b45b43', NULL, '2026-01-13 23:13:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019fda33-3424-7bda-aa80-c88d4f8e1265', '019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', '01920e9d-0bb3-7634-b7fe-7c9695b45b43', 'RELEASE', 'MANUAL', '01920e9d-0bb3-7634-b7fe-7c9695b45b43', NULL, NULL, '2026-08-07 03:10:16.61229+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019ca495-55a3-791a-921e-88047a5209ec', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'CREATE', 'MANUAL', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL, '2026-02-28 14:09:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019cf5ac-0063-73a0-ab67-999a02bc6aba', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'RELEASE', 'MANUAL', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL, 'No budget this year', '2026-03-16 08:03:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019d31a5-6523-79ce-b2b0-57af90dd3dcc', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, '2026-03-27 23:33:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019ec901-d100-71be-8699-6a58e854b122', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, NULL, '2026-06-15 02:00:00+00', NULL, NULL, '019ec901-d100-7630-be51-29ffedcb1bc7', '2026-06-13 15:13:48.142199+00', '2026-06-13 15:13:48.142199+00', '2026-06-21 11:20:45.041294+00', NULL, NULL),
	('019d8f88-0c3b-7e00-a695-68fe17b3d0a4', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2026-04-15 05:05:51.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019e70ad-125b-73da-8baf-9a4d749dfc2a', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7bd2-b52a-a6223c96d742', NULL, '2026-05-28 22:20:51.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019e7a7a-c2d3-7f64-a1dd-b0fa24c5c68b', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'CREATE', 'MANUAL', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL, '2026-05-30 20:02:06.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019fe965-f100-7c7c-87fb-3e8804ec450e', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'RECLAIM', 'MANAGER', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL, NULL, '2026-08-10 02:00:00+00', NULL, NULL, '019fe965-f100-7630-be51-29ffedcb1bc7', '2026-06-10 15:56:05.094265+00', '2026-08-08 19:16:19.486404+00', '2026-08-15 06:29:21.478128+00', NULL, NULL),
	('01a07998-0100-7613-922d-0de15146d8b2', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'ASSIGN', 'MANAGER', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, '2026-09-07 02:00:00+00', NULL, NULL, '01a07998-0100-7630-be51-29ffedcb1bc6', NULL, NULL, NULL, '2026-08-13 02:00:00+00', NULL),
	('019f656d-796b-7a02-bb97-caf9b266e4c4', '019f656d-796b-7d00-b264-c167d2a11943', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2026-07-15 10:58:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('019ff2c8-9bab-73f9-aea9-7176934b50a1', '019f656d-796b-7d00-b264-c167d2a11943', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL, '2026-08-11 21:44:21.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a05060-3003-7a30-9544-26edf0890168', '01a05060-3003-7ee7-8734-d7375e13e96f', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'MANUAL', NULL, NULL, NULL, '2026-08-30 01:54:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a0751a-a743-7be6-a3b5-3d833db76846', '01a05060-3003-7ee7-8734-d7375e13e96f', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL, '2026-09-06 05:04:36.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a101bc-9621-7d4a-a1ef-f940b98e736a', '01a05060-3003-7ee7-8734-d7375e13e96f', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'RELEASE', 'MANUAL', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL, NULL, '2026-10-03 12:28:18.849505+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a13b52-e69b-78cc-a876-8e2cd73540f7', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'CREATE', 'MANUAL', NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL, '2026-10-14 16:50:51.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1e636-759b-71e2-aea5-3813ea793864', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'RELEASE', 'MANUAL', '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL, NULL, '2026-11-16 21:14:51.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a2136f-35bd-7a8e-a9d1-a8ea38aaed54', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'CLAIM', 'MANUAL', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL, '2026-11-25 15:59:45.085228+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a22036-19b3-71ac-a6c9-9e520d82c5ca', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'RELEASE', 'MANUAL', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL, NULL, '2026-11-28 03:32:26.163016+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a2267c-9867-7697-8d96-463ff054e0a7', '01a2267c-9867-7697-8d96-46379d8178f5', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'IMPORT', NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a2267c-9867-7697-8d96-4640e8fbd3e3', '01a2267c-9867-7697-8d96-463925410efd', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'IMPORT', NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a2267c-9867-7697-8d96-4641553d71ee', '01a2267c-9867-7697-8d96-463b02d0af21', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'IMPORT', NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a2267c-9867-7697-8d96-46424816527f', '01a2267c-9867-7697-8d96-463d51a954ea', '01920e9d-0bb3-74de-afce-d5c85f19b007', 'CREATE', 'IMPORT', NULL, NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: customer_pool_rule; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.customer_pool_rule VALUES
	('0190a5b4-0000-7000-8000-000000000001', '超过 3 天未跟进 · No follow-up for 3 days', 'followup_days > 3', 'RELEASE_TO_POOL', NULL, 20, '0 3 * * *', true, NULL, '2026-11-29 08:47:05.447079+00', '2026-11-29 08:47:05.447079+00', 1, NULL, false),
	('0190a5b4-0000-7000-8000-000000000002', '首次跟进后 90 天未成交 · No order within 90 days', 'first_followup_days > 90 && orders_in_ownership == 0', 'RELEASE_TO_POOL', NULL, 10, 'every: P3D', true, NULL, '2026-11-29 08:47:05.447079+00', '2026-11-29 08:47:05.447079+00', 1, NULL, false),
	('0190a5b4-0000-7000-8000-000000000003', '重点客户保留 · Key accounts stay', 'level == "KEY"', 'KEEP', NULL, 100, NULL, false, NULL, '2026-11-29 08:47:05.447079+00', '2026-11-29 08:47:05.447079+00', 1, NULL, false),
	('0190a5b4-0000-7000-8000-000000000004', '订单执行中保留 · An order under way', 'open_orders > 0', 'KEEP', NULL, 90, NULL, false, NULL, '2026-11-29 08:47:05.447079+00', '2026-11-29 08:47:05.447079+00', 1, NULL, false);


--
-- Data for Name: day_off; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: directory_revision; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.directory_revision VALUES
	(true, 181);


--
-- Data for Name: event; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.event VALUES
	(1, 'POOL', 'CHANGED', 'CREATED', '01a2267c-9867-7697-8d96-46379d8178f5', NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, '{"id": "01a2267c-9867-7697-8d96-46379d8178f5", "name": "上海潮汐精密仪器有限公司", "source": "EXHIBITION", "version": 1, "industry": "MANUFACTURING", "created_at": "2026-11-29T08:47:09.415365+00:00", "created_by": "01920e9d-0bb3-74de-afce-d5c85f19b007", "updated_at": "2026-11-29T08:47:09.415365+00:00", "has_ordered": false, "pool_entry_time": "2026-11-29T08:47:09.415365+00:00"}', '2026-11-29 08:47:09.482874+00'),
	(2, 'POOL', 'CHANGED', 'CREATED', '01a2267c-9867-7697-8d96-463b02d0af21', NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, '{"id": "01a2267c-9867-7697-8d96-463b02d0af21", "name": "合肥量星软件有限公司", "source": "EXHIBITION", "version": 1, "industry": "SOFTWARE", "created_at": "2026-11-29T08:47:09.415365+00:00", "created_by": "01920e9d-0bb3-74de-afce-d5c85f19b007", "updated_at": "2026-11-29T08:47:09.415365+00:00", "has_ordered": false, "pool_entry_time": "2026-11-29T08:47:09.415365+00:00"}', '2026-11-29 08:47:09.482874+00'),
	(3, 'POOL', 'CHANGED', 'CREATED', '01a2267c-9867-7697-8d96-463925410efd', NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, '{"id": "01a2267c-9867-7697-8d96-463925410efd", "name": "宁波远帆供应链有限公司", "source": "EXHIBITION", "version": 1, "industry": "LOGISTICS", "created_at": "2026-11-29T08:47:09.415365+00:00", "created_by": "01920e9d-0bb3-74de-afce-d5c85f19b007", "updated_at": "2026-11-29T08:47:09.415365+00:00", "has_ordered": false, "pool_entry_time": "2026-11-29T08:47:09.415365+00:00"}', '2026-11-29 08:47:09.482874+00'),
	(4, 'POOL', 'CHANGED', 'CREATED', '01a2267c-9867-7697-8d96-463d51a954ea', NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, '{"id": "01a2267c-9867-7697-8d96-463d51a954ea", "name": "青岛蓝鲸冷链有限公司", "source": "EXHIBITION", "version": 1, "industry": "LOGISTICS", "created_at": "2026-11-29T08:47:09.415365+00:00", "created_by": "01920e9d-0bb3-74de-afce-d5c85f19b007", "updated_at": "2026-11-29T08:47:09.415365+00:00", "has_ordered": false, "pool_entry_time": "2026-11-29T08:47:09.415365+00:00"}', '2026-11-29 08:47:09.482874+00');


--
-- Data for Name: event_outbox; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: extra_field; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.extra_field VALUES
	('wecom_id', 'TEXT', 'WeCom id', '企业微信号', true, true, 1),
	('credit_rating', 'TEXT', 'Credit rating', '信用等级', false, true, 2),
	('employees', 'NUMBER', 'Employees', '员工人数', false, true, 3),
	('listed', 'BOOLEAN', 'Listed company', '上市公司', false, true, 4),
	('founded_on', 'DATE', 'Founded on', '成立日期', false, true, 5);


--
-- Data for Name: followup; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.followup VALUES
	('01968bf0-80eb-7883-983b-988057de6864', '0193771a-33b3-778d-a46e-c9550ca04d39', NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'ORDER', '合同已签，录入订单', '2025-05-01 13:01:56.843796+00', NULL, NULL, '2025-05-01 13:01:56.843796+00', '2025-05-01 13:01:56.843796+00', 1),
	('019701ad-2627-7ee1-8c98-9e4a4783d1b2', '0193771a-33b3-778d-a46e-c9550ca04d39', '019476ce-b9b8-7a87-9960-2eaff2bc7717', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'ORDER', '客户下单', '2025-05-24 09:43:34.183318+00', NULL, NULL, '2025-05-24 09:43:34.183318+00', '2025-05-24 09:43:34.183318+00', 1),
	('0197ea39-7c42-7795-a780-84b00957b60d', '0193771a-33b3-778d-a46e-c9550ca04d39', '01976d03-5e2f-7a53-8efd-e9ffcdbd527c', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'MEETING', 'Kick-off meeting with their IT department', '2025-07-08 12:58:52.386049+00', '跟进付款', '2025-07-13 01:33:44.377239+00', '2025-07-08 13:28:45.378644+00', '2025-07-08 13:28:45.378644+00', 1),
	('019840d9-8529-7a4f-a05c-78829c5677b3', '0193771a-33b3-778d-a46e-c9550ca04d39', '01976d03-5e2f-7a53-8efd-e9ffcdbd527c', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'VISIT', 'Visited the site and met the head of purchasing', '2025-07-23 14:32:05.928757+00', 'Send the contract', '2025-07-31 05:30:43.372769+00', '2025-07-25 09:10:53.993994+00', '2025-07-25 09:10:53.993994+00', 1),
	('0195a63f-96f1-7565-b9db-5b463707dc20', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'OTHER', '展会上碰面，交换了意向', '2025-03-17 21:23:08.583073+00', NULL, '2025-03-20 04:35:08.784727+00', '2025-03-17 22:35:40.145292+00', '2025-03-17 22:35:40.145292+00', 1),
	('0195c190-59e6-768a-b0bd-f226f973f056', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'PHONE', '电话沟通，客户对报价有疑问，需要重新核算', '2025-03-23 04:41:06.213221+00', NULL, NULL, '2025-03-23 05:53:37.766304+00', '2025-03-23 05:53:37.766304+00', 1),
	('01962948-0268-79a5-a0f6-1bc7216a50e8', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'ORDER', '客户下单', '2025-04-12 09:15:07.24079+00', NULL, NULL, '2025-04-12 09:15:07.24079+00', '2025-04-12 09:15:07.24079+00', 1),
	('01970d02-79ce-77ce-8912-375535d23f8b', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'ORDER', 'Order received', '2025-05-26 14:32:35.534659+00', NULL, NULL, '2025-05-26 14:32:35.534659+00', '2025-05-26 14:32:35.534659+00', 1),
	('019973f6-17e8-718f-8508-83884b6e2957', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'VISIT', 'Visited the site and met the head of purchasing', '2025-09-22 22:46:52.172575+00', '安排产品演示', '2025-09-27 17:16:41.60253+00', '2025-09-23 00:25:31.880055+00', '2025-09-23 00:25:31.880055+00', 1),
	('0199f06d-520d-701e-bebc-3fe1d7574e05', '01954cff-a0e3-740d-88e9-de102b2d2bed', '019726b8-a4a9-79fb-b930-7742eb0c253f', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'WECHAT', 'Sent the price list on WeChat', '2025-10-17 04:10:28.41052+00', 'Arrange a site visit', NULL, '2025-10-17 04:28:40.333036+00', '2025-10-17 04:28:40.333036+00', 1),
	('019a7f92-b5de-756e-a75e-639bf224daa7', '01954cff-a0e3-740d-88e9-de102b2d2bed', '019726b8-a4a9-79fb-b930-7742eb0c253f', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'ORDER', '客户下单', '2025-11-13 23:35:12.606886+00', NULL, NULL, '2025-11-13 23:35:12.606886+00', '2025-11-13 23:35:12.606886+00', 1),
	('019be775-d32a-7c78-b47a-f0c5ad2494c5', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'VISIT', 'Visited the site and met the head of purchasing', '2026-01-22 20:29:15.47741+00', '安排产品演示', NULL, '2026-01-22 20:46:57.322811+00', '2026-01-22 20:46:57.322811+00', 1),
	('019bc027-1279-7c6e-9a55-fe4bc4369979', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'ORDER', '客户下单', '2026-01-15 05:35:44.761302+00', NULL, NULL, '2026-01-15 05:35:44.761302+00', '2026-01-15 05:35:44.761302+00', 1),
	('019c51ea-397c-7778-bd49-45023a6a6094', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '019aeedb-c919-7caa-a69b-4fdbe39af23f', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'ORDER', '客户下单', '2026-02-12 12:53:50.588175+00', NULL, NULL, '2026-02-12 12:53:50.588175+00', '2026-02-12 12:53:50.588175+00', 1),
	('01a2205a-6882-7d6a-8f1e-c97ceaa99971', '019637f2-577b-7d73-9c7a-9dfde4f47de1', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'VISIT', 'Visited the site and met the head of purchasing', '2026-11-28 02:49:30.877131+00', NULL, '2026-12-01 10:56:35.52704+00', '2026-11-28 04:12:05.634826+00', '2026-11-28 04:12:05.634826+00', 1),
	('01a224da-59ef-7a69-9393-4d28eed270c2', '019637f2-577b-7d73-9c7a-9dfde4f47de1', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'PHONE', 'Nobody picked up, left a message', '2026-11-29 01:10:19.375752+00', '发送更新后的报价', '2026-12-02 22:46:12.090562+00', '2026-11-29 01:10:19.375752+00', '2026-11-29 01:10:19.375752+00', 1),
	('0198f307-23bc-7ce1-a874-2e8768318547', '019722e5-0e13-76e9-8a4f-a6d729de3d34', NULL, '01920e9d-0bb3-7bd4-9295-5756a9458dce', 'PHONE', 'Nobody picked up, left a message', '2025-08-28 22:58:23.494379+00', NULL, '2025-08-29 19:54:22.566949+00', '2025-08-28 23:33:08.156866+00', '2025-08-28 23:33:08.156866+00', 1),
	('019a4586-137f-712c-bb41-d06fd02968f6', '019722e5-0e13-76e9-8a4f-a6d729de3d34', NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', 'VISIT', '拜访客户工厂，了解现有产线', '2025-11-02 15:15:56.129065+00', NULL, '2025-11-10 08:37:16.659153+00', '2025-11-02 17:03:26.079843+00', '2025-11-02 17:03:26.079843+00', 1),
	('019b2142-9444-7962-865a-93c9ab78a4ba', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '019a7c21-b15f-72d6-b43c-70d82cfcf65e', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'OTHER', '展会上碰面，交换了意向', '2025-12-15 08:12:34.24353+00', '安排产品演示', '2025-12-20 14:46:14.387008+00', '2025-12-15 09:06:10.116105+00', '2025-12-15 09:06:10.116105+00', 1),
	('01982b6e-ee3e-7ed7-aa6f-1863726a7929', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'OTHER', 'Met at the trade fair', '2025-07-21 05:21:04.019861+00', 'Arrange a site visit', NULL, '2025-07-21 05:22:27.006495+00', '2025-07-21 05:22:27.006495+00', 1),
	('01984507-3362-7c77-8435-dcd67edd94d2', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'VISIT', 'Visited the site and met the head of purchasing', '2025-07-26 03:42:17.736344+00', NULL, '2025-07-28 16:07:14.20645+00', '2025-07-26 04:39:16.578685+00', '2025-07-26 04:39:16.578685+00', 1),
	('019857ff-01e5-758f-8fa2-d5de1e8dfcb3', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'OTHER', '展会上碰面，交换了意向', '2025-07-29 19:24:53.548376+00', NULL, '2025-07-31 18:52:09.207607+00', '2025-07-29 21:03:06.725507+00', '2025-07-29 21:03:06.725507+00', 1),
	('01988450-7c8f-7b8b-a150-472a3b86020a', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01986530-f939-702a-810f-5c81a8ee6793', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'VISIT', 'Visited the site and met the head of purchasing', '2025-08-07 10:14:53.703604+00', '确认合同条款', NULL, '2025-08-07 11:35:24.047736+00', '2025-08-07 11:35:24.047736+00', 1),
	('019898e2-c874-7a86-8112-713500fa7620', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'PHONE', '客户询问交货期，已答复', '2025-08-09 11:27:51.535222+00', '跟进付款', '2025-08-12 06:57:48.275771+00', '2025-08-11 11:27:36.052639+00', '2025-08-11 11:27:36.052639+00', 1),
	('01989004-43a2-7889-aba2-85eebad0217c', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'ORDER', 'Order received', '2025-08-09 18:07:35.330749+00', NULL, NULL, '2025-08-09 18:07:35.330749+00', '2025-08-09 18:07:35.330749+00', 1),
	('0198b889-e6da-7a2b-9c2f-22411672e664', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01986530-f939-702a-810f-5c81a8ee6793', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'MEETING', '三方会议，讨论付款条件', '2025-08-17 05:30:12.684863+00', NULL, '2025-08-26 22:28:34.070534+00', '2025-08-17 14:58:22.042723+00', '2025-08-17 14:58:22.042723+00', 1),
	('019c7189-22b5-7582-90f5-59528cf0bdcc', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'VISIT', '上门演示样机，反馈良好', '2026-02-17 12:43:12.412918+00', '确认合同条款', '2026-02-21 00:45:56.860803+00', '2026-02-18 16:15:38.677075+00', '2026-02-18 16:15:38.677075+00', 1),
	('019e814a-2d24-7da4-8d43-3cfc1b5ab74a', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'ORDER', 'Order received', '2026-06-01 03:46:22.628207+00', NULL, NULL, '2026-06-01 03:46:22.628207+00', '2026-06-01 03:46:22.628207+00', 1),
	('01a0d9f8-8cd0-7ba6-9dca-508a5cfee6ce', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'PHONE', 'Called the plant manager, they compare three suppliers', '2026-09-25 17:34:59.563599+00', 'Ask for the decision', NULL, '2026-09-25 19:08:59.984578+00', '2026-09-25 19:08:59.984578+00', 1),
	('01a222e5-23b1-7b22-87c5-790827bac08a', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'WECHAT', 'Sent the price list on WeChat', '2026-11-28 16:02:51.953141+00', NULL, NULL, '2026-11-28 16:02:51.953141+00', '2026-11-28 16:02:51.953141+00', 1),
	('019a1132-ac5f-7070-89bd-6aa15c6a9e4b', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'EMAIL', 'Sent the data sheets and two references', '2025-10-23 11:37:41.645705+00', '确认合同条款', NULL, '2025-10-23 13:12:04.959742+00', '2025-10-23 13:12:04.959742+00', 1),
	('019a3f9f-97ba-7610-b1ed-e80c73830f7b', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '0199f267-e36a-77c0-9eb0-d8ff114e4ed8', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'MEETING', '三方会议，讨论付款条件', '2025-11-01 12:47:19.754733+00', NULL, '2025-11-11 07:41:41.309293+00', '2025-11-01 13:33:35.034471+00', '2025-11-01 13:33:35.034471+00', 1),
	('019a423c-cfc4-79a0-83b9-798274ef5ced', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'VISIT', 'Visited the site and met the head of purchasing', '2025-11-02 00:46:47.000397+00', NULL, NULL, '2025-11-02 01:44:32.964617+00', '2025-11-02 01:44:32.964617+00', 1),
	('01a1a2c0-5f3a-7edd-8e2b-3559718cb634', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'ORDER', '客户下单', '2026-11-03 18:51:18.714702+00', NULL, NULL, '2026-11-03 18:51:18.714702+00', '2026-11-03 18:51:18.714702+00', 1),
	('01a1a95b-96a9-7a05-900f-6b3cedfe4efb', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'VISIT', '拜访客户工厂，了解现有产线', '2026-11-05 01:34:52.792+00', 'Ask for the decision', '2026-11-11 03:59:24.997917+00', '2026-11-05 01:38:34.281205+00', '2026-11-05 01:38:34.281205+00', 1),
	('01a21f59-45c0-777d-8b5f-e22f9783985b', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'WECHAT', '客户在微信上要求看案例', '2026-11-27 21:33:52.337527+00', '约见总经理', NULL, '2026-11-27 23:31:13.984255+00', '2026-11-27 23:31:13.984255+00', 1),
	('019a763f-d6df-7840-a135-67390490c1b0', '0199e3bd-31db-7467-8809-edc85823a509', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'PHONE', '客户询问交货期，已答复', '2025-11-12 03:58:47.958444+00', 'Send the contract', '2025-11-16 18:11:38.211311+00', '2025-11-12 04:08:06.623959+00', '2025-11-12 04:08:06.623959+00', 1),
	('019dbffa-0961-72a5-a030-4b191d36577a', '0199e3bd-31db-7467-8809-edc85823a509', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'ORDER', '合同已签，录入订单', '2026-04-24 14:52:07.905928+00', NULL, NULL, '2026-04-24 14:52:07.905928+00', '2026-04-24 14:52:07.905928+00', 1),
	('01a00729-e2d5-7839-845b-eab8b8aa3dd9', '0199e3bd-31db-7467-8809-edc85823a509', '019eebb5-7e22-7780-8902-c71732d045c3', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'OTHER', '通过合作伙伴了解到客户的新项目', '2026-08-15 19:39:11.674696+00', '发送更新后的报价', '2026-08-21 14:41:35.718605+00', '2026-08-15 20:43:00.69358+00', '2026-08-15 20:43:00.69358+00', 1),
	('01a0f0f2-5aae-742a-aa2e-98f0db5efad8', '0199e3bd-31db-7467-8809-edc85823a509', '019eebb5-7e22-7780-8902-c71732d045c3', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'OTHER', '通过合作伙伴了解到客户的新项目', '2026-09-30 05:59:23.244423+00', 'Send the contract', '2026-10-02 14:35:28.218956+00', '2026-09-30 06:13:29.902404+00', '2026-09-30 06:13:29.902404+00', 1),
	('01a22382-29d5-7b62-be90-096b021a5b28', '0199e3bd-31db-7467-8809-edc85823a509', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'VISIT', 'Visited the site and met the head of purchasing', '2026-11-28 17:13:39.30308+00', '约见总经理', '2026-12-02 05:49:33.173985+00', '2026-11-28 18:54:22.677606+00', '2026-11-28 18:54:22.677606+00', 1),
	('019b47e9-7a3c-7c9a-b215-bb070a146e8d', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'ORDER', '合同已签，录入订单', '2025-12-22 21:14:02.172147+00', NULL, NULL, '2025-12-22 21:14:02.172147+00', '2025-12-22 21:14:02.172147+00', 1),
	('019b4eee-5221-7f13-9733-d9cb53e93493', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'MEETING', 'Kick-off meeting with their IT department', '2025-12-24 05:32:34.645866+00', NULL, '2025-12-31 10:11:30.993295+00', '2025-12-24 05:56:40.09771+00', '2025-12-24 05:56:40.09771+00', 1),
	('019b7b5c-0fd1-71b2-a263-46aedb68e8df', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'WECHAT', '微信发送了产品资料', '2026-01-01 20:22:50.742223+00', NULL, '2026-01-09 16:00:41.416685+00', '2026-01-01 20:59:49.585489+00', '2026-01-01 20:59:49.585489+00', 1),
	('019b9e19-b108-777d-ab2a-9721ba47711f', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'MEETING', 'Kick-off meeting with their IT department', '2026-01-06 13:16:18.975299+00', '确认合同条款', '2026-01-10 06:10:00.121976+00', '2026-01-08 14:54:02.504024+00', '2026-01-08 14:54:02.504024+00', 1),
	('019ba029-4475-74b0-939d-ba025fb66d30', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'OTHER', '展会上碰面，交换了意向', '2026-01-06 23:47:49.48956+00', NULL, '2026-01-11 22:23:11.840205+00', '2026-01-09 00:30:17.717759+00', '2026-01-09 00:30:17.717759+00', 1),
	('019c6b84-4fa1-7a7d-a207-572aebeb3efc', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'PHONE', 'Called the plant manager, they compare three suppliers', '2026-02-17 12:12:39.201642+00', NULL, NULL, '2026-02-17 12:12:39.201642+00', '2026-02-17 12:12:39.201642+00', 1),
	('019c6d2d-caa5-7a8b-9159-0a799481107c', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'ORDER', '客户下单', '2026-02-17 19:57:23.493107+00', NULL, NULL, '2026-02-17 19:57:23.493107+00', '2026-02-17 19:57:23.493107+00', 1),
	('019d4d9e-432c-7aa3-b885-09c77541673d', '019bb9a2-9f0b-7bcd-bedb-0e352cf265a5', NULL, '01920e9d-0bb3-7634-b7fe-7c9695b45b43', 'EMAIL', '邮件回复了技术问题', '2026-04-02 09:00:16.50264+00', NULL, NULL, '2026-04-02 09:55:10.764819+00', '2026-04-02 09:55:10.764819+00', 1),
	('019ec8ff-e70b-78bb-8fd9-7dbc81f427a4', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '019eb4fa-863d-7c37-90ed-3e415187e1c3', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'OTHER', '通过合作伙伴了解到客户的新项目', '2026-06-13 15:13:48.142199+00', '确认合同条款', '2026-06-21 11:20:45.041294+00', '2026-06-15 01:57:54.571965+00', '2026-06-15 01:57:54.571965+00', 1),
	('019fe887-6c99-72a5-832b-f9f5cc9d53cd', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', NULL, '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'VISIT', '上门演示样机，反馈良好', '2026-08-09 21:39:33.685492+00', 'Ask for the decision', '2026-08-19 00:50:31.566838+00', '2026-08-09 21:56:57.113686+00', '2026-08-09 21:56:57.113686+00', 1),
	('01a198aa-adf5-701b-922f-34588b80de50', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', NULL, '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'PHONE', '客户询问交货期，已答复', '2026-10-30 14:19:15.420888+00', NULL, NULL, '2026-11-01 19:51:24.917631+00', '2026-11-01 19:51:24.917631+00', 1),
	('01a224d7-98a3-7100-9f96-a319771c9eb6', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', NULL, '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'WECHAT', '微信确认了技术参数', '2026-11-28 23:23:11.946965+00', NULL, NULL, '2026-11-29 01:07:18.819028+00', '2026-11-29 01:07:18.819028+00', 1),
	('019eb23f-7a66-7efd-9721-570f28c45b81', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'ORDER', '合同已签，录入订单', '2026-06-10 15:56:05.094265+00', NULL, NULL, '2026-06-10 15:56:05.094265+00', '2026-06-10 15:56:05.094265+00', 1),
	('019fc8c0-9866-7f42-9809-ef80fb06af43', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '019f3034-b782-7c01-b8cf-840cfb818129', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'WECHAT', 'Sent the price list on WeChat', '2026-08-03 16:39:05.627197+00', 'Arrange a site visit', NULL, '2026-08-03 17:51:32.966052+00', '2026-08-03 17:51:32.966052+00', 1),
	('019fe2f7-c7f2-7928-adfd-031453e8bcc7', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '019f3034-b782-7c01-b8cf-840cfb818129', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'OTHER', '通过合作伙伴了解到客户的新项目', '2026-08-08 19:16:19.486404+00', NULL, '2026-08-15 06:29:21.478128+00', '2026-08-08 20:01:57.234933+00', '2026-08-08 20:01:57.234933+00', 1),
	('01a22319-44ef-7e4a-b900-b384c80b14d3', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'VISIT', 'Visited the site and met the head of purchasing', '2026-11-28 16:59:48.335697+00', 'Ask for the decision', '2026-11-30 03:36:38.050337+00', '2026-11-28 16:59:48.335697+00', '2026-11-28 16:59:48.335697+00', 1),
	('01a1ce01-6f6f-776d-937d-7dee69f73b6b', '019f656d-796b-7d00-b264-c167d2a11943', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'ORDER', 'Order received', '2026-11-12 04:26:02.991105+00', NULL, NULL, '2026-11-12 04:26:02.991105+00', '2026-11-12 04:26:02.991105+00', 1),
	('01a219cc-02bd-783d-8e73-14edbe43ace6', '019f656d-796b-7d00-b264-c167d2a11943', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'EMAIL', '已邮件发送正式报价单', '2026-11-26 20:52:16.855477+00', '约见总经理', '2026-11-28 19:56:21.040367+00', '2026-11-26 21:38:50.173621+00', '2026-11-26 21:38:50.173621+00', 1),
	('01a21d48-8340-735e-808a-c3340986ab35', '019f656d-796b-7d00-b264-c167d2a11943', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'WECHAT', 'Sent the price list on WeChat', '2026-11-27 13:53:41.184773+00', '跟进付款', NULL, '2026-11-27 13:53:41.184773+00', '2026-11-27 13:53:41.184773+00', 1),
	('01a09a9b-b1fd-7c5f-ad21-3fc33eae4a0b', '01a05060-3003-7ee7-8734-d7375e13e96f', '01a0841b-34c3-7408-a639-0c6ddbe277f8', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'PHONE', '电话沟通，客户对报价有疑问，需要重新核算', '2026-09-11 11:41:12.993669+00', NULL, '2026-09-13 20:39:33.982392+00', '2026-09-13 11:51:30.045231+00', '2026-09-13 11:51:30.045231+00', 1),
	('01a0b140-8e51-7983-96d0-dc30a6227967', '01a05060-3003-7ee7-8734-d7375e13e96f', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'WECHAT', '微信确认了技术参数', '2026-09-14 23:05:51.696401+00', NULL, '2026-09-17 18:59:34.578498+00', '2026-09-17 21:23:13.105954+00', '2026-09-17 21:23:13.105954+00', 1),
	('01a0dc25-b767-7a19-aae5-ee9040563c2b', '01a05060-3003-7ee7-8734-d7375e13e96f', '01a0ba3a-8f5d-7d4f-9362-9676731f822e', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'WECHAT', '微信发送了产品资料', '2026-09-26 03:27:05.422609+00', NULL, '2026-10-05 04:50:09.819577+00', '2026-09-26 05:17:34.439248+00', '2026-09-26 05:17:34.439248+00', 1),
	('01a0f86b-9e9a-74bd-b2e3-7d6b3ca0932d', '01a05060-3003-7ee7-8734-d7375e13e96f', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'WECHAT', '微信确认了技术参数', '2026-10-01 16:50:53.509366+00', 'Send the contract', '2026-10-08 16:09:18.315617+00', '2026-10-01 17:03:17.658313+00', '2026-10-01 17:03:17.658313+00', 1),
	('01a140ab-df8b-768b-b761-e7f5de6174d3', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', 'WECHAT', '微信发送了产品资料', '2026-10-15 16:03:41.048517+00', '确认合同条款', '2026-10-25 07:48:04.379626+00', '2026-10-15 17:46:08.139812+00', '2026-10-15 17:46:08.139812+00', 1),
	('01a162ba-9163-7487-b328-7edffa4630bb', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', 'PHONE', '电话沟通，客户对报价有疑问，需要重新核算', '2026-10-21 02:22:05.760306+00', 'Ask for the decision', '2026-10-29 21:52:14.36362+00', '2026-10-22 08:29:16.515439+00', '2026-10-22 08:29:16.515439+00', 1),
	('01a16624-b192-7bc2-8d60-4edca25c42d3', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', 'OTHER', 'Met at the trade fair', '2026-10-22 23:38:18.843933+00', '约见总经理', '2026-11-01 08:29:44.056865+00', '2026-10-23 00:24:03.218019+00', '2026-10-23 00:24:03.218019+00', 1),
	('01a2159b-73d4-7704-9303-a5bec4e65d17', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'VISIT', '上门演示样机，反馈良好', '2026-11-26 01:14:05.093758+00', NULL, '2026-12-01 01:35:18.765618+00', '2026-11-26 02:07:18.996598+00', '2026-11-26 02:07:18.996598+00', 1);


--
-- Data for Name: idempotency_key; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: import; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.import VALUES
	('01a2267c-9762-7236-aad4-74f172e5fade', 'exhibition.csv', NULL, 'DONE', '[{"extra": null, "field": "NAME", "header": "公司名称"}, {"extra": null, "field": "SOURCE", "header": "来源"}, {"extra": null, "field": "INDUSTRY", "header": "行业"}, {"extra": null, "field": "CONTACT_NAME", "header": "联系人"}, {"extra": null, "field": "CONTACT_PHONE", "header": "电话"}, {"extra": null, "field": "CONTACT_EMAIL", "header": "邮箱"}]', NULL, 6, 6, '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-11-29 08:47:09.154569+00', '01920e9d-0bb3-74de-afce-d5c85f19b007', '2026-11-29 08:47:09.39516+00', '2026-11-29 08:47:09.482548+00', NULL, NULL, NULL, NULL, NULL, '2026-11-29 08:47:09.154569+00');


--
-- Data for Name: import_row; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.import_row VALUES
	('01a2267c-981e-7602-8759-825a309fc07f', '01a2267c-9762-7236-aad4-74f172e5fade', 2, '01920e9d-0bb3-74de-afce-d5c85f19b007', '["上海潮汐精密仪器有限公司", "EXHIBITION", "MANUFACTURING", "陈静", "138 1000 2001", "chenjing@tidal-instruments.example"]', '上海潮汐精密仪器', NULL, '陈静', 'CREATE', NULL, NULL, '[]', '01a2267c-9867-7697-8d96-46379d8178f5', '01a2267c-9867-7697-8d96-4638abb6de86', '2026-11-29 08:47:09.415365+00', NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, 1),
	('01a2267c-981e-7602-8759-825b81f00467', '01a2267c-9762-7236-aad4-74f172e5fade', 3, '01920e9d-0bb3-74de-afce-d5c85f19b007', '["宁波远帆供应链有限公司", "EXHIBITION", "LOGISTICS", "周明", "138 1000 2002", "zhouming@yuanfan.example"]', '宁波远帆供应链', NULL, '周明', 'CREATE', NULL, NULL, '[]', '01a2267c-9867-7697-8d96-463925410efd', '01a2267c-9867-7697-8d96-463a43ba5bed', '2026-11-29 08:47:09.415365+00', NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, 1),
	('01a2267c-981e-7602-8759-825cf9039226', '01a2267c-9762-7236-aad4-74f172e5fade', 4, '01920e9d-0bb3-74de-afce-d5c85f19b007', '["合肥量星软件有限公司", "EXHIBITION", "SOFTWARE", "吴倩", "138 1000 2003", "wuqian@liangxing.example"]', '合肥量星软件', NULL, '吴倩', 'CREATE', NULL, NULL, '[]', '01a2267c-9867-7697-8d96-463b02d0af21', '01a2267c-9867-7697-8d96-463c7c40260d', '2026-11-29 08:47:09.415365+00', NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, 1),
	('01a2267c-981e-7602-8759-825d5b80f3d0', '01a2267c-9762-7236-aad4-74f172e5fade', 5, '01920e9d-0bb3-74de-afce-d5c85f19b007', '["青岛蓝鲸冷链有限公司", "EXHIBITION", "LOGISTICS", "孙浩", "138 1000 2004", "sunhao@lanjing.example"]', '青岛蓝鲸冷链', NULL, '孙浩', 'CREATE', NULL, NULL, '[]', '01a2267c-9867-7697-8d96-463d51a954ea', '01a2267c-9867-7697-8d96-463ef533c727', '2026-11-29 08:47:09.415365+00', NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, 1),
	('01a2267c-981e-7602-8759-825e9041f69a', '01a2267c-9762-7236-aad4-74f172e5fade', 6, '01920e9d-0bb3-74de-afce-d5c85f19b007', '["上海潮汐精密仪器有限公司", "EXHIBITION", "MANUFACTURING", "陈静", "138 1000 2001", "chenjing@tidal-instruments.example"]', '上海潮汐精密仪器', NULL, NULL, 'DUPLICATE', 2, 'ROW', '[{"en": "The same company as in row 2, and no further contact.", "zh": "与第 2 行是同一家公司，且没有新的联系人。", "column": null}]', '01a2267c-9867-7697-8d96-46379d8178f5', NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, 1),
	('01a2267c-981e-7602-8759-825f0355e984', '01a2267c-9762-7236-aad4-74f172e5fade', 7, '01920e9d-0bb3-74de-afce-d5c85f19b007', '["郑州麦田食品有限公司", "EXHIBITION", "RETAIL", "王芳", "no phone", ""]', NULL, NULL, NULL, 'ERROR', NULL, NULL, '[{"en": "is not a phone number: it has at least 5 digits", "zh": "不是电话号码：至少 5 位数字", "column": "电话"}]', NULL, NULL, '2026-11-29 08:47:09.415365+00', NULL, NULL, NULL, NULL, 1);


--
-- Data for Name: job_last_run; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notification; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: operation_batch; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.operation_batch VALUES
	('01a07998-0100-7630-be51-29ffedcb1bc6', 'ASSIGNMENT', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2026-09-07 02:00:00+00', 1, 0, NULL, NULL),
	('019bf807-8100-7630-be51-29ffedcb1bc6', 'ASSIGNMENT', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2026-01-26 02:00:00+00', 1, 0, NULL, NULL),
	('019bf807-8100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2026-01-26 02:00:00+00', 1, 0, NULL, NULL),
	('019806a9-1100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2025-07-14 02:00:00+00', 1, 0, NULL, NULL),
	('0199270d-3100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2025-09-08 02:00:00+00', 2, 0, NULL, NULL),
	('019a4771-5100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2025-11-03 02:00:00+00', 1, 0, NULL, NULL),
	('019a4771-5100-7630-be51-29ffedcb1bc6', 'ASSIGNMENT', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2025-11-03 02:00:00+00', 1, 0, NULL, NULL),
	('019fe965-f100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2026-08-10 02:00:00+00', 1, 0, NULL, NULL),
	('019ec901-d100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2026-06-15 02:00:00+00', 1, 0, NULL, NULL),
	('019c8839-9100-7630-be51-29ffedcb1bc7', 'TEAM_RELEASE', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL, NULL, '2026-02-23 02:00:00+00', 1, 0, NULL, NULL);


--
-- Data for Name: opportunity_history; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.opportunity_history VALUES
	('01976d03-5e2f-7a53-8efd-e9ffcdbd527c', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-06-14 05:57:06.735318+00', '2025-07-10 21:54:15.867232+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL, NULL, '2025-09-02', 20, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('01976d03-5e2f-7a53-8efd-e9ffcdbd527c', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-07-10 21:54:15.867232+00', '2025-07-19 02:03:21.242118+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL, NULL, '2025-09-02', 50, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('01976d03-5e2f-7a53-8efd-e9ffcdbd527c', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-07-19 02:03:21.242118+00', NULL, 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL, NULL, '2025-09-02', 80, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-01-18 00:27:27.032901+00', '2025-01-22 15:01:11.392058+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 10, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-01-22 15:01:11.392058+00', '2025-02-16 13:56:05.931617+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 20, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-02-16 13:56:05.931617+00', '2025-02-20 15:43:07.038111+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 50, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-02-20 15:43:07.038111+00', '2025-03-03 20:37:03.537937+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 80, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-03-03 20:37:03.537937+00', '2025-03-28 07:49:38.111949+00', 'LOST', 'LOST', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 0, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'Went with a cheaper offer'),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-03-28 07:49:38.111949+00', '2025-04-13 09:16:07.724487+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 20, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-04-13 09:16:07.724487+00', '2025-04-28 05:42:43.212801+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 50, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-04-28 05:42:43.212801+00', '2025-05-23 17:23:59.399906+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 80, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '2025-05-23 17:23:59.399906+00', NULL, 'WON', 'WON', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 19152.00, 'CNY', '2025-04-19', 100, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', NULL),
	('0195c5c9-7a28-747a-bd5a-92412be8e086', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-03-24 01:34:30.440477+00', '2025-04-01 20:23:37.242241+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 308000.00, 'CNY', '2025-04-29', 10, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', NULL),
	('0195c5c9-7a28-747a-bd5a-92412be8e086', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-04-01 20:23:37.242241+00', '2025-05-21 01:27:06.101495+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 308000.00, 'CNY', '2025-04-29', 20, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', NULL),
	('0195c5c9-7a28-747a-bd5a-92412be8e086', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-05-21 01:27:06.101495+00', '2025-05-27 10:33:24.933379+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 308000.00, 'CNY', '2025-04-29', 20, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL),
	('0195c5c9-7a28-747a-bd5a-92412be8e086', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-05-27 10:33:24.933379+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 308000.00, 'CNY', '2025-04-29', 0, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'We could not deliver in time'),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-05-31 14:22:04.457088+00', '2025-06-23 02:35:41.270538+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 50400.00, 'USD', '2025-10-08', 10, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-06-23 02:35:41.270538+00', '2025-09-07 04:56:43.871853+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 50400.00, 'USD', '2025-10-08', 20, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-09-07 04:56:43.871853+00', '2025-09-29 00:14:50.419258+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 50400.00, 'USD', '2025-10-08', 20, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-09-29 00:14:50.419258+00', '2025-10-24 09:54:29.32577+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 50400.00, 'USD', '2025-10-08', 50, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-10-24 09:54:29.32577+00', '2025-11-11 10:57:24.388376+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 50400.00, 'USD', '2025-10-08', 80, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-11-11 10:57:24.388376+00', NULL, 'WON', 'WON', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 50400.00, 'USD', '2025-10-08', 100, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019a0c59-8539-7988-b428-cc178b461c15', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-10-22 14:36:24.761937+00', '2025-11-19 09:01:33.197892+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL, NULL, '2026-02-28', 10, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019a0c59-8539-7988-b428-cc178b461c15', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-11-19 09:01:33.197892+00', '2025-12-08 12:18:13.834717+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 4800.00, 'CNY', '2026-02-28', 15, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL),
	('019a0c59-8539-7988-b428-cc178b461c15', '01954cff-a0e3-740d-88e9-de102b2d2bed', '2025-12-08 12:18:13.834717+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 4800.00, 'CNY', '2026-02-28', 0, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '预算推迟到明年'),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2025-12-05 14:12:52.633465+00', '2025-12-12 01:56:08.071254+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 68540.00, 'CNY', '2026-01-07', 10, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2025-12-12 01:56:08.071254+00', '2026-01-02 18:27:50.371984+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 74500.00, 'CNY', '2026-01-07', 15, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2026-01-02 18:27:50.371984+00', '2026-01-29 01:18:52.296865+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 74500.00, 'CNY', '2026-01-07', 20, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2026-01-29 01:18:52.296865+00', '2026-02-09 04:14:51.501815+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 74500.00, 'CNY', '2026-01-07', 50, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2026-02-09 04:14:51.501815+00', '2026-02-10 00:34:24.307739+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 74500.00, 'CNY', '2026-01-07', 80, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2026-02-10 00:34:24.307739+00', NULL, 'WON', 'WON', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 74500.00, 'CNY', '2026-01-07', 100, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2025-11-29 09:56:07.147771+00', '2025-12-07 00:36:28.6758+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 2673.00, 'CNY', '2026-03-05', 10, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2025-12-07 00:36:28.6758+00', '2025-12-10 07:06:02.446803+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 2673.00, 'CNY', '2026-03-05', 20, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2025-12-10 07:06:02.446803+00', '2025-12-26 12:06:31.632429+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 2673.00, 'CNY', '2026-03-05', 50, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2025-12-26 12:06:31.632429+00', '2026-01-04 21:09:35.428737+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 2673.00, 'CNY', '2026-03-17', 50, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2026-01-04 21:09:35.428737+00', '2026-01-12 14:37:29.053387+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 2673.00, 'CNY', '2026-03-17', 80, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '2026-01-12 14:37:29.053387+00', NULL, 'WON', 'WON', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 2673.00, 'CNY', '2026-03-17', 100, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019a7c21-b15f-72d6-b43c-70d82cfcf65e', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '2025-11-13 07:32:54.239234+00', '2025-12-10 17:49:37.014554+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 3480.00, 'CNY', '2026-02-12', 10, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('019a7c21-b15f-72d6-b43c-70d82cfcf65e', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '2025-12-10 17:49:37.014554+00', '2026-01-04 10:59:28.0087+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 3480.00, 'CNY', '2026-02-12', 20, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('019a7c21-b15f-72d6-b43c-70d82cfcf65e', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '2026-01-04 10:59:28.0087+00', '2026-01-08 04:08:50.416127+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 3480.00, 'CNY', '2026-02-12', 50, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('019a7c21-b15f-72d6-b43c-70d82cfcf65e', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '2026-01-08 04:08:50.416127+00', NULL, 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 3480.00, 'CNY', '2026-02-12', 80, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', NULL),
	('01986530-f939-702a-810f-5c81a8ee6793', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2025-08-01 10:32:45.11339+00', '2025-08-14 17:36:06.853588+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 12160.00, 'CNY', '2025-10-11', 10, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('01986530-f939-702a-810f-5c81a8ee6793', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2025-08-14 17:36:06.853588+00', '2025-08-24 18:46:26.639114+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 12160.00, 'CNY', '2025-10-11', 20, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('01986530-f939-702a-810f-5c81a8ee6793', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2025-08-24 18:46:26.639114+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 12160.00, 'CNY', '2025-10-11', 0, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '预算推迟到明年'),
	('019d58d0-aaa4-743a-8455-537bcc5b29f0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2026-04-04 14:06:03.42892+00', '2026-05-04 02:52:13.655461+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, NULL, '2026-07-13', 20, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL),
	('019d58d0-aaa4-743a-8455-537bcc5b29f0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2026-05-04 02:52:13.655461+00', '2026-06-01 10:10:00.731988+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, NULL, '2026-07-13', 50, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL),
	('019d58d0-aaa4-743a-8455-537bcc5b29f0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2026-06-01 10:10:00.731988+00', '2026-06-09 22:57:24.61739+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, NULL, '2026-07-13', 80, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL),
	('019d58d0-aaa4-743a-8455-537bcc5b29f0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '2026-06-09 22:57:24.61739+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL, NULL, '2026-07-13', 0, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'We could not deliver in time'),
	('0199f267-e36a-77c0-9eb0-d8ff114e4ed8', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '2025-10-17 13:41:58.762477+00', '2025-11-30 02:22:12.517967+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, NULL, '2025-12-01', 10, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('0199f267-e36a-77c0-9eb0-d8ff114e4ed8', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '2025-11-30 02:22:12.517967+00', '2025-12-13 23:30:39.979551+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL, NULL, '2025-12-01', 10, '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL),
	('0199f267-e36a-77c0-9eb0-d8ff114e4ed8', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '2025-12-13 23:30:39.979551+00', '2026-01-22 20:42:16.508592+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL, NULL, '2025-12-01', 20, '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL),
	('0199f267-e36a-77c0-9eb0-d8ff114e4ed8', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '2026-01-22 20:42:16.508592+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', NULL, NULL, '2025-12-01', 0, '01920e9d-0bb3-7e46-b3cc-7c096404e57c', '联系人离职，项目中止'),
	('0199e1fb-1309-7e9d-8d42-5d5d4529add6', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '2025-10-14 09:09:12.073245+00', '2025-10-19 17:39:54.183398+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 81900.00, 'CNY', '2025-11-21', 10, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('0199e1fb-1309-7e9d-8d42-5d5d4529add6', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '2025-10-19 17:39:54.183398+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 81900.00, 'CNY', '2025-11-21', 0, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '预算推迟到明年'),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '2026-06-21 19:43:20.610251+00', '2026-07-08 21:18:10.120273+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 1078000.00, 'CNY', '2026-09-16', 10, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '2026-07-08 21:18:10.120273+00', '2026-07-19 06:44:39.811706+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 1078000.00, 'CNY', '2026-09-16', 20, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '2026-07-19 06:44:39.811706+00', '2026-08-11 21:46:14.765135+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 1078000.00, 'CNY', '2026-09-16', 50, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '2026-08-11 21:46:14.765135+00', '2026-09-07 02:12:51.926211+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 1372000.00, 'CNY', '2026-09-16', 55, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '2026-09-07 02:12:51.926211+00', '2026-09-30 22:35:01.581867+00', 'NEGOTIATION', 'OPEN', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 1372000.00, 'CNY', '2026-09-16', 80, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', NULL),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '2026-09-30 22:35:01.581867+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 1372000.00, 'CNY', '2026-09-16', 0, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'Project was put on hold'),
	('019beb74-e481-723d-bd9d-0a8747189ea0', '019aceaf-e873-7c0f-9aa0-add489ca9619', '2026-01-23 15:24:25.089185+00', NULL, 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 630.00, 'CNY', '2026-03-04', 20, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', NULL),
	('019c6d39-44c4-7fe5-8af1-5a523719da49', '019aceaf-e873-7c0f-9aa0-add489ca9619', '2026-02-17 20:09:55.652023+00', '2026-03-31 04:01:50.806549+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 3450.00, 'CNY', '2026-06-13', 10, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019c6d39-44c4-7fe5-8af1-5a523719da49', '019aceaf-e873-7c0f-9aa0-add489ca9619', '2026-03-31 04:01:50.806549+00', NULL, 'VOID', 'VOID', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 3450.00, 'CNY', '2026-06-13', 0, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019c6d10-9de6-7e83-a6ea-a01790ef7844', '019aceaf-e873-7c0f-9aa0-add489ca9619', '2026-02-17 19:25:31.494832+00', NULL, 'PROSPECTING', 'OPEN', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 2600.00, 'CNY', '2026-04-05', 10, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', NULL),
	('019eb4fa-863d-7c37-90ed-3e415187e1c3', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '2026-06-11 04:39:37.789256+00', '2026-06-13 23:14:31.896336+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 29440.00, 'CNY', '2026-09-26', 10, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL),
	('019eb4fa-863d-7c37-90ed-3e415187e1c3', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '2026-06-13 23:14:31.896336+00', NULL, 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 29440.00, 'CNY', '2026-09-26', 20, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', NULL),
	('01a0fa52-fee5-714c-98c9-34a022ab80c8', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '2026-10-02 01:55:38.341898+00', '2026-10-16 09:20:19.475966+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 4290.00, 'CNY', '2027-01-10', 10, '01920e9d-0bb3-7bd2-b52a-a6223c96d742', NULL),
	('01a0fa52-fee5-714c-98c9-34a022ab80c8', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '2026-10-16 09:20:19.475966+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 4290.00, 'CNY', '2027-01-10', 0, '01920e9d-0bb3-7bd2-b52a-a6223c96d742', '联系人离职，项目中止'),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-07-05 02:56:29.05884+00', '2026-07-28 14:26:15.204133+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 18000.00, 'CNY', '2026-07-27', 10, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-07-28 14:26:15.204133+00', '2026-08-04 06:41:39.84468+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 18000.00, 'CNY', '2026-09-23', 10, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-08-04 06:41:39.84468+00', '2026-09-07 17:29:17.415563+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 18000.00, 'CNY', '2026-10-22', 10, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-09-07 17:29:17.415563+00', '2026-09-27 03:11:28.13336+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 18000.00, 'CNY', '2026-10-22', 10, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-09-27 03:11:28.13336+00', '2026-10-09 23:51:24.813777+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 21600.00, 'CNY', '2026-10-22', 15, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-10-09 23:51:24.813777+00', '2026-11-01 05:25:27.205535+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 21600.00, 'CNY', '2026-10-22', 20, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-11-01 05:25:27.205535+00', NULL, 'VOID', 'VOID', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 21600.00, 'CNY', '2026-10-22', 0, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '项目取消'),
	('01a16792-9f6c-7033-84a8-d2e82b8f9c9f', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-10-23 07:03:44.748107+00', '2026-10-25 11:28:41.760491+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, NULL, '2026-11-14', 10, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('01a16792-9f6c-7033-84a8-d2e82b8f9c9f', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-10-25 11:28:41.760491+00', '2026-11-21 19:12:04.187871+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, NULL, '2026-11-14', 20, '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL),
	('01a16792-9f6c-7033-84a8-d2e82b8f9c9f', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '2026-11-21 19:12:04.187871+00', NULL, 'LOST', 'LOST', '01920e9d-0bb3-7fae-8314-42c028ca0da1', NULL, NULL, '2026-11-14', 0, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '项目取消'),
	('01a0ba3a-8f5d-7d4f-9362-9676731f822e', '01a05060-3003-7ee7-8734-d7375e13e96f', '2026-09-19 15:13:15.101199+00', '2026-11-09 15:10:48.388122+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 234000.00, 'CNY', '2027-01-03', 10, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL),
	('01a0ba3a-8f5d-7d4f-9362-9676731f822e', '01a05060-3003-7ee7-8734-d7375e13e96f', '2026-11-09 15:10:48.388122+00', NULL, 'VOID', 'VOID', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 234000.00, 'CNY', '2027-01-03', 0, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '联系人离职，项目中止'),
	('01a0841b-34c3-7408-a639-0c6ddbe277f8', '01a05060-3003-7ee7-8734-d7375e13e96f', '2026-09-09 02:59:30.627915+00', NULL, 'PROSPECTING', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 9600.00, 'CNY', '2026-10-14', 10, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL),
	('01a176c8-8726-771a-b0d2-09b999e1d831', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '2026-10-26 05:56:55.718127+00', '2026-11-12 21:21:08.544659+00', 'PROSPECTING', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 47000.00, 'CNY', '2026-11-17', 10, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('01a176c8-8726-771a-b0d2-09b999e1d831', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '2026-11-12 21:21:08.544659+00', '2026-11-15 08:20:55.132372+00', 'QUALIFICATION', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 47000.00, 'CNY', '2026-11-17', 20, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('01a176c8-8726-771a-b0d2-09b999e1d831', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '2026-11-15 08:20:55.132372+00', '2026-11-27 18:21:19.965814+00', 'PROPOSAL', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 47000.00, 'CNY', '2026-11-17', 50, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('01a176c8-8726-771a-b0d2-09b999e1d831', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '2026-11-27 18:21:19.965814+00', NULL, 'PROPOSAL', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 47000.00, 'CNY', '2026-11-17', 50, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL),
	('01a1a9dc-ecf7-7227-b6c4-23c3d64f6166', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '2026-11-05 03:59:50.519865+00', NULL, 'PROSPECTING', 'OPEN', '01920e9d-0bb3-77fe-9929-acf209f9402a', 22000.00, 'CNY', '2027-01-10', 10, '01920e9d-0bb3-77fe-9929-acf209f9402a', NULL),
	('01a21f92-60be-7150-95a1-d0d571a1b24f', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '2026-11-28 00:33:36.44659+00', NULL, 'PROSPECTING', 'OPEN', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 33280.00, 'CNY', '2027-03-04', 10, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', NULL);


--
-- Data for Name: opportunity_stage; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.opportunity_stage VALUES
	('PROSPECTING', 'Prospecting', '发现商机', 1, 'OPEN', 10, true),
	('QUALIFICATION', 'Qualification', '需求确认', 2, 'OPEN', 20, true),
	('PROPOSAL', 'Proposal', '方案报价', 3, 'OPEN', 50, true),
	('NEGOTIATION', 'Negotiation', '商务谈判', 4, 'OPEN', 80, true),
	('WON', 'Won', '赢单', 5, 'WON', 100, true),
	('LOST', 'Lost', '输单', 6, 'LOST', 0, true),
	('VOID', 'Void', '无效', 7, 'VOID', 0, true);


--
-- Data for Name: order_feedback; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.order_feedback VALUES
	('019715df-f731-7980-a64b-120eee673c04', '01962948-0268-79ad-9336-49b0c24dd155', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-79fe-91fd-5340f793bc33', 4, 'QUALITY', '质量很好，运行稳定', NULL, NULL, '2025-05-28 07:51:28.817641+00', '2025-05-28 07:51:28.817641+00', 1),
	('019c7474-cfee-7644-a95c-cb54ac487dae', '019bc027-1279-7f57-b274-911183957a95', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '01920e9d-0bb3-79fe-91fd-5340f793bc33', 3, 'DELIVERY', '比约定晚到了五天', '已补发缺件', '2026-03-01 01:43:05.105088+00', '2026-02-19 05:52:18.414749+00', '2026-03-01 01:43:05.105088+00', 2),
	('019d77fb-7e15-737c-a36a-ef079ce7864e', '019c6d2d-caa5-7b99-8b84-c12213cc359e', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-79fe-91fd-5340f793bc33', 5, 'PRICE', 'Fair price', NULL, NULL, '2026-04-10 15:21:03.765107+00', '2026-04-10 15:21:03.765107+00', 1);


--
-- Data for Name: order_history; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.order_history VALUES
	('019701ad-2627-7c32-9d74-d36a438a5290', '019701ad-2627-7073-a500-ee61f3d3b392', '0193771a-33b3-778d-a46e-c9550ca04d39', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-05-24 09:43:34.183318+00', NULL, NULL),
	('01971a42-4319-7ad5-a40e-a8e312c055a3', '019701ad-2627-7073-a500-ee61f3d3b392', '0193771a-33b3-778d-a46e-c9550ca04d39', 'PAY', 'PENDING', 'PAID', 1368.00, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-05-29 04:17:19.641451+00', NULL, NULL),
	('01974480-251a-779e-8fce-90f0c13588eb', '019701ad-2627-7073-a500-ee61f3d3b392', '0193771a-33b3-778d-a46e-c9550ca04d39', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-06-06 09:08:58.266427+00', NULL, NULL),
	('01976708-9cec-7456-8cc2-2bcece742676', '019701ad-2627-7073-a500-ee61f3d3b392', '0193771a-33b3-778d-a46e-c9550ca04d39', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-06-13 02:05:07.18065+00', NULL, NULL),
	('01968bf0-80eb-7017-9702-37d8b95c178b', '01968bf0-80eb-7ac1-83e1-04c0aa83e065', '0193771a-33b3-778d-a46e-c9550ca04d39', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-05-01 13:01:56.843796+00', NULL, NULL),
	('01969ae6-5d3a-7184-836f-74b0a9f601b1', '01968bf0-80eb-7ac1-83e1-04c0aa83e065', '0193771a-33b3-778d-a46e-c9550ca04d39', 'PAY', 'PENDING', 'PENDING', 93100.00, NULL, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2025-05-04 10:45:10.586382+00', NULL, NULL),
	('0196b3ff-7cb4-788c-a7b9-f6a69d690780', '01968bf0-80eb-7ac1-83e1-04c0aa83e065', '0193771a-33b3-778d-a46e-c9550ca04d39', 'PAY', 'PENDING', 'PAID', 93100.00, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-05-09 07:43:07.444658+00', NULL, NULL),
	('0196f669-729b-7a83-a655-782fc14216c2', '01968bf0-80eb-7ac1-83e1-04c0aa83e065', '0193771a-33b3-778d-a46e-c9550ca04d39', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-05-22 05:13:47.931042+00', NULL, NULL),
	('0196fc4a-c748-782d-9330-070f59187b01', '01968bf0-80eb-7ac1-83e1-04c0aa83e065', '0193771a-33b3-778d-a46e-c9550ca04d39', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-05-23 08:38:01.28876+00', NULL, NULL),
	('019a7f92-b5de-7d1d-8477-8d731f634eb3', '019a7f92-b5de-754e-b35e-b9c8bcac91fb', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2025-11-13 23:35:12.606886+00', NULL, NULL),
	('01962948-0268-7057-a557-9c9be0ee4954', '01962948-0268-79ad-9336-49b0c24dd155', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '2025-04-12 09:15:07.24079+00', NULL, NULL),
	('01965a0c-31a8-744b-b0c2-2be3897d142a', '01962948-0268-79ad-9336-49b0c24dd155', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'PAY', 'PENDING', 'PENDING', 10377.60, NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '2025-04-21 20:31:10.760256+00', NULL, NULL),
	('0196701b-8b76-7200-abd2-f29ebc73a814', '01962948-0268-79ad-9336-49b0c24dd155', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'PAY', 'PENDING', 'PAID', 15566.40, NULL, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2025-04-26 03:19:35.542431+00', NULL, NULL),
	('0196981a-fd90-7b59-b773-5fe673fb95f7', '01962948-0268-79ad-9336-49b0c24dd155', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '2025-05-03 21:43:47.856766+00', NULL, NULL),
	('0196c7a4-f6b8-763d-bfaa-20229d9dfd3c', '01962948-0268-79ad-9336-49b0c24dd155', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '2025-05-13 03:16:39.224026+00', NULL, NULL),
	('01970d02-79ce-7d9f-9192-51c21360905b', '01970d02-79ce-7732-a5a8-f73c16c79c79', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2025-05-26 14:32:35.534659+00', NULL, NULL),
	('01971480-c786-7f74-be56-85175e85635c', '01970d02-79ce-7732-a5a8-f73c16c79c79', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'PAY', 'PENDING', 'PENDING', 765.00, NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2025-05-28 01:27:53.478901+00', NULL, NULL),
	('019722b9-14c6-7d82-95d1-ba281b8c793e', '01970d02-79ce-7732-a5a8-f73c16c79c79', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'PAY', 'PENDING', 'PAID', 1785.00, NULL, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2025-05-30 19:44:04.294177+00', NULL, NULL),
	('01974884-a376-71bf-9f7c-acb056c11abf', '01970d02-79ce-7732-a5a8-f73c16c79c79', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2025-06-07 03:52:21.62243+00', NULL, NULL),
	('019764a8-6930-751b-8c70-dcd75a715e2b', '01970d02-79ce-7732-a5a8-f73c16c79c79', '01954cff-a0e3-740d-88e9-de102b2d2bed', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2025-06-12 15:00:48.048401+00', NULL, NULL),
	('019c51ea-397c-7871-b5e5-82c8e18d65f7', '019c51ea-397c-7244-9185-25f5f8c336f2', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-02-12 12:53:50.588175+00', NULL, NULL),
	('019c971d-6320-7053-8927-00ed75d3a646', '019c51ea-397c-7244-9185-25f5f8c336f2', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'PAY', 'PENDING', 'PENDING', 25120.41, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-02-25 23:23:31.488896+00', NULL, NULL),
	('019cad58-4b2b-7517-88e0-c8d528cd2d37', '019c51ea-397c-7244-9185-25f5f8c336f2', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'PAY', 'PENDING', 'PAID', 25120.41, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-03-02 06:59:30.731422+00', NULL, NULL),
	('019ccd27-c0d8-7091-88ca-95549191a20b', '019c51ea-397c-7244-9185-25f5f8c336f2', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-03-08 11:14:20.504598+00', NULL, NULL),
	('019d0b03-bf6e-7e0a-9dda-7dc99b3cfc79', '019c51ea-397c-7244-9185-25f5f8c336f2', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-03-20 11:31:28.238123+00', NULL, NULL),
	('019bc027-1279-7ca8-8cbe-671b2637162e', '019bc027-1279-7f57-b274-911183957a95', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-01-15 05:35:44.761302+00', NULL, NULL),
	('019be619-5705-7ace-9eb4-f9ddb650ffee', '019bc027-1279-7f57-b274-911183957a95', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'PAY', 'PENDING', 'PAID', 1447501.50, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-01-22 14:26:19.013443+00', NULL, NULL),
	('019c1b05-f5d6-723d-ac99-a221a6782e14', '019bc027-1279-7f57-b274-911183957a95', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-02-01 21:05:01.398381+00', NULL, NULL),
	('019c52cc-79b7-70af-acd1-53f1ac816f2b', '019bc027-1279-7f57-b274-911183957a95', '019637f2-577b-7d73-9c7a-9dfde4f47de1', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-02-12 17:00:58.167083+00', NULL, NULL),
	('01989004-43a2-7c0e-a5fe-89116e630b06', '01989004-43a2-79d3-8f4a-86ca6a2e66bb', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-08-09 18:07:35.330749+00', NULL, NULL),
	('0198ad36-415c-73a1-82f7-fe7db1c5549e', '01989004-43a2-79d3-8f4a-86ca6a2e66bb', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'PAY', 'PENDING', 'PENDING', 241351.20, NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-08-15 10:11:10.812287+00', NULL, NULL),
	('0198b253-0727-7a32-b09e-9776209b44c7', '01989004-43a2-79d3-8f4a-86ca6a2e66bb', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'PAY', 'PENDING', 'PAID', 160900.80, NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-08-16 10:00:42.535791+00', NULL, NULL),
	('0198cf16-c5b0-7778-ace5-09d6b8fcb2ba', '01989004-43a2-79d3-8f4a-86ca6a2e66bb', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-08-22 00:03:52.880895+00', NULL, NULL),
	('0198d58f-d313-72ce-aa10-5a4e39fa8d36', '01989004-43a2-79d3-8f4a-86ca6a2e66bb', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-08-23 06:13:49.459614+00', NULL, NULL),
	('019e814a-2d24-72c8-a151-c22292ab086c', '019e814a-2d24-70c4-9827-60570a4dc0c0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '2026-06-01 03:46:22.628207+00', NULL, NULL),
	('019e97b5-a384-7b91-9b31-c8fdc94aef8a', '019e814a-2d24-70c4-9827-60570a4dc0c0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'PAY', 'PENDING', 'PAID', 69553.00, NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '2026-06-05 12:15:24.036767+00', NULL, NULL),
	('019edb57-6764-79b2-83fa-c37adef979a5', '019e814a-2d24-70c4-9827-60570a4dc0c0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2026-06-18 15:26:38.948085+00', NULL, NULL),
	('019efa81-ac13-7593-b553-0799d40671a5', '019e814a-2d24-70c4-9827-60570a4dc0c0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2026-06-24 16:41:02.739232+00', NULL, NULL),
	('01a1a2c0-5f3a-76d0-8566-bebb4a557265', '01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-11-03 18:51:18.714702+00', NULL, NULL),
	('01a1c3e5-1523-777e-9131-fc8e93e11a1c', '01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', 'PAY', 'PENDING', 'PAID', 318916.00, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-11-10 05:18:52.707543+00', NULL, NULL),
	('01a1f533-56d5-7d25-a6ce-673ee8e92c4a', '01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-11-19 19:05:44.917838+00', NULL, NULL),
	('01a1f761-5207-7f0a-a427-18a0e2326df8', '01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-11-20 05:15:12.775636+00', NULL, NULL),
	('019dbffa-0961-7750-a792-c2b25d2cea07', '019dbffa-0961-7851-a73d-93ac34b90062', '0199e3bd-31db-7467-8809-edc85823a509', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-04-24 14:52:07.905928+00', NULL, NULL),
	('019dd05f-554f-729e-b930-b1236f7181b8', '019dbffa-0961-7851-a73d-93ac34b90062', '0199e3bd-31db-7467-8809-edc85823a509', 'PAY', 'PENDING', 'PAID', 360000.00, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-04-27 19:16:41.935781+00', NULL, NULL),
	('019dd5f0-0e09-775d-8fe2-834231c7f6ce', '019dbffa-0961-7851-a73d-93ac34b90062', '0199e3bd-31db-7467-8809-edc85823a509', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-04-28 21:12:52.489895+00', NULL, NULL),
	('019dff8e-cab7-7893-94b7-4f5a589cb6f4', '019dbffa-0961-7851-a73d-93ac34b90062', '0199e3bd-31db-7467-8809-edc85823a509', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-05-06 23:10:41.335649+00', NULL, NULL),
	('019b47e9-7a3c-719a-8d6d-4a6692e23d43', '019b47e9-7a3c-7023-8236-be41695fc89b', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '2025-12-22 21:14:02.172147+00', NULL, NULL),
	('019b59f5-9369-71be-b157-9aecf8a0695f', '019b47e9-7a3c-7023-8236-be41695fc89b', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'PAY', 'PENDING', 'PAID', 436855.40, NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '2025-12-26 09:20:24.937905+00', NULL, NULL),
	('019b7ffe-f19e-7c84-90fa-cb8d9c39d6e5', '019b47e9-7a3c-7023-8236-be41695fc89b', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '2026-01-02 18:36:13.086446+00', NULL, NULL),
	('019baa34-d4c1-7d74-b50b-f2e0770263df', '019b47e9-7a3c-7023-8236-be41695fc89b', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '2026-01-10 23:19:07.713122+00', NULL, NULL),
	('019c6d2d-caa5-77ce-bcc5-c7b3aa69c0b8', '019c6d2d-caa5-7b99-8b84-c12213cc359e', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-02-17 19:57:23.493107+00', NULL, NULL),
	('019c9dbc-4f73-747d-8373-361daaeb2cb6', '019c6d2d-caa5-7b99-8b84-c12213cc359e', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'PAY', 'PENDING', 'PAID', 21600.00, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-02-27 06:14:49.971715+00', NULL, NULL),
	('019cab1f-b891-751e-9d71-81eb9e0b3ba8', '019c6d2d-caa5-7b99-8b84-c12213cc359e', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-03-01 20:38:28.75394+00', NULL, NULL),
	('019cec18-1b03-79c0-a0b9-96772ab878b2', '019c6d2d-caa5-7b99-8b84-c12213cc359e', '019aceaf-e873-7c0f-9aa0-add489ca9619', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-03-14 11:25:28.707969+00', NULL, NULL),
	('019eb23f-7a66-767d-af8f-fb976fccdb89', '019eb23f-7a66-74a1-adce-d3f434f2502e', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-06-10 15:56:05.094265+00', NULL, NULL),
	('019edc7d-8e2e-7c96-8cd8-30583bbff1c9', '019eb23f-7a66-74a1-adce-d3f434f2502e', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'PAY', 'PENDING', 'PENDING', 4305.96, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-06-18 20:47:56.46297+00', NULL, NULL),
	('019f0427-7a00-762e-85ff-6e94630b1f91', '019eb23f-7a66-74a1-adce-d3f434f2502e', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'PAY', 'PENDING', 'PAID', 2870.64, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-06-26 13:38:43.840256+00', NULL, NULL),
	('019f3e5e-4199-7c23-8beb-d5bfe332dae2', '019eb23f-7a66-74a1-adce-d3f434f2502e', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'SHIP', 'PAID', 'SHIPPED', NULL, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-07-07 20:56:32.409085+00', NULL, NULL),
	('019f5bc5-ac2b-758f-b84d-b3ba666d7163', '019eb23f-7a66-74a1-adce-d3f434f2502e', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', 'DELIVER', 'SHIPPED', 'DELIVERED', NULL, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-07-13 13:58:29.163687+00', NULL, NULL),
	('01a1ce01-6f6f-75e1-a092-c4cbc284f43a', '01a1ce01-6f6f-756f-9c5a-b9fed68d3840', '019f656d-796b-7d00-b264-c167d2a11943', 'CREATE', 'PENDING', 'PENDING', NULL, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-11-12 04:26:02.991105+00', NULL, NULL),
	('01a200fc-4e5d-7728-b149-45581dc886c1', '01a1ce01-6f6f-756f-9c5a-b9fed68d3840', '019f656d-796b-7d00-b264-c167d2a11943', 'PAY', 'PENDING', 'PAID', 10400.00, NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '2026-11-22 02:01:04.861866+00', NULL, NULL);


--
-- Data for Name: order_product; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.order_product VALUES
	('019701ad-2627-7073-a500-ee61f3d3b392', 1, '0192b1b2-ec73-70f9-868f-f63696567906', 2.000, 760.00, 152.00, DEFAULT),
	('01968bf0-80eb-7ac1-83e1-04c0aa83e065', 1, '0192c490-5493-7e32-905e-92d01e4c1aaa', 19.000, 9800.00, 0.00, DEFAULT),
	('019a7f92-b5de-754e-b35e-b9c8bcac91fb', 1, '01927469-8813-7a5e-901d-db9ebbf88408', 17.000, 2400.00, 0.00, DEFAULT),
	('019a7f92-b5de-754e-b35e-b9c8bcac91fb', 2, '0192b749-e493-7040-86db-03c7add8baed', 8.000, 9900.00, 0.00, DEFAULT),
	('01962948-0268-79ad-9336-49b0c24dd155', 1, '0192d0a0-6773-7549-b714-9a1a4d0afaa0', 4.000, 6900.00, 1656.00, DEFAULT),
	('01970d02-79ce-7732-a5a8-f73c16c79c79', 1, '0192dba9-b8b3-707a-8eb8-17a87c76ed72', 2.000, 120.00, 0.00, DEFAULT),
	('01970d02-79ce-7732-a5a8-f73c16c79c79', 2, '0192a9b6-8d13-7540-844f-8ef13766a873', 11.000, 210.00, 0.00, DEFAULT),
	('019c51ea-397c-7244-9185-25f5f8c336f2', 1, '0192cb81-5e73-74b9-becd-85c83ce0ac68', 13.000, 2980.00, 2324.40, DEFAULT),
	('019c51ea-397c-7244-9185-25f5f8c336f2', 2, '019260a7-3e33-7e3d-8858-e8a96392ceea', 10.000, 260.00, 0.00, DEFAULT),
	('019c51ea-397c-7244-9185-25f5f8c336f2', 3, '01926175-3c93-785c-b18d-56d2075df7d3', 0.623, 19800.00, 1110.18, DEFAULT),
	('019bc027-1279-7f57-b274-911183957a95', 1, '01924b0f-49f3-7f59-8c75-94acf46dd224', 15.000, 297.00, 0.00, DEFAULT),
	('019bc027-1279-7f57-b274-911183957a95', 2, '01924d90-2873-7e73-b4ed-28eeeb6bbc4e', 15.000, 2600.00, 0.00, DEFAULT),
	('019bc027-1279-7f57-b274-911183957a95', 3, '0192c27e-3d73-7744-8887-032b41437212', 15.000, 66000.00, 0.00, DEFAULT),
	('019bc027-1279-7f57-b274-911183957a95', 4, '01926c83-21b3-7b0b-b5b6-157d8adf359a', 17.619, 23500.00, 0.00, DEFAULT),
	('01989004-43a2-79d3-8f4a-86ca6a2e66bb', 1, '01926175-3c93-785c-b18d-56d2075df7d3', 18.740, 19800.00, 0.00, DEFAULT),
	('01989004-43a2-79d3-8f4a-86ca6a2e66bb', 2, '0192c439-5af3-7ab4-a6f7-b6450417a0e6', 6.000, 5200.00, 0.00, DEFAULT),
	('019e814a-2d24-70c4-9827-60570a4dc0c0', 1, '01928b6f-b253-7e89-a1d9-40dc801125c6', 7.000, 1200.00, 0.00, DEFAULT),
	('019e814a-2d24-70c4-9827-60570a4dc0c0', 2, '0192681f-c793-76cd-905f-af7bb267667d', 2.000, 2600.00, 156.00, DEFAULT),
	('019e814a-2d24-70c4-9827-60570a4dc0c0', 3, '01927914-4b73-79ee-b866-662e6a3ec32e', 17.000, 477.00, 0.00, DEFAULT),
	('019e814a-2d24-70c4-9827-60570a4dc0c0', 4, '019263b7-d993-789d-91e1-de3399f339f3', 15.000, 3200.00, 0.00, DEFAULT),
	('01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', 1, '0192c833-6bf3-72a1-a9e1-407066ddcae6', 18.000, 9600.00, 5184.00, DEFAULT),
	('01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', 2, '01924a29-7dd3-7fc3-abea-22d3ede05d52', 7.000, 7500.00, 0.00, DEFAULT),
	('01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', 3, '0192c439-5af3-7ab4-a6f7-b6450417a0e6', 19.000, 5200.00, 0.00, DEFAULT),
	('019dbffa-0961-7851-a73d-93ac34b90062', 1, '0192bdd0-baf3-7772-8471-ea33aecd2c4d', 8.000, 45000.00, 0.00, DEFAULT),
	('019b47e9-7a3c-7023-8236-be41695fc89b', 1, '01924a29-7dd3-7fc3-abea-22d3ede05d52', 14.000, 7500.00, 6300.00, DEFAULT),
	('019b47e9-7a3c-7023-8236-be41695fc89b', 2, '01926175-3c93-785c-b18d-56d2075df7d3', 12.123, 19800.00, 0.00, DEFAULT),
	('019b47e9-7a3c-7023-8236-be41695fc89b', 3, '01928c3b-dbf3-709d-bfbd-2f2fc81a3d6a', 6.000, 60.00, 0.00, DEFAULT),
	('019b47e9-7a3c-7023-8236-be41695fc89b', 4, '0192c439-5af3-7ab4-a6f7-b6450417a0e6', 20.000, 5200.00, 6240.00, DEFAULT),
	('019c6d2d-caa5-7b99-8b84-c12213cc359e', 1, '01929f10-1c53-7c0a-800f-0353f13d5063', 3.000, 7200.00, 0.00, DEFAULT),
	('019eb23f-7a66-74a1-adce-d3f434f2502e', 1, '0192a9b6-8d13-7540-844f-8ef13766a873', 18.000, 210.00, 113.40, DEFAULT),
	('019eb23f-7a66-74a1-adce-d3f434f2502e', 2, '01924442-df13-70ca-a468-75c9a4453241', 9.000, 390.00, 0.00, DEFAULT),
	('01a1ce01-6f6f-756f-9c5a-b9fed68d3840', 1, '0192c439-5af3-7ab4-a6f7-b6450417a0e6', 2.000, 5200.00, 0.00, DEFAULT);


--
-- Data for Name: order_step; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.order_step VALUES
	('PENDING', 'CREATE', 'PENDING'),
	('PENDING', 'CHANGE_LINES', 'PENDING'),
	('PENDING', 'PAY', 'PENDING'),
	('PENDING', 'PAY', 'PAID'),
	('PAID', 'SHIP', 'SHIPPED'),
	('SHIPPED', 'DELIVER', 'DELIVERED'),
	('PENDING', 'CANCEL', 'CANCELLED'),
	('PENDING', 'REFUND', 'REFUNDED'),
	('PAID', 'REFUND', 'REFUNDED'),
	('SHIPPED', 'REFUND', 'REFUNDED'),
	('DELIVERED', 'REFUND', 'REFUNDED'),
	('PENDING', 'ADOPT', 'PENDING'),
	('PAID', 'ADOPT', 'PAID'),
	('SHIPPED', 'ADOPT', 'SHIPPED');


--
-- Data for Name: permission; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.permission VALUES
	('sales', 'customer', 'read', 'own'),
	('sales', 'customer', 'read', 'pool'),
	('sales', 'customer', 'create', 'own'),
	('sales', 'customer', 'update', 'own'),
	('sales', 'customer', 'claim', 'pool'),
	('sales', 'customer', 'release', 'own'),
	('sales', 'contact', 'read', 'own'),
	('sales', 'contact', 'write', 'own'),
	('sales', 'contact_details', 'read', 'own'),
	('sales', 'operation', 'read', 'own'),
	('sales', 'operation', 'read', 'pool'),
	('sales', 'user', 'read', 'own'),
	('sales', 'user', 'read', 'names'),
	('sales', 'setting', 'read', 'all'),
	('sales', 'notification', 'read', 'own'),
	('sales', 'product', 'read', 'all'),
	('sales', 'opportunity', 'read', 'own'),
	('sales', 'opportunity', 'read', 'held'),
	('sales', 'opportunity', 'read', 'pool'),
	('sales', 'opportunity', 'write', 'own'),
	('sales', 'opportunity', 'adopt', 'held'),
	('sales', 'follow_up', 'read', 'own'),
	('sales', 'follow_up', 'create', 'own'),
	('sales', 'order', 'read', 'own'),
	('sales', 'order', 'read', 'held'),
	('sales', 'order', 'create', 'own'),
	('sales', 'order', 'pay', 'own'),
	('sales', 'order', 'ship', 'own'),
	('sales', 'order', 'deliver', 'own'),
	('sales', 'order', 'cancel', 'own'),
	('sales', 'order', 'refund', 'own'),
	('sales', 'order', 'adopt', 'held'),
	('sales', 'feedback', 'read', 'own'),
	('sales', 'feedback', 'read', 'held'),
	('sales', 'pool_rule', 'read', 'all'),
	('manager', 'customer', 'read', 'team'),
	('manager', 'customer', 'read', 'pool_all'),
	('manager', 'customer', 'create', 'team'),
	('manager', 'customer', 'update', 'team'),
	('manager', 'customer', 'release', 'team'),
	('manager', 'customer', 'assign', 'pool'),
	('manager', 'customer', 'transfer', 'team'),
	('manager', 'customer', 'blacklist', 'team'),
	('manager', 'customer', 'blacklist', 'pool_all'),
	('manager', 'customer', 'archive', 'team'),
	('manager', 'customer', 'merge', 'team'),
	('manager', 'customer_level', 'write', 'team'),
	('manager', 'contact', 'read', 'team'),
	('manager', 'contact', 'write', 'team'),
	('manager', 'contact_details', 'reveal', 'team'),
	('manager', 'operation', 'read', 'team'),
	('manager', 'operation_batch', 'read', 'own'),
	('manager', 'operation_batch', 'read', 'team'),
	('manager', 'user', 'read', 'team'),
	('manager', 'absence', 'write', 'team'),
	('manager', 'opportunity', 'read', 'team'),
	('manager', 'opportunity', 'write', 'team'),
	('manager', 'opportunity', 'adopt', 'team'),
	('manager', 'follow_up', 'read', 'team'),
	('manager', 'follow_up', 'create', 'team'),
	('manager', 'order', 'read', 'team'),
	('manager', 'order', 'create', 'team'),
	('manager', 'order', 'pay', 'team'),
	('manager', 'order', 'ship', 'team'),
	('manager', 'order', 'deliver', 'team'),
	('manager', 'order', 'cancel', 'team'),
	('manager', 'order', 'refund', 'team'),
	('manager', 'order', 'adopt', 'team'),
	('manager', 'feedback', 'read', 'team'),
	('manager', 'pool_rule', 'preview', 'all'),
	('manager', 'pool_rule', 'read_runs', 'all'),
	('hr', 'user', 'read', 'all'),
	('hr', 'user', 'create', 'all'),
	('hr', 'absence', 'write', 'all'),
	('hr', 'user', 'change_manager', 'all'),
	('hr', 'user', 'depart', 'all'),
	('hr', 'session', 'revoke', 'all'),
	('hr', 'operation_batch', 'read', 'own'),
	('hr', 'notification', 'read', 'own'),
	('service', 'customer', 'read', 'ordered'),
	('service', 'contact', 'read', 'ordered'),
	('service', 'contact_details', 'reveal', 'ordered'),
	('service', 'product', 'read', 'all'),
	('service', 'order', 'read', 'all'),
	('service', 'feedback', 'read', 'all'),
	('service', 'feedback', 'write', 'delivered'),
	('service', 'user', 'read', 'own'),
	('service', 'user', 'read', 'names'),
	('service', 'notification', 'read', 'own'),
	('marketing', 'customer', 'read', 'entered'),
	('marketing', 'customer', 'read', 'pool'),
	('marketing', 'customer', 'create', 'pool'),
	('marketing', 'customer', 'update', 'entered_pooled'),
	('marketing', 'customer', 'archive', 'entered_pooled'),
	('marketing', 'customer', 'merge', 'entered_pooled'),
	('marketing', 'contact', 'read', 'entered_pooled'),
	('marketing', 'contact', 'write', 'entered_pooled'),
	('marketing', 'contact_details', 'read', 'entered_pooled'),
	('marketing', 'import', 'write', 'own'),
	('marketing', 'user', 'read', 'own');
INSERT INTO public.permission VALUES
	('marketing', 'user', 'read', 'names'),
	('marketing', 'setting', 'read', 'all'),
	('marketing', 'notification', 'read', 'own'),
	('marketing', 'product', 'read', 'all'),
	('marketing', 'pool_rule', 'read', 'all'),
	('analyst', 'user', 'read', 'own'),
	('analyst', 'notification', 'read', 'own'),
	('admin', 'customer', 'read', 'all'),
	('admin', 'customer', 'create', 'all'),
	('admin', 'customer', 'update', 'all'),
	('admin', 'customer', 'release', 'all'),
	('admin', 'customer', 'assign', 'all'),
	('admin', 'customer', 'transfer', 'all'),
	('admin', 'customer', 'blacklist', 'all'),
	('admin', 'customer', 'archive', 'all'),
	('admin', 'customer', 'merge', 'all'),
	('admin', 'customer_level', 'write', 'all'),
	('admin', 'import', 'write', 'all'),
	('admin', 'contact', 'read', 'all'),
	('admin', 'contact', 'write', 'all'),
	('admin', 'contact_details', 'reveal', 'all'),
	('admin', 'operation', 'read', 'all'),
	('admin', 'operation_batch', 'read', 'all'),
	('admin', 'user', 'read', 'all'),
	('admin', 'user', 'create', 'all'),
	('admin', 'absence', 'write', 'all'),
	('admin', 'user', 'change_manager', 'all'),
	('admin', 'user', 'depart', 'all'),
	('admin', 'session', 'revoke', 'all'),
	('admin', 'role', 'write', 'all'),
	('admin', 'permission', 'write', 'all'),
	('admin', 'setting', 'read', 'all'),
	('admin', 'setting', 'write', 'all'),
	('admin', 'notification', 'read', 'own'),
	('admin', 'product', 'read', 'all'),
	('admin', 'product', 'write', 'all'),
	('admin', 'opportunity', 'read', 'all'),
	('admin', 'opportunity', 'write', 'all'),
	('admin', 'opportunity', 'adopt', 'all'),
	('admin', 'follow_up', 'read', 'all'),
	('admin', 'order', 'read', 'all'),
	('admin', 'order', 'create', 'all'),
	('admin', 'order', 'pay', 'all'),
	('admin', 'order', 'ship', 'all'),
	('admin', 'order', 'deliver', 'all'),
	('admin', 'order', 'cancel', 'all'),
	('admin', 'order', 'refund', 'all'),
	('admin', 'order', 'adopt', 'all'),
	('admin', 'feedback', 'read', 'all'),
	('admin', 'feedback', 'write', 'all'),
	('admin', 'pool_rule', 'read', 'all'),
	('admin', 'pool_rule', 'write', 'all'),
	('admin', 'pool_rule', 'preview', 'all'),
	('admin', 'pool_rule', 'read_runs', 'all'),
	('admin', 'pool_rule', 'approve', 'all'),
	('admin', 'pool_rule', 'undo', 'all'),
	('admin', 'job', 'read', 'all');


--
-- Data for Name: pool_rule_notice; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: pool_rule_run; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: product; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.product VALUES
	('0192c4ca-ec93-767b-85ed-02e7a75d4dc7', 'SEN-010', '温度传感器 T100', '传感器', '件', 180.00, 'CNY', true, '2024-10-25 17:48:06.163016+00', '2024-10-25 17:48:06.163016+00', 1, NULL),
	('01929fd3-1e33-7cef-aa5e-fdff44377a5c', 'SEN-020', '压力传感器 P200', '传感器', '件', 420.00, 'CNY', true, '2024-10-18 13:31:06.163016+00', '2024-10-18 13:31:06.163016+00', 1, NULL),
	('0192832f-9333-76cd-bd72-6b5bd2f5f820', 'SEN-030', '振动传感器 V300', '传感器', '件', 960.00, 'CNY', true, '2024-10-13 00:03:06.163016+00', '2024-10-13 00:03:06.163016+00', 1, NULL),
	('01927914-4b73-79ee-b866-662e6a3ec32e', 'SEN-040', '液位传感器 L150', '传感器', '件', 530.00, 'CNY', true, '2024-10-11 00:57:06.163016+00', '2026-07-31 05:12:01.425916+00', 2, NULL),
	('0192a92f-0d93-7d41-8df3-cbbe2c0cac3b', 'SEN-050', '流量计 F80', '传感器', '件', 2350.00, 'CNY', true, '2024-10-20 09:08:06.163016+00', '2025-04-04 01:10:03.053181+00', 2, NULL),
	('019244c2-2133-7ccc-853a-c84228e9a31a', 'SEN-070', 'Gas detector G20', '传感器', '件', 1280.00, 'CNY', true, '2024-09-30 21:07:06.163016+00', '2024-09-30 21:07:06.163016+00', 1, NULL),
	('01925d76-97b3-7b9a-992e-4f3ca16353d6', 'SEN-080', '激光位移传感器 LD9', '传感器', '件', 4600.00, 'CNY', true, '2024-10-05 16:15:06.163016+00', '2024-10-05 16:15:06.163016+00', 1, NULL),
	('01928abc-40d3-7364-a7c8-6349b2c924cb', 'CTL-010', 'PLC 控制器 C1', '控制器', '台', 3200.00, 'CNY', true, '2024-10-14 11:14:06.163016+00', '2024-10-14 11:14:06.163016+00', 1, NULL),
	('0192a6ba-15f3-7c5c-b06f-bc0d033b26f1', 'CTL-020', 'PLC 控制器 C2', '控制器', '台', 5800.00, 'CNY', true, '2024-10-19 21:41:06.163016+00', '2024-10-19 21:41:06.163016+00', 1, NULL),
	('01924d90-2873-7e73-b4ed-28eeeb6bbc4e', 'CTL-030', '边缘网关 E10', '控制器', '台', 2600.00, 'CNY', true, '2024-10-02 14:09:06.163016+00', '2024-10-02 14:09:06.163016+00', 1, NULL),
	('0192d0a0-6773-7549-b714-9a1a4d0afaa0', 'CTL-040', 'Edge gateway E20 Pro', '控制器', '台', 6900.00, 'CNY', true, '2024-10-28 00:57:06.163016+00', '2024-10-28 00:57:06.163016+00', 1, NULL),
	('0192bb9b-d993-7735-939e-aac1e58330e6', 'CTL-050', '运动控制卡 M4', '控制器', '台', 4100.00, 'CNY', false, '2024-10-23 23:00:06.163016+00', '2026-04-29 20:53:16.316362+00', 3, NULL),
	('0192662f-9053-790f-9419-a4ed3c0ecb94', 'CTL-060', '温控模块 TC8', NULL, '台', 880.00, 'CNY', true, '2024-10-07 08:54:06.163016+00', '2026-06-13 12:03:04.345367+00', 2, NULL),
	('01925fd2-d733-7cbe-b43b-91a32f1f1c3c', 'CTL-070', 'Safety relay S3', '控制器', '台', 640.00, 'CNY', false, '2024-10-06 03:15:06.163016+00', '2024-12-02 23:45:31.829281+00', 2, NULL),
	('01924a29-7dd3-7fc3-abea-22d3ede05d52', 'CTL-080', '变频器 V7', '控制器', '台', 7500.00, 'CNY', true, '2024-10-01 22:18:06.163016+00', '2024-10-01 22:18:06.163016+00', 1, NULL),
	('0192b9ed-8d53-7cd2-b923-b2a6294141ed', 'NET-010', '工业交换机 8 口', '网络设备', '台', 1150.00, 'CNY', true, '2024-10-23 15:10:06.163016+00', '2025-05-30 06:36:04.227622+00', 2, NULL),
	('01928638-db93-7304-a78c-6c2adbfcc274', 'NET-020', '工业交换机 24 口', '网络设备', '台', 3900.00, 'CNY', true, '2024-10-13 14:12:06.163016+00', '2024-10-13 14:12:06.163016+00', 1, NULL),
	('01925c80-50d3-7f72-b218-ec824f80837c', 'NET-030', 'Wireless access point W6', '网络设备', '台', 1480.00, 'CNY', true, '2024-10-05 11:46:06.163016+00', '2024-10-05 11:46:06.163016+00', 1, NULL),
	('0192cb81-5e73-74b9-becd-85c83ce0ac68', 'NET-040', '5G 路由器 R5', '网络设备', '台', 2980.00, 'CNY', true, '2024-10-27 01:05:06.163016+00', '2024-10-27 01:05:06.163016+00', 1, NULL),
	('0192c490-5493-7e32-905e-92d01e4c1aaa', 'NET-050', '防火墙 FW100', '网络设备', '台', 9800.00, 'CNY', true, '2024-10-25 16:44:06.163016+00', '2024-10-25 16:44:06.163016+00', 1, NULL),
	('019260a7-3e33-7e3d-8858-e8a96392ceea', 'NET-060', '光电转换器', NULL, '台', 260.00, 'CNY', true, '2024-10-06 07:07:06.163016+00', '2025-02-15 02:04:42.033977+00', 2, NULL),
	('0192c439-5af3-7ab4-a6f7-b6450417a0e6', 'NET-070', 'LoRa base station', '网络设备', '台', 5200.00, 'CNY', true, '2024-10-25 15:09:06.163016+00', '2024-10-25 15:09:06.163016+00', 1, NULL),
	('019257bc-d553-7e15-abe2-a7411014a29d', 'NET-080', '机柜 42U', '网络设备', '台', 3300.00, 'CNY', true, '2024-10-04 13:34:06.163016+00', '2024-10-04 13:34:06.163016+00', 1, NULL),
	('01929aeb-03b3-7bb8-8bbc-21a81cfb2028', 'LIC-010', '生产监控系统 标准版', '软件许可', '套', 28000.00, 'CNY', true, '2024-10-17 14:39:06.163016+00', '2024-10-17 14:39:06.163016+00', 1, NULL),
	('0192478d-2813-7d18-b76f-f38140b66b29', 'LIC-020', '生产监控系统 企业版', '软件许可', '套', 98000.00, 'CNY', true, '2024-10-01 10:08:06.163016+00', '2024-10-01 10:08:06.163016+00', 1, NULL),
	('0192bdd0-baf3-7772-8471-ea33aecd2c4d', 'LIC-030', '设备管理系统', '软件许可', '套', 45000.00, 'CNY', true, '2024-10-24 09:17:06.163016+00', '2024-10-24 09:17:06.163016+00', 1, NULL),
	('0192c27e-3d73-7744-8887-032b41437212', 'LIC-040', '质量追溯系统', '软件许可', '套', 66000.00, 'CNY', true, '2024-10-25 07:05:06.163016+00', '2024-10-25 07:05:06.163016+00', 1, NULL),
	('01929292-2c73-7078-b25f-739174f7f391', 'LIC-050', 'Energy dashboard', '软件许可', '套', 36000.00, 'CNY', true, '2024-10-15 23:45:06.163016+00', '2024-10-15 23:45:06.163016+00', 1, NULL),
	('0192909d-6153-7929-8107-958c9f93023d', 'LIC-060', '数据采集引擎', NULL, '套', 18000.00, 'CNY', true, '2024-10-15 14:38:06.163016+00', '2024-10-15 14:38:06.163016+00', 1, NULL),
	('0192c833-6bf3-72a1-a9e1-407066ddcae6', 'LIC-070', 'Report designer', '软件许可', '套', 9600.00, 'CNY', true, '2024-10-26 09:41:06.163016+00', '2024-10-26 09:41:06.163016+00', 1, NULL),
	('01928122-fa53-7c54-bf2b-8ea63e10ecfb', 'LIC-080', '移动巡检 App', '软件许可', '套', 15000.00, 'CNY', true, '2024-10-12 14:30:06.163016+00', '2025-01-10 03:29:20.16167+00', 2, NULL),
	('01924d71-f213-7d92-9cd7-7473409b8785', 'LIC-090', 'API connector pack', '软件许可', '套', 12000.00, 'CNY', false, '2024-10-02 13:36:06.163016+00', '2026-01-18 14:37:31.394294+00', 3, NULL),
	('0192d097-3fb3-73e5-9915-f8b40ad3c5df', 'SRV-010', '现场实施', '服务与培训', '人天', 2800.00, 'CNY', true, '2024-10-28 00:47:06.163016+00', '2024-11-10 03:05:27.895783+00', 2, NULL),
	('01928b6f-b253-7e89-a1d9-40dc801125c6', 'SRV-020', '远程支持', '服务与培训', '人天', 1200.00, 'CNY', true, '2024-10-14 14:30:06.163016+00', '2024-10-14 14:30:06.163016+00', 1, NULL),
	('0192b132-bff3-7fd4-ba38-8ddf0c310a13', 'SRV-030', 'On-site training', '服务与培训', '人天', 3500.00, 'CNY', true, '2024-10-21 22:29:06.163016+00', '2024-10-21 22:29:06.163016+00', 1, NULL),
	('019263b7-d993-789d-91e1-de3399f339f3', 'SRV-040', '系统集成', '服务与培训', '人天', 3200.00, 'CNY', true, '2024-10-06 21:24:06.163016+00', '2024-10-06 21:24:06.163016+00', 1, NULL),
	('0192807e-2ed3-7430-9fbb-dcd15fdfa95f', 'SRV-050', '年度保养', '服务与培训', '人天', 2200.00, 'CNY', true, '2024-10-12 11:30:06.163016+00', '2024-10-12 11:30:06.163016+00', 1, NULL),
	('0192b21c-3593-7211-876d-9572baa09cce', 'SRV-060', 'Consulting', NULL, '人天', 4800.00, 'CNY', true, '2024-10-22 02:44:06.163016+00', '2024-10-22 02:44:06.163016+00', 1, NULL),
	('0192681f-c793-76cd-905f-af7bb267667d', 'SRV-070', '数据迁移', '服务与培训', '人天', 2600.00, 'CNY', true, '2024-10-07 17:56:06.163016+00', '2024-10-07 17:56:06.163016+00', 1, NULL),
	('01924442-df13-70ca-a468-75c9a4453241', 'CON-010', '线缆 CAT6', '耗材', '箱', 390.00, 'CNY', true, '2024-09-30 18:48:06.163016+00', '2024-09-30 18:48:06.163016+00', 1, NULL),
	('0192dba9-b8b3-707a-8eb8-17a87c76ed72', 'CON-020', '接线端子', '耗材', '箱', 120.00, 'CNY', true, '2024-10-30 04:23:06.163016+00', '2024-10-30 04:23:06.163016+00', 1, NULL),
	('0192a9b6-8d13-7540-844f-8ef13766a873', 'CON-030', 'Mounting kit', '耗材', '箱', 210.00, 'CNY', true, '2024-10-20 11:36:06.163016+00', '2025-03-18 02:33:09.381889+00', 2, NULL),
	('01927212-c6d3-7e6f-883d-ae11c87f93f3', 'CON-040', '标签纸', '耗材', '箱', 85.00, 'CNY', true, '2024-10-09 16:18:06.163016+00', '2026-10-13 01:37:38.936351+00', 2, NULL),
	('01928c3b-dbf3-709d-bfbd-2f2fc81a3d6a', 'CON-050', '密封圈', '耗材', '箱', 60.00, 'CNY', true, '2024-10-14 18:13:06.163016+00', '2024-10-14 18:13:06.163016+00', 1, NULL),
	('01924b0f-49f3-7f59-8c75-94acf46dd224', 'CON-060', '滤芯', NULL, '箱', 330.00, 'CNY', true, '2024-10-02 02:29:06.163016+00', '2026-09-17 10:05:09.857529+00', 2, NULL),
	('0192b1b2-ec73-70f9-868f-f63696567906', 'CON-070', 'Calibration gas', '耗材', '箱', 760.00, 'CNY', true, '2024-10-22 00:49:06.163016+00', '2025-02-23 15:05:04.721177+00', 2, NULL),
	('01926c83-21b3-7b0b-b5b6-157d8adf359a', 'RAW-010', '铝型材 6063', '原材料', '吨', 23500.00, 'CNY', true, '2024-10-08 14:23:06.163016+00', '2024-10-08 14:23:06.163016+00', 1, NULL),
	('01928ab0-59f3-7a99-99b5-e304ac43b902', 'RAW-020', '冷轧钢板', '原材料', '吨', 5400.00, 'CNY', true, '2024-10-14 11:01:06.163016+00', '2024-10-14 11:01:06.163016+00', 1, NULL),
	('01926fd7-7cd3-7ee0-bd3a-67506ed537f4', 'RAW-030', '铜排', '原材料', '吨', 72000.00, 'CNY', false, '2024-10-09 05:54:06.163016+00', '2026-08-17 05:55:11.19668+00', 3, NULL),
	('01926175-3c93-785c-b18d-56d2075df7d3', 'RAW-040', 'Engineering plastic PA66', '原材料', '吨', 19800.00, 'CNY', true, '2024-10-06 10:52:06.163016+00', '2025-05-06 23:10:23.060438+00', 2, NULL),
	('0192503c-f8f3-7cec-8245-3bd2b56bdbfc', 'RAW-050', '不锈钢 304', '原材料', '吨', 15600.00, 'CNY', true, '2024-10-03 02:37:06.163016+00', '2024-10-03 02:37:06.163016+00', 1, NULL),
	('019247ac-48d3-74fc-a514-53602645e053', 'EXP-010', 'Starter kit, export', '出口套件', 'set', 890.00, 'USD', true, '2024-10-01 10:42:06.163016+00', '2024-10-01 10:42:06.163016+00', 1, NULL),
	('0192bdbd-8113-7994-9298-dfac7af06fbe', 'EXP-020', 'Monitoring kit, export', '出口套件', 'set', 4200.00, 'USD', true, '2024-10-24 08:56:06.163016+00', '2024-10-24 08:56:06.163016+00', 1, NULL),
	('0192b199-49f3-7068-bfce-e785b3b1d85f', 'EXP-030', 'Gateway kit, export', '出口套件', 'set', 1650.00, 'USD', false, '2024-10-22 00:21:06.163016+00', '2025-09-20 04:24:39.564002+00', 3, NULL),
	('01929f10-1c53-7c0a-800f-0353f13d5063', 'EXP-040', 'Cloud licence, one year', '出口套件', 'set', 7200.00, 'USD', true, '2024-10-18 09:58:06.163016+00', '2024-10-18 09:58:06.163016+00', 1, NULL),
	('0192b05e-58f3-7f1e-8d85-347a7d307ace', 'EXP-050', 'Spare parts kit', '出口套件', 'set', 540.00, 'USD', true, '2024-10-21 18:37:06.163016+00', '2024-10-21 18:37:06.163016+00', 1, NULL),
	('01927469-8813-7a5e-901d-db9ebbf88408', 'EXP-060', 'Installation abroad', NULL, 'set', 2400.00, 'USD', true, '2024-10-10 03:12:06.163016+00', '2024-10-10 03:12:06.163016+00', 1, NULL),
	('0192b749-e493-7040-86db-03c7add8baed', 'EXP-070', 'Premium support, one year', '出口套件', 'set', 9900.00, 'USD', true, '2024-10-23 02:52:06.163016+00', '2024-10-23 02:52:06.163016+00', 1, NULL),
	('019262e1-9dd3-787b-8275-61fb1f34a133', 'EXP-080', 'Sensor bundle, export', '出口套件', 'set', 1250.00, 'USD', true, '2024-10-06 17:30:06.163016+00', '2024-10-06 17:30:06.163016+00', 1, NULL),
	('01927afd-2fb3-7f8f-9682-b30612180c89', 'SEN-060', 'Humidity sensor H50', NULL, '件', 150.00, 'CNY', false, '2024-10-11 09:51:06.163016+00', '2026-11-29 08:47:08.997622+00', 3, '2026-11-29 08:47:08.997622+00');


--
-- Data for Name: role; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.role VALUES
	('sales', 'Sales', '销售', true),
	('manager', 'Sales manager', '销售主管', true),
	('hr', 'HR', '人事', false),
	('service', 'Service', '客服', true),
	('marketing', 'Marketing', '市场', true),
	('analyst', 'Analyst', '数据分析', false),
	('admin', 'Administrator', '管理员', false);


--
-- Data for Name: role_inheritance; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.role_inheritance VALUES
	('manager', 'sales');


--
-- Data for Name: sales_opportunity; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sales_opportunity VALUES
	('01976d03-5e2f-7a53-8efd-e9ffcdbd527c', '0193771a-33b3-778d-a46e-c9550ca04d39', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'NEGOTIATION', 'OPEN', '0192b9ed-8d53-7cd2-b923-b2a6294141ed', NULL, NULL, '2025-09-02', 80, NULL, NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-06-14 05:57:06.735318+00', '2025-07-19 02:03:21.242118+00', 3, NULL),
	('019476ce-b9b8-7a87-9960-2eaff2bc7717', '0193771a-33b3-778d-a46e-c9550ca04d39', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'WON', 'WON', '0192b1b2-ec73-70f9-868f-f63696567906', 19152.00, 'CNY', '2025-04-19', 100, '2025-05-23 17:23:59.399906+00', NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '2025-01-18 00:27:27.032901+00', '2025-05-23 17:23:59.399906+00', 9, NULL),
	('0195c5c9-7a28-747a-bd5a-92412be8e086', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'LOST', 'LOST', '01929aeb-03b3-7bb8-8bbc-21a81cfb2028', 308000.00, 'CNY', '2025-04-29', 0, '2025-05-27 10:33:24.933379+00', 'We could not deliver in time', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2025-03-24 01:34:30.440477+00', '2025-05-27 10:33:24.933379+00', 4, NULL),
	('019726b8-a4a9-79fb-b930-7742eb0c253f', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'WON', 'WON', '01927469-8813-7a5e-901d-db9ebbf88408', 50400.00, 'USD', '2025-10-08', 100, '2025-11-11 10:57:24.388376+00', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2025-05-31 14:22:04.457088+00', '2025-11-11 10:57:24.388376+00', 6, NULL),
	('019a0c59-8539-7988-b428-cc178b461c15', '01954cff-a0e3-740d-88e9-de102b2d2bed', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'LOST', 'LOST', '01928b6f-b253-7e89-a1d9-40dc801125c6', 4800.00, 'CNY', '2026-02-28', 0, '2025-12-08 12:18:13.834717+00', '预算推迟到明年', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2025-10-22 14:36:24.761937+00', '2025-12-08 12:18:13.834717+00', 3, NULL),
	('019aeedb-c919-7caa-a69b-4fdbe39af23f', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'WON', 'WON', '0192cb81-5e73-74b9-becd-85c83ce0ac68', 74500.00, 'CNY', '2026-01-07', 100, '2026-02-10 00:34:24.307739+00', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2025-12-05 14:12:52.633465+00', '2026-02-10 00:34:24.307739+00', 6, NULL),
	('019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'WON', 'WON', '01924b0f-49f3-7f59-8c75-94acf46dd224', 2673.00, 'CNY', '2026-03-17', 100, '2026-01-12 14:37:29.053387+00', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2025-11-29 09:56:07.147771+00', '2026-01-12 14:37:29.053387+00', 6, NULL),
	('019a7c21-b15f-72d6-b43c-70d82cfcf65e', '019722e5-0e13-76e9-8a4f-a6d729de3d34', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'NEGOTIATION', 'OPEN', '0192dba9-b8b3-707a-8eb8-17a87c76ed72', 3480.00, 'CNY', '2026-02-12', 80, NULL, NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2025-11-13 07:32:54.239234+00', '2026-01-08 04:08:50.416127+00', 4, NULL),
	('01986530-f939-702a-810f-5c81a8ee6793', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'LOST', 'LOST', '0192b1b2-ec73-70f9-868f-f63696567906', 12160.00, 'CNY', '2025-10-11', 0, '2025-08-24 18:46:26.639114+00', '预算推迟到明年', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-08-01 10:32:45.11339+00', '2025-08-24 18:46:26.639114+00', 3, NULL),
	('019d58d0-aaa4-743a-8455-537bcc5b29f0', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'LOST', 'LOST', '0192a92f-0d93-7d41-8df3-cbbe2c0cac3b', NULL, NULL, '2026-07-13', 0, '2026-06-09 22:57:24.61739+00', 'We could not deliver in time', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '2026-04-04 14:06:03.42892+00', '2026-06-09 22:57:24.61739+00', 4, NULL),
	('0199f267-e36a-77c0-9eb0-d8ff114e4ed8', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', 'LOST', 'LOST', '01924d90-2873-7e73-b4ed-28eeeb6bbc4e', NULL, NULL, '2025-12-01', 0, '2026-01-22 20:42:16.508592+00', '联系人离职，项目中止', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '01920e9d-0bb3-7e46-b3cc-7c096404e57c', '2025-10-17 13:41:58.762477+00', '2026-01-22 20:42:16.508592+00', 4, NULL),
	('0199e1fb-1309-7e9d-8d42-5d5d4529add6', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'LOST', 'LOST', '01928638-db93-7304-a78c-6c2adbfcc274', 81900.00, 'CNY', '2025-11-21', 0, '2025-10-19 17:39:54.183398+00', '预算推迟到明年', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2025-10-14 09:09:12.073245+00', '2025-10-19 17:39:54.183398+00', 2, NULL),
	('019eebb5-7e22-7780-8902-c71732d045c3', '0199e3bd-31db-7467-8809-edc85823a509', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'LOST', 'LOST', '0192478d-2813-7d18-b76f-f38140b66b29', 1372000.00, 'CNY', '2026-09-16', 0, '2026-09-30 22:35:01.581867+00', 'Project was put on hold', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '2026-06-21 19:43:20.610251+00', '2026-09-30 22:35:01.581867+00', 6, NULL),
	('019beb74-e481-723d-bd9d-0a8747189ea0', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'QUALIFICATION', 'OPEN', '0192a9b6-8d13-7540-844f-8ef13766a873', 630.00, 'CNY', '2026-03-04', 20, NULL, NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '2026-01-23 15:24:25.089185+00', '2026-01-23 15:24:25.089185+00', 1, NULL),
	('019c6d39-44c4-7fe5-8af1-5a523719da49', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'VOID', 'VOID', '0192b9ed-8d53-7cd2-b923-b2a6294141ed', 3450.00, 'CNY', '2026-06-13', 0, '2026-03-31 04:01:50.806549+00', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-02-17 20:09:55.652023+00', '2026-03-31 04:01:50.806549+00', 2, NULL),
	('019c6d10-9de6-7e83-a6ea-a01790ef7844', '019aceaf-e873-7c0f-9aa0-add489ca9619', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'PROSPECTING', 'OPEN', '019260a7-3e33-7e3d-8858-e8a96392ceea', 2600.00, 'CNY', '2026-04-05', 10, NULL, NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '2026-02-17 19:25:31.494832+00', '2026-02-17 19:25:31.494832+00', 1, NULL),
	('019eb4fa-863d-7c37-90ed-3e415187e1c3', '019ca495-55a3-762b-b3d5-d81d2e4d93e6', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'QUALIFICATION', 'OPEN', '019244c2-2133-7ccc-853a-c84228e9a31a', 29440.00, 'CNY', '2026-09-26', 20, NULL, NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '2026-06-11 04:39:37.789256+00', '2026-06-13 23:14:31.896336+00', 2, NULL),
	('01a0fa52-fee5-714c-98c9-34a022ab80c8', '019d8f88-0c3b-7b6f-9fe9-b62dad1a7107', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'LOST', 'LOST', '01924b0f-49f3-7f59-8c75-94acf46dd224', 4290.00, 'CNY', '2027-01-10', 0, '2026-10-16 09:20:19.475966+00', '联系人离职，项目中止', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', '01920e9d-0bb3-7bd2-b52a-a6223c96d742', '2026-10-02 01:55:38.341898+00', '2026-10-16 09:20:19.475966+00', 2, NULL),
	('019f3034-b782-7c01-b8cf-840cfb818129', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'VOID', 'VOID', '01928b6f-b253-7e89-a1d9-40dc801125c6', 21600.00, 'CNY', '2026-10-22', 0, '2026-11-01 05:25:27.205535+00', '项目取消', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2026-07-05 02:56:29.05884+00', '2026-11-01 05:25:27.205535+00', 7, NULL),
	('01a16792-9f6c-7033-84a8-d2e82b8f9c9f', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'LOST', 'LOST', '0192b1b2-ec73-70f9-868f-f63696567906', NULL, NULL, '2026-11-14', 0, '2026-11-21 19:12:04.187871+00', '项目取消', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '01920e9d-0bb3-7fae-8314-42c028ca0da1', '2026-10-23 07:03:44.748107+00', '2026-11-21 19:12:04.187871+00', 3, NULL),
	('01a0ba3a-8f5d-7d4f-9362-9676731f822e', '01a05060-3003-7ee7-8734-d7375e13e96f', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'VOID', 'VOID', '0192503c-f8f3-7cec-8245-3bd2b56bdbfc', 234000.00, 'CNY', '2027-01-03', 0, '2026-11-09 15:10:48.388122+00', '联系人离职，项目中止', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2026-09-19 15:13:15.101199+00', '2026-11-09 15:10:48.388122+00', 2, NULL),
	('01a0841b-34c3-7408-a639-0c6ddbe277f8', '01a05060-3003-7ee7-8734-d7375e13e96f', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'PROSPECTING', 'OPEN', '01928b6f-b253-7e89-a1d9-40dc801125c6', 9600.00, 'CNY', '2026-10-14', 10, NULL, NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2026-09-09 02:59:30.627915+00', '2026-09-09 02:59:30.627915+00', 1, NULL),
	('01a176c8-8726-771a-b0d2-09b999e1d831', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'PROPOSAL', 'OPEN', '01926c83-21b3-7b0b-b5b6-157d8adf359a', 47000.00, 'CNY', '2026-11-17', 50, NULL, NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2026-10-26 05:56:55.718127+00', '2026-11-27 18:21:19.965814+00', 4, NULL),
	('01a1a9dc-ecf7-7227-b6c4-23c3d64f6166', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-77fe-9929-acf209f9402a', 'PROSPECTING', 'OPEN', '0192662f-9053-790f-9419-a4ed3c0ecb94', 22000.00, 'CNY', '2027-01-10', 10, NULL, NULL, '01920e9d-0bb3-77fe-9929-acf209f9402a', '01920e9d-0bb3-77fe-9929-acf209f9402a', '2026-11-05 03:59:50.519865+00', '2026-11-05 03:59:50.519865+00', 1, NULL),
	('01a21f92-60be-7150-95a1-d0d571a1b24f', '01a13b52-e69b-738f-b15d-1d0bea4c8caf', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'PROSPECTING', 'OPEN', '019244c2-2133-7ccc-853a-c84228e9a31a', 33280.00, 'CNY', '2027-03-04', 10, NULL, NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '2026-11-28 00:33:36.44659+00', '2026-11-28 00:33:36.44659+00', 1, NULL);


--
-- Data for Name: sales_order; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sales_order VALUES
	('019701ad-2627-7073-a500-ee61f3d3b392', 'SO20250524-0000000', '0193771a-33b3-778d-a46e-c9550ca04d39', '019476ce-b9b8-7a87-9960-2eaff2bc7717', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'DELIVERED', 'CNY', 1368.00, 1368.00, NULL, '2025-05-24 09:43:34.183318+00', '2025-05-29 04:17:19.641451+00', '2025-06-06 09:08:58.266427+00', '2025-06-13 02:05:07.18065+00', NULL, '2025-05-24 09:43:34.183318+00', '2025-06-13 02:05:07.18065+00', 4),
	('01968bf0-80eb-7ac1-83e1-04c0aa83e065', 'SO20250501-0000001', '0193771a-33b3-778d-a46e-c9550ca04d39', NULL, '01920e9d-0bb3-712c-b86d-b7a1fd778f34', '01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'DELIVERED', 'CNY', 186200.00, 186200.00, 'Ship to the second plant', '2025-05-01 13:01:56.843796+00', '2025-05-09 07:43:07.444658+00', '2025-05-22 05:13:47.931042+00', '2025-05-23 08:38:01.28876+00', NULL, '2025-05-01 13:01:56.843796+00', '2025-05-23 08:38:01.28876+00', 5),
	('019a7f92-b5de-754e-b35e-b9c8bcac91fb', 'SO20251113-0000032', '01954cff-a0e3-740d-88e9-de102b2d2bed', '019726b8-a4a9-79fb-b930-7742eb0c253f', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'PENDING', 'USD', 120000.00, 0.00, '分两次付款', '2025-11-13 23:35:12.606886+00', NULL, NULL, NULL, NULL, '2025-11-13 23:35:12.606886+00', '2025-11-13 23:35:12.606886+00', 1),
	('01962948-0268-79ad-9336-49b0c24dd155', 'SO20250412-0000033', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-7383-b37c-4b762fd11ef5', '01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'DELIVERED', 'CNY', 25944.00, 25944.00, '请在月底前发货', '2025-04-12 09:15:07.24079+00', '2025-04-26 03:19:35.542431+00', '2025-05-03 21:43:47.856766+00', '2025-05-13 03:16:39.224026+00', NULL, '2025-04-12 09:15:07.24079+00', '2025-05-13 03:16:39.224026+00', 5),
	('01970d02-79ce-7732-a5a8-f73c16c79c79', 'SO20250526-0000034', '01954cff-a0e3-740d-88e9-de102b2d2bed', NULL, '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'DELIVERED', 'CNY', 2550.00, 2550.00, NULL, '2025-05-26 14:32:35.534659+00', '2025-05-30 19:44:04.294177+00', '2025-06-07 03:52:21.62243+00', '2025-06-12 15:00:48.048401+00', NULL, '2025-05-26 14:32:35.534659+00', '2025-06-12 15:00:48.048401+00', 5),
	('019c51ea-397c-7244-9185-25f5f8c336f2', 'SO20260212-0000048', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '019aeedb-c919-7caa-a69b-4fdbe39af23f', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'DELIVERED', 'CNY', 50240.82, 50240.82, NULL, '2026-02-12 12:53:50.588175+00', '2026-03-02 06:59:30.731422+00', '2026-03-08 11:14:20.504598+00', '2026-03-20 11:31:28.238123+00', NULL, '2026-02-12 12:53:50.588175+00', '2026-03-20 11:31:28.238123+00', 5),
	('019bc027-1279-7f57-b274-911183957a95', 'SO20260115-0000049', '019637f2-577b-7d73-9c7a-9dfde4f47de1', '019acf0a-8f6b-7efd-a6e4-cd35e606fe41', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'DELIVERED', 'CNY', 1447501.50, 1447501.50, NULL, '2026-01-15 05:35:44.761302+00', '2026-01-22 14:26:19.013443+00', '2026-02-01 21:05:01.398381+00', '2026-02-12 17:00:58.167083+00', NULL, '2026-01-15 05:35:44.761302+00', '2026-02-12 17:00:58.167083+00', 4),
	('01989004-43a2-79d3-8f4a-86ca6a2e66bb', 'SO20250809-0000080', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-7fae-8314-42c028ca0da1', '01920e9d-0bb3-7fae-8314-42c028ca0da1', 'DELIVERED', 'CNY', 402252.00, 402252.00, NULL, '2025-08-09 18:07:35.330749+00', '2025-08-16 10:00:42.535791+00', '2025-08-22 00:03:52.880895+00', '2025-08-23 06:13:49.459614+00', NULL, '2025-08-09 18:07:35.330749+00', '2025-08-23 06:13:49.459614+00', 5),
	('019e814a-2d24-70c4-9827-60570a4dc0c0', 'SO20260601-0000081', '01980dd7-c4ab-7ccc-af3c-37a2751a8554', NULL, '01920e9d-0bb3-774e-bcaa-b47546dd9db3', '01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'DELIVERED', 'CNY', 69553.00, 69553.00, NULL, '2026-06-01 03:46:22.628207+00', '2026-06-05 12:15:24.036767+00', '2026-06-18 15:26:38.948085+00', '2026-06-24 16:41:02.739232+00', NULL, '2026-06-01 03:46:22.628207+00', '2026-06-24 16:41:02.739232+00', 4),
	('01a1a2c0-5f3a-723b-a47c-13890c3bc8bf', 'SO20261103-0000096', '0198f8ca-7b43-749c-8c8d-b6a3f608b3e7', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'DELIVERED', 'CNY', 318916.00, 318916.00, NULL, '2026-11-03 18:51:18.714702+00', '2026-11-10 05:18:52.707543+00', '2026-11-19 19:05:44.917838+00', '2026-11-20 05:15:12.775636+00', NULL, '2026-11-03 18:51:18.714702+00', '2026-11-20 05:15:12.775636+00', 4),
	('019dbffa-0961-7851-a73d-93ac34b90062', 'SO20260424-0000112', '0199e3bd-31db-7467-8809-edc85823a509', NULL, '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'DELIVERED', 'CNY', 360000.00, 360000.00, NULL, '2026-04-24 14:52:07.905928+00', '2026-04-27 19:16:41.935781+00', '2026-04-28 21:12:52.489895+00', '2026-05-06 23:10:41.335649+00', NULL, '2026-04-24 14:52:07.905928+00', '2026-05-06 23:10:41.335649+00', 4),
	('019b47e9-7a3c-7023-8236-be41695fc89b', 'SO20251222-0000128', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'DELIVERED', 'CNY', 436855.40, 436855.40, NULL, '2025-12-22 21:14:02.172147+00', '2025-12-26 09:20:24.937905+00', '2026-01-02 18:36:13.086446+00', '2026-01-10 23:19:07.713122+00', NULL, '2025-12-22 21:14:02.172147+00', '2026-01-10 23:19:07.713122+00', 4),
	('019c6d2d-caa5-7b99-8b84-c12213cc359e', 'SO20260217-0000129', '019aceaf-e873-7c0f-9aa0-add489ca9619', NULL, '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'DELIVERED', 'USD', 21600.00, 21600.00, NULL, '2026-02-17 19:57:23.493107+00', '2026-02-27 06:14:49.971715+00', '2026-03-01 20:38:28.75394+00', '2026-03-14 11:25:28.707969+00', NULL, '2026-02-17 19:57:23.493107+00', '2026-03-14 11:25:28.707969+00', 4),
	('019eb23f-7a66-74a1-adce-d3f434f2502e', 'SO20260610-0000192', '019e7a7a-c2d3-76b1-bc29-3d25428c760e', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'DELIVERED', 'CNY', 7176.60, 7176.60, NULL, '2026-06-10 15:56:05.094265+00', '2026-06-26 13:38:43.840256+00', '2026-07-07 20:56:32.409085+00', '2026-07-13 13:58:29.163687+00', NULL, '2026-06-10 15:56:05.094265+00', '2026-07-13 13:58:29.163687+00', 5),
	('01a1ce01-6f6f-756f-9c5a-b9fed68d3840', 'SO20261112-0000208', '019f656d-796b-7d00-b264-c167d2a11943', NULL, '01920e9d-0bb3-7e9c-a346-853b4ea7b145', '01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'PAID', 'CNY', 10400.00, 10400.00, NULL, '2026-11-12 04:26:02.991105+00', '2026-11-22 02:01:04.861866+00', NULL, NULL, NULL, '2026-11-12 04:26:02.991105+00', '2026-11-22 02:01:04.861866+00', 2);


--
-- Data for Name: session; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: session_revision; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.session_revision VALUES
	(true, 1);


--
-- Data for Name: setting; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.setting VALUES
	(true, 259200, NULL, NULL, NULL, 50, 'Asia/Shanghai', 1, '{}', NULL, 0, 2592000);


--
-- Data for Name: sign_in_failure; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: user_manager_history; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.user_manager_history VALUES
	('01920e9d-0bb3-78ef-8adf-f924f01e06f9', NULL, '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-70b6-afa6-f51e8b2b2fa7', NULL, '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-79fe-91fd-5340f793bc33', NULL, '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-74de-afce-d5c85f19b007', NULL, '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7c5c-9244-4aff729db1a9', NULL, '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-71c6-84ac-f26c2e47c5fd', NULL, '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7154-b080-36d8e1c036f0', '01920e9d-0bb3-71c6-84ac-f26c2e47c5fd', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7630-be51-29ffedcb1bc7', '01920e9d-0bb3-7154-b080-36d8e1c036f0', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7ecb-b44d-aa3db2dc7e25', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-740a-a037-9f9a8b5f3464', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7fae-8314-42c028ca0da1', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7102-85e8-a9906c0c53a1', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-77fe-9929-acf209f9402a', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7634-b7fe-7c9695b45b43', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7383-b37c-4b762fd11ef5', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7e46-b3cc-7c096404e57c', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7262-bae3-d99b17029c82', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-774e-bcaa-b47546dd9db3', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7bd4-9295-5756a9458dce', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7e9c-a346-853b4ea7b145', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-712c-b86d-b7a1fd778f34', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7bd2-b52a-a6223c96d742', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7743-9025-e1e828db36b0', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7b42-b4ec-acd6aa45e6a9', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7e18-9ebf-7f3ced6b6f9e', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-739a-ac49-fe47c76ea0f3', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL),
	('01920e9d-0bb3-7fad-a99f-4f0a6b451800', '01920e9d-0bb3-7630-be51-29ffedcb1bc7', '2024-09-20 08:47:06.163016+00', NULL);


--
-- Data for Name: user_role; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.user_role VALUES
	('01920e9d-0bb3-78ef-8adf-f924f01e06f9', 'admin'),
	('01920e9d-0bb3-70b6-afa6-f51e8b2b2fa7', 'hr'),
	('01920e9d-0bb3-79fe-91fd-5340f793bc33', 'service'),
	('01920e9d-0bb3-74de-afce-d5c85f19b007', 'marketing'),
	('01920e9d-0bb3-7c5c-9244-4aff729db1a9', 'analyst'),
	('01920e9d-0bb3-71c6-84ac-f26c2e47c5fd', 'manager'),
	('01920e9d-0bb3-7154-b080-36d8e1c036f0', 'manager'),
	('01920e9d-0bb3-7630-be51-29ffedcb1bc7', 'manager'),
	('01920e9d-0bb3-7ecb-b44d-aa3db2dc7e25', 'sales'),
	('01920e9d-0bb3-740a-a037-9f9a8b5f3464', 'sales'),
	('01920e9d-0bb3-7222-9c22-bcf6cbd7cd5b', 'sales'),
	('01920e9d-0bb3-7fae-8314-42c028ca0da1', 'sales'),
	('01920e9d-0bb3-75e7-9b2f-ad3134ecd1f4', 'sales'),
	('01920e9d-0bb3-7102-85e8-a9906c0c53a1', 'sales'),
	('01920e9d-0bb3-77fe-9929-acf209f9402a', 'sales'),
	('01920e9d-0bb3-7634-b7fe-7c9695b45b43', 'sales'),
	('01920e9d-0bb3-7383-b37c-4b762fd11ef5', 'sales'),
	('01920e9d-0bb3-7e46-b3cc-7c096404e57c', 'sales'),
	('01920e9d-0bb3-76c5-9f3f-0ee9efb3aaa5', 'sales'),
	('01920e9d-0bb3-7262-bae3-d99b17029c82', 'sales'),
	('01920e9d-0bb3-774e-bcaa-b47546dd9db3', 'sales'),
	('01920e9d-0bb3-7bd4-9295-5756a9458dce', 'sales'),
	('01920e9d-0bb3-7e9c-a346-853b4ea7b145', 'sales'),
	('01920e9d-0bb3-712c-b86d-b7a1fd778f34', 'sales'),
	('01920e9d-0bb3-7bd2-b52a-a6223c96d742', 'sales'),
	('01920e9d-0bb3-7743-9025-e1e828db36b0', 'sales'),
	('01920e9d-0bb3-76aa-bf4d-b0bac1a9a8e7', 'sales'),
	('01920e9d-0bb3-7b42-b4ec-acd6aa45e6a9', 'sales'),
	('01920e9d-0bb3-7e18-9ebf-7f3ced6b6f9e', 'sales'),
	('01920e9d-0bb3-739a-ac49-fe47c76ea0f3', 'sales'),
	('01920e9d-0bb3-7fad-a99f-4f0a6b451800', 'sales');


--
-- Data for Name: webhook; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: webhook_delivery; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: event_outbox_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.event_outbox_id_seq', 4, true);


--
-- Name: order_number; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.order_number', 256, true);


--
-- Name: _sqlx_migrations _sqlx_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);


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
    ADD CONSTRAINT contact_reveal_pkey PRIMARY KEY (id, at);


--
-- Name: customer_extra customer_extra_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_extra
    ADD CONSTRAINT customer_extra_pkey PRIMARY KEY (customer_id, key);


--
-- Name: customer_operation_log customer_operation_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_operation_log
    ADD CONSTRAINT customer_operation_log_pkey PRIMARY KEY (id, at);


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
    ADD CONSTRAINT followup_pkey PRIMARY KEY (id, at);


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
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id, at);


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
    ADD CONSTRAINT order_history_pkey PRIMARY KEY (id, at);


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
    ADD CONSTRAINT webhook_delivery_notification FOREIGN KEY (notification_id, at) REFERENCES public.notification(id, at);


--
-- PostgreSQL database dump complete
--


