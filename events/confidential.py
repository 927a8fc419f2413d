"""What the ledger shows where a value is confidential and the record holds only its seal."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, get_args

from pydantic import AfterValidator

from events import words
from events.base import Event, Moment

WHOLE = "data"
"""In place of the name of a field: all that the event says is sealed."""

WITHIN = "changes."
"""Stands before the name of a field whose right value a correction seals."""


_SHOWN = 16
"""How many digits of a seal stand for it: of a million sealed names no two are likely the same."""


class Confidential(Event):
    """An event of which the record says only that it is there. It changes nothing in the case."""

    type: ClassVar[str] = "confidential"
    schema_version: ClassVar[int] = 1

    def summary(self, at: Moment) -> str:
        return "Confidential"


def placeholder(seal: str) -> str:
    """What stands in place of a sealed text, different for each: `[confidential 3f9a01bc5d2e7a60]`.

    `seal` is in hex. As the name of a party it makes a reference of its own, so that two parties
    whose names are sealed do not become one.
    """
    return f"[confidential {seal[:_SHOWN]}]"


def masked(data: Mapping[str, Any], sealed: Iterable[str]) -> dict[str, Any]:
    """The data of an event with a placeholder for each sealed field."""
    shown = dict(data)
    for name in sealed:
        if name.startswith(WITHIN):
            shown["changes"] = masked(shown["changes"], [name.removeprefix(WITHIN)])
        elif name in shown:
            shown[name] = placeholder(shown[name]["sealed"])
    return shown


def can_be_sealed(kind: type[Event], name: str) -> bool:
    """Whether a field holds words that the case can do without: a line, a text, or several.

    Dates, amounts and references are what the state of a case is computed from; and what names
    another event or its fields must be readable.
    """
    info = kind.model_fields.get(name)
    return info is not None and name not in ("target", "field", "erased") and _is_prose(info)


def _is_prose(hint: Any) -> bool:
    checks = [getattr(hint, "annotation", hint), *getattr(hint, "metadata", ())]
    if any(isinstance(one, AfterValidator) and one.func in _PROSE for one in checks):
        return True
    return any(_is_prose(one) for one in checks[:1] for one in get_args(one))


_PROSE = (words.line, words.text)
