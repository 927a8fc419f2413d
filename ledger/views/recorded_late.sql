-- Events recorded more than 30 days after they were made public, or happened where that is all that is known: how far the ledger itself lags behind.
-- public_on: The day on which it was made public, or happened.
-- days: Days until it was recorded.
select
    e.position,
    e.case_id,
    e.type,
    coalesce(e.data ->> '$.published_on', e.occurred_on) as public_on,
    e.recorded_at,
    cast(julianday(substr(e.recorded_at, 1, 10))
        - julianday(substr(coalesce(e.data ->> '$.published_on', e.occurred_on) || '-01-01', 1, 10))
        as integer) as days
from events e
where days > 30
order by days desc, e.position;
