"""Who may import whom: down the floors, along the ladder, and nothing that must stay out."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import FUNCTION, PRODUCT, ROOT, module_name, tree_of

FLOORS = {"cli": {"ledger", "events"}, "ledger": {"events"}, "events": set[str]()}
"""What each part of the program may import of the others."""

EVENTS: dict[str, set[str]] = {
    "words": set(),
    "dates": set(),
    "money": set(),
    "published": set(),
    "provisions": set(),
    "periods": {"dates"},
    "rows_case": {"published"},
    "rows_money": {"published"},
    "rows_record": {"published"},
    "rows": {"rows_case", "rows_money", "rows_record"},
    "case": {"words", "dates", "money", "provisions", "published", "periods", "rows"},
    "base": {"words", "dates", "money", "provisions", "published", "periods", "rows", "case"},
}
"""What the modules under the topics may import of each other.

A topic is a module that defines types of events. It may import all of these, and what topics
share: the modules that define no event, like `debts`. Those may import all of these too, but
not each other. Those in `WHOLE` and the package itself may import every module.
"""

WHOLE = ("history", "versions")
"""Modules that look at events of every type."""

BETWEEN_TOPICS: dict[tuple[str, str], str] = {}
"""Topics do not import each other but for a reason, which belongs here: none has one today."""

LEDGER: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "seal": {"errors", "clock"},
    "lock": {"errors", "clock"},
    "entry": {"errors", "seal"},
    "private": {"errors", "seal"},
    "placing": {"errors", "lock", "private"},
    "schema": {"errors", "clock", "lock", "placing"},
    "lot": {"errors", "seal", "entry"},
    "store": {"errors", "clock", "lock", "entry", "lot", "schema"},
    "verify": {"errors", "clock", "seal", "entry", "schema", "store"},
    "moments": {"errors", "entry", "store"},
    "namesakes": {"entry", "store"},
    "doctor": {
        "errors",
        "clock",
        "seal",
        "lock",
        "entry",
        "schema",
        "store",
        "projections",
        "comparison",
        "private",
    },
    "backup": {"errors", "clock", "seal", "lock", "placing", "store", "verify"},
    "search": {"errors"},
    "projections": {"errors", "clock", "entry", "schema", "store", "search"},
    "misfits": set(),
    "door": {"errors", "clock", "entry", "schema", "store", "misfits"},
    "legible": {"errors", "entry", "store", "door"},
    "calendars": {"errors"},
    "yamlfile": {"errors"},
    "expectations": {"errors", "yamlfile"},
    "casefiles": {"errors", "door", "expectations", "yamlfile"},
    "catalogue": {"errors", "casefiles"},
    "comparison": {"schema", "projections", "search"},
    "sealing": {"errors", "entry", "seal", "private", "store"},
    "secrecy": {"entry"},
    "confiding": {"errors", "entry", "calendars", "door", "sealing", "secrecy"},
    "settling": {"errors", "clock", "entry", "door"},
    "appending": {
        "errors",
        "namesakes",
        "entry",
        "store",
        "projections",
        "door",
        "calendars",
        "sealing",
        "settling",
        "confiding",
    },
    "book": {
        "errors",
        "entry",
        "schema",
        "store",
        "projections",
        "door",
        "appending",
        "comparison",
        "legible",
        "moments",
        "namesakes",
        "placing",
        "private",
        "seal",
        "sealing",
    },
    "answers": {"errors", "entry", "misfits", "projections", "book", "search"},
    "ics": {"errors"},
    "atom": {"errors"},
    "serve": {"errors", "schema"},
    "filing": {"errors", "lock", "placing", "casefiles", "expectations", "book"},
    "printing": set(),
    "forms": {"errors"},
    "options": {"errors", "entry", "forms"},
    "terminal": {"errors", "clock", "printing"},
    "receipts": {"appending", "printing"},
    "recording": {
        "namesakes",
        "errors",
        "entry",
        "door",
        "book",
        "forms",
        "receipts",
        "options",
        "terminal",
        "importers",
        "printing",
    },
    "confidential": {
        "errors",
        "schema",
        "entry",
        "lock",
        "sealing",
        "secrecy",
        "verify",
        "door",
        "book",
        "private",
    },
    "audit": {"errors", "verify", "schema", "legible", "book", "confidential"},
    "due": {"errors", "clock", "entry", "store", "moments", "door", "book"},
    "exposure": {"calendars", "answers", "book", "due"},
    "rates": {"errors", "door", "book", "answers", "due"},
    "import_report": set(),
    "spool": {"errors", "door", "import_report"},
    "jsonl": {"errors", "door", "entry", "import_report", "spool"},
    "mapping_filters": set(),
    "expressions": {"mapping_filters"},
    "mapping": {"errors", "yamlfile", "expressions", "door"},
    "mapped": {
        "errors",
        "door",
        "yamlfile",
        "import_report",
        "spool",
        "expressions",
        "mapping",
    },
    "revisions": {"errors", "entry", "door", "book", "spool"},
    "restoring": {"errors", "placing", "store", "verify", "backup", "book", "spool"},
    "importers": {
        "errors",
        "placing",
        "door",
        "casefiles",
        "appending",
        "book",
        "filing",
        "import_report",
        "spool",
        "jsonl",
        "mapping",
        "mapped",
        "revisions",
        "restoring",
    },
    "exports": {"errors", "projections", "book"},
    "xes": {"errors", "placing", "book"},
    "meanings": {"projections", "search"},
    "workbook": {"errors", "placing", "projections", "search", "book", "meanings", "exports"},
    "publish": {"errors", "clock", "placing", "schema", "store", "audit", "book"},
    "keeping": {
        "errors",
        "schema",
        "confidential",
        "options",
        "recording",
        "terminal",
        "printing",
        "audit",
        "verify",
        "doctor",
        "backup",
        "restoring",
        "exports",
        "workbook",
        "xes",
    },
    "plain": {"errors", "book", "exports", "serve"},
    "publishing": {
        "errors",
        "printing",
        "options",
        "recording",
        "terminal",
        "confidential",
        "publish",
        "plain",
        "serve",
    },
    "web": {
        "errors",
        "clock",
        "entry",
        "schema",
        "projections",
        "book",
        "answers",
        "ics",
        "atom",
        "search",
        "meanings",
        "catalogue",
    },
}
"""What each module of the ledger may import of the others. Nothing imports `web`."""

THIRD_PARTY = {
    "events": {"pydantic", "pydantic_core"},
    "ledger.errors": set[str](),
    "ledger.clock": set[str](),
}
"""Parts that keep to the standard library and these packages."""


def imports(tree: ast.AST) -> Iterator[str]:
    """What is imported anywhere in `tree`, as dotted names: `from a import b` is `a.b`.

    Relative imports begin with a dot; the house has none.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            yield from (f"{source}.{alias.name}" for alias in node.names)


def inner(names: Iterator[str], package: str) -> set[str]:
    """The modules of `package` among imported names; "" is the package itself.

    A name of the package is a module of it where there is such a file.
    """
    found = set()
    for name in names:
        first, _, rest = name.partition(".")
        if first == package:
            module = rest.partition(".")[0]
            there = (ROOT / package / f"{module}.py").exists() or (ROOT / package / module).is_dir()
            found.add(module if there else "")
    return found


def unit(path: Path) -> str:
    """The module of a package that a file belongs to: `web` for ledger/web/pages.py."""
    return module_name(path).partition(".")[2].partition(".")[0]


def defines_events(tree: ast.Module) -> bool:
    """Whether a module has a class `X(Event, name="…")`."""
    return any(
        isinstance(node, ast.ClassDef) and any(word.arg == "name" for word in node.keywords)
        for node in tree.body
    )


TOPICS = {unit(path) for path in ROOT.glob("events/*.py") if defines_events(tree_of(path))}


def allowed_in_events(module: str) -> set[str]:
    below = {"base", *EVENTS["base"]}
    if module in EVENTS:
        return EVENTS[module]
    if module in ("", *WHOLE):
        return {unit(path) for path in ROOT.glob("events/*.py")}
    if module in TOPICS:
        shared = {unit(path) for path in ROOT.glob("events/*.py")} - TOPICS - {"", *WHOLE}
        return below | shared | {to for source, to in BETWEEN_TOPICS if source == module}
    return below


def test_imports_go_only_down_from_the_command_line_to_the_ledger_to_the_events() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in PRODUCT
        for name in imports(tree_of(path))
        if (there := name.partition(".")[0]) in {*FLOORS, "tests"}
        and there != (here := module_name(path).partition(".")[0])
        and there not in FLOORS[here]
    ]
    assert wrong == []


def test_no_import_is_relative() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in PRODUCT
        for name in imports(tree_of(path))
        if name.startswith(".")
    ]
    assert wrong == []


def test_events_import_each_other_only_along_the_chain() -> None:
    wrong = [
        f"events.{unit(path)} imports {module or 'events itself'}"
        for path in sorted(ROOT.glob("events/*.py"))
        for module in inner(imports(tree_of(path)), "events") - allowed_in_events(unit(path))
    ]
    assert wrong == []


def test_every_exception_between_topics_is_in_use() -> None:
    arrows = {
        (topic, module)
        for topic in TOPICS
        for module in inner(imports(tree_of(ROOT / "events" / f"{topic}.py")), "events")
    }
    assert set(BETWEEN_TOPICS) - arrows == set()


def test_the_ledger_imports_itself_only_along_the_ladder() -> None:
    """A new module needs its own line in the table `LEDGER`; the package itself imports nothing."""
    wrong = [
        f"{module_name(path)} imports {module or 'ledger itself'}"
        for path in PRODUCT
        if module_name(path).partition(".")[0] == "ledger"
        for module in inner(imports(tree_of(path)), "ledger")
        - LEDGER.get(unit(path), set())
        - ({unit(path)} if unit(path) else set())
    ]
    assert wrong == []


def test_every_module_of_the_ledger_has_its_place_on_the_ladder() -> None:
    there = {unit(path) for path in PRODUCT if module_name(path).startswith("ledger.")}
    assert there - set(LEDGER) == set()


def test_what_must_stay_plain_imports_no_other_package() -> None:
    wrong = [
        f"{module_name(path)} imports {package}"
        for path in PRODUCT
        for part, permitted in THIRD_PARTY.items()
        if f"{module_name(path)}.".startswith(f"{part}.")
        for package in {name.partition(".")[0] for name in imports(tree_of(path))}
        if package not in {*sys.stdlib_module_names, *FLOORS, *permitted}
    ]
    assert wrong == []


def test_only_the_ledger_touches_sqlite() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in PRODUCT
        if module_name(path).partition(".")[0] != "ledger"
        for name in imports(tree_of(path))
        if name.partition(".")[0] in ("sqlite3", "sqlite_utils", "apsw")
    ]
    assert wrong == []


def test_datasette_is_imported_only_where_pages_are_made() -> None:
    """In cli.py and ledger/serve.py only inside functions: most commands need none of it."""
    wrong = []
    for path in PRODUCT:
        name, tree = module_name(path), tree_of(path)
        if f"{name}.".startswith(("ledger.web.", "ledger.publish.")):
            continue
        if name in ("cli", "ledger.serve"):
            for function in [n for n in ast.walk(tree) if isinstance(n, FUNCTION)]:
                function.body = [ast.Pass()]
        wrong += [name for found in imports(tree) if found.partition(".")[0] == "datasette"]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "import events.base",
        "import events.base as b",
        "from events.base import Event",
        "from events import base",
        "def f():\n    from events import base",
        "if TYPE_CHECKING:\n    from events.base import Event",
    ],
)
def test_an_import_is_seen_however_it_is_written(source: str) -> None:
    assert inner(imports(ast.parse(source)), "events") == {"base"}
