"""The mapping of a table: how its rows become events. YAML, with expressions of Jinja2.

    file: {delimiter: ";", encoding: utf-8, quote: none}   # header: [a, b], where it has none
    unknown: ["", "NULL"]         # cells that mean that nobody knows; they are none
    list: mg-                     # case ids of this list begin so; later lists are held against it
    lookups:
      outcomes: {DEFERIDO: upheld, INDEFERIDO: dismissed}
    skip: "{{ fase == '' }}"      # rows that are left out
    let:                          # values that are used several times, in order
      decided: "{{ data_decisao | date('%Y-%m-%d') }}"
    case: "mg-{{ sei }}"
    sort: true                    # where the rows of a case do not stand together
    order: "{{ numero | int }}"   # order of the rows of a case, where it is not that of the file
    source: https://…
    confidence: B
    events:
      - type: fine_imposed
        id: "fine/{{ cnpj }}"     # names it within type and case: key columns, not values
        when: "{{ valor_multa }}" # only then
        per: row                  # or case: once for all rows of the case, which are `rows`
        each: "{{ list }}"        # once for each of a list, which is `item`
        confidential: [name]      # fields that the record only seals, or all
        changed: correct          # what a later edition does if the event reads otherwise: correct
                                  # it, keep what is recorded, or refuse
        fields:
          amount: "{{ valor_multa | number(decimal=',') | money('BRL') }}"

A text of nothing but `{{ … }}` is the value of that expression; in other texts the value is put in.
A field whose value is none is left out. Expressions know every column by its name and as
`row['name']`, the `let` values, the lookups, `rows` (those of the case), `previous` (row, or none),
`first` and `last` (of the case). Filters beside those of Jinja2 are in `ledger.mapping_filters`.
There are no statements, no Python, and no way out of the sandbox to files or programs.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment
from jinja2.runtime import Context

from events.base import CATALOGUE
from events.confidential import can_be_sealed
from ledger.door import ALL
from ledger.errors import Malformed
from ledger.expressions import GIVEN, Lookup, Value, compiled, sandbox
from ledger.yamlfile import Reading, documents, line_of, nearest, text_of

SHIPPED = Path(__file__).parent / "mappings"
"""The mappings that come with the program, as examples and for lists that many people have."""

_KEYS = (
    "file",
    "unknown",
    "list",
    "lookups",
    "skip",
    "let",
    "case",
    "sort",
    "order",
    "source",
    "confidence",
    "events",
    "about",
)
_FILE_KEYS = ("delimiter", "encoding", "quote", "header")
_EVENT_KEYS = (
    "type",
    "id",
    "when",
    "per",
    "each",
    "changed",
    "confidential",
    "fields",
    "source",
    "confidence",
)
CHANGED = ("correct", "keep", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """How rows become events of one type."""

    line: int
    type: str
    id: Value
    fields: dict[str, Value]
    when: Value | None
    each: Value | None
    per_case: bool
    changed: str
    source: Value | None
    confidence: Value | None
    confidential: tuple[str, ...]
    """Fields that are sealed where a row has them, or `all`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """How the rows of a table become events."""

    name: str
    environment: Environment
    case: Value
    events: list[EventRule]
    delimiter: str | None = None
    """None: a tab in a .tsv, a comma otherwise."""
    encoding: str = "utf-8-sig"
    quote: str | None = '"'
    header: list[str] | None = None
    """Names of the columns, where the file has none."""
    unknown: frozenset[str] = frozenset({""})
    list_prefix: str | None = None
    skip: Value | None = None
    let: dict[str, Value] = field(default_factory=dict)
    is_sorted: bool = True
    """Whether the rows of a case stand together in the file."""
    order: Value | None = None
    columns: dict[str, int] = field(default_factory=dict)
    """Columns that expressions name, with the line of the mapping."""
    lookups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def scope(self, known: Mapping[str, Any]) -> Context:
        """What expressions are evaluated in: the values `known` by name, and the lookups."""
        return Context(self.environment, {**self.lookups, **known}, None, {})


def read_mapping(path: Path) -> TableMapping:
    """The mapping in a file. Raises Malformed, which names file, line and cure; FileTrouble."""
    return mapping_of(text_of(path), str(path))


def mapping_of(text: str, name: str = "the mapping") -> TableMapping:
    """The mapping that a text holds. Raises Malformed."""
    found = list(documents(text, name))
    if len(found) != 1:
        raise Malformed(f"{name} holds {'several mappings' if found else 'no mapping'}", file=name)
    return _Reader(name).table(found[0])


class _Reader(Reading):
    """Reads one mapping."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.environment = sandbox()
        self.known: set[str] = set(GIVEN)
        self.columns: dict[str, int] = {}
        self.lookups: dict[str, Mapping[str, Any]] = {}

    def table(self, node: yaml.Node) -> TableMapping:
        """The whole mapping."""
        parts = self.mapping(node, "a mapping", _KEYS)
        for key in ("case", "events"):
            if key not in parts:
                self.wrong(node, f"the mapping has no `{key}:`")
        self._lookups(parts.get("lookups"))
        options = self._file(parts.get("file"))
        if "unknown" in parts:
            cells = self.sequence(parts["unknown"], "unknown")
            options["unknown"] = frozenset({"", *(str(self.value(cell) or "") for cell in cells)})
        if "list" in parts:
            options["list_prefix"] = self.word(parts["list"], "list")
        let = self.mapping(parts["let"], "let") if "let" in parts else {}
        for name, part in let.items():
            options.setdefault("let", {})[name] = self.compiled(part, name)
            self.known.add(name)
        for key in ("skip", "order"):
            if key in parts:
                options[key] = self.compiled(parts[key], key)
        rules = [self._rule(one, parts) for one in self.sequence(parts["events"], "events")]
        return TableMapping(
            name=self.file,
            environment=self.environment,
            lookups=self.lookups,
            case=self.compiled(parts["case"], "case"),
            events=rules,
            is_sorted=not ("sort" in parts and self._flag(parts["sort"], "sort")),
            columns=self.columns,
            **options,
        )

    def _file(self, node: yaml.Node | None) -> dict[str, Any]:
        """How the file is written."""
        parts = self.mapping(node, "file", _FILE_KEYS) if node else {}
        options: dict[str, Any] = {}
        for key in ("delimiter", "quote"):
            if key in parts:
                written = str(self.value(parts[key]))
                written = {"tab": "\t", "\\t": "\t"}.get(written, written)
                if key == "quote" and written == "none":
                    options[key] = None
                elif len(written) != 1 or written in "\r\n" or ord(written) > 0x10FFFF:
                    self.wrong(parts[key], f"{key}: {written!r} is not one character")
                else:
                    options[key] = written
        if options.get("quote") and options.get("quote") == options.get("delimiter", ","):
            self.wrong(parts["quote"], "quote and delimiter are the same character")
        if "encoding" in parts:
            written = self.word(parts["encoding"], "encoding")
            options["encoding"] = self._encoding(parts["encoding"], written)
        if "header" in parts:
            names = self.sequence(parts["header"], "header")
            options["header"] = [self.word(name, "header") for name in names]
        return options

    def _encoding(self, node: yaml.Node, written: str) -> str:
        try:
            found = codecs.lookup(written)
        except (LookupError, ValueError):
            self.wrong(node, f"encoding: {written!r} is unknown; like utf-8, cp1252 or shift_jis")
        if not found._is_text_encoding:
            self.wrong(node, f"encoding: {written!r} is no encoding of text")
        return "utf-8-sig" if found.name == "utf-8" else found.name

    def _lookups(self, node: yaml.Node | None) -> None:
        for name, part in (self.mapping(node, "lookups") if node else {}).items():
            entries = self.mapping(part, name)
            table = {key: self.value(value) for key, value in entries.items()}
            self.lookups[name] = Lookup(name, table)
            self.known.add(name)

    def _flag(self, node: yaml.Node, what: str) -> bool:
        value = self.value(node)
        if not isinstance(value, bool):
            self.wrong(node, f"{what}: write true or false")
        return value

    def _rule(self, node: yaml.Node, table: dict[str, yaml.Node]) -> EventRule:
        """One entry of `events`."""
        parts = self.mapping(node, "an event", _EVENT_KEYS)
        for key in ("type", "id"):
            if key not in parts:
                self.wrong(node, f"the event has no `{key}:`")
        type_name = self.word(parts["type"], "type")
        if type_name not in CATALOGUE:
            cure = nearest(type_name, CATALOGUE) or "; `caseledger types` lists them"
            self.wrong(parts["type"], f"there is no type of event called {type_name!r}{cure}")
        per = self._choice(parts.get("per"), "per", ("row", "case"))
        fields = self.mapping(parts["fields"], "fields") if "fields" in parts else {}
        known = CATALOGUE[type_name].model_fields
        for name, part in fields.items():
            if name not in known:
                cure = nearest(name, known) or f"; it has {', '.join(known)}"
                self.wrong(part, f"{type_name} has no field {name!r}{cure}")
        both: dict[str, yaml.Node] = {
            **{k: table[k] for k in ("source", "confidence") if k in table},
            **parts,
        }
        optional = {
            key: self.compiled(both[key], key) if key in both else None
            for key in ("when", "each", "source", "confidence")
        }
        return EventRule(
            line=line_of(node),
            type=type_name,
            id=self.compiled(parts["id"], "id"),
            fields={name: self.compiled(part, name) for name, part in fields.items()},
            per_case=per == "case",
            changed=self._choice(parts.get("changed"), "changed", CHANGED),
            confidential=self._confidential(parts.get("confidential"), type_name, fields),
            **optional,
        )

    def _confidential(
        self, node: yaml.Node | None, type_name: str, fields: Mapping[str, yaml.Node]
    ) -> tuple[str, ...]:
        """The fields of an event that are to be sealed, or `all`."""
        if node is None:
            return ()
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        names = [self.word(part, "confidential") for part in parts]
        for part, name in zip(parts, names, strict=True):
            if name != ALL and name not in fields:
                self.wrong(part, f"confidential: the event has no field {name!r} here")
            if name != ALL and not can_be_sealed(CATALOGUE[type_name], name):
                cure = f"the case rests on it; seal the whole event: `{ALL}`"
                self.wrong(part, f"confidential: {name} cannot be sealed by itself, {cure}")
        return tuple(names)

    def _choice(self, node: yaml.Node | None, what: str, choices: tuple[str, ...]) -> str:
        if node is None:
            return choices[0]
        written = self.word(node, what)
        if written not in choices:
            self.wrong(node, f"{what}: {written!r} is not one of {', '.join(choices)}")
        return written

    def compiled(self, node: yaml.Node, what: str) -> Value:
        """What gives the value of a part of the mapping for a row."""
        if isinstance(node, yaml.MappingNode):
            parts = self.mapping(node, what)
            values = {name: self.compiled(part, what) for name, part in parts.items()}
            return lambda row: {name: value(row) for name, value in values.items()}
        if isinstance(node, yaml.SequenceNode):
            items = [self.compiled(part, what) for part in node.value]
            return lambda row: [made for one in items if (made := one(row)) is not None]
        constant = self.value(node)
        if not isinstance(constant, str) or "{" not in constant:
            return lambda row: constant
        return self._expression(node, constant, what)

    def _expression(self, node: yaml.Node, text: str, what: str) -> Value:
        place = f"line {line_of(node)} of the mapping, {what}"
        try:
            value, names = compiled(self.environment, text, place, self.known)
        except ValueError as error:
            hint = "a column whose name is no plain word is written row['its name']"
            self.wrong(node, f"{what}: {error}", hint)
        self._note_columns(node, names)
        return value

    def _note_columns(self, node: yaml.Node, names: set[str]) -> None:
        for name in names - self.known:
            self.columns.setdefault(name, line_of(node))
