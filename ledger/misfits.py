"""What does not fit an event, as sentences for the clerk who wrote it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from events.base import Event
from events.published import described


def told(error: ValidationError, kind: type[Event] | None = None) -> str:
    """What pydantic found wrong, as sentences: each field, its value, and what to do."""
    return "; ".join(dict.fromkeys(_one(problem, kind) for problem in error.errors()))


def _one(problem: Any, kind: type[Event] | None) -> str:
    place = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
    value, said = problem["input"], problem["msg"].removeprefix("Value error, ")
    known = kind.model_fields if kind else {}
    if problem["type"] == "missing":
        meaning = described(kind).get(place) if kind else None
        return f"{place} is missing{f': {meaning}' if meaning else ''}"
    if problem["type"] == "extra_forbidden":
        return f"there is no field {place!r}{nearest(place, known)}"
    if problem["type"] == "literal_error":
        return (
            f"{place}: {value!r} is not one of {problem['ctx']['expected'].replace(' or ', ', ')}"
        )
    if problem["type"] == "value_error":
        return f"{place}: {said}" if place else said
    if problem["type"] == "string_too_long":
        most = problem["ctx"]["max_length"]
        return (
            f"{place}: {len(value):,} characters are too many, {most:,} are the most;"
            " shorten it, or cite the document that has it"
        )
    short = repr(value) if len(repr(value)) < 80 else f"{repr(value)[:77]}…"
    if problem["type"] == "string_pattern_mismatch":
        return f"{place}: {short} is not a code of ISO 3166; write one like FR, or DE-HH, or EU"
    lowered = f"{said[:1].lower()}{said[1:]}"
    return f"{place}: {short}: {lowered}" if place else lowered


def nearest(name: str, known: Iterable[str]) -> str:
    """The name that was meant, it seems, as the end of a sentence; empty where none is like it."""
    found = get_close_matches(name.replace("-", "_"), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
