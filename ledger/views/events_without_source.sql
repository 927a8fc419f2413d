-- Events that name no document they rest on.
select position, case_id, type, occurred_on, confidence, recorded_at, recorded_by
from events
where source is null
order by position;
