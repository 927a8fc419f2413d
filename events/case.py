"""A case while its events are folded: its rows, and what events ask of them."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from events.provisions import known_as
from events.published import Row
from events.rows import (
    Anomaly,
    Appeal,
    CaseRow,
    Deadline,
    Fine,
    FineRespondent,
    Infringement,
    Order,
    Party,
    Step,
)
from events.words import slug


class Change(NamedTuple):
    """One change of one published value, in legal order and by today's knowledge."""

    step: int
    """Counts the events of the case in legal order: the highest step for a field put the present
    value there."""
    position: int
    """Position of the event that made the change; of the correction, where the value comes from
    one."""
    effective_on: str | None
    """Legal date of the change, as precise as it is known; of an event without one, the day of the
    dated event that it goes right after."""
    table_name: str
    """The published table."""
    ref: str
    """The row within its case: its key, joined by / where it has several parts, or the position
    that made it."""
    field: str
    """The column."""
    old_value: Any
    """What stood there before; empty if nothing did."""
    new_value: Any
    """What stands there since."""


class DueKey(NamedTuple):
    """What a computed last day depends on."""

    period: str
    runs_from: str
    calendar: str | None


class Trigger(NamedTuple):
    """What the last day of a deadline rests on, and the event that says so."""

    key: DueKey
    position: int
    on: str | None


@dataclass(slots=True)
class Pause:
    """A deadline while it is suspended: how much of it was left, and what holds it off."""

    left_days: int | None
    """Days from the day of the suspension to the last day; None where either is unknown."""
    causes: set[int]
    """Positions of the events that hold it off and have not been lifted."""


class Annulment(NamedTuple):
    """What an order was when it was annulled."""

    status: str
    position: int
    """Position of the event that annulled it."""
    ended_accrual: bool
    """Whether its penalty accrued until then."""


_change = tuple.__new__
"""Makes a `Change` of its fields in half the time that its own constructor takes: this is the most
frequent step of a fold."""

_UNLOGGED = (Step,)
_COPIED = ("wanted", "triggers", "former_names", "former_amounts", "annulments", "behind")
R = TypeVar("R", bound=Row)


@dataclass(slots=True)
class Case:
    """A case as it stands. Every change of a row goes through `put` and `set`, so that each
    published value knows the event that put it there."""

    case_id: str
    dues: Mapping[DueKey, Mapping[str, Any]] = field(default_factory=dict)
    """Last days that were computed when events were appended."""
    as_of: str | None = None
    """The day as of which the case is told; later dates are left out."""
    row: CaseRow = field(default_factory=CaseRow)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    pending: dict[Row, dict[str, Any]] = field(default_factory=dict)
    """What the event being applied has changed so far: by row and column, what stood before."""
    wanted: dict[DueKey, tuple[str, int, str | None]] = field(default_factory=dict)
    """Last days that nobody has computed yet: what they depend on, to the deadline's ref, and
    the position and legal date of the event that needs them."""
    triggers: dict[str, Trigger] = field(default_factory=dict)
    """What each computed deadline rests on, by its ref."""
    pauses: dict[str, Pause] = field(default_factory=dict)
    """Deadlines that are suspended, by ref."""
    former_names: dict[str, str] = field(default_factory=dict)
    """Party references by the names they had before, in lower case."""
    former_amounts: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Amount and legal status of annulled and remitted debts, by the ref of their row."""
    stays: dict[str, set[int]] = field(default_factory=dict)
    """Positions of the stays in force, by `fines:REF` and `orders:REF`."""
    debts: dict[str, list[str]] = field(default_factory=dict)
    """Refs of the rows of fines by the fine's own reference."""
    behind: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """References of the parties behind each debt, by the ref of its row."""
    annulments: dict[str, Annulment] = field(default_factory=dict)
    """Orders that are annulled, by ref."""
    suspensions: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Ended stays of the penalties of orders, by order: first day, and the day after the last."""
    documents: dict[str, int] = field(default_factory=dict)
    """Numbers of the documents that events name, with the position of the first one that does."""
    step: int = 0
    position: int = 0
    reached: set[str] = field(default_factory=set)
    """Stages that the case has come to: investigation, notice, sanction_procedure, decided, …"""
    is_closed: bool = False
    lacks_opening: bool = False
    """Whether it was noted that nobody opened the case."""

    def of(self, kind: type[R]) -> dict[str, R]:
        """Rows of one table by their ref, in the order in which they came to be."""
        rows = self.rows.get(kind.table)
        if rows is None:
            rows = self.rows[kind.table] = {}
        # A table holds rows of its own class only, which no type can say.
        return rows  # type: ignore[return-value]

    def put(self, row: R) -> R:
        """Add a row, made by the event that is being applied."""
        row.first_event = row.last_event = self.position
        self.of(type(row))[row.ref] = row
        self.log_all(row)
        return row

    def log_all(self, row: Row) -> None:
        """Note every value of a new row as a change; of a row that is all key, its last column."""
        if not isinstance(row, _UNLOGGED):
            told = [name for name in row.values if getattr(row, name) is not None]
            self.pending[row] = dict.fromkeys(told or row.key[-1:])

    def set(self, row: Row, **values: Any) -> None:
        """Change values of a row, on behalf of the event that is being applied."""
        for name, new in values.items():
            old = getattr(row, name)
            if old != new:
                setattr(row, name, new)
                before = self.pending.get(row)
                if before is None:
                    self.pending[row] = {name: old}
                else:
                    before.setdefault(name, old)

    def ref_of(self, row: Row) -> str:
        """The ref of a row as `changes` has it; the case's own row has the case's id."""
        return self.case_id if row is self.row else row.ref

    def flush(self, on: str | None, attributed: Mapping[tuple[str, str, str], int]) -> None:
        """Write down what the event changed. `attributed` names the values that come from a
        correction: (table, ref, field) to the position of the correction."""
        if self.row.first_event == 0:
            self.row.first_event = self.position
            self.log_all(self.row)
        step, own, note = self.step, self.position, self.changes.append
        for row, before in self.pending.items():
            table, ref, latest = row.table, self.ref_of(row), 0
            for name, old in before.items():
                new = getattr(row, name)
                if new == old:
                    continue
                position = attributed.get((table, ref, name), own) if attributed else own
                if position > latest:
                    latest = position
                # Stored as SQLite has them: 0 and 1.
                old = int(old) if old is True or old is False else old
                new = int(new) if new is True or new is False else new
                note(_change(Change, (step, position, on, table, ref, name, old, new)))
            if latest:
                row.last_event = latest
        self.pending.clear()

    def clone(self) -> "Case":
        """A copy whose rows can be changed apart; without the changes noted so far."""
        twin = copy.copy(self)
        twin.row = copy.copy(self.row)
        twin.rows = {
            table: {ref: copy.copy(row) for ref, row in rows.items()}
            for table, rows in self.rows.items()
        }
        twin.changes, twin.pending = [], {}
        twin.pauses = {ref: Pause(p.left_days, set(p.causes)) for ref, p in self.pauses.items()}
        twin.stays = {ref: set(causes) for ref, causes in self.stays.items()}
        twin.reached = set(self.reached)
        twin.suspensions = {ref: list(spans) for ref, spans in self.suspensions.items()}
        twin.debts = {ref: list(rows) for ref, rows in self.debts.items()}
        for name in _COPIED:
            setattr(twin, name, dict(getattr(self, name)))
        return twin

    # -- what events ask of a case -------------------------------------------------------------

    def party(self, named: str) -> Party | None:
        """The party that `named` means: its reference, or a name of its own in any capitals."""
        parties = self.of(Party)
        if found := parties.get(named):
            return found
        folded = named.casefold()
        for party in parties.values():
            if party.name.casefold() == folded:
                return party
        return parties.get(self.former_names.get(folded, "")) or parties.get(slug(named))

    def respondents(self) -> list[Party]:
        """The parties that the case is directed against."""
        return [party for party in self.of(Party).values() if party.role == "respondent"]

    def joined(self, named: str) -> Party:
        """The respondent that `named` means, who joins the case if unknown to it."""
        party = self.party(named)
        if party is None:
            return self.put(Party(party_ref=slug(named), name=named, role="respondent"))
        self.cast(party, "respondent")
        return party

    def cast(self, party: Party, role: str) -> None:
        """Give a party a further role. Whoever the case is directed against is shown as that
        first."""
        others = party.other_roles.split("; ") if party.other_roles else []
        roles = [party.role, *others]
        if role in roles[:1]:
            return
        comes_first = role == "respondent" or party.role == "other"
        first, *rest = dict.fromkeys([role, *roles] if comes_first else [*roles, role])
        told = "; ".join(other for other in rest if other != "other")
        self.set(party, role=first, other_roles=told or None)

    def addressed(self, named: tuple[str, ...]) -> list[Party]:
        """The respondents an act is addressed to: those named, else all of the case."""
        if not named:
            return self.respondents()
        return list(dict.fromkeys(self.joined(name) for name in named))

    def fines(self, fine_ref: str, respondent: str | None = None) -> list[Fine]:
        """The debts under a fine's reference: all, or those that `respondent` stands behind."""
        rows = self.of(Fine)
        found = [rows[ref] for ref in self.debts.get(fine_ref, ())]
        if respondent is None:
            return found
        party = self.party(respondent)
        return [
            fine
            for fine in found
            if fine.respondent == respondent
            or (party and party.party_ref in self.behind.get(fine.ref, ()))
        ]

    def owe(self, fine: Fine, parties: list[Party]) -> Fine:
        """Add a debt with those who stand behind it."""
        self.put(fine)
        self.debts.setdefault(fine.fine_ref, []).append(fine.ref)
        self.behind[fine.ref] = tuple([party.party_ref for party in parties])
        for ref in self.behind[fine.ref]:
            self.put(
                FineRespondent(fine_ref=fine.fine_ref, respondent=fine.respondent, party_ref=ref)
            )
        return fine

    def order(self, order_ref: str | None) -> Order | None:
        """The order of that reference."""
        return self.of(Order).get(order_ref) if order_ref else None

    def deadlines_of(self, order_ref: str) -> list[Deadline]:
        """The deadlines that belong to an order."""
        return [d for d in self.of(Deadline).values() if d.order_ref == order_ref]

    def infringed(self, provisions: tuple[str, ...], parties: list[Party], **values: Any) -> None:
        """Note what is now said of provisions and parties, over what was said before."""
        for stated in provisions:
            provision = known_as(stated, self.row.regime)
            for party in parties:
                known = self._infringement(provision, party)
                if known is None and values["status"] == "set_aside":
                    continue
                if known is None:
                    written = stated if stated != provision else None
                    row = Infringement(provision=provision, respondent=party.name, **values)
                    row.as_stated = written
                    self.put(row)
                elif values["status"] != "alleged" or known.status == "set_aside":
                    self.set(known, **values)

    def _infringement(self, provision: str, party: Party) -> Infringement | None:
        """What was said of a provision and a party, also under a name that it had before."""
        known = self.of(Infringement).get(f"{provision}/{party.name}")
        if known or not self.former_names:
            return known
        rows = [r for r in self.of(Infringement).values() if r.provision == provision]
        return next((row for row in rows if self.party(row.respondent) is party), None)

    def settle(self) -> None:
        """Work out the row of the case itself after an event was applied."""
        due = [
            d.due_on
            for d in self.of(Deadline).values()
            if d.status in ("running", "extended") and d.due_on
        ]
        self.set(
            self.row,
            stage=self._stage(),
            respondents="; ".join([party.name for party in self.respondents()]) or None,
            next_due_on=min(due, default=None),
            open_anomalies=len(self.of(Anomaly)),
        )

    def _stage(self) -> str:
        if self.is_closed:
            return "closed"
        if any(appeal.is_open for appeal in self.of(Appeal).values()):
            return "under_review"
        return next((stage for stage in _STAGES if stage in self.reached), "not_opened")


_STAGES = (
    "remitted",
    "enforcement",
    "decided",
    "sanction_procedure",
    "notice",
    "investigation",
    "intake",
)
"""From the furthest to the first; `remitted` is taken back by a new decision."""


def all_rows(case: Case) -> Iterator[Row]:
    """Every published row of a case, table by table."""
    yield case.row
    for rows in case.rows.values():
        yield from rows.values()
