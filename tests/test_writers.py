"""Many who write at once, and writers that die: nothing is lost, doubled or half done."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger import schema
from ledger.errors import Busy, FileTrouble
from ledger.lock import WriteLock, lock_path, probe
from ledger.schema import create
from ledger.store import Draft, Store
from ledger.verify import verify

WRITERS = 8
EVENTS_EACH = 50
ROOT = Path(schema.__file__).parent.parent

APPENDING = """
import sys
from uuid import UUID
from ledger.store import Draft, Store

path, writer, count, *case_ids = sys.argv[1:]
with Store(path) as store:
    for number in range(int(count)):
        event_id = str(UUID(int=int(writer) << 64 | number))
        case_id = case_ids[number % len(case_ids)]
        with store.writing():
            store.append(Draft(event_id, case_id, "note_added", 1, None, f"writer {writer}"))
        print(event_id, flush=True)
"""
"""Appends, and says of each event that it is recorded."""


def draft(number: int, **fields: Any) -> Draft:
    return Draft(str(UUID(int=number)), "A", "note_added", 1, None, "clerk", **fields)


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def new_ledger(path: Path, *case_ids: str) -> Path:
    create(path, "Test register")
    with Store(path) as store, store.writing():
        store.conn.execute("create table cases (case_id text primary key)")
        store.conn.executemany("insert into cases values (?)", [(each,) for each in case_ids])
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with the case A and no event."""
    return new_ledger(tmp_path / "ledger.db", "A")


@pytest.mark.parametrize("cases", [1, 20], ids=["one case", "many cases"])
def test_of_many_writers_no_event_is_lost_or_doubled(tmp_path: Path, cases: int) -> None:
    case_ids = [f"case {number}" for number in range(cases)]
    path = new_ledger(tmp_path / "ledger.db", *case_ids)
    writers = [start(APPENDING, path, n, EVENTS_EACH, *case_ids) for n in range(WRITERS)]
    acknowledged = []
    for writer in writers:
        said, errors = writer.communicate()
        assert (errors, writer.returncode) == ("", 0)
        acknowledged += said.split()
    with Store(path, read_only=True) as store:
        entries = list(store.all())
        assert verify(store).problems == []
    assert len(acknowledged) == WRITERS * EVENTS_EACH
    assert Counter(acknowledged) == Counter(entry.event_id for entry in entries)
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    for writer_number in range(WRITERS):
        own = [e.event_id for e in entries if e.recorded_by == f"writer {writer_number}"]
        assert own == sorted(own)


def test_a_writer_that_is_killed_leaves_all_it_had_acknowledged(path: Path) -> None:
    acknowledged: list[str] = []
    for writer, kill_after in enumerate((1, 7, 20, 33, 60), start=1):
        process = start(APPENDING, path, writer, 100_000, "A")
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(kill_after)]
        process.send_signal(signal.SIGKILL)
        # A line may have been cut short by the end of the process.
        # Not communicate(): it knows nothing of the lines that were read ahead.
        rest = process.stdout.read()
        acknowledged += [line.strip() for line in rest.splitlines(keepends=True) if "\n" in line]
        assert process.wait() == -signal.SIGKILL
        with Store(path) as store:
            assert verify(store).problems == []
            recorded = [entry.event_id for entry in store.all()]
            assert set(acknowledged) <= set(recorded)
            # At most the one whose acknowledgement was on its way, for each that was killed.
            assert len(recorded) - len(acknowledged) <= writer
            with store.writing():
                pass
    assert len(acknowledged) >= 121


def test_a_writer_that_dies_while_it_holds_the_lock_keeps_nobody_waiting(path: Path) -> None:
    script = (
        "import sys\n"
        "from ledger.store import Draft, Store\n"
        "store = Store(sys.argv[1])\n"
        "with store.writing():\n"
        f"    store.append(Draft('{UUID(int=1)}', 'A', 'note_added', 1, None, 'clerk'))\n"
        "    print('holding', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = start(script, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    assert probe(path) == "held"
    process.kill()
    process.communicate()
    assert probe(path) == "free"
    with Store(path, wait_seconds=0.0) as store:
        assert store.size() == 0
        with store.writing():
            assert store.append(draft(1)).position == 1


def test_who_waits_too_long_is_told_that_others_are_writing(path: Path) -> None:
    with Store(path) as first, Store(path, wait_seconds=0.01) as second:
        with first.writing():
            first.append(draft(1))
            with pytest.raises(Busy, match=r"in use by another writer for 0\.01 seconds") as busy:
                second.writing().__enter__()
            assert busy.value.exit_code == 75
        # Who gave up does not keep the place in the queue: the lock is soon free for others.
        with first.writing():
            first.append(draft(2))
        with Store(path) as third, third.writing():
            assert third.append(draft(3)).position == 3


def test_who_gave_up_can_try_again(path: Path) -> None:
    with Store(path) as first, Store(path, wait_seconds=0.01) as second:
        with first.writing(), pytest.raises(Busy):
            second.writing().__enter__()
        second.wait_seconds = 30.0
        with second.writing():
            assert second.append(draft(1)).position == 1


def test_who_waits_gets_the_lock_when_it_is_free(path: Path) -> None:
    """The writer is in the queue before the lock is let go: the kernel says so."""
    holder = WriteLock(path)
    holder.acquire(0.0)
    process = start(APPENDING, path, 1, 1, "A")
    lock_inode = f":{lock_path(path).stat().st_ino} "
    while not any(
        "->" in line and lock_inode in line for line in Path("/proc/locks").read_text().splitlines()
    ):
        assert process.poll() is None
        os.sched_yield()
    holder.close()
    said, errors = process.communicate()
    assert (said.split(), errors) == ([str(UUID(int=1 << 64))], "")


def test_threads_wait_for_each_other_as_processes_do(path: Path) -> None:
    def write(writer: int) -> None:
        with Store(path) as store:
            for number in range(20):
                with store.writing():
                    store.append(draft(writer * 100 + number))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store(path, read_only=True) as store:
        assert store.size() == store.head("A") == 80
        assert verify(store).problems == []


def test_another_program_that_writes_without_the_lock_is_waited_for_too(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with Store(path, wait_seconds=0.01) as store:
            with pytest.raises(Busy, match="in use by another program"):
                store.writing().__enter__()
            assert probe(path) == "free"
            other.execute("rollback")
            with store.writing():
                store.append(draft(1))


def test_who_has_written_does_not_wait_for_others_to_close(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = WriteLock(path)
    with Store(path) as store:
        with store.writing():
            store.append(draft(1))
        holder.acquire(0.0)
        monkeypatch.delattr(threading, "Thread")  # Waiting takes a thread.
    holder.close()
    assert probe(path) == "free"


def test_a_ledger_that_nobody_uses_is_one_file_and_its_lock(path: Path) -> None:
    with Store(path) as store, store.writing():
        store.append(draft(1))
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db", "ledger.db.lock"]


def test_a_backup_becomes_a_ledger_again_for_many_writers_at_once(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = delete")
    writers = [start(APPENDING, path, number, 5, "A") for number in range(WRITERS)]
    assert [writer.communicate()[1] for writer in writers] == [""] * WRITERS
    with Store(path, read_only=True) as store:
        assert store.conn.execute("pragma journal_mode").fetchone() == ("wal",)
        assert store.size() == WRITERS * 5


def test_where_there_can_be_no_lock_there_is_no_writing(path: Path) -> None:
    lock_path(path).unlink()
    lock_path(path).mkdir(mode=0o000)
    lock_path(path).rmdir()
    lock_path(path).symlink_to(path.parent / "nowhere" / "lock")
    with Store(path) as store, pytest.raises(FileTrouble, match=r"ledger\.db\.lock"):
        store.writing().__enter__()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="caseledger-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_in_a_folder_that_cannot_be_written_nothing_is_appended(open_folder: Path) -> None:
    path = new_ledger(open_folder / "ledger.db", "A")
    lock_path(path).unlink()
    path.chmod(0o666)
    open_folder.chmod(0o555)
    before = path.read_bytes()
    script = (
        "import json, os, sys, sqlite3\n"
        "from ledger.errors import LedgerError\n"
        "from ledger.store import Draft, Store\n"
        "if os.geteuid() == 0:\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        "    with Store(sys.argv[1]) as store, store.writing():\n"
        f"        store.append(Draft('{UUID(int=1)}', 'A', 'note_added', 1, None, 'clerk'))\n"
        "except LedgerError as error:\n"
        "    print(json.dumps([error.code, error.exit_code]))\n"
    )
    process = start(script, path)
    said, errors = process.communicate()
    assert (json.loads(said), errors) == (["file_trouble", 74], "")
    assert path.read_bytes() == before
    assert os.listdir(open_folder) == ["ledger.db"]


def test_on_a_disk_that_is_full_nothing_is_half_done(path: Path) -> None:
    """A limit on the length of files stands for the disk: writing fails in the middle."""
    with Store(path) as store, store.writing():
        store.append(draft(1))
    script = (
        "import json, resource, sys\n"
        "from uuid import UUID\n"
        "from ledger.errors import LedgerError\n"
        "from ledger.store import Draft, Store\n"
        "store = Store(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "for number in range(2, 100):\n"
        "    try:\n"
        "        with store.writing():\n"
        "            for part in range(3):\n"
        "                event_id = str(UUID(int=number * 10 + part))\n"
        "                data = {'text': 'x' * 5_000}\n"
        "                store.append(\n"
        "                    Draft(event_id, 'A', 'note_added', 1, None, 'clerk', data=data)\n"
        "                )\n"
        "    except LedgerError as error:\n"
        "        print(json.dumps([number, error.code, error.message]))\n"
    )
    process = start(script, path)
    said, errors = process.communicate()
    assert errors == ""
    failures = [json.loads(line) for line in said.splitlines()]
    assert {code for _, code, _ in failures} == {"file_trouble"}
    first = failures[0][0]
    assert 2 < first < 99
    # After the first failure that handle writes no more.
    assert [number for number, _, _ in failures] == list(range(first, 100))
    assert "must be opened again" in failures[-1][2]
    with Store(path) as store:
        assert verify(store).problems == []
        recorded = [UUID(entry.event_id).int for entry in store.all()]
        whole = [number * 10 + part for number in range(2, first) for part in range(3)]
        assert recorded == [1, *whole]
        with store.writing():
            assert store.append(draft(1_000)).position == len(recorded) + 1
