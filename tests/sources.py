"""The source of the program and of its tests, as the rules of the house read it."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = sorted(
    path for part in ("events/**/*.py", "ledger/**/*.py", "cli.py") for path in ROOT.glob(part)
)
TESTS = sorted(ROOT.glob("tests/**/*.py"))

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def module_name(path: Path) -> str:
    """`ledger.web.pages` for ledger/web/pages.py, `events` for events/__init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
