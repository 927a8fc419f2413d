"""What a published row is: one class per table, one field per column.

A new column is one field with its description under it; a new table is one class. Types decide
the column: `str`, `int`, `bool` (0 or 1), and whether the value may be missing. A field
`x_minor` is money in minor units; its row has `currency` and `digits`.
"""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar, TypeVar, dataclass_transform

TABLES: dict[str, type["Row"]] = {}
"""Every published table by name, in the order in which a reader meets them."""


@dataclass(slots=True, kw_only=True, eq=False)
class Row:
    """A row of a published table, but for the case that it belongs to."""

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    """Columns that, with the case, name the row; empty where the creating position does."""
    columns: ClassVar[tuple[str, ...]]
    """Columns that carry what is known, in order: all but the two positions."""
    values: ClassVar[tuple[str, ...]]
    """Those of them that are no part of the key."""

    first_event: int = 0
    """Position of the event that made the row."""
    last_event: int = 0
    """Position of the event that last changed the row in legal order; the correction, where the
    value comes from one."""

    @property
    def ref(self) -> str:
        """The row's key as the table `changes` has it: joined by `/`, or the creating position."""
        key = self.key
        if len(key) == 1:
            return str(getattr(self, key[0]))
        return "/".join([str(getattr(self, name)) for name in self.key]) or str(self.first_event)


R = TypeVar("R", bound=Row)


@dataclass_transform(kw_only_default=True)
def published(table: str, key: tuple[str, ...]) -> Callable[[type[R]], type[R]]:
    """Make a class the rows of `table`, which `key` names within a case."""

    def register(cls: type[R]) -> type[R]:
        made = dataclass(slots=True, kw_only=True, eq=False)(cls)
        assert table not in TABLES, f"two classes are called {table}"
        made.table, made.key = table, key
        made.columns = tuple(f.name for f in fields(made) if f.name not in Row.__slots__)
        made.values = tuple(name for name in made.columns if name not in key)
        TABLES[table] = made
        return made

    return register


@cache
def described(cls: type) -> dict[str, str]:
    """The description under each field of a row or an event, those that it has from its base
    classes included, on one line each."""
    found: dict[str, str] = {}
    own = cls.__module__.partition(".")[0]
    for base in reversed([b for b in cls.__mro__ if b.__module__.partition(".")[0] == own]):
        body = _class_bodies(inspect.getmodule(base)).get(base.__name__, [])
        for field, following in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match following:
                    case ast.Expr(value=ast.Constant(value=str(words))):
                        found[field.target.id] = " ".join(words.split())
    return found


@cache
def _class_bodies(module: Any) -> dict[str, list[ast.stmt]]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}
