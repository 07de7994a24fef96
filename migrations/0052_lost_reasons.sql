-- Why opportunities are lost, and to whom, can be counted: both are choices. A free remark stands beside the reason.

alter table choice drop constraint choice_kind;
alter table choice add constraint choice_kind
    check (kind in ('SOURCE', 'INDUSTRY', 'SIZE', 'LEVEL', 'REGION', 'LOST_REASON', 'COMPETITOR'));
insert into choice (kind, position, code, name_en, name_zh) values
    ('LOST_REASON', 1, 'PRICE', 'Price', '价格太高'), ('LOST_REASON', 2, 'COMPETITOR', 'Chose a competitor', '选择了竞争对手'),
    ('LOST_REASON', 3, 'PRODUCT', 'Product does not fit', '产品不满足需求'), ('LOST_REASON', 4, 'BUDGET', 'No budget', '没有预算'),
    ('LOST_REASON', 5, 'CANCELLED', 'Project cancelled', '项目取消'), ('LOST_REASON', 6, 'POSTPONED', 'Project postponed', '项目推迟'),
    ('LOST_REASON', 7, 'NO_RESPONSE', 'No response', '客户没有回应'), ('LOST_REASON', 8, 'OTHER', 'Other', '其他');

-- What people wrote as the reason is the remark from now on, word by word. The reason of these is OTHER: nobody has chosen one, and
-- a program that guesses it from the text would change figures.
alter table sales_opportunity rename column lost_reason to lost_remark;
alter table sales_opportunity
    -- Codes of `choice`.
    add column lost_reason text collate "C",
    -- Who competes for the deal; of a lost one, who won it. It stays when the opportunity is opened again or won.
    add column competitor text collate "C";
alter table opportunity_history rename column lost_reason to lost_remark;
alter table opportunity_history add column lost_reason text collate "C";

alter table sales_opportunity disable trigger opportunity_changed;
alter table sales_opportunity disable trigger opportunity_posted_change;
update sales_opportunity set lost_reason = 'OTHER' where stage_kind = 'LOST';
alter table sales_opportunity enable trigger opportunity_changed;
alter table sales_opportunity enable trigger opportunity_posted_change;
update opportunity_history set lost_reason = 'OTHER' where stage_kind = 'LOST';

-- What is lost has a reason, and nothing else has. What is lost or void may have a remark.
alter table sales_opportunity drop constraint opportunity_lost_with_reason;
alter table sales_opportunity
    add constraint opportunity_lost_with_reason check ((stage_kind = 'LOST') = (lost_reason is not null)),
    add constraint opportunity_lost_remark check (lost_remark is null or stage_kind in ('LOST', 'VOID'));
alter table opportunity_history drop constraint opportunity_history_reason;
alter table opportunity_history
    add constraint opportunity_history_lost_with_reason check ((stage_kind = 'LOST') = (lost_reason is not null)),
    add constraint opportunity_history_lost_remark check (lost_remark is null or stage_kind in ('LOST', 'VOID'));

create or replace function keep_new_opportunities() returns trigger language plpgsql as $$
begin
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount,
                                     currency, close_date, probability, lost_reason, lost_remark, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount,
           currency, close_date, probability, lost_reason, lost_remark, updated_by
    from new_rows;
    return null;
end $$;
create or replace function keep_changed_opportunities() returns trigger language plpgsql as $$
begin
    update opportunity_history h set valid_to = n.updated_at
    from new_rows n join old_rows o on o.id = n.id
    where h.opportunity_id = n.id and h.valid_to is null
        and (n.stage, n.owner_user_id, n.amount, n.currency, n.close_date, n.probability, n.lost_reason, n.lost_remark)
            is distinct from
            (o.stage, o.owner_user_id, o.amount, o.currency, o.close_date, o.probability, o.lost_reason, o.lost_remark);
    insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount,
                                     currency, close_date, probability, lost_reason, lost_remark, changed_by)
    select id, customer_id, updated_at, stage, stage_kind, owner_user_id, amount,
           currency, close_date, probability, lost_reason, lost_remark, updated_by
    from new_rows n
    where not exists (select from opportunity_history h where h.opportunity_id = n.id and h.valid_to is null);
    return null;
end $$;
drop trigger append_only on opportunity_history;
create trigger append_only before truncate
    or update of valid_from, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, lost_reason,
                 lost_remark, changed_by on opportunity_history
    for each statement execute function refuse_change();

-- BI tools count by them, too. The remark is free text, so they do not read it.
create or replace view bi.fact_opportunity as
select o.id as opportunity_id, o.customer_id, o.owner_user_id as user_id, o.product_id, o.stage, o.stage_kind, o.amount, o.currency,
       o.probability, o.close_date, o.created_at, (o.created_at at time zone s.time_zone)::date as created_day, o.closed_at,
       (o.closed_at at time zone s.time_zone)::date as closed_day, is_live(o, c) as is_live, o.archived_at is not null as is_archived,
       o.lost_reason, o.competitor
from sales_opportunity o join customer c on c.id = o.customer_id cross join sales_analysis_state s;

-- An older program would write a text into the reason.
update installation set oldest_program = 52;
