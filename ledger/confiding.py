"""What of the events of one case is sealed when they are appended together, and what they then must
not tell in the open."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any

from events.base import Event
from events.case import Case
from events.confidential import WHOLE, WITHIN, placeholder
from events.deadlines import DeadlineMissed
from events.history import fold
from events.record import AboutEvent, PrivateErased
from events.rows import Anomaly
from events.timing import missed_on
from events.versions import Recorded, event_of
from events.words import slug
from ledger.calendars import settled
from ledger.door import Proposed, check_confidential
from ledger.entry import CLERK, Draft, Entry
from ledger.errors import FileTrouble, Malformed, Refused
from ledger.sealing import Sealing
from ledger.secrecy import leaks


def marks_of(
    entries: Iterable[Recorded],
    proposals: Sequence[Proposed],
    event_of: Callable[[str], Event | None],
) -> list[tuple[str, ...]]:
    """For each proposal the places that are to be sealed. `event_of` finds one of the case by id.

    What is about a sealed event is sealed like it. Raises Malformed where a proposal would tell in
    the open what the event seals that it is about, or hide what changes an open one.
    """
    seals = {one.event_id: set(one.resolved.get("sealed", ())) for one in entries}
    about = {one.event_id: one.corrects for one in entries}
    new = {proposal.event_id: proposal.event for proposal in proposals}
    found = []
    for proposal in proposals:
        event, marked = proposal.event, proposal.confidential
        target = event.target if isinstance(event, AboutEvent) else None
        if target and not isinstance(event, PrivateErased):
            chain = _chain(target, about)
            hidden = {place for one in chain for place in seals.get(one, ())}
            hidden |= {p for one, of in about.items() if of in chain for p in seals[one]}
            if WHOLE in hidden:
                marked = (WHOLE,)
            else:
                names = {place.removeprefix(WITHIN) for place in hidden}
                below = new.get(chain[-1]) or event_of(chain[-1])
                check_confidential(names, event, marked, below)
        seals[proposal.event_id] = set(marked)
        about[proposal.event_id] = target if event.corrects_target else None
        found.append(marked)
    return found


def _chain(event_id: str, about: Mapping[str, str | None]) -> list[str]:
    """An event, the one that it corrects, and so on."""
    chain = [event_id]
    while (below := about.get(chain[-1])) and below not in chain:
        chain.append(below)
    return chain


def settle_inside(
    case_id: str, inside: Sequence[Recorded], drafts: Sequence[Draft], first: int, hidden: set[int]
) -> list[Anomaly]:
    """Store in those drafts that are to be sealed as a whole the last days that they ask for, and
    the day of a missed deadline: in the open they ask for none. `inside` are the events of the case
    with what they seal, `hidden` the positions of those drafts.

    Returns what these make odd in the case as it is inside, of themselves or of earlier events.
    Raises Malformed as `due` does.
    """
    before = fold(case_id, inside).of(Anomaly)
    copies = [
        one if place in hidden else replace(one, resolved=deepcopy(one.resolved))
        for place, one in enumerate(drafts, start=first)
    ]
    own = [one for place, one in enumerate(copies, start=first) if place in hidden]
    case = _timed(case_id, inside, copies, first, own[-1])
    for draft in own:
        is_undated = draft.type == DeadlineMissed.type and not event_of(draft.placed(0)).happened_on
        if is_undated and (day := missed_on(case, draft.data["deadline"])):
            draft.resolved["occurred_on"] = day
            case = _timed(case_id, inside, copies, first, own[-1])
    open_ones = {*range(first, first + len(drafts))} - hidden
    return [
        row
        for ref, row in case.of(Anomaly).items()
        if ref not in before and row.position not in open_ones
    ]


def last_days_inside(
    case_id: str, known: Sequence[Entry]
) -> list[tuple[str, str | None, list[dict[str, Any]]]]:
    """The last days that a case still comes to need inside, by deadline: its reference, the legal
    date of the event that asks for it, and what is to be stored. Raises Malformed as `due` does."""
    found: dict[str, tuple[str, str | None, list[dict[str, Any]]]] = {}
    *others, last = known

    def events() -> list[Entry]:
        # As if they were stored in the last event.
        dues = [
            *last.resolved.get("due", ()),
            *(one for _, _, own in found.values() for one in own),
        ]
        return [*others, last._replace(resolved={**last.resolved, "due": dues})]

    def store(last_day: dict[str, Any], ref: str, _position: int, on: str | None) -> None:
        found.setdefault(ref, (ref, on, []))[2].append(last_day)

    with _without_its_words():
        settled(case_id, events, store)
    return list(found.values())


def _timed(
    case_id: str, inside: Sequence[Recorded], drafts: Sequence[Draft], first: int, other: Draft
) -> Case:
    """The case with the drafts, each with the last days that it asks for stored in it; those that
    earlier events ask for are stored in `other`."""

    def events() -> list[Recorded]:
        return [*inside, *(one.placed(place) for place, one in enumerate(drafts, start=first))]

    def store(last_day: dict[str, Any], _ref: str, position: int, _on: str | None) -> None:
        place = position - first
        holder = drafts[place] if 0 <= place < len(drafts) else other
        holder.resolved.setdefault("due", []).append(last_day)

    with _without_its_words():
        return settled(case_id, events, store)


@contextmanager
def _without_its_words() -> Iterator[None]:
    """Messages may be kept where no word of what is confidential belongs."""
    try:
        yield
    except Malformed:
        raise Malformed(
            "nothing was recorded: a last day in what is confidential in this case cannot be worked"
            " out; it lies beyond the calendar, or waits for itself",
            hint="`caseledger show CASE --private` has the case as it is inside",
        ) from None


def _with_values(
    sealing: Sealing, entries: Sequence[Entry], drafts: Sequence[Entry]
) -> list[tuple[Entry, dict[str, Any]]]:
    try:
        if any(one.seals.keys() - {CLERK} for one in entries):
            sealing.require()
        return sealing.values([*entries, *drafts])
    except FileTrouble as error:
        raise FileTrouble(
            f"{error.message}; so nobody can tell whether this event tells in the open what the"
            " case seals",
            hint=f"{error.hint or 'ask for the right to read it'}; --openly records it unlooked at",
            **error.facts,
        ) from error


def refuse_leaks(sealing: Sealing, entries: Sequence[Entry], drafts: Sequence[Entry]) -> None:
    """Raises Refused where a draft tells in the open what an event of the case seals: what is once
    recorded in the open stays there. FileTrouble where that cannot be seen."""
    first = drafts[0].position
    of = {one.position: one for one in drafts}
    for leak in leaks(_with_values(sealing, entries, drafts), first):
        if not leak.was_open:
            what = "all that it says" if leak.place == WHOLE else leak.place
            by = f"event #{leak.sealed_by}" if leak.sealed_by < first else "it or its lot"
            raise Refused(
                f"the {of[leak.position].type} would tell in the open words that {by} seals"
                f" ({what}); nothing was recorded",
                hint="name the party by its reference, which `caseledger show --private` has, or"
                " seal the field here too: --confidential FIELD; if the words are no secret,"
                " --openly records them",
                position=leak.sealed_by,
            )
    _refuse_open_names(entries, drafts)


def _refuse_open_names(entries: Sequence[Entry], drafts: Sequence[Entry]) -> None:
    """Raises Refused where a draft gives a party whose name is sealed a name in the open."""
    sealed = set[str]()
    for one in [*entries, *drafts]:
        # Any field may name a party: a complainant, a respondent.
        sealed |= {slug(placeholder(seal)) for seal in one.seals.values()}
        if one.type not in ("party_joined", "party_renamed") or WHOLE in one.seals:
            continue
        party = one.data.get("party")
        if "name" in one.seals:
            sealed |= {slug(party)} if party else set()
        elif one in drafts and party and slug(party) in sealed:
            raise Refused(
                f"the name of party {party} is confidential, and the new one would be told in the"
                " open; nothing was recorded",
                hint="seal it: --confidential name; --openly records it all the same",
            )
