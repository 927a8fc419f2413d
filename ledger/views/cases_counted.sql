-- Cases that count in totals and lists: all but those that go on in another case of this ledger. Where links contradict each other, see the view links_that_contradict.
select c.case_id, c.title, c.authority, c.stage, c.respondents, c.counted_in, c.last_event
from cases c
where c.counted_in is null or c.case_id in (select k.case_id from links_that_contradict k)
order by c.case_id;
