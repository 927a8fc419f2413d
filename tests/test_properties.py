"""What holds for any history: properties over everything in the catalogue.

Events are made from the models themselves, so that a new type is in here without an edit.
"""

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from events.base import CATALOGUE, Event
from events.case import Case, all_rows
from events.dates import earliest, latest
from events.history import fold
from events.money import Money
from events.published import Row
from events.record import AboutEvent, EventCorrected
from events.rows import Anomaly, Fine, Step
from ledger.book import Book, create
from ledger.door import proposed
from ledger.entry import Entry
from ledger.errors import Malformed
from ledger.verify import verify
from tests.histories import entry, resolved

DAYS = [f"2022-{month:02d}-{day:02d}" for month in range(1, 13) for day in (1, 9, 17, 26)]
DATES = [*DAYS, "2022", "2022-06", "2021-12"]
REFS = {
    "fine": ["F1", "F1", "F1", "F2"],
    "order": ["O1", "O1", "O1", "O2"],
    "deadline": ["D1", "D1", "D2", "D3"],
    "follows": ["D1", "D2"],
    "appeal": ["A1", "A1", "A1", "A2"],
    "payment": ["P1", "P2", "P3"],
}
WORDS = ["X", "Y", "GDPR Art. 6", "GDPR Art. 31"]
MONEY = ["100 EUR", "40.50 EUR", "60 EUR", "1 EUR", "5 GBP"]
PERIODS = ["P2M", "P10D", "P1W", "5 working days"]
EFFECTS = ["fine F1 annulled", "fine F1 varied 40 EUR", "fine F1 reinstated", "order O1 annulled"]
EFFECTS += ["order O1 reinstated", "fine F2 kept"]
CHANGES = [
    {"occurred_on": "2022-05-05"},
    {"occurred_on": "2022"},
    {"amount": "70 EUR"},
    {"respondent": ["Y"]},
    {"within": "P3M", "notified_on": "2022-02-02"},
    {"document": None},
]
BY_NAME: dict[str, list[Any]] = {
    **REFS,
    "respondent": ["X", "X", "X", "Y"],
    "due_on": ["2022-06-17", "2023-01-31"],
    "period_from": ["2022-02-01", "2022-03-01"],
    "period_to": ["2022-03-01", "2022-04-01"],
    "within": PERIODS,
    "extra": PERIODS,
    "country": ["FR", "GB"],
    "jurisdiction": ["FR", "DE"],
    "calendar": ["FR", "IE"],
    "effect": EFFECTS,
    "instalment": ["2022-11-01 50 EUR", "2022-12-01 50 EUR"],
    "changes": CHANGES,
    "field": ["amount", "occurred_on", "document", "no_such_field"],
    "target": [0],
    "regime": ["GDPR", "UK GDPR"],
    "other_case": ["another"],
}
"""What the words of a field are drawn from, so that events meet each other."""


def values(name: str, info: FieldInfo) -> some.SearchStrategy[Any]:
    """Values of a field of an event, as a client writes them."""
    kinds = [kind for kind in parts(info.annotation) if kind is not type(None)]
    kind = kinds[0]
    if name in BY_NAME:
        one: some.SearchStrategy[Any] = some.sampled_from(BY_NAME[name])
    elif get_origin(kind) is Literal:
        one = some.sampled_from(get_args(kind))
    elif kind is bool:
        one = some.booleans()
    elif kind is Money or "Money" in str(kind):
        one = some.sampled_from(MONEY)
    elif name.endswith("_on") or name == "runs_from":
        one = some.sampled_from(DAYS)
    else:
        one = some.sampled_from(WORDS)
    if get_origin(kind) is tuple:
        return some.lists(one, max_size=2, min_size=1 if info.is_required() else 0, unique_by=str)
    return one


def parts(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


ENVELOPE = ("occurred_on", "decided_on", "notified_on", "published_on", "document")


def fields_of(kind: type[Event]) -> some.SearchStrategy[dict[str, Any]]:
    """The fields of an event of a type: those that it needs, and any of the others."""
    needed = {n: values(n, i) for n, i in kind.model_fields.items() if i.is_required()}
    free = {
        n: values(n, i)
        for n, i in kind.model_fields.items()
        if not i.is_required() and n not in ENVELOPE
    }
    free |= dict.fromkeys(ENVELOPE[:4], some.sampled_from(DATES))
    return some.fixed_dictionaries(needed, optional=free)


# How long drawing takes says more about the machine than about the histories.
UNTIMED = [HealthCheck.too_slow]
OFTEN = settings(max_examples=200, suppress_health_check=UNTIMED)
SELDOM = settings(max_examples=50, suppress_health_check=UNTIMED)

Said = tuple[str, dict[str, Any]]
FACTS = [kind for kind in CATALOGUE.values() if not kind.is_record]
"""Types of events about the world."""

OPENING: list[Said] = [
    ("case_opened", {"title": "T", "authority": "A", "jurisdiction": "FR", "regime": "GDPR"}),
    ("party_joined", {"name": "X"}),
    ("fine_imposed", {"fine": "F1", "amount": "100 EUR", "turnover": "10 EUR"}),
    ("order_issued", {"order": "O1", "deadline": "D1", "within": "P6M", "penalty": "1 EUR"}),
    ("deadline_set", {"deadline": "D2", "subject": "S", "within": "P1M", "follows": "D1"}),
    ("appeal_lodged", {"appeal": "A1", "forum": "court", "fine": ["F1"], "order": ["O1"]}),
    ("payment_received", {"fine": "F1", "payment": "P9", "amount": "40.50 EUR"}),
    ("notice_of_intent_issued", {"fine": "F2", "amount": "60 EUR", "respondent": ["Y"]}),
]
"""What a case begins with, in the year before: on it the events that are drawn can rest."""
for _month, (_, _fields) in enumerate(OPENING, start=1):
    _fields["occurred_on"] = f"2021-{_month:02d}-05"


def said(kinds: Iterable[type[Event]]) -> some.SearchStrategy[Said]:
    return some.sampled_from(list(kinds)).flatmap(
        lambda kind: some.tuples(some.just(kind.type), fields_of(kind)).filter(is_well_formed)
    )


def is_well_formed(one: Said) -> bool:
    type_name, fields = one
    try:
        CATALOGUE[type_name].model_validate({**fields, **_target(fields, "id-1")})
    except ValidationError:
        return False
    return True


def _target(fields: dict[str, Any], event_id: str) -> dict[str, str]:
    return {"target": event_id} if "target" in fields else {}


@some.composite
def histories(draw: some.DrawFn, kinds: Iterable[type[Event]] = ()) -> list[Said]:
    """An opened case and what happened in it; events about events name an earlier one."""
    found = OPENING[: draw(some.sampled_from([len(OPENING)] * 5 + [2]))]
    for one in draw(some.lists(said(kinds or CATALOGUE.values()), max_size=14)):
        type_name, fields = one
        target = draw(some.integers(1, len(found)))
        found.append((type_name, {**fields, **_target(fields, f"id-{target}")}))
    return found


def recorded(history: list[Said]) -> list[Entry]:
    """A history in the record, with what the door settles."""
    return resolved([entry(i, name, fields) for i, (name, fields) in enumerate(history, start=1)])


def rows(case: Case, leaving_out: tuple[type[Row], ...] = ()) -> dict[tuple[str, str], Any]:
    """Every published row of a case, whole."""
    return {
        (row.table, row.ref): tuple(getattr(row, n) for n in (*row.columns, *Row.__slots__))
        for row in all_rows(case)
        if not isinstance(row, leaving_out)
    }


@OFTEN
@given(histories())
def test_every_history_comes_to_a_case(history: list[Said]) -> None:
    known = recorded(history)
    for day in (None, "2022-06-15"):
        case = fold("case", known, day)
        applied = {row.position for row in case.of(Anomaly).values() if not row.applied}
        statuses = {step.position: step.status for step in case.of(Step).values()}
        assert all(statuses[position] == "not_applied" for position in applied)
        assert day or len(statuses) == len(history)


@OFTEN
@given(histories())
def test_a_balance_is_the_sum_of_its_parts_and_counts_nothing_proposed_or_annulled(
    history: list[Said],
) -> None:
    for fine in fold("case", recorded(history)).of(Fine).values():
        paid = fine.paid_minor - fine.refunded_minor
        owed = fine.amount_minor + fine.charges_minor - fine.written_off_minor
        assert fine.balance_minor == owed - paid
        if not fine.stands:
            assert fine.amount_minor == 0
            assert not fine.enforceable
        if fine.legal_status == "proposed":
            assert (fine.balance_minor, fine.imposed_minor) == (0, None)
        if fine.payment_status in ("paid", "part_paid", "overpaid", "refunded"):
            assert fine.paid_minor > 0


@OFTEN
@given(histories())
def test_as_of_the_last_day_is_the_present(history: list[Said]) -> None:
    known = recorded(history)
    present = fold("case", known)
    as_told = fold("case", known, "2199-12-31")
    assert rows(as_told) == rows(present)
    assert as_told.changes == present.changes


@OFTEN
@given(histories())
def test_the_changes_replayed_give_the_tables(history: list[Said]) -> None:
    case = fold("case", recorded(history))
    replayed: dict[tuple[str, str], dict[str, Any]] = {}
    for change in case.changes:
        told = replayed.setdefault((change.table_name, change.ref), {})
        assert told.get(change.field) == change.old_value
        told[change.field] = change.new_value
    assert sorted(case.changes, key=lambda change: change.step) == case.changes
    published = {
        (row.table, case.ref_of(row)): row for row in all_rows(case) if not isinstance(row, Step)
    }
    assert replayed.keys() == published.keys()
    for place, row in published.items():
        for name in row.values:
            assert replayed[place].get(name) == getattr(row, name), (place, name)


@OFTEN
@given(histories(), some.data())
def test_corrected_then_uncorrected_is_never_corrected(history: list[Said], data: Any) -> None:
    last = len(history)
    target = data.draw(some.integers(1, last))
    changes = data.draw(some.sampled_from(CHANGES))
    both: list[Said] = [
        *history,
        ("event_corrected", {"target": f"id-{target}", "changes": changes}),
        ("event_withdrawn", {"target": f"id-{last + 1}", "reason": "it was right"}),
    ]
    before, after = fold("case", recorded(history)), fold("case", recorded(both))
    assert rows(after, (Step,)) == rows(before, (Step,))
    assert [c[1:] for c in after.changes] == [c[1:] for c in before.changes]


@OFTEN
@given(histories(FACTS), some.data())
def test_withdrawn_then_revived_is_never_withdrawn(history: list[Said], data: Any) -> None:
    last = len(history)
    target = data.draw(some.integers(1, last))
    both: list[Said] = [
        *history,
        ("event_withdrawn", {"target": f"id-{target}", "reason": "wrong"}),
        ("event_withdrawn", {"target": f"id-{last + 1}", "reason": "right after all"}),
    ]
    before, after = fold("case", recorded(history)), fold("case", recorded(both))
    assert rows(after, (Step,)) == rows(before, (Step,))


@some.composite
def shuffled(draw: some.DrawFn) -> tuple[list[Said], list[int]]:
    """Facts of distinct full days with references of their own, and an order of recording them."""
    found = draw(some.lists(said(FACTS), max_size=12))
    days = draw(some.permutations(DAYS))
    told: list[Said] = list(OPENING)
    for (type_name, fields), day in zip(found, days, strict=False):
        if type_name == "case_opened":
            continue
        # The reference that the ledger would give depends on the order of recording, of course.
        given_refs = {name: REFS[name][-1] for name in CATALOGUE[type_name].assigned}
        told.append((type_name, given_refs | fields | {"occurred_on": day}))
    return told, draw(some.permutations(range(len(told))))


@OFTEN
@given(shuffled())
def test_the_order_of_recording_does_not_matter(drawn: tuple[list[Said], list[int]]) -> None:
    history, order = drawn
    one, other = recorded(history), recorded([history[index] for index in order])
    names = {0: 0} | {position: index + 1 for position, index in enumerate(order, start=1)}
    assert legal_state(fold("case", other), names) == legal_state(fold("case", one), {})


def legal_state(case: Case, names: dict[int, int]) -> set[tuple[Any, ...]]:
    """What a case comes to, with positions told as those of the first order of recording."""
    found = set()
    for row in all_rows(case):
        positions = ("position", *Row.__slots__)
        cells = [
            names.get(getattr(row, n), getattr(row, n)) if n in positions else getattr(row, n)
            for n in (*row.columns, *positions[1:])
        ]
        found.add((row.table, *cells))
    return found


def book_of(path: Path, history: list[Said]) -> None:
    """A ledger into which the events came one by one; what was not well-formed stayed out."""
    create(path, "any history")
    with Book(path) as book:
        ids = {f"id-{i}": f"00000000-0000-7000-8000-{i:012d}" for i in range(1, len(history) + 1)}
        for position, (type_name, fields) in enumerate(history, start=1):
            target = {"target": ids[fields["target"]]} if "target" in fields else {}
            # A correction of an event that stayed out, or to what cannot be, stays out too. What
            # was erased is told by nothing but what erases it.
            with suppress(Malformed):
                event = proposed(
                    "case", type_name, {**fields, **target}, event_id=ids[f"id-{position}"]
                )
                book.append([event], by="test", admit=True)
        assert book.check() == []
        assert verify(book.store, None).problems == []
        entries = book.entries("case")
        case = fold("case", entries)
        assert case.wanted == {}
        assert not [row for row in case.of(Anomaly).values() if row.code == "due_date_stale"]


@SELDOM
@given(histories())
def test_what_came_event_by_event_is_what_a_rebuild_makes(history: list[Said]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book_of(Path(folder) / "ledger.db", history)


def test_every_type_of_event_is_drawn() -> None:
    drawn = {kind.type for kind in CATALOGUE.values()}
    assert {kind.type for kind in FACTS} | {
        kind.type for kind in CATALOGUE.values() if issubclass(kind, AboutEvent)
    } == drawn
    assert EventCorrected.type in drawn
    assert all(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in FACTS)


@given(some.sampled_from(DATES))
def test_the_days_that_histories_are_made_of_are_days(written: str) -> None:
    assert earliest(written) <= latest(written)
