"""What the documents show is what the program does: every console block is run.

A line that begins with `$` is a command, `>` goes on with it, and the lines below are what it must
print. `…` stands for what differs from one day to the next. The blocks of a document run one after
the other in one folder.
"""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
LIBRARY = ROOT / "ledger" / "library.md"
DOCUMENTS = [README, LIBRARY, ROOT / "ledger" / "README.md", ROOT / "events" / "README.md"]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps(document: Path) -> list[tuple[str, str]]:
    """Commands of the document, each with what it must print."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(document.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> ") and found and not found[-1][1]:
                found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(lines).strip()) for command, lines in found]


def run(command: str, folder: Path) -> str:
    """What a command prints, on both channels."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "CASELEDGER_BY": "clerk", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "\n".join(line.rstrip() for line in ran.stdout.splitlines()).strip()


def matches(printed: str, shown: str) -> bool:
    """Whether what was printed is what the document shows."""
    pattern = ".*?".join(re.escape(part) for part in shown.split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def test_every_console_block_prints_what_it_shows(tmp_path: Path) -> None:
    found = steps(README)
    assert found, "the README shows no session"
    for command, shown in found:
        printed = run(command, tmp_path)
        assert matches(printed, shown), f"$ {command}\n\nshown:\n{shown}\n\nprinted:\n{printed}"


@pytest.mark.parametrize("document", [README, LIBRARY], ids=lambda path: path.name)
def test_the_programs_in_a_document_run(document: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", document.read_text("utf-8"), re.M | re.S)
    program = "\n".join(blocks)
    wanted = re.findall(r"print\(.*\)  # (.*)", program)
    assert wanted
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.split("\n")[:-1], ran.stderr) == (wanted, "")


def test_every_name_that_the_library_promises_is_there() -> None:
    table = LIBRARY.read_text("utf-8").partition("|---|---|")[2].partition("\n\n")[0]
    for row in table.strip().splitlines():
        modules, names = (re.findall(r"`([\w.]+)`", cell) for cell in row.strip("| ").split(" | "))
        places: list[Any] = [importlib.import_module(module) for module in modules]
        places += [place.Book for place in places if hasattr(place, "Book")]
        places += [place.LedgerError("x") for place in places if hasattr(place, "LedgerError")]
        missing = [n for n in names if not any(hasattr(place, n) for place in places)]
        assert (modules, missing) == (modules, [])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_a_document_links_to_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("printed", "shown", "is_so"),
    [("a b", "a b", True), ("a b", "a …", True), ("a b", "a c", False), ("a.b", "a?b", False)],
)
def test_only_the_ellipsis_stands_for_anything(printed: str, shown: str, is_so: bool) -> None:
    assert matches(printed, shown) is is_so
