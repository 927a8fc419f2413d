"""Whether events tell in the open what others of their case seal: once recorded, it stays there.

Words are compared whatever their case, accents and spaces, and those of a name in any order. A
name that is written otherwise altogether, or told in another case, is not found.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from events.base import CATALOGUE
from events.confidential import WHOLE, WITHIN
from ledger.entry import CLERK, Entry

_NAME_MAX = 6
"""The words of a name may stand in any order; more are a sentence, which has one."""
_SHORT = 4
"""A single word with fewer letters stands in other texts by chance: there it must be all of it."""

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae", "å": "aa"})
_BARE = str.maketrans("øłđı", "oldi")
"""Letters that are made of no other one and a sign."""

_SAYS_NO_NAME = re.compile(r"[\d-]*|[A-Z]\d+|[\d,.]+ [A-Z]{3}|P\d\w+|\d+ working days?", re.ASCII)
"""Dates, references by number, amounts and periods."""

_WORD = re.compile(r"[^\W_]+")


class Sealed(NamedTuple):
    """Words that an event seals."""

    position: int
    place: str
    words: tuple[str, ...]


class Leak(NamedTuple):
    """An event that tells in the open what another one, or the same one, seals."""

    position: int
    sealed_by: int
    place: str
    """The field that is sealed; `data` where all of the event is."""
    was_open: bool
    """Whether an event before those that were looked at had told it already."""


def leaks(events: Sequence[tuple[Entry, Mapping[str, Any]]], since: int = 1) -> Iterator[Leak]:
    """What events of a case, from a position on, tell in the open although one of them seals it.

    Each event comes with its confidential values by place, in the order of recording.
    """
    secrets = [one for entry, values in events for one in sealed_in(entry, values)]
    told = [entry for entry, _ in events if secrets and entry.position >= since]
    texts = {entry.position: list(_words_in(entry)) for entry in told}
    for secret in secrets:
        found = [position for position in texts if _told_in(texts[position], secret)]
        before = (entry for entry, _ in events if found and entry.position < since)
        was_open = any(_told_in(_words_in(entry), secret) for entry in before)
        for position in found:
            yield Leak(position, secret.position, secret.place, was_open)


def _words_in(entry: Entry) -> Iterator[list[str]]:
    for text in open_texts(entry):
        yield from spellings(text)


def _told_in(texts: Iterable[list[str]], secret: Sealed) -> bool:
    return any(tells(text, secret.words) for text in texts)


def sealed_in(entry: Entry, values: Mapping[str, Any]) -> Iterator[Sealed]:
    """The names and lines that an event seals."""
    for place, value in values.items():
        if place == CLERK:
            continue
        told = _told_inside(entry.type, value) if place == WHOLE else _texts(value)
        for text in told:
            for words in spellings(text):
                if words:
                    yield Sealed(entry.position, place.removeprefix(WITHIN), tuple(words))


def open_texts(event: Entry) -> Iterator[str]:
    """What an event tells in the open: its texts, references and source, the name of its case, and
    who recorded it."""
    for name, value in event.data.items():
        if name not in _says_nothing(event.type) and not _is_field(value):
            yield from _texts(value)
    yield event.source or ""
    yield event.case_id
    if CLERK not in event.seals:
        yield event.recorded_by


def tells(text: list[str], name: tuple[str, ...]) -> bool:
    """Whether words tell a name."""
    size = len(name)
    if size == 1 and len(name[0]) < _SHORT and name[0].isascii():
        return text == [*name]
    if _is_unspaced(name):
        return "".join(name) in "".join(text)
    if not set(name) <= set(text):
        return False
    found = (text[i : i + size] for i in range(len(text) - size + 1))
    if size > _NAME_MAX:
        return any(part == [*name] for part in found)
    return any(sorted(part) == sorted(name) for part in found)


def spellings(text: str) -> list[list[str]]:
    """The words of a text as `words_of` has them, and, where that differs, with letters written as
    others write them who have none like it: Müller is Mueller, Ødegård Oedegaard."""
    plain = words_of(text)
    spelled = words_of(unicodedata.normalize("NFC", text).casefold().translate(_SPELLED))
    return [plain] if spelled == plain else [plain, spelled]


def words_of(text: str) -> list[str]:
    """The words of a text, without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(
        sign
        for sign in plain
        if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"
    )
    return _WORD.findall(kept.casefold().translate(_BARE))


def _is_unspaced(name: Iterable[str]) -> bool:
    """Whether it has letters without capitals, as in Chinese, where words may stand together."""
    return any(sign.isalpha() and sign.upper() == sign.lower() for sign in "".join(name))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (name for name in value if not _is_field(name))
        for inside in value.values():
            yield from _texts(inside)
    elif isinstance(value, (list, tuple)):
        for inside in value:
            yield from _texts(inside)


def _told_inside(type_name: str, whole: Mapping[str, Any]) -> Iterator[str]:
    """The words of an event that is sealed as a whole, without its dates, amounts and numbers."""
    fields = {n: value for n, value in whole["data"].items() if n not in _says_nothing(type_name)}
    told = [*_texts(fields), whole["source"] or ""]
    return (text for text in told if not _SAYS_NO_NAME.fullmatch(text))


@cache
def _says_nothing(type_name: str) -> frozenset[str]:
    """Fields in which nobody can be named: those with fixed choices, and names of other fields."""
    fields = CATALOGUE[type_name].model_fields if type_name in CATALOGUE else {}
    fixed = {name for name, info in fields.items() if Literal in _origins(info.annotation)}
    return frozenset({"target", "erased"} | fixed)


def _origins(hint: Any) -> set[Any]:
    return {get_origin(hint), *(get_origin(part) for part in get_args(hint))}


def _is_field(value: Any) -> bool:
    """Whether it names a field, as an event about another one does."""
    return isinstance(value, str) and value in _field_names()


@cache
def _field_names() -> frozenset[str]:
    """Names of all fields, which an event may tell as such."""
    return frozenset(name for kind in CATALOGUE.values() for name in kind.model_fields)
