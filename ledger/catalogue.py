"""The catalogue of event types: for people as a page, for programs as data and as JSON Schema.

All of it is made from the classes in `events`, and the examples are lines of the shipped cases.
"""

import ast
import textwrap
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

import events
from events.base import CATALOGUE, Event, spoken_type
from events.published import described
from ledger.casefiles import SHIPPED, read
from ledger.errors import NotFound

ENVELOPE = tuple(Event.model_fields)
"""Fields that every type has."""


def types() -> list[dict[str, Any]]:
    """Every type of event in the order in which a case lives them: its topic, meaning, version and
    fields, and the codes of what it objects to and of what it doubts."""
    return [
        {
            "type": name,
            "topic": topic(kind),
            "meaning": meaning(kind),
            "version": kind.schema_version,
            "fields": _fields(kind),
            "objections": codes(kind, "objections"),
            "doubts": codes(kind, "doubts"),
        }
        for name, kind in CATALOGUE.items()
    ]


def kind_of(type_name: str) -> type[Event]:
    """The class of a type. Raises NotFound."""
    kind = CATALOGUE.get(type_name.replace("-", "_"))
    if kind is None:
        raise NotFound(
            f"there is no type of event called {type_name!r}", hint="`caseledger types` lists them"
        )
    return kind


def topic(kind: type[Event]) -> str:
    """What the type is about: the module that it stands in."""
    return kind.__module__.rpartition(".")[2]


def meaning(kind: type[Event]) -> str:
    """What the type means, in one paragraph."""
    return " ".join((kind.__doc__ or "").split())


def schema(type_name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of what a client gives for an event of a type: its fields and those
    that every event has, as in a case file. Raises NotFound."""
    kind = kind_of(type_name)
    made = kind.model_json_schema(mode="validation")
    _describe(made, kind, made.get("$defs", {}))
    made["description"] = meaning(kind)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": kind.type}


def _describe(shape: dict[str, Any], model: type[BaseModel], inner: dict[str, Any]) -> None:
    """Put what fields mean into the schema of a model, and into those of the models inside it."""
    for name, words in described(model).items():
        if name in shape["properties"]:
            shape["properties"][name]["description"] = words
    for info in model.model_fields.values():
        for part in _models_in(info.annotation):
            _describe(inner[part.__name__], part, inner)


def _models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of: `Part` for `tuple[Part, ...] | None`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inside in get_args(kind):
        yield from _models_in(inside)


def _fields(kind: type[Event]) -> list[dict[str, Any]]:
    shapes = schema(kind.type)["properties"]
    return [
        {
            "name": name,
            "meaning": described(kind)[name],
            "needed": info.is_required(),
            "choices": _choices(shapes[name]),
            "repeats": "array" in str(shapes[name].get("anyOf", "")),
        }
        for name, info in kind.model_fields.items()
        if name not in ENVELOPE
    ]


def _choices(shape: dict[str, Any]) -> list[str]:
    """The values that a field can have, where they are given one by one."""
    for one in (shape, *shape.get("anyOf", ())):
        if "enum" in one:
            return list(one["enum"])
    return []


# What a type needs --------------------------------------------------------------------------


@cache
def _sources() -> tuple[dict[str, ast.FunctionDef], dict[str, dict[str, ast.FunctionDef]]]:
    """The functions of the package `events` by name, and the methods of its classes."""
    functions: dict[str, ast.FunctionDef] = {}
    methods: dict[str, dict[str, ast.FunctionDef]] = {}
    for path in sorted(Path(events.__file__).parent.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                own = [part for part in node.body if isinstance(part, ast.FunctionDef)]
                methods[node.name] = {part.name: part for part in own}
    return functions, methods


def codes(kind: type[Event], method: str) -> list[str]:
    """Codes of the oddities that a method of a type can find, read from its source."""
    line = [base.__name__ for base in kind.__mro__]
    found: dict[str, None] = {}
    _collect(line, method, 0, found)
    return list(found)


def _collect(line: list[str], method: str, since: int, found: dict[str, None]) -> None:
    """Codes in a method, as the classes of `line` from `since` on have it."""
    functions, methods = _sources()
    for place in range(since, len(line)):
        body = methods.get(line[place], {}).get(method)
        if body is not None:
            _walk(body, line, place, found, functions)
            return


def _walk(
    body: ast.FunctionDef,
    line: list[str],
    place: int,
    found: dict[str, None],
    functions: dict[str, ast.FunctionDef],
) -> None:
    for node in ast.walk(body):
        match node:
            case ast.Call(func=ast.Name("Oddity"), args=[ast.Constant(str(code)), *_]):
                found[code] = None
            case ast.Call(func=ast.Name(name)) if name in functions:
                _walk(functions[name], line, place, found, functions)
            case ast.Call(func=ast.Attribute(ast.Call(func=ast.Name("super")), name)):
                _collect(line, name, place + 1, found)
            case ast.Call(func=ast.Attribute(ast.Name("self"), name)):
                _collect(line, name, 0, found)


# The page -----------------------------------------------------------------------------------


@cache
def examples() -> dict[str, tuple[str, str]]:
    """For each type that the shipped cases have: the case, and the lines of its first event."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(SHIPPED.glob("*/*.yml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for case in read(path):
            for proposal, (start, end) in zip(
                case.proposals, pairwise([*case.lines, len(lines) + 1]), strict=True
            ):
                if proposal.event.type not in found:
                    text = _one_event(lines[start - 1 : end - 1])
                    found[proposal.event.type] = (case.case_id, text)
    return found


def _one_event(lines: list[str]) -> str:
    """The lines of one event: no comments, and nothing of what comes after it."""
    indent = len(lines[0]) - len(lines[0].lstrip())
    kept = [lines[0]]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        if line.strip() and not line.lstrip().startswith("#"):
            kept.append(line)
    return textwrap.dedent("\n".join(kept))


def catalogue_markdown() -> str:
    """The page of the catalogue: every type with its fields, what it needs, and a real example."""
    parts: list[str] = []
    last = None
    for told in types():
        if told["topic"] != last:
            last = told["topic"]
            parts += [f"### {last.capitalize()}", ""]
        parts += _section(told)
    return "\n".join(parts).rstrip() + "\n"


def _section(told: dict[str, Any]) -> list[str]:
    name = told["type"]
    version = f" (version {told['version']})" if told["version"] > 1 else ""
    lines = [f"#### `{name}`{version}", "", told["meaning"], ""]
    if told["fields"]:
        lines += ["| field | |", "|---|---|"]
        lines += [_row(field) for field in told["fields"]]
        lines.append("")
    for words, found in (("Not applied", told["objections"]), ("Doubted", told["doubts"])):
        if found:
            lines += [f"{words}: {', '.join(f'`{code}`' for code in found)}.", ""]
    if name in examples():
        case_id, text = examples()[name]
        lines += [f"From `{case_id}`:", "", "```yaml", text, "```", ""]
    else:
        lines += [f"No shipped case has a {spoken_type(name)} event.", ""]
    return lines


def _row(field: dict[str, Any]) -> str:
    choices = f" One of {', '.join(field['choices'])}." if field["choices"] else ""
    needed = " **Needed.**" if field["needed"] else ""
    words = f"{field['meaning']}{choices}{needed}".replace("|", "\\|")
    return f"| `{field['name']}` | {words} |"
