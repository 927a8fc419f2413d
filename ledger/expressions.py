"""Expressions of a mapping: Jinja2's, in its sandbox, without statements.

Jinja2 is a small language that many people know, and Datasette brings it. What is compiled here
reads a row and the mapping's own tables, and nothing else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from jinja2 import (
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
    meta,
    nodes,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ledger.mapping_filters import FILTERS

GIVEN = frozenset({"row", "rows", "previous", "first", "last", "item"})
"""Names that every expression knows."""

Value = Callable[[Context], Any]
"""Gives a value for a row. Raises WrongRowError."""

_RESULT = "_result"
_INNER = {"self", "super", "caller", "varargs", "kwargs"}
"""Names that mean the template itself."""
_ONE_EXPRESSION = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)
_FAULTS = (
    TemplateError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)


class WrongRowError(Exception):
    """A row from which the mapping makes no value."""


def sandbox() -> Environment:
    """What expressions are compiled in: no files, no attributes that begin with an underscore, and
    nothing at hand but the row: no range, no mutable things."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=_shown, autoescape=False
    )
    environment.filters.update(FILTERS)
    environment.globals.clear()
    return environment


def compiled(
    environment: Environment, text: str, place: str, known: set[str]
) -> tuple[Value, set[str]]:
    """What gives the value of a text with expressions, and the names it needs.

    A text that is one expression has its value, any other the text. Raises ValueError where it is
    none.
    """
    if "{%" in text:
        raise ValueError("a mapping has expressions {{ … }} and no statements")
    only = _ONE_EXPRESSION.fullmatch(text.strip())
    try:
        tree = environment.parse(text)
        names = meta.find_undeclared_variables(tree)
        if inner := _INNER & {name.name for name in tree.find_all(nodes.Name)}:
            raise ValueError(f"there is nothing called {min(inner)}")
        if only and (direct := _direct(only[1].strip(), known)):
            return direct, names
        if only:
            # Checks that it is one expression and nothing else.
            environment.compile_expression(only[1])
            text = f"{{% set {_RESULT} = ({only[1]}) %}}"
        render = environment.from_string(text).root_render_func
    except TemplateSyntaxError as error:
        raise ValueError(error.message or "this is no expression") from None
    except (TemplateError, SyntaxError, RecursionError, OverflowError) as error:
        raise ValueError(f"this is no expression: {error}") from None
    return lambda row: _evaluated(render, row, place, is_text=not only), names


def _direct(expression: str, known: set[str]) -> Value | None:
    """A plain name needs no template."""
    if not expression.isidentifier() or expression in ("true", "false", "none", "not"):
        return None
    if expression in known and expression not in GIVEN:
        return None
    return lambda row: row.parent[expression] if expression in row.parent else _unknown(expression)


def _unknown(name: str) -> NoReturn:
    raise WrongRowError(f"there is no {name!r} here")


def _evaluated(
    render: Callable[[Context], Iterator[str]], row: Context, at: str, *, is_text: bool
) -> Any:
    try:
        text = "".join(render(row))
        value = text if is_text else row.vars[_RESULT]
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
        return list(value) if isinstance(value, Iterator) else value
    except WrongRowError:
        raise
    except _FAULTS as error:
        raise WrongRowError(f"{error or type(error).__name__} ({at})") from None


def _shown(value: Any) -> Any:
    """What is put into a text. Nobody wants to read `None` there."""
    if value is None:
        raise ValueError("the value put into the text is unknown")
    return value


class Lookup(dict[str, Any]):
    """A table of the mapping, which says what it lacks."""

    def __init__(self, name: str, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self._name = name

    def __missing__(self, key: object) -> NoReturn:
        raise ValueError(f"{key!r} is not in the lookup {self._name}")
