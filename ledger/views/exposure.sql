-- What periodic penalties have come to by today if nothing ended them: exposure, not a debt. Calendar days, weeks and months only; a stay that still lasts is left out.
-- until: The day up to which it is reckoned.
-- days: Days that count, stays left out.
-- exposure_minor: What it has come to, at most the cap, in minor units.
with running as (
    select
        p.*,
        min(
            coalesce(p.accrues_until, date('now')),
            coalesce(p.suspended_from, date('now')),
            date('now')
        ) as until
    from periodic_penalties p
    where p.accrues_from is not null
        and p.rate_minor is not null
        and p.unit in ('calendar_day', 'week', 'month')
),
counted as (
    select
        r.*,
        max(0, cast(julianday(r.until) - julianday(r.accrues_from) as integer) + 1
            - r.suspended_days) as days
    from running r
),
reckoned as (
    select
        k.*,
        k.rate_minor * case k.unit
            when 'calendar_day' then k.days
            when 'week' then k.days / 7
            else k.days / 30
        end as accrued_minor
    from counted k
)
select
    a.case_id,
    a.order_ref,
    a.unit,
    a.accrues_from,
    a.until,
    a.days,
    a.suspended_days,
    a.currency,
    a.digits,
    min(a.accrued_minor, coalesce(a.cap_minor, a.accrued_minor)) as exposure_minor,
    a.liquidated_minor,
    a.cap_minor,
    a.last_event
from reckoned a
order by a.case_id, a.order_ref;
