"""A ledger comes back: from a backup, from an export, and never over another."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.sessions import Run


def lost(session: Run) -> str:
    """The ledger is backed up and exported, then lost; returns its root."""
    root = str(session("verify --json").json["root"])
    assert session("backup kept.db --json").json == {"file": "kept.db", "events": 6, "root": root}
    Path("events.jsonl").write_text(session("export").out, encoding="utf-8")
    for path in Path().glob("ledger.db*"):
        path.unlink()
    return root


@pytest.mark.parametrize("source", ["kept.db", "events.jsonl"])
def test_a_lost_ledger_is_made_anew_under_its_root(session: Run, source: str) -> None:
    root = lost(session)
    ran = session(f"restore {source} --against 6:{root}")
    assert ran.code == 0, ran.err
    assert ran.out == (
        f"ledger.db: 6 events, root {root}\nthe first 6 are those of the earlier root\n"
    )
    assert session("show cnil-clearview --json").json["cases"][0]["stage"] == "decided"
    assert session("append note-added cnil-clearview --text 'it goes on'").code == 0
    assert session("rebuild --check").code == 0


@pytest.mark.parametrize("source", ["kept.db", "events.jsonl"])
def test_the_copy_may_come_from_stdin(
    session: Run, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lost(session)
    with Path(source).open(encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        told = session("restore - --json").json
    assert told == {"file": "ledger.db", "events": 6, "root": root}


def test_nothing_is_restored_over_a_ledger_or_beside_the_remains_of_one(session: Run) -> None:
    lost(session)
    Path("ledger.db").write_text("mine", encoding="utf-8")
    ran = session("restore kept.db")
    assert (ran.code, "exists already; nothing was changed" in ran.err) == (1, True)
    assert Path("ledger.db").read_text(encoding="utf-8") == "mine"
    Path("ledger.db").rename("ledger.db-wal")
    assert session("restore kept.db").code == 1
    assert not Path("ledger.db").exists()


def files() -> list[str]:
    return sorted(str(path) for path in Path().iterdir())


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("restore nowhere.db", 74, "nowhere.db"),
        ("restore empty.jsonl", 2, "is empty; nothing was restored"),
        ("restore half.jsonl", 3, "line 1: event 4 of case cnil-clearview cannot follow event 0"),
        (
            "restore words.txt",
            2,
            "words.txt, line 1: this is the beginning neither of a backup nor",
        ),
        ("restore words.txt", 2, "hint: give the file that `caseledger backup OUT` or"),
        ("restore empty.jsonl", 2, "hint: give the file that `caseledger backup OUT` or"),
        ("restore latin.jsonl", 2, "latin.jsonl, line 4: byte"),
        ("restore latin.jsonl", 2, "is not UTF-8, as an export is; nothing was restored"),
        ("restore other.jsonl", 2, "other.jsonl, line 1: this is not an entry"),
        ("restore kept.db --title Other", 2, "leave out --title"),
        ("restore kept.db --against 3", 2, "is not SIZE:ROOT"),
        ("restore kept.db --against 3:" + "0" * 64, 5, "are not those of the earlier root"),
        ("restore events.jsonl --against 3:" + "0" * 64, 5, "are not those of the earlier root"),
        ("restore torn.db", 74, "is damaged"),
        ("restore kept.db --db nowhere/ledger.db", 74, "nowhere"),
        ("restore events.jsonl --db nowhere/ledger.db", 74, "nowhere"),
    ],
)
def test_what_cannot_be_restored_leaves_nothing_behind(
    session: Run, line: str, code: int, words: str
) -> None:
    lost(session)
    exported = Path("events.jsonl").read_text(encoding="utf-8")
    Path("half.jsonl").write_text("".join(exported.splitlines(True)[3:]), encoding="utf-8")
    Path("empty.jsonl").touch()
    Path("other.jsonl").write_text('{"case_id": "c"}', encoding="utf-8")
    reason = exported.replace("No response", "Ohne Antwort für")
    Path("latin.jsonl").write_text(reason, encoding="latin-1")
    Path("words.txt").write_text("all of it was lost\n", encoding="utf-8")
    shutil.copy("kept.db", "torn.db")
    with Path("torn.db").open("r+b") as torn:
        torn.truncate(8192)
    before = files()
    ran = session(line)
    assert (ran.code, "Traceback" in ran.err) == (code, False), ran.err
    assert words in ran.err
    assert files() == before


def test_an_export_has_no_title_so_one_is_given(session: Run) -> None:
    lost(session)
    session("restore events.jsonl --title 'Cases of 2022'")
    ran = session("demo . --no-serve")
    assert (ran.code, "a ledger of its own ('Cases of 2022')" in ran.err) == (1, True)


def with_secrets(session: Run) -> None:
    """The ledger of two confidential values and a note that is confidential as a whole."""
    line = "append statement-made cnil-clearview --speaker Zoe --text story"
    session(f"{line} --confidential speaker --confidential text")
    session("append note-added cnil-clearview --text secret --confidential all")
    session("append note-added cnil-clearview --text open")


@pytest.mark.parametrize("source", ["kept.db", "events.jsonl"])
@pytest.mark.parametrize("mode", ["", " --json"])
def test_a_restored_ledger_says_which_confidential_values_are_not_there(
    session: Run, source: str, mode: str
) -> None:
    with_secrets(session)
    session("backup kept.db")
    Path("events.jsonl").write_text(session("export").out, encoding="utf-8")
    assert session(f"restore {source} --db beside.db{mode}").err == ""
    Path("away").mkdir()
    ran = session(f"restore {source} --db away/ledger.db{mode}")
    assert (ran.code, "3 confidential values are not in" in ran.err) == (0, True)
    assert "away/private.db: put that file back" in ran.err
    shutil.copy("private.db", "away")
    assert session("verify --db away/ledger.db").code == 0
    Path("spoilt").mkdir()
    Path("spoilt/private.db").write_bytes(b"no database" * 500)
    ran = session(f"restore {source} --db spoilt/ledger.db{mode}")
    assert (ran.code, "what is confidential is out of reach" in ran.err) == (0, True)


def test_what_was_erased_is_not_missed_after_a_restore(session: Run) -> None:
    with_secrets(session)
    session("erase 7 --reason asked")
    session("erase 8 --reason asked")
    session("backup kept.db")
    Path("away").mkdir()
    assert session("restore kept.db --db away/ledger.db").err == ""


def test_a_copy_for_the_public_is_restored_from_a_backup_and_not_from_an_export(
    session: Run,
) -> None:
    with_secrets(session)
    session("publish public")
    exported = session("export --db public/ledger.db")
    assert "1 events are withheld here, so `restore` cannot make the ledger" in exported.err
    Path("events.jsonl").write_text(exported.out, encoding="utf-8")
    ran = session("restore events.jsonl --db again.db")
    assert (ran.code, "an export of a copy for the public lacks those" in ran.err) == (3, True)
    assert "is not there" not in session("backup kept.db --db public/ledger.db").err
    Path("away").mkdir()
    ran = session("restore kept.db --db away/ledger.db")
    assert (ran.code, ran.err) == (0, "")
    assert "withheld" not in session("export").err
