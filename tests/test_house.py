"""The rules of the house that a machine can check: sizes, names, words, and who reads the clock."""

import ast
import importlib
from collections.abc import Iterator
from inspect import signature
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from events.base import CATALOGUE, Event
from events.published import TABLES, described
from tests.sources import FUNCTION, PRODUCT, ROOT, TESTS, module_name, tree_of

MODULE_LINES = 450
FUNCTION_LINES = 60

CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}
"""What reads the wall clock."""

VAGUE = {"utils", "util", "helpers", "helper", "common", "models", "types", "misc"}


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """`datetime.datetime.now` for an expression that comes to that by the imports `names`."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and (before := dotted(node.value, names)):
        return f"{before}.{node.attr}"
    return ""


def clock_readings(tree: ast.Module) -> list[str]:
    """Every use of the wall clock in a module, under whatever name it was imported."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return [
        f"line {node.lineno}: {full}"
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute)) and (full := dotted(node, names)) in CLOCK
    ]


def function_sizes(source: str) -> Iterator[tuple[str, int]]:
    """Every function with its lines: docstring and code, without blank lines and comments."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTION):
            body = (line.strip() for line in lines[node.lineno - 1 : node.end_lineno])
            yield node.name, sum(1 for line in body if line and not line.startswith("#"))


def test_only_the_clock_reads_the_clock() -> None:
    wrong = [
        f"{module_name(path)} {reading}"
        for path in PRODUCT
        if module_name(path) != "ledger.clock"
        for reading in clock_readings(tree_of(path))
    ]
    assert wrong == []


def test_no_module_is_too_long_to_know_ones_way_in() -> None:
    lengths = {
        module_name(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*PRODUCT, *TESTS]
    }
    assert {name: n for name, n in lengths.items() if n > MODULE_LINES} == {}


def test_no_function_is_too_long_to_read_at_once() -> None:
    wrong = {
        f"{module_name(path)}.{name}": lines
        for path in PRODUCT
        for name, lines in function_sizes(path.read_text(encoding="utf-8"))
        if lines > FUNCTION_LINES
    }
    assert wrong == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    wrong = [path for path in [*PRODUCT, *TESTS] if path.stem.removeprefix("test_") in VAGUE]
    assert wrong == []


def test_no_test_can_be_passed_over() -> None:
    wrong = [
        f"{path.name}, line {node.lineno}: {node.attr}"
        for path in TESTS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("skip", "skipif", "xfail", "importorskip", "skipTest")
    ]
    assert wrong == []


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """The models inside a type: `Item` for `tuple[Item, ...] | None`, with those inside them."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for info in kind.model_fields.values():
            yield from models_in(info.annotation)
    else:
        for inside in get_args(kind):
            yield from models_in(inside)


def catalogue() -> list[type[Event]]:
    for path in sorted(ROOT.glob("events/*.py")):
        importlib.import_module(module_name(path))
    return list(CATALOGUE.values())


def test_every_type_of_event_says_what_it_is_and_what_its_fields_mean() -> None:
    wrong = []
    for model in [model for event in catalogue() for model in models_in(event)]:
        if not vars(model).get("__doc__"):
            wrong.append(model.__name__)
        wrong += [
            f"{model.__name__}.{name}"
            for name in model.model_fields
            if not described(model).get(name)
        ]
    assert wrong == []


def undescribed(row: type) -> list[str]:
    """Columns of a table that have no description under them."""
    return [name for name in signature(row).parameters if not described(row).get(name)]


def test_every_published_column_says_what_it_holds() -> None:
    wrong = {table: columns for table, row in TABLES.items() if (columns := undescribed(row))}
    assert wrong == {}


def test_every_published_table_says_what_a_row_is() -> None:
    """A dataclass that says nothing gets its signature for a docstring."""
    wrong = [
        table
        for table, row in TABLES.items()
        if not row.__doc__ or row.__doc__.startswith(f"{row.__name__}(")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import datetime as moment\nmoment.utcnow()",
        "import datetime as dt\ndt.date.today()",
        "from datetime import date\ndef f(day=None):\n    return day or date.today()",
        "from time import time as seconds\nseconds()",
    ],
)
def test_a_look_at_the_clock_is_seen_under_any_name(source: str) -> None:
    assert len(clock_readings(ast.parse(source))) == 1


def test_comments_and_blank_lines_do_not_make_a_function_longer() -> None:
    source = 'def f():\n    """Doc."""\n\n    # why\n    return 1\n'
    assert list(function_sizes(source)) == [("f", 3)]
