-- Values on which sources disagree and that nobody has settled.
-- recorded_source: The document that the recorded value rests on.
-- other_source: The document with the other value.
-- other_confidence: How far that one can be relied on.
select
    k.case_id,
    k.position,
    e.type,
    k.field,
    k.recorded_value,
    e.source as recorded_source,
    k.other_value,
    k.source as other_source,
    k.confidence as other_confidence
from conflicts k
join events e on e.position = k.position
where k.resolved = 0
order by k.case_id, k.position, k.field;
