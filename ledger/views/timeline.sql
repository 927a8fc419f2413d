-- What happened in each case, in legal order; withdrawn and unapplied events included.
select
    h.case_id,
    h.step,
    h.effective_on,
    e.type,
    h.summary,
    h.status,
    h.position,
    h.corrected_by,
    e.source,
    e.confidence,
    e.recorded_at,
    e.recorded_by
from history h
join events e on e.position = h.position
order by h.case_id, h.step;
