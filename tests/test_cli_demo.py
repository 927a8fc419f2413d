"""The demo: built, brought up to date, served; and what it must not take away."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

import cli
from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from ledger.door import proposed
from ledger.errors import Refused
from ledger.filing import DEMO_BY, DEMO_TITLE, build_demo

EVENTS = sum(len(case.proposals) for path in SHIPPED.glob("clearview/*.yml") for case in read(path))


def size(path: Path) -> int:
    with Book(path, read_only=True) as book:
        assert book.check() == []
        return book.store.size()


def older_demo(folder: Path, by: str) -> Path:
    """A demo whose first event says something else than the shipped one of that id."""
    folder.mkdir()
    path = folder / "ledger.db"
    create(path, DEMO_TITLE)
    (case,) = read(SHIPPED / "clearview" / "cnil.yml")
    first = case.proposals[0]
    fields = {"title": "As it was told before", "authority": "CNIL"}
    with Book(path) as book:
        book.append([proposed(case.case_id, "case_opened", fields, event_id=first.event_id)], by=by)
    return path


def test_the_demo_holds_the_clearview_cases_and_building_it_again_adds_nothing(
    tmp_path: Path,
) -> None:
    path = build_demo(tmp_path / "a folder" / "demo")
    first = size(path)
    assert first >= EVENTS
    assert build_demo(tmp_path / "a folder" / "demo") == path
    assert size(path) == first
    assert [found.name for found in path.parent.iterdir() if found.name.startswith(".")] == []


def test_what_somebody_added_to_the_demo_stays(tmp_path: Path) -> None:
    path = build_demo(tmp_path)
    before = size(path)
    with Book(path) as book:
        book.append([proposed("cnil-clearview", "note_added", {"text": "mine"})], by="me")
    build_demo(tmp_path)
    assert size(path) == before + 1


def test_an_older_demo_is_replaced(tmp_path: Path) -> None:
    path = older_demo(tmp_path / "demo", DEMO_BY)
    build_demo(tmp_path / "demo")
    assert size(path) >= EVENTS
    assert {found.name for found in path.parent.iterdir()} <= {
        f"ledger.db{ending}" for ending in ("", "-wal", "-shm", ".lock")
    }


def test_an_older_demo_with_events_of_ones_own_is_not(tmp_path: Path) -> None:
    path = older_demo(tmp_path / "demo", "me")
    with pytest.raises(Refused, match="events of your own"):
        build_demo(tmp_path / "demo")
    assert size(path) == 1


def test_another_ledger_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    create(path, "A register of mine")
    before = path.read_bytes()
    with pytest.raises(Refused, match="not the demo"):
        build_demo(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.datasette
def test_the_demo_is_served_until_ctrl_c_which_ends_it_in_order(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import cli; cli.main()", "demo", "there"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        told: list[str] = []
        while not told or " is open at " not in told[-1]:
            told.append(running.stdout.readline())
            assert told[-1], running.communicate()
        address = told[-1].partition(" is open at ")[2].split()[0]
        with urlopen(f"{address}ledger/cases.json?_shape=array", timeout=60) as answer:
            assert b"cnil-clearview" in answer.read()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, "Traceback" in said) == (0, False)
    assert any(line.startswith("cnil-clearview") for line in told)
