"""Case files: a case as people write it down, in YAML, with what it must come to.

    case: cnil-clearview
    source: https://…             # of every event that names none of its own
    confidence: A                 # A official, B credible, C weak or inferred, D not seen
    events:
      - type: case_opened
        id: opened                # a name of the event that never changes
        occurred_on: 2020-08-26
        title: Clearview AI, faces collected from the web
        authority: CNIL
      - type: event_corrected
        id: order-date
        target: order             # the id of an earlier event; type/id where several have that id
        changes: {occurred_on: 2021-11-26}
    expect:                       # see `ledger.expectations`
      - as_of: 2022-03-01
        that: {deadlines.D1.status: missed}
        none: [referrals, fines]

Every event has an `id`, unique among the events of its type in the case. From case, type and id its
event_id is made, so that the same file always gives the same events, and none twice. `caused_by`
names an earlier event as `target` does. Several cases in one file are parted by a line `---`.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from events.base import CATALOGUE, Event
from events.record import AboutEvent, EventCorrected
from ledger.door import (
    Proposed,
    as_case_id,
    check_correction,
    digits_of,
    imported_id,
    proposed,
)
from ledger.errors import Malformed
from ledger.expectations import Expectation, expectation
from ledger.yamlfile import Reading, documents, line_of, nearest, text_of

SHIPPED = Path(__file__).parent / "cases"
"""The real cases that come with the program, a folder for each kind."""

_CASE_KEYS = ("case", "source", "confidence", "events", "expect")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One case of a file: its events in the order of the file, and what they must come to."""

    file: str
    case_id: str
    proposals: list[Proposed]
    lines: list[int]
    """Line on which each event begins, from 1."""
    expectations: list[Expectation]


def read(source: Path | str, file: str = "the text") -> list[CaseFile]:
    """The cases of a file, or of a text that `file` names in messages.

    Raises Malformed, which names file, line, field, value and cure; FileTrouble where the file
    cannot be opened.
    """
    if isinstance(source, Path):
        file, source = str(source), text_of(source)
    cases: dict[str, CaseFile] = {}
    for node in documents(source, file):
        reader = _Reader(file)
        case = reader.case(node)
        if case.case_id in cases:
            reader.wrong(node, f"the file has the case {case.case_id} twice; put them together")
        cases[case.case_id] = case
    if not cases:
        raise Malformed(f"{file} holds no case; begin with `case:` and its name", file=file)
    return list(cases.values())


class _Reader(Reading):
    """Reads one case; knows the events of it that were read so far."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.case_id = ""
        self.defaults: dict[str, str] = {}
        self.events: dict[str, Event] = {}
        """Events by event_id, as corrected so far."""
        self.ids: dict[str, dict[str, str]] = {}
        """event_ids by type, then by the id in the file."""

    def case(self, node: yaml.Node) -> CaseFile:
        """The case that a document is."""
        parts = self.mapping(node, "a case file", _CASE_KEYS)
        for key in ("case", "events"):
            if key not in parts:
                self.wrong(node, f"the case file has no `{key}:`")
        name = self.word(parts["case"], "case")
        try:
            self.case_id = as_case_id(name)
        except Malformed as error:
            self.wrong(parts["case"], f"case: {name!r}: {error.message}")
        self.defaults = {
            key: self.word(parts[key], key) for key in ("source", "confidence") if key in parts
        }
        events = self.sequence(parts["events"], "events")
        proposals = [self.event(one) for one in events]
        expected = self.sequence(parts["expect"], "expect") if "expect" in parts else []
        return CaseFile(
            file=self.file,
            case_id=self.case_id,
            proposals=proposals,
            lines=[line_of(one) for one in events],
            expectations=[expectation(self, one, self.named) for one in expected],
        )

    def event(self, node: yaml.Node) -> Proposed:
        """One event of the file."""
        parts = self.mapping(node, "an event")
        type_name = self.type_of(node, parts)
        key, event_id = self.new_id(node, type_name, parts)
        envelope = dict(self.defaults)
        for name in ("source", "confidence"):
            if name in parts:
                envelope[name] = self.word(parts[name], name)
        if "caused_by" in parts:
            envelope["caused_by"] = self.earlier(parts["caused_by"], "caused_by")
        fields: dict[str, Any] = {
            name: self.value(part) for name, part in parts.items() if name not in _ENVELOPE
        }
        if CATALOGUE[type_name].is_record and "target" in parts:
            fields["target"] = self.earlier(parts["target"], "target")
        try:
            proposal = proposed(
                self.case_id,
                type_name,
                fields,
                event_id=event_id,
                confidential=self.confidential(parts),
                **envelope,
            )
            self.remember(proposal)
        except Malformed as error:
            at = next((part for name, part in parts.items() if _names(error, name)), node)
            self.wrong(at, f"{type_name} {key!r}: {error.message}", error.hint)
        return proposal

    def confidential(self, parts: dict[str, yaml.Node]) -> list[str]:
        """The fields of an event that are confidential, or `all`."""
        if "confidential" not in parts:
            return []
        given = parts["confidential"]
        if isinstance(given, yaml.SequenceNode):
            return [self.word(one, "confidential") for one in given.value]
        return [self.word(given, "confidential")]

    def type_of(self, node: yaml.Node, parts: dict[str, yaml.Node]) -> str:
        """The type of an event."""
        if "type" not in parts:
            self.wrong(node, "the event has no `type:`, like fine_imposed")
        type_name = self.word(parts["type"], "type")
        if type_name not in CATALOGUE:
            cure = nearest(type_name, CATALOGUE) or "; `caseledger types` lists them"
            self.wrong(parts["type"], f"there is no type of event called {type_name!r}{cure}")
        return type_name

    def new_id(
        self, node: yaml.Node, type_name: str, parts: dict[str, yaml.Node]
    ) -> tuple[str, str]:
        """The `id` of an event, and the event_id that is made from it."""
        if "id" not in parts:
            self.wrong(
                node,
                f"the {type_name} has no `id:`; give it a name that no other {type_name} of the "
                "case has, and never change it",
                hint="by it the same event is known when the file is read again",
            )
        key, same_type = self.word(parts["id"], "id"), self.ids.setdefault(type_name, {})
        if key in same_type:
            self.wrong(parts["id"], f"id: {key!r} is an earlier {type_name}; give this one another")
        same_type[key] = imported_id(self.case_id, type_name, key)
        return key, same_type[key]

    def remember(self, proposal: Proposed) -> None:
        """Keep an event for those that name it. Raises Malformed where it has money of no currency,
        or corrects an earlier one to what it cannot be."""
        event = proposal.event
        digits_of(event)
        self.events[proposal.event_id] = event
        target = self.events.get(event.target) if isinstance(event, AboutEvent) else None
        if target and isinstance(event, EventCorrected):
            corrected = check_correction(target, event)
            digits_of(corrected)
            self.events[event.target] = corrected

    def earlier(self, node: yaml.Node, what: str) -> str:
        """The event_id of the earlier event that an id names."""
        written = self.word(node, what)
        found = self.named(written)
        if len(found) > 1:
            types = " or ".join(
                f"{name}/{written}" for name in self.ids if written in self.ids[name]
            )
            self.wrong(node, f"{what}: {written!r} is the id of several events; write {types}")
        if found:
            return found[0]
        try:
            return str(uuid.UUID(written))
        except ValueError:
            known = [key for ids in self.ids.values() for key in ids]
            cure = nearest(written, known) or "; give the `id:` of an event further up"
            self.wrong(node, f"{what}: no earlier event of the case has the id {written!r}{cure}")

    def named(self, written: str) -> list[str]:
        """The event_ids of the events that an id, or type/id, may mean."""
        type_name, _, key = written.partition("/")
        if key in self.ids.get(type_name, {}):
            return [self.ids[type_name][key]]
        return [ids[written] for ids in self.ids.values() if written in ids]


_ENVELOPE = {"type", "id", "source", "confidence", "caused_by", "confidential"}
"""Keys of an event that are not fields of its type."""


def _names(error: Malformed, field: str) -> bool:
    """Whether one of the sentences on what is wrong with an event begins with that field."""
    heads = (f"{field}:", f"{field}.", f"{field} ", f"there is no field {field!r}")
    return any(sentence.startswith(heads) for sentence in error.message.split("; "))
