"""The command line as a process of its own: what it loads, how it ends, where it must not write."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli

ROOT = Path(cli.__file__).parent
RUN = "import sys, cli; cli.main()"
# The account is given up after the imports: Python itself may lie in the home of root.
AS_ANOTHER = (
    "import os, sys, cli, sqlite_utils, pydantic.plugin._loader\n"
    "import ledger.audit, ledger.forms\n"
    "if os.geteuid() == 0:\n"
    "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    "cli.main()"
)
OPENING = ("append", "case-opened", "c", "--title", "T", "--authority", "A")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "CASELEDGER_BY": "clerk"}


def caseledger(folder: Path, *words: str, code: str = RUN) -> subprocess.CompletedProcess[str]:
    """Runs a command in a folder. `code` is what Python runs."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A folder with a ledger of one event."""
    for words in (("init",), OPENING):
        ran = caseledger(tmp_path, *words)
        assert ran.returncode == 0, ran.stderr
    return tmp_path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="caseledger-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def count(folder: Path) -> int:
    with sqlite3.connect(folder / "ledger.db") as conn:
        return int(conn.execute("select count(*) from events").fetchone()[0])


def test_a_new_ledger_takes_a_case_and_proves_itself(ledger: Path) -> None:
    ran = caseledger(ledger, "verify")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("1 event, root ")


def test_an_append_loads_nothing_that_it_does_not_need(ledger: Path) -> None:
    heavy = {"datasette", "holidays", "babel", "sqlite_utils", "rich", "icalendar", "yaml"}
    code = (
        "import sys, cli\n"
        "try: cli.main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    ran = caseledger(ledger, "append", "note-added", "c", "--text", "x", code=code)
    assert (ran.returncode, ran.stderr.strip()) == (0, "[]")


def test_an_append_builds_only_the_model_that_it_needs(ledger: Path) -> None:
    code = (
        "import sys, cli\n"
        "from events.base import CATALOGUE\n"
        "try: cli.main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "built = [name for name, kind in CATALOGUE.items() if kind.__pydantic_complete__]\n"
        "print(sorted(built), file=sys.stderr)"
    )
    ran = caseledger(ledger, "append", "note-added", "c", "--text", "x", code=code)
    assert (ran.returncode, ran.stderr.strip()) == (0, "['case_opened', 'note_added']")


def test_a_reader_that_goes_away_ends_it_quietly(ledger: Path) -> None:
    ran = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -c "{RUN}" export | true; echo ${{PIPESTATUS[0]}}'],
        cwd=ledger,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip() in ("0", "141"), ran.stderr) == (True, "")


def heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_it_without_a_traceback(ledger: Path) -> None:
    os.mkfifo(ledger / "pipe")
    with (
        subprocess.Popen(
            [sys.executable, "-c", RUN, "append", "note-added", "c", "--data", "@pipe"],
            cwd=ledger,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As at a terminal: what runs in the background may ignore Ctrl-C, and its children too.
            preexec_fn=heed_ctrl_c,
        ) as running,
        # Opening a pipe waits for its reader.
        (ledger / "pipe").open("w"),
    ):
        running.send_signal(signal.SIGINT)
        out, told = running.communicate(timeout=60)
    assert (running.returncode, out, told) == (130, "", "")
    assert count(ledger) == 1


COUNTING = """
import os, signal, sys
asked, stop_at = [], int(sys.argv.pop(1))
def heard(event, words):
    if event == "import" and "cli" in sys.modules:
        asked.append(words[0])
        if len(asked) == stop_at:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(heard)
import atexit, cli
if not stop_at:
    atexit.register(lambda: print(len(asked), file=sys.stderr))
cli.main()
"""
"""Runs the command; Ctrl-C comes when it asks for its so-manieth module, and at 0 never: then it
says how many it asked for."""


def interrupted(folder: Path, at: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COUNTING, str(at), "cases"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=heed_ctrl_c,
    )


def test_ctrl_c_at_any_moment_of_its_start_ends_it_without_a_traceback(ledger: Path) -> None:
    asked = int(interrupted(ledger, 0).stderr)
    assert asked > 20
    for at in [1, 2, *range(3, asked, asked // 12), asked]:
        ran = interrupted(ledger, at)
        assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", ""), at


def test_another_package_called_events_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "__init__.py").write_text("class Events: pass\n", encoding="utf-8")
    ran = caseledger(tmp_path, "cases", code=f"import sys; sys.path.insert(0, '.'); {RUN}")
    assert ran.returncode == 1
    assert "another package has put its own `events` in the place" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_terminal_without_a_character_shows_its_code(ledger: Path) -> None:
    words = ("append", "note-added", "c", "--text", "Gesellschaft für Daten")
    code = f"import sys; sys.stdout.reconfigure(encoding='ascii'); {RUN}"
    ran = caseledger(ledger, *words, code=code)
    assert (ran.returncode, "f\\xfcr" in ran.stdout) == (0, True), ran.stderr


def test_a_full_disk_is_told_in_a_sentence_and_nothing_is_half_recorded(ledger: Path) -> None:
    caseledger(ledger, "cases")
    size = (ledger / "ledger.db").stat().st_size
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {resource.RLIM_INFINITY}))\n{RUN}"
    )
    ran = caseledger(ledger, "append", "note-added", "c", "--text", "x" * 9000, code=code)
    assert (ran.returncode, "Traceback" in ran.stderr) == (74, False), ran.stderr
    assert ran.stderr.startswith("caseledger: ")
    assert (count(ledger), (ledger / "ledger.db").stat().st_size) == (1, size)
    assert caseledger(ledger, "verify").returncode == 0


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(open_folder: Path) -> None:
    assert caseledger(open_folder, "init").returncode == 0
    open_folder.chmod(0o555)
    for words in (("init", "--db", "other.db"), OPENING):
        ran = caseledger(open_folder, *words, code=AS_ANOTHER)
        assert (ran.returncode, "Traceback" in ran.stderr) == (74, False), ran.stderr
    assert caseledger(open_folder, "cases", code=AS_ANOTHER).returncode == 0
    assert count(open_folder) == 0


def test_who_may_not_read_what_is_private_is_told_how_to_verify_without_it(
    open_folder: Path,
) -> None:
    for words in (("init", "--clerk-role", "officer"), OPENING):
        assert caseledger(open_folder, *words).returncode == 0
    if os.geteuid() != 0:
        (open_folder / "private.db").chmod(0)
    ran = caseledger(open_folder, "verify", code=AS_ANOTHER)
    assert (ran.returncode, "private.db" in ran.stderr) == (74, True), ran.stderr
    assert "look at the record alone: `--without-private`" in ran.stderr
    ran = caseledger(open_folder, "verify", "--without-private", code=AS_ANOTHER)
    assert ran.returncode == 0, ran.stderr


def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    for content in (b"", b"hello\n" * 1000, b"SQLite format 3\0" + b"\0" * 4080):
        (tmp_path / "ledger.db").write_bytes(content)
        for words in (OPENING, ("cases",), ("verify",), ("rebuild",)):
            ran = caseledger(tmp_path, *words)
            assert (ran.returncode, "Traceback" in ran.stderr) == (74, False), ran.stderr
        assert (tmp_path / "ledger.db").read_bytes() == content
