"""Confidential values on their way into the record, out of which only their seals come."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from events.base import CATALOGUE, number_in
from events.case import Case, all_rows
from events.confidential import WHOLE, WITHIN, placeholder
from ledger.entry import CLERK, Draft, Entry
from ledger.errors import FileTrouble, LedgerError
from ledger.private import Private, Value
from ledger.seal import SALT_BYTES, sealed
from ledger.store import Store

_MARK = placeholder("").split()[0]


class Sealing:
    """Seals drafts, keeps what it sealed until their transaction is about to end, and opens."""

    def __init__(self, private: Private, clerk_role: str | None) -> None:
        """`clerk_role` stands in place of the name of whoever records; None to tell the name."""
        self._private, self._clerk_role = private, clerk_role
        self._waiting: dict[str, Value] = {}
        self._kept: list[Value] = []

    def sealed(self, draft: Draft, marked: Iterable[str]) -> Draft:
        """A draft with what is confidential in it sealed."""
        places: list[str] = []

        def seal(place: str, value: Any) -> dict[str, str]:
            salt = os.urandom(SALT_BYTES)
            made = sealed(salt, value)
            places.append(place)
            self._waiting[made["sealed"]] = Value(made["sealed"], draft.event_id, salt, value)
            return made

        data = draft.data
        if WHOLE in marked:
            told = {"data": data, "resolved": draft.resolved, "source": draft.source}
            refs = _numbers_taken(draft)
            resolved = {"refs": refs} if refs else {}
            draft = replace(draft, data=seal(WHOLE, told), resolved=resolved, source=None)
        else:
            for place in marked:
                name = place.removeprefix(WITHIN)
                holder = data if name == place else data["changes"]
                holder[name] = seal(place, holder[name])
        if self._clerk_role and isinstance(draft.recorded_by, str):
            draft = replace(draft, recorded_by=seal(CLERK, draft.recorded_by))
            draft.resolved["role"] = self._clerk_role
        if places:
            draft.resolved["sealed"] = sorted(places)
        return draft

    def keep(self, store: Store) -> None:
        """Keep the values of those events that were recorded, before their transaction ends.

        Raises FileTrouble, also where the file should be there, and is not.
        """
        self._kept, values = [], list(self._waiting.values())
        recorded = recorded_seals(store, values)
        kept = [one for one in values if one.seal in recorded]
        self._waiting.clear()
        if not kept:
            return
        if not self._private.is_there and any(
            recorded.isdisjoint(entry.seals.values()) for entry in store.sealing()
        ):
            raise _missing(self._private)
        self._private.put(kept)
        self._kept = kept

    def settle(self, store: Store) -> None:
        """Once their transaction has ended: keep what it recorded for good, and drop the rest.

        Where that fails, the next writer does it.
        """
        kept, self._kept = self._kept, []
        self._waiting.clear()
        with suppress(LedgerError):
            if kept:
                recorded = recorded_seals(store, kept)
                self._private.settle(recorded, {one.seal for one in kept} - recorded)

    def settle_all(self, store: Store) -> None:
        """Keep for good what a crash has left of events that were recorded. What was not may be
        that of a copy of the ledger: it stays, and `verify` tells of it."""
        with suppress(LedgerError):
            if values := self._private.awaited():
                self._private.settle(recorded_seals(store, values) & {v.seal for v in values}, ())

    def values(self, entries: Iterable[Entry]) -> list[tuple[Entry, dict[str, Any]]]:
        """Entries, each with its confidential values by place, as far as they are there."""
        asked = list(entries)
        seals = {seal for entry in asked for seal in entry.seals.values()}
        known = {seal: self._waiting[seal] for seal in seals & self._waiting.keys()}
        if others := seals - known.keys():
            known |= self._private.values(others)
        return [
            (
                entry,
                {place: known[seal].value for place, seal in entry.seals.items() if seal in known},
            )
            for entry in asked
        ]

    def opened(self, entry: Entry) -> Entry:
        """An entry with its confidential values in their places, as far as they are there."""
        (found,) = self.values([entry])
        return _filled(*found)

    def opened_all(self, entries: Iterable[Entry]) -> list[Entry]:
        """Several entries, opened."""
        return [_filled(*found) for found in self.values(entries)]

    def require(self) -> None:
        """Raises FileTrouble where the file of confidential values is not there."""
        if not self._private.is_there and not self._waiting:
            raise _missing(self._private)

    def opened_whole(self, entry: Entry) -> Entry:
        """An entry that is confidential as a whole with what it says, and with who recorded it.

        Single fields stay sealed, so that parties go by the references that the public sees.
        Raises FileTrouble where the file is not there.
        """
        if entry.seals:
            self.require()
        ((_, values),) = self.values([entry])
        return _filled(entry, {place: values[place] for place in (WHOLE, CLERK) if place in values})

    def reveal(self, case: Case, entries: Iterable[Entry]) -> None:
        """Put the values of sealed fields in the place of what stands for them in a case."""
        told = {
            placeholder(entry.seals[place]): _text(value)
            for entry, values in self.values(entries)
            for place, value in values.items()
            if place not in (WHOLE, CLERK)
        }
        for row in all_rows(case) if told else ():
            for name in row.columns:
                setattr(row, name, _replaced(getattr(row, name), told))
        if told:
            case.changes[:] = [
                one._replace(
                    ref=_replaced(one.ref, told),
                    old_value=_replaced(one.old_value, told),
                    new_value=_replaced(one.new_value, told),
                )
                for one in case.changes
            ]


def _filled(entry: Entry, values: dict[str, Any]) -> Entry:
    """An entry with values in the places that they were sealed at."""
    if not values:
        return entry
    left = [place for place in entry.seals if place not in values]
    data, resolved = dict(entry.data), {**entry.resolved, "sealed": left}
    for place, value in values.items():
        if place == WHOLE:
            data, entry = value["data"], entry._replace(source=value["source"])
            resolved |= value["resolved"]
        elif place == CLERK:
            entry = entry._replace(recorded_by=value)
        elif place.startswith(WITHIN):
            right = {place.removeprefix(WITHIN): value}
            data["changes"] = {**data["changes"], **right}
        else:
            data[place] = value
    seals = {place: entry.seals[place] for place in left}
    return entry._replace(data=data, resolved=resolved, seals=seals)


def _numbers_taken(draft: Draft) -> dict[str, str]:
    """The numbers that an event takes are told, lest another event gets them; names are not."""
    kind = CATALOGUE[draft.type]
    given = {
        name: draft.data[name]
        for name, prefix in kind.assigned.items()
        if number_in(draft.data.get(name) or "", prefix)
    }
    return {**given, **draft.resolved.get("refs", {})}


def recorded_seals(store: Store, values: Iterable[Value]) -> set[str]:
    """Those seals that stand in the record."""
    found = (store.find(event_id) for event_id in {one.event_id for one in values})
    return {seal for entry in found if entry for seal in entry.seals.values()}


def _text(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value)


def _replaced(value: Any, told: dict[str, str]) -> Any:
    if isinstance(value, str) and _MARK in value:
        for mark, text in told.items():
            value = value.replace(mark, text)
    return value


def _missing(private: Private) -> FileTrouble:
    return FileTrouble(
        f"{private.path} is not there, and this ledger has confidential values in it",
        hint="put it back from its backup; if it is lost for good, make an empty file of that name",
        file=str(private.path),
    )
