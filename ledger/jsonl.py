"""Events as lines of JSON: one event a line.

    {"case_id": "…", "type": "fine_imposed", "event_id": "…", "occurred_on": "2022-10-17",
     "source": "…", "confidence": "A", "data": {"amount": "20000000 EUR"}}

`confidential` names fields that the record is to hold only seals of, or "all".
In place of `event_id`, a UUID, there may be an `id`: a name that no other event of that type has in
the case, as in a case file. `target` is the event_id of the event that this one is about. What
`caseledger export` writes reads back: what the ledger itself had added to each event (its version,
when and by whom it was recorded, what was computed) is left aside, and made anew.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import ValidationError

from events import words
from events.base import CATALOGUE, UnknownType, load
from ledger.door import Proposed, as_case_id, digits_of, imported_id, proposed, told
from ledger.entry import FIELDS
from ledger.errors import LedgerError, Malformed, files_in_sentences
from ledger.import_report import Refusal
from ledger.spool import Found

LINE_BYTES_MAX = 1_000_000
_KEYS = {*FIELDS, "id", "target", "refused", "confidential"}


class JsonLines:
    """A file of events, one a line."""

    encoding = "utf-8"

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, at: Callable[[int], None]) -> Iterator[Found | Refusal]:
        """Every event of the file, or why it is none; `at` is told how many bytes were read."""
        for line, text in self._lines(at):
            case_id = None
            try:
                fields = _object(text)
                if fields.get("case_id") is None:
                    raise Malformed("the event has no `case_id`", field="case_id")
                case_id = as_case_id(_text(fields, "case_id") or "")
                yield Found(line, _event(case_id, fields))
            except LedgerError as error:
                yield Refusal(line, case_id, error.message, error.hint)

    def _lines(self, at: Callable[[int], None]) -> Iterator[tuple[int, bytes]]:
        """The lines that are not empty, each with its number; too long ones are cut."""
        count = number = 0
        with files_in_sentences(self.path), self.path.open("rb") as file:
            while text := file.readline(LINE_BYTES_MAX + 1):
                number += 1
                count += len(text)
                if len(text) > LINE_BYTES_MAX:
                    while not text.endswith(b"\n") and (rest := file.readline(LINE_BYTES_MAX)):
                        text = text[:LINE_BYTES_MAX] + b" " + rest[-1:]
                at(count)
                if number == 1:
                    text = text.removeprefix(b"\xef\xbb\xbf")
                if text and not text.isspace():
                    yield number, text

    def write_refused(self, why: Callable[[int, str | None], str | None], out: IO[str]) -> None:
        """Write the lines that `why` has a reason for, each with it as `refused`."""
        for line, text in self._lines(lambda _: None):
            try:
                fields = _object(text)
            except LedgerError:
                fields = {"text": text.decode(errors="replace").rstrip("\r\n")}
            case_id = fields.get("case_id")
            try:
                case_id = as_case_id(case_id) if isinstance(case_id, str) else None
            except LedgerError:
                case_id = None
            reason = why(line, case_id)
            if reason:
                out.write(orjson.dumps({**fields, "refused": reason}).decode() + "\n")


def _object(text: bytes) -> dict[str, Any]:
    if len(text) > LINE_BYTES_MAX:
        raise Malformed(f"the line is longer than {LINE_BYTES_MAX:,} bytes")
    try:
        fields = orjson.loads(text.decode())
    except UnicodeDecodeError as error:
        raise Malformed(
            f"byte {error.start + 1} of the line is not UTF-8; save the file as UTF-8"
        ) from None
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is not JSON: {error.msg}, at column {error.colno}") from None
    if not isinstance(fields, dict):
        raise Malformed('this is not an object like {"case_id": "…", "type": "…"}')
    return fields


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Malformed(f"{name}: {_json(value)} is not text", field=name)


def _json(value: Any) -> str:
    """A value as its author wrote it, as far as a message has room for it."""
    written = orjson.dumps(value).decode()
    return written if len(written) <= 80 else f"{written[:79]}…"


def _line(fields: dict[str, Any], name: str) -> str | None:
    value = _text(fields, name)
    try:
        return words.line(value) if value is not None else None
    except ValueError as error:
        raise Malformed(f"{name} {error}", field=name) from None


def _event(case_id: str, fields: dict[str, Any]) -> Proposed:
    for name in fields.keys() - _KEYS:
        raise Malformed(
            f"there is no key {name!r}; the fields of the event itself belong in `data`",
            field=name,
        )
    type_name = _text(fields, "type")
    if type_name is None:
        raise Malformed("the event has no `type`, like fine_imposed", field="type")
    data = fields.get("data") or {}
    if not isinstance(data, dict):
        raise Malformed(f"data: {_json(data)} is not an object", field="data")
    data = _stated(type_name, fields, data)
    event_id = _text(fields, "event_id")
    if event_id is None:
        key = _text(fields, "id")
        if not key and type_name in CATALOGUE:
            raise Malformed(
                "the event has neither an `event_id`, a UUID, nor an `id`, a lasting name",
                hint="by it the same event is known when the file is imported again",
            )
        event_id = imported_id(case_id, type_name, key or "")
    proposal = proposed(
        case_id,
        type_name,
        data,
        event_id=event_id,
        source=_line(fields, "source"),
        confidence=_text(fields, "confidence"),
        caused_by=_text(fields, "caused_by"),
        confidential=_confidential(fields),
    )
    digits_of(proposal.event)
    return proposal


def _confidential(fields: dict[str, Any]) -> list[str]:
    """The fields of an event that are confidential, or `all`."""
    resolved = fields.get("resolved")
    if isinstance(resolved, dict) and resolved.get("sealed"):
        raise Malformed(
            "the event holds seals of confidential values, which only their own ledger can read",
            hint="`import --restore` fills an empty ledger with the events as they are",
        )
    given = fields.get("confidential", [])
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Malformed('confidential: give the names of fields, or "all"', field="confidential")
    return names


def _stated(type_name: str, fields: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The fields of an event: `data`, and what the record keeps in columns of its own."""
    stated = dict(data)
    for column, name in (("occurred_on", "occurred_on"), ("corrects", "target")):
        value = fields.get(column)
        if value is not None:
            stated[name] = value
    if fields.get("target") is not None:
        stated["target"] = fields["target"]
    version = fields.get("schema_version")
    kind = CATALOGUE.get(type_name)
    if kind is None or version is None or version == kind.schema_version:
        return stated
    try:
        event = load(type_name, version, stated) if isinstance(version, int) else None
    except UnknownType as error:
        raise Malformed(str(error), field="schema_version") from None
    except ValidationError as error:
        raise Malformed(told(error, kind), type=type_name) from None
    if event is None:
        raise Malformed(f"schema_version: {_json(version)} is not a number", field="schema_version")
    return event.model_dump(mode="json", exclude_unset=True)
