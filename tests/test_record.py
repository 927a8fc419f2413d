"""The record refuses every change, whoever asks: our SQLite, a newer one, the shell."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.schema import create
from ledger.store import Draft, Store
from ledger.verify import verify
from tests.attacks import ATTACKS, CHANGES, LIES, NUL_LIES, PLACES, SHAPES, entry, insert
from tests.drafts import uuid

TABLES = ("events", "withheld", "meta")

Client = Callable[[Path, dict[str, str]], dict[str, str]]
"""Runs statements on a file, each by itself; gives the error of each, or an empty text."""


def plain_sqlite(path: Path, statements: dict[str, str]) -> dict[str, str]:
    """The SQLite of this Python, with its settings as they come."""
    said = {}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, statement in statements.items():
            try:
                connection.execute(statement)
                said[name] = ""
            except sqlite3.Error as error:
                said[name] = str(error) or repr(error)
    return said


def newer_sqlite(path: Path, statements: dict[str, str]) -> dict[str, str]:
    """The SQLite of apsw, in a process of its own: two libraries in one would spoil the locks."""
    script = (
        "import apsw, json, sys\n"
        "connection, said = apsw.Connection(sys.argv[1]), {}\n"
        "for name, statement in json.load(sys.stdin).items():\n"
        "    try:\n"
        "        connection.execute(statement)\n"
        "        said[name] = ''\n"
        "    except apsw.Error as error:\n"
        "        said[name] = str(error) or repr(error)\n"
        "print(json.dumps(said))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        check=True,
    )
    said: dict[str, str] = json.loads(done.stdout)
    return said


def sqlite_shell(path: Path, statements: dict[str, str]) -> dict[str, str]:
    """The command line of SQLite, where there is one."""
    said = {}
    for name, statement in statements.items():
        done = subprocess.run(
            ["sqlite3", str(path)],
            input=f"{statement};\n",
            capture_output=True,
            text=True,
            check=False,
        )
        said[name] = done.stderr.strip() if done.returncode or done.stderr else ""
    return said


CLIENTS = [plain_sqlite, newer_sqlite, *([sqlite_shell] if shutil.which("sqlite3") else [])]
by_every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of three events: A 1, B 1, A 2."""
    made = tmp_path / "ledger.db"
    create(made, "Test register")
    with Store(made) as store, store.writing():
        store.conn.execute("create table cases (case_id text primary key)")
        store.conn.execute("insert into cases values ('A'), ('B'), ('new')")
        for number, case_id in enumerate("ABA", start=1):
            store.append(
                Draft(uuid(number), case_id, "case_opened", 1, None, "clerk", data={"n": number})
            )
    return made


def contents(path: Path) -> list[tuple[Any, ...]]:
    """Every row of the record."""
    with closing(sqlite3.connect(path)) as connection:
        return [row for table in TABLES for row in connection.execute(f"select * from {table}")]


@by_every_client
def test_a_row_can_never_be_changed_by_any_client(path: Path, client: Client) -> None:
    before = contents(path)
    assert [name for name, error in client(path, CHANGES).items() if not error] == []
    assert contents(path) == before


@by_every_client
def test_an_event_can_only_stand_at_the_end(path: Path, client: Client) -> None:
    before = contents(path)
    assert [name for name, error in client(path, PLACES).items() if not error] == []
    assert contents(path) == before


@by_every_client
def test_no_column_can_say_what_the_entry_does_not(path: Path, client: Client) -> None:
    before = contents(path)
    assert [name for name, error in client(path, LIES).items() if not error] == []
    assert contents(path) == before


@by_every_client
def test_nothing_can_hide_behind_a_nul(path: Path, client: Client) -> None:
    before = contents(path)
    assert [name for name, error in client(path, NUL_LIES).items() if not error] == []
    assert contents(path) == before


@by_every_client
def test_an_event_of_no_known_shape_is_refused(path: Path, client: Client) -> None:
    before = contents(path)
    assert [name for name, error in client(path, SHAPES).items() if not error] == []
    assert contents(path) == before


@by_every_client
@pytest.mark.parametrize("verb", ["insert or ignore", "insert or replace"])
def test_no_attack_succeeds_by_another_verb(path: Path, client: Client, verb: str) -> None:
    """OR IGNORE may drop what breaks a rule without a word; it may not store it."""
    before = contents(path)
    client(
        path, {name: text.replace("insert into", f"{verb} into") for name, text in ATTACKS.items()}
    )
    assert contents(path) == before


@by_every_client
@pytest.mark.parametrize(
    "statement",
    [
        insert(),
        insert(case_id="new", version=1),
        insert(occurred_on=None, caused_by=None, corrects=None, source=None, confidence=None),
        insert(occurred_on="2022"),
        insert(occurred_on="2022-10"),
        insert(source=r"a backslash \u0000 and no escape"),
        insert(source="\x1f\x7f\u2028\U0001f600 \"quoted\" 'single' \\ /"),
        insert(data={"text": "x" * 60_000}),
        insert(
            columns={
                "entry": entry(recorded_by={"sealed": "0" * 64}, resolved={"role": "inspector"}),
                "recorded_by": "inspector",
            }
        ),
    ],
    ids=[
        "next of its case",
        "first of its case",
        "nothing but the least",
        "a year",
        "a month",
        "backslash",
        "odd characters",
        "long",
        "sealed name",
    ],
)
def test_any_client_may_add_an_event_that_keeps_the_rules(
    path: Path, client: Client, statement: str
) -> None:
    assert client(path, {"next": statement}) == {"next": ""}
    with Store(path, read_only=True) as store:
        assert store.size() == 4
        assert verify(store).problems == []


@by_every_client
def test_a_refusal_says_which_rule_was_broken(path: Path, client: Client) -> None:
    said = client(
        path,
        {
            "never changed": CHANGES["change type"],
            "never removed": CHANGES["remove one"],
            "position must be the next": PLACES["gap"],
            "version must be the next": PLACES["version left out"],
            "already recorded": CHANGES["replace by event_id"],
            "recorded_at must not lie before": PLACES["recorded before the last"],
            "the entry says what the columns say": LIES["source says otherwise"],
            "occurred_on is a day, a month or a year": SHAPES["occurred_on 2022-02-30"],
        },
    )
    assert [words for words, error in said.items() if words not in error] == []


def test_a_public_copy_may_withhold_events_but_not_more_than_it_says(path: Path) -> None:
    """Two of A's events are withheld, so its next version may be up to 2 higher, not 3."""
    made = {"made public": "insert into settings values ('published_at', '2026-12-01')"}
    withheld = made | {
        f"withhold {position}": f"insert into withheld values ({position}, zeroblob(32))"
        for position in (4, 5)
    }
    too_far = insert(version=6, columns={"position": 6})
    backwards = insert(version=2, columns={"position": 6})
    as_far_as_can_be = insert(version=5, columns={"position": 6})
    said = plain_sqlite(
        path,
        {**withheld, "too far": too_far, "backwards": backwards, "far": as_far_as_can_be},
    )
    assert [name for name, error in said.items() if error] == ["too far", "backwards"]
    again = insert(version=7, event_id=uuid(5), columns={"position": 7})
    assert plain_sqlite(path, {"again": again})["again"]
    changed = plain_sqlite(
        path, {"a": "update withheld set leaf_hash = leaf_hash", "b": "delete from withheld"}
    )
    assert all(changed.values())
    with Store(path, read_only=True) as store:
        assert store.size() == 6
        assert verify(store).problems == []


def test_the_format_of_a_ledger_only_grows(path: Path) -> None:
    said = plain_sqlite(
        path,
        {str(number): f"update meta set format = {number}" for number in (2, 1, 3)},
    )
    assert [number for number, error in said.items() if error] == ["1"]


ODD = [
    "plain",
    "é and e\u0301",
    "日本語 \U0001f600",
    "quotes \" and ' and `",
    "backslash \\ \\u0041 \\\\",
    "tab \t line \n return \r",
    "".join(map(chr, range(1, 32))),
    "\x7f\x80\x9f\u2028\u2029\ufeff\uffff",
    "/ </script> &amp;",
    "null",
    "12e3",
    "",
]


def test_two_versions_of_sqlite_see_the_same_events(path: Path) -> None:
    query = (
        "select position, event_id, case_id, source, data, data ->> '$.text' as text,"
        " entry ->> '$.source' as said, hex(leaf_hash) as leaf, hex(entry) as entry"
        " from events order by position"
    )
    with Store(path) as store, store.writing():
        for number, text in enumerate(ODD, start=10):
            store.append(
                Draft(
                    uuid(number),
                    "B",
                    "note_added",
                    1,
                    "2022",
                    "clerk",
                    source=text,
                    data={"text": text, "list": [1, -(2**53) + 1, None, True, {"é": text}["é"]]},
                )
            )
    with closing(sqlite3.connect(path)) as connection:
        ours = [list(row) for row in connection.execute(query)]
    script = (
        "import apsw, json, sys\n"
        "print(apsw.sqlite_lib_version())\n"
        "rows = apsw.Connection(sys.argv[1]).execute(sys.argv[2])\n"
        "print(json.dumps([list(row) for row in rows]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), query],
        capture_output=True,
        text=True,
        check=True,
    )
    version, theirs = done.stdout.splitlines()
    assert version != sqlite3.sqlite_version
    assert ours == json.loads(theirs)
    assert [row[5] for row in ours[3:]] == [row[6] for row in ours[3:]] == ODD
