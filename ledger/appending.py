"""Appending to one case: what is checked, settled and written for proposals that come together."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

from events.base import Event, kind_of
from events.case import Case, Change
from events.confidential import WHOLE, WITHIN, Confidential
from events.deadlines import DeadlineMissed
from events.history import NOT_OPENED, Course, fold
from events.record import AboutEvent
from events.rows import Anomaly, Step
from events.timing import missed_on
from events.versions import event_of, resolve
from ledger import projections
from ledger.calendars import settled
from ledger.confiding import last_days_inside, marks_of, refuse_leaks, settle_inside
from ledger.door import Proposed, imported_id, new_id, proposed
from ledger.entry import CLERK, Draft, Entry
from ledger.errors import Refused, VersionConflict
from ledger.namesakes import case_meant
from ledger.sealing import Sealing
from ledger.settling import Settling, draft_of
from ledger.store import Store

_COURSES_MAX = 100
"""How many cases are kept folded."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one proposal."""

    entry: Entry
    summary: str
    is_duplicate: bool = False
    """Whether it had been recorded before, with the same content; nothing was added."""
    oddities: list[Anomaly] = field(default_factory=list)
    """What is odd about it, where it was admitted all the same."""
    changes: list[Change] = field(default_factory=list)
    """What it changed in the case."""
    follow_ups: list[Entry] = field(default_factory=list)
    """Events that the ledger appended because of it: last days computed anew."""


class Batch:
    """Proposals for one case, inside the transaction that appends them."""

    def __init__(
        self,
        store: Store,
        case_id: str,
        *,
        by: str,
        admit: bool,
        openly: bool = False,
        sealing: Sealing,
        courses: "Courses",
        among: "Many | None" = None,
    ) -> None:
        """`courses`: cases that were appended to before. `among`: the cases that are appended
        together with it."""
        self.sealing = sealing
        self.store, self.case_id, self.among = store, case_id, among
        self.by, self.admit, self.openly, self.courses = by, admit, openly, courses
        if among:
            self.first, is_new, kept = among.lot.next_position, case_id not in among.known, None
        else:
            self.ends = store.ends(case_id)
            self.first, is_new = self.ends.position + 1, self.ends.version == 0
            kept = courses.taken(case_id, self.ends.nonce)
        self.course, self.settling = kept or (
            Course(case_id, [] if is_new else store.entries(case_id)),
            None,
        )
        self.head = len(self.course.told)

    def append(self, proposals: list[Proposed], expect: int | str | None) -> dict[str, Receipt]:
        """Append what is new of the proposals; returns receipts by event_id."""
        receipts: dict[str, Receipt] = {}
        fresh: dict[str, Proposed] = {}
        for proposal in proposals:
            if known := self._known(proposal, fresh):
                receipts[proposal.event_id] = known
            else:
                fresh.setdefault(proposal.event_id, proposal)
        if not fresh:
            self._keep(self.course)
            return receipts
        self._meet(expect)
        new = self._drafted(list(fresh.values()))
        self._date_misses(new, fresh.values())
        case = self.course.case
        odd_before, marker = set(case.of(Anomaly)), projections.mark(case)
        # Most events come last in legal order: then what stood before needs no second fold.
        is_last = self.course.add(self._pretended(new))
        if is_last and not case.wanted:
            after, follow_ups = case, list[Draft]()
        else:
            after, follow_ups = self._timed(new)
        self._check(odd_before, after, new)
        if sealed := self._sealed_last_days(new, follow_ups):
            follow_ups = [*follow_ups, *sealed]
            after = fold(self.case_id, [*self._entries(), *self._pretended([*new, *follow_ups])])
        if after is case:
            since = marker.changes
            write = partial(projections.update_since, case=case, marker=marker)
        else:
            since = 0
            before = fold(self.case_id, self._entries()) if is_last else case
            write = partial(
                projections.update,
                before=projections.rows_of(before),
                after=projections.rows_of(after),
            )
        recorded = self._recorded([*new, *follow_ups])
        write(self.among.rows if self.among else self.store.conn)
        if after is case:
            self._keep(self.course, recorded)
        return receipts | self._receipts(recorded, len(new), odd_before, after, since)

    def _recorded(self, drafts: list[Draft]) -> list[Entry]:
        if self.among:
            return self.among.lot.add(drafts, self.head)
        recorded = list[Entry]()
        for draft in drafts:
            entry = self.store.append(draft, self.ends)
            self.ends = self.ends.after(entry)
            recorded.append(entry)
        return recorded

    def _keep(self, course: Course, recorded: Sequence[Entry] = ()) -> None:
        """Keep the case for the next append, with its last events as they were recorded."""
        if self.among is None:
            for one, entry in zip(course.told[self.head :], recorded, strict=True):
                one.recorded = entry
            self.courses.keep(self.case_id, self.ends.nonce, (course, self.settling))

    def _entries(self) -> list[Entry]:
        """The events of the case as they were before."""
        return [cast(Entry, one.recorded) for one in self.course.told[: self.head]]

    def _check(self, odd_before: set[str], after: Case, new: list[Draft]) -> None:
        """Raises Refused where the case has oddities that it lacked, and they are not admitted."""
        odd = [row for ref, row in after.of(Anomaly).items() if ref not in odd_before]
        if odd and not self.admit:
            raise self._refusal(odd, new)

    def _known(self, proposal: Proposed, fresh: Mapping[str, Proposed]) -> Receipt | None:
        """The receipt of an event that is recorded already. Refused where it is another one."""
        twin = fresh.get(proposal.event_id)
        if twin is not None and twin != proposal:
            raise Refused(
                f"the event_id {proposal.event_id} stands for two different events",
                event_id=proposal.event_id,
            )
        if self.among and proposal.event_id not in self.among.known_ids:
            return None
        entry = self.store.find(proposal.event_id)
        if entry is None:
            return None
        if entry.seals.keys() - {CLERK}:
            self.sealing.require()
        if WHOLE not in entry.seals and set(proposal.confidential) - entry.seals.keys():
            raise Refused(
                f"the event_id {proposal.event_id} is already recorded, at position"
                f" {entry.position}, in the open; nothing can be sealed there any more",
                hint="leave out what asks for it to be confidential",
                position=entry.position,
            )
        entry = self.sealing.opened(entry)
        said = (entry.case_id, entry.source, entry.confidence, entry.caused_by)
        now = (proposal.case_id, proposal.source, proposal.confidence, proposal.caused_by)
        # What was erased can no longer be compared.
        is_there = WHOLE not in entry.seals
        left = [place for place in entry.seals if place != CLERK]
        if is_there and (said, _but(event_of(entry), left)) != (now, _but(proposal.event, left)):
            raise Refused(
                f"the event_id {proposal.event_id} is already recorded, at position "
                f"{entry.position}, with other content",
                hint="correct that event, or append this one under a new event_id",
                position=entry.position,
            )
        return Receipt(entry, f"already recorded at position {entry.position}", is_duplicate=True)

    def _meet(self, expect: int | str | None) -> None:
        """Raises VersionConflict where the case is not what the caller takes it to be."""
        head = self.head
        words = {"new": "new", "exists": "in the ledger"}
        met = expect is None or expect == ("new" if head == 0 else "exists") or expect == head
        if not met:
            stands = f"at version {head}" if head else "not in the ledger"
            expected = words.get(str(expect), f"at version {expect}")
            raise VersionConflict(
                f"case {self.case_id} was expected to be {expected}, and is {stands}",
                hint="look at what was appended in between, then decide anew",
                expected=expect,
                actual=head,
            )

    def _drafted(self, proposals: list[Proposed]) -> list[Draft]:
        """The proposals with references assigned and currencies settled, and what is confidential
        in them sealed."""
        settling = self.settling = self.settling or self._settling()
        marks = [proposal.confidential for proposal in proposals]
        if any(isinstance(proposal.event, AboutEvent) for proposal in proposals):
            marks = marks_of(self._entries(), proposals, settling.event)
        plain = [
            settling.draft(proposal, self.by, place)
            for place, proposal in enumerate(proposals, self.first)
        ]
        hidden = {place for place, marked in enumerate(marks, self.first) if WHOLE in marked}
        settling.has_hidden |= bool(hidden)
        if hidden:
            inside = settling.known[: self.head]
            odd = settle_inside(self.case_id, inside, plain, self.first, hidden)
            if odd and not self.admit:
                raise _contradicts_inside(odd)
        drafts = list(map(self.sealing.sealed, plain, marks))
        settling.is_sealed |= any(marks)
        if settling.is_sealed and not self.openly:
            refuse_leaks(self.sealing, self._entries(), self._pretended(drafts))
        return drafts

    def _sealed_last_days(self, new: list[Draft], follow_ups: list[Draft]) -> list[Draft]:
        """Events, sealed as a whole, that carry the last days which the case comes to need inside
        because of new events that are open, and so cannot hold them."""
        assert self.settling is not None
        if not self.settling.has_hidden:
            return []
        known = [*self.settling.known, *self._pretended([*new, *follow_ups])[len(new) :]]
        days = last_days_inside(self.case_id, cast(list[Entry], known))
        sealed = []
        for ref, on, dues in days:
            draft = self._follow_up(ref, None, new[-1], event_id=new_id())
            # Inside: that of an event which is confidential may be told nowhere else.
            draft.resolved.update({"due": dues} | ({"occurred_on": on} if on else {}))
            sealed.append(self.sealing.sealed(draft, (WHOLE,)))
        return sealed

    def _settling(self) -> Settling:
        """What settles proposals, from the events of the case with what is confidential in them, as
        far as it is there."""
        told, entries = self.course.told, self._entries()
        has_hidden = any(isinstance(one.event, Confidential) for one in told)
        return Settling(
            resolve(self.sealing.opened_all(entries)) if has_hidden else told,
            is_sealed=any(one.seals.keys() - {CLERK} for one in entries),
            has_hidden=has_hidden,
        )

    def _date_misses(self, new: list[Draft], proposals: Iterable[Proposed]) -> None:
        """Let a missed deadline that comes without a date stand on the day after its last day,
        where that is known; what the client said stays as it is."""
        undated = [
            (draft, proposal.event.deadline)
            for draft, proposal in zip(new, proposals, strict=True)
            if isinstance(proposal.event, DeadlineMissed)
            and proposal.event.happened_on is None
            and WHOLE not in proposal.confidential
        ]
        if undated:
            # Last days that the new events ask for are worked out on copies, and thrown away.
            case, _ = self._timed([replace(one, resolved=deepcopy(one.resolved)) for one in new])
            for draft, ref in undated:
                if day := missed_on(case, ref):
                    draft.resolved["occurred_on"] = day

    def _timed(self, new: list[Draft]) -> tuple[Case, list[Draft]]:
        """The case with the new events, and the events that carry last days computed anew.

        A last day that one of the new events asks for is stored in it. One that an older event
        comes to need, because something under it changed, is stored in the new event that changed
        it, and told by a `deadline_triggered` that it causes.
        """
        follow_ups: dict[str, Draft] = {}
        # What is confidential changes nothing in the open.
        cause = next((one for one in reversed(new) if not _is_whole(one)), new[-1])

        def events() -> list[Entry]:
            return [*self._entries(), *self._pretended([*new, *follow_ups.values()])]

        def store(last_day: dict[str, Any], ref: str, position: int, on: str | None) -> None:
            place = position - self.first
            is_new = 0 <= place < len(new)
            asking = new[place] if is_new else cause
            asking.resolved.setdefault("due", []).append(last_day)
            if not is_new:
                follow_up = follow_ups.setdefault(ref, self._follow_up(ref, on, cause))
                follow_up.resolved.setdefault("due", []).append(last_day)

        after = settled(self.case_id, events, store)
        return after, [self.sealing.sealed(one, ()) for one in follow_ups.values()]

    def _follow_up(
        self, ref: str, on: str | None, cause: Draft, event_id: str | None = None
    ) -> Draft:
        """An event, not yet sealed, that says that a last day was computed anew."""
        fields = {"deadline": ref, "basis": "recomputed"} | ({"occurred_on": on} if on else {})
        key = f"{ref} after {cause.event_id}"
        proposal = proposed(
            self.case_id,
            "deadline_triggered",
            fields,
            event_id=event_id or imported_id(self.case_id, "deadline_triggered", key),
            source=cause.source,
            confidence=cause.confidence,
            caused_by=cause.event_id,
        )
        return draft_of(proposal, self.by, {})

    def _pretended(self, drafts: Iterable[Draft]) -> list[Entry]:
        return [draft.placed(position) for position, draft in enumerate(drafts, start=self.first)]

    def _refusal(self, odd: Iterable[Anomaly], new: list[Draft]) -> Refused:
        own, others = [], []
        for row in odd:
            place = row.position - self.first
            if 0 <= place < len(new):
                label = f"{new[place].type}: " if len(new) > 1 else ""
                own.append(f"{label}{row.message}{'' if row.applied else self._where(new)}")
            else:
                others.append(f"event #{row.position} would no longer fit: {row.message}")
        what, were = (new[0].type, "was") if len(new) == 1 else (f"{len(new)} events", "were")
        codes = [row.code for row in odd]
        meant = case_meant(self.store, self.case_id) if NOT_OPENED in codes else None
        did_you = f"did you mean {meant}? If not, " if meant and meant != self.case_id else ""
        return Refused(
            f"{what} {were} not recorded in case {self.case_id}: {'; '.join([*own, *others])}",
            hint=f"{did_you}append it with --admit if the source says so all the same: it is then"
            " on show",
            codes=codes,
        )

    def _where(self, new: list[Draft]) -> str:
        """Where an event without a date stands, if the case has later ones: perhaps it is odd only
        because it stands too early."""
        days = [one.day for one in self.course.told[: self.head] if one.on]
        is_undated = len(new) == 1 and event_of(new[0].placed(self.first)).happened_on is None
        if not is_undated or not days or days[-1] == max(days) or kind_of(new[0].type).is_record:
            return ""
        return (
            f"; it has no date, and so stands right after {days[-1]}, before what is dated later:"
            " give its date"
        )

    def _receipts(
        self, recorded: list[Entry], count: int, odd_before: set[str], after: Case, since: int
    ) -> dict[str, Receipt]:
        steps, follow_ups = after.of(Step), recorded[count:]
        odd: dict[int, list[Anomaly]] = {}
        for ref, row in after.of(Anomaly).items():
            if ref not in odd_before:
                odd.setdefault(row.position, []).append(row)
        changes: dict[int, list[Change]] = {}
        for change in after.changes[since:]:
            if change.position >= self.first:
                changes.setdefault(change.position, []).append(change)
        last = recorded[count - 1]
        return {
            entry.event_id: Receipt(
                entry,
                steps[str(entry.position)].summary,
                oddities=odd.get(entry.position, []),
                changes=changes.get(entry.position, []),
                follow_ups=follow_ups if entry is last else [],
            )
            for entry in recorded[:count]
        }


def _is_whole(draft: Draft) -> bool:
    return WHOLE in draft.resolved.get("sealed", ())


def _contradicts_inside(odd: Sequence[Anomaly]) -> Refused:
    """What is told where messages may be kept: no word of what is confidential."""
    codes = ", ".join(dict.fromkeys(row.code for row in odd))
    return Refused(
        f"nothing was recorded: it contradicts what is confidential in this case ({codes})",
        hint="`caseledger show CASE --private` has the case as it is inside; --admit records it all"
        " the same",
        codes=[row.code for row in odd],
    )


def _but(event: Event, places: Iterable[str]) -> dict[str, Any]:
    """What an event says, but for what stands at some places."""
    told = event.model_dump(mode="json")
    for place in places:
        holder = told["changes"] if place.startswith(WITHIN) else told
        holder.pop(place.removeprefix(WITHIN), None)
    return told


_Kept = tuple[Course, Settling | None]


class Courses:
    """Cases as they stood after they were last appended to, so that they need no fold again.

    They count as long as the last event of the case is the one that they were kept with, whoever
    wrote in between, and whatever was taken back.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, _Kept]] = {}

    def taken(self, case_id: str, nonce: str) -> _Kept | None:
        """The case that ends with the event of that nonce, no longer kept: its taker changes it."""
        last, kept = self._kept.pop(case_id, ("", None))
        return kept if last == nonce else None

    def keep(self, case_id: str, nonce: str, kept: _Kept) -> None:
        """Keep a case in place of the one that was kept for the longest time."""
        self._kept[case_id] = (nonce, kept)
        if len(self._kept) > _COURSES_MAX:
            del self._kept[next(iter(self._kept))]


class Many:
    """Many cases that are appended together: what is asked, and written, once for all of them."""

    def __init__(self, store: Store, cases: Sequence[Sequence[Proposed]]) -> None:
        self.lot = store.lot()
        self.rows = projections.Gathered()
        self.known = store.known("case_id", {case[0].case_id for case in cases if case})
        self.known_ids = store.known("event_id", [p.event_id for case in cases for p in case])

    def write(self, store: Store) -> None:
        """Write all of it."""
        self.lot.write()
        self.rows.write(store.conn)
