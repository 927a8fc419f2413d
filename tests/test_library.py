"""What a program may rely on, and what the modules of the program leave to each other."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import errors
from ledger.errors import LedgerError

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "ledger" / "library.md").read_text(encoding="utf-8")
PRODUCT = sorted(
    path for part in ("events/**/*.py", "ledger/**/*.py", "cli.py") for path in ROOT.glob(part)
)


def test_the_page_tells_every_kind_of_refusal_with_its_exit_code() -> None:
    told = {name: int(code) for name, code in re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.M)}
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
    assert told == {
        kind.__name__: kind.exit_code
        for kind in kinds
        if issubclass(kind, LedgerError) and kind is not LedgerError
    }


def private_uses(source: str) -> Iterator[str]:
    """Names with an underscore in front that a module takes from other modules of the program."""
    tree, modules = ast.parse(source), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("events", "ledger")
        ):
            modules |= {alias.asname or alias.name for alias in node.names}
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            is_private = node.attr.startswith("_") and not node.attr.startswith("__")
            if is_private and node.value.id in modules and node.value.id.islower():
                yield f"{node.value.id}.{node.attr}"


def test_no_module_takes_what_is_private_to_another() -> None:
    wrong = {
        path.relative_to(ROOT).as_posix(): used
        for path in PRODUCT
        if (used := list(private_uses(path.read_text(encoding="utf-8"))))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "source",
    ["from ledger.book import _day", "from ledger import book\n\nbook._day('on', '2020')"],
)
def test_a_private_name_is_seen_however_it_is_taken(source: str) -> None:
    assert len(list(private_uses(source))) == 1


def test_importing_the_ledger_loads_nothing_yet() -> None:
    program = """
import sys
before = set(sys.modules)
import ledger
print(*sorted(set(sys.modules) - before))
"""
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert loaded == "ledger\n"
