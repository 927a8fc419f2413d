"""Confidential values on their way into the record, out of which only their seals come."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from events.confidential import WHOLE, WITHIN
from ledger.entry import CLERK, Draft, Entry
from ledger.private import Private, Value
from ledger.seal import SALT_BYTES, sealed
from ledger.store import Store

_LINE_MIN, _LINE_MAX = 5, 200
"""Shorter than a name, longer than one: such words may stand in other texts by chance, or not."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inside in value.values():
            yield from _texts(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _texts(inside)


def told_openly(lines: Iterable[Value], draft: Draft) -> tuple[int, str] | None:
    """Which of the lines that earlier events seal a sealed draft tells in the open: position and
    field of the first one."""
    told = [text.casefold() for text in (*_texts(draft.data), draft.source or "")]
    for one in lines:
        if any(one.value.casefold() in text for text in told):
            return one.position, one.field
    return None


class Sealing:
    """Seals drafts, keeps what it sealed until their transaction is about to end, and opens."""

    def __init__(self, private: Private, clerk_role: str | None) -> None:
        """`clerk_role` stands in place of the name of whoever records; None to tell the name."""
        self._private, self._clerk_role = private, clerk_role
        self._waiting: dict[str, list[tuple[str, bytes, Any]]] = {}

    def sealed(self, draft: Draft, marked: Iterable[str]) -> Draft:
        """A draft with what is confidential in it sealed."""
        kept: list[tuple[str, bytes, Any]] = []

        def seal(place: str, value: Any) -> dict[str, str]:
            salt = os.urandom(SALT_BYTES)
            kept.append((place, salt, value))
            return sealed(salt, value)

        data = draft.data
        if WHOLE in marked:
            told = {"data": data, "resolved": draft.resolved, "source": draft.source}
            # Numbers that are taken are told, lest another event gets them.
            refs = draft.resolved.get("refs")
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
        if kept:
            draft.resolved["sealed"] = sorted(place for place, _, _ in kept)
            self._waiting[draft.event_id] = kept
        return draft

    def lines(self, positions: Iterable[int]) -> list[Value]:
        """The names and lines that events at these positions seal, without those of clerks."""
        asked = list(positions)
        return [
            one
            for one in (self._private.values(*asked) if asked else ())
            if one.field != CLERK
            and isinstance(one.value, str)
            and _LINE_MIN <= len(one.value) <= _LINE_MAX
        ]

    def keep(self, store: Store) -> None:
        """Keep the values of those events that were recorded, before their transaction ends."""
        recorded = {event_id: store.find(event_id) for event_id in self._waiting}
        self._private.put(
            Value(entry.position, place, salt, value)
            for event_id, entry in recorded.items()
            if entry is not None
            for place, salt, value in self._waiting[event_id]
        )
        self.forget()

    def forget(self) -> None:
        """Forget what was sealed: it is kept, or its transaction came to nothing."""
        self._waiting.clear()

    def opened(self, entry: Entry) -> Entry:
        """An entry with its confidential values in their places, as far as they are there."""
        places = entry.resolved.get("sealed")
        if not places:
            return entry
        values = {one.field: one.value for one in self._private.values(entry.position)}
        left = [place for place in places if place not in values]
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
        return entry._replace(data=data, resolved=resolved)
